"""The People API: one method for each endpoint."""

from __future__ import annotations

import re
import secrets
import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar, cast

from gsprep.calls.call import Call
from gsprep.calls.endpoints import (
    BULK_ASYNC,
    BULK_CHUNK,
    BULK_PEOPLE,
    BULK_STATUS,
    DELETE_STATUS,
    PEOPLE,
    PEOPLE_ASYNC,
    PEOPLE_ASYNC_STATUS,
    asks,
)
from gsprep.calls.json_types import given_id, respelled
from gsprep.calls.limits import BYTES_PER_CALL, GSIDS_PER_DELETE, RECORDS_PER_CALL
from gsprep.calls.responses import is_of_form
from gsprep.calls.transport import each_shielded, without_frames
from gsprep.errors import InputError, RejectedError, ReplyError
from gsprep.uploader.echo_match import Keys
from gsprep.uploader.jobs import (
    elements,
    read_chunk,
    read_deletion,
    read_job,
    read_job_status,
    read_upsert_status,
)
from gsprep.uploader.records import as_json, encode
from gsprep.uploader.replies import (
    alone,
    read_bulk_reply,
    read_person,
    read_record,
    read_upsert_reply,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from gsprep.calls.call import Caller, Reply
    from gsprep.ledger.quota import InTransaction
    from gsprep.schemas.lookups import Lookups
    from gsprep.uploader.jobs import Chunk, Content, Deletion, Job, JobStatus, UpsertStatus
    from gsprep.uploader.replies import BulkReply, RecordReply, StoredPerson

    Form = Callable[[bytes, RejectedError | None], "Body"]
    Record = Mapping[str, object]

JSON = "application/json"
_UNSUPPORTED = 415
_OF_THE_BODY = frozenset({200, 400, _UNSUPPORTED, 422})
# A refusal that asks for a file says what it is to be called: part 'file', parameter "upload".
_PART = re.compile(r"\b(?:part|param(?:eter)?|field|named?)\b\W{1,3}([A-Za-z]\w{0,40})['\"`]")


@dataclass(frozen=True, slots=True)
class Body:
    """The bytes of a call and what they are."""

    content: bytes
    media: str = JSON


def as_object(content: bytes, _: RejectedError | None) -> Body:
    """Return JSON as it is."""
    return Body(content)


def as_list(content: bytes, _: RejectedError | None) -> Body:
    """Return a JSON value as a list of one."""
    return Body(b"[" + content + b"]")


def as_file(content: bytes, refusal: RejectedError | None) -> Body:
    """Return JSON as a file in a form, under the name that a refusal asks for or else ``file``.

    >>> as_file(b"{}", None).media.partition(";")[0]
    'multipart/form-data'
    """
    found = _PART.search(refusal.said) if refusal is not None else None
    name, boundary = found[1] if found else "file", secrets.token_hex(16)
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="people.json"'
        f"\r\nContent-Type: {JSON}\r\n\r\n"
    )
    end = f"\r\n--{boundary}--\r\n"
    return Body(
        b"".join((head.encode(), content, end.encode())),
        f"multipart/form-data; boundary={boundary}",
    )


class Forms:
    """The forms of one kind of call, the accepted one first; of another nothing is known yet.

    Several threads may send at once: one that began before a form was accepted tries the others.
    """

    def __init__(self, *forms: Form) -> None:
        """Begin with the form of the samples."""
        # With the refusal that says how the first one is to be sent.
        self._known: tuple[tuple[Form, ...], RejectedError | None] = forms, None
        self._turn = threading.Lock()

    def send(self, content: bytes, call: Callable[[Body], Reply]) -> Reply:
        """Return the reply to a call; raises the refusal of the first form if all are refused."""
        forms, told = self._known
        refusals: list[RejectedError] = []
        for form in forms:
            told = refusals[0] if refusals else told
            try:
                reply = call(form(content, told))
            except RejectedError as refusal:
                refusals.append(refusal)
                if refusal.may_be_stored or not (refusals[1:] or _is_of_the_form(refusal)):
                    raise
                continue
            with self._turn:
                self._known = (form,), told
            return reply
        with self._turn:
            # What is wrong is something else, unless another thread found a form meanwhile.
            self._known = self._known[0][:1], self._known[1]
        raise refusals[0]


