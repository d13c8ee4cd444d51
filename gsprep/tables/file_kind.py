"""Sources of tables, and their kind by content and ending."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import sys
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, Any, Literal

from gsprep.display import few
from gsprep.errors import NO_FILE, TableError
from gsprep.lazy import lazy_module
from gsprep.tables.json_lines import is_json
from gsprep.values.text import quoted

if TYPE_CHECKING:
    import os

    from gsprep.tables import markup, workbook_process
else:
    markup = lazy_module("gsprep.tables.markup")
    workbook_process = lazy_module("gsprep.tables.workbook_process")

Kind = Literal["delimited", "xlsx", "xlsb", "ods", "xls", "markup", "parquet", "json lines"]

# The source that is read from standard input, and its name in messages.
STANDARD_INPUT = "-"
_PIPED = "standard input"
_ENDINGS: dict[str, Kind] = {
    ".csv": "delimited",
    ".txt": "delimited",
    ".tsv": "delimited",
    ".tab": "delimited",
    ".xlsx": "xlsx",
    ".xlsm": "xlsx",
    ".xlsb": "xlsb",
    ".ods": "ods",
    ".xls": "xls",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".jsonl": "json lines",
    ".ndjson": "json lines",
}
_WORKBOOKS: frozenset[Kind] = frozenset({"xlsx", "xlsb", "ods", "xls", "markup"})
_SHOWN: dict[Kind, str] = {
    "delimited": "text, and is read as CSV",
    "xlsx": "an XLSX workbook, and is read as one",
    "xlsb": "a binary workbook, and is read as one",
    "ods": "an OpenDocument workbook, and is read as one",
    "xls": "a workbook of Excel before 2007, and is read as one",
    "markup": "a table in HTML or XML, and is read as one",
    "parquet": "a Parquet, Arrow or ORC file, and is read as one",
    "json lines": "JSON, and is read so",
}
_SAVE = "Open it in a spreadsheet and save it as .xlsx or as CSV UTF-8."
_REFUSED = {
    ".numbers": ("Numbers documents are not read", _SAVE),
    ".gsheet": ("this is a link to a sheet, not the sheet", "Download it as .xlsx or CSV."),
    ".tgz": ("packed folders are not read", "Unpack it first."),
    ".tar": ("packed folders are not read", "Unpack it first."),
    ".json": (
        "this JSON is no list of objects",
        "Write a list of objects with plain values, or one object a line.",
    ),
}
_EXPORT = "Export the table again as CSV UTF-8."
_ZIP = b"PK\x03\x04"
_EMPTY_ZIP = b"PK\x05\x06"
# Files of one packed file, by their first bytes, and the endings of all packed files.
_OPENERS: dict[bytes, Any] = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ": lzma.open}
_PACKED = frozenset({".gz", ".bz2", ".xz", ".zip"})
# What systems put next to the files in an archive.
_BY_SYSTEMS = ("__macosx/", "thumbs.db", "desktop.ini")
_OLD_OR_LOCKED = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# Parquet; Arrow, also as Feather and as a stream.
_COLUMNS = (b"PAR1", b"ARROW1", b"\xff\xff\xff\xff")
# Formats without a table, what to do about them, and their first bytes.
_FOREIGN: tuple[tuple[str, str, tuple[bytes, ...]], ...] = (
    ("a PDF document", _EXPORT, (b"%PDF",)),
    ("a packed file", "Unpack it first.", (
        _ZIP, *_OPENERS, b"\x28\xb5\x2f\xfd", b"7z\xbc\xaf", b"Rar!",
    )),
    ("a file for programs", "Write the table as Parquet or CSV UTF-8.", (
        b"FEA1", b"Obj\x01", b"\x80\x04\x95", b"\x80\x05\x95",
    )),
    ("a file of contact cards", "Import it into an address book, and export that as CSV.", (
        b"BEGIN:VCARD",
    )),
    ("an export of a directory (LDIF)", "Export the people as CSV.", (
        b"dn: ", b"version: 1\ndn", b"version: 1\r\ndn", b"version: 1\n\ndn",
    )),
    ("a pointer to a file in Git LFS", "Fetch the file itself: git lfs pull.", (
        b"version https://git-lfs",
    )),
    ("an image", _EXPORT, (b"\x89PNG", b"\xff\xd8\xff", b"GIF8")),
    ("a database", _EXPORT, (b"SQLite format 3\0",)),
    ("a text document", _EXPORT, (b"{\\rtf",)),
)  # fmt: skip
_WEB_PAGE = (b"<!doctype", b"<html", b"<?xml", b"<table", b"<meta", b"<head", b"<workbook")
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_LOOKED_AT = 65_536


@dataclass(frozen=True, slots=True)
class TableSource:
    """The bytes of a table, and how they are read.

    Attributes:
        place: the file, or a name for messages.
        data: its content.
        kind: the format.
        notes: sentences on what was assumed.
    """

    place: Path | str
    data: bytes
    kind: Kind
    notes: tuple[str, ...] = ()

    def stream(self) -> io.BytesIO:
        """Return the content as an open file."""
        return io.BytesIO(self.data)

    @property
    def is_workbook(self) -> bool:
        """Whether the source has sheets."""
        return self.kind in _WORKBOOKS


def open_source(source: str | os.PathLike[str]) -> TableSource:
    """Return the content of a file, or of standard input for ``-``, and its kind.

    The content decides; the ending is for what has no mark of its own. Raises TableError for a
    file that cannot be read and for content that is no table.
    """
    if is_standard_input(source):
        data, ending, notes = _unpacked(_PIPED, _piped(), "")
        data = _marked_in_utf_8(data, ending)
        return TableSource(_PIPED, data, _kind(_PIPED, data, ending), notes)
    path = Path(source).expanduser()
    ending = path.suffix.lower()
    if ending in _REFUSED and not path.is_file():
        raise TableError(path, *_REFUSED[ending])
    try:
        content = path.read_bytes()
    except OSError as failure:
        raise _unreadable(path, failure) from failure
    data, ending, notes = _unpacked(path, content, path.name.lower())
    data = _marked_in_utf_8(data, ending)
    kind = _kind(path, data, ending)
    named = _ENDINGS.get(ending, kind)
    if named != kind:
        notes = (*notes, f"the file is named {ending} and holds {_SHOWN[kind]}")
    return TableSource(path, data, kind, notes)


def is_standard_input(source: object) -> bool:
    """Return whether a source is ``-``."""
    return str(source) == STANDARD_INPUT


def _piped() -> bytes:
    how = "Pipe one table into the command, as in `cat people.csv | gsprep check -`."
    # A program without a console has a text stream of nothing.
    stream = getattr(sys.stdin, "buffer", None)
    if stream is not None and sys.stdin.isatty():
        raise TableError(_PIPED, "there is no table on it", how)
    data = b"" if stream is None else stream.read()
    if not data:
        raise TableError(_PIPED, "it is empty, or was already read", how)
    return data


def _unpacked(place: Path | str, data: bytes, name: str) -> tuple[bytes, str, tuple[str, ...]]:
    """Return the content and the ending of the file in a packed file, with a note on its name.

    A file that is not packed is returned unchanged. Raises TableError for an archive of several
    files, and for one that is damaged, protected or too large.
    """
    inner = PurePosixPath(name)
    inner = PurePosixPath(inner.stem) if inner.suffix in _PACKED else inner
    opener = next((opener for begin, opener in _OPENERS.items() if data.startswith(begin)), None)
    try:
        if opener is not None:
            with opener(io.BytesIO(data)) as file:
                return _within_limits(place, file, len(data)), inner.suffix, ()
        if data.startswith((_ZIP, _EMPTY_ZIP)) and _is_archive(data, inner.suffix):
            return _lone_member(place, data)
    except (zipfile.BadZipFile, lzma.LZMAError, zlib.error, EOFError, OSError, RuntimeError):
        raise TableError(
            place, "this packed file is damaged or incomplete", "Export or download it again."
        ) from None
    return data, inner.suffix, ()


def _is_archive(data: bytes, ending: str) -> bool:
    """Return whether a zip is an archive of files, no workbook or other document."""
    parts = {"xl/workbook.bin", "xl/workbook.xml", "content.xml", "[content_types].xml"}
    named = _ENDINGS.get(ending) in _WORKBOOKS or ending in _REFUSED
    return not named and parts.isdisjoint(_names_in_zip(data))


def _lone_member(place: Path | str, data: bytes) -> tuple[bytes, str, tuple[str, ...]]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = [
            member
            for member in archive.infolist()
            if not (
                member.is_dir()
                or PurePosixPath(member.filename).name.startswith(".")
                or member.filename.lower().startswith(_BY_SYSTEMS)
            )
        ]
        if len(members) != 1:
            names = few("the files", [quoted(member.filename) for member in members])
            what = f"it holds {names}" if members else "it holds no file"
            raise TableError(place, f"this is a packed file, and {what}", "Give one table.")
        member = members[0]
        if member.flag_bits & 1:
            raise TableError(place, "it is protected with a password", "Unpack it first.")
        with archive.open(member) as file:
            content = _within_limits(place, file, len(data))
    note = f"the file in it is read: {quoted(member.filename)}"
    return content, PurePosixPath(member.filename.lower()).suffix, (note,)


def _within_limits(place: Path | str, file: IO[bytes], packed: int) -> bytes:
    most = workbook_process.most_unpacked(packed)
    data = file.read(most + 1)
    if len(data) > most:
        raise TableError(
            place, "it unpacks to more than a list of people needs",
            "Unpack it and look at the file, or divide it.",
        )  # fmt: skip
    return data


def refuse_other_than_text(path: Path) -> None:
    """Raise TableError for a file that is no CSV or TSV, by its first bytes."""
    try:
        with path.open("rb") as file:
            begin = file.read(_LOOKED_AT)
    except OSError as failure:
        raise _unreadable(path, failure) from failure
    kind = None if begin.startswith(_ZIP) else _kind(path, begin, path.suffix.lower())
    if kind != "delimited":
        raise TableError(
            path, "only CSV and Parquet files are read part by part",
            "Write it as one of them, or leave out --format parquet.",
        )  # fmt: skip


def _unreadable(path: Path, failure: OSError) -> TableError:
    """Return the error for a file that the system does not hand out."""
    if isinstance(failure, FileNotFoundError):
        return TableError(path, *NO_FILE)
    if isinstance(failure, IsADirectoryError):
        return TableError(path, "this is a folder", "Give the name of a file in it.")
    if isinstance(failure, PermissionError):
        return TableError(
            path, "you have no permission to read it",
            "Close it in other programs, or ask its owner for permission.",
        )  # fmt: skip
    return TableError(path, "it cannot be read", "Check the disk and the name.")


def _kind(place: Path | str, data: bytes, ending: str) -> Kind:
    """Return what the content is; raise TableError for what is no table."""
    if data.startswith(_ZIP):
        return _kind_of_zip(place, data, ending)
    if data.startswith(_OLD_OR_LOCKED):
        return _kind_of_old(place, data, ending)
    if data.startswith(_COLUMNS) or _is_orc(data) or ending in {".parquet", ".pq"}:
        return "parquet"
    for what, cure, begins in _FOREIGN:
        if data.startswith(begins):
            raise TableError(place, f"this is {what}, not a table", cure)
    if ending in _REFUSED and not (ending == ".json" and _is_json_lines(data, ending)):
        raise TableError(place, *_REFUSED[ending])
    return _kind_of_text(place, data, ending)


def _is_orc(data: bytes) -> bool:
    """Return whether the mark is at both ends; a table of text may begin with ORCID."""
    return data.startswith(b"ORC") and data[-4:-1] == b"ORC"


def _kind_of_zip(place: Path | str, data: bytes, ending: str) -> Kind:
    if ending in _REFUSED:
        raise TableError(place, *_REFUSED[ending])
    names = _names_in_zip(data)
    if "xl/workbook.xml" in names:
        return "xlsx"
    if "content.xml" in names:
        return "ods"
    if "xl/workbook.bin" in names:
        return "xlsb"
    named = _ENDINGS.get(ending)
    if named in _WORKBOOKS:
        return named if named in {"ods", "xlsb"} else "xlsx"
    is_office = "[content_types].xml" in names
    what, cure = ("document", _EXPORT) if is_office else ("packed file", "Unpack it first.")
    raise TableError(place, f"this is a {what}, not a table", cure)


def _names_in_zip(data: bytes) -> set[str]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return {name.lower() for name in archive.namelist()}
    except (zipfile.BadZipFile, NotImplementedError, ValueError):
        return set()


def _kind_of_old(place: Path | str, data: bytes, ending: str) -> Kind:
    if "EncryptedPackage".encode("utf-16-le") in data:
        raise TableError(place, "the workbook is protected with a password", "Save it without one.")
    # The stream of cells: Book before Excel 97, Workbook after it.
    if any(name.encode("utf-16-le") + b"\0\0" in data for name in ("Workbook", "Book")):
        return "xls"
    if _ENDINGS.get(ending) in _WORKBOOKS:
        raise TableError(place, "this is not an Excel 97-2003 workbook, or it is damaged", _SAVE)
    raise TableError(
        place, "this is a file of an old Excel or Word, or one with a password, not a table", _SAVE
    )


def _kind_of_text(place: Path | str, data: bytes, ending: str) -> Kind:
    named = _ENDINGS.get(ending, "delimited")
    is_workbook = named in _WORKBOOKS
    if _is_markup(data):
        # Programs export such tables under the name of a workbook.
        if is_workbook and markup.HAS_TABLE.search(data):
            return "markup"
        what = "this is a web page or XML" + (f" named {ending}" if is_workbook else "")
        raise TableError(place, f"{what}, not a table", _SAVE if is_workbook else _EXPORT)
    if named == "json lines" or _is_json_lines(data, ending):
        return "json lines"
    if is_workbook and not _is_text(data):
        raise TableError(
            place,
            "this is not a workbook",
            f"If it is text, give it the ending .csv; {_SAVE[:1].lower()}{_SAVE[1:]}",
        )
    return "delimited"


def _is_text(data: bytes) -> bool:
    begin = data[:_LOOKED_AT]
    return bool(begin.strip()) and (begin.startswith(_UTF_16) or b"\0" not in begin)


def _marked_in_utf_8(data: bytes, ending: str) -> bytes:
    """Return JSON and markup in UTF-16 as UTF-8 with its mark; other data unchanged."""
    if not data.startswith(_UTF_16):
        return data
    begin = data[:_LOOKED_AT].decode("utf-16", "ignore").encode()
    is_marked = _is_json_lines(begin, ending) or _is_markup(begin)
    return data.decode("utf-16", "replace").encode("utf-8-sig") if is_marked else data


def _is_markup(data: bytes) -> bool:
    return data[:64].lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(_WEB_PAGE)


def _is_json_lines(data: bytes, ending: str) -> bool:
    """Return whether the first line with text is a JSON object, or the text a list of them."""
    begin = data[:_LOOKED_AT].removeprefix(b"\xef\xbb\xbf").lstrip()
    if begin[:1] == b"[" and begin[1:].lstrip()[:1] in {b"{", b"]"}:
        return True
    return begin.startswith(b"{") and (ending == ".json" or is_json(begin.split(b"\n", 1)[0]))
