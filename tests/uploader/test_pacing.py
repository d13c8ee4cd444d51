"""The documented limits are made full use of, and never broken, by any number of processes."""

from __future__ import annotations

import pytest
from pacing import Case


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(Case("sync", 1, 0.6, 0.0), id="calls, one process"),
        pytest.param(Case("sync", 2, 1.0, -2.5), id="calls, two processes, a clock behind"),
        pytest.param(Case("async", 2, 10.0, 2.0), id="jobs, two processes, a clock ahead"),
        pytest.param(Case("sync", 2, 3.0, 2.0, aligned=True), id="slow calls, aligned windows"),
    ],
)
def test_the_limits_are_used_and_kept(case: Case) -> None:
    used, refused = case.used()
    assert refused == 0
    assert used >= 0.98
