"""Findings on columns: unknown, not writable, or required and missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gsprep.mapping.aliases import meant_field
from gsprep.schemas.frames import ROW_ID, line_columns, reason_columns
from gsprep.validation.findings import finding_on_column, findings_on

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd

    from gsprep.schemas.fields import ObjectFields


def column_findings(text: pd.DataFrame, of: ObjectFields) -> Iterator[pd.DataFrame]:
    """Yield one warning for each column that is not a field or that the service does not write.

    Columns that name a row and its line, and those of a file of rejected rows, are skipped.
    """
    ours = {ROW_ID, *line_columns(text), *reason_columns(text)}
    for name in text.columns:
        if name in ours:
            continue
        if not of.knows(name):
            yield _unknown(name, of, text.columns.tolist())
        elif of[name].access:
            yield finding_on_column(of, name, "GSPREP_ACCESS").assign(
                message=f"{name} is {of[name].access} in this tenant."
            )
    yield from _required(text, of)


def _unknown(name: str, of: ObjectFields, there: Sequence[str]) -> pd.DataFrame:
    finding = finding_on_column(of, name, "GSOBJ_VCRUDR1002")
    nearest = meant_field(name, of, there)
    if nearest is None:
        return finding
    hint = f"If it is {nearest}, rename the column; otherwise leave it."
    return finding.assign(suggestion=nearest, hint=hint).astype("str")


def _required(text: pd.DataFrame, of: ObjectFields) -> Iterator[pd.DataFrame]:
    """Yield fields that a new record needs; a row with its own Gsid is an update."""
    needed = {name for names in of.needed for name in names}
    new = text[text["Gsid"].isna()] if "Gsid" in text.columns else text
    for field in of.fields:
        if not field.required or not field.writable or field.name in needed or new.empty:
            continue
        if field.name not in text.columns:
            yield finding_on_column(of, field.name, "GSPREP_REQUIRED")
        elif (empty := new[new[field.name].isna()]).size:
            yield findings_on(empty, of, field.name, "GSPREP_REQUIRED")
