"""Use of the documented limits, measured with a virtual clock.

``python benchmarks/pacing.py`` lets one and two processes with a common ledger call a service. The
service has fixed windows of its own clock and counts a call at some moment between its begin and
its end. It prints the share of the allowed calls that were made, and the number of calls that the
service would have answered with 429.
"""

from __future__ import annotations

import heapq
import itertools
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from gsprep.calls.limits import COUNTS_AS, Limits, Pace
from gsprep.ledger.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gsprep.calls.limits import Kind

_BEGIN = 1_000_000_000.0
_SYNC_SECONDS, _ASYNC_SECONDS = 1_800.0, 5 * 3_600.0


@dataclass
class Service:
    """Fixed windows of a clock that is ``skew`` seconds ahead."""

    limits: Limits
    skew: float
    counts: Counter[tuple[float, float]] = field(default_factory=Counter)
    refused: int = 0

    def call(self, kind: Kind, moment: float) -> None:
        """Count a call that arrives at a moment of the client's clock."""
        theirs = moment + self.skew
        keys = [
            (window.seconds, theirs // window.seconds) for window in self.limits.windows_of(kind)
        ]
        self.counts.update(keys)
        allowed = {window.seconds: window.calls for window in self.limits.windows_of(kind)}
        self.refused += any(self.counts[key] > allowed[key[0]] for key in keys)


@dataclass(frozen=True)
class Case:
    """The settings of a simulation; ``latency`` and ``skew`` in seconds."""

    kind: Kind
    processes: int
    latency: float
    skew: float
    aligned: bool = False

    def used(self, seed: int = 1) -> tuple[float, int]:
        """Return the share of the allowed calls that arrived, and the calls refused."""
        limits = Limits(aligned=self.aligned)
        service = Service(limits, self.skew)
        with tempfile.TemporaryDirectory() as home:
            ledgers = [Ledger(Path(home) / "home") for _ in range(self.processes)]
            for ledger in ledgers:
                # A simulation needs no protection against power cuts.
                ledger.database.rows("PRAGMA synchronous = OFF")
            arrived = _Simulation(self, limits, service, Random(seed)).run(ledgers)
            for ledger in ledgers:
                ledger.close()
        narrowest = min(limits.windows_of(self.kind), key=lambda window: window.seconds)
        return arrived / (self.length / narrowest.seconds * narrowest.calls), service.refused

    @property
    def length(self) -> float:
        """The seconds that are looked at."""
        return _SYNC_SECONDS if self.kind == "sync" else _ASYNC_SECONDS


@dataclass
class _Simulation:
    """Lanes that take turns in the order of time; each makes one call after the other."""

    case: Case
    limits: Limits
    service: Service
    rng: Random
    now: float = _BEGIN
    arrived: int = 0

    def run(self, ledgers: Sequence[Ledger]) -> int:
        """Return the number of calls that arrived in time."""
        order = itertools.count()
        events: list[tuple[float, int, Iterator[float]]] = []
        for ledger in ledgers:
            pace = Pace(self.limits, ledger.quota("acme"))
            pace.took(self.case.latency)
            for _ in range(pace.width(self.case.kind)):
                heapq.heappush(events, (_BEGIN, next(order), self._lane(pace)))
        while events[0][0] < _BEGIN + self.case.length:
            self.now, _, one = heapq.heappop(events)
            heapq.heappush(events, (next(one), next(order), one))
        return self.arrived

    def _lane(self, pace: Pace) -> Iterator[float]:
        """Yield the moment of each next step."""
        kind = self.case.kind
        rules = self.limits.rules_of(kind)
        while True:
            turn = pace.quota.take(COUNTS_AS[kind], rules, self.now)
            if turn.wait:
                yield self.now + turn.wait
                continue
            lasting = self.case.latency * self.rng.uniform(0.5, 1.5)
            arrival = self.now + lasting * self.rng.random()
            self.service.call(kind, arrival)
            self.arrived += arrival < _BEGIN + self.case.length
            yield self.now + lasting
            pace.quota.end(turn, self.now)


_LATENCIES: dict[Kind, tuple[float, ...]] = {"sync": (0.2, 0.6, 1.0, 3.0), "async": (10.0, 60.0)}
CASES = [
    Case(kind, processes, latency, skew, aligned)
    for aligned in (False, True)
    for kind, latencies in _LATENCIES.items()
    for latency in latencies
    for processes, skew in ((1, 0.0), (2, 2.0), (2, -2.5))
]


def main() -> None:
    """Print a line for each case."""
    print("windows  kind   processes  latency  skew   used   429")
    for case in CASES:
        used, refused = case.used()
        windows = "aligned" if case.aligned else "sliding"
        print(
            f"{windows:<8} {case.kind:<6} {case.processes:>9} {case.latency:>7.1f}s {case.skew:>5}"
            f"  {used:6.1%} {refused:>4}",
            flush=True,
        )


if __name__ == "__main__":
    main()
