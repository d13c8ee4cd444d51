"""Files that commands read and write, and their object, by name or by a describe.

A tenant is asked only when ``--describe`` names one: other calls import nothing that needs HTTP.
"""

from __future__ import annotations

import json
import os
import re
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gsprep.atomic_files import replacing
from gsprep.cli.console import note
from gsprep.cli.options import Input, ObjectOptions, Reading, listed
from gsprep.display import heading
from gsprep.errors import InputError, SettingsError, TableError
from gsprep.lazy import lazy_module
from gsprep.mapping.mapping_file import read_mapping
from gsprep.report.files import FOLDERS, RUN_FILES, UPLOAD_FILES
from gsprep.report.sentences import unsent_note
from gsprep.results import OUTCOME_COLUMNS
from gsprep.schemas import objects
from gsprep.schemas.fields import COMPANY, COMPANY_PERSON, PERSON, ObjectFields
from gsprep.schemas.frames import ROW_ID, line_columns, text_frame
from gsprep.schemas.objects import Schemas, fields_of, schema_from_describe, schemas_from_describe
from gsprep.settings import home_folder
from gsprep.tables.file_kind import is_standard_input
from gsprep.tables.read import TableWithNotes, read
from gsprep.tables.sql import is_database_url, safe_url
from gsprep.tables.write import write_table, write_tables
from gsprep.values.arrow import return_memory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    import pandas as pd
    import pandera.pandas as pa

    from gsprep.cli import tenant
    from gsprep.cli.options import Sending
    from gsprep.parts import work as part_folder
    from gsprep.parts.run import RunInParts
    from gsprep.report import page
    from gsprep.results import RunResult, Uploaded
    from gsprep.tables import workbook_writer
    from gsprep.unification import known
    from gsprep.unification.rulebook import Rulebook

    Ask = Callable[[Sequence[str]], list[Mapping[str, Any]]]
else:
    tenant = lazy_module("gsprep.cli.tenant")
    part_folder = lazy_module("gsprep.parts.work")
    page = lazy_module("gsprep.report.page")
    workbook_writer = lazy_module("gsprep.tables.workbook_writer")
    known = lazy_module("gsprep.unification.known")

# Tables that gsprep writes about records, by the columns that only they have: what such a table
# holds, and what is given in its place.
_OF_A_STEP: Mapping[frozenset[str], tuple[str, str]] = {
    frozenset({"row_id", "verdict", "Company_ID", "runner_up_id", "margin"}): (
        "the decisions of gsprep match",
        "the file of people that was matched; --company-persons takes company_persons.csv",
    ),
    frozenset({"row_id", "Company_ID", "intercept"}): (
        "the evidence of gsprep match", "the file of people that was matched"
    ),
    frozenset({"row_id", "column", "before", "after", "rule"}): (
        "changes of cells", "the file that was changed"
    ),
    frozenset({"left_id", "right_id"}): (
        "pairs of gsprep duplicates", "the file of people that was compared, or merged.csv"
    ),
    frozenset({"kind", "value", "Company_ID", "answer"}): (
        "answers of a review", "a file of people, and this one with --answers"
    ),
}  # fmt: skip


def kept_indexes() -> Path:
    """Return the folder for prepared companies in the folder of gsprep's own files."""
    return home_folder() / "indexes"


def write_run(result: RunResult, folder: Path, *, parquet: bool = False) -> None:
    """Write every file of a run into ``folder``; each replaces an older one in one step.

    answers.csv is never touched. If a file cannot be made or written, all others are still
    written, and then the error is raised. With ``parquet`` the long tables are folders, as those of
    a run part by part: of a single part.
    """
    # Each is made when it is written, so an error in one costs only that file.
    tables = {
        name: partial(_write_frame, partial(file.parts, result))
        for name, file in RUN_FILES.items()
        if file.table is not None and not (parquet and name in FOLDERS)
    }
    if parquet:
        make_folder(folder)
        parts = part_folder.PartFolder(folder, tuple(FOLDERS.values()))
        parts.begin({"schema": "gsprep.run/1", "run": result.summary["run"]})
        tables |= {
            name: partial(_write_part, parts, partial(RUN_FILES[file].parts, result))
            for file, name in FOLDERS.items()
        }
    texts: Mapping[str, Callable[[], str]] = {
        "report.html": lambda: page.render(result, folders=parquet),
        "summary.json": lambda: json.dumps(result.summary, indent=2) + "\n",
    }
    linked = {} if result.linked is None else result.linked.tables
    write_all(
        folder,
        tables
        | {name: partial(write_table, table) for name, table in linked.items()}
        | {name: partial(_write_made, make) for name, make in texts.items()}
        | {
            "errors.xlsx": partial(
                write_errors,
                result.rejects,
                result.checked.findings,
                of=("rejects" if parquet else "rejects.csv", len(result.rejects)),
            )
        },
    )


