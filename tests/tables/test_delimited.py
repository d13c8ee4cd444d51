"""Laws of delimited files: whoever wrote them, the same cells come back, or a plain error."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gsprep.errors import TableError
from gsprep.tables.read import read

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

IN_A_FOLDER = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
CELL = st.text('ab ,;|"\n\t0é名', max_size=6).filter(lambda cell: cell.strip(" ") == cell)


def data(frame: pd.DataFrame) -> list[list[str]]:
    return frame.drop(columns=["row_id", "line"]).fillna("").to_numpy().tolist()


def begins(text: str, delimiter: str) -> list[str]:
    """The line on which each record below the headers begins, as the csv module counts."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    ends = [reader.line_num for _ in reader]
    return [str(end + 1) for end in ends[:-1]]


@IN_A_FOLDER
@given(
    rows=st.lists(st.tuples(CELL, CELL, CELL), max_size=6),
    form=st.tuples(
        st.sampled_from(",;\t|"),
        st.sampled_from(["\n", "\r\n", "\r"]),
        st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
    ),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32-be"]),
)
def test_what_the_csv_module_writes_is_read(
    tmp_path: Path,
    rows: list[tuple[str, ...]],
    form: tuple[str, str, int],
    encoding: str,
) -> None:
    delimiter, ends, quoting = form
    text = io.StringIO()
    # The csv module leaves other delimiters and line ends bare: only quoted cells hold them here.
    bare = str.maketrans("", "", ",;|\t\n" if quoting == csv.QUOTE_MINIMAL else "")
    told = [[cell.translate(bare) for cell in row] for row in rows]
    writer = csv.writer(text, delimiter=delimiter, lineterminator=ends, quoting=quoting)
    writer.writerows([["Colour", "Shoe size", "Hat"], *told])
    path = tmp_path / "t.csv"
    path.write_bytes(text.getvalue().encode(encoding))
    seen = [["" if not cell.strip() else cell for cell in row] for row in told]
    frame = read(path).frame
    assert data(frame) == [row for row in seen if any(row)]
    assert frame["line"].tolist() == [
        line
        for row, line in zip(seen, begins(text.getvalue(), delimiter), strict=False)
        if any(row)
    ]


@IN_A_FOLDER
@given(text=st.text("ab,;\"'=\n\r\t |@.é", max_size=60))
def test_any_text_is_a_table_or_a_table_error(tmp_path: Path, text: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text(text, encoding="utf-8", newline="")
    try:
        frame = read(path).frame
    except TableError:
        return
    assert frame["row_id"].is_unique


@IN_A_FOLDER
@given(junk=st.binary(max_size=200))
@pytest.mark.parametrize("ending", ["csv", "xlsx", "parquet", "txt"])
def test_any_bytes_are_a_table_or_a_table_error(tmp_path: Path, ending: str, junk: bytes) -> None:
    path = tmp_path / f"t.{ending}"
    path.write_bytes(junk)
    try:
        frame = read(path).frame
    except TableError:
        return
    assert "row_id" in frame.columns


@pytest.mark.parametrize("delimiter", ["^", "~"])
def test_a_sep_line_may_name_any_character(tmp_path: Path, delimiter: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text(f"sep={delimiter}\nHat{delimiter}Shoe\n1{delimiter}2\n", encoding="utf-8")
    reading = read(path)
    assert data(reading.frame) == [["1", "2"]]
    assert "sep=" in reading.notes[0]
