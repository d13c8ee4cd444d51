"""Files and databases to frames of text."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from gsprep.display import few, plural
from gsprep.errors import InputError, TableError
from gsprep.lazy import lazy_module
from gsprep.mapping.aliases import (
    ALIAS,
    OF_THE_COMPANY,
    header_words,
    is_of_others,
    understood,
)
from gsprep.mapping.combined_columns import (
    are_others,
    completed,
    further_columns,
    hold_addresses,
    hold_gsids,
    hold_salutations,
    mapped_names,
    note_on_lone,
    note_on_second_people,
    notes_on,
    repeat,
)
from gsprep.mapping.guess import may_mean, of_second_people
from gsprep.results import CHANGE_COLUMNS, FINDING_COLUMNS
from gsprep.schemas.fields import PERSON
from gsprep.schemas.frames import ROW_ID, with_lines, with_row_ids
from gsprep.tables.delimited import read_delimited
from gsprep.tables.file_kind import is_standard_input, open_source
from gsprep.tables.formula_escape import formulas_in
from gsprep.tables.headers import (
    CellEvidence,
    ColumnNames,
    check_header_option,
    header_text,
    name_columns,
    refuse_repeated,
)
from gsprep.tables.json_lines import read_json_lines
from gsprep.tables.no_records import records_of, ruled_off
from gsprep.tables.raw_table import ReadOptions, concat_sheets
from gsprep.tables.sql import is_database_url, read_query, safe_url
from gsprep.values.arrow import as_arrow, matches
from gsprep.values.text import quoted

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Mapping, Sequence

    from gsprep.mapping.columns import ColumnMapping
    from gsprep.schemas.fields import ObjectFields
    from gsprep.tables import parquet, workbook
    from gsprep.tables.file_kind import TableSource
    from gsprep.tables.raw_table import RawTable

    Source = str | os.PathLike[str]
else:
    parquet = lazy_module("gsprep.tables.parquet")
    workbook = lazy_module("gsprep.tables.workbook")

_LOG = logging.getLogger("gsprep")
# Tables of ours about rows: several lines for one row_id, or none for a whole column.
_ABOUT_ROWS = (
    frozenset(CHANGE_COLUMNS),
    frozenset(FINDING_COLUMNS),
    frozenset({ROW_ID, "Company_ID", "intercept"}),
)


@dataclass(frozen=True, slots=True)
class TableWithNotes:
    """A file as a frame, and what was assumed while reading it.

    Attributes:
        frame: one line per record; text columns and ``row_id``, missing cells are NaN.
        notes: sentences for people; they name headers and lines, never the value of a cell.
        columns: the column of the frame by each header of the file.
        sheet: the names of the sheets of a workbook that were read, "" for others.
    """

    frame: pd.DataFrame
    notes: tuple[str, ...]
    columns: Mapping[str, str]
    sheet: str = ""

    def other_headers(self) -> Mapping[str, str]:
        """Return the header in the file by column of the frame, where it has another name."""
        return {name: header for header, name in self.columns.items() if header != name}


def read_table(  # noqa: PLR0913  what sources have in common is little
    source: Source,
    *,
    sheet: str | int | None = None,
    query: str | None = None,
    mapping: ColumnMapping | None = None,
    encoding: str | None = None,
    header: int | None = None,
) -> pd.DataFrame:
    r"""Return a table as a frame of text with ``row_id``; what was assumed is logged as warnings.

    Records that are numbered here also have a ``line``: the line of the file, or the row of the
    sheet. Blank cells are missing; NA and 00123 stay. Headers that mean a field get its API name.

    Args:
        source: a file (CSV, TSV, XLSX, XLSB, ODS, XLS, Parquet, JSON), a folder of Parquet files
            with the same columns, which are one table, ``-`` for standard input, or, with a
            ``query``, the address of a database as SQLAlchemy writes it (the extra ``sql``).
        sheet: the name or the position (0 is the first) of a sheet of a workbook, or ``all`` for
            those that hold values, one below the other: their headers must be the same. None takes
            the only sheet with values.
        query: the SQL statement that selects the rows of a database.
        mapping: which column is which field; it alone decides then. None recognises usual headers.
        encoding: the encoding of a text file, such as cp1250, if the one that its bytes suggest is
            wrong.
        header: the line of the headers, counted from 1, if it is not found: the lines above, such
            as a title row, are left out.

    Returns:
        The records in their order: columns row_id, line, then those of the table, as text.

    Raises:
        TableError: if the table cannot be read; it has the line, where there is one, and what to
            do.
        InputError: if the table has other columns than the mapping.

    Examples:
        >>> import pathlib, tempfile
        >>> file = pathlib.Path(tempfile.mkdtemp()) / "people.csv"
        >>> _ = file.write_text("E-mail,Customer No\nana@acme.com,00123\nbo@acme.com,NA\n")
        >>> gsprep.read_table(file)
          row_id line         Email Customer No
        0      1    2  ana@acme.com       00123
        1      2    3   bo@acme.com          NA
    """
    reading = read(
        source, sheet=sheet, query=query, mapping=mapping, encoding=encoding, header=header
    )
    place = safe_url(str(source)) if is_database_url(source) else source
    for note in reading.notes:
        _LOG.warning("%s: %s", place, note)
    return reading.frame


def read(  # noqa: PLR0913  the options of read_table, and the object
    source: Source,
    *,
    sheet: str | int | None = None,
    query: str | None = None,
    of: ObjectFields | None = None,
    mapping: ColumnMapping | None = None,
    encoding: str | None = None,
    header: int | None = None,
) -> TableWithNotes:
    """Return a table as a frame of text with ``row_id``, and notes on what was assumed.

    ``of`` says which object it holds: in a file of companies "Company Name" is their Name.
    Records without any value are left out and noted. Raises as ``read_table``.
    """
    how = ReadOptions(of, encoding, header, sheet, query)
    table = records_of(_read_within_memory(source, how), of)
    naming = naming_of(table, of, mapping)
    if of is not None and table.cells.empty and not naming.columns.means and mapping is None:
        raise TableError(
            table.path, "it has no records, and its first line has no known header",
            "Export the table again.", line=table.line if table.is_laid_out else None,
        )  # fmt: skip
    reading = naming.applied(table)
    if mapping is not None or naming.further is None:
        return reading
    return replace(reading, notes=(*reading.notes, *note_on_lone(reading.frame, naming.further)))


class Naming(NamedTuple):
    """The names of a table's columns, and which of its columns together make another one."""

    columns: ColumnNames
    further: ColumnMapping | None = None

    def applied(self, table: RawTable) -> TableWithNotes:
        """Return a table with these headers as a frame."""
        return _with_notes(table, self.columns, self.further)


