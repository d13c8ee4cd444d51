"""Hosts out of what people paste, alone and in columns."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
import pytest
from each_row import each_row
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tldextract import TLDExtract

from gsprep.values.arrow import as_arrow
from gsprep.values.distinct import on_distinct
from gsprep.values.domain import LISTS, domain_class, host_classes, listed_domains
from gsprep.values.email import normal_email, repair_email
from gsprep.values.host import (
    _OF_CUSTOMERS,
    email_host,
    host_of,
    host_parts,
    owned_domains,
    registrable_domain,
    suffix_rules,
    taken_apart,
)


@each_row(
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


@settings(max_examples=settings().max_examples * 12)
@given(st.text() | st.text("a.-:/@?#[]w ßéİ。\u200d中xn", max_size=14))
def test_any_text_has_a_host_or_none(text: str) -> None:
    """A host names itself, is ASCII and has a dot."""
    host = host_of(text)
    assert host is None or (host.isascii() and "." in host and host == host.lower())
    assert host is None or host.startswith("www.") or host_of(host) == host


WHOLE_LIST = TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)


@pytest.mark.parametrize("suffix", ["com", "co.uk", "github.io", "com.br", "de", "k12.ca.us"])
@pytest.mark.parametrize("below", ["", "acme.", "mail.acme.", "a.b.acme."])
def test_registrable_part_is_tldextracts(suffix: str, below: str) -> None:
    host = below + suffix
    assert (registrable_domain(host) or "") == WHOLE_LIST(host).top_domain_under_public_suffix
    assert registrable_domain(host) == (f"acme.{suffix}" if below else None)
    assert host_parts(host).label == ("acme" if below else "")


@each_row(
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


@settings(max_examples=settings().max_examples * 10)
@given(st.text("ab.-@é1", max_size=12))
def test_only_addresses_have_a_host(text: str) -> None:
    """Those that are valid once mended: raw and cleaned cells have the same host."""
    mended = repair_email(text)
    valid = mended is not None and normal_email(mended) is not None
    assert (email_host(text) is None) or valid


LIBRARY = TLDExtract(
    suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True,
    extra_suffixes=_OF_CUSTOMERS,
)  # fmt: skip
SUFFIXES = suffix_rules()
BEFORE = ("", "a.", "b.a.", "www.b.a.", "x-y.")
LABELS = st.sampled_from([
    "a", "com", "uk", "co", "ck", "www", "jp", "kawasaki", "city", "github", "io", "1", "xn--p1ai",
    "xn--", "A", "é", "", "-", "*", "!www", "127", "0",
])  # fmt: skip


@each_row("before", BEFORE, ids=lambda before: before or "the suffix itself")
def test_every_rule_of_the_list(before: str) -> None:
    bare = [rule.replace("*", "zz").removeprefix("!") for rule in SUFFIXES]
    hosts = [f"{before}{rule}" for rule in bare] + [rule.partition(".")[2] for rule in bare]
    wrong = [host for host in hosts if host_parts(host) != of_library(host)]
    assert wrong == []
    assert len(hosts) > 10_000


@given(st.lists(LABELS, max_size=5).map(".".join) | st.text(max_size=12))
@settings(max_examples=settings().max_examples * 10)
def test_any_host(text: str) -> None:
    host = host_of(text)
    assert host is None or host_parts(host) == of_library(host)


def of_library(host: str) -> tuple[str, str]:
    found = LIBRARY(host)
    return found.domain, found.suffix


ADDRESSES = [
    "ana@acme.com", "Ana@WWW.Acme.com", "ana@www.com", "ana@www.www.com", "a@b.c", "a@b.c1",
    " a@b.co", "a@b.co ", "\ta@b.co", "a@b.co\u00a0", "a@b.co\u00a0\u00a0", "a@@b.co", "",
    "a@x.test", "MAILTO:a@b.co", "mailto: a@b.co ", "mailto:a@b.co?s=1", "mailto:", "mailto:x",
    "mailto:mailto:a@b.co", "Ana B < a@b.co >", "a@b.co <x@y.com>", "<a@b.co>", "<>", "x <",
    "Ana <mailto:a@b.co>", "a <a@b.co> b", "Ana  B <a@b.co>", "Zoé <a@b.co>", "a@é.com",
    "a@e\u0301.com", "a\u00ad@b.co", "a@b\u00ad.co", "\u200ba@b.co", "a@\u200bb.co", "\ufeffa@b.co",
    "a\u200d@b.co", "a\u00a0b@c.de", "a@\u00a0b.co", "e\u00ad\u0301@b.co", "a\n@b.co", "\u00ad",
    "a@b--c.de", "a@xn--bcher-kva.com", "a@xn--bcher-kva.com ", f"a@{'b' * 63}.com",
    f"a@{'b' * 64}.com", f"{'a' * 64}@b.co", "a@b.co; c@d.eu", "a@b.co, c@d.eu", "a@b_c.de",
]  # fmt: skip
NAMED = [
    "acme.com", "www.acme.com", "WWW.Acme.com", "www.com", "www.www.com", "https://www.acme.com/",
    "http://acme.com/de?x=1", "//acme.com", "ftp://u:p@acme.com/x", "@acme.com", "ana@acme.com",
    "@a.com@b.com", ".acme.com", "acme.com.", "acme.com:80", "acme.com/c@d", "acme.com?x",
    "a_b.com", "-a.com", "a-.com", "n.a.", "none", "a.co m", " acme.com ", "acme.com\t",
    "bücher.de",
    "xn--bcher-kva.de", "https:acme.com", "x1://acme.com", f"{'a' * 63}.com", f"{'a' * 64}.com", "",
]  # fmt: skip


@each_row(
    ("texts", "of_one"),
    [
        pytest.param(ADDRESSES, email_host, id="of addresses"),
        pytest.param(NAMED, host_of, id="of addresses as host"),
        pytest.param(ADDRESSES, host_of, id="named by addresses"),
        pytest.param(NAMED, email_host, id="named, no address"),
    ],
)
def test_hosts_of_a_column(texts: list[str], of_one) -> None:  # noqa: ANN001  a function of the table
    column = pd.Series([*texts, None], dtype="str")
    alone = [None if pd.isna(text) else of_one(text) for text in column]
    pd.testing.assert_series_equal(on_distinct(column, of_one), pd.Series(alone, dtype="str"))


SIGNS = st.sampled_from([
    "a", "B", "@", ".", "com", "www.", " ", "\t", "\u00a0", "\u00ad", "<", ">", "mailto:", "?",
    "/", ":", "//", "é", "-", "_", "1", "\u200d",
])  # fmt: skip


@given(st.lists(st.lists(SIGNS, max_size=9).map("".join), min_size=20, max_size=40))
@example([])
@settings(max_examples=settings().max_examples * 4)
def test_hosts_of_any_column(texts: list[str]) -> None:
    column = pd.Series(texts, dtype="str")
    for of_one in (email_host, host_of):
        alone = pd.Series(list(map(of_one, texts)), dtype="str")
        pd.testing.assert_series_equal(on_distinct(column, of_one), alone)


RULES = [rule.replace("*", "zz").removeprefix("!") for rule in suffix_rules()]
LISTED = [domain for name in LISTS.values() for domain in sorted(listed_domains(name))]
HOSTS = [
    *RULES, *(f"a.{rule}" for rule in RULES), *(f"b.a.{rule}" for rule in RULES), *LISTED,
    *(f"mail.{domain}" for domain in LISTED[::7]), "localhost", "a.localhost", "a.b.unknown",
    "mit.edu", "cs.ox.ac.uk", "ours.com", "eu.ours.com", "a.xn--bcher-kva.de",
]  # fmt: skip


def test_hosts_taken_apart() -> None:
    registered, label = taken_apart(pa.array(HOSTS, pa.large_string()))
    assert registered.to_pylist() == list(map(registrable_domain, HOSTS))
    assert label.to_pylist() == [host_parts(host).label or None for host in HOSTS]
    # Few hosts are taken apart one by one.
    at = [0, len(HOSTS) - 7, len(HOSTS) - 6, len(HOSTS) - 1]
    few = taken_apart(pa.array(HOSTS, pa.large_string()).take(pa.array(at)))
    assert few.registered.to_pylist() == registered.take(pa.array(at)).to_pylist()
    assert few.label.to_pylist() == label.take(pa.array(at)).to_pylist()


def test_classes_of_hosts() -> None:
    hosts, ours = pa.array(HOSTS, pa.large_string()), frozenset({"ours.com"})
    registered = owned_domains(hosts).registered
    classes = host_classes(hosts, registered, ours).tolist()
    assert classes == [domain_class(host, ours) for host in HOSTS]
    assert {"provider", "bulk", "free-mail", "disposable", "internal"} <= set(classes)


def test_no_hosts() -> None:
    registered, label = taken_apart(as_arrow(pd.Series([], dtype="str")))
    assert (len(registered), len(label)) == (0, 0)


def test_the_rules_are_those_of_the_library() -> None:
    library = TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)
    ours = {"onmicrosoft.com", "zendesk.com", "sharepoint.com"}
    assert {*suffix_rules()} >= {*library.tlds} | ours
    assert all(host_parts(f"acme.{one}").suffix == one for one in ours)
