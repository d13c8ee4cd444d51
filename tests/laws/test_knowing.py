"""The laws of deciding with what is known: by row, in any form, and never twice the same line."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from gsprep.unification.learn import propose_known
from gsprep.unification.prepare import prepare
from gsprep.unification.rulebook import Domains, read_rulebook
from gsprep.unification.unify import unify

if TYPE_CHECKING:
    from gsprep.results import Unified
    from gsprep.unification.index import CompanyIndex

HOSTS = ["acme.com", "eu.acme.com", "acme.de", "zeta.io", "gmail.com", "ours.com", "nobody.org"]
ADDRESSES = [f"{who}@{host}" for who in ("ana.ruiz", "bberg") for host in HOSTS]
UNLISTED = "0041446681800"
PHONES = ["+1 415 555 2671", "+49 6172 6080", UNLISTED]
BOOK = read_rulebook().model_copy(update={"domains": Domains(own=("ours.com",))})
COMPANIES = pd.DataFrame(
    {
        "Gsid": ["C0", "C1", "C2"],
        "Name": ["Acme", "Acme Europe", "Zeta"],
        "Domain": ["acme.com", "eu.acme.com;acme.com", None],
        "Phone": ["+1 415 555 2671", None, "+49 6172 6080"],
    }
)
FEW = settings(max_examples=settings().max_examples // 2, deadline=None)


def rows(**columns: list[str]) -> st.SearchStrategy[pd.DataFrame]:
    cells = {name: st.none() | st.sampled_from(values) for name, values in columns.items()}
    lines = st.lists(st.fixed_dictionaries(cells), max_size=10)
    return lines.map(
        lambda found: pd.DataFrame(found, columns=list(columns), dtype="str").assign(
            row_id=[f"p{n}" for n in range(len(found))]
        )
    )


PEOPLE = rows(
    Email=ADDRESSES,
    FirstName=["Ana", "Bo"],
    LastName=["Ruiz", "Berg"],
    CompanyName=["Acme", "Acme Europe Ltd", "Zeta"],
    Phone=PHONES,
)
KNOWN = rows(
    Email=ADDRESSES,
    FirstName=["Ana", "Bo"],
    LastName=["Ruiz", "Berg"],
    Company_ID=["C0", "C1", "C2", "elsewhere"],
    IsPrimaryCompany=["true", "false"],
    Domain=HOSTS,
    Phone=PHONES,
    support=["1", "2", "30"],
).map(lambda known: known[known["Company_ID"].notna() & known["Email"].notna()])


INDEX = prepare(COMPANIES, BOOK)


def same(one: Unified, other: Unified) -> None:
    assert_frame_equal(one.decisions, other.decisions, check_exact=True)
    assert_frame_equal(one.evidence, other.evidence, check_exact=True)


@given(people=PEOPLE, known=KNOWN, cut=st.integers(0, 10))
@FEW
def test_splitting_persons_changes_nothing(
    people: pd.DataFrame, known: pd.DataFrame, cut: int
) -> None:
    index = prepare(COMPANIES, BOOK, known=known)
    parts = [unify(people[:cut], index), unify(people[cut:], index)]
    whole = unify(people, index)
    for name in ("decisions", "evidence"):
        both = pd.concat([getattr(part, name) for part in parts], ignore_index=True)
        assert_frame_equal(both, getattr(whole, name), check_exact=True)


# An example has six runs.
@given(people=PEOPLE, known=KNOWN, seed=st.integers(0, 9))
@settings(max_examples=settings().max_examples // 3)
def test_the_order_and_form_of_what_is_known_mean_nothing(
    people: pd.DataFrame, known: pd.DataFrame, seed: int
) -> None:
    whole = unify(people, COMPANIES, BOOK, known=known)
    shuffled = known.sample(frac=1, random_state=seed)
    for other in (
        shuffled,
        pd.concat([shuffled, shuffled]).drop(columns="row_id"),
        known.astype("object").set_axis([7] * len(known)),
        known.astype("category").assign(row_id=known["row_id"])[known.columns[::-1]],
        known.convert_dtypes(dtype_backend="pyarrow").assign(extra=1.5),
    ):
        same(unify(people, COMPANIES, BOOK, known=other), whole)


NOTHING = pd.DataFrame({"Email": [], "Company_ID": []})
STRANGERS = pd.DataFrame({"Email": ["ana@acme.com"], "Company_ID": ["elsewhere"]})


@cache
def _knowing_nobody() -> list[CompanyIndex]:
    return [prepare(COMPANIES, BOOK, known=known) for known in (NOTHING, STRANGERS)]


@given(people=PEOPLE, seed=st.integers(0, 9))
@FEW
def test_nothing_known_is_as_no_frame_and_proposals_have_no_order(
    people: pd.DataFrame, seed: int
) -> None:
    whole = unify(people, INDEX)
    for index in _knowing_nobody():
        same(unify(people, index), whole)
    proposed = propose_known(people, whole.decisions, BOOK)
    shuffled = propose_known(people.sample(frac=1, random_state=seed), whole.decisions, BOOK)
    assert_frame_equal(proposed, shuffled)
    assert (proposed["support"] >= 2).all()
    assert proposed["Domain"].isna().ne(proposed["Phone"].isna()).all()
    assert not proposed["Domain"].isin(["gmail.com", "ours.com"]).any()


@given(known=KNOWN)
@FEW
def test_a_number_that_only_known_people_have_never_matches_alone(known: pd.DataFrame) -> None:
    people = pd.DataFrame({"Phone": [UNLISTED]})
    assert unify(people, COMPANIES, BOOK, known=known).decisions["verdict"].iloc[0] != "match"


@given(people=PEOPLE, known=KNOWN)
@FEW
def test_arguments_stay_as_they_are(people: pd.DataFrame, known: pd.DataFrame) -> None:
    before = people.copy(deep=True), known.copy(deep=True)
    evidence = unify(people, COMPANIES, BOOK, known=known).evidence
    assert_frame_equal(people, before[0])
    assert_frame_equal(known, before[1])
    assert np.isfinite(evidence.drop(columns=["row_id", "Company_ID"]).to_numpy()).all()
