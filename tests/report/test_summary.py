"""Counts of a run as a document and as text."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from gsprep.report.summary import (
    OUTCOMES,
    VERDICTS,
    all_counts,
    lines_of,
    outcome_counts,
    summarize,
)
from gsprep.results import Unified

if TYPE_CHECKING:
    from gsprep.results import RunResult


FACTS = {
    "run": "r", "status": "done", "mode": "sync", "calls": 3, "seconds": 0.5,
    "input": {"file": "p.csv", "sheet": "", "rows": 0},
    "companies": {"file": "c.csv", "sheet": "", "rows": 0},
    "target": "acme", "command": "gsprep run p.csv",
}  # fmt: skip
outcomes = st.lists(st.sampled_from([*OUTCOMES, "rejected"]), max_size=20)
verdicts = st.lists(st.sampled_from(VERDICTS), max_size=20)


def frame(words: list[str]) -> pd.DataFrame:
    return pd.DataFrame({"outcome": pd.Series(words, dtype="str")})


@given(people=outcomes, linked=outcomes, decided=verdicts)
def test_each_count_is_the_number_of_its_rows(
    people: list[str], linked: list[str], decided: list[str]
) -> None:
    decisions = pd.DataFrame({"verdict": pd.Series(decided, dtype="str")})
    told = summarize(
        frame(people),
        Unified(decisions, pd.DataFrame()),
        {"company_persons": frame(linked), "relationship_persons": frame([])},
        FACTS,
    )
    assert told["read"] == len(people) == told["valid"] + told["rejected"]
    assert told["rejected"] == people.count("rejected")
    assert {name: told[name] for name in VERDICTS} == {n: decided.count(n) for n in VERDICTS}
    assert {name: told["persons"][name] for name in OUTCOMES} == {
        name: people.count(name) for name in OUTCOMES
    }
    assert told["persons"]["sent"] == len(people) - people.count("unsent") - people.count(
        "rejected"
    )
    assert Counter(linked) == Counter(
        {n: c for n, c in told["company_persons"].items() if n != "sent" and c}
    )
    assert sum(told["relationship_persons"].values()) == 0
    assert json.loads(json.dumps(told)) == told


def test_the_document_has_the_entries_of_its_schema() -> None:
    empty = Unified(pd.DataFrame({"verdict": pd.Series(dtype="str")}), pd.DataFrame())
    parts = {"company_persons": frame([]), "relationship_persons": frame([])}
    assert list(summarize(frame([]), empty, parts, FACTS)) == [
        "schema", "run", "status", "input", "companies", "target", "command",
        "read", "rejected", "valid", "match", "review", "no_match",
        "persons", "company_persons", "relationship_persons", "mode", "calls", "seconds",
    ]  # fmt: skip


def test_rejected_rows_are_counted_apart() -> None:
    rows = frame(["stored", "rejected", "unsent"])
    assert "rejected" not in outcome_counts(rows)
    assert all_counts(rows) == {
        "sent": 1, "stored": 1, "refused": 0, "unknown": 0, "unsent": 1, "rejected": 1,
    }  # fmt: skip


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
