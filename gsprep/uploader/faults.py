"""Why rows are not sent, or came back refused; what is known before anything is sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gsprep.calls.endpoints import DUPLICATE_KEY, EMPTY_KEY

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from gsprep.schemas.same_key import SameKey


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a row went wrong; what is missing is "" (columns error_code, _field, _message)."""

    code: str = ""
    field: str = ""
    message: str = ""


def empty_keys(frame: pd.DataFrame, key: Iterable[str], field: str) -> dict[int, Fault]:
    """Return a fault for each row in which a column of the key is missing."""
    faults: dict[int, Fault] = {}
    for name in key:
        message = f"not sent: {name} is missing. Fill it and send the row again"
        fault = Fault(EMPTY_KEY, field, message)
        for position in frame.index[frame[name].isna()] if name in frame else frame.index:
            faults.setdefault(int(position), fault)
    return faults


def contradictions(same: SameKey, row_ids: pd.Series[str], field: str) -> dict[int, Fault]:
    """Return a fault for each row that contradicts the first row with its key."""
    faults = {}
    for position in same.conflict.nonzero()[0]:
        first = row_ids.iloc[same.leader[position]]
        message = (
            f"not sent: row {first} has the same {field} and says another "
            f"{same.field[position]}. Make the two agree, or drop one"
        )
        faults[int(position)] = Fault(DUPLICATE_KEY, field, message)
    return faults
