"""What the ledger holds of a record tells nobody who it is, and gives its outcome back whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from each_row import each_row
from hypothesis import given
from hypothesis import strategies as st

from gsprep.ledger.privacy import KeyedHashes
from gsprep.schemas.frames import text_frame
from gsprep.uploader.build import build
from gsprep.uploader.fingerprints import (
    Fingerprints,
    decoded_outcome,
    encoded_outcome,
    is_settled,
    is_stored,
)
from gsprep.uploader.outcomes import Fault, Outcome, RecordOutcome

if TYPE_CHECKING:
    from gsprep.uploader.records import Records

NAMES = KeyedHashes(b"a secret")
NONE = text_frame(pd.DataFrame({"row_id": []}))
ANA = {"Email": "Ana@acme.com", "FirstName": "Ana", "LastName": "Ruiz-Quux"}


def records(*rows: dict[str, str | None], key: tuple[str, ...] = ("Email",)) -> Records:
    return build(text_frame(pd.DataFrame(list(rows))), NONE, NONE, key).records


def marks(
    *rows: dict[str, str | None], key: tuple[str, ...] = ("Email",), lookups: bytes = b""
) -> Fingerprints:
    return Fingerprints.of(records(*rows, key=key), key, lookups, NAMES)


def test_a_person_keeps_the_name_whatever_changes_and_content_tells_the_change() -> None:
    before, after = marks(ANA), marks({**ANA, "Email": "ANA@Acme.com", "LastName": "Ruiz"})
    assert before.names == after.names
    assert before.contents != after.contents
    assert before.contents != marks(ANA, lookups=b"{}").contents
    assert before.footprint(NAMES) != after.footprint(NAMES)


@each_row(
    ("left", "right", "key"),
    [
        pytest.param(
            {"Email": "a@x.com", "Location": "Paris"}, {"Email": "a@x.com", "Location": "Rome"},
            ("Email", "Location"), id="the rest of the key",
        ),
        pytest.param(
            {"Email": "a@x.com", "Gsid": "G1"}, {"Email": "a@x.com", "Gsid": "G2"}, ("Email",),
            id="a Gsid goes before the address",
        ),
    ],
)  # fmt: skip
def test_all_that_tells_persons_apart_is_in_the_name(left: Any, right: Any, key: Any) -> None:
    assert marks(left, key=key).names != marks(right, key=key).names


said = st.sampled_from(
    [
        "Invalid email value Ana@acme.com", "Ruiz-Quux ruiz-quux is too long", "nobody@else.org",
        "{Company_ID=1P02, Person_ID=null}", "", "\x1f0\x1f", "Ana Ana",
    ]
)  # fmt: skip
fault = st.builds(Fault, st.just("E1"), st.sampled_from(["", "Email"]), said)
outcome = st.builds(
    Outcome,
    st.sampled_from(["stored", "refused", "unknown"]),
    st.lists(fault, max_size=2).map(tuple),
)
part = st.tuples(st.sampled_from(["", "1P01"]), outcome)
several = st.lists(part, min_size=1, max_size=3).map(
    lambda parts: RecordOutcome(*map(tuple, zip(*parts, strict=True)))
)


def linked(number: int) -> Records:
    """Return the record of Ana with so many companies."""
    rows = [{"Email": ANA["Email"], "Company_ID": f"1C0{at}"} for at in range(number)]
    companies = text_frame(pd.DataFrame(rows)) if rows else NONE
    return build(text_frame(pd.DataFrame([ANA])), companies, NONE, ("Email",)).records


@given(several)
def test_an_outcome_comes_back_whole_and_its_text_holds_no_value(one: RecordOutcome) -> None:
    """But for what only resembles a value or is nobody's word: that is cut out."""
    found = linked(len(one.gsids) - 1)
    gsid, text = encoded_outcome(one, found, 0)
    for canary in ("ana", "quux", "acme.com", "else.org"):
        assert canary not in text.lower()
    back = decoded_outcome(found, 0, gsid, text)
    assert back.gsids == one.gsids
    expected = str(one).replace("nobody@else.org", "***").replace(" ruiz-quux", " ***-***")
    assert str(back) == expected.replace("\\x1f0\\x1f", " 0 ")
    assert is_settled(one) == all(each.outcome in ("stored", "refused") for each in one.outcomes)
    assert is_stored(text) == one.all_stored
    with pytest.raises(ValueError):  # noqa: PT011  of a record with another number of parts
        decoded_outcome(linked(len(one.gsids)), 0, gsid, text)


@each_row(
    ("message", "kept"),
    [
        pytest.param("Value 'Beeblebro...' too long", "Value '***...' too long", id="cut short"),
        pytest.param("Zaphod is not unique", "*** is not unique", id="trimmed"),
        pytest.param("Invalid phone 14155550199", "Invalid phone ***", id="in another form"),
        pytest.param("Invalid email tri%40acme.com", "Invalid email ***", id="an address escaped"),
        pytest.param("Duplicate of Trillian Astra", "Duplicate of *** ***", id="somebody else"),
        pytest.param("ZAPHOD BEEBLEBROX exists", "*** *** exists", id="in another case"),
        pytest.param("length 255, HTTP 400", "length 255, HTTP 400", id="numbers that are none"),
        pytest.param("Country_ID=1P0287ONRQ", "***=1P0287ONRQ", id="an id"),
        pytest.param("GSOBJ_VDTGSID1001: bad", "GSOBJ_VDTGSID1001: ***", id="a code"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_of_a_message_only_known_words_stay(message: str, kept: str) -> None:
    row = {"Email": "z@x.com", "FirstName": " Zaphod  B ", "LastName": "Beeblebroxlong"}
    fault = Fault("E_1", "Zaphod,Email,Size__gc", message)
    told = RecordOutcome(("",), (Outcome("refused", (fault,)),))
    _, text = encoded_outcome(told, records(row), 0)
    back = decoded_outcome(records(row), 0, None, text)
    (fault,) = back.person.faults
    assert (fault.code, fault.field, fault.message) == ("E_1", "***,Email,Size__gc", kept)
    assert "eeble" not in text
