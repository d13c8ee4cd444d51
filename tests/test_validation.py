"""Each row is judged as it stands; nothing is mended, lost or told."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from each_row import each_row
from email_validator import EmailNotValidError, validate_email
from hypothesis import given, settings
from hypothesis import strategies as st

import gsprep
from gsprep.cleaning.clean import clean
from gsprep.errors import InputError, MissingColumnsError
from gsprep.results import FINDING_COLUMNS
from gsprep.schemas.fields import EXPLANATIONS
from gsprep.schemas.objects import Company, CompanyPerson, Person, RelationshipPerson
from gsprep.validation.check import check

if TYPE_CHECKING:
    import pandera.pandas as pa

GSID = "1P02" + "A" * 32
OTHER = GSID[:-1] + "B"
PERSON, ANOTHER = "1P04" + "A" * 32, "1P04" + "A" * 31 + "B"
EMAIL, KEY, SAME = "GSOBJ_VDTEMAIL1001", "GSOBJ_VCUSTOM1012", "GSOBJ_VCUSTOM1007"
ORPHAN, LENGTH = "GSOBJ_PEOPLE1001", "GSOBJ_VDTBSTR1001"
law = settings(deadline=None)


def frame(**columns: list[Any]) -> pd.DataFrame:
    return pd.DataFrame(columns, dtype="str")


def codes(findings: pd.DataFrame) -> list[tuple[str | None, str, str, str]]:
    """Return row_id, column, code and severity of each finding, in order."""
    told = findings[["row_id", "column", "code", "severity"]].astype(object)
    return [tuple(line) for line in told.where(told.notna(), None).to_numpy().tolist()]


@each_row(
    ("column", "value", "code", "severity", "suggestion"),
    [
        pytest.param("Email", "Ana <a@x.com>", EMAIL, "error", "a@x.com", id="pasted address"),
        pytest.param("Email", "a@x", EMAIL, "error", None, id="address"),
        pytest.param("Email", "a" * 255 + "@x.com", EMAIL, "error", None, id="long address"),
        pytest.param(
            "Email", "a@gmial.com", "GSPREP_MAILSLIP", "warning", "a@gmail.com", id="slip"
        ),
        pytest.param(
            "Email", "a@\u0430cme.com", "GSPREP_MAILSLIP", "warning", "a@acme.com", id="Cyrillic"
        ),
        pytest.param("Email", "'a@x.com", "GSPREP_MAILSLIP", "warning", "a@x.com", id="a mark"),
        pytest.param(
            "Email", "a_x.com#EXT#@t.com", "GSPREP_MAILSLIP", "warning", "a@x.com", id="a guest"
        ),
        pytest.param("FirstName", "Frau Dr. Eva", "GSPREP_NAMETITLE", "warning", "Eva", id="title"),
        *(
            pytest.param(column, cell, "GSPREP_NAMENOTE", "warning", bare, id=cell)
            for column, cell, bare in (
                ("Name", "Ana Ruiz (she/her)", "Ana Ruiz"),
                ("Name", "Ana Ruiz, PhD \U0001f469\U0001f3fd\u200d\U0001f4bb", "Ana Ruiz, PhD"),
                ("FirstName", "\u201cAna\u201d", "Ana"),
                ("LastName", "Ruiz, MBA, PMP\xae", "Ruiz"),
                ("LastName", "Ruiz PhD", "Ruiz"),
            )
        ),
        pytest.param("LastName", "(Acme)", "GSPREP_PLACEHOLDER", "warning", None, id="a note"),
        pytest.param("Gsid", GSID.lower(), "GSOBJ_VDTGSID1001", "error", GSID, id="small GSID"),
        pytest.param("Gsid", "1P02", "GSOBJ_VDTGSID1001", "error", None, id="short GSID"),
        pytest.param("Manager", "x", "GSOBJ_VDTGSID1001", "warning", None, id="sent elsewhere"),
        pytest.param("EmailOptOut", "Yes", "GSOBJ_VDTBOOL1001", "error", "true", id="yes"),
        pytest.param("EmailOptOut", "maybe", "GSOBJ_VDTBOOL1001", "error", None, id="maybe"),
        pytest.param(
            "LinkedinUrl", "x.com/a", "GSOBJ_VDTURL1001", "error", "https://x.com/a", id="url"
        ),
        pytest.param("LinkedinUrl", "n.a.", "GSOBJ_VDTURL1001", "error", None, id="no url"),
        pytest.param(
            "LinkedinUrl", "https://x.com/" + "y" * 500, LENGTH, "error", None, id="long url"
        ),
        pytest.param(
            "Name", "Ana #N/A", "GSPREP_PLACEHOLDER", "warning", None, id="error of a spreadsheet"
        ),
        pytest.param("FirstName", "x" * 256, LENGTH, "error", None, id="long name"),
        pytest.param("Own__gc", "x" * 501, LENGTH, "error", None, id="long field of a tenant"),
        pytest.param("Title", "x" * 256, LENGTH, "warning", None, id="long field sent elsewhere"),
        pytest.param("Phone", "555-0102", "GSPREP_PHONE", "warning", None, id="phone"),
        pytest.param("Country", "Atlantis", "GSPREP_COUNTRY", "warning", None, id="country"),
        pytest.param(
            "CreatedDate", "20.11.2026", "GSOBJ_VDTDATIME1001", "warning", "2026-11-20", id="date"
        ),
        pytest.param(
            "CreatedDate", "03/04/2026", "GSOBJ_VDTDATIME1001", "warning", None, id="dates"
        ),
    ],
)
def test_one_cell(
    column: str, value: str, code: str, severity: str, suggestion: str | None
) -> None:
    row = {"row_id": ["7"], "Email": ["a@acme.com"]} | {column: [value]}
    checked = check(frame(**row), Person)
    assert codes(checked.findings) == [("7", column, code, severity)]
    found = checked.findings.iloc[0]
    assert found["value"] == value
    assert found["suggestion"] == suggestion if suggestion else pd.isna(found["suggestion"])
    assert column in found["message"]
    assert len(checked.rejected) == (severity == "error")


@pytest.mark.parametrize("cell", ["555-0102", "4.15556E+09", "(415) 555-0102"])
@pytest.mark.parametrize("country", [None, "US"])
def test_the_hint_on_a_number_holds_whatever_it_lacks(cell: str, country: str | None) -> None:
    """An area, digits that a spreadsheet lost, a country: written as the hint has it, it is one."""
    given = frame(Email=["a@x.com"], Phone=[cell], Country=[country])
    (hint,) = check(given, Person).findings["hint"]
    mended = given.assign(Phone=hint.partition("(")[2].partition(")")[0])
    assert check(mended, Person).findings.empty


def test_numbers() -> None:
    """LastNpsScore is the one number; the service keeps it, so it only warns."""
    rows = frame(Email=["a@x.com"] * 2, Company_ID=[GSID, OTHER], LastNpsScore=["1 234", "ten"])
    findings = check(rows, CompanyPerson).findings
    assert codes(findings) == [
        ("1", "LastNpsScore", "GSOBJ_VDTNUM1001", "warning"),
        ("2", "LastNpsScore", "GSOBJ_VDTNUM1001", "warning"),
    ]
    assert findings["suggestion"].fillna("none").tolist() == ["1234", "none"]


@each_row(
    ("schema", "row", "column"),
    [
        pytest.param(Person, {"Email": None, "Gsid": " "}, "Email", id="person, both blank"),
        pytest.param(Person, {"Gsid": PERSON}, None, id="person by Gsid"),
        pytest.param(CompanyPerson, {"Company_ID": GSID, "Email": ""}, "Email", id="no person"),
        pytest.param(
            CompanyPerson, {"Email": "a@x.com", "Company_ID": ""}, "Company_ID", id="no company"
        ),
        pytest.param(CompanyPerson, {"Email": "a@x.com", "CompanyName": "X"}, None, id="by name"),
        pytest.param(CompanyPerson, {"Person_ID": PERSON, "Company_ID": GSID}, None, id="by ids"),
        pytest.param(
            RelationshipPerson,
            {"Email": "a@x.com", "Relationship_ID": ""},
            "Relationship_ID",
            id="no relationship",
        ),
        pytest.param(
            RelationshipPerson, {"Email": "a@x.com", "RelationshipName": "R"}, None, id="named one"
        ),
        pytest.param(Company, {"Gsid": GSID, "Name": ""}, "Name", id="company without name"),
        pytest.param(Company, {"Name": "X", "Gsid": ""}, "Gsid", id="company without id"),
    ],
)
def test_what_a_row_needs(
    schema: pa.DataFrameSchema, row: dict[str, str | None], column: str | None
) -> None:
    checked = check(frame(**{name: [value] for name, value in row.items()}), schema)
    assert codes(checked.findings) == ([("1", column, KEY, "error")] if column else [])
    if column:
        assert " or " in checked.findings["message"][0] or schema is Company


@each_row(
    ("schema", "column", "missing"),
    [
        pytest.param(Person, "Name", "Email", id="person"),
        pytest.param(CompanyPerson, "Email", "Company_ID", id="company association"),
        pytest.param(RelationshipPerson, "Email", "Relationship_ID", id="relationship association"),
        pytest.param(Company, "Gsid", "Name", id="company"),
    ],
)
def test_a_column_that_every_row_needs_is_the_fault_of_the_file(
    schema: pa.DataFrameSchema, column: str, missing: str
) -> None:
    with pytest.raises(MissingColumnsError, match=rf"needs the column {missing}.*has {column}"):
        check(frame(**{column: ["a@x.com"], "Secret": ["x"]}), schema)


def test_findings_stand_by_row_and_field() -> None:
    """The order of columns, and of checks, is nowhere to be seen; whole columns come last."""
    rows = frame(
        Zeta=["z", "z"],
        EmailOptOut=["perhaps", "true"],
        Own__gc=["x", "x" * 501],
        Phone=["?", "+14155550102"],
        Alpha=["a", "a"],
        Email=["a@", "a@gmial.com"],
    )
    expected = [
        ("1", "Email", EMAIL, "error"),
        ("1", "EmailOptOut", "GSOBJ_VDTBOOL1001", "error"),
        ("1", "Phone", "GSPREP_PHONE", "warning"),
        ("2", "Email", "GSPREP_MAILSLIP", "warning"),
        ("2", "Own__gc", LENGTH, "error"),
        (None, "Alpha", "GSOBJ_VCRUDR1002", "warning"),
        (None, "Zeta", "GSOBJ_VCRUDR1002", "warning"),
    ]
    assert codes(check(rows, Person).findings) == expected
    assert codes(check(rows[sorted(rows.columns)], Person).findings) == expected


@pytest.mark.parametrize(
    ("rows", "rejected"),
    [
        pytest.param([("a@x.com", "A"), ("A@X.com", "A")], [], id="they agree"),
        pytest.param([("a@x.com", "A"), ("a@x.com", None)], [], id="missing agrees"),
        pytest.param([("a@x.com", "A"), ("A@X.COM", "B")], ["2"], id="they disagree"),
        pytest.param(
            [("a@x.com", None), ("a@x.com", "B"), ("a@x.com", "C")], ["3"], id="the third"
        ),
        pytest.param(
            [("a@x.com", "A" * 256), ("a@x.com", "B")], ["1"], id="a wrong row binds none"
        ),
        pytest.param([("a@x", "A"), ("a@x", "B")], ["1", "2"], id="wrong keys are only wrong"),
    ],
)
@pytest.mark.parametrize("key", ["Email", ("Email",), ["Email"]], ids=str)
def test_the_same_person_twice(rows: list[Any], rejected: list[str], key: Any) -> None:
    checked = check(
        pd.DataFrame(rows, columns=["Email", "FirstName"], dtype="str"), Person, key=key
    )
    assert checked.rejected["row_id"].tolist() == rejected


def test_a_disagreeing_row_names_the_first_and_the_field() -> None:
    rows = frame(row_id=["x", "y", "z"], Email=["a@x.com"] * 3, LastName=["A", "A", "B"])
    errors = check(rows, Person).findings.query("severity == 'error'").reset_index(drop=True)
    assert codes(errors) == [("z", "Email", SAME, "error")]
    assert errors["message"][0] == "Row x has the same key but another LastName."


def test_fields_that_are_not_sent_may_differ() -> None:
    """A person's second company is no second person."""
    rows = frame(Email=["a@x.com"] * 2, CompanyName=["X", "Y"], Title=["A", "B"], Other=["1", "2"])
    assert len(check(rows, Person).valid) == 2


