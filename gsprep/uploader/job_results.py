"""Result files of a bulk job.

Shape: page "People API Documentation", "People APIs - Bulk Async Process Chunk Result". It does
not say whether numbers begin again in each file: both are read, and the echoed person decides that
a record is the one that was sent.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from gsprep.calls.json_types import as_count, as_object, as_records, respelled
from gsprep.errors import ReplyError
from gsprep.uploader.replies import Counts, RecordReply, read_counts, read_record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from gsprep.uploader.echo_match import Keys

# A file as it came: what was gathered part by part is not copied for its type.
Content = bytes | bytearray


class TornFileError(ReplyError):
    """A file of results is not JSON, or not whole; asked for again it may be."""


def read_file(content: Content) -> tuple[list[Any], dict[str, Any]]:
    r"""Return the records of a file, and its other members.

    They may be in the envelope that every other reply has, a list, or one in each line.

    >>> read_file(b'{"totalCount": 1, "records": [{"rowNumber": 1}]}')
    ([{'rowNumber': 1}], {'totalCount': 1})
    >>> read_file(b'{"rowNumber": 1}\n{"rowNumber": 2}\n')
    ([{'rowNumber': 1}, {'rowNumber': 2}], {})
    """
    members = _parsed(content)
    while isinstance(members.get("data"), dict):
        members |= members.pop("data")
    return as_records(members.pop("records", [])), members


def _parsed(content: Content) -> dict[str, Any]:
    try:
        found = orjson.loads(content)
    except ValueError:
        found = _lines(content) or _parsed_leniently(content)
    if _are_records(found):
        return {"records": found}
    if not isinstance(found, dict):
        raise _unreadable()
    return found if {"records", "data"} & found.keys() else respelled(found)


def _lines(content: Content) -> list[Any]:
    """Return the records of a file with one in each line; none if it is another file."""
    try:
        found = [orjson.loads(line) for line in content.splitlines() if line.strip()]
    except ValueError:
        return []
    return found if _are_records(found) else []


def _are_records(found: object) -> bool:
    """Return whether this is a list of records; an empty one may be anything."""
    if not isinstance(found, list) or not found:
        return False
    return all(isinstance(one, dict) for one in found) and "rowNumber" in respelled(found[0])


def _parsed_leniently(content: Content) -> object:
    """Return JSON with what orjson refuses: a mark before it, NaN, half a character."""
    try:
        found, _ = json.JSONDecoder().raw_decode(content.decode("utf-8-sig").lstrip())
    except (ValueError, RecursionError):
        raise _unreadable() from None
    return found


def _unreadable() -> TornFileError:
    return TornFileError("a file of results is not JSON, or not whole: ask for it again later")


@dataclass(frozen=True, slots=True)
class Chunk:
    """One file of results.

    Attributes:
        number: its number in the job.
        records: the reply to each record, with its number in the file.
        counts: how many records were stored and refused.
        raw: the other members of the file.
    """

    number: int
    records: tuple[RecordReply, ...]
    counts: Counts
    raw: Mapping[str, Any] = field(repr=False)


def read_chunk(content: Content, number: int) -> Chunk:
    """Return a file whole; nothing is compared with what was sent."""
    found, raw = read_file(content)
    records = [read_record(one, as_count(one.get("rowNumber")) or 0) for one in _elements(found)]
    return Chunk(number, tuple(records), read_counts(raw), raw)


class LeftOutError(ReplyError):
    """Result files that agree with what was sent, but omit some records.

    Attributes:
        read: how many records they mention.
    """

    def __init__(self, message: str, *, read: int) -> None:
        """Keep the number for who knows how many the job had."""
        super().__init__(message)
        self.read = read


class _Count:
    """The records of the job that were answered, and those about which nothing is certain.

    ``highest`` is the highest number in the file that is read.
    """

    def __init__(self, sent: Keys) -> None:
        self.sent = sent
        self.answered = bytearray(len(sent))
        self.doubtful: set[int] = set()
        self.strange = 0
        self.highest = 0

    def accepted(
        self, records: Iterable[Any], before: int
    ) -> Iterator[tuple[int, Mapping[str, Any]]]:
        """Yield records that are believed, each with its place among those sent.

        ``before`` is what is added to their numbers.
        """
        for element in _elements(records):
            number = as_count(element.get("rowNumber"))
            self.highest = max(self.highest, number or 0)
            if number is None or not 1 <= number + before <= len(self.sent):
                self.strange += 1
            elif self._accepts(number + before, element):
                yield number + before - 1, element

    def _accepts(self, row: int, element: Mapping[str, Any]) -> bool:
        if self.answered[row - 1] or not self.sent.are_of(element, row - 1):
            self.doubtful.add(row)
            return False
        self.answered[row - 1] = True
        return True

    def check(self) -> None:
        missing = self.answered.count(0)
        if not (missing or self.doubtful or self.strange):
            return
        told = (
            f"the job's results omit {missing} of its {len(self.answered)} records, contradict "
            f"themselves about {len(self.doubtful)}, and name {self.strange} that were not sent. "
            "Check these records in Gainsight"
        )
        if self.doubtful or self.strange:
            error = ReplyError(told)
            error.doubtful = tuple(sorted(self.doubtful))
            raise error
        raise LeftOutError(told, read=len(self.answered) - missing)


def elements(files: Iterable[Content], sent: Keys) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Yield the records of a job's files, each with its place among those sent.

    Raises ReplyError after the last file when records were left out, answered twice or under the
    number of another person: ``doubtful`` names those not to be believed. Raises TornFileError for
    a file that cannot be read.
    """
    count = _Count(sent)
    # Where the numbers of the files before may end; whether those of each file begin again.
    ends, again = [0], None
    for content in files:
        records, others = read_file(content)
        begin = _begin(records, {None: [0, *ends], True: ends, False: [0]}[again], sent)
        if begin is not None and ends[0]:
            again = begin > 0
        count.highest = 0
        yield from count.accepted(records, begin or 0)
        # A file that leaves out its last record still says how many it has, if it does not say how
        # many all files have.
        lengths = {count.highest, max(count.highest, as_count(others.get("totalCount")) or 0)}
        before = ends if begin is None else [begin]
        ends = sorted({end + length for end in before for length in lengths}, reverse=True)
    count.check()


