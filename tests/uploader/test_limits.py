from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsprep.errors import QuotaError
from gsprep.uploader.limits import Pace, SlidingLog, Window

windows = st.lists(
    st.builds(Window, st.integers(1, 6), st.integers(1, 100).map(float)), min_size=1, max_size=3
)
# A call: seconds idle before it, seconds under way, and when within it the service counts it.
steps = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 20), st.floats(0, 1)), max_size=60)


@given(windows, steps)
def test_no_window_wherever_it_begins_holds_more_than_its_calls(windows: Any, steps: Any) -> None:
    """Any half-open window of the service is full at most, however long calls are under way."""
    time = 0.0
    log = SlidingLog(windows)
    arrivals = []
    for idle, under_way, share in steps:
        time += idle
        time += log.wait(time)
        assert log.wait(time) == 0.0
        arrivals.append(time + under_way * share)
        time += under_way
        log.note(time)
    for window in windows:
        for first in arrivals:
            inside = [moment for moment in arrivals if first <= moment < first + window.seconds]
            assert len(inside) <= window.calls


def test_calls_go_at_once_while_the_window_has_room(clock: Any) -> None:
    pace = Pace(clock.limits(windows=[Window(3, 60.0)]))
    for _ in range(7):
        with pace.turn():
            pass
    assert clock.slept == [60.0, 60.0]


def test_a_wait_longer_than_allowed_is_an_error_and_says_how_long(clock: Any) -> None:
    pace = Pace(clock.limits(windows=[Window(1, 86_400.0)], max_wait=3_600.0))
    with pace.turn():
        pass
    with pytest.raises(QuotaError) as caught:
        pace.ready()
    assert caught.value.wait == 86_400.0
    assert clock.slept == []


def test_a_waiting_run_says_what_it_waits_for(clock: Any) -> None:
    told = []
    pace = Pace(
        clock.limits(windows=[Window(1, 60.0)], waiting=lambda *told_now: told.append(told_now))
    )
    for _ in range(2):
        with pace.turn():
            pass
    assert told == [(60.0, "the quota of calls")]


def test_a_limit_beyond_all_measure_is_none() -> None:
    log = SlidingLog([Window(10**30, 60.0)])
    log.note(0.0)
    assert log.wait(0.0) == 0.0


def test_a_call_that_fails_counts(clock: Any) -> None:
    pace = Pace(clock.limits(windows=[Window(1, 60.0)]))
    with pytest.raises(ValueError, match="lost"), pace.turn():
        raise ValueError("lost")
    assert pace.log.wait(clock.now()) == 60.0