def test_a_key_of_two_columns() -> None:
    rows = frame(Email=["a@x.com"] * 3, Location=["L", "M", "L"], FirstName=["A", "B", "C"])
    assert check(rows, Person, key=("Email", "Location")).rejected["row_id"].tolist() == ["3"]
    assert check(rows, Person).rejected["row_id"].tolist() == ["2", "3"]


def test_an_association_is_told_by_person_and_company() -> None:
    rows = frame(Email=["a@x.com"] * 3, Company_ID=[GSID, OTHER, GSID], Title=["A", "B", "C"])
    assert check(rows, CompanyPerson).rejected["row_id"].tolist() == ["3"]


@each_row(
    ("row", "known"),
    [
        pytest.param({"Email": "A@X.com"}, True, id="by address, without case"),
        pytest.param({"Email": "b@x.com"}, False, id="another address"),
        pytest.param({"Person_ID": ANOTHER}, True, id="by id"),
        pytest.param({"Person_ID": PERSON}, False, id="another id"),
    ],
)
def test_an_association_needs_its_person(row: dict[str, str], known: object) -> None:
    persons = frame(Email=["a@x.com", None], Gsid=[None, ANOTHER])
    rows = frame(Company_ID=[GSID], **{name: [value] for name, value in row.items()})
    checked = check(rows, CompanyPerson, persons=persons)
    assert (len(checked.valid) == 1) is known
    assert checked.findings["code"].tolist() == ([] if known else [ORPHAN])
    assert len(check(rows, CompanyPerson).valid) == 1


