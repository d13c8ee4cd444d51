"""``sync status``, ``failed``, ``state``, ``activate`` and ``deactivate``."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer

from gsprep.atomic_files import replacing
from gsprep.cli import exit_codes, guards
from gsprep.cli.console import moment, note, tell
from gsprep.cli.options import OUTPUT, CallLimits, Json, option
from gsprep.cli.sync_job import SyncJob, with_keys
from gsprep.cli.sync_session import Asked, Definition, Session, SyncName, Where, session_of
from gsprep.errors import InputError
from gsprep.ledger.activities import SHOWN, Activities
from gsprep.ledger.ledger import Ledger
from gsprep.ledger.sync_state import SavedSync, SyncState, read_state, saved_syncs, write_state
from gsprep.syncs.definition_file import Defined, definition_hash, definitions_of
from gsprep.syncs.run import ROW_COLUMNS, RunLimits, run_sync
from gsprep.syncs.sources import read_failed, read_rows
from gsprep.tables.write import write_table

_ALL_GUARDS = frozenset({"rejected", "refused", "missing", "empty"})
Whole = Annotated[Path, option("--out", "File to write, such as plans.state.", OUTPUT)]


def show_status(as_json: Json = False) -> None:
    """List the saved syncs: rows by outcome, where the next read begins, the last run."""
    with Ledger.from_environment() as ledger:
        last = Activities(ledger.database).last_runs()
        entries = [_entry(one, ledger, last) for one in saved_syncs(ledger.database)]
    if not entries:
        note("no sync is known yet: run one with `gsprep sync run FILE`")
    tell(
        {"schema": "gsprep.sync-status/1", "syncs": entries},
        list(map(_line, entries)),
        as_json=as_json,
    )


def _entry(saved: SavedSync, ledger: Ledger, last: dict[str, Any]) -> dict[str, Any]:
    run = last.get(saved.name)
    cursor = saved.cursor if saved.cursor_kind != "moment" else moment(saved.cursor) or None
    return {
        "sync": saved.name, "file": saved.path, "active": saved.active,
        "rows": dict(SyncState(ledger.database, saved.name).counts()),
        "cursor": cursor, "full": moment(saved.full) or None, "deletes": saved.deletes,
        "last": None if run is None else {
            "run": run.run, "state": run.state, "begun": moment(run.begun),
            "ended": moment(run.ended) or None,
        },
    }  # fmt: skip


def _line(entry: dict[str, Any]) -> str:
    last = entry["last"]
    state = "never run" if last is None else f"{SHOWN[last['state']]} {last['begun']}"
    rows = ", ".join(f"{count:,} {name}" for name, count in entry["rows"].items()) or "no rows"
    active = "" if entry["active"] else "  (not active)"
    return f"{entry['sync']:<24} {state:<38} {rows}{active}"


def list_failed(
    definition: Definition,
    where: Where,
    limits: CallLimits,
    out: Path = Path("failed.csv"),
    as_json: Json = False,
) -> None:
    """Read the source in full and list every row that is not stored, with its last reason.

    Output:
        out: File to write, such as failed.csv.
    """
    guards.check_tables([out])
    with session_of(where, limits, dry_run=True) as session:
        found = definitions_of(definition, session.ledger.database)
        if len(found) != 1:
            names = ", ".join(one.sync.name for one in found)
            raise InputError(f"the file has several syncs ({names}): name one of them")
        defined = found[0]
        with session.sandbox([defined.sync]):
            rows = failed_rows(defined, session)
    write_table(rows, out)
    counts = {str(outcome): int(count) for outcome, count in rows["outcome"].value_counts().items()}
    document = {
        "schema": "gsprep.sync-failed/1", "sync": defined.sync.name, "rows": len(rows),
        "outcomes": counts, "file": str(out),
    }  # fmt: skip
    tell(document, [f"{len(rows):>8}  rows are not stored: {out}"], as_json=as_json)
    raise typer.Exit(exit_codes.SOME_ROWS if len(rows) else exit_codes.DONE)


def failed_rows(defined: Defined, session: Session) -> pd.DataFrame:
    """Read the source in full and return the rows that are not stored, with their last reason.

    Raises InputError and UploadError as a run does; nothing is sent.
    """
    job = SyncJob(defined, session, Asked(dry_run=True), "", Path())
    places = job.places()
    to = job.destination(places)
    reading = read_rows(job.sync.source, job.sync.columns, places)
    left = read_failed(reading, job.are_stored(reading))
    limits = RunLimits(dry_run=True, accept=_ALL_GUARDS)
    result = run_sync(job.sync, left, to, state=job.state, names=job.names, limits=limits)
    if result.stopped is not None:
        raise result.stopped
    # Rows that are stored, or would be, without a company.
    alone = [
        {"row_id": row, "outcome": "unmatched", "code": why.code, "reason": why.message}
        for row, why in result.unmatched.items()
    ]
    unmatched = pd.DataFrame(alone, columns=list(ROW_COLUMNS), dtype="str")
    rows = pd.concat([_with_reasons(job, result.rows), unmatched])
    return with_keys(job.sync, left.frame, rows.drop_duplicates("row_id", keep="last"))


def _with_reasons(job: SyncJob, rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that are not stored; those that would be sent with their last outcome."""
    bad = rows[rows["action"].fillna("").isin(["", "created", "updated"])].copy()
    keys = [job.names.of_row(row_id) for row_id in bad["row_id"]]
    known = job.state.of(keys)
    sent = bad["action"].notna()
    last = [known.get(key) for key in keys]
    columns = {
        "outcome": ["new" if row is None else row.outcome for row in last],
        "code": [None if row is None else row.code or None for row in last],
        "field": [None if row is None else row.field or None for row in last],
    }
    for name, values in columns.items():
        bad[name] = bad[name].mask(sent, pd.Series(values, index=bad.index, dtype="str"))
    return bad


