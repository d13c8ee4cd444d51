"""Rules: tried in their order, the first that leads to exactly one company decides."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from gsprep.unification.rulebook import Rulebook, parse_rulebook, read_rulebook
from gsprep.unification.unify import unify

COMPANIES = pd.DataFrame(
    {
        "Gsid": ["C1", "C2", "C3", "C4", "C5", "C6"],
        "Name": ["Acme", "Gainsight, Inc.", "Bolt GmbH", "Bolt Ltd", "Bolt", "HP Inc."],
        "Domain": ["acme.com", None, "bolt.de;shared.io", "bolt.co.uk;shared.io", None, None],
        "Phone": ["+49 6172 6080", None, "+31 20 1234567", None, None, None],
        "Country": ["US", "US", "DE", "GB", None, "US"],
    }
)


def book(*rules: dict, **more: object) -> Rulebook:
    return parse_rulebook({"rules": list(rules), **more})


def rule(*groups: object, name: str = "it", precision: float = 0.99) -> dict:
    return {"name": name, "when": list(groups), "precision": precision}


def decide(rulebook: Rulebook, **cells: str | None) -> pd.Series:
    people = pd.DataFrame({name: [value] for name, value in cells.items()})
    return unify(people, COMPANIES, rulebook).decisions.iloc[0]


@pytest.mark.parametrize(
    ("when", "cells", "verdict", "company"),
    [
        pytest.param(
            ["same_domain"], {"Email": "a@acme.com"}, "match", "C1", id="one condition holds"
        ),
        pytest.param(
            [["same_domain", "same_country"]],
            {"Email": "a@acme.com", "Country": "US"},
            "match",
            "C1",
            id="all of a group hold",
        ),
        pytest.param(
            [["same_domain", "same_country"]],
            {"Email": "a@acme.com", "Country": "DE"},
            "no_match",
            None,
            id="one of a group does not",
        ),
        pytest.param(
            [["same_domain", "same_country"]],
            {"Email": "a@acme.com"},
            "no_match",
            None,
            id="what is missing holds nowhere",
        ),
        pytest.param(
            [["same_domain", "same_country"], ["same_phone"]],
            {"Email": "a@acme.com", "Phone": "+4961726080"},
            "match",
            "C1",
            id="another group holds",
        ),
        pytest.param(["same_name"], {"CompanyName": "Bolt AG"}, "review", "C3", id="several"),
        pytest.param(
            [["same_name", "same_country"]],
            {"CompanyName": "Bolt", "Country": "GB"},
            "match",
            "C4",
            id="one of several",
        ),
        pytest.param(
            [{"spelled_alike": 0.3}],
            {"CompanyName": "Gainsigth"},
            "match",
            "C2",
            id="far enough",
        ),
        pytest.param(
            ["spelled_alike"], {"CompanyName": "Gainsigth"}, "no_match", None, id="not fully"
        ),
        pytest.param(
            ["domain_is_name"], {"Email": "a@acme.fr"}, "match", "C1", id="the name in full"
        ),
        pytest.param(
            ["domain_is_name"], {"Email": "a@gainsight.fr"}, "no_match", None, id="not in full"
        ),
        pytest.param(
            ["domain_is_name"], {"Email": "a@gainsight-inc.com"}, "match", "C2", id="with its form"
        ),
        pytest.param(
            ["domain_is_bare_name"], {"Email": "a@gainsight.fr"}, "match", "C2", id="without it"
        ),
        pytest.param(
            ["domain_is_bare_name"], {"Email": "a@acme.fr"}, "no_match", None, id="it has none"
        ),
        pytest.param(
            ["domain_is_bare_name"], {"Email": "a@hp.com"}, "match", "C6", id="two letters"
        ),
        pytest.param(
            ["domain_is_bare_name"], {"Email": "a@bolt.org"}, "review", "C3", id="several bear it"
        ),
        pytest.param(["same_name"], {"Country": "US"}, "no_match", None, id="nobody to compare"),
    ],
)
def test_a_rule_decides(
    when: list, cells: dict[str, str], verdict: str, company: str | None
) -> None:
    line = decide(book(rule(*when)), **cells)
    assert line["verdict"] == verdict
    assert line["Company_ID"] == company or (company is None and pd.isna(line["Company_ID"]))


NAME, DOMAIN = rule("same_name", name="name"), rule("same_domain", name="domain", precision=0.9)
WEIGHTS = {"intercept": -3.0, "model": {"same_phone": 9.0, "same_country": 1.0}}


@pytest.mark.parametrize(
    ("rules", "cells", "decision"),
    [
        pytest.param(
            [NAME, DOMAIN],
            {"CompanyName": "Gainsight", "Email": "a@acme.com"},
            ("match", "C2", "name"),
            id="the first one",
        ),
        pytest.param(
            [DOMAIN, NAME],
            {"CompanyName": "Gainsight", "Email": "a@acme.com"},
            ("match", "C1", "domain"),
            id="in their order",
        ),
        pytest.param(
            [NAME, DOMAIN],
            {"CompanyName": "Nowhere", "Email": "a@acme.com"},
            ("match", "C1", "domain"),
            id="the next one",
        ),
        pytest.param(
            [NAME, DOMAIN],
            {"CompanyName": "Bolt", "Email": "a@acme.com", "Phone": "+4961726080"},
            ("review", "C3", "name"),
            id="after several nobody is asked",
        ),
        pytest.param(
            [NAME, DOMAIN],
            {"CompanyName": "Nowhere", "Phone": "+4961726080"},
            ("match", "C1", "model"),
            id="the model for the rest",
        ),
    ],
)
def test_rules_are_tried_in_order(rules: list, cells: dict, decision: tuple) -> None:
    line = decide(book(*rules, **WEIGHTS), **cells)
    assert (line["verdict"], line["Company_ID"], line["rule"]) == decision


def test_the_model_ranks_the_companies_of_a_rule() -> None:
    """What the model weighs most stands first, then the smaller Gsid; they share the precision."""
    line = decide(book(NAME, **WEIGHTS), CompanyName="Bolt", Country="GB")
    assert (line["Company_ID"], line["runner_up_id"]) == ("C4", "C3")
    assert line["probability"] == pytest.approx(0.99 / 3, abs=1e-6)
    assert line["margin"] == 0
    assert line["reason"].endswith("The rule leads to other companies as well.")


def test_of_companies_that_fit_equally_well_the_first_may_stand_for_all() -> None:
    cells = {"CompanyName": "Bolt"}
    ties = {"decide": {"ties": "smaller_gsid"}}
    by_rule = decide(book(NAME, **ties), **cells)
    assert (by_rule["verdict"], by_rule["Company_ID"], by_rule["probability"]) == (
        "match", "C3", 0.99,
    )  # fmt: skip
    model = {"intercept": -3.0, "model": {"same_name": 9.0}}
    assert decide(parse_rulebook(model), **cells)["verdict"] == "review"
    by_model = decide(parse_rulebook(model | ties), **cells)
    assert (by_model["verdict"], by_model["Company_ID"]) == ("match", "C3")
    assert pd.isna(by_model["runner_up_id"])


def test_a_tie_is_no_match_however_low_the_line() -> None:
    low = {"intercept": -3.0, "model": {"same_name": 9.0}, "decide": {"match_from": 0.3}}
    assert decide(parse_rulebook(low), CompanyName="Bolt")["verdict"] == "review"


def test_the_model_may_only_propose() -> None:
    model = {"intercept": -3.0, "model": {"same_name": 9.0}, "decide": {"model_matches": False}}
    line = decide(parse_rulebook(model), CompanyName="Acme")
    assert line["verdict"] == "review"
    assert "No rule decides it" in line["reason"]
    ruled = decide(parse_rulebook({**model, "rules": [NAME]}), CompanyName="Acme")
    assert ruled["verdict"] == "match"


def test_without_a_model_nobody_else_has_candidates() -> None:
    people = pd.DataFrame({"CompanyName": ["Acme", None], "Email": [None, "a@acme.com"]})
    found = unify(people, COMPANIES, book(NAME))
    assert found.decisions["verdict"].tolist() == ["match", "no_match"]
    assert found.decisions["probability"].tolist() == [0.99, 0]
    assert found.decisions["reason"].iloc[1] == "No rule leads to a company."
    assert found.evidence["row_id"].tolist() == ["1"]


def test_no_rule_holds_for_your_own_staff() -> None:
    own = {"domains": {"own": ["ours.com"]}}
    staff = {"CompanyName": "Acme", "Email": "ana@mail.ours.com"}
    assert decide(book(NAME, **own), **staff)["verdict"] == "no_match"
    assert decide(book(NAME), **staff)["verdict"] == "match"


def test_an_alias_is_another_domain_for_the_same() -> None:
    aliases = {"domains": {"aliases": {"oldacme.com": "acme.com"}}}
    for address in ("a@oldacme.com", "a@mail.oldacme.com", "a@acme.com"):
        assert decide(book(DOMAIN, **aliases), Email=address)["Company_ID"] == "C1"
    assert decide(book(DOMAIN, **aliases), Email="a@notoldacme.com")["verdict"] == "no_match"


def test_each_condition_carries_an_equal_part() -> None:
    people = pd.DataFrame({"CompanyName": ["Bolt"], "Country": ["GB"], "Phone": ["+31201234567"]})
    both = rule(["same_name", "same_country"], precision=0.98)
    evidence = unify(people, COMPANIES, book(both, **WEIGHTS)).evidence.iloc[0]
    whole = np.log(0.98 / 0.02)
    assert evidence["intercept"] == 0
    assert evidence[["same_name", "same_country"]].tolist() == pytest.approx([whole / 2] * 2)
    assert evidence["same_phone"] == 0


def test_the_strict_rulebook_leaves_to_people_what_one_fact_shows() -> None:
    strict = read_rulebook("strict")
    assert decide(strict, Email="a@acme.com")["verdict"] == "review"
    line = decide(strict, Email="a@acme.com", CompanyName="Acme Corp")
    assert (line["verdict"], line["rule"]) == ("match", "domain and name")
    assert strict.model == read_rulebook().model


@pytest.mark.parametrize(
    ("cells", "decision"),
    [
        pytest.param(
            {"Email": "ana@acme.com"},
            ("match", "C4", "person with this address"),
            id="a person is known",
        ),
        pytest.param(
            {"Email": "two@gmail.com"},
            ("review", "C1", "person with this address"),
            id="known in two companies",
        ),
        pytest.param(
            {"Email": "bo@acme.io"}, ("match", "C1", "domain is the name"), id="the name in full"
        ),
        pytest.param(
            {"Email": "bo@gainsight.io"},
            ("match", "C2", "domain is the name without legal form"),
            id="without Inc.",
        ),
        pytest.param({"CompanyName": "Acme"}, ("no_match", None, "model"), id="nothing else"),
    ],
)
def test_the_chain_of_communities(cells: dict[str, str], decision: tuple) -> None:
    known = pd.DataFrame(
        {
            "Email": ["Ana@acme.com", "two@gmail.com", "two@gmail.com"],
            "Company_ID": ["C4", "C1", "C2"],
        }
    )
    people = pd.DataFrame({name: [value] for name, value in cells.items()})
    found = unify(people, COMPANIES, read_rulebook("communities"), known=known).decisions
    line = found[["verdict", "Company_ID", "rule"]].astype(object).where(found.notna(), None)
    assert tuple(line.iloc[0]) == decision
