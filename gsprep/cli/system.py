"""Tenants and systems of connections, called within their limits."""

from __future__ import annotations

from contextlib import closing, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from gsprep.calls.limits import Limits, Window
from gsprep.cli.console import waiting
from gsprep.cli.tenant import Target, limits_of
from gsprep.connections import access_key
from gsprep.errors import InputError
from gsprep.systems.registry import SYSTEMS
from gsprep.systems.system import SystemCalls
from gsprep.uploader.client import Client

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gsprep.connections import Connection
    from gsprep.ledger.ledger import Ledger
    from gsprep.settings import AccessKey
    from gsprep.systems.system import System

_MINUTE, _DAY = 60.0, 86_400.0


def tenant_client(connection: Connection, target: Target, ledger: Ledger | None) -> Client:
    """Return a client of the tenant of a connection, with the limits of the target, or its own.

    Raises InputError for a connection to another system, AccessKeyError if it is revoked, and
    SettingsError if it has no secret.
    """
    key = access_key(connection)
    if connection.kind != "gainsight":
        raise InputError(
            f"the connection {connection.name} is of kind {connection.kind}, not a tenant: name a "
            "connection of kind gainsight"
        )
    limited = replace(
        target,
        per_minute=target.per_minute or connection.per_minute,
        per_day=target.per_day or connection.per_day,
    )
    return Client(connection.address, key, limits=limits_of(limited), ledger=ledger)


@contextmanager
def opened_system(
    connection: Connection, target: Target, ledger: Ledger | None, key: AccessKey | None = None
) -> Iterator[System]:
    """Give the system of a connection; its calls keep to the limits of the target, or its own.

    ``key`` replaces the secret of the connection. Raises AccessKeyError if it is revoked, and
    SettingsError if it has no secret.
    """
    kind = SYSTEMS[connection.kind]
    windows = () if target.sandbox else kind.windows
    calls = {window.seconds: window.calls for window in windows}
    for seconds, asked, own in (
        (_MINUTE, target.per_minute, connection.per_minute),
        (_DAY, target.per_day, connection.per_day),
    ):
        if given := asked or own:
            calls[seconds] = given
    limits = Limits(
        windows=tuple(Window(count, seconds) for seconds, count in calls.items()),
        max_wait=target.max_wait * 60,
        waiting=waiting,
    )
    secret = access_key(connection) if key is None else key
    made = SystemCalls(connection.address, secret, kind.keyed, limits=limits, ledger=ledger)
    with closing(made):
        yield kind.make(made)
