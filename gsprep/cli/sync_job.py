"""Run of one sync: read, send, files, activity."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from gsprep.cli import exit_codes, files, guards
from gsprep.cli.sync_session import Asked, Session
from gsprep.errors import DocumentError, GsprepError, InputError, MissingColumnsError, Problem
from gsprep.ledger.activities import Activities
from gsprep.ledger.sync_state import SyncState
from gsprep.schemas.frames import ROW_ID
from gsprep.syncs import alerts, sources
from gsprep.syncs.check import SyncCheck, check_sync
from gsprep.syncs.definition import SourceOptions, Sync
from gsprep.syncs.definition_file import (
    Defined,
    changed_entries,
    connections_of,
    definition_hash,
    entries_of,
)
from gsprep.syncs.destinations import destination_of
from gsprep.syncs.records import UNMATCHED, mapped_column
from gsprep.syncs.run import RunLimits, SyncResult, run_sync
from gsprep.syncs.writers import Destination, Means
from gsprep.tables.write import write_table
from gsprep.uploader.compare import CellChanges, cell_lines

if TYPE_CHECKING:
    from gsprep.syncs.sources import Reading

# A row of the state with one of these outcomes needs nothing more.
_SETTLED = frozenset({"stored", "absent"})


@dataclass(frozen=True, slots=True)
class Done:
    """How a run of a sync ended.

    Attributes:
        code: its exit code.
        document: the numbers, as in summary.json; None if nothing was read.
        notes: sentences for people.
        cells: the cells that a dry run would change.
        rows: the outcome of each row; None if nothing was read.
        places: lines that name the files to open.
    """

    code: int
    document: dict[str, Any] | None
    notes: tuple[str, ...] = ()
    cells: CellChanges | None = field(default=None, repr=False)
    rows: Any = field(default=None, repr=False)
    places: tuple[str, ...] = ()

    def changes(self) -> dict[str, Any]:
        """Return the cells that a dry run would change, for the document."""
        if self.cells is None:
            return {}
        samples = [sample._asdict() for sample in self.cells.samples]
        return {"cells": self.cells.counts(), "samples": samples}

    def changed_cells(self) -> list[str]:
        """Return the cells that a dry run would change, by column, and samples, as lines."""
        if self.cells is None:
            return []
        ids = dict(zip(self.rows["Gsid"], self.rows["row_id"], strict=True))
        return cell_lines(self.cells, lambda gsid: f"row {ids.get(gsid, gsid)}")


def run_one(defined: Defined, session: Session, asked: Asked, run: str, out: Path) -> Done:
    """Run a sync; an error that ends it is in the result."""
    try:
        own = None if defined.sync.source.connection else defined.path.parent
        check_files(out, defined, own)
        job = SyncJob(defined, session, asked, run, out)
        with job.state.alone():
            return job.told(job.execute())
    except GsprepError as failure:
        return Done(exit_codes.code_of(failure), None, (exit_codes.sentence_of(failure),))


class SyncJob:
    """A run while it holds the lock of its sync."""

    def __init__(
        self, defined: Defined, session: Session, asked: Asked, run: str, out: Path
    ) -> None:
        """Keep what the run needs."""
        self.sync, self.path = defined
        self.session, self.asked, self.run, self.out = session, asked, run, out
        self.state = SyncState(session.ledger.database, self.sync.name)
        self.activities = Activities(session.ledger.database)
        self.names = session.ledger.names
        self.begun = time.time()

    def execute(self) -> Done:
        """Run the sync, and store how it ended as an activity."""
        used = connections_of(self.sync)
        number = self.activities.begin(self.run, self.sync.name, used, self.begun)
        try:
            done = self._attempt(number)
        except BaseException as failure:
            # A message may not show a cell: that of an unexpected error is left out.
            note = exit_codes.sentence_of(failure)
            code = exit_codes.code_of(failure)
            details = {"unfinished": code == exit_codes.NOT_FINISHED}
            self.activities.end(number, "failed", time.time(), details, note)
            if not isinstance(failure, GsprepError):
                raise
            return Done(code, None, (note,))
        return done

    def told(self, done: Done) -> Done:
        """Send the alerts of the sync, unless nothing was sent to a tenant."""
        if self.asked.dry_run or self.session.where.sandbox:
            return done
        failures = alerts.send_alerts(self.sync, self.activities, time.time())
        return replace(done, notes=(*done.notes, *failures))

    def _attempt(self, number: int) -> Done:
        places = self.places()
        check_files(self.out, Defined(self.sync, self.path), places.folder)
        to = self.destination(places)
        self._save_definition(to.evidence)
        reading = self._read(places)
        cells = CellChanges(self.asked.samples) if self.asked.dry_run else None
        limits = self._limits(cells)
        result = run_sync(self.sync, reading, to, state=self.state, names=self.names, limits=limits)
        return self._end(number, reading, result, cells)

    def places(self) -> sources.Places:
        """Return where the source is."""
        return self.session.places(self.sync, self.path.parent)

    def destination(self, places: sources.Places) -> Destination:
        """Return the destination; DocumentError if the definition does not fit it or its source."""
        folder, client = self.path.parent, self.session.destination(self.sync)
        refuse_mistakes(check_sync(self.sync, client, places, folder), self.path)
        means = Means(folder, self.session.stopped, files.kept_indexes())
        return destination_of(self.sync, client, means)

    def _limits(self, cells: CellChanges | None) -> RunLimits:
        saved = self.state.saved()
        if self.asked.deletes:
            self.state.confirm_deletes()
        return RunLimits(
            dry_run=self.asked.dry_run,
            moves=not self.asked.reads.is_part,
            accept=self.asked.accept,
            deletes=self.asked.deletes or (saved is not None and saved.deletes),
            stopped=self.session.stopped,
            cells=cells,
        )

    def _save_definition(self, evidence: bytes) -> None:
        """Save the definition; after a change everything is read, and an activity says what.

        Everything is read, too, when companies may be found otherwise: by new ``evidence``.
        """
        content, before = definition_hash(self.sync, self.names), self.state.saved()
        content = self.names.of(content + evidence) if evidence else content
        is_same = before is not None and before.definition == content
        if not is_same and before is not None:
            # First, so that a run that is killed in between reads everything, too.
            self.state.move(None, None, None)
        self.state.save(str(self.path.resolve()), content)
        if is_same:
            return
        entries = entries_of(self.sync, self.names)
        note = "the sync was added"
        if before is not None:
            earlier = self._entries_before()
            if earlier == entries:
                return
            note = f"changed: {', '.join(changed_entries(earlier, entries)) or 'the definition'}"
        self.activities.update(
            time.time(),
            note,
            run=self.run,
            sync=self.sync.name,
            connections=connections_of(self.sync),
            details={"entries": entries},
        )

    def _entries_before(self) -> dict[str, str]:
        """Return the entries of the definition at its last change; activating it is another one."""
        changes = self.activities.all(sync=self.sync.name, kind="update")
        found = (one.details["entries"] for one in reversed(changes) if "entries" in one.details)
        return next(found, {})

    def _read(self, places: sources.Places) -> Reading:
        reads = self.asked.reads
        reading = self._kept() if reads.only == "failed" else None
        if reading is None:
            reading = sources.read_rows(self.sync.source, self.sync.columns, places, self._since())
            self._keep(reading)
        if reads.only == "failed":
            reading = sources.read_failed(reading, self.are_stored(reading))
        return reading if reads.first is None else sources.read_first(reading, reads.first)

    def _kept(self) -> Reading | None:
        """Return the rows of the last whole read, None if they are not kept."""
        keep = self.sync.source.keep
        file = None if keep is None else self.path.parent / keep
        if file is None or not file.is_file():
            return None
        source = SourceOptions(file=file.name, key=self.sync.source.key)
        try:
            reading = sources.read_rows(
                source, self.sync.columns, sources.Places(folder=file.parent)
            )
        except MissingColumnsError:
            # The definition asks for more than it did at that read.
            return None
        note = f"the rows are those of the last whole read, in {keep}"
        return replace(reading, notes=(*reading.notes, note))

    def _keep(self, reading: Reading) -> None:
        keep, is_whole = self.sync.source.keep, reading.is_complete
        if keep is None or not is_whole or self.asked.dry_run or self.session.where.sandbox:
            return
        file = self.path.parent / keep
        guards.check_outputs([file], inputs=[self.path])
        files.make_folder(file.parent)
        own = [name for name in reading.frame.columns if name != ROW_ID]
        write_table(reading.frame[own], file)

    def _since(self) -> sources.Since | None:
        reads, cursor, saved = self.asked.reads, self.sync.source.cursor, self.state.saved()
        if reads.since is not None:
            if cursor is None:
                raise InputError(f"--since: the source of {self.sync.name} has no cursor")
            return sources.since_of(reads.since, cursor)
        if reads.full or reads.only or cursor is None or saved is None or saved.cursor is None:
            return None
        is_number = saved.cursor_kind == "number"
        return sources.begin_of(
            sources.Since(saved.cursor, "number" if is_number else "moment"), cursor
        )

    def are_stored(self, reading: Reading) -> list[bool]:
        """Return of each row whether it needs nothing more."""
        keys = [self.names.of_row(row_id) for row_id in reading.frame["row_id"]]
        known = self.state.of(keys)
        # Other rules may find a company for a row without one.
        found = ((row.outcome, row.code) if row else ("", "") for row in map(known.get, keys))
        return [outcome in _SETTLED and code not in UNMATCHED.values() for outcome, code in found]

    def _end(
        self, number: int, reading: Reading, result: SyncResult, cells: CellChanges | None
    ) -> Done:
        """Write the files and store the activity."""
        ended, reasons = time.time(), alerts.reasons_of(result)
        document = alerts.summary_of(
            self.sync.name,
            None if self.asked.dry_run else self.run,
            result,
            full=reading.is_complete,
            seconds=ended - self.begun,
            dry_run=self.asked.dry_run,
        )
        stopped = "" if result.stopped is None else exit_codes.sentence_of(result.stopped)
        details = {
            "counts": alerts.counts_of(result), "reasons": reasons, "full": reading.is_complete,
            "unfinished": _code(result) == exit_codes.NOT_FINISHED,
        }  # fmt: skip
        self.activities.end(number, alerts.state_of(result), ended, details, stopped)
        write_files(self.sync, reading, result, document, self.out)
        notes = (*reading.notes, *filter(None, [stopped]))
        places = [f"report: {self.out / 'report.html'}"]
        if any(document[name] for name in alerts.NOT_STORED):
            places.append(f"to fix: {self.out / 'failed.csv'}")
        return Done(_code(result), document, notes, cells, result.rows, tuple(places))


def refuse_mistakes(found: SyncCheck, path: Path) -> None:
    """Raise DocumentError for a definition that does not fit its source or its object."""
    problems = list(found.problems)
    for one in found.missing:
        what = f"the field {one.field} ({one.type})" if one.field else f"the object {one.object}"
        place = f"fields.{one.field}" if one.field else "destination.object"
        problems.append(Problem(place, f"the tenant lacks {what}: an administrator has to add it"))
    if problems:
        raise DocumentError(str(path), problems)


def _code(result: SyncResult) -> int:
    counts = alerts.counts_of(result)
    if result.stopped is not None:
        code = exit_codes.code_of(result.stopped)
        return (
            exit_codes.NOT_FINISHED if code == exit_codes.WRONG_INPUT and counts["sent"] else code
        )
    if counts["unknown"] or counts["unsent"]:
        return exit_codes.NOT_FINISHED
    return exit_codes.SOME_ROWS if counts["rejected"] or counts["refused"] else exit_codes.DONE


SYNC_FILES = ("rows.csv", "failed.csv", "missing.csv", "report.html", "summary.json")


def check_files(out: Path, defined: Defined, folder: Path | None) -> None:
    """Raise InputError if the files cannot be written or would replace the source.

    ``folder`` is that of the source's files; None while it is not known.
    """
    sync, path = defined
    # A pattern of files is text.
    source = str(folder / sync.source.file) if folder is not None and sync.source.file else None
    guards.check_outputs([out / name for name in SYNC_FILES], inputs=[path, source])


def write_files(
    sync: Sync, reading: Reading, result: SyncResult, document: Mapping[str, Any], out: Path
) -> None:
    """Write all files, as ``files.write_all`` does."""
    rows = with_keys(sync, reading.frame, result.rows)
    bad = rows["outcome"].isin(alerts.NOT_STORED) & rows["action"].fillna("").ne("absent")
    writers: dict[str, Callable[[Path], object]] = {
        "rows.csv": partial(write_table, rows),
        "failed.csv": partial(write_table, rows[bad]),
        "missing.csv": partial(write_table, result.missing),
        "report.html": partial(
            files.write_text, alerts.page_of(document, alerts.reasons_of(result))
        ),
        "summary.json": partial(files.write_text, json.dumps(document, indent=2) + "\n"),
    }
    files.write_all(out, writers)


def with_keys(sync: Sync, read: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Return the outcomes with the values of the object's key after ``row_id``."""
    unique = read[read[ROW_ID].notna() & ~read[ROW_ID].duplicated()]
    # The Gsid of each record is among the outcomes.
    names = [name for name in sync.destination.key if name not in rows.columns]
    columns = {name: mapped_column(unique, name, sync.fields[name], {}) for name in names}
    if rows.empty:
        return rows.assign(**dict.fromkeys(names, "")).astype("str")
    keys = unique[[ROW_ID]].assign(**columns)
    merged = rows.merge(keys, on=ROW_ID, how="left", validate="many_to_one")
    rest = [name for name in rows.columns if name != ROW_ID]
    return merged[[ROW_ID, *names, *rest]]
