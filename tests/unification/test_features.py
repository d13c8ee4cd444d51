"""The facts about pairs: what is known of a person's value and a company."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from gsprep.unification.keys import People
from gsprep.unification.pairs import Pairs
from gsprep.unification.prepare import prepare
from gsprep.unification.registry import look_up
from gsprep.unification.rulebook import Domains, read_rulebook

if TYPE_CHECKING:
    from gsprep.unification.index import Values

BOOK = read_rulebook().model_copy(
    update={"domains": Domains(own=("ours.com",), excluded=("agency.com",))}
)
INDEX = prepare(
    pd.DataFrame(
        [
            ("0", "Acme", "acme.com;acme.de", "+49 6172 6080", "DE"),
            ("1", "Acme Eyewear", "eyewear.acme.com", "+49 6172 6080", None),
            ("2", "Big Blue Whale", "ours.com;agency.com;gmail.com", None, "US"),
            ("3", "Zeta-Labs", None, None, None),
        ],
        columns=["Gsid", "Name", "Domain", "Phone", "Country"],
    ),
    BOOK,
)
EVERYBODY = Pairs(np.zeros(4, dtype=np.int64), np.arange(4))


def values(**cells: str | None) -> dict[str, Values]:
    people = pd.DataFrame({name: [value] for name, value in cells.items()}, dtype="str")
    return dict(look_up(People(people, BOOK), INDEX))


@pytest.mark.parametrize(
    ("host", "listed", "related", "own"),
    [
        pytest.param("acme.com", [0], [0, 1], True, id="a domain"),
        pytest.param("mail.acme.com", [0], [0, 1], True, id="below a domain"),
        pytest.param("eyewear.acme.com", [1], [0, 1], True, id="the longest listed host"),
        pytest.param("shop.eyewear.acme.com", [1], [0, 1], True, id="below the longest"),
        pytest.param("acme.fr", [], [], True, id="on no list"),
        pytest.param("gmail.com", [], [], False, id="free mail, though listed"),
        pytest.param("ours.com", [], [], False, id="your own, though listed"),
        pytest.param("mail.agency.com", [], [], False, id="below an excluded one"),
    ],
)
def test_who_lists_a_host(host: str, listed: list[int], related: list[int], own: bool) -> None:  # noqa: FBT001  a table
    facts = values(Email=f"a@{host}")["domain"].facts(EVERYBODY)
    assert np.flatnonzero(facts.listed).tolist() == listed
    assert np.flatnonzero(facts.related).tolist() == related
    assert facts.own.tolist() == [own] * 4


@pytest.mark.parametrize(
    ("host", "labelled"),
    [
        pytest.param("acme.fr", [0, 1], id="the label of a listed domain"),
        pytest.param("zeta-labs.io", [3], id="the company's name"),
        pytest.param("zetalabs.io", [3], id="without the hyphen"),
        pytest.param("zl.io", [], id="too short to be a name"),
        pytest.param("acmeeyewear.com", [1], id="two words"),
    ],
)
def test_whose_name_a_domain_bears(host: str, labelled: list[int]) -> None:
    facts = values(Email=f"a@{host}")["domain"].facts(EVERYBODY)
    assert np.flatnonzero(facts.labelled).tolist() == labelled


@pytest.mark.parametrize(
    ("host", "fact", "companies"),
    [
        pytest.param("acme.io", "begins", [0, 1], id="the first word"),
        pytest.param("bigblue.io", "begins", [2], id="the first two words"),
        pytest.param("big-blue-whale.io", "begins", [2], id="all three"),
        pytest.param("acmegroup.io", "begun", [0, 1], id="the first word and more"),
        pytest.param("zetafactory.io", "begun", [3], id="a word of four letters"),
        pytest.param("bigger.io", "begun", [], id="a word of three"),
        pytest.param("bbw.io", "initials", [2], id="initials"),
    ],
)
def test_what_a_domain_is_named_after(host: str, fact: str, companies: list[int]) -> None:
    facts = values(Email=f"a@{host}")["domain"].facts(EVERYBODY)
    assert np.flatnonzero(getattr(facts, fact)).tolist() == companies


@pytest.mark.parametrize(
    ("host", "name", "listed", "facts"),
    [
        pytest.param(
            "velm.qua.de", "Chamber", "qua-velm.de", {"labelled", "near"}, id="below and turned"
        ),
        pytest.param("velm.qua.de", "Chamber", "quavel.de", set(), id="of another below"),
        pytest.param(
            "fuk-orvik.de", "Firefighters' Union Kass Orvik", None, {"initials"}, id="a last word"
        ),
        pytest.param(
            "fk-orvik.de", "Feuerwehrkasse Orvik", None, {"initials"}, id="letters in a word"
        ),
        pytest.param("kf-orvik.de", "Feuerwehrkasse Orvik", None, set(), id="in another order"),
        pytest.param("bbw-mail.de", "Big Blue Whale", None, {"initials"}, id="before a hyphen"),
        pytest.param("bbwmail.de", "Big Blue Whale", None, set(), id="without the hyphen"),
        pytest.param(
            "dvyv.de", "Deutscher Velmyachtverband", None, {"initials"}, id="parts of a word"
        ),
        pytest.param("qvt.de", "Quor Velmtechnik", None, {"initials"}, id="parts and a word"),
        pytest.param(
            "gqsb.de", "Gebrüder Quor Speicherbau Velmstadt", None, {"initials"}, id="first parts"
        ),
        pytest.param("ihkvq.de", "IHK Velm-Quor", None, {"initials"}, id="a word and initials"),
        pytest.param("vequ.de", "Velmer Quorblatt und Verlag", None, {"initials"}, id="beginnings"),
        pytest.param("vqs.de", "Velmer Quorblatt", None, set(), id="another letter"),
        pytest.param("zed-ag.de", "Zed Living", None, {"begun"}, id="a short word and a hyphen"),
        pytest.param("orvikgroup.de", "Der Orvik", None, {"begun"}, id="without the article"),
        pytest.param(
            "orvik-berlin.de", "Orvik", "orvik-shoes.de", {"begun", "near"}, id="and a place"
        ),
        pytest.param("orvik-boats.de", "Orvik", "orvik-shoes.de", set(), id="and another trade"),
    ],
)
def test_a_domain_that_nobody_lists(
    host: str, name: str, listed: str | None, facts: set[str]
) -> None:
    index = prepare(pd.DataFrame({"Gsid": ["A"], "Name": [name], "Domain": [listed]}), BOOK)
    people = pd.DataFrame({"Email": [f"a@{host}"]}, dtype="str")
    of_kind = look_up(People(people, BOOK), index)["domain"]
    told = of_kind.facts(Pairs(np.array([0]), np.array([0])))
    asked = ("labelled", "begins", "begun", "initials", "word", "near")
    assert {fact for fact in asked if getattr(told, fact)[0]} == facts
    if facts:
        assert any(len(pairs.left) for pairs in of_kind.proposed)


@pytest.mark.parametrize(
    ("host", "near"),
    [
        pytest.param("quorracounty.gov", True, id="without the state"),
        pytest.param("quoracountynj.gov", True, id="a letter less"),
        pytest.param("quorracountyny.gov", False, id="of another state"),
    ],
)
def test_a_domain_near_the_listed_one(host: str, near: bool) -> None:  # noqa: FBT001  a table
    listed = {"Gsid": ["A"], "Name": ["Quorra County"], "Domain": ["quorracountynj.gov"]}
    people = pd.DataFrame({"Email": [f"a@{host}"]}, dtype="str")
    of_kind = look_up(People(people, BOOK), prepare(pd.DataFrame(listed), BOOK))["domain"]
    assert of_kind.facts(Pairs(np.array([0]), np.array([0]))).near.tolist() == [near]


def test_a_town_in_many_names() -> None:
    schools = [f"School {number} Braunschweig" for number in range(30)]
    index = prepare(pd.DataFrame({"Gsid": range(30), "Name": schools}).astype("str"), BOOK)
    for host, common in (("braunschweig.de", True), ("school7.de", False)):
        people = pd.DataFrame({"Email": [f"a@{host}"]}, dtype="str")
        of_kind = look_up(People(people, BOOK), index)["domain"]
        assert (of_kind.facts(EVERYBODY).common > 0).all() == common


def test_your_own_domain() -> None:
    for host, yours in (("ours.com", True), ("mail.ours.com", True), ("agency.com", False)):
        facts = values(Email=f"a@{host}")["domain"].facts(EVERYBODY)
        assert facts.yours.tolist() == [yours] * 4


@pytest.mark.parametrize(
    ("name", "equal", "elsewhere", "initials"),
    [
        pytest.param("ACME GmbH", [0], [1, 2, 3], [], id="exactly one"),
        pytest.param("Zeta Laboratories", [3], [0, 1, 2], [], id="a short form written out"),
        pytest.param("Acm", [], [], [], id="nobody"),
        pytest.param("BBW", [], [], [2], id="initials"),
    ],
)
def test_names(name: str, equal: list[int], elsewhere: list[int], initials: list[int]) -> None:
    facts = values(CompanyName=name)["name"].facts(EVERYBODY)
    assert np.flatnonzero(facts.equal).tolist() == equal
    assert np.flatnonzero(facts.elsewhere).tolist() == elsewhere
    assert np.flatnonzero(facts.initials).tolist() == initials


def test_a_switchboard_of_two_companies() -> None:
    facts = values(Phone="+49 6172 6080")["phone"].facts(EVERYBODY)
    assert np.flatnonzero(facts.listed).tolist() == [0, 1]
    assert facts.sharers.tolist() == [2] * 4


@pytest.mark.parametrize(
    ("phone", "near"),
    [
        pytest.param("+49 6172 608-99", [0, 1], id="an extension of two digits"),
        pytest.param("+49 6172 608-1234", [0, 1], id="an extension of four digits"),
        pytest.param("+49 6172 60812345", [], id="a number of more digits"),
        pytest.param("+49 6172 61-999", [], id="an extension of another switchboard"),
        pytest.param("+49 6172 6089", [0, 1], id="the last digit"),
        pytest.param("+49 6172 6011", [0, 1], id="the last two"),
        pytest.param("+49 6172 6180", [], id="the last but two"),
        pytest.param("+49 6172 6080", [0, 1], id="the number itself"),
    ],
)
def test_numbers_of_one_switchboard(phone: str, near: list[int]) -> None:
    facts = values(Phone=phone)["phone"].facts(EVERYBODY)
    assert np.flatnonzero(facts.near).tolist() == near


def test_countries_are_compared_where_both_are_known() -> None:
    facts = values(Country="Germany")["country"].facts(EVERYBODY)
    assert facts.known.tolist() == [True, False, True, False]
    assert np.flatnonzero(facts.equal & facts.known).tolist() == [0]


@pytest.mark.parametrize("kind", ["domain", "phone", "name", "country"])
@pytest.mark.parametrize("cells", [{}, {"Email": None, "CompanyName": "n/a", "Phone": "?"}])
def test_a_missing_value_has_no_code_and_proposes_nobody(kind: str, cells: dict) -> None:
    of_kind = values(**(cells or {"Email": None}))[kind]
    assert of_kind.codes.tolist() == [-1]
    assert all(not len(pairs.left) for pairs in of_kind.proposed)
