"""Cells of one sheet, and their text as shown."""

from __future__ import annotations

import datetime as dt
import operator
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gsprep.display import plural
from gsprep.schemas.frames import cell_text
from gsprep.values.text import quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Place = tuple[int, int]

# Excel keeps 15 digits of a number and fills up with zeros.
_DIGITS = 15

Row = list[str | None]


@dataclass(frozen=True, slots=True)
class SheetCells:
    """The values of a sheet.

    Attributes:
        name: the name of the sheet.
        top: the row of the first values, counted from 0.
        left: the column of the first values, counted from 0.
        values: the rows of values.
        merged: the first and the last cell of each merged range, by row and column.
    """

    name: str
    top: int
    left: int
    values: Sequence[Sequence[object]]
    merged: Sequence[tuple[Place, Place]] = ()

    @property
    def is_filled(self) -> bool:
        """Whether a cell has a value."""
        return any(value not in {"", None} for row in self.values for value in row)

    def texts(self) -> list[Row]:
        """Return the rows as text."""
        return [[_shown(value) for value in row] for row in self.values]


def is_filled(cell: str | None) -> bool:
    """Return whether a cell has text."""
    return cell is not None and bool(cell.strip())


def column_name(rows: Sequence[Row], head: int, at: int) -> str:
    """Return the name of a column for messages, by its header in the row ``head``."""
    return quoted(rows[head][at] or f"column {at + 1}")


def fill_down(sheet: SheetCells, rows: list[Row], head: int) -> list[str]:
    """Fill cells that are merged over several rows with their value; return a note on them.

    ``head`` is the place of the row of headers.
    """
    columns: dict[str, int] = {}
    for (first, column), (last, _) in sheet.merged:
        begin, at = first - sheet.top, column - sheet.left
        # A merged cell of the headers, or of a title, is no value of a record.
        is_data = head < begin < len(rows) and 0 <= at < len(rows[head])
        if not is_data or not is_filled(rows[begin][at]):
            continue
        for row in rows[begin + 1 : last - sheet.top + 1]:
            # Ranges of a damaged file may overlap: each cell is filled once.
            if is_filled(row[at]):
                break
            row[at] = rows[begin][at]
            name = column_name(rows, head, at)
            columns[name] = columns.get(name, 0) + 1
    counts = ((name, count, plural(count, "row", "rows")) for name, count in columns.items())
    told = ", ".join(f"{name} ({count} {rows_})" for name, count, rows_ in counts)
    return [f"merged cells are filled down: {told}"] if told else []


def long_numbers(sheet: SheetCells, rows: Sequence[Row], head: int) -> list[str]:
    """Return notes on columns with numbers of more digits than a sheet keeps."""
    long = {
        at
        for row in sheet.values[head + 1 :]
        for at, value in enumerate(row)
        if type(value) in (int, float) and abs(value) >= 10**_DIGITS  # type: ignore[arg-type] # the line says it is a number
    }
    names = [column_name(rows, head, at) for at in sorted(long)]
    return [
        f"Excel keeps 15 digits: the numbers in {name} are longer, so their last digits may be "
        "lost; export that column as text"
        for name in names
    ]


def _shown(value: object) -> str | None:
    if type(value) is str:
        return value or None
    if isinstance(value, float):
        # A sheet shows 0.3 for 0.1 + 0.2.
        return cell_text(float(f"{value:.{_DIGITS}g}"))
    if isinstance(value, dt.datetime):
        return cell_text(_to_the_second(value))
    if isinstance(value, dt.timedelta):
        return _duration(value)
    return cell_text(value)


def _to_the_second(moment: dt.datetime) -> dt.datetime:
    # Excel stores fractions of days, so a full second comes back some microseconds off.
    rounded = (moment + dt.timedelta(milliseconds=500)).replace(microsecond=0)
    return rounded if abs(rounded - moment) < dt.timedelta(milliseconds=1) else moment


def _duration(length: dt.timedelta) -> str:
    seconds = round(abs(length).total_seconds())
    sign = "-" if length < dt.timedelta(0) else ""
    return f"{sign}{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


# The parts of a format: text in quotes, an escaped sign, a part in brackets, a blank of some width.
_TOKEN = re.compile(r'"([^"]*)"|\\(.)|\[([^\]]*)\]|[_*](.)|(.)', re.DOTALL)
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)\s*(\d+(?:\.\d+)?)")
_COMPARES: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt, "<=": operator.le, "=": operator.eq,
    "<>": operator.ne, ">=": operator.ge, ">": operator.gt,
}  # fmt: skip
_PLACES = "0#?"
_SIGNS = frozenset("-+()/. ")
# Signs that a format shows without quotes.
_PLAIN = frozenset("-+() ")
# Signs and codes of currencies: such a number is an amount.
_CURRENCY = re.compile(r"[$€£¥₹]|\b(?:[A-Z]{3}|Kč|kr|zł|Fr\.?|R\$)\s*\Z")
_MOST = 10**15
_PERCENT, _IN_QUOTES = re.compile(r"[0#?]\s*%"), re.compile(r'"[^"]*"|\\.')


