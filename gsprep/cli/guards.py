"""Checks of paths and columns before a command starts."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from gsprep.cli import files
from gsprep.display import plural
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
    _refuse_lost_answers(answers, named)
    # A database address and standard input are no files, and nothing can replace them.
    named_inputs = (one for one in inputs if one is not None and not is_standard_input(one))
    given = [Path(one) for one in named_inputs if "://" not in str(one) and _is_there(one)]
    for folder in dict.fromkeys(path.parent for path in named):
        _check_folder(folder)
    for path in named:
        _check_file(path, given, replaceable)
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


def _refuse_lost_answers(answers: Path | None, results: Iterable[Path]) -> None:
    if answers is None or not answers.exists():
        return
    for path in results:
        if path.exists() and answers.samefile(path):
            raise InputError(
                f"the new {path.name} would replace {answers}, and its answers would be lost. Copy "
                f"it to {path.with_name('answers.csv')} and use that file"
            )


def _is_there(given: Path | str) -> bool:
    """Return whether an input exists; raise TableError for the path of a file that does not.

    An input that is text may be the name of something else, as may a path without an ending.
    """
    if Path(given).exists():
        return True
    if isinstance(given, Path) and given.suffix:
        raise TableError(given, *NO_FILE)
    return False


def _check_folder(folder: Path) -> None:
    for place in (folder, *folder.parents):
        try:
            place.stat()
        except FileNotFoundError:
            continue
        except OSError as failure:
            raise InputError(
                f"the folder {folder} cannot be created ({failure.strerror}). Choose another with "
                "--out"
            ) from failure
        if not place.is_dir():
            raise InputError(f"{place} is a file, not a folder. Choose another with --out")
        if not os.access(place, os.W_OK | os.X_OK):
            raise InputError(f"the folder {place} is not writable. Choose another with --out")
        return


def _check_file(path: Path, inputs: Iterable[Path], replaceable: Sequence[str]) -> None:
    if path.is_dir():
        raise InputError(f"{path} is a folder, not a file. Choose another place for the results")
    replaced = path.name in replaceable and path.with_name("summary.json").exists()
    if replaced or not path.exists():
        return
    if any(given.samefile(path) for given in inputs):
        raise InputError(
            f"the results would replace the input {path}. Choose another place for the results"
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


def refuse_dry_run_over_outcomes(out: Path) -> None:
    """Raise InputError for a dry run into the folder of a run that sent people to a tenant.

    Its files would say that nothing was sent. Outcomes of a sandbox may be replaced.
    """
    home = Settings.from_environ().home
    if not (home / FILE).is_file():
        return
    place = str(out.expanduser().resolve())
    with ledgers.Ledger(home) as ledger:
        here = (run for run in ledger.runs.all() if run.options.get("out") == place)
        newest = next(here, None)
    if newest is not None and not newest.options.get("sandbox") and _holds_outcomes(out):
        raise InputError(
            f"{out} holds the outcomes of people who were sent, and a dry run would replace them. "
            "Choose another folder with --out"
        )


def _holds_outcomes(folder: Path) -> bool:
    try:
        found = [_outcomes_in(path) for path in files.tables_in(folder, "people")]
    except (OSError, ValueError):
        return False
    return any(outcomes.isin(ASKED).any() for outcomes in found)


def _outcomes_in(path: Path) -> pd.Series[str]:
    if path.suffix == ".csv":
        return pd.read_csv(path, usecols=["outcome"], dtype="str")["outcome"]
    return pd.read_parquet(path, columns=["outcome"])["outcome"]


def refuse_unread_answers(workbook: Path, unread: int, answers: Path) -> None:
    """Raise InputError if a workbook to be replaced has answers that were not read."""
    if unread:
        raise InputError(
            f"{workbook} has {unread} {plural(unread, 'answer that is', 'answers that are')} not "
            f"in {answers}. Read them with --read first, or choose another file"
        )


def check_columns(
    frame: pd.DataFrame, source: str | Path, schema: pa.DataFrameSchema, key: Sequence[str]
) -> None:
    """Note that a file has no records; raise MissingColumnsError if a needed column is missing.

    An empty export is a valid input of a scheduled job; the wrong sheet is not.
    """
    if len(frame):
        return
    files.note_if_empty(source, frame)
    refuse_columns(frame, schema, key)


def refuse_columns(frame: pd.DataFrame, schema: pa.DataFrameSchema, key: Sequence[str]) -> None:
    """Raise MissingColumnsError if a needed column is missing in a frame without rows."""
    # One row without values asks for the columns that every row needs.
    blank = pd.DataFrame(columns=frame.columns, index=[0], dtype="str")
    validation.check(blank.assign(**{ROW_ID: "1"}), schema, key=key)
