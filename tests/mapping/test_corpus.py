"""Real headers of public files are read as the fields that they mean."""

from __future__ import annotations

from collections import Counter

import header_corpus as corpus
import pytest

from gsprep.mapping.aliases import OF_THE_COMPANY
from gsprep.schemas.fields import COMPANY, PERSON

SEEN, HELD_OUT = corpus.pairs(held_out=False), corpus.pairs(held_out=True)


def test_the_corpus_is_large_and_names_fields() -> None:
    known = {"Person": PERSON, "Company": COMPANY}
    every = [*SEEN, *HELD_OUT]
    meant = [pair for pair in every if pair.field is not None]
    assert len(meant) > 400
    assert len({pair.source for pair in every}) > 50
    assert len({pair.source for pair in HELD_OUT}) * 3 > len({pair.source for pair in every})
    assert [
        pair
        for pair in meant
        if not known[pair.object].knows(str(pair.field)) and pair.field not in OF_THE_COMPANY
    ] == []
    assert max(Counter((pair.source, pair.header) for pair in every).values()) == 1


@pytest.mark.parametrize(
    ("pairs", "recall", "precision"),
    [
        pytest.param(SEEN, 0.97, 0.96, id="sources that the usual headers were compared with"),
        pytest.param(HELD_OUT, 0.96, 0.93, id="sources that only measure"),
    ],
)
def test_hit_rate(pairs: list[corpus.Pair], recall: float, precision: float) -> None:
    found = corpus.hits(pairs)
    assert found.recall >= recall
    assert found.precision >= precision
