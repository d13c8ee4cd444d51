"""A learned model as a file of YAML, and back."""

from __future__ import annotations

from collections import defaultdict
from hashlib import blake2b
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
import pyarrow.compute as pc
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from gsprep.errors import DocumentError, InputError
from gsprep.schemas.yaml_file import read_document, validated
from gsprep.unification.duplicates.candidates import Key
from gsprep.unification.duplicates.levels import LEVELS, level_of
from gsprep.unification.duplicates.linkage import Learned
from gsprep.unification.duplicates.model import Model
from gsprep.unification.duplicates.records import Layout
from gsprep.unification.duplicates.unrelated_pairs import STATES, Agreement, values_of
from gsprep.unification.rules import ColumnName, Comparisons
from gsprep.values.arrow import as_objects

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    import pyarrow as pa

    from gsprep.unification.duplicates.candidates import People
    from gsprep.unification.duplicates.columns import Column
    from gsprep.unification.duplicates.records import Records
    from gsprep.unification.duplicates.results import LearnedModel
    from gsprep.unification.rulebook import Decide

SCHEMA = "gsprep.people_model/1"
_LARGEST_FILE = 200_000_000
_HASH = 8
# The promised precisions whose lines are saved.
PROMISES = (0.9, 0.95, 0.98, 0.99)


def _kind(name: str) -> str:
    if name not in LEVELS:
        raise ValueError(f"no such kind: it is one of {', '.join(LEVELS)}")
    return name


Kind = Annotated[str, AfterValidator(_kind)]
Number = Annotated[float, Field(allow_inf_nan=False)]
Levels = dict[str, Number]


