"""``map_columns``: which field each column of a frame is, by its header and by its cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from rapidfuzz.distance import OSA

from gsprep.mapping.aliases import LOOSE, header_key, header_words, spellings
from gsprep.mapping.content import sample, share, telling_share
from gsprep.mapping.mapping import ColumnMapping, MappedColumn
from gsprep.schemas.data_types import data_type
from gsprep.schemas.frames import ROW_ID, line_columns, text_frame
from gsprep.schemas.objects import Person, fields_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import pandas as pd
    import pandera.pandas as pa

    from gsprep.mapping.mapping import How
    from gsprep.schemas.fields import Field, ObjectFields

# From here on a column is mapped; below, the field is only shown as the nearest.
TAKEN = 0.6

_EXACT, _SPELLING, _ALIAS, _WORDS, _NEAR = 1.0, 0.98, 0.95, 0.86, 0.9
# A header that holds a field's name among other words: certain when the cells agree.
_PART_AGREED, _PART_LONG, _PART_SHORT = 0.75, 0.65, 0.45
_CONTENT, _MAYBE = 0.75, 0.45
# What a name is worth when the cells say otherwise: less than enough.
_CONTRADICTED = 0.6
_MOST, _HALF, _FEW = 0.8, 0.5, 0.2
_SHORT, _LONG = 5, 12
# Headers with one of these are about somebody or something else than the row.
_OTHERS = frozenset({
    "alternate", "alternative", "assistant", "backup", "billing", "by", "company", "created",
    "csm", "domain", "emergency", "invited", "manager", "modified", "old", "other", "owner",
    "parent", "partner", "personal", "previous", "referrer", "rep", "reseller", "sales", "second",
    "secondary", "shipping", "sponsor", "supervisor", "updated",
})  # fmt: skip


class _Guess(NamedTuple):
    field: str
    score: float
    how: How


@dataclass(frozen=True, slots=True)
class _Column:
    header: str
    values: Sequence[str]
    filled: int


def map_columns(frame: pd.DataFrame, schema: pa.DataFrameSchema = Person) -> ColumnMapping:
    """Guess which field of the object each column is; every column is listed, with a score.

    A header counts by its exact name, its spelling, the usual names of ``rules/headers.yaml``
    and a slip of the pen; cells that are e-mails, phones, ids or countries agree, contradict, or
    speak alone. Below a score of 0.6 a column stays unmapped. The surest column gets a field,
    of equally sure ones the one with more cells filled. Raises InputError for a repeated header.
    """
    of = fields_of(schema)
    text = text_frame(frame)
    text = text.drop(columns=[ROW_ID, *line_columns(text)])
    columns = [_Column(str(n), sample(text[n]), int(text[n].count())) for n in text.columns]
    guesses = {column.header: _guesses(column, of) for column in columns}
    chosen = _assigned(columns, guesses, [field.name for field in of.fields])
    lines = (_line(c.header, guesses[c.header], chosen.get(c.header)) for c in columns)
    return ColumnMapping(of.name, tuple(lines))


def _line(header: str, guesses: Sequence[_Guess], chosen: _Guess | None) -> MappedColumn:
    if chosen is not None:
        return MappedColumn(header, chosen.field, chosen.score, chosen.how)
    nearest = max(guesses, key=lambda guess: guess.score, default=None)
    if nearest is None:
        return MappedColumn(header, None, 0.0, "none")
    return MappedColumn(header, None, nearest.score, "none", nearest.field)


def _assigned(
    columns: Iterable[_Column], guesses: dict[str, list[_Guess]], order: list[str]
) -> dict[str, _Guess]:
    """Give each field to its surest column, the surest of all first."""
    filled = {column.header: column.filled for column in columns}
    ranked = sorted(
        ((header, guess) for header, found in guesses.items() for guess in found),
        key=lambda pair: (-pair[1].score, -filled[pair[0]], _place(pair[1].field, order)),
    )
    chosen: dict[str, _Guess] = {}
    for header, guess in ranked:
        free = header not in chosen and all(g.field != guess.field for g in chosen.values())
        if guess.score >= TAKEN and free:
            chosen[header] = guess
    return chosen


def _place(field: str, order: list[str]) -> int:
    return order.index(field) if field in order else len(order)


def _guesses(column: _Column, of: ObjectFields) -> list[_Guess]:
    """Return the fields a column could be, each once, with the best that speaks for it."""
    if of.knows(column.header):
        return [_Guess(column.header, _EXACT, "exact")]
    names = spellings(of)
    guesses = (
        max(found, key=lambda guess: guess.score)
        for field in of.fields
        if (found := [*_by_name(column, field, names[field.name]), *_by_content(column, field, of)])
    )
    return [guess._replace(score=round(guess.score, 2)) for guess in guesses]


def _by_name(column: _Column, field: Field, names: Sequence[tuple[str, int]]) -> Iterator[_Guess]:
    said = [
        guess for name, doubt in names if (guess := _said(column.header, field.name, name, doubt))
    ]
    best = max(said, key=lambda guess: guess.score, default=None)
    if best is None:
        return
    if best.how == "spelling":
        yield best
        return
    agreed = share(column.values, field)
    enough = _FEW if best.how == "alias" else _HALF
    if agreed is not None and agreed < enough:
        # What the cells deny is not taken.
        yield best._replace(score=best.score * _CONTRADICTED)
    elif best.how == "part" and agreed is not None:
        yield best._replace(score=_PART_AGREED)
    else:
        yield best


def _said(header: str, field: str, name: str, doubt: int) -> _Guess | None:
    """Return what a header says for a field by one of the texts that mean it."""
    key, own = header_key(header), header_key(name.removesuffix("__gc"))
    words, of_name = header_words(header), header_words(name)
    if not key or not own:
        return None
    if key == own:
        return _Guess(field, *((_SPELLING, "spelling") if doubt == LOOSE else (_ALIAS, "alias")))
    if sorted(words) == sorted(of_name):
        return _Guess(field, _WORDS, "words")
    slips = OSA.distance(key, own, score_cutoff=2)
    if slips <= (2 if len(own) >= _LONG else 1) and len(own) >= _SHORT:
        return _Guess(field, _NEAR * (1 - slips / len(own)), "near")
    if _holds(words, of_name) and _OTHERS.isdisjoint(set(words) - set(of_name)):
        return _Guess(field, _PART_LONG if len(of_name) > 1 else _PART_SHORT, "part")
    return None


def _holds(words: Sequence[str], part: Sequence[str]) -> bool:
    starts = range(len(words) - len(part) + 1)
    return any(tuple(words[at : at + len(part)]) == tuple(part) for at in starts)


def _by_content(column: _Column, field: Field, of: ObjectFields) -> Iterator[_Guess]:
    telling = telling_share(column.values, field, of)
    # Addresses and ids look like nothing else, so most of the cells are enough.
    if telling > (_HALF if data_type(field).is_distinctive else _MOST):
        mine = _OTHERS.isdisjoint(header_words(column.header))
        score = TAKEN + (_CONTENT - TAKEN) * telling
        yield _Guess(field.name, score if mine else _MAYBE, "content")
        return
    lone = sum(other.type == field.type for other in of.fields) == 1
    if field.type == "BOOLEAN" and lone and share(column.values, field) == 1:
        yield _Guess(field.name, _MAYBE, "content")
