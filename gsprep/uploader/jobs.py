"""Jobs of the service, polled until they end, and their result files.

No address in a reply is ever followed: ids are read out of it, looked at, and asked for again at
the tenant's own address. Result files: page "People API Documentation", "People APIs - Bulk Async
Process Chunk Result". It does not say whether numbers begin again in each file: both are read, and
the echoed person decides that a record is the one that was sent.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar

import orjson

from gsprep.calls.endpoints import only_code
from gsprep.calls.json_types import (
    as_count,
    as_object,
    as_records,
    as_text,
    is_file_id,
    opened,
    parsed,
    records_in,
    replied_id,
    respelled,
)
from gsprep.errors import RejectedError, ReplyError, UnavailableError
from gsprep.uploader.echo_match import Answered
from gsprep.uploader.replies import (
    Counts,
    RecordReply,
    alone,
    read_counts,
    read_record,
    read_upsert_reply,
    word_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from gsprep.calls.limits import Pace
    from gsprep.uploader.echo_match import Keys


State = Literal["waiting", "done", "failed"]
# Only the first is documented for people; the others end the jobs of Gainsight's other APIs.
_ENDS: Mapping[str, State] = {
    "COMPLETED": "done", "FAILED": "failed", "ABORTED": "failed", "ERROR": "failed",
    "CANCELLED": "failed", "CANCELED": "failed", "FAILURE": "failed", "KILLED": "failed",
    "REJECTED": "failed", "TERMINATED": "failed",
}  # fmt: skip
# Any further word is that of an end once files of results are named, but for these.
_UNDER_WAY = frozenset({
    "INIT", "INPROGRESS", "IN_PROGRESS", "NOT_STARTED", "ON_HOLD", "PAUSED", "PENDING",
    "PROCESSING", "QUEUED", "RUNNING", "STARTED", "SUBMITTED", "WAITING",
})  # fmt: skip
# The address of a file may name any host and version, and end in a slash or a query: the id and
# the number are all that is read of it.
_CHUNK = re.compile(r"(?:^|/)async/+([^/?#]+)/+chunk/+([0-9]{1,6})(?:/+results)?/*(?:[?#].*)?")

_STATUS_ID = re.compile(r"/status/([^/?#]+)/?(?:[?#].*)?$")

# The id that a file of results stands under, which need not be the job's, and its number.
File = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Job:
    """A job that the service accepted.

    Attributes:
        id: the job's name in later calls.
        request_id: the service's name for the call, "" when it gave none.
        raw: the service's own JSON: the addresses in it are never followed.
    """

    id: str
    request_id: str
    raw: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class JobStatus:
    """The state of a bulk job.

    Attributes:
        id: the job.
        state: ``waiting``, ``done`` or ``failed``.
        word: the service's own for the state.
        counts: of its records, once it is done.
        chunks: the numbers of the files its results stand in.
        seconds: how long it took, None while it is not said.
        raw: the service's own JSON.
        files: the files in the order of their records, each with the id it stands under.
    """

    id: str
    state: State
    word: str
    counts: Counts
    chunks: tuple[int, ...]
    seconds: float | None
    raw: Mapping[str, Any] = field(repr=False)
    files: tuple[File, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class UpsertStatus:
    """The state of an asynchronous upsert.

    Attributes:
        id: the job.
        state: ``waiting``, ``done`` or ``failed``.
        word: the service's own for the state.
        records: the reply to each record as they were sent, once it is done.
        raw: the service's own JSON.
    """

    id: str
    state: State
    word: str
    records: tuple[RecordReply, ...]
    raw: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Deletion:
    """The state of a deletion.

    Attributes:
        id: the deletion's name in later calls.
        state: ``waiting``, ``done`` or ``failed``.
        word: the service's own for the state.
        count: the records processed, None when it is not said.
        request_id: the service's name for the call, "" when it gave none.
        raw: the service's own JSON.
    """

    id: str
    state: State
    word: str
    count: int | None
    request_id: str
    raw: Mapping[str, Any] = field(repr=False)


def read_job(body: object, request_id: str) -> Job:
    """Return the job that a reply names, by a name of the pages, its address or its id alone."""
    raw = body if isinstance(body, dict) else {}
    return Job(replied_id(_id_in(body)), request_id, raw)


_NAMES_OF_ID = (
    "jobId", "statusId", "deleteRequestId", "id", "Id", "ID", "data", "statusUrl",
)  # fmt: skip


def _id_in(body: object) -> object:
    """Return the id of a job or a deletion that a reply has, None without one."""
    data = alone(body)
    named = [data.get(name) for name in _NAMES_OF_ID] if isinstance(data, dict) else [data]
    found = next(filter(None, named), None)
    in_url = _STATUS_ID.search(as_text(found))
    return in_url[1] if in_url else found


def read_job_status(body: object, job_id: str) -> JobStatus:
    """Return how far a bulk job is; ReplyError for files that cannot be asked for or with gaps."""
    raw, given = as_object(body), alone(body)
    said = (given if isinstance(given, dict) else {}) | opened(body)[1]
    words = (said.get(name) for name in ("statusType", "status", "state"))
    state, word = _state(next(filter(None, words), raw.get("message")))
    is_odd = state == "waiting" and word not in _UNDER_WAY
    if is_odd and isinstance(given, dict) and given.get("chunkDetails"):
        state = "done"
    # Nothing is said of results before there are any, in whatever shape.
    response = as_object(given) if state == "done" or isinstance(given, dict) else {}
    details = as_records(response.get("chunkDetails"))
    files = _in_order([_file(detail) for detail in details])
    if state == "done" and not (_without_gap(files) or all(map(_without_gap, _by_id(files)))):
        raise ReplyError(
            "the files of the job's results are not numbered 1, 2, …: some are missing"
        )
    taken = response.get("timeTaken")
    seconds = float(taken) if isinstance(taken, int | float) else None
    numbers = tuple(number for _, number in files)
    return JobStatus(
        job_id, state, word, read_counts(response), numbers, seconds, raw, tuple(files)
    )


def _file(detail: object) -> File:
    """Return the id and the number of a file from its address, whatever host that names."""
    url = detail.get("chunkURL") if isinstance(detail, dict) else detail
    found = _CHUNK.search(as_text(url).strip())
    if found is None or found.end() < len(found.string) or not is_file_id(found[1]):
        raise ReplyError("the service names a file of results that cannot be asked for")
    return found[1], int(found[2])


def _in_order(named: Sequence[File]) -> list[File]:
    """Return each file once, by number; where each id counts its own files, id after id."""
    files = list(dict.fromkeys(named))
    by_number = sorted(files, key=lambda file: file[1])
    if _without_gap(by_number):
        return by_number
    return [file for few in _by_id(files) for file in few]


def _by_id(files: Sequence[File]) -> list[list[File]]:
    ids = dict.fromkeys(name for name, _ in files)
    return [sorted(file for file in files if file[0] == name) for name in ids]


def _without_gap(files: Sequence[File]) -> bool:
    """Return whether the files are numbered through, from 1 or else from 0."""
    numbers = [number for _, number in files]
    return numbers in (list(range(1, len(files) + 1)), list(range(len(files))))


def read_upsert_status(body: object, status_id: str, records: int) -> UpsertStatus:
    """Return how far an asynchronous upsert of so many ``records`` is.

    Its records have no number: their place identifies them. ReplyError when there are not as
    many as were sent.
    """
    raw = as_object(body)
    given, around = opened(body)
    state, word = _state((given if isinstance(given, dict) else around).get("status"))
    if state != "done":
        return UpsertStatus(status_id, state, word, (), raw)
    elements = list(map(as_object, records_in(given)))
    if len(elements) != records:
        raise ReplyError(f"{records} record(s) were sent, the reply has {len(elements)}")
    numbers = [as_count(element.get("rowNumber")) for element in elements]
    places = list(range(1, records + 1))
    if (
        any(number is not None for number in numbers)
        and sorted(number or 0 for number in numbers) != places
    ):
        raise ReplyError("the reply numbers its records otherwise than they were sent")
    told = [
        read_upsert_reply(element, number or at)
        for at, (number, element) in enumerate(zip(numbers, elements, strict=True), 1)
    ]
    in_order = tuple(sorted(told, key=lambda one: one.number))
    return UpsertStatus(status_id, state, word, in_order, raw)


def read_deletion(body: object, request_id: str, asked: str | None = None) -> Deletion:
    """Return how far a deletion is; ReplyError when it is another than the one ``asked`` for."""
    raw, data = body if isinstance(body, dict) else {}, alone(body)
    found = replied_id(_id_in(body) or asked)
    if asked is not None and found != asked:
        raise ReplyError("the service returned another deletion than the one asked for")
    said = data if isinstance(data, dict) else {"status": "INIT"}
    state, word = _state(said.get("status"))
    return Deletion(found, state, word, as_count(said.get("count")), request_id, raw)


def _state(word: object) -> tuple[State, str]:
    if not (name := word_of(word)):
        raise ReplyError("the reply does not say how far the job is")
    return _ENDS.get(name, "waiting"), name


# A wait is this share of the time so far, so that a job that is over is noticed within a twentieth
# of its time. No page tells how far a job is, or how often its status may be asked for.
_SHARE = 0.05
# The page says that an upsert takes 30 minutes at most; nothing says how long a larger job may.
PATIENCE = 35 * 60.0
# A question that is turned down so often in a row is not asked again in this run.
_ENOUGH = 5


class _HasState(Protocol):
    @property
    def state(self) -> State: ...
    @property
    def word(self) -> str: ...


S = TypeVar("S", bound=_HasState)


def waits(shortest: Callable[[], float], patience: float = PATIENCE) -> Iterator[float]:
    """Yield the seconds before each time a job is asked for, ``patience`` in all.

    ``shortest`` returns the shortest wait that leaves enough of the quota to other calls.

    >>> list(waits(lambda: 10.0, 25.0))
    [10.0, 10.0, 5.0]
    >>> [round(wait) for wait in waits(lambda: 1.0, 600.0)][-3:]
    [26, 28, 20]
    """
    waited = 0.0
    while waited < patience:
        wait = min(max(shortest(), _SHARE * waited), patience - waited)
        yield wait
        waited += wait


def until_over(ask: Callable[[], S], pace: Pace, what: str, *, patience: float = PATIENCE) -> S:
    """Return the state of a job when it is done or failed; ``what`` is said while waiting.

    A job that was taken on is not given up for one odd reply: what cannot be read, or is turned
    down, is asked again. Raises UnavailableError, ``may_be_stored``, when the job is not over after
    ``patience`` seconds, and RejectedError for a question that is turned down again and again; the
    job is still to be asked for then.
    """
    heard = _Heard(what)
    with pace.polling(patience) as shortest:
        for wait in waits(shortest, patience):
            pace.pause(wait, what)
            status = heard.from_(ask)
            if status is not None and status.state != "waiting":
                return status
    raise UnavailableError(
        f"{what} is not over after {patience / 60:.0f} minutes{heard.oddly}: look at it later",
        may_be_stored=True,
    )


@dataclass(slots=True)
class _Heard:
    """What was heard of a job: how often in a row no state, and what at last."""

    what: str
    refused: int = 0
    oddly: str = ""

    def from_(self, ask: Callable[[], S]) -> S | None:
        """Return the state of the job, None when there was no telling."""
        try:
            status = ask()
        except ReplyError as error:
            self.oddly = f" ({error})"
            return None
        except RejectedError as error:
            self.refused += 1
            if self.refused == _ENOUGH:
                raise self._turned_down(error) from error
            return None
        self.refused, self.oddly = 0, f" ({only_code(status.word)})"
        return status

    def _turned_down(self, error: RejectedError) -> RejectedError:
        refusal = ", ".join(filter(None, (f"HTTP {error.status}", error.code)))
        return RejectedError(
            f"the service took {self.what}, and turns down the question how far it is ({refusal}): "
            "ask again later",
            status=error.status,
            code=error.code,
            request_id=error.request_id,
        )


# A file as it came: what was gathered part by part is not copied for its type.
Content = bytes | bytearray


class TornFileError(ReplyError):
    """A file of results is not JSON, or not whole; asked for again it may be."""


def read_file(content: Content) -> tuple[list[Any], dict[str, Any]]:
    r"""Return the records of a file, and its other members.

    They may be in the envelope that every other reply has, a list, or one in each line.

    >>> read_file(b'{"totalCount": 1, "records": [{"rowNumber": 1}]}')
    ([{'rowNumber': 1}], {'totalCount': 1})
    >>> read_file(b'{"rowNumber": 1}\n{"rowNumber": 2}\n')
    ([{'rowNumber': 1}, {'rowNumber': 2}], {})
    """
    try:
        found = orjson.loads(content)
    except ValueError:
        found = _lines(content) or _parsed_leniently(content)
    if isinstance(found, dict) and not {"records", "data"} & found.keys():
        found = respelled(found)
    if not isinstance(found, dict) and not _are_records(found):
        raise _unreadable()
    inner, around = opened(found)
    return records_in(inner), around


def _lines(content: Content) -> list[Any]:
    """Return the records of a file with one in each line; none if it is another file."""
    try:
        found = [orjson.loads(line) for line in content.splitlines() if line.strip()]
    except ValueError:
        return []
    return found if _are_records(found) else []


def _are_records(found: object) -> bool:
    """Return whether this is a list of records; an empty one may be anything."""
    if not isinstance(found, list) or not found:
        return False
    return all(isinstance(one, dict) for one in found) and "rowNumber" in respelled(found[0])


def _parsed_leniently(content: Content) -> object:
    """Return JSON with what orjson refuses: a mark before it, NaN, half a character."""
    try:
        return parsed(content)
    except (ValueError, RecursionError):
        raise _unreadable() from None


def _unreadable() -> TornFileError:
    return TornFileError("a file of results is not JSON, or not whole: ask for it again later")


@dataclass(frozen=True, slots=True)
class Chunk:
    """One file of results.

    Attributes:
        number: its number in the job.
        records: the reply to each record, with its number in the file.
        counts: how many records were stored and refused.
        raw: the other members of the file.
    """

    number: int
    records: tuple[RecordReply, ...]
    counts: Counts
    raw: Mapping[str, Any] = field(repr=False)


def read_chunk(content: Content, number: int) -> Chunk:
    """Return a file whole; nothing is compared with what was sent."""
    found, raw = read_file(content)
    records = [read_record(one, as_count(one.get("rowNumber")) or 0) for one in _elements(found)]
    return Chunk(number, tuple(records), read_counts(raw), raw)


class LeftOutError(ReplyError):
    """Result files that agree with what was sent, but omit some records.

    Attributes:
        read: how many records they mention.
    """

    def __init__(self, message: str, *, read: int) -> None:
        """Keep the number for who knows how many the job had."""
        super().__init__(message)
        self.read = read


def elements(files: Iterable[Content], sent: Keys) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Yield the records of a job's files, each with its place among those sent.

    Raises ReplyError after the last file when records were left out, answered twice or under the
    number of another person: ``doubtful`` names those not to be believed. Raises TornFileError for
    a file that cannot be read.
    """
    answered = Answered(sent)
    for content in files:
        records, others = read_file(content)
        yield from answered.take(list(_elements(records)), as_count(others.get("totalCount")) or 0)
    error = answered.error("the job's results")
    if answered.doubtful or answered.strange:
        raise error
    if answered.missing:
        raise LeftOutError(str(error), read=len(sent) - answered.missing)


def _elements(records: Iterable[Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the records of a file; of millions only those that are spelled otherwise are copied."""
    for one in map(as_object, records):
        yield one if "rowNumber" in one else respelled(one)
