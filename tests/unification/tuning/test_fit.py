"""Fitting: weights and lines from answers, and the rulebook as it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gsprep.errors import InputError
from gsprep.schemas.lookups import Lookup, Lookups
from gsprep.unification.registry import comparisons
from gsprep.unification.rulebook import Decide, Domains, Rulebook, read_rulebook
from gsprep.unification.score import softmax
from gsprep.unification.tuning.evaluate import wilson
from gsprep.unification.tuning.fit import (
    fit,
    fit_report,
    learn_line,
    people_for,
    rulebook_text,
    write_rulebook,
)

if TYPE_CHECKING:
    from pathlib import Path

GIVEN = {"intercept": -3.0, "same_domain": 6.0, "same_name": 5.0, "other_country": -2.0}
BOOK = Rulebook(
    intercept=-3.0,
    model={name: w for name, w in GIVEN.items() if name != "intercept"} | {"same_phone": 7.0},
)
NAMES = list(GIVEN)


def evidence_of(people: int, seed: int = 1) -> pd.DataFrame:
    """Return two candidates each; how far comparisons hold is drawn."""
    rng = np.random.default_rng(seed)
    holds = rng.integers(0, 3, (len(NAMES), 2 * people)) / 2
    holds[0] = 1
    frame = pd.DataFrame(
        {name: (GIVEN[name] * h).astype(np.float32) for name, h in zip(NAMES, holds, strict=True)}
    )
    ids = np.repeat([f"p{n:05}" for n in range(people)], 2)
    return frame.assign(row_id=ids, Company_ID=[f"C{n}" for n in range(2 * people)])


def drawn_truth(evidence: pd.DataFrame, weights: dict[str, float], seed: int = 2) -> pd.DataFrame:
    """Return for each person a candidate or none, as likely as these weights say."""
    people = len(evidence) // 2
    odds = sum(evidence[name].to_numpy(float) / GIVEN[name] * weights[name] for name in NAMES)
    chances = softmax(np.asarray(odds), np.repeat(np.arange(people), 2)).pairs.reshape(-1, 2)
    pick = (np.random.default_rng(seed).random((people, 1)) > chances.cumsum(axis=1)).sum(axis=1)
    ids = np.append(evidence["Company_ID"].to_numpy(object), None)
    at = np.where(pick < 2, 2 * np.arange(people) + pick, -1)
    return pd.DataFrame(
        {"row_id": evidence["row_id"].to_numpy()[::2], "Company_ID": ids[at]}, dtype="str"
    )


EVIDENCE = evidence_of(1500)
OTHERS = {"intercept": -2.0, "same_domain": 3.0, "same_name": 6.0, "other_country": -4.0}


def test_other_weights_are_learned() -> None:
    fitted = fit(EVIDENCE, drawn_truth(EVIDENCE, OTHERS), BOOK)
    learned = {"intercept": fitted.intercept, **fitted.model}
    assert {name: learned[name] for name in NAMES} == pytest.approx(OTHERS, abs=0.8)
    assert fitted.model["same_phone"] == 7.0


def test_before_and_after_tell_that_it_helped() -> None:
    told = fit_report(EVIDENCE, drawn_truth(EVIDENCE, OTHERS), BOOK)
    assert told.after.log_loss < told.before.log_loss
    assert told.after.calibration_error < told.before.calibration_error
    assert "log_loss=" in repr(told)
    assert "->" in told._repr_html_() or "-&gt;" in told._repr_html_()


def test_what_the_given_weights_would_say_leaves_them_and_every_best_candidate() -> None:
    fitted = fit(EVIDENCE, drawn_truth(EVIDENCE, GIVEN), BOOK)
    learned = {"intercept": fitted.intercept, **fitted.model}
    assert {name: learned[name] for name in NAMES} == pytest.approx(GIVEN, abs=0.5)
    before = EVIDENCE[NAMES].sum(axis=1).to_numpy()
    after = sum(EVIDENCE[n].to_numpy(float) / GIVEN[n] * learned[n] for n in NAMES)
    clear = np.abs(np.diff(before.reshape(-1, 2))).ravel() > 1
    best = [odds.reshape(-1, 2).argmax(axis=1)[clear] for odds in (before, np.asarray(after))]
    assert np.array_equal(*best)


def test_a_hundred_answers_move_weights_less_than_a_thousand() -> None:
    truth = drawn_truth(EVIDENCE, OTHERS)
    moved = [
        abs(fit(EVIDENCE, truth.head(n), BOOK).model["same_domain"] - GIVEN["same_domain"])
        for n in (100, 1500)
    ]
    assert 0 < moved[0] < moved[1] + 1


@settings(max_examples=settings().max_examples // 2)
@given(st.integers(0, 1000))
def test_no_weight_changes_its_sign_and_the_rulebook_stays_valid(seed: int) -> None:
    evidence = evidence_of(150, seed)
    against = {name: -weight for name, weight in GIVEN.items()}
    fitted = fit(evidence, drawn_truth(evidence, against, seed), BOOK)
    for name, weight in fitted.model.items():
        assert weight * BOOK.model[name] >= 0
    assert Rulebook.model_validate(fitted.model_dump(exclude={"decide": {"precision"}})) == fitted


def test_order_index_and_text_say_nothing() -> None:
    truth = drawn_truth(EVIDENCE, OTHERS).head(300)
    mixed = EVIDENCE.sample(frac=1, random_state=3).set_index(pd.Index(["x"] * len(EVIDENCE)))
    assert fit(mixed.astype("str"), truth.sample(frac=1, random_state=4), BOOK) == fit(
        EVIDENCE, truth, BOOK
    )


def test_an_answered_review_teaches_like_a_truth() -> None:
    truth = drawn_truth(EVIDENCE, OTHERS)
    candidates = EVIDENCE["Company_ID"].to_numpy().reshape(-1, 2)
    said = np.select(
        [truth["Company_ID"] == candidates[:, 0], truth["Company_ID"] == candidates[:, 1]],
        ["1", "2"],
        default="none",
    )
    review = truth[["row_id"]].assign(
        candidate_1_id=candidates[:, 0], candidate_2_id=candidates[:, 1], answer=said
    )
    assert fit(EVIDENCE, review, BOOK) == fit(EVIDENCE, truth, BOOK)


def test_people_whom_a_rule_or_an_answer_decided_teach_nothing() -> None:
    truth = drawn_truth(EVIDENCE, OTHERS)
    ruled = EVIDENCE["row_id"] < "p00300"
    by_rule = EVIDENCE.assign(intercept=EVIDENCE["intercept"].mask(ruled, 0.0))
    by_answer = EVIDENCE.assign(answer=np.where(ruled, 5.0, 0.0))
    rest = truth[truth["row_id"] >= "p00300"]
    expected = fit_report(EVIDENCE, rest, BOOK).rulebook.model
    assert fit(by_rule, truth, BOOK).model == expected
    assert fit(by_answer, truth, BOOK).model == expected


SURE = {"intercept": -3.0, "same_domain": 20.0, "same_name": 20.0, "other_country": -1.0}


def test_lines_are_learned_where_enough_were_answered() -> None:
    told = fit_report(EVIDENCE, drawn_truth(EVIDENCE, SURE), BOOK)
    lines = told.rulebook.decide.lines
    assert set(lines) <= {0.98, 0.99, 0.995}
    assert list(lines.values()) == sorted(lines.values())
    assert told.rulebook.decide.match_from == lines[0.99] >= 0.5
    assert any("is 0." in note and "learned" in note for note in told.notes)


def test_a_promised_precision_stays_and_its_line_moves() -> None:
    decide = Decide(precision=0.98, lines={0.98: 0.9, 0.995: 0.91})
    book = BOOK.model_copy(update={"decide": decide})
    fitted = fit(EVIDENCE, drawn_truth(EVIDENCE, SURE), book).decide
    assert fitted.precision == 0.98
    assert fitted.line == fitted.lines[0.98] != 0.9


def test_with_too_few_answers_the_line_stays_and_that_is_said() -> None:
    told = fit_report(EVIDENCE, drawn_truth(EVIDENCE, OTHERS).head(150), BOOK)
    assert told.rulebook.decide.match_from == BOOK.decide.match_from
    assert not told.rulebook.decide.like_strangers
    assert all("cannot be learned" in note for note in told.notes)


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        pytest.param(drawn_truth(EVIDENCE, OTHERS).head(99), "99 people", id="99 answers"),
        pytest.param(
            drawn_truth(EVIDENCE, OTHERS).assign(Company_ID=None), "10 of either", id="all none"
        ),
        pytest.param(EVIDENCE.iloc[::2][["row_id", "Company_ID"]], "10 of either", id="all theirs"),
        pytest.param(
            pd.DataFrame({"row_id": ["x"], "Company_ID": ["y"]}),
            "1 person was answered",
            id="strangers",
        ),
    ],
)
def test_too_few_are_refused_and_counted(answers: pd.DataFrame, says: str) -> None:
    with pytest.raises(InputError, match=says):
        fit(EVIDENCE, answers, BOOK)


def test_a_rulebook_without_a_model_cannot_be_fitted() -> None:
    with pytest.raises(InputError, match="no model"):
        fit(EVIDENCE, drawn_truth(EVIDENCE, GIVEN), BOOK.model_copy(update={"model": {}}))


def test_evidence_that_is_no_number_is_refused() -> None:
    with pytest.raises(InputError, match="same_name"):
        fit(EVIDENCE.assign(same_name="x"), drawn_truth(EVIDENCE, GIVEN), BOOK)


people = st.lists(
    st.tuples(st.sampled_from([0.1, 0.4, 0.6, 0.8, 0.9, 0.95, 0.99, 1.0]), st.booleans()),
    max_size=60,
)


def many(*groups: tuple[float, int, int]) -> tuple[list[float], list[bool]]:
    """Return people by (probability, right, wrong)."""
    probability = [p for p, right, wrong in groups for _ in range(right + wrong)]
    answers = [n < right for _, right, wrong in groups for n in range(right + wrong)]
    return probability, answers


@pytest.mark.parametrize(
    ("groups", "target", "line"),
    [
        pytest.param([(0.9, 381, 0)], 0.99, 0.9, id="as many as are needed"),
        pytest.param([(0.9, 380, 0)], 0.99, None, id="one too few"),
        pytest.param([(0.9, 1000, 0), (0.5, 0, 500)], 0.99, 0.9, id="the wrong ones stay out"),
        pytest.param([(0.9, 1000, 0), (0.5, 990, 1)], 0.99, 0.5, id="as low as it holds"),
        pytest.param([(0.9, 1000, 0), (0.5, 990, 1)], 0.999, None, id="more than can be said"),
        pytest.param(
            [(0.99, 0, 3), (0.9, 2000, 0)], 0.99, 0.9, id="the surest may be wrong, they are few"
        ),
        pytest.param([], 0.5, None, id="nobody"),
    ],
)
def test_a_line(groups: list[tuple[float, int, int]], target: float, line: float | None) -> None:
    assert learn_line(*many(*groups), target) == line


@given(people, st.floats(0.05, 0.99), st.floats(0.05, 0.99))
def test_a_higher_target_never_has_a_lower_line(
    answers: list[tuple[float, bool]], one: float, other: float
) -> None:
    probability, right = [p for p, _ in answers], [r for _, r in answers]
    less, more = (learn_line(probability, right, target) for target in sorted((one, other)))
    assert more is None or (less is not None and less <= more)


@given(people, st.floats(0.05, 0.99))
def test_the_line_is_the_lowest_that_keeps_its_promise(
    answers: list[tuple[float, bool]], target: float
) -> None:
    """Against the definition, threshold by threshold."""
    kept = []
    for line in {p for p, _ in answers}:
        above = [right for p, right in answers if p >= line]
        if wilson(sum(above), len(above))[0] >= target:
            kept.append(line)
    probability, right = [p for p, _ in answers], [r for _, r in answers]
    assert learn_line(probability, right, target) == min(kept, default=None)


@settings(max_examples=20)
@given(st.sampled_from([0.9, 0.95, 0.98, 0.99, 0.995]))
def test_people_needed_are_enough_and_one_fewer_is_not(target: float) -> None:
    need = people_for(target)
    assert learn_line(np.full(need, 0.9), np.full(need, fill_value=True), target) == 0.9
    fewer = need - 1
    assert learn_line(np.full(fewer, 0.9), np.full(fewer, fill_value=True), target) is None


WEIGHTS = st.floats(-30, 30, allow_nan=False)
PRECISE = Decide(precision=0.99, lines={0.98: 0.7, 0.99: 0.8}, review_from=0.1)


@pytest.mark.parametrize("name", ["default", "strict", "communities"])
def test_a_shipped_rulebook_comes_back(name: str, tmp_path: Path) -> None:
    book = read_rulebook(name)
    assert read_rulebook(write_rulebook(book, tmp_path / "rules.yaml")) == book


@given(
    model=st.dictionaries(st.sampled_from(sorted(comparisons())), WEIGHTS, min_size=1),
    intercept=WEIGHTS,
    decide=st.sampled_from([Decide(), PRECISE, Decide(match_from=0.5, review_from=1e-6)]),
)
def test_any_weights_come_back(
    tmp_path_factory: pytest.TempPathFactory,
    model: dict[str, float],
    intercept: float,
    decide: Decide,
) -> None:
    book = Rulebook(
        intercept=intercept,
        model=model,
        decide=decide,
        domains=Domains(own=("müller.de",), excluded=("no",)[:0]),
        region="NO",
    )
    path = tmp_path_factory.mktemp("rules") / "rules.yaml"
    assert read_rulebook(write_rulebook(book, path, ["any"])) == book


def test_each_weight_has_its_sentence_and_the_head_its_provenance() -> None:
    text = rulebook_text(read_rulebook(), ["Fitted on Monday", "to two\nlines"])
    assert text.startswith("# Fitted on Monday\n# to two\n# lines\n")
    for name, weight in read_rulebook().model.items():
        line = next(line for line in text.splitlines() if line.startswith(f"  {name}:"))
        assert str(weight) in line
        assert comparisons()[name].sentence in line


def test_a_promise_is_written_without_the_line_that_it_replaces() -> None:
    book = read_rulebook().model_copy(update={"decide": PRECISE})
    text = rulebook_text(book)
    assert "match_from" not in text
    assert "precision: 0.99" in text


def test_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be written"):
        write_rulebook(read_rulebook(), tmp_path / "none" / "rules.yaml")


def test_lookups_come_back(tmp_path: Path) -> None:
    by_code = Lookups(companies={"Company_ID": Lookup(fields={"CompanyName": "Code__gc"})})
    book = read_rulebook("strict").model_copy(update={"lookups": by_code})
    assert read_rulebook(write_rulebook(book, tmp_path / "book.yaml")).lookups == by_code


def test_a_similar_name_never_counts_more_than_the_same() -> None:
    """Not even where people who misspell their employer are right more often."""
    book, people = read_rulebook(), 400
    model = book.model
    half = np.arange(people) % 2 == 0
    joint = book.interactions["spelled_alike"]["begins_alike"]
    rows = {
        "row_id": [f"p{n:05}" for n in range(people)],
        "Company_ID": [f"C{n}" for n in range(people)],
        "intercept": book.intercept,
        "same_name": np.where(half, model["same_name"], 0),
        "spelled_alike + begins_alike": np.where(half, 0, joint),
    }
    rows |= {
        name: np.where(half, 0, model[name])
        for name in ("spelled_alike", "begins_alike", "first_word")
    }
    evidence = pd.DataFrame(rows)
    wrong = half & (np.arange(people) % 3 > 0)
    truth = evidence[["row_id"]].assign(Company_ID=evidence["Company_ID"].where(~wrong))
    found = fit(evidence, truth.astype("str"), book).model
    similar = found["spelled_alike"] + found["begins_alike"] + found["first_word"] + joint
    assert found["same_name"] >= similar - 0.001
    assert found["same_name"] < model["same_name"] - 1
