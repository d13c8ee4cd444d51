"""Real headers of public files are read as the fields that they mean."""

from __future__ import annotations

from collections import Counter

import header_corpus as corpus
import pytest
from each_row import each_row

from gsprep.mapping.aliases import OF_THE_COMPANY
from gsprep.schemas.fields import COMPANY, PERSON


def test_the_corpus_is_large_and_names_fields() -> None:
    known = {"Person": PERSON, "Company": COMPANY}
    held_out = corpus.pairs(held_out=True)
    every = [*corpus.pairs(held_out=False), *held_out]
    meant = [pair for pair in every if pair.field is not None]
    assert len(meant) > 400
    assert len({pair.source for pair in every}) > 50
    assert len({pair.source for pair in held_out}) * 3 > len({pair.source for pair in every})
    assert [
        pair
        for pair in meant
        if not known[pair.object].knows(str(pair.field)) and pair.field not in OF_THE_COMPANY
    ] == []
    assert max(Counter((pair.source, pair.header) for pair in every).values()) == 1


@each_row(
    ("held_out", "recall", "precision"),
    [
        pytest.param(False, 0.97, 0.96, id="sources that the usual headers were compared with"),
        pytest.param(True, 0.96, 0.93, id="sources that only measure"),
    ],
)
def test_hit_rate(held_out: bool, recall: float, precision: float) -> None:  # noqa: FBT001  a line of the table
    found = corpus.hits(corpus.pairs(held_out=held_out))
    assert found.recall >= recall
    assert found.precision >= precision
