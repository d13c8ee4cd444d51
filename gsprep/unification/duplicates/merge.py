"""Surviving record of each person, the value of each field, and the values it loses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gsprep.errors import InputError, refuse_other
from gsprep.schemas.frames import ROW_ID, require, text_frame
from gsprep.unification.duplicates.results import CONFLICT_COLUMNS, LOSS_COLUMNS, Merged
from gsprep.unification.rules import Survive
from gsprep.values.caseless import caseless
from gsprep.values.date import date_order, iso_date, iso_moment
from gsprep.values.distinct import on_distinct
from gsprep.values.number import plain_number
from gsprep.values.picklist import normal_boolean
from gsprep.values.text import searchable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from gsprep.schemas.frames import Frame
    from gsprep.unification.duplicates.results import Duplicates
    from gsprep.unification.rulebook import Rulebook
    from gsprep.unification.rules import Survival

PERSON_ID = "person_id"
# The rules of changes: a value that is kept in no field, and one that was taken from a record.
LOST, KEPT, TAKEN, KEPT_ELSEWHERE = "not kept", "kept", "taken", "kept in another field"


def merge_duplicates(
    persons: Frame, duplicates: Duplicates, rulebook: Rulebook | None = None
) -> Merged:
    """Return one surviving record for each person, by the ``survive`` part of a rulebook.

    Each value of each record is in the survivor, or in ``changes`` with the row_id of its record;
    ``unmerge`` restores the records.

    Args:
        persons: those that were compared; with ``against``, the existing people follow them
            (``pandas.concat``) if their values should survive.
        duplicates: the result of ``find_duplicates``.
        rulebook: which value of several survives; None is the shipped default.

    Returns:
        The survivors, the values that were not kept, and the fields in which records differ.

    Raises:
        MissingColumnsError: for columns that the rulebook names and the people do not have.
        InputError: for records that the groups do not have.

    Examples:
        >>> persons = pd.DataFrame({
        ...     "Email": ["ana.ruiz@acme.com", "bo@acme.com", "ana.ruiz@acme.com"],
        ...     "LastName": ["Ruiz", "Lund", "Ruiz"], "Title": [None, "Buyer", "CFO"],
        ... })
        >>> merged = gsprep.merge_duplicates(persons, gsprep.find_duplicates(persons))
        >>> merged.persons[["row_id", "LastName", "Title"]]
          row_id LastName  Title
        0      3     Ruiz    CFO
        1      2     Lund  Buyer
    """
    refuse_other(duplicates, "groups", "the argument", "give the result of find_duplicates")
    return merge_groups(persons, duplicates.groups, rulebook)


def merge_groups(persons: Frame, groups: pd.DataFrame, rulebook: Rulebook | None = None) -> Merged:
    """Return one surviving record for each person_id of groups, as ``merge_duplicates`` does."""
    text = text_frame(persons)
    survive = (rulebook.survive if rulebook is not None else None) or Survive()
    named = [on for name, on in survive.record if name in {"recent", "oldest"} and on]
    named += [how.on for how in survive.fields.values() if how.on]
    require(text, list(dict.fromkeys(map(str, named))), of="the frame of people")
    lines = text.assign(**{PERSON_ID: _person_of(text, groups)})
    order = leading_order(lines, survive.record, _existing_of(text, groups))
    ordered = lines.iloc[order].reset_index(drop=True)
    return _merged(ordered, lines, survive)


def _person_of(text: pd.DataFrame, groups: pd.DataFrame) -> pd.Series[str]:
    known = groups.set_index(ROW_ID)[PERSON_ID]
    if known.index.has_duplicates:
        # A record and an existing person of one name: that of the record counts here.
        known = known[~known.index.duplicated()]
    found = text[ROW_ID].map(known)
    if found.isna().any():
        at = text.loc[found.isna(), ROW_ID].iloc[0]
        raise InputError(
            f"the groups have no record with row_id {at}: find duplicates in these people first"
        )
    return found.astype("str")


def _existing_of(text: pd.DataFrame, groups: pd.DataFrame) -> np.ndarray:
    """Return which records are existing people."""
    if "source" not in groups.columns or "Gsid" not in groups.columns:
        return np.zeros(len(text), dtype=bool)
    old = groups.loc[groups["source"] == "against", ROW_ID]
    return text[ROW_ID].isin(old).to_numpy()


def _merged(ordered: pd.DataFrame, lines: pd.DataFrame, survive: Survive) -> Merged:
    """Merge records that are ordered by person, the leading one first."""
    starts = np.flatnonzero(~ordered[PERSON_ID].duplicated().to_numpy())
    values = Values(ordered, starts)
    survivors = ordered.iloc[starts].reset_index(drop=True)
    fields = [name for name in ordered.columns if name not in {ROW_ID, PERSON_ID}]
    blocks = [tuple(n for n in block if n in fields) for block in survive.together]
    places = {
        name: place_of_block(values, block, survive.fields) for block in blocks for name in block
    }
    chosen = {
        name: surviving(values, name, survive.fields.get(name, survive.default), places.get(name))
        for name in fields
    }
    for name, kept in chosen.items():
        survivors[name] = kept
    survivors = _with_others(values, survivors, survive)
    changes = pd.concat(list(_changes(values, survivors, fields)), ignore_index=True)
    # Survivors stand where the first record of their group stood.
    first = lines[PERSON_ID].drop_duplicates().reset_index(drop=True)
    back = survivors.set_index(PERSON_ID).loc[first].reset_index()
    return Merged(
        persons=back[
            [ROW_ID, PERSON_ID, *(n for n in survivors.columns if n not in (ROW_ID, PERSON_ID))]
        ],
        changes=in_order_of(changes, lines),
        conflicts=_conflicts(values, fields),
    )


def _with_others(values: Values, survivors: pd.DataFrame, survive: Survive) -> pd.DataFrame:
    """Fill the fields that receive further values of another field, where they are empty."""
    filled = survivors
    for name, how in survive.fields.items():
        for place, other in enumerate(how.also):
            if name not in survivors.columns:
                continue
            further = values.further(name, survivors[name], place)
            before = (
                filled[other]
                if other in filled.columns
                else pd.Series(pd.NA, filled.index, dtype="str")
            )
            filled = filled.assign(**{other: before.fillna(further)})
    return filled


def _changes(values: Values, survivors: pd.DataFrame, fields: list[str]) -> Iterator[pd.DataFrame]:
    """Yield, by field, the cells of records that the survivor does not have as they are."""
    yield pd.DataFrame({name: pd.Series(dtype="str") for name in LOSS_COLUMNS})
    leader = np.zeros(len(values.frame), dtype=bool)
    leader[values.starts] = True
    grouped = values.size > 1
    added = [name for name in survivors.columns if name not in values.frame.columns]
    elsewhere = pd.concat([pd.Series(dtype="str"), *(survivors[name].dropna() for name in added)])
    none = pd.Series(pd.NA, values.frame.index, dtype="str")
    frame = values.frame.assign(**dict.fromkeys(added, none))
    # A record without any value is still a record.
    blank = frame[fields].isna().to_numpy().all(axis=1)
    for name in [*added, *fields]:
        before = frame[name]
        after = survivors[name].iloc[values.group].set_axis(before.index)
        same = (before == after) | (before.isna() & after.isna())
        # The leader's line says what changed in it; the other records are gone as a whole.
        told = before.notna().to_numpy() | (blank & (name == fields[0]))
        wanted = grouped & np.where(leader, ~same, told)
        rule = np.select([same, before.isin(elsewhere)], [KEPT, KEPT_ELSEWHERE], default=LOST)
        rule = np.where(leader & before.isna().to_numpy(), TAKEN, rule)
        yield loss_lines(frame, name, wanted, after, rule)


def loss_lines(
    frame: pd.DataFrame, name: str, wanted: np.ndarray, after: pd.Series[str], rule: np.ndarray
) -> pd.DataFrame:
    """Return a line of the changes for each wanted cell of a column."""
    return pd.DataFrame({
        "row_id": frame.loc[wanted, ROW_ID],
        "column": name,
        "before": frame.loc[wanted, name],
        "after": after[wanted],
        "rule": rule[wanted],
        "person_id": frame.loc[wanted, PERSON_ID],
    }).astype("str")[list(LOSS_COLUMNS)]  # fmt: skip


def in_order_of(changes: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """Return the changes in the order of the records; those of other records come last."""
    places = pd.Series(np.arange(len(lines)), index=pd.Index(lines[ROW_ID]))
    place = changes["row_id"].map(places).fillna(len(lines))
    order = np.argsort(place.to_numpy(np.int64), kind="stable")
    return changes.iloc[order].reset_index(drop=True)


def _conflicts(values: Values, fields: list[str]) -> pd.DataFrame:
    """Return the fields in which the records of one person say different things."""
    parts = [pd.DataFrame({name: pd.Series(dtype="str") for name in CONFLICT_COLUMNS})]
    for name in fields:
        folded = on_distinct(values.frame[name], lambda text: searchable(caseless(text)))
        known = folded.notna().to_numpy() & (values.size > 1)
        said = pd.DataFrame({
            "group": values.group[known],
            "folded": folded[known],
            "value": values.frame.loc[known, name],
        }).drop_duplicates(["group", "folded"])  # fmt: skip
        by_group = said.groupby("group")["value"]
        several = by_group.agg("; ".join)[by_group.size() > 1]
        parts.append(pd.DataFrame({
            "person_id": values.frame[PERSON_ID].iloc[values.starts[several.index]].to_numpy(),
            "column": name,
            "values": several.to_numpy(),
            "reason": "The records of this person differ here.",
        }))  # fmt: skip
    return pd.concat(parts, ignore_index=True).astype("str")[list(CONFLICT_COLUMNS)]


def unmerge(persons: pd.DataFrame, changes: pd.DataFrame) -> pd.DataFrame:
    """Return the records before a merge, by its survivors and its changes.

    Survivors come first, each with the values that its own record had, then the records that were
    merged into them. A column that merging added stays, and is empty again.

    Args:
        persons: the survivors of ``merge_duplicates``.
        changes: its changes.

    Returns:
        The records that were merged, with their row_ids and columns.

    Raises:
        MissingColumnsError: if ``changes`` is not such a log.

    Examples:
        >>> persons = pd.DataFrame(
        ...     {"Email": ["ana@acme.com", "ana@acme.com"], "LastName": ["Ruiz", "Ruiz"]}
        ... )
        >>> merged = gsprep.merge_duplicates(persons, gsprep.find_duplicates(persons))
        >>> len(merged.persons), len(gsprep.unmerge(merged.persons, merged.changes))
        (1, 2)
    """
    require(changes, LOSS_COLUMNS, of="the log of changes")
    log = text_frame(changes.rename(columns={ROW_ID: "record"}), of="the log of changes")
    text = text_frame(persons)
    fields = [n for n in text.columns if n not in {ROW_ID, PERSON_ID}]
    own = log[log["record"].isin(text[ROW_ID])]
    leaders = text.set_index(ROW_ID)
    for name, cells in own.groupby("column"):
        leaders.loc[cells["record"], name] = cells["before"].to_numpy()
    gone = log[~log["record"].isin(text[ROW_ID])]
    cells = gone.set_index(["record", "column"])["before"].unstack()  # noqa: PD010  text, once each
    records = cells.reindex(gone["record"].drop_duplicates()).reindex(columns=fields)
    both = pd.concat([leaders[fields], records.rename_axis(ROW_ID)])
    return both.rename_axis(ROW_ID).reset_index().astype("str")


_SOURCE = "source"


def leading_order(
    lines: pd.DataFrame, record: Sequence[tuple[str, object]], existing: np.ndarray
) -> np.ndarray:
    """Return the order of records: by person, the leading record of each one first.

    People are in the order of their first records; the last key is the order given.
    """
    keys = [_key(lines, name, on, existing) for name, on in record]
    person = pd.factorize(lines[PERSON_ID])[0]
    return np.lexsort((*reversed(keys), person))


def _key(lines: pd.DataFrame, name: str, on: object, existing: np.ndarray) -> np.ndarray:
    """Return a number for each record, the smallest for the one that leads."""
    if name == "against":
        return (~existing).astype(np.int64)
    if name == "complete":
        fields = lines.drop(columns=[ROW_ID, PERSON_ID])
        return -fields.notna().to_numpy().sum(axis=1)
    if name == "source":
        return ranked(lines.get(_SOURCE), tuple(on), len(lines))  # type: ignore[arg-type]
    if name in {"recent", "oldest"}:
        return by_date(lines[str(on)], newest_first=name == "recent")
    return np.arange(len(lines))


def ranked(column: pd.Series[str] | None, order: Sequence[str], count: int) -> np.ndarray:
    """Return the place of each value in a list; those not in it come last."""
    if column is None:
        return np.zeros(count, dtype=np.int64)
    places = {value: at for at, value in enumerate(order)}
    return column.map(places).fillna(len(order)).to_numpy(np.int64)


def by_date(column: pd.Series[str], *, newest_first: bool) -> np.ndarray:
    """Return a number for each date in its order; records without a date come last."""
    order = date_order(column.dropna().unique().tolist())
    moments = on_distinct(column, lambda text: iso_moment(text, order) or iso_date(text, order))
    codes, dates = pd.factorize(moments, sort=True)
    ascending = np.where(codes < 0, len(dates), codes)
    return np.where(codes < 0, 1, -codes) if newest_first else ascending


class Values:
    """Records by person, the leading one first.

    Attributes:
        frame:  the records.
        starts: where each person's records begin.
        group:  by record, the number of its person.
        size:   by record, how many records its person has.
    """

    def __init__(self, frame: pd.DataFrame, starts: np.ndarray) -> None:
        """Number the people."""
        self.frame, self.starts = frame, starts
        counts = np.diff(np.append(starts, len(frame)))
        self.group = np.repeat(np.arange(len(starts)), counts)
        self.size = np.repeat(counts, counts)

    def first(self, name: str, wanted: np.ndarray, key: np.ndarray) -> pd.Series[str]:
        """Return by person the wanted value with the smallest key, missing without any."""
        return self.at(name, self.place(wanted, key))

    def place(self, wanted: np.ndarray, key: np.ndarray) -> np.ndarray:
        """Return by person the wanted record with the smallest key, -1 without any."""
        at = np.flatnonzero(wanted)
        at = at[np.lexsort((at, key[at], self.group[at]))]
        at = at[np.append(True, self.group[at][1:] != self.group[at][:-1])[: len(at)]]
        places = np.full(len(self.starts), -1)
        places[self.group[at]] = at
        return places

    def at(self, name: str, places: np.ndarray) -> pd.Series[str]:
        """Return by person the value of a record, missing for -1."""
        kept = pd.Series(pd.NA, index=range(len(places)), dtype="str")
        there = np.flatnonzero(places >= 0)
        kept.iloc[there] = self.frame[name].iloc[places[there]].to_numpy()
        return kept

    def further(self, name: str, taken: pd.Series[str], place: int) -> pd.Series[str]:
        """Return by person another distinct value of a field, by its place among them."""
        column = self.frame[name]
        folded = on_distinct(column, searchable)
        mine = on_distinct(taken, searchable).iloc[self.group].set_axis(column.index)
        open_ = column.notna() & (folded != mine)
        both = pd.DataFrame({"group": self.group, "folded": folded})[open_].drop_duplicates()
        here = both.index[(both.groupby("group").cumcount() == place).to_numpy()]
        wanted = np.zeros(len(column), dtype=bool)
        wanted[here] = True
        return self.first(name, wanted, np.zeros(len(column)))


def surviving(
    values: Values, name: str, how: Survival, places: np.ndarray | None
) -> pd.Series[str]:
    """Return the value of a field that survives for each person.

    ``places`` are the records from which it has to come, if it stays together with other fields.
    """
    column = values.frame[name]
    if places is not None:
        return values.at(name, places)
    if how.by == "join":
        return _joined(values, name, how.between)
    known = column.notna().to_numpy()
    if how.by == "leader":
        return column.iloc[values.starts].reset_index(drop=True)
    kept = values.first(
        name, known & ~column.isin(how.skip).to_numpy(), _KEYS[how.by](values, name, how)
    )
    # A value to skip is better than none.
    return kept.fillna(values.first(name, known, np.zeros(len(column)))) if how.skip else kept


def place_of_block(
    values: Values, block: tuple[str, ...], rules: Mapping[str, Survival]
) -> np.ndarray:
    """Return by person the record from which fields come that stay together.

    It is the one that the rule of the first field with one chooses, else the one that has the most
    of them.
    """
    filled = values.frame[[*block]].notna().to_numpy().sum(axis=1)
    fullest = values.place(np.ones(len(filled), dtype=bool), -filled)
    name = next((name for name in block if name in rules), None)
    if name is None or rules[name].by not in _KEYS:
        return fullest
    how = rules[name]
    column = values.frame[name]
    wanted = column.notna().to_numpy() & ~column.isin(how.skip).to_numpy()
    chosen = values.place(wanted, _KEYS[how.by](values, name, how))
    return np.where(chosen >= 0, chosen, fullest)


def _joined(values: Values, name: str, between: str) -> pd.Series[str]:
    column = values.frame[name]
    said = pd.DataFrame({"group": values.group, "value": column}).dropna()
    texts = said.drop_duplicates().groupby("group")["value"].agg(between.join)
    return texts.reindex(range(len(values.starts))).astype("str").rename(name)


def _majority(values: Values, name: str, _how: Survival) -> np.ndarray:
    folded = on_distinct(values.frame[name], searchable)
    lines = pd.DataFrame({"group": values.group, "folded": folded})
    counts = lines.groupby(["group", "folded"], dropna=False)["group"].transform("size")
    return -counts.to_numpy(np.int64)


def _other_than(values: Values, name: str, wanted: str) -> np.ndarray:
    return (on_distinct(values.frame[name], normal_boolean) != wanted).to_numpy(np.int64)


def _lowest(values: Values, name: str, _how: Survival) -> np.ndarray:
    """Return the rank of each number, or of each date if no value is a number."""
    numbers = on_distinct(values.frame[name], plain_number).astype("float64")
    if numbers.notna().any():
        return numbers.rank(method="dense").fillna(np.inf).to_numpy()
    return by_date(values.frame[name], newest_first=False)


def _highest(values: Values, name: str, how: Survival) -> np.ndarray:
    rank = _lowest(values, name, how)
    known = on_distinct(values.frame[name], plain_number).notna().to_numpy()
    return (
        by_date(values.frame[name], newest_first=True)
        if not known.any()
        else -np.where(known, rank, -np.inf)
    )


_KEYS: Mapping[str, Callable[[Values, str, Survival], np.ndarray]] = {
    "fill": lambda values, _name, _how: np.zeros(len(values.frame), dtype=np.int64),
    "longest": lambda values, name, _how: (
        -values.frame[name].str.len().fillna(0).to_numpy(np.int64)
    ),
    "majority": _majority,
    "any_true": lambda values, name, _how: _other_than(values, name, "true"),
    "all_true": lambda values, name, _how: _other_than(values, name, "false"),
    "recent": lambda values, _name, how: by_date(values.frame[str(how.on)], newest_first=True),
    "oldest": lambda values, _name, how: by_date(values.frame[str(how.on)], newest_first=False),
    "highest": _highest,
    "lowest": _lowest,
    "source": lambda values, _, how: ranked(
        values.frame.get(how.column), how.order, len(values.frame)
    ),
    "ranked": lambda values, name, how: ranked(values.frame[name], how.order, len(values.frame)),
}
