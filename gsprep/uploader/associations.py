"""Person and target of each association.

The bulk calls have a place for a relationship below a company only. Where the tenant does not let
itself be asked, a person with such a relationship goes alone: the single call fetches the company.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gsprep.calls.endpoints import EMPTY_KEY
from gsprep.errors import RejectedError, ReplyError
from gsprep.schemas.lookups import with_names
from gsprep.schemas.same_key import comparable_key, key_codes
from gsprep.uploader.outcomes import Fault

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from gsprep.schemas.lookups import Lookup, Lookups
    from gsprep.uploader.client import Client

# No id holds it: what was joined to a name is never taken for one.
_BETWEEN = "\x1f"


@dataclass(frozen=True, slots=True)
class TargetKeys:
    """What the rows of one frame are sent with, and what they belong to.

    Attributes:
        sent: the columns that are sent; what lookups read is there only where the id is missing.
        keys: one column for each id: the id, else the names in its place; missing without both.
        found: whether any row is left to a lookup.
    """

    sent: pd.DataFrame
    keys: pd.DataFrame
    found: bool

    def with_any_company(self) -> TargetKeys:
        """Return the keys; each relationship without a company gets a unique company id."""
        own = _BETWEEN + self.keys["Relationship_ID"]
        keys = self.keys.assign(Company_ID=self.keys["Company_ID"].fillna(own))
        return replace(self, keys=keys)


def target_keys(
    frame: pd.DataFrame, ids: Sequence[str], sent: Sequence[str], lookups: Mapping[str, Lookup]
) -> TargetKeys:
    """Return how the rows of a text frame name what they belong to.

    A row is left to a lookup when it lacks the id and has all that the lookup reads.
    """
    columns = list(dict.fromkeys([*ids, *sent]))
    values = frame.reindex(columns=[*columns, *_sources(lookups, columns)]).astype("str")
    keys = values[list(ids)]
    used = dict.fromkeys(values, np.zeros(len(frame), dtype=bool))
    for target, lookup in lookups.items():
        # Left to a lookup are rows that lack the id and have all that the lookup reads.
        free = _has(frame, lookup.fields) & ~_has(frame, [target])
        used |= {name: used[name] | free for name in lookup.fields}
        if target in keys and free.any():
            joined = _joined(values[list(lookup.fields)])
            keys = keys.assign(**{target: keys[target].where(~free, joined)})
    for name in _sources(lookups, columns):
        if not used[name].all():
            values[name] = values[name].where(used[name])
    return TargetKeys(values, keys, any(rows.any() for rows in used.values()))


def _sources(lookups: Mapping[str, Lookup], columns: Sequence[str]) -> list[str]:
    """Return what lookups read that is no field of the object itself."""
    read = dict.fromkeys(name for lookup in lookups.values() for name in lookup.fields)
    return [name for name in read if name not in columns]


def _joined(read: pd.DataFrame) -> pd.Series[str]:
    joined = pd.Series("", index=read.index, dtype="str")
    for name in read:
        joined = joined + _BETWEEN + read[name].fillna("")
    return joined


def missing_targets(
    keys: pd.DataFrame, lookups: Mapping[str, Lookup], row_field: str
) -> dict[int, Fault]:
    """Return a fault for each row that names something neither by its id nor for a lookup."""
    faults: dict[int, Fault] = {}
    for name in map(str, keys):
        other = f", and {', '.join(lookups[name].fields)} to find it by" if name in lookups else ""
        # The bulk calls have no place for a relationship but below a company.
        above = ", below which a relationship goes" if len(keys.columns) > 1 else ""
        of = above if name == "Company_ID" else ""
        fault = Fault(
            EMPTY_KEY,
            row_field,
            f"not sent: {name} is missing{other}{of}. Fill one and send it again",
        )
        for position in keys.index[keys[name].isna()]:
            faults.setdefault(int(position), fault)
    return faults


# Codes in place of a person: why the row has no person.
_UNKNOWN, _HELD, _SEVERAL, _KEYLESS = -1, -2, -3, -4
_WHY_NOT = {
    _UNKNOWN: Fault(
        message="not sent: its person is not among the persons. Add the person, or drop the row"
    ),
    _HELD: Fault(message="not sent: the row of its person was not sent"),
    _SEVERAL: Fault(
        message="not sent: several persons have its key. Give all columns of the key"
    ),
    _KEYLESS: Fault(
        EMPTY_KEY, "", "not sent: nothing says whose it is. Fill the key of its person"
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class PersonIndex:
    """The persons that associations may belong to.

    Attributes:
        key: the columns that tell persons apart.
        keys: these columns of the rows of persons, as they are compared.
        gsids: the Gsid of each row, missing if it has none.
        person: the number of the person each row means, negative for a row that is not sent.
    """

    key: Sequence[str]
    keys: pd.DataFrame
    gsids: pd.Series[str]
    person: np.ndarray

    @classmethod
    def of(cls, persons: pd.DataFrame, person: np.ndarray, key: Sequence[str]) -> PersonIndex:
        """Return the persons of a text frame; ``person`` is the number of each row's, -1 unsent."""
        # Who has a Gsid needs no key.
        whole = persons.reindex(columns=[*key, "Gsid"]).astype("str")
        keys = comparable_key(whole, key)
        return cls(key, keys, whole["Gsid"], person)

    def of_rows(self, frame: pd.DataFrame) -> np.ndarray:
        """Return for each row of associations the number of its person, or why there is none."""
        if frame.empty:
            return np.zeros(0, dtype=np.int64)
        shared = [name for name in self.key if name in frame]
        # A part of a key that is no e-mail (a Location) says nothing about who is meant.
        if len(shared) < len(self.key) and "Email" not in shared:
            shared = []
        if not shared:
            return self._by_person_id(frame)
        asked = comparable_key(frame, shared)
        owner = self._found(self.keys[shared], asked)
        keyless = asked.isna().any(axis=1).to_numpy()
        if keyless.any():
            owner[keyless] = self._by_person_id(frame[keyless])
        return owner

    def _by_person_id(self, frame: pd.DataFrame) -> np.ndarray:
        if "Person_ID" not in frame:
            return np.full(len(frame), _KEYLESS)
        asked = frame[["Person_ID"]]
        owner = self._found(self.gsids.to_frame("Person_ID"), asked)
        owner[asked["Person_ID"].isna().to_numpy()] = _KEYLESS
        return owner

    def _found(self, known: pd.DataFrame, asked: pd.DataFrame) -> np.ndarray:
        """Return the person of each row by equal columns; no person if a column is empty."""
        codes = key_codes(pd.concat([known, asked], ignore_index=True))
        known_as, asked_as = codes[: len(known)], codes[len(known) :]
        # The last place is that of -1: without a key no person is known.
        of_code = np.full(codes.max(initial=-1) + 2, _UNKNOWN)
        of_code[known_as[known_as >= 0]] = _HELD
        sent = (known_as >= 0) & (self.person >= 0)
        persons, code = self.person[sent], known_as[sent]
        of_code[code] = persons
        # A row that contradicts the first one with its key is not sent: the first one answers.
        of_code[code[of_code[code] != persons]] = _SEVERAL
        return np.asarray(of_code[asked_as])


