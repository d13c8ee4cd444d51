from __future__ import annotations

import json
from typing import Any

import pandas as pd
import pytest
from each_row import each_row
from hypothesis import given
from hypothesis import strategies as st

from gsprep.errors import MissingColumnsError
from gsprep.schemas.frames import text_frame
from gsprep.uploader.build import build
from gsprep.uploader.records import Unbatched, cut, encode

NONE = pd.DataFrame({"row_id": []}, dtype="str")


def decided(
    persons: Any, companies: Any = None, relationships: Any = None, key: Any = ("Email",)
) -> Any:
    frames = (pd.DataFrame(rows) if rows else NONE for rows in (persons, companies, relationships))
    return build(*map(text_frame, frames), key)


def bodies(*args: Any, **options: Any) -> Any:
    return list(decided(*args, **options).records)


ANA = {"Email": "ana@acme.com", "FirstName": "Ana"}


@each_row(
    ("persons", "sent", "unsent"),
    [
        pytest.param([ANA], [ANA], {}, id="one"),
        pytest.param(
            [{**ANA, "Phone": "1", "Country": "PT", "note": "x", "Gsid": "1P", "Nps__gc": 7}],
            [{"Gsid": "1P", **ANA, "Nps__gc": "7"}],
            {},
            id="only what the service takes, as text",
        ),
        pytest.param(
            [{**ANA, "LastName": None, "Prefix": " "}], [ANA], {}, id="missing is left out"
        ),
        pytest.param(
            [
                {**ANA, "LastName": None},
                {"Email": "ANA@acme.com", "FirstName": None, "LastName": "Ruiz"},
            ],
            [{**ANA, "LastName": "Ruiz"}],
            {},
            id="two halves of one person",
        ),
        pytest.param(
            [ANA, {**ANA, "FirstName": "Bea"}, {**ANA, "note": "other"}],
            [ANA],
            {1: ("GSOBJ_VCUSTOM1007", "Email", "row 1")},
            id="a contradiction stays",
        ),
        pytest.param(
            [{"Email": None, "FirstName": "X", "Gsid": None}, ANA],
            [ANA],
            {0: ("GSOBJ_VCUSTOM1012", "Email", "Email is missing")},
            id="no key",
        ),
        pytest.param(
            [{"Gsid": "1P", "FirstName": "X"}],
            [{"Gsid": "1P", "FirstName": "X"}],
            {},
            id="a Gsid in place of the key",
        ),
        pytest.param(
            [{"Gsid": "1P", **ANA, "outcome": "stored"}, {"Gsid": "2P", "outcome": "refused"}],
            [ANA, {"Gsid": "2P"}],
            {},
            id="the Gsid of an earlier result",
        ),
        pytest.param(
            [
                {"Gsid": "1P", "Email": None},
                {**ANA, "Gsid": "1P"},
                {**ANA, "Email": "ANA@acme.com"},
            ],
            [{"Gsid": "1P", **ANA}],
            {},
            id="one person by Gsid and by key",
        ),
        pytest.param(
            [{"Gsid": "1P", "Email": "a@x.com"}, {"Gsid": "1P", "Email": "b@x.com"}],
            [{"Gsid": "1P", "Email": "a@x.com"}],
            {1: ("GSOBJ_VCUSTOM1007", "Gsid", "says another Email")},
            id="one Gsid, two addresses",
        ),
        pytest.param(
            [{"Gsid": "1P", "Email": "a@x.com"}, {"Gsid": "2P", "Email": "A@x.com"}],
            [{"Gsid": "1P", "Email": "a@x.com"}],
            {1: ("GSOBJ_VCUSTOM1007", "Email", "says another Gsid")},
            id="one address, two Gsids",
        ),
        pytest.param(
            [{"Gsid": "1P", "FirstName": "X"}, {"Gsid": "1P", "FirstName": "Y"}],
            [{"Gsid": "1P", "FirstName": "X"}],
            {1: ("GSOBJ_VCUSTOM1007", "Gsid", "says another FirstName")},
            id="one Gsid, two names",
        ),
    ],
)
def test_persons(persons: Any, sent: Any, unsent: Any) -> None:
    found = decided(persons)
    assert list(found.records) == sent
    assert {at: (f.code, f.field) for at, f in found.persons.items()} == {
        at: (code, field) for at, (code, field, _) in unsent.items()
    }
    assert all(text in found.persons[at].message for at, (_, _, text) in unsent.items())


C1 = {"Email": "ANA@acme.com", "Company_ID": "C1"}
R1 = {**C1, "Relationship_ID": "R1"}


