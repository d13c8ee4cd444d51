"""Jobs and their files of results.

Files say what Python's own JSON reads in them, or are an error.
"""

from __future__ import annotations

import json
from itertools import accumulate
from math import log
from typing import Any

import pytest
from each_row import each_row
from hypothesis import given
from hypothesis import strategies as st

from gsprep.uploader.jobs import PATIENCE, TornFileError, read_file, waits

# Names that begin records, entries within them and nothing at all; text that looks like either.
names = st.sampled_from(["record", "Gsid", 'a"b', "é"])
leaf = st.one_of(
    st.none(), st.booleans(), st.integers(-9, 9), st.floats(-1, 1),
    st.sampled_from(['},{"record"', "{", "\\", '"', "漢", "half \ud83d of one", float("inf")]),
)  # fmt: skip
values = st.recursive(
    leaf, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3)
)
records = st.lists(st.dictionaries(names, values, max_size=3) | values, max_size=8)
layouts = st.sampled_from(
    [{"separators": (",", ":")}, {}, {"indent": 2}, {"separators": (" ,\n", " :\t")}]
)


@given(
    records=records,
    layout=layouts,
    ascii_only=st.booleans(),
    more=st.booleans(),
    nest=st.booleans(),
)
def test_records_are_those_of_the_file(
    records: list[Any], layout: dict[str, Any], ascii_only: object, more: object, nest: object
) -> None:
    said = {"records": records, **({"totalCount": 3} if more else {})}
    content = json.dumps(
        {"requestId": "r", "data": said} if nest else said, ensure_ascii=bool(ascii_only), **layout
    ).encode(errors="replace")
    found, others = read_file(content)
    whole = json.loads(content)
    assert found == (whole["data"] if nest else whole)["records"]
    assert others.get("totalCount") == (3 if more else None)
    assert (others.get("requestId"), "data" in others) == ("r" if nest else None, False)


@given(records=records, data=st.data())
def test_a_file_that_is_cut_off_is_an_error(records: list[Any], data: Any) -> None:
    content = json.dumps({"records": records}).encode()
    with pytest.raises(TornFileError):
        read_file(content[: data.draw(st.integers(0, len(content) - 1))])


@each_row(
    "between",
    [
        pytest.param(b"", id="no comma"),
        pytest.param(b",,", id="two commas"),
        pytest.param(b"\x0b,", id="a blank that is none"),
        pytest.param(b", 7 8,", id="two values"),
        pytest.param(b"},", id="closed twice"),
    ],
)
def test_records_that_are_no_list_are_an_error(between: bytes) -> None:
    one = b'{"record": {"Gsid": "1"}}'
    with pytest.raises(TornFileError):
        read_file(b'{"records": [' + b",".join([one, one, one + between + one, one]) + b"]}")


@given(took=st.floats(0, PATIENCE), shortest=st.floats(0.5, 60.0))
def test_the_end_of_a_job_is_noticed_within_a_twentieth_of_its_time(
    took: float, shortest: float
) -> None:
    asked = list(accumulate(waits(lambda: shortest)))
    noticed = next(at for at in asked if at >= took or at == asked[-1])
    assert noticed - took <= max(shortest, 0.05 * took) + 1e-6
    assert asked[-1] == pytest.approx(PATIENCE)
    # A twentieth of the time so far: as many calls as a factor of 1.05 fits into it.
    assert len(asked) <= 21 + log(PATIENCE / (20 * shortest)) / log(1.05)


@each_row("content", [b"[]", b"7", b"null", b'"x"', b"{\xff}"])
def test_what_is_no_object_is_an_error(content: bytes) -> None:
    with pytest.raises(TornFileError):
        read_file(content)
