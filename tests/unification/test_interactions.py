"""Interactions: what two comparisons add together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from gsprep import explain, fit, prepare, read_rulebook, unify
from gsprep.errors import RulebookError
from gsprep.unification.explain import sentences
from gsprep.unification.rulebook import Rulebook, parse_rulebook
from gsprep.unification.rules import Rule
from gsprep.unification.score import interaction_terms, interactions_of

if TYPE_CHECKING:
    from gsprep.results import Unified

MODEL = {"same_domain": 4.0, "same_name": 3.0, "spelled_alike": 2.0, "other_country": -2.0}
TOGETHER = {"same_domain": {"same_name": -1.5, "spelled_alike": 0.8, "other_country": 1.0}}
SIMILAR = {"spelled_alike", "begins_alike", "cut_short", "first_word"}
NAMES = ("Acme Foods", "Bolt Rail", "Cora Mining", "Delta Bakers")
COMPANIES = pd.DataFrame(
    {
        "Gsid": [f"1P02{'A' * 31}{n}" for n in range(4)],
        "Name": [*NAMES],
        "Domain": ["acme.com", "bolt.io", "cora.net", "delta.de"],
        "Country": ["US", "DE", "FR", "DE"],
    }
)
PEOPLE = pd.DataFrame(
    {
        "Email": ["a@acme.com", "b@bolt.io", "c@acme.com", "d@gmail.com", "e@delta.de"],
        "CompanyName": ["Acme Foods", "Bolt Raill", "Cora Mining", "Acme Foods", None],
        "Country": ["US", "FR", "US", None, "US"],
    }
)


def book_of(**changes: object) -> Rulebook:
    return Rulebook(**{"intercept": -3.0, "model": MODEL, "interactions": TOGETHER, **changes})


def decided(book: Rulebook) -> Unified:
    unified: Unified = unify(PEOPLE, prepare(COMPANIES, book))
    return unified


def terms(unified: Unified) -> pd.DataFrame:
    return unified.evidence.set_index(["row_id", "Company_ID"])


def test_the_terms_add_up_to_the_probability() -> None:
    unified = decided(book_of())
    odds = terms(unified).sum(axis=1).astype(float)
    raised = np.exp(odds)
    shares = raised / (1 + raised.groupby("row_id").transform("sum"))
    best = shares.groupby("row_id").max()
    found = unified.decisions.set_index("row_id")["probability"]
    assert best.to_numpy() == pytest.approx(found[best.index].to_numpy(), abs=1e-5)


def test_each_interaction_is_a_term_where_both_hold() -> None:
    evidence = terms(decided(book_of()))
    both = evidence[(evidence["same_domain"] != 0) & (evidence["same_name"] != 0)]
    assert len(both) == 1
    assert both["same_domain + same_name"].tolist() == [-1.5]
    assert evidence["same_domain + same_name"].sum() == -1.5
    half = evidence.loc["2", "same_domain + spelled_alike"].iloc[0]
    assert half == pytest.approx(0.8 * evidence.loc["2", "spelled_alike"].iloc[0] / 2.0)


def test_another_weight_moves_the_decision_by_its_own_difference() -> None:
    before = terms(decided(book_of()))
    after = terms(decided(book_of(model=MODEL | {"same_domain": 5.0})))
    moved = (after - before).drop(columns="same_domain").abs().to_numpy()
    assert moved.max() < 1e-5
    assert set((after["same_domain"] - before["same_domain"]).unique()) == {0.0, 1.0}


@pytest.mark.parametrize(
    "changes",
    [
        {"interactions": {}},
        {"interactions": {"same_domain": {"same_phone": 9.0}}},
        {"model": MODEL | {"same_domain": 0.0}},
    ],
    ids=["none", "of a comparison that is not in the model", "of a comparison without weight"],
)
def test_what_is_not_counted_is_no_term(changes: dict[str, object]) -> None:
    book = book_of(**changes)
    assert interactions_of(book) == ()
    assert not [name for name in decided(book).evidence.columns if " + " in name]


def test_a_rule_and_an_answer_decide_without_them() -> None:
    rule = Rule(name="both", when=(("same_domain", "same_name"),), precision=0.99)
    evidence = terms(decided(book_of(rules=(rule,))))
    ruled = evidence.loc["1"]
    assert ruled["same_domain"].iloc[0] > 0
    assert ruled.filter(like=" + ").to_numpy().sum() == 0
    assert evidence.loc["2", "same_domain + spelled_alike"].iloc[0] > 0


def test_an_explanation_has_both_sentences() -> None:
    said = str(explain(decided(book_of()), "1"))
    assert "-1.50           same_domain + same_name: Both together: Only this company lists" in said


def test_fit_keeps_them() -> None:
    people = pd.concat([PEOPLE] * 40, ignore_index=True)
    book = book_of()
    unified = unify(people, prepare(COMPANIES, book))
    truth = unified.decisions[["row_id"]].assign(
        Company_ID=np.tile([*COMPANIES["Gsid"].iloc[[0, 1, 0]], None, None], 40)
    )
    fitted = fit(unified.evidence, truth, book)
    assert fitted.interactions == book.interactions
    assert fitted.model != book.model


def test_the_shipped_ones_are_asked_for_by_name() -> None:
    shipped = read_rulebook()
    document = {"model": "default"}
    assert interactions_of(shipped)
    assert parse_rulebook(document).interactions == shipped.interactions
    assert parse_rulebook({**document, "interactions": {}}).interactions == {}
    names = {one.name for one in interactions_of(shipped)}
    assert names <= sentences(names).keys()


def test_an_unknown_comparison_has_a_place() -> None:
    with pytest.raises(RulebookError, match="interactions"):
        parse_rulebook({"model": "default", "interactions": {"same_domain": {"same_nam": 1.0}}})


def test_with_the_shipped_ones_more_evidence_never_speaks_less_for_a_company() -> None:
    """Of any comparison, whatever others hold: weights of interactions against it are smaller."""
    book = read_rulebook()
    for name, weight in book.model.items():
        against = {
            other: min(one.log_odds * np.sign(weight), 0)
            for one in interactions_of(book)
            for other in {one.first, one.second} - {name}
            if name in {one.first, one.second}
        }
        # A name is the same or a similar one.
        for never in ({"same_name"}, SIMILAR):
            held = sum(odds for other, odds in against.items() if other not in never)
            # Each number is rounded to two places.
            assert abs(weight) + held >= -0.05, name


@pytest.mark.parametrize("degrees", [(1.0, 1.0), (0.5, 1.0), (0.5, 0.5), (0.0, 1.0)])
def test_two_that_hold_in_part_add_the_product(degrees: tuple[float, float]) -> None:
    book, (one, other) = book_of(), degrees
    weights = {name: np.zeros(1, np.float32) for name in MODEL}
    weights["same_domain"] += np.float32(4.0 * one)
    weights["spelled_alike"] += np.float32(2.0 * other)
    found = dict(interaction_terms(weights, book))
    assert found["same_domain + spelled_alike"] == pytest.approx(0.8 * one * other)
