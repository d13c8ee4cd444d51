"""The rules of a rulebook: which comparisons, together, decide without the model."""

from __future__ import annotations

from typing import Annotated, Any, NamedTuple

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    Field,
    PlainSerializer,
    PlainValidator,
)
from rapidfuzz import fuzz, process

from gsprep.unification.comparisons import COMPARISONS

# Below this likeness (of 100) a name is another word, not a slip.
_LIKE = 75
# What `rule` says of people whom no rule decided.
_TAKEN = frozenset({"answer", "model"})


def comparison_named(name: str) -> str:
    """Return the name of a comparison; ValueError when there is none."""
    if name not in COMPARISONS:
        nearest = process.extractOne(
            name, COMPARISONS.keys(), scorer=fuzz.ratio, score_cutoff=_LIKE
        )
        if nearest is not None:
            raise ValueError(f"no such comparison: did you mean {nearest[0]}?")
        raise ValueError(f"no such comparison; there are {', '.join(sorted(COMPARISONS))}")
    return name


class Condition(NamedTuple):
    """A comparison, and how far it has to hold at the least: 1 is fully."""

    comparison: str
    least: float = 1.0


# The user's own staff belong to no customer, whatever else a rule finds.
YOURS = Condition("your_domain")


def _condition(written: object) -> Condition:
    if isinstance(written, Condition):
        return written
    if isinstance(written, str):
        return Condition(comparison_named(written))
    if not isinstance(written, dict) or len(written) != 1:
        raise ValueError("must be a comparison, or one with a degree, as in spelled_alike: 0.9")
    (name, least), *_ = written.items()
    comparison_named(name)
    number = isinstance(least, int | float) and not isinstance(least, bool)
    if not number or not 0 < least <= 1:
        raise ValueError("must be a number above 0 and up to 1, without quotes")
    return Condition(name, float(least))


def _group(written: object) -> object:
    """Return a group as a tuple; a single condition stands for a group of one."""
    alone = isinstance(written, str | dict | Condition)
    return (written,) if alone else _filled(written)


def _filled(written: object) -> object:
    if written in ((), []):
        raise ValueError("is empty: name at least one comparison")
    return written


def _as_written(condition: Condition) -> Any:
    return condition.comparison if condition.least == 1 else {condition.comparison: condition.least}


def _named(name: str) -> str:
    if not name.strip():
        raise ValueError("empty; name the rule, as decisions show it")
    if name in _TAKEN:
        raise ValueError(f"{name} is what decisions call another way to decide: name it otherwise")
    return name


_Condition = Annotated[Condition, PlainValidator(_condition), PlainSerializer(_as_written)]
Group = Annotated[tuple[_Condition, ...], BeforeValidator(_group)]


class Rule(BaseModel, frozen=True, extra="forbid", strict=True):
    """A way to decide: one of the groups has to hold, each with all its conditions.

    name:      what ``rule`` of a decision says.
    when:      groups of conditions.
    precision: the share of those whom the rule decides that is right.
    """

    name: Annotated[str, AfterValidator(_named)]
    when: Annotated[tuple[Group, ...], BeforeValidator(_filled)]
    precision: Annotated[float, Field(gt=0.5, lt=1)]


def distinct_names(rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
    """Return the rules; ValueError when two have one name."""
    names = [rule.name for rule in rules]
    twice = next((name for at, name in enumerate(names) if name in names[:at]), None)
    if twice is not None:
        raise ValueError(f"two rules are named {twice}: give each its own name")
    return rules


def conditions_of(rules: tuple[Rule, ...]) -> tuple[Condition, ...]:
    """Return every condition that a rule has, once, as they stand."""
    return tuple(
        dict.fromkeys(condition for rule in rules for group in rule.when for condition in group)
    )
