"""The comparisons: each one way to compare a person with a company.

The table is the algorithm: a rulebook gives each comparison a weight in log-odds, and the
docstring of a comparison is the sentence a reviewer reads. Each takes the distinct pairs of one
kind and returns how far it holds, from 0 to 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from inspect import getdoc
from typing import TYPE_CHECKING, Any, Literal

from gsprep.unification.kinds import country, domain, known, name, owner, pattern, phone, title

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

Kind = Literal[
    "domain", "phone", "name", "country", "owner", "linked", "known domain", "known phone",
    "pattern", "title",
]  # fmt: skip


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
        domain.same_domain,
        domain.shared_domain,
        domain.related_domain,
        domain.domain_like_name,
        domain.domain_begins_name,
        domain.domain_begun_by_name,
        domain.domain_initials,
        domain.common_domain,
        domain.other_domain,
        domain.your_domain,
        domain.provider_domain,
    ),
    **_table("phone", phone.same_phone, phone.shared_phone, phone.same_switchboard),
    **_table(
        "name",
        name.same_name,
        name.same_words,
        name.spelled_alike,
        name.begins_alike,
        name.cut_short,
        name.written_on,
        name.first_word,
        name.initials,
        name.words_added,
        name.words_missing,
        name.rare_words_differ,
        name.single_word,
        name.nearer_relative,
        name.relatives_name,
        name.relatives_short_name,
        name.other_number,
        name.other_legal_form,
    ),
    **_table("country", country.same_country, country.other_country),
    **_table("owner", owner.same_owner),
    **_table("linked", known.known_person, known.known_in_several),
    **_table(
        "known domain",
        known.known_at_domain,
        known.known_at_shared_domain,
        known.known_elsewhere,
    ),
    **_table("known phone", known.known_phone, known.known_shared_phone),
    **_table("pattern", pattern.email_pattern, pattern.other_pattern),
    **_table("title", title.domain_is_name, title.domain_is_bare_name),
}
# The model knows more of a domain's label; these are for rules that say exactly what they mean.
FOR_RULES = frozenset({"domain_is_name", "domain_is_bare_name"})
