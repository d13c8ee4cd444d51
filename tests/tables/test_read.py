"""Delimited files as people have them: what is read, what is noted, what is refused and where."""

# ruff: noqa: E501  an example is read best on one line

from __future__ import annotations

import logging
import zipfile
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from gsprep.errors import InputError, TableError
from gsprep.mapping.columns import ColumnMapping, MappedColumn
from gsprep.schemas.fields import COMPANY, PERSON
from gsprep.tables.read import read, read_as_written, read_table

if TYPE_CHECKING:
    from pathlib import Path

    from gsprep.schemas.fields import ObjectFields


def written(folder: Path, content: str | bytes, name: str = "people.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def cells(frame: pd.DataFrame) -> list[list[str | None]]:
    """The frame's rows without row_id and line, missing cells as None."""
    data = frame.drop(columns=["row_id", "line"])
    return [[None if pd.isna(cell) else cell for cell in row] for row in data.to_numpy().tolist()]


@pytest.mark.parametrize(
    ("content", "columns", "rows"),
    [
        pytest.param("Email,Zip\na@b.de,00123\n", ["Email", "Zip"], [["a@b.de", "00123"]], id="leading zeros"),
        pytest.param("A,B\nNA,None\nnull,nan\n", ["A", "B"], [["NA", "None"], ["null", "nan"]], id="words for nothing are text"),
        pytest.param("A,B\n  ,x\n\t,y\n", ["A", "B"], [[None, "x"], [None, "y"]], id="blanks are missing"),
        pytest.param("A;B\n1,5;2,5\n3,5;4,5\n", ["A", "B"], [["1,5", "2,5"], ["3,5", "4,5"]], id="decimal commas"),
        pytest.param("A\tB\n\tx\n", ["A", "B"], [[None, "x"]], id="tabs"),
        pytest.param("A|B\nx|y\n", ["A", "B"], [["x", "y"]], id="bars"),
        pytest.param("sep=;\nA;B\nx,y;z\n", ["A", "B"], [["x,y", "z"]], id="sep line"),
        pytest.param("\ufeffsep=#\r\nA#B\r\nx#z\r\n", ["A", "B"], [["x", "z"]], id="sep line of another kind"),
        pytest.param("A\nx\n\ny\n", ["A"], [["x"], ["y"]], id="one column and a blank line"),
        pytest.param('A\nx\n""\ny\n', ["A"], [["x"], [None], ["y"]], id="one column, a quoted nothing"),
        pytest.param('A,B\n"x\r\ny","p\rq"\n', ["A", "B"], [["x\r\ny", "p\rq"]], id="line ends in quotes"),
        pytest.param('A,B\n"say ""hi""",5" pipe\n', ["A", "B"], [['say "hi"', '5" pipe']], id="quotes in cells"),
        pytest.param('A, B\nx, "y, z"\n', ["A", "B"], [["x", "y, z"]], id="blanks before quotes"),
        pytest.param("A,B\r1,2\r3,4", ["A", "B"], [["1", "2"], ["3", "4"]], id="old Mac line ends"),
        pytest.param("A,B\r\r,2\r", ["A", "B"], [[None, "2"]], id="old Mac, blank lines"),
        pytest.param("A,B\r\r\n,2\r\r\n", ["A", "B"], [[None, "2"]], id="line ends doubled"),
        pytest.param("A,B", ["A", "B"], [], id="headers only"),
        pytest.param("\n\r\nA,B\n1,2\n\n", ["A", "B"], [["1", "2"]], id="blank lines around"),
        pytest.param("A,B,,\n1,2,,\n3,4,,\n", ["A", "B"], [["1", "2"], ["3", "4"]], id="trailing delimiters"),
        pytest.param("A,B\n1,2,,\n3,4\n", ["A", "B"], [["1", "2"], ["3", "4"]], id="trailing delimiters below only"),
        pytest.param(",A\n0,x\n1,y\n", ["column_1", "A"], [["0", "x"], ["1", "y"]], id="a column without header"),
        pytest.param("A,B\n1\n2,3\n", ["A", "B"], [["1", None], ["2", "3"]], id="a short record"),
        pytest.param("A,B\n1,2\n,\n , \n3,4\n", ["A", "B"], [["1", "2"], ["3", "4"]], id="records of nothing"),
        pytest.param("A,B\n'=x,'tis\n''+y,'-5\n", ["A", "B"], [["=x", "'tis"], ["'+y", "'-5"]], id="apostrophes"),
        pytest.param("A,B\n=x,@y\n", ["A", "B"], [["=x", "@y"]], id="formulas without apostrophe stay"),
        pytest.param("'=A,B\n1,2\n", ["=A", "B"], [["1", "2"]], id="apostrophe of a header"),
        pytest.param("\ufeff\ufeffEmail,B\nx,y\n", ["Email", "B"], [["x", "y"]], id="marked twice"),
        pytest.param('"Email\nAddress",First_name\nx,y\n', ["Email", "FirstName"], [["x", "y"]], id="wrapped header"),
        pytest.param('A,B\n"x;y;z",1\n"p;q;r",2\n', ["A", "B"], [["x;y;z", "1"], ["p;q;r", "2"]], id="other delimiters in quotes"),
        pytest.param("Name,Domain\nAcme,a.com;b.com\nBeta,c.com;d.com\n", ["Name", "Domain"], [["Acme", "a.com;b.com"], ["Beta", "c.com;d.com"]], id="lists in cells"),
        pytest.param("Email\tName\na@b.de\tRuiz, Ana\nb@b.de\tWu, Li\n", ["Email", "Name"], [["a@b.de", "Ruiz, Ana"], ["b@b.de", "Wu, Li"]], id="commas in tabbed cells"),
        pytest.param("A,B\nx,\u2028y\x85z\n", ["A", "B"], [["x", "\u2028y\x85z"]], id="line ends that are none"),
    ],
)  # fmt: skip
def test_what_is_read(
    tmp_path: Path, content: str, columns: list[str], rows: list[list[str | None]]
) -> None:
    frame = read(written(tmp_path, content)).frame
    assert list(frame.columns) == ["row_id", "line", *columns]
    assert cells(frame) == rows
    assert list(frame["row_id"]) == [str(n) for n in range(1, len(rows) + 1)]
    assert {str(dtype) for dtype in frame.dtypes} == {"str"}


PDF = b"%PDF-1.7\n\0\xff"
OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512


@pytest.mark.parametrize(
    ("content", "line", "says"),
    [
        pytest.param("A,B\n1,2\n\n1,2,3\n", 4, "3 fields and the headers have 2", id="too many fields"),
        pytest.param('A,B\n"1\n2",2\n1,2,3\n', 4, "3 fields", id="too many, lines in cells before"),
        pytest.param("sep=;\nA;B\n1;2;3\n", 3, "3 fields", id="too many after a sep line"),
        pytest.param('A,B\n1,2\n"1,2\n3,4\n', 3, "quote opens", id="unclosed quote"),
        pytest.param('A,B\n"1,2\n3,"x, y"\n5,6\n', 2, "quote opens", id="unclosed quote before another"),
        pytest.param('A,B\n1,"2', 2, "quote opens", id="unclosed quote in the last record"),
        pytest.param("A,B\n1,x\0y\n", 2, "NUL", id="NUL"),
        pytest.param("", None, "empty", id="empty"),
        pytest.param("\ufeff\n \n", None, "empty", id="blanks only"),
        pytest.param(PDF, None, "PDF", id="PDF"),
        pytest.param(b"PK\x03\x04\x14\0", None, "packed", id="zip"),
        pytest.param(b"\x89PNG\r\n\x1a\n\0", None, "image", id="image"),
        pytest.param(OLD, None, "old Excel", id="xls"),
        pytest.param("<!DOCTYPE html>\n<table>", None, "web page", id="web page"),
        pytest.param("Email,Name,Email\nx,y,z\n", 1, 'header "Email" is in columns 1 and 3', id="repeated header"),
        pytest.param("Company,Account Name\nAcme,Beta\n", 1, '"Company" and "Account Name" both mean CompanyName', id="two companies"),
        pytest.param("Mail,Email Address\nx,y\n", 1, '"Mail" and "Email Address" both mean Email', id="two aliases"),
        pytest.param("Wool,Hats\nEmail,First Name\nx,y\n", 2, "not on line 1. Delete the lines above them, or write --header 2", id="a full line above the headers"),
        pytest.param("ana@x.co\nEmail,First Name\nx,y\n", 2, "not on line 1", id="an address above the headers"),
        pytest.param("Shoes\nSize,Shop\nL,x\nS,y\n", 2, "one cell only, and the headers seem to be on this line", id="a title above unknown headers"),
        pytest.param("E-mail,First Name\nEmail,FirstName\nx,y\n", 2, "line 1 and again", id="two lines of headers"),
        pytest.param('"Email,Name"\n"x,y"\n', 1, "whole line of headers is in quotes", id="whole lines in quotes"),
        pytest.param("Email^Name^CompanyName\na@x.co^A^X\nb@x.co^B^Y\n", 1, 'is in one column, "Email^Name^CompanyName". Write "sep=^"', id="an unusual delimiter"),
        pytest.param("ana@acme.com,Ana\nb@acme.com,Bo\n", 1, "the line of headers holds an e-mail", id="no headers"),
        pytest.param("jane@acme,Jane,Acme\nb@acme.com,Bo,X\n", 1, "the line of headers holds an e-mail", id="no headers, broken address"),
        pytest.param("Jane,+1 415 555 0100,Acme\nBo,,X\n", 1, "the line of headers holds an e-mail", id="no headers, a number"),
        pytest.param("Email\x1fName\na\x1fb\n", 1, "Export the table again with commas", id="a control as delimiter"),
        pytest.param("Email     Name   Company\na@x.co    Ana    X\n", 1, "blanks separate the cells", id="fixed width"),
        pytest.param("Email,Name\na@x.co,A\n\nCompany,Phone\nX,617\n", 4, "second table", id="a second table"),
        pytest.param("Name,Email,Title\nA,a@x.co,x\nEmail,Role,Phone\na@x.co,Host,1\n", 3, "second table", id="a second table in other columns"),
        pytest.param(b"\x28\xb5\x2f\xfd\x24\0", None, "packed", id="zstd"),
        pytest.param("Name,Mail,Shoe\nA,a@x.co,x\nShoe,Name,Mail\n9,Bo,b@x.co\n", 3, "second table", id="a header of no field below Email"),
        pytest.param(b"ARROW1\0\0", None, "or it is damaged", id="feather"),
        pytest.param("BEGIN:VCARD\nFN:Ana\n", None, "contact cards", id="vCard"),
        pytest.param("row_id,A\n1,x\n1,y\n", None, "repeats a row_id in record 2", id="repeated row_id"),
        pytest.param("row_id,A\n1,x\n,y\n", None, "no row_id in record 2", id="blank row_id"),
    ],
)  # fmt: skip
def test_what_is_refused(tmp_path: Path, content: str | bytes, line: int | None, says: str) -> None:
    path = written(tmp_path, content)
    with pytest.raises(TableError, match=r"people\.csv") as refused:
        read(path)
    assert refused.value.line == line
    assert says in str(refused.value)
    assert "acme.com" not in str(refused.value)
    assert refused.value.cure.endswith(".")


def test_a_page_that_tells_of_an_error_is_no_empty_list(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="has no records, and its first line has no known header"):
        read(written(tmp_path, "Access denied. Please log in.\n"), of=PERSON)


@pytest.mark.parametrize(
    ("content", "headers", "rows"),
    [
        pytest.param("Title,Email\nMr.,a@x.co\nFrau Dr.,b@x.co\n", ["Prefix", "Email"], 2, id="Title of salutations"),
        pytest.param("Title,Job Title,Email\nMs,VP,a@x.co\n", ["Prefix", "Title", "Email"], 1, id="and a job title"),
        pytest.param("Title,Email\nDr,a@x.co\nBuyer,b@x.co\n", ["Title", "Email"], 2, id="Title of jobs"),
        pytest.param("Salutation,Title,Email\nMr,Dr,a@x.co\n", ["Prefix", "Title", "Email"], 1, id="both"),
        pytest.param("Email,2026-01-31,ARR 2025-2026,cf_36001234567\na@x.co,1,2,3\n", ["Email", "2026-01-31", "ARR 2025-2026", "cf_36001234567"], 1, id="dates and ids as headers"),
        pytest.param("Email,Company,Account Name\na@x.co,Acme,\nb@x.co,Beta,beta\n", ["Email", "CompanyName", "Account Name"], 2, id="a company twice"),
        pytest.param("Email,Company,Account Name\na@x.co,,Acme\n", ["Email", "Company", "CompanyName"], 1, id="a column of a company without values"),
        pytest.param("Email,officeLocation,city\na@x.co,Tower,Rome\n", ["Email", "officeLocation", "Location"], 1, id="an office and a city"),
        pytest.param("Email,Name\n-----,----\na@x.co,A\n", ["Email", "Name"], 1, id="a rule below the headers"),
        pytest.param("Mail,Given Name,When\na@x.co,A,1\nEmail,First name,x\nb@x.co,B,2\n", ["Email", "FirstName", "When"], 2, id="headers again in other words"),
        pytest.param("Email,Name,Title\nmail,Ana,Manager\nb@x.co,B,x\n", ["Email", "Name", "Title"], 2, id="a word for an address"),
        pytest.param("Email\t,Name\t\na@x.co\t,A\t\n", ["Email", "Name"], 1, id="tabs within cells"),
        pytest.param("Email,Name\na@x.co,A\n\x1a", ["Email", "Name"], 1, id="the end of a DOS file"),
        pytest.param("Email,Name\na@x.co,A\n\x1a\x1a", ["Email", "Name"], 1, id="a filled end"),
    ],
)  # fmt: skip
def test_what_exports_have_around_their_records(
    tmp_path: Path, content: str, headers: list[str], rows: int
) -> None:
    frame = read(written(tmp_path, content), of=PERSON).frame
    assert list(frame.columns) == ["row_id", "line", *headers]
    assert len(frame) == rows


@pytest.mark.parametrize("name", ["a.tar", "a.tgz", "a.json"])
def test_other_kinds_of_files_are_refused_with_a_cure(tmp_path: Path, name: str) -> None:
    with pytest.raises(TableError, match=r"(not read|no list of objects)\. (Unpack|Write)"):
        read(written(tmp_path, "A,B\n1,2\n", name))


def test_a_folder_a_missing_and_a_locked_file(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="folder"):
        read(tmp_path)
    with pytest.raises(TableError, match="no such file"):
        read(tmp_path / "absent.csv")
    # A link to itself cannot be read by any account; a file of mode 0 can, by root.
    locked = tmp_path / "locked.csv"
    locked.symlink_to(locked)
    with pytest.raises(TableError, match=r"cannot be read|no permission"):
        read(locked)


def test_a_sheet_of_a_text_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TableError, match=r"only workbooks have sheets\. Omit --sheet \(sheet="):
        read(written(tmp_path, "A\n1\n"), sheet=0)


