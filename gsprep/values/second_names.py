"""Two names of one company in a cell, and a name with more than it."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from itertools import chain

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gsprep.shipped import shipped_lines, shipped_words
from gsprep.values.arrow import TEXT, as_mask, counted_before, matches
from gsprep.values.company_name import plain_names, same_words, split_company_name
from gsprep.values.country import country_code
from gsprep.values.legal_form import tables
from gsprep.values.name_tokens import split_at_blanks
from gsprep.values.usual_name import LONGEST_NAME, SMALL_WORDS, without_ticker_suffix

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
    if len(text) > LONGEST_NAME:
        return ()
    text = without_ticker_suffix(text)
    between = list(_BETWEEN.finditer(text))
    if len(between) != 1:
        return ()
    first, second = text[: between[0].start()].strip(), text[between[0].end() :].strip(" ()[],;")
    if not (_own_words(second) and _own_words(first)):
        return ()
    return (first, second) if between[0]["also"] or _is_of(second, first) else ()


@lru_cache(maxsize=10_000)
def _own_words(text: str) -> frozenset[str]:
    """Return the words that are a company's own; none for a text that is no name."""
    name = split_company_name(text)
    if name is None or text[0].islower() or _DOTTED.fullmatch(text):
        return frozenset()
    own = {word for word in name.core.split() if len(word) >= _SHORTEST} - _words_of_no_name()
    return frozenset(own if own and not country_code(text) else ())


def _is_of(second: str, first: str) -> bool:
    (one, form), (two, _) = (split_company_name(text) or ("", "") for text in (first, second))
    words = set(one.split())
    shared = _own_words(second) - words and words & set(two.split()) - SMALL_WORDS
    short = _is_short(two, one) or (_is_short(one, two) and one[:1] == two[:1])
    capitals = second.isupper() and not first.isupper()
    return bool(form or capitals or shared or short)


def _is_short(short: str, name: str) -> bool:
    """Return whether the letters of one name are in the other in their order."""
    letters = iter(name.replace(" ", ""))
    return all(letter in letters for letter in short.replace(" ", ""))


@cache
def _words_of_no_name() -> frozenset[str]:
    lists = (f"{name}.txt" for name in ("places", "departments", "name_words"))
    listed = chain.from_iterable(shipped_lines("rules", "lists", name) for name in lists)
    return SMALL_WORDS | tables()["end"].tags.keys() | {line.split()[0] for line in listed}


# A name, and what is written behind or before it that is no other name (RE2).
_DASH = "[-|\u2013\u2014]"
_FORM = "|".join(
    (*shipped_words("form_in_text"), r"Corp\.?", r"Inc\.?", r"Ltd\.?", r"S\.A\.", r"a\.\s?s\.")
)
_PART, _GROUP, _JOB = (
    "|".join(shipped_words(kind)) for kind in ("part_of_company", "group_in_front", "job")
)
_OFFICE = "|".join(shipped_lines("rules", "lists", "departments.txt"))
_BRACKET = r"^(.*\w.*?)\s*[(\[]([^()\[\]]+)[)\]]\s*$"
# IT Dept, Acme; Sales - Acme; Software Engineer at Acme; Beraterin bei Acme
_IN_FRONT = (
    rf"^\s*(?i:(?:[^,]*\b(?:{_PART}|{_JOB})\b\.?[^,]*?|(?:\s*\b(?:{_OFFICE})\b)+)"
    rf"\s*(?:[,:@]|\s{_DASH}\s|\b(?:at|bei|chez)\s)\s*)(.*\w.*)$"
)
# 10234 - Acme, [10234] Acme and #10234: Acme
_CODE = rf"\s*[\[(#]?\d{{3,}}(?:[\])]|:|\s*{_DASH})\s+"
_ADDRESS = r"^(.*\w.*?)\s*,\s*\d+\s+[A-ZÀ-Ý]\w+.*$"
_MORE = (
    _BRACKET,
    _IN_FRONT,
    rf"^{_CODE}(.*\pL.*)$",
    _ADDRESS,
    rf"^(.*\w.*?)\s+{_DASH}\s.*$",
    r"^(.*\w.*?)\s*#\s*\d+\s*$",
    rf"^(.*\w.*?\s(?:{_FORM}))[\s,]+[A-ZÀ-Ý]\w{{3,}}.*$",
    rf"^(.*\w.*?)\s*,(?i:.*\b(?:{_PART})\b).*$",
    rf"^\s*(?i:(?:{_GROUP})\s)(.*\w.*)$",
)
_MAY_HAVE_MORE = (
    rf"[)\]]\s*$|\s{_DASH}\s|#\s*\d+\s*$|\s(?:{_FORM})[\s,]+[A-ZÀ-Ý]\w{{3,}}|,(?i:.*\b(?:{_PART})\b)"
    rf"|^{_CODE}|^\s*(?i:{_GROUP})\s|(?i:\b(?:{_JOB})\b)|^\s*(?i:{_PART}|{_OFFICE})\b.*[,:@]|,\s*\d+\s+[A-ZÀ-Ý]"
)


