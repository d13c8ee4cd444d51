"""Evaluation: figures counted by hand or the slow way, and what is refused."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from gsprep.errors import InputError, MissingColumnsError
from gsprep.schemas.frames import text_frame
from gsprep.unification.prepare import prepare
from gsprep.unification.registry import comparisons
from gsprep.unification.tuning.evaluate import (
    agreement,
    best_f1,
    calibration,
    calibration_error,
    evaluate,
    recall_at,
    sweep,
    wilson,
)
from gsprep.unification.unify import unify_text

if TYPE_CHECKING:
    from gsprep.results import Evaluation

DOMAIN, NAME = comparisons()["same_domain"].sentence, comparisons()["same_name"].sentence
LINES = [
    # row_id, verdict, Company_ID, probability, true Company_ID, kind of mistake
    ("1", "match", "A", 0.99, "A", None),
    ("2", "match", "A", 0.97, "B", "wrong company"),
    ("3", "match", "A", 0.96, None, "should be none"),
    ("4", "review", "B", 0.60, "B", "in review"),
    ("5", "review", "B", 0.40, None, "in review"),
    ("6", "no_match", None, 0.05, "C", "missed"),
    ("7", "no_match", None, 0.00, None, None),
    ("8", "match", "C", 0.98, "C", None),
]
NAMES = ("row_id", "verdict", "Company_ID", "probability", "truth", "mistake")
TABLE = pd.DataFrame(LINES, columns=list(NAMES))
DECISIONS = TABLE[["row_id", "verdict", "Company_ID", "probability"]].assign(
    company_name="Acme", rule="model", reason=f"{DOMAIN} {NAME}"
)
TRUTH = TABLE[["row_id", "truth"]].rename(columns={"truth": "Company_ID"})


def test_the_figures_are_those_counted_by_hand() -> None:
    told = evaluate(DECISIONS, TRUTH)
    assert (told.people, told.answerable, told.decided, told.right) == (8, 5, 4, 2)
    assert (told.precision, told.recall) == (0.5, 0.4)
    assert told.f1 == pytest.approx(2 * 2 / (4 + 5))
    assert told.review_share == 0.2
    # From .60 on five are named and three are right.
    assert (told.best_f1, told.best_f1_from) == (pytest.approx(2 * 3 / (5 + 5)), 0.6)
    at_98 = told.recall_at.set_index("precision").loc[0.98]
    assert (at_98["recall"], at_98["from"]) == (0.4, 0.98)
    assert at_98["low"] < 0.4 < at_98["high"]


def test_each_confusion_has_its_kind() -> None:
    cases = evaluate(DECISIONS, TRUTH).confusions
    expected = TABLE[TABLE["mistake"].notna()].set_index("row_id")["mistake"].to_dict()
    assert cases.set_index("row_id")["mistake"].to_dict() == expected
    assert cases["probability"].is_monotonic_decreasing
    assert cases.loc[cases["row_id"] == "2", "true_Company_ID"].tolist() == ["B"]


def test_sources_are_first_sentences_or_kinds_of_evidence() -> None:
    (line,) = evaluate(DECISIONS, TRUTH).sources.to_dict("records")
    assert line == {
        "rule": "model", "source": DOMAIN, "people": 6, "decided": 4, "right": 2, "precision": 0.5,
    }  # fmt: skip
    named = DECISIONS[DECISIONS["Company_ID"].notna()]
    evidence = named[["row_id", "Company_ID"]].assign(
        intercept=-3.0, same_domain=[9.0, 9, 9, 0, 0, 9], same_name=[7.5, 7.5, 0, 0, 7.5, 7.5]
    )
    by_kind = evaluate(DECISIONS, TRUTH, evidence).sources.set_index("source")
    assert by_kind["people"].to_dict() == {
        "domain + name": 3, "domain": 1, "name": 1, "nothing": 1,
    }  # fmt: skip
    assert by_kind["right"].to_dict()["domain + name"] == 2


def test_the_curve_has_coverage_and_precision_from_each_probability_on() -> None:
    curve = evaluate(DECISIONS, TRUTH).curve.set_index("probability")
    assert list(curve.index) == [0.99, 0.98, 0.97, 0.96, 0.6, 0.4]
    assert curve["coverage"].tolist() == [0.2, 0.4, 0.4, 0.4, 0.6, 0.6]
    assert curve["precision"].tolist() == pytest.approx([1, 1, 2 / 3, 0.5, 0.6, 0.5])
    assert (curve["low"] < curve["precision"]).all()


def test_a_long_curve_is_drawn_with_few_points() -> None:
    people = 1000
    decisions = pd.DataFrame(
        {"row_id": map(str, range(people)), "verdict": "review", "Company_ID": "A",
         "probability": np.linspace(0.1, 1, people)}
    )  # fmt: skip
    curve = evaluate(decisions, decisions[["row_id", "Company_ID"]]).curve
    assert len(curve) == 200
    assert (curve["probability"].iloc[0], curve["probability"].iloc[-1]) == (1.0, 0.1)
    assert curve["coverage"].iloc[-1] == 1


def test_weights_are_counted_where_they_count() -> None:
    named = DECISIONS[DECISIONS["Company_ID"].notna()]
    evidence = named[["row_id", "Company_ID"]].assign(
        intercept=-3.0, same_domain=[9.0, 9, 9, 0, 0, 9], other_country=[0, 0, 0, -1.5, -2, 0],
        same_phone=0.0,
    )  # fmt: skip
    weights = evaluate(DECISIONS, TRUTH, evidence).weights.set_index("comparison")
    assert weights["weight"].to_dict() == {"same_domain": 9, "other_country": -2}
    assert weights["people"].to_dict() == {"same_domain": 4, "other_country": 2}
    assert weights["right"].to_dict() == {"same_domain": 0.5, "other_country": 0.5}
    assert weights.loc["same_domain", "meaning"] == DOMAIN
    without = evaluate(DECISIONS, TRUTH)
    assert without.weights.empty
    assert list(without.weights.columns) == ["comparison", *weights.columns]


def test_a_reason_that_no_comparison_gives_is_not_repeated() -> None:
    told = evaluate(DECISIONS.assign(reason="Zaphod said so. Ask him."), TRUTH)
    assert told.sources["source"].unique().tolist() == ["something else"]
    told = evaluate(DECISIONS.assign(rule="answer", reason="Zaphod said so. Ask him."), TRUTH)
    assert told.sources["source"].unique().tolist() == ["of a person"]


def test_people_without_a_truth_do_not_count() -> None:
    told = evaluate(DECISIONS, TRUTH.head(2))
    assert (told.people, told.decided, told.right) == (2, 2, 1)


def test_people_without_a_decision_are_left_out_and_told_of() -> None:
    """Rejected rows are asked nothing: the rest counts as if the truth were about it alone."""
    told = evaluate(DECISIONS.head(4), TRUTH)
    assert repr(told) == repr(evaluate(DECISIONS.head(4), TRUTH.head(4)))
    assert told.notes == (
        "4 people of the truth have no decision (rejected rows have none): left out",
    )


def test_evidence_about_some_people_alone_is_no_table_of_sources() -> None:
    """A run keeps the evidence of its review: no matched person would be among the kinds."""
    some = DECISIONS[DECISIONS["verdict"] == "review"][["row_id", "Company_ID"]].assign(
        intercept=-3.0, same_domain=9.0
    )
    told, without = evaluate(DECISIONS, TRUTH, some), evaluate(DECISIONS, TRUTH)
    assert_frame_equal(told.sources, without.sources)
    (note,) = told.notes
    assert "has no line for 4 of 6 people" in note
    assert without.notes == ()


def test_nothing_decided_has_no_precision() -> None:
    told = evaluate(DECISIONS.assign(verdict="no_match", Company_ID=None), TRUTH)
    assert math.isnan(told.precision)
    assert (told.recall, told.best_f1, told.best_f1_from) == (0.0, 0.0, None)
    assert told.calibration.empty
    assert "precision=nan" in repr(told)


def test_a_file_of_text_says_the_same() -> None:
    as_read = DECISIONS.assign(probability=DECISIONS["probability"].map("{:.2f}".format))
    first, second = evaluate(DECISIONS, TRUTH), evaluate(as_read.astype("str"), TRUTH)
    assert repr(first) == repr(second)
    assert_frame_equal(first.confusions, second.confusions)


companies = st.sampled_from(["A", "B", None])


@given(st.lists(companies, min_size=1, max_size=30))
def test_perfect_decisions_are_perfect(truth: list[str | None]) -> None:
    """Surely right about all of them: every figure is at its best."""
    ids = [str(n) for n in range(len(truth))]
    right = pd.DataFrame({"row_id": ids, "Company_ID": truth}, dtype="str")
    decisions = right.assign(
        verdict=["no_match" if one is None else "match" for one in truth],
        probability=[0.0 if one is None else 1.0 for one in truth],
    )
    told = evaluate(decisions, right)
    if any(truth):
        assert told.precision == told.recall == told.f1 == told.best_f1 == 1.0
        assert (told.recall_at["recall"] == 1.0).all()
    assert told.confusions.empty
    assert told.calibration_error == 0.0


@given(st.permutations(range(len(LINES))))
def test_order_and_index_say_nothing(order: list[int]) -> None:
    mixed = DECISIONS.iloc[order].set_index(pd.Index(["x"] * len(LINES)))
    told = evaluate(mixed, TRUTH.iloc[order[::-1]])
    assert repr(told) == repr(evaluate(DECISIONS, TRUTH))


@pytest.mark.parametrize(
    ("decisions", "truth", "says"),
    [
        pytest.param(
            DECISIONS, pd.concat([TRUTH, TRUTH.tail(1)]), "repeats a row_id", id="truth twice"
        ),
        pytest.param(
            pd.concat([DECISIONS, DECISIONS.tail(1)]), TRUTH, "repeats", id="a decision twice"
        ),
        pytest.param(
            DECISIONS.head(3), TRUTH, "5 of the 8 people of the truth", id="mostly other people"
        ),
        pytest.param(
            DECISIONS.assign(verdict="perhaps"), TRUTH, "row_id 1: it is one", id="no verdict"
        ),
        pytest.param(DECISIONS.assign(probability=1.2), TRUTH, "0 to 1", id="no probability"),
        pytest.param(DECISIONS.assign(probability="x"), TRUTH, "0 to 1", id="no number"),
    ],
)
def test_what_is_refused(decisions: pd.DataFrame, truth: pd.DataFrame, says: str) -> None:
    with pytest.raises(InputError, match=says):
        evaluate(decisions, truth)


@pytest.mark.parametrize("column", ["row_id", "Company_ID"])
def test_both_need_their_columns(column: str) -> None:
    for decisions, truth in (
        (DECISIONS.drop(columns=column), TRUTH),
        (DECISIONS, TRUTH.drop(columns=column)),
    ):
        with pytest.raises(MissingColumnsError, match=column):
            evaluate(decisions, truth)


people = st.lists(
    st.tuples(st.sampled_from([0.0, 0.2, 0.5, 0.9, 1.0]), st.booleans()), min_size=1, max_size=40
)


def arrays(answers: list[tuple[float, bool]]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([p for p, _ in answers]), np.array([r for _, r in answers], dtype=bool)


@given(people, st.integers(0, 20))
def test_f1_and_recall_are_the_best_of_all_thresholds(
    answers: list[tuple[float, bool]], missed: int
) -> None:
    probability, right = arrays(answers)
    answerable = max(int(right.sum()) + missed, 1)
    cuts = [(probability >= line, line) for line in sorted(set(probability))]
    f1s = [2 * (right & above).sum() / (above.sum() + answerable) for above, _ in cuts]
    swept = sweep(probability, right)
    best, line = best_f1(swept, answerable)
    assert best == pytest.approx(max(f1s))
    assert line in probability
    kept = [(right & above).sum() for above, _ in cuts if right[above].mean() >= 0.9]
    count, from_line = recall_at(swept, answerable, 0.9)
    assert count == max(kept, default=0)
    assert (from_line is None) == (not kept)


@given(people)
def test_every_person_stands_in_one_bin(answers: list[tuple[float, bool]]) -> None:
    probability, right = arrays(answers)
    bins = calibration(probability, right)
    assert bins["people"].sum() == len(answers)
    assert (bins["right"] * bins["people"]).sum() == pytest.approx(right.sum())
    assert (bins["from"] <= bins["probability"] + 1e-12).all()
    assert (bins["to"].iloc[:-1].to_numpy() < bins["from"].iloc[1:].to_numpy()).all()
    assert bins["right"].between(bins["low"] - 1e-9, bins["high"] + 1e-9).all()


@given(people, st.randoms(use_true_random=False))
def test_the_order_of_people_says_nothing(answers: list[tuple[float, bool]], rng: object) -> None:
    mixed = answers.copy()
    rng.shuffle(mixed)  # type: ignore[attr-defined]  # Hypothesis gives a Random
    first, second = (calibration(*arrays(lines)) for lines in (answers, mixed))
    assert calibration_error(first) == pytest.approx(calibration_error(second))


@pytest.mark.parametrize(
    ("probability", "right", "error"),
    [
        pytest.param([0.5, 0.5], [True, False], 0.0, id="half of the even ones"),
        pytest.param([1.0, 1.0], [True, False], 0.5, id="too sure"),
        pytest.param([], [], 0.0, id="nobody"),
    ],
)
def test_the_calibration_error(probability: list[float], right: list[bool], error: float) -> None:
    bins = calibration(np.array(probability, float), np.array(right, bool))
    assert calibration_error(bins) == pytest.approx(error)


@pytest.mark.parametrize(
    ("right", "whole", "low", "high"),
    [
        # R, prop.test(98, 100, correct = FALSE) and prop.test(0, 10, correct = FALSE).
        pytest.param(98, 100, 0.9300, 0.9945, id="98 of 100"),
        pytest.param(0, 10, 0.0, 0.2775, id="none of ten"),
        pytest.param(0, 0, 0.0, 1.0, id="nothing"),
    ],
)
def test_wilson_bounds(right: int, whole: int, low: float, high: float) -> None:
    assert [float(bound) for bound in wilson(right, whole)] == pytest.approx([low, high], abs=1e-4)


def test_nobody_has_no_best_threshold() -> None:
    swept = sweep(np.empty(0), np.empty(0, dtype=bool))
    assert best_f1(swept, 3) == (0.0, None)
    assert recall_at(swept, 3, 0.9) == (0, None)


COMPANIES = pd.DataFrame(
    {"Gsid": ["1P02" + "A" * 32, "1P02" + "B" * 32], "Name": ["Acme", "Bolt"],
     "Domain": ["acme.com", "bolt.io"]}
)  # fmt: skip
ACME, BOLT = COMPANIES["Gsid"]
# How many people at which domain, and the company that a reviewer answered.
ANSWERED = [(25, "acme.com", ACME), (2, "bolt.io", ACME), (1, "bolt.io", None), (2, "x.org", ACME)]


def answers_about(lines: list[tuple[int, str, str | None]]) -> pd.DataFrame:
    """Return an answer about the address of each person."""
    each = [(host, company) for count, host, company in lines for _ in range(count)]
    return pd.DataFrame(
        {
            "kind": "email",
            "value": [f"p{at}@{host}" for at, (host, _) in enumerate(each)],
            "Company_ID": [company for _, company in each],
            "answer": ["no_match" if company is None else "match" for _, company in each],
        }
    )


def agreed(
    emails: list[str], answers: pd.DataFrame, known: pd.DataFrame | None = None
) -> Evaluation | None:
    people = text_frame(pd.DataFrame({"Email": emails}))
    index = prepare(COMPANIES, answers=answers, known=known)
    return agreement(people, unify_text(people, index).decisions, index)


@pytest.mark.parametrize("linked", [False, True])
def test_decisions_without_answers_are_held_against_the_answers(*, linked: bool) -> None:
    """28 are matched by their domain, 25 of them as answered; 29 of the 30 have a company.

    That the tenant has people as they were answered changes nothing, nor do a second row of the
    same address and people without an answer.
    """
    answers = answers_about(ANSWERED)
    known = answers.rename(columns={"value": "Email"})[["Email", "Company_ID"]].dropna()
    again = answers["value"].str.upper().tolist()
    emails = ["new@acme.com", *answers["value"], *again]
    told = agreed(emails, answers, known if linked else None)
    assert told is not None
    assert (told.people, told.decided, told.right, told.answerable) == (30, 28, 25, 29)
    assert (told.precision, told.recall) == (25 / 28, 25 / 29)
    assert told.confusions["mistake"].value_counts().to_dict() == {
        "wrong company": 2, "missed": 2, "should be none": 1,
    }  # fmt: skip
    assert set(told.confusions["row_id"]) == {"27", "28", "29", "30", "31"}


@pytest.mark.parametrize(
    ("emails", "lines", "people"),
    [
        pytest.param(30, [(29, "acme.com", ACME)], None, id="29 answers"),
        pytest.param(30, [(30, "acme.com", ACME)], 30, id="30 answers"),
        pytest.param(29, [(30, "acme.com", ACME)], None, id="one of them about another file"),
    ],
)
def test_fewer_than_thirty_answers_about_the_people_say_nothing(
    emails: int, lines: list[tuple[int, str, str | None]], people: int | None
) -> None:
    told = agreed([f"p{at}@acme.com" for at in range(emails)], answers_about(lines))
    assert (None if told is None else told.people) == people


def test_an_answer_about_a_domain_counts_once() -> None:
    answers = answers_about(ANSWERED)
    domain = pd.DataFrame(
        {"kind": ["domain"], "value": ["y.org"], "Company_ID": [BOLT], "answer": ["match"]}
    )
    everybody = [f"q{at}@y.org" for at in range(40)]
    assert agreed(everybody, domain) is None
    told = agreed([*answers["value"], *everybody], pd.concat([answers, domain]))
    assert told is not None
    assert (told.people, told.decided, told.answerable) == (31, 28, 30)
