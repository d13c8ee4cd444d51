"""Hosts, and what stands above them."""

from __future__ import annotations

import pytest

from gsprep.unification.hosts import Hosts
from gsprep.unification.linked import link
from gsprep.unification.rulebook import Domains

LISTED = link([("acme.com", 0), ("eu.acme.com", 1), ("com", 2), ("co.uk", 3)])


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
    assert hosts.longest(link([])).tolist() == [-1, -1]


def test_what_is_known_of_hosts() -> None:
    domains = Domains(own=("ours.com",), excluded=("nobody.org",))
    names = ["mail.big-corp.co.uk", "gmail.com", "eu.ours.com", "nobody.org", "sky.com", "co.uk"]
    hosts = Hosts.of(names, domains)
    assert hosts.employ.tolist() == [True, False, False, False, False, True]
    assert hosts.provide.tolist() == [False, False, False, False, True, False]
    assert hosts.labels.to_pylist()[:2] == ["bigcorp", "gmail"]
    assert hosts.registered.to_pylist()[0] == "big-corp.co.uk"
    assert hosts.at(frozenset({"ours.com"})).tolist() == [name == "eu.ours.com" for name in names]
    assert not hosts.at(frozenset()).any()
