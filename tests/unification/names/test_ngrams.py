"""Names that look alike are found, whatever their script."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gsprep.unification.names.ngrams import name_search

NAMES = [
    "acme", "acme europe", "zephyr logistics", "international business machines",
    "toyota motor", "トヨタ自動車", "рога и копыта", "3m", "x",
]  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "first"),
    [
        pytest.param("acme", "acme", id="itself"),
        pytest.param("zephir logistics", "zephyr logistics", id="a letter changed"),
        pytest.param("zephyrlogistics", "zephyr logistics", id="a blank lost"),
        pytest.param("intl business machine", "international business machines", id="shortened"),
        pytest.param("motor toyota", "toyota motor", id="words turned round"),
        pytest.param("トヨタ自動", "トヨタ自動車", id="Japanese, cut off"),
        pytest.param("рога копыта", "рога и копыта", id="Cyrillic"),
    ],
)
def test_the_right_name_is_among_the_nearest(asked: str, first: str) -> None:
    found = name_search(NAMES).nearest([asked])
    assert NAMES.index(first) in found.company.tolist()
    assert set(found.left.tolist()) == {0}


@pytest.mark.parametrize("asked", [[], [""], ["qqqq"], ["é"]])
def test_names_like_no_other_find_nobody(asked: list[str]) -> None:
    assert len(name_search(["acme", "zeta"]).nearest(asked).left) == 0


@pytest.mark.parametrize("names", [[], [""], ["a"]])
def test_hardly_any_companies(names: list[str]) -> None:
    assert set(name_search(names).nearest(["acme", "a", ""]).company.tolist()) <= {0}


TEXTS = st.lists(st.text(st.sampled_from("abc éト"), max_size=8), min_size=1, max_size=6)


@given(names=TEXTS, asked=TEXTS)
@settings(max_examples=40, deadline=None)
def test_each_name_is_searched_on_its_own(names: list[str], asked: list[str]) -> None:
    search = name_search(names)
    together = search.nearest(asked)
    for place, name in enumerate(asked):
        alone = search.nearest([name]).company.tolist()
        assert together.company[together.left == place].tolist() == alone
