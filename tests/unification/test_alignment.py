"""Two names word by word."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gsprep.unification.alignment import Alignment, align
from gsprep.unification.linked import Pairs
from gsprep.unification.words import learn_words


def aligned(stated: str, company: str) -> tuple[float, float, bool, bool]:
    words = learn_words([company, *(f"other{n} labs" for n in range(20))])
    pair = Pairs(np.array([0]), np.array([0]))
    found = align(pair, words.read([stated]), words.companies)
    return (
        float(found.mine[0]), float(found.theirs[0]), bool(found.whole[0]), bool(found.first[0]),
    )  # fmt: skip


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
    mine, theirs, whole, first = aligned(stated, company)
    assert whole
    assert first
    assert min(mine, theirs) > 0.8
    assert max(mine, theirs) <= 1 + 1e-9


@pytest.mark.parametrize(
    ("stated", "company", "first"),
    [
        pytest.param("toshiba", "toshiba tec", True, id="a word more"),
        pytest.param("toshiba tec", "toshiba", True, id="a word less"),
        pytest.param("trust 2004", "trust 2005", True, id="another number"),
        pytest.param("north star", "star north east", False, id="turned round, and more"),
        pytest.param("zz logistics", "zephyr logistics", False, id="too short to be a beginning"),
        pytest.param("acme", "zephyr", False, id="nothing"),
    ],
)
def test_a_word_is_left_over(stated: str, company: str, first: bool) -> None:  # noqa: FBT001  a table
    mine, theirs, whole, begins = aligned(stated, company)
    assert not whole
    assert begins == first
    assert min(mine, theirs) < 1


def test_what_one_side_has_more_weighs_on_its_own_side() -> None:
    mine, theirs, _, _ = aligned("toshiba", "toshiba tec")
    assert mine == pytest.approx(1)
    assert theirs < 0.6
    mine, theirs, _, _ = aligned("acme labs", "acme")
    assert theirs == pytest.approx(1)
    assert mine > 0.6


def test_lines_among_others() -> None:
    one = Alignment(np.array([0.5]), np.array([0.7]), np.array([True]), np.array([True]))
    among = one.among(np.array([False, True]))
    assert among.mine.tolist() == [0, 0.5]
    assert among.whole.tolist() == [False, True]


NAMES = st.lists(
    st.lists(st.sampled_from(["acme", "acm", "zeta", "labs", "3m", "ト", "2004"]), max_size=4).map(
        " ".join
    ),
    min_size=1,
    max_size=5,
)


@given(stated=NAMES, companies=NAMES)
@settings(max_examples=40, deadline=None)
def test_each_pair_is_looked_at_on_its_own(stated: list[str], companies: list[str]) -> None:
    words = learn_words(companies)
    left = np.repeat(np.arange(len(stated)), len(companies))
    right = np.tile(np.arange(len(companies)), len(stated))
    whole = align(Pairs(left, right), words.read(stated), words.companies)
    for at, (name, company) in enumerate(zip(left, right, strict=True)):
        pair = Pairs(np.array([0]), np.array([company]))
        alone = align(pair, words.read([stated[name]]), words.companies)
        assert (alone.mine[0], alone.theirs[0]) == (whole.mine[at], whole.theirs[at])
        assert (alone.whole[0], alone.first[0]) == (whole.whole[at], whole.first[at])
        assert 0 <= alone.mine[0] <= 1 + 1e-9
        assert 0 <= alone.theirs[0] <= 1 + 1e-9
