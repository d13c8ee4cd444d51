"""Lost letters and placeholders in single cells."""

from __future__ import annotations

import pandas as pd
import pytest

from gsprep.cleaning.clean import clean
from gsprep.schemas.fields import Field, ObjectFields
from gsprep.schemas.objects import Company, Person, schema_from_describe, schema_of
from gsprep.validation.check import check

GARBLED, PLACEHOLDER = "GSPREP_GARBLED", "GSPREP_PLACEHOLDER"
SIZES = schema_from_describe({
    "objectName": "Person",
    "fields": [
        {"fieldName": "Email", "dataType": "EMAIL"},
        {"fieldName": "Size__gc", "dataType": "PICKLIST", "options": [{"label": "None"}]},
    ],
})  # fmt: skip


def people(column: str, cell: str) -> pd.DataFrame:
    return pd.DataFrame({"Email": ["a@x.com"], column: [cell]}, dtype="str")


@pytest.mark.parametrize(
    ("column", "cell", "code", "suggestion"),
    [
        pytest.param("LastName", "M\ufffdller", GARBLED, None, id="a letter is lost"),
        pytest.param("LastName", "M?ller", GARBLED, None, id="a question mark for a letter"),
        pytest.param("LastName", "MÃ¼ller", GARBLED, "Müller", id="misread"),
        pytest.param("LastName", "Ŝ MÃ¼ller", GARBLED, None, id="misread in part"),
        pytest.param("Comments", "MÃ¼ller", GARBLED, "Müller", id="in a long text"),
        pytest.param("Comments", "Why?Because", None, None, id="a question"),
        pytest.param("Location", "IRMÃ", None, None, id="may be meant"),
        pytest.param("Email", "mÃ¼ller@x.com", GARBLED, "müller@x.com", id="an address"),
        pytest.param("Shoe", "M\ufffdller", "GSOBJ_VCRUDR1002", None, id="a column of the user's"),
        pytest.param("FirstName", "Test", PLACEHOLDER, None, id="may be a name"),
        pytest.param("FirstName", "n/a", PLACEHOLDER, None, id="is no name"),
        pytest.param("Name", "none@none.com", PLACEHOLDER, None, id="nobody's address for a name"),
        pytest.param("LastName", "ana@acme.com", PLACEHOLDER, None, id="an address for a name"),
        pytest.param("FirstName", "555-0102", PLACEHOLDER, None, id="a number for a name"),
        pytest.param("Name", "www.acme.com", PLACEHOLDER, None, id="a site for a name"),
        pytest.param("Email", "ana@acme.corp", "GSPREP_MAILSLIP", None, id="no such ending"),
        pytest.param("Location", "-", PLACEHOLDER, None, id="a dash"),
        pytest.param("CompanyName", "Unknown", PLACEHOLDER, None, id="a company"),
        pytest.param("Own__gc", "Unknown", None, None, id="a tenant's choice"),
        pytest.param("Own__gc", "n/a", PLACEHOLDER, None, id="no choice"),
        pytest.param("Timezone", "None", None, None, id="a list that is not known"),
        pytest.param("LastName", "Testa", None, None, id="a name"),
    ],
)
def test_one_cell(column: str, cell: str, code: str | None, suggestion: str | None) -> None:
    checked = check(people(column, cell), Person)
    found = checked.findings
    assert found["code"].tolist() == ([code] if code else [])
    assert found["suggestion"].fillna("").tolist() == ([suggestion or ""] if code else [])
    assert set(found["severity"]) <= {"warning"}
    assert len(checked.valid) == 1


def test_an_address_that_is_refused_is_told_once() -> None:
    found = check(people("Email", "m\ufffd@x"), Person).findings
    assert found["code"].tolist() == ["GSOBJ_VDTEMAIL1001"]


@pytest.mark.parametrize(("entry", "codes"), [("None", []), ("n/a", ["GSOBJ_VDTPKLST1002"])])
def test_a_list_that_is_known_says_what_its_entries_are(entry: str, codes: list[str]) -> None:
    assert check(people("Size__gc", entry), SIZES).findings["code"].tolist() == codes


@pytest.mark.parametrize(
    ("cell", "left"),
    [
        pytest.param("n/a", [], id="nothing"),
        pytest.param("MÃ¼ller", [], id="read again"),
        pytest.param("Ｔｅｓｔ", [PLACEHOLDER], id="may be a name"),
        pytest.param("M\ufffdller", [GARBLED], id="lost for good"),
    ],
)
def test_what_cleaning_could_not_mend_is_told(cell: str, left: list[str]) -> None:
    cleaned = clean(people("LastName", cell).assign(Name="Ana"))
    assert check(cleaned.frame, Person).findings["code"].tolist() == left


@pytest.mark.parametrize(
    ("cell", "suggestion"),
    [("ａｎａ＠x.com", "ana@x.com"), ("'ana@x.com',", "ana@x.com"), ("ana@x", "")],
)
def test_an_address_is_suggested_as_cleaning_would_mend_it(cell: str, suggestion: str) -> None:
    rows = people("Email", cell)
    assert check(rows, Person).findings["suggestion"].fillna("").tolist() == [suggestion]
    assert clean(rows).frame["Email"].tolist() == [suggestion or cell]


def test_a_dot_that_nothing_explains_is_a_warning_and_one_that_is_proven_a_suggestion() -> None:
    amounts = pd.DataFrame({"Gsid": ["a", "b"], "Name": ["A", "B"], "Arr": ["1.234", "99.000"]})
    found = check(amounts, Company).findings
    open_ = found[found["code"] == "GSPREP_DECIMALSIGN"]
    assert open_["row_id"].tolist() == ["1", "2"]
    assert set(open_["severity"]) == {"warning"}
    assert open_["suggestion"].isna().all()
    proven = check(amounts.assign(Arr=["1.234", "1.234,56"]), Company).findings
    line = proven[proven["code"] == "GSPREP_DECIMALSIGN"].iloc[0]
    assert (line["row_id"], line["suggestion"]) == ("1", "1234")
    decimal = check(amounts.assign(Arr=["1.234", "12.5"]), Company).findings
    assert "GSPREP_DECIMALSIGN" not in set(decimal["code"])


def test_a_dot_in_a_column_with_both_signs_is_a_warning_also_after_cleaning() -> None:
    amounts = {"Gsid": list("abc"), "Name": list("ABC"), "Arr": ["10.000", "12.000,50", "1,000.50"]}
    cleaned = clean(pd.DataFrame(amounts), Company).frame
    found = check(cleaned, Company).findings
    assert cleaned["Arr"].tolist() == amounts["Arr"]
    of_amounts = found[found["column"] == "Arr"]
    assert of_amounts[["row_id", "code"]].to_numpy().tolist() == [
        ["1", "GSPREP_DECIMALSIGN"], ["2", "GSOBJ_1002"]
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("cells", "codes"),
    [
        pytest.param(["0.125", "1"], ["GSPREP_SHARES"], id="shares, as XLS holds them"),
        pytest.param(["12.5", "0.5"], [], id="one above 1"),
        pytest.param(["0", "1", None], [], id="whole ones"),
    ],
)
def test_percentages_that_may_be_shares_are_told(cells: list[str | None], codes: list[str]) -> None:
    thing = ObjectFields("Thing", (Field("Share__gc", "PERCENTAGE"),), ())
    checked = check(pd.DataFrame({"Share__gc": cells}), schema_of(thing))
    assert checked.findings["code"].tolist() == codes