def naming_of(
    table: RawTable, of: ObjectFields | None, mapping: ColumnMapping | None = None
) -> Naming:
    """Return the names of a table's columns: by the mapping, or by what headers and cells say.

    Raises as ``read_table``.
    """
    if mapping is not None:
        refuse_repeated(table.path, table.headers, line=table.line)
        return Naming(_mapped_names(table, mapping, of), mapping)
    if _is_about_rows(table.headers):
        # Our own names, such as that of a comparison, may read like a field.
        return Naming(ColumnNames(table.headers, ()))
    mails = frozenset(h for at, h in enumerate(table.headers) if hold_addresses(table.cells[at]))
    salutations = frozenset(
        header
        for at, header in enumerate(table.headers)
        if understood(header, of) == "Title" and hold_salutations(table.cells[at])
    )
    cells = CellEvidence(
        lambda at, means: means.doubt >= ALIAS and are_others(table.cells[at], means, of),
        mails,
        repeated=_repeated(table, mails, of),
        salutations=salutations if (of or PERSON).knows("Prefix") else frozenset(),
        used=partial(_used, table),
    )
    renamed = name_columns(table.path, table.headers, of, line=table.line, cells=cells)
    renamed = _with_key(table, renamed, mails, of)
    renamed = replace(renamed, notes=(*renamed.notes, *_lost_digits(table)))
    second = of_second_people(table.headers) if of in {None, PERSON} else ()
    second = second if mails.intersection(second) else ()
    further = further_columns(table.headers, renamed.names, renamed.means, mails.difference(second))
    told = [] if further is None else notes_on(further)
    notes = (*renamed.notes, *note_on_second_people(second), *told)
    return Naming(replace(renamed, notes=notes), further)