def missing_persons(owner: np.ndarray) -> dict[int, Fault]:
    """Return a fault for each row of associations whose person is not sent."""
    return {int(at): _WHY_NOT[int(owner[at])] for at in (owner < 0).nonzero()[0]}


_COMPANY, _RELATIONSHIP = "Company_ID", "Relationship_ID"
# Stands for a company that is read only when something is sent; as long as an id is.
_LATER = "0" * 36
_NO_COMPANY = Fault(
    message="not sent: the tenant has no such relationship, or one without a company. Fill "
    "Company_ID, or correct the relationship"
)
_SEVERAL_COMPANIES = Fault(
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
    """Return rows as they will be once their companies are read; makes no call."""
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
    known = _has(frame, [_RELATIONSHIP])
    with_id = [at for at in lacking if known[at]]
    without = [at for at in lacking if not known[at]]
    try:
        found = _read(frame, with_id, {_RELATIONSHIP: "Gsid"}, "Relationship", client)
        where = by_name.object_name or "Relationship"
        found |= _read(frame, without, by_name.fields, where, client)
    except (RejectedError, ReplyError):
        return Related(frame, alone=True)
    faults = {at: _SEVERAL_COMPANIES if len(found[at]) > 1 else _NO_COMPANY for at in lacking}
    companies = {at: next(iter(found[at])) for at in lacking if len(found[at]) == 1}
    left = {at: fault for at, fault in faults.items() if at not in companies}
    return Related(_with_company(frame, companies), left)


def _lacking(frame: pd.DataFrame, names: Lookups) -> list[int]:
    """Return the positions of rows that name a relationship and no company."""
    company, relationship = names.companies[_COMPANY], names.relationships[_RELATIONSHIP]
    named = _has(frame, [_RELATIONSHIP]) | _has(frame, relationship.fields)
    lacking = named & ~_has(frame, [_COMPANY]) & ~_has(frame, company.fields)
    return lacking.nonzero()[0].tolist()


def _has(frame: pd.DataFrame, names: Collection[str]) -> np.ndarray:
    """Return the rows that have a value in each of the columns, which may be absent."""
    found = np.full(len(frame), set(names) <= set(frame.columns))
    for name in names if found.any() else ():
        found &= frame[name].notna().to_numpy()
    return found


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
    """Return names as they are compared: no page says that case matters to the service."""
    return tuple(str(value).strip().casefold() for value in values)
