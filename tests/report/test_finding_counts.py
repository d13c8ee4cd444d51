"""Findings by reason: no row is counted for the reason of another."""

from __future__ import annotations

from collections import Counter

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from gsprep.report.finding_counts import findings_of
from gsprep.schemas.objects import Person
from gsprep.validation.check import check

rows = st.lists(
    st.fixed_dictionaries(
        {
            "Email": st.sampled_from(["a@acme.com", "A@acme.com", "b@acme.com", "bad", None]),
            "FirstName": st.sampled_from(["Ana", "Bo", None]),
            "Title": st.sampled_from(["CEO", "x" * 300, None]),
            "EmailOptOut": st.sampled_from(["true", "perhaps", None]),
        }
    ),
    min_size=1,
    max_size=12,
)


@given(rows)
def test_every_finding_has_one_reason(lines: list[dict[str, str | None]]) -> None:
    findings = check(pd.DataFrame(lines, dtype="object"), Person).findings
    counts = findings_of(findings)
    assert sum(one.rows for one in counts) == len(findings)
    by_code = Counter(zip(findings["code"], findings["column"], strict=True))
    told: Counter[tuple[str, str]] = Counter()
    for one in counts:
        told[one.code, one.column] += one.rows
    assert told == by_code


@given(rows)
def test_the_first_rows_of_a_reason_are_rows_with_it(lines: list[dict[str, str | None]]) -> None:
    findings = check(pd.DataFrame(lines, dtype="object"), Person).findings
    for one in findings_of(findings):
        own = findings[(findings["code"] == one.code) & findings["row_id"].isin(one.first)]
        # A field that a message names is the reason; the row that it names is not.
        if "another" in one.message:
            field = one.message.rpartition("another ")[2]
            assert own["message"].str.endswith(field).all()
        elif "earlier" not in one.message:
            assert (own["message"] == one.message).any()
