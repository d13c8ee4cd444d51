"""One decision, term by term: the terms add up, and nobody is named."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from gsprep.errors import InputError
from gsprep.unification.comparisons import COMPARISONS
from gsprep.unification.unify import unify
from gsprep.unification.waterfall import waterfall

COMPANIES = pd.DataFrame(
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
UNIFIED = unify(PEOPLE, COMPANIES)
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
    for name, comparison in COMPARISONS.items():
        speaks = name in spoken.columns and (spoken[name] != 0).any()
        assert any(f"{name}: {comparison.sentence}" in line for line in BOTH) == speaks


def test_verdict_and_candidates_stand_above() -> None:
    verdict = UNIFIED.decisions["verdict"].iloc[0]
    assert BOTH[0] == f"row_id both: {verdict} by the model"
    assert any(line.startswith("  first: Z*** C") for line in BOTH)
    assert any(line.startswith("  second: Z*** C") for line in BOTH)


def test_nobody_is_named() -> None:
    assert "zaphod" not in "\n".join(BOTH).lower()
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
