"""Checks of paths and columns before a command starts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pandas as pd

from gsprep.atomic_files import place_for
from gsprep.cli import files
from gsprep.cli.console import note
from gsprep.errors import NO_FILE, NO_FOLDER, InputError, TableError
from gsprep.lazy import lazy_module
from gsprep.ledger.database import FILE
from gsprep.report.summary import ASKED
from gsprep.schemas.frames import ROW_ID
from gsprep.settings import Settings
from gsprep.tables.file_kind import is_standard_input
from gsprep.tables.write import writer_of

if TYPE_CHECKING:
    import pandera.pandas as pa

    from gsprep.ledger import ledger as ledgers
    from gsprep.validation import check as validation
else:
    ledgers = lazy_module("gsprep.ledger.ledger")
    validation = lazy_module("gsprep.validation.check")


def check_outputs(
    paths: Iterable[Path | None],
    *,
    inputs: Iterable[Path | str | None] = (),
    answers: Path | None = None,
    replaceable: Sequence[str] = (),
) -> None:
    """Raise InputError if files cannot be written or would replace a file that is needed.

    Called before anything is sent, because results that cannot be written would be lost. No result
    may replace one of the ``inputs`` or the ``answers``, and no two results may be one file. Names
    in ``replaceable`` are results of an earlier run, whose rows the new results contain.
    Nothing is created.
    """
    named = [path for path in paths if path is not None]
    given = _existing(inputs)
    for folder in dict.fromkeys(path.parent for path in named):
        check_folder(folder)
    for path in named:
        if path.is_dir():
            raise InputError(
                f"{path} is a folder, not a file. Choose another place for the results"
            )
        replaced = path.name in replaceable and path.with_name("summary.json").exists()
        if path.exists():
            _refuse_lost(path, answers, () if replaced else given)
    places = [path.resolve() for path in named]
    for path, place in zip(named, places, strict=True):
        if places.count(place) > 1:
            raise InputError(f"{path} cannot hold two results. Give each result its own file")


def check_tables(
    paths: Iterable[Path | None],
    *,
    others: Iterable[Path | None] = (),
    inputs: Iterable[Path | str | None] = (),
) -> None:
    """Raise InputError as ``check_outputs`` does, and for files that cannot hold a table.

    The folder of each file must exist: a job of an hour must not end at a typing error. ``others``
    are results that are no tables.
    """
    named = [path for path in paths if path is not None]
    for path in named:
        writer_of(path)
        if not path.parent.exists():
            raise TableError(path, *NO_FOLDER)
    check_outputs([*named, *others], inputs=inputs)


def _existing(inputs: Iterable[Path | str | None]) -> list[Path]:
    """Return the inputs that a result could replace; raise TableError for one that is missing.

    An input that is text may be the name of something else, as may a path without an ending.
    """
    found = []
    for given in inputs:
        if given is None or is_standard_input(given) or "://" in str(given):
            continue
        if Path(given).exists():
            found.append(Path(given))
        elif isinstance(given, Path) and given.suffix:
            raise TableError(given, *NO_FILE)
    return found


def check_folder(folder: Path) -> None:
    """Raise InputError if no file can be made in a folder, which need not exist."""
    place, why = place_for(folder)
    if why is None:
        try:
            # Some folders take no file whatever their rights are: those of a full disk, and /proc.
            with TemporaryDirectory(dir=place, prefix=".gsprep-"):
                return
        except OSError as failure:
            why = f"cannot be written ({failure.strerror})"
    raise InputError(f"{place} {why}. Choose another place with --out")


def _refuse_lost(path: Path, answers: Path | None, inputs: Iterable[Path]) -> None:
    """Raise InputError if a result would replace the answers or an input."""
    if answers is not None and answers.exists() and answers.samefile(path):
        raise InputError(
            f"the new {path.name} would replace {answers}, and its answers would be lost. Copy "
            f"it to {path.with_name('answers.csv')} and use that file"
        )
    if any(given.samefile(path) for given in inputs):
        raise InputError(
            f"the results would replace the input {path}. Choose another place for the results"
        )


def refuse_other_report(out: Path, schema: str) -> None:
    """Raise InputError if a folder has the report of another command, which would be replaced."""
    other = str(files.summary_of(out).get("schema", schema))
    if other != schema:
        command = other.removeprefix("gsprep.").partition("/")[0]
        raise InputError(
            f"{out} holds the report of gsprep {command}, and a new one would replace it. Choose "
            "another folder with --out"
        )


def refuse_in_folders(folders: Iterable[Path], inputs: Iterable[Path | str | None]) -> None:
    """Raise InputError if an input is a folder whose files would be replaced, or in one."""
    replaced = {folder.resolve() for folder in folders}
    for given in (Path(one) for one in inputs if one is not None and "://" not in str(one)):
        if given.exists() and replaced & {given.resolve(), *given.resolve().parents}:
            raise InputError(
                f"the results would replace the input {given}. Choose another folder with --out"
            )


def refuse_existing(paths: Iterable[Path], option: str) -> None:
    """Raise InputError if one of the files exists: it may be the user's own."""
    if there := [str(path) for path in paths if path.exists()]:
        raise InputError(f"{', '.join(there)} already exists. Choose another folder with {option}")


def refuse_dry_run_over_outcomes(out: Path, *, dry_run: bool) -> None:
    """Raise InputError for a dry run into the folder of a run that sent people to a tenant.

    Its files would say that nothing was sent. Outcomes of a sandbox may be replaced.
    """
    home = Settings.from_environ().home
    if not dry_run or not (home / FILE).is_file():
        return
    place = str(out.expanduser().resolve())
    with ledgers.Ledger(home) as ledger:
        here = (run for run in ledger.runs.all() if run.options.get("out") == place)
        newest = next(here, None)
    if newest is None or newest.options.get("sandbox"):
        return
    with suppress(OSError, ValueError):
        for path in files.tables_in(out, "people"):
            people = (
                pd.read_csv(path, usecols=["outcome"], dtype="str")
                if path.suffix == ".csv"
                else pd.read_parquet(path, columns=["outcome"])
            )
            if people["outcome"].isin(ASKED).any():
                raise InputError(
                    f"{out} holds the outcomes of people who were sent, and a dry run would "
                    "replace them. Choose another folder with --out"
                )


def check_columns(
    frame: pd.DataFrame, source: str | Path, schema: pa.DataFrameSchema, key: Sequence[str]
) -> None:
    """Note that a file has no records; raise MissingColumnsError if a needed column is missing.

    An empty export is a valid input of a scheduled job; the wrong sheet is not.
    """
    if len(frame):
        return
    note(f"{files.place_of(source)}: the file has headers but no records")
    refuse_columns(frame, schema, key)


def refuse_columns(frame: pd.DataFrame, schema: pa.DataFrameSchema, key: Sequence[str]) -> None:
    """Raise MissingColumnsError if a needed column is missing in a frame without rows."""
    # One row without values asks for the columns that every row needs.
    blank = pd.DataFrame(columns=frame.columns, index=[0], dtype="str")
    validation.check(blank.assign(**{ROW_ID: "1"}), schema, key=key)
