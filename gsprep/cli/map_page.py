"""Page of ``map``: choice of fields in a browser."""

from __future__ import annotations

import webbrowser
from contextlib import suppress
from typing import TYPE_CHECKING

import typer

from gsprep.cli.console import note
from gsprep.review.access import Access, Presence
from gsprep.review.mapping_app import Choices, make_mapping_app
from gsprep.review.serve import Server, listening

if TYPE_CHECKING:
    from gsprep.mapping.columns import ColumnMapping
    from gsprep.mapping.proposal import Proposal

_IDLE_SECONDS = 60 * 60


def serve_mapping(proposal: Proposal, out: str, *, browser: bool) -> ColumnMapping | None:
    """Serve the page until it is saved or closed; return the mapping, None if nothing is saved."""
    listener = listening(0)
    access, presence = Access(listener.getsockname()[1]), Presence(_IDLE_SECONDS)
    choices = Choices(proposal, out)
    with Server(make_mapping_app(choices, access, presence), listener):
        typer.echo(access.address, err=True)
        note("the address works once, in your browser. Ctrl-C ends without saving")
        if browser:
            webbrowser.open(access.address)
        with suppress(KeyboardInterrupt):
            presence.wait()
    return choices.mapping
