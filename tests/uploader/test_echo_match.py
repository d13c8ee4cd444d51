"""A result is about the person whose address it echoes, whatever it is numbered."""

from __future__ import annotations

import json
from typing import Any

import pytest
from each_row import each_row
from hypothesis import given
from hypothesis import strategies as st

from gsprep.errors import ReplyError
from gsprep.uploader.echo_match import Answered, Keys
from gsprep.uploader.jobs import elements

SENT = Keys(["a@x.com", "B@x.com", None, "d@x.com"], [None, "2P", "3P", None])


def said(number: Any, email: Any) -> dict[str, Any]:
    return {"rowNumber": number, "record": {"Email": email}}


def believed(*files: list[Any]) -> list[int]:
    """Return the places of those of whom files of results are believed."""
    contents = [json.dumps({"records": records}).encode() for records in files]
    found: list[int] = []
    with pytest.raises(ReplyError) as caught:
        found.extend(at for at, _ in elements(contents, SENT))
    return [at for at in found if at + 1 not in caught.value.doubtful]


@each_row(
    ("records", "places"),
    [
        pytest.param([said(1, "a@x.com"), said(2, "B@x.com")], [0, 1], id="as they were sent"),
        pytest.param([said(1, "A@X.com"), said(2, " b@x.com")], [0, 1], id="in another case"),
        pytest.param([said(4, "d@x.com")], [3], id="the last"),
        pytest.param([said(4, "d@x.com"), said(5, "e@x.com")], [3], id="more than were sent"),
        pytest.param([said(2, "B@x.com"), said(1, "a@x.com")], [1, 0], id="out of order"),
        pytest.param([said(1, "a@x.com"), said(1, "a@x.com")], [], id="one twice"),
        pytest.param([said(1, "a@x.com"), said(2, "c@x.com")], [0], id="somebody else"),
        pytest.param([said(3, None)], [2], id="by a Gsid"),
        pytest.param([said(0, "d@x.com")], [3], id="counted from nought"),
        pytest.param([said(number=True, email="a@x.com")], [0], id="true is no number"),
        pytest.param([said(1.0, "a@x.com")], [0], id="a whole number"),
        pytest.param([said(1.5, "a@x.com")], [0], id="a fraction"),
        pytest.param([said(None, "a@x.com")], [0], id="without a number"),
        pytest.param([said(None, None)], [], id="without a number or an address"),
        pytest.param([said(1, "B@x.com"), said(2, "a@x.com")], [], id="exchanged"),
        pytest.param([said(3, "a@x.com"), said(3, "B@x.com")], [], id="one number for two"),
        pytest.param([{"rowNumber": 1}], [], id="without an echo"),
        pytest.param([{"rowNumber": 1, "record": []}], [], id="an echo that is none"),
        pytest.param([7], [], id="no result"),
        pytest.param([], [], id="nothing"),
    ],
)
def test_results_that_are_believed(records: Any, places: list[int]) -> None:
    assert believed(records) == places


@given(data=st.data(), many=st.integers(1, 9), size=st.integers(1, 4), first=st.integers(0, 1))
def test_results_are_placed_however_their_files_are_cut_and_numbered(
    data: st.DataObject, many: int, size: int, first: int
) -> None:
    """Numbers run on or begin again, from 1 or 0; records and files come in any order."""
    sent = [{"Email": f"p{at}@x.com"} for at in range(many)]
    again = data.draw(st.booleans())
    records = [said((at % size if again else at) + first, f"p{at}@x.com") for at in range(many)]
    cut = [records[at : at + size] for at in range(0, many, size)]
    files = [
        json.dumps({"records": data.draw(st.permutations(one))}).encode()
        for one in data.draw(st.permutations(cut))
    ]
    found = dict(elements(files, Keys.of(sent)))
    assert {at: element["record"] for at, element in found.items()} == dict(enumerate(sent))


address = st.sampled_from(["a@x.com", "A@x.com ", "b@x.com", "", None, 7])


@given(
    sent=st.lists(st.fixed_dictionaries({"Email": address, "Gsid": st.sampled_from(["1P", None])})),
    data=st.data(),
)
def test_a_result_is_about_who_has_the_address_that_it_echoes(
    sent: Any, data: st.DataObject
) -> None:
    keys = Keys.of(sent)
    for at, one in enumerate(sent):
        echoed = data.draw(st.sampled_from([one["Email"], data.draw(address)]))
        mine, theirs = (
            text.strip().lower() if isinstance(text, str) else "" for text in (one["Email"], echoed)
        )
        assert keys.are_of(said(at + 1, echoed), at) == (not mine or mine == theirs)


def named(number: int, **fields: str) -> dict[str, Any]:
    return {"rowNumber": number, "record": {"Email": "a@x.com", **fields}}


@each_row(
    ("echo", "places"),
    [
        pytest.param({"Location": "DE", "Name": "Ana"}, [0], id="as it was sent"),
        pytest.param({"Location": "us", "Name": "Bo "}, [1], id="in another form"),
        pytest.param({"Name": "Ana"}, [0, 2], id="of one a part"),
        pytest.param({"Gsid": "1P", "Name": "Ana"}, [0, 2], id="with more than was sent"),
        pytest.param({"Location": "US", "Name": "Ana"}, [], id="of each a part"),
        pytest.param({}, [0, 1, 2], id="by the address alone"),
    ],
)
def test_those_who_share_an_address_are_told_apart_by_the_rest(
    echo: dict[str, str], places: list[int]
) -> None:
    """Where a tenant's key is more than the address, an exchange of two would not be seen."""
    sent = [
        {"Email": "a@x.com", "Location": "DE", "Name": "Ana"},
        {"Email": "A@x.com", "Location": "US", "Name": "Bo"},
        {"Email": "a@x.com", "Name": "Ana"},
    ]
    keys = Keys.of([*sent, {"Email": "c@x.com"}])
    assert [at for at in range(3) if keys.are_of(named(1, **echo), at)] == places
    assert not keys.are_of(named(1, **echo), 3)


@each_row("echo", [{"record": None}, {"record": {}}, {}])
def test_a_refusal_without_an_echo_contradicts_nobody(echo: dict[str, Any]) -> None:
    assert SENT.are_of({"rowNumber": 1, "operationStatus": "FAILURE", **echo}, 0)
    assert not SENT.are_of({"rowNumber": 1, "operationStatus": "SUCCESS", **echo}, 0)


@each_row(
    ("numbers", "places"),
    [([1, 2, 3], [0, 1, 2]), ([0, 1, 2], [0, 1, 2]), ([2, 0, 1], [2, 0, 1]), ([1, 2], []),
     ([0, 1], []), ([1, 2, 3, 4], [])],
)  # fmt: skip
def test_numbers_alone_are_believed_only_if_none_is_missing(
    numbers: list[int], places: list[int]
) -> None:
    """Without an echo numbers from 0 without the first look like numbers from 1."""
    answered = Answered(Keys(["a@x.com", "b@x.com", "c@x.com"], [None] * 3))
    told = [{"rowNumber": number, "operationStatus": "FAILURE"} for number in numbers]
    found = [at for at, _ in answered.take(told)]
    assert [at for at in found if at + 1 not in answered.doubtful] == places
