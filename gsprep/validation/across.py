"""Findings that only several rows together show."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pyarrow.compute as pc

from gsprep.schemas.frames import ROW_ID
from gsprep.schemas.same_key import normal_key, same_key
from gsprep.validation.findings import findings_on
from gsprep.values.arrow import as_arrow, as_column, as_mask
from gsprep.values.mailbox import mailbox_keys

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np

    from gsprep.schemas.fields import ObjectFields

_OF_ASSOCIATIONS = {"CompanyPerson": "Company_ID", "RelationshipPerson": "Relationship_ID"}
_PEOPLE = frozenset({"Person", *_OF_ASSOCIATIONS})
_BY_EMAIL = ("Email",)


def across_rows(
    rest: pd.DataFrame, of: ObjectFields, key: tuple[str, ...]
) -> Iterator[pd.DataFrame]:
    """Yield what rows say against each other; ``rest`` are the rows without an error.

    Errors: the same key with another value in a field that is sent. Warnings: the same row
    twice, the same association twice, one mailbox spelt in two ways, two primary companies.
    """
    if rest.empty:
        return
    names = _keys_of(of, key, rest)
    if not _have_own_address(rest, names):
        twice = _same_rows(rest, of)
        yield from _of_same_rows(rest, of, twice)
        if names:
            yield from _same_keys(rest, of, names, twice)
    if of.name == "Person":
        yield from _same_mailboxes(rest, of)
    if of.name in _OF_ASSOCIATIONS:
        yield from _two_primaries(rest, of, key)


def _keys_of(of: ObjectFields, key: tuple[str, ...], frame: pd.DataFrame) -> list[str]:
    if of.name in _PEOPLE:
        names = list(key) if of.name == "Person" else _person_key(key, frame)
        own = _OF_ASSOCIATIONS.get(of.name)
        names = [*names, own] if own else names
    else:
        names = list(of.key if key == _BY_EMAIL else key)
    return names if names and all(name in frame for name in names) else []


def _person_key(key: tuple[str, ...], frame: pd.DataFrame) -> list[str]:
    # An association may say who is meant by a part of the key, or by the person's Gsid.
    return [name for name in key if name in frame] or ["Person_ID"]


def _have_own_address(rest: pd.DataFrame, names: list[str]) -> bool:
    """Tell whether every row has an address of its own, so that no two mean the same record."""
    return "Email" in names and not normal_key(rest, _BY_EMAIL)["Email"].duplicated().any()


def _same_rows(rest: pd.DataFrame, of: ObjectFields) -> pd.Series[str]:
    """Return, for each row that says what an earlier one says, that one's row_id."""
    names = [name for name in rest.columns if name != ROW_ID]
    keys = [name for group in of.needed for name in group if name in names]
    # Comparing all columns of a million rows is dear: rows alone in one column are alone.
    alike = rest[rest[keys[0]].duplicated(keep=False)] if keys else rest
    if alike.empty or not names:
        return pd.Series(dtype="str")
    again = alike[names].duplicated()
    first = alike.groupby(names, dropna=False, sort=False)[ROW_ID].transform("first")
    return first[again]


def _of_same_rows(
    rest: pd.DataFrame, of: ObjectFields, twice: pd.Series[str]
) -> Iterator[pd.DataFrame]:
    if len(twice):
        found = findings_on(rest.loc[twice.index], of, _named(of, rest), "GSPREP_SAMEROW")
        yield found.assign(message="The row says the same as row " + twice + ".").astype("str")


def _same_keys(
    rest: pd.DataFrame, of: ObjectFields, names: list[str], twice: pd.Series[str]
) -> Iterator[pd.DataFrame]:
    groups = same_key(rest, names, [name for name in of.among(rest.columns) if of.sends(name)])
    wrong = groups.conflict
    row_ids = rest[ROW_ID].to_numpy()
    if wrong.any():
        found = findings_on(rest[wrong], of, names[0], "GSOBJ_VCUSTOM1007")
        where = zip(row_ids[groups.leader[wrong]], groups.field[wrong], strict=True)
        yield found.assign(
            message=[f"Row {row} has the same key but another {field}." for row, field in where]
        ).astype("str")
    if of.name != "Person":
        again = (row_ids[groups.leader] != row_ids) & ~wrong & ~rest.index.isin(twice.index)
        yield from _of_agreeing(rest, of, names, again, row_ids[groups.leader])


def _of_agreeing(
    rest: pd.DataFrame, of: ObjectFields, names: list[str], again: np.ndarray, first: np.ndarray
) -> Iterator[pd.DataFrame]:
    if again.any():
        found = findings_on(rest[again], of, names[0], "GSPREP_SAMEKEY")
        yield found.assign(
            message=[f"The row means the same record as row {row}." for row in first[again]]
        ).astype("str")


def _same_mailboxes(rest: pd.DataFrame, of: ObjectFields) -> Iterator[pd.DataFrame]:
    if "Email" not in rest.columns:
        return
    plain = as_arrow(normal_key(rest, _BY_EMAIL)["Email"])
    keys = mailbox_keys(plain)
    changed = keys.filter(pc.fill_null(pc.not_equal(keys, plain), fill_value=False))
    near = as_mask(pc.is_in(keys, value_set=changed, skip_nulls=True))
    if not near.any():
        return
    lines = rest[near]
    spelt = pd.DataFrame(
        {
            "key": as_column(keys.filter(near), lines[ROW_ID]),
            "plain": as_column(plain.filter(near), lines[ROW_ID]),
            "row": lines[ROW_ID],
        }
    )
    first = spelt.groupby("key")[["plain", "row"]].transform("first")
    other = spelt["plain"] != first["plain"]
    if other.any():
        told = [
            f"Row {row} has the same mailbox, spelt another way." for row in first["row"][other]
        ]
        yield findings_on(lines[other], of, "Email", "GSPREP_SAMEMAILBOX").assign(message=told)


def _two_primaries(
    rest: pd.DataFrame, of: ObjectFields, key: tuple[str, ...]
) -> Iterator[pd.DataFrame]:
    company = next((name for name in ("Company_ID", "CompanyName") if name in rest.columns), None)
    person = _person_key(key, rest)
    if company is None or "IsPrimaryCompany" not in rest or not set(person) <= set(rest.columns):
        return
    primary = rest[rest["IsPrimaryCompany"].str.lower() == "true"]
    people = normal_key(primary, person)
    whole = people.notna().all(axis=1) & primary[company].notna()
    primary, people = primary[whole], people[whole]
    first = primary.groupby([people[name] for name in person])[[company, ROW_ID]].transform("first")
    other = primary[company] != first[company]
    if other.any():
        found = findings_on(primary[other], of, "IsPrimaryCompany", "GSPREP_PRIMARY")
        rows = first.loc[other, ROW_ID]
        told = [f"The person has another primary company in row {row}." for row in rows]
        yield found.assign(message=told)


def _named(of: ObjectFields, rest: pd.DataFrame) -> str:
    keys = [name for group in of.needed for name in group if name in rest.columns]
    return keys[0] if keys else str(rest.columns[0])
