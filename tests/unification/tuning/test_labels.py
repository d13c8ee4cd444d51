"""Answers of three forms, and the truth they tell."""

from __future__ import annotations

import pandas as pd
import pytest

from gsprep.errors import InputError, MissingColumnsError
from gsprep.unification.prepare import prepare
from gsprep.unification.tuning.logit import truth_of, truth_of_people

GSID = "1P02" + "A" * 32
REVIEW = {"row_id": "7", "candidate_1_id": "C1", "candidate_2_id": "C2"}


def told(frame: pd.DataFrame) -> dict[str, str | None]:
    """Return the truth as pairs; None where no company is right."""
    companies = [None if pd.isna(one) else one for one in frame["Company_ID"]]
    return dict(zip(frame["row_id"], companies, strict=True))


@pytest.mark.parametrize(
    ("answer", "truth"),
    [
        pytest.param("1", {"7": "C1"}, id="the first"),
        pytest.param(" 2 ", {"7": "C2"}, id="the second"),
        pytest.param(2, {"7": "C2"}, id="a number"),
        pytest.param("None", {"7": None}, id="none"),
        pytest.param(GSID.lower(), {"7": GSID}, id="another company"),
        pytest.param(None, {}, id="not answered"),
        pytest.param("  ", {}, id="blank"),
    ],
)
def test_an_answered_review(answer: object, truth: dict[str, str | None]) -> None:
    assert told(truth_of(pd.DataFrame([REVIEW | {"answer": answer}]))) == truth


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(REVIEW | {"answer": "Zaphod"}, id="a name"),
        pytest.param(REVIEW | {"answer": "3"}, id="a third"),
        pytest.param(REVIEW | {"answer": "2", "candidate_2_id": None}, id="no second"),
    ],
)
def test_an_answer_that_names_no_company_is_refused_by_its_row(line: dict[str, object]) -> None:
    with pytest.raises(InputError, match="row_id 7") as caught:
        truth_of(pd.DataFrame([line]))
    assert "Zaphod" not in str(caught.value)


def test_a_truth_is_taken_as_it_is() -> None:
    frame = pd.DataFrame({"row_id": ["1", "2"], "Company_ID": ["C1", ""], "note": ["a", "b"]})
    assert told(truth_of(frame)) == {"1": "C1", "2": None}


@pytest.mark.parametrize(
    ("frame", "says"),
    [
        pytest.param(pd.DataFrame({"row_id": ["1"]}), "Company_ID", id="no company"),
        pytest.param(pd.DataFrame({"row_id": ["1"], "answer": ["1"]}), "candidate_1_id", id="bare"),
        pytest.param(pd.DataFrame({"Company_ID": ["1"]}), "row_id", id="no row_id"),
    ],
)
def test_columns_that_are_needed(frame: pd.DataFrame, says: str) -> None:
    with pytest.raises(MissingColumnsError, match=says):
        truth_of(frame)


ANSWERS = pd.DataFrame(
    [
        {"kind": "email", "value": "Ana@Acme.com", "Company_ID": "C2", "answer": "match"},
        {"kind": "domain", "value": "acme.com", "Company_ID": "C1", "answer": "match"},
        {"kind": "company_name", "value": "Initech LLC", "Company_ID": None, "answer": "no_match"},
        {"kind": "domain", "value": "bolt.io", "Company_ID": "C1", "answer": "no_match"},
    ]
)


def test_answers_by_value_need_the_people() -> None:
    with pytest.raises(InputError, match="truth_of_people"):
        truth_of(ANSWERS)


def test_answers_by_value_are_joined_to_the_people_they_speak_about() -> None:
    people = pd.DataFrame(
        {
            "row_id": list("abcde"),
            "Email": ["ana@acme.com", "bo@acme.com", "cy@gmail.com", "di@bolt.io", None],
            "CompanyName": [None, None, "Initech, LLC", None, None],
        },
        index=[5, 5, 5, 5, 5],
    )
    index = prepare(pd.DataFrame({"Gsid": ["C1", "C2"], "Name": ["Acme", "Acme Two"]}))
    assert told(truth_of_people(people, ANSWERS, index)) == {"a": "C2", "b": "C1", "c": None}


def test_people_without_an_address_column_are_asked_by_name() -> None:
    people = pd.DataFrame({"CompanyName": ["Initech", "Acme"]})
    index = prepare(pd.DataFrame({"Gsid": ["C1", "C2"], "Name": ["Acme", "Acme Two"]}))
    answers = ANSWERS.assign(value=ANSWERS["value"].str.removesuffix(" LLC"))
    assert told(truth_of_people(people, answers, index)) == {"1": None}
