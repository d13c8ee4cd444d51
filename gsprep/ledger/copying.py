"""Copy of a ledger, for runs that must leave it unchanged."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from gsprep.errors import LedgerError
from gsprep.ledger.database import FILE, SECRET, make_private
from gsprep.ledger.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def ledger_copy(home: Path, *, empty: bool = False) -> Iterator[Ledger]:
    """Give a copy of the ledger of a folder, or an ``empty`` one; it is removed at the end."""
    with TemporaryDirectory(prefix="gsprep-") as name:
        folder = Path(name)
        if not empty and (home / FILE).is_file():
            _copy(home, folder)
        with Ledger(folder) as ledger:
            yield ledger


def _copy(home: Path, folder: Path) -> None:
    for name in (FILE, SECRET):
        make_private(folder / name)
    try:
        # Of a ledger that another process writes to, the last committed state is copied.
        with (
            closing(
                sqlite3.connect(f"{(home / FILE).absolute().as_uri()}?mode=ro", uri=True)
            ) as old,
            closing(sqlite3.connect(folder / FILE)) as new,
        ):
            old.backup(new)
        shutil.copyfile(home / SECRET, folder / SECRET)
    except (OSError, sqlite3.Error) as failure:
        raise LedgerError(
            f"the ledger {home / FILE} cannot be read ({failure}). Check the disk and the file "
            "permissions"
        ) from failure
