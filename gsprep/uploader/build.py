"""Records built from the rows of three frames."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from gsprep.errors import MissingColumnsError
from gsprep.schemas.frames import ROW_ID, require
from gsprep.schemas.lookups import with_names
from gsprep.schemas.objects import Schemas, fields_of
from gsprep.schemas.same_key import comparable_key, same_key
from gsprep.uploader.associations import PersonIndex, missing_persons, missing_targets, target_keys
from gsprep.uploader.faults import Fault, contradictions, empty_keys
from gsprep.uploader.records import Groups, Nested, Records, grouped, joined

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gsprep.schemas.fields import ObjectFields
    from gsprep.schemas.lookups import Lookup, Lookups
    from gsprep.schemas.same_key import SameKey
    from gsprep.uploader.associations import TargetKeys
    from gsprep.uploader.records import Groups

_GSID = "Gsid"
# No column that is sent has this name: those are Gainsight's own or end in __gc.
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


# No column that is sent has this name: those are Gainsight's own or end in __gc.
_PERSON = "person"
_KEY = "key of "
_HELD_BACK = Fault(message="not sent: held back for its verdict")


@dataclass(frozen=True, slots=True)
class Prepared:
    """What is sent, and why the other rows are not: faults by position in each frame.

    ``lookups`` find the ids that associations are sent without, None when none is.
    """

    records: Records
    persons: Mapping[int, Fault]
    company_persons: Mapping[int, Fault]
    relationship_persons: Mapping[int, Fault]
    lookups: Lookups | None = None


def build(  # noqa: PLR0913  three frames that go together, and how they go
    persons: pd.DataFrame,
    company_persons: pd.DataFrame,
    relationship_persons: pd.DataFrame,
    key: Sequence[str],
    held: frozenset[str] = frozenset(),
    *,
    schemas: Schemas | None = None,
    lookups: Lookups | None = None,
    alone: bool = False,
) -> Prepared:
    """Decide which rows go to the service, as which records.

    All frames are text frames. Raises MissingColumnsError when a frame lacks what every row of
    it needs. A person whose rows are all in ``held`` (row_ids) stays. ``schemas`` say which
    columns are sent, ``lookups`` what finds an id that is missing, beside the names. Each position
    is in exactly one record or in the faults of its frame. With ``alone`` a relationship may lack
    its company: its person is ``alone``, and comes after all others.
    """
    of, names = schemas or Schemas(), with_names(lookups)
    found, faults = group_persons(persons, fields_of(of.persons), key)
    found, faults = _without_held(found, faults, persons[ROW_ID].isin(held).to_numpy(dtype=bool))
    owners = PersonIndex.of(persons, found, key)
    companies = _Associations.of(
        company_persons, fields_of(of.company_persons), names.companies, owners
    )
    relationships = _Associations.of(
        relationship_persons, fields_of(of.relationship_persons), _below(names), owners, alone=alone
    )
    nested = _nested(found, companies, relationships, names)
    records = Records.of(nested.take(np.argsort(nested.alone(), kind="stable")))
    asked = names if companies.looked_up or relationships.looked_up else None
    return Prepared(records, faults, companies.faults, relationships.faults, asked)


def _below(lookups: Lookups) -> Mapping[str, Lookup]:
    """Return what is looked up for a relationship; its company is the entry above it."""
    above = {name: how for name, how in lookups.companies.items() if name == "Company_ID"}
    return {**above, **{n: how for n, how in lookups.relationships.items() if n not in above}}


def _without_held(
    found: Groups, faults: dict[int, Fault], held: np.ndarray
) -> tuple[Groups, dict[int, Fault]]:
    if not held.any() or not len(found):
        return found, faults
    stay = np.logical_and.reduceat(held[found.rows], found.starts[:-1])
    left = dict.fromkeys(found.take(stay.nonzero()[0]).rows.tolist(), _HELD_BACK)
    return found.take((~stay).nonzero()[0]), faults | left


@dataclass(frozen=True, slots=True)
class _Associations:
    """The associations of one frame, in the order of their first rows.

    Attributes:
        person: the number of each one's person.
        company: what names its company: an id, or what is looked up in its place.
        faults: why the other rows are not sent.
        looked_up: whether any id is left to a lookup.
    """

    groups: Groups
    person: np.ndarray
    company: pd.Series[str]
    faults: Mapping[int, Fault]
    looked_up: bool

    @classmethod
    def of(
        cls,
        frame: pd.DataFrame,
        fields: ObjectFields,
        lookups: Mapping[str, Lookup],
        owners: PersonIndex,
        *,
        alone: bool = False,
    ) -> _Associations:
        _check_columns(frame, fields, lookups)
        ids = _ids_of(fields)
        names = ",".join(ids)
        told = target_keys(frame, ids, sent_columns(frame, fields), lookups)
        told = told.with_any_company() if alone else told
        owner = owners.of_rows(frame)
        faults = missing_targets(told.keys, lookups, names) | missing_persons(owner)
        owner[list(faults)] = -1
        leader = np.arange(len(frame))
        if _any_twice(owner):
            same = same_key(_keyed(told, owner), _keys(told), list(told.sent.columns))
            says = names.replace(ids[0], f"{ids[0]},Person_ID")
            faults |= contradictions(same, frame[ROW_ID], says)
            leader = same.leader
        groups = grouped(told.sent, leader, faults)
        first = groups.leading
        return cls(groups, owner[first], told.keys["Company_ID"].iloc[first], faults, told.found)


def _any_twice(owner: np.ndarray) -> bool:
    """Tell whether anybody has several rows: no others can be one association."""
    return bool((np.bincount(owner[owner >= 0]) > 1).any())


def _keys(told: TargetKeys) -> list[str]:
    return [_PERSON, *(_KEY + str(name) for name in told.keys)]


def _keyed(told: TargetKeys, owner: np.ndarray) -> pd.DataFrame:
    """Return the columns that are sent with those that identify an association."""
    person = pd.Series(owner, index=told.sent.index).where(owner >= 0)
    return pd.concat([told.sent, told.keys.add_prefix(_KEY).assign(**{_PERSON: person})], axis=1)


def _ids_of(fields: ObjectFields) -> list[str]:
    relationship = any("Relationship_ID" in names for names in fields.needed)
    return ["Company_ID", "Relationship_ID"] if relationship else ["Company_ID"]


def _check_columns(
    frame: pd.DataFrame, fields: ObjectFields, lookups: Mapping[str, Lookup]
) -> None:
    for names in fields.needed:
        sought = [lookups[name].fields for name in names if name in lookups]
        ways = [*([name] for name in names), *sought]
        if len(frame) and not any(set(way) <= set(frame.columns) for way in ways):
            raise MissingColumnsError(
                names[:1], of=f"{fields.name} rows", found=[str(name) for name in frame.columns]
            )


def _nested(
    persons: Groups, companies: _Associations, relationships: _Associations, lookups: Lookups
) -> Nested:
    """Return persons with their companies, and these with the relationships below them.

    A relationship whose company has no row gets one made, after the companies of its person.
    """
    above = {"Company_ID", *lookups.companies["Company_ID"].fields}
    own = {name for how in lookups.relationships.values() for name in how.fields}
    below = relationships.groups
    entry, made = _entries(companies, relationships)
    naming = below.with_fields([(n, texts) for n, texts in below.fields if n in above]).take(made)
    # The company entry above says which company it is.
    said = [(n, texts) for n, texts in below.fields if n not in above or n in own]
    return Nested.of(
        persons,
        (joined(companies.groups, naming.without_rows()) if len(made) else companies.groups),
        np.concatenate([companies.person, relationships.person[made]]),
        below.with_fields(said),
        entry,
    )


def _entries(
    companies: _Associations, relationships: _Associations
) -> tuple[np.ndarray, np.ndarray]:
    """Return the company entry of each relationship, and for which of them one is made.

    Entries are counted through the companies; those made follow.
    """
    if not len(relationships.groups):
        return np.empty(0, dtype=np.intp), np.empty(0, dtype=np.intp)
    number = len(companies.groups)
    name = pd.factorize(pd.concat([companies.company, relationships.company]))[0]
    person = np.concatenate([companies.person, relationships.person])
    code = pd.factorize(person * (name.max() + 1) + name)[0]
    # Each company of a person is one entry: those found are the first codes, in their order.
    entry = code[number:]
    made = np.unique(entry[entry >= number], return_index=True)[1]
    return entry, (entry >= number).nonzero()[0][made]
