from __future__ import annotations

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from gsprep.cleaning.clean import RulePreview, Sample, clean, preview
from gsprep.display import outline


def test_each_rule_with_its_count_and_looks() -> None:
    """The busiest first; cells that look alike are shown once."""
    changes = clean(pd.DataFrame({"Email": ["Ana@ACME.com", "Bob@BOLT.com", "C@D.io"]})).changes
    assert preview(changes) == (
        RulePreview(
            "email", 3,
            (Sample("Email", "Xxx@XXXX.xxx", "Xxx@xxxx.xxx"), Sample("Email", "X@X.xx", "X@x.xx")),
        ),
    )  # fmt: skip
    assert len(preview(changes, samples=1)[0].samples) == 1


def test_what_was_missing_is_empty() -> None:
    changes = clean(pd.DataFrame({"Title": ["-"]})).changes
    assert preview(changes)[0].samples == (Sample("Title", "-", ""),)
    assert preview(changes.head(0)) == ()


@given(st.text())
def test_an_outline_says_nothing(text: str) -> None:
    """No letter but x, no digit but 0 beside the codes of what cannot be seen."""
    drawn = outline(text)
    seen = "".join(
        c for c in text[:60] if c.isprintable() and not c.isalpha() and not c.isnumeric()
    )
    assert outline("".join(c for c in text if c.isalpha())[:60]).strip("xX") == ""
    assert all(c in drawn for c in seen)
    assert len(drawn) <= 60 * 10 + 1
