"""Words and their weights, learned from the companies alone."""

from __future__ import annotations

import numpy as np
import pytest

from gsprep.unification.words import learn_words

HOSPITALS = ["hope hospital", "grace hospital", "mercy hospital", "hope clinic"]


def test_a_word_of_many_companies_says_little() -> None:
    weights = learn_words(HOSPITALS).weights
    assert weights["hospital"] < weights["hope"] < weights["mercy"]
    assert weights["hospital"] == pytest.approx(np.log(4 / 3) + 1)


def test_a_word_that_no_company_has_weighs_as_the_rarest() -> None:
    words = learn_words(HOSPITALS)
    read = words.read(["mercy zebra"])
    assert read.texts.tolist() == ["mercy", "zebra"]
    assert read.weight.tolist() == [words.weights["mercy"], words.unseen]
    assert words.unseen == pytest.approx(words.weights["mercy"])
    assert read.known.tolist() == [True, False]


@pytest.mark.parametrize(
    ("core", "texts"),
    [
        pytest.param("acme intl", ["acme", "international"], id="a short form"),
        pytest.param("acme acme labs", ["acme", "laboratories"], id="a word twice"),
        pytest.param("", [], id="no word"),
        pytest.param(" ".join(map(str, range(500))), [str(n) for n in range(12)], id="a page"),
    ],
)
def test_the_words_of_a_name(core: str, texts: list[str]) -> None:
    assert learn_words(["acme"]).read([core]).texts.tolist() == texts


def test_names_stand_one_behind_another() -> None:
    read = learn_words([]).read(["a b", "", "b c"])
    lists = [
        [read.texts[code] for code in read.codes[start:end]]
        for start, end in zip(read.starts[:-1], read.starts[1:], strict=True)
    ]
    assert lists == [["a", "b"], [], ["b", "c"]]
