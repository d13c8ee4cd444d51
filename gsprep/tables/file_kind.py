"""File formats by ending and first bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from gsprep.errors import TableError

if TYPE_CHECKING:
    from pathlib import Path

Kind = Literal["delimited", "xlsx", "parquet", "json lines"]

ENDINGS: dict[str, Kind] = {
    ".csv": "delimited",
    ".txt": "delimited",
    ".tsv": "delimited",
    ".tab": "delimited",
    ".xlsx": "xlsx",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".jsonl": "json lines",
    ".ndjson": "json lines",
}
_SAVE = "Open it in a spreadsheet and save it as .xlsx or as CSV UTF-8."
_REFUSED = {
    ".xls": ("workbooks of Excel before 2007 are not read", _SAVE),
    ".xlsb": ("binary workbooks are not read", _SAVE),
    ".xlsm": ("workbooks with macros are not read", _SAVE),
    ".ods": ("OpenDocument sheets are not read", _SAVE),
    ".numbers": ("Numbers documents are not read", _SAVE),
    ".gz": ("packed files are not read", "Unpack it first."),
    ".zip": ("packed files are not read", "Unpack it first."),
    ".json": ("JSON is not read", "Write one object a line and call it .jsonl."),
}
_RENAME = "Give it the ending"
_EXPORT = "Export the table again as CSV UTF-8."
_OLD_OR_LOCKED = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# Formats by their first bytes.
_SIGNATURES = (
    (b"PK\x03\x04", "a workbook or another packed file", f"{_RENAME} .xlsx, or unpack it."),
    (_OLD_OR_LOCKED, "a workbook of an old Excel or one with a password", _SAVE),
    (b"PAR1", "a Parquet file", f"{_RENAME} .parquet."),
    (b"%PDF", "a PDF document", _EXPORT),
    (b"\x1f\x8b", "a packed file", "Unpack it first."),
    (b"\x89PNG", "an image", _EXPORT),
    (b"\xff\xd8\xff", "an image", _EXPORT),
    (b"GIF8", "an image", _EXPORT),
    (b"SQLite format 3\0", "a database", _EXPORT),
    (b"{\\rtf", "a text document", _EXPORT),
)
_WEB_PAGE = (b"<!doctype", b"<html", b"<?xml")


def kind_of(path: Path) -> Kind:
    """Return how the file is read; a file without a known ending is read as delimited text."""
    ending = path.suffix.lower()
    if ending in _REFUSED:
        raise TableError(path, *_REFUSED[ending])
    return ENDINGS.get(ending, "delimited")


def content(path: Path) -> bytes:
    """Return the bytes of a file; raise TableError when it is absent, a folder or locked."""
    try:
        return path.read_bytes()
    except OSError as failure:
        raise unreadable(path, failure) from failure


def unreadable(path: Path, failure: OSError) -> TableError:
    """Return the error for a file that the system does not hand out."""
    if isinstance(failure, FileNotFoundError):
        return TableError(path, "there is no such file", "Check the name and the folder.")
    if isinstance(failure, IsADirectoryError):
        return TableError(path, "this is a folder", "Give the name of a file in it.")
    if isinstance(failure, PermissionError):
        return TableError(
            path, "you have no permission to read it",
            "Close it in other programs, or ask its owner for permission.",
        )  # fmt: skip
    return TableError(path, "it cannot be read", "Check the disk and the name.")


def refuse_foreign(path: Path, data: bytes, kind: Kind) -> None:
    """Raise TableError when the first bytes say that the file is of another kind."""
    if kind == "xlsx":
        _refuse_no_workbook(path, data)
    elif kind != "parquet":
        for signature, what, cure in _SIGNATURES:
            if data.startswith(signature):
                raise TableError(path, f"this is {what}, not text", cure)
        if data[:64].lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(_WEB_PAGE):
            raise TableError(path, "this is a web page or XML, not a table", _EXPORT)


def _refuse_no_workbook(path: Path, data: bytes) -> None:
    if data.startswith(_OLD_OR_LOCKED):
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise TableError(
                path, "the workbook is protected with a password", "Save it without one."
            )
        raise TableError(path, "this is a workbook of Excel before 2007", _SAVE)
    if not data.startswith(b"PK\x03\x04"):
        raise TableError(
            path,
            "this is not a workbook",
            f"If it is text, {_RENAME.lower()} .csv; {_SAVE.lower()}",
        )
