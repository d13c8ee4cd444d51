"""YAML file of a mapping with its mistakes; the guessed mapping to correct."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import yaml

from gsprep.errors import DocumentError, InputError, Problem
from gsprep.mapping.aliases import LAST_FIRST, OF_THE_COMPANY, meant_field
from gsprep.mapping.columns import NAME_PARTS, ColumnMapping, How, MappedColumn, Others, field_text
from gsprep.schemas.frames import ROW_ID
from gsprep.schemas.yaml_file import read_nodes
from gsprep.values.text import nearest_name, quoted

if TYPE_CHECKING:
    import pandas as pd

    from gsprep.schemas.fields import ObjectFields

SCHEMA = "gsprep.mapping/1"
_ABOVE = """\
# The Gainsight field of each column of the file. Change a field, or leave it empty to leave the
# column out. A file with other columns is refused. score and how only explain the guess.
"""


def mapping_text(mapping: ColumnMapping) -> str:
    """Return a mapping as YAML; ``read_mapping`` gives the same mapping back."""
    document: dict[str, Any] = {"schema": SCHEMA, "object": mapping.object}
    document["columns"] = [_entry(column) for column in mapping.columns]
    if mapping.constants:
        document["fields"] = {name: {"constant": value} for name, value in mapping.constants}
    if mapping.others != "refuse":
        document["others"] = mapping.others
    return _ABOVE + yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=1000)


def _entry(column: MappedColumn) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "header": column.header,
        "field": list(column.split) if column.split else column.field,
        "score": column.score,
        "how": column.how,
    }
    entry |= {"nearest": column.nearest} if column.nearest is not None else {}
    entry |= {"fallback": column.fallback} if column.fallback else {}
    return entry | ({"values": dict(column.value_map)} if column.value_map else {})


def read_mapping(path: str | os.PathLike[str], of: ObjectFields | None = None) -> ColumnMapping:
    r"""Read a mapping; a field may be empty, score and how may be left out.

    ``columns`` lists headers with their fields, ``fields`` lists fields with their columns; a file
    has one of them or both.

    Args:
        path: the YAML file.
        of: the fields of the object; with it, names that are no field are mistakes too.

    Returns:
        The mapping, for ``apply_mapping`` and ``read_table``.

    Raises:
        DocumentError: if the file has mistakes; it names each with its line.
        InputError: if the file does not exist.

    Examples:
        >>> import pathlib, tempfile
        >>> file = pathlib.Path(tempfile.mkdtemp()) / "mapping.yaml"
        >>> _ = file.write_text(
        ...     "schema: gsprep.mapping/1\nobject: Person\n"
        ...     "columns: [{header: E-mail, field: Email}]\n"
        ... )
        >>> gsprep.read_mapping(file).fields
        {'E-mail': 'Email'}
    """
    file = Path(path).expanduser()
    # Refuses what is not YAML, is too large, or repeats a key.
    _, root = read_nodes(file, kind="mapping")
    return _Reader(str(file), of).read(root)


class _Reader:
    """Reads the nodes of a document, and gathers mistakes with their lines."""

    def __init__(self, source: str, of: ObjectFields | None) -> None:
        self.source = source
        self.of = of
        self.problems: list[Problem] = []

    def read(self, root: Any) -> ColumnMapping:
        """Return the mapping; raise DocumentError with all mistakes."""
        parts = self.entries(root, "", {"schema", "object", "columns", "fields", "others"})
        if self.text(parts.get("schema"), root, "schema") not in {SCHEMA, None}:
            self.wrong(parts["schema"], "schema", f"must be {SCHEMA}")
        name = self.text(parts.get("object"), root, "object") or ""
        listed = self.items(parts.get("columns"), "columns")
        columns = [self.column(node, f"columns.{at}") for at, node in enumerate(listed)]
        given, constants = self.fields(parts.get("fields"))
        others = self.choice(parts.get("others"), "others", get_args(Others))
        if parts and not parts.keys() & {"columns", "fields"}:
            self.wrong(root, "columns", "is missing: list columns or fields")
        if self.of is not None and self.of.name == name:
            self.problems += unknown_fields(self.of, parts)
        if self.problems:
            raise DocumentError(self.source, sorted(self.problems, key=_line))
        usual = "refuse" if "columns" in parts else "keep"
        return self.made(name, _merged(columns, given), constants, others or usual)

    def made(
        self,
        name: str,
        columns: Sequence[MappedColumn],
        constants: Sequence[tuple[str, str]],
        others: Any,
    ) -> ColumnMapping:
        """Return the mapping; raise InputError, which names the file, if it cannot be used."""
        try:
            return ColumnMapping(name, tuple(columns), tuple(constants), others)
        except InputError as failure:
            raise InputError(f"{self.source}: {failure}") from None

    def wrong(self, node: Any, place: str, message: str) -> None:
        """Note a mistake at a node."""
        self.problems.append(_problem(node, place, message))

    def entries(self, node: Any, place: str, known: set[str]) -> dict[str, Any]:
        """Return the entries of a mapping node that are known."""
        if not isinstance(node, yaml.MappingNode):
            self.wrong(
                node,
                place or "the file",
                "must be lines of a name, a colon and a value, such as name: x",
            )
            return {}
        for key, _ in node.value:
            if key.value not in known:
                where = f"{place}.{key.value}".strip(".")
                self.wrong(key, where, f"no such entry{_nearest(str(key.value), known)}")
        return {key.value: value for key, value in node.value if key.value in known}

    def items(self, node: Any, place: str) -> list[Any]:
        """Return the items of a list node."""
        if node is None or _is_list(node):
            return [] if node is None else list(node.value)
        self.wrong(node, place, "must be a list")
        return []

    def text(self, node: Any, parent: Any, place: str) -> str | None:
        """Return the text of a needed entry."""
        if node is None:
            if isinstance(parent, yaml.MappingNode):
                self.wrong(parent, place, "is missing")
            return None
        if not (isinstance(node, yaml.ScalarNode) and bool(node.tag == "tag:yaml.org,2002:str")):
            self.wrong(node, place, "must be text: put it in quotes")
            return None
        return str(node.value)

    def choice(self, node: Any, place: str, choices: Sequence[str]) -> str | None:
        """Return the text of an entry that is one of a few."""
        found = None if node is None else _scalar(node)
        if node is not None and found not in choices:
            self.wrong(node, place, f"must be {' or '.join(choices)}")
        return found

    def column(self, node: Any, place: str) -> MappedColumn:
        """Return one entry of ``columns``."""
        known = {"header", "field", "score", "how", "nearest", "fallback", "values"}
        parts = self.entries(node, place, known)
        header = self.text(parts.get("header"), node, f"{place}.header")
        is_split = _is_list(parts.get("field"))
        split = self.texts(parts["field"], f"{place}.field") if is_split else []
        how: Any = self.choice(parts.get("how"), f"{place}.how", get_args(How))
        return MappedColumn(
            header or "",
            None if is_split else self.optional(parts.get("field"), f"{place}.field"),
            self.number(parts.get("score"), f"{place}.score", 1.0),
            how or "given",
            self.optional(parts.get("nearest"), f"{place}.nearest"),
            tuple(split),
            int(self.number(parts.get("fallback"), f"{place}.fallback", 0, most=99)),
            self.values(parts.get("values"), f"{place}.values"),
        )

    def optional(self, node: Any, place: str) -> str | None:
        """Return the text of an entry that may be empty."""
        if node is None or _is_null(node):
            return None
        return self.text(node, node, place)

    def number(self, node: Any, place: str, usual: float, *, most: float = 1) -> float:
        """Return a number from 0 to the most."""
        found = usual if node is None else _number(node)
        if found is None or not 0 <= found <= most:
            self.wrong(node, place, f"must be a number from 0 to {most:g}")
            return usual
        return found

    def texts(self, node: Any, place: str) -> list[str]:
        """Return a text or the texts of a list."""
        nodes = node.value if _is_list(node) else [node]
        return [text for one in nodes if (text := self.text(one, one, place))]

    def values(self, node: Any, place: str) -> tuple[tuple[str, str | None], ...]:
        """Return what becomes of certain cells; all is text as it is written: yes stays yes."""
        if node is None:
            return ()
        if not isinstance(node, yaml.MappingNode):
            self.wrong(node, place, "must be lines such as yes: true")
            return ()
        return tuple((str(key.value), _scalar(value)) for key, value in node.value)

    def fields(self, node: Any) -> tuple[list[MappedColumn], list[tuple[str, str]]]:
        """Return the columns and the constants of ``fields``."""
        columns: list[MappedColumn] = []
        constants: list[tuple[str, str]] = []
        if node is not None and not isinstance(node, yaml.MappingNode):
            self.wrong(node, "fields", "must be lines such as Email: [E-mail, Work e-mail]")
            return columns, constants
        for key, value in [] if node is None else node.value:
            place = f"fields.{key.value}"
            names = tuple(part.strip() for part in str(key.value).split(","))
            if isinstance(value, yaml.MappingNode):
                parts = self.entries(value, place, {"column", "columns", "values", "constant"})
                constants += self.constant(names[0], value, parts, place)
                source, values = parts.get("column") or parts.get("columns"), parts.get("values")
                columns += self.columns_of(names, source, values, place)
            else:
                columns += self.columns_of(names, value, None, place)
        return columns, constants

    def constant(
        self, name: str, node: Any, parts: dict[str, Any], place: str
    ) -> list[tuple[str, str]]:
        """Return the constant of a field, if it has one."""
        if ("constant" in parts) == bool(parts.keys() & {"column", "columns"}):
            self.wrong(node, place, "needs a column or a constant, and not both")
            return []
        found = _scalar(parts["constant"]) if "constant" in parts else None
        return [(name, found)] if found else []

    def columns_of(
        self, names: tuple[str, ...], node: Any, values: Any, place: str
    ) -> list[MappedColumn]:
        """Return the columns of a field in their order."""
        headers = [] if node is None or _is_null(node) else self.texts(node, place)
        if len(names) > 1:
            return [MappedColumn(header, split=names) for header in headers]
        given = self.values(values, f"{place}.values")
        return [
            MappedColumn(header, names[0], fallback=at, value_map=given)
            for at, header in enumerate(headers)
        ]


def unknown_fields(of: ObjectFields, parts: dict[str, Any]) -> list[Problem]:
    """Return a mistake for each name that is no field of the object, with the nearest right one."""
    named = (*_named_in_columns(parts.get("columns")), *_named_in_fields(parts.get("fields")))
    return [
        _problem(node, place, f"{of.name} has no field {quoted(text)}. {nearest_field(text, of)}")
        for node, place, text in named
        if text.strip() and text != ROW_ID and not (of.knows(text) or text in OF_THE_COMPANY)
    ]


def _named_in_columns(listed: Any) -> Iterator[tuple[Any, str, str]]:
    for at, entry in enumerate(listed.value if _is_list(listed) else ()):
        for key, value in entry.value if isinstance(entry, yaml.MappingNode) else ():
            if key.value == "field":
                nodes = value.value if _is_list(value) else [value]
                texts = ((node, _scalar(node)) for node in nodes)
                yield from ((node, f"columns.{at}.field", text) for node, text in texts if text)


def _named_in_fields(listed: Any) -> Iterator[tuple[Any, str, str]]:
    for key, _ in listed.value if isinstance(listed, yaml.MappingNode) else ():
        yield from ((key, "fields", part.strip()) for part in str(key.value).split(","))


def _problem(node: Any, place: str, message: str) -> Problem:
    line = 1 if node is None else node.start_mark.line + 1
    return Problem(f"line {line}, {place}", message)


def _line(problem: Problem) -> int:
    return int(problem.place.split(",")[0].removeprefix("line "))


def _merged(
    columns: Sequence[MappedColumn], given: Sequence[MappedColumn]
) -> Sequence[MappedColumn]:
    """Return the columns; those of ``fields`` win over the same headers in ``columns``."""
    by_header = {column.header: column for column in given}
    taken = {column.field for column in given} - {None}
    kept = [
        by_header.pop(c.header, replace(c, field=None) if c.field in taken else c) for c in columns
    ]
    return [*kept, *(column for column in given if column.header in by_header)]


def _is_null(node: Any) -> bool:
    return bool(node.tag == "tag:yaml.org,2002:null")


def _scalar(node: Any) -> str | None:
    """Return the text of a node as it is written; nothing and null are None."""
    return str(node.value) if isinstance(node, yaml.ScalarNode) and not _is_null(node) else None


def _number(node: Any) -> float | None:
    try:
        return float(node.value)
    except (TypeError, ValueError):
        return None


def _is_list(node: Any) -> bool:
    return isinstance(node, yaml.SequenceNode)


def _nearest(text: str, known: set[str]) -> str:
    near = nearest_name(text, known)
    return "" if near is None else f". Do you mean {near}?"


def nearest_field(text: str, of: ObjectFields) -> str:
    """Return a sentence that names the field that is most likely meant."""
    means = meant_field(text, of)
    if means is not None:
        return f"Do you mean {means}?"
    return f"`gsprep fields {of.name}` lists its fields"


_SAMPLES, _FIRST_ROWS = 3, 2_000


def samples_of(frame: pd.DataFrame) -> Mapping[str, tuple[str, ...]]:
    """Return a few different cells of each column of a text frame, the first ones."""
    few = frame.drop(columns=ROW_ID, errors="ignore").head(_FIRST_ROWS)
    return {
        str(name): tuple(map(str, few[name].dropna().drop_duplicates().head(_SAMPLES)))
        for name in few.columns
    }


@dataclass(frozen=True, slots=True, repr=False)
class Proposal:
    """A guessed mapping, the object, and samples of the cells by header."""

    guess: ColumnMapping
    of: ObjectFields
    samples: Mapping[str, tuple[str, ...]]

    def choices(self) -> list[str]:
        """Return what a column can be: fields of the object, ids of the company, a split."""
        names = [field.name for field in self.of.fields]
        split = [", ".join(LAST_FIRST)] if set(names) >= NAME_PARTS else []
        company = sorted(OF_THE_COMPANY - set(names)) if split else []
        return [*names, *company, *split]

    def absent(self, mapping: ColumnMapping) -> list[str]:
        """Return the fields that every record needs and no column has."""
        there = set(mapping.produced)
        return [" or ".join(names) for names in self.of.needed if there.isdisjoint(names)]

    def read_choice(self, text: str) -> tuple[str, ...]:
        """Return the fields that a person typed; () for none.

        Raises InputError, which names the nearest field, for an unknown one.
        """
        names = tuple(part.strip() for part in text.split(",") if part.strip())
        fields = [name for name in names if not (self.of.knows(name) or name in OF_THE_COMPANY)]
        if fields:
            raise InputError(
                f"{self.of.name} has no field {fields[0]}. {nearest_field(fields[0], self.of)}"
            )
        if len(names) > 1 and set(names) != NAME_PARTS:
            raise InputError("only LastName, FirstName can be read from one column")
        return names

    def mapping(self, chosen: Sequence[tuple[str, ...]]) -> ColumnMapping:
        """Return the mapping of the chosen fields, one entry for each column of the file.

        Several columns of one field are used in the order of the file: the first filled one.
        Raises InputError if fields are chosen that exclude each other.
        """
        used: dict[str, int] = {}
        columns: list[MappedColumn] = []
        for column, names in zip(self.guess.columns, chosen, strict=True):
            field = names[0] if len(names) == 1 else None
            at = used.get(field, 0) if field else 0
            if field:
                used[field] = at + 1
            columns.append(_column(column, field, names if len(names) > 1 else (), at))
        return ColumnMapping(self.guess.object, tuple(columns))

    def chosen(self, mapping: ColumnMapping) -> list[tuple[str, ...]]:
        """Return the fields of each column of a mapping, as ``mapping`` takes them."""
        return [c.split or ((c.field,) if c.field else ()) for c in mapping.columns]


def _column(
    guess: MappedColumn, field: str | None, split: tuple[str, ...], fallback: int
) -> MappedColumn:
    if field_text(guess) == (", ".join(split) or field) and guess.fallback == fallback:
        return guess
    nearest = guess.nearest if field is None and not split else None
    return replace(
        guess,
        field=field,
        split=split,
        fallback=fallback,
        how="given" if field or split else "none",
        score=1.0 if field or split else 0.0,
        nearest=nearest,
    )
