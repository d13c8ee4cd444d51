"""Cleaning changes the form of cells, and logs and reverts every change."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from each_row import each_row
from hypothesis import given, settings
from hypothesis import strategies as st

from gsprep.cleaning.clean import RulePreview, Sample, clean, preview, revert
from gsprep.display import outline
from gsprep.errors import InputError, MissingColumnsError
from gsprep.results import CHANGE_COLUMNS
from gsprep.schemas.fields import Field, ObjectFields
from gsprep.schemas.frames import text_frame
from gsprep.schemas.objects import Company, CompanyPerson, Person, schema_of

GSID = "1P02" + "A" * 32


@each_row(
    ("column", "before", "after", "rules"),
    [
        pytest.param("Email", "Ana@ACME.com", "Ana@acme.com", ["email"], id="domain's case"),
        pytest.param("Email", " mailto:a@x.com", "a@x.com", ["blanks", "email"], id="mailto"),
        pytest.param("Email", "INFO@x.com", "info@x.com", ["email"], id="a role has no case"),
        pytest.param("Email", "ana@gmial.com", "ana@gmial.com", [], id="a slip is no form"),
        pytest.param("Email", "not an address", "not an address", [], id="no address"),
        pytest.param("Email", "\u200b", None, ["blanks"], id="invisible only"),
        pytest.param("FirstName", " Ana\u00a0 Lena ", "Ana Lena", ["blanks"], id="blanks"),
        pytest.param("FirstName", "MARÍA", "MARÍA", [], id="case of names stays"),
        pytest.param("Comments", "a \n\n b ", "a\n\nb", ["blanks"], id="lines stay"),
        pytest.param("EmailOptOut", "Yes", "true", ["boolean"], id="boolean"),
        pytest.param("EmailOptOut", "maybe", "maybe", [], id="no boolean"),
        pytest.param("CreatedDate", "20.11.2026", "2026-11-20", ["date"], id="date"),
        pytest.param("CreatedDate", "03/04/2026", "03/04/2026", [], id="two dates"),
        pytest.param("Gsid", GSID.lower(), GSID, ["gsid"], id="GSID"),
        pytest.param(
            "LinkedinUrl", "linkedin.com/in/a", "https://linkedin.com/in/a", ["url"], id="address"
        ),
        pytest.param("LinkedinUrl", "e.g.", "e.g.", [], id="no address there"),
        pytest.param("LinkedinUrl", "n.a.", None, ["placeholder"], id="nothing there"),
        pytest.param("LastName", "MÃ¼ller", "Müller", ["mojibake"], id="read wrongly"),
        pytest.param("LastName", "O&#39;Neil", "O'Neil", ["entities"], id="an entity"),
        pytest.param(
            "CompanyName", "A&nbsp;&amp;amp; B", "A & B", ["entities", "blanks"], id="entities"
        ),
        pytest.param(
            "LastName",
            "M&Atilde;&frac14;ller",
            "Müller",
            ["entities", "mojibake"],
            id="entities, wrongly",
        ),
        pytest.param(
            "Email", "a&amp;b@x.com", "a&b@x.com", ["entities"], id="an entity in an address"
        ),
        pytest.param("EmailOptOut", "1.0", "true", ["float_tail", "boolean"], id="a float"),
        pytest.param("Own__gc", "00123.0", "00123", ["float_tail"], id="a number kept as a float"),
        pytest.param("CompanyName", "\\N", None, ["placeholder"], id="a null of MySQL"),
        pytest.param("Title", "Loading...", None, ["placeholder"], id="not loaded"),
        pytest.param(
            "Title", "[object Object]", None, ["placeholder"], id="an object of JavaScript"
        ),
        pytest.param("Title", "#SPILL!", None, ["placeholder"], id="an error of Excel"),
        pytest.param("LastName", "MÃ\u200b¼ller", "Müller", ["mojibake"], id="wrongly, and hidden"),
        pytest.param("LastName", "IRMÃ’S", "IRMÃ’S", [], id="may be meant"),
        pytest.param("Country", "Ã–sterreich", "AT", ["mojibake", "country"], id="both"),
        pytest.param("Email", "mÃ¼ller@x.com", "mÃ¼ller@x.com", [], id="an address is a key"),
        pytest.param("Email", "ａ＠X.com", "a@x.com", ["width", "email"], id="wide address"),
        pytest.param("EmailOptOut", "ｙｅｓ", "true", ["width", "boolean"], id="wide yes"),
        pytest.param(
            "Phone", "＋１ ４１５ ５５５ ０１０２", "+14155550102", ["width", "phone"], id="wide"
        ),
        pytest.param("FirstName", "Ａｎａ", "Ana", ["width"], id="a wide name"),
        pytest.param("CompanyName", "ＮＴＴ東日本", "ＮＴＴ東日本", [], id="a name that is wide"),
        pytest.param(
            "LastName", "ＭÃ¼ller", "Müller", ["width", "mojibake"], id="wide and wrongly"
        ),
        pytest.param("LastName", "none@none.com", None, ["placeholder"], id="nobody's address"),
        pytest.param("LastName", "ana@acme.com", "ana@acme.com", [], id="an address for a name"),
        pytest.param("Title", "test", None, ["placeholder"], id="a test"),
        pytest.param("Title", " N/A ", None, ["blanks", "placeholder"], id="not applicable"),
        pytest.param("FirstName", "-", None, ["placeholder"], id="a dash for a name"),
        pytest.param("LastName", "Null", "Null", [], id="somebody's name"),
        pytest.param("CompanyName", "None", "None", [], id="a company's name"),
        pytest.param("Own__gc", "Unknown", "Unknown", [], id="a tenant's choice"),
        pytest.param("Country", "NA", "NA", [], id="Namibia"),
        pytest.param("Country", "n/a", None, ["placeholder"], id="no country there"),
        pytest.param("EmailOptOut", "none", None, ["placeholder"], id="neither"),
        pytest.param("Phone", "000 000 0000", None, ["placeholder"], id="nobody's number"),
        pytest.param("Comments", "-", None, ["placeholder"], id="no comment"),
        pytest.param("Email", "none@none.com", "none@none.com", [], id="a key is never cleared"),
        pytest.param("Gsid", "n/a", "n/a", [], id="nor is an id"),
        pytest.param("Email", "a@x.com; b@x.com", "a@x.com; b@x.com", [], id="two addresses"),
        pytest.param("Email", "a@x.com; B <b@x.com>", "a@x.com; B <b@x.com>", [], id="two, a name"),
        pytest.param("Country", "Germany", "DE", ["country"], id="country"),
        pytest.param("Country", "Atlantis", "Atlantis", [], id="no country"),
        pytest.param("Phone", "+1 (415) 555-0102", "+14155550102", ["phone"], id="phone"),
        pytest.param("Phone", "415 555 0102", "415 555 0102", [], id="phone of nowhere"),
        pytest.param("Phone", "+1 555-0102", "+1 555-0102", [], id="phone without its area"),
        pytest.param(
            "Phone",
            "+49 (0)(0)30 1234567",
            "+49 (0)(0)30 1234567",
            [],
            id="phone that would lose one zero at each reading",
        ),
        pytest.param("Own__gc", " x\u200b ", "x", ["blanks"], id="a tenant's own"),
        pytest.param("Other", " x\u200b ", " x\u200b ", [], id="a column of the user's"),
    ],
)
def test_one_cell(column: str, before: str, after: str | None, rules: list[str]) -> None:
    cleaned = clean(pd.DataFrame({"row_id": ["7"], column: [before]}))
    assert cleaned.frame[column].fillna("missing").tolist() == [after or "missing"]
    of_column = cleaned.changes[cleaned.changes["column"] == column]
    assert of_column["rule"].tolist() == rules
    if rules:
        assert of_column["row_id"].unique().tolist() == ["7"]
        assert of_column["before"].tolist()[0] == before
        assert of_column["after"].fillna("missing").tolist()[-1] == (after or "missing")


def test_the_log_is_exact() -> None:
    """By row, then by field, then in the order of the rules; the columns' order means nothing."""
    frame = pd.DataFrame(
        {
            "EmailOptOut": ["Yes", "true", " no"],
            "Email": ["Ana@ACME.com", "b@acme.com", " Bo@ACME.com"],
        }
    )
    expected = pd.DataFrame(
        [
            ("1", "Email", "Ana@ACME.com", "Ana@acme.com", "email"),
            ("1", "EmailOptOut", "Yes", "true", "boolean"),
            ("3", "Email", " Bo@ACME.com", "Bo@ACME.com", "blanks"),
            ("3", "Email", "Bo@ACME.com", "Bo@acme.com", "email"),
            ("3", "EmailOptOut", " no", "no", "blanks"),
            ("3", "EmailOptOut", "no", "false", "boolean"),
        ],
        columns=list(CHANGE_COLUMNS),
        dtype="str",
    )
    pd.testing.assert_frame_equal(clean(frame).changes, expected)
    pd.testing.assert_frame_equal(clean(frame[["Email", "EmailOptOut"]]).changes, expected)


