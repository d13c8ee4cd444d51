"""Two readers of delimited text give the same cells."""

from __future__ import annotations

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from gsprep.tables.delimited import _parsed, _plainly, detect_dialect

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
def test_arrow_reads_what_it_takes_as_pandas_does(lines: list[str], end: str, closed: bool) -> None:  # noqa: FBT001  an example
    text = end.join(lines) + (end if closed else "")
    dialect = detect_dialect(text)
    cells = _plainly(text, dialect)
    if cells is None:
        return
    try:
        theirs = _parsed(text, dialect)
    except (pd.errors.ParserError, pd.errors.EmptyDataError):
        return  # what pandas refuses is read by the csv module, which names the line
    assert [column.to_pylist() for column in cells] == [column.to_pylist() for column in theirs]


def test_arrow_reads_a_usual_file() -> None:
    text = 'Email,Name\nana@acme.com,"Ruiz, ""Ana"""\n,NA\n'
    (emails, names) = _plainly(text, detect_dialect(text)) or ([], [])
    assert [emails.to_pylist(), names.to_pylist()] == [
        ["Email", "ana@acme.com", ""],
        ["Name", 'Ruiz, "Ana"', "NA"],
    ]
