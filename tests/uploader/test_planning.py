"""Which way a load goes, and how long it takes: compared with a clock that only sleeping moves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from each_row import each_row
from hypothesis import given
from hypothesis import strategies as st

from gsprep.calls.limits import ASYNC_WINDOWS, SYNC_WINDOWS, Limits, Pace, Window
from gsprep.errors import InputError
from gsprep.ledger.database import Database
from gsprep.ledger.quota import Quota
from gsprep.schemas.frames import text_frame
from gsprep.uploader.build import build
from gsprep.uploader.planning import lasting, plan_batches
from gsprep.uploader.records import Unbatched

if TYPE_CHECKING:
    from gsprep.uploader.records import Records

FREE = Limits(windows=(), async_windows=())
FEW_CALLS = Limits(windows=[Window(1, 60.0)])
NO_JOBS = Limits(async_windows=[Window(1, 86_400.0)])


def records(number: int, size: int = 1) -> Records:
    none = text_frame(pd.DataFrame({"row_id": []}))
    names = {"Email": [str(at) for at in range(number)], "Name": "a" * size}
    return build(text_frame(pd.DataFrame(names)), none, none, ("Email",)).records


def uncut(number: int, size: int = 1) -> Unbatched:
    return Unbatched(records(number, size), range(number))


@each_row(
    ("people", "mode", "limits", "chosen", "calls"),
    [
        pytest.param(0, "auto", Limits(), "sync", 0, id="nobody"),
        pytest.param(51, "auto", Limits(), "sync", 2, id="few"),
        pytest.param(24_950, "auto", Limits(), "sync", 499, id="just below the line"),
        pytest.param(25_000, "auto", Limits(), "async", 1, id="on the line"),
        pytest.param(25_000, "auto", FREE, "async", 1, id="on the line without limits"),
        pytest.param(30_000, "sync", Limits(), "sync", 600, id="calls, as was asked"),
        pytest.param(1, "async", Limits(), "async", 1, id="a job, as was asked"),
        pytest.param(30, "single", Limits(), "single", 30, id="one by one, as was asked"),
        pytest.param(400, "auto", FEW_CALLS, "async", 1, id="calls would take longer"),
    ],
)
def test_the_way_that_is_done_sooner(
    people: int, mode: Any, limits: Limits, chosen: str, calls: int
) -> None:
    load = plan_batches(uncut(people), None, mode, limits)
    assert (load.plan.mode, load.plan.calls, len(load.batches)) == (chosen, calls, calls)
    assert [one for batch in load.batches for one in batch] == list(records(people))


def test_jobs_that_have_to_wait_a_day_are_not_sooner() -> None:
    """Three jobs, one a day, against some calls: the size of people decides how many jobs."""
    load = plan_batches(uncut(25_000, size=8_000), None, "auto", NO_JOBS)
    assert load.plan.mode == "sync"
    assert load.plan.bytes > 2 * 80_000_000


def test_a_mode_that_is_none_is_refused() -> None:
    with pytest.raises(InputError, match="auto, single, sync, async"):
        plan_batches(uncut(1), None, "fast", Limits())  # type: ignore[arg-type]  # what a user may write


nested = st.sampled_from(
    [(), SYNC_WINDOWS, ASYNC_WINDOWS, (Window(3, 60.0), Window(7, 3_600.0)), (Window(2, 10.0),)]
)


@given(calls=st.integers(1, 250), windows=nested, each=st.sampled_from([0.5, 1.0, 40.0]))
def test_the_estimate_is_what_a_clock_shows(calls: int, windows: Any, each: float) -> None:
    """A pace lets each call begin when the end of those before it is far enough away."""
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    database = Database(None)
    limits = Limits(windows=windows, max_wait=1e9, now=lambda: now[0], sleep=sleep)
    pace = Pace(limits, Quota(database, "acme"))
    for _ in range(calls):
        with pace.turn("sync"):
            sleep(each)
    database.close()
    # A window reckons from the end of a call: each time it is full costs one call more.
    full = sum(-(-calls // window.calls) for window in windows)
    assert lasting(calls, windows, each) <= now[0] + 1e-6
    assert now[0] <= lasting(calls, windows, each) + each * full + 1e-6
