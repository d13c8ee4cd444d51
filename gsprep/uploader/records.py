"""Records as JSON for the service, and batches of them.

A record is a person's fields, with companies, and below each company its relationships. Kept is its
JSON, a third of the memory of its dict: it becomes one when it is looked at.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from gsprep.calls.limits import BYTES_PER_CALL, RECORDS_PER_CALL
from gsprep.errors import InputError
from gsprep.values.arrow import TEXT, as_mask, as_objects, joined, lengths_of, with_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from gsprep.calls.limits import Counted
    from gsprep.schemas.lookups import Lookups

Record: TypeAlias = dict[str, Any]
# What the JSON of a record with a Gsid has in it.
GSID = b'"Gsid":'
# What is kept of records without a Gsid, and with one, of which only the length is needed.
_OUTLINES = np.array([b"{}", b'{"Gsid":""}'], dtype=object)


def companies_of(record: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the companies of a record, and an empty one for each relationship that has none.

    >>> companies_of({"Email": "a@x.com", "relationships": [{"Relationship_ID": "1R"}]})
    [{'relationships': [{'Relationship_ID': '1R'}]}]
    """
    loose = [{"relationships": [below]} for below in record.get("relationships", ())]
    return [*record.get("companies", ()), *loose]


@dataclass(eq=False, slots=True)
class Records(Sequence[Record]):
    """Records in the order in which they are sent.

    What a record consists of has places: the person's, then that of each company, followed by those
    of its relationships. They are counted through all records.

    Attributes:
        contents: the JSON of each.
        places: the first place of each record, and the number of all places.
        shared: how many may go together in a call; those after them have a relationship without a
            company, which only a call with one person takes.
        lengths: the length of the JSON of each.
        outlined: whether no more is kept of each than the length and whether it has a Gsid: of a
            million people, that saves a quarter of a gigabyte.
    """

    contents: list[bytes] = field(default_factory=list, repr=False)
    places: array[int] = field(default_factory=lambda: array("q", [0]), repr=False)
    shared: int = 0
    lengths: array[int] = field(default_factory=lambda: array("q"), repr=False)
    outlined: bool = False

    def append(self, record: Record, size: int) -> None:
        """Add a record that has so many places."""
        self.extend(pa.array([orjson.dumps(record)], pa.large_binary()), np.array([size]))
        self.shared -= "relationships" in record

    def extend(self, contents: pa.Array, sizes: np.ndarray) -> np.ndarray:
        """Add the JSON of records without a loose relationship; return the first place of each."""
        if self.outlined:
            with_gsid = as_mask(pc.match_substring(contents, GSID.decode()))
            return self.outline(lengths_of(contents), with_gsid, sizes)
        self.contents.extend(as_objects(contents).tolist())
        return self._measured(lengths_of(contents), sizes)

    def outline(self, lengths: np.ndarray, with_gsid: np.ndarray, sizes: np.ndarray) -> np.ndarray:
        """Add the outlines of such records: the lengths of their JSON, and which have a Gsid."""
        self.contents.extend(_OUTLINES[with_gsid.astype(np.int8)].tolist())
        return self._measured(lengths, sizes)

    def _measured(self, lengths: np.ndarray, sizes: np.ndarray) -> np.ndarray:
        ends = self.places[-1] + np.cumsum(sizes, dtype=np.int64)
        self.lengths.frombytes(lengths.astype(np.int64).tobytes())
        self.places.frombytes(ends.tobytes())
        self.shared += len(lengths)
        return ends - sizes

    def __len__(self) -> int:
        return len(self.contents)

    def __getitem__(self, at: Any) -> Any:
        """Return the record at a place."""
        return orjson.loads(self.contents[at])

    def size_of(self, at: int) -> int:
        """Return how many places a record has: one, and one for each association."""
        return self.places[at + 1] - self.places[at]


