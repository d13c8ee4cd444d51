"""What letters tell of words is never too much."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import Indel, LCSseq

from gsprep.unification.names.letters import Letters

WORDS = st.text(st.sampled_from("abcdé\u0141ト1²z"), min_size=1, max_size=9)


def letters_of(*words: str) -> Letters:
    return Letters.of(pa.array(words, pa.large_string()))


@given(WORDS, WORDS)
@settings(max_examples=300)
def test_bounds_hold(one: str, two: str) -> None:
    letters = letters_of(one, two)
    first, second = np.array([0]), np.array([1])
    assert letters.unlike(first, second)[0] <= Indel.distance(one, two)
    if LCSseq.similarity(one, two) == min(len(one), len(two)):
        assert letters.within(first, second)[0]


@given(st.lists(WORDS, max_size=5), st.lists(WORDS, max_size=5))
def test_letters_of_words(words: list[str], more: list[str]) -> None:
    letters = letters_of(*words).and_(letters_of(*more))
    both = [*words, *more]
    assert letters.lengths.tolist() == list(map(len, both))
    assert letters.firsts.tolist() == [ord(word[0]) for word in both]
    assert letters.numbers.tolist() == [any(map(str.isdigit, word)) for word in both]
