"""JSON lines: one object a line, as text."""

# ruff: noqa: E501  an example is read best on one line

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pandas as pd
import pytest

from gsprep.errors import TableError
from gsprep.tables.read import read
from gsprep.tables.write import write_table

if TYPE_CHECKING:
    from pathlib import Path


def written(folder: Path, content: str | bytes, name: str = "people.jsonl") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize(
    ("content", "columns", "rows"),
    [
        pytest.param('{"A": "x", "B": "00123"}\n', ["A", "B"], [["x", "00123"]], id="text"),
        pytest.param('{"A": 4155550102, "B": 0.1}', ["A", "B"], [["4155550102", "0.1"]], id="numbers"),
        pytest.param('{"A": 4155550102.0, "B": 12345678901234567890123}', ["A", "B"], [["4155550102", "12345678901234567890123"]], id="numbers of floats and of many digits"),
        pytest.param('{"A": 1e5, "B": 1e400000}', ["A", "B"], [["100000", "1e400000"]], id="powers"),
        pytest.param('{"A": true, "B": NaN}\n{"A": null, "B": "NaN"}', ["A", "B"], [["true", None], [None, "NaN"]], id="true and nothing"),
        pytest.param('{"A": ["a.com", "b.com"], "B": []}', ["A", "B"], [["a.com;b.com", None]], id="lists"),
        pytest.param('[\n  {"A": 1}, {"B": 2, "A": 3}\n]\n', ["A", "B"], [["1", None], ["3", "2"]], id="a JSON list"),
        pytest.param('{"A": 1}\n\n{"B": 2, "A": 3}\r\n', ["A", "B"], [["1", None], ["3", "2"]], id="names that come later"),
        pytest.param(b'\xef\xbb\xbf{"A": "\xc3\xa9"}', ["A"], [["é"]], id="byte order mark"),
        pytest.param('{"A": "x\\ny\u2028z"}', ["A"], [["x\ny\u2028z"]], id="lines in cells"),
        pytest.param('{"A": "x\\ud83d"}', ["A"], [["x?"]], id="half a character"),
        pytest.param('{"E-mail": "x", "B": 1}', ["Email", "B"], [["x", "1"]], id="alias"),
        pytest.param('{"A": " ", "B": 1}', ["A", "B"], [[None, "1"]], id="blanks"),
        pytest.param('{"A": null, "B": null}', ["A", "B"], [], id="headers only"),
        pytest.param('{"A": "x"}'.encode("utf-16"), ["A"], [["x"]], id="UTF-16"),
        pytest.param('{"A": [{"value": "x", "type": "work"}, {"value": "y"}]}\n{"A": null}', ["A"], [["x;y"], [None]], id="values"),
        pytest.param('{"A": [{"value": "x"}, {"value": "y", "primary": true}]}\n{"A": null}', ["A"], [["y"], [None]], id="a primary value"),
        pytest.param('{"A": ["a;b", "c"]}\n{"A": ["a", "c"]}', ["A"], [['["a;b", "c"]'], ["a;c"]], id="a list with a semicolon"),
        pytest.param('{"A": [{"value": "x;y"}]}\n{"A": 1}', ["A"], [['[{"value": "x;y"}]'], ["1"]], id="a value with a semicolon"),
    ],
)  # fmt: skip
def test_what_is_read(
    tmp_path: Path, content: str | bytes, columns: list[str], rows: list[list[str | None]]
) -> None:
    frame = read(written(tmp_path, content)).frame
    assert list(frame.columns) == ["row_id", "line", *columns]
    data = frame[columns].to_numpy().tolist()
    assert [[None if pd.isna(cell) else cell for cell in row] for row in data] == rows
    assert {str(dtype) for dtype in frame.dtypes} == {"str"}


@pytest.mark.parametrize("index", [[0, 1, 2], [7, 30, 4]], ids=["all rows", "some rows"])
@pytest.mark.parametrize("orient", ["columns", "index", "split", "table"])
@pytest.mark.parametrize("indent", [0, 2], ids=["one line", "several lines"])
def test_a_frame_is_read_as_pandas_writes_it(
    tmp_path: Path,
    orient: Literal["columns", "index", "split", "table"],
    index: list[int],
    indent: int,
) -> None:
    frame = pd.DataFrame({"A": ["x", None, "é"], "B": [1.5, 2, 3], "C": [[1, 2], [], [3]]}, index)
    frame.to_json(tmp_path / "people.json", orient=orient, indent=indent)
    back = read(tmp_path / "people.json").frame
    assert list(back.columns) == ["row_id", "A", "B", "C"]
    assert back["A"].fillna("").tolist() == ["x", "", "é"]
    assert back["B"].tolist() == ["1.5", "2", "3"]
    assert back["C"].fillna("").tolist() == ["1;2", "", "3"]


@pytest.mark.parametrize("orient", ["split", "table"])
def test_a_frame_without_rows_has_its_columns(
    tmp_path: Path, orient: Literal["split", "table"]
) -> None:
    pd.DataFrame({"Email": [], "A": []}).to_json(tmp_path / "people.json", orient=orient)
    back = read(tmp_path / "people.json").frame
    assert list(back.columns) == ["row_id", "Email", "A"]
    assert back.empty


