"""``upload``: send people and associations that are ready; ``delete``: delete people."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from gsprep.cli import exit_codes, files, guards, options
from gsprep.cli.console import Counts, Sums, note, note_all, stages, tell
from gsprep.cli.existing_people import COMPARED, Comparing, compare_options
from gsprep.cli.files import schemas_of
from gsprep.cli.options import listed, share
from gsprep.cli.record import recorded
from gsprep.cli.tenant import Target, client_of, connected, limits_of, target_of, tenant_describes
from gsprep.display import plural
from gsprep.errors import InputError, UploadError
from gsprep.lazy import lazy_module
from gsprep.pipeline import deliver
from gsprep.report.files import UPLOAD_FILES
from gsprep.report.sentences import contradicted_ids, contradiction_notes, plan_notes
from gsprep.report.summary import all_counts, outcomes_of
from gsprep.results import Uploaded
from gsprep.run_options import RunOptions
from gsprep.schemas.fields import PERSON
from gsprep.schemas.objects import fields_of
from gsprep.tables.write import write_table
from gsprep.uploader.deleting import Deleted, DeletionPlan, delete_persons, look_up, rehearse
from gsprep.uploader.upload import UploadOptions

if TYPE_CHECKING:
    import pandas as pd

    from gsprep.cli import part_by_part
    from gsprep.ledger.ledger import Ledger
    from gsprep.parts import send as parts_send
    from gsprep.parts.send import SentParts
    from gsprep.uploader.client import Client
else:
    part_by_part = lazy_module("gsprep.cli.part_by_part")
    parts_send = lazy_module("gsprep.parts.send")

_FRAMES = {
    "people": "persons",
    "company_persons": "company_persons",
    "relationship_persons": "relationship_persons",
}


def upload_files(
    ctx: typer.Context,
    persons: options.People,
    reading: options.Input,
    sending: options.Sending,
    limits: options.SendingLimits,
    comparing: Comparing,
    format: Literal["csv", "parquet"] = "csv",
    *,
    key: options.Key = "Email",
    tolerate: options.Tolerate = None,
    out: options.Out = Path("out"),
    as_json: options.Json = False,
) -> None:
    """Check people and associations without changing them, and send the valid ones.

    Input:
        format: parquet: send what gsprep run --dry-run --format parquet wrote, part by part.
            PERSONS is its --out folder.
    """
    names = listed(key)
    tolerated = share(tolerate, "--tolerate") or 0.0
    target = target_of(sending, limits, names)
    _refuse_in_parts(format, sending, reading, comparing)
    guards.check_outputs(
        [out / name for name in (*UPLOAD_FILES, COMPARED)],
        inputs=(
            persons, sending.company_persons, sending.relationship_persons, sending.described
        ),
    )  # fmt: skip
    guards.refuse_dry_run_over_outcomes(out, dry_run=sending.dry_run)
    with recorded(ctx, target) as record:
        record.note_files()
        schemas = schemas_of(sending.described, partial(tenant_describes, target))
        if format == "parquet":
            how = UploadOptions(key=names, schemas=schemas, mode=sending.mode, keep=record.keep())
            sent = _sent_in_parts(Path(persons), out, how, target, record.ledger)
            raise typer.Exit(_finish_parts(sent, out, tolerated, as_json=as_json))
        people = files.read_file(persons, fields_of(schemas.persons), reading)
        record.note_frame("persons", persons, people)
        guards.check_columns(people, persons, schemas.persons, names)
        others = files.read_associations(sending, schemas)
        files.note_unsent(people, fields_of(schemas.persons))
        if sending.company_persons is None and "Company_ID" in people.columns:
            note("Company_ID belongs to associations: give them with --company-persons")
        settings = RunOptions(
            key=names,
            schemas=schemas,
            mode=sending.mode,
            limits=limits_of(target),
            tenant=target.tenant,
            keep=record.keep(),
        )
        with compare_options(comparing, target, record, out) as compare:
            delivery = _deliver(
                (people, *others), replace(settings, compare=compare), target, record.ledger
            )
        raise typer.Exit(_finish(delivery, out, tolerated, as_json=as_json))


def _refuse_in_parts(
    form: str, sending: options.Sending, reading: options.Input, comparing: Comparing
) -> None:
    """Raise InputError for options that have no meaning for what a run part by part wrote."""
    if form != "parquet":
        return
    read = {f"--{name}": getattr(reading, name) for name in ("sheet", "query", "mapping")}
    given = {
        "--dry-run": sending.dry_run,
        "--company-persons": sending.company_persons,
        "--relationship-persons": sending.relationship_persons,
    }
    part_by_part.refuse_of_parts({**read, **given, **comparing.given()})


def _sent_in_parts(
    run: Path, out: Path, how: UploadOptions, target: Target, ledger: Ledger | None
) -> SentParts:
    with stages() as show, connected(target, None, ledger) as client:
        if client is None:
            raise InputError("--format parquet sends people: omit --dry-run")
        return parts_send.send_parts(run, out, how, client, partial(show, "upload"))


def _finish_parts(sent: SentParts, out: Path, tolerated: float, *, as_json: bool) -> int:
    """Print the numbers of an upload part by part and return the exit code."""
    note_all(sent.notes)
    _tell(sent.counts, sent, sent.mode, (f"outcome of each row: {out / 'people'}",), as_json)
    if sent.stopped is not None:
        return exit_codes.code_of(sent.stopped)
    if any(counts["unknown"] for counts in sent.counts.values()):
        return exit_codes.NOT_FINISHED
    wholes = (outcomes_of(name, counts) for name, counts in sent.counts.items())
    rows = [(sent.to_fix[whole.name], whole.count) for whole in wholes]
    return exit_codes.code_of_rows(rows, tolerated)


def _deliver(
    frames: tuple[pd.DataFrame, pd.DataFrame | None, pd.DataFrame | None],
    settings: RunOptions,
    target: Target,
    ledger: Ledger | None,
) -> Uploaded:
    with stages() as show, connected(target, None, ledger, rows=len(frames[0])) as client:
        delivery = deliver(*frames, client=client, options=replace(settings, progress=show))
        rows = delivery.persons
        passing = rows.loc[rows["outcome"] != "rejected", "row_id"]
        contradicted = contradicted_ids(frames[0])
        note_all((*contradiction_notes(contradicted, passing), *plan_notes(delivery, client)))
    return delivery


def _finish(delivery: Uploaded, out: Path, tolerated: float, *, as_json: bool) -> int:
    """Write the files, print the numbers and return the exit code."""
    places: tuple[str, ...] = (f"outcome of each row: {out / 'people.csv'}",)
    code = exit_codes.exit_code(delivery, tolerated)
    if failure := files.tried(partial(files.write_upload, delivery), out):
        note(f"gsprep: {exit_codes.sentence_of(failure)}")
        code, places = exit_codes.code_of_unwritten(delivery, failure), ()
    mode = "" if delivery.plan is None else delivery.plan.mode
    counts = {name: all_counts(getattr(delivery, part)) for name, part in _FRAMES.items()}
    _tell(counts, delivery, mode, places, as_json)
    return code


def _tell(
    counts: Mapping[str, Mapping[str, int]],
    sent: Uploaded | SentParts,
    mode: str,
    places: tuple[str, ...],
    as_json: bool,
) -> None:
    if sent.stopped is not None:
        note(f"stopped: {sent.stopped}")
    document: dict[str, Any] = {"schema": "gsprep.upload/1", **counts, "calls": sent.calls}
    wholes = (outcomes_of(name, of) for name, of in counts.items())
    sums = Sums(tuple(whole for whole in wholes if whole.count))
    tell(document | ({"mode": mode} if mode else {}), (sums, *places), as_json=as_json)


# Outcomes of people whose deletion was asked for, or may have been.
_ASKED = frozenset({"deleted", "unknown"})


def delete_file(
    people: Annotated[str, typer.Argument(help="The people: a file with a column Gsid or Email.")],
    reading: options.Reading,
    to: options.To = None,
    out: Path = Path("deleted.csv"),
    yes: bool = False,
    dry_run: bool = False,
    max_wait: options.MaxWait = 60.0,
    as_json: options.Json = False,
) -> None:
    """Delete people from a tenant, with their associations.

    This cannot be undone: the command shows the number of people and associations, and asks.

    Output:
        out: File for the outcome of each row.

    Confirmation:
        yes: Delete without asking.
        dry_run: Look up the people, but delete no one.
    """
    target = Target(to=to, max_wait=max_wait).checked()
    guards.check_tables([out], inputs=[people])
    frame = files.read_file(people, PERSON, reading)
    with client_of(target) as client:
        deleted = _deleted(frame, client, yes=yes, dry_run=dry_run)
        # Before anything else can go wrong.
        code = _finish_delete(deleted, out, as_json=as_json)
    raise typer.Exit(code)


def _deleted(frame: pd.DataFrame, client: Client, *, yes: bool, dry_run: bool) -> Deleted:
    try:
        doomed = look_up(frame, client)
        note(_announced(doomed, client))
        if dry_run or not doomed.persons:
            return rehearse(doomed)
        _ask(yes=yes)
    except KeyboardInterrupt:
        raise UploadError("interrupted: nothing was deleted") from None
    return delete_persons(doomed, client)


def _finish_delete(deleted: Deleted, out: Path, *, as_json: bool) -> int:
    """Write the outcomes, print their numbers and return the exit code."""
    counts = deleted.counts()
    if deleted.stopped is not None:
        code = exit_codes.code_of(deleted.stopped)
    elif "unknown" in counts:
        code = exit_codes.NOT_FINISHED
    else:
        refused = counts.keys() & {"refused", "rejected"}
        code = exit_codes.SOME_ROWS if refused else exit_codes.DONE
    places: tuple[str, ...] = (f"outcome of each row: {out}",)
    if failure := files.tried(partial(write_table, deleted.frame), out):
        note(f"gsprep: {exit_codes.sentence_of(failure)}")
        places, code = (), _code_of_unwritten(counts, failure)
    if deleted.stopped is not None:
        note(f"stopped: {deleted.stopped}")
    document: dict[str, Any] = {"schema": "gsprep.delete/1", "rows": len(deleted.frame), **counts}
    tell(document, (Counts(counts), *places), as_json=as_json)
    return code


def _code_of_unwritten(counts: Mapping[str, int], failure: Exception) -> int:
    """Return the exit code where the outcomes cannot be written, after saying how to get them."""
    if not isinstance(failure, InputError):
        return exit_codes.OWN_FAULT
    if not counts.keys() & _ASKED:
        return exit_codes.WRONG_INPUT
    note(
        "people were deleted. Run the same command again: the outcome of deleted people is then "
        "absent or deleted"
    )
    return exit_codes.NOT_FINISHED


def _announced(doomed: DeletionPlan, client: Client) -> str:
    if not doomed.persons:
        return f"{client.base_url} has no person of the file, so no one is deleted"
    companies, relationships = doomed.associations
    people = len(doomed.persons)
    noun, are = plural(people, "person", "people"), plural(people, "is", "are")
    counted = "" if doomed.read == people else f" (counted for {doomed.read:,} of them)"
    return (
        f"{people:,} {noun} in {client.base_url} {are} to be deleted, with {companies:,} company "
        f"and {relationships:,} relationship associations{counted}. References in other objects "
        "follow their On Delete setting. This cannot be undone"
    )


def _ask(*, yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise InputError(
            "nothing was deleted: there is no terminal to ask for confirmation. Use --yes to delete"
        )
    note("Delete them? y or n")
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        raise InputError("nothing was deleted")
