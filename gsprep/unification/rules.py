"""Rules of a rulebook, and its parts about duplicates: columns, links, survivors."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

import numpy as np
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    Field,
    PlainSerializer,
    PlainValidator,
    model_validator,
)

from gsprep.schemas.yaml_file import shipped_document
from gsprep.values.ids import sfdc_key
from gsprep.values.placeholder import is_placeholder
from gsprep.values.text import nearest_name, searchable, tidy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

# The model knows more of a domain's label; these are for rules that need the exact name.
FOR_RULES = frozenset({"domain_is_name", "domain_is_bare_name"})


@cache
def shipped_weights() -> dict[str, float]:
    """Return the weights of the shipped rulebook, which has a line for each comparison."""
    return shipped_document("rules", "default.yaml")["model"]


def checked_name(name: str) -> str:
    """Return the name of a comparison; ValueError if it is unknown."""
    known = shipped_weights().keys() | FOR_RULES
    if name in known:
        return name
    nearest = nearest_name(name, sorted(known))
    if nearest is not None:
        raise ValueError(f"unknown comparison. Do you mean {nearest}?")
    raise ValueError(f"unknown comparison. Choose one of {', '.join(sorted(known))}")


# How sure an identifier is where the rulebook does not say.
_PRECISION = 0.998


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("empty; name the column")
    return text


ColumnName = Annotated[str, AfterValidator(_not_blank)]
Share = Annotated[float, Field(gt=0, lt=1)]


def exact_key(text: str) -> str | None:
    """Return an identifier without the blanks around it, or None for a placeholder.

    >>> exact_key(" C-0042 "), exact_key("n/a")
    ('C-0042', None)
    """
    return None if is_placeholder(text) else tidy(text)


def text_key(text: str) -> str | None:
    """Return an identifier without case and blanks, or None for a placeholder.

    >>> text_key(" c-00 42"), text_key("-")
    ('c-0042', None)
    """
    key = exact_key(text)
    return None if key is None else searchable(key).replace(" ", "") or None


KEYS: Mapping[str, Callable[[str], str | None]] = {
    "salesforce": sfdc_key,
    "text": text_key,
    "exact": exact_key,
}


class Identifier(BaseModel, frozen=True, extra="forbid", strict=True):
    """A column of people and a column of companies that hold the same identifier.

    person:    the column of the people.
    company:   the column of the companies, several by ``;``.
    kind:      ``salesforce`` for ids of 15 or 18 characters, of which the first 15 are compared;
               ``text``, compared without case and blanks; ``exact``, compared as it is.
    precision: the share of the people with such an identifier whose company is right.
    """

    person: ColumnName
    company: ColumnName
    kind: Literal["salesforce", "text", "exact"] = "text"
    precision: Annotated[float, Field(gt=0.5, lt=1)] = _PRECISION

    @property
    def key(self) -> Callable[[str], str | None]:
        """The function from a cell to the identifier as it is compared."""
        return KEYS[self.kind]


# Words that the column ``rule`` of decisions has for people that no rule of the file decided.
_TAKEN = frozenset({"answer", "identifier", "model"})
NO_RULE = -1


class Condition(NamedTuple):
    """A comparison, and how far it has to hold at least: 1 is fully."""

    comparison: str
    least: float = 1.0


# The user's own staff belong to no customer, whatever else a rule finds.
YOURS = Condition("your_domain")


def _condition(written: object) -> Condition:
    if isinstance(written, Condition):
        return written
    if isinstance(written, str):
        return Condition(checked_name(written))
    if not isinstance(written, dict) or len(written) != 1:
        raise ValueError("must be a comparison, or one with a degree, as in spelled_alike: 0.9")
    (name, least), *_ = written.items()
    checked_name(name)
    number = isinstance(least, int | float) and not isinstance(least, bool)
    if not number or not 0 < least <= 1:
        raise ValueError("must be a number above 0 and up to 1, without quotes")
    return Condition(name, float(least))


def _group(written: object) -> object:
    """Return a group as a tuple; a single condition is a group of one."""
    alone = isinstance(written, str | dict | Condition)
    return (written,) if alone else _filled(written)


def _filled(written: object) -> object:
    if written in ((), []):
        raise ValueError("is empty: name at least one comparison")
    return written


def _named(name: str) -> str:
    if not name.strip():
        raise ValueError("empty; name the rule, as decisions show it")
    if name in _TAKEN:
        raise ValueError(
            f"{name} is what decisions call another way to decide: choose another name"
        )
    return name


_Condition = Annotated[
    Condition,
    PlainValidator(_condition),
    PlainSerializer(lambda one: one.comparison if one.least == 1 else {one.comparison: one.least}),
]
Group = Annotated[tuple[_Condition, ...], BeforeValidator(_group)]


class Rule(BaseModel, frozen=True, extra="forbid", strict=True):
    """A way to decide: one of the groups has to hold, with all its conditions.

    name:      shown in the column ``rule`` of decisions.
    when:      groups of conditions.
    precision: the share of the people decided by this rule whose company is right.
    """

    name: Annotated[str, AfterValidator(_named)]
    when: Annotated[tuple[Group, ...], BeforeValidator(_filled)]
    precision: Annotated[float, Field(gt=0.5, lt=1)]


def distinct_names(rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
    """Return the rules; ValueError if two have the same name."""
    names = [rule.name for rule in rules]
    twice = next((name for at, name in enumerate(names) if name in names[:at]), None)
    if twice is not None:
        raise ValueError(f"two rules are named {twice}: give each its own name")
    return rules


@cache
def identifier_rules(precisions: frozenset[float]) -> tuple[Rule, ...]:
    """Return the rules by which identifiers decide, the surest first.

    How far ``same_identifier`` holds is the precision of the identifier.
    """
    return tuple(
        Rule.model_construct(
            name="identifier",
            when=((Condition("same_identifier", precision),),),
            precision=precision,
        )
        for precision in sorted(precisions, reverse=True)
    )


def conditions_of(rules: Sequence[Rule]) -> tuple[Condition, ...]:
    """Return every condition that a rule has, once, in the order of the rules."""
    return tuple(dict.fromkeys(one for rule in rules for group in rule.when for one in group))


def groups_of(rules: Sequence[Rule]) -> list[tuple[int, Group]]:
    """Return the groups of all rules in their order, each with the position of its rule."""
    return [(at, group) for at, rule in enumerate(rules) for group in rule.when]


class AppliedRules(NamedTuple):
    """The rules that decide."""

    rule: np.ndarray  # by person, the position of the rule that decides, or NO_RULE
    # by pair, the position in ``groups_of`` of the group that holds for that rule, or -1
    group: np.ndarray


def apply_rules(
    rules: Sequence[Rule], person: np.ndarray, held: Mapping[Condition, np.ndarray], people: int
) -> AppliedRules:
    """Try every rule on every pair; if two groups of a rule hold, the first one counts.

    ``person`` is that of each pair, ``held`` which conditions hold for it. A missing value fulfils
    no condition, and no one at the user's own domain fulfils a rule.
    """
    rule = np.full(people, NO_RULE)
    group = np.full(len(person), -1)
    theirs = ~held[YOURS] if YOURS in held else np.ones(len(group), dtype=bool)
    for number, (at, conditions) in enumerate(groups_of(rules)):
        open_ = (rule[person] == NO_RULE) | (rule[person] == at)
        holds = open_ & theirs & (group < 0)
        for condition in conditions:
            holds &= held[condition]
        group[holds] = number
        rule[person[holds]] = at
    return AppliedRules(rule, group)


def log_odds_of(rules: Sequence[Rule]) -> np.ndarray:
    """Return the precision of each rule as log-odds."""
    precision = np.array([rule.precision for rule in rules], dtype=np.float64)
    return np.log(precision / (1 - precision))


def parts_of(rules: Sequence[Rule]) -> Mapping[str, np.ndarray]:
    """Return by comparison its part of each group: an equal part of the rule's log-odds."""
    groups, odds = groups_of(rules), log_odds_of(rules)
    names = dict.fromkeys(condition.comparison for _, group in groups for condition in group)
    parts = {name: np.zeros(len(groups), dtype=np.float32) for name in names}
    for number, (at, group) in enumerate(groups):
        for condition in group:
            parts[condition.comparison][number] += np.float32(odds[at] / len(group))
    return parts


