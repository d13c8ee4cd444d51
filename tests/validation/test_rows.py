"""Findings on rows: keys that are missing, rows that contradict others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gsprep.cleaning.clean import clean
from gsprep.errors import MissingColumnsError
from gsprep.schemas.objects import (
    Company,
    CompanyPerson,
    Person,
    Relationship,
    RelationshipPerson,
)
from gsprep.validation.check import check

if TYPE_CHECKING:
    import pandera.pandas as pa

ACME = "1P02" + "A" * 32
ANA = "1P04" + "A" * 32
BOTH = ("Email", "Location")
KEY, ORPHAN = "GSOBJ_VCUSTOM1012", "GSOBJ_PEOPLE1001"


def frame(**columns: list[Any]) -> pd.DataFrame:
    return pd.DataFrame(columns, dtype="str")


@pytest.mark.parametrize("step", [clean, check], ids=["clean", "check"])
@pytest.mark.parametrize(
    ("schema", "key", "absent"),
    [
        pytest.param(Person, BOTH, ("Location",), id="a field that is not there"),
        pytest.param(Person, ("Email", "Locaton"), ("Locaton",), id="a slip"),
        pytest.param(Person, "Badge__gc", ("Badge__gc",), id="a tenant's own"),
        pytest.param(Company, ("Name", "Industry"), ("Industry",), id="another object"),
    ],
)
def test_a_key_without_its_column_is_refused(
    step: Any, schema: pa.DataFrameSchema, key: Any, absent: tuple[str, ...]
) -> None:
    """Else no two rows would be the same record, and nobody would know."""
    rows = frame(Email=["a@x.com"], Gsid=[ACME], Name=["Ana"])
    keys = (key,) if isinstance(key, str) else key
    with pytest.raises(MissingColumnsError, match=f"with the key {','.join(keys)}") as failure:
        step(rows, schema, key=key)
    assert failure.value.columns == absent


def test_the_usual_key_may_be_absent() -> None:
    """A record that has a Gsid needs no Email, and a part is enough for an association."""
    assert len(check(frame(Gsid=[ANA]), Person).valid) == 1
    assert len(check(frame(Email=["a@x.com"], Company_ID=[ACME]), CompanyPerson, key=BOTH).valid)


@pytest.mark.parametrize(
    ("row", "lacks"),
    [
        pytest.param({"Email": "a@x.com", "Location": "Rome"}, [], id="whole"),
        pytest.param({"Email": "a@x.com"}, ["Location"], id="a part is missing"),
        pytest.param({"Location": "Rome"}, ["Email"], id="the other part is"),
        pytest.param({}, ["Email"], id="all of it: one finding"),
        pytest.param({"Gsid": ANA}, [], id="the Gsid says it"),
    ],
)
def test_a_person_has_the_whole_key(row: dict[str, str], lacks: list[str]) -> None:
    cells = {name: [row.get(name)] for name in ("Email", "Location", "Gsid")}
    checked = check(frame(**cells), Person, key=BOTH)
    assert checked.findings["column"].tolist() == lacks
    assert set(checked.findings["code"]) <= {KEY}
    assert len(checked.rejected) == len(lacks)


@pytest.mark.parametrize(
    ("row", "codes"),
    [
        pytest.param({}, [KEY], id="nobody is named"),
        pytest.param({"Email": "who@x.com"}, [ORPHAN], id="nobody of that address"),
        pytest.param({"Person_ID": ANA}, [ORPHAN], id="nobody of that id"),
        pytest.param({"Email": "a@x.com"}, [], id="somebody"),
    ],
)
def test_an_association_is_told_one_thing_about_its_person(
    row: dict[str, str], codes: list[str]
) -> None:
    cells = {name: [row.get(name)] for name in ("Email", "Person_ID")}
    rows = frame(Company_ID=[ACME], **cells)
    assert check(rows, CompanyPerson, persons=frame(Email=["a@x.com"])).findings[
        "code"
    ].tolist() == (codes)


def test_headers_that_mean_a_field_are_named_and_cells_in_their_place_are_not() -> None:
    with pytest.raises(MissingColumnsError, match=r"It has E-mail, FirstName\.") as failure:
        check(frame(**{"E-mail": ["a@x.com"], "FirstName": ["A"], "Ana Ruiz": ["x"]}), Person)
    assert "Ana Ruiz" not in str(failure.value)


C1, C2 = "1P02" + "A" * 32, "1P02" + "A" * 31 + "B"
R1, R2 = "1P05" + "A" * 32, "1P05" + "A" * 31 + "B"
law = settings(max_examples=settings().max_examples // 2, deadline=None)


def told(
    rows: pd.DataFrame, schema: pa.DataFrameSchema, **options: Any
) -> list[tuple[str, str, str]]:
    """Return row_id, code and severity of each finding; a whole column's row_id is ''."""
    found = check(rows, schema, **options).findings
    return list(found[["row_id", "code", "severity"]].fillna("").itertuples(index=False, name=None))


