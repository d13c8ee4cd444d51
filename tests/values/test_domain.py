"""Hosts out of what people paste, and what somebody registers of them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tldextract import TLDExtract

from gsprep.values.domain import domain_class
from gsprep.values.email import normal_email, repair_email
from gsprep.values.host import domain_label, email_host, host_of, registrable_domain


@pytest.mark.parametrize(
    ("text", "host"),
    [
        pytest.param("acme.com", "acme.com", id="plain"),
        pytest.param("  WWW.Acme.COM. ", "acme.com", id="www, capitals, final dot, blanks"),
        pytest.param("https://www.acme.com/de?x=1#y", "acme.com", id="address with all parts"),
        pytest.param("HTTPS://ana:secret@acme.com:8080/x", "acme.com", id="user and port"),
        pytest.param("//acme.com/x", "acme.com", id="without a scheme's name"),
        pytest.param("acme.com:8443", "acme.com", id="port"),
        pytest.param("acme.com?x=@other.com", "acme.com", id="an @ in the query"),
        pytest.param("https://acme.com#@other.com", "acme.com", id="an @ behind #"),
        pytest.param("ana@acme.com", "acme.com", id="e-mail address"),
        pytest.param("@acme.com", "acme.com", id="domain of an address"),
        pytest.param("mailto:ana@acme.com", "acme.com", id="mailto"),
        pytest.param("münchen.de", "xn--mnchen-3ya.de", id="Unicode"),
        pytest.param("XN--MNCHEN-3YA.de", "xn--mnchen-3ya.de", id="punycode"),
        pytest.param("acme。com", "acme.com", id="ideographic dot"),
        pytest.param("ａｃｍｅ.com", "acme.com", id="full width"),
        pytest.param("acme.com/ (old)", "acme.com", id="with a note behind"),
        pytest.param("\u200bacme.com", "acme.com", id="invisible"),
        pytest.param("пример.рф", "xn--e1afmkfd.xn--p1ai", id="Unicode top level"),
        pytest.param("192.168.0.1", None, id="IPv4"),
        pytest.param("http://[2001:db8::1]/", None, id="IPv6"),
        pytest.param("localhost", None, id="one label"),
        pytest.param("acme", None, id="a name"),
        pytest.param("n.a.", None, id="n.a. is no host"),
        pytest.param("N/A", None, id="n/a"),
        pytest.param("-", None, id="a dash"),
        pytest.param("*.acme.com", None, id="wildcard"),
        pytest.param("acme..com", None, id="empty label"),
        pytest.param("-acme.com", None, id="hyphen in front"),
        pytest.param("acme.-com", None, id="hyphen before the last label"),
        pytest.param("a" * 63 + ".com", "a" * 63 + ".com", id="longest label"),
        pytest.param("a" * 64 + ".com", None, id="label too long"),
        pytest.param("a." * 126 + "com", None, id="host too long"),
        pytest.param("Acme Corp.", None, id="a company"),
        pytest.param("", None, id="empty"),
        pytest.param("https://", None, id="scheme only"),
    ],
)
def test_host(text: str, host: str | None) -> None:
    assert host_of(text) == host


@settings(max_examples=400, deadline=None)
@given(st.text() | st.text("a.-:/@?#[]w ßéİ。\u200d中xn", max_size=14))
def test_any_text_has_a_host_or_none(text: str) -> None:
    """A host names itself, is ASCII and has a dot."""
    host = host_of(text)
    assert host is None or (host.isascii() and "." in host and host == host.lower())
    assert host is None or host.startswith("www.") or host_of(host) == host


@pytest.mark.parametrize("suffix", ["com", "co.uk", "github.io", "com.br", "de", "k12.ca.us"])
@pytest.mark.parametrize("below", ["", "acme.", "mail.acme.", "a.b.acme."])
def test_registrable_part_is_tldextracts(suffix: str, below: str) -> None:
    whole = TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)
    host = below + suffix
    assert (registrable_domain(host) or "") == whole(host).top_domain_under_public_suffix
    assert registrable_domain(host) == (f"acme.{suffix}" if below else None)
    assert domain_label(host) == ("acme" if below else None)


@pytest.mark.parametrize(
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


@pytest.mark.parametrize(
    ("address", "host"),
    [
        pytest.param("Ana@Mail.ACME.com", "mail.acme.com", id="case"),
        pytest.param("a@münchen.de", "xn--mnchen-3ya.de", id="Unicode"),
        pytest.param("acme.com", None, id="no address"),
        pytest.param("a@b@c.com", None, id="two @"),
    ],
)
def test_host_of_an_address(address: str, host: str | None) -> None:
    assert email_host(address) == host


@settings(max_examples=200, deadline=None)
@given(st.text("ab.-@é1", max_size=12))
def test_only_addresses_have_a_host(text: str) -> None:
    """Those that are valid once mended: raw and cleaned cells have the same host."""
    mended = repair_email(text)
    valid = mended is not None and normal_email(mended) is not None
    assert (email_host(text) is None) or valid
