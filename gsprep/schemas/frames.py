"""Frames of text columns with a ``row_id``."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import suppress
from decimal import Decimal
from enum import Enum
from os import PathLike
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from gsprep.errors import InputError, MissingColumnsError
from gsprep.lazy import late_frame
from gsprep.results import REJECT_COLUMNS
from gsprep.values.arrow import (
    TEXT,
    are_blank,
    as_arrow,
    as_column,
    as_list,
    counted_before,
    matches,
    places_among,
)
from gsprep.values.text import storable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gsprep.lazy import Rows


class ArrowStream(Protocol):
    """A frame of another library, which gives its columns as Arrow does."""

    def __arrow_c_stream__(self, requested_schema: object | None = None, /) -> object:
        """Return the capsule of a stream."""


Frame = pd.DataFrame | ArrowStream
ROW_ID = "row_id"
# Where a record is in the file it was read from.
LINE = "line"
# Answers are about people, domains and names, not about records of a file.
_ANSWERS = frozenset({"kind", "value", "Company_ID", "answer"})
_TEXT_OR_NONE = frozenset({str, type(None), type(pd.NA), float})
_LINE = r"^(?:.+:)?[0-9]+$"


# Columns that say which person a row is: an index of this name was made of one.
_OF_THE_ROW = frozenset({"Email", "Gsid"})
_NUMBER = "drop the column to number the records"


def text_frame(frame: Frame, *, of: str = "the frame", otherwise: str = _NUMBER) -> pd.DataFrame:
    """Return a new frame of text with a ``row_id`` and positions 0, 1, … as its index.

    Numbers, dates and booleans read as a person would type them: 4155550102, 2026-11-20, true.
    A list is its entries, joined by ``;``. None, NaN, ``pd.NA``, "" and blanks are missing. Records
    without a ``row_id`` column are numbered "1", "2", …

    Called at the public doors only: functions behind them take text frames. ``otherwise`` is what
    can be done about a ``row_id`` but to fill it or to make it unique.

    Raises InputError for what is no frame, headers of several levels, a repeated column name, a
    repeated or missing ``row_id``, and an index that has the name of a key.
    """
    frame = as_pandas(frame, of=of)
    if frame.columns.nlevels > 1:
        raise InputError(f"{of} has headers of several levels: give each column one name")
    names = [str(name) for name in frame.columns]
    repeated = [name for name, times in Counter(names).items() if times > 1]
    if repeated:
        raise InputError(f"{of} has the column {repeated[0]} more than once: rename or drop one")
    lost = _OF_THE_ROW.intersection(frame.index.names).difference(names)
    if lost:
        raise InputError(f"{of} has {min(lost)} as its index: make it a column, with reset_index()")
    if names and type(frame) is pd.DataFrame and all(_is_tidy(one) for _, one in frame.items()):
        # To take one person's columns apart and together again takes longer than to match them.
        text = frame.reset_index(drop=True).set_axis(names, axis=1)
        text.attrs.clear()
    else:
        columns = {name: _readable(frame.iloc[:, at]) for at, name in enumerate(names)}
        text = pd.DataFrame(columns, index=pd.RangeIndex(len(frame)))
    return with_row_ids(text, of=of, otherwise=otherwise)


def as_pandas(frame: Frame, *, of: str = "the frame") -> pd.DataFrame:
    """Return a pandas frame: itself, or the columns of anything with ``__arrow_c_stream__``.

    That is a frame of polars or DuckDB, a table of Arrow, and others. Raises InputError for what is
    no frame.
    """
    if isinstance(frame, pd.DataFrame):
        return frame
    if not hasattr(frame, "__arrow_c_stream__"):
        raise _no_frame(frame, of)
    try:
        table = pa.table(frame)
    except pa.ArrowInvalid:  # one column
        raise _no_frame(frame, of) from None
    columns = {at: _pandas_column(column) for at, column in enumerate(table.columns)}
    return pd.DataFrame(columns, index=pd.RangeIndex(len(table))).set_axis(
        table.column_names, axis=1
    )


def _no_frame(value: object, of: str) -> InputError:
    """Return the error for an argument that is no frame: a path, a result, or something else."""
    cure = "give a frame of pandas, polars or Arrow"
    if isinstance(value, str | PathLike):
        cure = "read the file with gsprep.read_table"
    elif parts := [f".{name}" for name in getattr(value, "look_at", ()) if name != "stopped"]:
        cure = f"give one of its frames: {', '.join(parts)}"
    return InputError(f"{of} has the type {type(value).__name__}: {cure}")


def _pandas_column(column: pa.ChunkedArray) -> pd.Series:
    """Return a column of Arrow as pandas has it: text as ``str``, other types as they are."""
    kind = column.type
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return as_column(column)
    if pa.types.is_binary_view(kind):
        kind = pa.large_binary()
    # Arrow does not cast a struct with a field that is never null to its own type.
    cells = column if kind == column.type else column.cast(kind)
    return pd.Series(pd.arrays.ArrowExtensionArray(cells))


def with_row_ids(frame: pd.DataFrame, *, of: str, otherwise: str = _NUMBER) -> pd.DataFrame:
    """Return the text frame with a valid ``row_id``: the given one, or numbers from 1."""
    if ROW_ID not in frame.columns:
        frame = frame.copy(deep=False)
        numbers = as_column(pa.array(np.arange(1, len(frame) + 1)))
        frame.insert(0, ROW_ID, numbers.set_axis(frame.index))
        return frame
    _refuse_names(frame[ROW_ID], of, otherwise)
    return frame


def with_lines(frame: pd.DataFrame, lines: np.ndarray | None) -> pd.DataFrame:
    """Return a frame as read with the column ``line``, if its records are to be numbered.

    A table with its own ``row_id`` or ``line`` is unchanged, but in a rejects.csv that is read
    again the lines are those of that file.
    """
    if lines is None or set(frame.columns) >= _ANSWERS:
        return frame
    numbers = pd.Series(lines, index=frame.index).astype("str")
    if ROW_ID in frame.columns:
        is_renewed = bool(reason_columns(frame)) and has_lines(frame)
        return frame.assign(**{LINE: numbers}) if is_renewed else frame
    if LINE in frame.columns:
        return frame
    return frame.assign(**{LINE: numbers})[[LINE, *frame.columns]]


def has_lines(frame: pd.DataFrame) -> bool:
    """Return whether a text frame says on which line of a file each record is."""
    if LINE not in frame.columns:
        return False
    lines = as_arrow(frame[LINE])
    is_of_file = not lines.null_count and pc.all(pc.ascii_is_decimal(lines)).as_py()
    return bool(is_of_file or matches(lines, _LINE).all())


def line_columns(frame: pd.DataFrame) -> list[str]:
    """Return the column of lines, if there is one: like ``row_id`` it is no data."""
    return [LINE] if has_lines(frame) else []


def named_by(frame: pd.DataFrame, column: str, *, of: str) -> pd.DataFrame:
    """Return the text frame with one of its columns as ``row_id``; the column stays.

    Raises MissingColumnsError, and InputError for a cell that is missing or repeated.
    """
    require(frame, [column], of=of)
    _refuse_names(frame[column], of, "name another column with --id, or none")
    others = frame.drop(columns=ROW_ID, errors="ignore")
    return others.assign(**{ROW_ID: frame[column]})[[ROW_ID, *others.columns]]


def _refuse_names(names: pd.Series[str], of: str, otherwise: str) -> None:
    """Raise InputError unless every record has a unique name."""
    wrong = {
        "has no {} in record {}: fill it": names.isna(),
        "repeats a {} in record {}: make every one unique": names.duplicated(),
    }
    for sentence, where in wrong.items():
        if where.any():
            record = int(where.to_numpy().argmax()) + 1
            raise InputError(f"{of} {sentence.format(names.name, record)}, or {otherwise}")


def reason_columns(frame: pd.DataFrame) -> list[str]:
    """Return the columns that a rejects.csv adds to its rows, if ``frame`` is one.

    In a frame with only some of them they are the user's own.
    """
    return list(REJECT_COLUMNS) if set(REJECT_COLUMNS) <= set(frame.columns) else []


def without_reasons(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame without the columns that a rejects.csv adds to its rows."""
    return frame.drop(columns=reason_columns(frame))


