"""Files that are replaced in one step."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from gsprep.errors import NO_FOLDER, TableError


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """Yield a draft (0600) next to the target; it replaces the target if nothing fails.

    Raises TableError when the system does not let it be written; the old file then stays.
    """
    try:
        handle, name = tempfile.mkstemp(
            dir=target.parent, prefix=".gsprep-", suffix=target.suffix.lower()
        )
        os.close(handle)
    except OSError as failure:
        raise _unwritable(target, failure) from failure
    draft = Path(name)
    try:
        yield draft
        draft.replace(target)
    except OSError as failure:
        raise _unwritable(target, failure) from failure
    finally:
        with suppress(FileNotFoundError):
            draft.unlink()


def _unwritable(target: Path, failure: OSError) -> TableError:
    if isinstance(failure, FileNotFoundError):
        return TableError(target, *NO_FOLDER)
    return TableError(
        target,
        "it cannot be written",
        "Close it in other programs, and check the right to write there and the free space.",
    )


def place_for(folder: Path) -> tuple[Path, str | None]:
    """Return a folder or its nearest parent that exists, and why no file can be made there.

    Nothing is created. The reason is None for a folder that can be written.
    """
    for place in (folder, *folder.parents):
        try:
            place.stat()
        except FileNotFoundError:
            continue
        except OSError as failure:
            return place, f"cannot be created ({failure.strerror})"
        if not place.is_dir():
            return place, "is a file, not a folder"
        return place, None if os.access(place, os.W_OK | os.X_OK) else "is not writable"
    return folder, "is not there"
