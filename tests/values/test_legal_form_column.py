"""Legal forms at the ends of many names are those of each."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from gsprep.values.legal_form import may_begin, may_end, take_ends
from gsprep.values.word_lists import split_at_blanks


@pytest.mark.parametrize(
    ("name", "stays", "tag"),
    [
        pytest.param("acme", 1, "", id="none"),
        pytest.param("acme gmbh", 1, "gmbh", id="one"),
        pytest.param("acme gmbh and co kg", 1, "gmbhcokg", id="the longest"),
        pytest.param("acme and ltd", 1, "ltd", id="and before it"),
        pytest.param("acme corp ltd", 1, "corp+ltd", id="two, from the left"),
        pytest.param("ltd ltd", 0, "ltd", id="nothing else"),
    ],
)
def test_forms_at_the_end(name: str, stays: int, tag: str) -> None:
    lists = split_at_blanks(pa.array([name, "zeta inc"], pa.large_string()))
    ends, tags = take_ends(lists, lists.starts[:-1])
    assert (ends[0], tags[0].as_py()) == (stays, tag)
    assert (ends[1] - lists.starts[1], tags[1].as_py()) == (1, "inc")


def test_words_at_either_edge_of_a_form() -> None:
    words = pa.array(["gmbh", "acme", "pt"], pa.large_string())
    assert may_end(words).tolist()[:2] == [True, False]
    assert may_begin(words).tolist()[1:] == [False, True]
    assert may_begin(words.slice(0, 0)).dtype == np.bool_
