"""Findings on rows: missing keys, contradictions, missing persons."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from gsprep.errors import MissingColumnsError
from gsprep.mapping.aliases import meant_field
from gsprep.schemas.fields import EXPLANATIONS
from gsprep.schemas.frames import LINE, ROW_ID
from gsprep.schemas.same_key import ASSOCIATIONS, comparable_key, key_codes, require_key, same_key
from gsprep.validation.findings import findings_on
from gsprep.values.arrow import as_arrow, as_column, as_mask
from gsprep.values.mailbox import mailbox_keys

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from gsprep.results import Checked
    from gsprep.schemas.fields import ObjectFields

_EMPTY_KEY = "GSOBJ_VCUSTOM1012"


def missing_keys(
    text: pd.DataFrame, of: ObjectFields, key: tuple[str, ...]
) -> Iterator[pd.DataFrame]:
    """Yield rows without the columns by which the service finds the record.

    Raises MissingColumnsError if the frame has no such column.
    """
    require_key(text, key, of)
    for at, names in enumerate(of.needed):
        # The tenant's own key names the person of an association as Email does.
        own = key if at == 0 and of.name in ASSOCIATIONS else ()
        yield from _without_any(text, of, names, own)
    if of.name == "Person":
        yield from _without_a_part(text, of, key)


def says(text: pd.DataFrame, columns: Sequence[str]) -> np.ndarray:
    """Return which rows have a value in each column; no row if a column is absent."""
    if not columns or not set(columns) <= set(text.columns):
        return np.zeros(len(text), dtype=bool)
    return np.logical_and.reduce([text[name].notna().to_numpy() for name in columns])


def _without_any(
    text: pd.DataFrame, of: ObjectFields, names: tuple[str, ...], own: tuple[str, ...]
) -> Iterator[pd.DataFrame]:
    if len(text) and not any(name in text.columns for name in names) and not _has(text, own):
        raise MissingColumnsError(names[:1], of=f"{of.name} data", found=_headers(text, of))
    ways = [(name,) for name in names if name in text.columns]
    empty = text[~np.logical_or.reduce([says(text, way) for way in (*ways, own)])]
    if len(empty):
        found = findings_on(empty, of, names[0], _EMPTY_KEY)
        which = EXPLANATIONS[_EMPTY_KEY].message.format(column=" or ".join(names))
        yield found.assign(message=which)


def _has(text: pd.DataFrame, columns: tuple[str, ...]) -> bool:
    return bool(columns) and set(columns) <= set(text.columns)


def _headers(text: pd.DataFrame, of: ObjectFields) -> list[str]:
    """Return the known headers; in a file without headers, cells are in their place."""
    return [name for name in text.columns if of.knows(name) or meant_field(name, of) is not None]


def _without_a_part(
    text: pd.DataFrame, of: ObjectFields, key: tuple[str, ...]
) -> Iterator[pd.DataFrame]:
    """Yield persons with a part of the tenant's key only; a Gsid replaces all of it."""
    # A row with neither Email nor Gsid is reported already.
    done = says(text, ["Gsid"]) | ~says(text, ["Email"])
    needed = {name for names in of.needed for name in names}
    for name in key:
        if name in text.columns and name not in needed:
            empty = ~done & text[name].isna().to_numpy()
            done = done | empty
            if empty.any():
                yield findings_on(text[empty], of, name, _EMPTY_KEY).assign(severity="error")


_PERSON_GONE = "GSOBJ_PEOPLE1001"


def orphans(
    text: pd.DataFrame, of: ObjectFields, persons: Checked | None, key: tuple[str, ...]
) -> Iterator[pd.DataFrame]:
    """Yield associations whose person is missing from the persons, or is rejected there.

    ``persons`` are text frames. A row without a person's key is reported by ``missing_keys``.
    """
    if persons is None or text.empty:
        return
    alone = text[_row_of_person(text, persons.valid, key).isna() & _name_a_person(text, key)]
    if alone.empty:
        return
    named = _row_of_person(alone, persons.rejected, key)
    found = findings_on(alone, of, of.needed[0][0] if of.needed else key[0], _PERSON_GONE)
    says_row = "The person of this association is row " + named + ", and that row is rejected."
    yield found.assign(message=says_row.fillna(found["message"]).astype("str"))


def _name_a_person(text: pd.DataFrame, key: tuple[str, ...]) -> np.ndarray:
    return says(text, ["Email"]) | says(text, key) | says(text, ["Person_ID"])


