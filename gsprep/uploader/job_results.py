"""Result files of a bulk job.

Shape: page "People API Documentation", "People APIs - Bulk Async Process Chunk Result". It does
not say whether numbers begin again in each file: both are read, and the echoed person decides that
a record is the one that was sent.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from gsprep.calls.json_types import (
    as_count,
    as_object,
    opened,
    parsed,
    records_in,
    respelled,
)
from gsprep.errors import ReplyError
from gsprep.uploader.echo_match import Answered
from gsprep.uploader.replies import Counts, RecordReply, read_counts, read_record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

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
    try:
        found = orjson.loads(content)
    except ValueError:
        found = _lines(content) or _parsed_leniently(content)
    if isinstance(found, dict) and not {"records", "data"} & found.keys():
        found = respelled(found)
    if not isinstance(found, dict) and not _are_records(found):
        raise _unreadable()
    inner, around = opened(found)
    return records_in(inner), around


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
        return parsed(content)
    except (ValueError, RecursionError):
        raise _unreadable() from None


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


def elements(files: Iterable[Content], sent: Keys) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Yield the records of a job's files, each with its place among those sent.

    Raises ReplyError after the last file when records were left out, answered twice or under the
    number of another person: ``doubtful`` names those not to be believed. Raises TornFileError for
    a file that cannot be read.
    """
    answered = Answered(sent)
    for content in files:
        records, others = read_file(content)
        yield from answered.take(list(_elements(records)), as_count(others.get("totalCount")) or 0)
    error = answered.error("the job's results")
    if answered.doubtful or answered.strange:
        raise error
    if answered.missing:
        raise LeftOutError(str(error), read=len(sent) - answered.missing)


def _elements(records: Iterable[Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the records of a file; of millions only those that are spelled otherwise are copied."""
    for one in map(as_object, records):
        yield one if "rowNumber" in one else respelled(one)
