"""Files that claim, repeat or nest more than a table of people needs: a sentence, and soon."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from gsprep.errors import TableError
from gsprep.tables import parquet, raw_table, workbook_process
from gsprep.tables import read as reading
from gsprep.tables.read import read

if TYPE_CHECKING:
    from pathlib import Path

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
BOOK = (
    f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets><sheet name="People" sheetId="1" '
    'r:id="r1"/></sheets>%s</workbook>'
)
HEADERS = '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row>'
RECORD = '<row r="2"><c r="A2" t="s"><v>2</v></c><c r="B2"><v>5</v></c></row>'
TEXTS = "<si><t>Shop</t></si><si><t>Size</t></si><si><t>x</t></si>"
HUGE = "99999999999"


def workbook(path: Path, **parts: str) -> Path:
    """Write a workbook by hand, with other parts than a usual one has."""
    sheet = parts.get("sheet", f"<sheetData>{HEADERS}{RECORD}</sheetData>")
    texts = parts.get("texts", f'<sst xmlns="{MAIN}" uniqueCount="3">{TEXTS}</sst>')
    kinds = "".join(
        f'<Relationship Id="r{at}" Type="{OFFICE}/{kind}" Target="{target}"/>'
        for at, (kind, target) in enumerate(
            [("worksheet", "worksheets/sheet1.xml"), ("sharedStrings", "sharedStrings.xml"),
             ("styles", "styles.xml")], 1,
        )
    )  # fmt: skip
    entries = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="xml" ContentType="application/xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" '
        f'Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">{kinds}'
        "</Relationships>",
        "xl/workbook.xml": BOOK % parts.get("names", ""),
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{MAIN}">{sheet}</worksheet>',
        "xl/sharedStrings.xml": texts,
        "xl/styles.xml": f'<styleSheet xmlns="{MAIN}">{parts.get("styles", "")}</styleSheet>',
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize(
    "texts",
    [
        pytest.param(f'<sst xmlns="{MAIN}" uniqueCount="{HUGE}">{TEXTS}</sst>', id="claimed"),
        pytest.param(f"<sst xmlns='{MAIN}' uniqueCount = '{HUGE}'>{TEXTS}</sst>", id="spaced"),
        pytest.param(f'<sst xmlns="{MAIN}" uniqueCount="{2**64 - 1}">{TEXTS}</sst>', id="panics"),
        pytest.param(
            f'<x:sst xmlns:x="{MAIN}" uniqueCount="{HUGE}"><x:si/></x:sst>', id="with a prefix"
        ),
        pytest.param(f'<a><sst uniqueCount="{HUGE}"/></a>', id="a list in another element"),
        pytest.param(f'<!-- {" " * 3_000_000} --><sst uniqueCount="{HUGE}"/>', id="far behind"),
        pytest.param(f'<!DOCTYPE a [<!ENTITY b "c">]><sst uniqueCount="{HUGE}"/>', id="a doctype"),
        pytest.param("no xml", id="no XML"),
    ],
)
def test_texts_that_are_claimed_are_not_believed(tmp_path: Path, texts: str) -> None:
    with pytest.raises(TableError, match=r"takes more memory|not a workbook, or it is damaged"):
        read(workbook(tmp_path / "people.xlsx", texts=texts))


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param({}, id="usual"),
        pytest.param(
            {"texts": f'<sst xmlns="{MAIN}" count="1000000" uniqueCount="1000000">{TEXTS}</sst>'},
            id="every cell counted",
        ),
        pytest.param({"texts": f'<sst xmlns="{MAIN}">{TEXTS}</sst>'}, id="no count"),
        pytest.param(
            {"sheet": f'<dimension ref="A1:XFD1048576"/><sheetData>{HEADERS}{RECORD}</sheetData>'
             f'<mergeCells count="{HUGE}"><mergeCell ref="D1:XFD1048576"/></mergeCells>'},
            id="dimension and merged cells",
        ),
        pytest.param(
            {"styles": f'<numFmts count="{HUGE}"/><fonts count="{HUGE}"/>'
             f'<cellXfs count="{HUGE}"><xf numFmtId="0"/></cellXfs>'},
            id="styles",
        ),
        pytest.param(
            {"names": '<definedNames><definedName name="x">People!$A$1:$XFD$1048576</definedName>'
             "</definedNames>"},
            id="defined names",
        ),
        pytest.param(
            {"sheet": f'<sheetData>{HEADERS}<row r="2"><c r="A2" t="s"><v>2</v></c><c r="B2">'
             f'<f t="shared" ref="B2:XFD1048576" si="{HUGE}">1+1</f><v>5</v></c></row>'
             "</sheetData>"},
            id="a shared formula",
        ),
        pytest.param(
            {"sheet": f'<sheetData>{HEADERS.replace("r=", "spans=")}{RECORD}</sheetData>'
             .replace('spans="1"', f'spans="1:{HUGE}"')},
            id="spans, and cells without a place",
        ),
    ],
)  # fmt: skip
def test_what_no_reader_makes_room_for_is_read(tmp_path: Path, parts: dict[str, str]) -> None:
    frame = read(workbook(tmp_path / "people.xlsx", **parts)).frame
    assert frame[["Shop", "Size"]].to_numpy().tolist() == [["x", "5"]]


@pytest.fixture
def little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """The process that reads a workbook has a tenth of its memory."""
    monkeypatch.setattr(workbook_process, "MEMORY_BYTES", 400_000_000)


@pytest.mark.usefixtures("little_memory")
@pytest.mark.skipif(sys.platform == "win32", reason="this system has no limits of a process")
@pytest.mark.parametrize("long", [0, 1], ids=["short", "long"])
def test_a_small_workbook_of_many_long_texts_is_refused(tmp_path: Path, long: int) -> None:
    """The cells refer to a text; it is copied for each."""
    cell = f'<c t="s"><v>{2 + long}</v></c>'
    row = f"<row>{cell * 100}</row>"
    texts = f'<sst xmlns="{MAIN}">{TEXTS}<si><t>{"y" * 32_000}</t></si></sst>'
    sheet = f"<sheetData>{HEADERS}{row * 300}</sheetData>"
    path = workbook(tmp_path / "people.xlsx", sheet=sheet, texts=texts)
    assert path.stat().st_size < 100_000
    if not long:
        assert len(read(path).frame) == 300
        return
    with pytest.raises(TableError, match=r"takes more memory .* Delete empty rows and columns"):
        read(path)


def test_a_list_of_styles_that_no_workbook_has(tmp_path: Path) -> None:
    path = workbook(tmp_path / "people.xlsx", styles="<xf/>" * 4_000_000)
    with pytest.raises(TableError, match="names or styles is larger"):
        read(path)


def test_what_does_not_fit_into_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> Any:
        raise MemoryError

    monkeypatch.setattr(reading, "open_source", full)
    with pytest.raises(TableError, match=r"people\.csv: it does not fit into the memory"):
        read(tmp_path / "people.csv")


@pytest.mark.usefixtures("little_memory")
@pytest.mark.parametrize(
    ("rows", "says"),
    [
        pytest.param(
            '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c>'
            "</row>", "more memory", id="far apart",
        ),
        pytest.param(
            "<row r=\"1\"><c r=\"A1\"><v>1</v></c><c  r = 'XFD1048576'><v>1</v></c></row>",
            "more memory", id="rows that lie",
        ),
        pytest.param(
            '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576">' + "<c/>" * 40
            + "<c><v>1</v></c></row>",
            "more memory", id="cells without a place",
        ),
        pytest.param(
            '<row r="1"><c r="A1"><v>1</v></c></row><row>' + "<c s='r =1'/>" * 17_000
            + "<c><v>1</v></c></row>",
            "16,384", id="columns without a place",
        ),
        pytest.param('<row><c><v>1</v></c><c r="XFE1"><v>1</v></c></row>', "16,384", id="XFE"),
    ],
)  # fmt: skip
def test_a_sheet_that_reaches_far(tmp_path: Path, rows: str, says: str) -> None:
    path = workbook(tmp_path / "people.xlsx", sheet=f"<sheetData>{rows}</sheetData>")
    with pytest.raises(TableError, match=says):
        read(path)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("wide.csv", "," * 250_000 + "\n1\n"),
        ("wide.csv", "a,b\n" + "1\n" * 8 + "1," + "," * 250_000 + "\n"),
        ("wide.tsv", "\t".join(f"c{n}" for n in range(20_000)) + "\n"),
        ("wide.jsonl", "{" + ",".join(f'"c{n}": 1' for n in range(20_000)) + "}\n"),
        ("wide.jsonl", "".join(f'{{"c{n}": 1}}\n' for n in range(20_000))),
    ],
    ids=["blank headers", "a blank record", "headers", "one object", "many objects"],
)
def test_more_columns_than_any_sheet_has(tmp_path: Path, name: str, content: str) -> None:
    path = tmp_path / name
    path.write_text(content)
    with pytest.raises(TableError, match=r"columns, and a table at most 16,384"):
        read(path)


def test_more_columns_of_parquet(tmp_path: Path) -> None:
    path = tmp_path / "wide.parquet"
    pq.write_table(pa.table({f"c{n}": ["x"] for n in range(17_000)}), path)
    with pytest.raises(TableError, match="17,000 columns, and a table at most 16,384"):
        read(path)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("sparse.csv", ",".join(f"c{n}" for n in range(300)) + "\n" + "x\n" * 200),
        ("sparse.csv", "a,b\n" + "x\n" * 200 + "y" + "," * 500 + "\n"),
        ("sparse.jsonl", "".join(f'{{"c{n}": 1}}\n' for n in range(300))),
    ],
    ids=["short records", "one long record", "no name twice"],
)
def test_a_table_of_nearly_nothing(
    tmp_path: Path, name: str, content: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As 16,000 headers and a million records of one cell: 130 GB of a file of 2 MB."""
    monkeypatch.setattr(raw_table, "_MANY_CELLS", 10_000)
    path = tmp_path / name
    path.write_text(content)
    with pytest.raises(TableError, match="nearly all of them without a value"):
        read(path)


