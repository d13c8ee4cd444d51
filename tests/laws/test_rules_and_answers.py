"""The laws of rules and answers: reviewers win, rules keep their order, each person is alone."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from gsprep.results import Unified
from gsprep.unification.prepare import prepare
from gsprep.unification.rulebook import Rulebook, parse_rulebook, read_rulebook
from gsprep.unification.unify import unify
from gsprep.values.email import email_key

HOSTS = ["acme.com", "eu.acme.com", "acme.de", "zeta-labs.io", "gmail.com", "ours.com"]
NAMES = ["Acme", "Acme Corp.", "Acme GmbH", "Zeta Labs", "Zeta Lbas", "ZL", "GmbH"]
PHONES = ["+1 415 555 2671", "+49 6172 6080", "n/a"]
COUNTRIES = ["US", "Germany", "CH"]
CONDITIONS = [
    "same_domain", "shared_domain", "same_name", "same_phone", "same_country", "other_country",
    "domain_like_name", "domain_is_name", "domain_is_bare_name", {"spelled_alike": 0.4},
]  # fmt: skip
MODEL = {
    "intercept": -3.0,
    "model": {"same_domain": 8.0, "shared_domain": 4.0, "same_name": 6.0, "other_country": -2.0},
    "never_alone": ["shared_domain"],
}
FEW = settings(
    max_examples=settings().max_examples // 2,
    deadline=None,
    suppress_health_check=[HealthCheck.differing_executors],
)


def cells(values: list[str]) -> st.SearchStrategy[str | None]:
    return st.none() | st.sampled_from(values)


def frames(columns: dict[str, st.SearchStrategy], least: int = 0) -> st.SearchStrategy:
    rows = st.lists(st.fixed_dictionaries(columns), min_size=least, max_size=6)
    return rows.map(lambda lines: pd.DataFrame(lines, columns=list(columns), dtype="str"))


ADDRESSES = [f"{who}@{host}" for host in HOSTS for who in ("ana", "bo")]
PEOPLE = frames(
    {
        "Email": cells([*ADDRESSES, "no address"]),
        "CompanyName": cells(NAMES),
        "Phone": cells(PHONES),
        "Country": cells(COUNTRIES),
    }
).map(lambda frame: frame.assign(row_id=[f"p{n}" for n in range(len(frame))]).astype("str"))
COMPANIES = frames(
    {
        "Name": st.sampled_from(NAMES),
        "Domain": cells([*HOSTS, "acme.com; acme.de"]),
        "Phone": cells(PHONES),
        "Country": cells(COUNTRIES),
    },
    least=1,
).map(lambda frame: frame.assign(Gsid=[f"C{n}" for n in range(len(frame))]))
GROUPS = st.lists(
    st.lists(st.sampled_from(CONDITIONS), min_size=1, max_size=3), min_size=1, max_size=2
)
RULES = st.lists(GROUPS, min_size=1, max_size=3).map(
    lambda rules: [
        {"name": f"rule {n}", "when": when, "precision": 0.9 + n / 50}
        for n, when in enumerate(rules)
    ]
)
BOOKS = st.builds(
    lambda rules, model, ties: parse_rulebook(
        {"rules": rules, **model, "domains": {"own": ["ours.com"]}, "decide": {"ties": ties}}
    ),
    RULES,
    st.sampled_from([{}, MODEL]),
    st.sampled_from(["review", "smaller_gsid"]),
) | st.just(parse_rulebook(MODEL))
VALUES = {
    "email": [address for address in ADDRESSES if "acme" in address],
    "domain": ["acme.com", "acme.de", "eu.acme.com"],
    "company_name": ["Acme", "Acme Corp."],
}
LINES = st.sampled_from(list(VALUES)).flatmap(
    lambda kind: st.tuples(
        st.just(kind),
        st.sampled_from(VALUES[kind]),
        cells([f"C{n}" for n in range(7)]),
        st.sampled_from([None, "2026-11-19", "2026-11-20T09:30:00Z"]),
        st.booleans(),
    )
)
ANSWERS = st.lists(LINES, max_size=6).map(
    lambda lines: pd.DataFrame(
        [
            (kind, value, gsid, "match" if gsid and is_match else "no_match", at)
            for kind, value, gsid, at, is_match in lines
        ],
        columns=["kind", "value", "Company_ID", "answer", "at"],
        dtype=object,
    )
)


def same(one: Unified, other: Unified) -> None:
    assert_frame_equal(one.decisions, other.decisions, check_exact=True)
    assert_frame_equal(one.evidence, other.evidence, check_exact=True)


@given(people=PEOPLE, companies=COMPANIES, book=BOOKS, said=ANSWERS, cut=st.integers(0, 6))
@FEW
def test_splitting_changes_no_bit_and_verdicts_hold(people, companies, book, said, cut) -> None:  # noqa: ANN001  frames
    """Everybody has one verdict, and the evidence adds up for rules and answers as well."""
    index = prepare(companies, book, answers=said)
    parts = [unify(people[:cut], index), unify(people[cut:], index)]
    joined = Unified(
        pd.concat([part.decisions for part in parts], ignore_index=True),
        pd.concat([part.evidence for part in parts], ignore_index=True),
    )
    whole = unify(people, index)
    same(whole, joined)
    decisions = whole.decisions
    assert decisions["row_id"].tolist() == people["row_id"].tolist()
    assert decisions["verdict"].isin(["match", "review", "no_match"]).all()
    nobody = decisions["verdict"] == "no_match"
    assert (decisions["Company_ID"].isna() == nobody).all()
    assert decisions["probability"].between(0, 1).all()
    assert (decisions["margin"] >= 0).all()
    assert decisions["reason"].notna().all()
    assert decisions["rule"].isin(["answer", "model", *(rule.name for rule in book.rules)]).all()
    _adds_up(whole, book)


@given(people=PEOPLE, companies=COMPANIES, book=BOOKS, said=ANSWERS)
@FEW
def test_who_is_ruled_out_is_never_named(people, companies, book, said) -> None:  # noqa: ANN001  frames
    """Neither as a match nor for review, when the newest word on the address is no."""
    addresses = [email_key(address) for address in people["Email"].dropna() if email_key(address)]
    last = pd.DataFrame(
        {
            "kind": "email",
            "value": list(dict.fromkeys(addresses)),
            "Company_ID": "C0",
            "answer": "no_match",
            "at": "2027-01-01",
        }
    )
    told = pd.concat([said, last], ignore_index=True)
    found = unify(people, companies, book, answers=told)
    concerned = people["Email"].map(email_key, na_action="ignore").notna()
    named = found.decisions.loc[concerned.to_numpy(), ["Company_ID", "runner_up_id"]]
    assert not named.isin(["C0"]).any(axis=None)
    of_concerned = found.evidence["row_id"].isin(people.loc[concerned, "row_id"])
    assert not found.evidence.loc[of_concerned, "Company_ID"].isin(["C0"]).any()


@given(people=PEOPLE, companies=COMPANIES, book=BOOKS, said=ANSWERS)
@FEW
def test_the_newest_word_on_an_address_wins(people, companies, book, said) -> None:  # noqa: ANN001  frames
    last = pd.DataFrame(
        [("email", "ana@acme.com", "C0", "match", "2027-01-01")], columns=said.columns
    )
    told = pd.concat([said, last], ignore_index=True)
    decisions = unify(people, companies, book, answers=told).decisions
    anas = decisions[(people["Email"] == "ana@acme.com").to_numpy()]
    assert (anas[["verdict", "Company_ID", "rule"]] == ["match", "C0", "answer"]).all(axis=None)
    assert (anas["probability"] == 1).all()


@given(people=PEOPLE, companies=COMPANIES, book=BOOKS, said=ANSWERS)
@FEW
def test_whoever_nobody_answered_is_decided_as_before(people, companies, book, said) -> None:  # noqa: ANN001  frames
    """Where no answer speaks of a person, only a domain told to be shared can change things."""
    told = said[said["kind"] == "company_name"]
    before = unify(people, companies, book).decisions
    after = unify(people, companies, book, answers=told).decisions
    silent = (~people["CompanyName"].isin(VALUES["company_name"])).to_numpy()
    assert_frame_equal(before[silent], after[silent], check_exact=True)


@given(people=PEOPLE, companies=COMPANIES, rules=RULES)
@FEW
def test_rules_are_asked_in_order_alone_or_in_front_of_a_model(people, companies, rules) -> None:  # noqa: ANN001  frames
    """A later rule changes nobody whom an earlier one decided.

    A model behind the rules ranks what they lead to; verdict and probability are theirs.
    """
    first = unify(people, companies, parse_rulebook({"rules": rules[:1], **MODEL})).decisions
    with_model = unify(people, companies, parse_rulebook({"rules": rules, **MODEL})).decisions
    decided = (first["rule"] == "rule 0").to_numpy()
    assert_frame_equal(first[decided], with_model[decided], check_exact=True)
    assert (with_model.loc[~decided, "rule"] != "rule 0").all()
    alone = unify(people, companies, parse_rulebook({"rules": rules})).decisions
    ruled = (alone["rule"] != "model").to_numpy()
    assert ((with_model["rule"] != "model").to_numpy() == ruled).all()
    columns = ["verdict", "probability", "rule", "margin"]
    assert_frame_equal(alone.loc[ruled, columns], with_model.loc[ruled, columns], check_exact=True)
    assert (alone.loc[~ruled, "verdict"] == "no_match").all()
    matched = (alone["verdict"] == "match").to_numpy()
    assert (alone.loc[matched, "Company_ID"] == with_model.loc[matched, "Company_ID"]).all()


def _adds_up(found: Unified, book: Rulebook) -> None:
    decisions = found.decisions.set_index("row_id")
    terms = found.evidence.columns.drop(["row_id", "Company_ID"])
    asked = [*book.model, *(c.comparison for c in book.conditions if c.comparison != "your_domain")]
    assert set(terms) - {"intercept", "answer"} == set(asked)
    odds = found.evidence[terms].astype("float64").sum(axis=1)
    best = ~found.evidence["row_id"].duplicated()
    for row_id, total in zip(found.evidence.loc[best, "row_id"], odds[best], strict=True):
        line = decisions.loc[row_id]
        if line["rule"] == "answer":
            assert total == pytest.approx(np.log(999_999), abs=1e-4)
        elif line["rule"] != "model":
            rule = next(rule for rule in book.rules if rule.name == line["rule"])
            rivals = rule.precision / line["probability"]
            whole = np.log(rule.precision / (1 - rule.precision)) - np.log(rivals)
            assert rivals == pytest.approx(round(rivals), abs=1e-4)
            assert total == pytest.approx(whole, abs=1e-4)


@given(people=PEOPLE, companies=COMPANIES, said=ANSWERS)
@FEW
def test_arguments_stay_as_they_are(people, companies, said) -> None:  # noqa: ANN001  frames
    given_people, given_answers = people.copy(deep=True), said.copy(deep=True)
    unify(people, companies, read_rulebook("strict"), answers=said)
    assert_frame_equal(people, given_people)
    assert_frame_equal(said, given_answers)


@pytest.mark.parametrize("kind", ["object", "category", "string[pyarrow]"])
def test_the_kind_of_a_column_of_answers_means_nothing(kind: str) -> None:
    people = pd.DataFrame({"Email": ["ana@acme.com", "bo@acme.com"]})
    companies = pd.DataFrame({"Gsid": ["1", "2"], "Name": ["Acme", "Zeta"]})
    said = pd.DataFrame(
        {
            "kind": ["email", "domain"],
            "value": ["ana@acme.com", "acme.com"],
            "Company_ID": ["1", "2"],
            "answer": ["match", "match"],
        }
    )
    straight = unify(people, companies, answers=said)
    same(straight, unify(people, companies, answers=said.astype(kind).iloc[::-1]))
    assert straight.decisions["Company_ID"].tolist() == ["1", "2"]


def test_the_shipped_rulebooks_are_read_by_name() -> None:
    assert [type(read_rulebook(name)) for name in ("default", "strict", "communities")] == [
        Rulebook
    ] * 3
