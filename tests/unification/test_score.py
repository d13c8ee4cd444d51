"""Scoring: candidates and "none" share one probability."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsprep.unification.keys import People
from gsprep.unification.prepare import prepare
from gsprep.unification.registry import look_up
from gsprep.unification.rulebook import Rulebook, read_rulebook
from gsprep.unification.score import Scored, can_decide, pairs_of_people, propose, score

COMPANIES = pd.DataFrame(
    {
        "Gsid": ["1", "2", "3"],
        "Name": ["Acme", "Zeta Labs", "Acme"],
        "Domain": ["acme.com", "zeta.io", "acme.com"],
        "Phone": ["+49 6172 6080", None, None],
    }
)


def scored(book: Rulebook, **cells: str | None) -> Scored:
    index = prepare(COMPANIES, book)
    people = pd.DataFrame({name: [value] for name, value in cells.items()}, dtype="str")
    values = look_up(People(people, book), index)
    return score(pairs_of_people(values, propose(values, index), index), values, index)


@pytest.mark.parametrize(
    ("cells", "companies"),
    [
        pytest.param({"Email": "a@acme.com"}, [0, 2], id="everybody who lists the domain"),
        pytest.param({"Email": "a@acme.com", "CompanyName": "Zeta Labs"}, [0, 1, 2], id="of both"),
        pytest.param({"Phone": "+4961726080"}, [0], id="who lists the number"),
        pytest.param({"Country": "DE"}, [], id="a country proposes nobody"),
        pytest.param({"Email": None, "CompanyName": None}, [], id="nothing known"),
    ],
)
def test_each_candidate_stands_once_and_in_order(
    cells: dict[str, str | None], companies: list[int]
) -> None:
    assert scored(read_rulebook(), **cells).company.tolist() == companies


@given(intercept=st.floats(-9, 9), weight=st.floats(-9, 9))
def test_a_single_candidate_has_the_logistic_probability(intercept: float, weight: float) -> None:
    book = Rulebook(intercept=intercept, model={"same_phone": weight})
    found = scored(book, Phone="+4961726080")
    odds = intercept + float(np.float32(weight))
    assert found.log_odds.tolist() == [pytest.approx(odds, abs=1e-6)]
    assert found.probability.tolist() == [pytest.approx(1 / (1 + np.exp(-odds)), abs=1e-5)]


def test_equal_candidates_share() -> None:
    book = Rulebook(intercept=0.0, model={"shared_domain": 30.0})
    assert scored(book, Email="a@acme.com").probability.tolist() == [0.5, 0.5]


def test_the_largest_weights_do_not_overflow() -> None:
    names = ["shared_domain", "same_name", "same_phone", "same_country"]
    for sign in (-30.0, 30.0):
        book = Rulebook(intercept=sign, model=dict.fromkeys(names, sign))
        found = scored(book, Email="a@acme.com", CompanyName="Acme", Phone="+4961726080")
        assert np.isfinite(found.probability).all()
        assert found.probability.sum() <= 1


def test_a_value_of_too_many_companies_proposes_nobody() -> None:
    book = read_rulebook().model_copy(update={"largest_block": 1})
    assert scored(book, Email="a@acme.com").company.tolist() == []
    assert scored(book, Email="a@zeta.io").company.tolist() == [1]


def test_a_comparison_left_out_does_not_speak() -> None:
    found = scored(Rulebook(intercept=-1.0, model={"same_phone": 5.0}), CompanyName="Zeta Labs")
    assert found.log_odds.tolist() == [-1.0]
    assert set(found.weights) == {"same_phone"}


@pytest.mark.parametrize(
    ("weight", "never_alone", "alone"),
    [
        pytest.param(4.0, (), True, id="it may decide"),
        pytest.param(4.0, ("same_phone",), False, id="never alone"),
        pytest.param(-4.0, (), False, id="what speaks against decides nothing"),
    ],
)
def test_what_may_decide_alone(weight: float, never_alone: tuple[str, ...], alone: bool) -> None:  # noqa: FBT001  a table
    book = Rulebook(intercept=0.0, model={"same_phone": weight}, never_alone=never_alone)
    assert can_decide(scored(book, Phone="+4961726080"), book).tolist() == [alone]
