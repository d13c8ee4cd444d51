"""One reading call to a connection."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from gsprep.cli.tenant import Target, limits_of
from gsprep.connections import access_key, database_address
from gsprep.errors import InputError
from gsprep.ledger.ledger import Ledger
from gsprep.tables.sql import read_query
from gsprep.uploader.client import Client

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gsprep.connections import Connection


def try_connection(connection: Connection) -> str:
    """Make a call and return a sentence; raises the error of a connection that does not work."""
    if connection.kind not in _TRIES:
        raise InputError(
            f"gsprep makes no calls to {connection.kind} systems. Its data can come as files"
        )
    return _TRIES[connection.kind](connection)


def tenant_client(connection: Connection, ledger: Ledger | None) -> Client:
    """Return a client for the tenant of a connection; AccessKeyError if it is revoked."""
    key = access_key(connection)
    target = Target(per_minute=connection.per_minute, per_day=connection.per_day)
    return Client(connection.address, key, limits=limits_of(target), ledger=ledger)


def _tenant(connection: Connection) -> str:
    with (
        Ledger.from_environment() as ledger,
        tenant_client(connection, ledger) as client,
    ):
        client.objects.describe("Company")
    return "the tenant answered, and the key is right"


def _database(connection: Connection) -> str:
    read_query(database_address(connection), "SELECT 1")
    return "the database answered"


def _folder(connection: Connection) -> str:
    folder = Path(connection.address)
    if not folder.is_dir() or not os.access(folder, os.R_OK | os.X_OK):
        raise InputError(f"{folder} is not a readable folder. Check the path and its permissions")
    return "the folder can be read"


_TRIES: Mapping[str, Callable[[Connection], str]] = {
    "gainsight": _tenant, "sql": _database, "files": _folder,
}  # fmt: skip
