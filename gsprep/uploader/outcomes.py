"""Outcomes of rows and records, read from replies.

The service answers a person with all associations in one list of details without row ids.
What names an association, by its ids or by a value it alone was sent with, goes to its rows;
everything else stays with the person.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

from gsprep.calls.endpoints import DUPLICATE_KEY
from gsprep.calls.json_types import texts_in
from gsprep.uploader.records import companies_of
from gsprep.values.caseless import caseless

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gsprep.uploader.replies import Detail, Echo, RecordReply

    Fields = Mapping[str, str]
    Json = Mapping[str, Any]


OutcomeWord = Literal["stored", "refused", "unknown", "unsent"]
OUTCOMES: tuple[OutcomeWord, ...] = get_args(OutcomeWord)
# So many other rows are named in a message.
_NAMED = 3


class Fault(NamedTuple):
    """Why a row went wrong; what is missing is "" (columns error_code, _field, _message)."""

    code: str = ""
    field: str = ""
    message: str = ""


class Outcome(NamedTuple):
    """Outcome of a row."""

    outcome: OutcomeWord
    faults: tuple[Fault, ...] = ()


class RecordOutcome(NamedTuple):
    """Outcome of the person of a record, then of each company and the relationships below it.

    Attributes:
        gsids: the one that the service gave to each, "" for none.
    """

    gsids: tuple[str, ...]
    outcomes: tuple[Outcome, ...]

    @classmethod
    def alike(cls, outcome: Outcome, number: int) -> RecordOutcome:
        """Return one outcome for all of a record."""
        return cls(("",) * number, _same(outcome, number))

    @property
    def person(self) -> Outcome:
        """The outcome of the person."""
        return self.outcomes[0]

    @property
    def all_stored(self) -> bool:
        """Whether the Gsids say everything."""
        return all(one == STORED for one in self.outcomes)


STORED = Outcome("stored")
WITH_SHARED = Outcome(
    "unknown",
    (Fault(message="its person has the Gsid of another person too: see that row"),),
)
NO_RESULT = Outcome(
    "unknown", (Fault(message="the results do not mention this row: look it up in Gainsight"),)
)


def shared_gsid(others: Sequence[str]) -> Outcome:
    """Return the outcome of a person who was given the Gsid of others, by their row_ids.

    >>> shared_gsid(["7"]).faults[0].message
    'the service gave the same Gsid to row 7: look both up in Gainsight'
    """
    named = ", ".join(f"row {row_id}" for row_id in others[:_NAMED])
    more = f" and {len(others) - _NAMED:,} more" if len(others) > _NAMED else ""
    all_of = "both" if len(others) == 1 else "all of them"
    message = f"the service gave the same Gsid to {named}{more}: look {all_of} up in Gainsight"
    return Outcome("unknown", (Fault(message=message),))


def stored(gsids: Sequence[str]) -> RecordOutcome:
    """Return that all was stored: the Gsids of a person and of each association."""
    return RecordOutcome(tuple(gsids), _same(STORED, len(gsids)))


@lru_cache(maxsize=256)
def _same(outcome: Outcome, number: int) -> tuple[Outcome, ...]:
    return (outcome,) * number


def packed(one: RecordOutcome) -> list[Any]:
    """Return the outcomes of a record as a value of JSON, the shorter the more usual it is.

    >>> packed(stored(["1P", "1C"]))
    ['1P', '1C']
    >>> refused = Outcome("refused", (Fault("E1", "Email", "bad"),))
    >>> packed(RecordOutcome(("", ""), (refused, Outcome("unknown"))))
    [['refused', '', ['E1', 'Email', 'bad']], ['unknown']]
    """
    if one.all_stored:
        return list(one.gsids)
    return [
        [word, gsid, *map(list, faults)] if gsid or faults else [word]
        for gsid, (word, faults) in zip(one.gsids, one.outcomes, strict=True)
    ]


def unpacked(value: Sequence[Any]) -> RecordOutcome:
    """Return the outcomes from the value that ``packed`` made of them."""
    if isinstance(value[0], str):
        return stored(value)
    whole = [part if len(part) > 1 else (*part, "") for part in value]
    outcomes = (Outcome(word, tuple(Fault(*one) for one in faults)) for word, _, *faults in whole)
    return RecordOutcome(tuple(part[1] for part in whole), tuple(outcomes))


_NO_MESSAGE = "the service says no more"
WITH_PERSON = Fault(message="refused together with its person")
_NO_REASON = Fault(message="the service gave it no Gsid and no reason; see its person's row")
_NO_WORD = Fault(message="the service refused it without a reason of its own")
_NOT_ECHOED = Fault(message="the reply does not mention this row: look it up in Gainsight")
_NO_GSID = Fault(message="the reply gives no Gsid: look the person up in Gainsight")
_OTHER_GSID = Outcome(
    "unknown",
    (Fault(message="the reply has another Gsid than was sent: look both persons up in Gainsight"),),
)
_NEW_STATUS = Outcome(
    "unknown", (Fault(message="the reply has a status that is not known: look the row up"),)
)
_COMPANY, _RELATIONSHIP = _IDS = ("Company_ID", "Relationship_ID")
# The service writes the key of a repeated row as Java writes a map: names, =, values, in braces.
_KEY_IN_TEXT = re.compile(r"(\w+)=([^,{}\s]+)")


def outcome_of(record: Json, reply: RecordReply | None) -> RecordOutcome:
    """Return the outcomes of a record by its reply; None is a reply that cannot be trusted."""
    number = 1 + sum(1 + len(each.get("relationships", ())) for each in companies_of(record))
    if reply is None:
        return RecordOutcome.alike(NO_RESULT, number)
    if reply.status is None:
        return RecordOutcome.alike(_NEW_STATUS, number)
    if reply.gsid and record.get("Gsid", reply.gsid) != reply.gsid:
        return RecordOutcome.alike(_OTHER_GSID, number)
    if reply.status == "SUCCESS" and reply.gsid and not reply.echoes:
        # Such a reply gives no Gsid to associations; it stores all of a record or nothing.
        return stored([reply.gsid, *[""] * (number - 1)])
    if (found := _all_stored(record, reply)) is not None:
        return stored(found)
    associations = parts(record, reply)
    of_person, of_parts = attribute(record, associations, reply)
    pairs = list(zip(associations, of_parts, strict=True))
    person = _person(reply, of_person or (_blamed(pairs) if reply.status == "FAILURE" else []))
    gsid = reply.gsid if person.outcome == "stored" else ""
    gsids = ("" if person.outcome == "refused" else part.gsid for part in associations)
    without_gsid = _without_gsid(reply, len(associations), explained=not of_person)
    of_associations = (
        _association(part, faults, person, reply, without_gsid) for part, faults in pairs
    )
    return RecordOutcome((gsid, *gsids), (person, *of_associations))


def _all_stored(record: Json, reply: RecordReply) -> list[str] | None:
    """Return the Gsids of a record without any fault, its companies by id in the order sent.

    Most replies are such. None of any other, which is read part by part and says the same.
    """
    if reply.status != "SUCCESS" or reply.details or reply.relationships:
        return None
    sent = companies_of(record)
    as_sent = [one.get(_COMPANY) for one in sent] == [one.company_id for one in reply.companies]
    if not as_sent or any("relationships" in one for one in sent):
        return None
    gsids = [reply.gsid, *(one.gsid for one in reply.companies)]
    return gsids if all(gsids) else None


@dataclass(frozen=True, slots=True)
class Part:
    """One association of a record with what the reply says of it.

    Attributes:
        kind: the id that names it, Company_ID or Relationship_ID.
        fields: what it was sent with.
        ids: the ids it was sent with or the service found, those of its company included.
        echoed: whether the reply echoes it at all.
        gsid: the id the service gave, "" when it gave none.
    """

    kind: str
    fields: Fields
    ids: Fields
    echoed: bool
    gsid: str


def parts(record: Json, reply: RecordReply) -> list[Part]:
    """Return the associations of a record in their order, each with its echo.

    One that was sent without its id has that of its echo, if there is one.
    """
    found = []
    companies = companies_of(record)
    sent = list(map(texts_in, companies))
    paired = _paired(sent, reply.companies, _COMPANY)
    for company, fields, echoes in zip(companies, sent, paired, strict=True):
        found.append(_part(_COMPANY, fields, {}, echoes))
        above = found[-1].ids
        entries = list(map(texts_in, company.get("relationships", ())))
        below = [echo for company_echo in echoes for echo in company_echo.relationships]
        nested = _paired(entries, below, _RELATIONSHIP)
        for entry, same in zip(entries, nested, strict=True):
            found.append(_part(_RELATIONSHIP, entry, above, same))
    return found


def _part(kind: str, fields: Fields, above: Fields, echoes: Sequence[Echo]) -> Part:
    echoed = {name: echoes[0].values[name] for name in _IDS if echoes and name in echoes[0].values}
    sent = {name: fields[name] for name in _IDS if name in fields}
    gsid = next((echo.gsid for echo in echoes if echo.gsid), "")
    return Part(kind, fields, {**echoed, **above, **sent}, bool(echoes), gsid)


def _paired(entries: Sequence[Fields], echoes: Sequence[Echo], name: str) -> list[list[Echo]]:
    """Return the echoes of each entry: by its id, or by its place and what it was sent with."""
    given = [entry.get(name) for entry in entries]
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


def _the_only(entry: Fields, sought: Sequence[Fields], free: Sequence[Echo]) -> list[Echo]:
    fits = [echo for echo in free if _agree(entry, echo)]
    alone = len(fits) == 1 and sum(_agree(other, fits[0]) for other in sought) == 1
    return fits if alone else []


def _agree(entry: Fields, echo: Echo) -> bool:
    # What a lookup read is not echoed; True may come back as true.
    return all(
        caseless(echo.values.get(name, value)) == caseless(value) for name, value in entry.items()
    )


def attribute(
    record: Json, found: Sequence[Part], reply: RecordReply
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


def _places(detail: Detail, record: Json, found: Sequence[Part], *, sure: bool) -> list[int]:
    open_parts = [nth for nth, part in enumerate(found) if not part.gsid]
    fields, values = _named(detail)
    kinds = [name for name in _IDS if name in fields]
    if not kinds:
        return [nth for nth in open_parts if _alone_sent(detail, record, found[nth])]
    if len(fields) == 1 and not values:
        return _without_value(kinds[0], open_parts, found, sure=sure)
    meant = [nth for nth, part in enumerate(found) if _is_meant(part, kinds, fields, values)]
    # The service names the values that it looked up in vain, under names of its own.
    held = set(values.values())
    meant = [nth for nth in meant if held & set(found[nth].fields.values())] or meant
    # A Gsid may be that of an association which stood there before its update was refused.
    return [nth for nth in meant if nth in open_parts] or meant


def _named(detail: Detail) -> tuple[Sequence[str], Fields]:
    """Return the fields a detail names, and their values, from its text if need be."""
    if detail.fields or not any(code == DUPLICATE_KEY for code, _ in detail.errors):
        return detail.fields, detail.values
    pairs = dict(pair for _, message in detail.errors for pair in _KEY_IN_TEXT.findall(message))
    given = {name: value for name, value in pairs.items() if value != "null"}
    return tuple(pairs), given


def _is_meant(part: Part, kinds: Sequence[str], fields: Sequence[str], values: Fields) -> bool:
    # A lone Company_ID is wrong for its relationships too; a whole key names one association.
    if len(fields) > 1 and part.kind != kinds[-1]:
        return False
    return all(part.ids.get(name) == values.get(name) for name in kinds)


def _without_value(
    name: str, open_parts: Sequence[int], found: Sequence[Part], *, sure: bool
) -> list[int]:
    """Return the parts that a missing id is about: first those it was looked up for in vain.

    A company that was not found is missing from its relationships as well. Where it is not
    ``sure`` that all open parts are not stored, none of the others is meant.
    """
    whole = [nth for nth in open_parts if name in (_COMPANY, found[nth].kind)]
    in_vain = [nth for nth in whole if found[nth].echoed and name not in found[nth].ids]
    return in_vain or [nth for nth in open_parts if sure and found[nth].kind == name]


def _alone_sent(detail: Detail, record: Json, part: Part) -> bool:
    return bool(detail.values) and all(
        part.fields.get(name) == value and record.get(name) != value
        for name, value in detail.values.items()
    )


def _blamed(pairs: Sequence[tuple[Part, Sequence[Fault]]]) -> list[Fault]:
    """Return the faults of associations for a person who is refused because of them."""
    return [
        fault._replace(message=f"{fault.message} (the association with {_name_of(part)})")
        for part, faults in pairs
        for fault in faults
    ]


def _name_of(part: Part) -> str:
    """Return what an association was sent with that names it."""
    names = (_RELATIONSHIP, "RelationshipName", _COMPANY, "CompanyName")
    named = [f"{name} {part.fields[name]}" for name in names if name in part.fields]
    return named[0] if named else "a company or relationship that is looked up"


def _person(reply: RecordReply, faults: Sequence[Fault]) -> Outcome:
    if reply.status == "FAILURE":
        return Outcome("refused", tuple(faults) or (_NO_WORD,))
    if not reply.gsid:
        return Outcome("unknown", (*faults, _NO_GSID))
    return Outcome("stored", tuple(faults))


def _without_gsid(reply: RecordReply, associations: int, *, explained: bool) -> Outcome:
    """Return the outcome of an association that is echoed without a Gsid and without a fault."""
    given = any(_gsids(reply))
    if reply.status == "SUCCESS" and explained and not given:
        return STORED
    # It is refused for sure if it is the only one, or if others have a Gsid.
    is_sure = reply.status != "SUCCESS" and (given or associations == 1)
    return Outcome("refused" if is_sure else "unknown", (_NO_REASON,))


def _association(
    part: Part, faults: Sequence[Fault], person: Outcome, reply: RecordReply, without_gsid: Outcome
) -> Outcome:
    if person.outcome == "refused":
        return Outcome("refused", tuple(faults) or (WITH_PERSON,))
    if part.gsid:
        word: OutcomeWord = "refused" if faults and reply.status != "SUCCESS" else "stored"
        return Outcome(word, tuple(faults))
    if faults:
        return Outcome("refused", tuple(faults))
    return without_gsid if part.echoed else Outcome("unknown", (_NOT_ECHOED,))
