"""The line of a promised precision: simulated from the companies, and from nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsprep.unification.prepare import prepare
from gsprep.unification.promise import lowest_line
from gsprep.unification.rulebook import Decide, Rulebook, read_rulebook
from gsprep.unification.unify import unify

if TYPE_CHECKING:
    from gsprep.unification.index import CompanyIndex

BOOK = read_rulebook()
TRADES = "Foods Steel Media Water Energy Paper Motors Labs Bank Trust".split()  # noqa: SIM905
STARTS = "Bor Cal Dem Fer Gol Hap Jun Kel Lum Mor Nep Orl Pal Quin Ros Sel Tam Ulm Vex Wol".split()  # noqa: SIM905


def companies(heads: int, count: int = 120, domains: bool = True) -> pd.DataFrame:  # noqa: FBT001, FBT002  a table
    """Companies whose names begin with so many different words."""
    names = [f"{STARTS[at % heads % 20]}{'aeiou'[at % heads // 20]}to" for at in range(count)]
    full = [f"{name} {TRADES[at // heads % 10]}" for at, name in enumerate(names)]
    host = [name.lower().replace(" ", "") + ".com" for name in full]
    gsids = [f"1P02{at:032}" for at in range(count)]
    frame = pd.DataFrame({"Gsid": gsids, "Name": full, "Domain": host}, dtype="str")
    return frame if domains else frame.drop(columns="Domain")


def test_the_same_companies_have_one_line_in_whatever_order() -> None:
    listed = companies(40)
    shuffled = listed.sample(frac=1, random_state=1)[["Domain", "Name", "Gsid"]]
    assert prepare(listed, BOOK).match_from == prepare(shuffled, BOOK).match_from


def test_a_simulated_line_is_used_and_explained() -> None:
    index = prepare(companies(100), BOOK)
    assert f"a match needs a probability of {index.match_from}: " in index.notes[-1]
    people = pd.DataFrame(
        {"Email": ["a@borato.com", None], "CompanyName": [index.names[0], index.names[1]]},
        dtype="str",
    )
    decisions = unify(people, index).decisions
    matched = decisions["verdict"] == "match"
    assert (decisions.loc[matched, "probability"] >= index.match_from).all()


def test_companies_without_domains_have_a_line() -> None:
    assert 0.5 <= prepare(companies(100, domains=False), BOOK).match_from <= 1


@pytest.mark.parametrize(
    ("decide", "count", "line"),
    [
        pytest.param(Decide(match_from=0.9), 120, 0.9, id="a fixed line"),
        pytest.param(Decide(precision=0.99, lines={0.99: 0.7}), 120, 0.7, id="a learned line"),
        pytest.param(Decide(precision=0.99, model_matches=False), 120, 0.99, id="rules alone"),
        pytest.param(Decide(precision=0.99), 29, 0.94, id="a short list"),
        pytest.param(Decide(precision=0.995), 29, 0.995, id="a short list, a high precision"),
    ],
)
def test_what_is_not_simulated(decide: Decide, count: int, line: float) -> None:
    index = prepare(companies(100, count), BOOK.model_copy(update={"decide": decide}))
    assert index.match_from == line
    assert not index.promise


def test_where_no_line_keeps_the_promise_people_go_to_review() -> None:
    # Whoever has one of the two names can be matched by it, so outsiders are as well.
    book = Rulebook(
        intercept=0.0, model={"first_word": 9.0, "same_name": 9.0}, decide=Decide(precision=0.999)
    )
    index = prepare(companies(6), book)
    assert index.match_from == 1
    assert "no probability below 1 makes 99.9% of the matches right on these" in index.notes[-1]


def index_of(seed: int) -> CompanyIndex:
    return prepare(companies(100).sample(60, random_state=seed), BOOK)


def test_people_change_no_line() -> None:
    index, people = index_of(1), pd.DataFrame({"CompanyName": ["Borato Foods"] * 3})
    before = index.match_from
    unify(people, index)
    assert index.match_from == before == index_of(1).match_from


@pytest.mark.parametrize(
    ("people", "line"),
    [
        pytest.param([], 1.0, id="nobody"),
        pytest.param([(0.9, True, 1.0)], 0.9, id="one, right"),
        pytest.param([(0.9, False, 1.0)], 1.0, id="one, wrong"),
        pytest.param([(0.9, True, 1.0), (0.8, False, 1.0)], 0.9, id="above the wrong one"),
        pytest.param([(0.9, True, 9.0), (0.8, False, 0.1)], 0.8, id="few count little"),
        pytest.param([(0.8, True, 9.0), (0.8, False, 9.0)], 1.0, id="equal ones go together"),
        pytest.param([(0.2, True, 1.0)], 1.0, id="never below even"),
    ],
)
def test_the_lowest_line(people: list[tuple[float, bool, float]], line: float) -> None:
    columns = zip(*people, strict=True) if people else ([], [], [])
    probability, right, weight = (np.array(list(one)) for one in columns)
    assert lowest_line(probability, right.astype(bool), weight.astype(float), 0.95) == line


@given(
    st.lists(
        st.tuples(st.integers(1, 1000), st.booleans(), st.floats(0.1, 10)), min_size=1, max_size=40
    )
)
def test_the_promised_share_is_right_from_the_line_on(
    people: list[tuple[int, bool, float]],
) -> None:
    probability, right, weight = (np.array(one) for one in zip(*people, strict=True))
    line = lowest_line(probability / 1000, right, weight, 0.8)
    kept = probability / 1000 >= line
    if line < 1:
        assert weight[kept & right].sum() >= 0.8 * weight[kept].sum() - 1e-9


@pytest.mark.parametrize(
    "names",
    [
        pytest.param(["!!!", "&", "-", "a", "株式会社", "é", "GmbH", "1"], id="hardly a word"),
        pytest.param(["Acme"], id="one name"),
        pytest.param(["Borato Foods " * 40], id="very long"),
    ],
)
def test_any_names_can_be_simulated(names: list[str]) -> None:
    listed = companies(100, 40).assign(Name=[names[at % len(names)] for at in range(40)])
    assert 0.5 <= prepare(listed, BOOK).match_from <= 1
