"""Records cut into batches, and batches as JSON.

The bytes are those of compact JSON, ``as_json(record.body())`` to the last one. Text of Arrow is
whole UTF-8: nothing in it is without a word in JSON.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gsprep.calls.endpoints import BYTES_PER_CALL, RECORDS_PER_CALL
from gsprep.errors import InputError
from gsprep.uploader.records import Texts, ends_and_data, starts_of
from gsprep.values.arrow import TEXT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gsprep.uploader.records import Nested, Records

    Fields = Sequence[tuple[str, Texts]]
    from collections.abc import Mapping, Sequence

    from gsprep.calls.limits import Counted
    from gsprep.schemas.lookups import Lookups

# Enough that the work done once for a stretch does not count, and its columns stay small.
_STRETCH = 32_768
# What JSON writes otherwise within a text: the same three in every writer.
_QUOTE, _BACKSLASH, _BLANK = 0x22, 0x5C, 0x20
_SPECIAL = r'["\\\x00-\x1f]'


@dataclass(frozen=True, slots=True)
class Encoded:
    """Records and their bytes, one record after the other, each followed by a comma.

    Attributes:
        starts: where each record begins in ``content``, and where the last comma ends.
    """

    records: Records
    content: memoryview
    starts: np.ndarray

    @classmethod
    def of(cls, records: Records, stretch: int = _STRETCH) -> Encoded:
        """Encode records, a ``stretch`` of them at a time."""
        content = bytearray()
        sizes = [np.zeros(0, dtype=np.intp)]
        for start in range(0, len(records), stretch):
            texts = _records(records.nested, records.span[start : start + stretch])
            ends, data = ends_and_data(texts)
            sizes.append(np.diff(ends))
            content += data[ends[0] : ends[-1]]
        return cls(records, memoryview(content).toreadonly(), starts_of(np.concatenate(sizes)))

    def __len__(self) -> int:
        return len(self.records)

    @property
    def sizes(self) -> np.ndarray:
        """The bytes of each record, without its comma."""
        return np.diff(self.starts) - 1

    def between(self, start: int, stop: int) -> memoryview:
        """Return the bytes of some records in a row, with commas between them."""
        return self.content[self.starts[start] : max(self.starts[start], self.starts[stop] - 1)]

    def each(self, start: int, stop: int) -> Iterator[memoryview]:
        """Yield the bytes of each of some records in a row."""
        starts = self.starts[start : stop + 1].tolist()
        for begin, end in pairwise(starts):
            yield self.content[begin : end - 1]


def _records(nested: Nested, span: range) -> Texts:
    """Return records, each with a comma behind it."""
    first = nested.company_starts[span.start : span.stop + 1]
    companies = _companies(nested, int(first[0]), int(first[-1]))
    members = _members(_cut(nested.persons.fields, span.start, span.stop))
    nests = _listed("companies", companies, first - first[0])
    return _wrapped("{", _together([*members, nests], len(span)), "},")


def _companies(nested: Nested, start: int, stop: int) -> Texts:
    below = nested.relationship_starts[start : stop + 1]
    first, last = int(below[0]), int(below[-1])
    fields = _members(_cut(nested.relationships.fields, first, last))
    relationships = _wrapped("{", _together(fields, last - first), "}")
    members = _members(_cut(nested.companies.fields, start, stop))
    nests = _listed("relationships", relationships, below - first)
    return _wrapped("{", _together([*members, nests], stop - start), "}")


def _cut(fields: Fields, start: int, stop: int) -> list[tuple[str, Texts]]:
    cut = ((name, texts.slice(start, stop - start)) for name, texts in fields)
    return [(name, texts) for name, texts in cut if texts.null_count < len(texts)]


def _members(fields: Fields) -> list[Texts]:
    """Return each column as members of objects, null where a value is missing."""
    return [
        _wrapped(json.dumps(name, ensure_ascii=False) + ':"', _escaped(texts), '"')
        for name, texts in fields
    ]


def _listed(name: str, entries: Texts, starts: np.ndarray) -> Texts:
    """Return the entries of each object as a member that is a list, null where there are none."""
    if not len(entries):
        return pa.nulls(len(starts) - 1, TEXT)
    lists = pa.LargeListArray.from_arrays(pa.array(starts), entries)
    texts = pc.binary_join(lists, _scalar(","))
    some = pc.if_else(pa.array(np.diff(starts) > 0), texts, pa.scalar(None, TEXT))
    return _wrapped(f'"{name}":[', some, "]")


def _together(members: Sequence[Texts], length: int) -> Texts:
    """Return the members of each object with commas between them, without those missing."""
    if all(texts.null_count == length for texts in members):
        return pa.array([""] * length, TEXT)
    return pc.binary_join_element_wise(*members, _scalar(","), null_handling="skip")


def _wrapped(before: str, texts: Texts, after: str) -> Texts:
    return pc.binary_join_element_wise(_scalar(before), texts, _scalar(after), _scalar(""))


def _scalar(text: str) -> pa.LargeStringScalar:
    return pa.scalar(text, TEXT)


def _escaped(texts: Texts) -> Texts:
    """Return texts as they stand between quotes; few of them hold what is written otherwise."""
    ends, data = ends_and_data(texts)
    written = np.frombuffer(data, dtype=np.uint8)[ends[0] : ends[-1]]
    if not ((written < _BLANK) | (written == _QUOTE) | (written == _BACKSLASH)).any():
        return texts
    special = pc.fill_null(pc.match_substring_regex(texts, _SPECIAL), fill_value=False)
    escaped = [
        json.dumps(text, ensure_ascii=False)[1:-1] for text in texts.filter(special).to_pylist()
    ]
    return pc.replace_with_mask(texts, special, pa.array(escaped, TEXT))


@dataclass(frozen=True, slots=True)
class Batch:
    """Some records in a row that go in one call.

    Attributes:
        number: counts from 1.
        load: the records of all calls and their bytes, of which these are ``start`` to ``stop``.
    """

    number: int
    load: Encoded
    start: int
    stop: int

    def __len__(self) -> int:
        return self.stop - self.start

    @property
    def alone(self) -> bool:
        """Whether it is one person whom only the single call takes."""
        return len(self) == 1 and bool(self.records[0].loose)

    @property
    def records(self) -> Records:
        """The records themselves."""
        return self.load.records[self.start : self.stop]

    def body(self, lookups: Mapping[str, object] | None = None) -> bytes:
        """Return the body of the call, the bytes that ``encode`` would make of the records."""
        around = encode([], lookups)
        return b"".join((around[:-2], self.load.between(self.start, self.stop), around[-2:]))


@dataclass(frozen=True, slots=True)
class Unbatched:
    """Records of which those from ``begin`` on are to be cut; ``number`` is the first batch's."""

    load: Encoded
    begin: int = 0
    number: int = 1

    def __len__(self) -> int:
        return len(self.load) - self.begin

    @property
    def bytes(self) -> int:
        """The bytes of the records, without what is around them."""
        return int(self.load.sizes[self.begin :].sum())