def _with_key(
    table: RawTable, columns: ColumnNames, mails: frozenset[str], of: ObjectFields | None
) -> ColumnNames:
    """Return the names with Email for the only column of addresses, if no other is Email or Gsid.

    So is Gsid for that of companies' Gsids, if each is there once. Its header must hold a word for
    it. Otherwise a note names the columns of addresses or Gsids.
    """
    if of is None or not {"Email", "Gsid", "Person_ID"}.isdisjoint(columns.names):
        return columns
    key, what, found = "Email", "e-mail addresses", sorted(mails)
    if not of.knows("Email"):
        key, what = "Gsid", "Gsids"
        found = [h for at, h in enumerate(table.headers) if hold_gsids(table.cells[at])]
    if of.knows(key) and len(found) == 1:
        at, words = table.headers.index(found[0]), header_words(found[0])
        cells = table.cells[at]
        if key == "Email":
            is_key = may_mean(found[0], key, of) and not repeat(cells)
        else:
            is_key = "id" in words and not is_of_others(words)
            is_key = is_key and cells.is_unique and not cells.hasnans
        if is_key:
            names = (*columns.names[:at], key, *columns.names[at + 1 :])
            note = f"the column {quoted(found[0])} is taken for {key}: no other holds {what}"
            return replace(columns, names=names, notes=(*columns.notes, note))
    listed, hold = ", ".join(map(quoted, found)), plural(len(found), "holds", "hold")
    text = f"no column is {key}, but {listed} {hold} {what}: choose {key} for the right column"
    option = "--companies-mapping" if of.name == "Company" else "--mapping"
    saving = f"`gsprep map --object {of.name} --out mapping.yaml`, then give it with {option}"
    hints = (f"{text} with {saving}",) if found else ()
    return replace(columns, notes=(*columns.notes, *hints))


def _repeated(table: RawTable, mails: frozenset[str], of: ObjectFields | None) -> frozenset[str]:
    """Return the columns of addresses that repeat them, if one of the others is Email."""
    columns = {h: table.cells[at] for at, h in enumerate(table.headers) if h in mails}
    if len(columns) < 2:  # noqa: PLR2004  no choice
        return frozenset()
    repeated = frozenset(header for header, cells in columns.items() if repeat(cells))
    has_key = any(understood(header, of) == "Email" for header in mails - repeated)
    return repeated if has_key else frozenset()


def _used(table: RawTable, headers: Sequence[str]) -> Sequence[str]:
    """Return the first of columns with values, if the others agree; else those with values."""
    columns = {
        h: table.cells[at].str.casefold() for at, h in enumerate(table.headers) if h in headers
    }
    filled = [header for header in headers if columns[header].notna().any()]
    first = columns[(filled or headers)[0]]
    agree = all((columns[h].isna() | (columns[h] == first)).all() for h in filled)
    return (filled or headers)[:1] if agree else filled


# A number as a spreadsheet shows a long id: its last digits are not in the file.
_POWER_OF_TEN = r"^[0-9](?:[.,][0-9]+)?[Ee]\+[0-9]{2}$"
_LOOKED_AT = 1_000


