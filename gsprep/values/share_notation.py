"""How exchanges and banks write a share: its class, its par value, its kind behind the name."""

from __future__ import annotations

import re

# Currencies as securities lists shorten them: dollar, euro, sterling, francs, crowns, yen, yuan …
_CURRENCY = (
    "DL|EO|LS|SF|DK|NK|SK|HD|YN|YC|AD|CD|RL|RC|SD|ZY"
    "|USD|EUR|GBP|GBX|CHF|DKK|NOK|SEK|HKD|JPY|CNY|AUD|CAD"
)
_PAR_VALUE = rf"(?:{_CURRENCY})\s?(?:-\s?[.,]?\d*|\d*[.,]\d+)|(?:DL|EO|LS|YC|RC|ZY)\s?\d+"
_END = r"(?=$|[\s/\d(])"
_KIND = (
    rf"(?:UN)?SP(?:ON|ONSORED)?\.?\s?[AG]D[RS]S?|[AG]D[RS]S?{_END}|"
    r"O\.\s?N\b|NPV\b|VZO\b|VZ\."
    r"|INH\.|NAM\.|ORD(?:INARY)?\b|SHS\b|PREFERRED\b|PFD\b|REPR\b|[A-Z]\s(?:SHARES?|SHS)\b"
    r"|CL\.?\s?[A-Z]\b|(?:Class|CLASS|Series|SERIES)\s[A-Z]\b"
)
# What may stand before either: bearer or registered shares, and the letter of their class.
_BEFORE = r"(?:(?<=[\s.])(?:NA\.?|INH|[A-Z])\s?)?"
# Only in capitals, as such lists are written: people write names otherwise.
_NOTATION = re.compile(rf"(?<=[\w.)])[\s\-]*{_BEFORE}(?<![A-Za-z])(?:{_PAR_VALUE}|{_KIND}).*$")

# Where it may stand, in the words of RE2, which cannot look around: elsewhere there is none.
MAY_STAND = f"{_PAR_VALUE}|{_KIND}".replace(_END, "")


def without_share_notation(text: str) -> str:
    """Return a name without what a list of securities puts behind it; never nothing.

    >>> without_share_notation("APPIAN CORP.CL.A DL-,0001")
    'APPIAN CORP.'
    >>> without_share_notation("Arena Class Action Ltd")
    'Arena Class Action Ltd'
    """
    name = _NOTATION.sub("", text)
    return name if name.strip() else text
