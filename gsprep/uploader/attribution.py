"""Which row each part of a record's reply belongs to.

The service answers a person with all associations in one list of details without row ids.
What names an association, by its ids or by a value it alone was sent with, goes to its rows;
everything else stays with the person.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gsprep.uploader.records import Fault
from gsprep.uploader.wire import DUPLICATE_KEY

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from gsprep.uploader.records import Entry, Record
    from gsprep.uploader.replies import Detail, Echo, RecordReply

_NO_MESSAGE = "the service says no more"
_IDS = ("Company_ID", "Relationship_ID")
# The service writes the key of a repeated row as Java writes a map: names, =, values, in braces.
_KEY_IN_TEXT = re.compile(r"(\w+)=([^,{}\s]+)")


@dataclass(frozen=True, slots=True)
class Part:
    """One association of a record beside what was said of it.

    Attributes:
        kind: the id that names it, Company_ID or Relationship_ID.
        ids: the ids it was sent with, those of its company included.
        echoed: whether the reply echoes it at all.
        gsid: the id the service gave, "" when it gave none.
    """

    kind: str
    entry: Entry
    ids: Mapping[str, str]
    echoed: bool
    gsid: str


def parts(record: Record, reply: RecordReply) -> list[Part]:
    """Return the associations of a record in their order, each with its echo."""
    found = []
    for at, company in enumerate(record.companies):
        ids = _ids(company, {})
        echoes = _by_position(reply.companies, at, "company_id", ids.get("Company_ID", ""))
        found.append(_part("Company_ID", company, ids, echoes))
        below = [echo for company_echo in echoes for echo in company_echo.relationships]
        for nth, entry in enumerate(company.relationships):
            nested = _ids(entry, ids)
            same = _by_position(below, nth, "relationship_id", nested.get("Relationship_ID", ""))
            found.append(_part("Relationship_ID", entry, nested, same))
    return found


def _ids(entry: Entry, above: Mapping[str, str]) -> dict[str, str]:
    return {**above, **{name: entry.fields[name] for name in _IDS if name in entry.fields}}


def _by_position(echoes: Sequence[Echo], at: int, name: str, wanted: str) -> list[Echo]:
    """Return the echoes of one id, the one at the position sent before the others."""
    same = [(nth != at, nth) for nth, echo in enumerate(echoes) if getattr(echo, name) == wanted]
    return [echoes[nth] for _, nth in sorted(same)]


def _part(kind: str, entry: Entry, ids: Mapping[str, str], echoes: Sequence[Echo]) -> Part:
    gsid = next((echo.gsid for echo in echoes if echo.gsid), "")
    return Part(kind, entry, ids, bool(echoes), gsid)


def attribute(
    record: Record, found: Sequence[Part], details: Iterable[Detail]
) -> tuple[list[Fault], list[list[Fault]]]:
    """Return the faults that stay with the person, and those of each association."""
    of_person: list[Fault] = []
    of_parts: list[list[Fault]] = [[] for _ in found]
    for detail in details:
        at = _places(detail, record, found)
        for faults in [of_parts[nth] for nth in at] or [of_person]:
            faults.extend(_faults(detail))
    return of_person, of_parts


def _faults(detail: Detail) -> Iterator[Fault]:
    field = ",".join(detail.fields)
    for code, message in detail.errors or (("", ""),):
        yield Fault(code, field, message or _NO_MESSAGE)


def _places(detail: Detail, record: Record, found: Sequence[Part]) -> list[int]:
    open_parts = [nth for nth, part in enumerate(found) if not part.gsid]
    fields, values = _named(detail)
    kinds = [name for name in _IDS if name in fields]
    if not kinds:
        return [nth for nth in open_parts if _alone_sent(detail, record, found[nth])]
    return [nth for nth in open_parts if _is_meant(found[nth], kinds, fields, values)]


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
    if len(fields) == 1 and not values:
        return part.kind == kinds[0]
    return all(part.ids.get(name) == values.get(name) for name in kinds)


def _alone_sent(detail: Detail, record: Record, part: Part) -> bool:
    return bool(detail.values) and all(
        part.entry.fields.get(name) == value and record.fields.get(name) != value
        for name, value in detail.values.items()
    )
