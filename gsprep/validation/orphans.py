"""Findings on associations whose person will not be there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from gsprep.schemas.frames import ROW_ID, text_frame
from gsprep.schemas.same_key import normal_key
from gsprep.validation.findings import findings_on
from gsprep.validation.keys import says

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np

    from gsprep.results import Checked
    from gsprep.schemas.fields import ObjectFields

_PERSON_GONE = "GSOBJ_PEOPLE1001"


def orphans(
    text: pd.DataFrame, of: ObjectFields, persons: Checked | None, key: tuple[str, ...]
) -> Iterator[pd.DataFrame]:
    """Yield associations whose person is not among the persons, or is rejected there.

    A row that names nobody lacks its key, which is told elsewhere.
    """
    if persons is None:
        return
    valid, rejected = text_frame(persons.valid, of="persons"), text_frame(persons.rejected)
    alone = text[_found(text, valid, key).isna() & _name_somebody(text, key)]
    if alone.empty:
        return
    named = _found(alone, rejected, key)
    found = findings_on(alone, of, of.needed[0][0] if of.needed else key[0], _PERSON_GONE)
    told = "The person of this association is row " + named + " of the persons, which is rejected."
    yield found.assign(message=told.fillna(found["message"]).astype("str"))


def _name_somebody(text: pd.DataFrame, key: tuple[str, ...]) -> np.ndarray:
    named: np.ndarray = says(text, ["Email"]) | says(text, key) | says(text, ["Person_ID"])
    return named


def _found(text: pd.DataFrame, persons: pd.DataFrame, key: tuple[str, ...]) -> pd.Series[str]:
    """Return the row_id of each association's person; missing where there is none."""
    found = pd.Series(pd.NA, index=text.index, dtype="str")
    for mine, theirs in _ways(text, persons, key):
        people = normal_key(persons, theirs).set_axis(list(mine), axis=1).dropna()
        people = people.drop_duplicates()
        # A column laid on a frame without rows would bring its own.
        people = people.assign(found=persons.loc[people.index, ROW_ID])
        sought = normal_key(text, mine).dropna()
        pairs = sought.reset_index().merge(people, on=list(mine), how="inner", validate="m:1")
        found = found.fillna(pairs.set_index("index")["found"]).astype("str")
    return found


def _ways(
    text: pd.DataFrame, persons: pd.DataFrame, key: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Yield the columns by which a person can be named here and found there."""
    own = () if "Email" in key else ((key, key),)
    for mine, theirs in ((("Email",), ("Email",)), *own, (("Person_ID",), ("Gsid",))):
        if set(mine) <= set(text.columns) and set(theirs) <= set(persons.columns):
            yield mine, theirs
