"""What became of people over the time of a run, in equal parts of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gsprep.report.parts import Part, Whole
from gsprep.report.summary import ASKED

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

_PARTS = 60


@dataclass(frozen=True, slots=True)
class Timeline:
    """Outcomes of people by the time of their answer.

    columns: of equal parts of the time between the first answer and the last, empty ones
             included; none when all people were answered at once or nobody was.
    begun, ended: the times of the first answer and of the last.
    """

    columns: tuple[Whole, ...] = ()
    begun: str = ""
    ended: str = ""


def timeline_of(people: pd.DataFrame, answered: Mapping[str, datetime]) -> Timeline:
    """Return when people were answered; those of batches that ``answered`` lacks are left out.

    ``people`` have an outcome and a batch, ``answered`` says when a batch was.
    """
    times = pd.Series(answered, dtype="datetime64[ns, UTC]")
    if times.nunique() < 2:  # noqa: PLR2004  no time lies between
        return Timeline()
    first, last = times.min(), times.max()
    share = (times - first) / (last - first)
    part = np.minimum((share * _PARTS).astype(int), _PARTS - 1)
    at = people["batch"].map(part)
    edges = [_clock(moment) for moment in pd.date_range(first, last, periods=_PARTS + 1)]
    counts = pd.crosstab(at, people["outcome"]).reindex(
        index=range(_PARTS), columns=ASKED, fill_value=0
    )
    columns = (
        Whole(f"{edges[nth]} to {edges[nth + 1]}", tuple(map(Part, ASKED, line)))
        for nth, line in enumerate(counts.to_numpy().tolist())
    )
    return Timeline(tuple(columns), _clock(first), _clock(last))


def _clock(moment: datetime) -> str:
    """Return the time of a moment as the page writes it.

    >>> from datetime import datetime
    >>> _clock(datetime(2026, 11, 25, 22, 38, 58, 140_000))
    '22:38:58.1'
    """
    return f"{moment:%H:%M:%S}.{moment.microsecond // 100_000}"