@each_row(
    ("row", "name"),
    [
        pytest.param({"FirstName": "Ana", "LastName": "Ruiz"}, "Ana Ruiz", id="from parts"),
        pytest.param({"FirstName": " Ana", "Name": " "}, "Ana", id="blank counts as missing"),
        pytest.param({"FirstName": "Ana", "Name": "Dr. A. Ruiz"}, "Dr. A. Ruiz", id="given"),
        pytest.param({"FirstName": "\u200b", "LastName": None}, None, id="no part to see"),
        pytest.param({"LastName": "Ruiz", "MiddleName": "M."}, "M. Ruiz", id="no first name"),
    ],
)
def test_a_missing_name_is_built(row: dict[str, str | None], name: str | None) -> None:
    cleaned = clean(pd.DataFrame([row], dtype="str"))
    assert cleaned.frame["Name"].fillna("missing").tolist() == [name or "missing"]
    built = cleaned.changes.query("rule == 'name_from_parts'")
    assert len(built) == (name is not None and not (row.get("Name") or "").strip())


def test_only_persons_get_a_name() -> None:
    frame = pd.DataFrame({"FirstName": ["Ana"]})
    assert "Name" not in clean(frame, Company).frame.columns
    assert "Name" not in clean(pd.DataFrame({"Email": ["a@x.com"]})).frame.columns


