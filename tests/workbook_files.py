"""Workbooks of several formats, written by hand for tests."""

from __future__ import annotations

import struct
import zipfile
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

import openpyxl

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    Rows = Sequence[Sequence[object]]


def write_xlsx(
    path: Path,
    sheets: Mapping[str, Rows],
    *,
    formats: Mapping[str, str] | None = None,
    merged: Sequence[str] = (),
) -> Path:
    """Write an XLSX workbook; ``formats`` are number formats of cells of the first sheet."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    first = book.worksheets[0]
    for cell, code in (formats or {}).items():
        first[cell].number_format = code
    for cells in merged:
        first.merge_cells(cells)
    book.save(path)
    return path


_NAMES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for name in ("office", "table", "text")
)


def write_ods(path: Path, sheets: Mapping[str, Rows | str], head: str = "") -> Path:
    """Write an OpenDocument workbook; a sheet may be given as the XML of its rows."""
    tables = "".join(
        f"<table:table table:name={quoteattr(name)}>{_ods_rows(rows)}</table:table>"
        for name, rows in sheets.items()
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?>{head}<office:document-content {_NAMES} '
        f'office:version="1.2"><office:body><office:spreadsheet>{tables}</office:spreadsheet>'
        "</office:body></office:document-content>"
    )
    manifest = (
        '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", manifest)
    return path


def _ods_rows(rows: Rows | str) -> str:
    if isinstance(rows, str):
        return rows
    return "".join(
        f"<table:table-row>{''.join(map(_ods_cell, row))}</table:table-row>" for row in rows
    )


def _ods_cell(value: object) -> str:
    if value is None:
        return "<table:table-cell/>"
    text = f"<text:p>{escape(str(value))}</text:p>"
    if isinstance(value, int | float):
        kind = f'office:value-type="float" office:value="{value}"'
    else:
        kind = 'office:value-type="string"'
    return f"<table:table-cell {kind}>{text}</table:table-cell>"


_SECTOR = 512
_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def write_xls(path: Path, sheets: Mapping[str, Rows], more: bytes = b"") -> Path:
    """Write a workbook of Excel 97; ``more`` are records before the sheets."""
    stream = _biff(sheets, more)
    stream += bytes(max(4096, -(-len(stream) // _SECTOR) * _SECTOR) - len(stream))
    count = len(stream) // _SECTOR
    chain = [*range(3, count + 2), _END]
    fat = [_FAT, _END, *chain]
    header = struct.pack(
        "<8s16xHHHHH6xIIIIIIIIII",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0x3E, 3, 0xFFFE, 9, 6,
        0, 1, 1, 0, 4096, _END, 0, _END, 0, 0,
    ) + struct.pack("<108I", *[_FREE] * 108)  # fmt: skip
    folder = b"".join(
        (
            _entry("Root Entry", 5, child=1, start=_END, size=0),
            _entry("Workbook", 2, child=_FREE, start=2, size=len(stream)),
            bytes(256),
        )
    )
    table = struct.pack(f"<{len(fat)}I", *fat).ljust(_SECTOR, b"\xff")
    path.write_bytes(header + table + folder + stream)
    return path


def _entry(name: str, kind: int, *, child: int, start: int, size: int) -> bytes:
    text = f"{name}\0".encode("utf-16-le")
    return struct.pack(
        "<64sHBBIII16x4x8x8xIQ", text, len(text), kind, 1, _FREE, _FREE, child, start, size
    )


def _biff(sheets: Mapping[str, Rows], more: bytes) -> bytes:
    globals_ = _record(0x0809, struct.pack("<HHHHII", 0x0600, 5, 0, 0, 0, 0)) + more
    names = [name.encode("latin-1") for name in sheets]
    bodies = [_biff_sheet(rows) for rows in sheets.values()]
    bounds = sum(4 + 8 + len(name) for name in names)
    place = len(globals_) + bounds + 4
    listed = b""
    for name, body in zip(names, bodies, strict=True):
        listed += _record(0x0085, struct.pack("<IBBBB", place, 0, 0, len(name), 0) + name)
        place += len(body)
    return globals_ + listed + _record(0x000A, b"") + b"".join(bodies)


def _biff_sheet(rows: Rows) -> bytes:
    begin = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x10, 0, 0, 0, 0))
    cells = (
        _biff_cell(row, column, value)
        for row, values in enumerate(rows)
        for column, value in enumerate(values)
        if value is not None
    )
    return begin + b"".join(cells) + _record(0x000A, b"")


def _biff_cell(row: int, column: int, value: object) -> bytes:
    place = struct.pack("<HHH", row, column, 0)
    if isinstance(value, int | float):
        return _record(0x0203, place + struct.pack("<d", value))
    text = str(value).encode("utf-16-le")
    return _record(0x0204, place + struct.pack("<HB", len(text) // 2, 1) + text)


def _record(kind: int, body: bytes) -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


_RELATIONSHIPS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def write_xlsb(path: Path, sheets: Mapping[str, Rows]) -> Path:
    """Write the first sheet as a binary workbook, its texts within the cells."""
    ((name, rows), *_) = sheets.items()
    entry = struct.pack("<II", 0, 1) + _wide("rId1") + _wide(name)
    book = [(153, bytes(12)), (143, b""), (156, entry), (144, b""), (132, b"")]
    extent = struct.pack("<4I", 0, len(rows) - 1, 0, max(map(len, rows)) - 1)
    page = [(148, extent), (145, b"")]
    for at, row in enumerate(rows):
        page.append((0, struct.pack("<IIHBBBI", at, 0, 300, 0, 0, 0, 0)))
        page += [_xlsb_cell(place, cell) for place, cell in enumerate(row) if cell is not None]
    page.append((146, b""))
    target = (
        f'<Relationship Id="rId1" Type="{_RELATIONSHIPS}/worksheet" Target="worksheets/a.bin"/>'
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/_rels/workbook.bin.rels", f"<Relationships>{target}</Relationships>")
        archive.writestr("xl/workbook.bin", b"".join(_brt(*each) for each in book))
        archive.writestr("xl/worksheets/a.bin", b"".join(_brt(*each) for each in page))
    return path


def _xlsb_cell(column: int, value: object) -> tuple[int, bytes]:
    place = struct.pack("<II", column, 0)
    if isinstance(value, float):
        return 5, place + struct.pack("<d", value)
    return 6, place + _wide(str(value))


def _wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def _brt(kind: int, body: bytes) -> bytes:
    head = bytes([kind]) if kind < 128 else bytes([kind & 127 | 128, kind >> 7])
    low, high = len(body) & 127, len(body) >> 7
    return head + (bytes([low | 128, high]) if high else bytes([low])) + body
