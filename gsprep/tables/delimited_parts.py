"""CSV and TSV files in parts: some of their bytes, from record to record."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from gsprep.errors import TableError
from gsprep.schemas.frames import LINE
from gsprep.tables.delimited import Dialect, beginning_of, table_of_text
from gsprep.tables.delimited_records import sample_of
from gsprep.tables.encoding import HOW, decode, line_at, shown_encoding, telling_lines
from gsprep.tables.file_kind import refuse_other_than_text
from gsprep.tables.raw_table import (
    RawTable,
    ReadOptions,
    in_order_of,
    refuse_other_columns,
    size_of_parts,
)
from gsprep.values.arrow import TEXT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from hashlib import blake2b
    from pathlib import Path
    from typing import BinaryIO

# The dialect is found in so many bytes, the encoding in them and in so many of accented lines.
_HEAD, _TELLING = 1_000_000, 64_000
_BLOCK = 1 << 24
# A record of so many bytes is most likely a quote that is not closed.
_LONGEST = 1 << 26
_WHOLE = "Leave out --format parquet: then the file is read as a whole."


class TextForm(NamedTuple):
    """How the records of a file are written.

    Attributes:
        encoding: the name of the encoding.
        delimiter: the character between two cells.
        headers: the record of the headers as it is written, with the end of its line.
        sample: the first records of the file, that of the headers included.
        order: the headers of the first file, in their order; empty for that one.
        place: what stands before the number of a line, where there are several files.
    """

    encoding: str
    delimiter: str
    headers: str
    sample: str
    order: tuple[str, ...] = ()
    place: str = ""

    def table(self, path: Path, text: str, line: int) -> RawTable:
        """Return records of the file, of which the first is on a line."""
        ends = self.headers.endswith(("\n", "\r"))
        headers = self.headers if ends else f"{self.headers}\n"
        first = line - line_at(headers) + 1
        dialect = Dialect(self.delimiter, line=first, sample=self.sample)
        return table_of_text(path, headers + text, dialect)


@dataclass(frozen=True, slots=True)
class TextPart:
    """Some records of a text file that follow one another.

    Attributes:
        number: the number of the part, from 0.
        path: the file.
        form: how its records are written.
        start, size: the bytes of the records in the file.
        line: the line on which they begin.
        rows: the number of their lines.
        is_end: whether the file ends with them.
        is_alone: whether the file has no other records.
    """

    number: int
    path: Path
    form: TextForm
    start: int
    size: int
    line: int
    rows: int
    is_end: bool = False
    is_alone: bool = False

    def table(self) -> RawTable:
        """Return the records, in the columns of the first file.

        Raises TableError as reading the whole does, and for quotes of which only the whole file
        shows whether they begin a cell.
        """
        with self.path.open("rb") as file:
            file.seek(self.start)
            text = self._decoded(file.read(self.size))
        # As in the whole, DOS ends a file with SUB.
        text = text.rstrip("\x1a") if self.is_end else text
        form = self.form
        if '"' in text and not _have_pairs(text, form.delimiter):
            raise TableError(
                self.path, "a quote within a cell is not written as two, so it has no parts", _WHOLE
            )
        table = form.table(self.path, text, self.line)
        # Without formulas: a note on them would name rows by their number in the part.
        table = replace(table, formulas={})
        if not form.order or table.headers == form.order:
            return table
        return replace(table, headers=form.order, cells=in_order_of(table, form.order))

    def _decoded(self, data: bytes) -> str:
        try:
            text = data.decode(self.form.encoding)
        except UnicodeDecodeError as failure:
            before = data[: failure.start].decode(self.form.encoding, "replace")
            raise TableError(
                self.path,
                f"this line is not {shown_encoding(self.form.encoding)}, as lines before it are",
                f"Correct the line, or name the encoding of the file: {HOW}.",
                line=self.line + line_at(before) - 1,
            ) from None
        if "\0" in text:
            raise TableError(
                self.path,
                "a NUL character, which text never holds",
                "Export the file again; it may be damaged or no text at all.",
                line=self.line + line_at(text, text.index("\0")) - 1,
            )
        return text


def _have_pairs(text: str, delimiter: str) -> bool:
    """Return whether each quote of whole records is around a cell, or one of two within it."""
    sign = re.escape(delimiter)
    blanks = " *" if delimiter == "\t" else r"[ \t]*"
    cell = rf'(?:"(?:[^"]|"")*"{blanks}|[^"\r\n{sign}]*)'
    whole = rf"\A(?:{cell}[\r\n{sign}])*{cell}\z"
    return bool(pc.match_substring_regex(pa.array([text], TEXT), whole)[0].as_py())


class TextParts(NamedTuple):
    """The parts of text files, and what was assumed about these."""

    parts: list[TextPart]
    notes: tuple[str, ...]


def text_parts(
    files: Sequence[Path], digest: blake2b, rows: int, options: ReadOptions
) -> TextParts:
    """Return the parts of files of about so many rows each; ``digest`` is updated with the files.

    Raises TableError for what is no CSV or TSV file or can only be read as a whole, and for other
    columns than those of the first file.
    """
    parts: list[TextPart] = []
    notes: list[str] = []
    order: tuple[str, ...] = ()
    for path in files:
        refuse_other_than_text(path)
        opened = _opened(path, options)
        headers = _headers(path, opened)
        order = order or headers
        refuse_other_columns(path, headers, files[0], order)
        several = len(files) > 1 and LINE not in order
        form = opened.form._replace(
            order=() if path == files[0] else order, place=f"{path.name}:" if several else ""
        )
        own = list(_of_file(path, opened._replace(form=form), len(parts), rows, digest))
        parts += [*own[:-1], replace(own[-1], is_end=True, is_alone=len(own) == 1)]
        notes += opened.notes
    return TextParts(parts, tuple(dict.fromkeys(notes)))


class _Opened(NamedTuple):
    """A file whose headers are known.

    start, line: the place and the line of the first record. width: the bytes of a line, on average.
    """

    form: TextForm
    start: int
    line: int
    width: float
    notes: tuple[str, ...]


def _opened(path: Path, options: ReadOptions) -> _Opened:
    head, telling = _samples(path)
    decoded = decode(path, head + telling, options.encoding)
    encoding = codecs.lookup(decoded.encoding).name.removesuffix("-sig")
    if encoding.startswith(("utf-16", "utf-32", "utf-7", "utf_")):
        raise TableError(path, f"a file in {shown_encoding(encoding)} has no parts", _WHOLE)
    marks = len(head) - len(head.lstrip(codecs.BOM_UTF8)) if encoding == "utf-8" else 0
    text = head[marks:].decode(encoding)
    begins = beginning_of(path, text, options)
    if begins.dialect.blanks_before_quotes:
        raise TableError(path, "a file with blanks before quotes has no parts", _WHOLE)
    if "\n" not in text and "\r" in text:
        raise TableError(path, "a file whose lines end with CR has no parts", _WHOLE)
    until = begins.dialect.start + len(begins.headers)
    height = line_at(begins.headers) - 1
    return _Opened(
        TextForm(encoding, begins.dialect.delimiter, begins.names, sample_of(text, begins.dialect)),
        marks + len(text[:until].encode(encoding)),
        begins.dialect.line + max(height, 1),
        len(head) / (head.count(b"\n") + 1),
        # Others name lines of the sample.
        (*decoded.notes[:1], *begins.notes),
    )


def _headers(path: Path, opened: _Opened) -> tuple[str, ...]:
    """Return the headers as they are read."""
    return opened.form.table(path, "", opened.line).headers


def _samples(path: Path) -> tuple[bytes, bytes]:
    """Return whole lines from the beginning of a file, and accented lines from the rest."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
        more = file.read(1)
        if not more:
            return head, b""
        head = head[: head.rfind(b"\n") + 1] or head
        telling = telling_lines(head)
        found = b""
        file.seek(len(head))
        while len(telling) + len(found) < _TELLING and (block := file.read(_BLOCK)):
            if not block.isascii():
                found += (
                    telling_lines(block[block.find(b"\n") + 1 : block.rfind(b"\n") + 1]) + b"\n"
                )
    return head, found


