"""One process at a time for one load: a lock that the system takes back from a killed process."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from gsprep.errors import LedgerError

if TYPE_CHECKING:
    from pathlib import Path

_FOLDER = "locks"
_DAY = 86_400.0


def locked(ledger: Path | None, name: str) -> FileLock | None:
    """Return a lock that is held until it is released; None for a ledger in memory.

    Raises LedgerError when another process holds it.
    """
    if ledger is None:
        return None
    folder = ledger.parent / _FOLDER
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        lock = FileLock(folder / f"{name}.lock", mode=0o600)
        lock.acquire(blocking=False)
    except Timeout as failure:
        raise LedgerError(
            "another process is sending the same rows: wait until it is done, or stop it"
        ) from failure
    except (OSError, NotImplementedError) as failure:
        raise LedgerError(
            f"nothing can be locked in {folder}: name another folder in GSPREP_HOME"
        ) from failure
    return lock


def tidy(ledger: Path) -> None:
    """Remove the files of locks that nobody has held for a day."""
    for path in (ledger.parent / _FOLDER).glob("*.lock"):
        if time.time() - path.stat().st_mtime > _DAY:
            lock = FileLock(path)
            try:
                lock.acquire(blocking=False)
            except (Timeout, OSError):
                continue
            path.unlink(missing_ok=True)
            lock.release()
