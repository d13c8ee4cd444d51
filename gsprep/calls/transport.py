"""HTTP client that sends the access key to one origin only.

httpx sends a custom header to any absolute address and across redirects, shows it in the
repr of a request, and logs whole addresses at INFO. So the key is added below httpx's own
requests, to a copy, and only for the configured origin.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import httpx

from gsprep.calls.body import ACCEPTED
from gsprep.calls.endpoints import KEY_HEADER, PEOPLE, QUERY
from gsprep.calls.network import Network
from gsprep.calls.redaction import Redaction
from gsprep.settings import proxy_for

if TYPE_CHECKING:
    from gsprep.settings import AccessKey

# The extension of a response with the function that removes the key from its body.
REDACT = "redact"


class KeyedTransport(httpx.BaseTransport):
    """Adds the key to requests to one origin, and to no others."""

    def __init__(self, origin: str, key: AccessKey, inner: httpx.BaseTransport) -> None:
        """Wrap ``inner``, which sends the requests."""
        self._origin = _origin(httpx.URL(origin))
        self._key = key
        self._redact = Redaction(key)
        self._inner = inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a copy of the request with the key."""
        if _origin(request.url) != self._origin:
            return self._inner.handle_request(request)
        keyed = httpx.Request(
            request.method,
            request.url,
            headers=[*request.headers.raw, (KEY_HEADER.encode(), self._key.reveal().encode())],
            stream=request.stream,
            extensions=request.extensions,
        )
        return self._redacted(self._inner.handle_request(keyed))

    def _redacted(self, response: httpx.Response) -> httpx.Response:
        """Remove the key from the headers; the reader of the body removes it there."""
        given = response.headers.raw
        response.headers = httpx.Headers([(name, bytes(self._redact(v))) for name, v in given])
        response.extensions = {**response.extensions, REDACT: self._redact}
        return response

    def close(self) -> None:
        """Close the connections."""
        self._inner.close()


def http_client(
    origin: str, key: AccessKey, timeout: float, inner: httpx.BaseTransport | None
) -> httpx.Client:
    """Return a client that follows no redirect and sends the key only to ``origin``.

    ``timeout`` is the longest silence in seconds. Without ``inner`` it uses the network, through
    the system's proxy if there is one; certificates are always verified.
    """
    logging.getLogger("httpx").addFilter(_without_query)
    return httpx.Client(
        transport=KeyedTransport(origin, key, inner or network(origin)),
        base_url=origin,
        # One encoding at most: nested encodings could unpack to any size.
        headers={"Accept-Encoding": ACCEPTED},
        timeout=httpx.Timeout(timeout, connect=min(timeout, 10.0)),
        follow_redirects=False,
        trust_env=False,
    )


def network(origin: str) -> httpx.BaseTransport:
    """Return the network transport to an origin, through the system's proxy if there is one."""
    return Network(proxy_for(origin))


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


def _without_query(record: logging.LogRecord) -> bool:
    # The query of "get a person by e-mail" has the e-mail. A logging.basicConfig(level=DEBUG)
    # overrides a level, but not a filter on the logger.
    if isinstance(record.args, tuple):
        record.args = tuple(map(_shown, record.args))
    return True


def _shown(argument: object) -> object:
    ours = isinstance(argument, httpx.URL) and argument.path.startswith((PEOPLE, QUERY))
    return argument.copy_with(query=None) if ours and isinstance(argument, httpx.URL) else argument
