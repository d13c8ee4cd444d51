"""Body of a reply, read and unpacked within a limit."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, cast

from gsprep.errors import ReplyError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import httpx

# What is asked for: one way of packing, which is unpacked here piece by piece.
ACCEPTED = "gzip"
# The headers of gzip and of zlib are told from one another.
_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS
_PACKED = frozenset({"gzip", "x-gzip", "deflate"})
_GZIP = b"\x1f\x8b"
_PIECE = 1024 * 1024
# A reply is one; so many that hold nothing would take minutes to unpack.
_MOST_MEMBERS = 1_000


class PackingError(Exception):
    """A reply is packed in a way that was not asked for, or is damaged."""


class _TooLargeError(Exception):
    """A reply has more bytes than it may."""


def read_body(
    response: httpx.Response, largest: int, came: Callable[[int], None]
) -> bytearray | ReplyError:
    """Return the bytes of a reply, unpacked; an error when they are more than ``largest``.

    The error is returned, so that no frame of its traceback holds what was read. ``came`` is
    called with the size of each part as it arrives. Raises PackingError.
    """
    # A file of results may be half a gigabyte, which would exist twice as bytes.
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
    # Parts as they come: the iterators of a response unpack whole parts, to any size.
    for part in cast("httpx.SyncByteStream", response.stream):
        came(len(part))
        # Also of what is nothing when it is unpacked, as empty members of gzip are.
        size += len(part)
        _check(size, largest)
        yield from (part,) if unpack is None else unpack(part)


def _packings(response: httpx.Response) -> list[str]:
    named = response.headers.get("Content-Encoding", "").lower().split(",")
    return [name for name in map(str.strip, named) if name not in {"", "identity"}]


class _Unpacker:
    """Takes the parts of a stream of gzip or zlib and gives what is in them, a piece at a time."""

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
        """Begin with another member, as in files that were joined."""
        self._members += 1
        if self._members > _MOST_MEMBERS:
            raise PackingError
        self._member = zlib.decompressobj(_GZIP_OR_ZLIB)

    def _piece(self, packed: bytes) -> bytes:
        try:
            return self._member.decompress(packed, _PIECE)
        except zlib.error:
            raise PackingError from None