@dataclass(frozen=True, slots=True)
class _Section:
    """One section of a format: its places and texts in order, and when it applies.

    Attributes:
        parts: a place (0 # ?), or text that is shown unchanged after a NUL.
        condition: a comparison and a number; None for the usual one.
    """

    parts: tuple[str, ...]
    condition: tuple[str, float] | None = None

    @property
    def places(self) -> int:
        """The number of places for digits."""
        return sum(part in _PLACES for part in self.parts)

    def shows(self, number: int) -> bool:
        """Return whether the section is for a number."""
        if self.condition is None:
            return True
        sign, limit = self.condition
        return _COMPARES[sign](number, limit)

    def apply(self, number: int) -> str:
        """Return the number as it is shown."""
        digits = str(number)
        more = digits[: -self.places]
        own = iter(digits[-self.places :].rjust(self.places))
        shown: list[str] = []
        for part in self.parts:
            if part not in _PLACES:
                shown.append(part[1:])
                continue
            digit = next(own)
            shown.append(more + (digit if digit != " " else "0" * (part == "0")))
            more = ""
        return "".join(shown).strip()

    @property
    def shows_more(self) -> bool:
        """Whether the number is an id or a telephone number by its zeros, signs or prefix."""
        at = [nth for nth, part in enumerate(self.parts) if part in _PLACES]
        if not at:
            return False
        texts = "".join(part[1:] for part in self.parts if part not in _PLACES)
        before = "".join(part[1:] for part in self.parts[: at[0]])
        behind = "".join(part[1:] for part in self.parts[at[-1] :] if part not in _PLACES)
        if _CURRENCY.search(texts) or any(map(str.isalpha, behind)):
            return False
        is_text = any(sign in _SIGNS or sign.isdigit() for sign in texts.strip())
        is_named = any(map(str.isalpha, before))
        return self.parts.count("0") > 1 or is_text or is_named


@dataclass(frozen=True, slots=True)
class NumberFormat:
    """A format of whole numbers that are no amounts, or of percentages, which has no sections."""

    sections: tuple[_Section, ...]

    def shown(self, value: object) -> str | None:
        """Return a number as the sheet shows it; None if the format does not apply.

        >>> read_format('"+44 "0').shown(2079460018.0), read_format("000-00-0000").shown(12345678)
        ('+44 2079460018', '012-34-5678')
        """
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        if not self.sections:
            return f"{value * 100:.{_DIGITS}g}%"
        if not 0 <= value < _MOST or value != int(value):
            return None
        number = int(value)
        section = next((each for each in self.sections if each.shows(number)), None)
        return section.apply(number) if section is not None and section.shows_more else None


def read_format(code: str) -> NumberFormat | None:
    """Return a format if it is one of percentages, or of whole numbers that are no amounts.

    >>> read_format("0.0%").shown(0.125)
    '12.5%'
    """
    if _PERCENT.search(_IN_QUOTES.sub("", code)):
        return NumberFormat(())
    sections = _sections(code)
    if sections is None or not any(section.shows_more for section in sections):
        return None
    is_plain = all(section.condition is None for section in sections)
    if is_plain and len(sections) > 1:
        # A second section with a minus is for negative numbers: the first shows their sign.
        signed = any("-" in part for part in sections[1].parts if part not in _PLACES)
        if signed and sections[0].parts.count("0") < 2:  # noqa: PLR2004  one is for zero
            return None
    return NumberFormat(sections)


def _sections(code: str) -> tuple[_Section, ...] | None:
    """Return the sections of a format; None for dates, decimals, thousands and text."""
    sections: list[_Section] = []
    parts: list[str] = []
    condition: tuple[str, float] | None = None
    for token in _TOKEN.finditer(code):
        _, _, bracket, _, sign = token.groups(default="")
        if sign == ";":
            sections.append(_Section(tuple(parts), condition))
            parts, condition = [], None
        elif sign and sign not in _PLACES and sign not in _PLAIN:
            # A section of text may follow those of numbers.
            return tuple(sections) if sign == "@" and sections else None
        else:
            condition = _condition(bracket) or condition
            parts += _parts(*token.groups(default=""))
    return (*sections, _Section(tuple(parts), condition))


def _parts(quoted: str, escaped: str, bracket: str, blank: str, sign: str) -> list[str]:
    """Return a token as a place or as text; nothing for a blank, a colour and a condition."""
    if sign and sign in _PLACES:
        return [sign]
    currency = bracket[1:].partition("-")[0] if bracket.startswith("$") else ""
    text = "" if blank else quoted or escaped or sign or currency
    return [f"\0{text}"] if text else []


def _condition(bracket: str) -> tuple[str, float] | None:
    found = _CONDITION.fullmatch(bracket.strip())
    return None if found is None else (found[1], float(found[2]))
