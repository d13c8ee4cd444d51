"""What was mended and what was found: the lines of changes.csv, rejects.csv and warnings.csv."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gsprep.display import heading
from gsprep.schemas.codes import EXPLANATIONS

if TYPE_CHECKING:
    import pandas as pd

# What the sentence of a code says where a message names the row that is meant.
_ANOTHER_ROW = "earlier"


@dataclass(frozen=True, slots=True)
class Mended:
    """The changes of one rule in one column: so many lines of changes.csv."""

    rule: str
    column: str
    cells: int


@dataclass(frozen=True, slots=True)
class Found:
    """The findings of one code on one column, with what is wrong and what to do.

    ``column`` is "" for a finding on no column, ``rows`` counts findings.
    """

    severity: str
    code: str
    column: str
    rows: int
    message: str
    hint: str


def mended_of(changes: pd.DataFrame) -> tuple[Mended, ...]:
    """Count the changes by rule and column, the most frequent first."""
    counts = changes.groupby(["rule", "column"], sort=True, observed=True).size()
    ordered = counts.sort_values(ascending=False, kind="stable").reset_index(name="cells")
    lines = zip(ordered["rule"], ordered["column"], ordered["cells"].tolist(), strict=True)
    return tuple(Mended(str(rule), heading(column), cells) for rule, column, cells in lines)


def found_of(findings: pd.DataFrame) -> tuple[Found, ...]:
    """Count the findings by code and column: errors before warnings, the most frequent first."""
    by = ["severity", "code", "column"]
    numbered = findings[[*by, "message", "hint"]].reset_index(drop=True)
    lines = numbered.assign(column=numbered["column"].fillna(""))
    firsts = lines.drop_duplicates(by)
    counts = lines.groupby(by, sort=False, observed=True).size().to_dict()
    told = [
        Found(
            severity=str(line.severity),
            code=str(line.code),
            column=heading(line.column),
            rows=int(counts[line.severity, line.code, line.column]),
            message=_sentence(str(line.code), str(line.column), str(line.message)),
            hint=str(line.hint),
        )
        for line in firsts.itertuples(index=False)
    ]
    return tuple(sorted(told, key=lambda one: (one.severity, -one.rows, one.code, one.column)))


def _sentence(code: str, column: str, message: str) -> str:
    """Return what holds for every row: where a message names another row, the code's sentence."""
    known = EXPLANATIONS.get(code)
    if known is not None and _ANOTHER_ROW in known.message:
        return known.message.format(column=heading(column) or "It")
    return message.replace(column, heading(column)) if column else message
