"""The ledger of this computer: runs, loads and calls, without a person's data."""

from __future__ import annotations

import glob
import time
from typing import TYPE_CHECKING, Self

from gsprep.ledger.database import FILE, Database
from gsprep.ledger.loads import Loads
from gsprep.ledger.locks import tidy
from gsprep.ledger.quota import Quota, forget_old
from gsprep.ledger.runs import Runs
from gsprep.ledger.secret import has_secret, kept_names
from gsprep.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from gsprep.ledger.names import Names
    from gsprep.ledger.runs import State

_RUNS = "runs"


class Ledger:
    """What was planned, sent and replied, in the folder ``home``; to be closed or used in ``with``.

    All processes that name the same folder share one quota, and none sends again what another did.
    Persons stand in it as hashes under a secret of that folder, their rows as positions. Raises
    LedgerError for a folder that cannot be used.
    """

    def __init__(self, home: Path) -> None:
        """Open the ledger of a folder, make both when they are not there."""
        self.home = home
        self.path = home / FILE
        self.database = Database(self.path, begins=not has_secret(home))
        self.names: Names = kept_names(self.database, home)
        self.runs = Runs(self.database)
        forget_old(self.database, time.time())
        tidy(self.path)

    @classmethod
    def from_environment(cls) -> Ledger:
        """Return the ledger in GSPREP_HOME, by default the platform's data folder."""
        return cls(Settings.from_environ().home)

    def loads(self, tenant: str) -> Loads:
        """Return the loads of a tenant, named by its origin."""
        return Loads(self.database, tenant)

    def quota(self, tenant: str) -> Quota:
        """Return the calls to a tenant."""
        return Quota(self.database, tenant)

    def file_of(self, run: str, name: str) -> Path:
        """Return where a run keeps what it was told by the tenant, until it ends."""
        return self.home / _RUNS / f"{run}-{name}.parquet"

    def end_run(self, run: str, state: State, now: float) -> None:
        """Note how a run ended, and remove what it kept."""
        self.runs.end(run, state, now)
        self.remove_files(run)

    def remove_files(self, run: str) -> None:
        """Remove what a run kept beside the ledger."""
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
