"""Interactions: pairs of comparisons that count more or less together."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from gsprep.unification.rulebook import Rulebook

# Between the two comparisons in the name of a term.
_AND = " + "


class Interaction(NamedTuple):
    """Two comparisons, and the log-odds that they add together if both hold fully."""

    first: str
    second: str
    log_odds: float

    @property
    def name(self) -> str:
        """The name of its term in the evidence."""
        return joint_name(self.first, self.second)


def joint_name(first: str, second: str) -> str:
    """Return the name of the term of two comparisons together.

    >>> joint_name("same_domain", "same_country")
    'same_domain + same_country'
    """
    return f"{first}{_AND}{second}"


def joint_sentences(terms: Iterable[str], sentences: Mapping[str, str]) -> dict[str, str]:
    """Return the sentence of each of the terms that is an interaction, from its comparisons'."""
    pairs = ((name, name.partition(_AND)) for name in terms)
    return {
        name: f"Both together: {sentences[first]} {sentences[second]}"
        for name, (first, _, second) in pairs
        if first in sentences and second in sentences
    }


def interactions_of(book: Rulebook) -> tuple[Interaction, ...]:
    """Return the interactions of a rulebook whose comparisons both have a weight.

    A comparison that is not in the model, or whose weight is 0, does not count.
    """
    return tuple(
        Interaction(first, second, log_odds)
        for first, others in book.interactions.items()
        for second, log_odds in others.items()
        if log_odds and book.model.get(first) and book.model.get(second)
    )


def interaction_terms(
    weights: Mapping[str, np.ndarray], book: Rulebook
) -> Iterator[tuple[str, np.ndarray]]:
    """Yield the name and the term of each interaction.

    ``weights`` has one float32 array for each comparison of the model, in which it has its weight
    times how far it holds. Two that hold half add a quarter of their log-odds.
    """
    for one in interactions_of(book):
        whole = book.model[one.first] * book.model[one.second]
        part = np.float32(one.log_odds / whole)
        yield one.name, part * weights[one.first] * weights[one.second]
