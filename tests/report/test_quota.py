"""What is used of the tenant's limits."""

from __future__ import annotations

import pytest

from gsprep.report.parts import Part, Whole
from gsprep.report.quota import quota_of
from gsprep.results import Plan, QuotaLeft

DAY = QuotaLeft("sync", 86_400.0, 100, 60)
JOBS = QuotaLeft("async", 3_600.0, 10, 10)


def whole(name: str, used: int, taken: int, left: int) -> Whole:
    return Whole(name, (Part("used", used), Part("for this run", taken), Part("left", left)))


@pytest.mark.parametrize(
    ("plan", "left", "told"),
    [
        pytest.param(None, (), (), id="nothing known"),
        pytest.param(Plan("sync", 3, 1, 1.0), (), (), id="no limit known"),
        pytest.param(
            Plan("sync", 3, 1, 1.0), (DAY,), (whole("100 calls a day", 40, 0, 60),), id="at the end"
        ),
        pytest.param(
            Plan("single", 3, 1, 1.0, quota=(DAY, JOBS)),
            (),
            (whole("100 calls a day", 40, 3, 57), whole("10 jobs an hour", 0, 0, 10)),
            id="before calls",
        ),
        pytest.param(
            Plan("async", 12, 1, 1.0, quota=(DAY, JOBS)),
            (),
            (whole("100 calls a day", 40, 0, 60), whole("10 jobs an hour", 0, 10, 0)),
            id="before more jobs than there may be",
        ),
    ],
)
def test_what_is_used_and_what_is_left(
    plan: Plan | None, left: tuple[QuotaLeft, ...], told: tuple[Whole, ...]
) -> None:
    assert quota_of(plan, left) == told
