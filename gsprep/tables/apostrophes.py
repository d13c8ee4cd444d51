"""The apostrophe that keeps a spreadsheet from computing a cell of a CSV file.

A cell that begins with = + - @ tab CR LF gets one, unless it is a number or a phone number. A
cell that has apostrophes before such a beginning gets one more, so taking exactly one away on
reading gives every cell back. Source: OWASP, CSV injection.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gsprep.values.arrow import as_mask, joined

if TYPE_CHECKING:
    from collections.abc import Sequence

_NUMBER = r"[+-]?(?:[0-9]+(?:[.,][0-9]+)*|[.,][0-9]+)(?:[eE][+-]?[0-9]+)? ?%?"
# Digits in groups, as people write phone numbers; only the first character can be a plus.
_PHONE = r"\+ ?(?:[0-9]|\([0-9]+\))(?:[ ./()-]{0,3}[0-9])*(?: ?(?:x|ext\.?) ?[0-9]+)?"
_HARMLESS = rf"\A'*(?:{_NUMBER}|{_PHONE})\z"
_RISKY = r"\A'*[=+\-@\t\r\n]"
# A cell that is a formula beyond doubt: a lone dash or a @name is none.
_FORMULA = r"\A(?:=.|[+\-@][^\s].*[(|!])"
_PROTECTED = r"\A'+[=+\-@\t\r\n]"


def protect(cells: pa.Array) -> pa.Array:
    """Return the cells with an apostrophe before each that a spreadsheet would compute.

    >>> cells = ["=1", "-5", "+49 30 1-2", "'=1", "O'Neil", None]
    >>> protect(pa.array(cells, pa.large_string())).to_pylist()
    ["'=1", '-5', '+49 30 1-2', "''=1", "O'Neil", None]
    """
    risky = _matches(cells, _RISKY)
    if not pc.any(risky).as_py():
        return cells
    return pc.if_else(risky, joined("'", cells), cells)


def unprotect(cells: pa.Array) -> tuple[pa.Array, int]:
    """Return the cells without the apostrophe that ``protect`` gives, and how many had one.

    >>> unprotect(pa.array(["'=1+1", "'-5", "''=1", "'tis", "=1"]))[0].to_pylist()
    ['=1+1', "'-5", "'=1", "'tis", '=1']
    """
    had = _matches(cells, _PROTECTED)
    count = pc.sum(had).as_py() or 0
    if count == 0:
        return cells, 0
    return pc.if_else(had, pc.utf8_slice_codeunits(cells, 1), cells), count


def formulas_in(columns: Sequence[pa.Array]) -> dict[int, np.ndarray]:
    """Return, by column, the places of the cells that a spreadsheet would compute, if any.

    >>> formulas_in([pa.array(["x", "=1+1"]), pa.array(["-", "@ana"]), pa.array(["+1 (415) 5"])])
    {0: array([1])}
    """
    found = {at: np.flatnonzero(as_mask(_matches(c, _FORMULA))) for at, c in enumerate(columns)}
    return {at: places for at, places in found.items() if len(places)}


def unprotect_texts(texts: Sequence[str]) -> list[str]:
    """Return texts, such as headers, without the apostrophe that ``protect`` gives."""
    return list(unprotect(pa.array(texts, pa.large_string()))[0].to_pylist())


def _matches(cells: pa.Array, pattern: str) -> pa.Array:
    some = pc.match_substring_regex(cells, pattern)
    if not pc.any(some).as_py():
        return some
    return pc.and_not(some, pc.match_substring_regex(cells, _HARMLESS))
