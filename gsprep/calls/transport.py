"""HTTP client that sends the access key to one origin.

httpx sends a custom header to any absolute address and across redirects, shows it in the
repr of a request, and logs whole addresses at INFO. So the key is added below httpx's own
requests, to a copy, and only for the configured origin.
"""

from __future__ import annotations

import base64
import json
import logging
import re
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, TypeVar, cast

import httpx

from gsprep.calls.endpoints import KEY_HEADER, PEOPLE, QUERY
from gsprep.calls.network import Network
from gsprep.errors import ReplyError, SettingsError, UploadError
from gsprep.settings import proxy_for

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gsprep.settings import AccessKey

# No tenant has a shorter key; a reply could contain it by chance.
_SHORTEST = 8
# In a larger reply only the usual spellings of the key are searched.
_SMALL = 1024 * 1024
_CUT = b"***"


class Redaction:
    """Removes one key from bytes in UTF-8, in every way that JSON can write it, or encoded."""

    def __init__(self, key: AccessKey) -> None:
        """Search for ``key``; the repr does not show it."""
        text = key.reveal()
        plain = json.dumps(text)[1:-1]
        self._forms = tuple(
            {one.encode() for one in (text, plain, plain.replace("/", "\\/"))}
            if len(text) >= _SHORTEST
            else ()
        )
        pattern = _UNSEEN.join(map(_written, text.lower()))
        self._encoded = _encoded(text.encode())
        # Most replies are looked through once, in lower case, which is faster.
        self._lower, self._any = re.compile(pattern), re.compile(pattern, re.IGNORECASE)

    def __call__(self, content: bytes | bytearray) -> bytes | bytearray:
        """Return the content without the key; the same object if the key is not in it."""
        if not self._forms:
            return content
        if len(content) <= _SMALL:
            lower = content.lower()
            for form in self._encoded:
                if form in lower:
                    content = re.sub(re.escape(form), _CUT, content, flags=re.IGNORECASE)
            return self._any.sub(_CUT, content) if self._lower.search(lower) else content
        for form in self._forms:
            if form in content:
                content = content.replace(form, _CUT)
        return content


# Blanks and characters that no one sees may be between any two of a key.
_UNSEEN = rb"(?:[^!-~]|\\u(?!00[2-7])[0-9a-f]{4}|\\[bfnrt]){0,12}"


def _written(character: str) -> bytes:
    """Return a pattern of every way to write a small letter in JSON, an address and HTML."""
    codes = {ord(character), ord(character.upper())}
    ways = {character, json.dumps(character)[1:-1]} | ({"\\/"} if character == "/" else set())
    for code in codes:
        ways |= {f"\\u{code:04x}", f"%{code:02x}", f"&#{code};", f"&#x{code:x};"}
    return f"(?:{'|'.join(map(re.escape, sorted(ways, key=len, reverse=True)))})".encode()


