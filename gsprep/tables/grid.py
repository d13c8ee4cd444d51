"""What every reader of a file hands on: a line of headers, columns of text, and notes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import numpy as np
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Grid:
    """A file as it stands, before its headers are understood.

    Attributes:
        path: the file, or the address of a database, for messages.
        headers: the cells of the line of headers, "" where there is none.
        cells: one column of text for each header, named 0, 1, …; blanks are missing.
        line: the line of the file (the row of the sheet) on which the headers stand.
        notes: sentences on what was assumed while reading.
        formulas: by column, the records (0 is the first) whose cell looks like a formula.
    """

    path: Path | str
    headers: tuple[str, ...]
    cells: pd.DataFrame
    line: int = 1
    notes: tuple[str, ...] = field(default=())
    formulas: Mapping[int, np.ndarray] = field(default_factory=dict)
