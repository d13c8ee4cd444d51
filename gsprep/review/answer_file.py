"""File of answers that several processes may change."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from filelock import FileLock, Timeout

from gsprep.errors import InputError
from gsprep.schemas.answers import ANSWER_COLUMNS, ANSWERED_BY
from gsprep.schemas.frames import ROW_ID, line_columns, require

_PATIENCE_SECONDS = 10
# Time, size and inode of a file.
_Signature = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Format:
    """How a table of a format is read and written."""

    read: Callable[[Path], pd.DataFrame]
    write: Callable[[pd.DataFrame, Path], object]


class AnswerFile:
    """A file of answers that several processes may change.

    It is locked and read again before each change. Columns of others are kept; ``row_id`` and
    ``line`` are no columns of answers and are dropped.
    """

    def __init__(
        self,
        path: Path,
        of: Format,
        columns: Sequence[str] = ANSWER_COLUMNS,
        needed: Sequence[str] = ANSWERED_BY,
    ) -> None:
        """Use a path; the file may not exist yet. It has ``columns``, at least the ``needed``."""
        self.path = path
        self._format = of
        self._columns, self._needed = list(columns), list(needed)
        # One value, so that no other thread sees the lines of one moment with another's signature.
        self._known: tuple[_Signature | None, pd.DataFrame] = (None, self._empty())

    def lines(self) -> pd.DataFrame:
        """Return the current lines; the same frame while the file is unchanged.

        Raises TableError when it cannot be read, MissingColumnsError when it holds no answers.
        """
        signature = _signature(self.path)
        known, lines = self._known
        if signature != known:
            lines = self._empty() if signature is None else self._read()
            self._known = signature, lines
        return lines

    def _read(self) -> pd.DataFrame:
        frame = self._format.read(self.path)
        # Otherwise another table would be overwritten.
        require(frame, self._needed, of=str(self.path))
        left_out = {ROW_ID, *line_columns(frame), *self._columns}
        more = [name for name in frame.columns if name not in left_out]
        return frame.reindex(columns=[*self._columns, *more]).astype("str")

    def _empty(self) -> pd.DataFrame:
        return pd.DataFrame(columns=self._columns, dtype="str")

    def change(self, edit: Callable[[pd.DataFrame], pd.DataFrame | None]) -> bool:
        """Replace the lines by what ``edit`` makes of them; None leaves the file unchanged.

        No one else writes in between. The file is replaced in one step, is on the disk when this
        returns, and only its owner can read it; a file that is reached by a link is written where
        it is, with its rights, and is locked there. Returns whether it was written. Raises
        InputError if that fails.
        """
        lock = self._place.with_name(f".{self._place.name}.lock")
        try:
            with FileLock(lock, timeout=_PATIENCE_SECONDS, mode=0o600):
                edited = edit(self.lines())
                if edited is not None:
                    self._write(edited)
                return edited is not None
        except Timeout as failure:
            raise InputError(
                f"{self.path} is locked by another gsprep: wait for it, or end it"
            ) from failure
        except OSError as failure:
            raise InputError(
                f"{self.path} cannot be written: {failure.strerror or 'it failed'}. "
                "Check the right to write there and the free space"
            ) from failure

    @property
    def _place(self) -> Path:
        """Where the file is: behind all links, which others may read it by."""
        return Path(os.path.realpath(self.path))

    def _write(self, lines: pd.DataFrame) -> None:
        place = self._place
        with tempfile.TemporaryDirectory(dir=place.parent, prefix=".gsprep-") as folder:
            # What ends the name says how it is written, as it does when it is read.
            draft = Path(folder) / self.path.name
            self._format.write(lines, draft)
            if self.path.is_symlink() and place.exists():
                shutil.copymode(place, draft)
            with draft.open("rb+") as file:
                os.fsync(file.fileno())
            signature = _signature(draft)
            draft.replace(place)
        _sync_folder(place.parent)
        self._known = signature, lines


def cells_of(lines: pd.DataFrame, line: int, columns: Sequence[str]) -> dict[str, str]:
    """Return the cells of a line of answers by column, without missing ones."""
    cells = lines[list(columns)].iloc[line].to_dict()
    return {str(name): cell for name, cell in cells.items() if isinstance(cell, str)}


def added(
    lines: pd.DataFrame, new: Sequence[Mapping[str, str | None]], columns: Sequence[str]
) -> pd.DataFrame:
    """Return lines of answers with new ones at their end."""
    more = pd.DataFrame(new, columns=list(columns), dtype="str")
    return pd.concat([lines, more], ignore_index=True).astype("str")


def _signature(path: Path) -> _Signature | None:
    try:
        told = path.stat()
    except FileNotFoundError:
        return None
    return told.st_mtime_ns, told.st_size, told.st_ino


def _sync_folder(folder: Path) -> None:
    """Wait until the new name is on the disk, where a system can sync folders."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
