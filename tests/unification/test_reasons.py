"""Reasons: the sentences of what weighed most, the strongest first."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from gsprep.unification.comparisons import COMPARISONS
from gsprep.unification.reasons import reasons
from gsprep.unification.scoring import Scored
from gsprep.unification.unify import unify

SAME_NAME, SAME_PHONE = COMPARISONS["same_name"].sentence, COMPARISONS["same_phone"].sentence
OTHER = COMPARISONS["other_country"].sentence


def scored(*pairs: tuple[float, float, float]) -> Scored:
    columns = np.array(pairs, dtype=np.float32).reshape(-1, 3).T
    names = ("same_name", "same_phone", "other_country")
    odds = columns.sum(axis=0, dtype=np.float64)
    at = np.arange(len(pairs))
    return Scored(at, at, dict(zip(names, columns, strict=True)), odds, odds, {})


NO = np.array([False])


@pytest.mark.parametrize(
    ("weights", "verdict", "reason"),
    [
        pytest.param((6, 0, 0), "match", SAME_NAME, id="one"),
        pytest.param((3, 4, 0), "match", f"{SAME_PHONE} {SAME_NAME}", id="the strongest first"),
        pytest.param((3, 0, -4), "review", f"{OTHER} {SAME_NAME}", id="what speaks against"),
        pytest.param((4, 4, 0), "match", f"{SAME_NAME} {SAME_PHONE}", id="as in the rulebook"),
        pytest.param(
            (1, 0, 0),
            "no_match",
            f"{SAME_NAME} What speaks for the company is too little.",
            id="too little",
        ),
        pytest.param(
            (0, 0, 0), "no_match", "No company has anything in common with them.", id="nothing"
        ),
    ],
)
def test_a_reason(weights: tuple[float, float, float], verdict: str, reason: str) -> None:
    said = reasons(scored(weights), np.array([0]), np.array([-1]), np.array([verdict]), NO)
    assert said.tolist() == [reason]


def test_why_a_likely_company_is_no_match_is_said() -> None:
    said = reasons(scored((6, 0, 0)), np.array([0]), np.array([-1]), np.array(["review"]), ~NO)
    assert said.tolist() == [f"{SAME_NAME} That alone decides nothing: somebody has to look."]


def test_a_tie_is_said_only_where_a_reviewer_decides() -> None:
    pairs = scored((6, 0, 0), (6, 0, 0))
    best, second = np.array([0, 0]), np.array([1, 1])
    review, match = reasons(
        pairs, best, second, np.array(["review", "match"]), np.array([False, True])
    )
    assert review == f"{SAME_NAME} Another company fits as well."
    assert match == SAME_NAME


def test_people_without_candidates_have_a_reason() -> None:
    said = reasons(scored(), np.array([-1]), np.array([-1]), np.array(["no_match"]), NO)
    assert said.tolist() == ["No company has anything in common with them."]
    none = np.empty(0, dtype=np.int64)
    assert len(reasons(scored(), none, none, np.empty(0, dtype=object), none > 0)) == 0


def test_a_reason_never_shows_a_value() -> None:
    people = pd.DataFrame({"Email": ["ana@secret.com"], "CompanyName": ["Secret"]})
    companies = pd.DataFrame({"Gsid": ["1"], "Name": ["Secret"], "Domain": ["secret.com"]})
    reason = unify(people, companies).decisions["reason"].iloc[0]
    assert "ecret" not in reason
    assert COMPARISONS["same_domain"].sentence in reason
