"""Columns of the file next to a person."""

from __future__ import annotations

import pandas as pd
import pytest

from gsprep.errors import InputError
from gsprep.review.further_columns import further_columns_of
from gsprep.review.questions import Question, Wording, questions_of

REVIEW = pd.DataFrame({
    "row_id": ["1", "2"], "Email": ["a@gmail.com", "b@gmail.com"], "Title": "Boss",
    "candidate_1_id": "C1", "candidate_1": "Acme", "candidate_2_id": None, "candidate_2": None,
    "reason": "A name.",
})  # fmt: skip
PEOPLE = pd.DataFrame({
    "row_id": ["1", "2"], "Email": ["a@gmail.com", "b@gmail.com"],
    "Alt. E-mail": [None, "b@acme.com"], "Page": ["see www.acme.com/team", None],
    "Version": ["1.2.3", "ok."], "Comments": ["met in May.Then left", "e.g. soon"], "Hat": "38",
})  # fmt: skip


@pytest.fixture
def questions() -> tuple[Question, ...]:
    return questions_of(REVIEW, Wording({}, ()), people=PEOPLE)


def test_columns_that_may_tell_the_employer_are_shown(questions: tuple[Question, ...]) -> None:
    assert further_columns_of(questions) == ("Page", "Alt. E-mail")


def test_other_columns_are_shown_to_who_asks_for_them(questions: tuple[Question, ...]) -> None:
    assert further_columns_of(questions, ["Hat", "Comments"]) == ("Hat", "Comments")
    with pytest.raises(InputError, match=r"--show Shoe: .* They have Page, Version"):
        further_columns_of(questions, ["Shoe"])
