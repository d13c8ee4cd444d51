"""Columns of hosts are read and taken apart as single hosts are."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gsprep.values.arrow import as_arrow
from gsprep.values.distinct import on_distinct
from gsprep.values.domain import LISTS, domain_class, host_classes, listed_domains
from gsprep.values.host import (
    domain_label,
    email_host,
    host_of,
    registrable_domain,
    suffix_rules,
    taken_apart,
)

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


@pytest.mark.parametrize(
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


@given(st.lists(st.lists(SIGNS, max_size=9).map("".join), max_size=6))
@settings(max_examples=300, deadline=None)
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
    assert label.to_pylist() == list(map(domain_label, HOSTS))


def test_classes_of_hosts() -> None:
    hosts, ours = pa.array(HOSTS, pa.large_string()), frozenset({"ours.com"})
    registered = pc.coalesce(taken_apart(hosts).registered, hosts)
    classes = host_classes(hosts, registered, ours).tolist()
    assert classes == [domain_class(host, ours) for host in HOSTS]
    assert {"provider", "bulk", "free-mail", "disposable", "internal"} <= set(classes)


def test_no_hosts() -> None:
    registered, label = taken_apart(as_arrow(pd.Series([], dtype="str")))
    assert (len(registered), len(label)) == (0, 0)
