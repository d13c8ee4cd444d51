"""The service's windows are kept to wherever they begin, by all processes together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsprep.ledger.database import Database
from gsprep.ledger.ledger import Ledger
from gsprep.ledger.quota import Quota, QuotaWindow, forget_old

if TYPE_CHECKING:
    from pathlib import Path

windows = st.lists(
    st.builds(QuotaWindow, st.just("sync"), st.integers(1, 6), st.integers(1, 100).map(float)),
    min_size=1,
    max_size=3,
)
# A call: seconds idle before it, seconds under way, and when within it the service counts it.
steps = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 20), st.floats(0, 1)), max_size=40)


def arrivals(rules: Any, steps: Any, most_under_way: int) -> list[float]:
    """Return when each call arrives; so many may be under way when the next begins."""
    database = Database(None)
    quota, now = Quota(database, "acme"), 1_000.0
    found: list[float] = []
    under_way: list[tuple[float, Any]] = []

    def end_until(moment: float, left: int) -> float:
        """End what is over at a moment, and wait for more ends until few are left."""
        for end, turn in sorted(under_way, key=lambda one: one[0]):
            if end <= moment or len(under_way) > left:
                moment = max(moment, end)
                quota.end(turn, end)
                under_way.remove((end, turn))
        return moment

    for idle, lasting, share in steps:
        now = end_until(now + idle, most_under_way)
        while (turn := quota.take(["sync"], rules, now)).wait > 0:
            now = end_until(now + turn.wait, 0)
        found.append(now + lasting * share)
        under_way.append((now + lasting, turn))
    database.close()
    return found


@given(windows, steps, st.integers(0, 3))
def test_no_window_wherever_it_begins_holds_more_than_its_calls(
    rules: Any, steps: Any, under_way: int
) -> None:
    """Any half-open window of the service is full at most, however long calls are under way."""
    found = arrivals(rules, steps, under_way)
    for rule in rules:
        for first in found:
            inside = [moment for moment in found if first <= moment < first + rule.seconds]
            assert len(inside) <= rule.calls


@given(windows, steps, st.integers(0, 3), st.floats(-2, 2))
def test_windows_of_the_services_clock_are_kept_to_within_the_guard(
    rules: Any, steps: Any, under_way: int, skew: float
) -> None:
    """Windows begin at whole multiples of their length by a clock up to two seconds off."""
    aligned = [QuotaWindow(rule.kind, rule.calls, rule.seconds, guard=2.0) for rule in rules]
    found = [moment + skew for moment in arrivals(aligned, steps, under_way)]
    for rule in rules:
        for first in found:
            same = [at for at in found if at // rule.seconds == first // rule.seconds]
            assert len(same) <= rule.calls


def test_a_boundary_frees_aligned_windows_early() -> None:
    quota = Quota(Database(None), "acme")
    sliding, aligned = QuotaWindow("sync", 1, 60.0), QuotaWindow("sync", 1, 60.0, guard=3.0)
    quota.end(quota.take(["sync"], [], 110.0), 110.0)
    assert quota.take(["sync"], [sliding], 110.0).wait == 60.0
    assert quota.take(["sync"], [aligned], 110.0).wait == 13.0
    assert (quota.left(aligned, 122.0), quota.left(aligned, 123.0)) == (0, 1)


def test_two_processes_share_one_count(home: Path, ledger: Ledger) -> None:
    rules = [QuotaWindow("async", 10, 3_600.0)]
    with Ledger(home) as other:
        first, second = ledger.quota("acme"), other.quota("acme")
        for at in range(5):
            first.end(first.take(["async"], rules, float(at)), float(at))
            second.end(second.take(["async"], rules, float(at)), float(at))
        waits = [one.take(["async"], rules, 5.0).wait for one in (first, second)]
        assert waits == [3_595.0] * 2
        assert other.quota("another").take(["async"], rules, 5.0).wait == 0.0


@pytest.mark.parametrize(
    ("kinds", "left"), [(["sync"], (5, 3)), (["delete", "sync"], (4, 3)), (["delete"], (4, 4))]
)
def test_a_call_counts_as_each_of_its_kinds(kinds: list[str], left: tuple[int, int]) -> None:
    quota = Quota(Database(None), "acme")
    quota.take(kinds, [], 0.0)
    deletes, calls = QuotaWindow("delete", 5, 3_600.0), QuotaWindow("sync", 4, 60.0)
    assert (quota.left(deletes, 1.0), quota.left(calls, 1.0)) == left


def test_a_call_of_a_killed_process_ends_after_a_quarter_of_an_hour() -> None:
    quota, rule = Quota(Database(None), "acme"), QuotaWindow("sync", 1, 60.0)
    quota.take(["sync"], [rule], 0.0)
    assert quota.take(["sync"], [rule], 800.0).wait == 60.0
    assert quota.take(["sync"], [rule], 1_000.0).wait == 0.0


def test_a_clock_that_was_set_back_frees_nothing_and_blocks_nothing_for_long() -> None:
    quota, rule = Quota(Database(None), "acme"), QuotaWindow("sync", 1, 60.0)
    quota.end(quota.take(["sync"], [rule], 9_000.0), 9_000.0)
    assert quota.take(["sync"], [rule], 1_000.0).wait == 60.0
    assert quota.take(["sync"], [rule], 1_060.0).wait == 0.0


def test_calls_that_no_window_reaches_back_to_are_forgotten() -> None:
    database = Database(None)
    quota = Quota(database, "acme")
    for at in (0.0, 300_000.0):
        quota.end(quota.take(["sync"], [], at), at)
    forget_old(database, 300_001.0)
    assert database.rows("SELECT count(*) FROM call") == [(1,)]


def test_what_belongs_to_a_call_is_written_with_it_or_not_at_all() -> None:
    database = Database(None)
    quota, rule = Quota(database, "acme"), QuotaWindow("sync", 1, 60.0)
    written: list[int] = []
    quota.take(["sync"], [rule], 0.0, lambda _: written.append(1))
    quota.take(["sync"], [rule], 1.0, lambda _: written.append(2))
    assert written == [1]
