"""Protection of CSV cells that a spreadsheet would compute.

A cell that begins with = + - @ tab CR LF gets an apostrophe, unless it is a number, a phone number
or a lone sign. So does each part of a cell after a semicolon or a line break, where a spreadsheet
may divide cells. A cell that has apostrophes before such a beginning gets one more, so removing
exactly one on reading restores every cell. Source: OWASP, CSV injection.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gsprep.values.arrow import as_mask, joined, with_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_NUMBER = r"[+-]?(?:[0-9]+(?:[.,][0-9]+)*|[.,][0-9]+)(?:[eE][+-]?[0-9]+)? ?%?"
# Digits in groups, as people write phone numbers; only the first character can be a plus.
_PHONE = r"\+ ?(?:[0-9]|\([0-9]+\))(?:[ ./()-]{0,3}[0-9])*(?: ?(?:x|ext\.?) ?[0-9]+)?"
_SIGN = r"[+-]"
_HARMLESS = rf"\A'*(?:{_SIGN}|{_NUMBER}|{_PHONE})\z"
# Full-width signs are read as the usual ones by spreadsheets of East Asia.
_BEGINNING = r"[=+\-@\t\r\n\x{FF1D}\x{FF0B}\x{FF0D}\x{FF20}]"
_RISKY = rf"\A'*{_BEGINNING}"
# Where another part begins that a spreadsheet may take for a cell. A tab or a line break is what
# divides, so a part begins with none.
_PART = r"[=+\-@\x{FF1D}\x{FF0B}\x{FF0D}\x{FF20}]"
_RISKY_PARTS = rf"[;\r\n] *'*{_PART}"
_PARTS = re.compile(r"([;\r\n]+ *)('*)([=+\-@\uFF1D\uFF0B\uFF0D\uFF20][^;\r\n]*)")
_HARMLESS_PART = re.compile(rf"(?:{_SIGN}|{_NUMBER}|{_PHONE}) *\Z")
# A cell that is a formula beyond doubt: a lone dash or a @name is none.
_FORMULA = r"\A(?:=.|[+\-@][^\s].*[(|!])"
# A formula that is a text only, so that leading zeros stay.
_TEXT = r"\A=\"(?:[^\"]|\"\")*\"\z"
_PROTECTED = rf"\A'+{_BEGINNING}"
_PROTECTED_PARTS = rf"[;\r\n] *'+{_PART}"
# Bytes of which a cell that is protected or a formula has one, anywhere or as its first.
_BETWEEN_PARTS, _FIRST = b";\r\n", b"'=+-@\t\r\n\xef"


def protect(cells: pa.Array) -> pa.Array:
    """Return the cells with an apostrophe before each that a spreadsheet would compute.

    >>> cells = ["=1", "-5", "+49 30 1-2", "-", "'=1", "O'Neil", "x;=1", "1;-5", None]
    >>> protect(pa.array(cells, pa.large_string())).to_pylist()
    ["'=1", '-5', '+49 30 1-2', '-', "''=1", "O'Neil", "x;'=1", '1;-5', None]
    """
    cells = _each(cells, _RISKY_PARTS, lambda marks: f"{marks}'")
    risky = _matches(cells, _RISKY)
    if not pc.any(risky).as_py():
        return cells
    return pc.if_else(risky, joined("'", cells), cells)


def without_formula_of_text(cells: pa.Array) -> tuple[pa.Array, int]:
    """Return the cells with ``="00123"`` as the text in it, as Excel shows it, and how many."""
    some = pc.fill_null(pc.starts_with(cells, '="'), fill_value=False)
    if not pc.any(some).as_py():
        return cells, 0
    some = pc.and_(some, pc.match_substring_regex(cells, _TEXT))
    inner = pc.replace_substring(pc.utf8_slice_codeunits(cells.filter(some), 2, -1), '""', '"')
    return pc.replace_with_mask(cells, some, inner), len(inner)


def may_be_marked(cells: pa.Array) -> np.ndarray:
    """Return the cells that may have such an apostrophe, or be a formula."""
    return with_bytes(cells, _BETWEEN_PARTS, _FIRST)


def unprotect(cells: pa.Array, where: np.ndarray | None = None) -> tuple[pa.Array, int]:
    """Return the cells without the apostrophe that ``protect`` gives, and how many had one.

    ``where`` are those that ``may_be_marked``.

    >>> cells = pa.array(["'=1+1", "'-5", "''=1", "'tis", "=1"], pa.large_string())
    >>> unprotect(cells)[0].to_pylist()
    ['=1+1', "'-5", "'=1", "'tis", '=1']
    """
    some = pa.array(may_be_marked(cells) if where is None else where)
    odd = cells.filter(some)
    had = _matches(odd, _PROTECTED)
    freed = pc.if_else(had, pc.utf8_slice_codeunits(odd, 1), odd) if pc.any(had).as_py() else odd
    plain = _each(freed, _PROTECTED_PARTS, lambda marks: marks[1:])
    if plain is odd:
        return cells, 0
    changed = pc.sum(pc.not_equal(plain, odd)).as_py() or 0
    return pc.replace_with_mask(cells, some, plain), changed


def formulas_in(
    columns: Sequence[pa.Array], where: Sequence[np.ndarray] = ()
) -> dict[int, np.ndarray]:
    """Return, by column, the places of the cells that a spreadsheet would compute, if any.

    ``where`` are for each column the cells that ``may_be_marked``.

    >>> columns = [["x", "=1+1"], ["-", "@ana"], ["+1 (415) 5"]]
    >>> formulas_in([pa.array(cells, pa.large_string()) for cells in columns])
    {0: array([1])}
    """
    odd = where or map(may_be_marked, columns)
    found = {at: _formulas(*each) for at, each in enumerate(zip(columns, odd, strict=True))}
    return {at: places for at, places in found.items() if len(places)}


def _formulas(cells: pa.Array, where: np.ndarray) -> np.ndarray:
    some = np.flatnonzero(where)
    return some[as_mask(_matches(cells.take(pa.array(some)), _FORMULA))]


def unprotect_texts(texts: Sequence[str]) -> list[str]:
    """Return texts, such as headers, without the apostrophe that ``protect`` gives."""
    return list(unprotect(pa.array(texts, pa.large_string()))[0].to_pylist())


def _each(cells: pa.Array, pattern: str, marked: Callable[[str], str]) -> pa.Array:
    """Return the cells with changed apostrophes before their parts; few match a pattern."""
    some = pc.match_substring_regex(cells, pattern)
    if not pc.any(some).as_py():
        return cells

    def other(found: re.Match[str]) -> str:
        between, marks, rest = found.groups()
        is_harmless = _HARMLESS_PART.match(rest) is not None
        return found[0] if is_harmless else f"{between}{marked(marks)}{rest}"

    changed = (_PARTS.sub(other, text) for text in cells.filter(some).to_pylist())
    return pc.replace_with_mask(cells, some, pa.array(changed, cells.type))


def _matches(cells: pa.Array, pattern: str) -> pa.Array:
    some = pc.match_substring_regex(cells, pattern)
    if not pc.any(some).as_py():
        return some
    return pc.and_not(some, pc.match_substring_regex(cells, _HARMLESS))