def _readable(column: pd.Series) -> pd.Series[str]:
    try:
        return text_column(column)
    except UnicodeEncodeError:  # a lone surrogate, from broken JSON
        whole = [storable(value) if isinstance(value, str) else value for value in column]
        return text_column(pd.Series(whole, dtype=object, name=column.name))


def in_order(frame: pd.DataFrame, order: pd.Series[str]) -> pd.DataFrame:
    """Return the lines of these row_ids in their order; the line of an absent one is missing.

    Each row_id stands once in both.
    """
    if len(frame) == len(order) and frame[ROW_ID].array.equals(order.array):
        return frame.reset_index(drop=True)
    lines = frame.reset_index(drop=True).reindex(places_among(order, frame[ROW_ID]))
    return lines.reset_index(drop=True).assign(**{ROW_ID: order.array})


class SplitRows(NamedTuple):
    """Rows of one frame that are in two.

    Attributes:
        order: the position of each row among those of both frames, one below the other.
        first, second: the frames, with the same columns.
    """

    order: np.ndarray
    first: pd.DataFrame
    second: pd.DataFrame

    @classmethod
    def of(cls, first: pd.DataFrame, second: pd.DataFrame) -> SplitRows:
        """Return the rows of two frames, whose indexes are positions in one.

        A later change of the frames does not change the rows.
        """
        first, second = first.copy(deep=False), second.copy(deep=False)
        places = np.concatenate([first.index, second.index])
        return cls(np.argsort(places, kind="stable").astype(np.int32), first, second)

    def late(self) -> Any:
        """Return all rows in their order as a frame that is made later."""
        return late_frame(len(self.order), self.frame)

    def frame(self, rows: Rows = slice(None), columns: Sequence[str] | None = None) -> pd.DataFrame:
        """Return some rows, by their position in the order, and columns."""
        first, second = self.first, self.second
        if columns is not None:
            # A list of names would be looked up twice in each frame: four times as slow.
            places: list[Any] = [first.columns.get_loc(name) for name in columns]
            first, second = first.take(places, axis=1), second.take(places, axis=1)
        at = self.order[rows]
        own = at < len(first)
        if own.all():
            return _taken(first, at).reset_index(drop=True)
        halves = [_taken(first, at[own]), second.take(at[~own] - len(first))]
        both = pd.concat(halves, ignore_index=True)
        place = np.where(own, counted_before(own)[:-1], own.sum() + counted_before(~own)[:-1])
        return both.take(place).reset_index(drop=True)


