"""A process killed at any instant: the load goes on, and every row ends as if nothing had been."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from crashing import AGAINST, Moment, survive

if TYPE_CHECKING:
    from pathlib import Path

    from runner import Runner


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
        pytest.param(
            "against", [("before", 6), ("after", 4), ("before", 3)],
            id="a run against existing people, half of whom are linked by likeness",
        ),
    ],
)  # fmt: skip
def test_a_load_survives_every_kill(
    mode: str, moments: list[tuple[str, int]], runner: Runner, tmp_path: Path
) -> None:
    people = {"sync": 600, "async": 1_100, AGAINST: 300}[mode]
    found = survive(mode, people, [Moment(*one) for one in moments], tmp_path, runner)  # type: ignore[arg-type]  # literals
    assert found.kills == len(moments)
    assert (found.exit_code, found.wrong()) == (0, 0), found


@pytest.mark.skipif(os.name != "posix", reason="Windows has no SIGHUP")
@pytest.mark.parametrize(
    ("mode", "moments"),
    [
        ("sync", [
            Moment("before", 1, ("SIGHUP",)), Moment("after", 2, ("SIGTERM",)),
            Moment("before", 3, ("SIGINT", "SIGTERM")),
        ]),
        ("sync", [Moment("after", 7), Moment("before", 1, ("SIGINT", "SIGTERM"))]),
        ("async", [Moment("after", 1, ("SIGHUP",)), Moment("before", 3, ("SIGTERM", "SIGINT"))]),
    ],
)  # fmt: skip
def test_a_process_that_is_told_to_end_tells_what_it_knows(
    mode: str, moments: list[Moment], runner: Runner, tmp_path: Path
) -> None:
    """It ends with 3 and its files, of which every row is true; nobody stored is sent again."""
    found = survive(mode, 1_200, moments, tmp_path, runner)
    assert found.interrupted == found.signals == len(moments) - found.kills
    assert (found.exit_code, found.wrong()) == (0, 0), found
