"""Corrections of a guessed mapping on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gsprep.display import legible, mask
from gsprep.errors import InputError
from gsprep.mapping.columns import field_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gsprep.mapping.columns import ColumnMapping, MappedColumn
    from gsprep.mapping.proposal import Proposal

    Ask = Callable[[str], str]
    Say = Callable[[str], object]

_WIDEST, _SAMPLE = 34, 24
_WHICH = "Number of a column to change, or Enter to save:"
_FIELD = "Field of {}, empty to leave it out, ? for the list:"


def proposal_lines(proposal: Proposal, mapping: ColumnMapping, *, reveal: bool) -> list[str]:
    """Return a line for each column: number, header, field, score, and samples of its cells."""
    headers = [legible(column.header, _WIDEST) for column in mapping.columns]
    fields = [_field(column) for column in mapping.columns]
    wide, wide_field = (max(map(len, texts), default=0) for texts in (headers, fields))
    show = legible if reveal else _masked
    return [
        f"{at:>3}  {header:<{wide}}  {field:<{wide_field}}  "
        + ", ".join(show(cell, _SAMPLE) for cell in proposal.samples.get(column.header, ()))
        for at, (header, field, column) in enumerate(
            zip(headers, fields, mapping.columns, strict=True), 1
        )
    ]


def _masked(cell: str, longest: int) -> str:
    return legible(mask(cell), longest)


def _field(column: MappedColumn) -> str:
    if column.is_mapped:
        return f"{field_text(column)} {column.score:.2f}"
    return f"- ({column.nearest}?)" if column.nearest else "-"


def corrected(proposal: Proposal, *, ask: Ask, say: Say) -> ColumnMapping:
    """Return the mapping after the corrections that a person typed.

    What cannot be used is said, with the nearest field, and asked again.
    """
    mapping = proposal.guess
    while answer := ask(_WHICH).strip():
        if not (answer.isascii() and answer.isdigit() and 0 < int(answer) <= _count(mapping)):
            say(f"write a number from 1 to {_count(mapping)}")
            continue
        at = int(answer) - 1
        try:
            mapping = _with_choice(proposal, mapping, at, _asked_field(proposal, at, ask, say))
        except InputError as failure:
            say(str(failure))
            continue
        say(f"{legible(mapping.columns[at].header, _WIDEST)}: {_field(mapping.columns[at])}")
    return mapping


def _count(mapping: ColumnMapping) -> int:
    return len(mapping.columns)


def _asked_field(proposal: Proposal, at: int, ask: Ask, say: Say) -> str:
    header = legible(proposal.guess.columns[at].header, _WIDEST)
    while (text := ask(_FIELD.format(header)).strip()) == "?":
        say(", ".join(proposal.choices()))
    return text


def _with_choice(proposal: Proposal, mapping: ColumnMapping, at: int, text: str) -> ColumnMapping:
    chosen: Sequence[tuple[str, ...]] = proposal.chosen(mapping)
    fields = proposal.read_choice(text)
    return proposal.mapping([*chosen[:at], fields, *chosen[at + 1 :]])
