"""The folder of a job and the files in it."""

from __future__ import annotations

import json
import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from gsprep.cli.console import note
from gsprep.errors import InputError, TableError
from gsprep.report.page import render
from gsprep.tables.error_workbook import write_error_workbook
from gsprep.tables.write import replacing, write_table, writer_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    import pandas as pd

    from gsprep.results import RunResult, Uploaded


RUN_FILES = (
    "people.csv", "company_persons.csv", "relationship_persons.csv", "rejects.csv", "warnings.csv",
    "changes.csv", "decisions.csv", "review.csv", "evidence.csv", "rejected_companies.csv",
    "report.html", "summary.json",
)  # fmt: skip
UPLOAD_FILES = RUN_FILES[:3]


def write_run(result: RunResult, folder: Path) -> None:
    """Write every file of a run into ``folder``; each replaces an older one in one step.

    answers.csv is never touched. When a file cannot be written (TableError), or made for a fault
    of our own, all others are first.
    """
    findings, evidence = result.checked.findings, result.unified.evidence
    # Each is made when it is written: one that cannot be costs itself alone.
    frames: Mapping[str, Callable[[], pd.DataFrame]] = {
        "people.csv": lambda: result.people,
        "company_persons.csv": lambda: result.company_persons,
        "relationship_persons.csv": lambda: result.relationship_persons,
        "rejects.csv": lambda: result.rejects,
        "warnings.csv": lambda: findings[findings["severity"] == "warning"],
        "changes.csv": lambda: result.cleaned.changes,
        "decisions.csv": lambda: result.unified.decisions,
        "review.csv": lambda: result.review,
        # Of those whom somebody decides on: that of a million people is a file nobody opens.
        "evidence.csv": lambda: evidence[evidence["row_id"].isin(result.review["row_id"])],
        "rejected_companies.csv": lambda: result.rejected_companies,
    }
    texts: Mapping[str, Callable[[], str]] = {
        "report.html": lambda: render(result),
        "summary.json": lambda: json.dumps(result.summary, indent=2) + "\n",
    }
    _write_all(
        folder,
        {name: partial(_write_frame, make) for name, make in frames.items()}
        | {name: partial(_write_made, make) for name, make in texts.items()},
    )


def _write_frame(make: Callable[[], pd.DataFrame], path: Path) -> None:
    write_table(make(), path)


def _write_made(make: Callable[[], str], path: Path) -> None:
    write_text(make(), path)


def write_upload(uploaded: Uploaded, folder: Path) -> None:
    """Write the files of an upload into ``folder``, in the same way."""
    frames = (uploaded.persons, uploaded.company_persons, uploaded.relationship_persons)
    named = zip(UPLOAD_FILES, frames, strict=True)
    _write_all(folder, {name: partial(write_table, frame) for name, frame in named})


def _write_all(folder: Path, writers: Mapping[str, Callable[[Path], object]]) -> None:
    make_folder(folder)
    failures = [
        failed for name, writer in writers.items() if (failed := tried(writer, folder / name))
    ]
    if failures:
        # The disk before a fault of our own, which may come of it.
        raise min(failures, key=lambda failure: not isinstance(failure, InputError))


def tried(writer: Callable[[Path], object], path: Path) -> Exception | None:
    """Write, and return why that failed: what was sent must stand somewhere, and be told."""
    try:
        writer(path)
    except Exception as failure:  # noqa: BLE001  no fault may cost the other files
        return failure
    return None


def write_errors(rejects: pd.DataFrame, findings: pd.DataFrame, path: Path) -> None:
    """Write the rejected rows as a workbook with the reason beside the cell, as far as one can."""
    try:
        written = write_error_workbook(rejects, findings, path)
    except TableError as failure:
        note(f"no workbook of errors: {failure}")
        return
    if written < len(rejects):
        note(f"{path.name} holds the first {written:,} of {len(rejects):,}: rejects.csv has all")


def check_folder(
    folder: Path,
    files: Iterable[str] = (),
    *,
    inputs: Iterable[Path | str | None] = (),
    again: Sequence[str] = (),
) -> None:
    """Raise InputError when the ``files`` of a job cannot be written to a folder; make nothing.

    Asked before anything is sent: answers that cannot be written down would be lost. None of the
    ``inputs`` may stand where a result will: what is mended in a rejects.csv would be gone. But
    ``again`` are results of an earlier run that the new ones hold all rows of.
    """
    _check_place(folder)
    # The address of a database is no file, and nothing can take its place.
    files_given = (Path(given) for given in inputs if given is not None and "://" not in str(given))
    given = [path for path in files_given if path.exists()]
    for target in (folder / name for name in files):
        if target.is_dir():
            raise InputError(f"{target} is a folder, no file: name another place with --out")
        replaced = target.name in again and (folder / "summary.json").exists()
        if replaced or not target.exists():
            continue
        if any(path.samefile(target) for path in given):
            raise InputError(
                f"the results would take the place of the input {target}: "
                "name another place with --out"
            )


def check_outputs(*paths: Path | None, inputs: Iterable[Path | str | None] = ()) -> None:
    """Raise InputError when files cannot be written, two are one, or an input stands there."""
    named = [path for path in paths if path is not None]
    given = list(inputs)
    for path in named:
        check_folder(path.parent, [path.name], inputs=given)
    places = [path.resolve() for path in named]
    for path, place in zip(named, places, strict=True):
        if places.count(place) > 1:
            raise InputError(f"{path} cannot hold two results: give each a file of its own")


def check_file(path: Path, *, inputs: Iterable[Path | str | None] = ()) -> None:
    """Raise InputError when a table cannot be written to ``path``, or an input stands there."""
    writer_of(path)
    check_folder(path.parent, [path.name], inputs=inputs)


def _check_place(folder: Path) -> None:
    for place in (folder, *folder.parents):
        try:
            place.stat()
        except FileNotFoundError:
            continue
        except OSError as failure:
            raise InputError(
                f"the folder {folder} cannot be made ({failure.strerror}): name another with --out"
            ) from failure
        if not place.is_dir():
            raise InputError(f"{place} is a file, no folder: name another with --out")
        if not os.access(place, os.W_OK | os.X_OK):
            raise InputError(f"the folder {place} cannot be written to: name another with --out")
        return


def make_folder(folder: Path) -> None:
    """Make the folder of a run, and say at once when nothing can be written there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as failure:
        raise InputError(
            f"the folder {folder} cannot be made ({failure.strerror}): name another with --out"
        ) from failure
    if not os.access(folder, os.W_OK | os.X_OK):
        raise InputError(f"the folder {folder} cannot be written to: name another with --out")


def write_text(text: str, path: Path) -> None:
    """Write a file of text in one step; TableError when it cannot be written."""
    with replacing(path) as draft:
        draft.write_text(text, encoding="utf-8")