def all_without_more(names: pa.Array) -> tuple[np.ndarray, pa.Array]:
    """Return the names that have more, without it, and their positions.

    That is a place or a note in brackets, what follows a dash or a legal form, the number of a
    store, a branch behind a comma, and a number or a word for "group" before the name. A country
    in brackets belongs to the name, and so does a place behind a public body: Frankfurt (Oder).

    >>> names = ["Acme (UK)", "BMW AG Werk Ulm", "Acme, Inc.", "Acme (Vevey)", "Acme - Plant 3"]
    >>> at, without = all_without_more(pa.array(names, pa.large_string()))
    >>> dict(sorted(zip(at.tolist(), without.to_pylist(), strict=True)))
    {1: 'BMW AG', 3: 'Acme', 4: 'Acme'}
    """
    left = np.flatnonzero(matches(names, _MAY_HAVE_MORE))
    places, found = [left[:0]], [names.slice(0, 0)]
    for pattern in _MORE:
        texts = names.take(pa.array(left))
        here = matches(texts, pattern)
        at, texts, left = left[here], texts.filter(pa.array(here)), left[~here]
        if pattern == _BRACKET:
            notes = pc.replace_substring_regex(texts, pattern, r"\2").dictionary_encode()
            named = [country_code(note) is None for note in notes.dictionary.to_pylist()]
            kept = np.array(named, dtype=bool)[notes.indices.to_numpy()]
            kept &= ~matches(texts, _public_bodies())
            at, texts = at[kept], texts.filter(pa.array(kept))
        places.append(at)
        found.append(pc.replace_substring_regex(texts, pattern, r"\1"))
    return np.concatenate(places), pa.concat_arrays(found)


@cache
def _public_bodies() -> str:
    """Return a pattern of words of public bodies."""
    bodies = shipped_words("government")
    others = (other for other, written in same_words().items() if written in bodies)
    return rf"(?i:\b(?:{'|'.join((*bodies, *others))})\b)"


def all_names_in(names: pa.Array) -> tuple[np.ndarray, pa.Array]:
    """Return ``names_in`` of each name, and the position of the name of each."""
    maybe = np.flatnonzero(matches(names, _MAY_BE_TWO))
    found = [names_in(text) for text in names.take(pa.array(maybe)).to_pylist()]
    at = np.repeat(maybe, [len(both) for both in found]).astype(np.int64)
    return at, pa.array(list(chain.from_iterable(found)), pa.large_string())


def names_of_bodies(cores: pa.Array) -> tuple[np.ndarray, pa.Array]:
    """Return what public bodies and universities are of, and the position of each one's core.

    Rapid city for City of Rapid City, nurnberg for Stadt Nürnberg. An article in front is left out
    as well: spiegel for Der Spiegel.
    """
    lists, plain = split_at_blanks(cores), plain_names(cores)
    heads = {word for kind in ("government", "turned") for word in shipped_words(kind)}
    head = pc.is_in(plain.words, value_set=pa.array(sorted(heads), TEXT))
    small = pc.is_in(lists.words, value_set=pa.array(sorted(SMALL_WORDS), TEXT))
    heads_at = as_mask(head)[plain.codes]
    own = counted_before(~heads_at & ~as_mask(small)[lists.codes])
    rest = own[1:] > own[lists.starts[lists.of_text()]]
    before = counted_before(~rest)[lists.starts]
    names = lists.chosen(rest)
    at = np.flatnonzero((np.diff(before) > 0) & (np.diff(names.starts) > 0))
    return at, names.joined(" ").take(pa.array(at))
