"""What stands in the ledger for the records of an upload: hashes, and outcomes without values."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from gsprep.uploader.faults import Fault
from gsprep.uploader.told import OUTCOMES
from gsprep.uploader.words import only_code, only_names, without_values
from gsprep.values.arrow import as_list

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from gsprep.ledger.privacy import KeyedHashes
    from gsprep.uploader.encoding import Encoded
    from gsprep.uploader.records import Entry, Record, Records

_GSID = "Gsid"
# Ids are no person's data, and messages say which one they mean.
_IDS = frozenset({"Gsid", "Company_ID", "Relationship_ID", "Person_ID"})
# Between the parts of a key, and around the places of values in a message: no text has it.
_BETWEEN = "\x1f"
_PLACE = re.compile("\x1f([0-9]+)\x1f")
_SHORTEST = 2


@dataclass(frozen=True, slots=True)
class Marks:
    """The records of a load by hashes, in their order.

    Attributes:
        names: who each is, the hash of what the tenant tells persons apart by.
        contents: what each says, all associations included.
    """

    names: list[bytes]
    contents: list[bytes]

    @classmethod
    def of(cls, load: Encoded, key: Sequence[str], lookups: bytes, names: KeyedHashes) -> Marks:
        """Hash records; what ``lookups`` make of them is a part of what they say."""
        contents = names.of_all(load.each(0, len(load)), lookups)
        return cls(_names(load.records, key, names), contents)

    def footprint(self, names: KeyedHashes) -> bytes:
        """Return the hash of all of it: equal loads have an equal one."""
        return names.of(b"".join((*self.names, *self.contents)))


def _names(records: Records, key: Sequence[str], names: KeyedHashes) -> list[bytes]:
    emails, gsids, *others = (
        as_list(records.nested.persons.texts_of(name, records.span.start, records.span.stop))
        for name in ("Email", _GSID, *(name for name in key if name != "Email"))
    )
    if not others and not any(gsids):
        return names.of_addresses(email or "" for email in emails)
    # Who has a Gsid is told apart by that: the address may be new.
    told = (
        [_GSID, gsid] if gsid else [text or "" for text in rest]
        for gsid, *rest in zip(gsids, *others, strict=True)
    )
    both = zip(emails, map(_BETWEEN.join, told), strict=True)
    return [names.of_person(email or "", key) for email, key in both]


def written(records: Records, values: Iterable[Sequence[Any]]) -> Iterator[tuple[str | None, str]]:
    """Yield the Gsid of each person, and the rest of the outcome as text for the ledger.

    ``values`` are what ``packed`` made of each; what a record says is cut out of the messages.
    """
    for at, value in enumerate(values):
        if isinstance(value[0], str):
            yield value[0], _stored(value[1:])
        else:
            hide = partial(_hidden, _values(records[at]))
            yield _gsid(value), json.dumps(_with_faults(value, hide))


def _stored(gsids: Sequence[str]) -> str:
    """Return the Gsids of associations as text of JSON, the person's left out."""
    if "".join(gsids).isalnum():
        return '["","' + '","'.join(gsids) + '"]'
    return json.dumps(["", *gsids])


def _gsid(value: Sequence[Any]) -> str | None:
    person = value[0]
    return person[1] or None if len(person) > 1 else None


def read(records: Records, at: int, gsid: str | None, text: str) -> list[Any]:
    """Return the outcome that was ``written``, with what the record says in the messages.

    Raises ValueError, TypeError or LookupError for a text that was not.
    """
    value: list[Any] = json.loads(text)
    if not value:
        raise ValueError
    if all(isinstance(one, str) for one in value):
        return [gsid or "", *value[1:]]
    if not all(map(_is_outcome, value)):
        raise ValueError
    return _with_faults(value, partial(_shown, _values(records[at])))


def _is_outcome(one: Any) -> bool:
    """Tell whether a value is what ``packed`` makes of a row of which Gsids do not tell all."""
    word, gsid, *faults = one if len(one) > 1 else (*one, "")
    triples = all(len(fault) == len(Fault.__slots__) for fault in faults)
    texts = all(isinstance(text, str) for fault in faults for text in fault)
    return word in OUTCOMES and isinstance(gsid, str) and triples and texts


def _with_faults(value: Sequence[Any], change: Callable[[str, str, str], list[str]]) -> list[Any]:
    """Return an outcome with each fault changed, which is a code, names of fields and a message."""
    return [[*one[:2], *(change(*fault) for fault in one[2:])] for one in value]


def is_settled(value: Sequence[Any]) -> bool:
    """Tell whether an outcome is known of a person and of every association."""
    return isinstance(value[0], str) or all(one[0] in ("stored", "refused") for one in value)


def is_stored(text: str) -> bool:
    """Tell whether an outcome as it stands in the ledger is: all was stored, without a word."""
    return text.startswith('[""')


def _values(record: Record) -> list[str]:
    """Return what a record says, the longest first, without ids."""
    said = {
        value
        for fields in _all_fields(record)
        for name, value in fields.items()
        if name not in _IDS and len(value) >= _SHORTEST
    }
    return sorted(said, key=lambda value: (-len(value), value))


def _all_fields(record: Record) -> Iterator[Mapping[str, str]]:
    yield record.fields
    for company in record.companies:
        yield from _fields_of(company)


def _fields_of(entry: Entry) -> Iterator[Mapping[str, str]]:
    yield entry.fields
    for below in entry.relationships:
        yield below.fields


def _hidden(values: Sequence[str], code: str, names: str, message: str) -> list[str]:
    """Return a fault in which only codes, names of fields and known words stay.

    For each value there is a place in the message.
    """
    return [only_code(code), only_names(names), _with_places(values, message)]


def _with_places(values: Sequence[str], message: str) -> str:
    places = {value: f"{_BETWEEN}{at}{_BETWEEN}" for at, value in enumerate(values)}
    bare = message.replace(_BETWEEN, " ")
    if not values:
        return without_values(bare)
    # Only what stands alone and as it was sent can be put back.
    alone = "|".join(map(re.escape, values))
    parts = re.split(rf"((?<!\w)(?:{alone})(?!\w))", bare)
    return "".join(
        places[part] if nth % 2 else without_values(part) for nth, part in enumerate(parts)
    )


def _shown(values: Sequence[str], code: str, names: str, message: str) -> list[str]:
    return [code, names, _PLACE.sub(lambda found: values[int(found[1])], message)]
