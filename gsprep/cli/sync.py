"""``sync``: check, compare and run saved definitions."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer

from gsprep.cli import exit_codes, files, guards
from gsprep.cli.console import Counts, note, note_all, print_document, tell
from gsprep.cli.options import CHECKING, CallLimits, Json, option
from gsprep.cli.sync_job import Done, run_one
from gsprep.cli.sync_session import (
    Asked,
    Definition,
    Reads,
    Session,
    SyncOut,
    Where,
    exit_of,
    folder_of,
    guards_of,
    session_of,
)
from gsprep.errors import InputError
from gsprep.ledger.activities import Activities
from gsprep.ledger.runs import Run
from gsprep.ledger.sync_state import saved_syncs
from gsprep.schemas.frames import cell_text
from gsprep.syncs.alerts import COUNTS, send_alerts
from gsprep.syncs.check import MissingField, SyncCheck, check_sync
from gsprep.syncs.definition_file import Defined, definitions_of, json_schema, read_definitions
from gsprep.syncs.schedule import Due, Last, due_now, in_order, next_time
from gsprep.tables.write import write_table
from gsprep.uploader.interrupts import noted

COMMAND = "sync run"
_MISSING = "missing_fields.csv"

Accept = Annotated[
    str | None,
    option(
        "--accept", "Guards to ignore in this run: missing, refused, rejected, empty.", CHECKING
    ),
]


def run_syncs(
    ctx: typer.Context,
    definition: Definition,
    reads: Reads,
    where: Where,
    limits: CallLimits,
    accept: Accept = None,
    confirm_delete: bool = False,
    out: SyncOut = None,
    as_json: Json = False,
) -> None:
    """Send the rows that changed since they were last stored.

    Cleaning and checking:
        confirm_delete: Allow this definition to delete the records of missing rows. Needed once.
    """
    asked = Asked(reads=reads, accept=guards_of(accept), deletes=confirm_delete)
    with session_of(where, limits) as session:
        earlier = ctx.obj if isinstance(ctx.obj, Run) else None
        found = _ordered(definitions_of(definition, session.ledger.database))
        is_file = Path(definition).is_file()
        given = str(Path(definition).resolve()) if is_file else definition
        folder = None if out is None else str(out.expanduser().resolve())
        options = {**ctx.params, "definition": given, "out": folder}
        with session.sandbox([one.sync for one in found]):
            done = run_recorded(found, session, asked, options=options, out=out, earlier=earlier)
    tell_done(done, as_json=as_json)
    raise typer.Exit(_exit(done))


def run_recorded(
    found: Sequence[Defined],
    session: Session,
    asked: Asked,
    *,
    options: dict[str, Any],
    out: Path | None,
    earlier: Run | None = None,
) -> dict[str, Done]:
    """Run several syncs as one run of the ledger, which ``resume`` continues if it must."""
    run = earlier or session.ledger.runs.begin(COMMAND, options, time.time())
    done = run_all(found, session, asked, run.id, out)
    code = _exit(done)
    if code in (exit_codes.DONE, exit_codes.SOME_ROWS):
        session.ledger.end_run(run.id, "done", time.time())
    elif code == exit_codes.WRONG_INPUT:
        session.ledger.end_run(run.id, "given up", time.time())
    return done


def _exit(done: dict[str, Done]) -> int:
    """Return the exit code of several syncs; without any a signal came before the first."""
    return (
        exit_of({name: one.code for name, one in done.items()}) if done else exit_codes.NOT_FINISHED
    )


def diff_syncs(
    definition: Definition,
    reads: Reads,
    where: Where,
    limits: CallLimits,
    rows: Annotated[int, typer.Option(min=0)] = 20,
    accept: Accept = None,
    out: SyncOut = None,
    as_json: Json = False,
) -> None:
    """Show what a run would send, and which cells it would change; nothing is sent or stored.

    Output:
        rows: Number of changed cells to show, masked.
    """
    asked = Asked(reads=reads, accept=guards_of(accept), samples=rows, dry_run=True)
    with session_of(where, limits, dry_run=True) as session:
        found = _ordered(definitions_of(definition, session.ledger.database))
        with session.sandbox([one.sync for one in found]):
            done = run_all(found, session, asked, "", out)
    tell_done(done, as_json=as_json)
    raise typer.Exit(_exit(done))


def run_all(
    found: Sequence[Defined], session: Session, asked: Asked, run: str, out: Path | None
) -> dict[str, Done]:
    """Run several syncs in their order; a signal ends them after a batch."""
    names = [one.sync.name for one in found]
    done: dict[str, Done] = {}
    for one in found:
        if session.stopped():
            break
        folder = folder_of(out, one.sync.name, names)
        done[one.sync.name] = run_one(one, session, asked, run, folder)
    return done


def _ordered(found: Sequence[Defined]) -> list[Defined]:
    by_name = {one.sync.name: one for one in found}
    return [by_name[name] for name in in_order([one.sync for one in found])]


# Counts that are printed even if they are 0.
_ALWAYS = frozenset({"read", "sent"})


def tell_done(done: dict[str, Done], *, as_json: bool) -> None:
    """Print the numbers of each sync, and notes on standard error."""
    note_all(f"{name}: {sentence}" for name, one in done.items() for sentence in one.notes)
    documents = [one.document | one.changes() for one in done.values() if one.document is not None]
    if as_json:
        single = len(done) == 1 and len(documents) == 1
        several = {"schema": "gsprep.syncs/1", "syncs": documents}
        print_document(documents[0] if single else several)
        return
    for one in done.values():
        if one.document is None:
            continue
        told = "nothing was sent; a run would give:"
        state = told if one.document["dry_run"] else one.document["state"]
        head = f"{one.document['sync']}: {state}"
        numbers = {
            name: one.document[name]
            for name in (*COUNTS, "sent")
            if one.document[name] or name in _ALWAYS
        }
        tell({}, (head, Counts(numbers), *one.changed_cells(), *one.places), as_json=False)


def check_definitions(
    definition: Definition,
    where: Where,
    limits: CallLimits,
    out: SyncOut = None,
    as_json: Json = False,
) -> None:
    """Compare a definition with its source and its object; no row is sent.

    Missing objects and fields are listed with types for the administrator who creates them.
    """
    if out is not None:
        guards.check_folder(out)
    with session_of(where, limits, dry_run=True) as session:
        found = _ordered(definitions_of(definition, session.ledger.database))
        with session.sandbox([one.sync for one in found]):
            checks = {one.sync.name: _checked(one, session) for one in found}
    documents: list[dict[str, Any]] = []
    lines: list[str] = []
    for name, check in checks.items():
        if check.missing and out is not None:
            _write_missing(check, folder_of(out, name, list(checks)))
        note_all(f"{name}: {sentence}" for sentence in check.notes)
        problems = [{"place": one.place, "message": one.message} for one in check.problems]
        missing = [one._asdict() for one in check.missing]
        entry = {"sync": name, "good": check.is_good, "problems": problems, "missing": missing}
        documents.append(entry | {"notes": list(check.notes)})
        lines += _lines(name, check)
    tell({"schema": "gsprep.sync-check/1", "syncs": documents}, lines, as_json=as_json)
    are_good = all(one.is_good for one in checks.values())
    raise typer.Exit(exit_codes.DONE if are_good else exit_codes.WRONG_INPUT)


def _lines(name: str, check: SyncCheck) -> list[str]:
    """Return what is wrong as lines, with a table of the objects and fields to create."""
    if check.is_good:
        return [f"{name}: the definition fits its source and its object"]
    lines = [f"{name}: {one.place}: {one.message}" for one in check.problems]
    if check.missing:
        lines.append(f"{name}: the tenant lacks these; an administrator has to create them:")
        rows = [[cell_text(cell) or "" for cell in one] for one in check.missing]
        frame = pd.DataFrame([[*MissingField._fields], *rows], dtype="str")
        wide = frame.map(len).max()
        lines += [
            "  " + "  ".join(map(str.ljust, row, wide)).rstrip()
            for row in frame.itertuples(index=False)
        ]
    return lines


def _checked(one: Defined, session: Session) -> SyncCheck:
    client = session.destination(one.sync)
    folder = one.path.parent
    return check_sync(one.sync, client, session.places(one.sync, folder), folder)


def _write_missing(check: SyncCheck, folder: Path) -> None:
    guards.check_outputs([folder / _MISSING])
    files.make_folder(folder)
    columns = {
        name: pd.Series([cell_text(getattr(one, name)) for one in check.missing], dtype="str")
        for name in MissingField._fields
    }
    write_table(pd.DataFrame(columns), folder / _MISSING)


def show_schema() -> None:
    """Print the JSON schema of a definition, for editors."""
    print_document(json.loads(json.dumps(json_schema())))


# Longest rest, in seconds: definitions may change, and the clock may be set.
_LONGEST_REST = 30.0
_SHORTEST_REST = 1.0


def serve_syncs(
    folder: Annotated[
        Path, typer.Argument(help="Folder of definitions (*.yaml), or one file of them.")
    ],
    where: Where,
    limits: CallLimits,
    once: bool = False,
    out: SyncOut = None,
    as_json: Json = False,
) -> None:
    """Run syncs by their schedules until a signal; the current batch is finished first.

    A sync that never ran is due at once. One run makes up for all missed times.

    Options:
        once: Run what is due now, and end: for cron and containers.
    """
    if where.sandbox:
        raise InputError("a schedule needs a tenant: leave --sandbox out")
    if not folder.exists():
        raise InputError(f"there is no folder {folder}: check the name")
    guards.check_folder(out or Path("out"))
    watch = _Watch(folder, where, limits, out)
    ended = threading.Event()
    with noted() as interrupts, interrupts.ringing(ended.set):
        if once:
            done, _ = watch.turn()
            tell_done(done, as_json=as_json)
            raise typer.Exit(watch.code(done))
        rest = 0.0
        while not ended.wait(rest):
            done, rest = watch.turn()
            if done:
                tell_done(done, as_json=as_json)


class _Watch:
    """A folder of definitions, looked at again in each turn."""

    def __init__(self, folder: Path, where: Where, limits: CallLimits, out: Path | None) -> None:
        self.folder, self.where, self.limits, self.out = folder, where, limits, out
        # What is wrong with each file, as it was said last.
        self.wrong: dict[Path, str] = {}

    def turn(self) -> tuple[dict[str, Done], float]:
        """Run what is due, and return how it ended and how long to rest."""
        found = self._found()
        with session_of(self.where, self.limits) as session:
            inactive = {one.name for one in saved_syncs(session.ledger.database) if not one.active}
            active = [one for one in found if one.sync.name not in inactive]
            last = _last(session)
            due = due_now([one.sync for one in active], last, time.time())
            done = self._run(active, due, session)
            activities = Activities(session.ledger.database)
            for one in active:
                for sentence in send_alerts(one.sync, activities, time.time()):
                    note(f"{one.sync.name}: {sentence}")
            return done, _rest(active, _last(session))

    def code(self, done: dict[str, Done]) -> int:
        """Return the exit code of one turn."""
        codes = {name: one.code for name, one in done.items()}
        if not codes:
            return exit_codes.WRONG_INPUT if self.wrong else exit_codes.DONE
        return exit_of(codes)

    def _found(self) -> list[Defined]:
        """Return the syncs of all good files in their order; what is wrong is said once."""
        paths = sorted(self.folder.glob("*.y*ml")) if self.folder.is_dir() else [self.folder]
        found: dict[str, Defined] = {}
        wrong: dict[Path, str] = {}
        for path in paths:
            try:
                for sync in read_definitions(path):
                    self._add(found, Defined(sync, path))
            except InputError as failure:
                wrong[path] = str(failure)
        names: list[str] = []
        try:
            names = in_order([one.sync for one in found.values()])
        except InputError as failure:
            wrong[self.folder] = str(failure)
        note_all(f"gsprep: {s}" for path, s in wrong.items() if self.wrong.get(path) != s)
        self.wrong = wrong
        return [found[name] for name in names]

    def _add(self, found: dict[str, Defined], new: Defined) -> None:
        name = new.sync.name
        if name in found:
            raise InputError(
                f"{new.path} has a sync {name}, as {found[name].path} has: name one of them "
                "differently"
            )
        found[name] = new

    def _run(
        self, active: Sequence[Defined], due: Sequence[Due], session: Session
    ) -> dict[str, Done]:
        by_name = {one.sync.name: one for one in active}
        done: dict[str, Done] = {}
        for one in due:
            if session.stopped():
                break
            asked = Asked(reads=Reads(full=one.full))
            options: dict[str, Any] = {"definition": one.name, "to": self.where.to}
            folder = None if self.out is None else self.out / one.name
            found = [by_name[one.name]]
            done |= run_recorded(found, session, asked, options=options, out=folder)
        return done


def _last(session: Session) -> dict[str, Last]:
    """Return when each sync last began, and when it last read everything."""
    runs = Activities(session.ledger.database).last_runs()
    begun = {name: one.begun for name, one in runs.items()}
    full = {one.name: one.full for one in saved_syncs(session.ledger.database)}
    return {name: Last(begun.get(name), full.get(name)) for name in {*begun, *full}}


def _rest(active: Sequence[Defined], last: dict[str, Last]) -> float:
    now = time.time()
    times = [next_time(one.sync.schedule, last.get(one.sync.name, Last()), now) for one in active]
    next_ = min((moment for moment in times if moment is not None), default=now + _LONGEST_REST)
    return min(max(next_ - now, _SHORTEST_REST), _LONGEST_REST)
