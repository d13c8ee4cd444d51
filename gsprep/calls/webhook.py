"""Post of one JSON document to an address that is a secret."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx

from gsprep.calls.transport import network
from gsprep.errors import SettingsError, UploadError

if TYPE_CHECKING:
    from collections.abc import Mapping

_SECONDS = 10.0
_TIMEOUT = dict.fromkeys(("connect", "read", "write", "pool"), _SECONDS)
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def post_document(address: str, document: Mapping[str, Any]) -> None:
    """Post a document once; no redirect is followed.

    Raises SettingsError for what is no https address (http is for loopback), UploadError if it is
    not taken. No message shows the address, and it is not logged: its path is often a secret.
    """
    try:
        url = httpx.URL(address.strip())
    except (httpx.InvalidURL, ValueError):
        raise _no_address() from None
    if not url.host or (
        url.scheme != "https" and (url.scheme, url.host in _LOOPBACK) != ("http", True)
    ):
        raise _no_address()
    request = httpx.Request(
        "POST",
        url,
        content=json.dumps(document).encode(),
        headers={"Content-Type": "application/json"},
        extensions={"timeout": _TIMEOUT},
    )
    origin = f"{url.scheme}://{url.netloc.decode('ascii')}"
    # A client would log the whole address: the transport below it does not.
    with network(origin) as transport:
        try:
            response = transport.handle_request(request)
            response.close()
        except httpx.HTTPError as failure:
            raise UploadError(f"no reply ({type(failure).__name__})") from None
    if not response.is_success:
        raise UploadError(f"it replied with HTTP {response.status_code}")


def _no_address() -> SettingsError:
    return SettingsError("the address of an alert must be an https address: check its variable")
