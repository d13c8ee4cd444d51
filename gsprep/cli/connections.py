"""``connections``: add, list, change and remove named connections."""

from __future__ import annotations

import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from gsprep import connections
from gsprep.cli.console import note, tell
from gsprep.cli.ledger import activity_lines
from gsprep.cli.options import Json, PerDay, PerMinute, option
from gsprep.cli.tenant import Target, opened_system, tenant_client
from gsprep.errors import InputError, SettingsError
from gsprep.ledger.activities import Activities, Activity
from gsprep.ledger.database import FILE
from gsprep.ledger.ledger import Ledger
from gsprep.schemas.yaml_file import validated
from gsprep.settings import key_variable, secret_at, secret_of
from gsprep.syncs.definition_file import uses_of
from gsprep.systems.registry import SYSTEMS
from gsprep.tables.sql import read_query


def try_connection(connection: connections.Connection) -> str:
    """Make a call and return a sentence; raises the error of a connection that does not work."""
    if connection.kind in SYSTEMS:
        return _system(connection)
    if connection.kind not in _TRIES:
        raise InputError(
            f"gsprep makes no calls to {connection.kind} systems. Its data can come as files"
        )
    return _TRIES[connection.kind](connection)


def _system(connection: connections.Connection) -> str:
    with Ledger.from_environment() as ledger, opened_system(connection, Target(), ledger) as system:
        return system.test()


def _tenant(connection: connections.Connection) -> str:
    with Ledger.from_environment() as ledger, tenant_client(connection, Target(), ledger) as client:
        client.objects.describe("Company")
    return "the tenant answered, and the key is right"


def _database(connection: connections.Connection) -> str:
    read_query(connections.database_address(connection), "SELECT 1")
    return "the database answered"


def _folder(connection: connections.Connection) -> str:
    folder = Path(connection.address)
    if not folder.is_dir() or not os.access(folder, os.R_OK | os.X_OK):
        raise InputError(f"{folder} is not a readable folder. Check the path and its permissions")
    return "the folder can be read"


_TRIES: Mapping[str, Callable[[connections.Connection], str]] = {
    "gainsight": _tenant, "sql": _database, "files": _folder,
}  # fmt: skip


_DAY = 86_400.0
_WITH_SECRET = frozenset(
    kind for kind, one in connections.KINDS_OF_SYSTEM.items() if one.has_secret
)

_PANEL = "Connection"
Name = Annotated[str, typer.Argument(help="Name of the connection, such as acme.")]
InRole = Annotated[
    Literal["crm", "support", "none"] | None,
    option("--role", "Role: crm for your CRM, support for your support system.", _PANEL),
]
SecretFrom = Annotated[
    str | None,
    option(
        "--secret-from",
        "Source of the secret: env:VARIABLE or file:PATH. Without it: GSPREP_KEY_<NAME>, the "
        "file in GSPREP_KEY_<NAME>_FILE, then the keyring.",
        _PANEL,
    ),
]
AllowSecond = Annotated[
    bool, option("--allow-second", "Allow a second connection with this role.", _PANEL)
]


def add_connection(
    name: Name,
    kind: Annotated[connections.Kind, option("--kind", "Kind of the system.", _PANEL)],
    to: str,
    role: InRole = None,
    secret_from: SecretFrom = None,
    no_secret: bool = False,
    allow_second: AllowSecond = False,
    sync_per_minute: PerMinute = None,
    sync_per_day: PerDay = None,
) -> None:
    """Save a connection; its secret is never written to a file of gsprep.

    Connection:
        to: Address: a tenant, a database address without a password, a folder or a host.
        no_secret: Do not ask for a secret now.
    """
    given = {
        "name": name,
        "kind": kind,
        "address": connections.address_of(kind, to),
        "role": role if role in connections.ROLES else None,
        "secret": _reference(secret_from),
        "per_minute": sync_per_minute,
        "per_day": sync_per_day,
    }
    new = validated(connections.Connection, given, "the connection")
    connections.Connections.from_environment().add(new, second=allow_second)
    try:
        if kind in _WITH_SECRET and not no_secret:
            _ask(new)
    except BaseException:
        connections.Connections.from_environment().remove(name)
        raise
    _changed(name, "it was added")
    note(f"added. Test it with `gsprep connections test {name}`")


