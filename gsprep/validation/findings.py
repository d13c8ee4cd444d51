"""Findings as a frame: one line for each failed check."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gsprep.results import FINDING_COLUMNS
from gsprep.schemas.codes import Severity, service_code
from gsprep.schemas.data_types import explanation_of
from gsprep.schemas.frames import ROW_ID

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gsprep.schemas.fields import ObjectFields

# The service stores such a row if the record exists, or ignores the field.
_ONLY_WARN = frozenset({"GSOBJ_VCRUDR1002"})


def findings_on(
    lines: pd.DataFrame,
    of: ObjectFields,
    column: str,
    code: str,
    suggestion: pd.Series[str] | None = None,
) -> pd.DataFrame:
    """Return one finding for each line; the index stays the record's position."""
    explanation = explanation_of(code)
    field = of[column]
    missing = pd.Series(pd.NA, lines.index, dtype="str")
    found = pd.DataFrame(
        {
            ROW_ID: lines[ROW_ID],
            "column": column,
            "value": lines[column] if column in lines.columns else missing,
            "code": service_code(code, of, field),
            "message": explanation.message.format(column=column, length=field.length),
            "hint": explanation.hint,
            "suggestion": missing if suggestion is None else suggestion,
            "severity": _severity(of, column, code),
        },
        index=lines.index,
    )
    return found.astype("str")


def finding_on_column(of: ObjectFields, column: str, code: str) -> pd.DataFrame:
    """Return one finding on a whole column; its row_id is missing."""
    return findings_on(pd.DataFrame({ROW_ID: [None]}, dtype="str"), of, column, code)


def _severity(of: ObjectFields, column: str, code: str) -> Severity:
    """Return "error" only for what the service would refuse."""
    needed = {name for names in of.needed for name in names}
    is_ours = code.startswith("GSPREP_") or code in _ONLY_WARN
    sent = of.sends(column) or column in needed
    return "error" if sent and not is_ours else "warning"


def error_positions(found: Iterable[pd.DataFrame]) -> pd.Index:
    """Return the positions of the records that have an error."""
    wrong = [lines.index[lines["severity"] == "error"] for lines in found]
    return pd.Index(np.unique(np.concatenate(wrong)) if wrong else [], dtype="int64")


def together(found: list[pd.DataFrame], of: ObjectFields) -> pd.DataFrame:
    """Return all findings by record and field; those on whole columns come last, by name."""
    return by_position(found, of).reset_index(drop=True)


def by_position(found: list[pd.DataFrame], of: ObjectFields) -> pd.DataFrame:
    """Return the findings as ``together`` does, with the record's position as index."""
    if not found:
        return pd.DataFrame(
            {name: pd.Series(dtype="str") for name in FINDING_COLUMNS},
            index=pd.Index([], dtype="int64"),
        )
    lines = pd.concat(found)
    names = lines["column"].unique().tolist()
    known = of.among(names)
    places = {name: at for at, name in enumerate([*known, *sorted(set(names) - set(known))])}
    order = np.lexsort(
        (lines["column"].map(places), lines.index.to_numpy(), lines[ROW_ID].isna().to_numpy())
    )
    return lines.iloc[order][list(FINDING_COLUMNS)].astype("str")
