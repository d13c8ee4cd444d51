"""Writing: what was written is read again, in one step, and never computed by a spreadsheet."""

# ruff: noqa: E501  an example is read best on one line

from __future__ import annotations

import csv
import io
import re
import stat
import tempfile
from typing import TYPE_CHECKING

import openpyxl
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from gsprep.errors import InputError, TableError
from gsprep.tables import workbook_writer
from gsprep.tables.formula_escape import protect, unprotect
from gsprep.tables.read import read, read_table
from gsprep.tables.write import write_table

if TYPE_CHECKING:
    from pathlib import Path

# Text that files have trouble with, beside any other.
UGLY = st.sampled_from([
    "=1+1", "'=1", "''@x", "-5", "'-5", "+49 30 123-45", "+cmd|' /C calc'!A0", "\t=x", "\r\n", "'", '"',
    '""', 'a"b', "a,b;c\td|e", " lead", "trail ", "lone\rcr", "two\nlines", "NA", "null", "nan", "#N/A",
    "00123", "_x000D_", "_x005F_x0041_", "_x0_", "\x01", "\x0b", "\ufffe", "\ufeff", "\u2028", "\x85", "sep=;", "true",
    "1e5", "2026-11-20", "山田", "😀", "'\n=x", "-\n", "+", "@", "\u00a0x",
])  # fmt: skip
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
CELL = st.none() | UGLY | TEXT | st.tuples(UGLY, UGLY).map("".join)
# No name is a known header, so nothing is renamed.
NAMES = [
    "Shoe size",
    "=Sum",
    "'-x",
    "sep=;",
    "a,b",
    "x__gc",
    "Größe",
    'q"q',
    "@",
    "line\nend",
    "-5",
]


@st.composite
def frames(draw: st.DrawFn) -> pd.DataFrame:
    names = draw(st.lists(st.sampled_from(NAMES), unique=True, min_size=1, max_size=3))
    rows = draw(st.lists(st.tuples(*[CELL] * len(names)), max_size=5))
    frame = pd.DataFrame(rows, columns=names).astype("str")
    blank = frame.apply(lambda column: column.str.strip() == "")
    frame = frame.mask(blank).astype("str")
    frame.insert(0, "row_id", pd.Series([f"r{n}" for n in range(len(frame))], dtype="str"))
    return frame


@pytest.mark.parametrize("ending", [".csv", ".tsv", ".parquet", ".xlsx", ".jsonl"])
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(frame=frames())
def test_what_is_written_is_read(tmp_path: Path, ending: str, frame: pd.DataFrame) -> None:
    if ending == ".xlsx":
        frame = frame.replace("[\ufffe\uffff]", "?", regex=True)
    before = frame.copy(deep=True)
    path = write_table(frame, tmp_path / f"table{ending}")
    pd.testing.assert_frame_equal(read_table(path), frame)
    pd.testing.assert_frame_equal(frame, before)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(column=st.lists(CELL.filter(lambda cell: cell is None or cell.strip()), max_size=6))
@example(column=[None])
@example(column=["x", None, "y", None])
@example(column=["lead"])
def test_one_column_with_missing_cells(tmp_path: Path, column: list[str | None]) -> None:
    frame = pd.DataFrame({"Shoe size": pd.Series(column, dtype="str")})
    back = read_table(write_table(frame, tmp_path / "table.csv"))
    pd.testing.assert_frame_equal(back[["Shoe size"]], frame)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(frame=frames())
def test_no_cell_of_a_csv_file_is_computed(tmp_path: Path, frame: pd.DataFrame) -> None:
    text = write_table(frame, tmp_path / "table.csv").read_bytes().decode("utf-8-sig")
    for cell in (cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row):
        begins = cell[:1]
        assert begins not in {"=", "@", "\t", "\r", "\n"} or cell == ""
        assert begins not in {"+", "-"} or not set(cell) & set("=@|!'\"\t\r\n")


def test_formulas_in_a_workbook_are_text(tmp_path: Path) -> None:
    frame = pd.DataFrame({"=A": ["=1+1", "#N/A", "+x"]})
    sheet = openpyxl.load_workbook(write_table(frame, tmp_path / "t.xlsx")).active
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} == {"s"}


def test_text_like_an_escape_comes_back_from_a_workbook(tmp_path: Path) -> None:
    frame = pd.DataFrame({"A": ["_x0041_x0042_", "_x005F_", "\x01_x0041_", "<r>a</r>", " <&> "]})
    assert read_table(write_table(frame, tmp_path / "t.xlsx"))["A"].tolist() == list(frame["A"])


def test_a_workbook_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(OSError, match="No such file"):
        workbook_writer.write_xlsx(pd.DataFrame({"A": ["x"]}), tmp_path / "none" / "t.xlsx")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("ending", [".csv", ".tsv", ".parquet", ".xlsx", ".jsonl"])
