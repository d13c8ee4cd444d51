"""The character encoding of a text file."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from gsprep.display import few, plural
from gsprep.errors import InputError, TableError
from gsprep.lazy import lazy_module
from gsprep.tables.languages import (
    LANGUAGES,
    OF_OTHER_SYSTEMS,
    SHORTEST,
    WORD,
    garbled_share,
    is_mark,
    is_spoiled,
    languages_of,
    lower_only,
    turkish_as_western,
)
from gsprep.values.text import unscrambled

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import charset_normalizer
else:
    charset_normalizer = lazy_module("charset_normalizer")

HOW = "--encoding (encoding= in Python)"
SAVE_AS_UTF8 = 'Save the file as "CSV UTF-8" and read it again.'

# UTF-32 first: its mark begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Encodings other than UTF-8 that spreadsheets and exports write, the usual ones first.
_LEGACY = (
    "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp1258", "cp874",
    "cp932", "gb18030", "big5", "cp949", "euc_jp", "koi8_r", "cp850", "cp852", "cp866",
    "mac_roman", "iso8859_2", "iso8859_15",
)  # fmt: skip
_WESTERN = "cp1252"
# In UTF-8 the bytes of a sequence are behind ASCII, its first and its following ones apart.
_BEHIND_ASCII, _BEHIND_FOLLOWING, _FIRST_LEAD, _LAST_LEAD = 0x80, 0xC0, 0xC2, 0xF4
# Files in other encodings are rare enough not to warn of them.
_OF_WINDOWS = (_WESTERN, "cp1250", "cp1257")
# The cost of a word of another language than the main one, and the most for all words together.
_WORDS = 500
_OTHER_LANGUAGE, _MOST_COST = 0.3, 0.35
# Romanian letters with comma and cedilla are the same bytes.
_ALIKE = str.maketrans("\u0218\u0219\u021a\u021b", "\u015e\u015f\u0162\u0163")
# A tenth of the accented words may look odd before Western European is given up.
_SUSPICIOUS = 0.1
_SAMPLE = 64_000
_ENDS = b",;\t|\r\n"
# An accented letter of a Western language in UTF-7.
_UTF_7 = re.compile(r"\+A[M-P][A-Za-z0-9+/]-(?![\w.+-]*@)")
_AS_UTF_7 = "--encoding utf-7 (encoding= in Python)"
_REPLACEMENT = "\ufffd"


@dataclass(frozen=True, slots=True)
class Decoded:
    """The text of a file without its byte order mark, and what was assumed about it."""

    text: str
    notes: tuple[str, ...] = ()
    encoding: str = "utf-8"


def decode(path: Path | str, data: bytes, encoding: str | None = None) -> Decoded:
    """Return the text of a file in any usual encoding; UTF-8 needs no note.

    ``encoding`` is the name of the encoding, if it is known. Raises InputError for a name that is
    no encoding, and TableError if no encoding fits, if two are mixed, and for NUL characters.
    """
    decoded = _decoded(path, data) if encoding is None else _as_named(path, data, encoding)
    place = decoded.text.find("\0")
    if place >= 0:
        raise TableError(
            path,
            "a NUL character, which text never holds",
            "Export the file again; it may be damaged or no text at all.",
            line=line_at(decoded.text, place),
        )
    # A file that was marked twice keeps the second mark in its first header; DOS ends it with SUB.
    return replace(decoded, text=decoded.text.lstrip("\ufeff").rstrip("\x1a"))


def _as_named(path: Path | str, data: bytes, encoding: str) -> Decoded:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as failure:
        raise TableError(
            path, f"this line is not {shown_encoding(encoding)}", f"Change or omit {HOW}.",
            line=line_at(data[: failure.start].decode(encoding, "replace")),
        ) from None  # fmt: skip
    except (LookupError, ValueError):
        raise InputError(
            f"{encoding!r} is not an encoding: write one such as utf-8, cp1250 or iso-8859-2"
        ) from None
    return Decoded(text, (), encoding)


def shown_encoding(encoding: str) -> str:
    """Return the usual name of an encoding."""
    return encoding.upper().replace("ISO8859_", "ISO-8859-")


def _decoded(path: Path | str, data: bytes) -> Decoded:
    mark, marked = next(((m, e) for m, e in _MARKS if data.startswith(m)), (b"", None))
    body = data[len(mark) :]
    encoding = marked or _wide_without_mark(body)
    if not encoding:
        return _unmarked(path, body)
    told = () if encoding == "utf-8" else (f"read as {shown_encoding(encoding)}, as its mark says",)
    decoded = _strictly(path, body, encoding)
    return replace(decoded, notes=told) if marked else decoded


def line_at(text: str, place: int | None = None) -> int:
    """Return the line, counted from 1, of a place in the text or of its end; CR or LF ends one."""
    before = text[:place]
    return 1 + before.count("\n") + before.count("\r") - before.count("\r\n")


def _strictly(path: Path | str, body: bytes, encoding: str) -> Decoded:
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError as failure:
        line = line_at(body[: failure.start].decode(encoding, "replace"))
        raise TableError(
            path, f"its bytes are not {encoding.upper()}, as its beginning says",
            SAVE_AS_UTF8, line=line,
        ) from failure  # fmt: skip
    return Decoded(text, () if encoding == "utf-8" else (_assumed(encoding),), encoding)


def _unmarked(path: Path | str, body: bytes) -> Decoded:
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as failure:
        _refuse_mixture(path, body, failure)
        return _legacy(path, body)
    lost = text.count(_REPLACEMENT)
    were = plural(lost, "character was", "characters were")
    notes = [f"{lost} {were} lost before (shown as \ufffd): export the file again"] if lost else []
    if _UTF_7.search(text):
        notes.append(
            f"letters such as \u00fc are written as +APw-, which is UTF-7: use {_AS_UTF_7}"
        )
    return Decoded(text, tuple(notes))


def _refuse_mixture(path: Path | str, body: bytes, failure: UnicodeDecodeError) -> None:
    # Text of another encoding hardly ever holds valid UTF-8 sequences, so many of them prove UTF-8.
    # One ends where ASCII begins: of that, the character behind other bytes is enough.
    letters = np.frombuffer(body, dtype=np.uint8)
    kept = letters >= _BEHIND_ASCII
    kept[1:] |= kept[:-1].copy()
    lenient = letters[kept].tobytes().decode("utf-8", "replace")
    bad = lenient.count(_REPLACEMENT)
    good = len(lenient) - len(lenient.encode("ascii", "ignore")) - bad
    if good > bad:
        raise TableError(
            path,
            "most of the file is UTF-8, but this line is not",
            "Two files of different encodings may have been joined: correct the line, "
            'or save both as "CSV UTF-8" first.',
            line=line_at(body[: failure.start].decode("utf-8")),
        ) from failure


def _legacy(path: Path | str, body: bytes) -> Decoded:
    for encoding, others in _likely(body):
        try:
            text = body.decode(encoding)
        except UnicodeDecodeError:
            continue
        notes = [_assumed(encoding), *_doubtful_lines(body, encoding, others)]
        mixed = _utf8_lines(body) if encoding == _WESTERN else []
        return Decoded(text, (*notes, *mixed), encoding)
    raise TableError(path, "its encoding is not known", f"{SAVE_AS_UTF8} Or name it: {HOW}.")


def _doubtful_lines(body: bytes, encoding: str, others: Sequence[str]) -> list[str]:
    """Return a note on the lines that another encoding, which fits as well, reads otherwise."""
    if not others:
        return []
    other = others[0]
    pairs = zip(*(body.decode(e, "replace").splitlines() for e in (encoding, other)), strict=False)
    lines = [line for line, (one, another) in enumerate(pairs, 1) if one != another]
    note = (
        f"{_few_lines(lines)} would be read differently as {shown_encoding(other)}, which fits as "
        f"well: check the names there, and name the encoding with {HOW}"
    )
    return [note] if lines else []


def _few_lines(lines: Sequence[int]) -> str:
    return few(plural(len(lines), "line", "lines"), lines)


def _utf8_lines(body: bytes) -> list[str]:
    """Return a note on lines that are UTF-8 in a Western file; LF or CR end lines."""
    letters = np.frombuffer(body, dtype=np.uint8)
    other = letters >= _BEHIND_ASCII
    pairs = np.flatnonzero(other[:-1] & other[1:])
    lead, following = letters[pairs], letters[pairs + 1]
    pairs = pairs[(lead >= _FIRST_LEAD) & (lead <= _LAST_LEAD) & (following < _BEHIND_FOLLOWING)]
    breaks = np.flatnonzero(letters == ord("\n" if b"\n" in body else "\r"))
    ends = np.concatenate([[-1], breaks, [len(body)]])
    lines = [
        line
        for line in (np.unique(np.searchsorted(breaks, pairs)) + 1).tolist()
        if unscrambled(body[ends[line - 1] + 1 : ends[line]].decode(_WESTERN).strip("\r"))
    ]
    note = (
        f"UTF-8 on {_few_lines(lines)}, {shown_encoding(_WESTERN)} on the others: two files may "
        "have been joined; `clean` repairs such words where that is certain"
    )
    return [note] if lines else []


def _likely(body: bytes) -> list[tuple[str, Sequence[str]]]:
    """Return encodings, the most likely first, each with others that fit as well."""
    sample = telling_lines(body)
    is_odd = _oddness(sample, _WESTERN)[0] > _SUSPICIOUS
    # Encodings of other systems put letters where Windows has signs: those would look odd.
    eligible = [one for one in LANGUAGES if is_odd or one not in OF_OTHER_SYSTEMS]
    if b"\r" in body and b"\n" not in body:  # Excel on a Mac ends the lines of such a file with CR
        eligible.insert(0, "mac_roman")
    if not is_odd and turkish_as_western(sample.decode(_WESTERN)):
        eligible.insert(0, "cp1254")
    costs = {encoding: _cost(sample, encoding) for encoding in eligible}
    # Short names tell little about a language: of those that fit equally, the usual one is first.
    found = min(costs, key=lambda encoding: costs[encoding])
    if costs[found] <= _MOST_COST:
        ties = [e for e in _OF_WINDOWS if e != found and costs[e] == costs[found]]
        is_doubtful = found in _OF_WINDOWS
        others = [e for e in ties if is_doubtful and not _same(sample, e, found)]
        return [(found, others), (_WESTERN, ())]
    # What the detector ranks first wins only among equally good readings.
    ranked = [
        match.encoding
        for match in charset_normalizer.from_bytes(sample, cp_isolation=list(_LEGACY))
    ]
    order = list(dict.fromkeys([*ranked, *_LEGACY, _WESTERN]))
    if is_odd:
        order.sort(key=lambda encoding: _oddness(sample, encoding))
    else:
        order.insert(0, _WESTERN)
    return [(encoding, ()) for encoding in order]


def _cost(sample: bytes, encoding: str) -> float:
    """Return how badly the words fit the languages of an encoding: from 0 to 1 a word.

    A list has one main language; a word of another one costs a part, a word of none all.
    """
    try:
        text = sample.decode(encoding)
    except UnicodeDecodeError:
        return 1.0
    found = dict.fromkeys(word for word in WORD.findall(text) if not word.isascii())
    words = [word for word in islice(found, _WORDS) if any(map(str.isalpha, word))]
    if not words:
        return 1.0
    languages = languages_of(encoding)
    letters = [None if is_spoiled(word) else _letters(word) for word in words]
    fits = [[some is not None and one.fits(some) for one in languages] for some in letters]
    known = sum(map(any, fits))
    main = max(map(sum, zip(*fits, strict=True)))
    return (_OTHER_LANGUAGE * (known - main) + len(words) - known) / len(words)


def _letters(word: str) -> str:
    # M\u00aa is short for Mar\u00eda, and n\u00ba for a number.
    bare = word.rstrip("\u00aa\u00ba") if len(word) <= SHORTEST else word
    return "".join(c for c in bare.lower() if not is_mark(c))


def _same(sample: bytes, one: str, other: str) -> bool:
    texts = [sample.decode(encoding).translate(_ALIKE) for encoding in (one, other)]
    return texts[0] == texts[1]


def _oddness(sample: bytes, encoding: str) -> tuple[float, bool]:
    try:
        text = sample.decode(encoding)
    except UnicodeDecodeError:
        return (3.0, True)
    # Japanese with a few odd words still fits better than hanzi that nobody uses.
    return (garbled_share(text) + _rare_share(text, encoding), lower_only(text))


# The first bytes of the common characters of East Asian encodings: hanzi of level 1, Hangul, kana
# and kanji of level 1.
_COMMON = {
    "gb18030": ((0xB0, 0xD7),),
    "big5": ((0xA4, 0xC6),),
    "cp949": ((0xB0, 0xC8),),
    "cp932": ((0x82, 0x83), (0x88, 0x98)),
    "euc_jp": ((0xA4, 0xA5), (0xB0, 0xCF)),
}


def _rare_share(text: str, encoding: str) -> float:
    """Return the share of East Asian characters that are not common; 0 in other encodings."""
    if encoding not in _COMMON:
        return 0.0
    first = [c.encode(encoding)[0] for c in text if not c.isascii() and c.isalpha()]
    rare = [at for at in first if not any(low <= at <= high for low, high in _COMMON[encoding])]
    return len(rare) / len(first) if first else 0.0


_LINE = re.compile(rb"[^\r\n]+")


def telling_lines(body: bytes) -> bytes:
    """Return different lines with accented letters, those of UTF-8 only if there are no others."""
    telling: dict[bytes, None] = {}
    size = 0
    for found in _LINE.finditer(body):
        line = found[0]
        if not line.isascii() and line not in telling:
            telling[line] = None
            size += len(line)
        if size > _SAMPLE:
            break
    others = [line for line in telling if line.decode("utf-8", "ignore").encode() != line]
    return b"\n".join(others or telling)


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
    # These separate cells and lines, and only a wide encoding puts NULs next to them.
    wide = {bytes(place) + bytes([end]) + bytes(width - 1 - place) for end in _ENDS}
    starts = range(0, len(head) - width + 1, width)
    found = sum(head[start : start + width] in wide for start in starts)
    return found > 0 and 2 * found >= sum(map(head.count, _ENDS))


def _assumed(encoding: str) -> str:
    shown = shown_encoding(encoding)
    return f'read as {shown}: if names look wrong, save the file as "CSV UTF-8", or use --encoding'
