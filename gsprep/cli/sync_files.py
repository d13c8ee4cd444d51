"""Files of a run of a sync."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

from gsprep.cli.files import make_folder, tried, write_text
from gsprep.cli.guards import check_outputs
from gsprep.schemas.frames import ROW_ID
from gsprep.syncs.records import mapped_column
from gsprep.syncs.summary import NOT_STORED, page_of, reasons_of
from gsprep.tables.write import write_table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import pandas as pd

    from gsprep.syncs.definition import Sync
    from gsprep.syncs.run import SyncResult
    from gsprep.syncs.saved import Defined
    from gsprep.syncs.sources import Reading

SYNC_FILES = ("rows.csv", "failed.csv", "missing.csv", "report.html", "summary.json")


def check_files(out: Path, defined: Defined, folder: Path | None) -> None:
    """Raise InputError if the files cannot be written or would replace the source.

    ``folder`` is that of the source's files; None while it is not known.
    """
    sync, path = defined
    source = folder / sync.source.file if folder is not None and sync.source.file else None
    check_outputs([out / name for name in SYNC_FILES], inputs=[path, source])


def write_files(
    sync: Sync, reading: Reading, result: SyncResult, document: Mapping[str, Any], out: Path
) -> None:
    """Write all files; if one fails the others are still written, then its error is raised."""
    make_folder(out)
    rows = with_keys(sync, reading.frame, result.rows)
    bad = rows["outcome"].isin(NOT_STORED) & rows["action"].fillna("").ne("absent")
    writers: dict[str, Callable[[Path], object]] = {
        "rows.csv": partial(write_table, rows),
        "failed.csv": partial(write_table, rows[bad]),
        "missing.csv": partial(write_table, result.missing),
        "report.html": partial(write_text, page_of(document, reasons_of(result))),
        "summary.json": partial(write_text, json.dumps(document, indent=2) + "\n"),
    }
    failures = [f for name, write in writers.items() if (f := tried(write, out / name))]
    if failures:
        raise failures[0]


def with_keys(sync: Sync, read: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Return the outcomes with the values of the object's key after ``row_id``."""
    unique = read[read[ROW_ID].notna() & ~read[ROW_ID].duplicated()]
    # The Gsid of each record is among the outcomes.
    names = [name for name in sync.destination.key if name not in rows.columns]
    columns = {name: mapped_column(unique, name, sync.fields[name], {}) for name in names}
    if rows.empty:
        return rows.assign(**dict.fromkeys(names, "")).astype("str")
    keys = unique[[ROW_ID]].assign(**columns)
    merged = rows.merge(keys, on=ROW_ID, how="left", validate="many_to_one")
    rest = [name for name in rows.columns if name != ROW_ID]
    return merged[[ROW_ID, *names, *rest]]