def _row_of_person(
    text: pd.DataFrame, persons: pd.DataFrame, key: tuple[str, ...]
) -> pd.Series[str]:
    """Return the row_id of each association's person, or missing."""
    found = pd.Series(pd.NA, index=text.index, dtype="str")
    for mine, theirs in person_ways(text.columns, persons.columns, key):
        people = comparable_key(persons, theirs).set_axis(list(mine), axis=1).dropna()
        people = people.drop_duplicates()
        # A column assigned to a frame without rows would add its own.
        people = people.assign(found=persons.loc[people.index, ROW_ID])
        sought = comparable_key(text, mine).dropna()
        pairs = sought.reset_index().merge(people, on=list(mine), how="inner")
        found = found.fillna(pairs.set_index("index")["found"]).astype("str")
    return found


def person_ways(
    mine: Collection[str], theirs: Collection[str], key: tuple[str, ...]
) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Return the columns that name a person in associations and in persons with these columns."""
    own = () if "Email" in key else ((key, key),)
    ways = [(("Email",), ("Email",)), *own, (("Person_ID",), ("Gsid",))]
    return [way for way in ways if {*way[0]} <= {*mine} and {*way[1]} <= {*theirs}]


_OF_ASSOCIATIONS = {"CompanyPerson": "Company_ID", "RelationshipPerson": "Relationship_ID"}
_PEOPLE = frozenset({"Person", *_OF_ASSOCIATIONS})
_BY_EMAIL = ("Email",)


def across_rows(
    rest: pd.DataFrame, of: ObjectFields, key: tuple[str, ...], *, has_lines: bool
) -> Iterator[pd.DataFrame]:
    """Yield conflicts between rows; ``rest`` are the rows without an error.

    Errors: the same key with another value in a field that is sent. Warnings: the same row
    twice, the same association twice, one mailbox in two spellings, two primary companies.

    ``has_lines`` says that the column ``line`` is no data of the rows. Rows whose
    ``compared_hashes`` no other row has can be left out of ``rest``: the findings are the same.
    """
    if rest.empty:
        return
    names = _keys_of(of, key, rest)
    near = _near_others(rest, names) if names else rest
    if len(near):
        twice = _same_rows(near, of, _data_columns(near, has_lines=has_lines))
        yield from _of_same_rows(near, of, twice)
        if names:
            yield from _same_keys(near, of, names, twice)
    if of.name == "Person":
        yield from _same_mailboxes(rest, of)
    if of.name in _OF_ASSOCIATIONS:
        yield from _two_primaries(rest, of, key)


def compared_hashes(
    rest: pd.DataFrame, of: ObjectFields, key: tuple[str, ...], *, has_lines: bool
) -> pd.DataFrame:
    """Return what ``across_rows`` compares rows by, as hashes of 64 bits; 0 where there is none.

    A row has a finding there only if another row has the same hash in the same column: "record"
    (the key, or all cells of a row without one), "mailbox" of people, "primary" (the person) of
    primary companies. The index is that of ``rest``.
    """
    names = _keys_of(of, key, rest)
    keys = comparable_key(rest, names)
    incomplete = keys.isna().any(axis=1).to_numpy() if names else np.ones(len(rest), dtype=bool)
    record = _hashes(keys) if names else np.zeros(len(rest), np.uint64)
    cells = rest.loc[incomplete, _data_columns(rest, has_lines=has_lines)]
    record[incomplete] = _hashes(cells)
    hashes = {"record": record}
    if of.name == "Person" and "Email" in rest.columns:
        hashes["mailbox"] = _of_mailboxes(rest)
    if of.name in _OF_ASSOCIATIONS:
        people = _primaries(rest, key)
        primary = pd.Series(np.uint64(0), index=rest.index, dtype="uint64")
        primary[people.index] = _hashes(people)
        hashes["primary"] = primary.to_numpy()
    return pd.DataFrame(hashes, index=rest.index, dtype="uint64")


def meeting_hashes(rest: pd.DataFrame, of: ObjectFields, key: tuple[str, ...]) -> list[np.ndarray]:
    """Return hashes of 64 bits by which rows that ``across_rows`` compares can be brought together.

    Rows with an equal hash among ``compared_hashes`` have an equal one here. Mailboxes have hashes
    of their own, the second ones, if the key has another column in place of the e-mail.
    """
    person = _person_key(key, rest) if of.name in _OF_ASSOCIATIONS else []
    if of.name == "Person" and "Email" in rest.columns:
        wide = _of_mailboxes(rest)
    elif person and set(person) <= set(rest.columns):
        wide = row_hashes(comparable_key(rest, person), person)
    else:
        wide = np.zeros(len(rest), np.uint64)
    apart = of.name == "Person" and "Email" not in key and bool(_keys_of(of, key, rest))
    alone = np.ones(len(rest), dtype=bool) if apart else wide == 0
    record = wide.copy()
    alike = compared_hashes(rest[alone], of, key, has_lines=True)
    record[alone] = alike["record"].to_numpy()
    return [record, wide] if apart else [record]


def _of_mailboxes(rest: pd.DataFrame) -> np.ndarray:
    mailboxes = as_column(mailbox_keys(as_arrow(comparable_key(rest, _BY_EMAIL)["Email"])))
    return row_hashes(mailboxes.to_frame("Email"), _BY_EMAIL)


def row_hashes(rest: pd.DataFrame, columns: Sequence[str]) -> np.ndarray:
    """Return hashes of 64 bits of these cells of each row; 0 where one is missing."""
    cells = rest[list(columns)]
    return np.where(cells.notna().all(axis=1), _hashes(cells), np.uint64(0))


def _hashes(frame: pd.DataFrame) -> np.ndarray:
    """Return a hash of each row; 0 means none elsewhere, so no row has it."""
    hashes = pd.util.hash_pandas_object(frame, index=False, categorize=False).to_numpy(np.uint64)
    return np.maximum(hashes, np.uint64(1))


def _data_columns(rest: pd.DataFrame, *, has_lines: bool) -> list[str]:
    ours = {ROW_ID, LINE} if has_lines else {ROW_ID}
    return [name for name in rest.columns if name not in ours]


def _keys_of(of: ObjectFields, key: tuple[str, ...], frame: pd.DataFrame) -> list[str]:
    if of.name in _PEOPLE:
        names = list(key) if of.name == "Person" else _person_key(key, frame)
        own = _OF_ASSOCIATIONS.get(of.name)
        names = [*names, own] if own else names
    else:
        names = list(of.key if key == _BY_EMAIL else key)
    return names if names and all(name in frame for name in names) else []


def _person_key(key: tuple[str, ...], frame: pd.DataFrame) -> list[str]:
    # An association may name its person by a part of the key, or by the person's Gsid.
    return [name for name in key if name in frame] or ["Person_ID"]


def _near_others(rest: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """Return the rows that share each part of a key with another of them, or lack it."""
    near = rest
    for name in names:
        codes = key_codes(comparable_key(near, [name]))
        counts = np.bincount(codes[codes >= 0], minlength=1)
        near = near[(codes < 0) | (counts[codes] > 1)]
    return near


def _same_rows(rest: pd.DataFrame, of: ObjectFields, names: list[str]) -> pd.Series[str]:
    """Return for each row that repeats an earlier one in these columns that row's row_id."""
    keys = [name for group in of.needed for name in group if name in names]
    # Comparing all columns of a million rows is slow: most rows are unique in the key column.
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
        yield found.assign(message="The row is the same as row " + twice + ".").astype("str")


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
            message=[f"The row is about the same record as row {row}." for row in first[again]]
        ).astype("str")


