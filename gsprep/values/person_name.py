"""Names of people in one cell, in either order and any script."""

# ruff: noqa: RUF001  letters that look alike are what is written in Latin ones

from __future__ import annotations

import re
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
# Words before a last name that belong to it, in small letters as they are written there.
_PARTICLES = frozenset({
    "al", "ap", "bin", "bint", "da", "dal", "das", "de", "degli", "dei", "del", "della", "dem",
    "den", "der", "des", "di", "do", "dos", "du", "e", "el", "ibn", "la", "las", "le", "los", "ten",
    "ter", "van", "vom", "von", "y", "zu", "zum", "zur", "'t",
})  # fmt: skip
_FAMILY_FIRST = re.compile(
    "(?=.*[\u3400-\u9fff\uac00-\ud7af])[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\\s]+"
)
# A note behind a name: (ext), [Contractor], (she/her).
_NOTE = re.compile(r"(?<=\S)\s*(?:\([^()]*\)|\[[^\[\]]*\])$")
# A single letter is an initial; behind a comma it is a part of its own.
_GENERATION = re.compile(r"(?<=[^\s,]),?\s+(jr\.?|sr\.?|ii|iii|iv)$", re.IGNORECASE)
_DEGREE_IN_CAPITALS = re.compile("(?<=[^\\W\\d_A-Z]) (?:MA|BA)$")


def last_first(text: str) -> tuple[str, str] | None:
    """Return the last and the first name of "Ruiz, Ana"; None if the cell is in another form.

    A note in brackets at the end is left out.

    >>> last_first("Ruiz, Ana (ext)"), last_first("Smith, John, Jr."), last_first("Smith, Jr.")
    (('Ruiz', 'Ana'), ('Smith Jr.', 'John'), None)
    >>> last_first("Smith, John Jr."), last_first("Ana Ruiz"), last_first("Ruiz, Ana, PhD")
    (('Smith Jr.', 'John'), None, ('Ruiz', 'Ana'))
    """
    parts = _parts(_without_note(text))
    names = [part for part in parts if not _is_suffix(part)]
    if len(names) != 2 or _is_suffix(parts[0]):  # noqa: PLR2004  a last and a first name
        return None
    first, own = _without_generation(names[1])
    generations = [p for p in parts[1:] if _letters(p) in _GENERATIONS]
    return " ".join([names[0], *own, *generations]), first


def first_last(text: str) -> tuple[str, str] | None:
    """Return the last and the first name of "Ana Ruiz": the last word, and what stands before it.

    Particles and generations belong to the last name, degrees and notes to neither. Names in
    Chinese, Japanese and Korean script have the last name first.

    >>> first_last("Ana María Ruiz"), first_last("Cher"), first_last("Ana Ruiz, PhD")
    (('Ruiz', 'Ana María'), None, ('Ruiz', 'Ana'))
    >>> first_last("Jan van der Berg"), first_last("John Smith Jr.")
    (('van der Berg', 'Jan'), ('Smith Jr.', 'John'))
    """
    if (swapped := last_first(text)) is not None:
        return swapped
    parts = _parts(_without_note(text))
    name, own = _without_generation(parts[0] if parts else "")
    own += [p for p in parts[1:] if _letters(p) in _GENERATIONS]
    words = name.split()
    if len(words) == 2 and is_family_first(name):  # noqa: PLR2004  a last and a first name
        return words[0], words[1]
    begins = len(words) - 1
    while begins > 0 and words[begins - 1] in _PARTICLES:
        begins -= 1
    if begins < 1:
        return None
    return " ".join([*words[begins:], *own]), " ".join(words[:begins])


def is_family_first(text: str) -> bool:
    """Return whether a name is in a script in which the last name is first.

    >>> is_family_first("山田 太郎"), is_family_first("김 민수"), is_family_first("สมชาย ใจดี")
    (True, True, False)
    """
    return _FAMILY_FIRST.fullmatch(text) is not None


def natural_name(text: str) -> str | None:
    """Return a name with the first name first; other cells are returned as they are.

    The parts are joined as by ``joined_name``.

    >>> natural_name("Ruiz, Ana (ext)"), natural_name("Cher"), natural_name("Ruiz, Ana, PhD")
    ('Ana Ruiz (ext)', 'Cher', 'Ana Ruiz, PhD')
    >>> natural_name("Dr. van der Berg, Jan")
    'Dr. Jan van der Berg'
    """
    found = last_first(text)
    if found is None:
        return tidy(text)
    note = _NOTE.search(tidy(text) or "")
    degrees = [part for part in _parts(_without_note(text))[1:] if _letters(part) in _DEGREES]
    return ", ".join([joined_name(found[1], "", found[0]), *degrees]) + (
        note.group() if note else ""
    )


def joined_name(first: str, middle: str, last: str) -> str:
    """Return the whole name; a title is first, a generation last, whichever part has it.

    >>> joined_name("Hans", "", "Dr. Müller"), joined_name("John, Jr.", "Q", "Smith")
    ('Dr. Hans Müller', 'John Q Smith Jr.')
    >>> joined_name("太郎", "", "山田")
    '山田 太郎'
    """
    if is_family_first(first) and is_family_first(last):
        return " ".join(filter(None, (last, first, middle)))
    title = _TITLES.match(last) if first else None
    if title is not None:
        last = last[title.end() :]
        if not first.lower().startswith(title.group().strip().lower()):
            first = f"{title.group().strip()} {first}"
    first, generation = _without_generation(first) if last else (first, [])
    return " ".join(filter(None, (first, middle, last, *generation)))


# Parts in which ``joined_name`` may change the order (RE2).
TITLE_FIRST = r"(?i)^(?:(?:dr|prof|ing|mag|dipl|herr|frau|mr|mrs|ms|mme|sr|sra|sir)\b[.-]?)"
GENERATION_LAST = r"(?i)[,\s](?:jr|sr|ii|iii|iv)\.?$"
EAST_ASIAN = r"[\x{3400}-\x{9fff}\x{ac00}-\x{d7af}]"
# Titles before a last name; more than one may be there.
_TITLES = re.compile(
    r"(?:(?:dr|prof|ing|mag|dipl|herr|frau|mr|mrs|ms|mme|sr|sra|sir)\b\.?(?:-?ing\.?)?"
    r"(?:\s*(?:h\.\s?c|habil|med|phil|rer|nat|jur|pol)\b\.?)*\s+)+(?=\S)",
    re.IGNORECASE,
)


def compared_name(text: str) -> str:
    """Return a name for comparing: first name first, generation last, no degrees and notes.

    >>> compared_name("SMITH, JOHN (ext)"), compared_name("Ana Ruiz, PhD"), compared_name("Doe, MD")
    ('JOHN SMITH', 'Ana Ruiz', 'Doe')
    """
    found = last_first(text)
    if found is not None:
        return f"{found[1]} {found[0]}"
    bare = _DEGREE_IN_CAPITALS.sub("", _without_note(text))
    return " ".join(part for part in _parts(bare) if _letters(part) not in _DEGREES) or text


# Names that ``compared_name`` may change (RE2).
MAY_HAVE_MORE = r",|[)\]]\s*$|\p{Ll} (?:MA|BA)$"


def _without_note(text: str) -> str:
    return _NOTE.sub("", tidy(text) or "")


def _without_generation(name: str) -> tuple[str, list[str]]:
    """Return a name without the generation at its end, and the generation, if there is one."""
    found = _GENERATION.search(name)
    return (name, []) if found is None else (name[: found.start()], [found[1]])


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
