"""Quota of calls, counted for all processes together.

The service counts in windows of its own clock. A call reaches it at some moment between its begin
and its end. So a call counts while it is running and for the length of a window after its end:
then no window has too many calls, at whatever moment it begins.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3

    from gsprep.ledger.database import Database

    InTransaction = Callable[[sqlite3.Connection], None]

# A killed process never stores the end of its call; no call takes longer than this, in seconds.
_LONGEST_CALL = 900.0
_KEPT = 2 * 86_400.0
# Difference in seconds between clocks of computers that share a ledger on a network drive.
_CLOCKS_DIFFER = 60.0
_COUNT_UNDER_WAY = "SELECT count(*) FROM call WHERE tenant = ? AND kind = ? AND ended IS NULL"
_NTH_END = (
    "SELECT ended FROM call WHERE tenant = ? AND kind = ? AND ended IS NOT NULL "
    "ORDER BY ended DESC LIMIT 1 OFFSET ?"
)


@dataclass(frozen=True, slots=True)
class QuotaWindow:
    """At most ``calls`` of a ``kind`` in a window of ``seconds``.

    With ``guard`` None, windows may begin at any moment. Otherwise they begin at whole multiples of
    their length since 1970, on a clock that differs from this one by at most ``guard`` seconds.
    """

    kind: str
    calls: int
    seconds: float
    guard: float | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """An allowed call (``tickets``), or the seconds to ``wait`` before asking again."""

    wait: float
    tickets: tuple[int, ...] = ()


class Quota:
    """The calls to one tenant, counted in a database; times are seconds since 1970."""

    def __init__(self, database: Database, tenant: str) -> None:
        """Count the calls to ``tenant``, including those of other processes."""
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
        in_transaction: InTransaction | None = None,
    ) -> Turn:
        """Store the begin of a call that counts as each of ``kinds``, if all rules allow it now.

        ``in_transaction`` writes more of the call in the same transaction.
        """
        with self._writing() as connection:
            wait = self._wait(connection, rules, now)
            if wait > 0:
                return Turn(wait)
            sql = "INSERT INTO call (tenant, kind, begun) VALUES (?, ?, ?)"
            noted = [connection.execute(sql, (self._tenant, kind, now)) for kind in kinds]
            if in_transaction is not None:
                in_transaction(connection)
        self.made += 1
        return Turn(0.0, tuple(one.lastrowid or 0 for one in noted))

    def end(self, turn: Turn, now: float) -> None:
        """Remember the end of a call; it is stored for other processes with the next call."""
        with self._turn:
            self._ended += [(now, ticket) for ticket in turn.tickets]

    def flush(self) -> None:
        """Store the ends of calls for other processes."""
        with self._writing():
            pass

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """Open a transaction that also stores the ends of calls."""
        with self._database.writing() as connection:
            with self._turn:
                ended = list(self._ended)
            connection.executemany("UPDATE call SET ended = ? WHERE id = ?", ended)
            yield connection
        noted = set(ended)
        with self._turn:
            self._ended = [one for one in self._ended if one not in noted]

    def left(self, rule: QuotaWindow, now: float) -> int:
        """Return how many more calls a rule allows now."""
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
        """Return the seconds until this rule allows another call."""
        of = (self._tenant, rule.kind)
        under_way = connection.execute(_COUNT_UNDER_WAY, of).fetchone()[0]
        if under_way >= rule.calls:
            # One of them must end first, and then its window.
            return rule.seconds
        free = min(rule.calls - under_way, sys.maxsize)
        last = connection.execute(_NTH_END, (*of, free - 1)).fetchone()
        return 0.0 if last is None else max(0.0, _free_again(min(last[0], now), rule) - now)


def forget_old(database: Database, now: float) -> None:
    """Delete calls that are too old for any window; a call without a valid end ends now."""
    with database.writing() as connection:
        connection.execute(
            "UPDATE call SET ended = ? WHERE typeof(ended) NOT IN ('real', 'null')", (now,)
        )
        connection.execute("DELETE FROM call WHERE ended < ?", (now - _KEPT,))


def _end_lost_calls(connection: sqlite3.Connection, now: float) -> int:
    """End the calls of killed processes, and return how many changed.

    Ends in the future, after the clock was set back, become now.
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
    # The service may count this call, and the next one, up to ``guard`` earlier or later.
    begin = (ended + rule.guard) // rule.seconds * rule.seconds
    return begin + rule.seconds + rule.guard
