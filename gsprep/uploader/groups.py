"""Rows that go as one, kept column by column: a million groups are a few arrays."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from gsprep.values.arrow import TEXT, as_arrow

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from gsprep.uploader.columns import Texts


@dataclass(frozen=True, slots=True)
class Groups:
    """Groups of rows that agree, and what the rows of each say together.

    Attributes:
        rows: the positions of all their rows, group after group, the leading row first.
        starts: where each group begins in ``rows``, and where the last one ends.
        fields: names and texts in the order they are sent, one text for each group, null where
            no row says any. A name may stand there twice: then one of the two texts is null.
    """

    rows: np.ndarray
    starts: np.ndarray
    fields: tuple[tuple[str, Texts], ...]

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def leading(self) -> np.ndarray:
        """The position of the leading row of each group; groups without rows have none."""
        return np.asarray(self.rows[self.starts[:-1]])

    def rows_of(self, at: int) -> tuple[int, ...]:
        """Return the positions of the rows of one group."""
        return tuple(self.rows[self.starts[at] : self.starts[at + 1]].tolist())

    def fields_of(self, at: int) -> dict[str, str]:
        """Return what one group says, without what is missing."""
        said = ((name, texts[at].as_py()) for name, texts in self.fields)
        return {name: text for name, text in said if text is not None}

    def texts_of(self, name: str, start: int, stop: int) -> Texts:
        """Return the texts of one field of some groups, all null when there is no such field."""
        found = [texts.slice(start, stop - start) for own, texts in self.fields if own == name]
        if not found:
            return pa.nulls(stop - start, TEXT)
        return found[0] if len(found) == 1 else pc.coalesce(*found)

    def of_rows(self, length: int) -> np.ndarray:
        """Return the group of each of ``length`` rows, -1 for a row that is in none."""
        group = np.full(length, -1)
        group[self.rows] = np.repeat(np.arange(len(self)), np.diff(self.starts))
        return group

    def take(self, order: np.ndarray) -> Groups:
        """Return groups by their places, in that order."""
        if is_range(order, len(self)):
            return self
        counts = np.diff(self.starts)[order]
        starts = starts_of(counts)
        # Row by row: where its group began, and how far into the group it stands.
        shift = np.repeat(self.starts[:-1][order] - starts[:-1], counts)
        rows = self.rows[np.arange(starts[-1]) + shift]
        taken = pa.array(order)
        return Groups(rows, starts, tuple((name, texts.take(taken)) for name, texts in self.fields))

    def without_rows(self) -> Groups:
        """Return as many groups that say the same and have no rows."""
        none = np.empty(0, dtype=np.intp)
        return replace(self, rows=none, starts=np.zeros(len(self.starts), dtype=np.intp))

    def with_fields(self, fields: Iterable[tuple[str, Texts]]) -> Groups:
        """Return the same groups saying something else."""
        return replace(self, fields=tuple(fields))


def grouped(values: pd.DataFrame, leader: np.ndarray, faults: Collection[int]) -> Groups:
    """Return the rows without a fault, grouped by their leader, in the order of first rows.

    ``values`` is a text frame; of what the rows of a group say in a column the first is taken.
    """
    free = np.ones(len(leader), dtype=bool)
    free[np.fromiter(faults, dtype=np.intp, count=len(faults))] = False
    rows = free.nonzero()[0]
    of = pd.factorize(leader[rows])[0]
    order = np.argsort(of, kind="stable")
    rows, of = rows[order], of[order]
    starts = starts_of(np.bincount(of))
    columns = ((str(name), as_arrow(values[name])) for name in values.columns)
    said = tuple((name, _first_said(texts, rows, of, starts)) for name, texts in columns)
    return Groups(rows, starts, said)


def _first_said(texts: Texts, rows: np.ndarray, of: np.ndarray, starts: np.ndarray) -> Texts:
    """Return the first text of each group; ``of`` is the group of each of ``rows``."""
    if len(rows) == len(starts) - 1:
        return texts if is_range(rows, len(texts)) else texts.take(pa.array(rows))
    said = texts.is_valid().to_numpy(zero_copy_only=False)[rows].nonzero()[0][::-1]
    first = np.full(len(starts) - 1, -1)
    # Written from the last to the first: the first stays.
    first[of[said]] = rows[said]
    return texts.take(pa.array(first, mask=first < 0))


def joined(first: Groups, second: Groups) -> Groups:
    """Return the groups of both, each saying what it said in its own order."""
    none_before, none_after = pa.nulls(len(first), TEXT), pa.nulls(len(second), TEXT)
    fields = (
        *((name, pa.concat_arrays([texts, none_after])) for name, texts in first.fields),
        *((name, pa.concat_arrays([none_before, texts])) for name, texts in second.fields),
    )
    starts = np.concatenate([first.starts, second.starts[1:] + first.starts[-1]])
    return Groups(np.concatenate([first.rows, second.rows]), starts, fields)


def starts_of(counts: np.ndarray) -> np.ndarray:
    """Return where each of several stretches begins, and where the last one ends.

    >>> starts_of(np.array([2, 0, 1])).tolist()
    [0, 2, 2, 3]
    """
    starts = np.zeros(len(counts) + 1, dtype=np.intp)
    np.cumsum(counts, out=starts[1:])
    return starts


def is_range(places: np.ndarray, length: int) -> bool:
    """Tell whether places are all there are, in their order."""
    return len(places) == length and bool((places == np.arange(length)).all())
