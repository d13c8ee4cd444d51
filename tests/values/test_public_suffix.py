"""Hosts are taken apart as tldextract does."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tldextract import TLDExtract

from gsprep.values.host import host_parts, suffix_rules

LIBRARY = TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)
RULES = suffix_rules()
BEFORE = ("", "a.", "b.a.", "www.b.a.", "x-y.")
LABELS = st.sampled_from([
    "a", "com", "uk", "co", "ck", "www", "jp", "kawasaki", "city", "github", "io", "1", "xn--p1ai",
    "xn--", "A", "é", "", "-", "*", "!www", "127", "0",
])  # fmt: skip


@pytest.mark.parametrize("before", BEFORE, ids=lambda before: before or "the suffix itself")
def test_every_rule_of_the_list(before: str) -> None:
    bare = [rule.replace("*", "zz").removeprefix("!") for rule in RULES]
    hosts = [f"{before}{rule}" for rule in bare] + [rule.partition(".")[2] for rule in bare]
    wrong = [host for host in hosts if host_parts(host) != of_library(host)]
    assert wrong == []
    assert len(hosts) > 10_000


@given(st.lists(LABELS, max_size=5).map(".".join) | st.text(max_size=12))
@settings(max_examples=300, deadline=None)
def test_any_text(host: str) -> None:
    assert host_parts(host) == of_library(host)


def of_library(host: str) -> tuple[str, str]:
    found = LIBRARY(host)
    return found.domain, found.suffix
