"""Which questions are asked, and what an address can say of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gsprep.review.filters import Filter, chosen, filter_of, whys_of

if TYPE_CHECKING:
    from gsprep.review.desk import Desk


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        pytest.param({}, Filter(), id="nothing"),
        pytest.param({"why": "2", "least": "5", "show": "all"}, Filter(2, 5, "all"), id="all"),
        pytest.param({"why": "x", "least": "-1", "show": "me"}, Filter(), id="nonsense"),
        pytest.param({"why": "9" * 40, "least": "٣"}, Filter(), id="numbers that are none of ours"),
        pytest.param({"least": "0"}, Filter(), id="less than one"),
    ],
)
def test_an_address_says_what_is_wanted(asked: dict[str, str], meant: Filter) -> None:
    assert filter_of(asked) == meant
    assert filter_of(meant.query) == meant


@pytest.mark.parametrize(
    ("of", "numbers"),
    [
        pytest.param(Filter(), (1, 3, 4, 2, 5), id="all"),
        pytest.param(Filter(why=1), (1, 3), id="the most frequent reason"),
        pytest.param(Filter(why=99), (1, 3, 4, 2, 5), id="a reason that is not there"),
        pytest.param(Filter(least=3), (1, 3, 4), id="a large gain"),
        pytest.param(Filter(why=2, least=3), (), id="both"),
    ],
)
def test_a_filter_leaves_questions_in_their_order(
    desk: Desk, of: Filter, numbers: tuple[int, ...]
) -> None:
    assert chosen(desk.questions, desk.alike, of) == numbers


def test_reasons_are_counted(desk: Desk) -> None:
    assert [count for _, count in whys_of(desk.questions)] == [2, 2, 1]