def activate_sync(definition: Definition) -> None:
    """Let ``sync serve`` run a sync; the syncs of a file are then known by name."""
    _set_active(definition, active=True)


def deactivate_sync(definition: Definition) -> None:
    """Stop ``sync serve`` from running a sync; its state is kept."""
    _set_active(definition, active=False)


def _set_active(definition: str, *, active: bool) -> None:
    with Ledger.from_environment() as ledger:
        for sync, path in definitions_of(definition, ledger.database):
            state = SyncState(ledger.database, sync.name)
            if state.saved() is None:
                state.save(str(path.resolve()), definition_hash(sync, ledger.names))
            state.set_active(active=active)
            what = "activated" if active else "deactivated"
            Activities(ledger.database).update(time.time(), f"it was {what}", sync=sync.name)
            note(f"{sync.name} is {what}")


def export_state(name: SyncName, out: Whole) -> None:
    """Write the state of a sync: keyed hashes and Gsids, no cell of the source."""
    guards.check_outputs([out])
    with Ledger.from_environment() as ledger:
        state = SyncState(ledger.database, name)
        saved = _known(state)
        with replacing(out) as draft:
            count = write_state(state, saved, ledger.names, draft)
    note(f"{count} rows of {name} written to {out}")


def import_state(
    name: SyncName,
    file: Annotated[Path, typer.Argument(help="File that `gsprep sync state export` wrote.")],
) -> None:
    """Replace the state of a sync; the data folder has to have the same secret."""
    with Ledger.from_environment() as ledger:
        state = SyncState(ledger.database, name)
        with state.alone():
            count = read_state(state, ledger.names, file)
    note(f"{count} rows of {name} read from {file}")


def forget_state(name: SyncName) -> None:
    """Remove a sync and its state; the next run sends every row and deletes nothing."""
    with Ledger.from_environment() as ledger:
        state = SyncState(ledger.database, name)
        _known(state)
        with state.alone():
            count = state.drop()
        Activities(ledger.database).update(time.time(), "its state was forgotten", sync=name)
    note(
        f"{count} rows of {name} forgotten. Records whose rows are no longer in the source "
        "stay in the tenant"
    )


def _known(state: SyncState) -> SavedSync:
    saved = state.saved()
    if saved is None:
        raise InputError(
            f"there is no sync {state.name}: `gsprep sync status` lists those that are known"
        )
    return saved
