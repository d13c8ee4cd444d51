"""Words and letters of names, learned from the companies alone."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import Indel, LCSseq

from gsprep.unification.search.words import Letters, Vocabulary, learn_vocabulary

HOSPITALS = ["hope hospital", "grace hospital", "mercy hospital", "hope clinic"]


def weights(words: Vocabulary) -> dict[str, float]:
    return dict(zip(words.companies.texts, words.companies.weight, strict=True))


def test_a_word_of_many_companies_says_little() -> None:
    many = [f"{letter}zeta hospital" for letter in "abcdefghijklmnopqrstuvwxyz"] * 40
    learned = weights(learn_vocabulary([*many, "mercy clinic"]))
    assert learned["hospital"] < 0.3
    assert learned["mercy"] == 1


def test_what_is_generally_known_stands_in_for_a_short_list() -> None:
    learned = weights(learn_vocabulary(["acme group", "zeta labs"]))
    assert learned["group"] < 0.7
    assert learned["acme"] == 1
    assert learn_vocabulary(["acme"]).split(["zephyr group"]).weight.tolist() == [
        1, 1, pytest.approx(learned["group"], abs=0.05),
    ]  # fmt: skip


def test_a_word_that_no_company_has_weighs_as_the_rarest() -> None:
    read = learn_vocabulary(HOSPITALS).split(["mercy zebra"])
    of_zebra = read.texts.tolist().index("zebra")
    assert read.weight[of_zebra] == 1
    assert read.known.tolist() == [text != "zebra" for text in read.texts]


def test_the_words_of_companies_keep_their_codes() -> None:
    words = learn_vocabulary(HOSPITALS)
    read = words.split(["mercy zebra", "hope"])
    known = len(words.companies.texts)
    assert read.texts[:known].tolist() == words.companies.texts.tolist()
    assert [read.texts[code] for code in read.codes] == ["mercy", "zebra", "hope"]


@pytest.mark.parametrize(
    ("word", "bearers", "common"),
    [
        pytest.param("zeta", 2, 0, id="two companies"),
        pytest.param("zeta", 50, 1, id="fifty"),
        pytest.param("zeta", 500, 1, id="more"),
        pytest.param("acme", 10, 0, id="nobody's word"),
        pytest.param(None, 10, 0, id="no word"),
    ],
)
def test_how_common_a_word_is(word: str | None, bearers: int, common: float) -> None:
    assert learn_vocabulary(["zeta"] * bearers).commonness([word, "x"]).tolist() == [common, 0]


PAGE = [f"w{n}" for n in range(500)]


@pytest.mark.parametrize(
    ("core", "texts"),
    [
        pytest.param("acme intl", ["acme", "international"], id="a short form"),
        pytest.param("acme acme labs", ["acme", "laboratories"], id="a word twice"),
        pytest.param("", [], id="no word"),
        pytest.param(
            " ".join(f"w{n}" for n in range(500)), [f"w{n}" for n in range(12)], id="a page"
        ),
    ],
)
def test_the_words_of_a_name(core: str, texts: list[str]) -> None:
    read = learn_vocabulary(["acme"]).split([core])
    assert [read.texts[code] for code in read.codes] == texts


def test_names_stand_one_behind_another() -> None:
    read = learn_vocabulary([]).split(["a b", "", "b c"])
    lists = [
        [read.texts[code] for code in read.codes[start:end]]
        for start, end in zip(read.starts[:-1], read.starts[1:], strict=True)
    ]
    assert lists == [["a", "b"], [], ["b", "c"]]


WORDS = st.text(st.sampled_from("abcdé\u0141ト1²z"), min_size=1, max_size=9)


def letters_of(*words: str) -> Letters:
    return Letters.of(pa.array(words, pa.large_string()))


@given(WORDS, WORDS)
@settings(max_examples=settings().max_examples * 10)
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
