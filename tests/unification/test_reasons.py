"""Reasons: the sentences of what weighed most, the strongest first, and what follows from them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from gsprep.unification.candidates import Candidates
from gsprep.unification.comparisons import COMPARISONS
from gsprep.unification.deciding import decided
from gsprep.unification.index import prepare
from gsprep.unification.reasons import Ending, reasons
from gsprep.unification.rulebook import Rulebook
from gsprep.unification.unify import unify

SAME_NAME, SAME_PHONE = COMPARISONS["same_name"].sentence, COMPARISONS["same_phone"].sentence
OTHER = COMPARISONS["other_country"].sentence
NAMES = ("same_name", "same_phone", "other_country")


def candidates(*pairs: tuple[float, float, float], probability: float = 0.99) -> Candidates:
    """Candidates of one person."""
    columns = np.array(pairs, dtype=np.float32).reshape(-1, 3).T
    count = len(pairs)
    return Candidates(
        person=np.zeros(count, dtype=np.int64),
        company=np.arange(count),
        terms=dict(zip(NAMES, columns, strict=True)),
        intercept=np.zeros(count),
        standing=columns.sum(axis=0, dtype=np.float64),
        probability=np.full(count, probability),
        sure=np.zeros(count, dtype=bool),
        way=np.array([-1]),
    )


@pytest.mark.parametrize(
    ("weights", "end", "reason"),
    [
        pytest.param((6, 0, 0), Ending.NONE, SAME_NAME, id="one"),
        pytest.param((3, 4, 0), Ending.NONE, f"{SAME_PHONE} {SAME_NAME}", id="the strongest first"),
        pytest.param((3, 0, -4), Ending.NONE, f"{OTHER} {SAME_NAME}", id="what speaks against"),
        pytest.param((4, 4, 0), Ending.NONE, f"{SAME_NAME} {SAME_PHONE}", id="as in the rulebook"),
        pytest.param(
            (1, 0, 0),
            Ending.UNSURE,
            f"{SAME_NAME} What speaks for the company is too little.",
            id="too little",
        ),
        pytest.param(
            (0, 0, 0), Ending.UNSURE, "No company has anything in common with them.", id="nothing"
        ),
        pytest.param((0, 0, 0), Ending.NO_RULE, "No rule leads to a company.", id="no rule"),
    ],
)
def test_a_reason(weights: tuple[float, float, float], end: Ending, reason: str) -> None:
    assert reasons(candidates(weights), np.array([0]), np.array([end])).tolist() == [reason]


def test_people_without_candidates_have_a_reason() -> None:
    said = reasons(candidates(), np.array([-1]), np.array([Ending.NONE]))
    assert said.tolist() == ["No company has anything in common with them."]
    none = np.empty(0, dtype=np.int64)
    assert len(reasons(candidates(), none, none)) == 0


COMPANIES = pd.DataFrame({"Gsid": ["1", "2"], "Name": ["Acme", "Zeta"]})


@pytest.mark.parametrize(
    ("pairs", "probability", "end"),
    [
        pytest.param([(6, 0, 0)], 0.99, "somebody has to look.", id="likely, but not alone"),
        pytest.param([(6, 0, 0), (6, 0, 0)], 0.5, "Another company fits as well.", id="a tie"),
        pytest.param([(6, 0, 0), (5.8, 0, 0)], 0.5, "Another company fits as well.", id="nearly"),
        pytest.param([(6, 0, 0), (1, 0, 0)], 0.5, SAME_NAME, id="the other is far behind"),
        pytest.param([(6, 0, 0)], 0.01, "is too little.", id="unlikely"),
    ],
)
def test_what_a_reason_ends_with(pairs: list, probability: float, end: str) -> None:
    book = Rulebook(intercept=0.0, model={"same_name": 6.0})
    found = candidates(*pairs, probability=probability)
    person = pd.DataFrame({"row_id": ["1"]})
    line = decided(person, prepare(COMPANIES, book), found, np.array([False])).decisions.iloc[0]
    assert line["reason"].endswith(end)


def test_a_reason_never_shows_a_value() -> None:
    people = pd.DataFrame({"Email": ["ana@secret.com"], "CompanyName": ["Secret"]})
    companies = pd.DataFrame({"Gsid": ["1"], "Name": ["Secret"], "Domain": ["secret.com"]})
    reason = unify(people, companies).decisions["reason"].iloc[0]
    assert "ecret" not in reason
    assert COMPARISONS["same_domain"].sentence in reason
