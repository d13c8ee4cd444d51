"""Network transport with a deadline for each call, and reasons for failed connections.

httpx limits how long a connection may be silent, not how long a call may take: reading a reply of
one byte a minute would take years. So every read and write checks the call's deadline.
"""

from __future__ import annotations

import errno
import socket
import ssl
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import httpcore
import httpx

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterable, Iterator

# OpenSSL's names for a reply that is not TLS: the port uses plain HTTP or another protocol.
_NO_TLS = frozenset(
    {"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "UNKNOWN_PROTOCOL", "RECORD_LAYER_FAILURE",
     "PACKET_LENGTH_TOO_LONG", "HTTPS_PROXY_REQUEST", "BAD_RECORD_TYPE"}
)  # fmt: skip
_NO_WAY = frozenset(
    {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL, errno.EHOSTDOWN}
)
# X509_V_ERR_CERT_NOT_YET_VALID, _HAS_EXPIRED; _HOSTNAME_MISMATCH, _IP_ADDRESS_MISMATCH.
_OUT_OF_DATE, _OTHER_NAME = frozenset({9, 10}), frozenset({62, 64})
_PROXY_AUTHENTICATION_REQUIRED = "407"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a service was not reached.

    Attributes:
        what: what happened, without a full stop.
        cure: what to do, one sentence.
        passes: whether another attempt may succeed.
    """

    what: str
    cure: str
    passes: bool = True


class Unreached(httpx.ConnectError):
    """No connection was made, so nothing was sent."""

    def __init__(self, reason: Reason) -> None:
        """Store the reason; the message is gsprep's own."""
        self.reason = reason
        super().__init__(reason.what)


@dataclass(frozen=True, slots=True)
class Place:
    """The endpoint of a connection: the service, or the proxy in front of it."""

    host: str
    port: int
    is_proxy: bool = False

    def named(self, host: str | None) -> Place:
        """Return the endpoint of the TLS connection, with its host name."""
        # Behind a proxy it is the service, and its certificate is verified.
        is_proxy = self.is_proxy and host == self.host
        return replace(self, host=host or self.host, is_proxy=is_proxy)

    def __str__(self) -> str:
        shown = f"[{self.host}]" if ":" in self.host else self.host
        return f"the proxy {shown}:{self.port}" if self.is_proxy else f"{shown}:{self.port}"

    @property
    def address(self) -> str:
        """The setting that has this endpoint."""
        return "HTTPS_PROXY" if self.is_proxy else "the address of the tenant"

    def speaks_tls(self) -> Reason:
        """Return the reason that plain HTTP was sent to an endpoint that answers with TLS."""
        return Reason(
            f"{self} accepts https only", f"Write https:// in {self.address}", passes=False
        )


@contextmanager
def connecting_to(place: Place) -> Iterator[None]:
    """Raise Unreached with the reason if the connection fails."""
    try:
        yield
    except httpcore.TimeoutException:
        raise Unreached(_silent(place)) from None
    except httpcore.ConnectError as failure:
        # The system's own error is behind that of httpcore.
        cause = failure.__cause__ or failure.__context__ or failure
        raise Unreached(_reason(place, cause)) from None


def _reason(place: Place, cause: BaseException) -> Reason:
    if isinstance(cause, ssl.SSLCertVerificationError):
        return _certificate(place, cause)
    if isinstance(cause, ssl.SSLError) and not isinstance(cause, ssl.SSLEOFError):
        return _tls(place, cause)
    if isinstance(cause, socket.gaierror):
        return _unknown(place)
    return _closed(place, cause)


def _certificate(place: Place, cause: ssl.SSLCertVerificationError) -> Reason:
    what = f"the certificate of {place} was refused"
    if cause.verify_code in _OUT_OF_DATE:
        cure = "Check the clock of this machine; if it is right, the certificate must be renewed"
        return Reason(f"{what} (it is not valid at this time)", cure, passes=False)
    if cause.verify_code in _OTHER_NAME:
        return Reason(f"{what} (it is for another host)", f"Check {place.address}", passes=False)
    return Reason(
        f"{what} (its issuer is not trusted)",
        "If a proxy of your company reads the traffic, set SSL_CERT_FILE to a file with its "
        "certificate; otherwise do not send the key there",
        passes=False,
    )


def _tls(place: Place, cause: ssl.SSLError) -> Reason:
    if cause.reason in _NO_TLS:
        return Reason(
            f"{place} does not use https",
            f"Check the port in {place.address}; http:// is only for this machine and for proxies",
            passes=False,
        )
    return Reason(
        f"{place} and this machine have no encryption in common ({cause.reason or 'TLS'})",
        "Ask your network administrators; a proxy or an old service may be in between",
        passes=False,
    )


def _unknown(place: Place) -> Reason:
    return Reason(
        f"the name server does not know the host {place.host}",
        f"Check {place.address}, and that this machine is on the network (VPN)",
    )


def _closed(place: Place, cause: BaseException) -> Reason:
    if isinstance(cause, ConnectionRefusedError):
        return Reason(
            f"{place} refused the connection: no program answers on that port",
            f"Check the port in {place.address}, or try again later",
        )
    if isinstance(cause, ConnectionError | ssl.SSLEOFError):
        return Reason(
            f"{place} closed the connection at once",
            "A firewall or a proxy may be in between: ask your network administrators",
        )
    if isinstance(cause, OSError) and cause.errno in _NO_WAY:
        return Reason(f"there is no route to {place}", "Check the network and the VPN")
    return Reason(f"no connection to {place}", "Check the network")


def _silent(place: Place) -> Reason:
    return Reason(
        f"{place} does not answer", "Check the network and the VPN: a firewall may be in between"
    )


def https_only(host: str, port: int | None) -> Reason:
    """Return the reason of a port that replied in plain text that it accepts https only."""
    return Place(host, port or 80).speaks_tls()


def refused_by_proxy(failure: httpx.ProxyError) -> Reason:
    """Return why a proxy refused the connection; its reply begins with the status."""
    status = str(failure)[:3]
    said = f" (HTTP {status})" if status.isdecimal() else ""
    cure = (
        "Put its user name and password into HTTPS_PROXY: http://user:password@host:port"
        if status == _PROXY_AUTHENTICATION_REQUIRED
        else "Ask its administrators to allow the tenant's host, or use another network"
    )
    return Reason(f"the proxy refused the connection to the service{said}", cure, passes=False)


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
