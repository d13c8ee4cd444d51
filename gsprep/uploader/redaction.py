"""The access key taken out of what a service says: some quote it in their messages."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gsprep.settings import AccessKey

# A shorter key is none of a tenant's; words of a reply may hold it by chance.
_SHORTEST = 8
# In a larger reply only the usual ways to write the key are looked for.
_SMALL = 1024 * 1024
_CUT = b"***"


class Redaction:
    """Takes one key out of bytes, however JSON may write it."""

    def __init__(self, key: AccessKey) -> None:
        """Look for ``key``, which does not appear in the repr."""
        text = key.reveal()
        plain = json.dumps(text)[1:-1]
        self._forms = tuple(
            {one.encode() for one in (text, plain, plain.replace("/", "\\/"))}
            if len(text) >= _SHORTEST
            else ()
        )
        self._any = re.compile("".join(map(_written, text)).encode(), re.IGNORECASE)

    def __call__(self, content: bytes | bytearray) -> bytes | bytearray:
        """Return the content without the key: itself when the key is not in it."""
        if not self._forms:
            return content
        if len(content) <= _SMALL:
            return self._any.sub(_CUT, content) if self._any.search(content) else content
        for form in self._forms:
            if form in content:
                content = content.replace(form, _CUT)
        return content


def _written(character: str) -> str:
    """Return a pattern of the ways in which JSON may write a character."""
    ways = {character, json.dumps(character)[1:-1], f"\\u{ord(character):04x}"}
    if character == "/":
        ways.add("\\/")
    return f"(?:{'|'.join(re.escape(way) for way in sorted(ways, key=len, reverse=True))})"
