"""One table holds all that gsprep knows of a data type."""

from __future__ import annotations

import re

import pandas as pd
import pytest
from each_row import each_row
from hypothesis import given
from hypothesis import strategies as st

from gsprep.cleaning.clean import clean
from gsprep.cleaning.recipe import read_recipe, recipe_of, recipe_text, replay
from gsprep.mapping.guess import map_columns
from gsprep.schemas.data_types import (
    DATA_TYPES,
    Check,
    DataType,
    checks_for,
    data_type,
    explanation_of,
)
from gsprep.schemas.fields import OBJECTS, Explanation, Field
from gsprep.schemas.objects import schema_from_describe
from gsprep.validation.check import check

EVERY_FIELD = [field for of in OBJECTS for field in of.fields]


def test_every_field_has_a_type_that_is_checked_or_is_text() -> None:
    kinds = [data_type(field) for field in EVERY_FIELD]
    assert [kind.name for kind in kinds if not (kind.checks or kind.is_text)] == []


def test_every_code_has_its_sentences() -> None:
    lists = (Field("Tags", "PICKLIST", options=labels) for labels in ((), ("Gold",)))
    fields = [*(Field("Any", kind, decimals=1) for kind in DATA_TYPES), *lists]
    for check_ in (check_ for field in fields for check_ in checks_for(field)):
        assert explanation_of(check_.code).message


def test_no_two_types_have_one_name_in_a_describe() -> None:
    names = [n for kind in DATA_TYPES.values() for n in (kind.name, *kind.also_described_as)]
    assert len(names) == len(set(names))


@given(text=st.text() | st.text("0123456789 ,.-:/TZ@abyes+", max_size=16))
def test_a_repaired_value_passes_its_check_and_is_not_repaired_again(text: str) -> None:
    """Only an address that cannot be repaired is tidied all the same."""
    for name, kind in DATA_TYPES.items():
        for each in kind.checks[:1]:
            repaired = each.repair(text)
            if repaired is not None and each.holds(repaired):
                assert each.repair(repaired) == repaired, name
            assert name == "EMAIL" or repaired is None or each.holds(repaired), name


@given(text=st.text() | st.text("0123456789 ,.-:/TZ@abyes+()", max_size=16))
def test_a_cell_that_identifies_a_type_looks_like_it(text: str) -> None:
    for name, kind in DATA_TYPES.items():
        if kind.identifies is not None and kind.looks_like is not None and kind.identifies(text):
            assert kind.looks_like(text), name


@each_row(
    ("text", "good", "repaired"),
    [
        pytest.param("12", True, "12", id="whole"),
        pytest.param("-1.5e3", True, "-1.5e3", id="exponent"),
        pytest.param("1 234.5", False, "1234.5", id="thousands apart"),
        pytest.param("1\u00a0234\u00a0567", False, "1234567", id="thousands, pasted"),
        pytest.param("12 34", False, None, id="two numbers"),
        pytest.param("1,234", False, None, id="thousands or decimals"),
        pytest.param("1_000", False, None, id="as in Python"),
        pytest.param("nan", False, None, id="not a number"),
        pytest.param("1e999", False, None, id="infinite"),
        pytest.param("１２", False, None, id="full width"),
        pytest.param("0x1F", False, None, id="hexadecimal"),
    ],
)
def test_numbers(text: str, good: object, repaired: str | None) -> None:
    first = DATA_TYPES["NUMBER"].checks[0]
    assert first.holds(text) is good
    assert first.repair(text) == repaired


# A data type that gsprep does not have: bank accounts, the check digits left out.


def is_iban(text: str) -> bool:
    return re.fullmatch("[A-Z]{2}[0-9]{2}[0-9A-Z]{11,30}", text) is not None


def repair_iban(text: str) -> str | None:
    bare = "".join(text.split()).upper()
    return bare if is_iban(bare) else None


IBAN = DataType(
    name="IBAN",
    also_described_as=("BANKACCOUNT",),
    checks=(
        Check(
            "GSPREP_IBAN",
            is_iban,
            repair_iban,
            Explanation("{column} is not an IBAN.", "Write two letters and up to 32 digits."),
        ),
    ),
    rule="iban",
    looks_like=lambda text: repair_iban(text) is not None,
    identifies=lambda text: repair_iban(text) is not None,
)
DESCRIBED = {
    "objectName": "Account",
    "fields": [
        {"fieldName": "Gsid", "dataType": "GSID"},
        {"fieldName": "Payee__gc", "dataType": "BankAccount"},
    ],
}
GOOD, BAD, WRITTEN = "DE02120300000000202051", "no account", "de02 1203 0000 0000 2020 51"


@pytest.fixture
def accounts(monkeypatch: pytest.MonkeyPatch) -> pd.DataFrame:
    """A file of bank accounts, once gsprep knows what they are."""
    monkeypatch.setitem(DATA_TYPES, "IBAN", IBAN)
    gsids = ["1P02" + "A" * 31 + letter for letter in "ABC"]
    return pd.DataFrame({"Gsid": gsids, "Payee__gc": [GOOD, BAD, WRITTEN]})


def test_a_new_type_is_described_cleaned_and_checked_by_its_entry(accounts: pd.DataFrame) -> None:
    schema = schema_from_describe(DESCRIBED)
    cleaned = clean(accounts, schema)
    assert cleaned.frame["Payee__gc"].tolist() == [GOOD, BAD, GOOD]
    assert cleaned.changes[["column", "rule"]].to_numpy().tolist() == [["Payee__gc", "iban"]]
    found = check(accounts, schema).findings
    assert found[["row_id", "code"]].to_numpy().tolist() == [
        ["2", "GSPREP_IBAN"],
        ["3", "GSPREP_IBAN"],
    ]
    assert found["message"].unique().tolist() == ["Payee__gc is not an IBAN."]
    assert found["suggestion"].isna().tolist() == [True, False]
    assert found["severity"].unique().tolist() == ["warning"]


def test_a_new_type_is_mapped_and_replayed_by_its_entry(accounts: pd.DataFrame, tmp_path) -> None:  # noqa: ANN001  a folder
    schema = schema_from_describe(DESCRIBED)
    given_ = accounts.rename(columns={"Payee__gc": "Konto"}).assign(
        Konto=[GOOD, WRITTEN, "GB33BUKB20201555555555"]
    )
    mapped = {line.header: line.field for line in map_columns(given_, schema).columns}
    assert mapped == {"Gsid": "Gsid", "Konto": "Payee__gc"}
    recipe = recipe_of(accounts, clean(accounts, schema), schema)
    path = tmp_path / "recipe.yaml"
    path.write_text(recipe_text(recipe), encoding="utf-8")
    again = replay(accounts, read_recipe(path), schema)
    assert again.frame["Payee__gc"].tolist() == [GOOD, BAD, GOOD]
