"""Records cut to calls, and calls as bytes: the same records always give the same bytes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gsprep.errors import InputError
from gsprep.uploader.wire import BYTES_PER_CALL, RECORDS_PER_CALL

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gsprep.schemas.lookups import Lookups
    from gsprep.uploader.records import Record


@dataclass(frozen=True, slots=True)
class Batch:
    """The records of one call; ``number`` counts from 1."""

    number: int
    records: tuple[Record, ...]


def cut(records: Sequence[Record], size: int = RECORDS_PER_CALL) -> Iterator[Batch]:
    """Yield batches of at most ``size`` records, in their order."""
    for number, start in enumerate(range(0, len(records), size), 1):
        yield Batch(number, tuple(records[start : start + size]))


def sizes_of(records: Sequence[Record]) -> list[int]:
    """Return the bytes of each record as it is sent; InputError for one that cannot be."""
    return [len(as_json(record.body())) for record in records]


def cut_by_bytes(
    records: Sequence[Record],
    sizes: Sequence[int],
    lookups: Lookups | None = None,
    *,
    most: int = BYTES_PER_CALL,
) -> Iterator[Batch]:
    """Yield batches whose calls have at most ``most`` bytes, in their order; see ``sizes_of``.

    Raises InputError for a record that is larger by itself.
    """
    around = len(encode([], None if lookups is None else lookups.body()))
    number, start, taken = 1, 0, around
    for at, size in enumerate(sizes):
        if around + size > most:
            raise InputError(
                f"a person and all associations are {size:,} bytes, more than a job takes: "
                "leave some associations out"
            )
        # The comma between two records is a byte.
        if at > start and taken + size + 1 > most:
            yield Batch(number, tuple(records[start:at]))
            number, start, taken = number + 1, at, around
        taken += size + (at > start)
    if records:
        yield Batch(number, tuple(records[start:]))


def halves(batch: Batch, number: int) -> tuple[Batch, Batch]:
    """Return a batch of several records as two; the first keeps its number, the other has this."""
    middle = len(batch.records) // 2
    first, second = batch.records[:middle], batch.records[middle:]
    return Batch(batch.number, first), Batch(number, second)


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