def _taken(frame: pd.DataFrame, places: np.ndarray) -> pd.DataFrame:
    """Return rows that are near one another; the others are not looked at."""
    if not len(places):
        return frame[:0]
    begin, end = int(places.min()), int(places.max()) + 1
    return frame.iloc[begin:end].take(places - begin)


def joined_by_row(rows: pd.DataFrame, others: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with the columns of others that have their row_id, missing without one."""
    own = rows.reset_index(drop=True)
    return pd.concat([own, in_order(others, own[ROW_ID]).drop(columns=ROW_ID)], axis=1)


def text_records(frame: pd.DataFrame) -> list[dict[str, str | None]]:
    """Return the rows of a text frame as dicts by column; a missing cell is None."""
    names = [str(name) for name in frame.columns]
    columns = (as_list(as_arrow(column)) for _, column in frame.items())
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def filled_records(frame: pd.DataFrame) -> list[dict[str, str]]:
    """Return the rows of a text frame as dicts by column, without their missing cells."""
    rows = text_records(frame)
    return [{name: cell for name, cell in row.items() if cell is not None} for row in rows]


def text_column(column: pd.Series) -> pd.Series[str]:
    """Return a column as text (dtype ``str``, positions as index), blanks missing."""
    values = column.reset_index(drop=True)
    if _is_tidy(values):
        return values
    if isinstance(values.dtype, pd.CategoricalDtype):
        # The category of a missing value has the code -1, which picks the last, added, entry.
        names = [*text_column(pd.Series(values.cat.categories)), None]
        return pd.Series(
            pd.array(names, dtype="str")[values.cat.codes.to_numpy()], name=column.name
        )
    if isinstance(values.dtype, np.dtype) and values.dtype.kind == "f":
        return as_column(float_texts(values.to_numpy()), values)
    if _is_short_float(values.dtype):
        # As Python's floats they would have extra digits: 0.1 is 0.10000000149.
        short = values.to_numpy(np.float32, na_value=np.nan)
        values = pd.Series(list(short), dtype=object, name=column.name)
    if isinstance(values.dtype, pd.ArrowDtype):
        # A list of Python values: in numpy, whole numbers lose digits next to missing values.
        values = pd.Series(
            values.array.__arrow_array__().to_pylist(), dtype=object, name=column.name
        )
    return _without_blanks(_typed_text(values))


def float_texts(values: np.ndarray) -> pa.Array:
    """Return ``cell_text`` of each floating-point number of one dtype; NaN is null."""
    # Evidence has millions of numbers, and few of them are distinct.
    codes, numbers = pd.factorize(values)
    return _number_texts(numbers).take(pa.array(codes, mask=codes < 0))


def _number_texts(numbers: np.ndarray) -> pa.Array:
    if numbers.dtype not in {np.dtype(np.float32), np.dtype(np.float64)}:
        return pa.array(list(map(cell_text, numbers)), TEXT)
    texts = pc.cast(pa.array(numbers), TEXT)
    # Arrow writes whole numbers, and very large and small ones, in other ways.
    other = (numbers == np.trunc(numbers)) | matches(texts, "[a-z]")
    again = pa.array([cell_text(number) for number in numbers[other]], TEXT)
    return pc.replace_with_mask(texts, pa.array(other), again)


def _without_blanks(text: pd.Series[str]) -> pd.Series[str]:
    return text.mask(text.str.strip() == "").astype("str") if _has_blanks(text) else text


def _is_tidy(column: pd.Series) -> bool:
    """Return whether a column is text already, blanks missing."""
    with suppress(UnicodeEncodeError):
        return bool(column.dtype == "str" and not _has_blanks(column))
    return False


def _has_blanks(text: pd.Series[str]) -> bool:
    return bool(are_blank(as_arrow(text)).any())


def _typed_text(values: pd.Series) -> pd.Series[str]:
    kind = values.dtype
    if isinstance(kind, pd.StringDtype):
        return values.astype("str")
    if pd.api.types.is_integer_dtype(kind):
        return values.astype("str")
    if _is_text(values):
        return values.astype("str")
    # Only columns that are not text are converted value by value.
    return pd.Series([cell_text(value) for value in values], dtype="str", name=values.name)


def _is_text(values: pd.Series) -> bool:
    """Return whether a column of objects has nothing but plain texts and missing values."""
    kinds = set(map(type, values.to_numpy()))
    return kinds <= _TEXT_OR_NONE and pd.api.types.infer_dtype(values, skipna=True) == "string"


def _is_short_float(dtype: Any) -> bool:
    return pd.api.types.is_float_dtype(dtype) and getattr(dtype, "itemsize", 8) < 8  # noqa: PLR2004  bytes


def cell_text(value: object) -> str | None:
    """Return one cell as a person would type it, or None if it is missing.

    >>> import datetime
    >>> [cell_text(v) for v in (4155550102.0, 0.5, True, datetime.date(2026, 11, 20), float("nan"))]
    ['4155550102', '0.5', 'true', '2026-11-20', None]
    >>> cell_text({"b", "a"}), cell_text({"a": 1}), cell_text(set())
    ('a;b', '{"a": 1}', None)
    """
    if isinstance(value, str):
        return str.__str__(value)  # also of a member of an Enum
    if isinstance(value, (list, tuple, np.ndarray)):
        return ";".join(filter(None, map(cell_text, value))) or None
    if isinstance(value, (set, frozenset)):
        return ";".join(sorted(filter(None, map(cell_text, value)))) or None
    if isinstance(value, dict):
        with suppress(TypeError, ValueError):  # keys that JSON does not have
            return json.dumps(value, ensure_ascii=False, default=str) if value else None
    if isinstance(value, Enum):
        return cell_text(value.value)
    return None if _is_missing(value) else _written(value)


def _is_missing(value: Any) -> bool:
    return value is None or bool(pd.api.types.is_scalar(value) and pd.isna(value))


def _written(value: object) -> str:
    if isinstance(value, (bool, np.bool_)):
        return "true" if value else "false"
    if isinstance(value, (float, np.floating, Decimal)):
        return _number_text(value)
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    return _moment_text(pd.Timestamp(value) if isinstance(value, np.datetime64) else value)


def _number_text(number: float | np.floating | Decimal) -> str:
    # Beyond 2**53 a float does not hold every whole number; its digits stay.
    if np.isfinite(float(number)) and number == int(number):
        return str(int(number))
    return str(number) if isinstance(number, Decimal) else np.format_float_positional(number)


def _moment_text(value: object) -> str:
    text = str(value)
    return text.removesuffix(" 00:00:00") if hasattr(value, "year") else text


def require(frame: pd.DataFrame, columns: Sequence[str], *, of: str) -> None:
    """Raise MissingColumnsError unless the frame has all the columns."""
    frame = as_pandas(frame, of=of)
    missing = [name for name in columns if name not in frame.columns]
    if missing:
        found = [str(name) for name in frame.columns if str(name) != LINE]
        raise MissingColumnsError(missing, of=of, found=found)
