"""Keys of people, and the hosts above a host."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from gsprep.unification.keys import Hosts, People, person_hosts, person_phones
from gsprep.unification.pairs import invert
from gsprep.unification.rulebook import Domains, read_rulebook
from gsprep.values.company_name import SEPARATOR, is_no_employer, split_company_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np


def only(codes: np.ndarray, texts: Sequence[str]) -> tuple[str, ...]:
    """Return the distinct values; the one person has the only code."""
    assert codes.tolist() == ([0] if texts else [-1])
    return tuple(texts)


def person(**cells: str | None) -> People:
    people = pd.DataFrame({name: [value] for name, value in cells.items()}, dtype="str")
    return People(people, read_rulebook())


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        pytest.param("Acme GmbH", f"acme{SEPARATOR}gmbh", id="a name and its form"),
        pytest.param("Freelance", None, id="freelance"),
        pytest.param("SELF-EMPLOYED", None, id="self-employed"),
        pytest.param("n/a", None, id="not applicable"),
        pytest.param("--", None, id="dashes"),
        pytest.param("Selbständig", None, id="in German"),
        pytest.param("retraité", None, id="in French"),
        pytest.param("Freelancer Union", f"freelancer union{SEPARATOR}", id="a name with the word"),
        pytest.param("Student Loans Inc", f"student loans{SEPARATOR}inc", id="another"),
    ],
)
def test_a_stated_employer(cell: str, value: str | None) -> None:
    employer = person(CompanyName=cell).employers
    assert only(employer.codes, employer.texts) == (() if value is None else (value,))


def test_a_core_says_whether_it_names_nobody() -> None:
    for text, nobody in (("None", True), ("Not Applicable", True), ("Nonesuch", False)):
        name = split_company_name(text)
        assert name is not None
        assert is_no_employer(name.core) == nobody


@pytest.mark.parametrize(
    ("cell", "host"),
    [
        pytest.param(" Ana@ACME.com ", "acme.com", id="case and blanks"),
        pytest.param("mailto:ana@acme.com", "acme.com", id="a pasted link"),
        pytest.param("ana@müller.de", "xn--mller-kva.de", id="with umlaut"),
        pytest.param("ana", None, id="no address"),
        pytest.param("ana@", None, id="no host"),
        pytest.param(None, None, id="missing"),
    ],
)
def test_a_host(cell: str | None, host: str | None) -> None:
    found = person_hosts(person(Email=cell))
    assert only(found.codes, found.hosts.texts.to_pylist()) == (() if host is None else (host,))


def test_a_number_is_dialled_from_the_persons_country() -> None:
    for cells, numbers in (
        ({"Phone": "06172 6080", "Country": "Germany"}, ("+4961726080",)),
        ({"Phone": "06172 6080"}, ()),
        ({"Phone": "06172 6080", "Country": "Nowhere"}, ()),
    ):
        found = person_phones(person(**cells))
        assert only(found.codes, found.texts) == numbers


LISTED = invert([("acme.com", 0), ("eu.acme.com", 1), ("com", 2), ("co.uk", 3)])


@pytest.mark.parametrize(
    ("host", "found"),
    [
        pytest.param("acme.com", "acme.com", id="itself"),
        pytest.param("mail.acme.com", "acme.com", id="the domain above"),
        pytest.param("mail.eu.acme.com", "eu.acme.com", id="the nearest above"),
        pytest.param("zeta.com", None, id="nothing above the registered domain"),
        pytest.param("a.zeta.co.uk", None, id="of two labels"),
        pytest.param("co.uk", "co.uk", id="a suffix itself"),
        pytest.param("localhost", None, id="one label"),
    ],
)
def test_the_longest_linked_host(host: str, found: str | None) -> None:
    hosts = Hosts.of(["x.zeta.io", host], Domains())
    assert hosts.longest(LISTED).tolist() == [-1, LISTED.position(found)]
    assert hosts.longest(invert([])).tolist() == [-1, -1]


def test_what_is_known_of_hosts() -> None:
    domains = Domains(own=("ours.com",), excluded=("nobody.org",))
    names = ["mail.big-corp.co.uk", "gmail.com", "eu.ours.com", "nobody.org", "sky.com", "co.uk"]
    hosts = Hosts.of(names, domains)
    assert hosts.employ.tolist() == [True, False, False, False, False, True]
    assert hosts.provide.tolist() == [False, False, False, False, True, False]
    assert hosts.labels.to_pylist()[:2] == ["bigcorp", "gmail"]
    assert hosts.registered.to_pylist()[0] == "big-corp.co.uk"
    assert hosts.among(frozenset({"ours.com"})).tolist() == [
        name == "eu.ours.com" for name in names
    ]
    assert not hosts.among(frozenset()).any()
