"""Definition of a sync: source, fields, object, mode, schedule.

A definition is a YAML file that names where rows come from, which of them and of their columns are
used, which object they feed and how changes apply. It is read strictly: one error names every
mistake with its line.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, Field, model_validator

from gsprep.syncs.value_types import (
    Age,
    AlertCondition,
    Cron,
    DataTypeName,
    Duration,
    FieldName,
    Name,
    Share,
    Text,
    Texts,
    Zone,
)

_MOST_KEYS = 3

Operator = Literal[
    "EQ", "NE", "LT", "LTE", "GT", "GTE", "BTW", "IN", "CONTAINS", "STARTS_WITH", "ENDS_WITH",
    "IS_NULL", "IS_NOT_NULL", "INCLUDES", "EXCLUDES",
]  # fmt: skip
# How many values an operator takes; None: one or more.
VALUES_OF: dict[str, int | None] = {
    "BTW": 2, "IN": None, "INCLUDES": None, "EXCLUDES": None, "IS_NULL": 0, "IS_NOT_NULL": 0,
}  # fmt: skip


class _Part(BaseModel, frozen=True, extra="forbid", strict=True):
    """A part of a definition: no other entries, no other types."""


class Cursor(_Part, frozen=True):
    """The column that tells which rows changed; it decides only what is read.

    column:   a date, a time or a number that grows when a row changes.
    lookback: how far before the last value the next read begins, such as 1h; without it 15 minutes.
    timezone: the zone of values without one.
    """

    column: str
    lookback: Duration = 900.0
    timezone: Zone = "UTC"


def _named(name: str) -> BeforeValidator:
    """Return what reads a text in place of a mapping: as its entry of this name."""
    return BeforeValidator(lambda value: {name: value} if isinstance(value, str) else value)


class Retention(_Part, frozen=True):
    """Which rows are too old: they are left out, and their records count as missing.

    span:   how long a row is kept, in the file ``for``: 90 days, 24 months or 2 years.
    column: the date or time of a row; without it the column of the cursor. A row without one stays.
    """

    span: Age = Field(alias="for")
    column: str | None = None


class SourceOptions(_Part, frozen=True):
    """Where rows come from: a connection with a query, table, object or file, or a file.

    connection: the name of a connection that can be read.
    file:   a file, or a pattern such as ``people/*.csv`` whose files are read one below the other,
            in the folder of the connection, else in that of the definition.
    query:  a SELECT of a database.
    table:  a table or view of a database, whose rows are all read.
    object: the API name of an object of a tenant, or a list of another system, such as users.
    keep:   a file for the rows of each whole read, so that ``--only failed`` needs no other read.
    sheet:  the sheet of a workbook.
    cursor: the column that tells which rows changed.
    retention: how old a row may be: a span, or ``for`` and ``column``.
    key: the column that identifies each row; it must be filled and unique.
    """

    connection: Name | None = None
    file: str | None = None
    query: str | None = None
    table: str | None = None
    object: FieldName | None = None
    keep: str | None = None
    sheet: str | None = None
    key: str
    cursor: Cursor | None = None
    retention: Annotated[Retention | None, _named("for")] = None

    @property
    def age_column(self) -> str | None:
        """The column that ``retention`` goes by, None without it."""
        if self.retention is None:
            return None
        return self.retention.column or (self.cursor.column if self.cursor else None)

    @model_validator(mode="after")
    def _one_place(self) -> SourceOptions:
        if self.connection is None and self.file is None:
            raise ValueError("name a connection or a file")
        reads = ("query", "table", "object", "file")
        named = [name for name in reads if getattr(self, name) is not None]
        if self.connection is not None and len(named) != 1:
            raise ValueError("a connection needs one of query, table, object and file")
        if self.connection is None and len(named) > 1:
            raise ValueError(f"a file has no {named[0]}")
        if self.sheet is not None and self.file is None:
            raise ValueError("only a file has a sheet")
        if self.keep is not None and (self.file is not None or self.cursor is not None):
            raise ValueError("keep: a source with a cursor, or a file, is read again instead")
        return self

    @model_validator(mode="after")
    def _dated(self) -> SourceOptions:
        if self.retention is not None and self.age_column is None:
            raise ValueError(
                "retention needs the column of a date, as in {for: 24 months, column: at}"
            )
        return self


class DestinationOptions(_Part, frozen=True):
    """Which object of which tenant the rows feed.

    connection: the name of a connection of kind gainsight; else the tenant of the command.
    object: its API name.
    key:  the fields that identify the record of a row, at most three.
    mode: upsert inserts and updates, update and create do one of these.
    """

    connection: Name | None = None
    object: FieldName
    key: Annotated[tuple[FieldName, ...], Field(min_length=1, max_length=_MOST_KEYS)]
    mode: Literal["upsert", "update", "create"] = "upsert"


class Lookup(_Part, frozen=True):
    """How the id of another record is found.

    object:  the object in which the record is searched.
    by:      the field of this object that has the value.
    on_none: without a record: reject the row, or send null.
    on_many: with several records: reject the row, or take the first one.
    """

    object: FieldName
    by: FieldName
    on_none: Literal["reject", "null"] = "reject"
    on_many: Literal["reject", "first"] = "reject"


class FieldRule(_Part, frozen=True):
    """Where the value of a field comes from.

    column:    the column of the source.
    value:     a constant instead of a column.
    from_unify: the id of the company that unify finds, of the person with the e-mail address, or
               of their association; for objects other than Person.
    replacements: the value to send for each value of the column.
    otherwise: for a value that is not in ``values``: reject, keep, or a text to send.
    lookup:    the value names a record of another object, whose id is sent.
    split:     the separator of the entries, for a field with several choices.
    on_null:   without a value: ignore leaves the field as it is, clear empties it.
    write:     always, or fill_only: only where the record has no value.
    type:      the data type that check shows if the tenant does not have the field.
    """

    column: str | None = Field(default=None, alias="from")
    value: Text | None = None
    from_unify: Literal["Company_ID", "Person_ID", "CompanyPerson_ID"] | None = None
    replacements: dict[Text, Text] | None = Field(default=None, alias="values")
    otherwise: Text = "reject"
    lookup: Lookup | None = None
    split: Annotated[str, Field(min_length=1, max_length=3)] | None = None
    on_null: Literal["ignore", "clear"] = "ignore"
    write: Literal["always", "fill_only"] = "always"
    type: DataTypeName | None = None

    @model_validator(mode="after")
    def _one_origin(self) -> FieldRule:
        if sum(one is not None for one in (self.column, self.value, self.from_unify)) != 1:
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
    person:  for an object other than Person: the column of the source for each field of a person
             that companies are found by, such as Email.
    """

    rules: str = "default"
    answers: str | None = None
    hold: tuple[Literal["review", "no_match"], ...] = ()
    columns: dict[Literal["domain", "phone", "country"], FieldName] = Field(default_factory=dict)
    person: dict[FieldName, str] = Field(default_factory=dict)


class Missing(_Part, frozen=True):
    """What happens to records whose row is no longer in the source; full reads only.

    action: keep or delete.
    values: instead, the fields that such a record gets.
    """

    action: Literal["keep", "delete"] = "keep"
    values: dict[FieldName, Text] | None = Field(default=None, alias="set")


class Schedule(_Part, frozen=True):
    """When the sync runs.

    every:    the time between two runs, such as 1h; instead of cron.
    cron:     cron times, which need a timezone; instead of every.
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
        if self.every == 0:
            raise ValueError("every is longer than nothing, as in 15m")
        return self


class Guards(_Part, frozen=True):
    """Shares above which a run stops; without a share there is no limit.

    rejected, refused: of the rows read, if there are 100 or more.
    missing:           of the known rows, if there are 20 or more.
    empty:             whether an empty source stops a full read if rows are known.
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

    when: AlertCondition
    post: str | None = None
    run: str | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Alert:
        if (self.post is None) == (self.run is None):
            raise ValueError("name either post or run")
        if self.post is not None and not self.post.startswith("env:"):
            raise ValueError("an address is a secret: name its variable, as in env:OPS_WEBHOOK")
        return self


class Also(_Part, frozen=True):
    """Another object that the same rows feed, as a sync of its own that runs after this one.

    name:        how commands call it; without it the name of the sync and of the object.
    destination: the object; its connection is that of the sync, unless it names one.
    fields:      added to those of the sync, or in their place; null leaves one out.
    on_missing:  as of a sync; without it that of the sync.
    """

    name: Name | None = Field(default=None, alias="sync")
    destination: DestinationOptions
    fields: dict[FieldName, Annotated[FieldRule | None, _named("from")]] = Field(
        default_factory=dict
    )
    on_missing: Annotated[Missing, _named("action")] | None = None


class Sync(_Part, frozen=True):
    """A saved sync.

    name:        how commands call it.
    source:      where rows come from.
    destination: the object they feed.
    fields:      the value of each field, by API name.
    filter:      conditions on rows, all of which must hold.
    unify:       how the company of each person is found.
    on_missing:  what happens to records whose row is gone: keep, delete or set.
    schedule:    when it runs under ``sync serve``.
    guards:      what stops a run.
    alerts:      who is notified of a failure.
    also:        other objects that the same rows feed.
    """

    name: Name = Field(alias="sync")
    source: SourceOptions
    destination: DestinationOptions
    fields: Annotated[dict[FieldName, Annotated[FieldRule, _named("from")]], Field(min_length=1)]
    filter: tuple[Condition, ...] = ()
    unify: UnifyOptions | None = None
    on_missing: Annotated[Missing, _named("action")] = Missing()
    schedule: Schedule = Schedule()
    guards: Guards = Guards()
    alerts: tuple[Alert, ...] = ()
    also: tuple[Also, ...] = ()

    @model_validator(mode="after")
    def _fits_together(self) -> Sync:
        absent = [name for name in self.destination.key if name not in self.fields]
        if absent:
            raise ValueError(f"destination.key: {absent[0]} is not among the fields")
        is_person = self.destination.object == "Person"
        self._unifies(is_person=is_person)
        unset = [name for name in self.on_missing.values or {} if name not in self.fields]
        if unset and not is_person:
            raise ValueError(
                f"on_missing.set: {unset[0]} must be among the fields, so that a row that comes "
                "back sets it again"
            )
        return self

    def _unifies(self, *, is_person: bool) -> None:
        """Refuse ids and people that no company is found for."""
        found = [name for name, rule in self.fields.items() if rule.from_unify is not None]
        unify = self.unify
        if found and (unify is None or is_person):
            where = "is for objects other than Person" if is_person else "needs unify"
            raise ValueError(f"fields.{found[0]}: from_unify {where}")
        if unify is None:
            return
        if is_person and unify.person:
            raise ValueError("unify.person: the fields of a person are the fields of the sync")
        if not is_person and "Email" not in unify.person:
            raise ValueError(
                "unify: companies are found by people, so name their columns, as in "
                "person: {Email: mail}; without people leave unify out"
            )
        if not is_person and unify.hold:
            raise ValueError("unify.hold: only people are held back")

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the source that the definition names, in their order."""
        named = [self.source.key, *(rule.column for rule in self.fields.values() if rule.column)]
        named += [] if self.unify is None else self.unify.person.values()
        named += [condition.column for condition in self.filter]
        named += [self.source.cursor.column] if self.source.cursor else []
        named += [self.source.age_column] if self.source.age_column else []
        return tuple(dict.fromkeys(named))
