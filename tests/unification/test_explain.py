"""Explanations: reasons, the strongest evidence first, and decisions term by term."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from gsprep.errors import InputError
from gsprep.unification.decide import Candidates, decide
from gsprep.unification.explain import Ending, explain, reasons, waterfall
from gsprep.unification.prepare import prepare
from gsprep.unification.registry import comparisons
from gsprep.unification.rulebook import Rulebook
from gsprep.unification.unify import unify

SAME_NAME, SAME_PHONE = comparisons()["same_name"].sentence, comparisons()["same_phone"].sentence
OTHER = comparisons()["other_country"].sentence
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
        score=columns.sum(axis=0, dtype=np.float64),
        probability=np.full(count, probability),
        decisive=np.zeros(count, dtype=bool),
        way=np.array([-1]),
        contested=np.zeros(1, dtype=bool),
        doubt=np.full(count, Ending.NONE, dtype=np.int8),
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
            f"{SAME_NAME} The evidence for the company is too weak.",
            id="too little",
        ),
        pytest.param(
            (0, 0, 0), Ending.UNSURE, "No company has anything in common with them.", id="nothing"
        ),
        pytest.param((0, 0, 0), Ending.NO_RULE, "No rule leads to a company.", id="no rule"),
    ],
)
def test_a_reason(weights: tuple[float, float, float], end: Ending, reason: str) -> None:
    assert reasons(candidates(weights).terms, np.array([0]), np.array([end])).tolist() == [reason]


def test_people_without_candidates_have_a_reason() -> None:
    said = reasons(candidates().terms, np.array([-1]), np.array([Ending.NONE]))
    assert said.tolist() == ["No company has anything in common with them."]
    none = np.empty(0, dtype=np.int64)
    assert len(reasons(candidates().terms, none, none)) == 0


COMPANIES = pd.DataFrame({"Gsid": ["1", "2"], "Name": ["Acme", "Zeta"]})


@pytest.mark.parametrize(
    ("pairs", "probability", "end"),
    [
        pytest.param([(6, 0, 0)], 0.99, "a person has to decide.", id="likely, but not alone"),
        pytest.param([(6, 0, 0), (6, 0, 0)], 0.5, "Another company fits as well.", id="a tie"),
        pytest.param([(6, 0, 0), (5.8, 0, 0)], 0.5, "Another company fits as well.", id="nearly"),
        pytest.param([(6, 0, 0), (1, 0, 0)], 0.5, SAME_NAME, id="the other is far behind"),
        pytest.param([(6, 0, 0)], 0.01, "is too weak.", id="unlikely"),
    ],
)
def test_what_a_reason_ends_with(pairs: list, probability: float, end: str) -> None:
    book = Rulebook(intercept=0.0, model={"same_name": 6.0})
    found = candidates(*pairs, probability=probability)
    reason, *_ = decide(prepare(COMPANIES, book), found, np.array([False])).reason.tolist()
    assert reason.endswith(end)


def test_a_reason_never_shows_a_value() -> None:
    people = pd.DataFrame({"Email": ["ana@secret.com"], "CompanyName": ["Secret"]})
    companies = pd.DataFrame({"Gsid": ["1"], "Name": ["Secret"], "Domain": ["secret.com"]})
    reason = unify(people, companies).decisions["reason"].iloc[0]
    assert "ecret" not in reason
    assert comparisons()["same_domain"].sentence in reason


NAMESAKES = pd.DataFrame(
    {
        "Gsid": ["C1", "C2"],
        "Name": ["Zaphod Inc", "Zaphod Holdings"],
        "Domain": ["zaphod.com", "zaphod.com"],
    }
)
PEOPLE = pd.DataFrame(
    {
        "row_id": ["both", "nobody"],
        "Email": ["quux@zaphod.com", "quux@gmail.com"],
        "CompanyName": ["Zaphod", None],
    }
)
UNIFIED = unify(PEOPLE, NAMESAKES)
BOTH = waterfall(UNIFIED, "both")


def numbers(line: str) -> list[float]:
    return [float(text) for text in re.findall(r"(?<!\S)[+-]?\d+\.\d+", line[:18])]


def test_terms_add_up_to_the_log_odds_of_both_candidates() -> None:
    told = [numbers(line) for line in BOTH]
    terms = np.array([pair for pair in told if len(pair) == 2])
    *weights, together, probability = terms
    assert np.sum(weights, axis=0) == pytest.approx(together, abs=0.01 * len(weights))
    raised = np.exp(together)
    assert probability == pytest.approx(raised / (1 + raised.sum()), abs=0.01)


def test_each_term_has_its_sentence_and_silent_ones_are_left_out() -> None:
    spoken = UNIFIED.evidence.set_index("row_id").loc["both"].drop(columns="Company_ID")
    for name, comparison in comparisons().items():
        speaks = name in spoken.columns and (spoken[name] != 0).any()
        assert any(f"{name}: {comparison.sentence}" in line for line in BOTH) == speaks


def test_verdict_and_candidates_stand_above() -> None:
    verdict = UNIFIED.decisions["verdict"].iloc[0]
    assert BOTH[0] == f"row_id both: {verdict} by the model"
    assert any(line.startswith("  first: Zaphod Inc C1") for line in BOTH)
    assert any(line.startswith("  second: Zaphod Holdings C2") for line in BOTH)


def test_nobody_is_named() -> None:
    """Companies are; the address and the name of the person are not."""
    assert "zaphod.com" not in "\n".join(BOTH).lower()
    assert "quux" not in "\n".join(BOTH).lower()


def test_a_person_without_candidates_has_a_reason() -> None:
    told = waterfall(UNIFIED, "nobody")
    assert told == ("row_id nobody: no_match by the model", UNIFIED.decisions["reason"].iloc[1])


def test_who_was_not_decided_by_the_model_is_said_to_be() -> None:
    decisions = UNIFIED.decisions.assign(rule="same mail")
    by_rule = type(UNIFIED)(decisions, UNIFIED.evidence)
    assert waterfall(by_rule, "both")[0].endswith("by the rule same mail")
    by_answer = type(UNIFIED)(decisions.assign(rule="answer"), UNIFIED.evidence)
    assert waterfall(by_answer, "both")[0].endswith("by an answer")


def test_a_row_id_that_nobody_has() -> None:
    with pytest.raises(InputError, match="row_id 99"):
        waterfall(UNIFIED, "99")


def test_an_explanation_is_text_and_a_waterfall_of_both_candidates() -> None:
    told = explain(UNIFIED, "both")
    assert repr(told) == "\n".join(BOTH)
    html = told._repr_html_()
    assert html.count("<table>") == 2
    assert "Zaphod Inc" in html
    assert "quux" not in html.lower()
    for (_, terms), evidence in zip(told.candidates, UNIFIED.evidence.itertuples(), strict=False):
        assert sum(term.log_odds for term in terms) == pytest.approx(sum(evidence[3:]), abs=1e-4)


def test_who_has_no_candidate_is_explained_too() -> None:
    told = explain(UNIFIED, "nobody")
    assert told.candidates == ()
    assert "No company" in told._repr_html_()
    with pytest.raises(InputError, match="row_id gone"):
        explain(UNIFIED, "gone")
