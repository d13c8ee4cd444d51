"""A file of results taken apart as it is read: some entries at a time, never all of it.

Its JSON may be half a gigabyte, and its shape is the service's: see ``chunks``.
"""

from __future__ import annotations

import codecs
import json
import re
from typing import TYPE_CHECKING, Any

import orjson

from gsprep.errors import ReplyError

if TYPE_CHECKING:
    from collections.abc import Iterator

# A file as it came: what was gathered part by part is not copied for its type.
Content = bytes | bytearray
_DECODER = json.JSONDecoder()
_BLANKS = re.compile(r"[ \t\n\r]*")
# How an object begins: its first name is what tells entries of a list from what is within them.
_OPENING = re.compile(r'\{[ \t\n\r]*"[A-Za-z_]{1,64}"')
_PART = 1024 * 1024
# So much is read at a glance: more leaves the processor's cache before it is looked at.
_GLANCE = 64 * 1024
# A record with hundreds of associations stays far below.
_LARGEST_RECORD = 16 * _PART


class _Text:
    """A JSON document read from the left, of which a part at a time stands in memory as text."""

    def __init__(self, content: Content) -> None:
        self._parts = _decoded(content)
        self._text = ""
        self._at = 0
        self._at_a_glance = True

    def next(self) -> str:
        """Return the next character that is no blank, and stay before it."""
        while True:
            blanks = _BLANKS.match(self._text, self._at)
            self._at = blanks.end() if blanks else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            self._read_on()

    def skip(self, expected: str) -> None:
        """Go past a character; ReplyError when another stands there."""
        if self.next() != expected:
            raise _unreadable()
        self._at += 1

    def value(self) -> Any:
        """Go past a value and return it."""
        self.next()
        while True:
            end = len(self._text)
            try:
                value, end = _DECODER.raw_decode(self._text, self._at)
            except ValueError:
                value = None
            except RecursionError:
                raise _unreadable() from None
            # At the end of a part a number may be cut in two; no value ends a document.
            if end < len(self._text):
                self._at = end
                return value
            self._read_on()

    def several(self) -> list[Any]:
        """Go past entries of a list and the comma behind each, and return them; none if in doubt.

        Entries begin alike, so the last such beginning in the part ends the others. A wrong guess
        is no JSON: only what is one entry after the other, each whole, is a list in brackets. What
        orjson refuses (NaN, half a character) is left to be read one by one.
        """
        opening = _OPENING.match(self._text, self._at) if self._at_a_glance else None
        end = self._text.rfind(opening[0], opening.end(), self._at + _GLANCE) if opening else -1
        entries = self._text[self._at : end].rstrip(" \t\n\r") if end > 0 else ""
        if not entries.endswith(","):
            return []
        try:
            found: list[Any] = orjson.loads(f"[{entries[:-1]}]")
        except ValueError:
            self._at_a_glance = False
            return []
        self._at = end
        return found

    def _read_on(self) -> None:
        if len(self._text) - self._at > _LARGEST_RECORD:
            raise _unreadable()
        part = next(self._parts, None)
        if part is None:
            raise _unreadable()
        self._text = self._text[self._at :] + part
        self._at = 0
        self._at_a_glance = True


def _decoded(content: Content) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    for start in range(0, len(content), _PART):
        try:
            yield decoder.decode(content[start : start + _PART])
        except UnicodeDecodeError:
            raise _unreadable() from None


class TornFileError(ReplyError):
    """A file of results is not JSON, or not whole; asked for again it may be."""


def _unreadable() -> TornFileError:
    return TornFileError("a file of results is not JSON, or not whole: ask for it again later")


def members(content: Content) -> Iterator[tuple[str, list[Any]]]:
    """Yield the members of a file in their order; of ``records`` some entries at a time.

    >>> list(members(b'{"totalCount": 2, "records": [{"rowNumber": 1}, {}]}'))
    [('totalCount', [2]), ('records', [{'rowNumber': 1}]), ('records', [{}])]
    """
    text = _Text(content)
    text.skip("{")
    while text.next() != "}":
        name = text.value()
        text.skip(":")
        if name == "records" and text.next() == "[":
            for entries in _entries(text):
                yield name, entries
        else:
            yield name, [text.value()]
        if text.next() != "}":
            text.skip(",")


def _entries(text: _Text) -> Iterator[list[Any]]:
    text.skip("[")
    while text.next() != "]":
        yield [text.value()]
        if text.next() != "]":
            text.skip(",")
            while text.next() and (entries := text.several()):
                yield entries
    text.skip("]")
