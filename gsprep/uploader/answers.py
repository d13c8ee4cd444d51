"""What became of the records of one batch, read from the reply as it stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, overload

from gsprep.errors import ReplyError, UploadError
from gsprep.uploader.expected import Expected
from gsprep.uploader.members import TornFileError
from gsprep.uploader.replies import placed, read_record
from gsprep.uploader.told import NO_RESULT, Told, alike, packed, stored, told, unpacked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from gsprep.uploader.keys import Keys
    from gsprep.uploader.records import Records

    Elements = Sequence[Mapping[str, Any]]
    from gsprep.uploader.told import Outcome


class Tolds(Sequence[Told]):
    """What became of records in a row: Gsids in lists, and apart what Gsids alone do not tell.

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
        self.others: dict[int, Told] = {}

    def note(self, at: int, one: Told) -> None:
        """Keep what became of a record."""
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
        """Take back what became of a record."""
        self._note_gsids(at, [""] * (1 + self.starts[at + 1] - self.starts[at]))

    def fill(self, outcome: Outcome) -> None:
        """Give an outcome to all records of which nothing is known."""
        unknown = [at for at, gsid in enumerate(self.persons) if not gsid and at not in self.others]
        for at in unknown:
            self.others[at] = alike(outcome, self.starts[at + 1] - self.starts[at])

    def packed(self) -> Iterator[list[Any]]:
        """Yield what became of each record as ``packed`` writes it."""
        for at, gsid in enumerate(self.persons):
            other = self.others.get(at)
            gsids = [gsid, *self.parts[self.starts[at] : self.starts[at + 1]]]
            yield gsids if other is None else packed(other)

    @classmethod
    def of(cls, values: Iterable[Sequence[Any]], starts: Sequence[int]) -> Tolds:
        """Return what became of records from what ``packed`` made of each."""
        found = cls(starts)
        for at, value in enumerate(values):
            found.note(at, unpacked(value))
        return found

    def __len__(self) -> int:
        return len(self.persons)

    @overload
    def __getitem__(self, at: int) -> Told: ...

    @overload
    def __getitem__(self, at: slice) -> Sequence[Told]: ...

    def __getitem__(self, at: int | slice) -> Told | Sequence[Told]:
        """Return what became of the record at a place."""
        if isinstance(at, slice):
            return [self[each] for each in range(len(self))[at]]
        place = range(len(self))[at]
        gsids = self.parts[self.starts[place] : self.starts[place + 1]]
        return self.others.get(place) or stored([self.persons[place], *gsids])


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one batch: of each record, or one outcome for all of them.

    Attributes:
        request_id: the service's name for the call, "" when it gave none.
        stop: what ends the upload after this batch.
        waits: whether it is a job that is not over: its results may be read later.
    """

    request_id: str = ""
    told: Tolds | None = None
    instead: Outcome | None = None
    stop: UploadError | None = None
    waits: bool = False

    def then_stop(self, error: UploadError, *, waits: bool = False) -> Answer:
        """Return the answer as the last one of an upload that ``error`` ends."""
        return replace(self, stop=error, waits=waits)


def read_reply(body: object, records: Records) -> Tolds:
    """Return what the reply to a call says of its records; ReplyError when it does not fit them."""
    reading = _Reading.of(records)
    for at, elements in placed(body, reading.expected.keys):
        reading.note(elements, at)
    return reading.found


def read_results(
    records: Records, results: Callable[[Keys], Iterator[tuple[int, Elements]]]
) -> tuple[Tolds, UploadError | None]:
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
    found: Tolds

    @classmethod
    def of(cls, records: Records) -> _Reading:
        return cls(records, Expected.of(records), Tolds(records.part_starts()))

    def note(self, elements: Elements, at: int) -> None:
        """Keep what is said of records in a row: at a glance, else of each half, at last of one."""
        gsids = self.expected.gsids(elements, at)
        if gsids is not None:
            self.found.note_stored(at, *gsids)
        elif len(elements) == 1:
            self.found.note(at, told(self.records[at], read_record(elements[0], at + 1)))
        else:
            middle = len(elements) // 2
            self.note(elements[:middle], at)
            self.note(elements[middle:], at + middle)
