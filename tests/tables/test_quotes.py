"""Quotes in delimited files: no record is swallowed, no cell is moved without a word."""

# ruff: noqa: E501  an example is read best on one line

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gsprep.errors import TableError
from gsprep.tables.read import read

if TYPE_CHECKING:
    from pathlib import Path

HEAD = "Email,Name,CompanyName,Title\n"


def written(folder: Path, content: str) -> Path:
    path = folder / "people.csv"
    path.write_text(content, encoding="utf-8", newline="")
    return path


@pytest.mark.parametrize(
    ("content", "line"),
    [
        pytest.param(HEAD + 'a@x.co,"Al,Acme,CEO\nb@x.co,Bo,Beta,CEO\nc@x.co,Cy",Cold,CTO\nd@x.co,Di,Delta,CTO\n', 2, id="a name"),
        pytest.param(HEAD + 'z@x.co,Zoe,Zeta,CEO\na@x.co,"Al,Acme,CEO\nc@x.co,Cy",Cold,CTO\n', 3, id="one record"),
        pytest.param(HEAD + '"a@x.co,Al,Acme,CEO\nb@x.co,Bo,Beta,CEO\nc@x.co",Cy,Cold,CTO\n', 2, id="the first column"),
        pytest.param('Name\tEmail\tTitle\n"Al\ta@x.co\tCEO\nBo\tb@x.co\tCEO\nCy"\tc@x.co\tCTO\n', 2, id="the e-mail after it"),
        pytest.param('Name,Email\n"Al,a@x.co\nBo",b@x.co\n', 2, id="the e-mail of the first"),
        pytest.param(HEAD.replace(",", ";") + 'a@x.co;"5 Nails;Acme;CEO\r\nb@x.co;Bo;Beta;CEO\r\nc@x.co;Nails 5";Cold;CTO\r\n', 2, id="semicolons"),
        pytest.param('Gsid,Name,Country\n1P02A00000000001,Acme,DE\n1P02A00000000002,Beta,DE\n1P02A00000000003,Cold,DE\n1P02A00000000004,"Nine,DE\n1P02A00000000005,Ten",DE\n', 5, id="companies by id"),
        pytest.param('First Name,Last Name,Company\n"Al,Ames,Acme\nBo,Berg,Beta\nCy",Cole,Cold\n', 2, id="no column that tells"),
    ],
)  # fmt: skip
def test_a_stray_quote_swallows_no_record(tmp_path: Path, content: str, line: int) -> None:
    with pytest.raises(TableError, match="look like records") as refused:
        read(written(tmp_path, content))
    assert refused.value.line == line
    assert "quotes" in refused.value.cure


ADDRESS = "Acme, Inc.\n1 Main St, Suite 2\nTown, ST 12345"


@pytest.mark.parametrize(
    ("content", "cell"),
    [
        pytest.param(f'Email,Name,Address__gc\na@x.co,Al,"{ADDRESS}"\nb@x.co,Bo,"x"\n', ADDRESS, id="an address"),
        pytest.param(f'Email,Address__gc\na@x.co,"{ADDRESS}"\nb@x.co,x\n', ADDRESS, id="as many delimiters"),
        pytest.param(f'Address__gc,Email\n"{ADDRESS}",a@x.co\nx,b@x.co\n', ADDRESS, id="before the e-mail"),
        pytest.param('Name,Company,Address__gc\nAl,Acme,"Floor 2, Block B, Main St\nHall, Street, Town"\nBo,Beta,x\n', "Floor 2, Block B, Main St\nHall, Street, Town", id="no column that tells"),
        pytest.param('Name,Notes__gc,Score__gc\nAl,"one\ntwo\nthree",1\nBo,x,2\nCy,y,3\nDi,z,4\n', "one\ntwo\nthree", id="numbers after it"),
        pytest.param('Email,Name,Notes__gc\na@x.co,Al,"Ask bo@x.co, Bo, CTO\nor cy@x.co, Cy"\n', "Ask bo@x.co, Bo, CTO\nor cy@x.co, Cy", id="an address in prose"),
    ],
)  # fmt: skip
def test_a_cell_of_several_lines_stays(tmp_path: Path, content: str, cell: str) -> None:
    frame = read(written(tmp_path, content)).frame
    assert cell in frame.iloc[0].tolist()
    assert len(frame) == content.replace(cell, "").count("\n") - 1


