"""Two readers of delimited text give the same cells."""

from __future__ import annotations

import pytest
from each_row import each_row
from hypothesis import given
from hypothesis import strategies as st

from gsprep.errors import TableError
from gsprep.tables.delimited import _may_be_odd, _over_lines, _plainly, _slowly, detect_dialect
from gsprep.tables.delimited_records import records

_CELLS = st.text(
    alphabet=st.sampled_from(["a", "é", " ", '"', ",", ";", "\n", "\t", "'", "=", "1", "\x1a"]),
    max_size=6,
)
_QUOTED = _CELLS.map(lambda text: '"' + text.replace('"', '""') + '"')
_LINES = st.lists(
    st.lists(st.one_of(_CELLS, _QUOTED, st.just("")), min_size=1, max_size=4).map(",".join),
    min_size=1,
    max_size=6,
)


@given(lines=_LINES, end=st.sampled_from(["\n", "\r\n"]), closed=st.booleans())
def test_arrow_reads_as_the_csv_module_does(lines: list[str], end: str, *, closed: bool) -> None:
    text = end.join(lines) + (end if closed else "")
    dialect = detect_dialect(text)
    cells = _plainly(text, text.encode(), dialect)
    if cells is None:
        return
    try:
        theirs = _slowly("people.csv", text, dialect)
    except TableError:
        return  # quotes that lose cells
    assert [column.to_pylist() for column in cells] == [column.to_pylist() for column in theirs]


def test_arrow_reads_a_usual_file() -> None:
    text = 'Email,Name\nana@acme.com,"Ruiz, ""Ana"""\n,NA\n'
    (emails, names) = _plainly(text, text.encode(), detect_dialect(text)) or ([], [])
    assert [emails.to_pylist(), names.to_pylist()] == [
        ["Email", "ana@acme.com", ""],
        ["Name", 'Ruiz, "Ana"', "NA"],
    ]


@each_row(
    "cell",
    [
        pytest.param('5" pipe', id="a quote within a bare cell"),
        pytest.param('"=LINK(""a"";""b"")"', id="a doubled quote next to the delimiter"),
        pytest.param('"one; ""two""\nthree"', id="over lines"),
    ],
)
def test_arrow_reads_quotes_that_only_look_stray(cell: str) -> None:
    text = f"Email;Note;Name\nana@acme.com;{cell};Ana\n;x;\n"
    assert _plainly(text, text.encode(), detect_dialect(text)) is not None


@given(lines=_LINES, end=st.sampled_from(["\n", "\r\n"]))
def test_records_over_several_lines_are_found_by_their_cells(lines: list[str], end: str) -> None:
    text = end.join(["Email,Name", *lines])
    dialect = detect_dialect(text)
    cells = _plainly(text, text.encode(), dialect)
    if cells is None or _may_be_odd(text.encode(), dialect, cells):
        return
    theirs = [one for one in records(text, dialect) if len(one.lines) > 1]
    assert [
        (one.line, list(one.fields), one.raw)
        for one in _over_lines(text, text.encode(), dialect, cells)
    ] == [(one.line, list(one.fields), one.raw) for one in theirs]


@each_row("between", ["", "\n"])
def test_the_line_of_a_record_over_several_lines(between: str) -> None:
    text = f'Email,Note\na@b.de,"one\ntwo"\n{between}c@d.de,x\ne@f.de,"three\n\nfour"\n'
    dialect = detect_dialect(text)
    found = _over_lines(text, text.encode(), dialect, _plainly(text, text.encode(), dialect) or [])
    assert [(one.line, one.fields[0]) for one in found] == [
        (2, "a@b.de"),
        (5 + len(between), "e@f.de"),
    ]
