"""Network transport with a deadline for each call.

httpx limits how long a connection may be silent, not how long a call may take: reading a reply of
one byte a minute would take years. So every read and write checks the call's deadline.
"""

from __future__ import annotations

import ssl
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import httpcore
import httpx

from gsprep.calls.connection_errors import Place, Unreached, connecting_to

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterable, Iterator

# A call that moves at least this many bytes a second is slow, but makes progress.
_SLOWEST = 32 * 1024
# Seconds that a running call gets when the run is stopped: its reply says what was stored.
_AFTER_STOP = 10.0
# A waiting read checks this often, in seconds, whether the run was stopped.
_LOOK = 0.5
# One TLS record: the bytes that are sent between two checks of the deadline.
_PIECE = 16 * 1024
_LONGEST = 3_600.0
# An idle connection is closed after this many seconds, before the service closes it.
_IDLE = 5.0
# The first bytes of a TLS alert.
_TLS_ALERT = b"\x15\x03"


class Deadline:
    """The seconds that a call has left.

    Each byte that is sent or received adds time; stopping the run leaves a few seconds.
    """

    def __init__(
        self, seconds: float, clock: Callable[[], float], stopped: threading.Event | None = None
    ) -> None:
        """Start with ``seconds``; ``clock`` is monotonic."""
        self._clock = clock
        self._end = clock() + seconds
        self._stopped = stopped
        self._grace: float | None = None

    def moved(self, size: int) -> None:
        """Add the time that ``size`` bytes take on a slow line."""
        self._end += size / _SLOWEST

    def left(self) -> float:
        """Return the seconds that are left; 0 or less if the time is over."""
        now = self._clock()
        if self._grace is None and self._stopped is not None and self._stopped.is_set():
            self._grace = now + _AFTER_STOP
        return (self._end if self._grace is None else min(self._end, self._grace)) - now

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Let all reads and writes in this context end when the time is over."""
        token = _of_this_call.set(self)
        try:
            yield
        finally:
            _of_this_call.reset(token)


_of_this_call: ContextVar[Deadline | None] = ContextVar("deadline", default=None)


def _left(timeout: float | None) -> float:
    """Return how long an operation may wait; TimeoutException if the time is over."""
    deadline = _of_this_call.get()
    patience = _LONGEST if timeout is None else timeout
    left = patience if deadline is None else min(patience, deadline.left())
    if left <= 0:
        raise httpcore.TimeoutException("the call took too long")
    return left


class Network(httpx.HTTPTransport):
    """Sends over the network, through a proxy if there is one; certificates are verified."""

    def __init__(self, origin: str, proxy: str | None = None) -> None:
        """Prepare the connections to an origin; the first request opens one."""
        # SSL_CERT_FILE and SSL_CERT_DIR name other certificates to trust. Reading the usual ones
        # takes 20 ms, which a call to this computer does not need: without any, none is accepted.
        through = None if proxy is None else httpx.URL(proxy).scheme
        is_plain = "https" not in (httpx.URL(origin).scheme, through)
        context = (
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if is_plain else httpx.create_ssl_context()
        )
        # The same authorities verify the certificate of a proxy.
        of_proxy = context if through == "https" else None
        super().__init__(
            verify=context,
            limits=httpx.Limits(keepalive_expiry=_IDLE),
            proxy=None if proxy is None else httpx.Proxy(proxy, ssl_context=of_proxy),
        )
        self._pool._network_backend = _Backend(is_proxy=proxy is not None)  # noqa: SLF001  httpx takes no backend


class _Backend(httpcore.SyncBackend):
    """Opens connections that respect the deadline of the call."""

    def __init__(self, *, is_proxy: bool) -> None:
        self._is_proxy = is_proxy

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        place = Place(host, port, is_proxy=self._is_proxy)
        with connecting_to(place):
            stream = super().connect_tcp(host, port, _left(timeout), local_address, socket_options)
        return _Connection(stream, place)


class _Connection(httpcore.NetworkStream):
    """A plain or TLS connection to a place."""

    def __init__(self, inner: httpcore.NetworkStream, place: Place, *, tls: bool = False) -> None:
        self._inner = inner
        self._place = place
        self._tls = tls

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        silence = _left(timeout)
        while True:
            part = min(silence, _LOOK)
            try:
                found = self._inner.read(max_bytes, min(part, _left(part)))
            except httpcore.ReadTimeout:
                silence -= part
                if silence <= 0:
                    raise
            else:
                return self._checked(found)

    def _checked(self, found: bytes) -> bytes:
        if not self._tls and found.startswith(_TLS_ALERT):
            raise Unreached(self._place.speaks_tls())
        return found

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        view = memoryview(buffer)
        for start in range(0, len(view), _PIECE):
            self._inner.write(bytes(view[start : start + _PIECE]), _left(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        place = self._place.named(server_hostname)
        with connecting_to(place):
            stream = self._inner.start_tls(ssl_context, server_hostname, _left(timeout))
        return _Connection(stream, place, tls=True)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