@pytest.mark.parametrize(
    ("content", "name"),
    [
        pytest.param(HEAD + 'a@x.co,"Al \\"An\\" Ruiz",Acme,CEO\nb@x.co,"Bo","Beta, Inc.",CTO\n', 'Al "An" Ruiz', id="inside"),
        pytest.param(HEAD + 'a@x.co,"Al \\"An\\"",Acme,CEO\nb@x.co,"Bo",Beta,CTO\n', 'Al "An"', id="at the end"),
        pytest.param(HEAD + 'a@x.co,"12\\"","Acme",CEO\nb@x.co,"13\\"",Beta,CTO\n', '12"', id="inches"),
        pytest.param(HEAD + 'a@x.co,"Al \\"An, B\\" Ruiz",Acme,C\\\\O\nb@x.co,"Bo","Beta",CTO\n', 'Al "An, B" Ruiz', id="with the delimiter"),
        pytest.param(HEAD + 'a@x.co,6 \\",Acme,CEO\nb@x.co,Bo,Beta,CTO\n', '6 "', id="in a cell without quotes"),
        pytest.param(HEAD + 'a@x.co,\\",Acme,CEO\nb@x.co,"Bo \\"B\\"",Beta,CTO\n', '"', id="alone, and in quotes below"),
    ],
)  # fmt: skip
def test_a_backslash_before_a_quote_makes_it_one(tmp_path: Path, content: str, name: str) -> None:
    reading = read(written(tmp_path, content))
    assert reading.frame["Name"].iloc[0] == name
    assert reading.frame["Email"].tolist() == ["a@x.co", "b@x.co"]
    assert '\\" is read as a quote within a cell' in reading.notes


def test_json_in_a_cell_keeps_its_backslashes(tmp_path: Path) -> None:
    cell = r'{"a": "x, y\"z\" ", "b": 1}'
    doubled = cell.replace('"', '""')
    reading = read(written(tmp_path, f'Email,Data__gc\na@x.co,"{doubled}"\n'))
    assert reading.frame["Data__gc"].tolist() == [cell]


def test_a_backslash_at_the_end_of_a_cell_stays(tmp_path: Path) -> None:
    reading = read(
        written(tmp_path, 'Email,Name,Path__gc\na@x.co,"Al","C:\\"\nb@x.co,"Bo","D:\\"\n')
    )
    assert reading.frame["Path__gc"].tolist() == ["C:\\", "D:\\"]
    assert reading.notes == ()


@pytest.mark.parametrize(
    "record",
    [
        pytest.param('a@x.co,"Al "An, B" Ruiz",Acme', id="moves cells"),
        pytest.param('a@x.co,"Al "An" Ruiz",Acme,CEO', id="moves none"),
        pytest.param('a@x.co,"Al" Ruiz,Acme,CEO', id="a word in quotes"),
        pytest.param('"a@x.co","Al,"Acme","CEO"', id="a quote that is missing before a delimiter"),
        pytest.param('a@x.co,"Al \\"An" Ruiz",Acme,CEO', id="a backslash that does not fit"),
    ],
)
def test_text_after_a_closing_quote_is_refused(tmp_path: Path, record: str) -> None:
    with pytest.raises(TableError, match=r"after its closing quote|not closed") as refused:
        read(written(tmp_path, HEAD + f"b@x.co,Bo,Beta,CTO\n{record}\n"))
    assert refused.value.line == 3
    assert "Al" not in str(refused.value)


def test_blanks_after_a_closing_quote_are_no_text(tmp_path: Path) -> None:
    frame = read(written(tmp_path, HEAD + 'a@x.co,"Al" ,"Acme",CEO\n')).frame
    assert frame["Name"].str.strip().tolist() == ["Al"]
