"""Keyed hashes of records and outcomes for the ledger.

Messages embed values of records, whole, cut short or in another form, and not only those of the
record they are about. So it is not looked for what must not be kept: kept are the words of the
documented messages, of usual ones and of gsprep's own, names of fields, codes, ids and short
numbers.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import orjson

from gsprep.calls.endpoints import CODES, CUT, only_code
from gsprep.calls.json_types import texts_in
from gsprep.schemas.fields import EXPLANATIONS, OBJECTS
from gsprep.shipped import shipped_words
from gsprep.uploader.outcomes import OUTCOMES, Fault, packed, stored, unpacked
from gsprep.uploader.records import companies_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from gsprep.ledger.privacy import KeyedHashes
    from gsprep.uploader.outcomes import RecordOutcome
    from gsprep.uploader.records import Record, Records

_WORD = re.compile(r"\w+")
# GSOBJ_VCUSTOM1007; 1P02…, 1C01…; up to three digits are a length, a status, a number of rows.
_NO_VALUE = re.compile(r"[A-Z]{2,}(?:_[A-Z]+)*_[A-Z]*\d{3,}|1[A-Z]0[0-9A-Z]{1,33}|\d{1,3}")
# An address may be written with words of this list alone.
_ADDRESS = re.compile(r"[^\s\"'<>,;=]+(?:@|%40)[^\s\"'<>,;=]+")


def _words(texts: Iterable[str]) -> set[str]:
    return {word.casefold() for text in texts for word in _WORD.findall(text)}


_KNOWN = (
    set(shipped_words("message"))
    | _words(text for one in EXPLANATIONS.values() for text in (one.message, one.hint))
    | _words(meaning for _, meaning in CODES.values())
    | _words(field.name for of in OBJECTS for field in of.fields)
    | _words(of.name for of in OBJECTS)
)


def without_values(message: str) -> str:
    """Return a message with every word cut out that may be a person's.

    >>> without_values("Invalid value 'Beeblebr…' of LastName, too long: 255 characters at most")
    "Invalid value '***…' of LastName, too long: 255 characters at most"
    """
    return _WORD.sub(_kept, _ADDRESS.sub(CUT, message))


def _kept(found: re.Match[str]) -> str:
    word = found[0]
    return word if _NO_VALUE.fullmatch(word) or word.casefold() in _KNOWN else CUT


def only_names(text: str) -> str:
    """Return names of fields as they are joined by commas, all else cut out.

    >>> only_names("Company_ID,Shoe__gc,ana@acme.com")
    'Company_ID,Shoe__gc,***'
    """
    return ",".join(name if not name or _is_name(name) else CUT for name in text.split(","))


def _is_name(text: str) -> bool:
    return bool(_WORD.fullmatch(text)) and (text.endswith("__gc") or text.casefold() in _KNOWN)


_GSID = "Gsid"
# Ids are no person's data, and messages say which one they mean.
_IDS = frozenset({"Gsid", "Company_ID", "Relationship_ID", "Person_ID"})
# Between the parts of a key, and around the places of values in a message: no text has it.
_BETWEEN = "\x1f"
_PLACE = re.compile("\x1f([0-9]+)\x1f")
_SHORTEST = 2


@dataclass(frozen=True, slots=True)
class Fingerprints:
    """The records of a load by hashes, in their order.

    Attributes:
        names: who each is, the hash of what the tenant tells persons apart by.
        contents: what each says, all associations included.
    """

    names: list[bytes]
    contents: list[bytes]

    @classmethod
    def of(
        cls, records: Records, key: Sequence[str], lookups: bytes, names: KeyedHashes
    ) -> Fingerprints:
        """Hash records; what ``lookups`` make of them is a part of what they say."""
        others = [name for name in key if name != "Email"]
        contents = names.of_all(records.contents, lookups)
        return cls([_name(record, others, names) for record in records], contents)

    def footprint(self, names: KeyedHashes) -> bytes:
        """Return the hash of all of it: equal loads have an equal one."""
        return names.of(b"".join((*self.names, *self.contents)))


def _name(record: Record, others: Sequence[str], names: KeyedHashes) -> bytes:
    # A Gsid identifies a person: the address may be new.
    told = [_GSID, record[_GSID]] if _GSID in record else [record.get(n, "") for n in others]
    return names.of_person(record.get("Email", ""), _BETWEEN.join(told))


def encoded_outcome(one: RecordOutcome, records: Records, at: int) -> tuple[str | None, str]:
    """Return the Gsid of a person, and the rest of the outcomes as text for the ledger.

    What the record says is cut out of the messages.
    """
    gsid, *others = one.gsids
    if one.all_stored:
        return gsid, orjson.dumps(["", *others]).decode()
    hide = partial(_hidden, _values(records[at]))
    return gsid or None, json.dumps(packed(_with_faults(one, hide)))


def decoded_outcome(records: Records, at: int, gsid: str | None, text: str) -> RecordOutcome:
    """Return the outcomes of ``encoded_outcome``, with what the record says in the messages.

    Raises ValueError, TypeError or LookupError for a text that was not.
    """
    value: list[Any] = json.loads(text)
    if len(value) != records.size_of(at):
        raise ValueError
    if all(isinstance(one, str) for one in value):
        return stored([gsid or "", *value[1:]])
    if not all(map(_is_outcome, value)):
        raise ValueError
    return _with_faults(unpacked(value), partial(_shown, _values(records[at])))


def _is_outcome(one: Any) -> bool:
    """Return whether a value is a packed row whose outcome is more than Gsids."""
    word, gsid, *faults = one if len(one) > 1 else (*one, "")
    triples = all(len(fault) == len(Fault._fields) for fault in faults)
    texts = all(isinstance(text, str) for fault in faults for text in fault)
    return word in OUTCOMES and isinstance(gsid, str) and triples and texts


def _with_faults(one: RecordOutcome, change: Callable[[Fault], Fault]) -> RecordOutcome:
    changed = (each._replace(faults=tuple(map(change, each.faults))) for each in one.outcomes)
    return one._replace(outcomes=tuple(changed))


def is_settled(one: RecordOutcome) -> bool:
    """Return whether an outcome is known of a person and of every association."""
    return all(each.outcome in ("stored", "refused") for each in one.outcomes)


def is_stored(text: str) -> bool:
    """Return whether an outcome of the ledger says that all was stored, without a message."""
    return text.startswith('[""')


def _values(record: Record) -> list[str]:
    """Return what a record says, the longest first, without ids."""
    companies = companies_of(record)
    below = [each for company in companies for each in company.get("relationships", ())]
    said = {
        value
        for fields in (record, *companies, *below)
        for name, value in texts_in(fields).items()
        if name not in _IDS and len(value) >= _SHORTEST
    }
    return sorted(said, key=lambda value: (-len(value), value))


def _hidden(values: Sequence[str], fault: Fault) -> Fault:
    """Return a fault in which only codes, names of fields and known words stay.

    For each value there is a place in the message.
    """
    message = _with_places(values, fault.message)
    return Fault(only_code(fault.code), only_names(fault.field), message)


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


def _shown(values: Sequence[str], fault: Fault) -> Fault:
    return fault._replace(message=_PLACE.sub(lambda found: values[int(found[1])], fault.message))
