"""Each row says which record it is, by the key of the tenant, or is told what it lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from gsprep.cleaning.clean import clean
from gsprep.errors import MissingColumnsError
from gsprep.schemas.objects import Company, CompanyPerson, Person
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
