"""The laws of deciding: each person alone, one verdict each, and evidence that adds up."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from gsprep.cleaning.clean import clean
from gsprep.lazy import part_of
from gsprep.results import Unified
from gsprep.unification.prepare import prepare
from gsprep.unification.registry import comparisons
from gsprep.unification.rulebook import Domains, default_rulebook, read_rulebook
from gsprep.unification.rules import FOR_RULES
from gsprep.unification.score import interactions_of
from gsprep.unification.unify import unify

# A small world in which everything is shared: domains, subdomains, free mail, names, numbers.
HOSTS = [
    "acme.com", "eu.acme.com", "mail.eu.acme.com", "acme.de", "zeta-labs.io", "gmail.com",
    "mit.edu", "müller.de", "ours.com", "acme.co.uk",
]  # fmt: skip
NAMES = [
    "Acme", "Acme Corp.", "Acme GmbH", "Acme Europe Ltd", "Acme Holdings 2004",
    "Acme Holdings 2005", "Zeta Labs", "Zeta Laboratories Inc", "Zeta Lbas", "ZL",
    "International Business Machines", "IBM", "Müller & Söhne", "トヨタ自動車", "GmbH", "...",
]  # fmt: skip
PHONES = ["+1 415 555 2671", "415-555-2671", "+49 6172 6080", "0041446681800", "12", "n/a"]
COUNTRIES = ["US", "Germany", "de", "ZZ", "CH"]
BOOK = read_rulebook().model_copy(
    update={"domains": Domains(own=("ours.com",), excluded=("mit.edu",))}
)
FEW = settings(
    max_examples=settings().max_examples // 2,
    deadline=None,
    suppress_health_check=[HealthCheck.differing_executors],
)


def cells(values: list[str]) -> st.SearchStrategy[str | None]:
    return st.none() | st.sampled_from(values)


def frames(columns: dict[str, st.SearchStrategy], least: int = 0) -> st.SearchStrategy:
    rows = st.lists(st.fixed_dictionaries(columns), min_size=least, max_size=8)
    return rows.map(lambda lines: pd.DataFrame(lines, columns=list(columns), dtype="str"))


ADDRESSES = cells([f"ana@{host}" for host in HOSTS] + ["ana", "@", "a b@acme.com"])
PEOPLE = frames(
    {
        "Email": ADDRESSES,
        "CompanyName": cells(NAMES),
        "Phone": cells(PHONES),
        "Country": cells(COUNTRIES),
    }
).map(lambda frame: frame.assign(row_id=[f"p{n}" for n in range(len(frame))]).astype("str"))
COMPANIES = frames(
    {
        "Name": st.sampled_from(NAMES),
        "Domain": cells([*HOSTS, "acme.com; acme.de", "https://www.acme.com/", ";"]),
        "Phone": cells([*PHONES, "+1 415 555 2671;+49 6172 6080"]),
        "Country": cells(COUNTRIES),
    },
    least=1,
).map(lambda frame: frame.assign(Gsid=[f"C{n}" for n in range(len(frame))]))


def same(one: Unified, other: Unified) -> None:
    assert_frame_equal(one.decisions, other.decisions, check_exact=True)
    assert_frame_equal(one.evidence, other.evidence, check_exact=True)


def joined(parts: list[Unified]) -> Unified:
    return Unified(
        pd.concat([part.decisions for part in parts], ignore_index=True),
        pd.concat([part.evidence for part in parts], ignore_index=True),
    )


@pytest.mark.parametrize("size", [1, 3])
@given(people=PEOPLE, companies=COMPANIES)
@FEW
def test_slices_and_threads_change_no_bit(size, people, companies) -> None:  # noqa: ANN001  frames
    index = prepare(companies, BOOK)
    whole = unify(people, index)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("gsprep.unification.unify._SLICE", size)
        patched.setattr("gsprep.unification.unify._GROUP", 2 * size)
        patched.setattr("gsprep.unification.search.nearest._SLICE", size)
        same(unify(people, index), whole)


@given(people=PEOPLE, companies=COMPANIES, cut=st.integers(0, 8))
@FEW
def test_splitting_people_changes_no_bit(people, companies, cut) -> None:  # noqa: ANN001  frames
    """The law that chunks, partitions and threads stand on."""
    index = prepare(companies, BOOK)
    whole = unify(people, index)
    halves = [unify(people[:cut], index), unify(people[cut:], index)]
    same(whole, joined(halves))
    if len(people):
        same(whole, joined([unify(people[n : n + 1], index) for n in range(len(people))]))


@given(people=PEOPLE, companies=COMPANIES, random=st.randoms(use_true_random=False))
@FEW
def test_order_means_nothing_and_arguments_stay_as_they_are(people, companies, random) -> None:  # noqa: ANN001  frames
    """Each person has the same decision wherever they and the companies stand."""
    before, given_companies = people.copy(deep=True), companies.copy(deep=True)
    order = random.sample(range(len(people)), len(people))
    index = prepare(companies, BOOK)
    straight = unify(people, index)
    assert_frame_equal(people, before)
    assert_frame_equal(companies, given_companies)
    same(
        straight, unify(people, companies.sample(frac=1, random_state=random.getrandbits(32)), BOOK)
    )
    shuffled = unify(people.iloc[order], index).decisions
    assert shuffled["row_id"].tolist() == people["row_id"].iloc[order].tolist()
    theirs = straight.decisions.iloc[order].reset_index(drop=True)
    assert_frame_equal(theirs, shuffled, check_exact=True)


@given(people=PEOPLE, companies=COMPANIES)
@FEW
def test_everybody_has_one_verdict_and_it_holds_together(people, companies) -> None:  # noqa: ANN001  frames
    """A prepared index stands for its companies, and the evidence adds up to the probability."""
    index = prepare(companies, BOOK)
    result = unify(people, index)
    some = part_of(result, "evidence", ["Company_ID", "intercept"], slice(1, 4))
    same(unify(people, companies, BOOK), result)
    assert_frame_equal(some, result.evidence[list(some)][1:4].reset_index(drop=True))
    decisions = result.decisions
    assert decisions["row_id"].tolist() == people["row_id"].tolist()
    assert decisions["verdict"].isin(["match", "review", "no_match"]).all()
    nobody = decisions["verdict"] == "no_match"
    assert (decisions["Company_ID"].isna() == nobody).all()
    assert (decisions["company_name"].isna() == nobody).all()
    assert decisions["probability"].between(0, 1).all()
    assert (decisions["margin"] >= 0).all()
    matched = decisions["verdict"] == "match"
    assert (decisions.loc[matched, "probability"] >= index.match_from).all()
    assert (decisions["runner_up_id"].isna() == decisions["runner_up_name"].isna()).all()
    assert (decisions["Company_ID"] != decisions["runner_up_id"]).all()
    assert decisions["reason"].notna().all()
    _adds_up(result, len(companies))


def _adds_up(result: Unified, companies: int) -> None:
    """Best and runner-up are shares of one with "none" and with the rest, which weigh less."""
    evidence, decisions = result.evidence, result.decisions.set_index("row_id")
    terms = ["intercept", *BOOK.model, *(one.name for one in interactions_of(BOOK))]
    assert list(evidence.columns) == ["row_id", "Company_ID", *terms]
    assert evidence.groupby("row_id", sort=False).size().le(2).all()
    odds = evidence[terms].astype("float64").sum(axis=1)
    for row_id, lines in odds.groupby(evidence["row_id"], sort=False):
        decided = decisions.loc[row_id]
        assert (np.diff(lines) <= 1e-6).all()
        # Against "none" the share of the best is e to its log-odds, whoever else takes part.
        shares = np.exp(lines) / (1 + np.exp(lines).sum())
        assert decided["probability"] <= shares.iloc[0] + 2e-6
        if companies <= 2:
            assert decided["probability"] == pytest.approx(shares.iloc[0], abs=2e-6)
            assert decided["margin"] == pytest.approx(-np.diff([*shares, 0.0])[0], abs=3e-6)


@given(people=PEOPLE, companies=COMPANIES)
@FEW
def test_raw_and_cleaned_columns_decide_the_same(people, companies) -> None:  # noqa: ANN001  frames
    raw = people.assign(
        Email=" mailto:" + people["Email"],
        CompanyName="  " + people["CompanyName"] + "\u00a0",
        Phone=people["Phone"] + " ",
    )
    index = prepare(companies, BOOK)
    same(unify(raw, index), unify(clean(raw).frame, index))
    same(unify(people, index), unify(clean(people).frame, index))


@given(companies=COMPANIES)
@FEW
def test_mail_that_says_nothing_decides_nothing(companies) -> None:  # noqa: ANN001  frames
    people = pd.DataFrame({"Email": ["ana@gmail.com", "ana@mit.edu", "ana@ours.com"]})
    assert set(unify(people, companies, BOOK).decisions["verdict"]) == {"no_match"}


@given(companies=COMPANIES, country=cells(COUNTRIES))
@FEW
def test_what_two_companies_have_alone_never_matches(companies, country) -> None:  # noqa: ANN001  frames
    """Neither any domain nor any telephone number."""
    twice = pd.concat([companies, companies.assign(Gsid="D" + companies["Gsid"])])
    by_domain = pd.DataFrame({"Email": [f"ana@{host}" for host in HOSTS]})
    by_phone = pd.DataFrame({"Phone": PHONES, "Country": country})
    people = pd.concat([by_domain, by_phone], ignore_index=True)
    assert "match" not in set(unify(people, twice, BOOK).decisions["verdict"])


@given(companies=COMPANIES, blank=st.sampled_from([None, "", "  ", float("nan"), pd.NA]))
@FEW
def test_missing_never_meets_missing(companies, blank) -> None:  # noqa: ANN001  frames
    """Companies without domain, number and country have nothing in common with blank people."""
    bare = companies.assign(Domain=blank, Phone=blank, Country=blank)
    cells_of_one = {name: [blank] for name in ("Email", "CompanyName", "Phone", "Country")}
    line = unify(pd.DataFrame(cells_of_one, dtype=object), bare, BOOK)
    assert line.decisions["verdict"].tolist() == ["no_match"]
    assert line.decisions["probability"].tolist() == [0]
    assert line.evidence.empty


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20) | st.text(
    st.sampled_from("ab.@;-&1 \x1f\x00\u200bßİ"), max_size=20
)
ANY_ROWS = st.lists(st.tuples(TEXT, TEXT, TEXT, TEXT), min_size=1, max_size=6)


@given(people=ANY_ROWS, companies=ANY_ROWS)
@FEW
def test_any_text_in_any_column_is_decided(people, companies) -> None:  # noqa: ANN001  rows
    persons = pd.DataFrame(people, columns=["Email", "CompanyName", "Phone", "Country"])
    frame = pd.DataFrame(companies, columns=["Name", "Domain", "Phone", "Country"])
    frame["Name"] = "n" + frame["Name"]
    index = prepare(frame.assign(Gsid=[str(n) for n in range(len(frame))]), BOOK)
    whole = unify(persons, index)
    assert len(whole.decisions) == len(persons)
    parts = [unify(persons[n : n + 1], index).decisions for n in range(len(persons))]
    alone = pd.concat(parts, ignore_index=True)
    columns = ["verdict", "Company_ID", "probability", "reason", "runner_up_id"]
    assert_frame_equal(alone[columns], whole.decisions[columns], check_exact=True)


@pytest.mark.parametrize("kind", ["object", "category", "string[pyarrow]"])
def test_the_kind_of_a_column_means_nothing(kind: str) -> None:
    companies = pd.DataFrame({"Gsid": ["1", "2"], "Name": ["Acme", "Zeta Labs"]})
    people = pd.DataFrame({"CompanyName": ["Acme", None, "Zeta Labs"], "Phone": [None] * 3})
    same(unify(people, companies, BOOK), unify(people.astype(kind), companies.astype(kind), BOOK))


def test_evidence_has_a_column_for_each_comparison_and_interaction_of_the_rulebook() -> None:
    people = pd.DataFrame({"CompanyName": ["Acme"]})
    companies = pd.DataFrame({"Gsid": ["1"], "Name": ["Acme"]})
    evidence = unify(people, companies).evidence
    together = {one.name for one in interactions_of(default_rulebook())}
    assert together
    assert set(evidence.columns) - {"row_id", "Company_ID", "intercept"} - together == (
        set(comparisons()) - FOR_RULES
    )
    floats = evidence.columns.drop(["row_id", "Company_ID"])
    assert (evidence[floats].dtypes == np.float32).all()
