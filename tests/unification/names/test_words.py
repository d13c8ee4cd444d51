"""Words and their weights, learned from the companies alone."""

from __future__ import annotations

import pytest

from gsprep.unification.names.words import Words, learn_words

HOSPITALS = ["hope hospital", "grace hospital", "mercy hospital", "hope clinic"]


def weights(words: Words) -> dict[str, float]:
    return dict(zip(words.companies.texts, words.companies.weight, strict=True))


def test_a_word_of_many_companies_says_little() -> None:
    many = [f"{letter}zeta hospital" for letter in "abcdefghijklmnopqrstuvwxyz"] * 40
    learned = weights(learn_words([*many, "mercy clinic"]))
    assert learned["hospital"] < 0.3
    assert learned["mercy"] == 1


def test_what_is_generally_known_stands_in_for_a_short_list() -> None:
    learned = weights(learn_words(["acme group", "zeta labs"]))
    assert learned["group"] < 0.7
    assert learned["acme"] == 1
    assert learn_words(["acme"]).read(["zephyr group"]).weight.tolist() == [
        1, 1, pytest.approx(learned["group"], abs=0.05),
    ]  # fmt: skip


def test_a_word_that_no_company_has_weighs_as_the_rarest() -> None:
    read = learn_words(HOSPITALS).read(["mercy zebra"])
    of_zebra = read.texts.tolist().index("zebra")
    assert read.weight[of_zebra] == 1
    assert read.known.tolist() == [text != "zebra" for text in read.texts]


def test_the_words_of_companies_keep_their_codes() -> None:
    words = learn_words(HOSPITALS)
    read = words.read(["mercy zebra", "hope"])
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
    assert learn_words(["zeta"] * bearers).commonness([word, "x"]).tolist() == [common, 0]


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
    read = learn_words(["acme"]).read([core])
    assert [read.texts[code] for code in read.codes] == texts


def test_names_stand_one_behind_another() -> None:
    read = learn_words([]).read(["a b", "", "b c"])
    lists = [
        [read.texts[code] for code in read.codes[start:end]]
        for start, end in zip(read.starts[:-1], read.starts[1:], strict=True)
    ]
    assert lists == [["a", "b"], [], ["b", "c"]]