def test_the_file_is_the_owners_and_nothing_else_stays(tmp_path: Path, ending: str) -> None:
    target = tmp_path / f"t{ending}"
    target.write_text("old")
    target.chmod(0o644)
    write_table(pd.DataFrame({"A": ["x"]}), target)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [target]
    assert read_table(target)["A"].tolist() == ["x"]


def test_values_are_written_as_a_person_types_them(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {"A": [4155550102.0, None], "B": [True, False], "C": ["", " x"]}, index=[7, 7]
    )
    path = write_table(frame, tmp_path / "t.csv")
    assert path.read_bytes() == b'\xef\xbb\xbfA,B,C\n4155550102,true,\n,false," x"\n'


@pytest.mark.parametrize(
    ("frame", "name", "says"),
    [
        pytest.param({"A": ["x"]}, "t.doc", "ending", id="ending"),
        pytest.param({"A": ["x"]}, "t", "ending", id="no ending"),
        pytest.param({"A": ["x\0"]}, "t.csv", "NUL", id="NUL"),
        pytest.param({"A": ["\ud800"]}, "t.csv", "half a character", id="surrogate"),
        pytest.param({" ": ["x"]}, "t.csv", "column 1 needs a unique header", id="blank header"),
        pytest.param({"A": ["x"]}, "absent/t.csv", "folder", id="no folder"),
        pytest.param({"A": ["x" * 32_768]}, "t.xlsx", "32,767 characters", id="long cell"),
        pytest.param({"A": ["x\ufffe"]}, "t.xlsx", "U.FFFE", id="no character"),
        pytest.param({"A": ["\r" * 5_000 + "x"]}, "t.xlsx", "32,767", id="long when escaped"),
    ],
)
def test_what_cannot_be_written(
    tmp_path: Path, frame: dict[str, list[str]], name: str, says: str
) -> None:
    with pytest.raises(InputError, match=says) as refused:
        write_table(pd.DataFrame(frame, dtype=object), tmp_path / name)
    assert ".gsprep-" not in str(refused.value)
    assert list(tmp_path.iterdir()) == []


def test_repeated_headers_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="column 1"):
        write_table(pd.DataFrame([["x", "y"]], columns=["A", "A"]), tmp_path / "t.csv")


def test_a_sheet_has_its_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook_writer, "MAX_ROWS", 3)
    write_table(pd.DataFrame({"A": ["x"] * 2}), tmp_path / "two.xlsx")
    with pytest.raises(TableError, match="3 rows"):
        write_table(pd.DataFrame({"A": ["x"] * 3}), tmp_path / "three.xlsx")


def test_a_failure_leaves_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "t.csv"
    write_table(pd.DataFrame({"A": ["old"]}), target)
    with pytest.raises(InputError):
        write_table(pd.DataFrame({"A": ["x\0"]}), target)
    assert read(target).frame["A"].tolist() == ["old"]
    folder = tmp_path / "folder.csv"
    folder.mkdir()
    with pytest.raises(TableError, match="cannot be written"):
        write_table(pd.DataFrame({"A": ["x"]}), folder)
    assert {path.name for path in tmp_path.iterdir()} == {"t.csv", "folder.csv"}


SIGNS = "=+-@＝＋－＠'\";\r\n\t ,a1(|"


@given(st.lists(st.text(SIGNS, max_size=14), min_size=1, max_size=4))
def test_no_part_of_a_cell_is_computed_and_every_cell_comes_back(texts: list[str]) -> None:
    """Also where the list separator is the semicolon, which divides lines within quotes too."""
    cells = pa.array(texts, pa.large_string())
    safe = protect(cells)
    assert unprotect(safe)[0].to_pylist() == texts
    # A cell with a blank before the sign is text; after what divides a line blanks are left out.
    parts = [
        part.lstrip(" ") if nth else part
        for text in safe.to_pylist()
        for nth, part in enumerate(re.split(r"[;\r\n]", text))
    ]
    assert not [part for part in parts if part[:1] in {"=", "@", "＝", "＠"}]


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("x;=1+1", "x;'=1+1"),
        ("x; =1+1", "x; '=1+1"),
        ("x\n@sum(1)", "x\n'@sum(1)"),
        ("x;'=1", "x;''=1"),
        ("＝1+1", "'＝1+1"),
        ("-", "-"),
        ("+", "+"),
        ("'-", "'-"),
        ("a;-;+", "a;-;+"),
        ("x;+49 30 5678; -5", "x;+49 30 5678; -5"),
        ("wink ;-) there", "wink ;'-) there"),
    ],
)
def test_what_gets_an_apostrophe(cell: str, written: str, tmp_path: Path) -> None:
    assert protect(pa.array([cell], pa.large_string())).to_pylist() == [written]
    path = write_table(pd.DataFrame({"A": ["x", cell]}), tmp_path / "a.csv")
    assert read(path).frame["A"].tolist() == ["x", cell]
