"""Names of people in one cell, in either order and any script."""

# ruff: noqa: RUF001  letters that look alike are what is written in Latin ones

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from gsprep.values.arrow import TEXT, as_arrow, as_mask, matches
from gsprep.values.distinct import distinct_hashes, united
from gsprep.values.text import searchable, tidy

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

# What follows a name behind a comma and is no name: generations, degrees and orders.
_GENERATIONS = frozenset({"jr", "sr", "junior", "senior", "ii", "iii", "iv", "v"})
_DEGREES = frozenset({
    "ba", "bsc", "ca", "cfa", "cpa", "csm", "dba", "dds", "dr", "edd", "esq", "esquire", "jd",
    "llb", "llm", "ma", "mba", "mbbs", "md", "meng", "mph", "mphil", "msc", "msw", "obe", "mbe",
    "pe", "pharmd", "phd", "pmp", "psyd", "rn", "cissp", "dphil", "frcs", "mib", "mpa", "bs", "ms",
    "bsn", "cbe", "ra", "dvm", "cma", "acca", "shrm", "sphr", "cscp", "ing", "mag", "dipling",
    "ret",
})  # fmt: skip
# A column needs so many names to tell in which order they are, and so large a share of them.
_FEWEST, _MOST = 3, 0.8
_LONGEST_PART = 4


def last_first(text: str) -> tuple[str, str] | None:
    """Return the last and the first name of "Ruiz, Ana"; None if the cell is in another form.

    >>> last_first("Ruiz, Ana"), last_first("Smith, John, Jr."), last_first("Smith, Jr.")
    (('Ruiz', 'Ana'), ('Smith Jr.', 'John'), None)
    >>> last_first("Smith Jr., John"), last_first("Ana Ruiz"), last_first("Ruiz, Ana, PhD")
    (('Smith Jr.', 'John'), None, ('Ruiz', 'Ana'))
    """
    parts = _parts(text)
    names = [part for part in parts if not _is_suffix(part)]
    if len(names) != 2 or _is_suffix(parts[0]):  # noqa: PLR2004  a last and a first name
        return None
    generations = [p for p in parts[1:] if _letters(p) in _GENERATIONS]
    return " ".join([names[0], *generations]), names[1]


def first_last(text: str) -> tuple[str, str] | None:
    """Return the last and the first name of "Ana Ruiz": the last word, and what stands before it.

    >>> first_last("Ana María Ruiz"), first_last("Cher")
    (('Ruiz', 'Ana María'), None)
    """
    if (swapped := last_first(text)) is not None:
        return swapped
    first, _, last = (tidy(text) or "").rpartition(" ")
    return (last, first) if first else None


def natural_name(text: str) -> str | None:
    """Return a name with the first name first; other cells are returned as they are.

    >>> natural_name("Ruiz, Ana"), natural_name("Cher"), natural_name("Ruiz, Ana, PhD")
    ('Ana Ruiz', 'Cher', 'Ana Ruiz, PhD')
    """
    found = last_first(text)
    if found is None:
        return tidy(text)
    degrees = [part for part in _parts(text)[1:] if _letters(part) in _DEGREES]
    return ", ".join([f"{found[1]} {found[0]}", *degrees])


@dataclass(frozen=True, slots=True)
class NameForms:
    """The distinct names of a column by their form, as hashes.

    Attributes:
        last_first: the names with the last name first.
        one_word: those of them with a last name of one word.
        others: the names in another form.
        are_short: whether no first or last name of ``last_first`` has more than four words.
    """

    last_first: np.ndarray
    one_word: np.ndarray
    others: np.ndarray
    are_short: bool

    @property
    def are_last_first(self) -> bool:
        """Whether the names of the column have the last name first.

        The column decides: four of five names are in this form, and at least three. Where the
        words in front of the comma are mostly two or more, they are first and last name, and what
        follows is something else, such as a company.
        """
        found, all_ = len(self.last_first), len(self.last_first) + len(self.others)
        enough = found >= _FEWEST and found >= _MOST * all_
        return enough and self.are_short and 2 * len(self.one_word) >= found

    @classmethod
    def together(cls, parts: Sequence[NameForms]) -> NameForms:
        """Return the forms of a column from those of its parts."""
        return cls(
            united(part.last_first for part in parts),
            united(part.one_word for part in parts),
            united(part.others for part in parts),
            all(part.are_short for part in parts),
        )


def name_forms(names: pd.Series[str]) -> NameForms:
    """Return the forms of the names of a column, or of a part of it.

    >>> name_forms(pd.Series(["Ruiz, Ana", "Berg, Bo", "Dorn, Di", None])).are_last_first
    True
    >>> name_forms(pd.Series(["Ana Ruiz, PhD", "Bo Berg, MBA", "J. Smith, Jr."])).are_last_first
    False
    """
    named = names.dropna()
    may_be = as_mask(pc.match_substring(as_arrow(named), ","))
    found = {text: both for text in named[may_be].unique() if (both := last_first(text))}
    swapped = pd.Series(list(found), dtype="str")
    short = pd.Series([text for text, (last, _) in found.items() if " " not in last], dtype="str")
    return NameForms(
        distinct_hashes(swapped),
        distinct_hashes(short),
        distinct_hashes(named[~named.isin(swapped)] if len(swapped) else named),
        all(len(part.split()) <= _LONGEST_PART for both in found.values() for part in both),
    )


# Letters as passports and most people write them, in lower case and without accents.
_LATIN = str.maketrans(
    dict(zip("абвгдезийклмнопрстуфыэіјґє", "abvgdeziyklmnoprstufyeijge", strict=True))
    | {
        "ж": "zh", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ъ": "", "ь": "",
        "ю": "yu", "я": "ya", "ё": "e", "ї": "i", "ў": "u", "љ": "lj", "њ": "nj", "џ": "dz",
        "ђ": "dj", "ћ": "c",
    }
    | dict(zip("αβγδεζηικλμνξοπρσςτυφω", "avgdeziiklmnxoprsstyfo", strict=True))
    | {"θ": "th", "χ": "ch", "ψ": "ps"}
)  # fmt: skip
_GREEK_PAIRS = (("ου", "ou"), ("αυ", "av"), ("ευ", "ev"), ("μπ", "b"), ("γγ", "ng"), ("γκ", "gk"))
_OTHER_SCRIPTS = "[\u0370-\u03ff\u0400-\u045f\u0490\u0491]"


def in_latin(names: pa.Array) -> pa.Array:
    """Return names with Cyrillic and Greek letters as Latin ones; null and others stay.

    ``names`` are in lower case without accents.

    >>> in_latin(pa.array(["юлия", "παπαδοπουλου", "ruiz", "李"], pa.large_string())).to_pylist()
    ['yuliya', 'papadopoulou', 'ruiz', '李']
    """
    other = pa.array(matches(names, _OTHER_SCRIPTS))
    if not as_mask(other).any():
        return names
    written = [_latin(text) for text in names.filter(other).to_pylist()]
    return pc.replace_with_mask(names, other, pa.array(written, TEXT))


def _latin(text: str) -> str:
    for greek, latin in _GREEK_PAIRS:
        text = text.replace(greek, latin)
    return text.translate(_LATIN)


def _parts(text: str) -> list[str]:
    return [part for part in map(str.strip, (tidy(text) or "").split(",")) if part]


def _is_suffix(part: str) -> bool:
    return _letters(part) in _GENERATIONS | _DEGREES


def _letters(part: str) -> str:
    return "".join(filter(str.isalnum, searchable(part)))
