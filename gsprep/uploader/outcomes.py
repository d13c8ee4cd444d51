"""Outcome of one record: its person and each association."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal, get_args

from gsprep.uploader.attribution import attribute, parts
from gsprep.uploader.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gsprep.uploader.attribution import Part
    from gsprep.uploader.records import Record
    from gsprep.uploader.replies import RecordReply

OutcomeWord = Literal["stored", "refused", "unknown", "unsent"]
# So many other rows are named in a message.
_NAMED = 3
OUTCOMES: tuple[OutcomeWord, ...] = get_args(OutcomeWord)
_WITH_PERSON = Fault(message="refused together with its person")
_NO_REASON = Fault(message="the service gave it no Gsid and no reason; see its person's row")
_NO_WORD = Fault(message="the service refused it without a reason of its own")
_NOT_ECHOED = Fault(message="the reply does not speak of this row: look it up in Gainsight")
_NO_RESULT = Fault(message="the job's results do not tell: look the row up in Gainsight")
_NO_GSID = Fault(message="the reply gives no Gsid: look the person up in Gainsight")
_OTHER_GSID = Fault(
    message="the reply bears another Gsid than was sent: look both persons up in Gainsight"
)
_NEW_STATUS = Fault(message="the reply has a status that is not known: look the row up")


@dataclass(frozen=True, slots=True)
class Outcome:
    """Outcome of one row; the Gsid is the one the service gave it, else ""."""

    outcome: OutcomeWord
    faults: tuple[Fault, ...] = ()
    gsid: str = ""


STORED = Outcome("stored")
WITH_SHARED = Outcome(
    "unknown",
    (Fault(message="its person has the Gsid of another person too: see that row"),),
)
NO_RESULT = Outcome("unknown", (_NO_RESULT,))


def shared_gsid(others: Sequence[str]) -> Outcome:
    """Return the outcome of a person who was given the Gsid of others, by their row_ids.

    >>> shared_gsid(["7"]).faults[0].message
    'the service gave the same Gsid to row 7: look both up in Gainsight'
    """
    named = ", ".join(f"row {row_id}" for row_id in others[:_NAMED])
    more = f" and {len(others) - _NAMED:,} more" if len(others) > _NAMED else ""
    all_of = "both" if len(others) == 1 else "all of them"
    return Outcome(
        "unknown",
        (
            Fault(
                message=f"the service gave the same Gsid to {named}{more}: "
                f"look {all_of} up in Gainsight"
            ),
        ),
    )


@dataclass(frozen=True, slots=True)
class RecordOutcome:
    """Outcome of a person and of each association of the record.

    Attributes:
        parts: of each company, followed by its relationships.
    """

    person: Outcome
    parts: tuple[Outcome, ...] = ()

    @property
    def gsids(self) -> list[str]:
        """The Gsids of the person and of each part, "" for none."""
        return [self.person.gsid, *(part.gsid for part in self.parts)]

    @property
    def all_stored(self) -> bool:
        """Whether the Gsids say everything."""
        return all(one.outcome == "stored" and not one.faults for one in (self.person, *self.parts))


@lru_cache(maxsize=256)
def alike(outcome: Outcome, number: int) -> RecordOutcome:
    """Return one outcome for a person and so many parts."""
    return RecordOutcome(outcome, (outcome,) * number)


def stored(gsids: Sequence[str]) -> RecordOutcome:
    """Return that all was stored: the Gsids of a person and of each part."""
    person, *rest = (replace(STORED, gsid=gsid) for gsid in gsids)
    return RecordOutcome(person, tuple(rest))


def outcome_of(record: Record, reply: RecordReply | None) -> RecordOutcome:
    """Return the outcome of a record by its reply; None is a reply that cannot be trusted."""
    number = sum(1 + len(company.relationships) for company in record.companies)
    if reply is None:
        return alike(NO_RESULT, number)
    if reply.status is None:
        return alike(Outcome("unknown", (_NEW_STATUS,)), number)
    if reply.gsid and record.fields.get("Gsid", reply.gsid) != reply.gsid:
        return alike(Outcome("unknown", (_OTHER_GSID,)), number)
    if reply.status == "SUCCESS" and reply.gsid and not reply.echoes:
        # Such a reply gives no Gsid to associations; it stores all of a record or nothing.
        return stored([reply.gsid, *[""] * number])
    associations = parts(record, reply)
    of_person, of_parts = attribute(record, associations, reply)
    blamed = _blamed(associations, of_parts) if reply.status == "FAILURE" else []
    person = _person(reply, of_person or blamed)
    return RecordOutcome(
        person,
        tuple(
            _association(part, faults, person, reply)
            for part, faults in zip(associations, of_parts, strict=True)
        ),
    )


def _blamed(associations: Sequence[Part], of_parts: Sequence[Sequence[Fault]]) -> list[Fault]:
    """Return the faults of associations for a person who is refused because of them."""
    return [
        replace(fault, message=f"{fault.message} (the association with {_name_of(part)})")
        for part, faults in zip(associations, of_parts, strict=True)
        for fault in faults
    ]


def _name_of(part: Part) -> str:
    """Return what an association was sent with that names it."""
    fields = part.entry.fields
    names = ("Relationship_ID", "RelationshipName", "Company_ID", "CompanyName")
    named = [f"{name} {fields[name]}" for name in names if name in fields]
    return named[0] if named else "a company or relationship that is looked up"


def _person(reply: RecordReply, faults: Sequence[Fault]) -> Outcome:
    if reply.status == "FAILURE":
        return Outcome("refused", tuple(faults) or (_NO_WORD,))
    if not reply.gsid:
        return Outcome("unknown", (*faults, _NO_GSID))
    return Outcome("stored", tuple(faults), reply.gsid)


def _association(
    part: Part, faults: Sequence[Fault], person: Outcome, reply: RecordReply
) -> Outcome:
    if person.outcome == "refused":
        return Outcome("refused", tuple(faults) or (_WITH_PERSON,))
    if part.gsid:
        word: OutcomeWord = "refused" if faults and reply.status != "SUCCESS" else "stored"
        return Outcome(word, tuple(faults), part.gsid)
    if faults or part.echoed:
        return Outcome("refused", tuple(faults) or (_NO_REASON,))
    return Outcome("unknown", (_NOT_ECHOED,))


def packed(one: RecordOutcome) -> list[Any]:
    """Return what was told as a value of JSON, the shorter the more usual it is.

    >>> packed(stored(["1P", "1C"]))
    ['1P', '1C']
    >>> refused = Outcome("refused", (Fault("E1", "Email", "bad"),))
    >>> packed(RecordOutcome(refused, (Outcome("unknown"),)))
    [['refused', '', ['E1', 'Email', 'bad']], ['unknown']]
    """
    return one.gsids if one.all_stored else [_packed(each) for each in (one.person, *one.parts)]


def _packed(one: Outcome) -> list[Any]:
    faults = [[fault.code, fault.field, fault.message] for fault in one.faults]
    return [one.outcome, one.gsid, *faults] if one.gsid or faults else [one.outcome]


def unpacked(value: Sequence[Any]) -> RecordOutcome:
    """Return what was told from the value that ``packed`` made of it."""
    if isinstance(value[0], str):
        return stored(value)
    person, *rest = map(_unpacked, value)
    return RecordOutcome(person, tuple(rest))


def _unpacked(value: Sequence[Any]) -> Outcome:
    outcome, gsid, *faults = value if len(value) > 1 else (*value, "")
    return Outcome(outcome, tuple(Fault(*fault) for fault in faults), gsid)
