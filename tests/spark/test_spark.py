"""The stages on a real engine, equal to pandas row for row.

What the workers do is tested law by law in tests/test_spark_workers.py; here are the plans.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from blocks import blocks_of

import gsprep
from gsprep import spark as on_spark
from gsprep.errors import InputError, MissingColumnsError
from gsprep.schemas.fields import COMPANY, PERSON
from gsprep.shipped import shipped
from gsprep.tables.read import read
from gsprep.unification.prepare import usable_companies

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

pytest.importorskip("pyspark", reason="pyspark is not here: tests/test_spark_engines.py has it")
# Threads of an engine may end with an error of their own after a job that did.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
SAMPLE = read(shipped("samples", "people.csv"), of=PERSON).frame.drop(columns="line").head(40)
COMPANIES = usable_companies(read(shipped("samples", "companies.csv"), of=COMPANY).frame)[0]
INDEX = gsprep.prepare(COMPANIES.head(300))
PAGE = Path(__file__).parent.parent.parent / "docs" / "how-to" / "spark.md"
# One row in each partition shows what the whole column is.
PEOPLE = pd.DataFrame(
    {
        "row_id": [str(n) for n in range(1, 13)],
        "Email": [
            "ana@acme.com", "bo@acme.com", "ana+x@gmail.com", "cy@", "ANA@acme.com", "dee@x.com",
            "bo@acme.com", "ana+y@gmail.com", "ana@acme.com", None, "eve@x.com", "fay@x.com",
        ],
        "Name": ["Ruiz, Ana", "Berg, Bo", "Ruiz, Ana", "Young, Cy", *["Ruiz, Ana", "Dorn, Di"] * 4],
        "CreatedDate": ["03/04/2026"] * 11 + ["20/04/2026"],
        "MasterAvatarTypeCode": ["1.234"] * 11 + ["1,5"],
        "MasterRecordID": [f"1P02{'A' * 32}"] * 10 + [f"1P02{c * 14}{'0' * 18}" for c in "AB"],
        "Comments": ["x"] * 8 + ["y"] * 4,
        "Hobby": ["chess"] * 12,
    },
    dtype="str",
)  # fmt: skip
LINKS = pd.DataFrame(
    {
        "row_id": ["1", "2", "3", "4"],
        "Email": ["ana@acme.com", "bo@acme.com", "ANA@acme.com", "cy@"],
        "Company_ID": [f"1P02{c * 32}" for c in "AABA"],
        "IsPrimaryCompany": ["true", "true", "TRUE", "true"],
    }
)

# Two valid persons, and some who are rejected.
PERSONS = pd.DataFrame(
    {
        "row_id": ["1", "2", "10", "9", "11", "12"],
        "Email": ["ana@acme.com", "bo@", "bo@", "Cy@acme.com", "cy@acme.com", None],
        "Gsid": [None, None, None, None, None, f"1P01{'A' * 14}{'0' * 18}"],
        "Comments": ["x"] * 4 + ["y", "x"],
    },
    dtype="str",
)
LINKED = pd.DataFrame(
    {
        "row_id": ["1", "2", "3", "4", "5", "6"],
        "Email": ["ANA@acme.com", "bo@", "cy@acme.com", "dee@acme.com", None, None],
        "Person_ID": [None, None, None, None, f"1P01{'A' * 14}{'0' * 18}", "1P01X"],
        "Company_ID": [f"1P02{c * 14}{'0' * 18}" for c in "AABABB"],
    },
    dtype="str",
)


def given(session: Any, frame: pd.DataFrame) -> Any:
    """Return a frame of Spark in three partitions."""
    cells = frame.astype(object).where(frame.notna(), None)
    columns = ", ".join(f"`{name}` string" for name in frame)
    rows = list(cells.itertuples(index=False, name=None))
    return session.createDataFrame(rows, columns).repartition(3, "row_id")


def lines_of(found: Any) -> pd.DataFrame:
    """Return a frame of Spark; Spark 3.5 has no other way that pandas 3 takes."""
    return pd.DataFrame([tuple(row) for row in found.collect()], columns=found.columns)


def ordered(lines: pd.DataFrame) -> pd.DataFrame:
    """Return the lines in the order of their rows, and those on whole columns by column."""
    named = lines["row_id"].map(str).where(lines["row_id"].notna())
    by = pd.DataFrame({"length": named.str.len(), "name": named})
    if "column" in lines:
        by["column"] = lines["column"].where(lines["row_id"].isna())
    # Of one row they stay as they are.
    return lines.iloc[by.sort_values(list(by), kind="stable").index].reset_index(drop=True)


def assert_same(found: Any, expected: pd.DataFrame) -> None:
    lines = ordered(lines_of(found))
    assert list(lines) == list(expected)
    whole = ordered(expected.reset_index(drop=True))
    pd.testing.assert_frame_equal(lines.astype(whole.dtypes), whole)


def test_people_are_matched_with_an_index_on_shared_storage(spark: Any, tmp_path: Path) -> None:
    path = INDEX.save(tmp_path / "companies.index")
    expected = gsprep.unify(SAMPLE, INDEX)
    found = on_spark.unify(given(spark, SAMPLE), path)
    assert_same(found.decisions, expected.decisions)
    assert_same(found.evidence, expected.evidence)


def test_people_are_matched_with_an_index_that_spark_brings(
    spark: Any, connected: Callable[[], AbstractContextManager[Any]]
) -> None:
    answers = pd.DataFrame(
        {
            "kind": ["email"], "value": [SAMPLE["Email"].iloc[0]], "answer": ["match"],
            "Company_ID": [INDEX.gsids[0]],
        }
    )  # fmt: skip
    index = on_spark.prepare(COMPANIES.head(300), answers=answers)
    expected = gsprep.unify(SAMPLE, index).decisions
    assert expected["rule"].iloc[0] == "answer"
    listed = given(spark, COMPANIES.head(300))
    with connected() as session:
        if spark is session:
            with pytest.raises(InputError, match="give its path in place of the companies"):
                on_spark.unify(given(spark, SAMPLE), listed)
            return
        assert_same(on_spark.unify(given(session, SAMPLE), index).decisions, expected)
    found = on_spark.unify(given(spark, SAMPLE), listed, answers=answers)
    assert_same(found.decisions, expected)


def test_people_are_cleaned(spark: Any) -> None:
    expected = gsprep.clean(PEOPLE)
    found = on_spark.clean(given(spark, PEOPLE))
    assert_same(found.frame, expected.frame)
    assert_same(found.changes, expected.changes)
    assert expected.frame["CreatedDate"].iloc[0] == "2026-04-03"


def test_people_are_checked_within_and_across_rows(spark: Any) -> None:
    expected = gsprep.check(PEOPLE, gsprep.Person)
    found = on_spark.check(given(spark, PEOPLE), gsprep.Person)
    assert_same(found.findings, expected.findings)
    assert {"GSOBJ_VCUSTOM1007", "GSPREP_SAMEMAILBOX"} <= set(expected.findings["code"])


def test_associations_are_checked_and_their_cells_stay_what_they_are(spark: Any) -> None:
    numbered = given(spark, LINKS).selectExpr(
        "cast(row_id as int) as row_id", "Email", "Company_ID", "IsPrimaryCompany",
        "array(1, 2) as Numbers",
    )  # fmt: skip
    found = on_spark.check(numbered, gsprep.CompanyPerson)
    whole = LINKS.assign(row_id=[1, 2, 3, 4], Numbers=[[1, 2]] * 4)
    expected = gsprep.check(whole, gsprep.CompanyPerson)
    assert_same(found.findings, expected.findings)
    assert dict(found.valid.dtypes) == dict(numbered.dtypes)
    assert sorted(lines_of(found.valid)["row_id"]) == [1, 2, 3]
    assert lines_of(found.rejected)["row_id"].tolist() == [4]


def test_cells_of_any_type_are_taken_also_missing_ones(spark: Any, tmp_path: Path) -> None:
    """In partitions without rows and without values, too."""
    cells = {
        "Small": "cast(id as tinyint)", "Phone": "4155550100 + id", "Share": "id / 4.0D",
        "Price": "cast(id as decimal(10, 2))", "Active": "id = 1", "Day": "date'2026-01-02'",
        "At": "timestamp_ntz'2026-01-02 03:04:05'", "Tags": "array('a', null, 'b')",
        "Pairs": "map('a', id)", "Parts": "named_struct('a', id)", "Bytes": "cast('ab' as binary)",
        "Nothing": "null",
    }  # fmt: skip
    some = [f"if(id < 3, null, {cell}) as `{name}`" for name, cell in cells.items()]
    rows = spark.range(0, 4, 1, 4).where("id > 0")
    frame = rows.selectExpr("id as row_id", "concat(id, '@acme.com') as Email", *some)
    checked = on_spark.check(frame, gsprep.Person)
    assert checked.valid.dtypes == frame.dtypes
    assert len(lines_of(checked.valid)) == 3
    cleaned = lines_of(on_spark.clean(frame, region="US").frame).set_index("row_id").loc["3"]
    assert cleaned[["Small", "Phone", "Price", "Active", "Day", "Tags"]].tolist() == [
        "3", "+14155550103", "3", "false", "2026-01-02", "a;b",
    ]  # fmt: skip
    path = INDEX.save(tmp_path / "companies.index")
    for none in (frame.limit(0), frame.where("Email is null")):
        assert lines_of(on_spark.unify(none, path).decisions).empty
        assert lines_of(on_spark.check(none, gsprep.Person).findings)["row_id"].isna().all()


@pytest.mark.parametrize("key", ["Email", "EmployeeId"])
def test_persons_of_associations_are_looked_up(spark: Any, key: str) -> None:
    persons, links = PERSONS.copy(), LINKED.copy()
    if key != "Email":
        persons[key], links[key] = ["e", "e", "f", "g", None, "h"], ["h", "x", None, "g", "e", "f"]
    expected = gsprep.check(links, gsprep.CompanyPerson, key=key, persons=persons)
    people = on_spark.check(given(spark, persons), gsprep.Person, key=key)
    for named in (people, given(spark, persons)):
        found = on_spark.check(given(spark, links), gsprep.CompanyPerson, key=key, persons=named)
        assert_same(found.findings, expected.findings)
    assert expected.findings["message"].str.contains("is row").any()


def test_duplicates_are_found_on_the_driver(spark: Any) -> None:
    expected = gsprep.find_duplicates(SAMPLE)
    found = on_spark.find_duplicates(given(spark, SAMPLE))
    assert_same(found.groups, expected.groups)
    assert found.pairs.count() == len(expected.pairs)
    with pytest.raises(InputError, match="more than 39 records"):
        on_spark.find_duplicates(given(spark, SAMPLE), at_most=39)


def test_nothing_is_computed_before_it_is_asked_for(spark: Any, tmp_path: Path) -> None:
    """A job on these rows ends with an error."""
    wrong = given(spark, PEOPLE).selectExpr("*", "raise_error('computed') as Title")
    path = INDEX.save(tmp_path / "companies.index")
    results = [
        on_spark.clean(wrong).frame,
        on_spark.check(wrong, gsprep.Person).findings,
        on_spark.unify(wrong, path).decisions,
    ]
    with pytest.raises(Exception, match="computed"):
        results[0].collect()


def test_a_row_id_that_is_there_twice_ends_the_job(spark: Any) -> None:
    twice = pd.concat([PEOPLE.head(3), PEOPLE.iloc[[0]].assign(Email="other@x.com")])
    with pytest.raises(Exception, match="repeats a row_id"):
        on_spark.check(given(spark, twice), gsprep.Person).valid.collect()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        pytest.param("Email", "needs the column row_id", id="no row_id"),
        pytest.param("1.5 as row_id", "of type decimal.*cast it to string", id="a number"),
        pytest.param("row_id, 1 as findings", "findings that gsprep adds", id="taken"),
        pytest.param("row_id, Name", "needs the column Email", id="no key"),
        pytest.param("*, 1 as EMAIL", "EMAIL more than once", id="another case"),
        pytest.param("*, 1 as `a.b`", "column a.b, with a dot", id="a dot"),
    ],
)
def test_a_frame_that_cannot_be_used_is_refused_at_once(
    spark: Any, change: str, sentence: str
) -> None:
    frame = given(spark, PEOPLE).selectExpr(*change.split(", "))
    with pytest.raises(InputError, match=sentence):
        on_spark.check(frame, gsprep.Person)


def test_the_page_runs(spark: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, frame in (("people", SAMPLE), ("companies", COMPANIES.head(300))):
        given(spark, frame).write.parquet(f"{tmp_path}/{name}")
    blocks = [block for block in blocks_of(PAGE) if "spark" in block.marks]
    for block in blocks:
        # Workers may stand in another folder.
        there = re.sub(
            r'"(people|findings|decisions|companies[.a-z]*)"', rf'"{tmp_path}/\1"', block.text
        )
        exec(there, {"spark": spark})  # noqa: S102  the page's own lines
    assert len(blocks) == 1
    assert spark.read.parquet(f"{tmp_path}/decisions").count() > 0


def test_a_frame_of_pandas_is_for_the_other_calls() -> None:
    with pytest.raises(InputError, match="give a frame of Spark"):
        on_spark.clean(PEOPLE)
    assert issubclass(MissingColumnsError, InputError)
