"""Totals, remarks and titles of groups among the records of a table."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from gsprep.display import plural
from gsprep.mapping.aliases import meaning, understood
from gsprep.schemas.frames import ROW_ID
from gsprep.shipped import shipped_lines
from gsprep.values.arrow import as_arrow, matches
from gsprep.values.number import amount_forms, number_column_repair, plain_currency
from gsprep.values.text import quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from gsprep.schemas.fields import ObjectFields
    from gsprep.tables.raw_table import RawTable

# So many records at the end are looked at.
_LAST = 40
_KEYS = frozenset({"Email", "Gsid", "Person_ID"})


@cache
def _known(kind: str) -> str:
    lines = (line.split("\t") for line in shipped_lines("rules", "lists", "footers.txt"))
    return f"(?:{'|'.join(pattern for of, pattern in lines if of == kind)})"


_AMOUNT = r"[(]?[^\w\s()]?\s?[-+]?\d[\d.,' \u00a0\u202f]*\s?(?:%|€|\$|£|[A-Z]{3})?[)]?"
_COUNTED = rf"{_known('counted')}(?: (?:affected|selected|returned|exported|found|total|in total))?"
_is_amount = re.compile(_AMOUNT).fullmatch
_is_total = re.compile(
    rf"{_known('total')}\s*[:=]?\s*(?:{_AMOUNT})?|(?:{_COUNTED})\s*[:=]?\s*{_AMOUNT}"
    rf"|[(]?{_AMOUNT}\s*(?:{_COUNTED})[)]?\.?",
    re.IGNORECASE,
).fullmatch
_names_total = re.compile(r"(?:grand |sub)?(?:totals?|summe|sum|average)\b", re.IGNORECASE).match
_is_remark = re.compile(_known("remark"), re.IGNORECASE).match
# The beginning of a remark whose value is in the next cell.
_is_label = re.compile(_known("label"), re.IGNORECASE).fullmatch
# The smallest table of which the last record can sum up others.
_RECORDS = 2
# A number of so many digits in a column of telephone numbers is one.
_PHONE = 6
# Sums are compared to half a cent.
_CENT = 0.005


@dataclass(frozen=True, slots=True)
class _Last:
    """One of the last records: its filled cells by the place of their column."""

    record: int
    cells: Mapping[int, str]

    @property
    def first(self) -> str:
        """The first filled cell."""
        return next(iter(self.cells.values()), "")

    @property
    def is_numbers(self) -> bool:
        """Whether all filled cells are numbers."""
        return all(map(_is_amount, self.cells.values()))

    @property
    def is_total(self) -> bool:
        """Whether the record is a word for a total and numbers."""
        others = list(self.cells.values())[1:]
        named = _is_total(self.first) is not None
        return named and all(_is_amount(cell) or _is_total(cell) for cell in others)

    @property
    def names_total(self) -> bool:
        """Whether the record may be a total of a certain thing: numbers have to prove it."""
        others = list(self.cells.values())[1:]
        return bool(others) and bool(_names_total(self.first)) and all(map(_is_amount, others))

    def is_title_below(self, headers: Sequence[str]) -> bool:
        """Return whether the record is the title of a group, such as Account: Acme (2 records)."""
        title = self.first.lower()
        is_labelled = any(title.startswith(f"{header.lower()}:") for header in headers)
        return self.is_alone and (is_labelled or re.search(_GROUP_SIZE, title) is not None)

    @property
    def is_remark(self) -> bool:
        """Whether the record is a remark, in one cell or with its value in a second one."""
        is_labelled = len(self.cells) == 2 and _is_label(self.first) is not None  # noqa: PLR2004
        return is_labelled or (self.is_alone and _is_remark(self.first) is not None)

    def has_phone(self, columns: AbstractSet[int]) -> bool:
        """Return whether one of the columns holds a telephone number."""
        return any(sum(map(str.isdigit, self.cells.get(at, ""))) >= _PHONE for at in columns)

    @property
    def is_alone(self) -> bool:
        """Whether only one cell is filled."""
        return len(self.cells) == 1


def without_footer(table: RawTable, of: ObjectFields | None, *, is_alone: bool = True) -> RawTable:
    """Leave out totals and remarks below the records, with notes that name their lines.

    Only what is certain is left out: a record with a key, or one that may be a person, stays.
    No number proves a total if records above are missing (``is_alone`` is False).
    """
    records = len(table.cells)
    is_list = table.is_laid_out and len(table.headers) > 1 and records > 0
    if not is_list or ROW_ID in table.headers:
        return table
    last = [_record(table, at) for at in range(max(0, records - _LAST), records)]
    remarks = _remarks(table, last)
    body = [each for each in last if each.record not in remarks]
    totals, doubtful = _totals(table, body, of, is_alone=is_alone)
    if body and not doubtful and not totals and not remarks:
        doubtful = _single(table, body)
    notes = [
        *_told(table, remarks, "a remark below the records", "remarks below the records"),
        *_told(table, totals, "a total", "totals"),
    ]
    if doubtful:
        place = table.place_of(np.array(doubtful))
        told = "read as a record, but it may be a total or a remark. If so, delete it"
        notes.append(f"{place}: {told}")
    kept = np.ones(records, dtype=bool)
    kept[[*remarks, *totals]] = False
    return table.keep(kept, notes) if notes else table


# A title of a group begins with the header of one of so many columns.
_MOST_LABELS, _LONGEST_LABEL = 50, 50
# Cells that identify a record: an address, or an id.
_IS_KEY = r"@|^\s*[0-9A-Za-z-]{15,}\s*$"
# The end of a line above a group of records: how many they are.
_GROUP_SIZE = rf"\([0-9]+ (?:{_known('counted')})\)$"


def without_group_lines(
    table: RawTable, of: ObjectFields | None, *, is_alone: bool = True
) -> RawTable:
    """Leave out subtotals, comments and titles of groups between the records.

    Each is certain by itself; titles in a column of companies are so if the table is whole
    (``is_alone``).
    """
    means = [understood(header, of) for header in table.headers]
    keys = [place for place, name in enumerate(means) if name in _KEYS]
    if not (keys and len(means) > 1 and table.is_laid_out) or ROW_ID in means:
        return table
    rest = np.arange(len(table.cells))
    for key in keys:
        rest = rest[~matches(as_arrow(table.cells[key].iloc[rest]), _IS_KEY)]
    short = [header for header in table.headers[:_MOST_LABELS] if len(header) <= _LONGEST_LABEL]
    labels = "|".join(map(re.escape, short))
    total = _known("total")
    pattern = rf"(?i)^\s*(?:{total}|(?:{labels}):|#\s*[^\W\d])|\s{total}\s*$|{_GROUP_SIZE}"
    may_be = np.zeros(len(rest), dtype=bool)
    for column in table.cells.columns:
        may_be |= matches(as_arrow(table.cells[column].iloc[rest]), pattern)
    lines = [_record(table, int(at)) for at in rest[may_be]]
    phones = {at for at, name in enumerate(means) if name == "Phone"}
    totals = [
        line.record
        for line in lines
        if not line.has_phone(phones) and (line.is_total or _is_total_of_group(table, line))
    ]
    others = [line for line in lines if line.record not in totals]
    titles = [line.record for line in others if line.is_title_below(table.headers)]
    comments = [line.record for line in others if line.is_alone and line.first.startswith("#")]
    kept = np.ones(len(table.cells), dtype=bool)
    kept[[*totals, *titles, *comments]] = False
    notes = _told(table, totals, "a total", "totals")
    notes += _told(table, comments, "a comment", "comments")
    notes += [
        f"{told}; to use what is said there, add a column for it"
        for told in _told(table, titles, "the title of a group", "titles of groups")
    ]
    table = table.keep(kept, notes) if notes else table
    company = [at for at, name in enumerate(means) if name == "CompanyName"]
    return _with_group_names(table, company[0]) if is_alone and len(company) == 1 else table


def _is_total_of_group(table: RawTable, line: _Last) -> bool:
    """Return whether a record is a subtotal below the records of its group: Acme Total."""
    at, group = next(iter(line.cells)), ""
    if line.record:
        group = str(table.cells[at].iloc[line.record - 1]).strip()
    said = f"{re.escape(group)} {_known('total')}|{_known('total')} {re.escape(group)}"
    others = list(line.cells.values())[1:]
    named = re.fullmatch(said, line.first, re.IGNORECASE) is not None
    return bool(group and others) and named and all(map(_is_amount, others))


def _with_group_names(table: RawTable, company: int) -> RawTable:
    """Fill the company in the records below lines that hold only a company, as no record does."""
    cells = table.cells.copy(deep=False)
    titled = cells[company].notna().to_numpy()
    if titled.sum() < _RECORDS or not titled[0] or titled.all():
        return table
    others = (cells[name].notna().to_numpy() for name in cells if name != company)
    if any((filled & titled).any() for filled in others):
        return table
    cells[company] = cells[company].ffill()
    place, header = table.place_of(np.flatnonzero(titled)), quoted(table.headers[company])
    note = (
        f"{place}: titles of groups are left out; {header} of the records below is filled with them"
    )
    return replace(table, cells=cells).keep(~titled, [note])


def _single(table: RawTable, body: list[_Last]) -> list[int]:
    """Return the last record if it alone has one cell only, and an empty line above it."""
    *others, last = body
    is_odd = last.is_alone and "@" not in last.first and len(others) >= _RECORDS
    if not is_odd or any(each.is_alone for each in others):
        return []
    return [last.record] if _follows_a_gap(table, last.record) else []


def _record(table: RawTable, at: int) -> _Last:
    row = enumerate(table.cells.iloc[at])
    return _Last(at, {place: text.strip() for place, text in row if isinstance(text, str)})


def _told(table: RawTable, records: list[int], one: str, several: str) -> list[str]:
    if not records:
        return []
    what, left_out = plural(len(records), one, several), plural(len(records), "is", "are")
    return [f"{table.place_of(np.array(records))}: {what} {left_out} left out"]


def _remarks(table: RawTable, last: list[_Last]) -> list[int]:
    """Return the records at the end that are remarks.

    Those are the first that begins as a remark, single cells below it, and single cells above it
    up to an empty line.
    """
    end: list[_Last] = []
    for each in reversed(last):
        if not (each.is_remark or each.is_total or (each.is_alone and "@" not in each.first)):
            break
        end.insert(0, each)
    begin = next((at for at, each in enumerate(end) if each.is_remark), None)
    if begin is None:
        return []
    above = next(
        (at for at in range(begin, -1, -1) if _follows_a_gap(table, end[at].record)), begin
    )
    return [each.record for each in end[above:]]


def _follows_a_gap(table: RawTable, at: int) -> bool:
    """Return whether an empty line is above a record."""
    if table.lines is None or at < 1:
        return False
    texts = [text for text in table.cells.iloc[at - 1] if isinstance(text, str)]
    height = 1 + sum(text.count("\n") for text in texts)
    return bool(table.lines[at] - table.lines[at - 1] > height)


def _totals(
    table: RawTable, last: list[_Last], of: ObjectFields | None, *, is_alone: bool
) -> tuple[list[int], list[int]]:
    """Return the last records that are totals, and those that may be one."""
    means = {at: found.name for at, h in enumerate(table.headers) if (found := meaning(h, of))}
    has_key = not _KEYS.isdisjoint(means.values())
    phones = {at for at, name in means.items() if name == "Phone"}
    certain: list[int] = []
    for above, each in reversed(list(zip([None, *last], last, strict=False))):
        if not _may_be_total(each, above) or each.has_phone(phones):
            break
        is_named = each.is_total and has_key
        if not (is_named or (is_alone and _is_proven(table, each))):
            return sorted(certain), [each.record]
        certain.append(each.record)
    return sorted(certain), []


def _may_be_total(each: _Last, above: _Last | None) -> bool:
    if not each.cells or each.is_total:
        return bool(each.cells)
    # In a table of numbers the last record is one of them.
    is_sum = each.is_numbers and above is not None and not above.is_numbers
    return each.record >= _RECORDS and (each.names_total or is_sum)


def _is_proven(table: RawTable, each: _Last) -> bool:
    """Return whether each number of a record counts the records or sums up its column."""
    numbers = [(at, text) for at, text in each.cells.items() if re.search(r"\d", text)]
    return bool(numbers) and all(_sums_up(table, each.record, at, text) for at, text in numbers)


def _sums_up(table: RawTable, record: int, at: int, text: str) -> bool:
    above = table.cells[at].iloc[:record].dropna().tolist()
    read = number_column_repair(amount_forms([*above, text]), plain_currency)
    whole = _number(text, read)
    if whole in {record, len(above)}:
        return True
    are_numbers = len(above) >= _RECORDS and all(_is_amount(cell.strip()) for cell in above)
    parts = [_number(cell, read) for cell in above] if are_numbers else [math.nan]
    return math.isclose(whole, math.fsum(parts), rel_tol=_CENT * 1e-6, abs_tol=_CENT)


def _number(text: str, read: Callable[[str], str | None]) -> float:
    digits = re.search(r"[-+]?\d[\d.,' \u00a0\u202f]*", text)
    plain = digits and read(digits[0])
    return float(plain.replace(",", "")) if plain else math.nan
