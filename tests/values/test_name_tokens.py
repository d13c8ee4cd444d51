"""Columns of texts as lists of words."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
from hypothesis import given
from hypothesis import strategies as st

from gsprep.values.name_tokens import WordLists, split_at_blanks

TEXTS = st.lists(st.text(st.sampled_from("ab é"), max_size=9), max_size=7)


def lists_of(texts: list[str]) -> WordLists:
    return split_at_blanks(pa.array(["b a", *texts], pa.large_string()).slice(1))


def words_of(lists: WordLists) -> list[list[str]]:
    return [text.split() for text in lists.joined(" ").to_pylist()]


@given(TEXTS)
def test_words_stand_as_they_were(texts: list[str]) -> None:
    lists = lists_of(texts)
    assert words_of(lists) == [text.split() for text in texts]
    assert len(lists.words) == len({word for text in texts for word in text.split()})


@given(TEXTS)
def test_each_word_once(texts: list[str]) -> None:
    once = words_of(lists_of(texts).distinct())
    assert once == [list(dict.fromkeys(text.split())) for text in texts]


@given(TEXTS, st.integers(0, 3))
def test_no_more_words_than_asked_for(texts: list[str], most: int) -> None:
    few = lists_of(texts).shortened(most)
    assert words_of(few) == [text.split()[:most] for text in texts]
    assert sorted(few.words.to_pylist()) == sorted(
        {word for text in texts for word in text.split()[:most]}
    )


@given(TEXTS)
def test_words_that_become_one(texts: list[str]) -> None:
    same = lists_of(texts).mapped(lambda words: pc.replace_substring(words, "b", "a"))
    assert words_of(same) == [text.replace("b", "a").split() for text in texts]
    assert len(set(same.words.to_pylist())) == len(same.words)
