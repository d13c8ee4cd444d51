"""Lines of answers: which of them hold; mistakes are tested where answers are replayed."""

from __future__ import annotations

import pandas as pd
import pytest
from each_row import each_row

from gsprep.schemas.answers import NO_COMPANY, Said, answer_lines, contradicting, in_force


def held(*lines: tuple) -> Said:
    frame = pd.DataFrame(
        [("email", "ana@x.com", *line) for line in lines],
        columns=["kind", "value", "Company_ID", "answer", "at"],
        dtype=object,
    )
    return in_force(answer_lines(frame))["email"]["ana@x.com"]


@each_row(
    ("lines", "said"),
    [
        pytest.param([("C1", "match", None)], Said("C1", frozenset(), 0), id="one"),
        pytest.param(
            [("C1", "match", "2026-02-01"), ("C2", "match", "2026-01-01")],
            Said("C1", frozenset(), 0),
            id="the newest, not the last",
        ),
        pytest.param(
            [("C1", "match", "2026-01-01"), ("C2", "match", "2026-01-01")],
            Said("C2", frozenset(), 1),
            id="of one moment the later",
        ),
        pytest.param(
            [("C1", "match", "2026-01-01"), ("C2", "match", None)],
            Said("C1", frozenset(), 0),
            id="without a time the oldest",
        ),
        pytest.param([(None, "no_match", None)], Said(NO_COMPANY, frozenset(), 0), id="no company"),
        pytest.param(
            [("C1", "match", None), ("C1", "no_match", None)],
            Said(None, frozenset({"C1"}), 1),
            id="not this one after all",
        ),
        pytest.param(
            [("C1", "no_match", None), ("C1", "match", None)],
            Said("C1", frozenset(), 1),
            id="this one after all",
        ),
        pytest.param(
            [("C2", "match", None), ("C1", "no_match", None)],
            Said("C2", frozenset({"C1"}), 1),
            id="another ruled out",
        ),
    ],
)
def test_what_holds_after_all_lines(lines: list[tuple], said: Said) -> None:
    assert held(*lines) == said


def test_kinds_without_lines_hold_nothing() -> None:
    empty = pd.DataFrame(columns=["kind", "value", "Company_ID", "answer"], dtype="str")
    assert in_force(answer_lines(empty)) == {"email": {}, "domain": {}, "company_name": {}}


FIRST, SECOND = "2026-01-01", "2026-02-01"


@each_row(
    ("lines", "told"),
    [
        pytest.param([], "", id="no lines"),
        pytest.param([("a", "C1", "match", None), ("b", "C2", "match", None)], "", id="of two"),
        pytest.param([("a", "C1", "match", None), ("a", "C1", "match", None)], "", id="said twice"),
        pytest.param(
            [("a", "C1", "match", None), ("b", "C3", "match", None), ("a", "C2", "match", None)],
            "13",
            id="two companies",
        ),
        pytest.param(
            [("a", "C1", "match", FIRST), ("A ", "C2", "match", FIRST)], "12", id="of one day"
        ),
        pytest.param(
            [("a", "C1", "match", FIRST), ("a", "C2", "match", SECOND)], "", id="a newer one"
        ),
        pytest.param(
            [("a", "C1", "match", None), ("a", None, "no_match", None)], "12", id="or no company"
        ),
        pytest.param(
            [("a", "C1", "match", None), ("a", "C1", "no_match", None)], "12", id="and not this one"
        ),
        pytest.param(
            [("a", "C1", "match", None), ("a", "C2", "no_match", None)], "", id="not the other one"
        ),
        pytest.param(
            [("a", "C1", "no_match", None), ("a", "C2", "no_match", None)], "", id="neither"
        ),
        pytest.param(
            [("a", "C1", "no_match", None), ("a", None, "no_match", None)], "", id="nobody at all"
        ),
        pytest.param(
            [("a", "C1", "match", None), ("a", "C2", "match", None), ("a", "C1", "match", FIRST)],
            "",
            id="settled by a newer line",
        ),
        pytest.param(
            [
                ("a", "C1", "match", None),
                ("a", "C2", "match", None),
                ("a", "C3", "no_match", FIRST),
            ],
            "12",
            id="a newer line that settles nothing",
        ),
    ],
)
def test_lines_of_one_time_that_say_different_things(lines: list[tuple], told: str) -> None:
    frame = pd.DataFrame(
        [("email", f"{mailbox.strip()}@x.com{mailbox[1:]}", *line) for mailbox, *line in lines],
        columns=["kind", "value", "Company_ID", "answer", "at"],
        dtype=object,
    )
    assert "".join(contradicting(answer_lines(frame))) == told
