"""A process killed at any instant: the load goes on, and every row ends as if nothing had been."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from crashing import Moment, survive

from gsprep.sandbox.dialect import Dialect

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("mode", "moments"),
    [
        pytest.param(
            "sync", [("before", 1), ("after", 2), ("before", 3), ("file", 1)],
            id="before the first call, after a commit, while files are written",
        ),
        pytest.param(
            "async", [("after", 1), ("after", 2), ("before", 3), ("file", 2)],
            id="a job taken without a reply, asked for, between files of results",
        ),
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "spoken",
    [Dialect(), Dialect(chunk_id="other", row_number="restart", async_input="multipart")],
    ids=str,
)
def test_a_load_survives_every_kill(
    mode: str, moments: list[tuple[str, int]], spoken: Dialect, tmp_path: Path
) -> None:
    at = [Moment(*one) for one in moments]  # type: ignore[arg-type]  # literals
    found = survive(mode, 1_200, at, tmp_path, spoken)
    assert found.kills == len(moments)
    assert (found.exit_code, found.wrong()) == (0, 0), found
