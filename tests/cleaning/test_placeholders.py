"""A look at the whole column misses none of what the cell alone shows."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gsprep.cleaning.placeholders import without_placeholders
from gsprep.schemas.fields import Field
from gsprep.values.placeholder import (
    is_placeholder,
    is_placeholder_email,
    is_placeholder_phone,
    placeholder_words,
)

signs = st.text(st.sampled_from(" -_.,:;*'\"?!()[]<>#/|…–\u3000"), max_size=3)
words = st.sampled_from(placeholder_words()).flatmap(
    lambda word: st.sampled_from([word, word.upper(), word.title(), word.replace("a", "á")])
)
wide = str.maketrans({code: code + 0xFEE0 for code in range(0x21, 0x7F)})
cells = st.one_of(
    st.tuples(signs, words, signs).map("".join),
    words.map(lambda word: word.translate(wide)),
    signs,
    st.text(max_size=6),
    st.from_regex(r"[0() +-]{0,4}(?:0[ -]?){6,10}|[0-9]{8,9}", fullmatch=True),
    st.from_regex(r"(?:none|test|a)@(?:none|test|example)\.(?:com|org|net)\s?", fullmatch=True),
)


@settings(deadline=None)
@given(cells)
@pytest.mark.parametrize(
    ("field", "says_nothing"),
    [
        pytest.param(Field("Title", "STRING"), is_placeholder, id="words"),
        pytest.param(Field("EmailCompany", "EMAIL"), is_placeholder_email, id="addresses"),
        pytest.param(Field("Phone", "PHONE"), is_placeholder_phone, id="numbers"),
        pytest.param(
            Field("LastName", "STRING"), lambda text: is_placeholder(text, names=True), id="names"
        ),
    ],
)
def test_what_says_nothing_goes_and_the_rest_stays(field, says_nothing, text: str) -> None:  # noqa: ANN001  a table of two kinds
    column = pd.Series([text, "something", None], dtype="str")
    left = without_placeholders(column, field)
    assert left.isna().tolist() == [says_nothing(text), False, True]
    assert left.dropna().tolist() == ([] if says_nothing(text) else [text]) + ["something"]
