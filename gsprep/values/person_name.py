"""Names of people joined from columns of their parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow.compute as pc

from gsprep.values.arrow import as_arrow, as_column, joined
from gsprep.values.distinct import on_distinct
from gsprep.values.text import tidy

if TYPE_CHECKING:
    import pandas as pd


def joined_names(parts: pd.DataFrame) -> pd.Series[str]:
    """Return the tidied parts of each row that are there, joined by one blank.

    ``parts`` are columns of text in the order in which the parts are said. Missing where a row
    has none.
    """
    first, *others = (as_arrow(on_distinct(parts[name], tidy)) for name in parts.columns)
    names = first
    for part in others:
        names = pc.coalesce(joined(names, " ", part), names, part)
    return as_column(names, parts.iloc[:, 0])