@each_row(
    ("country", "region", "phone"),
    [
        pytest.param("DE", None, "+49301234567", id="the row's country"),
        pytest.param("Germany", "US", "+49301234567", id="the row's country comes first"),
        pytest.param(None, "Germany", "+49301234567", id="region by name"),
        pytest.param("Atlantis", "de", "+49301234567", id="no country, so the region"),
        pytest.param(None, None, "030 1234567", id="from nowhere"),
    ],
)
def test_where_a_number_is_dialled(country: str | None, region: str | None, phone: str) -> None:
    frame = pd.DataFrame({"Phone": ["030 1234567"], "Country": [country]}, dtype="str")
    assert clean(frame, region=region).frame["Phone"].tolist() == [phone]


def test_a_region_that_is_none_is_refused() -> None:
    with pytest.raises(InputError, match="not a country"):
        clean(pd.DataFrame({"Phone": ["1"]}), region="Atlantis")


def test_the_tenants_key_is_never_cleared() -> None:
    """A person told apart by Location has a record of its own at "-"."""
    frame = pd.DataFrame({"Email": ["n/a"], "Location": ["-"], "Title": ["-"]})
    cleaned = clean(frame, key=("Email", "Location")).frame
    assert cleaned[["Email", "Location"]].to_numpy().tolist() == [["n/a", "-"]]
    assert cleaned["Title"].isna().all()
    assert clean(frame, key="Location").frame["Location"].tolist() == ["-"]
    assert clean(frame).frame["Location"].isna().all()


def test_a_choice_of_a_list_is_no_placeholder() -> None:
    choices = Field("Segment__gc", "PICKLIST", options=("None", "N/A", "Key"))
    of = ObjectFields("Thing__gc", (choices,), needed=(), described=True)
    cleaned = clean(pd.DataFrame({"Segment__gc": ["None", "N/A", "-", "key"]}), schema_of(of))
    assert cleaned.frame["Segment__gc"].fillna("missing").tolist() == [
        "None", "N/A", "missing", "Key",
    ]  # fmt: skip


def test_a_schema_cleans_its_own_fields_alone() -> None:
    frame = pd.DataFrame({"Role": [" Lead "], "RelationshipName": [" R "]})
    cleaned = clean(frame, CompanyPerson).frame
    assert cleaned[["Role", "RelationshipName"]].to_numpy().tolist() == [["Lead", " R "]]


