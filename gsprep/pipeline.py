"""Stages of a run in order, with options and results."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from gsprep.calls.limits import Limits
from gsprep.cleaning.clean import CleaningOptions, as_read
from gsprep.cleaning.recipe import agreed_key, agreed_region, clean_by
from gsprep.display import plural
from gsprep.errors import InputError, RejectedRowsError, refuse_other
from gsprep.existing_people import Remembered, compared, linked_of, named_as_sent, remembering
from gsprep.lazy import lazy_module, part_of, passed_on
from gsprep.report.files import PeopleRows, reject_rows, review_rows, with_errors
from gsprep.report.finding_counts import unmatched_rows
from gsprep.report.sentences import contradicted_ids, notes_of, plan_notes
from gsprep.report.summary import (
    agreement_counts,
    execution_of,
    existing_counts,
    summarize,
    told_of,
)
from gsprep.results import Checked, Cleaned, RunResult, Unified, Uploaded
from gsprep.run_options import RunOptions, held, run_id
from gsprep.schemas.frames import ROW_ID, SplitRows, as_pandas, text_frame, without_reasons
from gsprep.schemas.objects import fields_of
from gsprep.schemas.same_key import key_columns
from gsprep.unification.answers import as_answers
from gsprep.unification.prepare import (
    advise_on_companies,
    kept_index,
    lacks_gsids,
    usable_of,
    with_gsids,
)
from gsprep.unification.rulebook import given_rulebook
from gsprep.unification.tuning.evaluate import agreement
from gsprep.unification.unify import matched_associations, unify_text
from gsprep.uploader.interrupts import noted
from gsprep.uploader.upload import PlanContext, UploadOptions, rehearse_text, send_text
from gsprep.validation.check import check_associations, check_text
from gsprep.validation.findings import CheckFacts
from gsprep.values.arrow import return_memory
from gsprep.values.percentage import share_of

if TYPE_CHECKING:
    from gsprep.progress_bars import Progress
    from gsprep.results import Evaluation
    from gsprep.schemas.frames import Frame
    from gsprep.unification.duplicates import updating
    from gsprep.unification.duplicates.updating import Updates
    from gsprep.unification.rulebook import Rulebook
    from gsprep.uploader import compare as comparing
    from gsprep.uploader.client import Client
else:
    comparing = lazy_module("gsprep.uploader.compare")
    updating = lazy_module("gsprep.unification.duplicates.updating")


def run(  # noqa: PLR0913  the four frames of a run, where it goes and how
    people: Frame,
    companies: Frame | None = None,
    *,
    company_persons: Frame | None = None,
    relationship_persons: Frame | None = None,
    client: Client | None = None,
    options: RunOptions | None = None,
    progress: Progress | None = None,
) -> RunResult:
    """Clean, check, match, associate and upload people; every row is returned with its outcome.

    Without ``client`` nothing is sent and every valid row is ``unsent``. Companies that cannot be
    used for matching are in ``rejected_companies``. An error that ends the sending early is in
    ``stopped``, not raised. More rejected rows than ``most_rejected`` stop the run too: nothing is
    sent, and ``stopped`` is a RejectedRowsError.

    Args:
        people: the people as they were read.
        companies: the companies to match with, None for those of the client's tenant; with a
            client, a list without any Gsid gets those of the tenant.
        company_persons: associations with companies that are sent in addition to the matched ones.
        relationship_persons: associations with relationships.
        client: the tenant; None sends nothing.
        options: everything else that can be set.
        progress: called with the stage and how far it is; ``gsprep.progress()`` shows it.

    Returns:
        Every frame of the run, and its counts.

    Raises:
        InputError: before anything is sent: for frames without a required column, people with other
            columns than the ``recipe``, no companies and no client, or an unknown verdict in
            ``hold``.

    Examples:
        >>> people = pd.DataFrame({"Email": ["Ana@ACME.com", "bo@"]})
        >>> companies = pd.DataFrame(
        ...     {"Gsid": ["1P02" + "A" * 32], "Name": ["Acme, Inc."], "Domain": ["acme.com"]}
        ... )
        >>> result = gsprep.run(people, companies, client=client)
        >>> result.people[["row_id", "verdict", "company_name", "outcome"]]
          row_id verdict company_name   outcome
        0      1   match   Acme, Inc.    stored
        1      2     NaN          NaN  rejected
    """
    begun = time.monotonic()
    options = agreed(options or RunOptions(), progress)
    name = options.keep.run or run_id()
    people = as_pandas(people, of="the frame of people")
    companies, joined = _companies(companies, client, options)
    remembered = _remembered(client, options, name)
    read, cleaned = _Read.of(people), _cleaned(people, options)
    del people  # their memory is free, unless the caller keeps them
    cleaned, checked, updates = _checked(cleaned, options, remembered)
    given = (company_persons, relationship_persons)
    done = _decide(cleaned, (checked, updates), companies, given, options)
    return_memory()
    unsent, own = _unsent(done, read.header), notes_of(*read[:2], checked, done.unusable)
    refusal = done.refusal(options.most_rejected)
    with nullcontext() if client is None else noted():
        frames, held = done.frames(), done.held(options.hold)
        noted_by = None if client is None or refusal is not None else remembered
        with remembering(noted_by, checked.valid, frames[0], held) as settle:
            sent = _send(frames, held, client, options, refusal)
            settle(sent.persons)
        facts = {
            **told_of(options.origin, client, read.rows, len(companies)),
            **execution_of(sent, client),
            "run": name,
            "seconds": round(time.monotonic() - begun, 3),
        }
        notes = (*joined, *options.origin.notes, *own, *done.notes, *plan_notes(sent, client))
        return result_of(done, unsent, sent, facts, notes)


def deliver(
    persons: pd.DataFrame,
    company_persons: pd.DataFrame | None = None,
    relationship_persons: pd.DataFrame | None = None,
    *,
    client: Client | None,
    options: RunOptions | None = None,
) -> Uploaded:
    """Check frames without changing them and upload the valid rows; others are ``rejected``.

    Without ``client`` nothing is sent. Only the ``options`` for checking and sending are used.
    Raises InputError before anything is sent.
    """
    options = options or RunOptions()
    options = replace(options, key=key_columns(options.key))
    schemas = options.schemas
    people = text_frame(persons, of="the frame of people")
    checked = check_text(people, schemas.persons, key=options.key)
    linked, related = (
        check_associations(
            None if given is None else text_frame(given, of=f"the {schema.name} rows"),
            schema,
            checked,
            options.key,
        )
        for given, schema in (
            (company_persons, schemas.company_persons),
            (relationship_persons, schemas.relationship_persons),
        )
    )
    frames = (checked.valid, linked.valid, related.valid)
    sent = _send(frames, people[ROW_ID].head(0), client, options)
    return replace(
        sent,
        persons=with_errors(checked, sent.persons).frame(),
        company_persons=with_errors(linked, sent.company_persons).frame(),
        relationship_persons=with_errors(related, sent.relationship_persons).frame(),
    )


@dataclass(frozen=True, slots=True)
class NotSent:
    """The rows that need a person."""

    rejects: pd.DataFrame
    review: pd.DataFrame
    unmatched: pd.DataFrame


@dataclass(frozen=True, slots=True)
class Decided:
    """The results of all stages before sending."""

    cleaned: Cleaned
    checked: Checked
    unified: Unified
    linked: Checked
    related: Checked
    unusable: pd.DataFrame
    notes: tuple[str, ...] = ()
    updates: Updates | None = None
    agreement: Evaluation | None = None

    def frames(self) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
        """Return the valid people and associations, as they are sent."""
        persons = self.checked.valid if self.updates is None else self.updates.persons
        return persons, self.linked.valid, self.related.valid

    def refusal(self, most: float | str | None) -> RejectedRowsError | None:
        """Return the error that stops the run if more than this share of people is rejected."""
        rejected = len(self.checked.rejected)
        return too_many(rejected, rejected + len(self.checked.valid), most)

    def held(self, verdicts: Sequence[str]) -> pd.Series[str]:
        """Return the row_ids of people who are held back."""
        decisions = part_of(self.unified, "decisions", [ROW_ID, "verdict"])
        open_ = frozenset() if self.updates is None else self.updates.held
        wanted = decisions["verdict"].isin(verdicts) | decisions[ROW_ID].isin(open_)
        return decisions.loc[wanted, ROW_ID]


class _Read(NamedTuple):
    """What of the people as given is needed at the end of a run: columns, notes, and number."""

    header: pd.DataFrame
    contradicted: pd.Series[str] | None
    rows: int

    @classmethod
    def of(cls, people: pd.DataFrame) -> _Read:
        header = pd.DataFrame(columns=people.columns)
        return cls(header, contradicted_ids(people), len(people))


def _cleaned(people: pd.DataFrame, options: RunOptions) -> Cleaned:
    """Clean people as they were read."""
    text = text_frame(without_reasons(people), of="the frame of people")
    _begin_stage(options, "clean")
    cleaning = CleaningOptions(region=rulebook_of(options).region, key=tuple(options.key))
    return clean_by(options.recipe, text, options.schemas.persons, cleaning)


def _checked(
    cleaned: Cleaned, options: RunOptions, remembered: Remembered | None
) -> tuple[Cleaned, Checked, Updates | None]:
    """Check cleaned people, and compare them with existing ones if that is asked for.

    The cleaned frame is made of the valid and the rejected rows from then on.
    """
    _begin_stage(options, "check")
    checked = check_text(cleaned.frame, options.schemas.persons, key=options.key)
    checked, updates = _compared(checked, options, remembered)
    frame = SplitRows.of(checked.valid, checked.rejected).late()
    return Cleaned(frame, passed_on(cleaned, "changes")), checked, updates


def _decide(
    cleaned: Cleaned,
    found: tuple[Checked, Updates | None],
    companies: pd.DataFrame,
    associations: tuple[Frame | None, Frame | None],
    options: RunOptions,
) -> Decided:
    """Match the people who were ``found`` valid, and associate them.

    ``associations`` are the given ones.
    """
    checked, updates = found
    book = rulebook_of(options)
    usable, unusable = usable_of(companies)
    advise_on_companies(usable, book)
    _begin_stage(options, "match")
    answers = options.answers
    if answers is not None:
        answers = as_answers(answers, part_of(cleaned, "frame"), book.columns)
    known = None if options.known is None else text_frame(options.known, of="the known frame")
    columns = checked.valid.columns
    index = kept_index(usable, book, options.indexes, known=known, answers=answers, columns=columns)
    unified = unify_text(checked.valid, index, options.progress, shown=options.evidence)
    agreed = None
    if index.answers:
        answered = part_of(unified, "decisions", [ROW_ID, "rule", "Company_ID"])
        agreed = agreement(checked.valid, answered, index)
    notes = (*(() if updates is None else updates.notes), *index.notes)
    del index  # it is large, and no longer needed
    return_memory()
    sent = checked if updates is None else replace(checked, valid=updates.persons)
    given = named_as_sent(associations, (checked.valid, sent.valid), options.schemas, options.key)
    linked = _company_associations(sent, unified, given[0], options)
    related = check_associations(given[1], options.schemas.relationship_persons, sent, options.key)
    return Decided(cleaned, checked, unified, linked, related, unusable, notes, updates, agreed)


def _remembered(client: Client | None, options: RunOptions, run: str) -> Remembered | None:
    """Return what earlier runs sent rows as, if there is a ledger and people to compare with."""
    tenant, ledger = options.tenant if client is None else client.base_url, options.keep.ledger
    if options.against is None or ledger is None or tenant is None:
        return None
    return Remembered(ledger, tenant, run, options.key, options.against_all)


def _compared(
    checked: Checked, options: RunOptions, remembered: Remembered | None
) -> tuple[Checked, Updates | None]:
    """Return the checked rows, and the valid ones as they update existing people."""
    if options.against is None:
        return checked, None
    _begin_stage(options, "compare")
    how = updating.Updating(
        key=options.key, book=options.people_rulebook, answers=options.pair_answers
    )
    how = how if options.kept is None else replace(how, kept=options.kept)
    return compared(checked, options.against, how, (options.schemas.persons, remembered))


def _unsent(done: Decided, header: pd.DataFrame) -> NotSent:
    """Return the rows that need a person; ``header`` has the columns as read.

    They are made before sending: an error in it then costs no outcome.
    """
    valid, rejected = done.checked.valid, done.checked.rejected
    own = [name for name in valid if name in {ROW_ID, *map(str, header)}]
    return NotSent(
        reject_rows(as_read(done.cleaned, rejected)[own], done.checked),
        review_rows(valid, done.unified),
        unmatched_rows(valid, done.unified),
    )


def result_of(
    done: Decided, unsent: NotSent, sent: Uploaded, facts: Mapping[str, Any], notes: tuple[str, ...]
) -> RunResult:
    """Return the frames of a run, or of a part of one, and their counts."""
    linked = None if done.updates is None else linked_of(done.updates)
    held = frozenset[str]() if linked is None else linked.held
    people = PeopleRows.of(done.checked, done.unified, sent.persons, held)
    links = {
        "company_persons": with_errors(done.linked, sent.company_persons),
        "relationship_persons": with_errors(done.related, sent.relationship_persons),
    }
    outcomes = {name: rows.frame(columns=["outcome"]) for name, rows in links.items()}
    counted = people.outcomes.frame(columns=["outcome"])
    more = {} if linked is None else {"existing": existing_counts(linked)}
    more |= {} if done.agreement is None else {"agreement": agreement_counts(done.agreement)}
    return RunResult(
        people=people.late(),
        **{name: rows.late() for name, rows in links.items()},
        rejects=unsent.rejects,
        review=unsent.review,
        unmatched=unsent.unmatched,
        rejected_companies=done.unusable,
        cleaned=done.cleaned,
        checked=done.checked,
        unified=done.unified,
        stopped=sent.stopped,
        summary=summarize(counted, done.unified, outcomes, facts, more),
        notes=notes,
        plan=sent.plan,
        answered=sent.answered,
        quota=sent.quota,
        linked=linked,
        agreement=done.agreement,
    )


def _companies(
    given: Frame | None, client: Client | None, options: RunOptions
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return the companies or those of the tenant, with its Gsids if they lack them; and a note."""
    if client is not None:
        refuse_other(client, "base_url", "the client", "give a gsprep.Client")
    text = None if given is None else text_frame(given, of="the list of companies")
    if text is not None and (client is None or "Name" not in text or not lacks_gsids(text)):
        return text, ()
    if client is None:
        raise InputError("companies are missing: give a frame of them, or a client to ask")
    book = rulebook_of(options)
    ask = options.tenant_companies or partial(client.objects.companies, book.company_columns)
    asked = text_frame(ask(), of="the tenant's companies")
    if text is None:
        return asked, ()
    found, note = with_gsids(text, asked, book)
    if "Gsid" not in text and lacks_gsids(found):
        raise InputError(
            f"{note}. Compare the list with what `gsprep companies --to TENANT` downloads, or use "
            "that file"
        )
    return found, (note,)