@pytest.mark.parametrize(
    ("emails", "expected"),
    [
        pytest.param(["ana.ruiz@gmail.com", "anaruiz@gmail.com"], ["2"], id="dots"),
        pytest.param(["ana@gmail.com", "b@x.com", "ana+1@googlemail.com"], ["3"], id="plus"),
        pytest.param(["ana+1@outlook.com", "ana@outlook.com"], ["2"], id="the tagged one first"),
        pytest.param(["ana@gmail.com", "ANA@gmail.com"], [], id="the same key"),
        pytest.param(["ana+1@acme.com", "ana@acme.com"], [], id="a company's own rules"),
        pytest.param(["a.na@acme.com", "ana@acme.com"], [], id="dots count elsewhere"),
    ],
)
def test_one_mailbox_spelt_in_two_ways(emails: list[str], expected: list[str]) -> None:
    names = [f"N{n}" for n in range(len(emails))]
    rows = frame(Email=emails, FirstName=["A"] * len(emails), Location=names)
    found = check(rows, Person, key=("Email", "Location")).findings
    assert found["row_id"].tolist() == expected
    assert set(found["code"]) <= {"GSPREP_SAMEMAILBOX"}
    assert set(found["severity"]) <= {"warning"}


@pytest.mark.parametrize("schema", [Person, CompanyPerson], ids=["Person", "CompanyPerson"])
def test_the_same_row_twice_is_named_with_the_first(schema: pa.DataFrameSchema) -> None:
    rows = frame(
        row_id=["a", "b", "c", "d"],
        Email=["a@x.com", "b@x.com", "a@x.com", "a@x.com"],
        Company_ID=[C1, C1, C1, C1],
        Note=[None, None, None, "other"],
    )
    found = check(rows, schema).findings.query("code == 'GSPREP_SAMEROW'")
    assert found["row_id"].tolist() == ["c"]
    assert found["message"].tolist() == ["The row is the same as row a."]


def test_rejected_rows_are_not_compared() -> None:
    rows = frame(Email=["bad", "bad", "a@x.com"], FirstName=["A", "A", "B"])
    assert [code for _, code, _ in told(rows, Person)] == ["GSOBJ_VDTEMAIL1001"] * 2


def test_an_association_twice_is_a_warning_when_both_agree() -> None:
    rows = frame(Email=["a@x.com"] * 3, Company_ID=[C1, C1, C2], Title=["T", None, "U"])
    assert told(rows, CompanyPerson) == [("2", "GSPREP_SAMEKEY", "warning")]


@pytest.mark.parametrize(
    ("schema", "own"),
    [(CompanyPerson, {}), (RelationshipPerson, {"Relationship_ID": [R1, R2, R1, R1]})],
    ids=["CompanyPerson", "RelationshipPerson"],
)
def test_two_primary_companies(schema: pa.DataFrameSchema, own: dict[str, list[str]]) -> None:
    rows = frame(
        Email=["a@x.com", "A@x.com", "b@x.com", "c@x.com"],
        Company_ID=[C1, C2, C1, C1],
        IsPrimaryCompany=["true", "TRUE", "true", "false"],
        **own,
    )
    found = check(rows, schema).findings
    assert found[["row_id", "code", "severity"]].to_numpy().tolist() == [
        ["2", "GSPREP_PRIMARY", "warning"]
    ]
    assert found["message"][0] == "The person has another primary company in row 1."


