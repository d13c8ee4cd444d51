"""Deletion of the people of a file, with outcomes.

Deleting takes more than the person: company and relationship associations go as well, and so do
references in other objects as their settings say (page "People API Documentation", "Delete API").
"""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pandas as pd

from gsprep.calls.limits import GSIDS_PER_DELETE
from gsprep.calls.responses import ABOUT_RECORDS
from gsprep.errors import MissingColumnsError, RejectedError, UploadError
from gsprep.schemas.frames import LINE, text_frame
from gsprep.uploader.echo_match import is_same
from gsprep.uploader.interrupts import DELETING, Ending, hurried, noted, reason_of
from gsprep.uploader.jobs import until_over
from gsprep.uploader.replies import StoredPerson
from gsprep.uploader.sending import Bell, Task
from gsprep.values.ids import is_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gsprep.uploader.client import Client
    from gsprep.uploader.interrupts import Interrupts

OUTCOMES = ("deleted", "absent", "refused", "rejected", "unknown", "unsent")
# A minute of calls: so many persons are read one by one, to count what goes with them or to see
# whether they are gone.
_READ_SINGLY = 100
_NO_KEY = ("rejected", "the row has neither a Gsid nor an Email: fill one")
_NO_GSID = ("rejected", "this is no GSID (36 capital letters and digits) and no UUID")
_ABSENT = ("absent", "the tenant has no person with this address")
_NOT_ASKED = ("unsent", "not deleted: the run stopped before this row")
_DELETED = ("deleted", "")
_OTHER = ("unknown", "the service names another person in place of this one: look both up")
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
    """Return the person with an address, None if there is none, or why that is unknown."""
    try:
        person = client.people.find(email)
    except RejectedError as error:
        if error.status not in ABOUT_RECORDS:
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


@dataclass(eq=False, slots=True)
class _Part:
    """The persons of one call, and what is known of them: the thread that makes it adds to this.

    Attributes:
        begun: whether the call may have been made.
        accepted: whether the service took it.
        failed: outcome of people without another known outcome, if the call failed.
    """

    gsids: Sequence[str]
    begun: bool = False
    accepted: bool = False
    request_id: str = ""
    outcomes: dict[str, tuple[str, str]] = field(default_factory=dict)
    failed: tuple[str, str] | None = None

    def all_outcomes(self, reason: UploadError | None) -> dict[str, tuple[str, str]]:
        """Return what is known of each person, when an end for a ``reason`` left the call."""
        if not self.begun:
            return {}
        otherwise = self.failed or ("unknown", str(reason))
        # A copy made at once: a call that was left may still add to it.
        return dict.fromkeys(self.gsids, otherwise) | dict(self.outcomes)


def delete_persons(doomed: DeletionPlan, client: Client) -> Deleted:
    """Delete persons, at most 5,000 a call, and wait until each call is over.

    Nothing that ends it early is raised: it is returned in ``stopped``, with the outcomes so far.
    A first signal (Ctrl-C, SIGTERM, SIGHUP) ends it before the next call, a second one at once.
    The client's ledger, if it has one, no longer takes them for stored.
    """
    persons, ours = doomed.persons, client.apart(client.ledger)
    starts = range(0, len(persons), GSIDS_PER_DELETE)
    parts = [_Part(persons[start : start + GSIDS_PER_DELETE]) for start in starts]
    ending = Ending(words=DELETING)
    with noted() as interrupts, hurried(client.ledger, interrupts):
        ending.attempt(_delete_all, parts, ours, ending, interrupts)
        # A call that was left does not go on to another step.
        ours.pace.stop()
        outcomes: dict[str, tuple[str, str]] = {}
        request_ids: dict[str, str] = {}
        for part in parts:
            outcomes |= part.all_outcomes(ending.reason)
            request_ids |= dict.fromkeys(part.gsids, part.request_id)
        gone = [gsid for gsid, (word, _) in outcomes.items() if word in ("deleted", "unknown")]
        ending.attempt(_forget, client, gone)
        ending.attempt(ours.pace.quota.flush)
        return replace(_laid(doomed, outcomes, request_ids), stopped=ending.reason)


def _forget(client: Client, gsids: Sequence[str]) -> None:
    if client.ledger is not None:
        client.ledger.uploads(client.base_url).forget(gsids)


def _delete_all(
    parts: Sequence[_Part], client: Client, ending: Ending, interrupts: Interrupts
) -> None:
    """Let a thread make the calls, one after the other, until something ends that."""
    bell = Bell()
    with interrupts.ringing(bell.ring):
        for part in parts:
            if interrupts.asked:
                ending.interrupted()
            if ending.reason is not None:
                break
            task: Task[_Part, None] = Task(part)
            task.start(lambda one: _delete(one, client), bell)
            part.begun = True
            _await(task, bell, (client, ending, interrupts))


def _await(task: Task[_Part, None], bell: Bell, to: tuple[Client, Ending, Interrupts]) -> None:
    """Wait until a call is over, not for long when the end is asked for, not at all when twice."""
    client, ending, interrupts = to
    while not task.over and not interrupts.at_once:
        bell.wait()
        if interrupts.asked:
            ending.interrupted()
            client.pace.stop()
    if isinstance(task.result, BaseException):
        error = reason_of(task.result, DELETING)
        ending.because(error)
        task.work.failed = _failed(error, ending, accepted=task.work.accepted)
    elif not task.over:
        ending.interrupted()


def _delete(part: _Part, client: Client) -> None:
    """Delete the persons of a call, and keep the outcome of each when it is over."""
    deletion = client.people.delete(part.gsids)
    part.accepted, part.request_id = True, deletion.request_id
    # This process may be killed while it waits; what fails here is tried again at the end.
    with suppress(Exception):
        _forget(client, part.gsids)
    if deletion.state == "waiting":
        job = deletion.id
        deletion = until_over(lambda: client.people.deletion(job), client.pace, "the deletion")
    if deletion.state == "done" and deletion.count == len(part.gsids):
        part.outcomes |= dict.fromkeys(part.gsids, _DELETED)
    elif len(part.gsids) > _READ_SINGLY:
        told = f"{deletion.count} of {len(part.gsids)} deleted: look this person up"
        told = f"the service ended with {deletion.word}, {told}"
        part.outcomes |= dict.fromkeys(part.gsids, ("unknown", told))
    else:
        # The count does not say which: those still there were not deleted.
        for gsid in part.gsids:
            person = client.people.get(gsid)
            is_other = person is not None and person.gsid != gsid
            still = _OTHER if is_other else _STILL_THERE
            part.outcomes[gsid] = _DELETED if person is None else still


def _failed(error: UploadError, ending: Ending, *, accepted: bool) -> tuple[str, str]:
    # A wait that was stopped says no more than that.
    said = str(ending.reason if type(error) is UploadError else error)
    if accepted or error.may_be_stored:
        return "unknown", said
    return "refused" if isinstance(error, RejectedError) else "unsent", said


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