def _is_of_the_form(refusal: RejectedError) -> bool:
    """Return whether a refusal may be about the form of a body, not its content."""
    if refusal.may_be_stored or refusal.status not in _OF_THE_BODY:
        return False
    # A code that is known for values may be in a refusal of the form: its words say so.
    if refusal.status == _UNSUPPORTED or is_of_form(refusal.said):
        return True
    return bool(refusal.said) and asks(refusal.code) is None and not refusal.field


T = TypeVar("T")

_GSID = re.compile(r"[0-9A-Za-z-]{1,64}")


class People:
    """Persons with their associations.

    Records have the fields' names as Data Management shows them, associations under ``companies``
    and ``relationships``; ``lookups`` find the ids they lack. All calls raise UploadError.
    """

    def __init__(self, caller: Caller) -> None:
        """Make calls through ``caller``."""
        self._caller = caller
        self._one = Forms(as_object, as_list)
        self._job = Forms(as_object, as_file)

    def upsert(
        self,
        record: Record,
        *,
        lookups: Lookups | None = None,
        in_transaction: InTransaction | None = None,
        once: bool = False,
    ) -> RecordReply:
        """Insert or update one person with all associations, or, when one is wrong, nothing.

        Args:
            record: the fields of the person, with ``companies`` and ``relationships``. A person who
                is only associated needs no field: ``lookups`` find them (Person_ID).
            lookups: how the service finds the ids that associations lack.
            in_transaction: is written to the ledger with the call.
            once: whether a failure that the record may have caused ends the attempts.

        Returns:
            The Gsid and outcome of the person, and of each association.

        Raises:
            UploadError: if the call fails; RejectedError if the service refuses it.

        Examples:
            >>> record = {"Email": "ana@acme.com", "companies": [{"Company_ID": "1P02" + "A" * 32}]}
            >>> client.people.upsert(record).status
            'SUCCESS'
        """
        content = as_json(_with_lookups(record, lookups))
        call = Call(
            method="PUT", path=PEOPLE, writes=True, of_one=True, once=once,
            in_transaction=in_transaction,
        )  # fmt: skip
        reply = self._one.send(content, lambda body: self._sent(call, body))
        return _read(reply, lambda body: read_upsert_reply(alone(body), 1, reply.request_id))

    def upsert_async(self, records: Sequence[Record], *, lookups: Lookups | None = None) -> Job:
        """Hand in at most 50 persons; ``upsert_status`` returns their outcomes (30 minutes).

        Args:
            records: persons with their associations.
            lookups: how the service finds the ids that associations lack.

        Returns:
            The job; its ``id`` is the argument of ``upsert_status``.

        Raises:
            InputError: for no record or more than 50.
            UploadError: if the call fails.

        Examples:
            >>> job = client.people.upsert_async([{"Email": "ana@acme.com"}])
            >>> client.people.upsert_status(job.id, records=1).state
            'done'
        """
        _check_number(records, RECORDS_PER_CALL, "records")
        content = encode([_with_lookups(record, lookups) for record in records])
        call = Call(method="PUT", path=PEOPLE_ASYNC, writes=True, kind="async")
        reply = self._sent(call, Body(content))
        return _read(reply, lambda body: read_job(body, reply.request_id))

    def upsert_status(self, job_id: str, *, records: int) -> UpsertStatus:
        """Return the state of ``upsert_async``.

        Args:
            job_id: the job.
            records: the number of records that were handed in.

        Returns:
            The state, and the outcome of each record once it is done.

        Raises:
            UploadError: if the call fails; ReplyError for another number of records.

        Examples:
            >>> job = client.people.upsert_async([{"Email": "ana@acme.com"}])
            >>> client.people.upsert_status(job.id, records=1).id == job.id
            True
        """
        reply = self._get(PEOPLE_ASYNC_STATUS.format(given_id(job_id)))
        return _read(reply, lambda body: read_upsert_status(body, job_id, records))

    def bulk(self, records: Sequence[Record], *, lookups: Lookups | None = None) -> BulkReply:
        """Insert or update at most 50 persons with their companies and relationships.

        A reply is not a success: each record in it has a status of its own.

        Args:
            records: persons with their associations.
            lookups: how the service finds the ids that associations lack.

        Returns:
            The outcome of each record, and their counts.

        Raises:
            InputError: for no record or more than 50.
            UploadError: if the call fails.

        Examples:
            >>> reply = client.people.bulk([{"Email": "ana@acme.com"}, {"Email": "bo@"}])
            >>> [record.status for record in reply.records]
            ['SUCCESS', 'FAILURE']
        """
        _check_number(records, RECORDS_PER_CALL, "records")
        content = encode(records, _body(lookups))
        return self.store(content, lambda body, name: read_bulk_reply(body, records, name))

    def store(
        self,
        content: bytes,
        read: Callable[[object, str], T],
        in_transaction: InTransaction | None = None,
        *,
        once: bool = False,
    ) -> T:
        """Send an encoded body of ``bulk``, and read the reply by a function of one's own.

        Args:
            content: the body as JSON.
            read: is called with the JSON of the reply and its request_id.
            in_transaction: is written to the ledger with the call.
            once: whether a failure that one of the records may have caused ends the attempts.

        Returns:
            What ``read`` returns.

        Raises:
            UploadError: if the call fails. A ReplyError of ``read`` has the request_id, and that
                the records may be stored.

        Examples:
            >>> body = b'{"records": [{"Email": "ana@acme.com"}]}'
            >>> client.people.store(body, lambda reply, request_id: reply["result"])
            True
        """
        call = Call(
            method="PUT", path=BULK_PEOPLE, writes=True, once=once, in_transaction=in_transaction
        )
        reply = self._sent(call, Body(content))
        return _read(reply, lambda body: read(body, reply.request_id))

    def bulk_async(self, records: Sequence[Record], *, lookups: Lookups | None = None) -> Job:
        """Hand in as many persons as go into 80 MB of JSON; ``job`` returns the state.

        Args:
            records: persons with their associations.
            lookups: how the service finds the ids that associations lack.

        Returns:
            The job; its ``id`` is the argument of ``job``.

        Raises:
            InputError: for no record or more than 80 MB.
            UploadError: if the call fails.

        Examples:
            >>> job = client.people.bulk_async([{"Email": "ana@acme.com"}])
            >>> client.people.job(job.id).id == job.id
            True
        """
        _check_number(records, None, "records")
        return self.hand_in(encode(records, _body(lookups)))

    def hand_in(self, content: bytes, in_transaction: InTransaction | None = None) -> Job:
        """Hand in an encoded body of ``bulk_async``.

        Args:
            content: the body as JSON.
            in_transaction: is written to the ledger with the call.

        Returns:
            The job; its ``id`` is the argument of ``job``.

        Raises:
            InputError: for more than 80 MB.
            UploadError: if the call fails.

        Examples:
            >>> job = client.people.hand_in(b'{"records": [{"Email": "ana@acme.com"}]}')
            >>> client.people.job(job.id).state
            'done'
        """
        if len(content) > BYTES_PER_CALL:
            raise InputError(
                f"a job takes {BYTES_PER_CALL:,} bytes, these records are {len(content):,}: "
                "hand them in as several"
            )
        call = Call(
            method="POST", path=BULK_ASYNC, writes=True, kind="async", in_transaction=in_transaction
        )
        reply = self._job.send(content, lambda body: self._sent(call, body))
        return _read(reply, lambda body: read_job(body, reply.request_id))

    def job(self, job_id: str) -> JobStatus:
        """Return the state of a bulk job.

        Args:
            job_id: the job.

        Returns:
            The state, and counts and files once it is done.

        Raises:
            UploadError: if the call fails; RejectedError for a job that the tenant lacks.

        Examples:
            >>> job = client.people.bulk_async([{"Email": "ana@acme.com"}])
            >>> client.people.job(job.id).state
            'done'
        """
        reply = self._get(BULK_STATUS.format(given_id(job_id)))
        return _read(reply, lambda body: read_job_status(body, job_id))

    def results(self, job: JobStatus, sent: Sequence[Record]) -> Iterator[RecordReply]:
        """Yield the reply to each record of a job that is done, with its ``number``.

        One file is held in memory at a time.

        Args:
            job: the state of the job, from ``job``.
            sent: the records' own fields in their order.

        Returns:
            The outcome of each record.

        Raises:
            InputError: for a job that is not done.
            ReplyError: after the last record, if not every record was answered exactly once; its
                ``doubtful`` names those yielded that are not to be believed.
            UploadError: if a call fails.

        Examples:
            >>> records = [{"Email": "ana@acme.com"}]
            >>> job = client.people.bulk_async(records)
            >>> state = client.people.job(job.id)
            >>> [reply.status for reply in client.people.results(state, records)]
            ['SUCCESS']
        """
        found = elements(self._files(job), Keys.of(sent))
        return each_shielded(read_record(element, at + 1) for at, element in found)

    def elements(self, job: JobStatus, sent: Keys) -> Iterator[tuple[int, Mapping[str, Any]]]:
        """Yield each record of the result files as it came, with its position in ``sent``.

        Args:
            job: the state of the job, from ``job``.
            sent: the keys of the records sent, in their order.

        Returns:
            Pairs of position and the service's own JSON.

        Raises:
            InputError: for a job that is not done.
            UploadError: if a call fails.

        Examples:
            >>> from gsprep.uploader.echo_match import Keys
            >>> records = [{"Email": "ana@acme.com"}]
            >>> job = client.people.bulk_async(records)
            >>> state = client.people.job(job.id)
            >>> [position for position, _ in client.people.elements(state, Keys.of(records))]
            [0]
        """
        return each_shielded(elements(self._files(job), sent))

    def chunk(self, job_id: str, number: int) -> Chunk:
        """Return one file of a job's results; its record numbers are its own.

        Args:
            job_id: the job.
            number: the file, one of ``chunks`` of the job's state.

        Returns:
            The outcome of each record of the file, and their counts.

        Raises:
            UploadError: if the call fails; RejectedError for a file that the tenant lacks.

        Examples:
            >>> job = client.people.bulk_async([{"Email": "ana@acme.com"}])
            >>> state = client.people.job(job.id)
            >>> len(client.people.chunk(job.id, state.chunks[0]).records)
            1
        """
        reply = self._file(given_id(job_id), number)
        return _read(reply, lambda content: read_chunk(cast("Content", content), number))

    def find(self, email: str) -> StoredPerson | None:
        """Return the person of an e-mail address.

        Args:
            email: the address.

        Returns:
            The person with all associations; None if the tenant has none.

        Raises:
            InputError: for a blank address.
            UploadError: if the call fails.

        Examples:
            >>> _ = client.people.upsert({"Email": "ana@acme.com", "Name": "Ana Ruiz"})
            >>> client.people.find("ana@acme.com").name
            'Ana Ruiz'
            >>> client.people.find("bo@acme.com") is None
            True
        """
        if not email.strip():
            raise InputError("a person is read by an e-mail address: none was given")
        return self._person(Call(method="GET", path=PEOPLE, query={"Email": email.strip()}))

    def get(self, gsid: str) -> StoredPerson | None:
        """Return the person of a Gsid.

        Args:
            gsid: the Gsid.

        Returns:
            The person with all associations; None if the tenant has none.

        Raises:
            InputError: for what is no Gsid.
            UploadError: if the call fails.

        Examples:
            >>> stored = client.people.upsert({"Email": "ana@acme.com"})
            >>> client.people.get(stored.gsid).email
            'ana@acme.com'
        """
        if not _GSID.fullmatch(gsid):
            raise InputError("a person is read by a Gsid: letters, digits and hyphens only")
        return self._person(Call(method="GET", path=f"{PEOPLE}/{gsid}"))

    def delete(self, gsids: Sequence[str]) -> Deletion:
        """Begin to delete at most 5,000 persons, their associations and what refers to them.

        Args:
            gsids: the persons.

        Returns:
            The deletion; its ``id`` is the argument of ``deletion``.

        Raises:
            InputError: for no Gsid, more than 5,000, or what is no Gsid.
            UploadError: if the call fails.

        Examples:
            >>> stored = client.people.upsert({"Email": "ana@acme.com"})
            >>> client.people.delete([stored.gsid]).state
            'waiting'
        """
        _check_number(gsids, GSIDS_PER_DELETE, "Gsids")
        if not all(map(_GSID.fullmatch, gsids)):
            raise InputError("persons are deleted by their Gsids: letters, digits and hyphens only")
        call = Call(method="DELETE", path=PEOPLE, writes=True, kind="delete")
        reply = self._sent(call, Body(as_json(list(gsids))))
        return _read(reply, lambda body: read_deletion(body, reply.request_id))

    def deletion(self, deletion_id: str) -> Deletion:
        """Return the state of a deletion.

        Args:
            deletion_id: the deletion.

        Returns:
            The state, and the number of records processed.

        Raises:
            UploadError: if the call fails; RejectedError for a deletion that the tenant lacks.

        Examples:
            >>> stored = client.people.upsert({"Email": "ana@acme.com"})
            >>> begun = client.people.delete([stored.gsid])
            >>> client.people.deletion(begun.id).id == begun.id
            True
        """
        reply = self._get(DELETE_STATUS.format(given_id(deletion_id)))
        return _read(reply, lambda body: read_deletion(body, reply.request_id, deletion_id))

    def _person(self, call: Call) -> StoredPerson | None:
        try:
            reply = self._caller.make(call)
        except RejectedError as refusal:
            if refusal.absent:
                return None
            raise
        return _read(reply, lambda _: read_person(reply.body, reply.request_id))

    def _files(self, job: JobStatus) -> Iterator[Content]:
        files = job.files or tuple((job.id, number) for number in job.chunks)
        if job.state == "waiting" or (job.state == "failed" and not files):
            raise InputError(f"the job {job.id} has no results yet: ask again until it is done")
        return (self._file(name, number).body for name, number in files)

    def _file(self, name: str, number: int) -> Reply:
        path = BULK_CHUNK.format(name, number)
        return self._caller.make(Call(method="GET", path=path, is_file=True))

    def _sent(self, call: Call, body: Body) -> Reply:
        return self._caller.make(replace(call, body=body.content, media=body.media))

    def _get(self, path: str) -> Reply:
        return self._caller.make(Call(method="GET", path=path))


def _read(reply: Reply, read: Callable[[object], T]) -> T:
    try:
        return read(respelled(reply.body))
    except ReplyError as error:
        failure = without_frames(error)
    failure.request_id = reply.request_id
    # The service took the call, or reports a job it took; its result cannot be read.
    failure.may_be_stored = True
    raise failure


def _body(lookups: Lookups | None) -> Record | None:
    return None if lookups is None else lookups.body()


def _with_lookups(record: Record, lookups: Lookups | None) -> Record:
    return record if lookups is None else {**record, "lookups": lookups.body()}


def _check_number(given: Sequence[object], most: int | None, what: str) -> None:
    if not given or (most is not None and len(given) > most):
        allowed = f"1 to {most:,}" if most is not None else "at least 1 of the"
        raise InputError(f"a call takes {allowed} {what}, not {len(given):,}")
