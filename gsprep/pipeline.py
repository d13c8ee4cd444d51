"""The stages in order, from people as read to an answer beside every row."""

from __future__ import annotations

import json
import os
import secrets
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from gsprep.cleaning.clean import clean
from gsprep.errors import InputError
from gsprep.report.page import render
from gsprep.report.rows import people_rows, reject_rows, review_rows, with_rejected
from gsprep.report.summary import VERDICTS, summarize
from gsprep.results import REJECT_COLUMNS, Checked, RunResult, Unified, Uploaded
from gsprep.schemas.frames import ROW_ID, text_frame
from gsprep.schemas.objects import CompanyPerson, Person, RelationshipPerson
from gsprep.tables.write import write_table, writing
from gsprep.unification.associate import associate
from gsprep.unification.index import prepare, usable_companies
from gsprep.unification.rulebook import read_rulebook
from gsprep.unification.unify import unify
from gsprep.uploader.upload import rehearse, upload
from gsprep.validation import check

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from gsprep.unification.rulebook import Rulebook
    from gsprep.uploader.client import Client

    Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class RunOptions:
    """How a run is done.

    rulebook: how companies are matched; None is the shipped default.
    region:   where telephone numbers without country code are dialled from; None asks the rulebook.
    key:      the columns by which the tenant tells persons apart.
    hold:     verdicts whose persons are not sent.
    most_rejected: the share of rejected rows (0 to 1) above which nothing is sent.
    progress: told the stage, and how many of how many are done.
    """

    rulebook: Rulebook | None = None
    region: str | None = None
    key: Sequence[str] = ("Email",)
    hold: Sequence[str] = ()
    most_rejected: float | None = None
    progress: Progress | None = None


def run(  # noqa: PLR0913  the four frames of a run, where it goes and how
    people: pd.DataFrame,
    companies: pd.DataFrame,
    *,
    company_persons: pd.DataFrame | None = None,
    relationship_persons: pd.DataFrame | None = None,
    client: Client | None = None,
    options: RunOptions | None = None,
) -> RunResult:
    """Clean, check, match, associate and upload people; every row comes back with its outcome.

    Without ``client`` nothing is sent and every valid row is ``unsent``. Associations that are
    given are sent beside those that were matched. Companies that cannot be matched against are
    listed in ``rejected_companies``. What ends the sending early is in ``stopped``, not raised.

    Raises InputError before anything is sent: for frames that lack what every row needs, an
    unknown verdict in ``hold``, or more rejected rows than ``most_rejected``.
    """
    begun = time.monotonic()
    how = options or RunOptions()
    as_read = text_frame(people.drop(columns=_reject_columns(people)), of="the people")
    _refuse(how)
    book = _rulebook(how)
    _stage(how, "clean")
    cleaned = clean(as_read, region=book.region)
    _stage(how, "check")
    checked = check(cleaned.frame, Person, key=how.key)
    _stop_if_too_many(checked, how)
    usable, unusable = usable_companies(companies)
    _stage(how, "match")
    unified = unify(checked.valid, prepare(usable, book))
    linked = _linked(checked, unified, company_persons)
    related = _checked(_cleaned(relationship_persons), RelationshipPerson, checked)
    held = unified.decisions.loc[unified.decisions["verdict"].isin(how.hold), ROW_ID]
    sent = _send(checked.valid, linked.valid, related.valid, held, client, how)
    frames = {
        "company_persons": with_rejected(sent.company_persons, linked),
        "relationship_persons": with_rejected(sent.relationship_persons, related),
    }
    lines = people_rows(cleaned.frame, checked, unified, sent.persons)
    facts = {
        "run": _run_id(),
        "status": _status(client, sent),
        "mode": "dry-run" if client is None else "sync",
        "calls": sent.calls,
        "seconds": round(time.monotonic() - begun, 3),
    }
    return RunResult(
        people=lines,
        **frames,
        rejects=reject_rows(as_read, checked),
        review=review_rows(cleaned.frame, unified),
        rejected_companies=unusable,
        cleaned=cleaned,
        checked=checked,
        unified=unified,
        stopped=sent.stopped,
        summary=summarize(lines, unified, frames, facts),
        notes=_notes(people, unusable),
    )


def _reject_columns(people: pd.DataFrame) -> list[str]:
    """Return the columns that a rejects.csv has beside its rows, when it is one."""
    there = [name for name in REJECT_COLUMNS if name in people.columns]
    return there if len(there) == len(REJECT_COLUMNS) else []


def _refuse(how: RunOptions) -> None:
    if unknown := [verdict for verdict in how.hold if verdict not in VERDICTS]:
        raise InputError(
            f"no such verdict to hold back: {unknown[0]}. There are {', '.join(VERDICTS)}"
        )
    if not how.key:
        raise InputError("the key names no column: persons are told apart by Email, for example")


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
            "nothing was sent. `gsprep check` says why"
        )


def _linked(checked: Checked, unified: Unified, given: pd.DataFrame | None) -> Checked:
    """Return the matched associations and those that were given, checked together."""
    matched = associate(checked.valid, unified.decisions)
    if given is None:
        return check(matched, CompanyPerson, persons=checked.valid)
    own = clean(given, CompanyPerson).frame
    # Names of the two are kept apart: both count their records from 1.
    own = own.assign(**{ROW_ID: "given:" + own[ROW_ID]})
    both = pd.concat([matched, own], ignore_index=True).astype("str")
    return check(both, CompanyPerson, persons=checked.valid)


