"""Two names word by word."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gsprep.unification.pairs import Pairs
from gsprep.unification.search.nearest import Alignment, align, begin_alike
from gsprep.unification.search.words import learn_vocabulary


def aligned(stated: str, company: str) -> Alignment:
    words = learn_vocabulary([company, *(f"other{n} labs" for n in range(20))])
    return align(NO_OTHER, words.split([stated]), words.companies, np.array([True]))


NO_OTHER = Pairs(np.array([0]), np.array([0]))


@pytest.mark.parametrize(
    ("stated", "company"),
    [
        pytest.param("zephyr logistics", "zephyr logistics", id="the same"),
        pytest.param("zephyr logist", "zephyr logistics", id="cut off"),
        pytest.param("zephyr logistics", "zephyr logist", id="cut off on the other side"),
        pytest.param("zephir logistics", "zephyr logistics", id="misspelt"),
        pytest.param("zephyr lgstcs", "zephyr logistics", id="letters left out"),
        pytest.param("zephyr intl", "zephyr international", id="a short form"),
    ],
)
def test_every_word_has_a_partner(stated: str, company: str) -> None:
    found = aligned(stated, company)
    assert found.rare_added[0] == found.rare_missing[0] == 0
    assert found.first[0] > 0
    assert max(found.added[0], found.missing[0]) < 0.2


@pytest.mark.parametrize(
    ("stated", "company", "first"),
    [
        pytest.param("toshiba", "toshiba tec", 1, id="a word more"),
        pytest.param("toshiba tec", "toshiba", 1, id="a word less"),
        pytest.param("trust 2004", "trust 2005", 1, id="another number"),
        pytest.param("north star", "star north east", 0, id="turned round, and more"),
        pytest.param("z logistics", "zephyr logistics", 0, id="too short to be a beginning"),
        pytest.param("acme", "zephyr", 0, id="nothing"),
    ],
)
def test_a_word_is_left_over(stated: str, company: str, first: float) -> None:
    found = aligned(stated, company)
    assert max(found.rare_added[0], found.rare_missing[0]) > 0
    assert found.first[0] == first


def test_what_one_side_has_more_weighs_on_its_own_side() -> None:
    more = aligned("toshiba tec", "toshiba")
    assert more.added[0] > 0.4
    assert more.missing[0] == more.rare_missing[0] == 0
    less = aligned("toshiba", "toshiba tec")
    assert less.missing[0] > 0.4
    assert less.added[0] == less.rare_added[0] == 0


def test_a_common_word_more_weighs_less_than_a_rare_one() -> None:
    common, rare = aligned("acme labs", "acme"), aligned("acme zephyr", "acme")
    assert common.added[0] < rare.added[0]
    assert common.rare_added[0] < rare.rare_added[0]


def test_people_shorten_words_more_often_than_they_write_them_on() -> None:
    shortened = aligned("zephyr pharmaceut", "zephyr pharmaceuticals")
    written_on = aligned("zephyr pharmaceuticals", "zephyr pharmaceut")
    assert shortened.missing[0] < written_on.missing[0]


def test_lines_among_others_whose_names_are_the_same() -> None:
    words = learn_vocabulary(["toshiba", "toshiba tec"])
    pairs, differ = Pairs(np.array([0, 0]), np.array([0, 1])), np.array([False, True])
    among = align(pairs, words.split(["toshiba"]), words.companies, differ)
    assert among.missing[0] == 0
    assert among.missing[1] > 0.4
    assert among.first.tolist() == [1, 1]


NAMES = st.lists(
    st.lists(st.sampled_from(["acme", "acm", "zeta", "labs", "3m", "ト", "2004"]), max_size=4).map(
        " ".join
    ),
    min_size=1,
    max_size=5,
)


@given(stated=NAMES, companies=NAMES)
@settings(max_examples=settings().max_examples * 2)
def test_each_pair_is_looked_at_on_its_own(stated: list[str], companies: list[str]) -> None:
    words = learn_vocabulary(companies)
    left = np.repeat(np.arange(len(stated)), len(companies))
    right = np.tile(np.arange(len(companies)), len(stated))
    every = np.ones(len(left), dtype=bool)
    names = words.split(stated)
    whole = align(Pairs(left, right), names, words.companies, every)
    counts = np.diff(names.starts)[left], np.diff(words.companies.starts)[right]
    there = np.flatnonzero(np.minimum(*counts))
    begun = begin_alike(Pairs(left[there], right[there]), names, words.companies)
    assert begun.tolist() == (whole.first[there] > 0).tolist()
    for at, (name, company) in enumerate(zip(left, right, strict=True)):
        pair = Pairs(np.array([0]), np.array([company]))
        alone = align(pair, words.split([stated[name]]), words.companies, np.array([True]))
        for of_pair, among in zip(alone, whole, strict=True):
            assert of_pair[0] == among[at]
            assert 0 <= of_pair[0] <= 1 + 1e-9
