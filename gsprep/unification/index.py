"""Company index, and the features of which it is made."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar, cast

from gsprep.display import counts_html, look_html, plural
from gsprep.unification.answers import NO_ANSWERS, Answers
from gsprep.unification.known import NOTHING_KNOWN, Known

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from gsprep.unification.inverted_index import Lookup
    from gsprep.unification.keys import Companies, People
    from gsprep.unification.pairs import Pairs
    from gsprep.unification.rulebook import Rulebook

Key = TypeVar("Key")
Part = TypeVar("Part")


@dataclass(frozen=True, slots=True)
class Values:
    """The values of one feature that people have, looked up in the company index."""

    codes: np.ndarray  # the position of each person's value, -1 if it is missing
    proposed: tuple[Pairs, ...]  # pairs of a distinct value's position and a company
    facts: Callable[[Pairs], Any]  # what the comparisons look at, for distinct pairs


@dataclass(frozen=True, slots=True)
class Feature(Generic[Key, Part]):
    """One kind of evidence, with all that is needed to compare people and companies by it."""

    kind: str  # its name
    # functions from the facts of pairs to how far a comparison holds, from 0 to 1. The
    # docstring of a comparison is the sentence that a reviewer reads
    comparisons: tuple[Callable[[Any], NDArray[Any]], ...]
    # the key of people; a function that several features have is called once
    key: Callable[[People], Key]
    look_up: Callable[[Key, CompanyIndex], Values]  # looks the distinct keys up in the index
    index: Callable[[Companies], Part]  # the part of the company index


@dataclass(frozen=True, slots=True)
class CompanyIndex:
    """The companies by all their keys; can be given in place of the company frame.

    Companies are in the order of their Gsid, so that a tie goes to the smaller one.
    """

    rulebook: Rulebook  # the rulebook it was prepared with
    gsids: np.ndarray  # the Gsid of each company, by position
    names: np.ndarray  # the name of each company, by position
    parts: Mapping[str, Any]  # the part of each feature, by its kind
    counts: Mapping[str, int] = field(default_factory=dict)  # what is known of how many companies
    unread: tuple[str, ...] = ()  # sentences about cells that could not be read
    # the probability from which the model's candidates are matches, simulated from these companies
    simulated: float | None = None
    promise: tuple[str, ...] = ()  # a sentence about what the simulated line rests on
    capped: tuple[str, ...] = ()  # a sentence about values of too many companies, if there are any
    known: Known = NOTHING_KNOWN  # people already linked, and what they share
    answers: Answers = NO_ANSWERS  # answers of reviewers
    look_at: ClassVar[Mapping[str, str]] = {"notes": "what was left out"}

    def __len__(self) -> int:
        return len(self.gsids)

    def __repr__(self) -> str:
        return f"CompanyIndex(companies={len(self)}, domains={self.counts.get('domains', 0)})"

    def _repr_html_(self) -> str:
        counts = {name: count for name, count in self.counts.items() if name != "domains"}
        return counts_html("CompanyIndex", counts, of=len(self)) + look_html(self)

    def part(self, feature: Feature[Any, Part]) -> Part:
        """Return the part of a feature."""
        return cast("Part", self.parts[feature.kind])

    def proposed_by(self, *lookups: Lookup) -> tuple[Pairs, ...]:
        """Return the pairs that values propose, none for a value of too many companies."""
        largest = self.rulebook.largest_block
        return tuple(one.index.pairs(one.at, largest=largest) for one in lookups)

    @property
    def match_from(self) -> float:
        """The probability from which a candidate is a match."""
        return self.rulebook.decide.line if self.simulated is None else self.simulated

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences about what was left out, and about what the line of a match rests on."""
        count = self.known.left_out
        left_out = (
            f"{count} known {plural(count, 'line names', 'lines name')} a company that is "
            "not in the list: left out"
        )
        known = [left_out] if count else []
        return (*known, *self.unread, *self.capped, *self.answers.notes, *self.promise)
