"""Many replies taken together are about those whom each of them is about."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsprep.uploader.echo_match import Keys

SENT = Keys(["a@x.com", "B@x.com", None, "d@x.com"], [None, "2P", "3P", None])


def said(number: Any, email: Any) -> dict[str, Any]:
    return {"rowNumber": number, "record": {"Email": email}}


@pytest.mark.parametrize(
    ("elements", "before", "place"),
    [
        pytest.param([said(1, "a@x.com"), said(2, "B@x.com")], 0, 0, id="as they were sent"),
        pytest.param([said(1, "A@X.com"), said(2, " b@x.com")], 0, 0, id="in another case"),
        pytest.param([said(1, "B@x.com")], 1, 1, id="counted anew"),
        pytest.param([said(4, "d@x.com")], 0, 3, id="the last"),
        pytest.param([said(4, "d@x.com"), said(5, "e@x.com")], 0, None, id="more than were sent"),
        pytest.param([said(2, "B@x.com"), said(1, "a@x.com")], 0, None, id="out of order"),
        pytest.param([said(1, "a@x.com"), said(1, "a@x.com")], 0, None, id="one twice"),
        pytest.param([said(1, "a@x.com"), said(2, "c@x.com")], 0, None, id="somebody else"),
        pytest.param([said(3, None)], 0, None, id="by a Gsid: looked at alone"),
        pytest.param([said(0, "d@x.com")], 0, None, id="numbered nought"),
        pytest.param([said(number=True, email="a@x.com")], 0, None, id="true is no number"),
        pytest.param([said(1.0, "a@x.com")], 0, None, id="nor is a fraction"),
        pytest.param([said(None, "a@x.com")], 0, None, id="without a number"),
        pytest.param([{"rowNumber": 1}], 0, None, id="without an echo"),
        pytest.param([{"rowNumber": 1, "record": []}], 0, None, id="an echo that is none"),
        pytest.param([7], 0, None, id="no reply"),
        pytest.param([], 0, None, id="nothing"),
    ],
)
def test_replies_in_a_row(elements: Any, before: int, place: int | None) -> None:
    assert SENT.in_a_row(elements, before) == place


address = st.sampled_from(["a@x.com", "A@x.com ", "b@x.com", "", None, 7])


@given(
    sent=st.lists(st.fixed_dictionaries({"Email": address, "Gsid": st.sampled_from(["1P", None])})),
    data=st.data(),
)
def test_replies_in_a_row_are_about_each_of_those_sent(sent: Any, data: st.DataObject) -> None:
    keys = Keys.of(sent)
    echoes = [data.draw(st.sampled_from([one["Email"], data.draw(address)])) for one in sent]
    elements = [said(number, email) for number, email in enumerate(echoes, 1)]
    each = [keys.are_of(element, at) for at, element in enumerate(elements)]
    together = keys.in_a_row(elements)
    assert together is None or (together == 0 and all(each))
    if sent and all(each) and None not in keys.emails and not keys.twins:
        assert together == 0


def named(number: int, **fields: str) -> dict[str, Any]:
    return {"rowNumber": number, "record": {"Email": "a@x.com", **fields}}


@pytest.mark.parametrize(
    ("echo", "believed"),
    [
        pytest.param({"Location": "DE", "Name": "Ana"}, [0], id="as it was sent"),
        pytest.param({"Location": "us", "Name": "Bo "}, [1], id="in another form"),
        pytest.param({"Name": "Ana"}, [0, 2], id="of one a part"),
        pytest.param({"Gsid": "1P", "Name": "Ana"}, [0, 2], id="with more than was sent"),
        pytest.param({"Location": "US", "Name": "Ana"}, [0, 1, 2], id="of each a part"),
        pytest.param({}, [0, 1, 2], id="by the address alone"),
    ],
)
def test_those_who_share_an_address_are_told_apart_by_the_rest(
    echo: dict[str, str], believed: list[int]
) -> None:
    """Where a tenant's key is more than the address, an exchange of two would not be seen."""
    sent = [
        {"Email": "a@x.com", "Location": "DE", "Name": "Ana"},
        {"Email": "A@x.com", "Location": "US", "Name": "Bo"},
        {"Email": "a@x.com", "Name": "Ana"},
    ]
    keys = Keys.of([*sent, {"Email": "c@x.com"}])
    assert [at for at in range(3) if keys.are_of(named(1, **echo), at)] == believed
    assert not keys.are_of(named(1, **echo), 3)
    assert keys.in_a_row([named(1, **echo)]) is None


@pytest.mark.parametrize("echo", [{"record": None}, {"record": {}}, {}])
def test_a_refusal_without_an_echo_contradicts_nobody(echo: dict[str, Any]) -> None:
    assert SENT.are_of({"rowNumber": 1, "operationStatus": "FAILURE", **echo}, 0)
    assert not SENT.are_of({"rowNumber": 1, "operationStatus": "SUCCESS", **echo}, 0)
