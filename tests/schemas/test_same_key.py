from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from each_row import each_row
from hypothesis import given
from hypothesis import strategies as st

from gsprep.schemas.same_key import same_key


@each_row(
    ("rows", "leader", "field"),
    [
        pytest.param([], [], [], id="no rows"),
        pytest.param([("a@x", "A"), ("b@x", "A")], [0, 1], ["", ""], id="two people"),
        pytest.param([("a@x", "A"), ("A@X", "A")], [0, 0], ["", ""], id="case is no difference"),
        pytest.param([("a@x", "A"), (" a@x ", None)], [0, 0], ["", ""], id="missing agrees"),
        pytest.param([("a@x", "A"), ("a@x", "B")], [0, 0], ["", "F"], id="contradiction"),
        pytest.param(
            [("a@x", None), ("a@x", "B"), ("a@x", "C"), ("a@x", "B")],
            [0, 0, 0, 0],
            ["", "", "F", ""],
            id="what was said second binds the third",
        ),
        pytest.param([(None, "A"), (None, "B")], [0, 1], ["", ""], id="no key, no kin"),
        pytest.param([("straße@x", "A"), ("strasse@x", "B")], [0, 1], ["", ""], id="sharp s"),
    ],
)
def test_rows_with_one_key(rows: Any, leader: Any, field: Any) -> None:
    frame = pd.DataFrame(rows, columns=["Email", "F"], dtype="str")
    same = same_key(frame, ["Email"], ["Email", "F"])
    assert same.leader.tolist() == leader
    assert same.field.tolist() == field
    assert same.conflict.tolist() == [bool(name) for name in field]


def test_every_part_of_a_key_counts() -> None:
    frame = pd.DataFrame({"Email": ["a@x", "a@x", "A@x", "a@x"], "Location": ["L", "l", "L", None]})
    assert same_key(frame.astype("str"), ["Email", "Location"], []).leader.tolist() == [0, 1, 0, 3]


cell = st.sampled_from([None, "1", "2"])
tables = st.lists(st.tuples(st.sampled_from([None, "a@x", "A@X", "b@x"]), cell, cell), max_size=12)


@given(tables)
def test_bulk_and_row_by_row_say_the_same(rows: Any) -> None:
    """The oracle takes one row after the other and remembers what was said."""
    frame = pd.DataFrame(rows, columns=["Email", "F", "G"], dtype="str")
    before = frame.copy()
    same = same_key(frame, ["Email"], ["F", "G"])
    pd.testing.assert_frame_equal(frame, before)
    said: dict[str, tuple[int, dict[str, str]]] = {}
    for position, (email, *values) in enumerate(rows):
        if email is None:
            assert (same.leader[position], same.field[position]) == (position, "")
            continue
        first, known = said.setdefault(email.lower(), (position, {}))
        given_values = {n: v for n, v in zip("FG", values, strict=True) if v is not None}
        wrong = [name for name, value in given_values.items() if known.get(name, value) != value]
        assert (same.leader[position], same.field[position]) == (first, "".join(wrong[:1]))
        if not wrong:
            known.update(given_values)
