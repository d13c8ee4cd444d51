"""Findings on single cells: what the type, the length or the key of a record does not allow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pyarrow.compute as pc
from pandera.errors import SchemaErrors

from gsprep.schemas.objects import fields_of
from gsprep.schemas.types import mender_for, rules_for
from gsprep.validation.findings import findings_on
from gsprep.values.arrow import as_arrow, as_mask, matches
from gsprep.values.distinct import on_distinct, where_distinct
from gsprep.values.email import APART, holds_several_emails
from gsprep.values.email_typos import typo_suggestion
from gsprep.values.text import narrow

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandera.pandas as pa

    from gsprep.schemas.fields import Field, ObjectFields


def cell_findings(text: pd.DataFrame, schema: pa.DataFrameSchema) -> Iterator[pd.DataFrame]:
    """Yield what Pandera's column checks found; its exception, which quotes cells, ends here."""
    try:
        schema.validate(text, lazy=True)
    except SchemaErrors as failure:
        failed = [(e.schema.name, e.check.name, e.check_output) for e in failure.schema_errors]
    else:
        return
    of = fields_of(schema)
    for name, code, good in failed:
        wrong = text.loc[good.index[~good]]
        suggested = _suggestions(wrong[name], text[name], of[name], code)
        found = findings_on(wrong, of, name, code, suggested)
        yield _with_several(found) if of[name].type == "EMAIL" else found


def _suggestions(
    cells: pd.Series[str], column: pd.Series[str], field: Field, code: str
) -> pd.Series[str]:
    """Return how each cell was meant where that is sure: what is suggested passes every rule."""
    rules = rules_for(field)
    rule = next((rule for rule in rules if rule.code == code), None)
    if rule is None:
        return pd.Series(pd.NA, cells.index, dtype="str")
    mend = mender_for(field, column) if rule.code == rules[0].code else rule.mend
    suggested = on_distinct(_narrowed(cells), mend)
    for each in rules:
        suggested = suggested.where(where_distinct(suggested, each.holds))
    return suggested


def _narrowed(cells: pd.Series[str]) -> pd.Series[str]:
    wide = ~as_mask(pc.string_is_ascii(as_arrow(cells)))
    return cells.mask(wide, on_distinct(cells[wide], narrow)) if wide.any() else cells


def _with_several(found: pd.DataFrame) -> pd.DataFrame:
    """Say so where a cell holds several addresses: which one is meant, only a person knows."""
    several = pd.Series(matches(as_arrow(found["value"]), APART), index=found.index)
    several[several] = where_distinct(found.loc[several, "value"], holds_several_emails)
    told = found["column"] + " holds several addresses, and a person has one."
    hint = "Keep the person's own address, or make a row of each."
    return found.assign(
        message=found["message"].mask(several, told), hint=found["hint"].mask(several, hint)
    ).astype("str")


def mail_slips(text: pd.DataFrame, of: ObjectFields) -> Iterator[pd.DataFrame]:
    """Yield addresses whose domain looks like a slip of the finger."""
    for name in of.among(text.columns):
        if of[name].type == "EMAIL":
            suggestion = on_distinct(text[name], typo_suggestion)
            slips = suggestion.notna()
            if slips.any():
                yield findings_on(text[slips], of, name, "GSPREP_MAILSLIP", suggestion[slips])
