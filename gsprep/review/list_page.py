"""Content of the list page, for several answers at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gsprep.review.filters import chosen, page_of
from gsprep.review.pages import chance, further_cells, name_of, shared
from gsprep.review.session import kinds_of

if TYPE_CHECKING:
    from gsprep.review.filters import Filter
    from gsprep.review.session import Session, State


def list_page(session: Session, of: Filter, page: int) -> dict[str, Any]:
    """Return the content of a page of the list; pages are counted from 1."""
    state = session.state()
    numbers = [
        number
        for number in chosen(session.questions, session.groups, of)
        if of.show == "all" or (number in state.held) == (of.show == "answered")
    ]
    shown, place = page_of(numbers, page)
    lines = [_line(session, state, number) for number in shown]
    return shared(session, state, of) | place | {"lines": lines}


def _line(session: Session, state: State, number: int) -> dict[str, Any]:
    question = session.question(number)
    answer = state.held.get(number)
    first = question.candidates[0] if question.candidates else None
    return {
        "question": question,
        "gain": session.groups.gain(question.keys),
        "candidates": [candidate.name for candidate in question.candidates],
        "chance": "" if first is None else chance(first.probability),
        "answer": None if answer is None else name_of(session, answer.company),
        "further": further_cells(session, question),
        # Without an address and an employer there is nothing to keep an answer by.
        "pick": f"{number}.{state.seen(question.keys)}" if kinds_of(question) else None,
    }
