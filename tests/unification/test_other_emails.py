"""Further e-mail addresses as evidence."""

from __future__ import annotations

import pandas as pd
import pytest

from gsprep.unification.prepare import prepare
from gsprep.unification.rulebook import parse_rulebook, read_rulebook
from gsprep.unification.unify import unify

INDEX = prepare(
    pd.DataFrame(
        {
            "Gsid": ["A", "B", "C", "D", "E"],
            "Name": ["Acme", "Bolt", "Zork Labs", "Quux", "Quux Nord"],
            "Domain": ["acme.com", "bolt.io", None, "quux.org", "quux.org"],
        }
    ),
    parse_rulebook({"model": "default", "decide": {"match_from": 0.85}}),
)
ALONE = "Another of their addresses, or a site they state, is at a domain only this company lists."
SHARED = "Another of their addresses, or a site they state, is at a domain this company shares."
NAMED = "Another of their addresses, or a site they state, is at a domain named like this company."


@pytest.mark.parametrize(
    ("email", "others", "verdict", "company", "sentence"),
    [
        pytest.param("a@gmail.com", "a@acme.com", "match", "A", ALONE, id="the second address"),
        pytest.param("a@gmail.com", "x@web.de; a@mail.acme.com", "match", "A", ALONE, id="third"),
        pytest.param(None, "a@acme.com;a@web.de", "match", "A", ALONE, id="no Email"),
        pytest.param("a@gmail.com", "a@quux.org", "review", "D", SHARED, id="of several companies"),
        pytest.param("a@gmail.com", "a@zorklabs.com", "review", "C", NAMED, id="named like it"),
        pytest.param(
            "a@old.com", "a@acme.com", "review", "A", ALONE, id="Email at another employer"
        ),
        pytest.param("a@acme.com", "a@bolt.io", "match", "A", None, id="Email goes before"),
        pytest.param("a@gmail.com", "a@web.de", "no_match", None, None, id="free mail"),
        pytest.param("a@gmail.com", "n/a; see CRM", "no_match", None, None, id="no address"),
        pytest.param("a@gmail.com", "A@GMAIL.com", "no_match", None, None, id="the same"),
    ],
)
def test_which_address_speaks(
    email: str | None, others: str, verdict: str, company: str | None, sentence: str | None
) -> None:
    people = pd.DataFrame({"Email": [email], "OtherEmails": [others]}, dtype="str")
    line = unify(people, INDEX).decisions.iloc[0]
    assert line["verdict"] == verdict
    assert (None if pd.isna(line["Company_ID"]) else line["Company_ID"]) == company
    said = [one for one in (ALONE, SHARED, NAMED) if one in line["reason"]]
    assert said == ([sentence] if sentence else [])


def test_the_better_of_two_addresses_counts_and_not_both() -> None:
    model = read_rulebook().model
    second = model["other_email_domain"]
    better = max(model["domain_like_name"], second)
    people = pd.DataFrame(
        {
            "Email": ["a@acme.com", "a@acme.net", "a@gmail.com"],
            "OtherEmails": ["b@acme.com", "a@acme.com", "a@acme.com;b@acme.com;a@mail.acme.com"],
        }
    )
    evidence = unify(people, INDEX).evidence
    of_domain = evidence[
        ["same_domain", "domain_like_name", "other_email_domain", "other_email_like_name"]
    ].sum(axis=1)
    at_acme = of_domain[evidence["Company_ID"] == "A"].tolist()
    assert at_acme == pytest.approx([model["same_domain"], better, second])


def test_an_alias_holds_for_every_address_and_the_column_can_be_named() -> None:
    book = parse_rulebook(
        {
            "model": "default",
            "domains": {"aliases": {"acme.de": "acme.com"}},
            "columns": {"other_emails": "Private mail"},
            "decide": {"match_from": 0.85},
        }
    )
    companies = pd.DataFrame({"Gsid": ["A"], "Name": ["Acme"], "Domain": ["acme.com"]})
    people = pd.DataFrame({"Email": ["a@gmail.com"], "Private mail": ["a@acme.de"]})
    line = unify(people, companies, book).decisions.iloc[0]
    assert (line["verdict"], line["reason"]) == ("match", ALONE)
