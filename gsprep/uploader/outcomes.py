"""Outcome of a row, and the outcomes of a record."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

if TYPE_CHECKING:
    from collections.abc import Sequence

OutcomeWord = Literal["stored", "refused", "unknown", "unsent"]
OUTCOMES: tuple[OutcomeWord, ...] = get_args(OutcomeWord)
# So many other rows are named in a message.
_NAMED = 3


class Fault(NamedTuple):
    """Why a row went wrong; what is missing is "" (columns error_code, _field, _message)."""

    code: str = ""
    field: str = ""
    message: str = ""


class Outcome(NamedTuple):
    """Outcome of a row."""

    outcome: OutcomeWord
    faults: tuple[Fault, ...] = ()


class RecordOutcome(NamedTuple):
    """Outcome of the person of a record, then of each company and the relationships below it.

    Attributes:
        gsids: the one that the service gave to each, "" for none.
    """

    gsids: tuple[str, ...]
    outcomes: tuple[Outcome, ...]

    @classmethod
    def alike(cls, outcome: Outcome, number: int) -> RecordOutcome:
        """Return one outcome for all of a record."""
        return cls(("",) * number, _same(outcome, number))

    @property
    def person(self) -> Outcome:
        """The outcome of the person."""
        return self.outcomes[0]

    @property
    def all_stored(self) -> bool:
        """Whether the Gsids say everything."""
        return all(one == STORED for one in self.outcomes)


STORED = Outcome("stored")
WITH_SHARED = Outcome(
    "unknown",
    (Fault(message="its person has the Gsid of another person too: see that row"),),
)
NO_RESULT = Outcome(
    "unknown", (Fault(message="the results do not mention this row: look it up in Gainsight"),)
)


def shared_gsid(others: Sequence[str]) -> Outcome:
    """Return the outcome of a person who was given the Gsid of others, by their row_ids.

    >>> shared_gsid(["7"]).faults[0].message
    'the service gave the same Gsid to row 7: look both up in Gainsight'
    """
    named = ", ".join(f"row {row_id}" for row_id in others[:_NAMED])
    more = f" and {len(others) - _NAMED:,} more" if len(others) > _NAMED else ""
    all_of = "both" if len(others) == 1 else "all of them"
    message = f"the service gave the same Gsid to {named}{more}: look {all_of} up in Gainsight"
    return Outcome("unknown", (Fault(message=message),))


def stored(gsids: Sequence[str]) -> RecordOutcome:
    """Return that all was stored: the Gsids of a person and of each association."""
    return RecordOutcome(tuple(gsids), _same(STORED, len(gsids)))


@lru_cache(maxsize=256)
def _same(outcome: Outcome, number: int) -> tuple[Outcome, ...]:
    return (outcome,) * number


def packed(one: RecordOutcome) -> list[Any]:
    """Return the outcomes of a record as a value of JSON, the shorter the more usual it is.

    >>> packed(stored(["1P", "1C"]))
    ['1P', '1C']
    >>> refused = Outcome("refused", (Fault("E1", "Email", "bad"),))
    >>> packed(RecordOutcome(("", ""), (refused, Outcome("unknown"))))
    [['refused', '', ['E1', 'Email', 'bad']], ['unknown']]
    """
    if one.all_stored:
        return list(one.gsids)
    return [
        [word, gsid, *map(list, faults)] if gsid or faults else [word]
        for gsid, (word, faults) in zip(one.gsids, one.outcomes, strict=True)
    ]


def unpacked(value: Sequence[Any]) -> RecordOutcome:
    """Return the outcomes from the value that ``packed`` made of them."""
    if isinstance(value[0], str):
        return stored(value)
    whole = [part if len(part) > 1 else (*part, "") for part in value]
    outcomes = (Outcome(word, tuple(Fault(*one) for one in faults)) for word, _, *faults in whole)
    return RecordOutcome(tuple(part[1] for part in whole), tuple(outcomes))
