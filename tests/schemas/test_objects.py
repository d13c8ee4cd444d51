from __future__ import annotations

import copy
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from each_row import each_row
from pandera.errors import SchemaErrors

from gsprep.schemas.fields import OBJECTS, ObjectFields
from gsprep.schemas.objects import (
    Company,
    CompanyPerson,
    Person,
    RelationshipPerson,
    fields_of,
    schema_of,
)

if TYPE_CHECKING:
    from pathlib import Path

    import pandera.pandas as pa

GSID = "1P02" + "A" * 32


def failures(
    schema: pa.DataFrameSchema, columns: dict[str, list[str | None]]
) -> set[tuple[str, str, int]]:
    try:
        schema.validate(pd.DataFrame(columns, dtype="str"), lazy=True)
    except SchemaErrors as found:
        cases = found.failure_cases[["column", "check", "index"]]
        return {(column, code, int(at)) for column, code, at in cases.itertuples(index=False)}
    return set()


@each_row("of", OBJECTS, ids=lambda of: of.name)
def test_a_schema_keeps_its_fields(of: ObjectFields) -> None:
    schema = schema_of(of)
    assert fields_of(schema) is of
    assert {field.name for field in of.fields} < set(schema.columns)


@each_row("schema", [Person, CompanyPerson, RelationshipPerson, Company], ids=str)
def test_absent_missing_and_other_columns_are_no_failure(schema: pa.DataFrameSchema) -> None:
    missing = {field.name: [None, None] for field in fields_of(schema).fields}
    assert failures(schema, {}) == set()
    assert (
        failures(schema, {**missing, "own__gc": [None, None], "other": ["x" * 9999, None]}) == set()
    )


@each_row(
    ("column", "good", "bad", "code"),
    [
        pytest.param("Email", "a@acme.com", "a@acme", "GSOBJ_VDTEMAIL1001", id="e-mail"),
        pytest.param("Gsid", GSID, GSID.lower(), "GSOBJ_VDTGSID1001", id="GSID"),
        pytest.param("EmailOptOut", "TRUE", "yes", "GSOBJ_VDTBOOL1001", id="boolean"),
        pytest.param("LinkedinUrl", "https://x.com", "x.com", "GSOBJ_VDTURL1001", id="address"),
        pytest.param(
            "LinkedinUrl",
            "https://x.com/" + "y" * 486,
            "https://x.com/" + "y" * 487,
            "GSOBJ_VDTBSTR1001",
            id="long address",
        ),
        pytest.param("FirstName", "x" * 255, "x" * 256, "GSOBJ_VDTBSTR1001", id="text"),
        pytest.param(
            "FirstName", "😀" * 255, "😀" * 256, "GSOBJ_VDTBSTR1001", id="pictures count one"
        ),
        pytest.param("Comments", "x" * 32_768, "x" * 32_769, "GSOBJ_VDTBSTR1001", id="rich text"),
        pytest.param("Own__gc", "x" * 500, "x" * 501, "GSOBJ_VDTBSTR1001", id="a tenant's own"),
        pytest.param(
            "a\nb__gc", "x" * 500, "x" * 501, "GSOBJ_VDTBSTR1001", id="newline in the name"
        ),
        pytest.param("Country", "Germany", "Atlantis", "GSPREP_COUNTRY", id="country"),
        pytest.param("Phone", "+14155550102", "555-0102", "GSPREP_PHONE", id="phone"),
        pytest.param("CreatedDate", "2026-11-20", "20.11.2026", "GSOBJ_VDTDATIME1001", id="moment"),
    ],
)
def test_each_check_bears_the_services_code(column: str, good: str, bad: str, code: str) -> None:
    assert failures(Person, {column: [good, None, bad, good]}) == {(column, code, 2)}


def test_a_notebook_shows_the_fields() -> None:
    html = Person._repr_html_()
    assert ">FirstName</td>" in html
    assert ">EMAIL</td>" in html
    assert "<script" not in html


def test_a_copy_of_a_schema_checks_as_it_does() -> None:
    frame = pd.DataFrame({"Email": ["ana@acme.com"]})
    pd.testing.assert_frame_equal(copy.deepcopy(Person).validate(frame), frame)


def test_a_repeated_index_is_checked_as_any_other() -> None:
    one = pd.DataFrame({"Email": ["a@acme.com", "b@acme.com"], "Name": ["A", "B"]})
    two = pd.DataFrame({"Email": ["bad@"], "Name": ["C"]})
    with pytest.raises(SchemaErrors) as failed:
        Person.validate(pd.concat([one, two]), lazy=True)
    cases = failed.value.failure_cases
    assert cases[["check", "failure_case", "index"]].to_numpy().tolist() == [
        ["GSOBJ_VDTEMAIL1001", "bad@", 2]
    ]
    good = pd.concat([one, one])
    pd.testing.assert_frame_equal(Person.validate(good), good)


def test_a_warning_of_pyspark_is_not_passed_on(tmp_path: Path) -> None:
    """Pandera imports pyspark.pandas where it is installed, and that warns of pandas 3."""
    package = tmp_path / "pyspark" / "pandas"
    package.mkdir(parents=True)
    (package.parent / "__init__.py").touch()
    warn = "import warnings; warnings.warn('not yet', FutureWarning); raise ImportError"
    (package / "__init__.py").write_text(warn, encoding="utf-8")
    check = (
        "import gsprep, pandas; gsprep.check(pandas.DataFrame({'Email': ['bo@']}), gsprep.Person)"
    )
    done = subprocess.run(  # noqa: S603  our own interpreter
        [sys.executable, "-c", check],
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
