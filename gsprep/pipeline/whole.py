"""The whole job, from people as read to an answer beside every row."""

from __future__ import annotations

import secrets
import time
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from gsprep.cleaning.clean import clean
from gsprep.cleaning.recipe import agreed_key, agreed_region, clean_by
from gsprep.errors import InputError
from gsprep.pipeline.options import RunOptions
from gsprep.pipeline.outward import checked_rows, send_frames, told_of
from gsprep.report.notes import notes_of
from gsprep.report.rows import order_of, people_rows, reject_rows, review_rows, with_rejected
from gsprep.report.summary import VERDICTS, status_of, summarize
from gsprep.results import Checked, Cleaned, RunResult, Unified, Uploaded
from gsprep.schemas.frames import ROW_ID, text_frame, without_reasons
from gsprep.schemas.same_key import key_columns
from gsprep.unification.answers import as_answers
from gsprep.unification.associate import associate_text
from gsprep.unification.prepare import prepare_text, usable_companies
from gsprep.unification.rulebook import read_rulebook
from gsprep.unification.unify import unify_text
from gsprep.uploader.interrupts import noted
from gsprep.validation import check

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandera.pandas as pa

    from gsprep.unification.index import CompanyIndex
    from gsprep.unification.rulebook import Rulebook
    from gsprep.uploader.client import Client

    Progress = Callable[[str, int, int], None]


def run(  # noqa: PLR0913  the four frames of a run, where it goes and how
    people: pd.DataFrame,
    companies: pd.DataFrame,
    *,
    company_persons: pd.DataFrame | None = None,
    relationship_persons: pd.DataFrame | None = None,
    client: Client | None = None,
    options: RunOptions | None = None,
    progress: Progress | None = None,
) -> RunResult:
    """Clean, check, match, associate and upload people; every row comes back with its outcome.

    Without ``client`` nothing is sent and every valid row is ``unsent``. Associations that are
    given are sent beside those that were matched. Companies that cannot be matched against are
    listed in ``rejected_companies``. What ends the sending early is in ``stopped``, not raised.
    ``progress`` is told the stage and how far it is; ``gsprep.progress()`` shows it.

    Raises InputError before anything is sent: for frames that lack what every row needs, people
    with other columns than the ``recipe``, an unknown verdict in ``hold``, or more rejected rows
    than ``most_rejected``.
    """
    begun = time.monotonic()
    how = _agreed(options or RunOptions())
    how = how if progress is None else replace(how, progress=progress)
    _refuse(how)
    done = _decide(people, companies, (company_persons, relationship_persons), how)
    decisions = done.unified.decisions
    held = decisions.loc[decisions["verdict"].isin(how.hold), ROW_ID]
    frames = (done.checked.valid, done.linked.valid, done.related.valid)
    notes = (*notes_of(people, done.checked, done.unusable), *done.index.notes)
    # What can be made before sending is: a fault in it then costs nobody's outcome.
    unsent = _Unsent(
        reject_rows(done.as_read, done.checked), review_rows(done.cleaned.frame, done.unified)
    )
    with nullcontext() if client is None else noted():
        sent = send_frames(frames, held, client, how)
        facts = {
            "run": how.keep.run or _run_id(),
            "status": "dry-run" if client is None else status_of(sent),
            "mode": "dry-run" if client is None or sent.plan is None else sent.plan.mode,
            "calls": sent.calls,
            "seconds": round(time.monotonic() - begun, 3),
        }
        return _laid_out(done, unsent, sent, facts, (*notes, *told_of(sent, client)))


@dataclass(frozen=True, slots=True)
class _Unsent:
    """The rows that are not sent as they stand."""

    rejects: pd.DataFrame
    review: pd.DataFrame


@dataclass(frozen=True, slots=True)
class _Decided:
    """All that is known before anything is sent."""

    as_read: pd.DataFrame
    cleaned: Cleaned
    checked: Checked
    unified: Unified
    linked: Checked
    related: Checked
    unusable: pd.DataFrame
    index: CompanyIndex


