"""What a workbook claims about itself: readers make room for it before they read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.parsers import expat

if TYPE_CHECKING:
    import zipfile

# A shared text takes at least so many bytes: <si/>.
_SHORTEST_TEXT = 5
# Some programs count every cell with text, not the different texts: room for so many is made.
_HARMLESS = 5_000_000
_MOST_DIGITS = 12
# Of these parts a tree is made in memory: those of large workbooks have a megabyte or two.
_TREES = frozenset({"xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml"})
_LARGEST_TREE = 16_000_000
_TEXTS = "xl/sharedstrings.xml"
# A list of texts, or what has a prefix too long to be seen whole.
_LIST = re.compile(rb"<(?:[^<>\s/]{1,200}:)?sst[\s/>]|[^<>\s]{200}:sst[\s/>]")
_OVERLAP = 256
_PIECE = 1024 * 1024


def is_plausible(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bool:
    """Return whether a part is no larger than such parts are and has the texts that it claims."""
    name = entry.filename.lower()
    if name in _TREES:
        return entry.file_size <= _LARGEST_TREE
    if not name.endswith(_TEXTS):
        return True
    return _texts_are(archive, entry)


def _texts_are(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bool:
    """Return whether a part is one list of as many texts as it can hold."""
    first, lists, tail = _First(), 0, b""
    with archive.open(entry) as stream:
        while piece := stream.read(_PIECE):
            first.feed(piece)
            # The reader makes room again for each list that begins.
            lists += len(_LIST.findall(tail + piece)) - len(_LIST.findall(tail))
            tail = (tail + piece)[-_OVERLAP:]
    claimed = first.attributes.get("uniqueCount")
    return first.name == "sst" and lists <= 1 and _fits(claimed, entry.file_size)


def _fits(claimed: str | None, size: int) -> bool:
    text = (claimed or "0").strip()
    if not text.isdecimal() or len(text) > _MOST_DIGITS:
        return False
    return int(text) <= max(size // _SHORTEST_TEXT, _HARMLESS)


class _First:
    """The first element of a part: its name without prefix, and its attributes."""

    def __init__(self) -> None:
        self.name = ""
        self.attributes: dict[str, str] = {}
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._begin
        self._parser.StartDoctypeDeclHandler = self._refuse

    def feed(self, piece: bytes) -> None:
        if self.name:
            return
        try:
            self._parser.Parse(piece)
        except expat.ExpatError:
            # Such a part is refused: no reader would understand it.
            self.name = "?"

    def _begin(self, name: str, attributes: dict[str, str]) -> None:
        if not self.name:
            self.name, self.attributes = name.rpartition(":")[2], attributes

    def _refuse(self, *_: object) -> None:
        self.name = self.name or "?"
