"""Result files of a bulk job, read record by record.

Its JSON may be half a gigabyte, and its shape is the service's: see ``chunks``.

Shape: page "People API Documentation", "People APIs - Bulk Async Process Chunk Result". It does
not say whether numbers begin anew in each file: both are read, and the echoed person decides that
a record is the one that was sent.
"""

from __future__ import annotations

import codecs
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from gsprep.calls.json_types import as_count, as_object
from gsprep.errors import ReplyError
from gsprep.uploader.replies import Counts, RecordReply, read_counts, read_record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from gsprep.uploader.echo_match import Keys

# A file as it came: what was gathered part by part is not copied for its type.
Content = bytes | bytearray
_DECODER = json.JSONDecoder()
_BLANKS = re.compile(r"[ \t\n\r]*")
# How an object begins: its first name is what tells entries of a list from what is within them.
_OPENING = re.compile(r'\{[ \t\n\r]*"[A-Za-z_]{1,64}"')
_PART = 1024 * 1024
# So much is read at a glance: more leaves the processor's cache before it is looked at.
_GLANCE = 64 * 1024
# A record with hundreds of associations stays far below.
_LARGEST_RECORD = 16 * _PART


class _Text:
    """A JSON document read from the left, of which a part at a time stands in memory as text."""

    def __init__(self, content: Content) -> None:
        self._parts = _decoded(content)
        self._text = ""
        self._at = 0
        self._at_a_glance = True

    def next(self) -> str:
        """Return the next character that is no blank, and stay before it."""
        while True:
            blanks = _BLANKS.match(self._text, self._at)
            self._at = blanks.end() if blanks else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            self._read_on()

    def skip(self, expected: str) -> None:
        """Go past a character; ReplyError when another stands there."""
        if self.next() != expected:
            raise _unreadable()
        self._at += 1

    def value(self) -> Any:
        """Go past a value and return it."""
        self.next()
        while True:
            end = len(self._text)
            try:
                value, end = _DECODER.raw_decode(self._text, self._at)
            except ValueError:
                value = None
            except RecursionError:
                raise _unreadable() from None
            # At the end of a part a number may be cut in two; no value ends a document.
            if end < len(self._text):
                self._at = end
                return value
            self._read_on()

    def several(self) -> list[Any]:
        """Go past entries of a list and the comma behind each, and return them; none if in doubt.

        Entries begin alike, so the last such beginning in the part ends the others. A wrong guess
        is no JSON: only what is one entry after the other, each whole, is a list in brackets. What
        orjson refuses (NaN, half a character) is left to be read one by one.
        """
        opening = _OPENING.match(self._text, self._at) if self._at_a_glance else None
        end = self._text.rfind(opening[0], opening.end(), self._at + _GLANCE) if opening else -1
        entries = self._text[self._at : end].rstrip(" \t\n\r") if end > 0 else ""
        if not entries.endswith(","):
            return []
        try:
            found: list[Any] = orjson.loads(f"[{entries[:-1]}]")
        except ValueError:
            self._at_a_glance = False
            return []
        self._at = end
        return found

    def _read_on(self) -> None:
        if len(self._text) - self._at > _LARGEST_RECORD:
            raise _unreadable()
        part = next(self._parts, None)
        if part is None:
            raise _unreadable()
        self._text = self._text[self._at :] + part
        self._at = 0
        self._at_a_glance = True


def _decoded(content: Content) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    for start in range(0, len(content), _PART):
        try:
            yield decoder.decode(content[start : start + _PART])
        except UnicodeDecodeError:
            raise _unreadable() from None


class TornFileError(ReplyError):
    """A file of results is not JSON, or not whole; asked for again it may be."""


def _unreadable() -> TornFileError:
    return TornFileError("a file of results is not JSON, or not whole: ask for it again later")


def members(content: Content) -> Iterator[tuple[str, list[Any]]]:
    """Yield the members of a file in their order; of ``records`` some entries at a time.

    >>> list(members(b'{"totalCount": 2, "records": [{"rowNumber": 1}, {}]}'))
    [('totalCount', [2]), ('records', [{'rowNumber': 1}]), ('records', [{}])]
    """
    text = _Text(content)
    text.skip("{")
    while text.next() != "}":
        name = text.value()
        text.skip(":")
        if name == "records" and text.next() == "[":
            for entries in _entries(text):
                yield name, entries
        else:
            yield name, [text.value()]
        if text.next() != "}":
            text.skip(",")


def _entries(text: _Text) -> Iterator[list[Any]]:
    text.skip("[")
    while text.next() != "]":
        yield [text.value()]
        if text.next() != "]":
            text.skip(",")
            while text.next() and (entries := text.several()):
                yield entries
    text.skip("]")


@dataclass(frozen=True, slots=True)
class Chunk:
    """One file of results: its records with their numbers in it, and its counts.

    Attributes:
        raw: the other members of the file.
    """

    number: int
    records: tuple[RecordReply, ...]
    counts: Counts
    raw: Mapping[str, Any] = field(repr=False)