def _lost_digits(table: RawTable) -> tuple[str, ...]:
    """Return a note on the columns of which most of the first cells are such numbers."""
    tops = (as_arrow(table.cells[at].head(_LOOKED_AT)) for at in range(len(table.headers)))
    found = [
        quoted(header)
        for header, top in zip(table.headers, tops, strict=True)
        if 2 * matches(top, _POWER_OF_TEN).sum() > len(top) - top.null_count
    ]
    if not found:
        return ()
    text = f"{', '.join(found)}: numbers such as 1.2E+11 have lost their last digits, so they are "
    return (f"{text}no ids any more; export the file again with these columns as text",)


def read_as_written(
    source: Source,
    *,
    sheet: str | int | None = None,
    query: str | None = None,
    encoding: str | None = None,
    header: int | None = None,
) -> TableWithNotes:
    """Return a table with the headers of the file, to make a mapping."""
    how = ReadOptions(None, encoding, header, sheet, query)
    table = records_of(_read_within_memory(source, how), None)
    refuse_repeated(table.path, table.headers, line=table.line)
    # The lines of the file are no column to map.
    return _with_notes(replace(table, lines=None), ColumnNames(table.headers, ()))


def _with_notes(
    table: RawTable, renamed: ColumnNames, mapping: ColumnMapping | None = None
) -> TableWithNotes:
    named = table.cells.set_axis(list(renamed.names), axis=1)
    if mapping is not None:
        named = completed(named, table.headers, mapping)
    frame = _named_rows(table.path, with_lines(named, table.lines))
    columns = dict(zip(table.headers, renamed.names, strict=True))
    notes = (*table.notes, *_formulas(table, frame), *renamed.notes)
    return TableWithNotes(frame, notes, columns, table.sheet)


def _formulas(table: RawTable, frame: pd.DataFrame) -> tuple[str, ...]:
    """Return a note on text that a spreadsheet would compute: the column, and a few rows."""
    # A table of ours may have no row_id; then records are counted as everywhere else.
    records = pd.Series(range(1, len(frame) + 1), dtype="int64")
    row_ids = frame.get(ROW_ID, records)
    found = [
        f"{quoted(table.headers[at])} ({few('row_id', row_ids.iloc[places].tolist())})"
        for at, places in table.formulas.items()
    ]
    return (f"cells that look like formulas are read as text: {', '.join(found)}",) if found else ()


def _mapped_names(table: RawTable, mapping: ColumnMapping, of: ObjectFields | None) -> ColumnNames:
    if of is not None and mapping.object != of.name:
        raise InputError(
            f"the mapping is of {mapping.object}, and {table.path} holds {of.name}: "
            f"make one with `gsprep map --object {of.name}`"
        )
    known = OF_THE_COMPANY
    strange = [f for f in mapping.produced if of is not None and not (of.knows(f) or f in known)]
    if of is not None and strange:
        raise InputError(
            f"the mapping names fields that {of.name} does not have: {', '.join(strange)}. "
            "Change them in the mapping, or leave them empty"
        )
    names = mapped_names(table.headers, mapping, of=str(table.path))
    left = ", ".join(map(quoted, mapping.unmapped))
    return ColumnNames(names, (f"not mapped to any field: {left}",) if left else ())


def _read_within_memory(source: Source, how: ReadOptions) -> RawTable:
    try:
        return _raw_table(source, how)
    except MemoryError:
        place = safe_url(str(source)) if is_database_url(source) else str(source)
        raise TableError(
            place, "it does not fit into the memory of this machine",
            "Divide it, or leave out columns that are not needed.",
        ) from None  # fmt: skip


