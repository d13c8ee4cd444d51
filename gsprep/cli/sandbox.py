"""``sandbox``: a stand-in for the service, served until it is stopped."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gsprep.cli import options
from gsprep.cli.console import note, read_file
from gsprep.errors import DocumentError, Problem, SettingsError
from gsprep.sandbox.app import make_app
from gsprep.sandbox.breaking import add_faults
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
from gsprep.unification.prepare import usable_companies

if TYPE_CHECKING:
    from collections.abc import Callable

# Jobs move though nobody asks; in parts, so that a call waits for a part of a second at most.
_REST_SECONDS = 0.1
_AT_ONCE = 1_000


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
    restart: Annotated[
        bool,
        typer.Option("--restart-numbers/--run-on-numbers", help="In each result file of a job."),
    ] = False,
    faults: Annotated[
        Path | None, typer.Option("--faults", help="A fault script: which calls go wrong, and how.")
    ] = None,
) -> None:
    """Serve a stand-in for the service on this machine; any access key opens it. Ctrl-C ends it."""
    script = () if faults is None else _faults(faults)
    allowed = Limits(
        per_minute=per_minute,
        per_day=per_day,
        async_per_hour=async_per_hour,
        async_per_day=async_per_day,
        deletes_per_hour=deletes_per_hour,
    )
    pace = Pace(time_scale=time_scale, chunk_size=chunk_size, restart=restart)
    try:
        store = Store(":memory:" if state is None else state, seed=seed, pace=pace)
    except StoreError as failure:
        raise SettingsError(
            f"{state} cannot hold the sandbox's state ({failure}): name another file with --state"
        ) from failure
    with store:
        _load(store, companies, relationships)
        app = add_faults(make_app(store, limits=allowed if limits else UNLIMITED), script)
        try:
            server = serve(app, port=port)
        except OSError as failure:
            raise SettingsError(
                f"port {port} cannot be used ({failure.strerror}): choose another with --port, "
                "0 takes a free one"
            ) from failure
        with server, suppress(KeyboardInterrupt):
            typer.echo(server.url)
            note("set GAINSIGHT_ACCESS_KEY to any word and use --to with this address")
            note("Ctrl-C ends the sandbox")
            keep_working(store, time.time, partial(threading.Event().wait, _REST_SECONDS))


def keep_working(store: Store, clock: Callable[[], float], rest: Callable[[], bool]) -> None:
    """Do what the jobs should have done, as it falls due, until ``rest`` says that it is enough."""
    while not rest():
        store.advance(clock(), _AT_ONCE)


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
