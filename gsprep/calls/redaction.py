"""Access key and replies kept out of messages and tracebacks."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, TypeVar

from gsprep.errors import UploadError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gsprep.settings import AccessKey

# No tenant has a shorter key; a reply could contain it by chance.
_SHORTEST = 8
# In a larger reply only the usual spellings of the key are searched.
_SMALL = 1024 * 1024
_CUT = b"***"


class Redaction:
    """Removes one key from bytes, in every way that JSON can write it."""

    def __init__(self, key: AccessKey) -> None:
        """Search for ``key``; the repr does not show it."""
        text = key.reveal()
        plain = json.dumps(text)[1:-1]
        self._forms = tuple(
            {one.encode() for one in (text, plain, plain.replace("/", "\\/"))}
            if len(text) >= _SHORTEST
            else ()
        )
        self._any = re.compile("".join(map(_written, text)).encode(), re.IGNORECASE)

    def __call__(self, content: bytes | bytearray) -> bytes | bytearray:
        """Return the content without the key; the same object if the key is not in it."""
        if not self._forms:
            return content
        if len(content) <= _SMALL:
            return self._any.sub(_CUT, content) if self._any.search(content) else content
        for form in self._forms:
            if form in content:
                content = content.replace(form, _CUT)
        return content


def _written(character: str) -> str:
    """Return a pattern of every way to write a character in JSON."""
    ways = {character, json.dumps(character)[1:-1], f"\\u{ord(character):04x}"}
    if character == "/":
        ways.add("\\/")
    return f"(?:{'|'.join(re.escape(way) for way in sorted(ways, key=len, reverse=True))})"


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
