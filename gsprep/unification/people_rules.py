"""The parts of a rulebook about duplicates: columns, links, survivors."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, model_validator

Kind = Literal[
    "exact", "email", "phone", "person_name", "company_name", "text", "date", "number", "identifier"
]
Share = Annotated[float, Field(gt=0, lt=1)]
# Kinds of which different people often have the same value.
_SHARED = frozenset({"exact", "phone", "company_name", "text", "number"})


def _filled(text: str) -> str:
    if not text.strip():
        raise ValueError("empty; name the column")
    return text


ColumnName = Annotated[str, AfterValidator(_filled)]


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