def agreed(options: RunOptions, progress: Progress | None) -> RunOptions:
    """Return the options with the region and key of the recipe and the lookups of the rulebook.

    Raises InputError for a share or a verdict that there is not.
    """
    refuse_other(options, "most_rejected", "the argument options", "give gsprep.RunOptions(…)")
    refuse_other(options.schemas, "persons", "schemas", "give that of gsprep.schemas_from_describe")
    if options.recipe is not None:
        refuse_other(options.recipe, "key", "the recipe", "read it with gsprep.read_recipe")
    if options.most_rejected is not None:
        share_of(options.most_rejected, "most_rejected")
    book = options.rulebook
    return replace(
        options,
        hold=held(options.hold),
        key=agreed_key(options.recipe, key_columns(options.key)),
        region=agreed_region(options.recipe, options.region),
        lookups=options.lookups or (None if book is None else book.lookups),
        progress=options.progress if progress is None else progress,
    )


def rulebook_of(options: RunOptions) -> Rulebook:
    """Return how companies are matched, with the region of the options."""
    book = given_rulebook(options.rulebook)
    return book if options.region is None else book.dialled_from(options.region)


def _begin_stage(options: RunOptions, name: str) -> None:
    return_memory()
    if options.progress is not None:
        options.progress(name, 0, 0)


