"""Ledger of this computer: runs, uploads and calls."""

from __future__ import annotations

import glob
import shutil
import sqlite3
import time
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Self

from gsprep.errors import LedgerError
from gsprep.ledger.database import FILE, SECRET, Database, make_private
from gsprep.ledger.privacy import has_secret, kept_names
from gsprep.ledger.quota import Quota, forget_old
from gsprep.ledger.runs import Links, Runs
from gsprep.ledger.uploads import UploadLogs, tidy
from gsprep.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gsprep.ledger.privacy import KeyedHashes
    from gsprep.ledger.runs import State

_RUNS = "runs"


class Ledger:
    """What was planned, sent and replied, stored in the folder ``home``; close it or use ``with``.

    All processes that use the same folder share one quota and do not send a record twice.
    People are stored as hashes made with a secret of that folder, rows as positions.

    Args:
        home: the folder; it is created if it does not exist.

    Raises:
        LedgerError: for a folder that cannot be used.

    Examples:
        >>> import pathlib, tempfile
        >>> persons = pd.DataFrame({"Email": ["ana@acme.com"], "Name": ["Ana"]})
        >>> with gsprep.Ledger(pathlib.Path(tempfile.mkdtemp())) as ledger:
        ...     first = gsprep.upload(persons, client=client, ledger=ledger)
        ...     again = gsprep.upload(persons, client=client, ledger=ledger)
        >>> first.calls, again.calls
        (1, 0)
    """

    def __init__(self, home: Path) -> None:
        """Open the ledger of a folder; create both if they do not exist."""
        self.home = home
        self.path = home / FILE
        self.database = Database(self.path, begins=not has_secret(home))
        self.names: KeyedHashes = kept_names(self.database, home)
        self.runs = Runs(self.database)
        forget_old(self.database, time.time())
        tidy(self.path)

    @classmethod
    def from_environment(cls) -> Ledger:
        """Return the ledger in GSPREP_HOME, by default the platform's data folder.

        Returns:
            The ledger.

        Raises:
            LedgerError: for a folder that cannot be used.

        Examples:
            >>> import os, tempfile
            >>> os.environ["GSPREP_HOME"] = tempfile.mkdtemp()
            >>> with gsprep.Ledger.from_environment() as ledger:
            ...     ledger.path.name
            'ledger.sqlite'
        """
        return cls(Settings.from_environ().home)

    def uploads(self, tenant: str) -> UploadLogs:
        """Return the uploads of a tenant, which is named by its origin."""
        return UploadLogs(self.database, tenant)

    def links(self, tenant: str) -> Links:
        """Return the persons that rows were sent as to a tenant."""
        return Links(self.database, tenant)

    def quota(self, tenant: str) -> Quota:
        """Return the calls to a tenant."""
        return Quota(self.database, tenant)

    def file_of(self, run: str, name: str) -> Path:
        """Return the file that holds a table of the tenant until the run ends."""
        return self.home / _RUNS / f"{run}-{name}.parquet"

    def end_run(self, run: str, state: State, now: float) -> None:
        """Store how a run ended, and remove its files."""
        self.runs.end(run, state, now)
        self.remove_files(run)

    def remove_files(self, run: str) -> None:
        """Remove the files of a run next to the ledger."""
        for path in (self.home / _RUNS).glob(f"{glob.escape(run)}-*.parquet"):
            path.unlink(missing_ok=True)

    def close(self) -> None:
        """Close the file."""
        self.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Ledger({str(self.home)!r})"


@contextmanager
def ledger_copy(home: Path, *, empty: bool = False) -> Iterator[Ledger]:
    """Open a copy of the ledger of a folder, or an ``empty`` one; remove it at the end."""
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
