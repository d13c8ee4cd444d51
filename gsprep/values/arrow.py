"""Columns of text as Arrow arrays, to and from pandas; positions of texts."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Mapping
from contextlib import contextmanager
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

# As many values take less time one by one than their columns take to be prepared.
FEW = 4
# The Arrow type that pandas uses for its text.
TEXT = pa.large_string()
_PANDAS_TEXT = pd.StringDtype(na_value=np.nan)
_FIRST_SHOWN, _LAST_SHOWN, _BLANK = 0x20, 0x7E, 0x20
_LOOKED_AT = 1_000
# Numbers of records leave out few: so many times as many fit into a table.
_SPARSE = 4


def as_arrow(column: pd.Series[str] | pd.Index | pa.ChunkedArray) -> pa.Array:
    """Return a text column as one Arrow array; missing is null."""
    values: Any = column
    if isinstance(column, (pd.Series, pd.Index)):
        values = pa.array(column.array, type=TEXT, from_pandas=True)
    if isinstance(values, pa.ChunkedArray):
        values = values.chunk(0) if values.num_chunks == 1 else values.combine_chunks()
    return _from_first_byte(values)


def _from_first_byte(values: pa.Array) -> pa.Array:
    """Return the same texts with nothing before them among the bytes, as some engines send it.

    Arrow's functions for the case of ASCII letters give other texts then (pyarrow 26.0.1).
    """
    if values.type != TEXT or values.offset or not len(values):
        return values
    offsets = np.frombuffer(values.buffers()[1], dtype=np.int64, count=1)
    return values.take(pa.array(np.arange(len(values)))) if offsets[0] else values


def as_texts(values: Sequence[str | None] | pa.Array) -> pa.Array:
    """Return texts as one Arrow array; None is null."""
    return values if isinstance(values, pa.Array) else pa.array(values, pa.large_string())


def as_column(values: pa.Array, like: pd.Series | None = None) -> pd.Series[str]:
    """Return an Arrow array of text as a column (dtype ``str``) with another's index and name."""
    text: Any = _PANDAS_TEXT
    column = text.__from_arrow__(values.cast(pa.large_string()))
    if like is None:
        return pd.Series(column)
    return pd.Series(column, index=like.index, name=like.name)


def as_list(values: pa.Array) -> list[str | None]:
    """Return an Arrow array of text as Python's texts; null is None."""
    if values.null_count == len(values):
        return [None] * len(values)
    return as_objects(values).tolist()


def as_objects(values: pa.Array) -> np.ndarray:
    """Return an Arrow array of text as an array of Python's texts; null is None."""
    return values.to_numpy(zero_copy_only=False)


def filled(column: pd.Series[str], others: pd.Series[str]) -> pd.Series[str]:
    """Return a text column whose missing values are taken from another column."""
    return as_column(pc.coalesce(as_arrow(column), as_arrow(others)), column)


def as_mask(answers: pa.Array) -> np.ndarray:
    """Return an Arrow array of booleans as a mask; null is False."""
    known = pc.fill_null(answers, fill_value=False) if answers.null_count else answers
    return np.asarray(known.to_numpy(zero_copy_only=False), dtype=bool)


def among(column: pd.Series[str], others: pd.Series[str]) -> np.ndarray:
    """Return which texts of a column are in another one; missing is False.

    ``Series.isin`` makes Python's texts of the other column first, which takes ten times as long.
    """
    return as_mask(pc.is_in(as_arrow(column), value_set=as_arrow(others), skip_nulls=True))


def places_among(column: pd.Series[str], others: pd.Series[str] | pd.Index) -> np.ndarray:
    """Return the position of each text in another column without repeats; -1 for none."""
    return place_finder(others)(column)


def place_finder(others: pd.Series[str] | pd.Index) -> Callable[[pd.Series[str]], np.ndarray]:
    """Return a function of columns that is ``places_among`` these others."""
    known = as_arrow(others)
    ours, place_of = _numbers(known), np.zeros(0, dtype=np.int64)
    # Records are mostly numbered: no number need be looked up.
    if ours is not None and ours.max(initial=0) <= _SPARSE * len(ours):
        place_of = np.full(ours.max(initial=-1) + 2, -1)
        place_of[ours] = np.arange(len(ours))

    def find(column: pd.Series[str]) -> np.ndarray:
        sought = as_arrow(column)
        numbers = _numbers(pc.fill_null(sought, "0")) if len(place_of) else None
        places: np.ndarray
        if numbers is None:
            found = pc.index_in(sought, value_set=known, skip_nulls=True)
            places = pc.fill_null(found, -1).to_numpy().astype(np.int64)
        else:
            places = place_of[np.minimum(numbers, len(place_of) - 1)]
            places[as_mask(sought.is_null())] = -1
        return places

    return find


