from __future__ import annotations

import pytest
from each_row import each_row
from hypothesis import given
from hypothesis import strategies as st

from gsprep.errors import InputError
from gsprep.values.percentage import share_of


@given(st.floats(0, 100, allow_nan=False))
def test_a_percentage_is_the_share_that_a_number_is(percent: float) -> None:
    assert share_of(f"{percent!r}%", "x") == share_of(percent / 100, "x")


@each_row("text", ["0.2", "1", "0.02", " .5 "])
def test_a_number_that_could_be_a_share_needs_its_sign(text: str) -> None:
    with pytest.raises(InputError, match=r"--tolerate .* has no percent sign and could mean"):
        share_of(text, "--tolerate")


@each_row("number", [-0.1, 1.1, 2, float("nan"), float("inf")])
def test_a_number_in_python_is_a_share(number: float) -> None:
    with pytest.raises(InputError, match="'2%'"):
        share_of(number, "most_rejected")
