"""A file without records: what it lacks is told as it would be of a file with some."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from gsprep.cli.console import note_if_empty
from gsprep.schemas.frames import ROW_ID
from gsprep.validation.check import check

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pandera.pandas as pa


def look_at_columns(
    frame: pd.DataFrame, source: str | Path, schema: pa.DataFrameSchema, key: Sequence[str]
) -> None:
    """Say that a file has no records; raise MissingColumnsError when it could not have any.

    In a pipeline an export of nothing is good, and the wrong sheet is not.
    """
    if len(frame):
        return
    note_if_empty(source, frame)
    # One row without values asks for the columns that every row needs.
    blank = pd.DataFrame(columns=frame.columns, index=[0], dtype="str")
    check(blank.assign(**{ROW_ID: "1"}), schema, key=key)
