"""Records cut to calls, and calls as bytes: the same records always give the same bytes."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from gsprep.calls.endpoints import BYTES_PER_CALL, RECORDS_PER_CALL
from gsprep.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gsprep.calls.limits import Counted
    from gsprep.schemas.lookups import Lookups
    from gsprep.uploader.encoding import Encoded
    from gsprep.uploader.records import Records


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
class Uncut:
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
    uncut: Uncut, *, counted: Counted = "people", most: int = RECORDS_PER_CALL
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
    uncut: Uncut, lookups: Lookups | None = None, *, most: int = BYTES_PER_CALL
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
