"""CSV files in parts: their records, numbers and lines are those of the whole."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsprep.errors import TableError
from gsprep.schemas.fields import COMPANY, PERSON
from gsprep.tables.parts import Parts, parts_of
from gsprep.tables.raw_table import ReadOptions
from gsprep.tables.read import read

_CELLS = st.sampled_from(
    ["x", "", "Zoë Łuk", "a, b; c", 'say "hi"', "two\nlines", "two\r\nlines", "'=1", "Name", "0012"]
)
_ROWS = st.lists(st.tuples(_CELLS, _CELLS), min_size=1, max_size=12)


def _text(rows: list[tuple[str, str]], delimiter: str, end: str, *, quoted: bool) -> str:
    text = io.StringIO()
    quoting = csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL
    writer = csv.writer(text, delimiter=delimiter, lineterminator=end, quoting=quoting)
    # Enough plain records that the form of the file is known from them.
    plain = [(f"p{at}@acme.com", "Ana", "Zürich") for at in range(3)]
    named = [(f"q{at}@acme.com", *cells) for at, cells in enumerate(rows)]
    writer.writerows([("Email", "Name", "Comments"), *plain, *named, *plain])
    return text.getvalue()


def _read(parts: Parts) -> pd.DataFrame:
    counted = parts.counted([parts.look(part)[0] for part in parts.parts])
    return pd.concat(map(counted.read, counted.parts), ignore_index=True)


@given(
    rows=_ROWS,
    size=st.integers(1, 8),
    delimiter=st.sampled_from(",;\t"),
    end=st.sampled_from(["\n", "\r\n"]),
    quoted=st.booleans(),
    above=st.sampled_from(["", "Export of May\n\n"]),
    mark=st.sampled_from([b"", b"\xef\xbb\xbf"]),
)
def test_parts_have_the_records_of_the_whole(
    rows: list[tuple[str, str]],
    size: int,
    delimiter: str,
    end: str,
    quoted: bool,  # noqa: FBT001  an example
    above: str,
    mark: bytes,
) -> None:
    text = above + _text(rows, delimiter, end, quoted=quoted)
    with TemporaryDirectory() as name:
        path = Path(name) / "people.csv"
        path.write_bytes(mark + text.encode())
        whole = read(path, of=PERSON)
        parts = parts_of(path, PERSON, rows=size)
        pd.testing.assert_frame_equal(_read(parts), whole.frame)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Contact,,Company\nEmail,Name,Name\n{}", id="headers under groups"),
        pytest.param("Your name,,Email\nFirst,Last,\n{}", id="headers in two lines"),
        pytest.param("Email,Name,Comments\n{}\x1a\x1a", id="the end of a file of DOS"),
    ],
)
def test_parts_of_files_with_odd_ends(text: str, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    rows = "".join(f'p{at}@acme.com,"Ana ""A""",x\n' for at in range(9))
    path.write_text(text.format(rows))
    parts = parts_of(path, PERSON, rows=2)
    assert len(parts.parts) > 3
    pd.testing.assert_frame_equal(_read(parts), read(path, of=PERSON).frame)