def _cleaned(relationship_persons: pd.DataFrame | None) -> pd.DataFrame | None:
    given = relationship_persons
    return None if given is None else clean(given, RelationshipPerson).frame


def _checked(given: pd.DataFrame | None, schema: Any, checked: Checked) -> Checked:
    empty = pd.DataFrame(columns=[ROW_ID, "Email", "Company_ID", "Relationship_ID"], dtype="str")
    return check(
        clean(empty if given is None else given, schema).frame, schema, persons=checked.valid
    )


def _send(  # noqa: PLR0913, PLR0917  three frames that go together, and how they go
    persons: pd.DataFrame,
    company_persons: pd.DataFrame,
    relationship_persons: pd.DataFrame,
    held: pd.Series[str],
    client: Client | None,
    how: RunOptions,
) -> Uploaded:
    if client is None:
        return rehearse(persons, company_persons, relationship_persons, key=how.key, held=held)
    return upload(
        persons,
        company_persons,
        relationship_persons,
        client=client,
        key=how.key,
        held=held,
        progress=_of_upload(how),
    )


def _of_upload(how: RunOptions) -> Callable[[int, int], None] | None:
    progress = how.progress
    return None if progress is None else lambda done, whole: progress("upload", done, whole)


def _status(client: Client | None, sent: Uploaded) -> str:
    if client is None:
        return "dry-run"
    frames = (sent.persons, sent.company_persons, sent.relationship_persons)
    unknown = any((frame["outcome"] == "unknown").any() for frame in frames)
    return "stopped" if sent.stopped is not None or unknown else "done"


def _run_id() -> str:
    return f"{time.strftime('%Y-%m-%dT%H-%M-%S', time.gmtime())}-{secrets.token_hex(2)}"


def _notes(people: pd.DataFrame, unusable: pd.DataFrame) -> tuple[str, ...]:
    notes = []
    if dropped := _reject_columns(people):
        notes.append(f"the columns {', '.join(dropped)} of an earlier rejects.csv were left out")
    if len(unusable):
        notes.append(
            f"{len(unusable)} companies cannot be matched against: see rejected_companies.csv"
        )
    return tuple(notes)


def deliver(  # noqa: PLR0913  three frames that go together, and how they go
    persons: pd.DataFrame,
    company_persons: pd.DataFrame | None = None,
    relationship_persons: pd.DataFrame | None = None,
    *,
    client: Client | None,
    key: Sequence[str] = ("Email",),
    progress: Progress | None = None,
) -> Uploaded:
    """Check frames as they stand and upload what is valid; the rest comes back ``rejected``.

    Without ``client`` nothing is sent. Raises InputError before anything is sent.
    """
    how = RunOptions(key=key, progress=progress)
    _refuse(how)
    people = text_frame(persons, of="the people")
    checked = check(people, Person, key=key)
    linked = _checked(company_persons, CompanyPerson, checked)
    related = _checked(relationship_persons, RelationshipPerson, checked)
    sent = _send(checked.valid, linked.valid, related.valid, people[ROW_ID].head(0), client, how)
    return replace(
        sent,
        persons=with_rejected(sent.persons, checked, people[ROW_ID]),
        company_persons=with_rejected(sent.company_persons, linked),
        relationship_persons=with_rejected(sent.relationship_persons, related),
    )


def write_run(result: RunResult, folder: Path) -> None:
    """Write every file of a run into ``folder``; each replaces an older one in one step.

    answers.csv is never touched. Raises TableError when a file cannot be written.
    """
    findings = result.checked.findings
    frames: Mapping[str, pd.DataFrame] = {
        "people.csv": result.people,
        "company_persons.csv": result.company_persons,
        "relationship_persons.csv": result.relationship_persons,
        "rejects.csv": result.rejects,
        "warnings.csv": findings[findings["severity"] == "warning"],
        "changes.csv": result.cleaned.changes,
        "decisions.csv": result.unified.decisions,
        "review.csv": result.review,
        "rejected_companies.csv": result.rejected_companies,
    }
    make_folder(folder)
    for name, frame in frames.items():
        write_table(frame, folder / name)
    _write_text(folder / "report.html", render(result))
    _write_text(folder / "summary.json", json.dumps(result.summary, indent=2) + "\n")


def check_folder(folder: Path) -> None:
    """Raise InputError when the folder of a run can be neither written to nor made; make nothing.

    Asked before anything is sent: answers that cannot be written down would be lost.
    """
    for place in (folder, *folder.parents):
        try:
            place.stat()
        except FileNotFoundError:
            continue
        except OSError as failure:
            raise InputError(f"the folder {folder} cannot be made: {failure.strerror}") from failure
        if not place.is_dir():
            raise InputError(f"{place} is a file, no folder: name another with --out")
        if not os.access(place, os.W_OK | os.X_OK):
            raise InputError(f"the folder {place} cannot be written to: name another with --out")
        return


def make_folder(folder: Path) -> None:
    """Make the folder of a run, and say at once when nothing can be written there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as failure:
        raise InputError(f"the folder {folder} cannot be made: {failure.strerror}") from failure
    if not os.access(folder, os.W_OK | os.X_OK):
        raise InputError(f"the folder {folder} cannot be written to: name another with --out")


def _write_text(path: Path, text: str) -> None:
    with writing(path) as draft:
        draft.write_text(text, encoding="utf-8")
