"""Answers to the questions of a review."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gsprep.errors import DocumentError
from gsprep.review.session import Choice, kinds_of, value_of
from gsprep.schemas.answers import NO_COMPANY

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from gsprep.review.session import Session

    Kept = Callable[[], list[dict[str, str]]]


def test_an_answer_is_a_line_in_the_form_of_answers(session: Session, kept: Kept) -> None:
    assert session.answer(1, Choice("C2", "email", note="  the  German one ")) == "taken"
    assert kept() == [
        {
            "kind": "email", "value": "ana@acme.de", "Company_ID": "C2", "answer": "match",
            "by": "maria", "at": "2026-11-25T09:30:15Z", "rulebook": "default",
            "note": "the German one",
        }
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("number", "choice", "line", "settled"),
    [
        pytest.param(
            1, Choice("C2", "domain"), ("domain", "acme.de", "C2", "match"), {1, 3, 4}, id="domain"
        ),
        pytest.param(
            5,
            Choice(NO_COMPANY, "company_name"),
            ("company_name", "Bolt Ltd", None, "no_match"),
            {2, 5},
            id="none of these, by name",
        ),
        pytest.param(
            2,
            Choice(NO_COMPANY, "email"),
            ("email", "cy@gmail.com", None, "no_match"),
            {2},
            id="none",
        ),
    ],
)
def test_an_answer_settles_whom_it_is_for(
    session: Session, kept: Kept, number: int, choice: Choice, line: tuple, settled: set[int]
) -> None:
    session.answer(number, choice)
    (only,) = kept()
    assert tuple(only.get(name) for name in ("kind", "value", "Company_ID", "answer")) == line
    assert set(session.state().held) == settled


def test_an_answer_for_a_person_goes_before_the_one_for_their_domain(session: Session) -> None:
    session.answer(3, Choice("C1", "email"))
    session.answer(1, Choice("C2", "domain"))
    assert {number: held.company for number, held in session.state().held.items()} == {
        1: "C2", 3: "C1", 4: "C2",
    }  # fmt: skip


def test_closing_and_reopening_loses_nothing(make_session: Callable[..., Session]) -> None:
    make_session().answer(1, Choice("C2", "domain"))
    again = make_session()
    assert set(again.state().held) == {1, 3, 4}
    last = again.last()
    assert last is not None
    assert again.take_back(last.word) == "taken"
    assert not again.state().held


def test_undo_lets_the_earlier_answer_hold_again(session: Session, kept: Kept) -> None:
    session.answer(1, Choice("C2", "domain"))
    before = kept()
    session.answer(1, Choice("C1", "email"))
    session.answer(1, Choice(NO_COMPANY, "email"))
    for company in ("C1", "C2"):
        last = session.last()
        assert last is not None
        assert session.take_back(last.word) == "taken"
        assert session.state().held[1].company == company
    assert kept() == before


def test_undo_knows_at_whom_an_answer_for_several_was_given(
    session: Session, make_session: Callable[..., Session]
) -> None:
    """Another process knows only whom it is about, and takes the first of them."""
    session.answer(4, Choice("C2", "domain"))
    for at, number in ((session, 4), (make_session(), 1)):
        last = at.last()
        assert last is not None
        assert last.number == number


def test_what_is_gone_cannot_be_taken_back(session: Session) -> None:
    session.answer(1, Choice("C1", "email"))
    last = session.last()
    assert last is not None
    assert (session.take_back(last.word), session.take_back(last.word)) == ("taken", "gone")
    assert session.last() is None


def test_nobody_takes_back_what_another_said(make_session: Callable[..., Session]) -> None:
    maria, paul = make_session("maria"), make_session("paul")
    maria.answer(1, Choice("C1", "email"))
    word = maria.last()
    assert paul.last() is None
    assert word is not None
    assert paul.take_back(word.word) == "gone"


def test_an_answer_given_elsewhere_in_the_meantime_is_not_written_over(
    make_session: Callable[..., Session], kept: Kept
) -> None:
    maria, paul = make_session("maria"), make_session("paul")
    seen = maria.state().seen(maria.question(1).keys)
    paul.answer(3, Choice("C2", "domain"))
    assert maria.answer(1, Choice("C1", "email", seen)) == "elsewhere"
    assert [line["by"] for line in kept()] == ["paul"]
    seen = maria.state().seen(maria.question(1).keys)
    assert maria.answer(1, Choice("C1", "email", seen)) == "taken"


def test_what_is_answered_about_others_is_no_hindrance(
    make_session: Callable[..., Session],
) -> None:
    maria, paul = make_session("maria"), make_session("paul")
    seen = maria.state().seen(maria.question(2).keys)
    paul.answer(1, Choice("C2", "domain"))
    assert maria.answer(2, Choice("C3", "email", seen)) == "taken"


def test_a_clock_that_went_ahead_does_not_win_for_ever(session: Session, answers: Path) -> None:
    answers.write_text(
        "kind,value,Company_ID,answer,at\nemail,ANA@acme.de,C1,match,2031-01-01T00:00:00.5Z\n",
        encoding="utf-8",
    )
    assert session.state().held[1].company == "C1"
    session.answer(1, Choice("C2", "email"))
    assert session.state().held[1].company == "C2"


def test_several_answers_are_written_at_once(session: Session, kept: Kept) -> None:
    session.answer_some([(1, Choice("C1", "email")), (5, Choice("C3", "company_name"))])
    assert [line["kind"] for line in kept()] == ["email", "company_name"]
    session.answer_some([])
    assert len(kept()) == 2


def test_only_what_a_person_has_can_bear_an_answer(session: Session) -> None:
    first, free_mail, _, below, nameless = session.questions
    assert kinds_of(first) == ("email", "domain", "company_name")
    assert kinds_of(free_mail) == ("email", "company_name")
    assert kinds_of(below) == ("email", "domain")
    assert kinds_of(nameless) == ("company_name",)
    assert value_of(first, "row_id") is None
    with pytest.raises(ValueError, match="domain"):
        session.answer(2, Choice("C1", "domain"))


def test_numbers_that_are_nobodys(session: Session) -> None:
    for number in (0, 6, -1):
        with pytest.raises(IndexError):
            session.question(number)


def test_mistakes_in_the_file_are_told_by_their_row(session: Session, answers: Path) -> None:
    answers.write_text("kind,value,Company_ID,answer\nmail,x@y.com,C1,match\n", encoding="utf-8")
    with pytest.raises(DocumentError, match="row_id 1: kind must be"):
        session.state()