def _raw_table(source: Source, how: ReadOptions) -> RawTable:
    check_header_option(how.header)
    if is_database_url(source):
        how.refuse("sheet", "encoding", "header", of=safe_url(str(source)))
        return _with_formulas(with_headers(_query_result(str(source), how.query)))
    if not is_standard_input(source):
        how.refuse("query", of=Path(source).expanduser())
        folder = Path(source).expanduser()
        if folder.is_dir() and (found := parquet.files_in(folder)):
            how.refuse("sheet", "encoding", "header", of=folder)
            return _with_formulas(with_headers(parquet.read_folder(folder, found)))
    opened = open_source(source)
    how.refuse("query", of=opened.place)
    table = _file_table(opened, how)
    return replace(table, notes=(*opened.notes, *table.notes))


def _file_table(opened: TableSource, how: ReadOptions) -> RawTable:
    place = opened.place
    if opened.kind == "delimited":
        how.refuse("sheet", of=place)
        return with_headers(read_delimited(place, opened.data, how))
    how.refuse("encoding", of=place)
    if opened.is_workbook:
        return _with_formulas(_workbook(opened, how))
    how.refuse("sheet", "header", of=place)
    read_file = parquet.read_parquet if opened.kind == "parquet" else read_json_lines
    return _with_formulas(with_headers(read_file(place, opened.data)))


def _workbook(opened: TableSource, how: ReadOptions) -> RawTable:
    if how.sheet != workbook.ALL_SHEETS:
        return with_headers(workbook.read_workbook(opened, how))
    sheets = [
        (name, records_of(with_headers(table), how.of))
        for name, table in workbook.read_every_sheet(opened, how)
    ]
    return sheets[0][1] if len(sheets) == 1 else concat_sheets(sheets)


def _with_formulas(table: RawTable) -> RawTable:
    """Mark text in a table that a spreadsheet would compute."""
    cells = [as_arrow(table.cells[at]) for at in range(len(table.headers))]
    return replace(table, formulas=formulas_in(cells))


def filled_columns(table: RawTable) -> list[int]:
    """Return the places of the columns that have a header or a value other than a rule."""
    return [
        at
        for at, header in enumerate(table.headers)
        if header_text(header) or not ruled_off(table.cells[[at]]).all()
    ]


def _query_result(address: str, query: str | None) -> RawTable:
    if query is None:
        raise TableError(
            safe_url(address),
            "a database needs a query",
            "Write --query (query= in Python): SELECT …",
        )
    return read_query(address, query)


def with_headers(table: RawTable, kept: Sequence[int] | None = None) -> RawTable:
    """Name columns that have values but no header; drop those that have neither.

    ``kept`` are the columns to keep, by their place, if the table is a part of another one.
    """
    headers = [header_text(header) for header in table.headers]
    kept = filled_columns(table) if kept is None else list(kept)
    notes = list(table.notes)
    if len(kept) < len(headers):
        left = len(headers) - len(kept)
        columns, are = plural(left, "column", "columns"), plural(left, "is", "are")
        notes.append(f"{left} {columns} without header and values {are} left out")
    if unnamed := [f'"column_{at + 1}"' for at in kept if not headers[at]]:
        columns = plural(len(unnamed), "column without a header is", "columns without a header are")
        notes.append(f"the {columns} named {', '.join(unnamed)}")
    names = tuple(headers[at] or f"column_{at + 1}" for at in kept)
    cells = table.cells[kept].set_axis(range(len(kept)), axis=1)
    formulas = {at: table.formulas[was] for at, was in enumerate(kept) if was in table.formulas}
    return replace(table, headers=names, cells=cells, notes=tuple(notes), formulas=formulas)


def _is_about_rows(names: Iterable[str]) -> bool:
    """Return whether a table of ours with these columns is about rows."""
    return any(columns <= set(names) for columns in _ABOUT_ROWS)


def _named_rows(path: Path | str, frame: pd.DataFrame) -> pd.DataFrame:
    if _is_about_rows(frame.columns):
        return frame
    try:
        return with_row_ids(frame, of="the file")
    except InputError as failure:
        problem, _, cure = str(failure).removeprefix("the file ").partition(": ")
        raise TableError(path, f"it {problem}", f"{cure[:1].upper()}{cure[1:]}.") from failure
