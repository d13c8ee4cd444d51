"""Relationships whose rows name no company: the tenant's own relationship says which it is.

The bulk calls have a place for a relationship below a company only. Where the tenant does not let
itself be asked, a person with such a relationship goes alone: the single call fetches the company.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd

from gsprep.errors import RejectedError, ReplyError
from gsprep.schemas.lookups import with_names
from gsprep.uploader.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gsprep.schemas.lookups import Lookup, Lookups
    from gsprep.uploader.client import Client

_COMPANY, _RELATIONSHIP = "Company_ID", "Relationship_ID"
# Stands for a company that is read only when something is sent; as long as an id is.
_LATER = "0" * 36
_NO_COMPANY = Fault(
    message="not sent: the tenant has no such relationship, or one without a company. Fill "
    "Company_ID, or correct the relationship"
)
_SEVERAL = Fault(
    message="not sent: relationships of several companies fit. Fill Relationship_ID or Company_ID"
)


@dataclass(frozen=True, slots=True)
class Related:
    """Rows of relationships with the company of each.

    Attributes:
        frame: the rows given; those that lacked a company have the one that was read.
        faults: why rows have none, by position.
        alone: whether rows without a company may go with their person in a call of their own.
    """

    frame: pd.DataFrame
    faults: Mapping[int, Fault] = field(default_factory=dict)
    alone: bool = False


def foreseen(frame: pd.DataFrame, lookups: Lookups | None) -> Related:
    """Return rows as they will be once their companies are read; nobody is asked."""
    lacking = _lacking(frame, with_names(lookups))
    return Related(_with_company(frame, dict.fromkeys(lacking, _LATER)))


def with_companies(frame: pd.DataFrame, lookups: Lookups | None, client: Client) -> Related:
    """Return rows with the companies of their relationships, read in one query for all of them.

    ``frame`` is a text frame. Raises UploadError, unless the tenant turns the query down.
    """
    names = with_names(lookups)
    lacking = _lacking(frame, names)
    if not lacking:
        return Related(frame)
    by_name = names.relationships[_RELATIONSHIP]
    known = _has(frame, [_RELATIONSHIP]).to_numpy()
    with_id = [at for at in lacking if known[at]]
    without = [at for at in lacking if not known[at]]
    try:
        found = _read(frame, with_id, {_RELATIONSHIP: "Gsid"}, "Relationship", client)
        where = by_name.object_name or "Relationship"
        found |= _read(frame, without, by_name.fields, where, client)
    except (RejectedError, ReplyError):
        return Related(frame, alone=True)
    faults = {at: _SEVERAL if len(found[at]) > 1 else _NO_COMPANY for at in lacking}
    companies = {at: next(iter(found[at])) for at in lacking if len(found[at]) == 1}
    left = {at: fault for at, fault in faults.items() if at not in companies}
    return Related(_with_company(frame, companies), left)


def _lacking(frame: pd.DataFrame, names: Lookups) -> list[int]:
    """Return the positions of rows that name a relationship and no company."""
    of_company = names.companies[_COMPANY]
    named = _has(frame, [_RELATIONSHIP]) | _reads(frame, names.relationships[_RELATIONSHIP])
    lacking = named & ~_has(frame, [_COMPANY]) & ~_reads(frame, of_company)
    positions: list[int] = lacking.to_numpy().nonzero()[0].tolist()
    return positions


def _reads(frame: pd.DataFrame, lookup: Lookup) -> pd.Series[bool]:
    return _has(frame, lookup.fields)


def _has(frame: pd.DataFrame, names: Iterable[str]) -> pd.Series[bool]:
    return frame.reindex(columns=list(names)).notna().all(axis=1)


def _with_company(frame: pd.DataFrame, companies: Mapping[int, str]) -> pd.DataFrame:
    if not companies:
        return frame
    column = frame.reindex(columns=[_COMPANY])[_COMPANY].astype("str")
    filled = column.to_list()
    for at, gsid in companies.items():
        filled[at] = gsid
    return frame.assign(**{_COMPANY: pd.Series(filled, index=frame.index, dtype="str")})


def _read(
    frame: pd.DataFrame,
    rows: Sequence[int],
    fields: Mapping[str, str],
    name: str,
    client: Client,
) -> dict[int, set[str]]:
    """Return the companies of what rows name, by position; none for what is not there."""
    if not rows:
        return {}
    asked = frame.iloc[list(rows)][list(fields)]
    first, *_ = fields.items()
    values = list(dict.fromkeys(asked[first[0]]))
    there = client.objects.query(
        name, select=[*fields.values(), _COMPANY], among=(first[1], values)
    )
    companies: dict[tuple[str, ...], set[str]] = {}
    for row in there.dropna(subset=[_COMPANY]).to_dict("records"):
        key = _key(row[column] for column in fields.values())
        companies.setdefault(key, set()).add(str(row[_COMPANY]))
    return {
        at: companies.get(_key(row), set())
        for at, row in zip(rows, asked.itertuples(index=False, name=None), strict=True)
    }


def _key(values: Iterable[object]) -> tuple[str, ...]:
    """Return names as they are compared: nobody says that the service minds their case."""
    return tuple(str(value).strip().casefold() for value in values)