def _numbers(texts: pa.Array) -> np.ndarray | None:
    """Return texts as numbers, if each is a number from 0 on as Arrow writes it."""
    if texts.null_count or not pc.all(pc.ascii_is_decimal(texts)).as_py():
        return None
    try:
        numbers = pc.cast(texts, pa.int64())
    except pa.ArrowInvalid:  # too large
        return None
    return numbers.to_numpy() if pc.cast(numbers, TEXT).equals(texts) else None


def counts_of(column: pd.Series[str]) -> dict[str, int]:
    """Return how many cells have each text, by first appearance; missing cells are not counted."""
    values, counts = pc.value_counts(as_arrow(column).drop_null()).flatten()
    return dict(zip(values.to_pylist(), counts.to_pylist(), strict=True))


def matches(values: pa.Array, pattern: str) -> np.ndarray:
    """Return where a pattern of RE2 is found in the text; null is False."""
    if values.null_count == len(values):
        # To compile the pattern takes longer than to search a small file for it.
        return np.zeros(len(values), dtype=bool)
    return as_mask(pc.match_substring_regex(values, pattern))


def lengths_of(values: pa.Array) -> np.ndarray:
    """Return the length of each text in bytes; null is 0."""
    return pc.fill_null(pc.binary_length(values), 0).to_numpy()


def with_chosen(values: pa.Array, where: np.ndarray, others: pa.Array) -> pa.Array:
    """Return the array with the values of another one where the mask is true."""
    return pc.if_else(pa.array(where), others, values)


def joined(*parts: pa.Array | str, between: str = "") -> pa.Array:
    """Return the parts of each place joined into one text; null where a part is null."""
    texts = [pa.scalar(p, TEXT) if isinstance(p, str) else p for p in parts]
    return pc.binary_join_element_wise(*texts, pa.scalar(between, TEXT))


def is_tidy(values: pa.Array) -> np.ndarray:
    """Return where the text is certainly tidy: printable ASCII, single blanks, none at the ends.

    Other texts may be tidy too; null is True.
    """
    starts, data = bytes_of(values)
    odd = (data < _FIRST_SHOWN) | (data > _LAST_SHOWN)
    blank = data == _BLANK
    odd[1:] |= blank[1:] & blank[:-1]
    # An empty text is not tidy, and has no byte to show it.
    tidy: np.ndarray = starts[1:] > starts[:-1]
    there = np.flatnonzero(tidy)
    tidy[np.searchsorted(starts, np.flatnonzero(odd), side="right") - 1] = False
    tidy[there[blank[starts[there]] | blank[starts[there + 1] - 1]]] = False
    tidy[as_mask(pc.is_null(values))] = True
    return tidy


@cache
def _among(signs: bytes) -> np.ndarray:
    """Return a mask of the 256 bytes; signs are constants of the code."""
    return np.isin(np.arange(256), np.frombuffer(signs, dtype=np.uint8))


def _held(data: np.ndarray, signs: bytes) -> np.ndarray:
    """Return which bytes are among the signs; to ask for each range is faster than a table."""
    held = np.zeros(len(data), dtype=bool)
    for first, last in _ranges(signs):
        held |= data - first <= last - first  # what is less than the first is large then
    return held


@cache
def _ranges(signs: bytes) -> np.ndarray:
    """Return the first and the last of signs that follow one another, for all such ranges."""
    edges = np.flatnonzero(np.diff(_among(signs), prepend=False, append=False))
    return np.column_stack([edges[::2], edges[1::2] - 1]).astype(np.uint8)


# The first bytes of what Unicode counts as blank: ASCII, then the leading bytes of all others.
_BEGINS_BLANK = _among(b"\t\n\v\f\r\x1c\x1d\x1e\x1f \xc2\xe1\xe2\xe3")


def are_blank(values: pa.Array) -> np.ndarray:
    """Return which texts are empty or only blanks; null is False."""
    starts, data = bytes_of(values)
    filled = np.flatnonzero(starts[1:] > starts[:-1])
    blank = as_mask(pc.is_valid(values)) if values.null_count else np.ones(len(values), bool)
    blank[filled] = False
    maybe = filled[_BEGINS_BLANK[data[starts[filled]]]]
    if len(maybe):
        trimmed = pc.utf8_trim_whitespace(values.take(pa.array(maybe)))
        blank[maybe] = as_mask(pc.equal(trimmed, ""))
    return blank


