"""Records cut to calls, and calls as bytes: the same records always give the same bytes."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from gsprep.errors import InputError
from gsprep.uploader.wire import BYTES_PER_CALL, RECORDS_PER_CALL

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

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
    def records(self) -> Records:
        """The records themselves."""
        return self.load.records[self.start : self.stop]

    def body(self, lookups: Mapping[str, object] | None = None) -> bytes:
        """Return the body of the call, the bytes that ``encode`` would make of the records."""
        around = encode([], lookups)
        return b"".join((around[:-2], self.load.between(self.start, self.stop), around[-2:]))


def cut(load: Encoded, size: int = RECORDS_PER_CALL) -> Iterator[Batch]:
    """Yield batches of at most ``size`` records, in their order."""
    for number, start in enumerate(range(0, len(load), size), 1):
        yield Batch(number, load, start, min(start + size, len(load)))


def cut_by_bytes(
    load: Encoded, lookups: Lookups | None = None, *, most: int = BYTES_PER_CALL
) -> Iterator[Batch]:
    """Yield batches whose calls have at most ``most`` bytes, in their order.

    Raises InputError for a record that is larger by itself.
    """
    around = len(encode([], None if lookups is None else lookups.body()))
    largest = int(load.sizes.max(initial=0))
    if around + largest > most:
        raise InputError(
            f"a person and all associations are {largest:,} bytes, more than a job takes: "
            "leave some associations out"
        )
    number, start = 0, 0
    while start < len(load):
        # The comma between two records is a byte; the last one of a call is left out.
        room = load.starts[start] + most - around + 1
        stop = int(np.searchsorted(load.starts, room, side="right")) - 1
        number += 1
        yield Batch(number, load, start, stop)
        start = stop


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
