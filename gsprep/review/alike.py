"""People who wait for the same answer: at one domain, or with one stated employer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gsprep.review.questions import Keys, Question

# The kinds of answer that settle several people, as answers.csv names them.
WIDE = ("domain", "company_name")


@dataclass(frozen=True, slots=True)
class Alike:
    """Whom an answer of a kind would settle.

    members: by kind and value, the numbers of the questions that have the value.
    order:   the numbers of all questions, those that settle most first.
    """

    members: Mapping[tuple[str, str], tuple[int, ...]]
    order: tuple[int, ...]

    def with_key(self, kind: str, keys: Keys) -> tuple[int, ...]:
        """Return the numbers of the questions that one answer of this kind would settle."""
        value = getattr(keys, kind)
        return () if value is None else self.members.get((kind, value), ())

    def gain(self, keys: Keys) -> int:
        """Return how many people one answer about this person can settle, at most."""
        return max(1, *(len(self.with_key(kind, keys)) for kind in WIDE))


def alike(questions: Sequence[Question]) -> Alike:
    """Gather the questions that have a value in common.

    People of one value stand together, the surest first, and the largest groups lead.
    """
    members: dict[tuple[str, str], list[int]] = {}
    for question in questions:
        for kind in ("email", *WIDE):
            value = getattr(question.keys, kind)
            if value is not None:
                members.setdefault((kind, value), []).append(question.number)
    gathered = {key: tuple(numbers) for key, numbers in members.items()}
    ranks = {question.number: _rank(question, gathered) for question in questions}
    return Alike(gathered, tuple(sorted(ranks, key=ranks.__getitem__)))


def _rank(
    question: Question, members: Mapping[tuple[str, str], tuple[int, ...]]
) -> tuple[int, int, int]:
    """Return what a question is sorted by: its largest group, by size and first member."""
    values = ((kind, getattr(question.keys, kind)) for kind in WIDE)
    groups = [members[key] for key in values if key[1] is not None]
    largest = max(groups, key=len, default=(question.number,))
    return -len(largest), largest[0], question.number
