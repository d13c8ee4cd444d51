"""Reasons for failed connections, each with its remedy."""

from __future__ import annotations

import errno
import socket
import ssl
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import httpcore
import httpx

if TYPE_CHECKING:
    from collections.abc import Iterator

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
        f"{place} does not answer",
        "Check the network and the VPN: a firewall may be in between",
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