def test_one_company_may_be_primary_in_two_relationships() -> None:
    rows = frame(
        Email=["a@x.com"] * 2,
        Company_ID=[C1, C1],
        Relationship_ID=[R1, R2],
        IsPrimaryCompany=["true", "true"],
    )
    assert told(rows, RelationshipPerson) == []


@pytest.mark.parametrize(
    ("prefixes", "expected"),
    [
        pytest.param(["1P02" + "A" * 14] * 3, [], id="one tenant"),
        pytest.param(
            ["1P02" + "A" * 14] * 2 + ["1P02" + "B" * 14],
            [("3", "GSPREP_GSIDTENANT", "warning")],
            id="one id of another tenant",
        ),
        pytest.param(
            ["1P02" + "A" * 14, "1P02" + "B" * 14],
            [("", "GSPREP_GSIDTENANT", "warning")],
            id="nobody knows which is wrong",
        ),
        pytest.param(
            ["1P02" + "A" * 14, "1P04" + "A" * 14],
            [("2", "GSPREP_GSIDTYPE", "warning")],
            id="an id of a person",
        ),
    ],
)
def test_ids_of_one_object_begin_alike(prefixes: list[str], expected: list[Any]) -> None:
    rows = frame(
        Email=[f"a{n}@x.com" for n in range(len(prefixes))],
        Company_ID=[f"{prefix}{n:018}" for n, prefix in enumerate(prefixes)],
    )
    assert told(rows, CompanyPerson) == expected


def test_many_rows_of_one_company_do_not_outvote_the_ids() -> None:
    """Ids are counted, not rows: the tenant's ids are those that are many."""
    ids = [C1, C2, "1P02" + "B" * 32]
    rows = frame(Email=[f"a{n}@x.com" for n in range(9)], Company_ID=[*ids[:2], *([ids[2]] * 7)])
    assert [row for row, _, _ in told(rows, CompanyPerson)] == [str(n) for n in range(3, 10)]


@pytest.mark.parametrize(
    ("person", "message"),
    [
        pytest.param("good@x.com", None, id="good"),
        pytest.param("BAD@x.com", "is row p2, and that row is rejected", id="rejected"),
        pytest.param("who@x.com", "is not among the valid persons", id="missing"),
    ],
)
def test_the_persons_are_checked_as_well(person: str, message: str | None) -> None:
    persons = frame(
        row_id=["p1", "p2"], Email=["good@x.com", "bad@x.com"], EmailOptOut=["true", "maybe"]
    )
    rows = frame(Email=[person], Company_ID=[C1])
    as_frame = check(rows, CompanyPerson, persons=persons)
    as_checked = check(rows, CompanyPerson, persons=check(persons, Person))
    pd.testing.assert_frame_equal(as_frame.findings, as_checked.findings)
    assert as_frame.findings["code"].tolist() == (["GSOBJ_PEOPLE1001"] if message else [])
    assert message is None or message in as_frame.findings["message"][0]


def test_a_person_may_be_named_by_a_key_of_the_tenants_own() -> None:
    persons = frame(Badge__gc=["7", "8"], Email=["a@x.com", "b@x.com"])
    rows = frame(Badge__gc=["7", "9"], Email=[None, None], Company_ID=[C1, C1])
    options = {"key": ("Badge__gc",), "persons": persons}
    expected = [("2", "GSOBJ_PEOPLE1001", "error")]
    assert told(rows, CompanyPerson, **options) == expected
    assert told(rows.drop(columns="Email"), CompanyPerson, **options) == expected


