"""Jobs by the bytes that are sent."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from each_row import each_row
from hypothesis import given
from hypothesis import strategies as st

from gsprep.errors import InputError
from gsprep.schemas.frames import text_frame
from gsprep.schemas.lookups import BY_NAME
from gsprep.uploader.build import build
from gsprep.uploader.records import Unbatched, cut, cut_by_bytes, encode, halves

if TYPE_CHECKING:
    from gsprep.uploader.records import Records

NONE = text_frame(pd.DataFrame({"row_id": []}))


def uncut(texts: list[str]) -> Unbatched:
    """Return a person for each text."""
    names = {"Email": [str(at) for at in range(len(texts))], "Name": texts}
    records = build(text_frame(pd.DataFrame(names)), NONE, NONE, ("Email",)).records
    return Unbatched(records, range(len(records)))


@given(
    texts=st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=40), max_size=12),
    most=st.integers(750, 1_200),
    lookups=st.sampled_from([None, BY_NAME]),
)
def test_a_job_is_as_large_as_it_may_be_and_no_larger(
    texts: list[str], most: int, lookups: object
) -> None:
    load = uncut(texts)
    body = lookups.body() if lookups else None  # type: ignore[attr-defined]  # one of two values
    batches = list(cut_by_bytes(load, lookups, most=most))  # type: ignore[arg-type]  # one of two values
    bodies = [encode(batch, body) for batch in batches]
    assert [batch.body(body) for batch in batches] == bodies
    assert all(len(sent) <= most for sent in bodies)
    assert [one for batch in batches for one in batch] == list(load.records)
    assert [batch.number for batch in batches] == list(range(1, len(batches) + 1))
    for batch, after in pairwise(batches):
        assert len(encode([*batch, after[0]], body)) > most


def test_a_person_larger_than_a_job_is_refused_before_anything_is_sent() -> None:
    with pytest.raises(InputError, match="more than a job takes"):
        list(cut_by_bytes(uncut(["a" * 100]), most=100))


def linked(counts: list[int]) -> Records:
    """Return a person for each count, with so many companies."""
    persons = text_frame(pd.DataFrame({"Email": [str(at) for at in range(len(counts))]}))
    links = [(str(at), f"C{nth}") for at, number in enumerate(counts) for nth in range(number)]
    frame = text_frame(pd.DataFrame(links, columns=["Email", "Company_ID"], dtype="str"))
    return build(persons, frame, NONE, ("Email",)).records


@each_row(
    ("counts", "sizes"),
    [
        pytest.param([1] * 60, [25, 25, 10], id="a person and a company are two rows"),
        pytest.param([0] * 60, [50, 10], id="persons alone"),
        pytest.param([48, 0, 60, 0], [2, 1, 1], id="one with more goes alone"),
    ],
)
def test_where_associations_count_a_call_has_fifty_rows(
    counts: list[int], sizes: list[int]
) -> None:
    load = Unbatched(linked(counts), range(len(counts)))
    batches = list(cut(load, counted="rows"))
    assert [len(batch) for batch in batches] == sizes
    assert [batch.rows for batch in batches] == [
        sum(1 + count for count in counts[batch.chosen[0] : batch.chosen[-1] + 1])
        for batch in batches
    ]
    assert sum(len(batch) for batch in cut(load)) == len(counts)


@given(counts=st.lists(st.integers(0, 60), max_size=30), data=st.data())
def test_what_is_chosen_is_cut_in_its_order_and_whole(
    counts: list[int], data: st.DataObject
) -> None:
    chosen = [at for at in range(len(counts)) if data.draw(st.booleans())]
    load = Unbatched(linked(counts), chosen, 7)
    for batches in (list(cut(load, counted="rows")), list(cut_by_bytes(load))):
        assert [at for batch in batches for at in batch.chosen] == chosen
        assert [batch.number for batch in batches] == list(range(7, 7 + len(batches)))
        for batch in batches:
            first, second = halves(batch, 99)
            assert [*first.chosen, *second.chosen] == list(batch.chosen)
            assert (first.number, second.number) == (batch.number, 99)


def test_no_person_is_in_the_repr_of_a_batch() -> None:
    (batch,) = cut(uncut(["Zaphod"]))
    assert "Zaphod" not in f"{batch!r} {batch.records!r}"
