"""Which questions are asked, in which order, and which one comes next."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Container, Mapping, Sequence

    from gsprep.review.alike import Alike
    from gsprep.review.questions import Question

# How many people an answer can settle at least.
GAINS = (1, 2, 5, 10, 25)
SHOWN = ("open", "answered", "all")


@dataclass(frozen=True, slots=True)
class Filter:
    """What a reviewer wants to see.

    why:   the position of a reason among ``whys_of``, counted from 1; 0 for all.
    least: how many people an answer can settle at least.
    show:  ``open``, ``answered`` or ``all``; the list alone heeds it.
    """

    why: int = 0
    least: int = 1
    show: str = "open"

    @property
    def query(self) -> dict[str, Any]:
        """What stands in addresses for it: numbers and words of ours, nothing else."""
        told = {"why": self.why, "least": self.least, "show": self.show}
        usual = {"why": 0, "least": 1, "show": "open"}
        return {name: str(value) for name, value in told.items() if value != usual[name]}

    @property
    def narrows(self) -> bool:
        """Whether some questions are left out."""
        return bool(self.why) or self.least > 1


def filter_of(asked: Mapping[str, str]) -> Filter:
    """Return the filter of an address or a form; what makes no sense is as good as not there."""
    show = asked.get("show", "")
    return Filter(
        _number(asked.get("why"), 0),
        max(_number(asked.get("least"), 1), 1),
        show if show in SHOWN else "open",
    )


def _number(text: str | None, usual: int) -> int:
    short = text is not None and text.isascii() and text.isdigit() and len(text) < 8  # noqa: PLR2004
    return int(text) if text is not None and short else usual


def whys_of(questions: Sequence[Question]) -> tuple[tuple[str, int], ...]:
    """Return why people are not sure, the most frequent first, with how many there are."""
    return tuple(Counter(question.why for question in questions).most_common())


def chosen(questions: Sequence[Question], groups: Alike, of: Filter) -> tuple[int, ...]:
    """Return the numbers that pass a filter, in the order in which they are asked."""
    whys = [why for why, _ in whys_of(questions)]
    wanted = whys[of.why - 1] if 0 < of.why <= len(whys) else None
    return tuple(
        number
        for number in groups.order
        if (wanted is None or questions[number - 1].why == wanted)
        and (of.least <= 1 or groups.gain(questions[number - 1].keys) >= of.least)
    )


def following(
    numbers: Sequence[int], answered: Container[int], after: int | None = None
) -> int | None:
    """Return the next open question after one, beginning anew at the end; None when none is open.

    The one itself comes last: it is what is left when everything else is decided.

    >>> following([3, 1, 2], {1}, after=3), following([3, 1, 2], {1}, after=2)
    (2, 3)
    >>> following([3, 1, 2], {1, 2, 3}) is None
    True
    """
    at = numbers.index(after) + 1 if after in numbers else 0
    turned = (*numbers[at:], *numbers[:at])
    return next((number for number in turned if number not in answered), None)


def before(numbers: Sequence[int], number: int) -> int | None:
    """Return the question that stands before one in the order, open or not.

    >>> before([3, 1, 2], 1), before([3, 1, 2], 3)
    (3, None)
    """
    at = numbers.index(number) if number in numbers else 0
    return numbers[at - 1] if at else None
