"""``upload``: people and associations that are ready to be sent."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from gsprep.cli import options
from gsprep.cli.console import (
    Part,
    listed,
    note,
    print_document,
    read_file,
    read_optional,
    stages,
)
from gsprep.cli.described import schemas_asked
from gsprep.cli.empty import look_at_columns
from gsprep.cli.ends import code_of_unwritten, exit_code, sentence_of
from gsprep.cli.files import UPLOAD_FILES, check_folder, tried, write_upload
from gsprep.cli.outcomes import refuse_to_forget
from gsprep.cli.record import recorded
from gsprep.cli.shown import Sums, print_lines
from gsprep.cli.tenant import Target, connected, limits_of, target_of
from gsprep.display import heading
from gsprep.pipeline import RunOptions, deliver, plan_notes
from gsprep.report.advice import contradiction_notes, unsent_note
from gsprep.report.summary import all_counts, outcomes_of
from gsprep.results import OUTCOME_COLUMNS
from gsprep.schemas.frames import ROW_ID
from gsprep.schemas.objects import fields_of

if TYPE_CHECKING:
    import pandas as pd

    from gsprep.ledger.ledger import Ledger
    from gsprep.results import Uploaded
    from gsprep.schemas.fields import ObjectFields

_FRAMES = {
    "people": "persons",
    "company_persons": "company_persons",
    "relationship_persons": "relationship_persons",
}


def upload_files(
    ctx: typer.Context,
    persons: options.People,
    company_persons: options.CompanyPersons = None,
    relationship_persons: options.RelationshipPersons = None,
    key: options.Key = "Email",
    described: options.DescribePeople = None,
    to: options.To = None,
    sandbox: options.Sandbox = False,
    mode: options.Mode = "auto",
    sync_per_minute: options.PerMinute = None,
    sync_per_day: options.PerDay = None,
    async_per_hour: options.JobsPerHour = None,
    async_per_day: options.JobsPerDay = None,
    align_windows: options.Align = False,
    batch_counts: options.BatchCounts = "people",
    max_wait: options.MaxWait = 60.0,
    max_refused: options.MaxRefused = None,
    changed_only: options.ChangedOnly = False,
    force: options.Force = False,
    dry_run: options.DryRun = False,
    out: options.Out = Path("out"),
    sheet: options.Sheet = None,
    query: options.Query = None,
    mapping: options.Mapping = None,
    as_json: options.Json = False,
) -> None:
    """Check people and associations as they stand, send what is valid, and tell every outcome."""
    target = target_of(ctx.params, listed(key))
    given = (persons, company_persons, relationship_persons, described)
    check_folder(out, UPLOAD_FILES, inputs=given)
    if dry_run:
        refuse_to_forget(out)
    with recorded(ctx, target) as record:
        record.note_files()
        of = schemas_asked(described, target)
        people = read_file(persons, fields_of(of.persons), Part(sheet, query, mapping))
        record.note_frame("persons", persons, people)
        look_at_columns(people, persons, of.persons, listed(key))
        linked = read_optional(company_persons, fields_of(of.company_persons))
        related = read_optional(relationship_persons, fields_of(of.relationship_persons))
        _note_unsent(people, fields_of(of.persons))
        how = RunOptions(
            key=listed(key),
            schemas=of,
            mode=mode,
            limits=limits_of(target),
            tenant=target.tenant,
            keep=record.keep(),
        )
        delivery = _deliver((people, linked, related), how, target, record.ledger)
        raise typer.Exit(_finish(delivery, out, as_json=as_json))


def _note_unsent(people: pd.DataFrame, of: ObjectFields) -> None:
    """Say which columns stay here; those of an earlier upload's answers are not spoken of."""
    own = [name for name in people.columns if name not in (ROW_ID, *OUTCOME_COLUMNS)]
    unsent = [heading(name) for name in own if not of.knows(name)]
    if unsent:
        note(unsent_note(of.name, ", ".join(unsent)))
    if "Company_ID" in unsent:
        note("Company_ID goes with associations: give those with --company-persons")


def _deliver(
    frames: tuple[pd.DataFrame, pd.DataFrame | None, pd.DataFrame | None],
    how: RunOptions,
    target: Target,
    ledger: Ledger | None,
) -> Uploaded:
    with stages() as show, connected(target, None, ledger) as client:
        delivery = deliver(*frames, client=client, options=replace(how, progress=show))
        rows = delivery.persons
        passing = rows.loc[rows["outcome"] != "rejected", "row_id"]
        for sentence in (*contradiction_notes(frames[0], passing), *plan_notes(delivery, client)):
            note(sentence)
    return delivery


def _finish(delivery: Uploaded, out: Path, *, as_json: bool) -> int:
    """Write the files, tell the numbers and return the exit code."""
    where: tuple[str, ...] = (f"every row's answer: {out / 'people.csv'}",)
    code = exit_code(delivery)
    if failure := tried(partial(write_upload, delivery), out):
        note(f"gsprep: {sentence_of(failure)}")
        code, where = code_of_unwritten(delivery, failure), ()
    _tell(delivery, where, as_json=as_json)
    return code


def _counts(delivery: Uploaded) -> dict[str, dict[str, int]]:
    frames = {name: getattr(delivery, attribute) for name, attribute in _FRAMES.items()}
    return {name: all_counts(frame) for name, frame in frames.items()}


def _tell(delivery: Uploaded, where: tuple[str, ...], *, as_json: bool) -> None:
    if delivery.stopped is not None:
        note(f"stopped: {delivery.stopped}")
    document: dict[str, Any] = {"schema": "gsprep.upload/1", **_counts(delivery)}
    document["calls"] = delivery.calls
    if delivery.plan is not None:
        document["mode"] = delivery.plan.mode
    if as_json:
        print_document(document)
        return
    sums = (outcomes_of(name, counts) for name, counts in _counts(delivery).items())
    print_lines((Sums(tuple(whole for whole in sums if whole.count)), *where))
