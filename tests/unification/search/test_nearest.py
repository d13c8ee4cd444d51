"""Names with the same words or letters are found, in any script."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gsprep.unification.search.nearest import triple_search, word_search
from gsprep.unification.search.words import learn_vocabulary

if TYPE_CHECKING:
    from collections.abc import Callable

    from gsprep.unification.pairs import Pairs

    Search = Callable[[list[str], list[str]], Pairs]


def by_triples(names: list[str], asked: list[str]) -> Pairs:
    return triple_search(names).nearest(asked)


def by_words(names: list[str], asked: list[str]) -> Pairs:
    words = learn_vocabulary(names)
    return word_search(words.companies).nearest(words.split(asked), np.arange(len(asked)))


SPELLED = [
    "acme", "acme europe", "zephyr logistics", "international business machines",
    "toyota motor", "トヨタ自動車", "рога и копыта", "3m", "x",
]  # fmt: skip
WORDED = ["acme", "acme europe logistics", "zephyr logistics", "motor toyota", "トヨタ 自動車"]


@pytest.mark.parametrize(
    ("search", "names", "asked", "first"),
    [
        pytest.param(by_triples, SPELLED, "acme", "acme", id="itself"),
        pytest.param(
            by_triples, SPELLED, "zephir logistics", "zephyr logistics", id="a letter changed"
        ),
        pytest.param(by_triples, SPELLED, "zephyrlogistics", "zephyr logistics", id="a blank lost"),
        pytest.param(
            by_triples,
            SPELLED,
            "intl business machine",
            "international business machines",
            id="shortened",
        ),
        pytest.param(by_triples, SPELLED, "motor toyota", "toyota motor", id="letters in reverse"),
        pytest.param(by_triples, SPELLED, "トヨタ自動", "トヨタ自動車", id="Japanese, cut off"),
        pytest.param(by_triples, SPELLED, "рога копыта", "рога и копыта", id="Cyrillic"),
        pytest.param(by_words, WORDED, "toyota motor", "motor toyota", id="words in reverse"),
        pytest.param(
            by_words, WORDED, "acme logistics", "acme europe logistics", id="a word left out"
        ),
        pytest.param(
            by_words, WORDED, "zephyr logistics asia", "zephyr logistics", id="a word more"
        ),
        pytest.param(by_words, WORDED, "zephyr freight", "zephyr logistics", id="a rare word"),
        pytest.param(by_words, WORDED, "自動車 トヨタ", "トヨタ 自動車", id="Japanese"),
    ],
)
def test_the_right_name_is_among_the_nearest(
    search: Search, names: list[str], asked: str, first: str
) -> None:
    found = search(names, [asked])
    assert names.index(first) in found.company.tolist()
    assert set(found.left.tolist()) == {0}


@pytest.mark.parametrize("asked", [[], [""], ["qqqq"], ["é"]])
def test_names_like_no_other_find_nothing(asked: list[str]) -> None:
    assert len(by_triples(["acme", "zeta"], asked).left) == 0


@pytest.mark.parametrize("names", [[], [""], ["acme"]])
@pytest.mark.parametrize("asked", [[], [""], ["unknown words"]])
def test_names_without_a_common_word_find_nothing(names: list[str], asked: list[str]) -> None:
    assert len(by_words(names, asked).left) == 0


@pytest.mark.parametrize("names", [[], [""], ["a"]])
def test_hardly_any_companies(names: list[str]) -> None:
    assert set(by_triples(names, ["acme", "a", ""]).company.tolist()) <= {0}


LETTERS = st.lists(st.text(st.sampled_from("abc éト"), max_size=8), min_size=1, max_size=6)
WORDS = st.lists(
    st.lists(st.sampled_from(["a", "b", "c", "d", "ト"]), max_size=4).map(" ".join),
    min_size=1,
    max_size=6,
)


@pytest.mark.parametrize(
    ("search", "texts"),
    [pytest.param(by_triples, LETTERS, id="triples"), pytest.param(by_words, WORDS, id="words")],
)
@given(data=st.data())
@settings(max_examples=settings().max_examples * 2)
def test_each_name_is_searched_on_its_own(
    search: Search, texts: st.SearchStrategy[list[str]], data: st.DataObject
) -> None:
    names, asked = data.draw(texts), data.draw(texts)
    together = search(names, asked)
    for place, name in enumerate(asked):
        alone = search(names, [name]).company.tolist()
        assert together.company[together.left == place].tolist() == alone
