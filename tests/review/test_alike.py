"""Who waits for the same answer, and who is asked about first."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gsprep.review.desk import Desk


def test_people_of_one_domain_or_employer_are_gathered(desk: Desk) -> None:
    first, free_mail = desk.questions[0].keys, desk.questions[1].keys
    assert desk.alike.with_key("domain", first) == (1, 3, 4)
    assert desk.alike.with_key("domain", free_mail) == ()
    assert desk.alike.with_key("company_name", free_mail) == (2, 5)
    assert [desk.alike.gain(question.keys) for question in desk.questions] == [3, 2, 3, 3, 2]


def test_what_settles_most_is_asked_first_and_stands_together(desk: Desk) -> None:
    assert desk.alike.order == (1, 3, 4, 2, 5)