def _of_file(
    path: Path, opened: _Opened, number: int, rows: int, digest: blake2b
) -> Iterator[TextPart]:
    """Yield the parts of a file; a last one of few rows belongs to the one before it."""
    whole, most = path.stat().st_size - opened.start, max(int(rows * opened.width), 1)
    size = size_of_parts(whole, most)
    held: TextPart | None = None
    line, start = opened.line, opened.start
    digest.update(f"{path.name} {opened.form}".encode())
    with path.open("rb") as file:
        file.seek(start)
        for block in _blocks(path, file, size, line):
            digest.update(block)
            lines = block.count(b"\n") + block.count(b"\r") - block.count(b"\r\n")
            part = TextPart(number, path, opened.form, start, len(block), line, max(lines, 1))
            start, line = start + len(block), line + lines
            if held is not None and part.size < size // 2:
                part = replace(held, size=held.size + part.size, rows=held.rows + part.rows)
            elif held is not None:
                yield held
                number += 1
                part = replace(part, number=number)
            held = part
    yield held or TextPart(number, path, opened.form, start, 0, line, 0)


def _blocks(path: Path, file: BinaryIO, size: int, line: int) -> Iterator[bytes]:
    """Yield about so many bytes at once, each time whole records: quotes in them are pairs."""
    buffer = b""
    while more := file.read(size):
        buffer += more
        end = _end_of_records(buffer)
        if end:
            yield buffer[:end]
            line += buffer.count(b"\n", 0, end)
            buffer = buffer[end:]
        elif len(buffer) > max(_LONGEST, 2 * size):
            raise TableError(
                path, "a quote opens in this record and is not closed within 64 MB",
                'Close it, or write "" for a quote within a cell.', line=line,
            )  # fmt: skip
    if buffer:
        yield buffer


def _end_of_records(buffer: bytes) -> int:
    """Return the place behind the last line end that is not in quotes; 0 if there is none."""
    odd = buffer.count(b'"') % 2
    end = len(buffer)
    while (place := buffer.rfind(b"\n", 0, end)) >= 0:
        odd ^= buffer.count(b'"', place, end) % 2
        if not odd:
            return place + 1
        end = place
    return 0