def _same_mailboxes(rest: pd.DataFrame, of: ObjectFields) -> Iterator[pd.DataFrame]:
    if "Email" not in rest.columns:
        return
    plain = as_arrow(comparable_key(rest, _BY_EMAIL)["Email"])
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
        messages = [
            f"Row {row} has the same mailbox in another spelling." for row in first["row"][other]
        ]
        yield findings_on(lines[other], of, "Email", "GSPREP_SAMEMAILBOX").assign(message=messages)


def _two_primaries(
    rest: pd.DataFrame, of: ObjectFields, key: tuple[str, ...]
) -> Iterator[pd.DataFrame]:
    people = _primaries(rest, key)
    if people.empty:
        return
    company, primary = _company_column(rest), rest.loc[people.index]
    by = [people[name] for name in people.columns]
    first = primary.groupby(by)[[company, ROW_ID]].transform("first")
    other = primary[company] != first[company]
    if other.any():
        found = findings_on(primary[other], of, "IsPrimaryCompany", "GSPREP_PRIMARY")
        rows = first.loc[other, ROW_ID]
        messages = [f"The person has another primary company in row {row}." for row in rows]
        yield found.assign(message=messages)


def _primaries(rest: pd.DataFrame, key: tuple[str, ...]) -> pd.DataFrame:
    """Return the comparable key of the person of each row with a primary company."""
    company, person = _company_column(rest), _person_key(key, rest)
    if company is None or "IsPrimaryCompany" not in rest or not set(person) <= set(rest.columns):
        return comparable_key(rest[:0], ())
    primary = rest[rest["IsPrimaryCompany"].str.lower() == "true"]
    people = comparable_key(primary, person)
    return people[people.notna().all(axis=1) & primary[company].notna()]


def _company_column(rest: pd.DataFrame) -> str | None:
    return next((name for name in ("Company_ID", "CompanyName") if name in rest.columns), None)


def _named(of: ObjectFields, rest: pd.DataFrame) -> str:
    keys = [name for group in of.needed for name in group if name in rest.columns]
    return keys[0] if keys else str(rest.columns[0])