@dataclass(frozen=True, slots=True)
class Batch(Sequence[Record]):
    """Records that go in one call.

    Attributes:
        number: counts from 1.
        records: the records of all calls.
        chosen: which of them these are.
        once: whether a failure that one of them may have caused ends the attempts.
    """

    number: int
    records: Records
    chosen: Sequence[int]
    once: bool = False

    def __len__(self) -> int:
        return len(self.chosen)

    def __getitem__(self, at: Any) -> Any:
        """Return the record at a place of the batch."""
        return self.records[self.chosen[at]]

    @property
    def alone(self) -> bool:
        """Whether it is one person that only the single call takes."""
        return len(self) == 1 and self.chosen[0] >= self.records.shared

    @property
    def rows(self) -> int:
        """How many people and associations it has."""
        return sum(map(self.records.size_of, self.chosen))

    def body(self, lookups: Mapping[str, object] | None = None) -> bytes:
        """Return the body of the call, the bytes that ``encode`` would make of the records."""
        around, contents = encode([], lookups), self.records.contents
        return around[:-2] + b",".join([contents[at] for at in self.chosen]) + around[-2:]


@dataclass(frozen=True, slots=True)
class Unbatched:
    """Records of which the ``chosen`` are to be put into batches, counted from ``number``."""

    records: Records
    chosen: Sequence[int]
    number: int = 1

    def __len__(self) -> int:
        return len(self.chosen)

    def sizes(self) -> Sizes:
        """Return the sizes of the records."""
        places = np.array(self.records.places, np.int64)
        chosen = np.fromiter(self.chosen, np.int64, len(self))
        # Of millions of people there may be several of these.
        lengths = np.array(self.records.lengths, np.int32)[chosen]
        rows = np.diff(places).astype(np.int32)[chosen]
        return Sizes(lengths, rows, chosen < self.records.shared)


class Sizes(NamedTuple):
    """The sizes of records that are to be put into batches, in their order.

    Attributes:
        bytes: the length of the JSON of each.
        rows: how many people and associations each has.
        shared: whether each may go with others in a call.
    """

    bytes: np.ndarray
    rows: np.ndarray
    shared: np.ndarray

    def ends(self, *, counted: Counted = "people", most: int = RECORDS_PER_CALL) -> list[int]:
        """Return where each of the batches ends that ``cut`` yields."""
        return _ends(self.weights(counted, most), most)

    def weights(self, counted: Counted, most: int) -> np.ndarray:
        """Return how much of the ``most`` that a call takes each record takes."""
        weights = self.rows if counted == "rows" else np.ones_like(self.rows)
        return np.where(self.shared, weights, most)

    def ends_by_bytes(
        self, lookups: Lookups | None = None, *, most: int = BYTES_PER_CALL
    ) -> list[int]:
        """Return where each of the batches ends that ``cut_by_bytes`` yields; raises as that."""
        room = self.room(lookups, most)
        return _ends(self.weights_in_bytes(room), room)

    def room(self, lookups: Lookups | None = None, most: int = BYTES_PER_CALL) -> int:
        """Return the bytes that a job has for records with a comma after each.

        Raises InputError for a record that is larger by itself.
        """
        around = len(encode([], None if lookups is None else lookups.body()))
        largest = self.bytes.max(initial=0)
        if around + largest > most:
            raise InputError(
                f"a person and all associations are {largest:,} bytes, more than a job takes: "
                "leave some associations out"
            )
        # The last record of a call has no comma.
        return most - around + 1

    def weights_in_bytes(self, room: int) -> np.ndarray:
        """Return how many of so many bytes each record takes."""
        return np.where(self.shared, self.bytes + 1, room)


def cut(
    uncut: Unbatched, *, counted: Counted = "people", most: int = RECORDS_PER_CALL
) -> Iterator[Batch]:
    """Yield batches of at most ``most`` people, or of people and associations, in their order.

    A person with more associations goes alone.
    """
    return _batches(uncut, uncut.sizes().ends(counted=counted, most=most))