def write_run_in_parts(done: RunInParts, folder: Path) -> None:
    """Write the files of a run part by part that are no tables, as ``write_run`` does."""
    rejects, findings = done.rejects
    write_all(
        folder,
        {
            "report.html": partial(_write_made, lambda: page.page_of(done.facts)),
            "summary.json": partial(_write_made, lambda: json.dumps(done.summary, indent=2) + "\n"),
            "errors.xlsx": partial(
                write_errors, rejects, findings, of=("rejects", done.summary["rejected"])
            ),
        },
    )


def _write_frame(make: Callable[[], Iterable[pd.DataFrame]], path: Path) -> None:
    write_tables(make(), path)


def _write_part(
    parts: part_folder.PartFolder, make: Callable[[], Iterable[pd.DataFrame]], path: Path
) -> None:
    parts.write_one(path.name, 0, make())


def tables_in(folder: Path, name: str) -> Sequence[Path]:
    """Return the files of a table in the folder of a run, such as people; [] if there is none.

    That is a CSV file or Parquet files, whichever are newer.
    """
    parts = sorted((folder / name).glob("part-*.parquet"))
    whole = [one for one in (folder / f"{name}.csv",) if one.is_file()]
    return max((whole, parts), key=lambda found: max((o.stat().st_mtime for o in found), default=0))


def summary_of(folder: Path) -> Mapping[str, Any]:
    """Return the summary.json of a folder; empty for a folder without one."""
    try:
        found = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def command_of(summary: Mapping[str, Any]) -> str:
    """Return the command of a run by its summary; "" for other folders."""
    command = summary.get("command")
    return command if isinstance(command, str) else ""


def _write_made(make: Callable[[], str], path: Path) -> None:
    write_text(make(), path)


def write_upload(uploaded: Uploaded, folder: Path) -> None:
    """Write the files of an upload into ``folder`` as ``write_run`` does."""
    frames = (uploaded.persons, uploaded.company_persons, uploaded.relationship_persons)
    named = zip(UPLOAD_FILES, frames, strict=True)
    write_all(folder, {name: partial(write_table, frame) for name, frame in named})


def write_all(folder: Path, writers: Mapping[str, Callable[[Path], object]]) -> None:
    """Write the files of a folder; if one fails the others are still written, then it is raised."""
    make_folder(folder)
    return_memory()
    failures = [
        failed for name, writer in writers.items() if (failed := tried(writer, folder / name))
    ]
    if failures:
        # A full disk is the cause of other errors, so it comes first.
        raise min(failures, key=lambda failure: not isinstance(failure, InputError))


def tried(writer: Callable[[Path], object], path: Path) -> Exception | None:
    """Write, and return the error, if any: all other outcomes must still be written."""
    try:
        writer(path)
    except Exception as failure:  # noqa: BLE001  no error may cost the other files
        return failure
    finally:
        return_memory()
    return None


def write_errors(
    rejects: pd.DataFrame, findings: pd.DataFrame, path: Path, *, of: tuple[str, int]
) -> None:
    """Write the rejected rows as a workbook with the reasons next to the cells, if possible.

    Without rejected rows, or with a cell that no workbook can hold, there is none, and that of an
    earlier run is removed. ``of`` says where all rejected rows are, and how many; these may be the
    first ones.
    """
    place, whole = of
    try:
        written = workbook_writer.write_error_workbook(rejects, findings, path) if whole else 0
    except TableError as failure:
        note(f"errors.xlsx was not written: {failure}")
        written = 0
    else:
        if written < whole:
            note(f"{path.name} holds the first {written:,} of {whole:,} rows; {place} has all")
    if not written:
        try:
            path.unlink(missing_ok=True)
        except OSError as failure:
            note(f"{path} is of an earlier run and could not be removed: {failure.strerror}")


