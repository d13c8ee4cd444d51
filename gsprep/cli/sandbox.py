"""``sandbox``: a stand-in for the service, served until it is stopped."""

from __future__ import annotations

import threading
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from gsprep.cli import options
from gsprep.cli.console import note, read_file
from gsprep.errors import SettingsError
from gsprep.sandbox.app import make_app
from gsprep.sandbox.limits import Limits
from gsprep.sandbox.refusals import StoreError
from gsprep.sandbox.serve import serve
from gsprep.sandbox.store import Store
from gsprep.schemas.fields import COMPANY
from gsprep.unification.index import usable_companies


def serve_sandbox(
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="0 takes a free one.")
    ] = 8765,
    companies: options.Companies = None,
    state: Annotated[
        Path | None, typer.Option("--state", help="A file that keeps what is stored; else memory.")
    ] = None,
    limits: Annotated[
        bool, typer.Option("--limits/--no-limits", help="100 calls a minute, 50,000 a day.")
    ] = True,
) -> None:
    """Serve a stand-in for the service on this machine; any access key opens it. Ctrl-C ends it."""
    try:
        store = Store(":memory:" if state is None else state)
    except StoreError as failure:
        raise SettingsError(f"{state} cannot hold the sandbox's state: {failure}") from failure
    with store:
        if companies is not None:
            usable, _ = usable_companies(read_file(companies, COMPANY))
            loaded = store.add_companies(usable.to_dict("records"))  # type: ignore[arg-type]  # names are text
            note(f"{loaded} companies loaded")
        app = make_app(store, limits=Limits() if limits else Limits(per_minute=None, per_day=None))
        try:
            server = serve(app, port=port)
        except OSError as failure:
            raise SettingsError(f"port {port} cannot be used: {failure.strerror}") from failure
        with server, suppress(KeyboardInterrupt):
            typer.echo(server.url)
            note("set GAINSIGHT_ACCESS_KEY to any word and use --to with this address")
            note("Ctrl-C ends the sandbox")
            threading.Event().wait()
