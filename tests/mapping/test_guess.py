"""Guessing: what headers and cells say, and what they do not."""

# ruff: noqa: E501  an example is read best on one line

from __future__ import annotations

import pandas as pd
import pytest
from each_row import each_row
from hypothesis import given, settings
from hypothesis import strategies as st

from gsprep.errors import InputError
from gsprep.mapping.aliases import header_words, spellings
from gsprep.mapping.guess import TAKEN, map_columns
from gsprep.schemas.fields import COMPANY, OBJECTS, PERSON, Field, ObjectFields
from gsprep.schemas.objects import Company, CompanyPerson, schema_of

MAILS = ["ana@acme.com", "bo@x.de", "cy@y.fr", "broken@"]
PHONES = ["+49 30 1234567", "(415) 555-0102", "030 1234567", "415-555-0199"]
COUNTRIES = ["Germany", "France", "Spain", "Italy"]
GSIDS = ["1P02" + letter * 32 for letter in "ABCD"]
WORDS = ["red", "green", "blue", "grey"]
OBJECT = schema_of(
    ObjectFields("Thing", (Field("Owner_Mail__gc", "EMAIL"), Field("Vip__gc", "BOOLEAN")), ())
)


@each_row(
    ("header", "cells", "field", "how"),
    [
        pytest.param("Email", WORDS, "Email", "exact", id="a name is itself, whatever it holds"),
        pytest.param("Vip__gc", WORDS, "Vip__gc", "exact", id="a tenant's own field"),
        pytest.param("e_mail", MAILS, "Email", "spelling", id="spelling"),
        pytest.param("e_mail", WORDS, "Email", "spelling", id="spelling, whatever it holds"),
        pytest.param("E-mail Address", MAILS, "Email", "alias", id="alias"),
        pytest.param("E-mail Address", ["a@b.de", "x", "y", "z"], "Email", "alias", id="alias of a bad file"),
        pytest.param("E-mail Address", WORDS, None, "none", id="alias that the cells deny"),
        pytest.param("Vorname", WORDS, "FirstName", "alias", id="alias in German"),
        pytest.param("Name, First", WORDS, "FirstName", "words", id="other order"),
        pytest.param("Job Titel", WORDS, "Title", "near", id="slip"),
        pytest.param("Emial", MAILS, "Email", "near", id="swapped letters"),
        pytest.param("County", ["Kent", "Essex", "Fife", "Ohio"], None, "none", id="a slip that the cells deny"),
        pytest.param("Country", COUNTRIES, "Country", "exact", id="country"),
        pytest.param("Allocation", WORDS, None, "none", id="looks like Location and is not"),
        pytest.param("Participant e-mail", MAILS, "Email", "part", id="part that the cells confirm"),
        pytest.param("Attendee first name", WORDS, "FirstName", "part", id="part of two words"),
        pytest.param("Event title", WORDS, None, "none", id="part of one word"),
        pytest.param("Manager Email", MAILS, None, "none", id="somebody else's address"),
        pytest.param("Company phone", PHONES, None, "none", id="the company's number"),
        pytest.param("Parent company name", WORDS, None, "none", id="another company"),
        pytest.param("Title", ["Mr", "Ms.", "Frau Dr.", "Mr"], "Prefix", "part", id="salutations"),
        pytest.param("Persona", ["Buyer", "Champion", "User", "Buyer"], None, "none", id="a persona of HubSpot"),
        pytest.param("&lt;b&gt;E&#8209;mail&nbsp;", [f"<a href='mailto:{m}'>{m}</a>" for m in MAILS[:3]], "Email", "part", id="links to addresses"),
        pytest.param("Call", [f'<a href="tel:+1415555010{n}">call</a>' for n in "123456789"], "Phone", "content", id="links to numbers"),
        pytest.param("Kontakt", MAILS * 2, "Email", "content", id="addresses"),
        pytest.param("?", PHONES, "Phone", "content", id="phones"),
        pytest.param("Wohnort", COUNTRIES, "Country", "content", id="countries"),
        pytest.param("Language", ["de", "fr", "it", "es"], None, "none", id="codes of languages"),
        pytest.param("Profile", [f"https://www.linkedin.com/in/{n}" for n in "abcd"], "LinkedinUrl", "content", id="profiles"),
        pytest.param("Seen", ["2026-11-20", "2026-11-21", "20.11.2026", "11/20/2026"], None, "none", id="dates are no phones"),
        pytest.param("No.", ["0012345678", "0012345679", "0012345680", "4155550102"], None, "none", id="numbers are no phones"),
        pytest.param("Sum", ["1234567.50", "7654321.00", "1 234 567", "9999999.99"], None, "none", id="amounts are no phones"),
        pytest.param("Host", ["192.168.10.11", "10.100.200.1", "10.100.200.2", "172.16.254.1"], None, "none", id="IP addresses are no phones"),
        pytest.param("Newsletter", ["yes", "no", "yes", "no"], None, "none", id="yes and no to what"),
        pytest.param("Shoe size", ["41", "42", "43", "44"], None, "none", id="nothing known"),
        pytest.param("???", [None] * 4, None, "none", id="empty, no name"),
        pytest.param("E-mail Address", [None] * 4, "Email", "alias", id="empty, an alias"),
    ],
)  # fmt: skip
def test_one_column_of_people(
    header: str, cells: list[str | None], field: str | None, how: str
) -> None:
    mapping = map_columns(pd.DataFrame({header: cells}))
    (column,) = mapping.columns
    assert (column.header, column.field, column.how) == (header, field, how)
    assert (column.score >= TAKEN) == (field is not None) or column.nearest is not None
    assert mapping.unmapped == (() if field else (header,))


