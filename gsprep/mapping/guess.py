"""``map_columns``: field of each column, by header and cells."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import pyarrow.compute as pc

from gsprep.lazy import lazy_module
from gsprep.mapping.aliases import (
    ALIAS,
    LIKELY,
    LOOSE,
    OF_THE_COMPANY,
    OWN,
    SECOND,
    WORDS,
    Meaning,
    header_key,
    header_words,
    is_of_others,
    meanings,
    means_nothing,
    spellings,
    understood,
)
from gsprep.mapping.columns import JOINED, ColumnMapping, How, MappedColumn
from gsprep.schemas.data_types import data_type
from gsprep.schemas.fields import OBJECTS, PERSON, Field, ObjectFields
from gsprep.schemas.frames import ROW_ID, Frame, line_columns, text_frame
from gsprep.schemas.objects import Person, fields_of
from gsprep.values.arrow import as_arrow
from gsprep.values.host import host_of
from gsprep.values.ids import is_sfdc_id, normal_gsid
from gsprep.values.person_name import are_salutations
from gsprep.values.phone import is_certain_phone, may_be_phone

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    import pandas as pd
    import pandera.pandas as pa
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    Test = Callable[[str], bool]
else:
    process, OSA = lazy_module("rapidfuzz.process"), lazy_module("rapidfuzz.distance.OSA")

# So many different values of so many cells tell what a column holds; more only take longer.
_SAMPLE, _CELLS = 400, 100_000
# Fewer can be anything.
FEWEST = 3

_PROFILE = re.compile(r"linkedin\.com/", re.IGNORECASE)
_DOMAIN = re.compile(r"[^\s@]+\.[^\s@]+")

# The four characters an id begins with, by what it is the id of: keyPrefix of object describes.
_TYPE_CODES = {"Company": "1P02", "Person": "1P04", "Relationship": "1P05"}
_POINTS_TO = {
    "Company_ID": "1P02", "ParentCompany": "1P02", "Person_ID": "1P04", "Relationship_ID": "1P05",
    "Relationship_Type_ID": "1P06",
}  # fmt: skip


def sample(column: pd.Series[str]) -> list[str]:
    """Return different values of a column of text, taken evenly from all of it."""
    cells = as_arrow(column).drop_null()
    values = pc.unique(cells[:: max(1, len(cells) // _CELLS)])
    step = max(1, -(-len(values) // _SAMPLE))
    return list(values[::step].to_pylist())


def share(values: Sequence[str], field: Field) -> float | None:
    """Return the share of the values that could stand in the field.

    None when nothing can be said: the field takes any text, or there are too few values.
    """
    test = _BY_NAME.get(field.name) or data_type(field).looks_like
    if test is None or len(values) < FEWEST:
        return None
    return sum(map(test, values)) / len(values)


def telling_share(values: Sequence[str], field: Field, of: ObjectFields) -> float:
    """Return the share of the values that could stand in this field of the object only.

    0 where cells alone do not tell: yes and no can answer any question, de is a country and a
    language, and of several fields for addresses only the first is the person's.
    """
    test = _telling(field, of)
    first = next(f for f in of.fields if f.type == field.type)
    alone = field.type == "GSID" or field.name in _BY_NAME or first.name == field.name
    if test is None or not alone or len(values) < FEWEST:
        return 0.0
    return sum(map(test, values)) / len(values)


def _telling(field: Field, of: ObjectFields) -> Test | None:
    if field.type == "GSID":
        code = _POINTS_TO.get(field.name) or _TYPE_CODES.get(
            of.name if field.name == "Gsid" else ""
        )
        return (lambda text: (normal_gsid(text) or "").startswith(code)) if code else None
    return _CONTENT_TESTS.get(field.name) or data_type(field).identifies


def _is_domain(text: str) -> bool:
    first = text.partition(";")[0].strip()
    return _DOMAIN.fullmatch(first) is not None and host_of(first) is not None


def is_profile(text: str) -> bool:
    """Return whether a text is the address of a profile on LinkedIn."""
    return _PROFILE.search(text) is not None


def _is_account_id(text: str) -> bool:
    """Return whether a text is a Salesforce id of an account: those begin with 001."""
    return is_sfdc_id(text.strip()) and text.strip().startswith("001")


_BY_NAME: Mapping[str, Test] = {
    "Phone": may_be_phone, "Domain": _is_domain, "SfdcAccountId": _is_account_id,
}  # fmt: skip
_CONTENT_TESTS: Mapping[str, Test] = {
    "Domain": _is_domain, "LinkedinUrl": is_profile, "Phone": is_certain_phone,
    "SfdcAccountId": _is_account_id,
}  # fmt: skip


# From here on a column is mapped; below, the field is only shown as the nearest.
TAKEN = 0.6

_SURE: Mapping[int, tuple[float, How]] = {
    LOOSE: (0.98, "spelling"), ALIAS: (0.95, "alias"), SECOND: (0.93, "alias"),
    WORDS: (0.86, "words"), LIKELY: (0.75, "part"),
}  # fmt: skip
_EXACT, _NEAR = 1.0, 0.9
# A header that holds a field's name among other words: taken when the cells agree.
_PART_AGREED, _PART = 0.75, 0.45
_CONTENT, _MAYBE = 0.75, 0.45
# What a name is worth when the cells say otherwise: less than enough.
_CONTRADICTED = 0.6
_MOST, _HALF, _FEW = 0.8, 0.5, 0.2
# A slip in a short word makes another word (state, stage), so the cells have to agree.
_SHORT, _SURE_ENOUGH, _USUAL, _LONG = 5, 7, 8, 12
# Fields whose cells look like nothing else: they contradict a name of a field for any text.
_TELLING = frozenset({"Email", "Phone", "Country"})


class _Guess(NamedTuple):
    field: str
    score: float
    how: How
    # Whether the cells have to agree.
    doubtful: bool = False


class _Book(NamedTuple):
    """What the headers of a file mean, and the texts that they are compared with."""

    of: ObjectFields
    means: Mapping[str, Meaning]
    slips: Slips


@dataclass(frozen=True, slots=True)
class _Column:
    header: str
    values: Sequence[str]
    different: int


def map_columns(frame: Frame, schema: pa.DataFrameSchema = Person) -> ColumnMapping:
    """Guess which field of the object each column is; every column is listed, with a score.

    A header counts by its exact name, its spelling, the usual names of ``rules/headers.yaml``
    and typing errors; cells that are e-mails, phones, ids or countries agree, contradict, or
    decide alone. Below a score of 0.6 a column stays unmapped. The surest column gets a field,
    of equally sure ones the one with more different values.

    Args:
        frame: the table with the headers of its file.
        schema: the object whose fields are looked for.

    Returns:
        The columns in the order of the frame, each with its field, its score and the reason.

    Raises:
        InputError: for a repeated header.

    Examples:
        >>> frame = pd.DataFrame({"E-mail Adress": ["ana@acme.com"], "Badge": ["yes"]})
        >>> mapping = gsprep.map_columns(frame, gsprep.Person)
        >>> mapping.fields
        {'E-mail Adress': 'Email'}
        >>> [(column.header, column.score) for column in mapping.columns]
        [('E-mail Adress', 0.82), ('Badge', 0.0)]
    """
    of = fields_of(schema)
    text = text_frame(frame)
    text = text.drop(columns=[ROW_ID, *line_columns(text)])
    columns = [_Column(str(n), sample(text[n]), int(text[n].nunique())) for n in text.columns]
    means: Mapping[str, Meaning] = meanings([c.header for c in columns], of)
    if of.knows("Prefix"):
        said = frozenset(h for h, m in means.items() if m.name == "Title")
        means = as_prefixes(
            means,
            frozenset(c.header for c in columns if c.header in said and are_salutations(c.values)),
        )
    book = _Book(of, means, _slips(of))
    mails = {c.header for c in columns if "@" in "".join(c.values)}
    second = of_second_people([c.header for c in columns]) if of.name == PERSON.name else ()
    known = [c for c in columns if c.header not in second or mails.isdisjoint(second)]
    guesses = {column.header: _guesses(column, book) for column in known}
    chosen = _assigned(columns, guesses, [field.name for field in of.fields])
    lines = [_line(c.header, guesses.get(c.header, []), chosen.get(c.header)) for c in columns]
    there = {line.field for line in lines}
    return ColumnMapping(of.name, tuple(_as_split(line, book, there) for line in lines))


def _as_split(line: MappedColumn, book: _Book, there: set[str | None]) -> MappedColumn:
    """Return a column of names that is split, if its header says so and no other has the parts."""
    means = book.means.get(line.header)
    if means is None or line.field != means.name or there & set(means.parts) or not means.parts:
        return line
    return replace(line, field=None, split=means.parts)


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
    different = {column.header: column.different for column in columns}
    places = {field: at for at, field in enumerate(order)}
    ranked = sorted(
        ((header, guess) for header, found in guesses.items() for guess in found),
        key=lambda pair: (
            -pair[1].score,
            -different[pair[0]],
            places.get(pair[1].field, len(order)),
        ),
    )
    chosen: dict[str, _Guess] = {}
    for header, guess in ranked:
        taken = guess.field not in JOINED and any(g.field == guess.field for g in chosen.values())
        free = header not in chosen and not taken
        if guess.score >= TAKEN and free:
            chosen[header] = guess
    return chosen


def _guesses(column: _Column, book: _Book) -> list[_Guess]:
    """Return the fields a column could be, each once, with its best evidence."""
    means = book.means.get(column.header)
    if book.of.knows(column.header) and (means is None or means.name == column.header):
        return [_Guess(column.header, _EXACT, "exact")]
    told = [g for field in book.of.fields for g in _by_content(column, field, book.of)]
    contradicts = {g.field for g in told if g.score >= TAKEN and g.field in _TELLING}
    named = [g for field in _possible(book, means) for g in _by_name(column, field, book)]
    fields: dict[str, _Guess] = {}
    for guess in (*(_contradicted(g, contradicts, book.of) for g in named), *told):
        if guess.field not in fields or guess.score > fields[guess.field].score:
            fields[guess.field] = guess
    return [guess._replace(score=round(guess.score, 2)) for guess in fields.values()]


def _possible(book: _Book, means: Meaning | None) -> Iterator[Field]:
    """Yield the fields of the object, and the one of the company that a header of people means."""
    yield from book.of.fields
    if means is not None and not book.of.knows(means.name) and means.name in OF_THE_COMPANY:
        yield next(thing[means.name] for thing in OBJECTS if thing.knows(means.name))


def _contradicted(guess: _Guess, telling: set[str], of: ObjectFields) -> _Guess:
    """Return a guess of a field for any text as doubtful if the cells are addresses or numbers."""
    sure = guess.how in {"exact", "spelling"} or data_type(of[guess.field]).looks_like is not None
    agrees = guess.field in telling or (guess.field in JOINED and "Email" in telling)
    if sure or not telling or agrees:
        return guess
    return guess._replace(score=guess.score * _CONTRADICTED)


def _by_name(column: _Column, field: Field, book: _Book) -> Iterator[_Guess]:
    best = _named(column.header, field, book)
    if best is None or (best.how == "spelling" and book.of.knows(field.name)):
        yield from filter(None, [best])
        return
    agreed = share(column.values, field)
    enough = _FEW if best.how == "alias" else _HALF
    if agreed is None:
        yield best._replace(score=_MAYBE) if best.doubtful else best
    elif agreed < enough:
        # What the cells deny is not taken.
        yield best._replace(score=best.score * _CONTRADICTED)
    else:
        yield best._replace(score=max(best.score, _PART_AGREED)) if best.doubtful else best


def _named(header: str, field: Field, book: _Book) -> _Guess | None:
    """Return what a header says for a field."""
    means = book.means.get(header)
    if means is not None and means.name == field.name:
        return _Guess(field.name, *_SURE[means.doubt])
    is_free = means is None or not book.of.knows(means.name)
    if is_free and header_key(header) == header_key(field.name.removesuffix(OWN)) != "":
        return _Guess(field.name, *_SURE[LOOSE])
    if means is not None or means_nothing(header) or header.rstrip().endswith("#"):
        return None
    return book.slips.read(header).get(field.name)


class Slips:
    """The texts that mean a field, to find headers with a slip and headers that hold one."""

    def __init__(self, of: ObjectFields) -> None:
        """Index the spellings of all fields."""
        texts = [
            (header_key(text.removesuffix(OWN)), header_words(text), field, doubt)
            for field, found in spellings(of).items()
            for text, doubt in found
        ]
        self._keys = {key: (field, doubt) for key, _, field, doubt in reversed(texts) if key}
        self._words = {words: field for _, words, field, _ in reversed(texts) if words}

    def read(self, header: str) -> Mapping[str, _Guess]:
        """Return the fields that a header says by a slip, or that it holds among other words."""
        held = {field: _Guess(field, _PART, "part", doubtful=True) for field in self._held(header)}
        return held | {guess.field: guess for guess in self._near(header)}

    def _near(self, header: str) -> list[_Guess]:
        key = header_key(header)
        close = process.extract(
            key, self._keys.keys(), scorer=OSA.distance, score_cutoff=2, limit=None
        )
        near = [
            _Guess(field, _NEAR * (1 - slips / len(own)), "near", len(own) < _SURE_ENOUGH)
            for own, slips, _ in close
            for field, doubt in [self._keys[own]]
            # Another number is another column: phone 2 is no slip of phone.
            if key and slips <= _allowed_slips(own, doubt) and _digits(key) == _digits(own)
        ]
        return sorted(near, key=lambda guess: guess.score)

    def _held(self, header: str) -> Iterator[str]:
        words = header_words(header)
        for start in range(len(words)):
            for end in range(start + 1, len(words) + 1):
                field = self._words.get(words[start:end])
                if field is not None and not is_of_others((*words[:start], *words[end:])):
                    yield field


def _digits(key: str) -> str:
    return "".join(filter(str.isdigit, key))


def _allowed_slips(own: str, doubt: int) -> int:
    if len(own) < (_SHORT if doubt == LOOSE else _USUAL):
        return 0
    return 2 if len(own) >= _LONG else 1


def _slips(of: ObjectFields) -> Slips:
    return _shipped_slips(of.name) if of in OBJECTS else Slips(of)


@cache
def _shipped_slips(of: str) -> Slips:
    return Slips(next(thing for thing in OBJECTS if thing.name == of))


def may_mean(header: str, name: str, of: ObjectFields) -> bool:
    """Return whether a header says a field by a slip, or holds it among other words."""
    return name in _slips(of).read(header)


def _by_content(column: _Column, field: Field, of: ObjectFields) -> Iterator[_Guess]:
    telling = telling_share(column.values, field, of)
    # Addresses and ids look like nothing else, so most of the cells are enough.
    if telling > (_HALF if data_type(field).is_distinctive else _MOST):
        of_others = is_of_others(header_words(column.header))
        score = TAKEN + (_CONTENT - TAKEN) * telling
        yield _Guess(field.name, _MAYBE if of_others else score, "content")
        return
    lone = sum(other.type == field.type for other in of.fields) == 1
    if field.type == "BOOLEAN" and lone and share(column.values, field) == 1:
        yield _Guess(field.name, _MAYBE, "content")


def as_prefixes(means: Mapping[str, Meaning], salutations: frozenset[str]) -> dict[str, Meaning]:
    """Return the meanings with Prefix for the Title of a person that holds salutations.

    ``salutations`` are the headers of columns of Mr, Ms, Dr and the like.
    """
    titles = {h for h, m in means.items() if m.name == "Title" and h in salutations}
    if any(m.name == "Prefix" for m in means.values()):
        return dict(means)
    return {h: Meaning("Prefix", LIKELY) if h in titles else m for h, m in means.items()}


# What numbers a second or third person in a header: Contact 2 Name, Secondary Contact E-mail.
_ORDINAL = re.compile(
    r"(?i)(?<![a-z0-9])([2-9]|2nd|3rd|second(?:ary)?|third)(?![a-z0-9])|(?<=[a-z_])([2-9])$"
)
_OF_NAMES = frozenset({"Name", "FirstName", "LastName"})


def of_second_people(headers: Sequence[str]) -> tuple[str, ...]:
    """Return the columns of a second or third person in each row: a name, and what goes with it."""
    numbered: dict[str, list[str]] = {}
    for header in headers:
        if found := _ORDINAL.search(header):
            numbered.setdefault((found[1] or found[2]).lower(), []).append(header)
    people = [group for group in numbered.values() if any(map(_is_name, group))]
    return tuple(header for group in people for header in group)


def _is_name(header: str) -> bool:
    first = (understood(_ORDINAL.sub(one, header), PERSON) for one in ("", "1"))
    return not _OF_NAMES.isdisjoint(first)
