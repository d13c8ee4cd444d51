"""``sync serve``: scheduled runs of a folder of syncs."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from gsprep.cli.console import note
from gsprep.cli.exit_codes import DONE, WRONG_INPUT
from gsprep.cli.options import Json
from gsprep.cli.sync import run_recorded, tell_done
from gsprep.cli.sync_alerts import send_alerts
from gsprep.cli.sync_job import Done
from gsprep.cli.sync_options import Asked, CallLimits, Reads, SyncOut, Where, exit_of
from gsprep.cli.sync_session import Session, session_of
from gsprep.errors import InputError
from gsprep.ledger.activities import Activities
from gsprep.ledger.sync_state import saved_syncs
from gsprep.syncs.definition_file import read_definitions
from gsprep.syncs.saved import Defined
from gsprep.syncs.schedule import Due, Last, due_now, in_order, next_time
from gsprep.uploader.interrupts import noted

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
    watch = _Watch(folder, where, limits, out)
    ended = threading.Event()
    with noted() as interrupts, interrupts.ringing(ended.set):
        if once:
            done, _ = watch.turn()
            tell_done(done, as_json=as_json)
            raise typer.Exit(watch.code(done))
        _keep_serving(watch, ended, as_json=as_json)


def _keep_serving(watch: _Watch, ended: threading.Event, *, as_json: bool) -> None:
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
            self._tell_stale(active, session)
            return done, _rest(active, _last(session))

    def code(self, done: dict[str, Done]) -> int:
        """Return the exit code of one turn."""
        codes = {name: one.code for name, one in done.items()}
        if not codes:
            return WRONG_INPUT if self.wrong else DONE
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
        self._tell_wrong(wrong)
        return [found[name] for name in names]

    def _tell_wrong(self, wrong: dict[Path, str]) -> None:
        for path, sentence in wrong.items():
            if self.wrong.get(path) != sentence:
                note(f"gsprep: {sentence}")
        self.wrong = wrong

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

    def _tell_stale(self, active: Sequence[Defined], session: Session) -> None:
        activities = Activities(session.ledger.database)
        for one in active:
            for sentence in send_alerts(one.sync, activities, time.time()):
                note(f"{one.sync.name}: {sentence}")


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
