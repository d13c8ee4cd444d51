"""What is already known: evidence for those who share something, and never an override."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from gsprep.errors import InputError, MissingColumnsError
from gsprep.schemas.frames import text_frame
from gsprep.unification.features.known import LinkedPairs, PatternPairs, SharedPairs
from gsprep.unification.known import usable_known
from gsprep.unification.prepare import prepare, with_known
from gsprep.unification.registry import comparisons
from gsprep.unification.rulebook import Domains, read_rulebook
from gsprep.unification.unify import unify

if TYPE_CHECKING:
    from collections.abc import Callable

COMPANIES = pd.DataFrame(
    [
        ("A", "Acme", "acme.com", "+14155552671", "US"),
        ("B", "Bolt Fasteners", "bolt.io", None, "US"),
        ("C", "Crane Lifting", None, "+4961726080", "DE"),
        ("D", "Dune Optics", "dune.example.org;zoom.us", None, None),
        ("E", "Ember Foods", "telenet.be", None, None),
    ],
    columns=["Gsid", "Name", "Domain", "Phone", "Country"],
)
INDEX = prepare(COMPANIES)


def people_at(host: str, **companies: int) -> list[dict[str, str]]:
    """Return known lines: so many people at a host in each company."""
    return [
        {"Email": f"{company}{n}@{host}", "Company_ID": company}
        for company, count in companies.items()
        for n in range(count)
    ]


def decide(known: list[dict[str, str]], **cells: str) -> pd.Series:
    index = with_known(INDEX, text_frame(pd.DataFrame(known)))
    return unify(pd.DataFrame([cells]), index).decisions.iloc[0]


ANA = {"Email": "ana@gmail.com"}


@pytest.mark.parametrize(
    ("known", "person", "company", "match"),
    [
        pytest.param([ANA | {"Company_ID": "C"}], ANA, "C", True, id="linked already"),
        pytest.param(
            [ANA | {"Company_ID": "C"}], {"Email": " ANA@Gmail.com"}, "C", True, id="in capitals"
        ),
        pytest.param(
            [ANA | {"Company_ID": "C"}] * 2, ANA, "C", True, id="one link that is listed twice"
        ),
        pytest.param(
            [
                ANA | {"Company_ID": "B", "IsPrimaryCompany": "false"},
                ANA | {"Company_ID": "C", "IsPrimaryCompany": "yes"},
            ],
            ANA,
            "C",
            True,
            id="of two companies the primary one",
        ),
        pytest.param(
            [ANA | {"Company_ID": "C"}, ANA | {"Company_ID": "B"}],
            ANA,
            "B",
            False,
            id="of two companies neither decides",
        ),
        pytest.param(
            people_at("crane-group.net", C=40),
            {"Email": "new@crane-group.net", "Country": "DE"},
            "C",
            True,
            id="a domain whose people sit in one company",
        ),
        pytest.param(
            [{"Domain": "crane-group.net", "Company_ID": "C", "support": "40"}],
            {"Email": "new@crane-group.net", "Country": "DE"},
            "C",
            True,
            id="the same as it is proposed",
        ),
        pytest.param(
            people_at("crane-group.net", C=40),
            {"Email": "new@mail.crane-group.net", "Country": "DE"},
            "C",
            True,
            id="a host below it",
        ),
        pytest.param(
            people_at("crane-group.net", C=39, B=1),
            {"Email": "new@crane-group.net", "Country": "DE"},
            "C",
            True,
            id="a stale link changes nothing",
        ),
        pytest.param(
            people_at("acme.com", A=4, B=4),
            {"Email": "new@acme.com"},
            "A",
            False,
            id="a domain that people of two companies share",
        ),
        pytest.param(
            [{"Phone": "+49 30 123456", "Company_ID": "C", "support": "50"}],
            {"Phone": "0049 30 123456"},
            "C",
            False,
            id="a number alone",
        ),
        pytest.param(
            people_at("crane-group.net", C=40),
            {
                "Email": "new@crane-group.net",
                "CompanyName": "Acme",
                "Phone": "+1 415 555 2671",
                "Country": "US",
            },
            "A",
            True,
            id="other evidence is stronger",
        ),
    ],
)
def test_who_is_found_by_what_is_known(
    known: list[dict[str, str]],
    person: dict[str, str],
    company: str,
    match: bool,  # noqa: FBT001  a table
) -> None:
    line = decide(known, **person)
    assert (line["verdict"] == "match") == match
    if line["verdict"] != "no_match":
        assert line["Company_ID"] == company


@pytest.mark.parametrize(
    ("known", "person"),
    [
        pytest.param(people_at("gmail.com", C=40), {"Email": "bo@gmail.com"}, id="free mail"),
        pytest.param(people_at("ours.com", C=40), {"Email": "bo@ours.com"}, id="your own domain"),
        pytest.param(people_at("lift.net", C=40), {"Email": "bo@lift.com"}, id="another domain"),
        pytest.param(
            people_at("gmai.com", A=2, B=2, C=2, D=2), {"Email": "bo@gmai.com"}, id="scattered"
        ),
        pytest.param(people_at("lift.net", Z=40), {"Email": "bo@lift.net"}, id="no such company"),
        pytest.param([], {"Email": "bo@telenet.be"}, id="a provider's customer"),
    ],
)
def test_what_is_known_of_others_says_nothing(
    known: list[dict[str, str]], person: dict[str, str]
) -> None:
    book = read_rulebook().model_copy(update={"domains": Domains(own=("ours.com",))})
    index = prepare(COMPANIES, book, known=pd.DataFrame(known))
    assert unify(pd.DataFrame([person]), index).decisions["verdict"].tolist() == ["no_match"]


def test_a_domain_that_nobody_lists_and_many_have_is_no_employers() -> None:
    """A slip such as gmai.com is on no list: whoever works elsewhere is not held against it."""
    person = {"Email": "bo@gmai.com", "CompanyName": "Acme"}
    before = decide(people_at("other.net", A=1), **person)["probability"]
    after = decide(people_at("gmai.com", A=2, B=2, C=2, D=2), **person)["probability"]
    assert after > before


def holding(kind: str, facts: object) -> dict[str, float]:
    names = [name for name, comparison in comparisons().items() if comparison.kind == kind]
    degrees = {name: float(comparisons()[name].degree(facts)[0]) for name in names}
    assert all(0 <= degree <= 1 for degree in degrees.values())
    return {name: degree for name, degree in degrees.items() if degree}


@pytest.mark.parametrize(
    ("here", "total", "divided", "held"),
    [
        pytest.param(1, 1, False, {"known_at_domain": 1 / 3}, id="one person"),
        pytest.param(8, 8, False, {"known_at_domain": 0.8}, id="eight people"),
        pytest.param(0, 8, False, {"known_elsewhere": 0.8}, id="all elsewhere"),
        pytest.param(1, 8, False, {"known_elsewhere": 0.7}, id="all but one elsewhere"),
        pytest.param(4, 8, True, {"known_at_shared_domain": 0.4}, id="half of them"),
        pytest.param(0, 8, True, {}, id="others share it"),
    ],
)
def test_domains_of_known_people(
    here: int,
    total: int,
    divided: bool,  # noqa: FBT001  a table
    held: dict[str, float],
) -> None:
    facts = SharedPairs(np.array([here]), np.array([total]), np.array([divided]))
    assert holding("known domain", facts) == pytest.approx(held)
    phones = {name: degree for name, degree in held.items() if name != "known_elsewhere"}
    assert sorted(holding("known phone", facts).values()) == pytest.approx(sorted(phones.values()))


@pytest.mark.parametrize(
    ("linked", "companies", "held"),
    [
        pytest.param(True, 1, {"known_person"}, id="linked to it alone"),
        pytest.param(True, 2, {"known_in_several"}, id="linked to it and another"),
        pytest.param(False, 1, set(), id="linked to another"),
    ],
)
def test_known_people(linked: bool, companies: int, held: set[str]) -> None:  # noqa: FBT001  a table
    facts = LinkedPairs(np.array([linked]), np.array([companies]))
    assert set(holding("linked", facts)) == held


@pytest.mark.parametrize(
    ("alike", "total", "held"),
    [
        pytest.param(8, 8, {"email_pattern": 0.8}, id="as all do"),
        pytest.param(0, 8, {"other_pattern": 0.8}, id="as nobody does"),
        pytest.param(4, 8, {}, id="as half do"),
        pytest.param(0, 0, {}, id="nobody known"),
    ],
)
def test_patterns(alike: int, total: int, held: dict[str, float]) -> None:
    facts = PatternPairs(np.array([alike]), np.array([total]))
    assert holding("pattern", facts) == pytest.approx(held)


def test_the_way_of_a_company_to_build_addresses_speaks_for_it() -> None:
    names = [("Ana", "Ruiz"), ("Bo", "Berg"), ("Cy", "Young")]
    known = [
        {"Email": f"{f[0]}{x}@acme.com".lower(), "FirstName": f, "LastName": x, "Company_ID": "A"}
        for f, x in names
    ]
    index = with_known(INDEX, text_frame(pd.DataFrame(known)))
    people = pd.DataFrame(
        {
            "Email": ["dstone@acme.com", "dee.stone@acme.com", "help@acme.com", "dstone@gmail.com"],
            "FirstName": "Dee",
            "LastName": "Stone",
            "CompanyName": "Acme",
        }
    )
    evidence = unify(people, index).evidence.drop_duplicates("row_id")
    assert np.sign(evidence["email_pattern"]).tolist() == [1, 0, 0, 0]
    assert np.sign(evidence["other_pattern"]).tolist() == [0, -1, 0, 0]


@pytest.mark.parametrize(
    ("email", "name", "spoken"),
    [
        pytest.param("a@zoom.com", None, {"same_owner"}, id="the owner of a listed domain"),
        pytest.param("a@mail.zoom.com", None, {"same_owner"}, id="a host below it"),
        pytest.param("a@zoom.us", None, set(), id="the listed domain itself"),
        pytest.param("a@dune-labs.com", None, {"same_owner"}, id="an owner in the rulebook"),
        pytest.param("a@telenet.be", "Ember Foods", {"provider_domain"}, id="a provider's staff"),
    ],
)
def test_owners_and_providers(email: str, name: str | None, spoken: set[str]) -> None:
    owners = Domains(owners=(("dune-labs.com", "example.org"),))
    index = prepare(COMPANIES, read_rulebook().model_copy(update={"domains": owners}))
    evidence = unify(pd.DataFrame({"Email": [email], "CompanyName": [name]}), index).evidence.iloc[
        0
    ]
    found = {of for of in ("same_owner", "provider_domain") if evidence[of] > 0}
    assert found == spoken


GOOD = {"Email": "ana@acme.com", "Company_ID": "A"}


@pytest.mark.parametrize(
    ("line", "says"),
    [
        pytest.param({"Company_ID": None}, "no Company_ID", id="no company"),
        pytest.param({"Email": None}, "no Email, Domain or Phone", id="nothing to be found by"),
        pytest.param({"Email": "hidden@"}, "no Email, Domain or Phone", id="no address"),
        pytest.param({"support": "0"}, "support", id="nobody"),
        pytest.param({"support": "2.5"}, "support", id="half a person"),
        pytest.param({"support": "hidden"}, "support", id="no number"),
        pytest.param({"IsPrimaryCompany": "hidden"}, "IsPrimaryCompany", id="neither yes nor no"),
    ],
)
def test_lines_that_cannot_be_used(line: dict[str, str | None], says: str) -> None:
    known = pd.DataFrame([GOOD, GOOD | line])
    with pytest.raises(InputError, match=says) as caught:
        prepare(COMPANIES, known=known)
    assert "row_id 2" in str(caught.value)
    assert "hidden" not in str(caught.value)
    usable, unusable = usable_known(known, read_rulebook())
    assert usable["row_id"].tolist() == ["1"]
    assert says in unusable["reason"].iloc[0]


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        pytest.param(
            lambda: prepare(COMPANIES, known=pd.DataFrame([GOOD]).drop(columns="Company_ID")),
            MissingColumnsError,
            "Company_ID",
            id="no column of companies",
        ),
        pytest.param(
            lambda: prepare(COMPANIES, known=pd.DataFrame([GOOD]).drop(columns="Email")),
            MissingColumnsError,
            "Email",
            id="no column of people",
        ),
        pytest.param(
            lambda: unify(pd.DataFrame([ANA]), INDEX, known=pd.DataFrame([GOOD])),
            InputError,
            "prepare",
            id="known people for prepared companies",
        ),
    ],
)
def test_what_is_refused(call: Callable[[], object], error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        call()


@pytest.mark.parametrize(
    ("lines", "left_out"),
    [
        pytest.param([], 0, id="nothing known"),
        pytest.param([GOOD], 0, id="a company of the list"),
        pytest.param([GOOD, GOOD | {"Company_ID": "Z"}], 1, id="another company"),
    ],
)
def test_lines_of_other_companies_are_left_out_and_counted(
    lines: list[dict[str, str]], left_out: int
) -> None:
    assert prepare(COMPANIES, known=pd.DataFrame(lines)).known.left_out == left_out


def test_support_does_not_count_the_same_people_twice() -> None:
    listed = people_at("crane-group.net", C=3)
    proposed = {"Domain": "crane-group.net", "Company_ID": "C", "support": "3"}
    people = pd.DataFrame({"Email": ["new@crane-group.net"]})
    one, both = (
        unify(people, with_known(INDEX, text_frame(pd.DataFrame(lines)))).evidence
        for lines in (listed, [*listed, proposed])
    )
    assert_frame_equal(one, both)


def test_somebody_at_two_companies_counts_for_each() -> None:
    at_both = people_at("crane-group.net", C=3)
    at_both += [line | {"Company_ID": "B"} for line in at_both]
    hosts = with_known(INDEX, text_frame(pd.DataFrame(at_both))).known.hosts
    assert (hosts.people.tolist(), hosts.total.tolist()) == ([3, 3], [6])


def test_known_people_can_be_given_with_the_companies() -> None:
    known = pd.DataFrame([ANA | {"Company_ID": "C"}])
    assert unify(pd.DataFrame([ANA]), COMPANIES, known=known).decisions["Company_ID"].iloc[0] == "C"
