"""Bytes to text: which encoding a file has, and what was assumed when it does not say."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from typing import TYPE_CHECKING

from charset_normalizer import from_bytes

from gsprep.errors import TableError
from gsprep.tables.spoiled import lower_only, spoiled_share, turkish_as_western

if TYPE_CHECKING:
    from pathlib import Path

SAVE_AS_UTF8 = 'Save the file as "CSV UTF-8" and read it again.'

# UTF-32 stands first: its mark begins with the one of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# What spreadsheets and exports write where they do not write UTF-8, the usual ones first.
_LEGACY = (
    "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp1258", "cp874",
    "cp932", "gb18030", "big5", "cp949", "euc_jp", "koi8_r", "cp850", "cp852", "cp866",
    "mac_roman", "iso8859_2", "iso8859_15",
)  # fmt: skip
# A tenth of the accented words may look odd before Western European is given up.
_SUSPICIOUS = 0.1
_SAMPLE = 64_000
_ENDS = b",;\t|\r\n"
_REPLACEMENT = "\ufffd"


@dataclass(frozen=True, slots=True)
class Decoded:
    """The text of a file without its byte order mark, and what was assumed about it."""

    text: str
    notes: tuple[str, ...] = ()


def decode(path: Path, data: bytes) -> Decoded:
    """Return the text of a file in any usual encoding; UTF-8 needs no note.

    Raises TableError when no encoding fits, when two are mixed, and for NUL characters.
    """
    mark, marked = next(((m, e) for m, e in _MARKS if data.startswith(m)), (b"", None))
    body = data[len(mark) :]
    encoding = marked or _wide_without_mark(body)
    decoded = _strictly(path, body, encoding) if encoding else _unmarked(path, body)
    place = decoded.text.find("\0")
    if place >= 0:
        raise TableError(
            path,
            "a NUL character, which text never holds",
            "Export the file again; it may be damaged or no text at all.",
            line=line_at(decoded.text, place),
        )
    # A file that was marked twice keeps the second mark in its first header.
    return Decoded(decoded.text.lstrip("\ufeff"), decoded.notes)


def line_at(text: str, place: int) -> int:
    """Return the line, counted from 1, of a place in the text; CR, LF and CRLF end lines."""
    before = text[:place]
    return 1 + before.count("\n") + before.count("\r") - before.count("\r\n")


def _strictly(path: Path, body: bytes, encoding: str) -> Decoded:
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError as failure:
        line = line_at(body[: failure.start].decode(encoding, "replace"), len(body))
        raise TableError(
            path, f"its bytes are not {encoding.upper()}, as its beginning says",
            SAVE_AS_UTF8, line=line,
        ) from failure  # fmt: skip
    return Decoded(text, () if encoding == "utf-8" else (_assumed(encoding),))


def _unmarked(path: Path, body: bytes) -> Decoded:
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as failure:
        _refuse_mixture(path, body, failure)
        return _legacy(path, body)
    lost = text.count(_REPLACEMENT)
    note = f"{lost} character(s) were lost before (they stand as \ufffd): export the file again"
    return Decoded(text, (note,) if lost else ())


def _refuse_mixture(path: Path, body: bytes, failure: UnicodeDecodeError) -> None:
    # Text of another encoding hardly ever holds valid UTF-8 sequences, so many of them tell.
    lenient = body.decode("utf-8", "replace")
    bad = lenient.count(_REPLACEMENT)
    good = sum(not character.isascii() for character in lenient) - bad
    if good > bad:
        raise TableError(
            path,
            "most of the file is UTF-8, but this line is not",
            "Two files of different encodings may have been joined: mend the line, "
            'or save both as "CSV UTF-8" first.',
            line=line_at(lenient, len(body[: failure.start].decode("utf-8"))),
        ) from failure


def _legacy(path: Path, body: bytes) -> Decoded:
    for encoding in _likely(body):
        try:
            return Decoded(body.decode(encoding), (_assumed(encoding),))
        except UnicodeDecodeError:
            continue
    raise TableError(path, "its encoding is not known", SAVE_AS_UTF8)


def _likely(body: bytes) -> list[str]:
    # Short names tell little about a language: Western European stands unless words speak
    # against it, and what the detector ranks first wins only among equally good readings.
    sample = _telling_lines(body)
    if _oddness(sample, "cp1252")[0] <= _SUSPICIOUS:
        turkish = turkish_as_western(sample.decode("cp1252"))
        return ["cp1254" if turkish else "cp1252", *_LEGACY]
    ranked = [match.encoding for match in from_bytes(sample, cp_isolation=list(_LEGACY))]
    order = list(dict.fromkeys([*ranked, *_LEGACY, "cp1252"]))
    return sorted(order, key=lambda encoding: _oddness(sample, encoding))


def _oddness(sample: bytes, encoding: str) -> tuple[float, bool]:
    try:
        text = sample.decode(encoding)
    except UnicodeDecodeError:
        return (2.0, True)
    return (spoiled_share(text), lower_only(text))


def _telling_lines(body: bytes) -> bytes:
    telling: dict[bytes, None] = {}
    size = 0
    for line in body.splitlines():
        if not line.isascii() and line not in telling:
            telling[line] = None
            size += len(line)
        if size > _SAMPLE:
            break
    return b"\n".join(telling)


def _wide_without_mark(body: bytes) -> str | None:
    head = body[:4096]
    if b"\0" not in head:
        return None
    for encoding, width, place in (
        ("utf-32-le", 4, 0), ("utf-32-be", 4, 3), ("utf-16-le", 2, 0), ("utf-16-be", 2, 1),
    ):  # fmt: skip
        if _plain_at(head, width, place) and len(body) % width == 0:
            return encoding
    return None


def _plain_at(head: bytes, width: int, place: int) -> bool:
    # Between and after cells stand these, and only a wide encoding spreads them over NULs.
    wide = {bytes(place) + bytes([end]) + bytes(width - 1 - place) for end in _ENDS}
    starts = range(0, len(head) - width + 1, width)
    found = sum(head[start : start + width] in wide for start in starts)
    return found > 0 and 2 * found >= sum(map(head.count, _ENDS))


def _assumed(encoding: str) -> str:
    return f'read as {encoding.upper()}: if names look wrong, save the file as "CSV UTF-8"'