def read_chunk(content: Content, number: int) -> Chunk:
    """Return a file whole; nothing is compared with what was sent."""
    records: list[RecordReply] = []
    raw: dict[str, Any] = {}
    for name, values in members(content):
        if name == "records":
            found = map(as_object, values)
            records += [read_record(one, as_count(one.get("rowNumber")) or 0) for one in found]
        else:
            (raw[name],) = values
    return Chunk(number, tuple(records), read_counts(raw), raw)


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

    def accepted(self, entries: list[Any], before: int) -> Iterator[tuple[int, list[Any]]]:
        """Yield entries that are believed, in rows, with the place of the first among those sent.

        ``before`` is what is added to their numbers.
        """
        at = self.sent.in_a_row(entries, before)
        stop = (at or 0) + len(entries)
        if at is not None and self.answered.find(1, at, stop) < 0:
            self.answered[at:stop] = b"\1" * len(entries)
            self.highest = max(self.highest, stop - before)
            yield at, entries
            return
        for element in map(as_object, entries):
            number = as_count(element.get("rowNumber"))
            self.highest = max(self.highest, number or 0)
            if number is None or not 1 <= number + before <= len(self.sent):
                self.strange += 1
            elif self._accepts(number + before, element):
                yield number + before - 1, [element]

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
            f"of the {len(self.answered)} records of the job the results leave out {missing}, "
            f"contradict themselves about {len(self.doubtful)}, and {self.strange} were not sent: "
            "look those up in Gainsight"
        )
        if not missing or self.doubtful or self.strange:
            raise _doubted(ReplyError(told), self.doubtful)
        raise LeftOutError(told, read=len(self.answered) - missing)


def _doubted(error: ReplyError, doubtful: set[int]) -> ReplyError:
    error.doubtful = tuple(sorted(doubtful))
    return error


class LeftOutError(ReplyError):
    """Files of results agree with what was sent, and do not tell of all of it.

    Attributes:
        read: how many records they tell of.
    """

    def __init__(self, message: str, *, read: int) -> None:
        """Keep the number for who knows how many the job had."""
        super().__init__(message)
        self.read = read


def elements(files: Iterable[Content], sent: Keys) -> Iterator[tuple[int, list[Any]]]:
    """Yield the elements of a job's files in rows, each with the place of its first record.

    Raises ReplyError after the last file when records were left out, answered twice or under the
    number of another person: ``doubtful`` names those not to be believed. Raises TornFileError for
    a file that cannot be read.
    """
    count = _Count(sent)
    # Where the numbers of the files before may end; whether those of each file begin anew.
    ends, anew = [0], None
    for content in files:
        begin = _begin(content, {None: [0, *ends], True: ends, False: [0]}[anew], sent)
        if begin is not None and ends[0]:
            anew = begin > 0
        count.highest, whole = 0, 0
        for name, values in members(content):
            if name == "records":
                yield from count.accepted(values, begin or 0)
            elif name == "totalCount":
                whole = max(whole, as_count(values[0]) or 0)
        # A file that leaves out its last record still says how many it has, if it does not say how
        # many all files have.
        lengths = {count.highest, max(count.highest, whole)}
        before = ends if begin is None else [begin]
        ends = sorted({end + length for end in before for length in lengths}, reverse=True)
    count.check()


def _begin(content: Content, begins: Sequence[int], sent: Keys) -> int | None:
    """Return after how many records the numbers of a file count: what fits its persons best.

    ``begins`` are the possibilities, 0 among them where numbers may run on. Where persons do not
    tell, numbers that were used already begin anew. None for a file without any number.
    """
    first = next(_numbered(content), None)
    if first is None:
        return None
    begin = _by_person(*first, begins, sent)
    if begin is not None and _fit(content, begin, sent):
        return begin
    if len(set(begins)) == 1:
        return begins[0]
    fits, lowest = dict.fromkeys(begins, 0), first[0]
    for number, element in _numbered(content):
        lowest = min(lowest, number)
        for begin in fits:
            fits[begin] += _is_at(number + begin, element, sent)
    best = [begin for begin in fits if fits[begin] == max(fits.values())]
    return best[1] if best[0] == 0 and len(best) > 1 and lowest <= max(begins) else best[0]


def _is_at(row: int, element: Mapping[str, Any], sent: Keys) -> bool:
    return 1 <= row <= len(sent) and sent.are_of(element, row - 1)


def _fit(content: Content, begin: int, sent: Keys) -> bool:
    return all(_is_at(number + begin, element, sent) for number, element in _numbered(content))


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


def _numbered(content: Content) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for name, values in members(content):
        for element in map(as_object, values if name == "records" else ()):
            number = as_count(element.get("rowNumber"))
            if number is not None:
                yield number, element
