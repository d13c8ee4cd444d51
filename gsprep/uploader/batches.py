"""Records cut to calls, and calls as bytes: the same records always give the same bytes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gsprep.uploader.wire import RECORDS_PER_CALL

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

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


def encode(records: Sequence[Mapping[str, object]]) -> bytes:
    """Return the body of a bulk call: compact JSON in UTF-8, fields in the order given.

    >>> encode([{"Email": "ana@acme.com"}])
    b'{"records":[{"Email":"ana@acme.com"}]}'
    """
    document = {"records": list(records)}
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.encode()
