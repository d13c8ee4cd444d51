from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx
import pytest
from each_row import each_row
from hypothesis import given
from hypothesis import strategies as st

from gsprep.calls.call import Failure, asked_wait, failure_of, wait_before
from gsprep.calls.responses import facts_of

BUSY = Failure("HTTP 429", may_be_stored=False, quota=True)


@each_row(
    ("header", "seconds"),
    [
        pytest.param(None, None, id="absent"),
        pytest.param("", None, id="empty"),
        pytest.param("12", 12.0, id="seconds"),
        pytest.param(" 1.5 ", 1.5, id="fraction"),
        pytest.param("0", 0.0, id="now"),
        pytest.param("-3", None, id="negative"),
        pytest.param("nan", None, id="not a number"),
        pytest.param("inf", None, id="endless"),
        pytest.param("Fri, 20 Nov 2026 10:01:00 GMT", 60.0, id="date"),
        pytest.param("Fri, 20 Nov 2026 10:01:00", 60.0, id="date without a zone"),
        pytest.param("Fri, 20 Nov 2026 12:01:00 +0200", 60.0, id="date in another zone"),
        pytest.param("Fri, 20 Nov 2026 09:00:00 GMT", 0.0, id="date gone by"),
        pytest.param("Fri, 99 Nov 2026", None, id="no such date"),
    ],
)
def test_retry_after(header: Any, seconds: Any) -> None:
    ten_o_clock = 1_795_168_800.0
    assert asked_wait(header, ten_o_clock) == seconds


@each_row(
    ("date", "asked"),
    [("Fri, 20 Nov 2026 10:00:30 GMT", 30.0), ("soon", 3_660.0), (None, 3_660.0)],
    ids=["the service's clock", "no date", "none"],
)
def test_a_moment_to_come_back_is_one_of_the_service(date: str | None, asked: float) -> None:
    """Its clock may differ from the one of this computer, here by an hour."""
    headers = {"Retry-After": "Fri, 20 Nov 2026 10:01:00 GMT"} | ({"Date": date} if date else {})
    facts = facts_of(httpx.Response(503, headers=headers), None)
    failure = failure_of(facts, 1_795_168_800.0 - 3_600)
    assert failure is not None
    assert failure.asked == asked


@given(st.text(), st.floats(0, 4e9))
def test_no_header_breaks_the_reader(header: Any, now: Any) -> None:
    seconds = asked_wait(header, now)
    assert seconds is None or 0 <= seconds < float("inf")


@each_row(("asked", "wait"), [(None, 5.0), (0.0, 5.0), (0.5, 0.5), (90.0, 90.0)])
def test_no_time_at_all_is_nothing_that_was_asked(asked: float | None, wait: float) -> None:
    """It comes of a clock ahead of the service's: all attempts would be over in a moment."""
    assert wait_before(2, replace(BUSY, asked=asked)) == wait


@given(st.integers(2, 10_000))
def test_waits_grow_to_a_minute(attempt: Any) -> None:
    assert wait_before(attempt, BUSY) <= wait_before(attempt + 1, BUSY) <= 60.0


def test_waits_after_too_many_calls_outlast_the_window_of_a_minute() -> None:
    assert sum(wait_before(attempt, BUSY) for attempt in range(2, 6)) > 60
