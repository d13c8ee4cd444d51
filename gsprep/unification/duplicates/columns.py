"""Columns of people as codes of normalized values; their kinds, guessed from their headers."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from gsprep.mapping.aliases import header_words, meaning
from gsprep.unification.rules import Compared
from gsprep.values.arrow import (
    TEXT,
    as_arrow,
    as_column,
    as_list,
    as_mask,
    joined,
    matches,
    only,
    with_chosen,
)
from gsprep.values.company_name import are_no_employers, plain_names, split_names
from gsprep.values.country import country_code
from gsprep.values.date import date_order, iso_date
from gsprep.values.distinct import on_distinct
from gsprep.values.domain import listed_domains
from gsprep.values.email import email_key
from gsprep.values.mailbox import mailbox_keys, role_mailboxes
from gsprep.values.name_tokens import name_tokens
from gsprep.values.number import plain_number
from gsprep.values.person_name import MAY_HAVE_MORE, compared_name, in_latin
from gsprep.values.placeholder import is_placeholder, placeholder_suspects

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from gsprep.values.date import Order


_DIGITS, _LETTERS = b"0123456789", b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
# The country code is not always written; the last digits are those of one subscriber.
_SUBSCRIBER, _FEWEST_DIGITS = 9, 6
_EXTENSION = r"(?i)^(.*?)\s*(?:x|ext|extension|#)\.?\s*([0-9]+)\s*$"
_FEWEST_IN_DATE = 4
_TITLES = r"^(?:(?:mr|mrs|ms|miss|mx|dr|prof|professor|sir|dame|rev|herr|frau|dipl|ing|mme|mlle) )+"
_MARKS = " (?:jr|sr|junior|senior|ii|iii|iv)$"
# Those that are marks only behind a surname: Müller jun., dos Santos Filho, Novák ml.
_MARKS_OF_SURNAME = (
    " (?:jr|sr|junior|senior|ii|iii|iv|jun|sen|filho|hijo|fils|nett?o|ml|st|mladsi|starsi)$"
)
_ONE_MARK = (("^ (?:jr|junior|jun|filho|hijo|fils|ml|mladsi)$", "j"), ("^ s[a-z]*$", "s"))
_MARKED_BOX = "^.*[._-](jr|sr|junior|senior)@.*$"
_DEGREES = r"(?: (?:phd|md|mba|esq|cpa|dds|msc|bsc))+$"
# Kinds in which "None" or "Test" may be a name.
_OF_NAMES = frozenset({"person_name", "company_name", "text", "exact"})
# The mark of a name that has none.
UNMARKED = "-"
# The end of the name of a column of generation marks.
MARK = ".mark"
# Notes behind a first name that are no other name of the person.
_NOTE = (
    r"(?i)\s*[(\[](?:ext|extern|external|contractor|consultant|intern|temp|guest|vendor|partner|ex|"
    r"former|inactive|left|retired|(?:she|he|they)(?:/\s?\w+)*)\.?[)\]]\s*$"
)
_SIMPLE = "^[A-Za-z0-9]+(?: [A-Za-z0-9]+)*$"
_INITIALS = "(?:^| )[A-Za-z] [A-Za-z](?: |$)"


class Domains(NamedTuple):
    """The domains of distinct addresses."""

    of_value: np.ndarray  # by address, its domain
    corporate: np.ndarray  # by domain, whether it is an employer's
    names: pa.Array


@dataclass(frozen=True, eq=False)
class Column:
    """A compared column.

    name:   its name, or that of the column it is part of and its part: ``Name.given``.
    how:    how it is compared.
    codes:  by record, the place of its value among ``values``, -1 if missing.
    values: the distinct normalized values.
    order:  of dates, which part is first, if some tell.
    """

    name: str
    how: Compared
    codes: np.ndarray
    values: pa.Array
    order: Order | None = None

    @property
    def kind(self) -> str:
        """The kind of the values, for a name with its part."""
        if self.name.endswith(MARK):
            return "mark"
        return self.how.part or self.how.kind

    @property
    def size(self) -> int:
        """The number of distinct values."""
        return len(self.values)

    def taken(self, codes: np.ndarray) -> pa.Array:
        """Return the values with these codes."""
        return self.values.take(pa.array(codes))

    def counts(self) -> np.ndarray:
        """Return the number of records that have each value."""
        return np.bincount(self.codes[self.codes >= 0], minlength=len(self.values))

    @cached_property
    def domains(self) -> Domains:
        """The domains of addresses."""
        encoded = pc.dictionary_encode(pc.replace_substring_regex(self.values, "^.*@", ""))
        free = sorted({*listed_domains("free_mail.txt"), *listed_domains("providers.txt")})
        shared = as_mask(pc.is_in(encoded.dictionary, value_set=pa.array(free, TEXT)))
        return Domains(encoded.indices.to_numpy(), ~shared, encoded.dictionary)

    @cached_property
    def boxes(self) -> pa.DictionaryArray:
        """By distinct address, what precedes the @."""
        return pc.dictionary_encode(pc.replace_substring_regex(self.values, "@.*$", ""))

    def every(self) -> pa.Array:
        """Return the normalized value of each record."""
        return self.values.take(pa.array(self.codes, mask=self.codes < 0))

    def text(self, records: np.ndarray) -> pd.Series[str]:
        """Return the normalized values of some records as a text column."""
        return as_column(replace(self, codes=self.codes[records]).every())

    def ordered(self, order: np.ndarray) -> Column:
        """Return the column of the records in another order, values in order of appearance."""
        codes, kept = pd.factorize(self.codes[order], use_na_sentinel=True)
        # A missing value is the code -1, which is a value to pandas.
        missing = np.flatnonzero(kept < 0)
        if len(missing):
            at = missing[0]
            codes = np.where(codes == at, -1, codes - (codes > at))
            kept = np.delete(kept, at)
        return replace(self, codes=codes.astype(np.int32), values=self.values.take(pa.array(kept)))


@dataclass(frozen=True, slots=True)
class Reading:
    """What the values of one record mean depends on those of others.

    orders: by column, which part of its dates is first; of other columns their dates tell.
    alone:  whether a placeholder that only one record has is missing, too.
    """

    orders: Mapping[str, Order | None] = field(default_factory=dict)
    alone: bool = False

    def raw(self, values: pa.Array) -> _Raw:
        """Return the distinct values and which of them are repeated."""
        encoded = pc.dictionary_encode(values)
        codes = pc.fill_null(encoded.indices, len(encoded.dictionary)).to_numpy()
        counts = np.bincount(codes, minlength=len(encoded.dictionary) + 1)[:-1]
        return _Raw(encoded.dictionary, encoded.indices, (counts > 1) | self.alone)


class _Raw(NamedTuple):
    dictionary: pa.Array
    indices: pa.Array
    repeated: np.ndarray


def encoded_columns(
    frame: pd.DataFrame, compare: Mapping[str, Compared], reading: Reading | None = None
) -> list[Column]:
    """Return the compared columns of a text frame, by name; whole names become their parts."""
    columns: list[Column] = []
    how = reading or Reading()
    for name in sorted(name for name in compare if name in frame.columns):
        raw = how.raw(as_arrow(frame[name]))
        columns += _of_names(name, compare[name], raw) or [_encoded(name, compare[name], raw, how)]
    return _with_one_mark(columns)


def alone(columns: Sequence[Column], *kinds: str) -> tuple[int, ...] | None:
    """Return the place of the only column of each kind; None if one has none or several."""
    places = [[at for at, column in enumerate(columns) if column.kind == k] for k in kinds]
    return tuple(at for (at,) in places) if all(len(at) == 1 for at in places) else None


def _with_one_mark(columns: list[Column]) -> list[Column]:
    """Return the columns with one of marks: that of the surname, the given name or the mailbox.

    John Jr. Smith and paul.jr@acme.com have one, too. Several names or addresses tell nothing.
    """
    given = {f"{column.name}{MARK}" for column in columns if column.kind == "given"}
    others = [column for column in columns if column.name not in given]
    names, mark = alone(columns, "given", "surname"), alone(others, "mark")
    if names is None or mark is None or not given:
        return others
    [surname, *_] = found = [others[mark[0]], *(c for c in columns if c.name in given)]
    if (email := alone(columns, "email")) is not None:
        boxes = columns[email[0]]
        found.append(replace(boxes, values=_marks_of_mailboxes(boxes.values)))
    values = [column.every() for column in found]
    known = [pc.if_else(pc.equal(of, UNMARKED), pa.scalar(None, TEXT), of) for of in values]
    encoded = pc.dictionary_encode(pc.coalesce(*known, values[0]))
    codes = pc.fill_null(encoded.indices, -1).to_numpy().astype(np.int32)
    others[mark[0]] = replace(surname, codes=codes, values=encoded.dictionary)
    return others


def _marks_of_mailboxes(addresses: pa.Array) -> pa.Array:
    """Return the mark behind the name in each mailbox, missing without one."""
    marked = matches(addresses, _MARKED_BOX)
    marks = _as_marks(pc.replace_substring_regex(addresses, _MARKED_BOX, r" \1"))
    return pc.if_else(pa.array(marked), marks, pa.scalar(None, TEXT))


def _of_names(name: str, how: Compared, raw: _Raw) -> list[Column]:
    """Return the columns of a name or a part of it: the name and the generation mark."""
    if how.kind != "person_name":
        return []
    noted = how.part == "given"
    texts = pc.replace_substring_regex(raw.dictionary, _NOTE, "") if noted else raw.dictionary
    words = _words(texts) if noted else _names(texts)
    known = _MARKS_OF_SURNAME if how.part == "surname" else _MARKS
    marks = _marks(words, known)
    columns = [_placed(f"{name}{MARK}", Compared(kind="exact", shared=False), raw, marks)]
    whole = _bare(words, known)
    if how.part is not None:
        return [_placed(name, how, raw, whole), *columns]
    parts = {"given": r"^(.*?) ?[^ ]+$", "surname": r"^.*?([^ ]+)$"}
    for part, pattern in parts.items():
        values = or_missing(pc.replace_substring_regex(whole, pattern, r"\1"))
        here = how.model_copy(update={"part": part})
        columns.append(_placed(f"{name}.{part}", here, raw, values))
    return columns


def _names(raw: pa.Array) -> pa.Array:
    """Return the words of names, the first name first, without degrees and notes behind them."""
    more = as_mask(pc.match_substring_regex(raw, MAY_HAVE_MORE))
    if not more.any():
        return _words(raw)
    some = [compared_name(text) for text in as_list(raw.filter(pa.array(more))) if text is not None]
    return _words(pc.replace_with_mask(raw, pa.array(more), pa.array(some, TEXT)))


def _encoded(name: str, how: Compared, raw: _Raw, reading: Reading) -> Column:
    if how.kind == "exact" and _is_of_countries(name):
        return _placed(name, how, raw, _countries(raw.dictionary))
    if how.kind != "date":
        return _placed(name, how, raw, _NORMAL[how.kind](raw.dictionary))
    texts = as_list(raw.dictionary)
    told = date_order(text for text in texts if text is not None)
    order = reading.orders.get(name, told)
    dates = pa.array([None if text is None else _date(text, order) for text in texts], TEXT)
    return replace(_placed(name, how, raw, dates), order=order)


def _placed(name: str, how: Compared, raw: _Raw, normal: pa.Array) -> Column:
    """Return the column of normalized distinct raw values, repeated placeholders missing."""
    encoded = pc.dictionary_encode(_or_missing_where(normal, raw, how))
    places = np.append(pc.fill_null(encoded.indices, -1).to_numpy(), -1).astype(np.int32)
    codes = places[pc.fill_null(raw.indices, -1).to_numpy()]
    return Column(name, how, codes, encoded.dictionary)


def or_missing(values: pa.Array) -> pa.Array:
    """Return texts with missing in place of blank ones."""
    return pc.if_else(pc.equal(values, ""), pa.scalar(None, TEXT), values)


def _or_missing_where(normal: pa.Array, raw: _Raw, how: Compared) -> pa.Array:
    """Return the normalized values, missing where a repeated raw value is a placeholder."""
    suspects = placeholder_suspects(raw.dictionary) & raw.repeated
    if not suspects.any():
        return normal
    names = how.kind in _OF_NAMES
    texts = raw.dictionary.filter(pa.array(suspects)).to_pylist()
    bad = np.zeros(len(normal), dtype=bool)
    bad[np.flatnonzero(suspects)] = [is_placeholder(text, names=names) for text in texts]
    return pc.if_else(pa.array(bad), pa.scalar(None, TEXT), normal)


def _words(values: pa.Array) -> pa.Array:
    """Return the words of each text, joined by one blank; missing without any."""
    texts = values
    simple = matches(texts, _SIMPLE) & ~matches(texts, _INITIALS)
    words = pc.ascii_lower(texts)
    others = ~simple & as_mask(pc.is_valid(texts))
    if others.any():
        split = [" ".join(name_tokens(text)) for text in texts.filter(pa.array(others)).to_pylist()]
        words = pc.replace_with_mask(words, pa.array(others), pa.array(split, TEXT))
    return or_missing(words)


def _marks(words: pa.Array, known: str) -> pa.Array:
    """Return the mark of the older or the younger of one name, or that there is none."""
    found = _as_marks(pc.struct_field(pc.extract_regex(words, rf"(?P<mark>{known})"), "mark"))
    return pc.if_else(pc.is_valid(words), pc.fill_null(found, UNMARKED), pa.scalar(None, TEXT))


def _as_marks(found: pa.Array) -> pa.Array:
    """Return marks in one spelling each."""
    for pattern, mark in _ONE_MARK:
        found = pc.replace_substring_regex(found, pattern, mark)
    return found


def _bare(words: pa.Array, marks: str = _MARKS) -> pa.Array:
    """Return names in Latin letters, without titles, degrees and generation marks."""
    words = in_latin(words)
    for pattern in (_DEGREES, marks, _TITLES):
        words = pc.replace_substring_regex(words, pattern, "")
    return words


def _is_of_countries(header: str) -> bool:
    known = meaning(header)
    return known is not None and known.name == "Country"


def _countries(values: pa.Array) -> pa.Array:
    """Return countries as codes, others by their words."""
    codes = as_arrow(on_distinct(as_column(values), country_code))
    return pc.coalesce(codes, _words(values))


def _emails(values: pa.Array) -> pa.Array:
    """Return the mailbox of each address; missing for role mailboxes and placeholders."""
    column = as_column(values)
    keys = as_arrow(on_distinct(column, email_key))
    # An address with an error still tells something if it has an @.
    odd = pc.ascii_lower(pc.ascii_trim_whitespace(as_arrow(column)))
    at = pa.array(matches(odd, "^[^@ ]+@[^@ ]+$"))
    keys = pc.coalesce(keys, pc.if_else(at, odd, pa.scalar(None, TEXT)))
    role = role_mailboxes(keys)
    return mailbox_keys(pc.if_else(pa.array(role), pa.scalar(None, TEXT), keys))


def _phones(values: pa.Array) -> pa.Array:
    """Return the last digits of numbers, with the extension behind an x if there is one."""
    texts = pc.replace_substring_regex(values, _EXTENSION, r"\1")
    digits = pc.replace_substring_regex(only(_kept(texts), _DIGITS), "^0+", "")
    last = pc.utf8_slice_codeunits(digits, -_SUBSCRIBER)
    long = np.asarray(pc.greater_equal(pc.binary_length(last), _FEWEST_DIGITS))
    alike = matches(last, "|".join(f"^.?{d}{{{_FEWEST_DIGITS - 1},}}$" for d in range(10)))
    behind = pc.replace_substring_regex(values, _EXTENSION, r"x\2")
    behind = pc.if_else(pa.array(matches(values, _EXTENSION)), behind, "")
    numbers = joined(last, behind)
    return pc.if_else(pa.array(long & ~alike), numbers, pa.scalar(None, TEXT))


def _kept(values: pa.Array) -> pa.Array:
    return pc.fill_null(values, "")


def _date(text: str, order: Order | None) -> str | None:
    """Return a date as eight digits, or the digits that there are."""
    found = iso_date(text, order)
    digits = "".join(filter(str.isdigit, found or text))
    return digits if len(digits) >= _FEWEST_IN_DATE else None


def _identifiers(values: pa.Array) -> pa.Array:
    texts = _kept(pc.utf8_upper(values))
    ascii_ = as_mask(pc.string_is_ascii(texts))
    keys = only(texts, _LETTERS)
    if not ascii_.all():
        others = ["".join(filter(str.isalnum, t)) for t in texts.filter(~ascii_).to_pylist()]
        keys = pc.replace_with_mask(keys, pa.array(~ascii_), pa.array(others, TEXT))
    return or_missing(keys)


def _companies(values: pa.Array) -> pa.Array:
    cores = split_names(values).core
    # Names in other scripts that are known: ソニー is Sony.
    other = pa.array(~as_mask(pc.string_is_ascii(cores)))
    known = plain_names(cores.filter(other)).joined(" ")
    cores = pc.replace_with_mask(cores, other, known)
    return with_chosen(cores, are_no_employers(cores), pa.scalar(None, TEXT))


def _numbers(values: pa.Array) -> pa.Array:
    return pa.array([None if text is None else _number(text) for text in as_list(values)], TEXT)


def _number(text: str) -> str | None:
    """Return a number as Python writes it, so that 1000 and 1000.0 are the same."""
    plain = plain_number(text)
    return None if plain is None else repr(float(plain))


_NORMAL: Mapping[str, Callable[[pa.Array], pa.Array]] = {
    "exact": _words,
    "email": _emails,
    "phone": _phones,
    "company_name": _companies,
    "text": _words,
    "number": _numbers,
    "identifier": _identifiers,
}


_GIVEN = Compared(kind="person_name", part="given")
_SURNAME = Compared(kind="person_name", part="surname")
# Unlike an employer or a home it stays when a person moves.
_MIDDLE = Compared(kind="text", shared=False)
_OF_FIELD: Mapping[str, Compared] = {
    "FirstName": _GIVEN,
    "LastName": _SURNAME,
    "Name": Compared(kind="person_name"),
    "MiddleName": _MIDDLE,
    "Email": Compared(kind="email"),
    "Phone": Compared(kind="phone"),
    "MobilePhone": Compared(kind="phone"),
    "CompanyName": Compared(kind="company_name"),
    "Title": Compared(kind="text"),
    "Location": Compared(kind="text"),
    "Country": Compared(kind="exact"),
}
# Words of headers and the kind of such a column; the first that is found decides, and of several
# words joined by + all must be there.
_OF_WORDS = (
    ("email mail+address", Compared(kind="email")),
    ("birth+place", Compared(kind="text")),
    ("birth+year", Compared(kind="number", shared=False)),
    ("birth dob birthday", Compared(kind="date")),
    ("middle", _MIDDLE),
    ("first+surname", Compared(kind="person_name")),
    ("given first+name forename fname", _GIVEN),
    ("lname surname last+name family+name", _SURNAME),
    ("full+name", Compared(kind="person_name")),
    ("phone mobile telephone", Compared(kind="phone")),
    ("ssn sec+id security+number passport customer+no customer+number employee+id",
     Compared(kind="identifier")),
    ("street+number house+number unit", Compared(kind="exact")),
    ("street address", Compared(kind="text")),
    ("postcode postal zip zipcode", Compared(kind="exact")),
    ("city town suburb", Compared(kind="text")),
    ("state country", Compared(kind="exact")),
    ("gender sex", Compared(kind="exact", shared=False)),
    ("occupation job", Compared(kind="text")),
    ("company employer organisation organization", Compared(kind="company_name")),
)  # fmt: skip


def guessed_kinds(headers: Iterable[str]) -> dict[str, Compared]:
    """Return how the columns with these headers are compared; others are not.

    >>> {name: how.kind for name, how in guessed_kinds(["E-Mail", "dob", "shoe size"]).items()}
    {'E-Mail': 'email', 'dob': 'date'}
    """
    names = list(headers)
    found = {name: how for name in names if (how := _guessed(name)) is not None}
    parts = {how.part for how in found.values()}
    if {"given", "surname"} <= parts:
        whole = {n for n, how in found.items() if how.kind == "person_name" and how.part is None}
        return {name: how for name, how in found.items() if name not in whole}
    return found


def _guessed(header: str) -> Compared | None:
    known = meaning(header)
    if known is not None:
        # A field of the service that tells nothing about who a person is, is not compared.
        return _OF_FIELD.get(known.name)
    words = set(header_words(header))
    wanted = ((set(each.split("+")), how) for texts, how in _OF_WORDS for each in texts.split())
    return next((how for each, how in wanted if each <= words), None)
