"""Rows of persons grouped: which of them are one person, and which stay."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pyarrow.compute as pc

from gsprep.schemas.frames import ROW_ID, require
from gsprep.schemas.same_key import comparable_key, same_key
from gsprep.uploader.faults import contradictions, empty_keys
from gsprep.uploader.groups import grouped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gsprep.schemas.fields import ObjectFields
    from gsprep.schemas.same_key import SameKey
    from gsprep.uploader.faults import Fault
    from gsprep.uploader.groups import Groups

_GSID = "Gsid"
# No column that is sent bears this name: those are Gainsight's own or end in __gc.
_MEANT = "meant"


def sent_columns(frame: pd.DataFrame, fields: ObjectFields) -> list[str]:
    """Return the columns of a frame that go to the service, in the frame's order."""
    return [str(name) for name in frame.columns if fields.sends(str(name))]


def group_persons(
    persons: pd.DataFrame, fields: ObjectFields, key: Sequence[str]
) -> tuple[Groups, dict[int, Fault]]:
    """Return the persons to send, and the faults of the rows that stay, by position.

    ``persons`` is a text frame, ``fields`` says which columns are sent. Rows with one ``key`` or
    one Gsid are one person. A Gsid is sent too, so that the key itself can change; beside a key
    it is not where it came with an outcome, as that of another tenant may have. Raises
    MissingColumnsError without the columns of ``key`` and any Gsid.
    """
    sent = sent_columns(persons, fields)
    faults = empty_keys(persons, key, ",".join(key))
    if _GSID not in persons or persons[_GSID].isna().all():
        require(persons, key, of="persons")
        same = same_key(persons, key, sent)
        faults |= contradictions(same, persons[ROW_ID], ",".join(key))
        return grouped(persons[sent], same.leader, faults), faults
    faults = {at: fault for at, fault in faults.items() if not isinstance(persons[_GSID][at], str)}
    same, contradicting = _same_person(persons, key, sent)
    named = list(dict.fromkeys([_GSID, *sent]))
    faults |= contradicting
    found = grouped(persons[named], same.leader, faults)
    return _by_key(found, key) if "outcome" in persons else found, faults


def _by_key(found: Groups, key: Sequence[str]) -> Groups:
    """Return persons without their Gsid where they have the whole key."""
    texts = dict(found.fields)
    if not set(key) <= texts.keys():
        return found
    lacking = texts[key[0]].is_null()
    for name in key[1:]:
        lacking = pc.or_(lacking, texts[name].is_null())
    texts[_GSID] = pc.if_else(lacking, texts[_GSID], None)
    return found.with_fields(texts.items())


def _same_person(
    persons: pd.DataFrame, key: Sequence[str], sent: Sequence[str]
) -> tuple[SameKey, dict[int, Fault]]:
    """Group rows by their key, and those groups by the Gsid that any of their rows names.

    A row that contradicts its person adds nothing: what it says joins no other rows to anybody.
    """
    columns = list(dict.fromkeys([_GSID, *key, *sent]))
    whole = persons.reindex(columns=columns).astype("str")
    whole = whole.assign(**comparable_key(whole, key))
    by_key = same_key(whole, key, columns)
    faults = contradictions(by_key, persons[ROW_ID], ",".join(key))
    # No Gsid has a blank in it.
    alone = "row " + pd.Series(by_key.leader, index=whole.index).astype("str")
    wrong = by_key.conflict
    while True:
        gsids = whole[_GSID].mask(wrong).groupby(by_key.leader).transform("first")
        meant = gsids.fillna(alone).mask(wrong, whole[_GSID]).mask(by_key.conflict)
        same = same_key(whole.assign(**{_MEANT: meant}), [_MEANT], columns)
        # Kept from each round: without what it contradicted a row may stand alone in the next.
        faults |= contradictions(same, persons[ROW_ID], _GSID)
        if not (same.conflict & ~wrong).any():
            return same, faults
        wrong = wrong | same.conflict