def test_missing_never_finds_missing() -> None:
    persons = frame(Email=[None], Gsid=[None])
    rows = frame(Email=[None], Person_ID=[None], Company_ID=[GSID])
    findings = check(rows, CompanyPerson, persons=persons).findings
    assert findings["code"].tolist() == [KEY]
    assert len(check(rows, CompanyPerson, persons=persons.iloc[:0]).rejected) == 1


cells = {
    "Email": [None, "", "a@x.com", "A@X.com", "b@x.com", "a@", "a@gmial.com"],
    "Gsid": [None, GSID, "1P"],
    "FirstName": [None, "A", "B", "x" * 256],
    "EmailOptOut": [None, "true", "Yes"],
    "Phone": [None, "+14155550102", "?"],
    "Other": [None, 1, "x"],
}
rows_of = st.fixed_dictionaries({name: st.sampled_from(values) for name, values in cells.items()})
frames = st.builds(
    lambda lines, names: pd.DataFrame(lines, columns=list(cells), dtype=object)[names],
    st.lists(rows_of, max_size=7),
    st.lists(st.sampled_from(list(cells)), unique=True).map(
        lambda names: names if "Email" in names else [*names, "Email"]
    ),
)
labels = st.sampled_from([None, "repeated", "text", "shuffled"])