@pytest.mark.parametrize(
    ("column", "nearest"),
    [
        ("Emial", "Email"),
        ("first_name", "FirstName"),
        ("LinkedInURL", "LinkedinUrl"),
        ("First Name", "FirstName"),
        ("lastname", "LastName"),
        ("EMAIL", "Email"),
        ("Employer", "CompanyName"),
        ("Mobile Phone", "Phone"),
        ("Shoe size", None),
    ],
)
def test_an_unknown_field_names_the_nearest_known(column: str, nearest: str | None) -> None:
    found = check(frame(Gsid=["1P04" + "A" * 32], **{column: ["x"]}), Person).findings
    assert found["code"].tolist() == ["GSOBJ_VCRUDR1002"]
    assert found["suggestion"].fillna("").tolist() == [nearest or ""]
    assert nearest is None or nearest in found["hint"][0]


def test_a_column_that_is_there_is_never_suggested() -> None:
    found = check(frame(Email=["a@x.com"], Emial=["x"]), Person).findings
    assert found["suggestion"].isna().all()


def test_a_mended_file_of_rejects_is_the_next_input() -> None:
    rows = frame(Email=["a@x.com"], codes=["c"], messages=["m"], hints=["h"], suggestions=[None])
    assert told(rows, Person) == []


@pytest.mark.parametrize(
    ("values", "suggestions"),
    [
        pytest.param(["03/04/2026", "20/04/2026"], ["2026-04-03", "2026-04-20"], id="day first"),
        pytest.param(["03/04/2026", "04/20/2026"], ["2026-03-04", "2026-04-20"], id="month first"),
        pytest.param(["03/04/2026", "05/06/2026"], ["", ""], id="nothing tells"),
        pytest.param(["46346", "2026-11-20"], ["2026-11-20"], id="a spreadsheet's day"),
        pytest.param(["1795132800000", "1795132800"], ["2026-11-20T00:00:00+00:00"], id="epochs"),
    ],
)
def test_a_column_of_dates_tells_what_one_cell_does_not(
    values: list[str], suggestions: list[str]
) -> None:
    rows = frame(Email=["a@x.com", "b@x.com"], CreatedDate=values)
    found = check(rows, Person).findings
    assert found["suggestion"].fillna("").tolist() == suggestions


@pytest.mark.parametrize(
    ("schema", "row", "code"),
    [
        pytest.param(Company, {"Gsid": C1, "Name": "x" * 256}, "GSOBJ_1001", id="long"),
        pytest.param(Company, {"Gsid": C1, "Name": "X", "Employees": "ten"}, "GSOBJ_1002", id="no"),
        pytest.param(
            Company, {"Gsid": C1, "Name": "X", "RenewalDate": "soon"}, "GSOBJ_1006", id="date"
        ),
        pytest.param(
            Relationship, {"Company_ID": C1, "Name": ""}, "GSOBJ_VCUSTOM1012", id="no name"
        ),
        pytest.param(Relationship, {"Company_ID": "x", "Name": "R"}, "GSOBJ_1002", id="bad id"),
    ],
)
def test_other_objects_speak_codes_of_their_own(
    schema: pa.DataFrameSchema, row: dict[str, str], code: str
) -> None:
    rows = frame(**{name: [value] for name, value in row.items()})
    assert told(rows, schema) == [("1", code, "error")]


def test_companies_are_told_apart_by_gsid_and_by_a_key_of_choice() -> None:
    rows = frame(Gsid=[C1, C1, C2], Name=["X", "Y", "X"])
    assert told(rows, Company) == [("2", "GSOBJ_VCUSTOM1007", "error")]
    assert [row for row, _, _ in told(rows, Company, key="Name")] == ["3"]


cells = {
    "Email": [None, "a@x.com", "A@X.com", "a.b@gmail.com", "ab@gmail.com", "a@"],
    "Company_ID": [None, C1, C2, "1P02" + "B" * 32, "1P04" + "A" * 32, "x"],
    "IsPrimaryCompany": [None, "true", "TRUE", "false", "perhaps"],
    "Title": [None, "T", "U"],
}
lines = st.lists(
    st.fixed_dictionaries({name: st.sampled_from(values) for name, values in cells.items()}),
    max_size=8,
)


