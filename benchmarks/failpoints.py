"""Points at which a process ends or fails.

A point is before and after each write to a socket and each statement that changes the ledger, after
each read from a socket, and before and after each renaming of a file.
"""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

KILL, FULL, CLOSED, MEMORY = "KILL", "disk full", "stderr closed", "no memory"
SIGNALS = ("INT", "TERM", "HUP")
ACTIONS = (KILL, *SIGNALS, FULL, CLOSED, MEMORY)
_CHANGES = ("BEGIN", "COMMIT", "INSERT", "UPDATE", "DELETE", "REPLACE")
# Waits of this many seconds or more pass at once.
_SKIPPED_FROM, _SKIPPED_TO = 0.6, 0.001
# The seconds saved by shortened waits.
_passed = [0.0]


class Points:
    """Counts the points of this process and acts at the chosen ones.

    They are chosen by number, or by name and how often it was reached: "before a file 2".
    """

    def __init__(self, chosen: Mapping[int | str, str], count: int) -> None:
        """Start to count; ``count`` is a pipe, so that the count survives the process."""
        self.chosen = chosen
        self.full = False
        self._count = count
        self._lock = threading.Lock()
        self._reached = 0
        self._named = Counter[str]()

    def reach(self, where: str) -> None:
        """Count a point, and execute the action that was chosen for it."""
        with self._lock:
            self._reached += 1
            self._named[where] += 1
            named = self.chosen.get(f"{where} {self._named[where]}")
            action = self.chosen.get(self._reached, named)
            met = "" if action is None else f"\n{action} at {self._reached}, {where}\n"
            os.write(self._count, f".{met}".encode())
        if action is not None:
            self._act(action)

    def _act(self, action: str) -> None:
        if action == FULL:
            self.full = True
        elif action == CLOSED:
            reading, writing = os.pipe()
            os.close(reading)
            os.dup2(writing, 2)
        elif action == MEMORY:
            raise MemoryError
        else:
            os.kill(os.getpid(), getattr(signal, f"SIG{action}"))

    def around(
        self, function: Callable[..., Any], what: str, *, before: bool = True
    ) -> Callable[..., Any]:
        """Return a function with a point before and after it."""

        def called(*arguments: Any, **options: Any) -> Any:
            if before:
                self.reach(f"before {what}")
            found = function(*arguments, **options)
            self.reach(f"after {what}")
            return found

        return called


class _Connection(sqlite3.Connection):
    """A connection to the ledger with points around its changes."""

    points: ClassVar[Points]

    def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
        return self._counted(super().execute, sql, *values)

    def executemany(self, sql: str, *values: Any) -> sqlite3.Cursor:
        return self._counted(super().executemany, sql, *values)

    def _counted(self, execute: Callable[..., Any], sql: str, *values: Any) -> sqlite3.Cursor:
        cursor: sqlite3.Cursor
        if not sql.lstrip().upper().startswith(_CHANGES):
            cursor = execute(sql, *values)
            return cursor
        what = " ".join(sql.split()[:3])
        self.points.reach(f"before {what}")
        if self.points.full:
            self._fail()
        cursor = execute(sql, *values)
        self.points.reach(f"after {what}")
        return cursor

    def _fail(self) -> None:
        # SQLite ends a transaction by itself if the disk is full.
        if self.in_transaction:
            super().execute("ROLLBACK")
        error = sqlite3.OperationalError("database or disk is full")
        error.sqlite_errorcode = sqlite3.SQLITE_FULL
        error.sqlite_errorname = "SQLITE_FULL"
        raise error


def watch(points: Points) -> None:
    """Add points to sockets, the ledger and files."""
    _Connection.points = points
    plain = socket.socket
    connect: Callable[..., sqlite3.Connection] = sqlite3.connect
    watched: dict[tuple[object, str], object] = {
        (plain, "send"): points.around(plain.send, "a send"),
        (plain, "sendall"): points.around(plain.sendall, "a send"),
        (plain, "recv"): points.around(plain.recv, "a read", before=False),
        (os, "replace"): points.around(os.replace, "a file"),
        (sqlite3, "connect"): lambda *given, **more: connect(*given, factory=_Connection, **more),
    }
    for (owner, name), function in watched.items():
        setattr(owner, name, function)


def move_time() -> None:
    """Make the time of day movable; call it before anything imports the function."""
    now = time.time
    setattr(time, "time", lambda: now() + _passed[0])  # noqa: B010  mypy takes no assignment


def pass_time() -> None:
    """Make long waits pass at once; the time of day advances by them."""
    wait = threading.Event.wait

    def waited(self: threading.Event, timeout: float | None = None) -> bool:
        if timeout is None or timeout < _SKIPPED_FROM:
            return wait(self, timeout)
        _passed[0] += timeout
        return wait(self, _SKIPPED_TO)

    threading.Event.wait = waited  # type: ignore[method-assign]  # only for this process
