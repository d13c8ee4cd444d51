"""Positions of texts among distinct ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

# Looking a text up in a dictionary takes a hundredth of the time of a search in the sorted texts,
# and a dictionary of all texts takes as long as so many searches as it has hundredths.
_SEARCHES = 100
# Arrow hashes so many texts in the time in which Python looks up one.
_LOOKUPS = 4


class Places(Mapping[str, int]):
    """Distinct texts, and the position of each: 0, 1, … in the order given.

    ``order`` are the positions sorted by text; with it the first texts are found without a
    dictionary of all.
    """

    __slots__ = ("_found", "_order", "_searches", "texts")

    def __init__(self, texts: pa.Array, order: np.ndarray | None = None) -> None:
        """Keep the texts; nothing is computed before the first of them is looked up."""
        self.texts = texts
        self._order = order
        self._found: dict[str, int] | None = None
        self._searches = 0

    def has(self, values: pa.Array) -> np.ndarray:
        """Return which texts are among these; null is False."""
        found: np.ndarray = self.at(values) >= 0
        return found

    @property
    def order(self) -> np.ndarray:
        """The positions, sorted by text."""
        if self._order is None:
            self._order = pc.sort_indices(self.texts).to_numpy().astype(np.int32)
        return self._order

    def at(self, values: pa.Array) -> np.ndarray:
        """Return the position of each text, -1 for null and for others."""
        if values.null_count == len(values) or not len(self):
            return np.full(len(values), -1)
        if len(values) * _LOOKUPS > len(self):  # each value would be looked up in Python
            found = pc.index_in(values, value_set=self.texts, skip_nulls=True)
            places: np.ndarray = pc.fill_null(found, -1).to_numpy().astype(np.int64)
            return places
        self._searches += len(values)
        few = self._order is not None and self._searches * _SEARCHES < len(self)
        find = self._search if few and self._found is None else self._dictionary().get
        known = [-1 if text is None else find(text, -1) for text in values.to_pylist()]
        return np.array(known, dtype=np.int64)

    def _search(self, text: str, default: int) -> int:
        """Return the position of a text, found among the sorted ones."""
        texts, order, low, high = self.texts, self.order, 0, len(self)
        while low < high:
            middle = (low + high) // 2
            if texts[int(order[middle])].as_py() < text:
                low = middle + 1
            else:
                high = middle
        here = low < len(self) and texts[int(order[low])].as_py() == text
        return int(order[low]) if here else default

    def _dictionary(self) -> dict[str, int]:
        if self._found is None:
            self._found = {text: at for at, text in enumerate(self.texts.to_pylist())}
        return self._found

    def __getitem__(self, text: str) -> int:
        return self._dictionary()[text]

    def __iter__(self) -> Iterator[str]:
        return iter(self.texts.to_pylist())

    def __len__(self) -> int:
        return len(self.texts)

    def __reduce__(self) -> tuple[type[Places], tuple[pa.Array]]:
        return Places, (self.texts,)
