"""Countries as ISO 3166-1 alpha-2 codes."""

from __future__ import annotations

from functools import cache

from gsprep.shipped import shipped_lines
from gsprep.values.text import searchable, tidy


def country_code(text: str) -> str | None:
    """Return the alpha-2 code of a code or an English name, or None when it is neither.

    >>> [country_code(t) for t in ("de", "Germany", " U.S.A. ", "Atlantis")]
    ['DE', 'DE', 'US', None]
    """
    seen = searchable(tidy(text) or "").rstrip(".")
    names = _names()
    if len(seen) == 2 and seen.upper() in set(names.values()):  # noqa: PLR2004  ISO alpha-2
        return seen.upper()
    return names.get(seen)


@cache
def _names() -> dict[str, str]:
    pairs = (line.split("\t") for line in shipped_lines("rules", "lists", "countries.txt"))
    return {searchable(name): code for name, code in pairs}
