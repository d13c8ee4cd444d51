"""``sandbox``: a stand-in for the service, served until it is stopped."""

from __future__ import annotations

import os
import secrets
import threading
import time
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gsprep.cli import options
from gsprep.cli.console import note, read_file
from gsprep.errors import DocumentError, InputError, Problem, SettingsError
from gsprep.sandbox.app import make_app
from gsprep.sandbox.breaking import add_faults
from gsprep.sandbox.dialect import Dialect, DialectError, choices
from gsprep.sandbox.faults import Fault, FaultScriptError, read_faults
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
from gsprep.sandbox.refusals import StoreError
from gsprep.sandbox.serve import serve
from gsprep.sandbox.store import Store
from gsprep.schemas.fields import COMPANY, RELATIONSHIP
from gsprep.schemas.yaml_file import read_document
from gsprep.settings import AccessKey, Settings
from gsprep.unification.index import usable_companies

if TYPE_CHECKING:
    from collections.abc import Callable

# Jobs move though nobody asks; in parts, so that a call waits for a part of a second at most.
_REST_SECONDS = 0.1
_AT_ONCE = 1_000
_GIVEN = "the one in GAINSIGHT_ACCESS_KEY when the sandbox was started"


def _dialect_help() -> str:
    """Return the settings with their values, the usual one first."""
    each = "; ".join(f"{name}={'|'.join(values)}" for name, values in choices().items())
    return f"How replies are worded; may be given again. Settings, the usual value first: {each}."


def serve_sandbox(
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="0 takes a free one.")
    ] = 8765,
    companies: options.Companies = None,
    relationships: Annotated[
        Path | None,
        typer.Option("--relationships", help="The relationships: Gsid, Name, Company_ID."),
    ] = None,
    state: Annotated[
        Path | None, typer.Option("--state", help="A file that keeps what is stored; else memory.")
    ] = None,
    seed: Annotated[
        str, typer.Option("--seed", help="Decides the ids that a new file gives.")
    ] = "sandbox",
    limits: Annotated[
        bool, typer.Option("--limits/--no-limits", help="Refuse calls beyond the limits below.")
    ] = True,
    per_minute: Annotated[
        int, typer.Option("--sync-per-minute", min=1, help="Calls in a minute.")
    ] = SYNC_PER_MINUTE,
    per_day: Annotated[
        int, typer.Option("--sync-per-day", min=1, help="Calls in a day.")
    ] = SYNC_PER_DAY,
    async_per_hour: Annotated[
        int, typer.Option("--async-per-hour", min=1, help="Asynchronous calls in an hour.")
    ] = ASYNC_PER_HOUR,
    async_per_day: Annotated[
        int, typer.Option("--async-per-day", min=1, help="Asynchronous calls in a day.")
    ] = ASYNC_PER_DAY,
    deletes_per_hour: Annotated[
        int, typer.Option("--deletes-per-hour", min=1, help="Delete calls in an hour.")
    ] = DELETE_CALLS_PER_HOUR,
    time_scale: Annotated[
        float, typer.Option("--time-scale", min=0.001, help="How many times faster jobs move.")
    ] = 1.0,
    chunk_size: Annotated[
        int, typer.Option("--chunk-size", min=1, help="Records in a result file of a job.")
    ] = Pace().chunk_size,
    dialect: Annotated[
        list[str] | None,
        typer.Option("--dialect", metavar="NAME=VALUE", help=_dialect_help()),
    ] = None,
    faults: Annotated[
        Path | None, typer.Option("--faults", help="A fault script: which calls go wrong, and how.")
    ] = None,
) -> None:
    """Serve a simulator of the service on this machine until Ctrl-C.

    It takes the access key of GAINSIGHT_ACCESS_KEY, or without one a random key that it prints.
    """
    script = () if faults is None else _faults(faults)
    spoken = _dialect(dialect or [])
    allowed = Limits(
        per_minute=per_minute,
        per_day=per_day,
        async_per_hour=async_per_hour,
        async_per_day=async_per_day,
        deletes_per_hour=deletes_per_hour,
    )
    pace = Pace(time_scale=time_scale, chunk_size=chunk_size)
    try:
        store = Store(state or ":memory:", seed=seed, pace=pace, dialect=spoken)
    except StoreError as failure:
        raise SettingsError(
            f"{state} cannot hold the sandbox's state ({failure}): name another file with --state"
        ) from failure
    with store:
        _load(store, companies, relationships)
        given = _given_key()
        key = secrets.token_urlsafe() if given is None else given.reveal()
        app = make_app(store, access_key=key, limits=allowed if limits else UNLIMITED)
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
            # A key that was given is a secret; one that ends with the sandbox is shown once.
            note(f"export GAINSIGHT_ACCESS_KEY={key}" if given is None else _GIVEN)
            note("Ctrl-C ends the sandbox")
            keep_working(store, time.time, partial(threading.Event().wait, _REST_SECONDS))


def _given_key() -> AccessKey | None:
    """Return the key of the environment; what else is set there does not matter here."""
    name = "GAINSIGHT_ACCESS_KEY"
    return Settings.from_environ({name: os.environ.get(name, "")}).access_key


def keep_working(store: Store, clock: Callable[[], float], rest: Callable[[], bool]) -> None:
    """Do what the jobs should have done, as it falls due, until ``rest`` says that it is enough."""
    while not rest():
        store.advance(clock(), _AT_ONCE)


def _dialect(settings: list[str]) -> Dialect:
    try:
        return Dialect.read(settings)
    except DialectError as failure:
        raise InputError(f"--dialect: {failure}") from None


def _faults(path: Path) -> tuple[Fault, ...]:
    document = read_document(path, kind="fault script")
    try:
        return read_faults(document)
    except FaultScriptError as failure:
        problems = [Problem(*problem) for problem in failure.problems]
        raise DocumentError(str(path), problems) from None


def _load(store: Store, companies: Path | None, relationships: Path | None) -> None:
    if companies is not None:
        usable, _ = usable_companies(read_file(companies, COMPANY))
        loaded = store.add_companies(usable.to_dict("records"))  # type: ignore[arg-type]  # names are text
        note(f"{loaded} companies loaded")
    if relationships is not None:
        frame = read_file(relationships, RELATIONSHIP)
        loaded = store.add_relationships(frame.to_dict("records"))  # type: ignore[arg-type]  # names are text
        note(f"{loaded} relationships loaded, of {len(frame)}")
