"""Outcomes over the time of a run."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from gsprep.report.parts import Part, Whole
from gsprep.report.timeline import Timeline, timeline_of

BEGIN = datetime(2026, 11, 25, 8, tzinfo=UTC)
WORDS = ("stored", "refused", "unknown")


def after(seconds: float) -> datetime:
    return BEGIN + timedelta(seconds=seconds)


def people(*lines: tuple[str, str | None]) -> pd.DataFrame:
    return pd.DataFrame(list(lines), columns=["outcome", "batch"], dtype="str")


def whole(name: str, *counts: int) -> Whole:
    return Whole(name, tuple(map(Part, WORDS, counts)))


def test_people_stand_where_their_answer_came() -> None:
    """A minute in sixtieths: the last answer belongs to the last, and who was not asked nowhere."""
    rows = people(
        ("stored", "2"), ("refused", "1"), ("unknown", "3"), ("stored", "1"), ("unsent", None),
        ("stored", "9"),
    )  # fmt: skip
    told = timeline_of(rows, {"1": after(0), "2": after(30.5), "3": after(60)})
    assert (told.begun, told.ended, len(told.columns)) == ("08:00:00.0", "08:01:00.0", 60)
    assert {place: one for place, one in enumerate(told.columns) if one.count} == {
        0: whole("08:00:00.0 to 08:00:01.0", 1, 1, 0),
        30: whole("08:00:30.0 to 08:00:31.0", 1, 0, 0),
        59: whole("08:00:59.0 to 08:01:00.0", 0, 0, 1),
    }


@pytest.mark.parametrize(
    "answered",
    [
        pytest.param({}, id="nothing was sent"),
        pytest.param({"1": BEGIN}, id="one batch"),
        pytest.param({"1": BEGIN, "2": BEGIN}, id="two at once"),
    ],
)
def test_without_a_time_between_there_is_none(answered: dict[str, datetime]) -> None:
    assert timeline_of(people(("stored", "1"), ("stored", "2")), answered) == Timeline()