def cut_by_bytes(
    uncut: Unbatched, lookups: Lookups | None = None, *, most: int = BYTES_PER_CALL
) -> Iterator[Batch]:
    """Yield batches whose calls have at most ``most`` bytes, in their order.

    Raises InputError for a record that is larger by itself.
    """
    return _batches(uncut, uncut.sizes().ends_by_bytes(lookups, most=most))


def _ends(weights: np.ndarray, most: int) -> list[int]:
    """Return the ends of batches as heavy as they may be; what is heavier goes alone."""
    together, ends = np.append(0, np.cumsum(weights)), [0]
    while ends[-1] < len(weights):
        last = int(np.searchsorted(together, together[ends[-1]] + most, side="right")) - 1
        ends.append(max(last, ends[-1] + 1))
    return ends[1:]


def count_batches(portions: Iterable[np.ndarray], most: int) -> int:
    """Return how many batches records have, whose weights are given in portions.

    >>> count_batches([np.array([3, 1]), np.array([]), np.array([4, 9, 2])], 5)
    4
    """
    full, last = 0, np.zeros(0, np.int64)
    for weights in portions:
        together = np.append(last, weights)
        if ends := _ends(together, most):
            full += len(ends) - 1
            last = together[[0, *ends][-2] :].sum(keepdims=True)
    return full + len(last)


def _batches(uncut: Unbatched, ends: Sequence[int]) -> Iterator[Batch]:
    for number, (start, end) in enumerate(pairwise([0, *ends]), uncut.number):
        yield Batch(number, uncut.records, array("q", uncut.chosen[start:end]))


def halves(batch: Batch, number: int) -> tuple[Batch, Batch]:
    """Return a batch of several records as two; the first keeps its number, the other has this."""
    middle = len(batch) // 2
    first = replace(batch, chosen=batch.chosen[:middle])
    return first, replace(batch, number=number, chosen=batch.chosen[middle:])


def encode(
    records: Iterable[Mapping[str, object]], lookups: Mapping[str, object] | None = None
) -> bytes:
    """Return the body of a call with several records, fields in the order given.

    >>> encode([{"Email": "ana@acme.com"}])
    b'{"records":[{"Email":"ana@acme.com"}]}'
    """
    document: dict[str, object] = {"records": list(records)}
    return as_json(document if lookups is None else {"lookups": lookups, **document})


# What JSON escapes in a text: quotes, backslashes and control characters.
_ESCAPED = bytes([*range(0x20), *b'"\\'])


def json_fields(columns: Mapping[str, pa.Array], *more: pa.Array) -> pa.Array:
    """Return the fields of each row as JSON, without braces; missing cells are left out.

    ``more`` are further fields that are JSON already. There has to be one column or field.
    """
    fields = [*(_json_field(name, values) for name, values in columns.items()), *more]
    # Arrow leaves out a row in which nothing is joined.
    nothing = reduce(pc.and_, (one.is_null() for one in fields))
    fields[0] = pc.if_else(nothing, pa.scalar("", TEXT), fields[0])
    return pc.binary_join_element_wise(*fields, pa.scalar(",", TEXT), null_handling="skip")


def json_lengths(columns: Mapping[str, pa.Array], rows: int) -> np.ndarray:
    """Return how long the ``json_fields`` of each row are, with a comma after each field."""
    whole = np.zeros(rows, dtype=np.int64)
    for name, values in columns.items():
        length, odd = lengths_of(values).copy(), with_bytes(values, _ESCAPED, b"")
        length[odd] = [len(orjson.dumps(text)[1:-1]) for text in values.filter(odd).to_pylist()]
        length += len(orjson.dumps(name)) + len(':"",')
        whole += np.where(as_mask(values.is_valid()), length, 0)
    return whole


def _json_field(name: str, values: pa.Array) -> pa.Array:
    odd = with_bytes(values, _ESCAPED, b"")
    if odd.any():
        escaped = [orjson.dumps(text)[1:-1].decode() for text in values.filter(odd).to_pylist()]
        values = pc.replace_with_mask(values, odd, pa.array(escaped, values.type))
    return joined(f'{orjson.dumps(name).decode()}:"', values, '"')


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
