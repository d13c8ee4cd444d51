"""``sandbox``: a simulator of the service on this machine."""

from __future__ import annotations

import os
import secrets
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gsprep.cli import files
from gsprep.cli.console import note
from gsprep.cli.options import listed, option
from gsprep.display import plural
from gsprep.errors import DocumentError, InputError, Problem, SettingsError
from gsprep.sandbox.app import keep_working, make_app, sandbox_elsewhere, sandbox_here, serve
from gsprep.sandbox.dialect import Dialect, DialectError, choices
from gsprep.sandbox.faults import Fault, FaultScriptError, add_faults, read_faults
from gsprep.sandbox.jobs import Pace
from gsprep.sandbox.limits import (
    ASYNC_PER_DAY,
    ASYNC_PER_HOUR,
    DELETE_CALLS_PER_HOUR,
    SYNC_PER_DAY,
    SYNC_PER_MINUTE,
    UNLIMITED,
    Limits,
)
from gsprep.sandbox.rules import StoreError
from gsprep.sandbox.store import Store
from gsprep.sandbox.tenant import Tenant, field_of
from gsprep.schemas.fields import COMPANY, RELATIONSHIP
from gsprep.schemas.yaml_file import read_document
from gsprep.settings import AccessKey, Settings
from gsprep.unification.prepare import usable_companies

if TYPE_CHECKING:
    import pandas as pd

# A process of its own takes a third of a second to start, and saves half of the time of sending.
_MANY_ROWS = 20_000
_GIVEN = "the value of GAINSIGHT_ACCESS_KEY when the sandbox was started"


@contextmanager
def rehearsal(
    companies: pd.DataFrame | None, people: pd.DataFrame | None, key: tuple[str, ...], rows: int = 0
) -> Iterator[tuple[str, AccessKey]]:
    """Give the address of a sandbox and an access key that only this process has.

    It holds the companies and the people. For many ``rows`` to send it gets a process of its own,
    which takes a moment to start.
    """
    access_key = AccessKey(secrets.token_urlsafe())
    companies = None if companies is None else usable_companies(companies)[0]
    held = _records(companies), _records(people)
    try:
        if max(rows, *map(len, held)) >= _MANY_ROWS:
            with sandbox_elsewhere(key, access_key.reveal(), *held) as url:
                yield url, access_key
                return
        with sandbox_here(Tenant(key=key), access_key.reveal()) as (url, store):
            store.add_companies(held[0])
            store.add_persons(held[1])
            yield url, access_key
    except StoreError as failure:
        raise SettingsError(
            f"the sandbox could not be started ({failure}): run the same command again, or use "
            "`gsprep sandbox` and --to"
        ) from failure


def _records(frame: pd.DataFrame | None) -> list[Mapping[str, Any]]:
    return [] if frame is None else frame.to_dict("records")  # type: ignore[return-value]  # names are text


def _dialect_help() -> str:
    """Return the help of ``--dialect``: every setting with its values."""
    each = "; ".join(f"{name}={'|'.join(values)}" for name, values in choices().items())
    return (
        f"Wording of replies; repeat it for each setting. The first value is the default: {each}."
    )