@pytest.mark.parametrize(
    ("content", "notes"),
    [
        pytest.param("A,B\n1,2\n", [], id="nothing assumed"),
        pytest.param("A;B\n1;2\n", ["cells are separated by semicolons"], id="semicolons"),
        pytest.param("A,B\n1\n\n2\n", ["2 records have fewer cells than the headers, the first on line 2: their last cells are empty"], id="short"),
        pytest.param("A,B\nAcme, Inc.,\nx,y\n", ["1 record has more cells than the headers, the first on line 2: put quotes around a cell with commas", "1 column without header and values is left out"], id="long"),
        pytest.param('A,B\n"1,2,3"\n2,"3,4"\n', ["1 record has fewer cells than the headers, the first on line 2: their last cells are empty"], id="short, delimiters in quotes"),
        pytest.param("A,B,\n1,2,\n", ["1 column without header and values is left out"], id="empty column"),
        pytest.param("A,\n1,2\n", ['the column without a header is named "column_2"'], id="unnamed column"),
        pytest.param("A,B\n1,2\n,\n", ["1 record without any value is left out"], id="empty record"),
        pytest.param("A,B\n=1,@ana\n", ['cells that look like formulas are read as text: "A" (row_id 1)'], id="formula"),
        pytest.param("A,B\nx,\n,\n=1,=2\n=1,\n=1,\n=1,\n=1,\n", ["1 record without any value is left out", 'cells that look like formulas are read as text: "A" (row_id 2, 3, 4 and 2 more), "B" (row_id 2)'], id="many formulas"),
        pytest.param(",A,row_id\n,=1,x7\n", ["1 column without header and values is left out", 'cells that look like formulas are read as text: "A" (row_id x7)'], id="formula of a named row"),
        pytest.param("A,B\n'=1,2\n", ["1 cell was written with an apostrophe before it, for spreadsheets: it was removed"], id="apostrophe"),
        pytest.param("A,B\n'=1,'=2\n", ["2 cells were written with an apostrophe before them, for spreadsheets: it was removed"], id="apostrophes"),
        pytest.param('A,B\n="007",="say ""x"""\n', ['2 cells were written as ="…", for spreadsheets: read as the text in it'], id="formula of a text"),
        pytest.param("Email,Mail\na,b\n", ['the column "Mail" is not taken for Email: "Email" is'], id="exact beats alias"),
        pytest.param("A\n\ufffd\n", ["1 character was lost before (shown as \ufffd): export the file again"], id="lost characters"),
    ],
)  # fmt: skip
def test_what_was_assumed_is_noted(tmp_path: Path, content: str, notes: list[str]) -> None:
    assert list(read(written(tmp_path, content)).notes) == notes


