"""Countries as ISO 3166-1 alpha-2 codes."""

from __future__ import annotations

import re
from functools import cache

from gsprep.shipped import shipped_lines
from gsprep.values.text import searchable, tidy

# Signs between several names of a country, as in "DE - Germany" and "Suisse/Schweiz".
_BETWEEN = re.compile(r"[()\[\]/|;,:]|\s[-\u2013\u2014]\s")
_SIGNS = str.maketrans({".": None, ",": None, "\u2019": "'", "&": " and ", "\u0131": "i"})


def country_code(text: str) -> str | None:
    """Return the alpha-2 code of a country's code or name, or None.

    Codes have two letters or three. Names are known in English and in three dozen of the languages
    lists are written in. Several names and codes are one country if they all mean it.

    >>> [country_code(t) for t in ("DEU", "Allemagne", " U.S.A. ", "Germany (DE)", "Atlantis")]
    ['DE', 'DE', 'US', 'DE', None]
    """
    whole = _one_country(text)
    if whole is not None:
        return whole
    parts = {_one_country(part) for part in _BETWEEN.split(text) if part.strip()}
    return parts.pop() if len(parts) == 1 else None


def _one_country(text: str) -> str | None:
    seen = compared(text)
    return _codes().get(seen) or _names().get(seen)


def is_country(text: str) -> bool:
    """Return whether the text is a country's code or name."""
    return country_code(text) is not None


def is_country_name(text: str) -> bool:
    """Return whether the text is a country's name; a code may mean a language as well."""
    return compared(text) in _names()


@cache
def _names() -> dict[str, str]:
    return dict(line.split("\t") for line in shipped_lines("rules", "lists", "countries.txt"))


@cache
def _codes() -> dict[str, str]:
    pairs = [line.split("\t") for line in shipped_lines("rules", "lists", "country_codes.txt")]
    return {code.lower(): pair[0] for pair in pairs for code in pair}


def compared(text: str) -> str:
    """Return a name for comparing: no dots, typed apostrophes, "and" for &, "saint" for St."""
    words = searchable(tidy(text) or "").translate(_SIGNS).split()
    if len(words) > 1 and words[0] == "the":
        words = words[1:]
    if all(len(word) == 1 for word in words):
        return "".join(words)
    # The code of São Tomé is ST.
    return " ".join("saint" if word == "st" and len(words) > 1 else word for word in words)
