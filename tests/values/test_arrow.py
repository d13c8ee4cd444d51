"""What columns of text hold, by their bytes."""

from __future__ import annotations

import sys
from collections import Counter

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from hypothesis import given
from hypothesis import strategies as st

from gsprep.values.arrow import (
    TEXT,
    are_blank,
    as_arrow,
    as_column,
    as_mask,
    count_bytes,
    counts_of,
    has_byte,
    places_among,
    with_bytes,
)

COLUMNS = st.lists(st.one_of(st.none(), st.text(alphabet="aé \u3000;,=\n", max_size=4)), max_size=6)


def test_what_is_before_the_first_text_among_the_bytes_is_no_part_of_it() -> None:
    offsets, data = pa.py_buffer(np.array([4, 11, 16])), pa.py_buffer(b"JUNKANA@x.comB@y.z")
    values = pa.Array.from_buffers(TEXT, 2, [None, offsets, data])
    column = as_arrow(as_column(values))
    assert column.equals(values)
    assert pc.ascii_lower(column).to_pylist() == ["ana@x.c", "omb@y"]


def test_every_blank_of_unicode_is_blank() -> None:
    places = (*range(1, 0xD800), *range(0xE000, sys.maxunicode + 1))
    signs = pa.array(map(chr, places), TEXT)
    blank = pc.equal(pc.utf8_trim_whitespace(signs), "")
    assert (are_blank(signs) == as_mask(blank)).all()


@given(texts=COLUMNS, skipped=st.integers(0, 2))
def test_blank_texts_are_those_of_nothing_but_blanks(texts: list[str | None], skipped: int) -> None:
    column = pa.array(texts, TEXT).slice(skipped)
    expected = [text is not None and not text.strip() for text in texts[skipped:]]
    assert are_blank(column).tolist() == expected


@given(texts=COLUMNS, skipped=st.integers(0, 2))
def test_signs_are_found_where_they_are(texts: list[str | None], skipped: int) -> None:
    column, left = pa.array(texts, TEXT).slice(skipped), [text or "" for text in texts[skipped:]]
    found = with_bytes(column, b";\n", b"=,")
    assert found.tolist() == [
        bool({";", "\n"} & set(text) or {"=", ","} & {*text[:1], *text[-1:]}) for text in left
    ]
    assert has_byte(column, b"=") == any("=" in text for text in left)
    for sign in ("=", "é"):
        assert count_bytes(column, sign.encode()) == sum(text.count(sign) for text in left)


@given(texts=COLUMNS)
def test_each_text_is_counted_and_missing_is_not(texts: list[str | None]) -> None:
    expected = Counter(text for text in texts if text is not None)
    assert counts_of(pd.Series(texts, dtype="str")) == expected


_NAMES = st.integers(0, 12).map(str) | st.sampled_from(
    ["007", "-1", "+1", "x", "9" * 12, "1.0", ""]
)


@given(sought=st.lists(st.none() | _NAMES), known=st.lists(_NAMES, unique=True))
def test_places_are_those_of_the_same_text(sought: list[str | None], known: list[str]) -> None:
    """Also where the texts are the numbers of records."""
    places = places_among(pd.Series(sought, dtype="str"), pd.Series(known, dtype="str"))
    assert places.tolist() == [known.index(one) if one in known else -1 for one in sought]
