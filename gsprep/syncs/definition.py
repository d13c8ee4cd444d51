"""Definition of a sync: source, fields, object, mode, schedule.

A definition is a YAML file that names where rows come from, which of them and of their columns are
used, which object they feed and how changes apply. It is read strictly: one error names every
mistake with its line.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError
from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, model_validator

from gsprep.errors import DocumentError, InputError
from gsprep.schemas.frames import cell_text
from gsprep.schemas.yaml_file import read_document_with_lines, validated
from gsprep.syncs.alerts import checked_condition
from gsprep.syncs.durations import checked_share, seconds_of

if TYPE_CHECKING:
    from pathlib import Path

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_API_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,99}(?:\.[A-Za-z][A-Za-z0-9_]{0,99})?")
_MOST_KEYS = 3

Operator = Literal[
    "EQ", "NE", "LT", "LTE", "GT", "GTE", "BTW", "IN", "CONTAINS", "STARTS_WITH", "ENDS_WITH",
    "IS_NULL", "IS_NOT_NULL", "INCLUDES", "EXCLUDES",
]  # fmt: skip
# How many values an operator takes; None: one or more.
VALUES_OF: dict[str, int | None] = {
    "BTW": 2, "IN": None, "INCLUDES": None, "EXCLUDES": None, "IS_NULL": 0, "IS_NOT_NULL": 0,
}  # fmt: skip


def _name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise ValueError("a name has lower-case letters, digits, - and _, as in warehouse-people")
    return text


def _cron(text: str) -> str:
    try:
        CronSim(text, datetime.now(UTC))
    except CronSimError:
        raise ValueError(
            "not cron times; write them as in 10 3 * * *, every day at 03:10"
        ) from None
    return text


def _zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("not a time zone; write it as Europe/Berlin or UTC") from None
    return text


def _field_name(text: str) -> str:
    if not _API_NAME.fullmatch(text):
        raise ValueError("not an API name of a field, such as Email or Score__gc")
    return text


def _texts(value: object) -> object:
    """Return a value or a list as texts, as a file would hold them."""
    if isinstance(value, list | tuple):
        return tuple(cell_text(one) or "" for one in value)
    return value if value is None else (cell_text(value) or "",)


Name = Annotated[str, AfterValidator(_name)]
Duration = Annotated[float, BeforeValidator(seconds_of)]
Share = Annotated[float, BeforeValidator(checked_share)]
Zone = Annotated[str, AfterValidator(_zone)]
Cron = Annotated[str, AfterValidator(_cron)]
FieldName = Annotated[str, AfterValidator(_field_name)]
Text = Annotated[str, BeforeValidator(lambda value: cell_text(value) or "")]
Texts = Annotated[tuple[str, ...], BeforeValidator(_texts)]


class _Part(BaseModel, frozen=True, extra="forbid", strict=True):
    """A part of a definition: no other entries, no other types."""


class Cursor(_Part, frozen=True):
    """The column that tells which rows changed; it decides only what is read.

    column:   a date, a time or a number that grows when a row changes.
    lookback: how far before the last value the next read begins.
    timezone: the zone of values without one.
    """

    column: str
    lookback: Duration = 900.0
    timezone: Zone = "UTC"


class SourceOptions(_Part, frozen=True):
    """Where rows come from: a connection with a query, table or object, or files.

    connection: the name of a connection of kind sql or gainsight.
    file:   a file, or a pattern such as ``people/*.csv``, relative to the definition.
    query:  a SELECT of a database.
    table:  a table or view of a database, whose rows are all read.
    object: the API name of an object of a tenant.
    sheet:  the sheet of a workbook.
    cursor: the column that tells which rows changed.
    key: the column whose value names a row; it must be filled and unique.
    """

    connection: Name | None = None
    file: str | None = None
    query: str | None = None
    table: str | None = None
    object: FieldName | None = None
    sheet: str | None = None
    key: str
    cursor: Cursor | None = None

    @model_validator(mode="after")
    def _one_place(self) -> SourceOptions:
        if (self.connection is None) == (self.file is None):
            raise ValueError("name a connection or a file, one of them")
        reads = [name for name in ("query", "table", "object") if getattr(self, name) is not None]
        if self.connection is not None and len(reads) != 1:
            raise ValueError("a connection needs query, table or object, one of them")
        if self.file is not None and reads:
            raise ValueError(f"a file has no {reads[0]}")
        return self


class DestinationOptions(_Part, frozen=True):
    """Which object of which tenant the rows feed.

    connection: the name of a connection of kind gainsight; else the tenant of the command.
    object: its API name.
    key:  the fields that tell which record a row is, at most three.
    mode: upsert inserts and updates, update and create do one of these.
    """

    connection: Name | None = None
    object: FieldName
    key: Annotated[tuple[FieldName, ...], Field(min_length=1, max_length=_MOST_KEYS)]
    mode: Literal["upsert", "update", "create"] = "upsert"


class Lookup(_Part, frozen=True):
    """How the id of another record is found.

    object, by: the object and the field that the value must equal.
    on_none, on_many: what happens without a record, or with several.
    """

    object: FieldName
    by: FieldName
    on_none: Literal["reject", "null"] = "reject"
    on_many: Literal["reject", "first"] = "reject"


def _spelled_out(value: object) -> object:
    """Return the rule of a field that is written as the name of a column."""
    return {"from": value} if isinstance(value, str) else value


class FieldRule(_Part, frozen=True):
    """Where the value of a field comes from.

    column:    the column of the source, in the file ``from``.
    value:     a constant instead of a column.
    replacements: the value sent for each value of the column, in the file ``values``.
    otherwise: for a value that is not among them: reject the row, keep the value, or send this.
    lookup:    the value names a record of another object, whose id is sent.
    split:     the sign between the entries of a list with several choices.
    on_null:   without a value: ignore leaves the field as it is, clear empties it.
    write:     always, or fill_only: only where the record has no value.
    """

    column: str | None = Field(default=None, alias="from")
    value: Text | None = None
    replacements: dict[Text, Text] | None = Field(default=None, alias="values")
    otherwise: Text = "reject"
    lookup: Lookup | None = None
    split: Annotated[str, Field(min_length=1, max_length=3)] | None = None
    on_null: Literal["ignore", "clear"] = "ignore"
    write: Literal["always", "fill_only"] = "always"

    @model_validator(mode="after")
    def _one_origin(self) -> FieldRule:
        if (self.column is None) == (self.value is None):
            raise ValueError("name a column with from, or a constant with value")
        return self


class Condition(_Part, frozen=True):
    """A condition on a column of the source; all of them must hold.

    Two numbers are compared as numbers, anything else as text. A missing value passes IS_NULL only.

    column:   the column of the source.
    operator: how it is compared.
    value:    one value, or a list for IN, BTW, INCLUDES and EXCLUDES.
    """

    column: str
    operator: Operator = Field(alias="is")
    value: Texts = ()

    @model_validator(mode="after")
    def _count(self) -> Condition:
        needed = VALUES_OF.get(self.operator, 1)
        if needed is None and not self.value:
            raise ValueError(f"{self.operator} needs a list of values")
        if needed is not None and len(self.value) != needed:
            raise ValueError(f"{self.operator} takes {needed} value(s)")
        return self


class UnifyOptions(_Part, frozen=True):
    """How the company of each person is found.

    rules:   a rulebook: a file, or the name of a shipped one.
    answers: a file of reviewers' answers.
    hold:    verdicts whose people are not sent.
    columns: fields of the tenant's Company where they are not called Domain, Phone and Country.
    """

    rules: str = "default"
    answers: str | None = None
    hold: tuple[Literal["review", "no_match"], ...] = ()
    columns: dict[Literal["domain", "phone", "country"], FieldName] = Field(default_factory=dict)


def _action(value: object) -> object:
    return {"action": value} if isinstance(value, str) else value


class Missing(_Part, frozen=True):
    """What happens to records whose row is no longer in the source; full reads only.

    action: keep or delete.
    values: instead, the fields that such a record gets, in the file ``set``.
    """

    action: Literal["keep", "delete"] = "keep"
    values: dict[FieldName, Text] | None = Field(default=None, alias="set")


class Schedule(_Part, frozen=True):
    """When the sync runs.

    every:    the time between two runs, or cron times; one of them.
    full:     cron times of a run that reads everything.
    timezone: the zone of cron times, which need one.
    after:    syncs that run before this one.
    """

    every: Duration | None = None
    cron: Cron | None = None
    full: Cron | None = None
    timezone: Zone | None = None
    after: tuple[Name, ...] = ()

    @model_validator(mode="after")
    def _a_zone(self) -> Schedule:
        if (self.cron or self.full) and self.timezone is None:
            raise ValueError("clock times need a timezone, as in Europe/Berlin")
        if self.every is not None and self.cron is not None:
            raise ValueError("name every or cron, not both")
        return self


class Guards(_Part, frozen=True):
    """Shares above which a run stops; None is no limit.

    rejected, refused: of the rows read, from 100 rows on.
    missing:           of the known rows, from 20 on.
    empty:             whether a full read of nothing stops the run where rows are known.
    """

    rejected: Share | None = None
    refused: Share | None = 0.2
    missing: Share | None = 0.05
    empty: Literal["stop", "allow"] = "stop"


class Alert(_Part, frozen=True):
    """What is done when a condition begins to hold, and again when it ends.

    when: ``failed``, ``failed > 1%``, ``stale > 3h``, ``missing > 2%`` or ``unfinished``.
    post: an address that a JSON document is posted to, as env:NAME.
    run:  a command of this machine.
    """

    when: Annotated[str, AfterValidator(checked_condition)]
    post: str | None = None
    run: str | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Alert:
        if (self.post is None) == (self.run is None):
            raise ValueError("name post or run, one of them")
        if self.post is not None and not self.post.startswith("env:"):
            raise ValueError("an address is a secret: name its variable, as in env:OPS_WEBHOOK")
        return self


class Sync(_Part, frozen=True):
    """A saved sync.

    name:        how commands call it.
    source:      where rows come from.
    destination: the object they feed.
    fields:      the value of each field, by API name.
    filter:      conditions on rows, all of which must hold.
    unify:       how the company of each person is found; people only.
    on_missing:  what happens to records whose row is gone: keep, delete or set.
    schedule:    when it runs under ``sync serve``.
    guards:      what stops a run.
    alerts:      who is told of a failure.
    """

    name: Name = Field(alias="sync")
    source: SourceOptions
    destination: DestinationOptions
    fields: Annotated[
        dict[FieldName, Annotated[FieldRule, BeforeValidator(_spelled_out)]], Field(min_length=1)
    ]
    filter: tuple[Condition, ...] = ()
    unify: UnifyOptions | None = None
    on_missing: Annotated[Missing, BeforeValidator(_action)] = Missing()
    schedule: Schedule = Schedule()
    guards: Guards = Guards()
    alerts: tuple[Alert, ...] = ()

    @model_validator(mode="after")
    def _fits_together(self) -> Sync:
        absent = [name for name in self.destination.key if name not in self.fields]
        if absent:
            raise ValueError(f"destination.key: {absent[0]} is not among the fields")
        is_person = self.destination.object == "Person"
        if self.unify is not None and not is_person:
            raise ValueError("unify: only people have a company that is looked for")
        unset = [name for name in self.on_missing.values or {} if name not in self.fields]
        if unset and not is_person:
            raise ValueError(
                f"on_missing.set: {unset[0]} must be among the fields, so that a row that comes "
                "back sets it again"
            )
        return self

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the source that the definition names, in their order."""
        named = [self.source.key, *(rule.column for rule in self.fields.values() if rule.column)]
        named += [condition.column for condition in self.filter]
        named += [self.source.cursor.column] if self.source.cursor else []
        return tuple(dict.fromkeys(named))


class _File(BaseModel, frozen=True, extra="forbid", strict=True):
    syncs: Annotated[tuple[Sync, ...], Field(min_length=1)]


def read_definitions(path: Path) -> tuple[Sync, ...]:
    """Return the syncs of a file, in their order: one, or a list under ``syncs:``.

    Raises DocumentError, which names every mistake with its line, and InputError if the file
    cannot be read or two syncs have one name.
    """
    document, lines = read_document_with_lines(path, kind="sync definition")
    several = isinstance(document, dict) and "syncs" in document
    if several:
        syncs = validated(_File, document, str(path), error=DocumentError, lines=lines).syncs
    else:
        syncs = (validated(Sync, document, str(path), error=DocumentError, lines=lines),)
    names = [sync.name for sync in syncs]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise InputError(
            f"{path} has two syncs with the name {twice}: name one of them differently"
        )
    return syncs


def json_schema() -> dict[str, Any]:
    """Return the JSON schema of a definition, for editors."""
    return Sync.model_json_schema(by_alias=True)
