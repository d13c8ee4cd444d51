"""Several domains or telephone numbers in one cell."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import combinations, pairwise
from typing import NamedTuple

from gsprep.shipped import shipped_words
from gsprep.values.host import host_of, registrable_domain
from gsprep.values.phone import phone_key, with_several_ends
from gsprep.values.placeholder import is_placeholder, is_placeholder_phone
from gsprep.values.text import tidy

_SITES = shipped_words("site")
_PAGE = rf"(?:^|[/.])(?i:{'|'.join(map(re.escape, _SITES))})/+[^/?#\s]"
_OF_A_SITE = re.compile(_PAGE)
# Cells with one of these may hold more than one domain, or a page on a site; a slash before a dot
# may be a path.
MAY_BE_HOSTS = rf"[;,|\s]|^[^/:]+/.*\.|{_PAGE}"
MAY_BE_PHONES = r"[;,|/\n\r\t]|:::|[A-Za-z&][^0-9]*[0-9]"
# Google writes ::: between values.
_APART = re.compile(r":::|[;,|\n\r\t\v\f\u0085\u2028\u2029]+")
_WORDS = re.compile(r"[^\W\d_]{2,}|&")
_PUNCTUATION = " .:,;/|-\u2013"
# Text with fewer digits next to a number is no other one: an extension, its last digits.
_FEWEST_DIGITS = 6
# More slashes are not a list of numbers.
_MOST_PIECES = 8


class Several(NamedTuple):
    """The entries of one cell, and whether a part of it could not be read."""

    entries: tuple[str, ...]
    unread: bool


def hosts_in(text: str) -> Several:
    r"""Return the hosts in a cell, between ``;``, ``,``, ``|``, blanks and line breaks.

    A slash separates domains if each part is one; else a path begins there. A page on a site
    (linkedin.com/company/acme) is no domain of the company.

    >>> hosts_in("acme.com, www.acme.de|https://acme.fr/about").entries
    ('acme.com', 'acme.de', 'acme.fr')
    >>> hosts_in("acme.com/acme.de").entries, hosts_in("acme.com/index.html").entries
    (('acme.com', 'acme.de'), ('acme.com',))
    >>> hosts_in("acme dot com")
    Several(entries=(), unread=True)
    """
    parts = [_hosts_of(part) for part in _parts(text, is_placeholder)]
    return Several(_once(parts), any(not hosts for hosts in parts))


def _hosts_of(part: str) -> list[str]:
    words = part.split()
    if len(words) == 1:
        return _hosts_of_word(part)
    # In a sentence only what ends in a public suffix is a domain.
    found = [host for word in words for host in _hosts_of_word(word) if registrable_domain(host)]
    first = host_of(part)
    return found or ([first] if first else [])


def _hosts_of_word(word: str) -> list[str]:
    if _OF_A_SITE.search(word):
        return []
    pieces = list(filter(None, word.split("/")))
    hosts = [host_of(piece) for piece in pieces]
    if "://" not in word and all(host and registrable_domain(host) for host in hosts):
        return [host for host in hosts if host]
    whole = host_of(word)
    return [whole] if whole else []


def phones_in(text: str, region: str | None = None) -> Several:
    r"""Return the telephone numbers in a cell as ``phone_key`` gives them.

    They are between ``;``, ``,``, ``|``, line breaks and words. A slash separates numbers unless
    one number is written with it.

    >>> phones_in("+1 415 555 0102 / +1 415 555 0199").entries
    ('+14155550102', '+14155550199')
    >>> phones_in("030/1234567, 030/7654321", "DE").entries
    ('+49301234567', '+49307654321')
    >>> phones_in("+49 89 1234-0/-567").entries
    ('+498912340', '+49891234567')
    >>> phones_in("see website")
    Several(entries=(), unread=True)
    """
    whole = phone_key(text, region)
    if whole is not None:
        return Several((whole,), unread=False)
    ends = with_several_ends(text.strip())
    parts = list(_parts(text if ends is None else ";".join(ends), is_placeholder_phone))
    found = [_phones_of(part, region) for part in parts]
    entries = _once(found)
    lost = (part for part, numbers in zip(parts, found, strict=True) if not numbers)
    unread = any(_digits(part) >= _FEWEST_DIGITS or not entries for part in lost)
    return Several(entries, unread)


def _phones_of(part: str, region: str | None) -> list[str]:
    pieces = part.split("/")
    if len(pieces) <= _MOST_PIECES and (found := _joined_phones(pieces, region)):
        return found
    alone = [piece.strip(_PUNCTUATION) for words in pieces for piece in _WORDS.split(words)]
    phones = [phone_key(piece, region) for piece in alone if _digits(piece) >= _FEWEST_DIGITS]
    return [phone for phone in phones if phone]


def _joined_phones(pieces: list[str], region: str | None) -> list[str]:
    """Return the fewest numbers that all pieces make up, the shortest of them; else none."""
    for count in range(1, len(pieces) + 1):
        ways = sorted(_ways(pieces, count), key=lambda way: max(map(_digits, way)))
        for way in ways:
            if count > 1 and min(map(_digits, way)) < _FEWEST_DIGITS:
                continue
            phones = [phone_key(number, region) for number in way]
            if all(phones):
                return [phone for phone in phones if phone]
    return []


def _ways(pieces: list[str], count: int) -> Iterator[list[str]]:
    """Yield each way to join neighbouring pieces to so many numbers."""
    for cuts in combinations(range(1, len(pieces)), count - 1):
        edges = [0, *cuts, len(pieces)]
        spans = pairwise(edges)
        yield ["/".join(pieces[begin:end]) for begin, end in spans]


def _digits(text: str) -> int:
    return sum(map(str.isdigit, text))


def _parts(text: str, means_nothing: Callable[[str], bool]) -> Iterator[str]:
    for part in _APART.split(text):
        seen = tidy(part)
        if seen is not None and not means_nothing(seen):
            yield seen


def _once(found: Iterable[Iterable[str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(entry for entries in found for entry in entries))