def too_many(rejected: int, whole: int, most: float | str | None) -> RejectedRowsError | None:
    """Return why nothing may be sent, or None."""
    if most is None or rejected <= share_of(most, "most_rejected") * whole:
        return None
    are = plural(rejected, "is", "are")
    return RejectedRowsError(
        f"{rejected:,} of {whole:,} rows {are} rejected, more than --max-rejected allows, so "
        "nothing was sent. Fix the rows in rejects.csv, each has its reason"
    )


def _company_associations(
    checked: Checked, unified: Unified, given: pd.DataFrame | None, options: RunOptions
) -> Checked:
    """Return the matched and the given associations, checked together."""
    key, schema = options.key, options.schemas.company_persons
    decisions = part_of(unified, "decisions", [ROW_ID, "verdict", "Company_ID"])
    if given is None:  # their persons are the valid ones, so none is missing
        return checked_matches(checked.valid, decisions, options)
    matched = matched_associations(checked.valid, decisions, key)
    # The row_ids of both are kept apart: both count their records from 1.
    own = given.assign(**{ROW_ID: "given:" + given[ROW_ID]})
    both = pd.concat([matched, own], ignore_index=True).astype("str")
    return check_text(both, schema, key=key, persons=checked)


def checked_matches(valid: pd.DataFrame, decisions: pd.DataFrame, options: RunOptions) -> Checked:
    """Return the associations of valid people by the decisions on them, checked for errors.

    Their addresses are not checked again, and no one is told what whole columns cast doubt on.
    """
    schema = options.schemas.company_persons
    of, people = fields_of(schema), fields_of(options.schemas.persons)
    links = matched_associations(valid, decisions, options.key)
    alike = "Email" in links and of["Email"].type == people["Email"].type == "EMAIL"
    facts = CheckFacts({}, {}, has_lines=False, has_new=False, judged=("Email",) * alike)
    return check_text(links, schema, key=options.key, facts=facts)


