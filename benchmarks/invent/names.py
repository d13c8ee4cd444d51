"""A company's name as its employees write it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from invent.noise import pick, shares
from invent.words import label

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from random import Random

    from invent.companies import Company
    from invent.words import Words

# How people write their employer. An acronym or a shortened name does not identify it.
FORMS = shares(
    exact=30, no_legal_form=19, other_legal_form=6, acronym=4, abbreviated=6, misspelt=8, branch=7,
    casing=7, shortened=3, no_signs=3, department=2, blank=10, no_employer=1.5,
)  # fmt: skip
# The same with two typing errors, words in another order and joined words.
HARSH_FORMS = shares(
    exact=27, no_legal_form=17, other_legal_form=6, acronym=4, abbreviated=6, misspelt=7,
    misspelt_twice=3, branch=7, casing=6, reordered=3, no_blanks=3, shortened=3, no_signs=3,
    department=2, blank=10, no_employer=1.5,
)  # fmt: skip
# The same with words cut off at a dot, numbers as words and as digits, and what domains are called.
DOMAIN = "domain"
VARIED_FORMS = replace(
    HARSH_FORMS,
    names=(*HARSH_FORMS.names, "dotted", "numbered", DOMAIN),
    weights=(*HARSH_FORMS.weights, 3.0, 1.5, 4.0),
)
STATED = frozenset(VARIED_FORMS.names) - {"acronym", "shortened", "blank", "no_employer"}
TELLING = STATED - {DOMAIN}
_SMALL = frozenset({"and", "of", "the", "und", "für", "de", "der", "&", "for", "la", "et"})
_ORDINALS = {"first": "1st", "second": "2nd", "third": "3rd", "one": "1", "two": "2", "three": "3",
             "four": "4", "five": "5", "seven": "7"}  # fmt: skip
_OTHER_NUMBERS = _ORDINALS | {number: word.title() for word, number in _ORDINALS.items()}
_DEPARTMENTS = (" (Sales)", " / IT", " - HR", " c/o Accounts", " [EMEA]")
_NEIGHBOURS = ("qwertzuiop", "asdfghjkl", "yxcvbnm")
_LONG_ENOUGH, _SHORT_LABEL = 3, 4


def written(company: Company, form: str, words: Words, rng: Random) -> str:
    """Return the name in one of ``HARSH_FORMS``."""
    return _WRITERS[form](company, words, rng)


def _cased(company: Company, _: Words, rng: Random) -> str:
    return pick((company.name.upper(), company.name.lower(), company.core.upper()), rng)


def _abbreviated(company: Company, words: Words, _: Random) -> str:
    return " ".join(words.short.get(word, word) for word in company.name.split())


def _branch(company: Company, _: Words, rng: Random) -> str:
    city = pick(company.country.cities, rng) or "HQ"
    german = " Niederlassung " if company.country.code == "DE" else " "
    return company.core + pick((" ", " - ", ", ", german), rng) + city


def _no_signs(company: Company, _: Words, __: Random) -> str:
    return " ".join("".join(c if c.isalnum() else " " for c in company.name).split())


def _misspelt_twice(company: Company, _: Words, rng: Random) -> str:
    return misspelt(misspelt(pick((company.core, company.name), rng), rng), rng)


def _reordered(company: Company, _: Words, __: Random) -> str:
    first, *others = company.core.split()
    return " ".join((*others, first))


def _dotted(company: Company, _: Words, rng: Random) -> str:
    """Return the name as lists of securities have it: IMP. OIL, NATL AUSTR. BK."""
    kept = 3 + int(rng.random() * 3)
    words = [f"{w[:kept]}." if len(w) > kept + 1 else w for w in company.core.split()]
    return " ".join(words).upper()


def _numbered(company: Company, _: Words, __: Random) -> str:
    return " ".join(_OTHER_NUMBERS.get(word.lower(), word) for word in company.name.split())


def _domain(company: Company, _: Words, rng: Random) -> str:
    """Return what its domain is called, short ones in capitals as a rule."""
    called = next(iter(company.domains), "").partition(".")[0] or label(company.core)
    short = len(called) <= _SHORT_LABEL
    return pick((called, called.title(), called.upper() if short else called.title()), rng)


_WRITERS: Mapping[str, Callable[[Company, Words, Random], str]] = {
    "exact": lambda company, _, __: company.name,
    "no_legal_form": lambda company, _, __: company.core,
    "other_legal_form": lambda company, _, rng: (
        f"{company.core} {pick(company.country.legal, rng)}"
    ),
    "acronym": lambda company, _, __: acronym(company.core),
    "abbreviated": _abbreviated,
    "misspelt": lambda company, _, rng: misspelt(pick((company.core, company.name), rng), rng),
    "misspelt_twice": _misspelt_twice,
    "reordered": _reordered,
    "no_blanks": lambda company, _, __: "".join(company.core.split()),
    "branch": _branch,
    "casing": _cased,
    "shortened": lambda company, _, __: shortened(company.core),
    "no_signs": _no_signs,
    "department": lambda company, _, rng: company.core + pick(_DEPARTMENTS, rng),
    "dotted": _dotted,
    "numbered": _numbered,
    DOMAIN: _domain,
    "blank": lambda _, __, ___: "",
    "no_employer": lambda _, words, rng: pick(words.lists["no_employer"], rng),
}


def acronym(core: str) -> str:
    """Return the first letters of three or more words; a shorter name stays.

    >>> acronym("Velora Steel and Freight International")
    'VSFI'
    """
    initials = [
        word[0].upper() for word in core.split() if word.lower() not in _SMALL and word[0].isalnum()
    ]
    return "".join(initials) if len(initials) >= _LONG_ENOUGH else core


def shortened(core: str) -> str:
    """Return the name without its last word; a single word stays."""
    return " ".join(core.split()[:-1]) or core


def misspelt(text: str, rng: Random) -> str:
    """Return text with one typing error: a letter swapped, lost, doubled or from a near key.

    >>> from random import Random
    >>> misspelt("Velora", Random(1)) != "Velora"
    True
    """
    places = [at for at in range(1, len(text) - 1) if text[at].isalpha() and text[at + 1].isalpha()]
    if not places:
        return text
    at = places[int(rng.random() * len(places))]
    before, here, after, rest = text[:at], text[at], text[at + 1], text[at + 2 :]
    swapped = before + after + here + rest if here != after else before + here + rest
    other = before + _beside(here, rng) + after + rest
    return pick((swapped, before + after + rest, before + here * 2 + after + rest, other), rng)


def _beside(letter: str, rng: Random) -> str:
    row = next((row for row in _NEIGHBOURS if letter.lower() in row), "aeiou")
    return pick(row.replace(letter.lower(), ""), rng)