@each_row(
    ("companies", "relationships", "nested", "unsent"),
    [
        pytest.param([C1], [], [{"Company_ID": "C1"}], ({}, {}), id="a company"),
        pytest.param(
            [{**C1, "Title": "CEO", "CompanyName": "Acme"}, {**C1, "Company_ID": "C2"}],
            [],
            [{"Company_ID": "C1", "Title": "CEO"}, {"Company_ID": "C2"}],
            ({}, {}),
            id="two companies",
        ),
        pytest.param(
            [C1, {**C1, "Title": "CEO"}, {**C1, "Title": "CFO"}],
            [],
            [{"Company_ID": "C1", "Title": "CEO"}],
            ({2: "row 1"}, {}),
            id="one association twice",
        ),
        pytest.param(
            [C1],
            [{**R1, "Role": "Admin"}],
            [{"Company_ID": "C1", "relationships": [{"Relationship_ID": "R1", "Role": "Admin"}]}],
            ({}, {}),
            id="a relationship below its company",
        ),
        pytest.param(
            [],
            [R1, R1],
            [{"Company_ID": "C1", "relationships": [{"Relationship_ID": "R1"}]}],
            ({}, {}),
            id="a company made for its relationship",
        ),
        pytest.param(
            [{**C1, "Company_ID": None}],
            [{**R1, "Company_ID": None}],
            None,
            ({0: "Company_ID is missing"}, {0: "Company_ID is missing"}),
            id="no company named",
        ),
        pytest.param(
            [],
            [{**R1, "Relationship_ID": None}],
            None,
            ({}, {0: "Relationship_ID is missing"}),
            id="no relationship named",
        ),
        pytest.param(
            [{**C1, "Email": "bo@acme.com"}],
            [{**R1, "Email": None}],
            None,
            ({0: "not among the persons"}, {0: "nothing says whose"}),
            id="nobody's",
        ),
        pytest.param(
            [{"Person_ID": "1P", "Company_ID": "C1"}, {"Person_ID": "2P", "Company_ID": "C1"}],
            [],
            [{"Company_ID": "C1"}],
            ({1: "not among the persons"}, {}),
            id="by the person's Gsid",
        ),
    ],
)
def test_associations(companies: Any, relationships: Any, nested: Any, unsent: Any) -> None:
    persons = [{**ANA, "Gsid": "1P"}, {"Email": None, "Gsid": None, "FirstName": "Y"}]
    found = decided(persons, companies, relationships)
    assert found.records[0].get("companies") == nested
    for faults, expected in zip(
        (found.company_persons, found.relationship_persons), unsent, strict=True
    ):
        assert faults.keys() == expected.keys()
        assert all(expected[at] in faults[at].message for at in expected)


def test_a_key_of_two_columns_needs_both_where_they_decide() -> None:
    persons = [{"Email": "a@x.com", "Location": "Rome"}, {"Email": "a@x.com", "Location": "Bonn"}]
    both = [{"Email": "A@x.com", "Location": "Bonn", "Company_ID": "C1"}]
    assert ["companies" in body for body in bodies(persons, both, key=("Email", "Location"))] == [
        False,
        True,
    ]
    found = decided(persons, [{"Email": "a@x.com", "Company_ID": "C1"}], key=("Email", "Location"))
    assert "several persons" in found.company_persons[0].message


def test_half_a_key_without_the_email_names_nobody() -> None:
    persons = [{"Email": "a@x.com", "Location": "Rome", "Gsid": "1P"}]
    link = {"Location": "Rome", "Company_ID": "C1", "Person_ID": "2P"}
    found = decided(persons, [link], key=("Email", "Location"))
    assert "not among the persons" in found.company_persons[0].message


def test_a_gsid_names_the_person_who_is_sent_with_it() -> None:
    persons = [{"Gsid": "1P", "Email": None}, {"Gsid": "2P", "Email": "b@x.com"}]
    links = [{"Person_ID": "1P", "Company_ID": "C1"}, {"Person_ID": "2P", "Company_ID": "C2"}]
    assert [body["companies"] for body in bodies(persons, links)] == [
        [{"Company_ID": "C1"}],
        [{"Company_ID": "C2"}],
    ]


@each_row(
    ("persons", "companies", "relationships"),
    [
        pytest.param([{"FirstName": "Ana"}], [], [], id="persons without Email"),
        pytest.param([ANA], [{"Company_ID": "C"}], [], id="associations of nobody"),
        pytest.param([ANA], [{"Email": "a@x"}], [], id="associations with nothing"),
        pytest.param([ANA], [], [C1], id="relationships with nothing"),
    ],
)
def test_a_column_that_all_rows_need(persons: Any, companies: Any, relationships: Any) -> None:
    with pytest.raises(MissingColumnsError):
        decided(persons, companies, relationships)