def _begin(records: Sequence[Any], begins: Sequence[int], sent: Keys) -> int | None:
    """Return after how many records the numbers of a file count: what fits its persons best.

    ``begins`` are the possibilities, 0 among them where numbers may run on. Where persons do not
    tell, numbers that were used already begin again. None for a file without any number.
    """
    first = next(_numbered(records), None)
    if first is None:
        return None
    begin = _by_person(*first, begins, sent)
    if begin is not None and all(_is_at(n + begin, one, sent) for n, one in _numbered(records)):
        return begin
    if len(set(begins)) == 1:
        return begins[0]
    fits, lowest = dict.fromkeys(begins, 0), first[0]
    for number, element in _numbered(records):
        lowest = min(lowest, number)
        for begin in fits:
            fits[begin] += _is_at(number + begin, element, sent)
    best = [begin for begin in fits if fits[begin] == max(fits.values())]
    return best[1] if best[0] == 0 and len(best) > 1 and lowest <= max(begins) else best[0]


def _is_at(row: int, element: Mapping[str, Any], sent: Keys) -> bool:
    return 1 <= row <= len(sent) and sent.are_of(element, row - 1)


def _by_person(
    number: int, element: Mapping[str, Any], begins: Sequence[int], sent: Keys
) -> int | None:
    """Return where a file begins by the person of its first record, if no other beginning fits.

    Files come in another order than that of the records where their ids do not tell it.
    """
    if any(_is_at(number + begin, element, sent) for begin in begins):
        return None
    place = sent.place_of(element)
    return None if place is None else place + 1 - number


def _elements(records: Iterable[Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the records of a file; of millions only those that are spelled otherwise are copied."""
    for one in map(as_object, records):
        yield one if "rowNumber" in one else respelled(one)


def _numbered(records: Sequence[Any]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for element in _elements(records):
        number = as_count(element.get("rowNumber"))
        if number is not None:
            yield number, element