cells = {
    "Email": [
        None, "", "Ana@ACME.com", " mailto:b@X.com ", "bad@", "\u200b", "A <a@x.com>", "n/a",
        "ａ＠X.com", "日 <mÃ¼@X.com>", "a@x.com; B <b@x.com>",
    ],
    "FirstName": [
        None, " Ana ", "\u200b", "Jose\u0301", "MÃ¼ller", "Ã\u200b¼\u200bber", "n/a", "MÃƒÂ¼",
        "Ã\u00a0", "Â\u00a0x",
    ],
    "LastName": [None, "Ruiz", " "],
    "Name": [None, " ", "Ana"],
    "Phone": [
        None, "415 555 0102", "+49 (0)30 1234567", "n/a", " 0044 20 7946 0958", "0000000000",
        "＋１", "555-0102", "+1 555 0102", "+49 00 30 1234567", "110", "+54 11 15 1234 5678",
    ],
    "Country": [None, "Germany", "us", "Atlantis", " U.S.A. ", "-", "Ã–sterreich"],
    "EmailOptOut": [None, "Yes", " no ", "maybe", "TRUE", "ｙｅｓ", "-"],
    "LinkedinUrl": [None, "www.acme.com", " https://x.com", "n.a."],
    "Comments": [None, " a \n b", "\n", "-\n", "Ã\n¼", "itâ€™s\n\u200b"],
    "Own__gc": [None, "\u00a0x ", "n.a."],
    "Other": [None, " y ", "\u200b"],
}  # fmt: skip
rows = st.fixed_dictionaries({name: st.sampled_from(values) for name, values in cells.items()})
frames = st.builds(
    lambda lines, names: pd.DataFrame(lines, columns=list(cells))[names],
    st.lists(rows, min_size=1, max_size=5),
    st.lists(st.sampled_from(list(cells)), unique=True, min_size=1),
)
law = settings(deadline=None)


@law
@given(frames, st.sampled_from([None, "US"]))
def test_cleaning_twice_is_cleaning_once(frame: pd.DataFrame, region: str | None) -> None:
    once = clean(frame, region=region)
    twice = clean(once.frame, region=region)
    pd.testing.assert_frame_equal(twice.frame, once.frame)
    assert twice.changes.empty


@law
@given(frames)
def test_reverting_gives_back_what_was_read(frame: pd.DataFrame) -> None:
    """No row is lost, doubled or moved on the way, and neither argument is touched."""
    before = frame.copy(deep=True)
    cleaned = clean(frame, region="DE")
    kept = cleaned.frame.copy(), cleaned.changes.copy()
    read = text_frame(frame)
    pd.testing.assert_frame_equal(revert(*kept)[read.columns.tolist()], read)
    pd.testing.assert_frame_equal(frame, before)
    pd.testing.assert_frame_equal(cleaned.frame, kept[0])
    pd.testing.assert_frame_equal(cleaned.changes, kept[1])


@law
@given(frames, st.randoms(use_true_random=False))
def test_a_change_is_a_difference_in_a_cell(frame: pd.DataFrame, random: Any) -> None:
    """The log names exactly the cells that differ; shuffled, it says the same."""
    cleaned = clean(frame)
    read = text_frame(frame).reindex(columns=cleaned.frame.columns)
    same = (read == cleaned.frame) | (read.isna() & cleaned.frame.isna())
    ids = cleaned.frame["row_id"]
    named = {(row_id, name) for name in same for row_id in ids[~same[name]]}
    log = cleaned.changes.groupby(["row_id", "column"]).agg({"before": "first", "after": "last"})
    assert named <= set(log.index)
    order = random.sample(range(len(frame)), len(frame))
    mixed = read[["row_id", *frame.columns]].iloc[order].set_axis([0] * len(frame), axis=0)
    again = clean(mixed)
    pd.testing.assert_frame_equal(
        again.frame, cleaned.frame.iloc[order][list(again.frame)].reset_index(drop=True)
    )
    assert sorted(map(str, again.changes.to_numpy())) == sorted(
        map(str, cleaned.changes.to_numpy())
    )


