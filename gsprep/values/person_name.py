"""Names of people: put together from their parts, and taken apart."""

from __future__ import annotations

import re
from typing import NamedTuple

from gsprep.values.text import searchable, tidy

# Forms of address; the list of opensanctions/rigour (MIT) without its offices and job titles,
# since "Director", "General" or "Count" may be a name in a sheet of names.
_TITLES = frozenset({
    "mr", "mister", "mrs", "ms", "miss", "mx", "madam", "madame", "mme", "mlle", "monsieur",
    "fraulein", "frau", "herr", "hr", "senor", "senora", "senorita", "sr", "sra", "srta", "signor",
    "signora", "sig", "dr", "dra", "doctor", "prof", "professor", "dott", "dottore", "dottssa",
    "ing", "dipl-ing", "mag", "rev", "reverend", "hon", "sir", "lady", "lord", "dame", "capt",
    "captain", "col", "lt", "sgt", "maj",
})  # fmt: skip
# A title that is a name as well counts only with its dot.
_ONLY_WITH_DOT = frozenset({"ing", "mag", "hon", "lady", "lord", "dame", "maj", "col", "sig", "hr"})
_SUFFIXES = frozenset({
    "jr", "jnr", "junior", "snr", "ii", "iii", "iv", "phd", "md", "mba", "msc", "bsc", "ba", "ma",
    "llm", "jd", "esq", "cpa", "cfa", "dds", "dphil", "edd", "rn", "pmp", "fca", "frcs", "obe",
    "mbe", "cbe",
})  # fmt: skip
_DEGREES_LIKE_NAMES = frozenset({"ba", "ma", "md", "jd", "rn", "iv"})
_PARTICLES = frozenset({
    "van", "von", "der", "den", "de", "del", "della", "di", "da", "das", "dos", "do", "du", "la",
    "le", "el", "al", "bin", "ibn", "ben", "bint", "ter", "ten", "te", "zu", "zur", "zum", "af",
    "av", "abu", "ap", "st", "san", "santa",
})  # fmt: skip
_COMMA = re.compile(r"\s*[,;\uff0c\u3001]\s*")


class PersonName(NamedTuple):
    """A person's name taken apart; what the text does not say is "".

    Attributes:
        given: given and middle names. family: the family name with its particles ("van Dyk").
        title: forms of address, as written. suffix: "Jr.", "III", degrees, as written.
    """

    given: str
    family: str
    title: str = ""
    suffix: str = ""


def full_name(first: str | None, middle: str | None, last: str | None) -> str | None:
    """Return the parts that are there, joined by one blank; None when there is none.

    >>> full_name(" Ana ", None, "Ruiz")
    'Ana Ruiz'
    """
    parts = [tidy(part) for part in (first, middle, last) if part]
    return " ".join(filter(None, parts)) or None


def split_person_name(text: str) -> PersonName | None:
    """Take a person's name apart, or return None when it has no letter.

    "Last, First" is turned; titles and suffixes are told apart; particles belong to the family
    name. One word alone is a given name. In scripts that write no blanks the name stays whole, as
    the given name: where it divides is not written.

    >>> split_person_name("van Dyk, Dr. Ana M.")
    PersonName(given='Ana M.', family='van Dyk', title='Dr.', suffix='')
    >>> split_person_name("Martin Luther King Jr.")
    PersonName(given='Martin Luther', family='King', title='', suffix='Jr.')
    """
    seen = tidy(text)
    if seen is None or not any(map(str.isalpha, seen)):
        return None
    parts = [part for part in _COMMA.split(seen) if any(map(str.isalpha, part))]
    suffixes: list[str] = []
    while len(parts) > 1 and all(map(_is_suffix, parts[-1].split())):
        suffixes.insert(0, parts.pop())
    titles, words, more = _framed(" ".join(parts[1:] or parts).split())
    suffix = " ".join([*more, *suffixes])
    if len(parts) == 1:
        given, family = _divided(words)
        return PersonName(given, family, " ".join(titles), suffix)
    before, family_words, behind = _framed(parts[0].split())
    title = " ".join([*before, *titles])
    return PersonName(
        " ".join(words), " ".join(family_words), title, " ".join(filter(None, [*behind, suffix]))
    )


def _framed(words: list[str]) -> tuple[list[str], list[str], list[str]]:
    """Split off titles in front and suffixes behind; one word always stays."""
    start, end = 0, len(words)
    while start < end - 1 and _is_title(words[start]):
        start += 1
    while end > start + 1 and _is_suffix(words[end - 1]):
        end -= 1
    return words[:start], words[start:end], words[end:]


def _divided(words: list[str]) -> tuple[str, str]:
    """Divide words in reading order: the last one is the family name, with its particles."""
    if len(words) == 1:
        return words[0], ""
    start = len(words) - 1
    while start > 1 and words[start - 1].lower() in _PARTICLES:
        start -= 1
    return " ".join(words[:start]), " ".join(words[start:])


def _is_title(word: str) -> bool:
    plain = _plain(word)
    return plain in _TITLES and (plain not in _ONLY_WITH_DOT or word.endswith("."))


def _is_suffix(word: str) -> bool:
    plain = _plain(word)
    if plain in _DEGREES_LIKE_NAMES:
        # "Jack Ma" has no degree; "Jack Smith MA" has.
        return word.isupper() or "." in word
    # In front "Sr." is a form of address, behind it is senior.
    return plain in _SUFFIXES or word in {"Sr", "Sr."}


def _plain(word: str) -> str:
    return searchable(word).replace(".", "")