def edit_connection(
    name: Name,
    to: str | None = None,
    role: InRole = None,
    secret_from: SecretFrom = None,
    allow_second: AllowSecond = False,
    sync_per_minute: PerMinute = None,
    sync_per_day: PerDay = None,
) -> None:
    """Change a connection.

    Connection:
        to: New address.
    """
    saved = connections.Connections.from_environment()
    before = saved.find(name)
    given: dict[str, Any] = {
        "address": None if to is None else connections.address_of(before.kind, to),
        "secret": None if secret_from is None else _reference(secret_from),
        "per_minute": sync_per_minute,
        "per_day": sync_per_day,
    }
    changes = {entry: value for entry, value in given.items() if value is not None}
    if role is not None:
        changes["role"] = role if role in connections.ROLES else None
    if not changes:
        raise InputError("nothing to change: give --to, --role, --secret-from or a limit")
    saved.replace(name, second=allow_second, **changes)
    _changed(name, f"changed: {', '.join(sorted(changes))}")


def check_connection(name: Name, as_json: Json = False) -> None:
    """Test a connection with one reading call."""
    connection = connections.Connections.from_environment().find(name).usable()
    sentence = try_connection(connection)
    document = {"schema": "gsprep.connection/1", "connection": name, "works": True}
    tell(document, (f"{name}: {sentence}",), as_json=as_json)


def authorize_connection(name: Name, secret_from: SecretFrom = None) -> None:
    """Set the secret, test it, and allow commands to use the connection."""
    _authorize(name, secret_from, again=False)


def reauthorize_connection(name: Name, secret_from: SecretFrom = None) -> None:
    """Set another secret, test it, and allow commands to use a revoked connection again."""
    _authorize(name, secret_from, again=True)


def _authorize(name: str, secret_from: str | None, *, again: bool) -> None:
    saved = connections.Connections.from_environment()
    connection = saved.find(name)
    reference = connection.secret if secret_from is None else _reference(secret_from)
    active = connection.model_copy(update={"state": "active", "why": "", "secret": reference})
    if connection.kind in _WITH_SECRET and secret_from is None:
        _ask(active, again=again)
    sentence = try_connection(active)
    saved.replace(name, state="active", why="", secret=reference)
    _changed(name, "it was authorized" + (" again" if again else ""))
    note(f"{name}: {sentence}")


def revoke_connection(name: Name, why: str = "") -> None:
    """Block a connection: commands that use it fail before they send anything.

    Options:
        why: Reason to show when a command is refused.
    """
    connections.Connections.from_environment().replace(
        name, state="revoked", why=" ".join(why.split())
    )
    _changed(name, "it was revoked")


def remove_connection(name: Name) -> None:
    """Remove a connection that no saved sync uses, with its secret in the keyring."""
    saved = connections.Connections.from_environment()
    saved.find(name)
    with Ledger.from_environment() as ledger:
        if users := [sync.name for sync in uses_of(name, ledger.database)]:
            raise InputError(
                f"{name} is used by {', '.join(users)}. Change their definitions, or remove them "
                "with `gsprep sync state forget`"
            )
    saved.remove(name)
    _changed(name, "it was removed")


