"""Calls made and under way, and how long the next one has to wait: one count for all processes.

The service counts in windows that begin on a clock we do not own. A call reaches it somewhere
between its beginning and its end, so it is counted as long as it is under way and for the length
of a window after its end: then every window is kept to, wherever it begins.
"""

from __future__ import annotations

import sys
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator, Sequence

    from gsprep.ledger.database import Database

    InTransaction = Callable[[sqlite3.Connection], None]

# A process that was killed never says that its call ended; none lasts so long, in seconds.
_LONGEST_CALL = 900.0
_KEPT = 2 * 86_400.0
# Two computers may share a ledger on a network home, in seconds.
_CLOCKS_DIFFER = 60.0
_COUNT_UNDER_WAY = "SELECT count(*) FROM call WHERE tenant = ? AND kind = ? AND ended IS NULL"
_NTH_END = (
    "SELECT ended FROM call WHERE tenant = ? AND kind = ? AND ended IS NOT NULL "
    "ORDER BY ended DESC LIMIT 1 OFFSET ?"
)


@dataclass(frozen=True, slots=True)
class QuotaWindow:
    """At most ``calls`` of a ``kind`` in a window of ``seconds``.

    ``guard`` None lets windows begin anywhere; else they begin at whole multiples of their length
    since 1970, by a clock that differs from ours by at most ``guard`` seconds.
    """

    kind: str
    calls: int
    seconds: float
    guard: float | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """A call that is allowed (``tickets``), or the seconds to ``wait`` before one may be."""

    wait: float
    tickets: tuple[int, ...] = ()


class Quota:
    """The calls to one tenant, counted in a database; times are seconds since 1970."""

    def __init__(self, database: Database, tenant: str) -> None:
        """Count the calls to ``tenant``, those that other processes make as well."""
        self._database = database
        self._tenant = tenant
        self._turn = threading.Lock()
        self._ended: list[tuple[float, int]] = []
        self.made = 0

    def take(
        self,
        kinds: Sequence[str],
        rules: Sequence[QuotaWindow],
        now: float,
        beside: InTransaction | None = None,
    ) -> Turn:
        """Note that a call begins that counts as each of ``kinds``, unless a rule forbids it now.

        ``beside`` writes what belongs to the call in the same transaction.
        """
        with self._writing() as connection:
            wait = self._wait(connection, rules, now)
            if wait > 0:
                return Turn(wait)
            sql = "INSERT INTO call (tenant, kind, begun) VALUES (?, ?, ?)"
            noted = [connection.execute(sql, (self._tenant, kind, now)) for kind in kinds]
            if beside is not None:
                beside(connection)
        self.made += 1
        return Turn(0.0, tuple(one.lastrowid or 0 for one in noted))

    def end(self, turn: Turn, now: float) -> None:
        """Note that a call is over: at once here, for other processes with the next call."""
        with self._turn:
            self._ended += [(now, ticket) for ticket in turn.tickets]

    def flush(self) -> None:
        """Let other processes know of the calls that are over."""
        with self._writing():
            pass

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """Give a transaction in which the calls that are over were noted."""
        with self._database.writing() as connection:
            with self._turn:
                ended = list(self._ended)
            connection.executemany("UPDATE call SET ended = ? WHERE id = ?", ended)
            yield connection
        noted = set(ended)
        with self._turn:
            self._ended = [one for one in self._ended if one not in noted]

    def wait(self, rules: Sequence[QuotaWindow], now: float) -> float:
        """Return the seconds until a call would be allowed; nothing is noted."""
        with self._writing() as connection:
            return self._wait(connection, rules, now)

    def left(self, rule: QuotaWindow, now: float) -> int:
        """Return how many calls a rule allows at once at this moment."""
        with self._writing() as connection:
            _end_lost_calls(connection, now)
            sql = "SELECT ended FROM call WHERE tenant = ? AND kind = ?"
            ends = connection.execute(sql, (self._tenant, rule.kind)).fetchall()
        counting = sum(end is None or _free_again(min(end, now), rule) > now for (end,) in ends)
        return max(0, rule.calls - counting)

    def _wait(
        self, connection: sqlite3.Connection, rules: Sequence[QuotaWindow], now: float
    ) -> float:
        wait = max((self._wait_of(connection, rule, now) for rule in rules), default=0.0)
        if wait > 0 and _end_lost_calls(connection, now):
            return self._wait(connection, rules, now)
        return wait

    def _wait_of(self, connection: sqlite3.Connection, rule: QuotaWindow, now: float) -> float:
        """Return how far away the moment is at which this rule allows another call."""
        of = (self._tenant, rule.kind)
        under_way = connection.execute(_COUNT_UNDER_WAY, of).fetchone()[0]
        if under_way >= rule.calls:
            # One of those has to end first, and then its window.
            return rule.seconds
        free = min(rule.calls - under_way, sys.maxsize)
        last = connection.execute(_NTH_END, (*of, free - 1)).fetchone()
        return 0.0 if last is None else max(0.0, _free_again(min(last[0], now), rule) - now)


def forget_old(database: Database, now: float) -> None:
    """Delete the calls that no window reaches back to; one that ended at no time ends now."""
    with database.writing() as connection:
        connection.execute(
            "UPDATE call SET ended = ? WHERE typeof(ended) NOT IN ('real', 'null')", (now,)
        )
        connection.execute("DELETE FROM call WHERE ended < ?", (now - _KEPT,))


def _end_lost_calls(connection: sqlite3.Connection, now: float) -> int:
    """End the calls of processes that were killed, and return how many changed.

    Ends that lie ahead, as the clock was set back since, count as of now.
    """
    lost = connection.execute(
        "UPDATE call SET ended = begun + ? WHERE ended IS NULL AND begun < ?",
        (_LONGEST_CALL, now - _LONGEST_CALL),
    )
    ahead = connection.execute(
        "UPDATE call SET ended = ? WHERE ended > ?", (now, now + _CLOCKS_DIFFER)
    )
    return lost.rowcount + ahead.rowcount


def _free_again(ended: float, rule: QuotaWindow) -> float:
    """Return when a call that ended at a moment no longer counts."""
    if rule.guard is None:
        return ended + rule.seconds
    # The service may have counted it, and may count the next one, so much earlier or later.
    begin = (ended + rule.guard) // rule.seconds * rule.seconds
    return begin + rule.seconds + rule.guard
