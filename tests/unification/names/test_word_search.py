"""Names with words in common are found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gsprep.unification.names.word_search import word_search
from gsprep.unification.names.words import learn_words

if TYPE_CHECKING:
    from gsprep.unification.linked import Pairs

NAMES = ["acme", "acme europe logistics", "zephyr logistics", "motor toyota", "トヨタ 自動車"]


def nearest(names: list[str], asked: list[str]) -> Pairs:
    words = learn_words(names)
    return word_search(words.companies).nearest(words.read(asked), np.arange(len(asked)))


@pytest.mark.parametrize(
    ("asked", "first"),
    [
        pytest.param("toyota motor", "motor toyota", id="words turned round"),
        pytest.param("acme logistics", "acme europe logistics", id="a word left out"),
        pytest.param("zephyr logistics asia", "zephyr logistics", id="a word more"),
        pytest.param("zephyr freight", "zephyr logistics", id="a rare word"),
        pytest.param("自動車 トヨタ", "トヨタ 自動車", id="Japanese"),
    ],
)
def test_the_right_name_is_among_the_nearest(asked: str, first: str) -> None:
    assert NAMES.index(first) in nearest(NAMES, [asked]).company.tolist()


@pytest.mark.parametrize("names", [[], [""], ["acme"]])
@pytest.mark.parametrize("asked", [[], [""], ["unknown words"]])
def test_nothing_in_common(names: list[str], asked: list[str]) -> None:
    assert len(nearest(names, asked).left) == 0


TEXTS = st.lists(
    st.lists(st.sampled_from(["a", "b", "c", "d", "ト"]), max_size=4).map(" ".join),
    min_size=1,
    max_size=6,
)


@given(names=TEXTS, asked=TEXTS)
@settings(max_examples=60, deadline=None)
def test_each_name_is_searched_on_its_own(names: list[str], asked: list[str]) -> None:
    together = nearest(names, asked)
    for place, name in enumerate(asked):
        alone = nearest(names, [name]).company.tolist()
        assert together.company[together.left == place].tolist() == alone
