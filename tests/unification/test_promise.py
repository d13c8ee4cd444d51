"""The lines of a promised precision: simulated from the companies, and from nothing else."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsprep.schemas.frames import text_frame
from gsprep.unification.explain import ENDINGS, Ending
from gsprep.unification.prepare import prepare, prepare_text
from gsprep.unification.promise import _needed, best_lines, promising_for
from gsprep.unification.registry import LIKE_STRANGERS, Ground
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


# The lines of an index are for people with all columns.
BLANK = {"Phone": [None, None], "Country": [None, None]}


def test_the_same_companies_have_one_line_in_whatever_order() -> None:
    listed = companies(40)
    shuffled = listed.sample(frac=1, random_state=1)[["Domain", "Name", "Gsid"]]
    assert prepare(listed, BOOK).simulated == prepare(shuffled, BOOK).simulated


def test_simulated_lines_are_used_and_explained() -> None:
    index = prepare(companies(100), BOOK)
    assert index.simulated is not None
    assert f"a match needs a probability of {index.simulated[0]:g}" in index.notes[-1]
    people = pd.DataFrame(
        {"Email": ["a@boratofoods.com", None], "CompanyName": [index.names[0], index.names[1]]},
        dtype="str",
    )
    decisions = unify(people, index).decisions
    matched = decisions["verdict"] == "match"
    assert (decisions.loc[matched, "probability"] >= index.match_from).all()


@pytest.mark.parametrize(
    ("lines", "verdicts", "ending"),
    [
        pytest.param((0.5,) * 6, ["match", "match"], Ending.NONE, id="one line"),
        pytest.param(
            (0.5, 0.9999, 1, 1, 1, 1),
            ["match", "review"],
            Ending.NOTHING_LISTED,
            id="higher for names",
        ),
        pytest.param(
            (0.9999, 0.9999, 1, 1, 1, 1), ["review", "review"], Ending.NONE, id="both high"
        ),
    ],
)
def test_what_is_in_common_has_its_line(
    lines: tuple[float, ...], verdicts: list[str], ending: Ending
) -> None:
    index = replace(prepare(companies(100), BOOK), simulated=lines)
    people = pd.DataFrame(
        {"Email": ["a@boratofoods.com", None], "CompanyName": [None, "Borato Foods"], **BLANK},
        dtype="str",
    )
    decisions = unify(people, index).decisions
    assert decisions["verdict"].tolist() == verdicts
    assert decisions["reason"].iloc[1].endswith(ENDINGS[ending])
    assert (decisions["reason"].iloc[1].endswith(ENDINGS[Ending.NOTHING_LISTED])) == (
        ending == Ending.NOTHING_LISTED
    )


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
    assert set(index.simulated or [line]) == {line}
    assert not index.promise


def test_where_no_line_keeps_the_promise_people_go_to_review() -> None:
    # Whoever has one of the two names can be matched by it, so outsiders are as well.
    book = Rulebook(
        intercept=0.0, model={"first_word": 9.0, "same_name": 30.0}, decide=Decide(precision=0.999)
    )
    index = prepare(companies(6), book)
    assert index.match_from == 1
    assert "no probability below 1 makes 99.9% of the matches right on these" in index.notes[-1]
    sure = replace(prepare(companies(6, 60), book), simulated=index.simulated)
    people = pd.DataFrame({"Email": [None], "CompanyName": [sure.names[0]]}, dtype="str")
    decision = unify(people, sure).decisions.iloc[0]
    assert (decision["verdict"], decision["probability"]) == ("review", 1)


def test_what_strangers_have_too_counts_less_and_the_evidence_adds_up() -> None:
    crowded, sparse = (prepare(companies(heads), BOOK) for heads in (6, 100))
    assert crowded.discounts[NAMED_DOMAIN] > sparse.discounts[NAMED_DOMAIN] >= 0
    people = pd.DataFrame(
        {"Email": ["a@boratofoods.info", None], "CompanyName": [None, None], **BLANK}, dtype="str"
    )
    unified = unify(people, crowded)
    terms = unified.evidence.drop(columns=["row_id", "Company_ID"])
    assert terms[LIKE_STRANGERS].iloc[0] == -np.float32(crowded.discounts[NAMED_DOMAIN])
    odds = np.exp(terms.sum(axis=1).to_numpy(np.float64))
    assert unified.decisions["probability"].iloc[0] <= odds[0] / (1 + odds[0]) + 1e-5


def test_nothing_is_taken_from_weights_fitted_to_answers_and_their_lines_are_simulated() -> None:
    decide = BOOK.decide.model_copy(update={"like_strangers": False})
    index = prepare(companies(6), BOOK.model_copy(update={"decide": decide}))
    assert index.simulated
    assert not index.discounts


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        pytest.param(["Email"], "state no employer", id="addresses"),
        pytest.param(["CompanyName"], "", id="names"),
        pytest.param(["CompanyName", "Phone"], "", id="names and numbers"),
    ],
)
def test_the_lines_are_those_for_the_columns_of_the_people(columns: list[str], said: str) -> None:
    listed = companies(100)
    index = prepare(listed, BOOK)
    told = prepare_text(text_frame(listed), BOOK, columns=columns)
    later = promising_for(index, [*columns, "Title"])
    names = ("simulated", "discounts", "promise", "compared")
    assert [getattr(later, name) for name in names] == [getattr(told, name) for name in names]
    assert said in told.promise[0]
    assert later.compared == tuple(columns) != index.compared
    row = {"Email": "a@boratofoods.com", "CompanyName": "Borato Foods", "Phone": None}
    people = pd.DataFrame([{name: row[name] for name in columns}] * 2, dtype="str")
    assert unify(people, index).decisions.equals(unify(people, told).decisions)


def test_a_number_of_another_company_than_that_of_the_domain_counts_less() -> None:
    listed = companies(100).assign(Phone=[f"+1415555{1000 + at}" for at in range(120)])
    index = prepare_text(text_frame(listed), BOOK, columns=["Email", "Phone"])
    people = pd.DataFrame({"Email": ["a@boratofoods.com"], "Phone": ["+14155551007"]}, dtype="str")
    evidence = unify(people, index).evidence.set_index("Company_ID")[LIKE_STRANGERS]
    assert evidence[f"1P02{7:032}"] == -np.float32(index.discounts[OTHER_DOMAIN]) < -1


def test_people_without_a_column_that_is_compared_keep_the_lines() -> None:
    index = prepare(companies(100), BOOK)
    assert promising_for(index, ["OtherEmails"]) is index


def index_of(seed: int) -> CompanyIndex:
    return prepare(companies(100).sample(60, random_state=seed), BOOK)


def test_people_change_no_line() -> None:
    index, people = index_of(1), pd.DataFrame({"CompanyName": ["Borato Foods"] * 3})
    before = index.simulated
    unify(people, index)
    assert index.simulated == before == index_of(1).simulated


LISTED, SAME, ALIKE, NAMED_DOMAIN, OTHER_DOMAIN, OTHER_EMPLOYER = Ground
Person = tuple[float, bool, float, Ground]


def all_lines_of(people: list[Person], precision: float) -> tuple[float, ...]:
    columns = zip(*people, strict=True) if people else ([], [], [], [])
    probability, right, weight, ground = (np.array(list(one)) for one in columns)
    lines = best_lines(probability, right.astype(bool), weight.astype(float), ground, precision)
    assert lines[ALIKE] == lines[NAMED_DOMAIN]
    assert lines[LISTED] <= min(lines[OTHER_DOMAIN:])
    return lines


def lines_of(people: list[Person], precision: float) -> tuple[float, ...]:
    return all_lines_of(people, precision)[:NAMED_DOMAIN]


@pytest.mark.parametrize(
    ("people", "lines"),
    [
        pytest.param([], (1, 1, 1), id="nobody"),
        pytest.param([(0.9, True, 1.0, LISTED)], (0.8, 0.85, 0.85), id="one, right"),
        pytest.param([(0.99, False, 1.0, LISTED)], (1, 1, 1), id="one, wrong"),
        pytest.param(
            [(0.96, True, 1.0, LISTED), (0.93, False, 1.0, LISTED)],
            (0.934, 0.934, 0.934), id="above the wrong one",
        ),
        pytest.param(
            [(0.96, True, 9.0, LISTED), (0.9, False, 0.1, LISTED), (0.9, True, 1.0, LISTED)],
            (0.8, 0.85, 0.85), id="few count little",
        ),
        pytest.param(
            [(0.9, True, 9.0, LISTED), (0.9, False, 9.0, LISTED)], (1, 1, 1), id="equal ones"
        ),
        pytest.param(
            [(0.9, True, 9.0, LISTED), (0.96, True, 1.0, ALIKE), (0.9, False, 1.0, ALIKE)],
            (0.8, 0.85, 0.905), id="a name that is alike is wrong",
        ),
        pytest.param(
            [(0.91, False, 9.0, LISTED), (0.93, True, 9.0, LISTED), (0.93, True, 9.0, SAME)],
            (0.913, 0.913, 0.913), id="less in common never needs less",
        ),
        pytest.param(
            [(0.96, True, 900.0, LISTED), (0.96, False, 1.0, ALIKE), (0.96, True, 1.0, ALIKE)],
            (0.8, 0.85, 0.963), id="no ground is mostly wrong",
        ),
    ],
)  # fmt: skip
def test_the_best_lines(people: list[Person], lines: tuple[float, ...]) -> None:
    assert lines_of(people, 0.95) == lines


@pytest.mark.parametrize(
    ("precision", "line"), [(0.9, 0.8), (0.99, 0.8), (0.995, 0.9), (0.999, 0.98)]
)
def test_no_match_is_much_less_sure_than_promised(precision: float, line: float) -> None:
    lowest = lines_of([(0.999, True, 1.0, LISTED)], precision)[0]
    assert line <= lowest < line + 0.01


@given(
    st.lists(
        st.tuples(
            st.integers(1, 1000).map(lambda part: part / 1000), st.booleans(), st.floats(0.1, 10),
            st.sampled_from(Ground),
        ),
        min_size=1, max_size=40,
    )
)  # fmt: skip
def test_the_promised_share_is_right_from_the_lines_on(people: list[Person]) -> None:
    lines = all_lines_of(people, 0.8)
    kept = [(right, weight) for at, right, weight, on in people if 1 > lines[on] <= at]
    whole, right = sum(w for _, w in kept), sum(w for right, w in kept if right)
    assert right >= 0.8 * whole - 1e-9
    assert list(lines[:NAMED_DOMAIN]) == sorted(lines[:NAMED_DOMAIN])


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


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        pytest.param((0.9, 0.9, 0.9), "0.9", id="one"),
        pytest.param((0.9, 0.95, 0.95), "{known}, else 0.95", id="two"),
        pytest.param(
            (0.9, 0.95, 0.97), "{known}, 0.95 with nothing but exactly its name, else 0.97",
            id="three",
        ),
        pytest.param(
            (0.9, 0.95, 1.0), "{known}, 0.95 with nothing but exactly its name, else a person "
            "decides", id="no similar name",
        ),
        pytest.param((0.9, 1.0, 1.0), "{known}, else a person decides", id="no name"),
    ],
)  # fmt: skip
def test_the_lines_in_words(lines: tuple[float, float, float], words: str) -> None:
    known = "0.9 with a domain, number or identifier of the company"
    assert _needed(*lines, lines[-1]) == words.format(known=known)
