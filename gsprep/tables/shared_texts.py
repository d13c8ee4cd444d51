"""Shared texts of a workbook: their number and total length."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.parsers import expat

import numpy as np

if TYPE_CHECKING:
    import zipfile
    from collections.abc import Iterator

# A shared text takes at least so many bytes: <si/>.
_SHORTEST_TEXT = 5
# Some programs count every cell with text, not the different texts: room for so many is made.
_HARMLESS = 5_000_000
_MOST_DIGITS = 12
_TEXTS = "xl/sharedstrings.xml"
# A list of texts, or what has a prefix too long to be seen whole.
_LIST = re.compile(rb"<(?:[^<>\s/]{1,200}:)?sst[\s/>]|[^<>\s]{200}:sst[\s/>]")
_LIST_OVERLAP = 256
_PIECE = 1024 * 1024


def is_plausible(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bool:
    """Return whether a part, if it is that of the shared texts, has as many as it claims."""
    return not entry.filename.lower().endswith(_TEXTS) or _texts_are(archive, entry)


def _texts_are(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bool:
    """Return whether a part is one list of as many texts as it can hold."""
    first, lists, tail = _FirstElement(), 0, b""
    with archive.open(entry) as stream:
        while piece := stream.read(_PIECE):
            first.feed(piece)
            # The reader makes room again for each list that begins.
            lists += len(_LIST.findall(tail + piece)) - len(_LIST.findall(tail))
            tail = (tail + piece)[-_LIST_OVERLAP:]
    claimed = first.attributes.get("uniqueCount")
    return first.name == "sst" and lists <= 1 and _is_claim_possible(claimed, entry.file_size)


def _is_claim_possible(claimed: str | None, size: int) -> bool:
    text = (claimed or "0").strip()
    if not text.isdecimal() or len(text) > _MOST_DIGITS:
        return False
    return int(text) <= max(size // _SHORTEST_TEXT, _HARMLESS)


class _FirstElement:
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


# The declaration of the part begins within so many bytes.
_DECLARATION = 8
_OF_TEXT = re.compile(
    rb"""<(?:[\w.-]+:)?c\s[^<>]{0,200}?\bt\s*=\s*["']s["'][^<>]{0,200}>\s*"""
    rb"""<(?:[\w.-]+:)?v(?:\s[^<>]{0,200})?>\s*([0-9]{1,9})\s*<"""
)
_END = re.compile(rb"</(?:[^<>\s:]{1,200}:)?si\s*>")


def references_in(chunk: bytes) -> int:
    """Return how many cells of a piece of a sheet refer to a shared text, or a few more."""
    return chunk.count(b'"s"') + chunk.count(b"'s'")


def texts_in_cells(archive: zipfile.ZipFile, references: int, enough: int) -> int:
    """Return at most how many bytes of shared texts all cells hold, roughly if few.

    First from the number of cells that refer to a text and the longest text, which is quick; only
    where that is more than ``enough`` the texts of the cells are added up.
    """
    parts = [one for one in archive.infolist() if one.filename.lower().endswith(_TEXTS)]
    bound = references * max((part.file_size for part in parts), default=0)
    if bound > enough:
        longest = max(_longest(archive, part) for part in parts)
        bound = references * longest
    if bound > enough and len(parts) == 1:
        bound = _added_up(archive, np.array(_Lengths.of(archive, parts[0])), longest)
    return bound


def _pieces(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[tuple[int, bytes]]:
    """Yield the pieces of a part, each after the end of the one before, with its place."""
    tail, at = b"", 0
    with archive.open(entry) as stream:
        while fresh := stream.read(_PIECE):
            yield at - len(tail), tail + fresh
            at += len(fresh)
            tail = (tail + fresh)[-_LIST_OVERLAP:]


def _longest(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> int:
    """Return at most the bytes of the longest text: from the end of one to the end of the next."""
    longest = last = 0
    for at, piece in _pieces(archive, entry):
        # In a comment or a literal an end is none, and then any text may be as long as all.
        if b"<!" in piece or b"<?" in piece[0 if at else _DECLARATION :]:
            return entry.file_size
        for found in _END.finditer(piece):
            longest, last = max(longest, at + found.start() - last), at + found.start()
    return max(longest, entry.file_size - last)


def _added_up(archive: zipfile.ZipFile, lengths: np.ndarray, longest: int) -> int:
    """Return the bytes of the texts of all cells; one that cannot be told has the longest."""
    total = 0
    for entry in archive.infolist():
        if entry.filename.lower().endswith(_TEXTS):
            continue
        for _, piece in _pieces(archive, entry):
            named = np.array(_OF_TEXT.findall(piece), dtype="S9").astype(np.int64)
            known = named[named < len(lengths)]
            total += int(lengths[known].sum())
            total += max(0, references_in(piece) - len(named)) * longest
    return total


class _Lengths:
    """The bytes of each shared text, in their order."""

    def __init__(self) -> None:
        self.found: list[int] = []
        self._open = 0
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._begin
        self._parser.CharacterDataHandler = self._see
        self._parser.EndElementHandler = self._end

    @classmethod
    def of(cls, archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> list[int]:
        lengths = cls()
        with archive.open(entry) as stream:
            while piece := stream.read(_PIECE):
                try:
                    lengths._parser.Parse(piece)
                except expat.ExpatError:
                    # The reader makes what it can of it: no more than there is.
                    lengths.found.append(entry.file_size)
                    break
        return lengths.found

    def _begin(self, name: str, _: object) -> None:
        if name.rpartition(":")[2] == "si":
            self._open = 0

    def _see(self, text: str) -> None:
        self._open += len(text.encode(errors="replace"))

    def _end(self, name: str) -> None:
        if name.rpartition(":")[2] == "si":
            self.found.append(self._open)