MAPPING = ColumnMapping(
    "Person", (MappedColumn("Mail", "Name"), MappedColumn("Name", "Email"), MappedColumn("Shoe"))
)


def test_with_a_mapping_it_alone_says_what_a_header_means(tmp_path: Path) -> None:
    reading = read(written(tmp_path, "Name,Mail,Shoe\na,b,c\n"), of=PERSON, mapping=MAPPING)
    assert list(reading.frame.columns) == ["row_id", "line", "Email", "Name", "Shoe"]
    assert cells(reading.frame) == [["a", "b", "c"]]
    assert reading.notes == ('not mapped to any field: "Shoe"',)


def test_headers_can_be_read_as_written(tmp_path: Path) -> None:
    reading = read_as_written(written(tmp_path, "Mail,Email Address\na,b\n"))
    assert list(reading.frame.columns) == ["row_id", "Mail", "Email Address"]
    assert reading.notes == ()


@pytest.mark.parametrize(
    ("content", "of", "says"),
    [
        pytest.param("Name,Mail\na,b\n", PERSON, 'lacks "Shoe"', id="a column is missing"),
        pytest.param("Name,Mail,Shoe,A\na,b,c,d\n", PERSON, 'know "A"', id="a column is new"),
        pytest.param("Name,Name,Mail\na,b,c\n", PERSON, "columns 1 and 2", id="a header twice"),
        pytest.param("Name,Mail,Shoe\na,b,c\n", COMPANY, "of Person", id="another object"),
    ],
)
def test_a_mapping_of_another_table_is_refused(
    tmp_path: Path, content: str, of: ObjectFields, says: str
) -> None:
    with pytest.raises(InputError, match=says):
        read(written(tmp_path, content), of=of, mapping=MAPPING)


