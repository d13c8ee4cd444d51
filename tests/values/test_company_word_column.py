"""The words of many names are those of each."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsprep.values.company_name import (
    all_digits,
    all_initials,
    first_words,
    initials,
    plain_names,
    plain_words,
)

CORES = st.lists(
    st.lists(
        st.sampled_from(["acme", "intl", "svcs", "of", "the", "3m", "a", "ト", "é2", "bank", "½"]),
        max_size=6,
    ).map(" ".join),
    max_size=6,
)


def texts(cores: list[str]) -> pa.Array:
    return pa.array(["x y", *cores], pa.large_string()).slice(1)


@given(CORES)
def test_what_is_asked_of_all_is_what_is_asked_of_one(cores: list[str]) -> None:
    plain = plain_names(texts(cores))
    assert plain.joined(" ").to_pylist() == [" ".join(plain_words(core)) for core in cores]
    assert all_initials(texts(cores)).to_pylist() == list(map(initials, cores))
    digits = ["".join(filter(str.isdigit, core)) for core in cores]
    assert all_digits(texts(cores)).to_pylist() == digits


@pytest.mark.parametrize(
    ("count", "found"),
    [
        pytest.param(1, ["acme", "zeta", None], id="one"),
        pytest.param(2, ["acmelabs", None, None], id="two"),
        pytest.param(4, [None, None, None], id="nobody has so many"),
    ],
)
def test_first_words(count: int, found: list[str | None]) -> None:
    assert first_words(texts(["acme labs europe", "zeta", ""]), count).to_pylist() == found
