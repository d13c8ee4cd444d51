"""A PostgreSQL of its own for tests, where one is installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from ports import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def running_postgresql() -> Iterator[str]:
    """Give the address of an empty database; the test is skipped where there is no PostgreSQL."""
    pytest.importorskip("sqlalchemy")
    pytest.importorskip("psycopg", reason="there is no driver for PostgreSQL")
    programs = _programs()
    if programs is None:
        pytest.skip("there is no PostgreSQL here")
    # Folders of pytest are closed to the user that the server may have to run as.
    with tempfile.TemporaryDirectory() as folder, _running(programs, Path(folder)) as address:
        yield address


def _programs() -> Path | None:
    """Return the folder of the programs of PostgreSQL; Debian keeps them out of the path."""
    found = shutil.which("initdb")
    if found is not None:
        return Path(found).parent
    return next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)), None)


@contextmanager
def _running(programs: Path, folder: Path) -> Iterator[str]:
    user = _user_for(folder)

    def run(program: str, *arguments: str) -> None:
        subprocess.run(  # noqa: S603  programs of the system with our own arguments
            [programs / program, "-D", str(folder / "data"), *arguments],
            check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, user=user,
            cwd=folder,
        )  # fmt: skip

    run("initdb", "-U", "ana", "-A", "trust", "--no-sync")
    port = free_port()
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off"
    run("pg_ctl", "-w", "-t", "600", "-l", str(folder / "log"), "-o", options, "start")
    try:
        yield f"postgresql+psycopg://ana@127.0.0.1:{port}/postgres"
    finally:
        run("pg_ctl", "-m", "immediate", "stop")


def _user_for(folder: Path) -> str | None:
    """Return who runs the server: it does not run as root."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return None
    shutil.chown(folder, "nobody")
    return "nobody"
