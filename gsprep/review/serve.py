"""Server for the page on a loopback port."""

from __future__ import annotations

import logging
import select
import socket
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Self

from waitress.server import create_server
from waitress.wasyncore import close_all

from gsprep.errors import SettingsError
from gsprep.review.access import Access, Presence

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask

_THREADS = 4
_PATIENCE_SECONDS = 5
# Connections that say nothing, as browsers and scanners open them, keep no one else out.
_MOST_CONNECTIONS = 1_000
_SILENCE_SECONDS = 15
_LOOK_SECONDS = 5


def listening(port: int) -> socket.socket:
    """Return a socket on a port of the loopback device; 0 takes a free one.

    Raises OSError if the port cannot be used.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
    except OSError:
        listener.close()
        raise
    return listener


def serve_page(
    make: Callable[[Access, Presence], Flask],
    opened: Callable[[str], object],
    *,
    port: int = 0,
    idle: float,
) -> None:
    """Serve a page until it is ended, not used for ``idle`` seconds, or Ctrl-C.

    ``opened`` is called with its address, which works once. Raises SettingsError if the port
    cannot be used.
    """
    try:
        listener = listening(port)
    except OSError as failure:
        raise SettingsError(f"port {port} cannot be used: {failure.strerror}") from failure
    access, presence = Access(listener.getsockname()[1]), Presence(idle)
    with Server(make(access, presence), listener), suppress(KeyboardInterrupt):
        opened(access.address)
        presence.wait()


class Server:
    """An application served from a background thread; ``close()`` or ``with`` ends it."""

    def __init__(self, app: Flask, listener: socket.socket) -> None:
        """Start serving on a bound socket."""
        # Waitress warns about each call that waits for a thread.
        logging.getLogger("waitress").setLevel(logging.ERROR)
        self._sockets: dict[int, Any] = {}
        self._server = create_server(
            app,
            map=self._sockets,
            sockets=[listener],
            threads=_THREADS,
            ident=None,
            connection_limit=_MOST_CONNECTIONS,
            channel_timeout=_SILENCE_SECONDS,
            cleanup_interval=_LOOK_SECONDS,
            # select() cannot wait for so many on all systems.
            asyncore_use_poll=hasattr(select, "poll"),
        )
        self._thread = threading.Thread(target=self._server.run, name="review", daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        """Return the running server."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop the server."""
        self.close()

    def close(self) -> None:
        """Finish running calls and free the port; a second call does nothing."""
        if self._thread.is_alive():
            # Sockets are closed by the thread that waits on them.
            self._server.trigger.pull_trigger(self._end)
            self._thread.join()

    def _end(self) -> None:
        self._server.task_dispatcher.shutdown(timeout=_PATIENCE_SECONDS)
        for channel in list(self._server.active_channels.values()):
            # The last page says that the review has ended, so it must arrive.
            channel.handle_write()
        close_all(self._sockets, ignore_all=True)
