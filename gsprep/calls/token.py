"""HTTP client of systems that give tokens to a client id and secret (OAuth 2.0).

The token is asked for below the caller, when a call needs one: before it expires, and once more
when a call is refused with 401, since a system may end a token before its time.
"""

from __future__ import annotations

import json
import threading
import time
from typing import TYPE_CHECKING, Any

import httpx

from gsprep.calls.transport import PackingError, Redaction, origin_of, read_body, sent_with
from gsprep.errors import AccessKeyError, ReplyError, SettingsError
from gsprep.settings import AccessKey

if TYPE_CHECKING:
    from collections.abc import Callable

# RFC 6749, "Client Credentials Grant"; the path is that of the "Community API" document.
_PATH = "/oauth2/token"
_LARGEST = 64 * 1024
# A new token is asked for this many seconds before the old one expires, or after half its time.
_EARLY = 60.0
# RFC 6749, "Access Token Response": expires_in may be missing.
_USUAL = 600.0
_AGAIN = frozenset({408, 429})
_FAULT = 500


class TokenTransport(httpx.BaseTransport):
    """Adds a token to the requests to one origin, and to no others.

    The key is a client id, a colon and a client secret.
    """

    def __init__(
        self,
        address: str,
        key: AccessKey,
        inner: httpx.BaseTransport,
        *,
        now: Callable[[], float] = time.time,
    ) -> None:
        """Wrap ``inner``, which sends the requests; SettingsError for a key without a colon."""
        self._client_id, colon, secret = key.reveal().partition(":")
        if not (self._client_id and colon and secret):
            raise SettingsError(
                "the secret of this connection must be a client id, a colon and a client secret, "
                "as in ID:SECRET"
            )
        self._url = httpx.URL(address.rstrip("/") + _PATH)
        self._secret = AccessKey(secret)
        self._inner, self._now = inner, now
        self._lock = threading.Lock()
        self._token: AccessKey | None = None
        self._until = 0.0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a copy of the request with a token; a refused token is replaced once."""
        if origin_of(request.url) != origin_of(self._url):
            return self._inner.handle_request(request)
        token = self._valid(request)
        if isinstance(token, httpx.Response):
            return token
        response = self._sent(request, token)
        if response.status_code != httpx.codes.UNAUTHORIZED:
            return response
        response.close()
        token = self._valid(request, refused=token)
        return token if isinstance(token, httpx.Response) else self._sent(request, token)

    def close(self) -> None:
        """Close the connections."""
        self._inner.close()

    def _sent(self, request: httpx.Request, token: AccessKey) -> httpx.Response:
        of_token, of_secret = Redaction(token), Redaction(self._secret)

        def redact(content: bytes | bytearray) -> bytes | bytearray:
            return of_secret(of_token(content))

        header = (b"Authorization", b"Bearer " + token.reveal().encode())
        return sent_with(header, request, self._inner, redact)

    def _valid(
        self, request: httpx.Request, refused: AccessKey | None = None
    ) -> AccessKey | httpx.Response:
        """Return a token other than the refused one, or a reply that asks to try again later."""
        with self._lock:
            if self._token is not None and self._token is not refused and self._now() < self._until:
                return self._token
            asked = httpx.Request(
                "POST",
                self._url,
                headers={"Accept": "application/json", "Accept-Encoding": "identity"},
                data={
                    "grant_type": "client_credentials", "scope": "read",
                    "client_id": self._client_id, "client_secret": self._secret.reveal(),
                },
                extensions=request.extensions,
            )  # fmt: skip
            response = self._inner.handle_request(asked)
            if response.status_code in _AGAIN or response.status_code >= _FAULT:
                return response
            try:
                self._token, seconds = _token_of(response)
            finally:
                response.close()
            self._until = self._now() + max(seconds - _EARLY, seconds / 2)
            return self._token


def _token_of(response: httpx.Response) -> tuple[AccessKey, float]:
    """Return the token of a reply and the seconds it is valid; no error shows the reply."""
    status = response.status_code
    if status in (400, 401, 403):
        raise AccessKeyError(
            f"the system refused the client id and secret (HTTP {status}): check both, and make "
            "new ones if they were revoked"
        )
    if not response.is_success:
        raise SettingsError(
            f"the address gives no tokens (HTTP {status}): check the address of the connection"
        )
    body = _body(response)
    token, seconds = body.get("access_token"), body.get("expires_in", _USUAL)
    is_time = isinstance(seconds, int | float) and not isinstance(seconds, bool) and seconds > 0
    if not isinstance(token, str) or not token:
        raise ReplyError("the system's reply has no token: check the address of the connection")
    return AccessKey(token), float(seconds) if is_time else _USUAL


def _body(response: httpx.Response) -> dict[str, Any]:
    try:
        content = read_body(response, _LARGEST, lambda _: None)
        body = None if isinstance(content, ReplyError) else json.loads(content)
    except (ValueError, RecursionError, PackingError):
        body = None
    return body if isinstance(body, dict) else {}