def _encoded(key: bytes) -> set[bytes]:
    """Return a key in hexadecimal and in Base64, in small letters, wherever it is in a text."""
    found = {key.hex().encode()}
    for before in range(3):
        whole = slice(-(-before * 8 // 6), (before + len(key)) * 8 // 6)
        coded = base64.b64encode(bytes(before) + key)[whole].lower()
        found |= {coded, coded.replace(b"+", b"-").replace(b"/", b"_")}
    return found


T = TypeVar("T")
E = TypeVar("E", bound=UploadError)


def without_frames(error: E) -> E:
    """Return an error without its traceback, cause and context."""
    error.__context__ = error.__cause__ = None
    return error.with_traceback(None)


def shielded(read: Callable[[], T]) -> T:
    """Return the result of ``read``; an UploadError is raised again without its frames."""
    try:
        return read()
    except UploadError as error:
        failure = without_frames(error)
    raise failure


def each_shielded(found: Iterator[T]) -> Iterator[T]:
    """Yield the items of ``found``; an UploadError is raised again without its frames."""
    failure: UploadError | None = None
    try:
        yield from found
    except UploadError as error:
        failure = without_frames(error)
    if failure is not None:
        raise failure


# The only encoding that is accepted; it is unpacked here piece by piece.
ACCEPTED = "gzip"
# Tells zlib to detect the header of gzip or of zlib.
_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS
_PACKED = frozenset({"gzip", "x-gzip", "deflate"})
_GZIP, _ZLIB = b"\x1f\x8b", b"\x78"
_PIECE = 1024 * 1024
# A normal reply is one member; very many empty ones would take minutes to unpack.
_MOST_MEMBERS = 1_000


class PackingError(Exception):
    """A packed reply is damaged."""


class _TooLargeError(Exception):
    """A reply has more bytes than allowed."""


def read_body(
    response: httpx.Response, largest: int, came: Callable[[int], None]
) -> bytearray | ReplyError:
    """Return the bytes of a reply, unpacked; an error if there are more than ``largest``.

    The error is returned, not raised, so that no frame of its traceback holds the bytes. ``came``
    is called with the size of each part when it arrives. Raises PackingError.
    """
    # A file of results may have half a gigabyte; bytes would need a second copy of it.
    content = bytearray()
    try:
        for part in _unpacked(response, largest, came):
            content += part
            _check(len(content), largest)
    except _TooLargeError:
        return ReplyError("the service's reply is too large to be a reply to this call")
    return content


def _check(size: int, largest: int) -> None:
    if size > largest:
        raise _TooLargeError


def _unpacked(
    response: httpx.Response, largest: int, came: Callable[[int], None]
) -> Iterator[bytes]:
    # Another encoding was not accepted, and is unpacked no further: the reply is not JSON then, but
    # its status counts. The first byte shows what is packed: proxies unpack a reply and leave its
    # header, and some services pack files without one.
    packed = response.headers.get("Content-Encoding", "").strip().lower() in _PACKED
    unpack: _Unpacker | None = None
    size = 0
    # The raw parts: the iterators of a response unpack whole parts, to any size.
    for part in cast("httpx.SyncByteStream", response.stream):
        came(len(part))
        # Packed bytes count too: empty members of gzip unpack to nothing.
        size += len(part)
        _check(size, largest)
        if size == len(part) and part.startswith((_GZIP[:1], _ZLIB) if packed else _GZIP[:1]):
            unpack = _Unpacker()
        yield from (part,) if unpack is None else unpack(part)


class _Unpacker:
    """Unpacks the parts of a gzip or zlib stream, one piece at a time."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(_GZIP_OR_ZLIB)
        self._members = 1

    def __call__(self, part: bytes) -> Iterator[bytes]:
        rest, piece = part, b""
        while rest or len(piece) == _PIECE:
            if self._member.eof:
                if not rest.startswith(_GZIP):
                    return
                self._begin()
            piece = self._piece(rest)
            yield piece
            rest = self._member.unused_data if self._member.eof else self._member.unconsumed_tail

    def _begin(self) -> None:
        """Begin the next member; concatenated files have several."""
        self._members += 1
        if self._members > _MOST_MEMBERS:
            raise PackingError
        self._member = zlib.decompressobj(_GZIP_OR_ZLIB)

    def _piece(self, packed: bytes) -> bytes:
        try:
            return self._member.decompress(packed, _PIECE)
        except zlib.error:
            raise PackingError from None


# The extension of a response with the function that removes the key from its body.
REDACT = "redact"


def sent_with(
    header: tuple[bytes, bytes],
    request: httpx.Request,
    inner: httpx.BaseTransport,
    redact: Callable[[bytes | bytearray], bytes | bytearray],
) -> httpx.Response:
    """Send a copy of a request with a secret header, and remove the secret from the reply.

    ``redact`` removes it from the headers here; the reader of the body does so there.
    """
    keyed = httpx.Request(
        request.method,
        request.url,
        headers=[*request.headers.raw, header],
        stream=request.stream,
        extensions=request.extensions,
    )
    response = inner.handle_request(keyed)
    given = response.headers.raw
    response.headers = httpx.Headers([(name, bytes(redact(value))) for name, value in given])
    # httpx logs the words after the status, which may name a person: without them it has its own.
    response.extensions.pop("reason_phrase", None)
    response.extensions[REDACT] = redact
    return response


class KeyedTransport(httpx.BaseTransport):
    """Adds the key to requests to one origin, and to no others."""

    def __init__(self, origin: str, key: AccessKey, inner: httpx.BaseTransport) -> None:
        """Wrap ``inner``, which sends the requests."""
        self._origin = origin_of(httpx.URL(origin))
        self._key = key
        self._redact = Redaction(key)
        self._inner = inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a copy of the request with the key."""
        if origin_of(request.url) != self._origin:
            return self._inner.handle_request(request)
        header = (KEY_HEADER.encode(), self._key.reveal().encode())
        return sent_with(header, request, self._inner, self._redact)

    def close(self) -> None:
        """Close the connections."""
        self._inner.close()


Transport = httpx.BaseTransport
# Adds a secret to the requests to an address, above the transport that sends them.
Keyed = Callable[[str, "AccessKey", httpx.BaseTransport], httpx.BaseTransport]


def http_client(
    address: str,
    key: AccessKey,
    timeout: float,
    inner: httpx.BaseTransport | None,
    keyed: Keyed = KeyedTransport,
) -> httpx.Client:
    """Return a client that follows no redirect and sends the key only to the origin of an address.

    ``timeout`` is the longest silence in seconds. Without ``inner`` it uses the network, through
    the system's proxy if there is one; certificates are always verified. ``keyed`` adds the key.
    """
    logging.getLogger("httpx").addFilter(_without_query)
    return httpx.Client(
        transport=keyed(address, key, inner or network(address)),
        base_url=address,
        # One encoding at most: nested encodings could unpack to any size.
        headers={"Accept-Encoding": ACCEPTED},
        timeout=httpx.Timeout(timeout, connect=min(timeout, 10.0)),
        follow_redirects=False,
        trust_env=False,
    )


def network(origin: str) -> httpx.BaseTransport:
    """Return the network transport to an origin, through the system's proxy if there is one."""
    logging.getLogger("httpcore.http11").addFilter(_without_headers)
    return Network(origin, proxy_for(origin))


def origin_of(url: httpx.URL) -> tuple[str, str, int | None]:
    """Return the origin of an address: scheme, host and port."""
    return url.scheme, url.host, url.port


def _without_query(record: logging.LogRecord) -> bool:
    # The query of "get a person by e-mail" has the e-mail. A logging.basicConfig(level=DEBUG)
    # overrides a level, but not a filter on the logger.
    if isinstance(record.args, tuple):
        record.args = tuple(map(_shown, record.args))
    return True


# What httpcore logs of a reply: its headers, or the line that is no header. Either may repeat the
# key, or name a person in an address.
_RECEIVED = re.compile(
    r"(receive_response_\w+\.(?:complete return_value=\(b'HTTP/[0-9.]+', [0-9]+|failed \w+=\w+)).*",
    re.DOTALL,
)


def _without_headers(record: logging.LogRecord) -> bool:
    if isinstance(record.msg, str):
        record.msg = _RECEIVED.sub(r"\1 …", record.msg)
    return True


def _shown(argument: object) -> object:
    ours = isinstance(argument, httpx.URL) and argument.path.startswith((PEOPLE, QUERY))
    return argument.copy_with(query=None) if ours and isinstance(argument, httpx.URL) else argument


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


# A Date header cuts off fractions of a second: half a second on average.
_LEFT_OUT = 0.5


@dataclass(frozen=True, slots=True)
class ClockReading:
    """Times measured with one reply.

    Attributes:
        seconds: from the request to the head of the reply.
        ahead: how many seconds this machine's clock is ahead of the service's; None if the reply
            has no Date.
    """

    seconds: float
    ahead: float | None


class ClockProbe(httpx.BaseTransport):
    """Passes requests on; ``last`` is the reading of the latest reply, None before the first."""

    def __init__(self, inner: httpx.BaseTransport, now: Callable[[], float] = time.time) -> None:
        """Wrap ``inner``, which sends the requests; ``now`` returns the time of day (epoch)."""
        self._inner = inner
        self._now = now
        self.last: ClockReading | None = None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request and measure the reply."""
        before = self._now()
        response = self._inner.handle_request(request)
        after = self._now()
        there = _date(response.headers.get("Date"))
        # The service wrote its time at some moment between the two.
        ahead = None if there is None else (before + after) / 2 - there - _LEFT_OUT
        self.last = ClockReading(after - before, ahead)
        return response

    def close(self) -> None:
        """Close the connections."""
        self._inner.close()


def _date(text: str | None) -> float | None:
    try:
        return None if text is None else parsedate_to_datetime(text).timestamp()
    except ValueError:
        return None
