"""A second pass: people are decided by what became of those they share something with."""

from __future__ import annotations

import pandas as pd

from gsprep.unification.index import prepare
from gsprep.unification.knowing.passes import Learned, decide_again
from gsprep.unification.unify import unify

INDEX = prepare(
    pd.DataFrame({"Gsid": ["A", "B"], "Name": ["Acme Turbines", "Bolt"], "Country": ["US", "US"]})
)
COLLEAGUES = pd.DataFrame(
    {
        "Email": [f"{name}@at-group.net" for name in "abcdefghijklmnopqrst"],
        "CompanyName": "Acme Turbines",
        "Country": "US",
    }
)
NEW = pd.DataFrame({"Email": ["new@at-group.net"], "Country": ["US"]})


def test_colleagues_show_whose_a_domain_is() -> None:
    people = pd.concat([COLLEAGUES, NEW], ignore_index=True)
    first = unify(people, INDEX)
    assert first.decisions["verdict"].iloc[-1] == "no_match"
    second, learned = decide_again(people, INDEX, first)
    assert second.decisions["Company_ID"].iloc[-1] == "A"
    assert learned.domains == 1
    assert "known at their e-mail's domain" in second.decisions["reason"].iloc[-1]


def test_nobody_speaks_for_themselves_alone() -> None:
    people = pd.concat([COLLEAGUES.head(1), NEW], ignore_index=True)
    first = unify(people, INDEX)
    second, learned = decide_again(people, INDEX, first)
    assert learned == Learned(domains=0, phones=0, matched=0, withdrawn=0, moved=0)
    assert second.decisions["verdict"].tolist() == ["match", "no_match"]


def test_what_was_known_before_stays_known() -> None:
    known = pd.DataFrame({"row_id": ["1"], "Email": ["x@gmail.com"], "Company_ID": ["B"]})
    people = pd.concat([COLLEAGUES, pd.DataFrame({"Email": ["x@gmail.com"]})], ignore_index=True)
    index = prepare(
        pd.DataFrame({"Gsid": ["A", "B"], "Name": ["Acme Turbines", "Bolt"]}), known=known
    )
    second, _ = decide_again(people, index, unify(people, index), known)
    assert second.decisions["Company_ID"].iloc[-1] == "B"