Kind = Literal[
    "exact", "email", "phone", "person_name", "company_name", "text", "date", "number", "identifier"
]
# Kinds of which different people often have the same value.
_SHARED = frozenset({"exact", "phone", "company_name", "text", "number"})


class Compared(BaseModel, frozen=True, extra="forbid", strict=True):
    """How one column is compared.

    kind:           exact, email, phone, person_name, company_name, text, date, number or
                    identifier.
    part:           of a person_name: given or surname; without it the column holds the whole name.
    shared:         whether different people often have the same value; without it by the kind.
    differ_at_most: the largest share of the records of one person that differ here.
    """

    kind: Kind
    part: Literal["given", "surname"] | None = None
    shared: bool | None = None
    differ_at_most: Share | None = None

    @model_validator(mode="after")
    def _part_of_a_name(self) -> Compared:
        if self.part is not None and self.kind != "person_name":
            raise ValueError("only a person_name has a part")
        return self

    @property
    def is_shared(self) -> bool:
        """Whether different people often have the same value."""
        return self.kind in _SHARED if self.shared is None else self.shared


def _compared(written: object) -> object:
    return {"kind": written} if isinstance(written, str) else written


Comparisons = dict[ColumnName, Annotated[Compared, BeforeValidator(_compared)]]


class Candidates(BaseModel, frozen=True, extra="forbid", strict=True):
    """How many pairs are compared.

    pairs_per_row: the most pairs for each record, on average, in a list of more than 20,000;
                   without it 12 in a list of a million, more in smaller ones.
    largest_block: a value that more records than this have proposes no pair.
    """

    pairs_per_row: Annotated[float, Field(gt=0, le=1000)] | None = None
    largest_block: Annotated[int, Field(ge=2, le=1000)] = 100