@law
@given(lines, st.sampled_from(["object", "category", "string[pyarrow]"]), st.randoms())
def test_index_dtype_and_order_of_columns_mean_nothing(
    rows: list[dict[str, str | None]], dtype: str, chance: Any
) -> None:
    plain = pd.DataFrame(rows, columns=list(cells), dtype="str")
    names = list(cells)
    chance.shuffle(names)
    other = plain.astype(dtype)[names].set_axis(["same"] * len(plain), axis=0)
    for schema in (Person, CompanyPerson):
        expected = check(plain, schema, persons=plain)
        pd.testing.assert_frame_equal(
            check(other, schema, persons=other).findings, expected.findings
        )


@law
@given(lines)
def test_a_message_names_rows_and_never_cells(rows: list[dict[str, str | None]]) -> None:
    findings = check(pd.DataFrame(rows, columns=list(cells)), CompanyPerson).findings
    for text in ("a@x.com", "gmail.com", C1, C2):
        assert not findings["message"].str.contains(text, case=False, regex=False).any()


@pytest.mark.parametrize(
    ("email", "code"),
    [
        pytest.param("None@none.com", "GSPREP_PLACEHOLDER", id="stands for none"),
        pytest.param("No-Reply2@acme.com", "GSPREP_ROLEMAILBOX", id="a task"),
        pytest.param("info+x@acme.com", "GSPREP_ROLEMAILBOX", id="a task, marked"),
        pytest.param("informatics@acme.com", None, id="a word that begins alike"),
        pytest.param("ana@acme.com", None, id="a person"),
    ],
)
def test_addresses_of_nobody_are_warned_of(email: str, code: str | None) -> None:
    expected = [("1", code, "warning")] if code else []
    assert told(frame(Email=[email]), Person) == expected


@pytest.mark.parametrize(
    ("first", "last", "code", "column", "suggestion"),
    [
        pytest.param("Ana Ruiz", None, "WHOLENAME", "FirstName", "Ana; LastName: Ruiz", id="first"),
        pytest.param(
            "Ruiz, Ana", None, "WHOLENAME", "FirstName", "Ana; LastName: Ruiz", id="comma"
        ),
        pytest.param("Ana García López", None, "WHOLENAME", "FirstName", "", id="three words"),
        pytest.param(None, "Ana Ruiz", "WHOLENAME", "LastName", "", id="last"),
        pytest.param("Bo Ek", "Bo Ek", "WHOLENAME", "FirstName", "Bo; LastName: Ek", id="both"),
        pytest.param("Ana & Bo", "Smith", "SEVERALNAMES", "FirstName", "", id="two first names"),
        pytest.param("Ana Ruiz / Bo Ek", None, "SEVERALNAMES", "FirstName", "", id="two names"),
        pytest.param("Ana", None, None, "", "", id="one word"),
        pytest.param("Mary Ann", "Ortega y Gasset", None, "", "", id="parts of several words"),
    ],
)
def test_names_in_the_wrong_cell_are_warned_of(
    first: str | None, last: str | None, code: str | None, column: str, suggestion: str
) -> None:
    people = frame(Email=["a@x.com"], FirstName=[first], LastName=[last])
    found = check(people, Person).findings.fillna("")
    assert found[["code", "column", "severity"]].to_numpy().tolist() == (
        [[f"GSPREP_{code}", column, "warning"]] if code else []
    )
    assert all(found["suggestion"] == (suggestion and f"FirstName: {suggestion}"))


def test_several_addresses_in_one_cell_are_said_and_never_split() -> None:
    found = check(frame(Email=["a@x.com; b@x.com", "a@@x.com"]), Person).findings
    assert found["code"].tolist() == ["GSOBJ_VDTEMAIL1001"] * 2
    assert found["message"].str.contains("several addresses").tolist() == [True, False]
    assert found["suggestion"].fillna("").tolist() == ["", "a@x.com"]
