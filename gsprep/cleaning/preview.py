"""What cleaning would do, rule by rule, for a person who decides: counts, and cells in outline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gsprep.display import outline

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Sample:
    """One change: its column, and the cell before and after in outline; "" is missing."""

    column: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class RulePreview:
    """What one rule would do: the number of cells, and a few that look different."""

    rule: str
    cells: int
    samples: tuple[Sample, ...]


def preview(changes: pd.DataFrame, *, samples: int = 2) -> tuple[RulePreview, ...]:
    """Return what each rule did, the busiest first; ``changes`` is what ``clean`` logged.

    No sample holds a value: letters and digits are replaced.
    """
    by_rule = changes.groupby("rule", sort=True)
    previews = [RulePreview(str(rule), len(of), _samples(of, samples)) for rule, of in by_rule]
    return tuple(sorted(previews, key=lambda one: -one.cells))


def _samples(changes: pd.DataFrame, most: int) -> tuple[Sample, ...]:
    # A few hundred lines hold every look there is; a million need not be drawn.
    few = changes.head(500)[["column", "before", "after"]].astype("object")
    lines = few.where(few.notna(), "").itertuples(index=False)
    drawn = (Sample(str(c), outline(str(b)), outline(str(a))) for c, b, a in lines)
    return tuple(dict.fromkeys(drawn))[:most]
