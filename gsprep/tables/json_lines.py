"""JSON lines and JSON lists to tables of text, and JSON lines back."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from decimal import Decimal
from itertools import islice
from json.encoder import encode_basestring
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gsprep.display import few, plural
from gsprep.errors import TableError
from gsprep.mapping.aliases import meaning
from gsprep.schemas.frames import ROW_ID, cell_text
from gsprep.tables.raw_table import RawTable, numbered_columns, refuse_sparse, refuse_wide
from gsprep.values.arrow import as_arrow, as_mask
from gsprep.values.text import quoted

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    # The entries of an object in their order.
    _Pairs = tuple[tuple[str, Any], ...]

# Longer powers of ten would be written out as digits without end.
_LARGEST_POWER = 40
_ROWS = 100_000
# Of a record that is on no line of its own.
_NO_LINE = 0
# Of a person or company: a reply that holds a list has a status and a time.
_WHO = frozenset(
    {"Gsid", "Email", "Name", "FirstName", "LastName", "Phone", "CompanyName", "Domain"}
)
_LIST = "Write a list of objects, as UTF-8."
_JSON_BLANKS = re.compile(r"[ \t\r\n]*")
_WRITE_ANEW = "Write one object a line, as UTF-8."


def read_json_lines(path: Path | str, data: bytes) -> RawTable:
    """Return the records of a file with one JSON object a line, or of a list of objects.

    Blank lines are no records. Columns keep the order in which they first appear. Numbers read as
    people type them; a list is its entries joined by ``;``, and one of objects is JSON text, or as
    ``with_values`` reads it. The entries of an inner object have its name in front
    (``organization.name``). The records of one object without addresses, as services reply, are the
    only list of objects in it. One object of records by id, of columns, or in any form that pandas
    writes, is a table. Raises TableError, with the line, for what is no object and for a name that
    is repeated in one.
    """
    blocks: list[_Block] = []
    names: dict[str, None] = {}
    records = _records(path, data)
    lines: list[int] = []
    while numbered := list(islice(records, _ROWS)):
        lines += [line for line, _ in numbered]
        rows = [row for _, row in numbered]
        names |= dict.fromkeys(name for row in rows for name in row)
        # Records that share no name make a table of their number squared.
        refuse_wide(path, len(names))
        refuse_sparse(path, len(rows) + sum(b.rows for b in blocks), len(names), len(data))
        blocks.append(_block(rows))
    if not names:
        raise TableError(path, "the file holds no record", "Export it again.")
    found = {name: _column(blocks, name) for name in names}
    groups = {name[:at] for name in names for at, sign in enumerate(name) if sign == "."}
    # An inner object that some records have no value of.
    names = {n: None for n, c in found.items() if n not in groups or c.null_count < len(c)}
    columns = [found[name] for name in names]
    if listed := _list_in_reply(path, data, dict(zip(names, columns, strict=True))):
        return _listed_in_reply(path, found[listed][0].as_py(), listed, [*names])
    # A table of ours may have any cells.
    columns = columns if ROW_ID in names else list(map(with_values, columns))
    has_lines = lines[:1] != [_NO_LINE]
    if all(len(column) == column.null_count == 1 for column in columns):
        # An empty table is written so: it has headers only.
        columns, lines = [column[:0] for column in columns], []
    places = np.array(lines, dtype=np.int64) if has_lines else None
    headers, cells = tuple(map(_whole, names)), numbered_columns(columns)
    return RawTable(path, headers, cells, 1, _repairs(blocks), lines=places)


# An object of objects or lists may be a table.
_OF_OTHERS = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{\s*"(?:[^"\\]|\\.)*"\s*:\s*[\[{]')
_DIGIT = re.compile(r"\d")


def _records_in_object(data: bytes) -> Sequence[_Pairs] | None:
    """Return the records of one object: of a frame of pandas, or by their ids; None for others.

    The labels of a frame are left out.
    """
    named: _Pairs
    try:
        named = _DECODER.decode(data.decode("utf-8-sig")) if _OF_OTHERS.match(data) else ()
    except (_NotPlainError, ValueError, RecursionError):
        return None
    parts = dict(named)
    while len(parts) == len(named) == 1 and _are_objects(inner := next(iter(parts.values()))):
        named, parts = inner, dict(inner)  # {"users": {"u1": {…}, "u2": {…}}}
    if not parts or len(parts) < len(named):
        return None
    if _are_objects(named):
        return _named_records(parts)
    return _records_in_columns(parts) or _listed_records(parts)


def _are_objects(value: object) -> bool:
    return isinstance(value, tuple) and bool(value) and all(type(v) is tuple for _, v in value)


def _named_records(parts: dict[str, _Pairs]) -> Sequence[_Pairs] | None:
    """Return records by id or label, and cells by column and label (``to_json()``)."""
    labels = [[label for label, _ in cells] for cells in parts.values()]
    if all(map(str.isdecimal, parts)):
        return list(parts.values())
    is_frame = bool(labels[0]) and all(one == labels[0] for one in labels)
    if not (is_frame and all(map(str.isdecimal, labels[0]))):
        if _are_ids(parts) and set(labels[0]).intersection(*labels):
            return [(("", name), *cells) for name, cells in parts.items()]
        if not (is_frame and _are_ids(labels[0])):
            return None
    rows = zip(*([cell for _, cell in cells] for cells in parts.values()), strict=True)
    return [tuple(zip(parts, row, strict=True)) for row in rows]


def _are_ids(names: Collection[str]) -> bool:
    return 2 * sum(map(bool, map(_DIGIT.search, names))) >= len(names)


def _records_in_columns(parts: dict[str, Any]) -> Sequence[_Pairs] | None:
    """Return records of which each column is a list (``to_dict("list")``)."""
    columns = [v for v in parts.values() if isinstance(v, list) and len(v) > 1]
    plain = (not isinstance(cell, tuple | list) for column in columns for cell in column)
    if not 1 < len(columns) == len(parts) or len(set(map(len, columns))) > 1 or not all(plain):
        return None
    return [tuple(zip(parts, row, strict=True)) for row in zip(*columns, strict=True)]


def _listed_records(parts: dict[str, Any]) -> Sequence[_Pairs] | None:
    """Return records next to their columns (``to_json(orient="split")``, ``"table"``)."""
    names, rows, schema = parts.get("columns"), parts.get("data"), parts.get("schema")
    if not isinstance(rows, list):
        return None
    if isinstance(schema, tuple) and schema and schema[0][0] == "fields":
        fields = [dict(field).get("name") for field in schema[0][1] if isinstance(field, tuple)]
        rows = rows or [tuple((name, None) for name in fields)]
        if not all(isinstance(row, tuple) for row in rows):
            return None
        return [tuple(pair for pair in row if pair[0] != "index") for row in rows]
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        return None
    rows = rows or [[None] * len(names)]
    if any(not isinstance(row, list) or len(row) != len(names) for row in rows):
        return None
    return [tuple(zip(names, row, strict=True)) for row in rows]


def _list_in_reply(path: Path | str, data: bytes, columns: Mapping[str, pa.Array]) -> str | None:
    """Return the only list of objects in one object that is no record itself, or None.

    Raises TableError for several lists, and for people who are named by their addresses.
    """
    is_list = data.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"[")
    # A table of ours may have any names and cells.
    is_ours = is_list or ROW_ID in columns
    if is_ours or any(len(column) != 1 for column in columns.values()):
        return None
    # Names of OData hold the sign as well.
    if any("@" in name and "@odata" not in name.lower() for name in columns):
        raise TableError(path, "the name of an entry holds an e-mail address", _LIST)
    cells = {name: column.to_pylist()[0] or "" for name, column in columns.items()}
    lists = [name for name, cell in cells.items() if cell.startswith("[{")]
    others = {name: cell for name, cell in cells.items() if name not in lists}
    means = {found.name for name in others if (found := meaning(name))}
    if not lists or not means.isdisjoint(_WHO) or any("@" in cell for cell in others.values()):
        return None
    if len(lists) > 1:
        raise TableError(
            path, f"it is one object with several lists: {' and '.join(map(quoted, lists))}",
            "Save the right list as a file of its own.",
        )  # fmt: skip
    return lists[0]


def _listed_in_reply(path: Path | str, text: str, name: str, names: list[str]) -> RawTable:
    table = read_json_lines(path, text.encode())
    others = few("", [quoted(other) for other in names if other != name])
    left = f"; its other entries are left out:{others}" if len(names) > 1 else ""
    note = f"the records are the list {quoted(name)} of an object{left}"
    return replace(table, lines=None, notes=(note, *table.notes))


class _Block(NamedTuple):
    """Some records as columns, and the names of those in which half a character was replaced."""

    rows: int
    cells: dict[str, pa.Array]
    repaired: list[str]


def _block(rows: Sequence[dict[str, str | None]]) -> _Block:
    names = dict.fromkeys(name for row in rows for name in row)
    texts = {name: [row.get(name) for row in rows] for name in names}
    repaired = [name for name, cells in texts.items() if not _encodes(cells)]
    texts |= {name: [cell and _whole(cell) for cell in texts[name]] for name in repaired}
    cells = {name: pa.array(texts[name], pa.large_string()) for name in names}
    return _Block(len(rows), cells, repaired)


def _repairs(blocks: Sequence[_Block]) -> tuple[str, ...]:
    columns = len({name for block in blocks for name in block.repaired})
    hold = plural(columns, "column holds", "columns hold")
    return (f"{columns} {hold} half a character, read as ?",) if columns else ()


def _column(blocks: Sequence[_Block], name: str) -> pa.Array:
    absent = (pa.nulls(block.rows, pa.large_string()) for block in blocks)
    parts = [b.cells.get(name, nothing) for b, nothing in zip(blocks, absent, strict=True)]
    return pa.concat_arrays(parts)


def _records(path: Path | str, data: bytes) -> Iterator[tuple[int, dict[str, str | None]]]:
    if (records := _records_in_object(data)) is not None:
        yield from ((_NO_LINE, _plain(path, record)) for record in records)
        return
    text = data.removeprefix(b"\xef\xbb\xbf")
    begin = text.lstrip()
    if begin.startswith(b"[") or not is_json(begin.partition(b"\n")[0]):
        yield from _listed(path, text, is_list=begin.startswith(b"["))
        return
    for line, raw in enumerate(text.split(b"\n"), 1):
        if raw.strip():
            yield line, _record(path, raw, line)


def _plain(path: Path | str, pairs: _Pairs) -> dict[str, str | None]:
    try:
        return _cells(pairs)
    except _NotPlainError as failure:
        raise TableError(path, str(failure), _LIST) from None


def is_json(data: bytes) -> bool:
    """Return whether bytes are one JSON value."""
    try:
        json.loads(data)
    except (ValueError, RecursionError):
        return False
    return True


def _listed(
    path: Path | str, data: bytes, *, is_list: bool
) -> Iterator[tuple[int, dict[str, str | None]]]:
    """Yield the objects of a JSON list, or those after one another, with the line of each."""
    try:
        text = data.decode()
    except UnicodeDecodeError as failure:
        line = 1 + data.count(b"\n", 0, failure.start)
        raise TableError(path, "this is not UTF-8 text", _WRITE_ANEW, line=line) from None
    at, counted, line = text.index("[") + 1 if is_list else 0, 0, 1
    while True:
        at = _JSON_BLANKS.match(text, at).end()  # type: ignore[union-attr]  # it matches nothing, too
        line, counted = line + text.count("\n", counted, at), at
        if text[at : at + 1] == ("]" if is_list else "") and not text[at + 1 :].strip():
            return
        value, at = _object_at(path, text, at, line, "this entry" if is_list else "this object")
        yield line, value
        at = _JSON_BLANKS.match(text, at).end()  # type: ignore[union-attr]
        if text[at : at + 1] == ",":
            at += 1
        elif is_list and text[at : at + 1] != "]":
            raise TableError(path, "no comma and no ] is behind this object", _LIST, line=line)


def _object_at(
    path: Path | str, text: str, at: int, line: int, what: str
) -> tuple[dict[str, str | None], int]:
    try:
        pairs, end = _DECODER.raw_decode(text, at)
        return _cells(pairs, what), end
    except _NotPlainError as failure:
        problem = str(failure)
    except (ValueError, RecursionError):
        problem = f"{what} is not JSON"
    raise TableError(path, problem, _LIST, line=line) from None


def _record(path: Path | str, raw: bytes, line: int) -> dict[str, str | None]:
    try:
        pairs = _DECODER.decode(raw.decode())
        return _cells(pairs)
    except _NotPlainError as failure:
        problem = str(failure)
    except UnicodeDecodeError:
        problem = "this line is not UTF-8 text"
    except (ValueError, RecursionError):
        problem = "this line is not JSON"
    # What the parser says quotes the line.
    raise TableError(path, problem, _WRITE_ANEW, line=line) from None


class _NotPlainError(Exception):
    """A value that is no cell."""


def _cells(pairs: object, what: str = "this line") -> dict[str, str | None]:
    """Return an object's cells by name; the decoder makes a tuple of an object, of nothing else."""
    if not isinstance(pairs, tuple):
        raise _NotPlainError(f"{what} is not a JSON object")
    entries = list(_flat(pairs))
    cells = {name: v if type(v) is str else _cell(v) for name, v in entries}
    if len(cells) < len(entries):
        raise _NotPlainError("a name is repeated in this object")
    return cells


