"""Rows of a source as typed records of an object, and the records that they name."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

import pandas as pd

from gsprep.cleaning.clean import CleaningOptions, clean_text
from gsprep.schemas.frames import ROW_ID
from gsprep.schemas.objects import fields_of
from gsprep.syncs.value_types import before
from gsprep.validation.cells import cell_findings
from gsprep.validation.findings import together
from gsprep.values.number import is_number

if TYPE_CHECKING:
    import pandera.pandas as pa

    from gsprep.schemas.fields import Field, ObjectFields
    from gsprep.syncs.definition import Condition, FieldRule, Lookup, SourceOptions, Sync

    Json = str | int | float | bool | None
    # What an id is looked up by, and what is found: each value with its Gsids.
    Resolve = Callable[[Lookup, Sequence[str]], Mapping[str, Sequence[str]]]

_NUMERAL = re.compile(r"[+-]?\d+")
# Whole numbers up to here are the same in JSON and in every reader of it.
_WHOLE = 2**53
LOOKUP_CODE, _VALUE = "GSPREP_LOOKUP", "GSPREP_VALUE"
# Of rows that are stored without a company, by the verdict.
UNMATCHED = {"review": "GSPREP_REVIEW", "no_match": "GSPREP_NOMATCH"}


class Rejection(NamedTuple):
    """Why a row is not sent: a code, the field, and a sentence without a value."""

    code: str
    field: str
    message: str


@dataclass(frozen=True, slots=True)
class Records:
    """Rows of a source, mapped.

    Attributes:
        records: the record of each good row by its row_id, in order.
        rejected: the reasons against each bad row by its row_id.
        filtered: the row_ids that do not pass the filter.
        held: why a good row is held back until it is decided.
        unmatched: why a row that is sent has no company.
        notes: a sentence on a good row that is sent otherwise than its source has it.
    """

    records: Mapping[str, Mapping[str, Json]] = field(repr=False)
    rejected: Mapping[str, Sequence[Rejection]] = field(repr=False)
    filtered: Sequence[str] = field(repr=False)
    held: Mapping[str, Rejection] = field(default_factory=dict, repr=False)
    unmatched: Mapping[str, Rejection] = field(default_factory=dict, repr=False)
    notes: Mapping[str, str] = field(default_factory=dict, repr=False)


def map_records(
    frame: pd.DataFrame,
    sync: Sync,
    schema: pa.DataFrameSchema,
    resolve: Resolve,
    now: float | None = None,
) -> Records:
    """Return the records of a text frame with ``row_id`` and the columns of the definition.

    Cells are cleaned and checked by ``schema``, ids are looked up by ``resolve``. Rows that are too
    old at ``now``, in seconds since 1970, are filtered out; None leaves out none of them.
    """
    bad: dict[str, list[Rejection]] = {}
    passes = passing(frame, sync.filter)
    if now is not None:
        passes &= _young(frame, sync.source, now, bad)
    taken = frame[passes].reset_index(drop=True)
    bad = {row_id: bad[row_id] for row_id in taken[ROW_ID] if row_id in bad}
    columns = {name: mapped_column(taken, name, rule, bad) for name, rule in sync.fields.items()}
    text = pd.DataFrame({ROW_ID: taken[ROW_ID], **columns})
    # Values that are to be looked up are no ids yet.
    sought = [name for name, rule in sync.fields.items() if rule.lookup is not None]
    cleaned = clean_text(text.drop(columns=sought), schema, CleaningOptions()).frame
    _check(cleaned, schema, bad)
    for name, rule in sync.fields.items():
        if rule.lookup is not None:
            cleaned[name] = _looked_up(text, name, rule.lookup, (resolve, bad))
    records = _typed(cleaned, sync, fields_of(schema))
    good = {row: record for row, record in records.items() if row not in bad}
    return Records(good, bad, frame.loc[~passes, ROW_ID].to_list())


def _young(
    frame: pd.DataFrame, source: SourceOptions, now: float, bad: dict[str, list[Rejection]]
) -> pd.Series[bool]:
    """Return which rows are not too old; one whose date cannot be read is rejected."""
    name = source.age_column
    if source.retention is None or name is None:
        return pd.Series(data=True, index=frame.index)
    zone = ZoneInfo(source.cursor.timezone if source.cursor else "UTC")
    oldest = before(datetime.fromtimestamp(now, zone), source.retention.span).timestamp()
    ages = {text: moment_of(text, zone) for text in frame[name].dropna().unique()}
    unread = frame[name].map({text: at is None for text, at in ages.items()}).eq(other=True)
    message = f"retention: the value of the column {name} is no date."
    _reject(bad, frame.loc[unread, ROW_ID], Rejection(_VALUE, "", message))
    old = {text: at is not None and at < oldest for text, at in ages.items()}
    return ~frame[name].map(old).eq(other=True)


def _reject(bad: dict[str, list[Rejection]], rows: pd.Series[str], reason: Rejection) -> None:
    for row in rows:
        bad.setdefault(row, []).append(reason)


def mapped_column(
    frame: pd.DataFrame, name: str, rule: FieldRule, bad: dict[str, list[Rejection]]
) -> pd.Series[str]:
    """Return the values of a field before they are cleaned."""
    if rule.column is None:
        return pd.Series([rule.value] * len(frame), index=frame.index, dtype="str")
    column = frame[rule.column]
    if rule.split is not None and rule.split != ";":
        entries = column.str.split(re.escape(rule.split), regex=True)
        column = entries.map(_joined, na_action="ignore").astype("str")
    if rule.replacements is None:
        return column
    found = column.map(rule.replacements, na_action="ignore").astype("str")
    other = found.isna() & column.notna()
    if rule.otherwise == "reject":
        message = f"{name}: the value is not among those of the definition."
        _reject(bad, frame.loc[other, ROW_ID], Rejection(_VALUE, name, message))
        return found
    return found.mask(other, column if rule.otherwise == "keep" else rule.otherwise)


def _joined(entries: Sequence[str]) -> str:
    return ";".join(filter(None, (entry.strip() for entry in entries)))


def _check(
    cleaned: pd.DataFrame, schema: pa.DataFrameSchema, bad: dict[str, list[Rejection]]
) -> None:
    """Reject rows with a cell that the service would refuse."""
    findings = together(list(cell_findings(cleaned, schema)), fields_of(schema))
    errors = findings[findings["severity"] == "error"]
    columns = [errors[name] for name in (ROW_ID, "column", "code", "message")]
    for row, column, code, message in zip(*columns, strict=True):
        bad.setdefault(row, []).append(Rejection(code, column, message))


def _looked_up(
    text: pd.DataFrame, name: str, how: Lookup, found: tuple[Resolve, dict[str, list[Rejection]]]
) -> pd.Series[str]:
    resolve, bad = found
    column = text[name]
    gsids = resolve(how, column.dropna().unique().tolist())
    counts = column.map(lambda value: len(gsids.get(value, ())), na_action="ignore")
    none, many = counts == 0, counts > 1
    if how.on_none == "reject":
        message = f"{name}: no {how.object} has this {how.by}."
        _reject(bad, text.loc[none, ROW_ID], Rejection(LOOKUP_CODE, name, message))
    if how.on_many == "reject":
        message = f"{name}: several records of {how.object} have this {how.by}."
        _reject(bad, text.loc[many, ROW_ID], Rejection(LOOKUP_CODE, name, message))
    firsts = {value: ids[0] for value, ids in gsids.items() if ids}
    return column.map(firsts, na_action="ignore").astype("str")


def _typed(cleaned: pd.DataFrame, sync: Sync, of: ObjectFields) -> dict[str, dict[str, Json]]:
    """Return a record for each row; a missing value is left out or null, by the rule."""
    zone = ZoneInfo(sync.source.cursor.timezone if sync.source.cursor else "UTC")
    clears = {name for name, rule in sync.fields.items() if rule.on_null == "clear"}
    records: dict[str, dict[str, Json]] = {row: {} for row in cleaned[ROW_ID]}
    for name in sync.fields:
        field_ = of[name]
        texts = cleaned[name].dropna().unique()
        # Calls of people take each value as text.
        values = {
            text: text if of.api == "people" else json_value(text, field_, zone) for text in texts
        }
        for row, text, is_blank in zip(
            cleaned[ROW_ID], cleaned[name], cleaned[name].isna(), strict=True
        ):
            if not is_blank:
                records[row][name] = values[text]
            elif name in clears:
                records[row][name] = None
    return records


def json_value(text: str, field: Field, zone: ZoneInfo) -> Json:
    """Return a checked text as JSON: a number, true or false, milliseconds, or text.

    A date and time without a zone is in ``zone``.
    """
    if field.type in {"NUMBER", "CURRENCY", "PERCENTAGE"} and is_number(text):
        is_whole = _NUMERAL.fullmatch(text) and abs(int(text)) <= _WHOLE
        return int(text) if is_whole else float(text)
    if field.type == "BOOLEAN" and text.lower() in {"true", "false"}:
        return text.lower() == "true"
    if field.type == "DATETIME":
        moment = moment_of(text, zone)
        return text if moment is None else round(moment * 1000)
    return text


def moment_of(text: str, zone: ZoneInfo) -> float | None:
    """Return a date and time in seconds since 1970; None if the text is none.

    >>> moment_of("1970-01-02", ZoneInfo("UTC"))
    86400.0
    """
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).timestamp()


def passing(frame: pd.DataFrame, conditions: Sequence[Condition]) -> pd.Series[bool]:
    """Return which rows fulfil all conditions."""
    passes = pd.Series(data=True, index=frame.index)
    for condition in conditions:
        column = frame[condition.column]
        missing = column.isna()
        if condition.operator in {"IS_NULL", "IS_NOT_NULL"}:
            passes &= missing if condition.operator == "IS_NULL" else ~missing
            continue
        holds = _FITS[condition.operator]
        fits = {text: holds(text, condition.value) for text in column.dropna().unique()}
        passes &= ~missing & column.map(fits, na_action="ignore").eq(other=True)
    return passes


def _compared(compare: Callable[[Any, Any], bool]) -> Callable[[str, str], bool]:
    """Return a comparison of two texts: as numbers if both are numbers."""

    def compared(left: str, right: str) -> bool:
        if is_number(left) and is_number(right):
            return compare(float(left), float(right))
        return compare(left, right)

    return compared


def _includes(text: str, values: Sequence[str]) -> bool:
    return not {entry.strip() for entry in text.split(";")}.isdisjoint(values)


_EQUAL, _FROM, _TO = (_compared(one) for one in (operator.eq, operator.ge, operator.le))
# Whether a text fulfils a condition with these values.
_FITS: Mapping[str, Callable[[str, Sequence[str]], bool]] = {
    "EQ": lambda text, values: _EQUAL(text, values[0]),
    "NE": lambda text, values: not _EQUAL(text, values[0]),
    "LT": lambda text, values: not _FROM(text, values[0]),
    "LTE": lambda text, values: _TO(text, values[0]),
    "GT": lambda text, values: not _TO(text, values[0]),
    "GTE": lambda text, values: _FROM(text, values[0]),
    "BTW": lambda text, values: _FROM(text, values[0]) and _TO(text, values[1]),
    "IN": lambda text, values: any(_EQUAL(text, value) for value in values),
    "CONTAINS": lambda text, values: values[0] in text,
    "STARTS_WITH": lambda text, values: text.startswith(values[0]),
    "ENDS_WITH": lambda text, values: text.endswith(values[0]),
    "INCLUDES": _includes,
    "EXCLUDES": lambda text, values: not _includes(text, values),
}


# In place of the id of a record that this run writes first.
_WAITS = "\0parent\0"


class Parents:
    """The parents of the rows of one run: found in the tenant, or still to be written."""

    def __init__(self, sync: Sync, frame: pd.DataFrame, resolve: Resolve) -> None:
        """Store the rows that the run reads, with ``row_id``."""
        self._resolve = resolve
        self.fields: dict[str, Lookup] = {
            name: rule.lookup
            for name, rule in sync.fields.items()
            if rule.lookup is not None and rule.lookup.object == sync.destination.object
        }
        names = {*self.fields, *(how.by for how in self.fields.values())}
        values = {
            name: mapped_column(frame, name, rule, {}).str.strip()
            for name, rule in sync.fields.items()
            if name in names
        }
        self._values = {
            name: dict(zip(frame[ROW_ID], column.astype(object), strict=True))
            for name, column in values.items()
        }

    def resolve(self, how: Lookup, values: Sequence[str]) -> Mapping[str, Sequence[str]]:
        """Return the Gsids of each value; a record that this run writes first has a mark."""
        found = self._resolve(how, values)
        if how not in self.fields.values():
            return found
        own = self._owners(how.by)
        return {
            value: found.get(value) or ([_WAITS + value] if value.strip() in own else [])
            for value in values
        }

    def _owners(self, by: str) -> dict[str, str]:
        """Return the row that has each value of a field."""
        values = self._values.get(by, {})
        return {value: row_id for row_id, value in values.items() if isinstance(value, str)}

    def circles(self) -> dict[str, Rejection]:
        """Return the rows that are above themselves, with the reason."""
        found: dict[str, Rejection] = {}
        for name, how in self.fields.items():
            owners, above = self._owners(how.by), self._values[name]
            message = f"{name}: the record is a parent of itself."
            for row_id in _on_circles({row: owners.get(up) for row, up in above.items()}):
                found[row_id] = Rejection(LOOKUP_CODE, name, message)
        return found

    def waits(self, record: Mapping[str, Any]) -> bool:
        """Return whether a parent of the record is still to be written."""
        return any(str(record.get(name, "")).startswith(_WAITS) for name in self.fields)

    def found(
        self, records: Mapping[str, Mapping[str, Any]], written: AbstractSet[str] | None
    ) -> dict[str, dict[str, Any]]:
        """Return the records whose parents are there by now, with their Gsids.

        A dry run writes nothing: there the rows that would be ``written`` count as there.
        """
        ids = {name: self._found(name, how, records, written) for name, how in self.fields.items()}
        done: dict[str, dict[str, Any]] = {}
        for row_id, record in records.items():
            filled = {name: ids[name].get(record.get(name)) for name in self._missing(record)}
            if all(filled.values()):
                done[row_id] = {**record, **filled}
        return done

    def _missing(self, record: Mapping[str, Any]) -> list[str]:
        return [n for n in self.fields if str(record.get(n, "")).startswith(_WAITS)]

    def _found(
        self,
        name: str,
        how: Lookup,
        records: Mapping[str, Mapping[str, Any]],
        written: AbstractSet[str] | None,
    ) -> dict[Any, str]:
        """Return the Gsid for each mark of a field."""
        marks = [str(one[name]) for one in records.values() if name in self._missing(one)]
        values = list(dict.fromkeys(mark.removeprefix(_WAITS) for mark in marks))
        if not values:
            return {}
        there = self._resolve(how, values)
        found = {
            _WAITS + value: ids[0] for value in values if len(ids := there.get(value, ())) == 1
        }
        if written is not None:
            owners = self._owners(how.by)
            new = [value for value in values if owners.get(value.strip()) in written]
            found = {_WAITS + value: "new" for value in new} | found
        return found

    def rejection(self, record: Mapping[str, Any]) -> Rejection:
        """Return the reason against a record whose parent was not written."""
        name = self._missing(record)[0]
        return Rejection(LOOKUP_CODE, name, f"{name}: the parent is in the source, but not stored.")


def _on_circles(above: Mapping[str, str | None]) -> set[str]:
    """Return the members of each circle, by following every row upwards once."""
    done: set[str] = set()
    found: set[str] = set()
    for start in above:
        path: dict[str, None] = {}
        at: str | None = start
        while at is not None and at not in done and at not in path:
            path[at] = None
            at = above.get(at)
        if at in path:
            rows = list(path)
            found.update(rows[rows.index(str(at)) :])
        done.update(path)
    return found