@pytest.mark.parametrize("orient", ["split", "table"])
def test_named_labels_of_a_frame(tmp_path: Path, orient: Literal["split", "table"]) -> None:
    """A named index is a column of the form that has its name, and left out of the other."""
    frame = pd.DataFrame({"A": ["x", "y"]}, index=pd.Index(["a@x.co", "b@x.co"], name="Email"))
    frame.to_json(tmp_path / "people.json", orient=orient)
    back = read(tmp_path / "people.json").frame
    assert back["A"].tolist() == ["x", "y"]
    assert ("Email" in back) == (orient == "table")


@pytest.mark.parametrize(
    "content",
    [
        pytest.param('{"a": {"1": "x"}, "b": "y"}', id="a cell beside"),
        pytest.param('{"columns": ["a"], "data": [["x", "y"]]}', id="a row of another width"),
        pytest.param('{"columns": ["a"], "data": "y"}', id="no rows"),
        pytest.param('{"schema": {"fields": []}, "data": ["y"]}', id="rows that are no objects"),
        pytest.param('{"a": {"1": "x"}, "b": {"2": "y"}}', id="other rows"),
        pytest.param('{"a": {"1": "x"}}\n{"a": {"1": "y"}}', id="lines"),
        pytest.param('[{"1": {"a": "x"}, "2": {"a": "y"}}]', id="a list"),
    ],
)
def test_inner_objects_of_numbers_are_columns_of_other_files(tmp_path: Path, content: str) -> None:
    found = read(written(tmp_path, content)).frame
    assert len(found) == content.count("\n") + 1
    assert "y" in "".join(found.iloc[-1].dropna())


def test_inner_objects_are_columns_and_lists_of_them_are_text(tmp_path: Path) -> None:
    lines = '{"id": 1, "org": {"name": "Acme", "at": {}}, "mails": [{"a": 1.50}]}\n{"org": null, "id": 2}'
    frame = read(written(tmp_path, lines)).frame
    assert frame["id"].tolist() == ["1", "2"]
    assert frame["CompanyName"].fillna("").tolist() == ["Acme", ""]
    assert frame["mails"].fillna("").tolist() == ['[{"a": "1.50"}]', ""]


def test_columns_of_lists(tmp_path: Path) -> None:
    """Lists of one length are columns; those of one record have a plain value next to them."""
    columns = read(written(tmp_path, '{"A": ["x", "y"], "B": [1, null]}')).frame
    assert columns[["A", "B"]].fillna("").to_numpy().tolist() == [["x", "1"], ["y", ""]]
    record = read(written(tmp_path, '{"A": ["x", "y"], "B": ["1", "2"], "C": "z"}')).frame
    assert record[["A", "B"]].to_numpy().tolist() == [["x;y", "1;2"]]


def test_each_record_has_its_line(tmp_path: Path) -> None:
    frame = read(written(tmp_path, '\n{"A": 1}\n\n{"A": 2}\r\n{"A": 3}')).frame
    assert frame["line"].tolist() == ["2", "4", "5"]


@pytest.mark.parametrize(
    ("content", "line", "says"),
    [
        pytest.param("", None, "no record", id="empty"),
        pytest.param("\n \n", None, "no record", id="blank lines"),
        pytest.param('{"A": 1}\n{"A": ana@acme.com}', 2, "not JSON", id="not JSON"),
        pytest.param('[["ana@acme.com"]]', 1, "not a JSON object", id="a list of lists"),
        pytest.param('[{"A": 1},\n{"A": "ana@acme.com"', 2, "not JSON", id="a list that ends early"),
        pytest.param('[{"A": 1}\n{"A": 2}]', 1, "no comma", id="a list without commas"),
        pytest.param("[]", None, "no record", id="an empty list"),
        pytest.param('\n"ana@acme.com"', 2, "not a JSON object", id="a text"),
        pytest.param('{"A": 1, "A": 2}', 1, "is repeated", id="a name twice"),
        pytest.param('{"A.B": 1, "A": {"B": 2}}', 1, "is repeated", id="a name twice, once in an object"),
        pytest.param('{"A": Infinity}', 1, "infinite", id="no number"),
        pytest.param(b'{"A": "\xff"}', 1, "UTF-8", id="another encoding"),
        pytest.param("[" * 100_000, 1, "not JSON", id="deep"),
        pytest.param('{"A": "x\\u0000"}', None, "NUL", id="NUL"),
        pytest.param('{"Mail": "x", "Email Address": "y"}', 1, "both mean Email", id="two aliases"),
        pytest.param(b"PK\x03\x04", None, "damaged", id="a zip"),
    ],
)  # fmt: skip
def test_what_is_refused(tmp_path: Path, content: str | bytes, line: int | None, says: str) -> None:
    with pytest.raises(TableError, match=says) as refused:
        read(written(tmp_path, content))
    assert refused.value.line == line
    assert "acme" not in str(refused.value)


@pytest.mark.parametrize(
    "frame",
    [
        pytest.param({"A": []}, id="no rows"),
        pytest.param({"A": [None]}, id="one missing cell"),
        pytest.param({"A": [None, "x", None]}, id="missing cells"),
        pytest.param({"A": [], "B": []}, id="no rows of two"),
    ],
)
def test_what_is_written_is_read(tmp_path: Path, frame: dict[str, list[str | None]]) -> None:
    given = pd.DataFrame(frame, dtype="str")
    back = read(write_table(given, tmp_path / "table.ndjson")).frame
    pd.testing.assert_frame_equal(back[list(given.columns)], given)