def list_connections(search: str | None = None, as_json: Json = False) -> None:
    """List the connections; one that failed within 24 hours is marked with !.

    Options:
        search: Only those with this text in the name or address.
    """
    found = connections.Connections.from_environment().all()
    if search is not None:
        found = [one for one in found if search.lower() in f"{one.name} {one.address}".lower()]
    failed = _activities(state="failed", since=time.time() - _DAY)
    failures = Counter(name for activity in failed for name in activity.connections)
    entries = [_entry(one, failures) for one in found]
    if not entries:
        note("no connections: add one with `gsprep connections add`")
    document = {"schema": "gsprep.connections/1", "connections": entries}
    lines: list[str] = []
    for section in ("Gainsight", "External"):
        is_ours = section == "Gainsight"
        kinds = {k for k, one in connections.KINDS_OF_SYSTEM.items() if one.is_gainsight == is_ours}
        rows = [_line(entry) for entry in entries if entry["kind"] in kinds]
        lines += [f"{section}:", *rows] if rows else []
    tell(document, lines, as_json=as_json)


def _line(entry: Mapping[str, Any]) -> str:
    mark = "!" if entry["failed_24h"] else " "
    state = entry["state"] + (f" ({entry['why']})" if entry["why"] else "")
    what = f"{entry['name']:<20} {entry['kind']:<10} {entry['role'] or '':<8} {entry['address']}"
    failed = f"  failed {entry['failed_24h']} times in 24 hours" if entry["failed_24h"] else ""
    return f"{mark} {what}  {state}{failed}"


def _entry(one: connections.Connection, failures: Counter[str]) -> dict[str, Any]:
    try:
        secret = connections.secret_place(one) or None
    except SettingsError:
        secret = None
    return {
        "name": one.name, "kind": one.kind, "state": one.state, "why": one.why or None,
        "role": one.role, "address": one.address, "secret": secret,
        "failed_24h": failures[one.name],
    }  # fmt: skip


def _activities(**chosen: Any) -> list[Activity]:
    """Return the activities of the ledger; none if there is no ledger yet."""
    if not (connections.Connections.from_environment().home / FILE).exists():
        return []
    with Ledger.from_environment() as ledger:
        return Activities(ledger.database).all(**chosen)


def connection_jobs(name: Name, as_json: Json = False) -> None:
    """List the saved syncs that use a connection."""
    connections.Connections.from_environment().find(name)
    with Ledger.from_environment() as ledger:
        found = uses_of(name, ledger.database)
        last = Activities(ledger.database).last_runs()
    jobs = [
        {
            "sync": one.name, "file": one.path, "active": one.active,
            "last": last[one.name].state if one.name in last else None,
        }
        for one in found
    ]  # fmt: skip
    if not jobs:
        note(f"no saved sync uses {name}")
    lines = [f"{job['sync']:<24} {job['last'] or 'never run':<10} {job['file']}" for job in jobs]
    document = {"schema": "gsprep.jobs/1", "connection": name, "jobs": jobs}
    tell(document, lines, as_json=as_json)


def connection_activities(name: Name, as_json: Json = False) -> None:
    """List the executions of a connection's syncs, and its changes."""
    found = [one for one in _activities() if name in one.connections]
    document, lines = activity_lines(found)
    if not lines:
        note(f"{name} has no activity yet")
    tell(document, lines, as_json=as_json)


def _reference(secret_from: str | None) -> str:
    """Return where a secret is read from, after a look whether there is one."""
    if secret_from is not None:
        secret_at(secret_from)
    return secret_from or ""


def _ask(connection: connections.Connection, *, again: bool = False) -> None:
    """Store a typed secret in the keyring, unless there is a secret elsewhere."""
    if connection.secret or secret_of(connection.name) is not None:
        return
    if not again and connections.secret_place(connection):
        return
    if not sys.stdin.isatty():
        raise InputError(
            f"there is no terminal to ask for the secret of {connection.name}. Give it with "
            f"--secret-from, set {key_variable(connection.name)}, or use --no-secret"
        )
    what = connections.KINDS_OF_SYSTEM[connection.kind].asks
    typed = typer.prompt(f"{what} of {connection.name}", hide_input=True, err=True)
    connections.keep_secret(connection.name, typed)


def _changed(name: str, what: str) -> None:
    """Store a change of a connection as an activity."""
    with Ledger.from_environment() as ledger:
        Activities(ledger.database).update(time.time(), what, connections=(name,))
