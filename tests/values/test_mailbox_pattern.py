"""How employers build mailboxes from names."""

from __future__ import annotations

import pandas as pd
import pytest

from gsprep.values.mailbox import PATTERNS, mailbox_patterns


def pattern(box: str, first: str | None, last: str | None) -> str | None:
    columns = (pd.Series([cell], dtype="str") for cell in (f"{box}@acme.com", first, last))
    found = int(mailbox_patterns(*columns)[0])
    return None if found < 0 else PATTERNS[found]


@pytest.mark.parametrize(
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


@pytest.mark.parametrize(
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
