"""Two names of one company in a cell."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from itertools import chain

import numpy as np
import pyarrow as pa

from gsprep.shipped import shipped_lines
from gsprep.values.arrow import matches
from gsprep.values.company_name import split_company_name
from gsprep.values.country import country_code
from gsprep.values.legal_form import tables
from gsprep.values.usual_name import SMALL_WORDS, without_ticker_suffix

# What is between two names, and a quick test for it.
_ALSO = (
    r"d\.?/?b\.?/?a|[tcafn]\.?/[ak]\.?(?:/a)?|[afn]ka|trading as|doing business as|"
    r"(?:also |formerly )?known as|formerly|vormals|anciennement"
)
_BETWEEN = re.compile(
    rf"(?P<also>(?i:[\s,(\[]+(?:{_ALSO})\b\.?:?\s+))|\s[-\u2013]\s|(?<!\b\w)\s*/\s*(?!\w\b)|\s*\((?=[^()]+\)\s*$)"
)
_MAY_BE_TWO = "[(\\[/]|\\s[-\u2013]\\s|(?i:as\\s|formerly|vormals|anciennement|\\b[dafn][bk]a\\b)"
# Letters with dots between them are a legal form that no list has: Q.P.S.C.
_DOTTED = re.compile(r"(?:\w\.){2,}\w?")
_SHORTEST = 3


def names_in(text: str) -> tuple[str, ...]:
    """Return both names of a company that a cell has, none if it has only one.

    What follows is no name if it is a place, a country, a department, a legal form or common words
    of names. In brackets and behind a dash or a slash it has to follow a legal form, to be in
    capitals or letters of the first name in their order, or to repeat a word of it.

    >>> names_in("Saudi Arabian Oil Company (Saudi Aramco)"), names_in("Acme d/b/a Zenith")
    (('Saudi Arabian Oil Company', 'Saudi Aramco'), ('Acme', 'Zenith'))
    >>> names_in("Acme (Deutschland)"), names_in("Acme - Sales"), names_in("Acme (Zenithville)")
    ((), (), ())
    """
    text = without_ticker_suffix(text)
    between = list(_BETWEEN.finditer(text))
    if len(between) != 1:
        return ()
    first, second = text[: between[0].start()].strip(), text[between[0].end() :].strip(" ()[],;")
    if not (_own_words(first) and _own_words(second)):
        return ()
    return (first, second) if between[0]["also"] or _is_of(second, first) else ()


@lru_cache(maxsize=10_000)
def _own_words(text: str) -> frozenset[str]:
    """Return the words that are a company's own; none for a text that is no name."""
    name = split_company_name(text)
    none = name is None or text[0].islower() or _DOTTED.fullmatch(text) or country_code(text)
    words = () if name is None or none else name.core.split()
    return frozenset(word for word in words if len(word) >= _SHORTEST) - _words_of_no_name()


def _is_of(second: str, first: str) -> bool:
    (one, form), (two, _) = (split_company_name(text) or ("", "") for text in (first, second))
    words, letters = set(one.split()), iter(one.replace(" ", ""))
    shared = _own_words(second) - words and words & set(two.split()) - SMALL_WORDS
    in_order = all(letter in letters for letter in two.replace(" ", ""))
    capitals = second.isupper() and not first.isupper()
    return bool(form or capitals or shared or in_order)


@cache
def _words_of_no_name() -> frozenset[str]:
    lists = (f"{name}.txt" for name in ("places", "departments", "name_words"))
    listed = chain.from_iterable(shipped_lines("rules", "lists", name) for name in lists)
    return SMALL_WORDS | tables()["end"].tags.keys() | {line.split()[0] for line in listed}


def all_names_in(names: pa.Array) -> tuple[np.ndarray, pa.Array]:
    """Return ``names_in`` of each name, and the position of the name of each."""
    maybe = np.flatnonzero(matches(names, _MAY_BE_TWO))
    found = [names_in(text) for text in names.take(pa.array(maybe)).to_pylist()]
    at = np.repeat(maybe, [len(both) for both in found]).astype(np.int64)
    return at, pa.array(list(chain.from_iterable(found)), pa.large_string())
