"""Access to the page for the first browser only."""

from __future__ import annotations

import hmac
import secrets
import threading
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

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
