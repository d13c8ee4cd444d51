"""Counts, tested by counting again."""

from __future__ import annotations

import json
from collections import Counter

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from gsprep.report.summary import OUTCOMES, VERDICTS, all_counts, outcome_counts, summarize
from gsprep.results import Unified

FACTS = {"run": "r", "status": "done", "mode": "sync", "calls": 3, "seconds": 0.5}
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
        "schema", "run", "status", "read", "rejected", "valid", "match", "review", "no_match",
        "persons", "company_persons", "relationship_persons", "mode", "calls", "seconds",
    ]  # fmt: skip


def test_rejected_rows_are_counted_apart() -> None:
    rows = frame(["stored", "rejected", "unsent"])
    assert "rejected" not in outcome_counts(rows)
    assert all_counts(rows) == {
        "sent": 1, "stored": 1, "refused": 0, "unknown": 0, "unsent": 1, "rejected": 1,
    }  # fmt: skip