def cut(
    uncut: Unbatched, *, counted: Counted = "people", most: int = RECORDS_PER_CALL
) -> Iterator[Batch]:
    """Yield batches of at most ``most`` people, or of people and associations, in their order.

    A person with more associations goes alone.
    """
    load, begin = uncut.load, uncut.begin
    weights = np.ones(len(load), dtype=np.intp)
    if counted == "rows":
        weights += np.diff(load.records.part_starts())
    weights[load.records.alone()] = most + 1
    ends = np.concatenate([[0], np.cumsum(weights)])
    number = uncut.number
    while begin < len(load):
        stop = int(np.searchsorted(ends, ends[begin] + most, side="right")) - 1
        stop = max(stop, begin + 1)
        yield Batch(number, load, begin, stop)
        number, begin = number + 1, stop


def cut_by_bytes(
    uncut: Unbatched, lookups: Lookups | None = None, *, most: int = BYTES_PER_CALL
) -> Iterator[Batch]:
    """Yield batches whose calls have at most ``most`` bytes, in their order.

    Persons who have to go alone are the last ones, and do.

    Raises InputError for a record that is larger by itself.
    """
    load = uncut.load
    around = len(encode([], None if lookups is None else lookups.body()))
    largest = int(load.sizes[uncut.begin :].max(initial=0))
    if around + largest > most:
        raise InputError(
            f"a person and all associations are {largest:,} bytes, more than a job takes: "
            "leave some associations out"
        )
    number, start = uncut.number, uncut.begin
    several = len(load) - int(load.records.alone().sum())
    while start < len(load):
        # The comma between two records is a byte; the last one of a call is left out.
        room = load.starts[start] + most - around + 1
        stop = int(np.searchsorted(load.starts, room, side="right")) - 1
        stop = min(stop, several) if start < several else start + 1
        yield Batch(number, load, start, stop)
        number, start = number + 1, stop


def halves(batch: Batch, number: int) -> tuple[Batch, Batch]:
    """Return a batch of several records as two; the first keeps its number, the other has this."""
    middle = batch.start + len(batch) // 2
    return replace(batch, stop=middle), replace(batch, number=number, start=middle)


def encode(
    records: Sequence[Mapping[str, object]], lookups: Mapping[str, object] | None = None
) -> bytes:
    """Return the body of a call with several records, fields in the order given.

    >>> encode([{"Email": "ana@acme.com"}])
    b'{"records":[{"Email":"ana@acme.com"}]}'
    """
    document: dict[str, object] = {"records": list(records)}
    return as_json(document if lookups is None else {"lookups": lookups, **document})


def as_json(document: object) -> bytes:
    """Return compact JSON in UTF-8; InputError for a value that JSON has no word for."""
    try:
        text = json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return text.encode()
    except (TypeError, ValueError):
        raise InputError(
            "a record holds a value that cannot be sent (NaN, a date, half a character): "
            "make it text, and leave out what is missing"
        ) from None
