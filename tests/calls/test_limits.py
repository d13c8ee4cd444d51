from __future__ import annotations

import threading
from typing import Any

import pytest
from each_row import each_row
from pacing import Case

from gsprep.calls.limits import DELETE_WINDOWS, Limits, Pace, Wait, Window
from gsprep.errors import QuotaError, UploadError
from gsprep.ledger.database import Database
from gsprep.ledger.quota import Quota


@pytest.fixture
def pace(clock: Any) -> Any:
    """Return what makes a pace under given limits, by a clock that only sleeping moves."""
    database = Database(None)
    yield lambda **options: Pace(clock.limits(**options), Quota(database, "acme"))
    database.close()


def test_calls_go_at_once_while_the_window_has_room(pace: Any, clock: Any) -> None:
    of_calls = pace(windows=[Window(3, 60.0)])
    begun = []
    for _ in range(7):
        with of_calls.turn("sync"):
            begun.append(clock.now() - 1_000)
    assert begun == [0, 0, 0, 60, 60, 60, 120]


def test_a_wait_longer_than_allowed_is_an_error_and_says_how_long(pace: Any, clock: Any) -> None:
    of_calls = pace(windows=[Window(1, 86_400.0)], max_wait=3_600.0)
    with of_calls.turn("sync"):
        pass
    with pytest.raises(QuotaError) as caught, of_calls.turn("sync"):
        pass
    assert caught.value.wait == 86_400.0
    assert clock.slept == []


def test_a_waiting_run_says_every_ten_seconds_what_it_waits_for(pace: Any, clock: Any) -> None:
    told: list[Wait] = []
    of_calls = pace(windows=[Window(1, 25.0)], waiting=told.append)
    of_calls.left = 120
    for _ in range(2):
        with of_calls.turn("sync"):
            pass
    assert told == [
        Wait(seconds, "the quota of calls", 1_025.0, 120) for seconds in (25.0, 15.0, 5.0)
    ]


def test_of_several_that_wait_for_the_same_one_speaks(pace: Any, clock: Any) -> None:
    told: list[Wait] = []
    of_calls = pace(waiting=told.append)
    of_calls.pause(4.0, "one")
    of_calls.pause(4.0, "two")
    of_calls.pause(4.0, "three")
    assert [wait.reason for wait in told] == ["one", "three"] or len(told) == 1


def test_a_limit_beyond_all_measure_is_none(pace: Any, clock: Any) -> None:
    of_calls = pace(windows=[Window(10**30, 60.0)])
    for _ in range(3):
        with of_calls.turn("sync"):
            pass
    assert clock.slept == []


def test_a_call_that_fails_counts(pace: Any, clock: Any) -> None:
    of_calls = pace(windows=[Window(1, 60.0)])
    with pytest.raises(ValueError, match="lost"), of_calls.turn("sync"):
        raise ValueError("lost")
    assert of_calls.quota.take(["sync"], of_calls.limits.rules_of("sync"), clock.now()).wait == 60.0


def test_deleting_counts_among_the_calls_as_well(pace: Any, clock: Any) -> None:
    of_calls = pace(windows=[Window(2, 60.0)], delete_windows=DELETE_WINDOWS)
    for kind in ("delete", "sync", "sync"):
        with of_calls.turn(kind):
            pass
    assert sum(clock.slept) == 60.0


@pytest.mark.parametrize(
    ("windows", "latency", "width"),
    [
        pytest.param([Window(100, 60.0)], 0.3, 1, id="one call after the other fills the quota"),
        pytest.param([Window(100, 60.0)], 2.0, 5, id="five do where calls are slow"),
        pytest.param([Window(100, 60.0)], 60.0, 8, id="never more than allowed"),
        pytest.param([], 60.0, 1, id="nothing to fill"),
        pytest.param([Window(50_000, 86_400.0), Window(100, 60.0)], 2.0, 5, id="the narrowest"),
    ],
)
def test_as_many_are_under_way_as_fill_the_quota(
    pace: Any, clock: Any, windows: list[Window], latency: float, width: int
) -> None:
    of_calls = pace(windows=windows)
    for _ in range(40):
        with of_calls.turn("sync"):
            clock.sleep(latency)
    assert of_calls.width("sync") == width


@pytest.mark.parametrize(
    ("windows", "shortest"),
    [
        pytest.param([Window(100, 60.0)], [1.2, 2.4], id="half the calls of a minute"),
        pytest.param([Window(100, 60.0), Window(40, 86_400.0)], [100, 200], id="and of a day"),
        pytest.param([], [0.5, 0.5], id="no limits"),
    ],
)
def test_status_calls_leave_half_of_the_quota_to_others(
    pace: Any, windows: list[Window], shortest: list[float]
) -> None:
    """Jobs that are polled at the same time share the other half."""
    of_calls = pace(windows=windows)
    with of_calls.polling(2_000.0) as first:
        alone = first()
        with of_calls.polling(2_000.0) as second:
            assert [alone, first()] == [alone, second()] == shortest
        assert first() == alone


def test_a_stopped_pace_ends_a_wait_under_way() -> None:
    """By the real clock: the wait of an hour ends as soon as another thread says so."""
    database = Database(None)
    waiting = threading.Event()
    limits = Limits(windows=[Window(1, 3_600.0)], waiting=lambda _: waiting.set())
    of_calls = Pace(limits, Quota(database, "acme"))
    with of_calls.turn("sync"):
        pass
    threading.Thread(target=lambda: (waiting.wait(), of_calls.stop())).start()
    with pytest.raises(UploadError, match="interrupted"), of_calls.turn("sync"):
        pass
    database.close()


@each_row(
    "case",
    [
        pytest.param(Case("sync", 2, 3.0, 2.0, aligned=True), id="slow calls, aligned windows"),
        pytest.param(Case("async", 2, 10.0, 2.0), id="jobs, two processes, a clock ahead"),
    ],
)
def test_the_limits_are_used_and_kept(case: Case) -> None:
    _is_used_and_kept(case)


@pytest.mark.thorough
@each_row(
    "case",
    [
        pytest.param(Case("sync", 1, 0.6, 0.0), id="calls, one process"),
        pytest.param(Case("sync", 2, 1.0, -2.5), id="calls, two processes, a clock behind"),
    ],
)
def test_the_limits_are_used_and_kept_by_calls_that_are_not_aligned(case: Case) -> None:
    _is_used_and_kept(case)


def _is_used_and_kept(case: Case) -> None:
    used, refused = case.used()
    assert refused == 0
    assert used >= 0.98
