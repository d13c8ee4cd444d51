"""Server for the page on a loopback port, for the first browser only."""

from __future__ import annotations

import hmac
import logging
import os
import secrets
import select
import socket
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, suppress
from typing import TYPE_CHECKING, Any, Final

from waitress.server import create_server
from waitress.wasyncore import close_all

from gsprep.errors import SettingsError

if TYPE_CHECKING:
    from flask import Flask

# A page loads only our own script and style file and has no inline script or style.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": POLICY,
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not no-referrer: a browser would then send "null" as the origin of our own forms.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Access:
    """A key that can be used once, and the cookie it is exchanged for.

    host:   the only name and port under which the page answers. Another name that points to this
            machine (DNS rebinding) is refused.
    cookie: its name has the port: browsers share cookies between the ports of a machine.
    """

    def __init__(self, port: int) -> None:
        """Make a random key and a random cookie."""
        self.host = f"127.0.0.1:{port}"
        self.origin = f"http://{self.host}"
        self.cookie = f"gsprep_review_{port}"
        self._key = secrets.token_urlsafe(24)
        self._secret = secrets.token_urlsafe(32)
        self._used = False
        self._lock = threading.Lock()

    @property
    def address(self) -> str:
        """The address that opens the page, once."""
        return f"{self.origin}/open/{self._key}"

    def exchange(self, key: str) -> str | None:
        """Return the value of the cookie for the key; None for another key and the second time."""
        with self._lock:
            if self._used or not _same(key, self._key):
                return None
            self._used = True
            return self._secret

    def knows(self, cookie: str | None) -> bool:
        """Return whether a cookie is the one that was given."""
        return cookie is not None and _same(cookie, self._secret)


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())


class Presence:
    """Time of the last use of the page, and whether the page was ended."""

    def __init__(self, idle: float, clock: Callable[[], float] = time.monotonic) -> None:
        """Wait ``idle`` seconds after the last use."""
        self._idle = idle
        self._clock = clock
        self._last = clock()
        self._ended = threading.Event()

    def used(self) -> None:
        """Start the wait again."""
        self._last = self._clock()

    def end(self) -> None:
        """End the wait."""
        self._ended.set()

    def left(self) -> float:
        """Return the seconds left to wait; 0 after the end."""
        return 0.0 if self._ended.is_set() else max(self._last + self._idle - self._clock(), 0.0)

    def wait(self) -> None:
        """Return when the page was ended or was not used for the whole time."""
        while (left := self.left()) > 0:
            self._ended.wait(left)


_THREADS = 4
_PATIENCE_SECONDS = 5
# Connections that say nothing, as browsers and scanners open them, keep no one else out.
_MOST_CONNECTIONS = 1_000
_SILENCE_SECONDS = 15
_LOOK_SECONDS = 5


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
        listener = socket.create_server(("127.0.0.1", port))
    except OSError as failure:
        why = os.strerror(failure.errno or 0)
        raise SettingsError(f"port {port} cannot be used: {why}") from failure
    access, presence = Access(listener.getsockname()[1]), Presence(idle)
    with Server(make(access, presence), listener), suppress(KeyboardInterrupt):
        opened(access.address)
        presence.wait()


class Server(AbstractContextManager["Server"]):
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
