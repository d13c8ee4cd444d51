"""E-mail domain equal to a company's name, for rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gsprep.unification.index import Feature, Values
from gsprep.unification.keys import person_hosts, where
from gsprep.unification.pairs import EMPTY_INDEX, InvertedIndex, invert
from gsprep.unification.rules import FOR_RULES

if TYPE_CHECKING:
    from gsprep.unification.index import CompanyIndex
    from gsprep.unification.keys import Companies, PersonHosts
    from gsprep.unification.pairs import Bools


@dataclass(frozen=True, slots=True)
class TitlePairs:
    """Facts of an employer's e-mail host and a company."""

    whole: Bools  # the label of the domain is the company's name with its legal form
    bare: Bools  # it is the name without its legal form


def domain_is_name(pairs: TitlePairs) -> Bools:
    """Their e-mail domain is this company's full name."""
    return pairs.whole


def domain_is_bare_name(pairs: TitlePairs) -> Bools:
    """Their e-mail domain is this company's name without its legal form."""
    return pairs.bare


class TitleIndex(NamedTuple):
    """The names of companies in one word: in full, and without a legal form they have."""

    whole: InvertedIndex = EMPTY_INDEX
    bare: InvertedIndex = EMPTY_INDEX


def _look_up(key: PersonHosts, index: CompanyIndex) -> Values:
    """Look up each label; without a rule that compares titles all codes are missing."""
    part, labels = index.part(TITLE), where(key.hosts.labels, key.hosts.employ)
    whole, bare = part.whole.look_up(labels), part.bare.look_up(labels)
    used = index.rulebook.compares(FOR_RULES)
    return Values(
        key.codes if used else np.full(len(key.codes), -1),
        index.proposed_by(whole, bare),
        lambda pairs: TitlePairs(whole.has(pairs), bare.has(pairs)),
    )


def _index(companies: Companies) -> TitleIndex:
    if not companies.rulebook.compares(FOR_RULES):
        return TitleIndex()
    cores, forms = companies.bare_names.to_pylist(), companies.names.legal_form.to_pylist()
    names = list(zip(cores, forms, range(len(companies)), strict=True))
    return TitleIndex(
        whole=invert((core + form, at) for core, form, at in names),
        bare=invert((core, at) for core, form, at in names if form),
    )


TITLE = Feature("title", (domain_is_name, domain_is_bare_name), person_hosts, _look_up, _index)
