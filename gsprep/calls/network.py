"""Network transport with a deadline for each call.

httpx limits how long a connection may be silent, not how long a call may take: reading a reply of
one byte a minute would take years. So every read and write checks the call's deadline.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpcore
import httpx

from gsprep.calls.connection_errors import Place, Unreached, connecting_to

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable, Iterator

    from gsprep.calls.deadline import Deadline

# The extension of a request that holds its deadline.
DEADLINE = "deadline"
# A waiting read checks this often, in seconds, whether the run was stopped.
_LOOK = 0.5
# One TLS record: the bytes that are sent between two checks of the deadline.
_PIECE = 16 * 1024
_LONGEST = 3_600.0
# An idle connection is closed after this many seconds, before the service closes it.
_IDLE = 5.0
# The first bytes of a TLS alert.
_TLS_ALERT = b"\x15\x03"


class Network(httpx.BaseTransport):
    """Sends over the network, through a proxy if there is one; certificates are verified."""

    def __init__(self, origin: str, proxy: str | None = None) -> None:
        """Prepare the connections to an origin; the first request opens one."""
        self._backend = _Backend(None if proxy is None else httpx.URL(proxy))
        # SSL_CERT_FILE and SSL_CERT_DIR name other certificates to trust. Reading the usual ones
        # takes 20 ms, which a call to this computer does not need.
        is_plain = {httpx.URL(url).scheme for url in (origin, proxy or origin)} == {"http"}
        context = None if is_plain else httpx.create_ssl_context()
        if proxy is None:
            self._pool = httpcore.ConnectionPool(
                ssl_context=context, network_backend=self._backend, keepalive_expiry=_IDLE
            )
        else:
            self._pool = _proxied(httpx.Proxy(proxy), context, self._backend)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; its extension "deadline" limits how long its reply may take."""
        deadline = request.extensions.get(DEADLINE)
        sent = httpcore.Request(
            request.method,
            httpcore.URL(
                scheme=request.url.raw_scheme,
                host=request.url.raw_host,
                port=request.url.port,
                target=request.url.raw_path,
            ),
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        with self._backend.until(deadline), _as_httpx():
            reply = self._pool.handle_request(sent)
        return httpx.Response(
            reply.status,
            headers=reply.headers,
            stream=_Stream(reply.stream, self._backend, deadline),
            extensions=reply.extensions,
        )

    def close(self) -> None:
        """Close the connections."""
        self._pool.close()


def _proxied(
    proxy: httpx.Proxy, context: ssl.SSLContext | None, backend: httpcore.NetworkBackend
) -> httpcore.ConnectionPool:
    url = proxy.url
    return httpcore.HTTPProxy(
        httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
        proxy_auth=proxy.raw_auth,
        ssl_context=context,
        # The same authorities verify the certificate of a proxy.
        proxy_ssl_context=context if url.scheme == "https" else None,
        network_backend=backend,
        keepalive_expiry=_IDLE,
    )


class _Stream(httpx.SyncByteStream):
    """The body of a reply, part by part."""

    def __init__(self, parts: Any, backend: _Backend, deadline: Deadline | None) -> None:
        self._parts = parts
        self._backend = backend
        self._deadline = deadline

    def __iter__(self) -> Iterator[bytes]:
        with self._backend.until(self._deadline), _as_httpx():
            yield from self._parts

    def close(self) -> None:
        self._parts.close()


@contextmanager
def _as_httpx() -> Iterator[None]:
    """Raise errors of httpcore as the errors of httpx with the same names."""
    try:
        yield
    except Unreached:
        raise
    except (
        httpcore.TimeoutException,
        httpcore.NetworkError,
        httpcore.ProtocolError,
        httpcore.ProxyError,
        httpcore.UnsupportedProtocol,
    ) as failure:
        kind: type[httpx.TransportError] = getattr(httpx, type(failure).__name__)
        raise kind(str(failure)) from failure


class _Backend(httpcore.NetworkBackend):
    """Opens connections that respect the deadline of the thread's call."""

    def __init__(self, proxy: httpx.URL | None) -> None:
        self._inner = httpcore.SyncBackend()
        self._proxy = proxy
        self._current = threading.local()

    @contextmanager
    def until(self, deadline: Deadline | None) -> Iterator[None]:
        """Set the deadline of this thread."""
        before = getattr(self._current, DEADLINE, None)
        self._current.deadline = deadline
        try:
            yield
        finally:
            self._current.deadline = before

    def left(self, timeout: float | None) -> float:
        """Return how long an operation may wait; TimeoutException if the time is over."""
        deadline: Deadline | None = getattr(self._current, DEADLINE, None)
        patience = _LONGEST if timeout is None else timeout
        left = patience if deadline is None else min(patience, deadline.left())
        if left <= 0:
            raise httpcore.TimeoutException("the call took too long")
        return left

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        place = Place(host, port, is_proxy=self._proxy is not None)
        with connecting_to(place):
            stream = self._inner.connect_tcp(
                host, port, self.left(timeout), local_address, socket_options
            )
        return _Connection(stream, self, place)

    def sleep(self, seconds: float) -> None:
        self._inner.sleep(seconds)


class _Connection(httpcore.NetworkStream):
    """A plain or TLS connection to a place."""

    def __init__(
        self, inner: httpcore.NetworkStream, backend: _Backend, place: Place, *, tls: bool = False
    ) -> None:
        self._inner = inner
        self._backend = backend
        self._place = place
        self._tls = tls

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        silence = self._backend.left(timeout)
        while True:
            part = min(silence, _LOOK)
            try:
                found = self._inner.read(max_bytes, min(part, self._backend.left(part)))
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
            self._inner.write(bytes(view[start : start + _PIECE]), self._backend.left(timeout))

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
            stream = self._inner.start_tls(
                ssl_context, server_hostname, self._backend.left(timeout)
            )
        return _Connection(stream, self._backend, place, tls=True)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