def test_a_second_person_in_a_row_is_not_mapped() -> None:
    names, mails = ["Ana", "Bo", "Cy", "Di"], [*MAILS[:3], "d@x.de"]
    one = {"Contact Name 1": names, "Contact Email 1": mails}
    two = {"Contact Name 2": names, "Contact Email 2": [f"x{m}" for m in mails]}
    assert map_columns(pd.DataFrame(one | two)).fields == {
        "Contact Name 1": "Name",
        "Contact Email 1": "Email",
    }


@each_row(
    ("header", "cells", "field"),
    [
        pytest.param("Account ID", ["1001", "1002", "1003", "1004"], None, id="ids of another system"),
        pytest.param("Company ID", ["1001", "1002", "1003", "1004"], None, id="alias that the cells deny"),
        pytest.param("Company ID", GSIDS, "Gsid", id="alias"),
        pytest.param("key", GSIDS, "Gsid", id="ids by their type code"),
        pytest.param("key", ["1P04" + gsid[4:] for gsid in GSIDS], None, id="ids of persons"),
        pytest.param("web", ["acme.com", "www.x.de", "y.fr; z.fr", "beta.io"], "Domain", id="domains"),
    ],
)  # fmt: skip
def test_one_column_of_companies(header: str, cells: list[str], field: str | None) -> None:
    assert map_columns(pd.DataFrame({header: cells}), Company).columns[0].field == field


def test_a_column_of_an_association_points_to_its_company() -> None:
    frame = pd.DataFrame({"key": GSIDS, "who": [*MAILS[:3], "di@z.org"]})
    assert map_columns(frame, CompanyPerson).fields == {"key": "Company_ID", "who": "Email"}


def test_addresses_agree_with_a_header_of_further_addresses() -> None:
    frame = pd.DataFrame(
        {"Work email": ["a@x.org"] * 3, "Alt. email": ["b@y.org", "c@y.org", "d@y.org"]}
    )
    assert map_columns(frame).fields == {
        "Work email": "Email",
        "Alt. email": "OtherEmails",
    }


