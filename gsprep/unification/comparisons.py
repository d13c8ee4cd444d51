"""The comparisons: each one way to compare a person with a company.

The table is the algorithm: a rulebook gives each comparison a weight in log-odds, and the
docstring of a comparison is the sentence a reviewer reads. Each takes the distinct pairs of one
kind and returns how far it holds, from 0 to 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from inspect import getdoc
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gsprep.unification.alignment import Alignment

Kind = Literal["domain", "phone", "name", "country"]
Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class DomainPairs:
    """Pairs of an e-mail host and a company.

    listed:   the company lists this host, or the longest listed host above it.
    sharers:  how many companies list it.
    related:  the company lists another host of the same registered domain.
    labelled: the domain's label is the company's name, or the label of a domain it lists.
    lists:    the company lists any domain.
    own:      the domain belongs to an employer: no free, disposable or excluded mail.
    yours:    the domain is the user's own.
    """

    listed: Bools
    sharers: NDArray[np.int64]
    related: Bools
    labelled: Bools
    lists: Bools
    own: Bools
    yours: Bools


@dataclass(frozen=True, slots=True)
class PhonePairs:
    """Pairs of a number and a company: whether it lists it, and how many companies do."""

    listed: Bools
    sharers: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class NamePairs:
    """Pairs of a stated employer and a company.

    equal:    the words that name are the same, legal form and blanks apart.
    spelling: how alike the two are letter by letter, from 0 to 1.
    initials: one is the initials of the other.
    numbers:  the numbers in both are the same.
    words:    how the words of the two answer one another.
    elsewhere: another company has exactly the stated name.
    forms:    both state a legal form, and not the same.
    """

    equal: Bools
    spelling: Floats
    initials: Bools
    numbers: Bools
    words: Alignment
    elsewhere: Bools
    forms: Bools


@dataclass(frozen=True, slots=True)
class CountryPairs:
    """Pairs of a person's country and a company: whether both are known, and equal."""

    known: Bools
    equal: Bools


def same_domain(pairs: DomainPairs) -> Bools:
    """Their e-mail is at a domain that only this company lists."""
    alone: Bools = pairs.sharers == 1
    return pairs.listed & pairs.own & alone


def shared_domain(pairs: DomainPairs) -> Bools:
    """Their e-mail is at a domain that this company lists, as others do."""
    shared: Bools = pairs.sharers > 1
    return pairs.listed & pairs.own & shared


def related_domain(pairs: DomainPairs) -> Bools:
    """Their e-mail is at an unlisted part of a domain that this company lists."""
    return pairs.related & pairs.own & _unlisted(pairs)


def domain_like_name(pairs: DomainPairs) -> Bools:
    """Their e-mail's domain bears this company's name."""
    return pairs.labelled & ~pairs.related & pairs.own & _unlisted(pairs)


def other_domain(pairs: DomainPairs) -> Bools:
    """Their e-mail is at an employer's domain, and this company lists another."""
    told = pairs.related | pairs.labelled
    return pairs.own & pairs.lists & _unlisted(pairs) & ~told


def others_domain(pairs: DomainPairs) -> Bools:
    """Their e-mail is at a domain that another company lists."""
    listed: Bools = pairs.sharers > 0
    return pairs.own & listed & ~pairs.listed


def your_domain(pairs: DomainPairs) -> Bools:
    """Their e-mail is at your own domain: your staff belong to no customer."""
    return pairs.yours


def _unlisted(pairs: DomainPairs) -> Bools:
    unlisted: Bools = pairs.sharers == 0
    return unlisted


def same_phone(pairs: PhonePairs) -> Bools:
    """Their telephone number is one that only this company lists."""
    alone: Bools = pairs.sharers == 1
    return pairs.listed & alone


def shared_phone(pairs: PhonePairs) -> Bools:
    """Their telephone number is one that this company lists, as others do."""
    shared: Bools = pairs.sharers > 1
    return pairs.listed & shared


def same_name(pairs: NamePairs) -> Bools:
    """The employer they state has this company's name."""
    return pairs.equal


# Below this, two names have more letters apart than a slip explains; what is left is scaled.
_ALIKE_FROM = 0.8


