"""Files of results read some records at a time say what they say read whole."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsprep.errors import ReplyError
from gsprep.uploader.job_results import members

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


def entries(content: bytes) -> list[Any]:
    return [one for name, few in members(content) if name == "records" for one in few]


@given(records=records, layout=layouts, ascii_only=st.booleans(), more=st.booleans())
def test_entries_are_those_of_the_file_read_whole(
    records: list[Any], layout: dict[str, Any], ascii_only: object, more: object
) -> None:
    said = {"records": records, **({"totalCount": 3} if more else {})}
    text = json.dumps(said, ensure_ascii=bool(ascii_only), **layout)
    content = text.encode(errors="replace")
    assert entries(content) == json.loads(content)["records"]
    assert [few for name, few in members(content) if name == "totalCount"] == [[3]] * bool(more)


@given(records=records, data=st.data())
def test_what_is_cut_off_is_an_error_after_what_is_whole(records: list[Any], data: Any) -> None:
    content = json.dumps({"records": records}).encode()
    cut = content[: data.draw(st.integers(0, len(content) - 1))]
    whole: list[Any] = []
    with pytest.raises(ReplyError):
        whole.extend(one for _, few in members(cut) for one in few)
    assert whole == json.loads(content)["records"][: len(whole)]


@pytest.mark.parametrize(
    "between",
    [
        pytest.param(b"", id="no comma"),
        pytest.param(b",,", id="two commas"),
        pytest.param(b"\x0b,", id="a blank that is none"),
        pytest.param(b", 7 8,", id="two values"),
        pytest.param(b"},", id="closed twice"),
    ],
)
def test_entries_that_are_no_list_are_an_error(between: bytes) -> None:
    one = b'{"record": {"Gsid": "1"}}'
    with pytest.raises(ReplyError):
        entries(b'{"records": [' + b",".join([one, one, one + between + one, one]) + b"]}")


def test_many_parts_are_read_at_a_glance() -> None:
    """Enough records for several glances in several parts, one of them with half a character."""
    said = [{"record": {"Email": f"p{at}@x.com"}, "rowNumber": at} for at in range(50_000)]
    said[30_000]["half"] = "\ud83d"
    content = json.dumps({"records": said}).encode()
    few = [len(found) for _, found in members(content)]
    assert sum(few) == len(said)
    assert max(few) > 100
    assert entries(content) == said
