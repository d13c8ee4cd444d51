"""A company's name as people write it who work there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from invent.noise import pick, shares

if TYPE_CHECKING:
    from random import Random

    from invent.companies import Company
    from invent.words import Words

# How people write their employer. An acronym or a shortened name alone tells nobody who it is.
FORMS = shares(
    exact=30, no_legal_form=19, other_legal_form=6, acronym=4, abbreviated=6, misspelt=8, branch=7,
    casing=7, shortened=3, no_signs=3, department=2, blank=10, no_employer=1.5,
)  # fmt: skip
TELLING = frozenset(FORMS.names) - {"acronym", "shortened", "blank", "no_employer"}
_SMALL = frozenset({"and", "of", "the", "und", "für", "de", "der", "für", "&", "for", "la", "et"})
_NEIGHBOURS = ("qwertzuiop", "asdfghjkl", "yxcvbnm")
_LONG_ENOUGH = 3


def written(company: Company, form: str, words: Words, rng: Random) -> str:
    """Return the name in one of ``FORMS``; where a form does not apply, the nearest that does."""
    return _unlike_itself(company, form, words, rng) if form in _REWORDED else _itself(company, form, rng)


_REWORDED = frozenset({"other_legal_form", "acronym", "abbreviated", "branch", "department", "no_employer"})


def _itself(company: Company, form: str, rng: Random) -> str:
    match form:
        case "exact":
            return company.name
        case "misspelt":
            return misspelt(pick((company.core, company.name), rng), rng)
        case "casing":
            return pick((company.name.upper(), company.name.lower(), company.core.upper()), rng)
        case "shortened":
            return shortened(company.core)
        case "no_signs":
            return " ".join("".join(c if c.isalnum() else " " for c in company.name).split())
        case "blank":
            return ""
    return company.core


def _unlike_itself(company: Company, form: str, words: Words, rng: Random) -> str:
    match form:
        case "other_legal_form":
            return f"{company.core} {pick(company.country.legal, rng)}"
        case "acronym":
            return acronym(company.core)
        case "abbreviated":
            return " ".join(words.short.get(word, word) for word in company.name.split())
        case "branch":
            city = pick(company.country.cities, rng) or "HQ"
            joint = pick((" ", " - ", ", ", " Niederlassung " if company.country.code == "DE" else " "), rng)
            return f"{company.core}{joint}{city}"
        case "department":
            return company.core + pick((" (Sales)", " / IT", " - HR", " c/o Accounts", " [EMEA]"), rng)
    return pick(words.lists["no_employer"], rng)


def acronym(core: str) -> str:
    """Return the first letters of three or more words; a shorter name stays.

    >>> acronym("Velora Steel and Freight International")
    'VSFI'
    """
    initials = [word[0].upper() for word in core.split() if word.lower() not in _SMALL and word[0].isalnum()]
    return "".join(initials) if len(initials) >= _LONG_ENOUGH else core


def shortened(core: str) -> str:
    """Return the name without its last word; a single word stays."""
    return " ".join(core.split()[:-1]) or core


def misspelt(text: str, rng: Random) -> str:
    """Return text with one slip of the fingers: a letter swapped, lost, doubled or beside.

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
