"""Classes of domains, alone and in columns."""

from __future__ import annotations

import pytest
from each_row import each_row

from gsprep.values.domain import domain_class


@each_row(
    ("host", "kind"),
    [
        pytest.param("gmail.com", "free-mail", id="free mail"),
        pytest.param("mail.gmail.com", "free-mail", id="below free mail"),
        pytest.param("mailinator.com", "disposable", id="disposable"),
        pytest.param("mit.edu", "education", id="edu"),
        pytest.param("cs.ox.ac.uk", "education", id="ac.uk"),
        pytest.param("unimelb.edu.au", "education", id="edu.au"),
        pytest.param("edu.com", "company", id="a company called edu"),
        pytest.param("mac.uk.com", "company", id="ac only as a label"),
        pytest.param("sky.com", "provider", id="customers and staff"),
        pytest.param("mail.sendgrid.net", "bulk", id="mail for others"),
        pytest.param("acme.com", "company", id="company"),
        pytest.param("nonsense.nosuchtld", "company", id="unknown suffix"),
    ],
)
def test_class(host: str, kind: str) -> None:
    assert domain_class(host) == kind


def test_the_users_own_domains_come_first() -> None:
    own = frozenset({"gmail.com", "eu.acme.com"})
    hosts = ("gmail.com", "x.gmail.com", "eu.acme.com", "acme.com")
    assert [domain_class(host, own) for host in hosts] == ["internal"] * 3 + ["company"]