def test_a_mapping_to_what_is_no_field_is_refused(tmp_path: Path) -> None:
    mapping = ColumnMapping("Person", (MappedColumn("A", "Emial"),))
    with pytest.raises(InputError, match="Person does not have: Emial"):
        read(written(tmp_path, "A\nx\n"), of=PERSON, mapping=mapping)


def test_notes_are_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, logger="gsprep"):
        read_table(written(tmp_path, "Mail;B\nx;y\n"))
    assert [record.message.partition(".csv: ")[2] for record in caplog.records] == [
        "cells are separated by semicolons",
        'columns taken for fields: "Mail" as Email',
    ]


def test_a_given_row_id_is_kept(tmp_path: Path) -> None:
    frame = read(written(tmp_path, "A,row_id\nx,007\ny,b\n")).frame
    assert list(frame["row_id"]) == ["007", "b"]


def test_a_long_cell_and_an_error_far_below(tmp_path: Path) -> None:
    long = "x\n" * 100_000
    content = f'A,B\n"{long}",1\n' + "1,2\n" * 50_000
    assert read(written(tmp_path, content)).frame["A"].iloc[0] == long
    with pytest.raises(TableError) as refused:
        read(written(tmp_path, content + "1,2,3\n"))
    assert refused.value.line == 150_003