def _send(
    frames: tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame],
    held: pd.Series[str],
    client: Client | None,
    options: RunOptions,
    refusal: RejectedRowsError | None = None,
) -> Uploaded:
    """Send checked frames, but for people whose row_id is in ``held``.

    Without ``client``, and with a ``refusal``, it is only planned.
    """
    return_memory()
    reader = client if options.compare is None else options.compare.client or client
    if options.compare is not None and reader is not None and refusal is None:
        of = (reader, options.key, options.schemas)
        plain = replace(options, compare=None)
        how = replace(options.compare, sends=client is not None)
        return comparing.send_compared(
            frames, how, of, held, lambda left: _send(left, held, client, plain)
        )
    sending = sending_of(options, held)
    if refusal is not None:
        planned = rehearse_text(frames, sending, plan_context(options, refusal))
        return replace(planned, stopped=refusal, calls=0)
    if client is None:
        return rehearse_text(frames, sending, plan_context(options))
    progress = None if options.progress is None else partial(options.progress, "upload")
    return send_text(frames, sending, client, progress)


def sending_of(options: RunOptions, held: pd.Series[str]) -> UploadOptions:
    """Return how people become calls, but for those whose row_id is in ``held``."""
    return UploadOptions(
        key=options.key,
        held=held,
        schemas=options.schemas,
        lookups=options.lookups,
        mode=options.mode,
        keep=options.keep,
    )


def plan_context(options: RunOptions, refusal: RejectedRowsError | None = None) -> PlanContext:
    """Return what a plan takes into account; with a ``refusal`` rows say why nothing is sent."""
    ledger, tenant = options.keep.ledger, options.tenant
    quota = None if ledger is None or tenant is None else ledger.quota(tenant)
    context = PlanContext(options.limits or Limits(), tenant, options.known, quota)
    why = "not sent: too many rows are rejected"
    return context if refusal is None else replace(context, reason=why)