class _Part(BaseModel):
    """A part of the file."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class SavedColumn(_Part):
    """The log-probabilities of the levels of a column, if they are of one person or of strangers.

    kind:    the kind of its values.
    movable: the share of those who change the employer or the home that have another value.
    dates:   which part is first in its dates: day, month, or neither.
    """

    kind: Kind
    movable: bool | Annotated[float, Field(ge=0, le=1)]
    dates: Literal["day", "month"] | None = None
    one_person: Levels
    strangers: Levels


class SavedContext(_Part):
    """What different people share: the columns and levels, and how probable other levels then are.

    size: the log of the share of all pairs that share it.
    counted: how much the frequency of a shared value counts.
    """

    shares: dict[ColumnName, tuple[str, ...]]
    size: Number
    counted: Number
    levels: dict[ColumnName, Levels]


class SavedKey(_Part):
    """Features whose values two records share, and the largest block that proposes pairs."""

    features: tuple[str, ...]
    largest: int


class SavedFrequency(_Part):
    """How many people have each value, at one level of a column.

    Values of two people or more are named by a hash of their text, so that the file names no one.
    """

    column: ColumnName
    levels: tuple[str, ...]
    people: Number
    chance: Number
    values: dict[int, str]


class SavedFit(_Part):
    """What answers changed: added to the log-odds, and how much each column weighs.

    A weight of 1 is what was learned without answers.
    """

    added: Number
    weighs: dict[ColumnName, Annotated[float, Field(ge=0, le=30)]]


class SavedModel(_Part):
    """What was learned about a list; see ``LearnedModel``.

    compare: the compared columns, as in a rulebook.
    line:    the log-odds from which a pair is a match; lines are those for promised precisions.
    """

    schema_: Literal["gsprep.people_model/1"] = Field(alias="schema")
    compare: Comparisons
    intercept: Number
    line: Number
    lines: dict[float, Number]
    moved: float = Field(gt=0, lt=1)
    expected: Number
    completeness: Number
    largest_block: int
    columns: dict[ColumnName, SavedColumn] = Field(min_length=1)
    contexts: tuple[SavedContext, ...]
    keys: tuple[SavedKey, ...]
    frequencies: tuple[SavedFrequency, ...]
    fitted: SavedFit | None = None

    @property
    def layout(self) -> Layout:
        """The columns, and which part is first in dates."""
        dates = {name: one.dates for name, one in self.columns.items() if one.kind == "date"}
        return Layout(tuple(self.columns), dates)

    def model(self) -> Model:
        """Return the probabilities."""
        columns = list(self.columns.values())
        places = {name: at for at, name in enumerate(self.columns)}
        rows = [(one.kind, one.one_person, one.strangers) for one in columns]
        within = [
            np.stack([_row(one.kind, context.levels[name]) for name, one in self.columns.items()])
            for context in self.contexts
        ]
        return Model(
            prior=self.intercept + (self.fitted.added if self.fitted else 0.0),
            m=np.stack([_row(kind, m) for kind, m, _ in rows]),
            u=np.stack([_row(kind, u) for kind, _, u in rows]),
            contexts=tuple(
                tuple(
                    (places[name], tuple(level_of(self.columns[name].kind, n) for n in levels))
                    for name, levels in context.shares.items()
                )
                for context in self.contexts
            ),
            sizes=np.array([context.size for context in self.contexts]),
            within=np.array(within).reshape(len(within), len(columns), STATES),
            counted=tuple(context.counted for context in self.contexts),
            places=tuple(level_of(one.kind, "same") for one in columns),
            movable=np.array([float(one.movable) for one in columns]),
            moved=self.moved,
            expected=self.expected,
            weighs=None
            if self.fitted is None
            else np.array([self.fitted.weighs.get(name, 1.0) for name in self.columns]),
        )

    def learned(self, people: People, line: float) -> Learned:
        """Return what was learned, for these people; ``line`` is that of a match in log-odds."""
        return Learned(
            model=self.model(),
            found=self.agreements(people),
            keys=[Key(key.features, key.largest) for key in self.keys],
            line=line,
            completeness=self.completeness,
            largest=self.largest_block,
        )

    def line_for(self, decide: Decide) -> float:
        """Return the line in log-odds: that of the model unless the rulebook has another."""
        if decide.precision is not None:
            reached = [line for target, line in self.lines.items() if target >= decide.precision]
            return min(reached, default=logit(1 - (1 - decide.precision) / 5))
        return logit(decide.match_from) if "match_from" in decide.model_fields_set else self.line

    def agreements(self, people: People) -> list[Agreement]:
        """Return how frequent the values of these people are, as they were counted."""
        places = {name: at for at, name in enumerate(self.columns)}
        found = []
        for saved in self.frequencies:
            at = places[saved.column]
            column = people.columns[at]
            levels = tuple(level_of(column.kind, name) for name in saved.levels)
            codes, texts = next(
                (codes, texts) for of, codes, texts in values_of(column) if of == levels
            )
            known = {name: n for n, names in saved.values.items() for name in names.split()}
            counts = np.array([known.get(name, 1) for name in _hashed(texts())], dtype=np.int64)
            found.append(Agreement(at, levels, codes, counts, saved.people, saved.chance))
        return found


def logit(probability: float) -> float:
    """Return a probability as log-odds."""
    return float(np.log(probability) - np.log1p(-probability))


def _row(kind: str, levels: Levels) -> np.ndarray:
    row = np.zeros(STATES)
    for name, value in levels.items():
        row[level_of(kind, name)] = value
    return row


def _hashed(texts: pa.Array) -> list[str]:
    return [
        blake2b(str(text).encode(), digest_size=_HASH).hexdigest() for text in as_objects(texts)
    ]


def document_of(learned: Learned, records: Records, lines: Mapping[float, float]) -> dict[str, Any]:
    """Return what was learned, as a file has it; ``lines`` are those for promised precisions."""
    columns, model = records.people.columns, learned.model
    names = {name for column in columns for name in (column.name, column.name.rpartition(".")[0])}
    return {
        "schema": SCHEMA,
        "compare": {
            name: how.model_dump(exclude_none=True)
            for name, how in records.compare.items()
            if name in names
        },
        "intercept": float(model.prior),
        "line": float(learned.line),
        "lines": {float(target): float(line) for target, line in lines.items()},
        "moved": float(model.moved),
        "expected": float(model.expected),
        "completeness": float(learned.completeness),
        "largest_block": int(learned.largest),
        "columns": {
            column.name: {
                "kind": column.kind,
                "movable": float(model.movable[at]),
                **({"dates": column.order} if column.order else {}),
                "one_person": _levels(column, model.m[at]),
                "strangers": _levels(column, model.u[at]),
            }
            for at, column in enumerate(columns)
        },
        "contexts": _contexts(columns, model),
        "keys": [
            {"features": list(key.features), "largest": int(key.largest)} for key in learned.keys
        ],
        "frequencies": [_frequency(columns[one.column], one) for one in learned.found],
    }


def _levels(column: Column, values: np.ndarray) -> Levels:
    return dict(zip(LEVELS[column.kind], values.tolist(), strict=False))


def _contexts(columns: Sequence[Column], model: Model) -> list[dict[str, Any]]:
    lines = zip(model.contexts, model.sizes, model.counted, model.within, strict=True)
    return [
        {
            "shares": {
                columns[at].name: [LEVELS[columns[at].kind][n] for n in levels]
                for at, levels in terms
            },
            "size": float(size),
            "counted": float(counted),
            "levels": {
                column.name: _levels(column, line)
                for column, line in zip(columns, within, strict=True)
            },
        }
        for terms, size, counted, within in lines
    ]


def _frequency(column: Column, one: Agreement) -> dict[str, Any]:
    """Return how many people have each value that several have."""
    texts = next(texts() for of, _, texts in values_of(column) if of == one.levels)
    several = np.flatnonzero(one.counts[: len(texts)] > 1)
    names: defaultdict[int, list[str]] = defaultdict(list)
    hashed = _hashed(pc.take(texts, several))
    for count, name in zip(one.counts[several].tolist(), hashed, strict=True):
        names[count].append(name)
    return {
        "column": column.name,
        "levels": [LEVELS[column.kind][n] for n in one.levels],
        "people": float(one.people),
        "chance": float(one.chance),
        "values": {n: " ".join(sorted(names[n])) for n in sorted(names, reverse=True)},
    }


def learned_document(model: LearnedModel) -> Mapping[str, Any]:
    """Return what was learned, as a file has it; InputError if it is nothing."""
    document = model.document()
    if not document:
        raise InputError("the model has learned nothing: find duplicates without it first")
    return document


def read_saved(path: Path) -> SavedModel:
    """Return the model of a file.

    Raises InputError if the file cannot be read, and DocumentError, which names every mistake.
    """
    document = read_document(path, kind="model", largest=_LARGEST_FILE)
    return parse_saved(document, str(path))


def parse_saved(document: object, source: str = "the model") -> SavedModel:
    """Return the model of a document; raise DocumentError, which names every mistake."""
    saved = validated(SavedModel, document, source, error=DocumentError, cures=_CURES)
    _check(saved, source)
    return saved


def _check(saved: SavedModel, source: str) -> None:
    """Refuse names of columns and levels that the model does not have."""
    named = {c: set(LEVELS[one.kind]) for c, one in saved.columns.items()}
    uses: list[tuple[str, Iterable[str]]] = [
        *((name, one.one_person) for name, one in saved.columns.items()),
        *((name, one.strangers) for name, one in saved.columns.items()),
        *((f.column, f.levels) for f in saved.frequencies),
        *(pair for context in saved.contexts for pair in context.shares.items()),
        *(pair for context in saved.contexts for pair in context.levels.items()),
    ]
    wrong = next((c for c, levels in uses if not set(levels) <= named.get(c, set())), None)
    short = any(set(context.levels) != set(saved.columns) for context in saved.contexts)
    if wrong is not None or short:
        place = "a context without some columns" if wrong is None else f"levels of {wrong}"
        raise InputError(f"{source} is not a model: {place}. Save it again with --save-model.")


_CURES = {
    "extra_forbidden": "no such entry: save the model again",
    "missing": "is missing: save the model again",
}
