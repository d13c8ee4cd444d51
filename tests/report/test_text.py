"""The run on a terminal: each sum beside its parts."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from gsprep.report.text import lines_of

if TYPE_CHECKING:
    from gsprep.results import RunResult

GOLDEN = Path(__file__).parents[1] / "golden"


def test_the_text_stands_as_it_was_read(result: RunResult) -> None:
    """A changed line is a decision: read it, then write it down."""
    expected = (GOLDEN / "summary.txt").read_text(encoding="utf-8")
    assert "\n".join(lines_of(result.summary)) + "\n" == expected


def test_every_sum_is_the_sum_of_its_parts(result: RunResult) -> None:
    lines = [line for line in lines_of(result.summary) if " = " in line]
    assert len(lines) == 4
    for line in lines:
        whole, _, parts = line.partition(" = ")
        numbers = [int(number) for number in re.findall(r"\d+", parts)]
        assert int(whole.split()[-1]) == sum(numbers)


def test_objects_without_rows_are_left_out(result: RunResult) -> None:
    assert not [line for line in lines_of(result.summary) if "relationship" in line]