def test_quotes_in_a_quoted_cell_are_no_sign_of_another_one(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    cell = '"=LINK(""https://x.example"";""open"")"'
    path.write_text("Email;Name;Comments\n" + f"a@acme.com;Ana;{cell}\n" * 3)
    pd.testing.assert_frame_equal(
        _read(parts_of(path, PERSON, rows=1)), read(path, of=PERSON).frame
    )


@pytest.mark.parametrize("encoding", ["cp1252", "cp1250", "utf-8"])
def test_the_encoding_is_found_in_later_lines(encoding: str, tmp_path: Path) -> None:
    plain = "".join(f"a{at}@acme.com,Ana,\n" for at in range(400))
    words = (
        ("Müller", "Jürgen", "Köln") if encoding != "cp1250" else ("Łukasz", "Dąbrowski", "Żółć")
    )
    late = "".join(f"b{at}@acme.com,{words[at % 3]},Straße\n" for at in range(60))
    path = tmp_path / "people.csv"
    path.write_bytes(f"Email,Name,Comments\n{plain}{late}".encode(encoding, "replace"))
    parts = parts_of(path, PERSON, rows=50)
    assert len(parts.parts) > 5
    pd.testing.assert_frame_equal(_read(parts), read(path, of=PERSON).frame)


def test_a_folder_names_the_file_of_each_line(tmp_path: Path) -> None:
    (tmp_path / "1.csv").write_text("Email,Name\na@acme.com,Ana\nb@acme.com,Bo\n")
    (tmp_path / "2.csv").write_text("Name;Email\nCy;c@acme.com\n")
    frame = _read(parts_of(tmp_path, PERSON))
    assert frame["row_id"].tolist() == ["1", "2", "3"]
    assert frame["line"].tolist() == ["1.csv:2", "1.csv:3", "2.csv:2"]
    assert frame["Name"].tolist() == ["Ana", "Bo", "Cy"]


def test_a_column_without_a_header_may_have_values_in_later_parts_only(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("Email,Name,,\n" + "a@b.de,Ana,,\n" * 3 + "b@b.de,Bo,x,\n")
    frame = _read(parts_of(path, PERSON, rows=1))
    pd.testing.assert_frame_equal(frame, read(path, of=PERSON).frame)
    assert frame["column_3"].dropna().tolist() == ["x"]


def test_a_total_below_the_records_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    rows = "".join(f"a{at}@acme.com,Ana\n" for at in range(9))
    path.write_text(f"Email,Name\n{rows}Total,9\n")
    frame = _read(parts_of(path, PERSON, rows=4))
    pd.testing.assert_frame_equal(frame, read(path, of=PERSON).frame)
    assert len(frame) == 9


@pytest.mark.parametrize("total", range(1, 5))
def test_the_records_of_one_part_prove_no_total(total: int, tmp_path: Path) -> None:
    # One of the totals is the number of records above it in the last part; the file has eight.
    path = tmp_path / "companies.csv"
    lines = [f"Acme {at},{at + 20}" for at in range(8)]
    path.write_text("\n".join(["Name,Employees", *lines, f"Total,{total}", ""]))
    parts = parts_of(path, COMPANY, rows=4)
    looks = [parts.look(part)[0] for part in parts.parts]
    assert len(_read(parts)) == len(read(path, of=COMPANY).frame) == 9
    assert any("line 10: read as a record, but it may be a total" in n for n in parts.notes(looks))


def test_swallowed_records_are_refused_in_a_short_part_too(tmp_path: Path) -> None:
    """What records look like is seen in the first ones of the file, as in the whole."""
    path = tmp_path / "companies.csv"
    known = "".join(f"1P02A0000000{at:04},Acme {at},DE\n" for at in range(40))
    swallowed = '1P02A00000009997,"Nine\n1P02A00000009998,Ten,DE\nEleven",DE\n'
    path.write_text("Gsid,Name,Country\n" + known + swallowed)
    with pytest.raises(TableError, match="look like records") as refused:
        read(path, of=COMPANY)
    with pytest.raises(TableError, match="look like records") as in_parts:
        _read(parts_of(path, COMPANY, rows=2))
    assert str(in_parts.value) == str(refused.value)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        pytest.param("Email,Name\na@b.de,x\n".encode("utf-16"), "UTF-16", id="UTF-16"),
        pytest.param(b"Email,Name\ra@b.de,x\r", "end with CR", id="CR"),
        pytest.param(b'Email,Name\na@b.de,5" pipe\n', "a quote within a cell", id="a quote"),
        pytest.param(b'Email,Name\na@b.de, "x"\n', "blanks before quotes", id="blanks"),
        pytest.param(b'Email,Name\na@b.de,"x\nb@b.de,y\n', "quote", id="an open quote"),
        pytest.param(b"PK\x03\x04", "only CSV and Parquet", id="a workbook"),
        pytest.param(b'{"Email": "a@b.de"}\n', "only CSV and Parquet", id="JSON lines"),
    ],
)
def test_what_has_no_parts_is_refused(data: bytes, told: str, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(data)
    with pytest.raises(TableError, match=told):
        _read(parts_of(path, PERSON, rows=1))


def test_a_line_in_another_encoding_is_named(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(b"Email,Name\na@acme.com,Ana\nb@acme.com,Zo\xeb\n")
    with pytest.raises(TableError, match="not UTF-8") as caught:
        _read(parts_of(path, PERSON, rows=1, written=ReadOptions(PERSON, "utf-8")))
    assert caught.value.line == 3
