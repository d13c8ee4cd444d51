"""Answers weigh columns again, and never make the model worse."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from unification.duplicates.people import people

from gsprep.errors import InputError, MissingColumnsError
from gsprep.unification.duplicates.find import find_duplicates
from gsprep.unification.duplicates.fitting import fit_duplicates
from gsprep.unification.duplicates.results import Duplicates

if TYPE_CHECKING:
    from pathlib import Path

LIST = people(500, 240, seed=9)
GIVEN = LIST.drop(columns="person")


@cache
def whole_list() -> Duplicates:
    return find_duplicates(GIVEN)


def answers(found: Duplicates, same: np.ndarray) -> pd.DataFrame:
    words = np.where(same, "match", "no_match")
    return found.pairs[["left_id", "right_id"]].assign(answer=words)


def invented(count: int, truth: np.ndarray, seed: int = 1) -> tuple[Duplicates, pd.DataFrame]:
    """Return pairs whose evidence is random, and answers by true weights of their columns."""
    rng = np.random.default_rng(seed)
    names = ["Email", "LastName"]
    terms = rng.normal(0, 3, size=(count, 2)).astype(np.float32)
    ids = {"left_id": [f"a{n}" for n in range(count)], "right_id": [f"b{n}" for n in range(count)]}
    columns = dict(zip(names, terms.T, strict=True))
    evidence = pd.DataFrame({**ids, "intercept": np.float32(0.0), **columns})
    odds = terms @ truth
    same = rng.random(count) < 1 / (1 + np.exp(-odds))
    found = Duplicates(
        whole_list().groups, pd.DataFrame(ids), evidence, whole_list().model, whole_list().history
    )
    return found, answers(found, same)


@given(count=st.integers(0, 29), seed=st.integers(0, 99))
def test_few_answers_change_nothing(count: int, seed: int) -> None:
    found, said = invented(count, np.array([1.0, 1.0]), seed)
    fitted = fit_duplicates(found, said)
    assert fitted.model is found.model
    assert fitted.before == fitted.after
    assert "stays as it is" in fitted.notes[0]


@pytest.mark.parametrize("seed", range(8))
def test_answers_that_agree_with_the_model_hardly_change_it(seed: int) -> None:
    found, said = invented(300, np.array([1.0, 1.0]), seed)
    fitted = fit_duplicates(found, said)
    assert fitted.after <= fitted.before
    assert (fitted.weights["weighs"] - 1).abs().max() < 0.35


def test_a_column_that_misleads_weighs_less() -> None:
    found, said = invented(600, np.array([1.0, 0.2]))
    fitted = fit_duplicates(found, said)
    weighs = fitted.weights.set_index("column")["weighs"]
    assert weighs["LastName"] < 0.5 < weighs["Email"]
    assert fitted.after < fitted.before
    # Other pairs, which the fit did not know.
    other, truth = invented(2_000, np.array([1.0, 0.2]), seed=2)
    terms = other.evidence[["Email", "LastName"]].to_numpy(float)
    sign = np.where(truth["answer"] == "match", 1, -1)
    losses = [
        np.logaddexp(0, -sign * (terms @ w)).mean()
        for w in (np.ones(2), weighs[["Email", "LastName"]].to_numpy())
    ]
    assert losses[1] < losses[0]


def test_a_fitted_model_is_saved_and_its_evidence_adds_up(tmp_path: Path) -> None:
    person = dict(zip(LIST["row_id"], LIST["person"], strict=True))
    pairs = whole_list().pairs
    same = (pairs["left_id"].map(person) == pairs["right_id"].map(person)).to_numpy()
    # A reviewer with a rule of their own: other titles are other people.
    same = same & (whole_list().evidence["Title"].to_numpy() >= 0)
    fitted = fit_duplicates(whole_list(), answers(whole_list(), same))
    assert fitted.after < fitted.before
    path = fitted.model.save(tmp_path / "fitted.yaml")
    again = find_duplicates(GIVEN, model=path)
    pd.testing.assert_frame_equal(
        again.pairs, find_duplicates(GIVEN, model=fitted.model).pairs, check_exact=True
    )
    assert again.model.save(tmp_path / "again.yaml").read_bytes() == path.read_bytes()
    terms = again.evidence.drop(columns=["left_id", "right_id"]).sum(axis=1).to_numpy(np.float64)
    assert np.abs(1 / (1 + np.exp(-terms)) - again.pairs["probability"].to_numpy()).max() < 1e-4
    assert (again.pairs["verdict"] == "match").sum() < (pairs["verdict"] == "match").sum()
    twice = fit_duplicates(again, answers(whole_list(), same))
    assert twice.after <= twice.before


def test_answers_that_cannot_be_read_are_refused() -> None:
    wrong = pd.DataFrame({"left_id": ["a"], "right_id": ["b"], "answer": ["perhaps"]})
    with pytest.raises(InputError, match="match or no_match"):
        fit_duplicates(whole_list(), wrong)
    with pytest.raises(MissingColumnsError):
        fit_duplicates(whole_list(), wrong.drop(columns="answer"))


def test_the_result_shows_counts_only() -> None:
    shown = fit_duplicates(*invented(100, np.array([1.0, 1.0])))
    assert "answers=100" in repr(shown).replace(" ", "")
    assert "LastName" in shown._repr_html_()
