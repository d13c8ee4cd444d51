"""What holds at a moment: which questions are answered, how, and by which line of answers.csv."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from gsprep.schemas.answers import ANSWER_COLUMNS, KINDS, Said, answer_lines, in_force
from gsprep.values.host import host_and_above

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pandas as pd

    from gsprep.review.questions import Keys, Question


class Held(NamedTuple):
    """An answer that settles a question: of which kind, which company, by which line.

    company: a Gsid, or NOBODY.  line: the position in the file.
    """

    kind: str
    company: str
    line: int


@dataclass(frozen=True, slots=True)
class Board:
    """The answers of a file beside the questions.

    lines: the file as it was read.
    said:  by kind and value as it is compared, what holds.
    held:  by number of the question, what settles it; open ones are left out.
    """

    lines: pd.DataFrame
    said: Mapping[str, Mapping[str, Said]]
    held: Mapping[int, Held]

    def cells(self, line: int) -> dict[str, str]:
        """Return a line of the file, by column, without its missing cells."""
        cells = self.lines[list(ANSWER_COLUMNS)].iloc[line].to_dict()
        return {str(name): cell for name, cell in cells.items() if isinstance(cell, str)}

    def seen(self, keys: Keys) -> str:
        """Return a word that changes whenever something is answered about a person.

        It tells nothing of the answers, so it may stand in a page.
        """
        newest = [said.line for _, said in asked(keys, self.said)]
        return digest([self.cells(line) for line in newest])


def board_of(lines: pd.DataFrame, questions: Sequence[Question]) -> Board:
    """Lay the answers of a file beside the questions; raises DocumentError for its mistakes."""
    said = in_force(answer_lines(lines))
    settled = ((question.number, held(question.keys, said)) for question in questions)
    return Board(lines, said, {number: answer for number, answer in settled if answer})


def asked(keys: Keys, said: Mapping[str, Mapping[str, Said]]) -> Iterator[tuple[str, Said]]:
    """Yield what was said about a person, by kind; the kind that wins comes first."""
    for kind in KINDS:
        about = said[kind]
        value = _value(keys, kind, about) if about else None
        if value is not None and value in about:
            yield kind, about[value]


def _value(keys: Keys, kind: str, about: Mapping[str, Said]) -> str | None:
    """Return a person's value of a kind; of hosts the nearest one that was spoken about."""
    if kind != "domain":
        value: str | None = getattr(keys, kind)
        return value
    hosts = () if keys.host is None else host_and_above(keys.host)
    return next((host for host in hosts if host in about), None)


def held(keys: Keys, said: Mapping[str, Mapping[str, Said]]) -> Held | None:
    """Return the answer that settles a person, None while they are open.

    A company that a more special kind rules out is not theirs.
    """
    ruled_out: frozenset[str] = frozenset()
    for kind, of_value in asked(keys, said):
        if of_value.company is not None and of_value.company not in ruled_out:
            return Held(kind, of_value.company, of_value.line)
        ruled_out |= of_value.ruled_out
    return None


def digest(cells: Sequence[Mapping[str, str]]) -> str:
    """Return a short word for lines of answers that does not tell what they say.

    >>> digest([{"kind": "email"}]) == digest([{"kind": "email"}]) != digest([])
    True
    """
    text = repr([sorted(line.items()) for line in cells])
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=9).hexdigest()
