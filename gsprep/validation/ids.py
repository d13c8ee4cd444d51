"""Findings on ids that have the form of one and begin as they should not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gsprep.validation.findings import finding_on_column, findings_on
from gsprep.values.distinct import on_distinct
from gsprep.values.ids import PREFIX_LENGTH, is_gsid

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from gsprep.schemas.fields import ObjectFields

_IDS = frozenset({"GSID", "LOOKUP"})


def id_findings(text: pd.DataFrame, of: ObjectFields) -> Iterator[pd.DataFrame]:
    """Yield ids of another object, and ids of another tenant than most in their column.

    The documents' own samples break the first rule, and a file of two tenants the second: both
    are warnings. Where no prefix is the most frequent one, the column as a whole is named.
    """
    for name in of.among(text.columns):
        if of[name].type not in _IDS:
            continue
        prefix = on_distinct(text[name], _prefix).dropna()
        other = ~prefix.str.startswith(of[name].prefix)
        if other.any():
            yield findings_on(text.loc[prefix.index[other]], of, name, "GSPREP_GSIDTYPE")
        yield from _of_other_tenants(text, of, name, prefix[~other])


def _prefix(text: str) -> str | None:
    return text[:PREFIX_LENGTH] if is_gsid(text) else None


def _of_other_tenants(
    text: pd.DataFrame, of: ObjectFields, name: str, prefix: pd.Series[str]
) -> Iterator[pd.DataFrame]:
    # An id that stands in many rows says no more than one that stands in one.
    counts = prefix[~text.loc[prefix.index, name].duplicated()].value_counts()
    if len(counts) < 2:  # noqa: PLR2004  one prefix is as it should be
        return
    if counts.iloc[0] == counts.iloc[1]:
        yield finding_on_column(of, name, "GSPREP_GSIDTENANT").assign(
            message=f"{name} holds ids that begin in several ways, none of them most often."
        )
        return
    other = prefix.index[prefix != counts.index[0]]
    yield findings_on(text.loc[other], of, name, "GSPREP_GSIDTENANT")
