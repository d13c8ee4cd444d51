"""Persons of a file found in the tenant, and deleted: every row with its outcome.

Deleting takes more than the person: company and relationship associations go as well, and so do
references in other objects as their settings say (page "People API Documentation", "Delete API").
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pandas as pd

from gsprep.calls.endpoints import GSIDS_PER_DELETE
from gsprep.errors import MissingColumnsError, RejectedError, UploadError
from gsprep.schemas.frames import LINE, text_frame
from gsprep.uploader.echo_match import is_same
from gsprep.uploader.ending import Ending
from gsprep.uploader.interrupts import noted
from gsprep.uploader.jobs import until_over
from gsprep.uploader.replies import StoredPerson
from gsprep.values.ids import is_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gsprep.uploader.client import Client
    from gsprep.uploader.jobs import Deletion

OUTCOMES = ("deleted", "absent", "refused", "rejected", "unknown", "unsent")
# A minute of calls: so many persons are read one by one, to count what goes with them or to see
# whether they are gone.
_READ_SINGLY = 100
# A refusal with one of these is about the address asked for; any other would meet every call.
_ABOUT_THE_ADDRESS = frozenset({200, 400, 409, 422})
_NO_KEY = ("rejected", "the row has neither a Gsid nor an Email: fill one")
_NO_GSID = ("rejected", "this is no GSID (36 capital letters and digits) and no UUID")
_ABSENT = ("absent", "the tenant has nobody of this address")
_NOT_ASKED = ("unsent", "not deleted: the run stopped before this row")
_DELETED = ("deleted", "")
_STILL_THERE = ("refused", "the service did not delete this person: ask its administrator why")


@dataclass(frozen=True, slots=True)
class DeletionPlan:
    """Who a file means.

    frame:         the rows given, as text.
    gsids:         the person of each row, "" for one that is not deleted.
    outcomes:      outcome and message of the rows that are not deleted, by position.
    read:          how many of the persons were read.
    associations:  how many company and relationship associations those have.
    """

    frame: pd.DataFrame
    gsids: tuple[str, ...]
    outcomes: Mapping[int, tuple[str, str]] = field(repr=False)
    read: int
    associations: tuple[int, int]

    @property
    def persons(self) -> tuple[str, ...]:
        """The persons to delete, each once."""
        return tuple(dict.fromkeys(filter(None, self.gsids)))


@dataclass(frozen=True, slots=True)
class Deleted:
    """The rows of a file with Gsid, outcome, error_message and request_id.

    stopped: why not every person was asked to be deleted, None when all were.
    """

    frame: pd.DataFrame
    stopped: UploadError | None = None

    def counts(self) -> dict[str, int]:
        """Return the number of rows of each outcome there is."""
        found = Counter(self.frame["outcome"])
        return {word: found[word] for word in OUTCOMES if found[word]}


def look_up(frame: pd.DataFrame, client: Client) -> DeletionPlan:
    """Return who the rows of a file mean, by Gsid or else by Email; nothing is deleted.

    Each address costs a call, and so do a few persons named by Gsid, to count what goes with
    them. Raises MissingColumnsError without both columns, UploadError.
    """
    text = text_frame(frame)
    if not {"Gsid", "Email"} & set(text.columns):
        there = [str(name) for name in text.columns if name != LINE]
        raise MissingColumnsError(["Gsid", "Email"], of="the file", found=there, either=True)
    named = text.reindex(columns=["Gsid", "Email"])
    emails = named.loc[named["Gsid"].isna(), "Email"].dropna()
    by_email = {email: _found(email, client) for email in emails.unique()}
    gsids, outcomes = [], {}
    for position, (gsid, email) in enumerate(zip(named["Gsid"], named["Email"], strict=True)):
        found, outcome = _meant(gsid, email, by_email)
        gsids.append(found)
        if outcome is not None:
            outcomes[position] = outcome
    known = {one.gsid: one for one in by_email.values() if isinstance(one, StoredPerson)}
    _read_a_few([gsid for gsid in dict.fromkeys(gsids) if gsid], known, client)
    return DeletionPlan(text, tuple(gsids), outcomes, len(known), _associations(known.values()))


def _meant(
    gsid: object, email: object, by_email: Mapping[str, StoredPerson | str | None]
) -> tuple[str, tuple[str, str] | None]:
    if isinstance(gsid, str):
        return (gsid, None) if is_id(gsid) else ("", _NO_GSID)
    if not isinstance(email, str):
        return "", _NO_KEY
    person = by_email[email]
    if isinstance(person, str):
        return "", ("refused", person)
    return (person.gsid, None) if person is not None else ("", _ABSENT)


def _found(email: str, client: Client) -> StoredPerson | str | None:
    """Return the person of an address, None when there is none, or why it cannot be told."""
    try:
        person = client.people.find(email)
    except RejectedError as error:
        if error.status not in _ABOUT_THE_ADDRESS:
            raise
        return f"not deleted: {error}"
    if person is None or not person.email or is_same(person.email, email):
        return person
    return "not deleted: the service named a person of another address. Delete by Gsid"


def _read_a_few(gsids: Sequence[str], known: dict[str, StoredPerson], client: Client) -> None:
    unread = [gsid for gsid in gsids if gsid not in known]
    if len(unread) > _READ_SINGLY:
        return
    for gsid in unread:
        person = client.people.get(gsid)
        if person is not None:
            known[gsid] = person


def _associations(persons: Iterable[StoredPerson]) -> tuple[int, int]:
    companies = relationships = 0
    for person in persons:
        companies += len(person.companies)
        relationships += len(person.relationships)
        relationships += sum(len(company.relationships) for company in person.companies)
    return companies, relationships


def rehearse(doomed: DeletionPlan) -> Deleted:
    """Return what ``delete_persons`` would, had it not been allowed to: persons are ``unsent``."""
    reason = ("unsent", "dry run: nothing was deleted")
    return _laid(doomed, dict.fromkeys(doomed.persons, reason), {})


def delete_persons(doomed: DeletionPlan, client: Client) -> Deleted:
    """Delete persons, at most 5,000 a call, and wait until each call is over.

    A trouble that ends it is not raised but returned in ``stopped``, with the outcomes so far. The
    client's ledger, if it has one, no longer takes them for stored.
    """
    outcomes: dict[str, tuple[str, str]] = {}
    request_ids: dict[str, str] = {}
    stopped: UploadError | None = None
    for start in range(0, len(doomed.persons), GSIDS_PER_DELETE):
        part = doomed.persons[start : start + GSIDS_PER_DELETE]
        try:
            deletion = client.people.delete(part)
            request_ids |= dict.fromkeys(part, deletion.request_id)
            outcomes |= _over(deletion, part, client)
        except UploadError as error:
            stopped = error
        except KeyboardInterrupt:
            stopped = UploadError("interrupted: a deletion under way goes on, look it up later")
            stopped.may_be_stored = True
        if stopped is not None:
            outcomes |= dict.fromkeys(part, _failed(stopped, accepted=part[0] in request_ids))
            break
    ending = Ending(stopped)
    with noted():
        ending.attempt(_forget, client, outcomes)
        return replace(_laid(doomed, outcomes, request_ids), stopped=ending.reason)


def _forget(client: Client, outcomes: Mapping[str, tuple[str, str]]) -> None:
    if client.ledger is not None:
        gone = [gsid for gsid, (word, _) in outcomes.items() if word in ("deleted", "unknown")]
        client.ledger.loads(client.base_url).forget(gone)


def _over(deletion: Deletion, part: Sequence[str], client: Client) -> dict[str, tuple[str, str]]:
    """Return the outcome of each person of a call, when it is over."""
    if deletion.state == "waiting":
        job = deletion.id
        deletion = until_over(lambda: client.people.deletion(job), client.pace, "the deletion")
    if deletion.state == "done" and deletion.count == len(part):
        return dict.fromkeys(part, _DELETED)
    if len(part) > _READ_SINGLY:
        told = f"the service ended with {deletion.word}, {deletion.count} of {len(part)} deleted"
        return dict.fromkeys(part, ("unknown", f"{told}: look this person up"))
    # The count does not say which: those still there were not deleted.
    gone = {gsid: client.people.get(gsid) is None for gsid in part}
    return {gsid: _DELETED if gone[gsid] else _STILL_THERE for gsid in part}


def _failed(error: UploadError, *, accepted: bool) -> tuple[str, str]:
    if accepted or error.may_be_stored:
        return "unknown", str(error)
    return "refused" if isinstance(error, RejectedError) else "unsent", str(error)


def _laid(
    doomed: DeletionPlan, outcomes: Mapping[str, tuple[str, str]], request_ids: Mapping[str, str]
) -> Deleted:
    rows = [
        doomed.outcomes.get(position) or outcomes.get(gsid, _NOT_ASKED)
        for position, gsid in enumerate(doomed.gsids)
    ]
    frame = doomed.frame
    found = _text(doomed.gsids)
    columns = {
        "Gsid": found.fillna(frame["Gsid"]) if "Gsid" in frame else found,
        "outcome": _text([word for word, _ in rows]),
        "error_message": _text([message for _, message in rows]),
        "request_id": _text([request_ids.get(gsid, "") for gsid in doomed.gsids]),
    }
    return Deleted(frame.assign(**columns))


def _text(values: Sequence[str]) -> pd.Series[str]:
    return pd.Series([value or None for value in values], dtype="str")
