"""Whatever a caller's columns are made of, they read as a person would type them."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from each_row import each_row
from hypothesis import given
from hypothesis import strategies as st

from gsprep.errors import InputError, MissingColumnsError
from gsprep.schemas.frames import cell_text, require, text_column, text_frame

DAY = dt.datetime(2026, 11, 20)  # noqa: DTZ001  a table's dates have no zone
MOMENTS = pd.to_datetime(pd.Series([DAY, None, DAY.replace(hour=8, minute=30)]))


def arrow(values: list[Any], kind: pa.DataType) -> pd.Series:
    return pd.Series(pd.array(values, dtype=pd.ArrowDtype(kind)))


@each_row(
    ("column", "texts"),
    [
        pytest.param(pd.Series(["a", None, "", " \u00a0"]), ["a", None, None, None], id="str"),
        pytest.param(pd.Series(["a", pd.NA], dtype="string"), ["a", None], id="string"),
        pytest.param(pd.Series(["a", None], dtype=object), ["a", None], id="object"),
        pytest.param(
            pd.Series([1, 1.0, True, "x", "", None, pd.NA, np.nan, pd.NaT], dtype=object),
            ["1", "1", "true", "x", None, None, None, None, None],
            id="mixed",
        ),
        pytest.param(pd.Series([1, -2]), ["1", "-2"], id="int"),
        pytest.param(pd.Series([2**64 - 1], dtype="uint64"), [str(2**64 - 1)], id="uint64"),
        pytest.param(
            pd.Series([4155550102, None], dtype="Int64"), ["4155550102", None], id="Int64"
        ),
        pytest.param(pd.Series([4155550102.0, None]), ["4155550102", None], id="whole floats"),
        pytest.param(pd.Series([0.5, -0.0, 1e-7]), ["0.5", "0", "0.0000001"], id="floats"),
        pytest.param(pd.Series([np.inf, -np.inf]), ["inf", "-inf"], id="infinite"),
        pytest.param(
            pd.Series([0.1, None, 2**24], dtype="float32"), ["0.1", None, "16777216"], id="float32"
        ),
        pytest.param(pd.Series([0.1, None], dtype="Float32"), ["0.1", None], id="Float32"),
        pytest.param(pd.Series([0.5, None, 3], dtype="Float64"), ["0.5", None, "3"], id="Float64"),
        pytest.param(pd.Series([True, False]), ["true", "false"], id="bool"),
        pytest.param(pd.Series([True, None], dtype="boolean"), ["true", None], id="boolean"),
        pytest.param(MOMENTS, ["2026-11-20", None, "2026-11-20 08:30:00"], id="datetime"),
        pytest.param(
            MOMENTS.dt.tz_localize("Europe/Berlin").tail(1),
            ["2026-11-20 08:30:00+01:00"],
            id="zone",
        ),
        pytest.param(pd.Series([dt.date(2026, 11, 20), None]), ["2026-11-20", None], id="date"),
        pytest.param(pd.Series([DAY], dtype=object), ["2026-11-20"], id="datetime as object"),
        pytest.param(
            pd.Series([np.datetime64(DAY), np.datetime64("NaT")], dtype=object),
            ["2026-11-20", None],
            id="datetime of numpy",
        ),
        pytest.param(pd.Series([dt.time(8, 30)]), ["08:30:00"], id="time"),
        pytest.param(
            pd.Series(
                [Decimal("4155550102.0"), Decimal("0.50"), Decimal("1E+3"), Decimal("NaN"), None]
            ),
            ["4155550102", "0.50", "1000", None, None],
            id="decimal",
        ),
        pytest.param(
            pd.Series([np.int64(3), np.bool_(True), np.str_("x"), np.float32(0.1)], dtype=object),  # noqa: FBT003  numpy's own
            ["3", "true", "x", "0.1"],
            id="scalars of numpy",
        ),
        pytest.param(
            pd.Series([b"Ana", "é".encode(), b"\xff"]), ["Ana", "é", "\ufffd"], id="bytes"
        ),
        pytest.param(
            pd.Series([["a.com", "b.com"], [], ["a", None, 1.0], ("x",)]),
            ["a.com;b.com", None, "a;1", "x"],
            id="lists",
        ),
        pytest.param(pd.Series([np.array(["a", "b"]), None]), ["a;b", None], id="arrays"),
        pytest.param(
            pd.Series([uuid.UUID(int=1)]), ["00000000-0000-0000-0000-000000000001"], id="uuid"
        ),
        pytest.param(
            pd.Series([enum.StrEnum("E", {"A": "a"})("a")], dtype=object), ["a"], id="enum"
        ),
        pytest.param(
            pd.Series(["a", None, ""], dtype="category"), ["a", None, None], id="category"
        ),
        pytest.param(
            pd.Series(pd.Categorical([7, None, 1])), ["7", None, "1"], id="category of numbers"
        ),
        pytest.param(
            pd.Series(pd.Categorical([True, None])), ["true", None], id="category of bools"
        ),
        pytest.param(
            pd.Series(pd.Categorical([DAY, None])), ["2026-11-20", None], id="category of days"
        ),
        pytest.param(pd.Series(pd.arrays.SparseArray([1.0, np.nan])), ["1", None], id="sparse"),
        pytest.param(arrow(["a", None, " "], pa.string()), ["a", None, None], id="arrow text"),
        pytest.param(arrow(["a", None], pa.large_string()), ["a", None], id="arrow large text"),
        pytest.param(arrow([2**60 + 1, None], pa.int64()), [str(2**60 + 1), None], id="arrow int"),
        pytest.param(
            arrow([4155550102.0, None], pa.float64()), ["4155550102", None], id="arrow float"
        ),
        pytest.param(arrow([0.1, None], pa.float32()), ["0.1", None], id="arrow float32"),
        pytest.param(arrow([True, None], pa.bool_()), ["true", None], id="arrow bool"),
        pytest.param(
            arrow([DAY, None], pa.timestamp("ns")), ["2026-11-20", None], id="arrow moment"
        ),
        pytest.param(arrow([DAY.date(), None], pa.date32()), ["2026-11-20", None], id="arrow date"),
        pytest.param(arrow([Decimal("1.50")], pa.decimal128(5, 2)), ["1.50"], id="arrow decimal"),
        pytest.param(
            arrow([["a", "b"], None], pa.list_(pa.string())), ["a;b", None], id="arrow list"
        ),
        pytest.param(arrow([None, None], pa.null()), [None, None], id="arrow nothing"),
        pytest.param(pd.Series([None, None], dtype=object), [None, None], id="all missing"),
        pytest.param(pd.Series([], dtype=object), [], id="empty object"),
        pytest.param(pd.Series([], dtype="datetime64[ns]"), [], id="empty datetime"),
        pytest.param(pd.Series(pd.Categorical([])), [], id="empty category"),
        pytest.param(
            pd.Series(["00123", "NA", "nan", "None", "1.0"]),
            ["00123", "NA", "nan", "None", "1.0"],
            id="text stays text",
        ),
    ],
)
def test_column(column: pd.Series, texts: list[str | None]) -> None:
    before = column.copy(deep=True)
    text = text_column(column.rename("Name"))
    expected = pd.Series(texts, dtype="str", name="Name")
    pd.testing.assert_series_equal(text, expected)
    pd.testing.assert_series_equal(column, before)


@given(
    st.text()
    | st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.decimals(allow_nan=False, max_value=10**20, min_value=-(10**20))
    | st.dates()
    | st.datetimes()
    | st.timedeltas()
    | st.binary()
    | st.lists(st.text() | st.integers())
    | st.dictionaries(st.text(), st.integers())
)
def test_any_cell_is_text_or_missing(value: object) -> None:
    text = cell_text(value)
    assert text is None or type(text) is str
    assert text != "None"


@given(st.integers(-(2**53), 2**53))
def test_a_whole_number_looks_the_same_in_every_kind(number: int) -> None:
    kinds = (number, float(number), np.int64(number), np.float64(number), Decimal(number))
    assert {cell_text(value) for value in kinds} == {str(number)}


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_reads_back(number: float) -> None:
    assert float(cell_text(number) or "") == number


@each_row(
    "index",
    [
        pytest.param([2, 0, 1], id="shuffled"),
        pytest.param([0, 0, 0], id="repeated"),
        pytest.param(["x", "y", None], id="text"),
        pytest.param(pd.MultiIndex.from_tuples([(1, 2), (1, 2), (0, 0)]), id="two levels"),
        pytest.param(pd.Index([7, 8, 9], name="row_id"), id="called row_id"),
    ],
)
def test_the_index_means_nothing(index: Any) -> None:
    plain = pd.DataFrame({"Email": ["a", None, "c"], "n": [1, 2, 3]})
    frame = plain.set_axis(index, axis=0)
    before = frame.copy(deep=True)
    pd.testing.assert_frame_equal(text_frame(frame), text_frame(plain))
    pd.testing.assert_frame_equal(frame, before)


def test_records_are_numbered_from_one() -> None:
    text = text_frame(pd.DataFrame({"Email": ["a", "b"]}))
    assert text.columns.tolist() == ["row_id", "Email"]
    assert text["row_id"].tolist() == ["1", "2"]
    assert set(map(str, text.dtypes)) == {"str"}


@each_row("given_ids", [["7", "a"], [7, 8], [7.0, 8.0]])
def test_given_names_of_rows_are_kept(given_ids: list[Any]) -> None:
    frame = pd.DataFrame({"Email": ["a", "b"], "row_id": given_ids})
    text = text_frame(frame)
    assert text.columns.tolist() == ["Email", "row_id"]
    assert text["row_id"].tolist() == [str(name).removesuffix(".0") for name in given_ids]


@each_row(
    ("frame", "says"),
    [
        pytest.param({"row_id": ["1", None]}, "no row_id in record 2", id="missing"),
        pytest.param({"row_id": [" ", "1"]}, "no row_id in record 1", id="blank"),
        pytest.param(
            {"row_id": ["s3cret", "x", "s3cret"]}, "repeats a row_id in record 3", id="repeated"
        ),
        pytest.param({"row_id": [1, 1.0]}, "repeats a row_id in record 2", id="equal as text"),
    ],
)
def test_bad_names_of_rows(frame: dict[str, list[Any]], says: str) -> None:
    """The message names the record, never the value."""
    with pytest.raises(InputError, match=says) as refused:
        text_frame(pd.DataFrame(frame, dtype=object), of="people.csv")
    assert str(refused.value).startswith("people.csv")
    assert "s3cret" not in str(refused.value)


@each_row(
    ("columns", "says"),
    [
        pytest.param(["Email", "Email"], "column Email more than once", id="repeated"),
        pytest.param([0, "0"], "column 0 more than once", id="equal as text"),
        pytest.param(
            pd.MultiIndex.from_tuples([("a", "b"), ("a", "c")]), "several levels", id="levels"
        ),
    ],
)
def test_bad_headers(columns: Any, says: str) -> None:
    with pytest.raises(InputError, match=says):
        text_frame(pd.DataFrame([[1, 2]], columns=columns))


@each_row(
    ("columns", "names"),
    [
        pytest.param([0, 1], ["0", "1"], id="numbers"),
        pytest.param(pd.CategoricalIndex(["a", "b"]), ["a", "b"], id="category"),
        pytest.param([None, "b"], ["None", "b"], id="no name"),
    ],
)
def test_headers_are_text(columns: Any, names: list[str]) -> None:
    frame = text_frame(pd.DataFrame([[1, 2]], columns=pd.Index(columns, dtype=object)))
    assert frame.columns.tolist() == ["row_id", *names]


@each_row(
    "frame",
    [
        pytest.param(pd.DataFrame(), id="nothing"),
        pytest.param(pd.DataFrame(index=range(2)), id="rows without columns"),
        pytest.param(pd.DataFrame({"Email": []}), id="columns without rows"),
    ],
)
def test_empty_frames(frame: pd.DataFrame) -> None:
    text = text_frame(frame)
    assert text.shape == (len(frame), frame.shape[1] + 1)
    assert set(map(str, text.dtypes)) == {"str"}


def test_half_a_character_becomes_a_question_mark() -> None:
    frame = pd.DataFrame({"Name": ["a\ud83d", None, 1]}, dtype=object)
    assert text_frame(frame)["Name"].fillna("-").tolist() == ["a?", "-", "1"]


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])) | st.none(), max_size=6))
def test_a_text_frame_is_its_own(values: list[str | None]) -> None:
    once = text_frame(pd.DataFrame({"A": pd.Series(values, dtype=object)}))
    pd.testing.assert_frame_equal(text_frame(once), once)
    assert once["A"].isna().tolist() == [not (value or "").strip() for value in values]


def test_required_columns() -> None:
    frame = pd.DataFrame({"a": [], 1: []})
    require(frame, ["a"], of="answers")
    with pytest.raises(
        MissingColumnsError, match=r"answers needs the columns b, c\..*a, 1"
    ) as lacks:
        require(frame, ["b", "a", "c"], of="answers")
    assert lacks.value.columns == ("b", "c")


@given(values=st.lists(st.text(max_size=4) | st.none() | st.just(float("nan")) | st.just(pd.NA)))
def test_texts_among_missing_values_read_as_cell_by_cell(values: list[object]) -> None:
    cells = [cell_text(value) for value in values]
    expected = [None if cell is None or not cell.strip() else cell for cell in cells]
    found = text_column(pd.Series(values, dtype=object))
    assert found.dtype == "str"
    assert found.astype(object).where(found.notna(), None).tolist() == expected


@each_row(
    ("data", "says"),
    [
        pytest.param({"Email": ["a@x.com"]}, "has the type dict", id="a dict"),
        pytest.param(pd.Series(["a@x.com"], name="Email"), "has the type Series", id="one column"),
        pytest.param(
            pd.DataFrame({"Name": ["Ana"]}, index=pd.Index(["a@x.com"], name="Email")),
            "has Email as its index",
            id="a key as index",
        ),
    ],
)
def test_what_is_no_frame_is_refused(data: Any, says: str) -> None:
    with pytest.raises(InputError, match=says):
        text_frame(data)


@given(
    st.sampled_from([32, 64]).flatmap(
        lambda width: st.tuples(st.just(width), st.lists(st.none() | st.floats(width=width)))
    )
)
def test_numbers_of_a_column_are_written_as_single_ones(
    given: tuple[int, list[float | None]],
) -> None:
    width, numbers = given
    column = pd.Series(numbers, dtype=f"float{width}")
    expected = [cell_text(number) for number in column.to_numpy()]
    assert [None if pd.isna(cell) else cell for cell in text_column(column)] == expected
