"""Modules and frames that are made when they are first used."""

from __future__ import annotations

from dataclasses import fields
from importlib import import_module
from threading import RLock
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import numpy as np
    import pandas as pd

    Rows = slice | np.ndarray

# Rows of a long frame that are made at a time.
_STEP = 1 << 17
# Threads that look at a frame at the same time get the same one.
_MAKING = RLock()


class _LazyModule(ModuleType):
    def __getattr__(self, name: str) -> Any:
        return getattr(import_module(self.__name__), name)


def lazy_module(name: str) -> Any:
    """Return a stand-in for a module; the first access to a name of it imports the module.

    For libraries that take a tenth of a second to import and that few commands use: a check of a
    CSV file needs no reader of workbooks. An error of the import is raised at the first use. The
    module is imported for type checkers as usual::

        if TYPE_CHECKING:
            from gsprep.tables import workbook
        else:
            workbook = lazy_module("gsprep.tables.workbook")

    >>> lazy_module("math").floor(2.5)
    2
    """
    return _LazyModule(name)


class _LateFrame(NamedTuple):
    rows: int
    make: Callable[[Rows, Sequence[str] | None], pd.DataFrame]


def late_frame(rows: int, make: Callable[[Rows, Sequence[str] | None], pd.DataFrame]) -> Any:
    """Return what a field of ``WithLateFrames`` takes in place of a frame with so many rows.

    ``make`` returns the rows at some positions, with the columns that are named, None for all.
    """
    return _LateFrame(rows, make)


class WithLateFrames:
    """A frozen dataclass some of whose frames are made when they are first looked at."""

    __slots__ = ("_late",)
    _late: dict[str, _LateFrame]

    def __post_init__(self) -> None:
        """Take away the fields that are made later: a missing attribute is asked for below."""
        given = {field.name: getattr(self, field.name) for field in fields(self)}  # type: ignore[arg-type]
        late = {name: value for name, value in given.items() if isinstance(value, _LateFrame)}
        object.__setattr__(self, "_late", late)
        for name in late:
            object.__delattr__(self, name)

    def __getattr__(self, name: str) -> Any:
        """Make a frame, and keep it."""
        with _MAKING:
            if name in (late := _late_of(self)):
                object.__setattr__(self, name, late[name].make(slice(None), None))
                del late[name]
        # Another thread may have made it; the error about a wrong name is the usual one.
        return object.__getattribute__(self, name)


def _late_of(result: WithLateFrames) -> dict[str, _LateFrame]:
    try:
        late: dict[str, _LateFrame] = object.__getattribute__(result, "_late")
    except AttributeError:  # a copy has all its frames
        return {}
    return late


def passed_on(result: WithLateFrames, name: str) -> Any:
    """Return a frame for another result; it is not made for that, and changing one is safe."""
    late = _late_of(result).get(name)
    return getattr(result, name).copy(deep=False) if late is None else late


def length_of(result: WithLateFrames, name: str) -> int:
    """Return the number of rows of a frame, which is not made for that."""
    late = _late_of(result).get(name)
    return len(getattr(result, name)) if late is None else late.rows


def part_of(
    result: WithLateFrames,
    name: str,
    columns: Sequence[str] | None = None,
    rows: Rows = slice(None),
) -> pd.DataFrame:
    """Return some columns and rows of a frame; it is not kept if it was not made before."""
    if (late := _late_of(result).get(name)) is not None:
        return late.make(rows, columns)
    frame: pd.DataFrame = getattr(result, name)
    return (frame if columns is None else frame[list(columns)]).iloc[rows]


def parts_of(
    result: WithLateFrames, name: str, columns: Sequence[str] | None = None, *, step: int = _STEP
) -> Iterator[pd.DataFrame]:
    """Yield a long frame as parts of so many rows, at least one; they are not kept."""
    for start in range(0, max(length_of(result, name), 1), step):
        yield part_of(result, name, columns, slice(start, start + step))
