"""People compared with those of the tenant before sending; cells that a write would change."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from gsprep.calls.endpoints import NO_SUCH_FIELD
from gsprep.display import mask
from gsprep.errors import InputError, RejectedError
from gsprep.schemas.frames import ROW_ID, text_records
from gsprep.schemas.objects import fields_of
from gsprep.schemas.same_key import key_columns
from gsprep.uploader.object_keys import (
    ASSOCIATION,
    COMPANY,
    ObjectTarget,
    TenantPeople,
    one_for_each,
)
from gsprep.values.number import is_number

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from gsprep.results import Uploaded
    from gsprep.schemas.objects import Schemas
    from gsprep.uploader.client import Client
    from gsprep.uploader.object_keys import Found

    Texts = tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]
    Record = Mapping[str, str | None]


STATES = ("new", "changed", "unchanged")
NEW, CHANGED, UNCHANGED = STATES
# Rows read from the tenant at a time.
_AT_ONCE = 1_000
_SAMPLES = 20
_FRAMES = ("persons", "company_persons")
_COLUMNS = ("frame", "place", "state", "Gsid", "fields", "left", "Person_ID")
_WHOLE_LINK = "CompanyPerson"
# What is written for people who are unchanged in the tenant.
_SAME = {"outcome": "stored"}
_DRY = {"outcome": "unsent", "error_message": "unchanged in the tenant: it would not be sent"}
_OURS = frozenset({ROW_ID, "Gsid", "Person_ID", "Company_ID"})


@dataclass(frozen=True, slots=True)
class Comparison:
    """What people are in the tenant.

    Attributes:
        rows: row_id, state (``new``, ``changed``, ``unchanged``), Gsid, and the names of the
            fields that differ.
        cells: the cells that an upload would change; empty if the run was resumed.
    """

    rows: pd.DataFrame = field(repr=False)
    cells: CellChanges

    def counts(self) -> dict[str, int]:
        """Return the number of people by state."""
        found = self.rows["state"].value_counts()
        return {state: int(found.get(state, 0)) for state in STATES}


@dataclass(frozen=True, kw_only=True, slots=True)
class CompareOptions:
    """How people are compared with the tenant, and what follows from that.

    client:       reads the tenant; None takes the client that sends.
    fill_only:    fields that are sent only where the tenant has no value.
    only_changed: people whom the tenant has unchanged are not sent.
    sends:        whether anything is sent; in a dry run those who are left out are unsent, too.
    told:         called with the comparison before anything is sent.
    kept:         returns the decisions of an earlier execution of the same run, or makes them.
    """

    client: Client | None = None
    fill_only: Sequence[str] = ()
    only_changed: bool = False
    sends: bool = True
    told: Callable[[Comparison], None] = lambda _: None
    kept: Callable[[Callable[[], pd.DataFrame]], pd.DataFrame] = lambda make: make()


def send_compared(
    texts: Texts,
    how: CompareOptions,
    of: tuple[Client, Sequence[str], Schemas],
    held: Collection[str],
    send: Callable[[Texts], Uploaded],
) -> Uploaded:
    """Compare people with the tenant, and send them without what need not be sent.

    ``of`` are the client that reads, the key and the fields; people whose row_id is in ``held``
    are not compared. Raises InputError for a field of ``fill_only`` that is not sent, UploadError
    if the tenant does not answer.
    """
    reading = _Reading(texts, how, of, held)
    decided = how.kept(reading.decisions)
    how.told(Comparison(_rows(texts[0], decided), reading.cells))
    filled = _without_filled(texts, decided)
    if not how.only_changed:
        return send(filled)
    return _send_changed(filled, decided, send, _SAME if how.sends else _DRY)


class _Line(NamedTuple):
    """The decision on one row of a frame.

    Attributes:
        gsid, person: of its record, and of the person of an association.
        fields, left: the fields that differ, and those that are not sent.
    """

    state: str
    gsid: str | None
    fields: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    person: str | None = None


class _Reading:
    """Reads the tenant's people in parts, and decides on each row."""

    def __init__(
        self,
        texts: Texts,
        how: CompareOptions,
        of: tuple[Client, Sequence[str], Schemas],
        held: Collection[str],
    ) -> None:
        client, key, schemas = of
        self.key, self.held = key_columns(key), frozenset(held)
        target = ObjectTarget(name="Person", keys=self.key, caseless=frozenset(self.key))
        self.people, self.target = TenantPeople(client, target), target
        self.cells = CellChanges(_SAMPLES)
        self.texts = texts
        person, link = fields_of(schemas.persons), fields_of(schemas.company_persons)
        self.names = [n for n in map(str, texts[0].columns) if person.sends(n) and n != "Gsid"]
        apart = _OURS | set(self.key)
        self.own = [n for n in map(str, texts[1].columns) if link.sends(n) and n not in apart]
        self.fills = self._fills(how.fill_only, person.sends, link.sends)
        self.links: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for place, owner in enumerate(self._owners(texts[1])):
            self.links[owner].append(place)
        self.related = set(self._owners(texts[2]))

    def _owners(self, frame: pd.DataFrame) -> list[tuple[str, ...]]:
        """Return what tells the person of each association: the Gsid, or else the key."""
        names = [name for name in ("Person_ID", *self.key) if name in frame]
        return [self._names(row, "Person_ID")[0] for row in text_records(frame[names])]

    def _names(self, row: Record, gsid: str) -> list[tuple[str, ...]]:
        """Return what a person is named by: the Gsid, if there is one, and the key."""
        own, key = row.get(gsid), self.target.key_of(row)
        return [*([(own,)] if own else []), *([("key", *key)] if key else [])] or [("none",)]

    def _fills(
        self, names: Sequence[str], of_person: Callable[[str], bool], of_link: Callable[[str], bool]
    ) -> frozenset[str]:
        """Return the fields as they are named here: those of an association with its object."""
        found = set()
        for name in names:
            plain = name.removeprefix(ASSOCIATION)
            if name in {*self.key, "Gsid", COMPANY}:
                raise InputError(f"--fill-only {name}: it tells who a person is, so it is sent")
            if of_person(name):
                found.add(name)
            elif of_link(plain) and plain not in _OURS:
                found.add(ASSOCIATION + plain)
            else:
                raise InputError(
                    f"--fill-only {name}: neither people nor their associations with companies "
                    "have such a field that can be written"
                )
        return frozenset(found)

    def decisions(self) -> pd.DataFrame:
        """Return one line for each row of people, and of their associations."""
        lines: dict[int, _Line] = {}
        linked: dict[int, _Line] = {}
        owners: dict[int, tuple[str, ...]] = {}
        person: dict[int, int] = {}
        for start in range(0, len(self.texts[0]), _AT_ONCE):
            rows = text_records(self.texts[0].iloc[start : start + _AT_ONCE])
            places = [n for n, row in enumerate(rows) if row[ROW_ID] not in self.held]
            for number, line, of_links in self._part([rows[n] for n in places]):
                place = start + places[number]
                lines[place], owners[place] = line, self._names(rows[places[number]], "Gsid")[0]
                linked |= of_links
                person |= dict.fromkeys(of_links, place)
        lines = _agreed(lines, owners)
        # An association is sent with its person.
        linked = {n: one._replace(state=lines[person[n]].state) for n, one in linked.items()}
        return _table(lines, linked)

    def _part(self, rows: Sequence[Record]) -> Iterator[tuple[int, _Line, Mapping[int, _Line]]]:
        """Yield the line of each person, by position, with those of its associations."""
        there = self._there(rows)
        links = self._links(there)
        own = [[n for name in self._names(row, "Gsid") for n in self.links[name]] for row in rows]
        places = sorted({place for some in own for place in some})
        records = dict(zip(places, text_records(self.texts[1].iloc[places]), strict=True))
        done: dict[int, _Line] = {}
        for number, (row, one) in enumerate(zip(rows, there, strict=True)):
            of_person = links.get(str(one["Gsid"]), []) if one else []
            new = [n for n in own[number] if n not in done]
            done |= {n: self._of_link(records[n], one, of_person) for n in new}
            mine = {n: done[n] for n in own[number]}
            yield number, self._of_person(row, one, list(mine.values())), mine

    def _there(self, rows: Sequence[Record]) -> list[Found | None]:
        """Return each person as the tenant has it; None if it has none, or several."""
        try:
            return self._found(rows)
        except RejectedError as refusal:
            if refusal.code != NO_SUCH_FIELD:
                raise
            names = ", ".join([*self.names, *self.own])
            raise InputError(
                f"the tenant lacks one of the fields {names}: leave its column out, or name the "
                "tenant's fields with --describe"
            ) from refusal

    def _found(self, rows: Sequence[Record]) -> list[Found | None]:
        known = [gsid for row in rows if (gsid := row.get("Gsid"))]
        by_gsid = self.people.by_gsid(known, [*self.key, *self.names])
        new = [row for row in rows if not row.get("Gsid")]
        by_key = self.people.by_key(new, self.names, exact=bool(self.fills)) if new else {}
        if new and self.people.is_blind and not self.fills:
            by_key = self.people.by_key(new, self.names)
        named = ((row.get("Gsid"), self.target.key_of(row)) for row in rows)
        return one_for_each(named, by_gsid, by_key)

    def _links(self, there: Sequence[Found | None]) -> Mapping[str, Sequence[Found]]:
        gsids = list(dict.fromkeys(str(one["Gsid"]) for one in there if one is not None))
        return self.people.links(gsids, self.own) if len(self.texts[1]) else {}

    def _of_person(self, row: Record, there: Found | None, links: Sequence[_Line]) -> _Line:
        if there is None:
            return _Line(NEW, None)
        sent = {name: value for name in self.names if (value := row.get(name)) is not None}
        fields, left = self._compared(sent, there, there["Gsid"])
        fields += tuple(dict.fromkeys(name for link in links for name in link.fields))
        # Associations with relationships are not compared: they are sent.
        names = {*self._names(row, "Gsid"), (str(there["Gsid"]),)}
        fields += ("RelationshipPerson",) * bool(names & self.related)
        return _Line(CHANGED if fields else UNCHANGED, there["Gsid"], fields, left)

    def _of_link(self, row: Record, person: Found | None, links: Sequence[Found]) -> _Line:
        link = next((one for one in links if one[COMPANY] == row.get("Company_ID")), None)
        if person is None:
            return _Line(NEW, None)
        if link is None:
            self.cells.note(str(person["Gsid"]), COMPANY, None, row.get("Company_ID") or "?")
            return _Line(CHANGED, None, (_WHOLE_LINK,))
        sent = {ASSOCIATION + name: v for name in self.own if (v := row.get(name)) is not None}
        fields, left = self._compared(sent, link, person["Gsid"])
        gsid = link.get(ASSOCIATION + "Gsid")
        return _Line(CHANGED if fields else UNCHANGED, gsid, fields, left, person["Gsid"])

    def _compared(
        self, sent: Mapping[str, str], there: Record, gsid: str | None
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the fields that differ, and those that are not sent because they are filled."""
        fields, left = [], []
        for name, value in sent.items():
            before = there.get(name)
            if name in self.fills and before is not None:
                left.append(name.removeprefix(ASSOCIATION))
            elif name in self.key and value.casefold() == (before or "").casefold():
                continue
            elif self.cells.note(str(gsid), name, before, value or None):
                fields.append(name)
        return tuple(fields), tuple(left)


def _agreed(lines: Mapping[int, _Line], owners: Mapping[int, tuple[str, ...]]) -> dict[int, _Line]:
    """Return the lines with one state for all rows of a person: they go as one record."""
    changed = {owners[place] for place, line in lines.items() if line.state == CHANGED}
    return {
        place: line._replace(state=CHANGED) if owners[place] in changed else line
        for place, line in lines.items()
    }


def _table(persons: Mapping[int, _Line], linked: Mapping[int, _Line]) -> pd.DataFrame:
    """Return decisions as a table that holds places and names of fields, no cell."""
    rows = [
        (
            frame,
            str(place),
            line.state,
            line.gsid,
            ";".join(line.fields),
            ";".join(line.left),
            line.person,
        )
        for frame, lines in zip(_FRAMES, (persons, linked), strict=True)
        for place, line in lines.items()
    ]
    return pd.DataFrame(rows, columns=list(_COLUMNS), dtype="str")


def _of(decided: pd.DataFrame, frame: str) -> Iterator[tuple[int, Record]]:
    for row in text_records(decided[decided["frame"] == frame]):
        yield int(str(row["place"])), row


def _rows(persons: pd.DataFrame, decided: pd.DataFrame) -> pd.DataFrame:
    lines = dict(_of(decided, _FRAMES[0]))
    row_ids = persons[ROW_ID].to_list()
    rows = [
        (row_ids[place], row["state"], row["Gsid"], row["fields"]) for place, row in lines.items()
    ]
    return pd.DataFrame(rows, columns=[ROW_ID, "state", "Gsid", "fields"], dtype="str")


def _without_filled(texts: Texts, decided: pd.DataFrame) -> Texts:
    """Return the frames without the cells of fields that the tenant has filled."""
    people, linked = (
        _blanked(text, decided, frame) for text, frame in zip(texts[:2], _FRAMES, strict=True)
    )
    return people, linked, texts[2]


def _blanked(text: pd.DataFrame, decided: pd.DataFrame, frame: str) -> pd.DataFrame:
    places: dict[str, list[int]] = defaultdict(list)
    for place, row in _of(decided, frame):
        for name in filter(None, (row["left"] or "").split(";")):
            places[name].append(place)
    rows = np.arange(len(text))
    return text.assign(
        **{name: text[name].mask(np.isin(rows, some)) for name, some in places.items()}
    )


def _send_changed(
    texts: Texts, decided: pd.DataFrame, send: Callable[[Texts], Uploaded], end: Mapping[str, str]
) -> Uploaded:
    """Send the people who are new or changed; ``end`` are the outcomes of the others."""
    same = [
        {place: row for place, row in _of(decided, frame) if row["state"] == UNCHANGED}
        for frame in _FRAMES
    ]
    left = [
        np.isin(np.arange(len(text)), list(some))
        for text, some in zip(texts[:2], same, strict=True)
    ]
    done = send((texts[0][~left[0]], texts[1][~left[1]], texts[2]))
    plan = done.plan
    return replace(
        done,
        persons=_with_unchanged(done.persons, texts[0], left[0], (same[0], end)),
        company_persons=_with_unchanged(done.company_persons, texts[1], left[1], (same[1], end)),
        plan=None if plan is None else replace(plan, unchanged=plan.unchanged + len(same[0])),
    )


def _with_unchanged(
    sent: pd.DataFrame,
    text: pd.DataFrame,
    left: np.ndarray,
    known: tuple[Mapping[int, Record], Mapping[str, str]],
) -> pd.DataFrame:
    """Return the rows that were sent and those that were left out, in their order."""
    same, end = known
    rows = [same[int(place)] for place in left.nonzero()[0]]
    own = pd.DataFrame(
        {"Gsid": [row["Gsid"] for row in rows], "Person_ID": [row["Person_ID"] for row in rows]},
        dtype="str",
        index=text.index[left],
    )
    stored = text[left].assign(**own, **end).reindex(columns=sent.columns).astype("str")
    both = pd.concat([sent, stored], ignore_index=True)
    order = np.concatenate([(~left).nonzero()[0], left.nonzero()[0]])
    return both.iloc[np.argsort(order)].reset_index(drop=True)


_FLAGS = frozenset({"true", "false"})
_THOUSAND = 1_000


class CellChange(NamedTuple):
    """A cell that would change; both values are masked."""

    gsid: str
    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class CellChanges:
    """Cells that would change.

    Attributes:
        most: how many samples are kept.
        changed, filled, cleared: cells by field: those that get another value, that had none
            before, and that have none after.
        samples: the first changes.
    """

    most: int
    changed: Counter[str] = field(default_factory=Counter)
    filled: Counter[str] = field(default_factory=Counter)
    cleared: Counter[str] = field(default_factory=Counter)
    samples: list[CellChange] = field(default_factory=list)

    def note(self, gsid: str, name: str, before: str | None, after: str | None) -> bool:
        """Count a cell, None being an empty one, and return whether it would change."""
        if same_cell(before, after):
            return False
        kind = self.filled if before is None else self.cleared if after is None else self.changed
        kind.update([name])
        if len(self.samples) < self.most:
            self.samples.append(CellChange(gsid, name, _masked(before), _masked(after)))
        return True

    def counts(self) -> dict[str, dict[str, int]]:
        """Return the cells that would change, by field."""
        names = sorted({*self.changed, *self.filled, *self.cleared})
        return {
            name: {
                "changed": self.changed[name],
                "filled": self.filled[name],
                "cleared": self.cleared[name],
            }
            for name in names
        }


def cell_lines(cells: CellChanges, name_of: Callable[[str], str]) -> list[str]:
    """Return a line for each field, and one for each sample, with the name of its Gsid."""
    counts = [
        f"{sum(counts.values()):>8,}  cells of {name}: {counts['changed']:,} changed, "
        f"{counts['filled']:,} filled, {counts['cleared']:,} cleared"
        for name, counts in cells.counts().items()
    ]
    samples = [
        f"{'':>10}{one.field} of {name_of(one.gsid)}: {one.before} → {one.after}"
        for one in cells.samples
    ]
    return [*counts, *samples]


def same_cell(before: str | None, after: str | None) -> bool:
    """Return whether two texts are one value: of a number, a flag, a time or a list, too.

    >>> same_cell("1.0", "1"), same_cell("True", "true"), same_cell("b;a", "a;b")
    (True, True, True)
    """
    if before is None or after is None or before == after:
        return before == after
    if is_number(before) and is_number(after):
        return float(before) == float(after)
    if after.casefold() in _FLAGS:
        return before.casefold() == after.casefold()
    if ";" in after:
        return sorted(before.split(";")) == sorted(after.split(";"))
    moment = _moment(after)
    return moment is not None and moment == _moment(before)


def _moment(text: str) -> float | None:
    """Return a date and time, or milliseconds since 1970, in seconds since 1970."""
    if text.isdecimal():
        return int(text) / _THOUSAND
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _masked(value: str | None) -> str:
    return "(empty)" if value is None else mask(value)