def test_a_table_of_nearly_nothing_in_parquet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(raw_table, "_MANY_CELLS", 10_000)
    path = tmp_path / "sparse.parquet"
    pq.write_table(pa.table({f"c{n}": pa.nulls(20_000, pa.string()) for n in range(40)}), path)
    with pytest.raises(TableError, match="nearly all of them without a value"):
        read(path)


@pytest.mark.parametrize("stored", [True, False], ids=["categories", "texts"])
def test_parquet_that_repeats_a_long_text(tmp_path: Path, stored: bool) -> None:  # noqa: FBT001
    path = tmp_path / "people.parquet"
    places = pa.array(np.zeros(3_000_000, np.int32))
    texts = pa.DictionaryArray.from_arrays(places, pa.array(["x" * 1_000]))
    pq.write_table(pa.table({"Comments": texts}), path, store_schema=stored)
    assert path.stat().st_size < 1_000_000
    program = (
        "import resource, sys; from gsprep.errors import TableError; "
        "from gsprep.tables.read import read\n"
        "resource.setrlimit(resource.RLIMIT_DATA, (1_500_000_000,) * 2)\n"
        "try: read(sys.argv[1])\nexcept TableError as error: print(error)"
    )
    if sys.platform == "win32":
        pytest.skip("this system has no limits of a process")
    done = subprocess.run(  # noqa: S603  this Python with our own program
        [sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=False
    )
    assert "it unpacks to more than this machine should hold" in done.stdout, done.stderr


def test_parquet_that_claims_to_unpack_to_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet, "_UNPACKED_BYTES", 1_000_000)
    path = tmp_path / "people.parquet"
    texts = [f"{n:<1000}" for n in range(5_000)]
    pq.write_table(pa.table({"Comments": texts}), path, compression="zstd", use_dictionary=False)
    with pytest.raises(TableError, match="it unpacks to more"):
        read(path)


