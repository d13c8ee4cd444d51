"""One test of a whole table of examples."""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


def each_row(
    names: str | tuple[str, ...], rows: Iterable[Any], ids: Any = repr
) -> Callable[[Callable[..., None]], Callable[[], None]]:
    """Call a test with every row of a table; all rows that fail are reported, each by its id.

    Use it as ``pytest.mark.parametrize`` where a row needs no fixture and takes a millisecond: a
    test for each row costs several times as much.
    """
    table = list(rows)
    alone = isinstance(names, str) and "," not in names
    columns = [name.strip() for name in names.split(",")] if isinstance(names, str) else names

    def checked(test: Callable[..., None]) -> Callable[[], None]:
        @functools.wraps(test)
        def check() -> None:
            failures = []
            for nth, row in enumerate(table):
                values, told = _row_of(row, alone=alone)
                told = told or (ids(row) if callable(ids) else ids[nth])
                try:
                    test(**dict(zip(columns, values, strict=True)))
                except (Exception, pytest.fail.Exception) as failure:  # noqa: BLE001  reported below
                    failure.add_note(f"The row is: {told}")
                    failures.append(failure)
            if failures:
                message = f"{len(failures)} of {len(table)} rows failed"
                raise BaseExceptionGroup(message, failures)

        # To pytest it is a test without arguments.
        check.__signature__ = inspect.Signature()  # type: ignore[attr-defined]
        return check

    return checked


def _row_of(row: Any, *, alone: bool) -> tuple[tuple[Any, ...], str | None]:
    """Return the values of a row and its id, if it has one."""
    if isinstance(row, type(pytest.param())):
        assert not row.marks, "A row with a mark needs a test of its own."
        return row.values, row.id
    return ((row,) if alone else tuple(row)), None
