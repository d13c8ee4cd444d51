"""Filters of a review, and the order of questions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from gsprep.review.questions import Groups, Question


# Choices for the number of people that an answer settles at least.
GAINS = (1, 2, 5, 10, 25)
# Choices for the lowest probability of the first company, in per cent.
CHANCES = (0, 50, 80, 90, 95, 99)
# What the list of people may show, and that of pairs.
SHOWN, SHOWN_PAIRS = ("open", "answered", "all"), ("open", "answered", "groups")
PER_PAGE = 50
N = TypeVar("N")


@dataclass(frozen=True, slots=True)
class Filter:
    """The questions a reviewer wants to see.

    why:   the position of a reason in ``whys_of`` or ``alike_of``, from 1; 0 for all.
    least: the number of people that an answer settles at least.
    sure:  the lowest probability of the first company or pair, in per cent.
    show:  ``open``, ``answered``, ``all`` or ``groups``; for the list only.
    """

    why: int = 0
    least: int = 1
    sure: int = 0
    show: str = "open"

    @property
    def query(self) -> dict[str, Any]:
        """The filter as parameters of an address: the values that are not the usual ones."""
        values = ((one.name, getattr(self, one.name), one.default) for one in fields(self))
        return {name: str(value) for name, value, usual in values if value != usual}

    @property
    def narrows(self) -> bool:
        """Whether some questions are left out."""
        return bool(self.why or self.sure) or self.least > 1


def filter_of(asked: Mapping[str, str], shown: Sequence[str] = SHOWN) -> Filter:
    """Return the filter of an address or a form; invalid values are ignored."""
    show = asked.get("show", "")
    return Filter(
        number_in(asked.get("why"), 0),
        max(number_in(asked.get("least"), 1), 1),
        min(number_in(asked.get("sure"), 0), 100),
        show if show in shown else "open",
    )


_MOST_DIGITS = 7


def number_in(text: str | None, usual: int) -> int:
    """Return the whole number of an address or a form; ``usual`` for any other text.

    >>> number_in("12", 1), number_in("-1", 1), number_in(None, 1)
    (12, 1, 1)
    """
    if text is None or not (text.isascii() and text.isdigit()) or len(text) > _MOST_DIGITS:
        return usual
    return int(text)


def page_of(numbers: Sequence[N], page: int) -> tuple[Sequence[N], dict[str, int]]:
    """Return what a page of the list shows, and its count, place and number of pages.

    Pages are counted from 1; the nearest page stands for one that does not exist.
    """
    pages = max(-(-len(numbers) // PER_PAGE), 1)
    at = min(max(page, 1), pages)
    shown = numbers[(at - 1) * PER_PAGE : at * PER_PAGE]
    return shown, {"count": len(numbers), "page": at, "pages": pages}


def whys_of(questions: Sequence[Question]) -> tuple[tuple[str, int], ...]:
    """Return the reasons for doubt with their number of people, the most frequent first."""
    return tuple(Counter(question.why for question in questions).most_common())


def chosen(questions: Sequence[Question], groups: Groups, of: Filter) -> tuple[int, ...]:
    """Return the numbers that pass a filter, in the order of the questions."""
    whys = [why for why, _ in whys_of(questions)]
    wanted = whys[of.why - 1] if 0 < of.why <= len(whys) else None
    return tuple(
        number
        for number in groups.order
        if (wanted is None or questions[number - 1].why == wanted)
        and (of.least <= 1 or groups.gain(questions[number - 1].keys) >= of.least)
        and (not of.sure or questions[number - 1].probability >= of.sure / 100)
    )


def following(
    numbers: Sequence[int], answered: Container[int], after: int | None = None
) -> int | None:
    """Return the next open question after a number, from the start after the end; None if none is.

    The question itself comes last.

    >>> following([3, 1, 2], {1}, after=3), following([3, 1, 2], {1}, after=2)
    (2, 3)
    >>> following([3, 1, 2], {1, 2, 3}) is None
    True
    """
    at = numbers.index(after) + 1 if after in numbers else 0
    turned = (*numbers[at:], *numbers[:at])
    return next((number for number in turned if number not in answered), None)


def before(numbers: Sequence[int], number: int) -> int | None:
    """Return the question before another one in the order, open or not.

    >>> before([3, 1, 2], 1), before([3, 1, 2], 3)
    (3, None)
    """
    at = numbers.index(number) if number in numbers else 0
    return numbers[at - 1] if at else None
