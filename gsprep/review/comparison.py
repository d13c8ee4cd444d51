"""Facts of a person and of their candidates, side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from gsprep.display import legible
from gsprep.review.companies import Company
from gsprep.values.domain import email_host
from gsprep.values.text import searchable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gsprep.review.companies import Companies
    from gsprep.review.questions import Mark, Question


class Word(NamedTuple):
    """A word, and whether the other side lacks it."""

    text: str
    differs: bool


class Cell(NamedTuple):
    """The words of one side about a fact; without words nothing is known."""

    words: tuple[Word, ...]
    mark: Mark = ""


class Row(NamedTuple):
    """A fact of the person and of each candidate."""

    label: str
    person: Cell
    candidates: tuple[Cell, ...]


def compared(question: Question, companies: Companies) -> tuple[Row, ...]:
    """Return the facts side by side; a fact that only the person states is left out.

    What agrees is not compared again: the marks are those of the evidence.
    """
    person = question.person
    stated = person.get("CompanyName", "")
    names = [candidate.name for candidate in question.candidates]
    listed = [companies.by_gsid.get(candidate.gsid) for candidate in question.candidates]
    sides = [company or Company(gsid="", name="") for company in listed]
    cells = (
        (
            "Company",
            marked(stated, names),
            [marked(name, filter(None, [stated])) for name in names],
        ),
        _plain_row("Domain", email_host(person.get("Email", "")), [side.domain for side in sides]),
        _plain_row("Phone", person.get("Phone"), [side.phone for side in sides]),
        _plain_row("Country", person.get("Country"), [side.country for side in sides]),
    )
    rows = (_row(question, *row) for row in cells)
    return tuple(row for row in rows if any(cell.words for cell in row.candidates))


_Words = tuple[Word, ...]


def _plain_row(
    label: str, said: str | None, told: Sequence[str]
) -> tuple[str, _Words, list[_Words]]:
    return label, marked(said or "", ()), [marked(_several(cell), ()) for cell in told]


def _row(question: Question, label: str, said: _Words, told: Sequence[_Words]) -> Row:
    """Return a row; a mark needs something on either side."""
    marks = (candidate.marks.get(label, "") for candidate in question.candidates)
    cells = zip(told, marks, strict=True)
    return Row(
        label,
        Cell(said),
        tuple(Cell(words, mark if words and said else "") for words, mark in cells),
    )


def marked(text: str, others: Iterable[str]) -> tuple[Word, ...]:
    """Return the words of a text, each marked when none of the other texts has it.

    Without other texts nothing differs; case, accents and punctuation do not count.

    >>> marked("Acme Holding", ["ACME, Inc."])
    (Word(text='Acme', differs=False), Word(text='Holding', differs=True))
    """
    known = {_plain(word) for other in others for word in other.split()}
    same = {"", *known} if known else None
    return tuple(
        Word(word, same is not None and _plain(word) not in same) for word in legible(text).split()
    )


def _plain(word: str) -> str:
    return "".join(filter(str.isalnum, searchable(word)))


def _several(cell: str) -> str:
    return " · ".join(filter(None, map(str.strip, cell.split(";"))))
