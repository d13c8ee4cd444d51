"""Prepared companies that commands keep, so that the next one has them at once."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import replace
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

from gsprep import __version__
from gsprep.errors import InputError
from gsprep.shipped import shipped
from gsprep.unification.answers import read_answers
from gsprep.unification.index import CompanyIndex
from gsprep.unification.index_file import hash_of_frame
from gsprep.unification.prepare import prepare_text, with_known
from gsprep.unification.promise import columns_compared

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pandas as pd

    from gsprep.unification.rulebook import Rulebook

_ENDING = ".index"
# A shorter list is prepared before its file is found: no line is simulated from it.
_SHORTEST = 30
# What is kept is of use for the lists that someone works with at present.
_MOST_FILES, _MOST_BYTES = 20, 1_000_000_000


def kept_index(  # noqa: PLR0913  each of them says what is in the index
    companies: pd.DataFrame,
    book: Rulebook,
    folder: Path | None,
    *,
    known: pd.DataFrame | None = None,
    answers: pd.DataFrame | None = None,
    columns: Iterable[str] | None = None,
) -> CompanyIndex:
    """Return the index as ``prepare_text`` does, from a file in ``folder`` if it is there.

    The folder has the indexes that were used last, named by hashes of the list and the rulebook.
    They hold companies only: no known people, no answers. ``columns`` are those of the people who
    will be matched. None keeps none, nor does a folder that
    cannot be written to. Raises InputError as ``prepare_text`` does.
    """
    if folder is None or len(companies) < _SHORTEST:
        return prepare_text(companies, book, known=known, answers=answers, columns=columns)
    path = folder / f"{_name_of(companies, book, columns)}{_ENDING}"
    index = _loaded(path, book)
    if index is None:
        index = prepare_text(companies, book, columns=columns)
        with suppress(OSError, InputError):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            index.save(path)
            _remove_oldest(folder)
    if answers is not None:
        index = replace(index, answers=read_answers(answers, index.gsids.tolist()))
    return with_known(index, known)


def _loaded(path: Path, book: Rulebook) -> CompanyIndex | None:
    with suppress(OSError, InputError):
        index = CompanyIndex.load(path, book)
        os.utime(path)
        return index
    return None


def remove_kept(folder: Path, before: float | None = None) -> int:
    """Remove the indexes of a folder, or those last used before a moment; return how many."""
    removed = 0
    for path in list(_kept(folder)):
        with suppress(OSError):
            if before is None or path.stat().st_mtime < before:
                path.unlink()
                removed += 1
    return removed


def _name_of(companies: pd.DataFrame, book: Rulebook, columns: Iterable[str] | None) -> str:
    whole = blake2b(hash_of_frame(companies).encode(), digest_size=16)
    whole.update(repr(book.model_dump()).encode())
    whole.update(repr(columns_compared(book, columns)).encode())
    whole.update(_this_gsprep().encode())
    return whole.hexdigest()


@cache
def _this_gsprep() -> str:
    """Return what tells this gsprep from one that may prepare companies in another way."""
    package = Path(__file__).resolve().parent.parent
    files = (*package.rglob("*.py"), *shipped("rules").rglob("*"))
    told = ((path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in sorted(files))
    return f"{__version__} {list(told)}"


def _kept(folder: Path) -> Iterator[Path]:
    """Yield the files of indexes; a folder that does not exist has none."""
    yield from folder.glob(f"*{_ENDING}")


def _remove_oldest(folder: Path) -> None:
    """Remove the files that were used longest ago, beyond a number and a size of all."""
    sizes = {path: path.stat() for path in _kept(folder)}
    newest = sorted(sizes, key=lambda path: sizes[path].st_mtime, reverse=True)
    whole = 0
    for number, path in enumerate(newest, 1):
        whole += sizes[path].st_size
        if number > 1 and (number > _MOST_FILES or whole > _MOST_BYTES):
            path.unlink(missing_ok=True)
