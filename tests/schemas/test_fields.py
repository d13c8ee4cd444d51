from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsprep.schemas.codes import EXPLANATIONS
from gsprep.schemas.fields import (
    COMPANY_PERSON,
    OBJECTS,
    PERSON,
    RELATIONSHIP_PERSON,
    ObjectFields,
)
from gsprep.schemas.types import TYPE_RULES

SYSTEM = {"Gsid", "CreatedDate", "ModifiedDate", "CreatedBy", "ModifiedBy"}
every_object = pytest.mark.parametrize("of", OBJECTS, ids=lambda of: of.name)


@every_object
def test_names_are_unique_and_needed_ones_exist(of: ObjectFields) -> None:
    names = [field.name for field in of.fields]
    assert len(names) == len(set(names))
    assert {name for group in of.needed for name in group} <= set(names)


@pytest.mark.parametrize(
    "of", [PERSON, COMPANY_PERSON, RELATIONSHIP_PERSON], ids=lambda of: of.name
)
def test_system_fields_are_never_sent(of: ObjectFields) -> None:
    assert [name for name in SYSTEM if of.sends(name)] == []


@every_object
def test_every_type_is_judged_or_has_a_length(of: ObjectFields) -> None:
    plain = {"STRING", "PICKLIST", "MULTISELECTDROPDOWNLIST", "RICHTEXTAREA"}
    assert {field.type for field in of.fields} <= plain | set(TYPE_RULES)
    assert {TYPE_RULES[f.type].code for f in of.fields if f.type in TYPE_RULES} <= set(EXPLANATIONS)


@pytest.mark.parametrize(
    ("name", "knows", "sends"),
    [
        pytest.param("Email", True, True, id="field"),
        pytest.param("Nps__gc", True, True, id="a tenant's own"),
        pytest.param("Phone", True, False, id="for matching"),
        pytest.param("Gsid", True, False, id="system"),
        pytest.param("Title", True, False, id="of the association"),
        pytest.param("__gc", False, False, id="an ending alone"),
        pytest.param("email", False, False, id="other case"),
        pytest.param("Nps__GC", False, False, id="ending in other case"),
        pytest.param("", False, False, id="no name"),
    ],
)
def test_what_a_person_has(name: str, knows: object, sends: object) -> None:
    assert PERSON.knows(name) is knows
    assert PERSON.sends(name) is sends


def test_a_tenants_own_field_is_text() -> None:
    own = PERSON["Nps__gc"]
    assert (own.name, own.type, own.length, own.writable) == ("Nps__gc", "STRING", 500, True)


@given(st.lists(st.sampled_from(["Email", "Name", "Z__gc", "A__gc", "X", "Phone"]), unique=True))
def test_fields_stand_in_one_order(names: list[str]) -> None:
    """The object's own first, a tenant's own by name, others not at all."""
    order = ["Email", "Name", "Phone", "A__gc", "Z__gc"]
    assert PERSON.among(names) == [name for name in order if name in names]


@pytest.mark.parametrize("kind", TYPE_RULES)
@given(text=st.text() | st.text("0123456789 ,.-:/TZ@abyes+", max_size=16))
def test_a_mended_value_is_taken_or_stays_what_it_was(kind: str, text: str) -> None:
    """A repair is sure: what it gives passes the type's own test, and is not mended again."""
    rule = TYPE_RULES[kind]  # type: ignore[index]
    mended = rule.mend(text)
    if mended is not None and rule.holds(mended):
        assert rule.mend(mended) == mended
    assert kind == "EMAIL" or mended is None or rule.holds(mended)


@pytest.mark.parametrize(
    ("text", "good", "mended"),
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
def test_numbers(text: str, good: object, mended: str | None) -> None:
    rule = TYPE_RULES["NUMBER"]
    assert rule.holds(text) is good
    assert rule.mend(text) == mended