def test_an_object_of_the_tenants_own() -> None:
    frame = pd.DataFrame({"Owner mail": MAILS, "VIP": ["yes", "no", "yes", "no"], "Other": WORDS})
    assert map_columns(frame, OBJECT).fields == {"Owner mail": "Owner_Mail__gc", "VIP": "Vip__gc"}


@each_row(
    ("columns", "winner", "loser"),
    [
        pytest.param({"Mail": MAILS, "Email": WORDS}, "Email", "Mail", id="the exact name"),
        pytest.param({"Work Email": [*MAILS[:2], None, None], "Mail": MAILS}, "Mail", "Work Email", id="equally sure: the fuller"),
        pytest.param({"Mail": MAILS, "Work Email": MAILS}, "Mail", "Work Email", id="equally full: the first"),
    ],
)  # fmt: skip
def test_two_columns_are_never_one_field(
    columns: dict[str, list[str]], winner: str, loser: str
) -> None:
    mapping = map_columns(pd.DataFrame(columns))
    assert mapping.fields == {winner: "Email"}
    assert mapping.unmapped == (loser,)
    assert {column.nearest for column in mapping.columns} == {None, "Email"}


CELL = st.sampled_from([*MAILS, *PHONES, *COUNTRIES, *GSIDS, *WORDS, "yes", "1", None])
HEADERS = st.sampled_from(
    ["Email", "E-mail", "Mail", "Emial", "Phone", "Tel", "Tel.", "Name", "First Name", "name first",
     "Land", "Country", "x", "y", "z", "Company", "Company name", "__gc", "a__gc", "Gsid", "", "é"]
)  # fmt: skip


@settings(
    deadline=None,
)
@given(data=st.data(), names=st.lists(HEADERS, unique=True, max_size=6))
def test_every_column_is_listed_and_no_field_twice(data: st.DataObject, names: list[str]) -> None:
    cells = {name: data.draw(st.lists(CELL, min_size=5, max_size=5)) for name in names}
    frame = pd.DataFrame(cells, index=range(5)).astype("object")
    before = frame.copy(deep=True)
    mapping = map_columns(frame)
    assert [column.header for column in mapping.columns] == names
    fields = list(mapping.fields.values())
    assert len(set(fields)) == len(fields)
    assert all(PERSON.knows(field) for field in fields)
    assert all(0 <= column.score <= 1 for column in mapping.columns)
    pd.testing.assert_frame_equal(frame, before)


@each_row(
    "change",
    [
        pytest.param(lambda f: f.set_axis(list("aabb")), id="text index, repeated"),
        pytest.param(lambda f: f.astype("string[pyarrow]"), id="Arrow"),
        pytest.param(lambda f: f.astype("category"), id="category"),
        pytest.param(lambda f: f.astype("object").where(f.notna(), ""), id="object, blank for missing"),
        pytest.param(lambda f: f.astype("object").where(f.notna(), None), id="object, None"),
        pytest.param(lambda f: f.assign(row_id=["d", "c", "b", "a"]), id="a row_id"),
    ],
)  # fmt: skip
def test_how_the_frame_is_kept_does_not_count(change: object) -> None:
    frame = pd.DataFrame({"E-Mail": MAILS, "?": [*PHONES[:3], None], "n": WORDS}, dtype="str")
    assert map_columns(change(frame)) == map_columns(frame)  # type: ignore[operator]


def test_a_repeated_header_is_refused() -> None:
    with pytest.raises(InputError, match="more than once"):
        map_columns(pd.DataFrame([["x", "y"]], columns=["A", "A"]))


@each_row("of", OBJECTS, ids=lambda of: of.name)
def test_no_text_means_two_fields(of: ObjectFields) -> None:
    texts = [text.casefold() for found in spellings(of).values() for text, _ in found]
    assert len(set(texts)) == len(texts) >= len(of.fields)


def test_words_of_headers() -> None:
    assert header_words("e-mail 1 - Value") == ("e", "mail", "1", "value")
    assert header_words("NPSScore__gc") == ("nps", "score")
    assert spellings(COMPANY)["Name"][0] == ("Name", 1)
