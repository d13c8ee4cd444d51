"""A mapping: every column of a file, and the field it is; frozen, and strict on replay."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import pandas as pd

from gsprep.display import counts_html, frame_html, plain
from gsprep.errors import InputError
from gsprep.results import REJECT_COLUMNS
from gsprep.schemas.fields import OBJECTS
from gsprep.schemas.frames import ROW_ID, text_frame
from gsprep.values.text import tidy

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

How = Literal["exact", "spelling", "alias", "words", "near", "part", "content", "given", "none"]
# What becomes of a column that is to be no field and whose header is one.
_ASIDE = " (not mapped)"


@dataclass(frozen=True, slots=True)
class MappedColumn:
    """One column of a file.

    Attributes:
        header: as it stands in the file.
        field: the API name it is read as; None when it is not mapped.
        score: how sure that is, from 0 to 1; of an unmapped column, how near it came.
        how: what spoke for it: the ``exact`` name, its ``spelling``, a usual ``alias``, its
            ``words`` in another order, a ``near`` spelling, a ``part`` of the header, the
            ``content`` of the cells, a person (``given``), or nothing (``none``).
        nearest: the field an unmapped column came nearest to; None when it came near none.
    """

    header: str
    field: str | None = None
    score: float = 1.0
    how: How = "given"
    nearest: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class ColumnMapping:
    """The columns of a file in their order, and the field of each; no two are one field.

    Raises InputError, which names the headers, when two columns are one field, a header stands
    twice, or a field is blank or ``row_id``.
    """

    object: str
    columns: tuple[MappedColumn, ...]

    def __post_init__(self) -> None:
        """Refuse a mapping that cannot be applied."""
        problems = [
            *_repeated([column.header for column in self.columns], "the header {} stands twice"),
            *_repeated(list(self.fields.values()), "two columns are {}: leave one of them empty"),
            *(
                f"the column {shown(column.header)} needs the name of a field, or nothing"
                for column in self.columns
                if column.field is not None and column.field.strip() in {"", ROW_ID}
            ),
        ]
        if problems:
            raise InputError(f"the mapping cannot be used: {'; '.join(problems)}")

    @property
    def fields(self) -> dict[str, str]:
        """The field of each mapped header, in the order of the file."""
        return {c.header: c.field for c in self.columns if c.field is not None}

    @property
    def unmapped(self) -> tuple[str, ...]:
        """The headers of the columns that are no field, in the order of the file."""
        return tuple(column.header for column in self.columns if column.field is None)

    def frame(self) -> pd.DataFrame:
        """Return one line per column: header, field, score, how, nearest; a missing one is NaN."""
        lines = [(c.header, c.field, f"{c.score:.2f}", c.how, c.nearest) for c in self.columns]
        names = ["header", "field", "score", "how", "nearest"]
        return pd.DataFrame(lines, columns=names, dtype="str")

    def __repr__(self) -> str:
        return plain("ColumnMapping", self._counts())

    def _repr_html_(self) -> str:
        # Headers and names of fields are no cells: they may be read.
        lines = frame_html(self.frame(), rows=len(self.columns), reveal=True)
        return counts_html("ColumnMapping", self._counts()) + lines

    def _counts(self) -> dict[str, str | int]:
        mapped = len(self.fields)
        return {"object": self.object, "mapped": mapped, "unmapped": len(self.columns) - mapped}


def apply_mapping(frame: pd.DataFrame, mapping: ColumnMapping) -> pd.DataFrame:
    """Return the frame as text with every mapped column under its field's name.

    Unmapped columns stay as they are; one whose header is a field's own name gets
    "(not mapped)" behind it, so that it is not taken for the field. A frame to which the mapping
    was applied comes back as it is. Raises InputError, which names the columns, when the frame
    has not exactly the columns that the mapping was made for, in any order.
    """
    text = text_frame(frame)
    names = mapped_names(list(text.columns), mapping, of="the frame")
    return text.set_axis(list(names), axis=1)


def mapped_names(headers: Sequence[str], mapping: ColumnMapping, *, of: str) -> tuple[str, ...]:
    """Return the name of each column under the mapping; ``row_id`` and those of a reject stay.

    Raises InputError as ``apply_mapping``; ``of`` says which file or frame is meant.
    """
    targets = _targets(mapping)
    kept = {ROW_ID} | (set(REJECT_COLUMNS) if set(REJECT_COLUMNS) <= set(headers) else set())
    own = [name for name in headers if name not in kept or name in targets]
    if set(own) != set(targets) and set(own) == set(targets.values()):
        return tuple(headers)
    _refuse_others(own, targets, of)
    return tuple(targets.get(name, name) for name in headers)


def _targets(mapping: ColumnMapping) -> dict[str, str]:
    taken = set(mapping.fields.values())
    return {
        column.header: column.field
        or (column.header + _ASIDE if _is_field(column.header, mapping, taken) else column.header)
        for column in mapping.columns
    }


def _is_field(header: str, mapping: ColumnMapping, taken: set[str]) -> bool:
    known = (thing.knows(header) for thing in OBJECTS if thing.name == mapping.object)
    return header in taken or any(known)


def _refuse_others(own: Sequence[str], targets: Iterable[str], of: str) -> None:
    missing = [name for name in targets if name not in own]
    fresh = [name for name in own if name not in targets]
    if not missing and not fresh:
        return
    parts = [
        f"{what} {', '.join(map(shown, names))}"
        for what, names in (("it lacks", missing), ("the mapping does not know", fresh))
        if names
    ]
    raise InputError(
        f"{of} has other columns than the mapping was made for: {'; '.join(parts)}. "
        "Make a new mapping with `gsprep map`, or add them to this one."
    )


def _repeated(names: Sequence[str], sentence: str) -> list[str]:
    return [sentence.format(shown(n)) for n, times in Counter(names).items() if times > 1]


def shown(header: str) -> str:
    """Return a header as a message shows it: on one line, nothing invisible in it."""
    return f'"{tidy(header) or ""}"'
