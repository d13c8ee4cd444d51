"""Decisions in counts; every person is counted where they stand."""

from __future__ import annotations

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from gsprep.report.matching import Matching, matching_of
from gsprep.report.parts import Part, Whole
from gsprep.report.summary import VERDICTS
from gsprep.results import Unified

DOMAIN, NAME = "Their domain is the company's.", "They state its name."
NOBODY = "No company has anything in common with them."


def told(*people: tuple[str, float, str, str]) -> Matching:
    """Count people of a verdict, a probability, a rule and a reason; 0 stands for no candidate."""
    rows = [
        {"row_id": str(at), "verdict": v, "probability": p, "rule": rule, "reason": reason}
        for at, (v, p, rule, reason) in enumerate(people)
    ]
    columns = ["row_id", "verdict", "probability", "rule", "reason"]
    decisions = pd.DataFrame(rows, columns=columns).astype({"probability": "float64"})
    # The best candidate and the second: two lines of evidence for one person.
    once = decisions.loc[decisions["probability"] > 0, ["row_id"]]
    return matching_of(Unified(decisions, pd.concat([once, once])))


def verdicts(name: str, *counts: int) -> Whole:
    return Whole(name, tuple(map(Part, VERDICTS, counts)))


def test_people_are_counted_by_verdict_by_what_decided_and_by_what_was_said() -> None:
    counted = told(
        ("match", 0.99, "model", f"{DOMAIN} {NAME}"),
        ("match", 1.0, "domain and name", DOMAIN),
        ("review", 0.5, "model", NAME),
        ("no_match", 0.0, "model", NOBODY),
    )
    assert counted.verdicts == verdicts("people", 2, 1, 1)
    assert counted.alone == 1
    assert counted.deciders == (
        verdicts("model", 1, 1, 1),
        verdicts("domain and name", 1, 0, 0),
    )
    assert counted.reasons == (
        verdicts(DOMAIN, 2, 0, 0),
        verdicts(NAME, 1, 1, 0),
        verdicts(NOBODY, 0, 0, 1),
    )
    assert counted.expected == 2.0


def test_a_sentence_said_twice_of_somebody_counts_once() -> None:
    assert told(("match", 0.9, "model", f"{NAME} {NAME}")).reasons == (verdicts(NAME, 1, 0, 0),)


def test_bands_say_how_many_are_to_be_right() -> None:
    counted = told(
        ("match", 0.96, "model", NAME), ("match", 0.98, "model", NAME),
        ("review", 0.2, "model", NAME), ("match", 1.0, "model", NAME),
    )  # fmt: skip
    there = {band.verdicts.name: band for band in counted.bands if band.verdicts.count}
    assert list(there) == ["0.1 to 0.5", "0.95 to 0.99", "0.999 to 1"]
    assert there["0.95 to 0.99"].verdicts == verdicts("0.95 to 0.99", 2, 0, 0)
    assert [band.expected for band in there.values()] == [0.2, 1.9, 1.0]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(VERDICTS),
            st.floats(0, 1).map(lambda p: round(p, 6)),
            st.sampled_from(["model", "answer"]),
            st.sampled_from([NAME, DOMAIN, NOBODY]),
        ),
        max_size=15,
    )
)
def test_nobody_is_counted_twice_or_left_out(people: list[tuple[str, float, str, str]]) -> None:
    counted = told(*people)
    drawn = len(people) - counted.alone
    assert counted.alone == sum(p == 0 for _, p, _, _ in people)
    assert counted.verdicts.count == len(people)
    assert sum(whole.count for whole in counted.deciders) == len(people)
    assert sum(whole.count for whole in counted.histogram) == drawn
    assert sum(band.verdicts.count for band in counted.bands) == drawn
    assert sum(whole.count for whole in counted.reasons) == len(people)
