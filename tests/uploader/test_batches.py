"""Jobs by the bytes that are sent."""

from __future__ import annotations

from itertools import pairwise

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsprep.errors import InputError
from gsprep.schemas.frames import text_frame
from gsprep.schemas.lookups import BY_NAME
from gsprep.uploader.batches import cut_by_bytes, encode
from gsprep.uploader.encoding import Encoded
from gsprep.uploader.links import decide

NONE = text_frame(pd.DataFrame({"row_id": []}))


def encoded(texts: list[str]) -> Encoded:
    """Return a person for each text."""
    names = {"Email": [str(at) for at in range(len(texts))], "Name": texts}
    return Encoded.of(decide(text_frame(pd.DataFrame(names)), NONE, NONE, ("Email",)).records)


@given(
    texts=st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=40), max_size=12),
    most=st.integers(750, 1_200),
    lookups=st.sampled_from([None, BY_NAME]),
)
def test_a_job_is_as_large_as_it_may_be_and_no_larger(
    texts: list[str], most: int, lookups: object
) -> None:
    load = encoded(texts)
    body = lookups.body() if lookups else None  # type: ignore[attr-defined]  # one of two values
    batches = list(cut_by_bytes(load, lookups, most=most))  # type: ignore[arg-type]  # one of two values
    bodies = [encode([one.body() for one in batch.records], body) for batch in batches]
    assert [batch.body(body) for batch in batches] == bodies
    assert all(len(sent) <= most for sent in bodies)
    assert [one for batch in batches for one in batch.records] == list(load.records)
    assert [batch.number for batch in batches] == list(range(1, len(batches) + 1))
    for batch, after in pairwise(batches):
        more = [one.body() for one in (*batch.records, after.records[0])]
        assert len(encode(more, body)) > most


def test_a_person_larger_than_a_job_is_refused_before_anything_is_sent() -> None:
    with pytest.raises(InputError, match="more than a job takes"):
        list(cut_by_bytes(encoded(["a" * 100]), most=100))