def _decide(
    people: pd.DataFrame,
    companies: pd.DataFrame,
    associations: tuple[pd.DataFrame | None, pd.DataFrame | None],
    how: RunOptions,
) -> _Decided:
    """Clean, check, match and associate; ``associations`` are those that were given."""
    as_read = text_frame(without_reasons(people), of="the people")
    book = _rulebook(how)
    _stage(how, "clean")
    of = how.schemas.persons
    cleaned = clean_by(how.recipe, as_read, of, region=book.region, key=how.key)
    _stage(how, "check")
    checked = check(cleaned.frame, of, key=how.key)
    _stop_if_too_many(checked, how)
    usable, unusable = usable_companies(companies)
    _stage(how, "match")
    said = how.answers
    if said is not None:
        said = as_answers(said, cleaned.frame, book.columns)
    known = None if how.known is None else text_frame(how.known, of="the known frame")
    index = prepare_text(usable, book, known=known, answers=said)
    unified = unify_text(checked.valid, index, how.progress)
    linked = _linked(checked, unified, associations[0], how)
    of = how.schemas.relationship_persons
    related = checked_rows(_cleaned(associations[1], of), of, checked, how.key)
    return _Decided(as_read, cleaned, checked, unified, linked, related, unusable, index)


def _laid_out(
    done: _Decided,
    unsent: _Unsent,
    sent: Uploaded,
    facts: Mapping[str, Any],
    notes: tuple[str, ...],
) -> RunResult:
    frames = {
        "company_persons": with_rejected(sent.company_persons, done.linked, order_of(done.linked)),
        "relationship_persons": with_rejected(
            sent.relationship_persons, done.related, order_of(done.related)
        ),
    }
    lines = people_rows(done.cleaned.frame, done.checked, done.unified, sent.persons)
    return RunResult(
        people=lines,
        **frames,
        rejects=unsent.rejects,
        review=unsent.review,
        rejected_companies=done.unusable,
        cleaned=done.cleaned,
        checked=done.checked,
        unified=done.unified,
        stopped=sent.stopped,
        summary=summarize(lines, done.unified, frames, facts),
        notes=notes,
        plan=sent.plan,
        answered=sent.answered,
        quota=sent.quota,
    )


def _agreed(how: RunOptions) -> RunOptions:
    """Return the options with the region and key of the recipe and the lookups of the rulebook."""
    key = agreed_key(how.recipe, key_columns(how.key))
    lookups = how.lookups or (None if how.rulebook is None else how.rulebook.lookups)
    return replace(how, key=key, region=agreed_region(how.recipe, how.region), lookups=lookups)


def _refuse(how: RunOptions) -> None:
    if unknown := [verdict for verdict in how.hold if verdict not in VERDICTS]:
        raise InputError(
            f"no such verdict to hold back: {unknown[0]}. There are {', '.join(VERDICTS)}"
        )


def _rulebook(how: RunOptions) -> Rulebook:
    book = how.rulebook if how.rulebook is not None else read_rulebook()
    return book if how.region is None else book.dialled_from(how.region)


def _stage(how: RunOptions, name: str) -> None:
    if how.progress is not None:
        how.progress(name, 0, 0)


def _stop_if_too_many(checked: Checked, how: RunOptions) -> None:
    whole = len(checked.valid) + len(checked.rejected)
    if how.most_rejected is not None and len(checked.rejected) > how.most_rejected * whole:
        raise InputError(
            f"{len(checked.rejected)} of {whole} rows would be rejected, more than allowed: "
            "nothing was sent. `gsprep run … --dry-run` without --max-rejected writes them to "
            "rejects.csv, each with the reason"
        )


def _linked(
    checked: Checked, unified: Unified, given: pd.DataFrame | None, how: RunOptions
) -> Checked:
    """Return the matched associations and those that were given, checked together."""
    valid, key, of = checked.valid, how.key, how.schemas.company_persons
    matched = associate_text(valid, unified.decisions)
    # Persons told apart by more than an e-mail, or by a Gsid, have associations that are as well.
    more = [name for name in key if name in valid.columns and name not in matched.columns]
    named = valid[[ROW_ID, *more, *(["Gsid"] if "Gsid" in valid else [])]]
    named = named.rename(columns={"Gsid": "Person_ID"})
    matched = matched.merge(named, on=ROW_ID, how="left", validate="one_to_one")
    if given is None:
        return check(matched, of, key=key, persons=checked)
    own = clean(given, of).frame
    # Names of the two are kept apart: both count their records from 1.
    own = own.assign(**{ROW_ID: "given:" + own[ROW_ID]})
    both = pd.concat([matched, own], ignore_index=True).astype("str")
    return check(both, of, key=key, persons=checked)


def _cleaned(given: pd.DataFrame | None, schema: pa.DataFrameSchema) -> pd.DataFrame | None:
    return None if given is None else clean(given, schema).frame


def _run_id() -> str:
    return f"{time.strftime('%Y-%m-%dT%H-%M-%S', time.gmtime())}-{secrets.token_hex(2)}"
