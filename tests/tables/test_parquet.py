"""Parquet: any column as text, exactly."""

from __future__ import annotations

import datetime as dt
import decimal
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import orc

from gsprep.errors import TableError
from gsprep.tables.read import read

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        pytest.param(pa.array([2**62 + 1, None]), [str(2**62 + 1), None], id="long ids with gaps"),
        pytest.param(pa.array([4155550102.0, 0.5, None]), ["4155550102", "0.5", None], id="floats"),
        pytest.param(pa.array([True, False, None]), ["true", "false", None], id="booleans"),
        pytest.param(pa.array([dt.date(2026, 1, 2), None]), ["2026-01-02", None], id="dates"),
        pytest.param(pa.array([decimal.Decimal("1.50"), None]), ["1.50", None], id="decimals"),
        pytest.param(pa.array(["x", " ", "", None]), ["x", None, None, None], id="blanks"),
        pytest.param(
            pa.array(["x", "y", None]).dictionary_encode(), ["x", "y", None], id="dictionary"
        ),
        pytest.param(pa.array([None, None]), [None, None], id="nothing"),
        pytest.param(
            pa.array([[0.1, 2.0], None], pa.list_(pa.float32())),
            ["0.1;2", None],
            id="short floats",
        ),
        pytest.param(
            pa.array([["a", None, "b"], [], None, ["c"]]), ["a;b", None, None, "c"], id="lists"
        ),
        pytest.param(pa.array([[1, 2], [3]]), ["1;2", "3"], id="lists of numbers"),
        pytest.param(
            pa.array([[dt.date(2026, 1, 2)], [None]]), ["2026-01-02", None], id="lists of dates"
        ),
        pytest.param(
            pa.array([["a", "b"]], pa.list_(pa.string(), 2)), ["a;b"], id="lists of one length"
        ),
        pytest.param(
            pa.array([["a"], ["b", "a"]], pa.large_list(pa.dictionary(pa.int32(), pa.string()))),
            ["a", "b;a"],
            id="lists of categories",
        ),
        pytest.param(pa.array([], pa.string()), [], id="no records"),
        pytest.param(pa.array(["'=x", "NA"]), ["'=x", "NA"], id="apostrophes stay"),
    ],
)
def test_values_as_text(tmp_path: Path, values: pa.Array, texts: list[str | None]) -> None:
    path = tmp_path / "t.parquet"
    keys = pa.array([f"r{n}" for n in range(len(values))], pa.string())
    pq.write_table(pa.table({"row_id": keys, "A": values}), path)
    frame = read(path).frame
    assert [None if pd.isna(cell) else cell for cell in frame["A"]] == texts
    assert str(frame["A"].dtype) == "str"


def test_an_index_of_labels_is_no_column(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    pd.DataFrame({"A": ["x", "y"]}, index=["p", "q"]).to_parquet(path)
    assert list(read(path).frame.columns) == ["row_id", "A"]


@pytest.mark.parametrize(
    "values",
    [
        pytest.param(pa.array([[[b"x"]]]), id="bytes in lists of lists"),
        pytest.param(pa.array([{"a": [{"b": b"x"}]}]), id="bytes in records"),
        pytest.param(pa.array([b"x"]), id="bytes"),
    ],
)
def test_cells_that_are_no_single_value(tmp_path: Path, values: pa.Array) -> None:
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"A": values}), path)
    with pytest.raises(TableError, match=r'(column|list of) "A"'):
        read(path)


@pytest.mark.parametrize("content", [b"", b"PAR1", b"Email\nx\n"])
def test_what_is_no_parquet_file(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "t.parquet"
    path.write_bytes(content)
    with pytest.raises(TableError, match="not a Parquet file"):
        read(path)


def test_arrow_and_orc_files_are_read_as_parquet_is(tmp_path: Path) -> None:
    table = pa.table({"Email": ["a@x.co", None], "Size__gc": [2**62 + 1, 2]})
    path = tmp_path / "people.orc"
    pq.write_table(table, tmp_path / "t.parquet")
    orc.write_table(table, path)
    expected = read(tmp_path / "t.parquet").frame
    pd.testing.assert_frame_equal(read(path).frame, expected)
    for new, name in ((pa.ipc.new_file, "t.feather"), (pa.ipc.new_stream, "t.arrows")):
        with new(tmp_path / name, table.schema) as writer:
            writer.write_table(table)
        pd.testing.assert_frame_equal(read(tmp_path / name).frame, expected)
    path.write_text("ORCID,Email\n1,a@x.co\n")
    assert read(path).frame["ORCID"].tolist() == ["1"]


def test_the_files_of_a_folder_are_one_table(tmp_path: Path) -> None:
    """Columns may be in another order, and have another type where there is no value."""
    frames = [
        pd.DataFrame({"row_id": ["a"], "A": [7]}),
        pd.DataFrame({"A": [None], "row_id": ["b"]}),
    ]
    for at, frame in enumerate(frames):
        frame.to_parquet(tmp_path / f"part-{at}.parquet")
    found = read(tmp_path).frame
    pd.testing.assert_frame_equal(
        found, pd.DataFrame({"row_id": ["a", "b"], "A": ["7", None]}, dtype="str")
    )
    frames[0].drop(columns="A").to_parquet(tmp_path / "part-2.parquet")
    with pytest.raises(TableError, match="other columns than part-0"):
        read(tmp_path)
