"""Countries as ISO 3166-1 alpha-2 codes."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from gsprep.shipped import shipped_lines, shipped_pairs
from gsprep.values.text import narrow, searchable, tidy

# Signs between several names of a country, as in "DE - Germany" and "Suisse/Schweiz".
_BETWEEN = re.compile(r"[()\[\]/|;,:]|\s[-\u2013\u2014]\s")
_PUNCTUATION = str.maketrans({".": None, ",": None, "\u2019": "'", "&": " and ", "\u0131": "i"})
_VEHICLES = shipped_pairs("vehicle")
_SHORT = {
    "dem": "democratic", "fed": "federal", "is": "islands", "n": "north", "pr": "people's republic",
    "rep": "republic", "s": "south",
}  # fmt: skip
# With dots these mean something else: n.a. is not Namibia, and S.A. may be two countries.
_NO_CODES = frozenset({"na", "sa"})
# Letters with a slash, as in n/a, are no name in two parts.
_SHORTEST_PART = 3
_LEFT_OUT = frozenset({"and", "of", "the"})
# Two of these letters are a flag.
_FLAG = re.compile("[\U0001f1e6-\U0001f1ff]{2}")
_OF_FLAGS = {0x1F1E6 + at: chr(ord("a") + at) for at in range(26)}


@lru_cache(maxsize=10_000)
def country_code(text: str) -> str | None:
    """Return the alpha-2 code of a country's code or name, or None.

    Codes have two letters or three; flags and the signs of European vehicles count. Names are known
    in English and in three dozen of the languages lists are written in, also shortened (``Czech
    Rep.``), without blanks and with the last word first (``Korea, South``). Several names and codes
    are one country if they all mean it.

    >>> [country_code(t) for t in ("DEU", "Allemagne", " U.S.A. ", "Germany (DE)", "Atlantis")]
    ['DE', 'DE', 'US', 'DE', None]
    """
    seen = _FLAG.sub(lambda flag: f"/{flag[0].translate(_OF_FLAGS)}/", text)
    whole = _one_country(seen)
    if whole is not None:
        return whole
    between = [part for part in _BETWEEN.split(seen) if part.strip()]
    parts = {_one_country(part) for part in between}
    if len(parts) == 1:
        return parts.pop()
    if len(between) != 2 or min(map(len, between)) < _SHORTEST_PART:  # noqa: PLR2004  name and more
        return None
    return _one_country(" ".join(between)) or _one_country(" ".join(reversed(between)))


def _one_country(text: str) -> str | None:
    seen = compared(text)
    if seen in _NO_CODES and "." in text:
        return None
    # A code has no accent: Áo is Austria in Vietnamese.
    code = _codes().get(seen) if narrow(text).isascii() else None
    found = code or _names().get(seen) or _VEHICLES.get(seen)
    return found or _loose_names().get(_loose(seen))


def _loose(name: str) -> str:
    """Return a compared name for a second look: written out, without small words and blanks."""
    words = name.replace("-", " ").replace("'s", "s").replace("'", " ").split()
    full = [_SHORT.get(word, word).replace("'", "") for word in words] if len(words) > 1 else words
    return "".join(" ".join(word for word in full if word not in _LEFT_OUT).split())


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
def _loose_names() -> dict[str, str]:
    return {_loose(name): code for name, code in _names().items()}


@cache
def _codes() -> dict[str, str]:
    pairs = [line.split("\t") for line in shipped_lines("rules", "lists", "country_codes.txt")]
    return {code.lower(): pair[0] for pair in pairs for code in pair}


def compared(text: str) -> str:
    """Return a name for comparing: no dots, typed apostrophes, "and" for &, "saint" for St."""
    words = searchable(tidy(text) or "").translate(_PUNCTUATION).split()
    if len(words) > 1 and words[0] == "the":
        words = words[1:]
    if all(len(word) == 1 for word in words):
        return "".join(words)
    # The code of São Tomé is ST.
    return " ".join("saint" if word == "st" and len(words) > 1 else word for word in words)