def spelled_alike(pairs: NamePairs) -> Floats:
    """The employer they state differs from this company's name by a letter or two."""
    by_words = np.minimum(pairs.words.mine, pairs.words.theirs)
    # A letter apart in a rare word tells more than the common words that are the same.
    alike = np.where(pairs.words.whole, np.minimum(pairs.spelling, by_words), pairs.spelling)
    degree = np.clip((alike - _ALIKE_FROM) / (1 - _ALIKE_FROM), 0, 1)
    return np.where(_is_slip(pairs), degree, 0)


def same_words(pairs: NamePairs) -> Bools:
    """The employer they state is this company's name with words shortened or misspelt."""
    return _open(pairs) & pairs.words.whole & pairs.words.first & pairs.numbers & ~_is_slip(pairs)


def shared_words(pairs: NamePairs) -> Floats:
    """The employer they state has words of this company's name."""
    shared = (pairs.words.mine + pairs.words.theirs) / 2
    return np.where(_open(pairs) & ~_told(pairs), shared, 0)


def first_word(pairs: NamePairs) -> Bools:
    """The employer they state begins with the same word as this company's name."""
    return pairs.words.first & _open(pairs) & ~_told(pairs)


def initials(pairs: NamePairs) -> Bools:
    """The employer they state and this company's name have the same initials."""
    return pairs.initials & _open(pairs)


def other_words(pairs: NamePairs) -> Floats:
    """The employer they state and this company's name both have words that the other lacks."""
    both = np.sqrt((1 - pairs.words.mine) * (1 - pairs.words.theirs))
    return np.where(_open(pairs) & ~_told(pairs), both, 0)


def other_name(pairs: NamePairs) -> Floats:
    """The employer they state has another name."""
    contained = np.maximum(pairs.words.mine, pairs.words.theirs)
    return np.where(_open(pairs) & ~_told(pairs), 1 - contained, 0)


def others_name(pairs: NamePairs) -> Bools:
    """The employer they state is another company's name."""
    return pairs.elsewhere & ~pairs.equal


def other_number(pairs: NamePairs) -> Bools:
    """The employer they state has another number in its name."""
    return ~pairs.numbers & _open(pairs)


def other_legal_form(pairs: NamePairs) -> Bools:
    """The employer they state has another legal form."""
    return pairs.forms


def _open(pairs: NamePairs) -> Bools:
    """Return where no company has exactly the stated name, so that likeness says something."""
    return ~pairs.equal & ~pairs.elsewhere


def _is_slip(pairs: NamePairs) -> Bools:
    alike: Bools = pairs.spelling > _ALIKE_FROM
    return _open(pairs) & alike & pairs.numbers


def _told(pairs: NamePairs) -> Bools:
    return _is_slip(pairs) | same_words(pairs) | pairs.initials


def same_country(pairs: CountryPairs) -> Bools:
    """They are in the company's country."""
    return pairs.known & pairs.equal


def other_country(pairs: CountryPairs) -> Bools:
    """They are in another country than the company."""
    return pairs.known & ~pairs.equal


@dataclass(frozen=True, slots=True)
class Comparison:
    """A comparison by its kind and function."""

    kind: Kind
    holds: Callable[..., NDArray[Any]]

    @property
    def sentence(self) -> str:
        """What a reviewer reads."""
        return getdoc(self.holds) or ""


def _table(kind: Kind, *functions: Callable[..., NDArray[Any]]) -> dict[str, Comparison]:
    return {function.__name__: Comparison(kind, function) for function in functions}


COMPARISONS: Mapping[str, Comparison] = {
    **_table(
        "domain",
        same_domain,
        shared_domain,
        related_domain,
        domain_like_name,
        other_domain,
        others_domain,
        your_domain,
    ),
    **_table("phone", same_phone, shared_phone),
    **_table(
        "name",
        same_name,
        spelled_alike,
        same_words,
        shared_words,
        first_word,
        initials,
        other_words,
        other_name,
        others_name,
        other_number,
        other_legal_form,
    ),
    **_table("country", same_country, other_country),
}