@pytest.mark.parametrize(
    "values",
    [
        pytest.param(pa.array([2**31 - 1], pa.date32()), id="a day after 9999"),
        pytest.param(pa.array([-(2**31) + 1], pa.date32()), id="a day before 1"),
        pytest.param(pa.array([1_001], pa.time64("ns")), id="billionths of a second"),
        pytest.param(pa.array([0], pa.timestamp("us", tz="Mars/Olympus")), id="an unknown zone"),
    ],
)
def test_moments_that_no_calendar_holds(tmp_path: Path, values: Any) -> None:
    path = tmp_path / "people.parquet"
    pq.write_table(pa.table({"Email": ["ana@acme.com"], "Since": values}), path)
    with pytest.raises(TableError, match='the column "Since" holds a value of'):
        read(path)


def test_usual_moments_are_read(tmp_path: Path) -> None:
    path = tmp_path / "people.parquet"
    day, zone = dt.date(2026, 11, 20), dt.datetime(2026, 11, 20, 9, tzinfo=dt.UTC)
    pq.write_table(pa.table({"a": [day], "b": [dt.time(9, 30)], "c": [zone]}), path)
    frame = read(path).frame
    assert frame[["a", "b"]].iloc[0].tolist() == ["2026-11-20", "09:30:00"]
    assert frame["c"].iloc[0].startswith("2026-11-20 09:00:00")
