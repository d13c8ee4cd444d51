"""Countries as ISO 3166-1 alpha-2 codes."""

from __future__ import annotations

from functools import cache

from gsprep.shipped import shipped_lines
from gsprep.values.text import searchable, tidy

_SIGNS = str.maketrans({".": None, ",": None, "\u2019": "'", "&": " and "})


def country_code(text: str) -> str | None:
    """Return the alpha-2 code of a country's code or name, or None.

    Names are known in English and in a dozen of the languages lists are written in.

    >>> [country_code(t) for t in ("de", "Germany", "Allemagne", " U.S.A. ", "Atlantis")]
    ['DE', 'DE', 'DE', 'US', None]
    """
    seen = _plain(text)
    names = _names()
    if len(seen) == 2 and seen.upper() in _codes():  # noqa: PLR2004  ISO alpha-2
        return seen.upper()
    return names.get(seen)


def is_country(text: str) -> bool:
    """Return whether the text is a country's code or name."""
    return country_code(text) is not None


def is_country_name(text: str) -> bool:
    """Return whether the text is a country's name; a code may mean a language as well."""
    return len(text.strip()) > 2 and is_country(text)  # noqa: PLR2004  ISO alpha-2


@cache
def _names() -> dict[str, str]:
    pairs = (line.split("\t") for line in shipped_lines("rules", "lists", "countries.txt"))
    return {_plain(name): code for name, code in pairs}


@cache
def _codes() -> frozenset[str]:
    return frozenset(_names().values())


def _plain(text: str) -> str:
    """Return a name for comparing: no dots, typed apostrophes, "and" for &, "saint" for St."""
    words = searchable(tidy(text) or "").translate(_SIGNS).split()
    if len(words) > 1 and words[0] == "the":
        words = words[1:]
    if all(len(word) == 1 for word in words):
        return "".join(words)
    # The code of São Tomé is ST.
    return " ".join("saint" if word == "st" and len(words) > 1 else word for word in words)
