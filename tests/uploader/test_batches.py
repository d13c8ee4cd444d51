"""Jobs by the bytes that are sent."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsprep.errors import InputError
from gsprep.schemas.lookups import BY_NAME
from gsprep.uploader.batches import cut_by_bytes, encode, sizes_of
from gsprep.uploader.records import Record


@given(
    texts=st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=40), max_size=12),
    most=st.integers(750, 1_200),
    lookups=st.sampled_from([None, BY_NAME]),
)
def test_a_job_is_as_large_as_it_may_be_and_no_larger(
    texts: list[str], most: int, lookups: object
) -> None:
    records = [Record((at,), {"Email": text}) for at, text in enumerate(texts)]
    body = lookups.body() if lookups else None  # type: ignore[attr-defined]  # one of two values
    batches = list(cut_by_bytes(records, sizes_of(records), lookups, most=most))  # type: ignore[arg-type]  # one of two values
    sizes = [len(encode([one.body() for one in b.records], body)) for b in batches]
    assert all(size <= most for size in sizes)
    assert [one for batch in batches for one in batch.records] == records
    assert [batch.number for batch in batches] == list(range(1, len(batches) + 1))
    for batch, after in pairwise(batches):
        more = [one.body() for one in (*batch.records, after.records[0])]
        assert len(encode(more, body)) > most


def test_a_person_larger_than_a_job_is_refused_before_anything_is_sent() -> None:
    records = [Record((0,), {"Email": "a" * 100})]
    with pytest.raises(InputError, match="more than a job takes"):
        list(cut_by_bytes(records, sizes_of(records), most=100))
