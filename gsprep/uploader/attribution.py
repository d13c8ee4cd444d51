"""Which row each part of a record's reply belongs to.

The service answers a person with all associations in one list of details without row ids.
What names an association, by its ids or by a value it alone was sent with, goes to its rows;
everything else stays with the person.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gsprep.calls.endpoints import DUPLICATE_KEY
from gsprep.uploader.faults import Fault
from gsprep.values.caseless import caseless

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gsprep.uploader.records import Entry, Record
    from gsprep.uploader.replies import Detail, Echo, RecordReply

_NO_MESSAGE = "the service says no more"
_IDS = ("Company_ID", "Relationship_ID")
# The service writes the key of a repeated row as Java writes a map: names, =, values, in braces.
_KEY_IN_TEXT = re.compile(r"(\w+)=([^,{}\s]+)")


@dataclass(frozen=True, slots=True)
class Part:
    """One association of a record with what the reply says of it.

    Attributes:
        kind: the id that names it, Company_ID or Relationship_ID.
        ids: the ids it was sent with or the service found, those of its company included.
        echoed: whether the reply echoes it at all.
        gsid: the id the service gave, "" when it gave none.
    """

    kind: str
    entry: Entry
    ids: Mapping[str, str]
    echoed: bool
    gsid: str


def parts(record: Record, reply: RecordReply) -> list[Part]:
    """Return the associations of a record in their order, each with its echo.

    One that was sent without its id has that of its echo, if there is one.
    """
    found = []
    paired = _paired(record.companies, reply.companies, "Company_ID")
    for company, echoes in zip(record.companies, paired, strict=True):
        ids = _ids(company, {}, echoes)
        found.append(_part("Company_ID", company, ids, echoes))
        below = [echo for company_echo in echoes for echo in company_echo.relationships]
        nested = _paired(company.relationships, below, "Relationship_ID")
        for entry, same in zip(company.relationships, nested, strict=True):
            found.append(_part("Relationship_ID", entry, _ids(entry, ids, same), same))
    return found


def _ids(entry: Entry, above: Mapping[str, str], echoes: Sequence[Echo]) -> dict[str, str]:
    echoed = {name: echoes[0].values[name] for name in _IDS if echoes and name in echoes[0].values}
    sent = {name: entry.fields[name] for name in _IDS if name in entry.fields}
    return {**echoed, **above, **sent}


def _paired(entries: Sequence[Entry], echoes: Sequence[Echo], name: str) -> list[list[Echo]]:
    """Return the echoes of each entry: by its id, or by its place and what it was sent with."""
    given = [entry.fields.get(name) for entry in entries]
    found = [_by_id(echoes, at, name, wanted) for at, wanted in enumerate(given)]
    if all(given):
        return found
    if len(entries) == len(echoes) and all(map(_agree, entries, echoes)):
        return [same or [echo] for same, echo in zip(found, echoes, strict=True)]
    # Out of order: only an echo that agrees with one entry, and it alone with that one, is its own.
    free = [echo for echo in echoes if echo.values.get(name) not in given]
    sought = [entry for entry, wanted in zip(entries, given, strict=True) if not wanted]
    return [
        same if wanted else _the_only(entry, sought, free)
        for entry, wanted, same in zip(entries, given, found, strict=True)
    ]


def _by_id(echoes: Sequence[Echo], at: int, name: str, wanted: str | None) -> list[Echo]:
    """Return the echoes of one id, the one at the position sent before the others."""
    if not wanted:
        return []
    same = [(n != at, n) for n, echo in enumerate(echoes) if echo.values.get(name) == wanted]
    return [echoes[nth] for _, nth in sorted(same)]


def _the_only(entry: Entry, sought: Sequence[Entry], free: Sequence[Echo]) -> list[Echo]:
    fits = [echo for echo in free if _agree(entry, echo)]
    alone = len(fits) == 1 and sum(_agree(other, fits[0]) for other in sought) == 1
    return fits if alone else []


def _agree(entry: Entry, echo: Echo) -> bool:
    # What a lookup read is not echoed; True may come back as true.
    return all(
        caseless(echo.values.get(name, value)) == caseless(value)
        for name, value in entry.fields.items()
    )


def _part(kind: str, entry: Entry, ids: Mapping[str, str], echoes: Sequence[Echo]) -> Part:
    gsid = next((echo.gsid for echo in echoes if echo.gsid), "")
    return Part(kind, entry, ids, bool(echoes), gsid)


def attribute(
    record: Record, found: Sequence[Part], reply: RecordReply
) -> tuple[list[Fault], list[list[Fault]]]:
    """Return the faults that stay with the person, and those of each association."""
    of_person: list[Fault] = []
    of_parts: list[list[Fault]] = [[] for _ in found]
    # Associations that were stored, but not known which: then a refusal may be of any.
    astray = set(_gsids(reply)) - {part.gsid for part in found}
    for detail in reply.details:
        at = _places(detail, record, found, sure=not astray)
        for faults in [of_parts[nth] for nth in at] or [of_person]:
            faults.extend(_faults(detail))
    return of_person, of_parts


def _gsids(reply: RecordReply) -> Iterator[str]:
    for echo in (*reply.companies, *reply.relationships):
        yield from (each.gsid for each in (echo, *echo.relationships) if each.gsid)


def _faults(detail: Detail) -> Iterator[Fault]:
    field = ",".join(detail.fields)
    for code, message in detail.errors or (("", ""),):
        yield Fault(code, field, message or _NO_MESSAGE)


def _places(detail: Detail, record: Record, found: Sequence[Part], *, sure: bool) -> list[int]:
    open_parts = [nth for nth, part in enumerate(found) if not part.gsid]
    fields, values = _named(detail)
    kinds = [name for name in _IDS if name in fields]
    if not kinds:
        return [nth for nth in open_parts if _alone_sent(detail, record, found[nth])]
    if len(fields) == 1 and not values:
        return _without_value(kinds[0], open_parts, found, sure=sure)
    meant = [nth for nth, part in enumerate(found) if _is_meant(part, kinds, fields, values)]
    # The service names the values that it looked up in vain, under names of its own.
    meant = [nth for nth in meant if _holds(found[nth], values)] or meant
    # A Gsid may be that of an association which stood there before its update was refused.
    return [nth for nth in meant if nth in open_parts] or meant


def _named(detail: Detail) -> tuple[Sequence[str], Mapping[str, str]]:
    """Return the fields a detail names, and their values, from its text if need be."""
    if detail.fields or not any(code == DUPLICATE_KEY for code, _ in detail.errors):
        return detail.fields, detail.values
    pairs = dict(pair for _, message in detail.errors for pair in _KEY_IN_TEXT.findall(message))
    given = {name: value for name, value in pairs.items() if value != "null"}
    return tuple(pairs), given


def _is_meant(
    part: Part, kinds: Sequence[str], fields: Sequence[str], values: Mapping[str, str]
) -> bool:
    # A lone Company_ID is wrong for its relationships too; a whole key names one association.
    if len(fields) > 1 and part.kind != kinds[-1]:
        return False
    return all(part.ids.get(name) == values.get(name) for name in kinds)


def _holds(part: Part, values: Mapping[str, str]) -> bool:
    return not set(values.values()).isdisjoint(part.entry.fields.values())


def _without_value(
    name: str, open_parts: Sequence[int], found: Sequence[Part], *, sure: bool
) -> list[int]:
    """Return the parts an id without a value speaks of: first those it was looked up for in vain.

    A company that was not found is missing from its relationships as well. Where it is not
    ``sure`` that all open parts are not stored, none of the others is meant.
    """
    whole = [nth for nth in open_parts if name in ("Company_ID", found[nth].kind)]
    in_vain = [nth for nth in whole if found[nth].echoed and name not in found[nth].ids]
    return in_vain or [nth for nth in open_parts if sure and found[nth].kind == name]


def _alone_sent(detail: Detail, record: Record, part: Part) -> bool:
    return bool(detail.values) and all(
        part.entry.fields.get(name) == value and record.fields.get(name) != value
        for name, value in detail.values.items()
    )
