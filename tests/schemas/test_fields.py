from __future__ import annotations

import pytest
from each_row import each_row
from hypothesis import given
from hypothesis import strategies as st

from gsprep.schemas.fields import (
    COMPANY_PERSON,
    OBJECTS,
    PERSON,
    RELATIONSHIP_PERSON,
    ObjectFields,
)

SYSTEM = {"Gsid", "CreatedDate", "ModifiedDate", "CreatedBy", "ModifiedBy"}
every_object = pytest.mark.parametrize("of", OBJECTS, ids=lambda of: of.name)


@every_object
def test_names_are_unique_and_needed_ones_exist(of: ObjectFields) -> None:
    names = [field.name for field in of.fields]
    assert len(names) == len(set(names))
    assert {name for group in of.needed for name in group} <= set(names)


@each_row("of", [PERSON, COMPANY_PERSON, RELATIONSHIP_PERSON], ids=lambda of: of.name)
def test_system_fields_are_never_sent(of: ObjectFields) -> None:
    assert [name for name in SYSTEM if of.sends(name)] == []


@each_row(
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