def _flat(pairs: _Pairs, group: str = "") -> Iterator[tuple[str, object]]:
    """Yield the entries of an object; those of an object in it have its name in front."""
    for name, value in pairs:
        if type(value) is tuple and value:
            yield from _flat(value, f"{group}{name}.")
        else:
            yield f"{group}{name}", value


def _cell(value: object) -> str | None:
    if isinstance(value, tuple):  # an object without entries
        return None
    return list_text(value) if isinstance(value, list) else cell_text(value)


def list_text(entries: list[Any]) -> str | None:
    """Return a list as a cell: its entries joined by ``;``, or JSON if they cannot be told apart.

    >>> list_text(["a", None, 1]), list_text(["a;b", "c"]), list_text([["a"]]), list_text([])
    ('a;1', '["a;b", "c"]', '[["a"]]', None)
    """
    if any(isinstance(entry, tuple | list | dict) or ";" in str(entry) for entry in entries):
        return json.dumps(_nested(entries), ensure_ascii=False, default=str)
    return cell_text(entries)


def _nested(value: object) -> object:
    if isinstance(value, tuple):
        return {name: _nested(inner) for name, inner in value}
    return list(map(_nested, value)) if isinstance(value, list) else value


def _number(text: str) -> str | Decimal:
    number = Decimal(text)
    return number if abs(number.adjusted()) <= _LARGEST_POWER else text


