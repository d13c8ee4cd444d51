"""New definition from a file, an object and a mapping."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from gsprep.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from gsprep.mapping.columns import ColumnMapping, MappedColumn

_NO_NAME = re.compile(r"[^a-z0-9_-]+")
_LONGEST = 64
# Given by the service.
_ID = "Gsid"
# Endings of headers that name a row.
_IDS = ("id", "key", "number", "no", "nr", "uuid", "gsid")
_HEAD = """\
# A sync: where rows come from, which object they are sent to, and how. A row is sent only if it
# differs from what was last stored for the same key.
# Next: gsprep sync check {file}, then gsprep sync diff {file}, then gsprep sync run {file}
"""
_REST = """\

# More, each with an example:
# filter:                              # all must hold
#   - {column: COLUMN, is: IN, value: [a, b]}
# on_missing: keep                     # a record whose row is gone: keep, delete or {set: {…}}
# guards: {rejected: 5%, refused: 20%, missing: 5%, empty: stop}
# schedule: {every: 1h, full: "10 3 * * *", timezone: Europe/Berlin}
#
# A field can be more than the name of a column:
#   Phone: {from: phone, write: fill_only}     # only where the record has no value
#   Plan__gc: {from: plan, on_null: clear}     # a missing value empties the field
#   Plan__gc: {from: plan, values: {p: Pro}}   # other values are rejected
#   Source__gc: {value: warehouse}             # a constant
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Beginning:
    """What a definition is written from.

    Attributes:
        name: the name of the sync.
        source: the entries of the source but for the key, such as ``file``.
        connection: the connection of the tenant, None for that of the command.
        keys: the fields that identify the record of a row.
        unify: the entries of ``unify``; None looks for no company.
    """

    name: str
    source: Mapping[str, str]
    object: str
    keys: Sequence[str]
    connection: str | None = None
    mode: str = "upsert"
    unify: Mapping[str, Any] | None = None


def name_for(text: str) -> str:
    """Return the name of a sync made from another name; "" if nothing of it is left.

    >>> name_for("People (EMEA) 2026")
    'people-emea-2026'
    """
    return _NO_NAME.sub("-", text.casefold()).strip("-_")[:_LONGEST]


def key_of(frame: pd.DataFrame, mapping: ColumnMapping, keys: Sequence[str]) -> str:
    """Return the column that names each row: filled and unique, and rather an id than an address.

    Raises InputError if no column does.
    """
    unique = [
        column
        for column in mapping.columns
        if frame[column.header].notna().all() and frame[column.header].is_unique
    ]
    if not unique:
        raise InputError(
            "no column identifies each row: each has a missing or repeated value. Choose one with "
            "--id that is filled and unique in the whole source"
        )
    return min(unique, key=lambda column: _rank(column, keys)).header


def _rank(column: MappedColumn, keys: Sequence[str]) -> int:
    """Return how well a column names rows, 0 for the best."""
    words = re.split(r"[^a-z0-9]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", column.header).casefold())
    if words[-1] in _IDS:
        return 0
    return 1 if column.field in keys else 2


def definition_text(begin: Beginning, mapping: ColumnMapping, key: str, file: str) -> str:
    """Return a definition as commented YAML; ``file`` is its name in the comments."""
    lines = [_HEAD.format(file=file).rstrip(), _entry("sync", begin.name), "source:"]
    lines += [f"  {_entry(name, value)}" for name, value in begin.source.items()]
    lines += [_noted(f"  {_entry('key', key)}", "the column that identifies each row")]
    lines += ["destination:"]
    if begin.connection is not None:
        lines += [_noted(f"  {_entry('connection', begin.connection)}", "gsprep connections add")]
    lines += [f"  {_entry('object', begin.object)}"]
    which = "the fields that identify the record"
    lines += [_noted(f"  {_entry('key', list(begin.keys))}", which)]
    lines += [_noted(f"  {_entry('mode', begin.mode)}", "upsert, update or create")]
    lines += [_noted("fields:", "API name: column")]
    mapped = [column for column in mapping.columns if column.field not in {None, _ID}]
    lines += [
        _noted(f"  {_entry(str(c.field), c.header)}", f"{c.how}, {c.score:.2f}") for c in mapped
    ]
    left = [column.header for column in mapping.columns if column.field in {None, _ID}]
    lines += [f"  # not sent: {_entry('FIELD', header)}" for header in left]
    if begin.unify is not None:
        lines += [_noted(_entry("unify", dict(begin.unify)), "how each company is found")]
    return "\n".join(lines) + "\n" + _REST


def _entry(name: str, value: object) -> str:
    """Return one entry as a line of YAML; signs that YAML would change are escaped."""
    is_plain = str(value).isprintable()
    written: str = yaml.safe_dump(
        {name: value},
        default_flow_style=True,
        default_style=None if is_plain else '"',
        allow_unicode=is_plain,
        sort_keys=False,
        width=float("inf"),
    )
    return written.strip().removeprefix("{").removesuffix("}")


def _noted(line: str, comment: str) -> str:
    return f"{line:<40} # {comment}"
