"""What says nothing, where it can mean nothing else."""

from __future__ import annotations

import pytest
from each_row import each_row

from gsprep.shipped import shipped_lines
from gsprep.values.email import normal_email
from gsprep.values.placeholder import (
    is_placeholder,
    is_placeholder_email,
    is_placeholder_phone,
    placeholder_words,
)


@each_row(
    "text",
    ["n/a", "N/A", "n.a.", "N / A", "-", "--", "—", "?", "...", "*", "/", "#N/A", "#REF!", "<NA>",
     "(blank)", "Ｎ／Ａ", "Não informado", "•", "'-'", '"n/a"', " -\u200b", "[null]", "k.A.",
     "Keine Angabe", "not available", "none@none.com", "mailto:test@test.com"],
)  # fmt: skip
def test_nobody_is_called_so(text: str) -> None:
    assert is_placeholder(text)
    assert is_placeholder(text, names=True)


@each_row("text", ["Test", "NULL", "none", "Unknown", "Na", "TBD", "xxx", "null."])
def test_somebody_may_be_called_so(text: str) -> None:
    assert is_placeholder(text)
    assert not is_placeholder(text, names=True)


@each_row(
    "text",
    ["Anna", "R&D", "C++", "Nahum", "Testa", "Noneman", "0", "x", "+1", "#1", "", " ", "O", "日本",
     "♥", "-5", "1/2", "Test Manager", "N/A Consulting", "-" * 40, "ana@acme.com",
     "@none.com"],
)  # fmt: skip
def test_says_something(text: str) -> None:
    assert not is_placeholder(text)


@each_row(
    ("text", "is_one"),
    [
        pytest.param("none@none.com", True, id="none"),
        pytest.param("N/A", True, id="no address at all"),
        pytest.param("Anybody@Example.com", True, id="a domain that is nobody's"),
        pytest.param("mailto:test@test.com", True, id="in a link"),
        pytest.param("ana@sub.example.com", False, id="a domain below"),
        pytest.param("ana@test.com", False, id="a person at such a domain"),
        pytest.param("testa@gmail.com", False, id="a person at a provider"),
        pytest.param("none@", False, id="broken"),
        pytest.param("test@acme.com", False, id="at a company"),
    ],
)
def test_addresses(text: str, is_one: bool) -> None:  # noqa: FBT001  a column of the table
    assert is_placeholder_email(text) is is_one


@each_row(
    ("text", "is_one"),
    [
        ("000-000-0000", True), ("1111111111", True), ("+99999999", True), ("n/a", True),
        ("1111", False), ("0800 000 0000", False), ("+1 415 555 0102", False), ("", False),
    ],
)  # fmt: skip
def test_numbers(text: str, is_one: bool) -> None:  # noqa: FBT001  a column of the table
    assert is_placeholder_phone(text) is is_one


def test_every_word_of_the_list_is_found() -> None:
    words = [*placeholder_words(), *map(str.upper, placeholder_words())]
    assert [word for word in words if not is_placeholder(word)] == []
    assert len(words) > 100


def test_the_lists_are_well_formed() -> None:
    words = [line.split("\t") for line in shipped_lines("rules", "lists", "placeholders.txt")]
    assert all(place in {"everywhere", "no name"} for _, place in words)
    mail = [line.split("\t") for line in shipped_lines("rules", "lists", "placeholder_mail.txt")]
    assert all(normal_email(f"a@{domain}") and mailboxes for domain, mailboxes in mail)