@each_row("dtype", ["object", "category", "string", "string[pyarrow]"])
def test_every_dtype_is_cleaned_alike(dtype: str) -> None:
    plain = pd.DataFrame({"Email": ["A@X.com", None, " b@X.com"], "Own__gc": ["1", "1", " 2"]})
    cleaned, other = clean(plain), clean(plain.astype(dtype))
    pd.testing.assert_frame_equal(other.frame, cleaned.frame)
    pd.testing.assert_frame_equal(other.changes, cleaned.changes)


def test_numbers_and_dates_are_no_change() -> None:
    """What a column's dtype says is read as text before anything is mended."""
    frame = pd.DataFrame({"Own__gc": [1.0, None], "EmailOptOut": [True, False]})
    assert clean(frame).changes.empty
    assert clean(frame).frame["Own__gc"].tolist()[0] == "1"


def test_a_cell_changed_since_stays() -> None:
    cleaned = clean(pd.DataFrame({"Email": ["A@X.com", "B@X.com"]}))
    by_hand = cleaned.frame.assign(Email=["other@x.com", "B@x.com"])
    assert revert(by_hand, cleaned.changes)["Email"].tolist() == ["other@x.com", "B@X.com"]


def test_rows_and_columns_gone_since_stay_gone() -> None:
    cleaned = clean(pd.DataFrame({"Email": ["A@X.com", "B@X.com"], "Own__gc": [" x", "y"]}))
    fewer = cleaned.frame.iloc[[1]].drop(columns="Own__gc")
    assert revert(fewer, cleaned.changes).to_numpy().tolist() == [["2", "B@X.com"]]


def test_a_cell_that_was_cleared_is_given_back() -> None:
    frame = pd.DataFrame({"Title": ["n/a", None], "LastName": ["MÃ¼ller", "-"]})
    cleaned = clean(frame)
    assert cleaned.frame["Title"].isna().all()
    given_back = revert(cleaned.frame, cleaned.changes)
    pd.testing.assert_frame_equal(given_back[["row_id", *frame]], text_frame(frame))


def test_a_log_that_is_none_is_refused() -> None:
    with pytest.raises(MissingColumnsError, match="changes needs the columns"):
        revert(pd.DataFrame({"Email": []}), pd.DataFrame({"row_id": []}))


@each_row(
    "frame",
    [
        pytest.param(pd.DataFrame(), id="nothing"),
        pytest.param(pd.DataFrame({"Email": [], "FirstName": []}), id="no rows"),
        pytest.param(
            pd.DataFrame({"Email": [None, None], "Phone": [None, None]}), id="all missing"
        ),
    ],
)
def test_nothing_to_clean(frame: pd.DataFrame) -> None:
    cleaned = clean(frame, Person, region="US")
    assert len(cleaned.frame) == len(frame)
    assert cleaned.changes.columns.tolist() == list(CHANGE_COLUMNS)
    assert cleaned.changes.empty
    pd.testing.assert_frame_equal(revert(cleaned.frame, cleaned.changes), cleaned.frame)


def test_each_rule_with_its_count_and_looks() -> None:
    """The busiest first; cells that look alike are shown once."""
    changes = clean(pd.DataFrame({"Email": ["Ana@ACME.com", "Bob@BOLT.com", "C@D.io"]})).changes
    assert preview(changes) == (
        RulePreview(
            "email", 3,
            (Sample("Email", "Xxx@XXXX.xxx", "Xxx@xxxx.xxx"), Sample("Email", "X@X.xx", "X@x.xx")),
        ),
    )  # fmt: skip
    assert len(preview(changes, samples=1)[0].samples) == 1


def test_what_was_missing_is_empty() -> None:
    changes = clean(pd.DataFrame({"Title": ["-"]})).changes
    assert preview(changes)[0].samples == (Sample("Title", "-", ""),)
    assert preview(changes.head(0)) == ()


@given(st.text())
def test_an_outline_says_nothing(text: str) -> None:
    """No letter but x, no digit but 0 beside the codes of what cannot be seen."""
    drawn = outline(text)
    seen = "".join(
        c for c in text[:60] if c.isprintable() and not c.isalpha() and not c.isnumeric()
    )
    assert outline("".join(c for c in text if c.isalpha())[:60]).strip("xX") == ""
    assert all(c in drawn for c in seen)
    assert len(drawn) <= 60 * 10 + 1
