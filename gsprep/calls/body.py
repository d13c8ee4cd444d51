"""Body of a reply, read and unpacked within a limit."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, cast

from gsprep.errors import ReplyError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import httpx

# The only encoding that is accepted; it is unpacked here piece by piece.
ACCEPTED = "gzip"
# Tells zlib to detect the header of gzip or of zlib.
_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS
_PACKED = frozenset({"gzip", "x-gzip", "deflate"})
_GZIP = b"\x1f\x8b"
_PIECE = 1024 * 1024
# A normal reply is one member; very many empty ones would take minutes to unpack.
_MOST_MEMBERS = 1_000


class PackingError(Exception):
    """A reply has an encoding that was not accepted, or is damaged."""


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
    packings = _packings(response)
    if len(packings) > 1 or not _PACKED.issuperset(packings):
        raise PackingError
    unpack = _Unpacker() if packings else None
    size = 0
    # The raw parts: the iterators of a response unpack whole parts, to any size.
    for part in cast("httpx.SyncByteStream", response.stream):
        came(len(part))
        # Packed bytes count too: empty members of gzip unpack to nothing.
        size += len(part)
        _check(size, largest)
        yield from (part,) if unpack is None else unpack(part)


def _packings(response: httpx.Response) -> list[str]:
    named = response.headers.get("Content-Encoding", "").lower().split(",")
    return [name for name in map(str.strip, named) if name not in {"", "identity"}]


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