def make_folder(folder: Path, option: str = "--out") -> None:
    """Create the folder that an option names; InputError if no file can be written there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as failure:
        raise InputError(
            f"the folder {folder} cannot be created ({failure.strerror}). Choose another with "
            f"{option}"
        ) from failure
    if not os.access(folder, os.W_OK | os.X_OK):
        raise InputError(f"the folder {folder} is not writable. Choose another with {option}")


def write_text(text: str, path: Path) -> None:
    """Write a text file in one step; TableError if that fails."""
    with replacing(path) as draft:
        draft.write_text(text, encoding="utf-8")


def read_file(
    source: str | Path, fields: ObjectFields | None = None, options: Reading | None = None
) -> pd.DataFrame:
    """Read a source as a frame; assumptions are printed on standard error."""
    return read_source(source, fields, options).frame


def read_source(
    source: str | Path, fields: ObjectFields | None = None, options: Reading | None = None
) -> TableWithNotes:
    """Read a source as ``read_file`` does, and keep its own headers."""
    given = options or Reading()
    own = given.mapping if isinstance(given, Input) else None
    mapping = None if own is None else read_mapping(own, fields)
    reading = read(
        source,
        of=fields,
        mapping=mapping,
        sheet=given.sheet,
        query=given.query,
        encoding=given.encoding,
        header=given.header,
    )
    if fields is not None or options is not None:
        has = {*reading.frame.columns}
        for columns, (holds, instead) in _OF_A_STEP.items():
            if columns <= has and "Email" not in has:
                raise InputError(f"{place_of(source)} holds {holds}, not records. Give {instead}")
    note_reading(source, reading.notes)
    return reading


def read_people(people: str, reading: Input) -> TableWithNotes:
    """Read people whose columns keep their names, unless there is a mapping."""
    found = read_source(people, None if reading.mapping is None else PERSON, reading)
    if not len(found.frame):
        note(f"{place_of(people)}: the file has headers but no records")
    return found


def read_companies(path: Path, mapping: Path | None) -> pd.DataFrame:
    """Read a file of companies, with a mapping of its own if there is one."""
    return read_file(path, COMPANY, Input(mapping=mapping))


def read_optional(path: Path | None, fields: ObjectFields | None = None) -> pd.DataFrame | None:
    """Read a file as ``read_file`` does; None without a path."""
    return None if path is None else read_file(path, fields)


def read_associations(
    sending: Sending, schemas: Schemas
) -> tuple[pd.DataFrame | None, pd.DataFrame | None]:
    """Read company_persons and relationship_persons as far as they are given.

    A note names columns that are not sent.
    """
    return (
        _associations(sending.company_persons, fields_of(schemas.company_persons)),
        _associations(sending.relationship_persons, fields_of(schemas.relationship_persons)),
    )


def _associations(path: Path | None, fields: ObjectFields) -> pd.DataFrame | None:
    frame = read_optional(path, fields)
    if frame is not None:
        note_unsent(frame, fields)
    return frame


def note_unsent(frame: pd.DataFrame, fields: ObjectFields) -> None:
    """Note which columns are not sent, but for the outcomes of an earlier upload."""
    ours = (ROW_ID, *line_columns(text_frame(frame)), *OUTCOME_COLUMNS)
    own = [name for name in frame.columns if name not in ours]
    unsent = [heading(name) for name in own if not fields.knows(name)]
    if unsent:
        note(unsent_note(fields.name, ", ".join(unsent)))


def read_known_file(path: Path | None, book: Rulebook) -> pd.DataFrame | None:
    """Read the file of known people; a note reports lines that cannot be used."""
    if path is None:
        return None
    usable, unusable = known.usable_known(read_file(path, COMPANY_PERSON), book)
    if len(unusable):
        note(
            f"{path.name}: {len(unusable)} of {len(usable) + len(unusable)} lines are left out. "
            f"The first has row_id {unusable['row_id'].iloc[0]}: {unusable['reason'].iloc[0]}"
        )
    return usable


def note_reading(source: str | Path, sentences: Sequence[str]) -> None:
    """Print on standard error what was assumed when a source was read."""
    place = place_of(source)
    if len(sentences) == 1:
        note(f"{place}: {sentences[0]}")
    elif sentences:
        note("\n  ".join([f"{place}:", *sentences]))


def place_of(source: str | Path) -> str:
    """Return the name of a source for messages, without passwords."""
    if is_standard_input(source):
        return "standard input"
    return safe_url(str(source)) if is_database_url(source) else Path(source).name


_OBJECTS = ("Person", "CompanyPerson", "RelationshipPerson", "Company", "Relationship")
_NAME = re.compile(r"[A-Za-z]\w*", re.ASCII)


def schema_of(options: ObjectOptions) -> pa.DataFrameSchema:
    """Return the schema of the described object, or of ``--object`` without a description.

    Raises InputError for options that exclude each other and for an unknown object, UploadError
    if the tenant does not answer.
    """
    described = options.described
    if described is None:
        if options.name or options.to or options.sandbox:
            raise InputError("--name, --to and --sandbox need --describe: add it")
        if options.of not in _OBJECTS:
            raise InputError(
                f"--object must be one of {', '.join(_OBJECTS)}. Use --describe for another object"
            )
        return getattr(objects, options.of)
    path = Path(described)
    if not path.is_file():
        target = tenant.Target(to=options.to, sandbox=options.sandbox)
        ask = partial(tenant.tenant_describes, target)
        return schema_from_describe(_described(described, ask), name=options.name)
    if options.to or options.sandbox:
        note(f"--describe {described} is a file, so no tenant is asked")
    return schema_from_describe(path, name=options.name)


def schemas_of(described: str | None, ask: Ask) -> Schemas:
    """Return the schemas of people and associations, described or standard."""
    if described is None:
        return Schemas()
    path = Path(described)
    return schemas_from_describe(path if path.is_file() else _described(described, ask))


def _described(described: str, ask: Ask) -> list[Mapping[str, Any]]:
    names = listed(described)
    if not names or not all(map(_NAME.fullmatch, names)):
        raise InputError(
            f"--describe {described} is neither a file nor an API name. Give the path of a "
            "describe JSON file, or API names separated by commas"
        )
    try:
        return ask(names)
    except SettingsError as failure:
        raise SettingsError(
            f"--describe {described} is not a file. To ask a tenant: {failure}"
        ) from None