def test_a_workbook_named_csv_says_what_it_is(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/workbook.xml", "")
    with pytest.raises(InputError, match=r"\.xlsx"):
        read(path)


@pytest.mark.parametrize("name", ["people.jsonl", "people.parquet"])
def test_only_text_has_an_encoding(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b'{"Email": "a@x.co"}')
    with pytest.raises(TableError, match=r"encoding\. Omit --encoding"):
        read_table(path, encoding="cp1250")


def test_a_table_in_a_named_encoding(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes("Email,Name\na@x.co,Capčk\n".encode("cp1250"))
    assert read_table(path, encoding="cp1250")["Name"].tolist() == ["Capčk"]


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_headers_within_the_records_are_left_out_with_a_note(tmp_path: Path, mark: str) -> None:
    content = f"Email,Name\na@x.co,A\n{mark}Email,Name\nb@x.co,=1+1(\n"
    found = read(written(tmp_path, content))
    assert found.frame["Email"].tolist() == ["a@x.co", "b@x.co"]
    assert found.notes[0] == (
        "line 3 repeats the headers and is left out: two tables may have been joined"
    )
    assert 'read as text: "Name" (row_id 2)' in found.notes[1]


def test_one_column_of_any_signs_is_read(tmp_path: Path) -> None:
    frame = read(written(tmp_path, "E-mail / Phone\na@x.co\n+1/2\n")).frame
    assert frame.shape == (2, 3)