class Survival(BaseModel, frozen=True, extra="forbid", strict=True):
    """How the surviving value of one field is chosen.

    by:      fill, leader, longest, majority, any_true, all_true, recent, oldest, highest, lowest,
             join, source or ranked.
    on:      for recent and oldest: the column with the date of the record.
    order:   for source: the sources, best first; for ranked: the values, best first.
    column:  for source: the column with the record's source.
    skip:    values that never survive if another record has one.
    also:    fields that receive further distinct values, in their order.
    between: for join: the text between the values; in YAML it is named ``with``.
    """

    by: Literal[
        "leader", "fill", "longest", "majority", "any_true", "all_true", "recent", "oldest",
        "highest", "lowest", "join", "source", "ranked",
    ] = "fill"  # fmt: skip
    on: ColumnName | None = None
    order: tuple[str, ...] = ()
    column: ColumnName = "source"
    skip: tuple[str, ...] = ()
    also: tuple[ColumnName, ...] = ()
    between: Annotated[str, Field(alias="with")] = "; "

    @model_validator(mode="after")
    def _complete(self) -> Survival:
        if self.by in {"source", "ranked"} and not self.order:
            raise ValueError(f"{self.by} needs an order: the list of values, best first")
        if self.by in {"recent", "oldest"} and self.on is None:
            raise ValueError(f"{self.by} needs on: the column with the date of the record")
        return self


def _field(written: object) -> object:
    if isinstance(written, dict):
        # To YAML the word on, without quotes, is true.
        return {"on" if name is True else name: value for name, value in written.items()}
    return {"by": written} if isinstance(written, str) else written


Fields = dict[ColumnName, Annotated[Survival, BeforeValidator(_field)]]


def _ranking(written: Any) -> Any:
    """Return ``recent: UpdatedAt`` as the pair that it means."""
    if isinstance(written, str):
        return (written, None)
    if isinstance(written, dict) and len(written) == 1:
        (name, on), *_ = written.items()
        return (name, on)
    return written


Ranking = Annotated[
    tuple[
        Literal["against", "complete", "recent", "oldest", "source", "first"],
        str | tuple[str, ...] | None,
    ],
    BeforeValidator(_ranking),
]


class Survive(BaseModel, frozen=True, extra="forbid", strict=True):
    """Which record leads a group, and which values survive.

    record:   which record leads, by the first criterion that decides. Criteria are against,
              complete, first, ``recent: COLUMN``, ``oldest: COLUMN`` and ``source: [values]``.
    default:  how values of other fields are chosen: fill, leader, longest, majority or recent.
    fields:   how the value of each named field is chosen.
    together: fields whose values always come from one record, the one that a rule of these fields
              chooses, otherwise the one that has most of them.
    """

    record: tuple[Ranking, ...] = (("against", None), ("complete", None), ("first", None))
    default: Annotated[Survival, BeforeValidator(_field)] = Survival()
    fields: Fields = Field(default_factory=dict)
    together: tuple[tuple[ColumnName, ...], ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _older_name(cls, document: Any) -> Any:
        """Read ``groups``, the older name, as ``together``."""
        if isinstance(document, dict) and "groups" in document and "together" not in document:
            return {"together" if n == "groups" else n: part for n, part in document.items()}
        return document

    @model_validator(mode="after")
    def _together_once(self) -> Survive:
        fields = [name for block in self.together for name in block]
        twice = next((name for name in fields if fields.count(name) > 1), None)
        if twice is not None:
            raise ValueError(f"{twice} is twice under together: each field once")
        return self

    @model_validator(mode="after")
    def _dated(self) -> Survive:
        for name, on in self.record:
            if name in {"recent", "oldest"} and not isinstance(on, str):
                raise ValueError(f"{name} needs the column with the date: {name}: UpdatedAt")
            if name == "source" and not isinstance(on, tuple):
                raise ValueError("source needs the list of sources, best first")
        return self
