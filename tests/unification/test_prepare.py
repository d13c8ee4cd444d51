"""``prepare``: what the companies can be found by."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from gsprep.errors import InputError, MissingColumnsError
from gsprep.unification.features.domain import DOMAIN
from gsprep.unification.features.phone import PHONE
from gsprep.unification.prepare import prepare, usable_companies
from gsprep.unification.rulebook import read_rulebook

if TYPE_CHECKING:
    from gsprep.unification.index import CompanyIndex


def one(**cells: str) -> CompanyIndex:
    return prepare(pd.DataFrame([{"Gsid": "1", "Name": "Acme GmbH"} | cells]))


@pytest.mark.parametrize(
    ("cell", "hosts"),
    [
        pytest.param("acme.com", {"acme.com"}, id="plain"),
        pytest.param("https://www.Acme.com/de?x=1", {"acme.com"}, id="a pasted address"),
        pytest.param("@acme.com", {"acme.com"}, id="with the sign"),
        pytest.param("acme.com; acme.de ;", {"acme.com", "acme.de"}, id="several"),
        pytest.param("acme.com;acme.com", {"acme.com"}, id="twice"),
        pytest.param("eu.acme.co.uk", {"eu.acme.co.uk"}, id="a subdomain"),
        pytest.param("müller.de", {"xn--mller-kva.de"}, id="with umlaut"),
        pytest.param("none", set(), id="no domain"),
        pytest.param(";;", set(), id="only separators"),
        pytest.param("", set(), id="blank"),
    ],
)
def test_domains(cell: str, hosts: set[str]) -> None:
    index = one(Domain=cell)
    assert set(index.part(DOMAIN).hosts.places) == hosts
    assert index.part(DOMAIN).lists.tolist() == [bool(hosts)]


@pytest.mark.parametrize(
    ("cells", "numbers"),
    [
        pytest.param({"Phone": "+49 6172 6080"}, {"+4961726080"}, id="with its country code"),
        pytest.param({"Phone": "06172 6080", "Country": "Germany"}, {"+4961726080"}, id="without"),
        pytest.param({"Phone": "06172 6080"}, set(), id="dialled from nowhere"),
        pytest.param({"Phone": "ask;+49 6172 6080"}, {"+4961726080"}, id="one of two"),
    ],
)
def test_telephone_numbers(cells: dict[str, str], numbers: set[str]) -> None:
    assert set(one(**cells).part(PHONE).numbers.places) == numbers


def test_the_region_of_the_rulebook_stands_in_for_a_missing_country() -> None:
    frame = pd.DataFrame({"Gsid": ["1"], "Name": ["Acme"], "Phone": ["06172 6080"]})
    index = prepare(frame, read_rulebook().dialled_from("DE"))
    assert set(index.part(PHONE).numbers.places) == {"+4961726080"}


def test_companies_stand_in_the_order_of_their_gsid() -> None:
    index = prepare(pd.DataFrame({"Gsid": ["b", "a"], "Name": ["Zeta", "Acme"]}))
    assert index.gsids.tolist() == ["a", "b"]
    assert index.names.tolist() == ["Acme", "Zeta"]
    assert len(index) == 2


def test_a_name_without_letters_is_kept() -> None:
    index = one(Name="...")
    assert index.names.tolist() == ["..."]


def test_a_repr_shows_no_company() -> None:
    index = one(Domain="acme.com")
    assert repr(index) == "CompanyIndex(companies=1, domains=1)"
    assert "that list a domain" in index._repr_html_()
    assert "acme" not in index._repr_html_().lower()


def test_companies_that_cannot_be_used_are_set_aside_with_a_reason() -> None:
    frame = pd.DataFrame(
        {"Gsid": ["1", None, "2", "1", " "], "Name": ["Acme", "Beta", "", "Gamma", None]},
        index=[5, 5, 5, 5, 5],
    )
    before = frame.copy(deep=True)
    usable, unusable = usable_companies(frame)
    assert usable["row_id"].tolist() == ["1"]
    assert unusable["row_id"].tolist() == ["2", "3", "4", "5"]
    assert unusable["reason"].tolist() == [
        "it has no Gsid", "it has no Name", "its Gsid is in an earlier row", "it has no Gsid",
    ]  # fmt: skip
    assert_frame_equal(frame, before)
    with pytest.raises(InputError, match="4 of 5 companies"):
        prepare(frame)


def test_a_message_never_shows_a_cell() -> None:
    frame = pd.DataFrame({"Gsid": ["1", "1"], "Name": ["Secret Client", "Secret Client"]})
    with pytest.raises(InputError) as caught:
        prepare(frame)
    assert "Secret" not in str(caught.value)


@pytest.mark.parametrize("missing", ["Gsid", "Name"])
def test_a_column_that_is_needed(missing: str) -> None:
    frame = pd.DataFrame({"Gsid": ["1"], "Name": ["Acme"]}).drop(columns=missing)
    with pytest.raises(MissingColumnsError, match=missing):
        prepare(frame)


def test_values_of_too_many_companies_are_told() -> None:
    """They propose nobody by themselves, which would be silent otherwise."""
    several = pd.DataFrame(
        {
            "Gsid": ["1P02" + letter * 32 for letter in "ABC"],
            "Name": ["Acme"] * 3,
            "Domain": ["acme.com"] * 3,
            "Phone": [None] * 3,
        }
    )
    book = read_rulebook().model_copy(update={"largest_block": 2})
    assert prepare(several).notes == ()
    (note,) = prepare(several, book).notes
    assert note.startswith("more than 2 companies share 1 domains, 1 names")
