"""Result of one batch: the outcome of each record.

A service that has no objection echoes what it was sent, each part with a Gsid. Of such replies
only the Gsids are taken, many records at a time and from the JSON as it stands; any other is read
with all its words, see ``told``. Both say the same of a reply that is usual.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain
from operator import itemgetter
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from gsprep.errors import ReplyError, UploadError
from gsprep.uploader.echo_match import Keys, shared_emails
from gsprep.uploader.job_results import TornFileError
from gsprep.uploader.outcomes import (
    NO_RESULT,
    RecordOutcome,
    alike,
    outcome_of,
    packed,
    stored,
    unpacked,
)
from gsprep.uploader.replies import placed, read_record
from gsprep.values.arrow import as_list

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gsprep.uploader.records import Records

    Elements = Sequence[Mapping[str, Any]]
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from gsprep.uploader.outcomes import Outcome

_RECORD, _WORD, _GSID = itemgetter("record"), itemgetter("operationStatus"), itemgetter("Gsid")


@dataclass(frozen=True, slots=True)
class Expected:
    """What a usual reply echoes of some records in a row, in lists.

    Attributes:
        keys: the persons of the records.
        starts: where the companies of each record begin, and where the last ones end.
        counts: how many companies each record has.
        ids: the Company_ID of each company, None for one that the service looks up.
        fields: what the companies are sent with, if any of them is looked up.
        below: where the relationships of each company begin and end, () without any at all.
        below_ids: the Relationship_ID of each relationship.
    """

    keys: Keys
    starts: Sequence[int]
    counts: Sequence[int]
    ids: Sequence[str | None]
    fields: Sequence[tuple[str, Sequence[str | None]]]
    below: Sequence[int]
    below_ids: Sequence[str | None]

    @classmethod
    def of(cls, records: Records) -> Expected:
        """Return what is expected of records."""
        nested, span = records.nested, records.span
        starts = nested.company_starts[span.start : span.stop + 1]
        first, last = int(starts[0]), int(starts[-1])
        ids = nested.companies.texts_of("Company_ID", first, last)
        cut = ((name, texts.slice(first, last - first)) for name, texts in nested.companies.fields)
        below = nested.relationship_starts[first : last + 1]
        below_ids = nested.relationships.texts_of("Relationship_ID", int(below[0]), int(below[-1]))
        return cls(
            keys_of(records),
            (starts - first).tolist(),
            np.diff(starts).tolist(),
            as_list(ids),
            [(name, as_list(texts)) for name, texts in cut] if ids.null_count else (),
            (below - below[0]).tolist() if len(below_ids) else (),
            as_list(below_ids),
        )

    def gsids(self, elements: Elements, at: int) -> tuple[list[str], list[str]] | None:
        """Return the Gsids of persons and those of all their parts, None for unusual replies.

        ``elements`` are known to be about the records that begin at a place, in their order.
        """
        stop = at + len(elements)
        try:
            words, echoes = list(map(_WORD, elements)), list(map(_RECORD, elements))
        except KeyError:
            return None
        errors = [element["error"] for element in elements if "error" in element]
        if words.count("SUCCESS") < len(words) or not _are_none(errors, {}):
            return None
        persons = _gsids(echoes)
        if persons is None or not _are_none(_relationships(echoes), []):
            return None
        sent = self.keys.gsids[at:stop]
        if any(given not in (None, gsid) for given, gsid in zip(sent, persons, strict=True)):
            return None
        parts = self._parts([echo.get("companies") for echo in echoes], at, stop)
        return None if parts is None else (persons, parts)

    def _parts(self, echoed: Sequence[Any], at: int, stop: int) -> list[str] | None:
        lists = [[] if companies is None else companies for companies in echoed]
        if set(map(type, lists)) != {list} or list(map(len, lists)) != self.counts[at:stop]:
            return None
        companies, first = list(chain.from_iterable(lists)), self.starts[at]
        gsids = _gsids(companies)
        if gsids is None or not self._are_in_place(companies, first):
            return None
        if not self.below:
            return gsids if _are_none(_relationships(companies), []) else None
        return self._with_below(gsids, companies, first)

    def _are_in_place(self, companies: Elements, first: int) -> bool:
        """Tell whether companies are echoed under the ids they were sent with.

        One that was sent by name is known by its place, if all are echoed as they were sent.
        """
        ids = self.ids[first : first + len(companies)]
        echoed = [company.get("Company_ID") for company in companies]
        if None not in ids:
            return echoed == ids
        same = all(sent in (None, given) for sent, given in zip(ids, echoed, strict=True))
        return same and all(self._agrees(each, at) for at, each in enumerate(companies, first))

    def _agrees(self, company: Mapping[str, Any], at: int) -> bool:
        """Tell whether a company is echoed as it was sent, as far as it is echoed as text."""
        for name, values in self.fields:
            sent, said = values[at], company.get(name)
            if sent is not None and sent != said and isinstance(said, str):
                return False
        return True

    def _with_below(self, gsids: list[str], companies: Elements, first: int) -> list[str] | None:
        """Return the Gsids of companies, each followed by those of its relationships."""
        # By name, an echo may be below another company: that is looked at closely.
        by_name = None in self.ids[first : first + len(companies)]
        parts = []
        for at, (gsid, company) in enumerate(zip(gsids, companies, strict=True), first):
            ids = self.below_ids[self.below[at] : self.below[at + 1]]
            below = _below(company.get("relationships"), ids)
            if below is None or (below and by_name):
                return None
            parts += [gsid, *below]
        return parts


def _below(said: Any, ids: Sequence[str | None]) -> list[str] | None:
    """Return the Gsids of relationships that are echoed under the ids they were sent with."""
    entries = [] if said is None else said
    if type(entries) is not list or set(map(type, entries)) - {dict} or None in ids:
        return None
    if [entry.get("Relationship_ID") for entry in entries] != ids:
        return None
    return _gsids(entries) if _are_none(_relationships(entries), []) else None


def _gsids(entries: Sequence[Any]) -> list[str] | None:
    """Return the Gsids of entries, None if one has no good one, or is no entry."""
    try:
        gsids = list(map(_GSID, entries))
        # Letters and digits are written to a file as they are, see ``storable``.
        return gsids if all(gsids) and (not gsids or "".join(gsids).isalnum()) else None
    except (KeyError, TypeError):
        return None


def _relationships(entries: Elements) -> list[Any]:
    return [entry["relationships"] for entry in entries if "relationships" in entry]


def _are_none(values: Sequence[Any], empty: object) -> bool:
    return values.count(None) + values.count(empty) == len(values)


def keys_of(records: Records) -> Keys:
    """Return the persons of records."""
    persons, span = records.nested.persons, records.span
    emails, gsids = (
        as_list(persons.texts_of(name, span.start, span.stop)) for name in ("Email", "Gsid")
    )
    return Keys(emails, gsids, shared_emails(emails, lambda at: records[at].fields))


class BatchOutcomes(Sequence[RecordOutcome]):
    """Outcomes of consecutive records: Gsids in lists, and all that is not a plain success apart.

    persons: the Gsid of each person, "" for none.
    parts:   the Gsid of each association, "" for none; ``starts`` says where those of each
             record begin and where the last ones end.
    others:  by place, the records of which not everything was stored without a word.

    ``starts`` are the ``part_starts`` of the records.
    """

    def __init__(self, starts: Sequence[int]) -> None:
        """Begin with nothing known of any record."""
        self.starts = starts
        self.persons = [""] * (len(starts) - 1)
        self.parts = [""] * starts[-1]
        self.others: dict[int, RecordOutcome] = {}

    def note(self, at: int, one: RecordOutcome) -> None:
        """Keep the outcome of a record."""
        self._note_gsids(at, one.gsids)
        if not one.all_stored:
            self.others[at] = one

    def note_stored(self, at: int, persons: Sequence[str], parts: Sequence[str]) -> None:
        """Keep that all of several new records was stored: the Gsids of persons and of parts."""
        stop = at + len(persons)
        self.persons[at:stop] = persons
        self.parts[self.starts[at] : self.starts[stop]] = parts

    def _note_gsids(self, at: int, gsids: Sequence[str]) -> None:
        self.others.pop(at, None)
        self.note_stored(at, gsids[:1], gsids[1:])

    def forget(self, at: int) -> None:
        """Remove the outcome of a record."""
        self._note_gsids(at, [""] * (1 + self.starts[at + 1] - self.starts[at]))

    def fill(self, outcome: Outcome) -> None:
        """Give an outcome to all records of which nothing is known."""
        unknown = [at for at, gsid in enumerate(self.persons) if not gsid and at not in self.others]
        for at in unknown:
            self.others[at] = alike(outcome, self.starts[at + 1] - self.starts[at])

    def packed(self) -> Iterator[list[Any]]:
        """Yield the outcome of each record as ``packed`` writes it."""
        for at, gsid in enumerate(self.persons):
            other = self.others.get(at)
            gsids = [gsid, *self.parts[self.starts[at] : self.starts[at + 1]]]
            yield gsids if other is None else packed(other)

    @classmethod
    def of(cls, values: Iterable[Sequence[Any]], starts: Sequence[int]) -> BatchOutcomes:
        """Return the outcomes of records from their packed form."""
        found = cls(starts)
        for at, value in enumerate(values):
            found.note(at, unpacked(value))
        return found

    def __len__(self) -> int:
        return len(self.persons)

    @overload
    def __getitem__(self, at: int) -> RecordOutcome: ...

    @overload
    def __getitem__(self, at: slice) -> Sequence[RecordOutcome]: ...

    def __getitem__(self, at: int | slice) -> RecordOutcome | Sequence[RecordOutcome]:
        """Return the outcome of the record at a place."""
        if isinstance(at, slice):
            return [self[each] for each in range(len(self))[at]]
        place = range(len(self))[at]
        gsids = self.parts[self.starts[place] : self.starts[place + 1]]
        return self.others.get(place) or stored([self.persons[place], *gsids])


@dataclass(frozen=True, slots=True)
class BatchResult:
    """Result of one batch: the outcome of each record, or one outcome for all of them.

    Attributes:
        request_id: the service's name for the call, "" when it gave none.
        stop: what ends the upload after this batch.
        waits: whether it is a job that is not over: its results may be read later.
        is_lost: whether the service says that it has no such job.
    """

    request_id: str = ""
    outcomes: BatchOutcomes | None = None
    instead: Outcome | None = None
    stop: UploadError | None = None
    waits: bool = False
    is_lost: bool = False

    def then_stop(self, error: UploadError, *, waits: bool = False) -> BatchResult:
        """Return the answer as the last one of an upload that ``error`` ends."""
        return replace(self, stop=error, waits=waits)


def read_reply(body: object, records: Records) -> BatchOutcomes:
    """Return what the reply to a call says of its records; ReplyError when it does not fit them."""
    reading = _Reading.of(records)
    for at, elements in placed(body, reading.expected.keys):
        reading.note(elements, at)
    return reading.found


def read_results(
    records: Records, results: Callable[[Keys], Iterator[tuple[int, Elements]]]
) -> tuple[BatchOutcomes, UploadError | None]:
    """Return what the results of a job say of its records, and what ended the reading early.

    Where no result can be believed the outcome is unknown.
    """
    reading = _Reading.of(records)
    ended: UploadError | None = None
    try:
        for at, elements in results(reading.expected.keys):
            reading.note(elements, at)
    except TornFileError as error:
        ended = error
    except ReplyError as error:
        # Results that contradict themselves are whole: asked for again they say the same.
        for number in error.doubtful:
            reading.found.forget(number - 1)
    except UploadError as error:
        ended = error
    reading.found.fill(NO_RESULT)
    return reading.found, ended


@dataclass(frozen=True, slots=True)
class _Reading:
    """Records, what is expected of them, and what was found so far."""

    records: Records
    expected: Expected
    found: BatchOutcomes

    @classmethod
    def of(cls, records: Records) -> _Reading:
        return cls(records, Expected.of(records), BatchOutcomes(records.part_starts()))

    def note(self, elements: Elements, at: int) -> None:
        """Keep what is said of records in a row: at a glance, else of each half, at last of one."""
        gsids = self.expected.gsids(elements, at)
        if gsids is not None:
            self.found.note_stored(at, *gsids)
        elif len(elements) == 1:
            self.found.note(at, outcome_of(self.records[at], read_record(elements[0], at + 1)))
        else:
            middle = len(elements) // 2
            self.note(elements[:middle], at)
            self.note(elements[middle:], at + middle)