def _no_number(text: str) -> None:
    if text != "NaN":
        raise _NotPlainError("a number of this object is infinite")


_DECODER = json.JSONDecoder(
    object_pairs_hook=tuple,
    # Keep the digits: a number may be longer than a float holds.
    parse_int=str,
    parse_float=_number,
    parse_constant=_no_number,
)


def with_values(column: pa.Array) -> pa.Array:
    """Return a column with the values of attributes that have several, as in SCIM, joined by ``;``.

    In JSON text they are objects with a ``value``; that of a primary one is the only one.
    """
    chosen = as_mask(pc.match_substring(column, '"value": ')) & as_mask(
        pc.starts_with(column, "[{")
    )
    if not chosen.any():
        return column
    texts = [_values(text) for text in column.filter(pa.array(chosen)).to_pylist()]
    return pc.replace_with_mask(column, pa.array(chosen), pa.array(texts, column.type))


def _values(text: str) -> str:
    entries = json.loads(text)
    if not all(isinstance(one, dict) and isinstance(one.get("value"), str) for one in entries):
        return text
    primary = [one for one in entries if one.get("primary") is True]
    values = [one["value"] for one in (primary if len(primary) == 1 else entries)]
    return text if any(";" in value for value in values) else ";".join(values)


def _encodes(column: Sequence[str | None]) -> bool:
    try:
        "".join(filter(None, column)).encode()
    except UnicodeEncodeError:
        return False
    return True


def _whole(text: str) -> str:
    return text.encode(errors="replace").decode()


def write_json_lines(frame: pd.DataFrame, path: Path) -> None:
    """Write a frame of text as one object a line; missing cells are null.

    A frame without rows is one line of nulls, so that its columns are known.
    """
    quoted = [encode_basestring(str(name)).replace("%", "%%") for name in frame.columns]
    line = f"{{{', '.join(f'{name}: %s' for name in quoted)}}}\n"
    # Alone, a line of nulls would be read as a table without rows.
    missing = '""' if len(frame) == 1 else "null"
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for start in range(0, len(frame), _ROWS):
            part = frame.iloc[start : start + _ROWS]
            columns = [as_arrow(part[name]).to_pylist() for name in part.columns]
            texts = ([missing if c is None else encode_basestring(c) for c in cs] for cs in columns)
            file.writelines(line % row for row in zip(*texts, strict=True))
        if frame.empty:
            file.write(line % (("null",) * len(quoted)))