emails = st.sampled_from(["a@x.com", "A@X.com", "b@x.com", "c@x.com", None])
word = st.sampled_from(["1", "2", None])
persons_rows = st.lists(st.tuples(emails, word, word), max_size=8)
link_rows = st.lists(st.tuples(emails, word, word, word, word), max_size=8)
PERSON_NAMES = ["Email", "FirstName", "Gsid"]
LINK_NAMES = ["Email", "Company_ID", "Relationship_ID", "Title", "Person_ID"]


def kinds_of_places(records: list[Any]) -> list[int]:
    """Return the frame that each place of the records is about."""
    kinds = []
    for record in records:
        kinds.append(0)
        for company in record.get("companies", ()):
            kinds += [1, *(2 for _ in company.get("relationships", ()))]
    return kinds


@given(persons_rows, link_rows, link_rows)
def test_every_row_is_in_one_record_or_has_one_fault(
    persons: Any, companies: Any, relationships: Any
) -> None:
    frames = [
        text_frame(pd.DataFrame(rows, columns=names, dtype="str"))
        for rows, names in (
            (persons, PERSON_NAMES),
            (companies, LINK_NAMES),
            (relationships, LINK_NAMES),
        )
    ]
    before = [frame.copy() for frame in frames]
    found = build(*frames, ("Email",))
    for frame, copy in zip(frames, before, strict=True):
        pd.testing.assert_frame_equal(frame, copy)
    kinds = kinds_of_places(list(found.records))
    assert len(kinds) == found.records.places[-1]
    all_faults = (found.persons, found.company_persons, found.relationship_persons)
    for kind, frame in enumerate(frames):
        places = found.places[kind]
        rows = (places >= 0).nonzero()[0].tolist()
        assert sorted([*rows, *all_faults[kind]]) == list(range(len(frame)))
        assert {kinds[place] for place in places[rows]} <= {kind}
    # A company may be there for its relationship alone.
    have_rows = {place for places in found.places for place in places.tolist()}
    assert all(place in have_rows or kind == 1 for place, kind in enumerate(kinds))
    for name in ("Email", "Gsid"):
        keys = [record[name].lower() for record in found.records if name in record]
        assert len(keys) == len(set(keys))
    assert all(record.keys() & {"Email", "Gsid"} for record in found.records)
    for record in found.records:
        ids = [company["Company_ID"] for company in record.get("companies", ())]
        assert len(ids) == len(set(ids))


@each_row(("people", "sizes"), [(0, []), (1, [1]), (50, [50]), (51, [50, 1]), (120, [50, 50, 20])])
def test_batches_hold_fifty_at_most(people: Any, sizes: Any) -> None:
    frame = pd.DataFrame({"Email": [f"p{n}@x.com" for n in range(people)]}, dtype="str")
    records = build(text_frame(frame), NONE, NONE, ("Email",)).records
    batches = list(cut(Unbatched(records, range(people))))
    assert [len(batch) for batch in batches] == sizes
    assert [batch.number for batch in batches] == list(range(1, len(sizes) + 1))
    assert [record for batch in batches for record in batch] == list(records)


def test_outlined_records_have_the_same_sizes_and_places() -> None:
    """Of one row, of several, with associations, with signs that JSON escapes and a Gsid."""
    odd = "".join(map(chr, range(1, 128))) + "é日😀\u2028"
    people = [ANA, ANA | {"LastName": "Ruíz"}, {"Email": 'b"o@x.com', "Gsid": "1P"}, {"Gsid": "2P"}]
    people += [{"Email": "cy@x.com", "LastName": odd}, {"Email": "di@x.com"}]
    links = [{"Email": ANA["Email"], "Company_ID": "1P02"}, {"Email": "cy@x.com", "Title": odd}]
    links[1]["Company_ID"] = "1P03"
    frames = [text_frame(pd.DataFrame(rows)) for rows in (people, links)]
    whole, outlined = (
        build(*frames, NONE, ("Email",), outlined=outlined) for outlined in (False, True)
    )
    for one, two in zip(whole.places, outlined.places, strict=True):
        assert one.tolist() == two.tolist()
    sizes = [Unbatched(one.records, range(5)).sizes() for one in (whole, outlined)]
    for one, two in zip(*sizes, strict=True):
        assert one.tolist() == two.tolist()
    assert [len(content) for content in whole.records.contents] == sizes[1].bytes.tolist()
    gsids = [["Gsid" in record for record in found.records] for found in (whole, outlined)]
    assert gsids[0] == gsids[1] == [False, True, True, False, False]


def test_bytes_are_compact_and_the_same_every_time() -> None:
    record = {"Email": "zoë@x.com", "Name": 'A "B"\u2028', "companies": []}
    assert encode([record]) == encode([dict(record)])
    assert b" : " not in encode([record])
    assert json.loads(encode([record])) == {"records": [record]}
    assert "zoë".encode() in encode([record])
