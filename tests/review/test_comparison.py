"""A person beside their candidates: what is the same and what differs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from gsprep.review.desk import Desk

from gsprep.review.comparison import compared, marked


def test_facts_stand_side_by_side(desk: Desk) -> None:
    question = desk.questions[0]
    person = {**question.person, "Country": "DE", "Phone": "(415) 555-2671"}
    rows = compared(replace(question, person=person), desk.companies)
    marks = {row.label: [cell.mark for cell in row.candidates] for row in rows}
    assert marks == {
        "Company": ["", ""],
        "Domain": ["differs", "same"],
        "Phone": ["differs", ""],
        "Country": ["differs", "same"],
    }
    name = rows[0]
    assert [(word.text, word.differs) for word in name.candidates[1].words] == [
        ("Acme", False), ("GmbH", True),
    ]  # fmt: skip
    american = replace(question, person={**person, "Country": "US"})
    assert compared(american, desk.companies)[2].candidates[0].mark == "same"


def test_the_same_words_are_the_same_name(desk: Desk) -> None:
    question = desk.questions[0]
    stated = replace(question, person={**question.person, "CompanyName": "ACME, Inc."})
    assert compared(stated, desk.companies)[0].candidates[0].mark == "same"


def test_without_companies_only_names_are_known(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk(whole=False)
    assert [row.label for row in compared(desk.questions[0], desk.companies)] == ["Company"]


def test_nothing_differs_from_nothing() -> None:
    assert not any(word.differs for word in marked("Acme - GmbH", []))
    assert [word.differs for word in marked("Acme - Bolt", ["acme"])] == [False, False, True]
    assert marked("", ["Acme"]) == ()
