from __future__ import annotations

from typing import Any

import pytest
from each_row import each_row
from pydantic import ValidationError

from gsprep.errors import InputError
from gsprep.schemas.lookups import BY_NAME, Lookup, Lookups, with_names

DESK = {"fields": {"Desk": "Number__gc"}, "objectName": "desk__gc", "lookupField": "Code__gc"}


@each_row(
    ("given", "sent"),
    [
        pytest.param(
            {"companies": {"Company_ID": {"fields": {"CompanyName": "Name"}}}},
            {"objectName": "Company", "multiMatchOption": "FIRSTMATCH", "onNoMatch": "ERROR"},
            id="a standard id knows where to look",
        ),
        pytest.param(
            {"companies": {"Person_ID": {"fields": {"PersonEmail": "Email"}}}},
            {"objectName": "Person", "lookupField": "Gsid"},
            id="a person",
        ),
        pytest.param({"companies": {"Deskphone__gc": DESK}}, DESK, id="an id of the tenant's own"),
        pytest.param(
            {"companies": {"Company_ID": {
                "fields": {"CompanyName": "Name", "Town": "City__gc"},
                "multiMatchOption": "MARKASERROR", "onNoMatch": "NULLABLE",
            }}},
            {"fields": {"CompanyName": "Name", "Town": "City__gc"}, "onNoMatch": "NULLABLE"},
            id="several fields, other options",
        ),
        pytest.param(
            {"companies": {"Company_ID": {"fields": {"A": "B"}, "on_no_match": "DEFAULTVALUE"}}},
            {"onNoMatch": "DEFAULTVALUE"},
            id="names with underscores",
        ),
    ],
)  # fmt: skip
def test_what_is_sent_of_a_lookup(given: dict[str, Any], sent: dict[str, Any]) -> None:
    """Both options stand in it, whatever the page takes for their default."""
    (lookup,) = Lookups.model_validate(given).body()["companies"].values()
    assert lookup | sent == lookup
    assert {"fields", "lookupField", "objectName", "multiMatchOption", "onNoMatch"} == set(lookup)


@each_row(
    ("given", "says"),
    [
        ({"companies": {"Desk__gc": {"fields": {"Desk": "Name"}}}}, "needs objectName"),
        ({"companies": {"Company_ID": {"fields": {}}}}, "at least 1"),
        ({"companies": {"Company_ID": {"fields": {"A": " "}}}}, "the name of a field"),
        ({"companies": {"Company_ID": {"fields": {"A": "B"}, "onNoMatch": "SKIP"}}}, "NULLABLE"),
        ({"companies": {"Company_ID": {"field": {"A": "B"}}}}, "field"),
        ({"people": {}}, "people"),
    ],
)
def test_a_mistake_is_named(given: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        Lookups.model_validate(given)


def test_nothing_to_look_up_is_nothing_to_send() -> None:
    assert Lookups().body() == {}


def test_a_name_that_several_bear_is_not_taken_for_an_id() -> None:
    options = [
        lookup.multi_match_option
        for lookups in (BY_NAME.companies, BY_NAME.relationships)
        for lookup in lookups.values()
    ]
    assert options == ["MARKASERROR", "MARKASERROR"]


def test_a_lookup_does_not_change() -> None:
    with pytest.raises(ValidationError):
        Lookup(fields={"A": "B"}).lookup_field = "Name"  # type: ignore[misc]


def test_what_is_given_stands_beside_the_names() -> None:
    own = Lookups(companies={"Company_ID": Lookup(fields={"Account": "SfdcAccountId"})})
    both = with_names(own)
    assert both.companies == own.companies
    assert both.relationships == BY_NAME.relationships
    assert with_names(None) == with_names(Lookups()) == BY_NAME


def test_a_person_is_not_looked_up_on_the_way_up() -> None:
    person = Lookups(relationships={"Person_ID": Lookup(fields={"Mail": "Email"})})
    with pytest.raises(InputError, match="Leave Person_ID out"):
        with_names(person)