def serve_sandbox(
    port: Annotated[int, typer.Option(min=0, max=65535)] = 8765,
    companies: Path | None = None,
    relationships: Path | None = None,
    state: Path | None = None,
    seed: str = "sandbox",
    key: str = "Email",
    limits: Annotated[bool, typer.Option("--limits/--no-limits")] = True,
    per_minute: Annotated[int, typer.Option("--sync-per-minute", min=1)] = SYNC_PER_MINUTE,
    per_day: Annotated[int, typer.Option("--sync-per-day", min=1)] = SYNC_PER_DAY,
    async_per_hour: Annotated[int, typer.Option(min=1)] = ASYNC_PER_HOUR,
    async_per_day: Annotated[int, typer.Option(min=1)] = ASYNC_PER_DAY,
    deletes_per_hour: Annotated[int, typer.Option(min=1)] = DELETE_CALLS_PER_HOUR,
    time_scale: Annotated[float, typer.Option(min=0.001)] = 1.0,
    chunk_size: Annotated[int, typer.Option(min=1)] = Pace().chunk_size,
    dialect: Annotated[
        list[str] | None, option("--dialect", _dialect_help(), "Behaviour", metavar="NAME=VALUE")
    ] = None,
    faults: Path | None = None,
) -> None:
    """Serve a simulator of the service on this machine until Ctrl-C.

    The access key is that of GAINSIGHT_ACCESS_KEY. Without one, it prints a random key.

    Server:
        port: Port to listen on; 0 means a free one.

    Data:
        companies: File of companies: Gsid, Name, Domain, Phone …
        relationships: File of relationships: Gsid, Name, Company_ID.
        state: Database file that keeps all records. Without it: a temporary file.
        seed: Seed of the ids in a new file: the same calls give the same ids.
        key: Columns of the resolution key, separated by commas.

    Limits:
        limits: Refuse calls beyond the limits below.
        per_minute: Synchronous calls in a minute.
        per_day: Synchronous calls in a day.
        async_per_hour: Asynchronous calls in an hour.
        async_per_day: Asynchronous calls in a day.
        deletes_per_hour: Delete calls in an hour.

    Behaviour:
        time_scale: Speed of jobs: 60 makes a minute last a second.
        chunk_size: Records in a result file of a job.
        faults: Fault script: which calls go wrong, and how.
    """
    script, wording = _behaviour(faults, dialect or [])
    allowed = Limits(
        per_minute=per_minute,
        per_day=per_day,
        async_per_hour=async_per_hour,
        async_per_day=async_per_day,
        deletes_per_hour=deletes_per_hour,
    )
    pace = Pace(time_scale=time_scale, chunk_size=chunk_size)
    try:
        tenant = Tenant(key=_resolution_key(key))
        store = Store(state or "", tenant=tenant, seed=seed, pace=pace, dialect=wording)
    except StoreError as failure:
        raise SettingsError(
            f"{state} cannot hold the sandbox's state ({failure}): name another file with --state"
        ) from failure
    with store:
        _load(store, companies, relationships)
        given = _given_key()
        access_key = secrets.token_urlsafe() if given is None else given.reveal()
        app = make_app(store, access_key=access_key, limits=allowed if limits else UNLIMITED)
        try:
            server = serve(add_faults(app, script), port=port)
        except OSError as failure:
            raise SettingsError(
                f"port {port} cannot be used ({failure.strerror}): choose another with --port, "
                "0 takes a free one"
            ) from failure
        with server, suppress(KeyboardInterrupt):
            typer.echo(server.url)
            note("use --to with this address, and the access key:")
            # A given key is a secret. A random key ends with the sandbox and is shown once.
            note(f"export GAINSIGHT_ACCESS_KEY={access_key}" if given is None else _GIVEN)
            note("Ctrl-C ends the sandbox")
            keep_working(store, time.time, threading.Event().wait)


def _given_key() -> AccessKey | None:
    """Return the access key of the environment; the other variables may be wrong."""
    name = "GAINSIGHT_ACCESS_KEY"
    return Settings.from_environ({name: os.environ.get(name, "")}).access_key


def _resolution_key(text: str) -> tuple[str, ...]:
    """Return the fields of a resolution key by their API names; raises InputError."""
    fields = {name: field_of("person", name, {}) for name in listed(text)}
    unknown = [name for name, field in fields.items() if field is None]
    if unknown or not fields:
        said = f"{', '.join(unknown)} is not" if unknown else "it is empty, not"
        raise InputError(f"--key: {said} a field of Person; write Email or Email,Location")
    return tuple(field.name for field in fields.values() if field is not None)


def _behaviour(faults: Path | None, dialect: list[str]) -> tuple[tuple[Fault, ...], Dialect]:
    """Read the fault script and the settings of the wording."""
    try:
        wording = Dialect.read(dialect)
        document = None if faults is None else read_document(faults, kind="fault script")
        return () if document is None else read_faults(document), wording
    except DialectError as failure:
        raise InputError(f"--dialect: {failure}") from None
    except FaultScriptError as failure:
        problems = [Problem(*problem) for problem in failure.problems]
        raise DocumentError(str(faults), problems) from None


def _load(store: Store, companies: Path | None, relationships: Path | None) -> None:
    if companies is not None:
        usable, _ = usable_companies(files.read_file(companies, COMPANY))
        loaded = store.add_companies(_records(usable))
        note(f"{loaded} {plural(loaded, 'company', 'companies')} loaded")
    if relationships is not None:
        frame = files.read_file(relationships, RELATIONSHIP)
        loaded = store.add_relationships(_records(frame))
        of = f"{len(frame)} {plural(len(frame), 'relationship', 'relationships')}"
        note(f"{loaded} of {of} loaded")
