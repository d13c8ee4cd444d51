"""Mailboxes: one for several spellings, of a role, built from a name."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
import pytest
from each_row import each_row
from hypothesis import given
from hypothesis import strategies as st

from gsprep.shipped import shipped_lines
from gsprep.values.email import normal_email
from gsprep.values.mailbox import (
    PATTERNS,
    is_role_mailbox,
    mailbox_keys,
    mailbox_patterns,
    role_mailboxes,
)


@each_row(
    ("address", "key"),
    [
        pytest.param("ana.ruiz@gmail.com", "anaruiz@gmail.com", id="dots"),
        pytest.param("anaruiz+x@googlemail.com", "anaruiz@gmail.com", id="plus, other domain"),
        pytest.param("ana.ruiz+x@outlook.com", "ana.ruiz@outlook.com", id="dots count"),
        pytest.param("ana+x+y@proton.me", "ana@proton.me", id="two plus"),
        pytest.param("ana+x@acme.com", "ana+x@acme.com", id="a company's own rules"),
        pytest.param("ana.b@gmail.com.co", "ana.b@gmail.com.co", id="another domain"),
        pytest.param("+x@gmail.com", "+x@gmail.com", id="nothing before the plus"),
        pytest.param(None, None, id="missing"),
    ],
)
def test_mailbox(address: str | None, key: str | None) -> None:
    assert mailbox_keys(pa.array([address], pa.large_string())).to_pylist() == [key]


@given(st.lists(st.emails().map(str.lower)))
def test_the_key_is_its_own_key(addresses: list[str]) -> None:
    keys = mailbox_keys(pa.array(addresses, pa.large_string()))
    assert mailbox_keys(keys).equals(keys)


@each_row(
    "address",
    ["info@acme.com", "INFO@ACME.com", "no-reply@acme.com", "no_reply@acme.com", "noreply2@a.com",
     "do.not.reply@acme.com", "support+eu@acme.com", "mailto:sales@acme.com", "Mailer-Daemon@x.co"],
)  # fmt: skip
def test_a_task(address: str) -> None:
    assert is_role_mailbox(address)


@each_row(
    "address",
    ["ana@acme.com", "infante@acme.com", "post.malone@acme.com", "sales.ana@acme.com", "info@", "",
     "info", "hr.mueller@acme.de", "a.r@acme.com", "s.ales@acme.com", "p-ress@acme.com"],
)  # fmt: skip
def test_a_person_or_no_address(address: str) -> None:
    assert not is_role_mailbox(address)


@given(st.text(alphabet="salesinfo.-_2", min_size=1, max_size=8))
def test_a_column_says_the_same(box: str) -> None:
    if (address := normal_email(f"{box}@acme.com")) is not None:
        column = pa.array([address], pa.large_string())
        assert role_mailboxes(column).tolist() == [is_role_mailbox(address)]


def test_every_role_of_the_list_is_found() -> None:
    roles = shipped_lines("rules", "lists", "role_mailboxes.txt")
    assert [role for role in roles if not is_role_mailbox(f"{role}@acme.com")] == []
    assert len(roles) > 100


def pattern(box: str, first: str | None, last: str | None) -> str | None:
    columns = (pd.Series([cell], dtype="str") for cell in (f"{box}@acme.com", first, last))
    found = int(mailbox_patterns(*columns)[0])
    return None if found < 0 else PATTERNS[found]


@each_row(
    ("box", "built"),
    [
        ("ana.ruiz", "first.last"),
        ("ana_ruiz", "first_last"),
        ("ana-ruiz", "first-last"),
        ("anaruiz", "firstlast"),
        ("ruiz.ana", "last.first"),
        ("ruiz_ana", "last_first"),
        ("ruizana", "lastfirst"),
        ("a.ruiz", "f.last"),
        ("a_ruiz", "f_last"),
        ("aruiz", "flast"),
        ("ana.r", "first.l"),
        ("anar", "firstl"),
        ("ruiz.a", "last.f"),
        ("ruiza", "lastf"),
        ("ana", "first"),
        ("ruiz", "last"),
        ("ana.ruiz+news", "first.last"),
        ("sales", None),
        ("ana.ruiz2", None),
    ],
)
def test_ways(box: str, built: str | None) -> None:
    assert pattern(box, "Ana", "Ruiz") == built


@each_row(
    ("box", "first", "last", "built"),
    [
        pytest.param("jurgen.muller", "Jürgen", "Müller", "first.last", id="accents go"),
        pytest.param("juergen.mueller", "Jürgen", "Müller", "first.last", id="or are written out"),
        pytest.param("ana.vandyk", "Ana", "van Dyk", "first.last", id="a name of two words"),
        pytest.param("ana.ruiz", "Ana Maria", "Ruiz", "first.last", id="the first given name"),
        pytest.param("a.oneill", "Ann", "O'Neill", "f.last", id="an apostrophe"),
        pytest.param("ana", "Ana", None, "first", id="no family name"),
        pytest.param("ruiz", None, "Ruiz", "last", id="no given name"),
        pytest.param("a", "A", "A", "first", id="the first of two that fit"),
        pytest.param("ana", None, None, None, id="no name"),
        pytest.param(".", "京", "李", None, id="no Latin letter"),
    ],
)
def test_names(box: str, first: str | None, last: str | None, built: str | None) -> None:
    assert pattern(box, first, last) == built
