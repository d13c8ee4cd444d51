"""The comparisons: each one way to compare a person with a company.

The table is the algorithm: a rulebook gives each comparison a weight in log-odds, and the
docstring of a comparison is the sentence a reviewer reads. Each takes the distinct pairs of one
kind and returns how far it holds, from 0 to 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from inspect import getdoc
from typing import TYPE_CHECKING, Any, Literal

from gsprep.unification.kinds import country, domain, name, phone

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

Kind = Literal["domain", "phone", "name", "country"]


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
        domain.other_domain,
        domain.others_domain,
        domain.your_domain,
    ),
    **_table("phone", phone.same_phone, phone.shared_phone),
    **_table(
        "name",
        name.same_name,
        name.spelled_alike,
        name.same_words,
        name.shared_words,
        name.first_word,
        name.initials,
        name.other_words,
        name.other_name,
        name.others_name,
        name.other_number,
        name.other_legal_form,
    ),
    **_table("country", country.same_country, country.other_country),
}
