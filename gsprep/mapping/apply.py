"""Mapping applied: each column under the name of its field."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gsprep.errors import InputError
from gsprep.mapping.columns import JOINED, ColumnMapping, MappedColumn
from gsprep.mapping.combined_columns import added_columns, completed
from gsprep.results import REJECT_COLUMNS
from gsprep.schemas.fields import OBJECTS
from gsprep.schemas.frames import LINE, ROW_ID, Frame, text_frame
from gsprep.values.text import quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd


# Suffix of a column that is not mapped although its header is the name of a field.
_ASIDE = " (not mapped)"
# Columns of ours that no file needs to have, and no mapping names.
KEPT = frozenset({ROW_ID, LINE})


def apply_mapping(frame: Frame, mapping: ColumnMapping) -> pd.DataFrame:
    """Return the frame as text with every mapped column under its field's name.

    Unmapped columns are unchanged; if the header is the name of a field, the suffix
    "(not mapped)" is added, so that it is not taken for the field. Of several columns for one
    field the first filled one counts; the others keep their headers, and further e-mail addresses
    are listed in OtherEmails. A frame to which the mapping was already applied is unchanged.

    Args:
        frame: the table with the headers of its file.
        mapping: the field of each column, from ``map_columns`` or ``read_mapping``.

    Returns:
        The given rows: columns row_id, the mapped fields, and the unmapped columns.

    Raises:
        InputError: if the frame lacks a column of the mapping, or has others and the mapping does
            not keep them; it names the columns.

    Examples:
        >>> frame = pd.DataFrame({"E-mail": ["ana@acme.com"], "Badge": ["yes"]})
        >>> mapped = gsprep.apply_mapping(frame, gsprep.map_columns(frame, gsprep.Person))
        >>> list(mapped.columns)
        ['row_id', 'Email', 'Badge']
    """
    text = text_frame(frame)
    headers = list(text.columns)
    names = mapped_names(headers, mapping, of="the frame")
    return completed(text.set_axis(list(names), axis=1), headers, mapping)


def mapped_names(headers: Sequence[str], mapping: ColumnMapping, *, of: str) -> tuple[str, ...]:
    """Return the new name of each column; columns that gsprep added itself are kept.

    Raises the InputError of ``apply_mapping``; ``of`` names the file or frame.
    """
    targets = _targets(mapping)
    reasons = set(REJECT_COLUMNS) if set(REJECT_COLUMNS) <= set(headers) else set()
    kept = KEPT | reasons
    own = [name for name in headers if name not in kept or name in targets]
    if is_applied(headers, mapping):
        return tuple(headers)
    _refuse_others(own, targets, of, keep=mapping.others == "keep")
    return tuple(targets.get(name, name) for name in headers)


def is_applied(headers: Sequence[str], mapping: ColumnMapping) -> bool:
    """Return whether a frame with these columns is one to which the mapping was applied."""
    targets = set(_targets(mapping).values())
    reasons = set(REJECT_COLUMNS) if set(REJECT_COLUMNS) <= set(headers) else set()
    own = set(headers) - ((KEPT | reasons) - targets)
    fresh = set(added_columns(mapping)) - targets
    there = targets | fresh
    if mapping.others == "keep":
        return own >= there and set(_targets(mapping)) != targets
    return own == there and own != set(_targets(mapping))


def _targets(mapping: ColumnMapping) -> dict[str, str]:
    """Return the new name of each header; only the first column of a field gets its name."""
    first = {c.header: c.field for c in mapping.columns if c.field and _takes_the_name(c)}
    taken = {*first.values(), *added_columns(mapping)}
    return {
        column.header: first.get(column.header)
        or (column.header + _ASIDE if _is_field(column.header, mapping, taken) else column.header)
        for column in mapping.columns
    }


def _takes_the_name(column: MappedColumn) -> bool:
    return not column.fallback and (column.field not in JOINED or column.field == column.header)


def _is_field(header: str, mapping: ColumnMapping, taken: set[str]) -> bool:
    known = (thing.knows(header) for thing in OBJECTS if thing.name == mapping.object)
    return header in taken or any(known)


def _refuse_others(own: Sequence[str], targets: Iterable[str], of: str, *, keep: bool) -> None:
    missing = [name for name in targets if name not in own]
    fresh = [] if keep else [name for name in own if name not in targets]
    if not missing and not fresh:
        return
    parts = [
        f"{what} {', '.join(map(quoted, names))}"
        for what, names in (("it lacks", missing), ("the mapping does not know", fresh))
        if names
    ]
    raise InputError(
        f"{of} has other columns than the mapping was made for: {'; '.join(parts)}. "
        "Make a new mapping with `gsprep map`, or add them to this one."
    )
