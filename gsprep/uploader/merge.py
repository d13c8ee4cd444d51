"""Answers laid beside the rows they belong to: every row has exactly one outcome."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, get_args

import pandas as pd

from gsprep.uploader.attribution import attribute, parts
from gsprep.uploader.records import Fault

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gsprep.errors import UploadError
    from gsprep.uploader.attribution import Part
    from gsprep.uploader.batches import Batch
    from gsprep.uploader.links import Decided
    from gsprep.uploader.records import Record
    from gsprep.uploader.replies import RecordReply

OutcomeWord = Literal["stored", "refused", "unknown", "unsent"]
OUTCOMES: tuple[OutcomeWord, ...] = get_args(OutcomeWord)
_NOT_ASKED = Fault(message="not sent: the upload stopped before this row")
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
    """What became of one row; what there is none of is ""."""

    outcome: OutcomeWord
    faults: tuple[Fault, ...] = ()
    gsid: str = ""
    person_id: str = ""
    batch: str = ""
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one batch: a reply for each record, or one outcome for all of them.

    Attributes:
        replies: None stands for a record of which nothing is known.
        stop: what ends the upload after this batch.
    """

    request_id: str = ""
    replies: Sequence[RecordReply | None] = ()
    instead: Outcome | None = None
    stop: UploadError | None = None

    def then_stop(self, error: UploadError) -> Answer:
        """Return the answer as the last one of an upload that ``error`` ends."""
        return replace(self, stop=error)


@dataclass(frozen=True, slots=True)
class Outcomes:
    """The outcome of each row by its position, one mapping for each frame."""

    persons: dict[int, Outcome] = field(default_factory=dict)
    company_persons: dict[int, Outcome] = field(default_factory=dict)
    relationship_persons: dict[int, Outcome] = field(default_factory=dict)

    def of(self, part: Part | str) -> dict[int, Outcome]:
        """Return the mapping an association's rows belong to."""
        kind = part if isinstance(part, str) else part.kind
        return self.company_persons if kind == "Company_ID" else self.relationship_persons


def outcomes(decided: Decided, batches: Iterable[Batch], answers: Mapping[int, Answer]) -> Outcomes:
    """Return the outcome of every row; ``answers`` are by the number of the batch.

    A batch without an answer was not sent.
    """
    found = Outcomes(
        _unsent(decided.persons),
        _unsent(decided.company_persons),
        _unsent(decided.relationship_persons),
    )
    for batch in batches:
        answer = answers.get(batch.number, Answer(instead=Outcome("unsent", (_NOT_ASKED,))))
        if answer.instead is not None:
            for record in batch.records:
                _note_all(found, record, answer.instead)
            continue
        sent = Outcome("unknown", batch=str(batch.number), request_id=answer.request_id)
        for record, reply in zip(batch.records, answer.replies, strict=True):
            if reply is None:
                _note_all(found, record, replace(sent, faults=(_NO_RESULT,)))
            else:
                _note_reply(found, record, reply, sent)
    return found


def _unsent(faults: Mapping[int, Fault]) -> dict[int, Outcome]:
    return {position: Outcome("unsent", (fault,)) for position, fault in faults.items()}


def _note_all(found: Outcomes, record: Record, outcome: Outcome) -> None:
    found.persons.update(dict.fromkeys(record.rows, outcome))
    for company in record.companies:
        found.company_persons.update(dict.fromkeys(company.rows, outcome))
        for entry in company.relationships:
            found.relationship_persons.update(dict.fromkeys(entry.rows, outcome))


def _note_reply(found: Outcomes, record: Record, reply: RecordReply, sent: Outcome) -> None:
    if reply.status is None:
        _note_all(found, record, replace(sent, faults=(_NEW_STATUS,)))
        return
    if reply.gsid and record.fields.get("Gsid", reply.gsid) != reply.gsid:
        _note_all(found, record, replace(sent, faults=(_OTHER_GSID,)))
        return
    associations = parts(record, reply)
    of_person, of_parts = attribute(record, associations, reply.details)
    person = _person(reply, of_person, sent)
    found.persons.update(dict.fromkeys(record.rows, person))
    for part, faults in zip(associations, of_parts, strict=True):
        outcome = _association(part, faults, person)
        found.of(part).update(dict.fromkeys(part.entry.rows, outcome))


def _person(reply: RecordReply, faults: Sequence[Fault], sent: Outcome) -> Outcome:
    if reply.status == "FAILURE":
        return replace(sent, outcome="refused", faults=tuple(faults) or (_NO_WORD,))
    if not reply.gsid:
        return replace(sent, outcome="unknown", faults=(*faults, _NO_GSID))
    return replace(sent, outcome="stored", faults=tuple(faults), gsid=reply.gsid)


def _association(part: Part, faults: Sequence[Fault], person: Outcome) -> Outcome:
    said = replace(person, faults=tuple(faults), gsid="", person_id=person.gsid)
    if person.outcome == "refused":
        return replace(said, faults=said.faults or (_WITH_PERSON,))
    if part.gsid:
        return replace(said, outcome="stored", gsid=part.gsid)
    if faults or part.echoed:
        return replace(said, outcome="refused", faults=said.faults or (_NO_REASON,))
    return replace(said, outcome="unknown", faults=(_NOT_ECHOED,))


def lay_beside(
    frame: pd.DataFrame, found: Mapping[int, Outcome], *, association: bool
) -> pd.DataFrame:
    """Return the rows in their order with the columns of their outcomes.

    ``frame`` is a text frame; a Gsid or Person_ID that was given stays where the service gave
    none, what an earlier upload wrote in the other columns goes.
    """
    rows = [found[position] for position in range(len(frame))]
    columns = {
        "Gsid": _given(frame, "Gsid", [row.gsid for row in rows]),
        "outcome": _text([row.outcome for row in rows]),
        "error_code": _text([_joined(fault.code for fault in row.faults) for row in rows]),
        "error_field": _text([_joined(fault.field for fault in row.faults) for row in rows]),
        "error_message": _text([_joined(fault.message for fault in row.faults) for row in rows]),
        "batch": _text([row.batch for row in rows]),
        "request_id": _text([row.request_id for row in rows]),
    }
    if association:
        columns["Person_ID"] = _given(frame, "Person_ID", [row.person_id for row in rows])
    return frame.assign(**columns)


def _joined(texts: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(filter(None, texts)))


def _text(values: Sequence[str]) -> pd.Series[str]:
    return pd.Series([value or None for value in values], dtype="str")


def _given(frame: pd.DataFrame, name: str, values: Sequence[str]) -> pd.Series[str]:
    replied = _text(values)
    return replied.fillna(frame[name]) if name in frame else replied