def relabelled(given_frame: pd.DataFrame, how: str | None) -> pd.DataFrame:
    size = len(given_frame)
    index = {"repeated": [0] * size, "text": ["x"] * size, "shuffled": range(size)[::-1]}
    return given_frame.set_axis(index.get(how or "", range(size)), axis=0)


@law
@given(frames, labels)
def test_every_row_is_valid_or_rejected(given_frame: pd.DataFrame, how: str | None) -> None:
    """In its order, with its cells, dtypes and index; an error is what tells the two apart."""
    rows = relabelled(given_frame, how).assign(row_id=[f"r{n}" for n in range(len(given_frame))])
    before = rows.copy(deep=True)
    checked = check(rows, Person)
    pd.testing.assert_frame_equal(rows, before)
    errors = checked.findings.query("severity == 'error'")
    bad = rows["row_id"].isin(errors["row_id"]).to_numpy()
    pd.testing.assert_frame_equal(checked.rejected, rows[bad])
    pd.testing.assert_frame_equal(checked.valid, rows[~bad])
    assert checked.findings.columns.tolist() == list(FINDING_COLUMNS)
    assert set(map(str, checked.findings.dtypes)) == {"str"}


@law
@given(frames, labels)
def test_the_index_and_the_numbering_mean_nothing(
    given_frame: pd.DataFrame, how: str | None
) -> None:
    plain, other = check(given_frame, Person), check(relabelled(given_frame, how), Person)
    pd.testing.assert_frame_equal(other.findings, plain.findings)
    assert plain.valid.columns.tolist() == [*given_frame.columns, "row_id"]
    both = sorted([*other.valid["row_id"], *other.rejected["row_id"]], key=int)
    assert both == [str(n) for n in range(1, len(given_frame) + 1)]