def has_repeats(values: pa.Array | pa.ChunkedArray) -> bool:
    """Return whether a long column has few different values, by a thousand of them."""
    if len(values) < _LOOKED_AT:
        return False
    some = values.take(pa.array(np.linspace(0, len(values) - 1, _LOOKED_AT, dtype=np.int64)))
    return bool(pc.count_distinct(some, mode="all").as_py() < _LOOKED_AT // 4)


def has_byte(values: pa.Array, sign: bytes) -> bool:
    """Return whether any text holds an ASCII sign."""
    return bool((bytes_of(values)[1] == ord(sign)).any())


def count_bytes(values: pa.Array, sign: bytes) -> int:
    """Return how often a sign (of one or more bytes) is in all texts together."""
    if len(sign) > 1:
        return int(pc.sum(pc.count_substring(values, sign.decode())).as_py() or 0)
    return int(np.count_nonzero(bytes_of(values)[1] == ord(sign)))


def with_bytes(values: pa.Array, anywhere: bytes, at_ends: bytes) -> np.ndarray:
    """Return which texts hold one of the bytes, or have one of the others at an end."""
    starts, data = bytes_of(values)
    found = np.zeros(len(values), dtype=bool)
    held = np.flatnonzero(_held(data, anywhere))
    found[np.searchsorted(starts, held, side="right") - 1] = True
    filled = np.flatnonzero(starts[1:] > starts[:-1])
    ends = _among(at_ends)
    found[filled[ends[data[starts[filled]]] | ends[data[starts[filled + 1] - 1]]]] = True
    return found


def bytes_of(values: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """Return where each text starts among the bytes, and the bytes."""
    if not len(values):
        return np.zeros(1, dtype=np.int64), np.zeros(0, dtype=np.uint8)
    _, offsets, data = values.buffers()
    starts = np.frombuffer(offsets, dtype=np.int64)[values.offset : values.offset + len(values) + 1]
    data = b"" if data is None else data
    used = np.frombuffer(data, dtype=np.uint8)[starts[0] : starts[-1]]
    return starts - starts[0], used


def only(values: pa.Array, kept: bytes) -> pa.Array:
    """Return each text reduced to the ``kept`` ASCII characters; null gives ""."""
    starts, data = bytes_of(values)
    return kept_bytes(starts, data, _held(data, kept))


def kept_bytes(starts: np.ndarray, data: np.ndarray, kept: np.ndarray) -> pa.Array:
    """Return the texts at these starts, reduced to the bytes of the mask."""
    return from_bytes(counted_before(kept)[starts], data[kept])


def counted_before(mask: np.ndarray) -> np.ndarray:
    """Return how often a mask is true before each place, and in all.

    NumPy adds up a mask twenty times faster if it is told the type of the sum.
    """
    counts = np.zeros(len(mask) + 1, dtype=np.int64)
    np.cumsum(mask, out=counts[1:], dtype=np.int64)
    return counts


def from_bytes(starts: np.ndarray, data: np.ndarray) -> pa.Array:
    """Return the texts at these starts in bytes of UTF-8; the last start is the end of all."""
    buffers = [None, pa.py_buffer(starts), pa.py_buffer(data)]
    return pa.Array.from_buffers(pa.large_string(), len(starts) - 1, buffers)


def behind_last(values: pa.Array, sign: bytes) -> pa.Array:
    """Return the part of each text after the last ASCII sign; the whole text without one."""
    starts, data = bytes_of(values)
    signs = np.flatnonzero(data == ord(sign))
    row = np.searchsorted(starts, signs, side="right") - 1
    begins, ends = starts[:-1].copy(), starts[1:]
    begins[row] = signs + 1
    there = begins < ends
    # One where a part begins, less one where it ends: added up, it is one within the parts.
    edges = np.zeros(len(data) + 1, dtype=np.int8)
    edges[begins[there]] = 1
    edges[ends[there]] -= 1
    behind = np.cumsum(edges[:-1], dtype=np.int8).view(bool)
    return from_bytes(np.append(0, np.cumsum(ends - begins)), data[behind])


def return_memory() -> None:
    """Return freed memory to the system, where that can be asked for (glibc).

    Columns leave gaps of all sizes, which otherwise stay with the process: at the end of a stage of
    a million rows they are half of its memory.
    """
    pa.default_memory_pool().release_unused()
    if sys.platform == "linux" and hasattr(library := ctypes.CDLL(None), "malloc_trim"):
        library.malloc_trim(0)


class ColumnResult(NamedTuple):
    """Results for a column, and where they are ``sure``; elsewhere they are undefined.

    ``results`` is None if each value is its own result.
    """

    results: pa.Array | None
    sure: np.ndarray


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
        return self.at(values) >= 0

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
            return pc.fill_null(found, -1).to_numpy().astype(np.int64)
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


_lock = Lock()
_alone = [0]  # the calculations of this process that are limited to one thread


def usual_threads() -> int:
    """Return the number of threads to use: one for each processor, or one within ``one_thread``."""
    return 1 if _alone[0] else os.cpu_count() or 1


@contextmanager
def one_thread() -> Iterator[None]:
    """Limit the calculations of this process to one thread while the block runs.

    For workers of an engine that starts one for each processor. Results are the same.

    >>> with one_thread():
    ...     usual_threads()
    1
    """
    with _lock:
        _alone[0] += 1
    try:
        yield
    finally:
        with _lock:
            _alone[0] -= 1
