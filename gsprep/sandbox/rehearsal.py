"""The sandbox of one command, in its own process or in another."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import contextmanager, suppress
from itertools import takewhile
from typing import TYPE_CHECKING, Any, Final

from gsprep.sandbox.app import make_app, serve, working
from gsprep.sandbox.database import packed, unpacked
from gsprep.sandbox.jobs import Pace
from gsprep.sandbox.limits import UNLIMITED
from gsprep.sandbox.rules import StoreError
from gsprep.sandbox.store import Store
from gsprep.sandbox.tenant import Tenant

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    Records = Sequence[Mapping[str, Any]]


# Jobs are as fast as this computer.
_PACE: Final = Pace(waits=0.5, least=0.25, rate=1_000_000.0)
_RECORDS_PER_LINE: Final = 5_000


@contextmanager
def sandbox_here(tenant: Tenant, access_key: str) -> Iterator[tuple[str, Store]]:
    """Give the address of a sandbox in this process, and what it holds.

    It has no limits, its jobs are as fast as this computer, and its file is a temporary one.
    Raises StoreError if the file cannot be created.
    """
    with Store("", tenant=tenant, pace=_PACE) as store:
        service = make_app(store, access_key=access_key, limits=UNLIMITED)
        with serve(service) as server, working(store):
            yield server.url, store


@contextmanager
def sandbox_elsewhere(
    key: Sequence[str], access_key: str, companies: Records, persons: Records
) -> Iterator[str]:
    """Give the address of the same sandbox in a process of its own, with these records.

    So it runs at the same time as the Python code of this process. It ignores Ctrl-C, and ends
    with this process even if that is killed. Raises StoreError if it does not start.
    """
    away = {"creationflags": 0x200} if sys.platform == "win32" else {"start_new_session": True}
    try:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "gsprep.sandbox.rehearsal"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
            env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            **away,
        )
    except OSError as failure:
        raise StoreError(str(failure)) from failure
    try:
        yield _address(process, [packed([key, access_key]), *_lines(companies, persons)])
    finally:
        # Its file is a temporary one, which the system deletes.
        process.kill()
        process.communicate()


def _address(process: subprocess.Popen[str], lines: Iterable[str]) -> str:
    """Give a sandbox its records and return its address; raises StoreError if it ended."""
    # It may have ended before it read everything: then it says why.
    with suppress(OSError):
        print(*lines, sep="\n", file=process.stdin, flush=True)
    told = process.stdout.readline() if process.stdout else ""
    address, problem = unpacked(told or '[null, "its process ended at its start"]')
    if address is None:
        raise StoreError(problem)
    return str(address)


def _lines(companies: Records, persons: Records) -> Iterator[str]:
    """Yield the records as lines of JSON, and a line that ends them."""
    for name, records in (("companies", companies), ("persons", persons)):
        for start in range(0, len(records), _RECORDS_PER_LINE):
            yield packed([name, records[start : start + _RECORDS_PER_LINE]])
    yield packed([])


def main() -> None:
    """Serve a sandbox with the records of standard input until that ends."""
    given = map(unpacked, sys.stdin)
    key, access_key = next(given)
    with suppress(BrokenPipeError):
        try:
            with sandbox_here(Tenant(key=tuple(key)), access_key) as (url, store):
                for kind, records in takewhile(bool, given):
                    add = store.add_companies if kind == "companies" else store.add_persons
                    add(records)
                print(packed([url, None]), flush=True)  # noqa: T201  for the parent
                sys.stdin.read()
        except (OSError, sqlite3.Error, StoreError) as failure:
            print(packed([None, str(failure)]), flush=True)  # noqa: T201  for the parent


if __name__ == "__main__":
    main()