@law
@given(frames)
def test_valid_rows_stay_valid_alone(given_frame: pd.DataFrame) -> None:
    """What was taken once is taken again, and nothing of it is rejected later."""
    valid = check(given_frame, Person).valid
    assert check(valid, Person).rejected.empty


@law
@given(frames)
def test_a_suggestion_mends_the_cell(given_frame: pd.DataFrame) -> None:
    checked = check(given_frame, Person)
    for found in checked.findings.dropna(subset="suggestion").itertuples():
        again = check(frame(**{"Email": ["a@x.com"], found.column: [found.suggestion]}), Person)
        assert again.findings.empty


@each_row("dtype", ["object", "category", "string", "string[pyarrow]"])
def test_every_dtype_is_judged_alike(dtype: str) -> None:
    plain = pd.DataFrame({"Email": ["a@x.com", None, "bad"], "Own__gc": ["1", "1", "x" * 501]})
    other = check(plain.astype(dtype), Person)
    pd.testing.assert_frame_equal(other.findings, check(plain, Person).findings)
    assert other.valid["Own__gc"].dtype == plain.astype(dtype)["Own__gc"].dtype


def accepted(text: str) -> bool:
    try:
        validate_email(text, check_deliverability=False)
    except EmailNotValidError:
        return False
    return True


addresses = st.builds("{}@{}.{}".format, *[st.text("aB1.-_ é", max_size=5)] * 2, st.text("com-1x"))


@law
@given(st.lists(addresses | st.emails(), min_size=1, max_size=6))
def test_an_address_is_good_when_the_library_says_so(values: list[str]) -> None:
    checked = check(frame(Email=values), Person)
    assert checked.rejected["Email"].tolist() == [text for text in values if not accepted(text)]


@law
@given(
    st.dictionaries(
        st.sampled_from([*cells, "Own__gc", "CreatedDate", "LinkedinUrl", "Country"]),
        st.text("QZJ@.:/ ", min_size=3, max_size=6).map("c4nary".__add__),
        min_size=1,
    )
)
def test_no_message_tells_a_value(row: dict[str, str]) -> None:
    rows = frame(**{name: [value, value + "!", value * 99] for name, value in row.items()})
    rows = rows if "Email" in rows else rows.assign(Email="c4nary")
    findings = check(rows, Person).findings
    assert not findings.empty
    for column in ("message", "hint", "code", "severity", "column", "row_id"):
        assert not findings[column].str.contains("c4nary").any()


# What is read from the environment, or begins the names of all codes.
_NO_CODES = {"GSPREP_", "GSPREP_HOME", "GSPREP_REVEAL", "GSPREP_ACCESS"}


def test_every_code_of_our_own_has_an_explanation() -> None:
    package = Path(gsprep.__file__).parent
    texts = [path.read_text(encoding="utf-8") for path in package.rglob("*.py")]
    codes = {code for text in texts for code in re.findall('"(GSPREP_[A-Z]*)"', text)}
    assert codes - _NO_CODES <= set(EXPLANATIONS)
    assert len(codes) > len(_NO_CODES)


@each_row("code", EXPLANATIONS)
def test_every_code_is_explained(code: str) -> None:
    explanation = EXPLANATIONS[code]
    text = explanation.message.format(column="Email", length=255)
    assert text.endswith(".")
    assert explanation.hint.endswith(".")
    assert "{" not in text + explanation.hint


@pytest.mark.parametrize("schema", [Person, CompanyPerson, RelationshipPerson, Company], ids=str)
@pytest.mark.parametrize(
    "rows",
    [
        pytest.param(pd.DataFrame(), id="nothing"),
        pytest.param(pd.DataFrame({"Email": [], "Other": []}), id="no rows"),
    ],
)
def test_empty_frames(schema: pa.DataFrameSchema, rows: pd.DataFrame) -> None:
    checked = check(rows, schema, persons=rows)
    assert (len(checked.valid), len(checked.rejected)) == (0, 0)
    assert checked.findings["row_id"].isna().all()


def test_columns_without_a_value() -> None:
    rows = pd.DataFrame(
        {name: [None, float("nan")] for name in cells} | {"Email": ["a@x.com", "b@x.com"]}
    )
    assert len(check(rows, Person).valid) == 2


def test_columns_named_like_parts_of_a_report() -> None:
    names = ("index", "column", "check", "failure_case", "value", "code", "severity", "message")
    rows = frame(Email=["bad", "a@x.com"], **{name: ["x", "y"] for name in names})
    findings = check(rows, Person).findings
    assert findings["column"].tolist() == ["Email", *sorted(names)]


def test_a_repeated_row_id_is_refused() -> None:
    with pytest.raises(InputError, match="record 2"):
        check(frame(row_id=["1", "1"], Email=["a@x.com", "b@x.com"]), Person)
    rows = frame(Email=["a@x.com"], Company_ID=[GSID])
    with pytest.raises(InputError, match="persons repeats"):
        check(rows, CompanyPerson, persons=frame(row_id=["1", "1"]))


def test_many_wrong_rows() -> None:
    """Half of the rows are wrong in three fields: each is told, and only once."""
    size = 4000
    rows = frame(
        Email=["bad" if n % 2 else f"a{n}@x.com" for n in range(size)],
        EmailOptOut=["perhaps" if n % 2 else "true" for n in range(size)],
        FirstName=["x" * 256 if n % 2 else "A" for n in range(size)],
    )
    checked = check(rows, Person)
    assert (len(checked.valid), len(checked.findings)) == (size // 2, 3 * size // 2)
    assert not checked.findings.duplicated(["row_id", "column"]).any()


@law
@given(frames)
def test_cleaning_first_never_rejects_more_cells(given_frame: pd.DataFrame) -> None:
    """Mending form takes findings on cells away and adds none."""
    on_cells = {EMAIL, LENGTH, "GSOBJ_VDTBOOL1001", "GSOBJ_VDTGSID1001", "GSOBJ_VDTURL1001"}

    def told(rows: pd.DataFrame) -> set[tuple[str, str]]:
        found = check(rows, Person).findings
        lines = found[found["code"].isin(on_cells) & found["column"].isin(given_frame.columns)]
        return set(lines[["row_id", "column"]].itertuples(index=False, name=None))

    assert told(clean(given_frame).frame) <= told(given_frame)
