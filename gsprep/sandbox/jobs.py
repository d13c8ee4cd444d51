"""Jobs and their result files.

States: "Upsert Status API", "GET Delete Status API" and "People APIs - Bulk Async Process Status
API", page "People API Documentation", read 2026-11. The page gives only a maximum of 30 minutes;
the times here are the sandbox's own.

Result files: "Chunk Result" on the same page. They differ from the replies of the synchronous
call: a file has no envelope, and the record of a failed row shows nulls.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from gsprep.sandbox.database import packed, unpacked
from gsprep.sandbox.records import named_in, read_lookups, resolve
from gsprep.sandbox.rules import no_such_job
from gsprep.sandbox.tenant import Tenant, job_id, other_job_id
from gsprep.sandbox.upsert import upsert_record, upsert_single_queued

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from gsprep.sandbox.database import Rows
    from gsprep.sandbox.dialect import CountNames, Dialect


Kind = Literal["people", "delete", "bulk"]
State = Literal["INIT", "INPROGRESS", "COMPLETED", "FAILED"]
# A faulty job stops half way: it never ends, or it ends as failed.
JobFault = Literal["stuck", "failed"]
# The most records of jobs that one call to the sandbox processes, so that no call waits long.
AT_ONCE: Final = 5_000

# The end of the result of a record that was stored whole, which has no error.
_STORED: Final = '"operationStatus":"SUCCESS"}'
_JOBS: Final = "external/bulk/ingestion/async"
_COUNTS: Final[Mapping[str, tuple[str, str]]] = {
    "total_count": ("totalCount", "partialSuccessCount"),
    "total_records": ("totalRecords", "partialRecords"),
}
# Ids of a failed row that are null if it has no value for them.
_IDS: Final = {
    "person": (),
    "company_person": ("Person_ID",),
    "relationship_person": ("Person_ID", "Company_Person_ID"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Pace:
    """Speed of jobs and size of their result files.

    Attributes:
        waits: seconds in INIT.
        least: least number of seconds in INPROGRESS.
        rate: records that a job processes in a second.
        time_scale: speed of jobs; 60 makes a minute of a job last a second.
        chunk_size: records in a result file. No page says how many; bulk export has 20,000.
    """

    waits: float = 1.0
    least: float = 0.795
    rate: float = 2_000.0
    time_scale: float = 1.0
    chunk_size: int = 20_000

    def seconds(self, total: int) -> float:
        """Return how many seconds a job of ``total`` records is INPROGRESS."""
        return max(self.least, total / self.rate)


class Work(NamedTuple):
    """Work of a new job.

    Attributes:
        kind: what the job does.
        records: records, or GSIDs to delete.
        lookups: lookups of all records.
        fault: how the job goes wrong, if it does.
    """

    kind: Kind
    records: Sequence[Any]
    lookups: Any = None
    fault: JobFault | None = None


class Job(NamedTuple):
    """A job as it is stored; ``submitted`` in seconds."""

    id: str
    kind: Kind
    submitted: float
    total: int
    done: int
    fault: JobFault | None
    lookups: str

    def state(self, pace: Pace, now: float) -> State:
        """Return the state at a time in seconds."""
        elapsed = (now - self.submitted) * pace.time_scale
        if elapsed < pace.waits:
            return "INIT"
        if elapsed < pace.waits + pace.seconds(self.total) or self.fault == "stuck":
            return "INPROGRESS"
        if self.fault == "failed":
            return "FAILED"
        return "COMPLETED" if self.done == self.total else "INPROGRESS"

    def due(self, pace: Pace, now: float) -> int:
        """Return how many records should be processed by a time in seconds."""
        elapsed = (now - self.submitted) * pace.time_scale - pace.waits
        most = self.total // 2 if self.fault else self.total
        return min(most, int(self.total * max(0.0, elapsed) / pace.seconds(self.total)))


def submit(rows: Rows, work: Work) -> str:
    """Accept work and return the id of its job; raises RefusalError for invalid lookups."""
    read_lookups(rows, work.lookups)
    name = job_id(*rows.next_number())
    job = Job(name, work.kind, rows.now / 1000, len(work.records), 0, work.fault, "")
    rows.connection.execute(
        "INSERT INTO jobs VALUES (?, ?, ?, ?, ?, ?, ?)",
        job._replace(lookups=json.dumps(work.lookups)),
    )
    rows.connection.executemany(
        "INSERT INTO tasks VALUES (?, ?, ?, NULL)",
        ((name, number, packed(one)) for number, one in enumerate(work.records, 1)),
    )
    return name


def find(rows: Rows, name: str, kind: Kind) -> Job:
    """Return a job; raises RefusalError if there is no job of this id and kind."""
    sql = "SELECT * FROM jobs WHERE id = ? AND kind = ?"
    line = rows.connection.execute(sql, (name, kind)).fetchone()
    if line is None:
        raise no_such_job()
    return Job(*line)


def advance(rows: Rows, pace: Pace, at_most: int) -> int:
    """Process the records that are due, the oldest job first, and return how many they were."""
    left = at_most
    sql = "SELECT * FROM jobs WHERE done < total ORDER BY submitted, id"
    for line in rows.connection.execute(sql).fetchall():
        job = Job(*line)
        count = min(left, job.due(pace, rows.now / 1000) - job.done)
        if count > 0:
            _process(rows, job, count)
            left -= count
    return at_most - left


def _process(rows: Rows, job: Job, count: int) -> None:
    run = rows.connection.execute
    sql = "SELECT number, given FROM tasks WHERE job = ? AND number BETWEEN ? AND ?"
    tasks = run(sql, (job.id, job.done + 1, job.done + count)).fetchall()
    records = [unpacked(given) for _, given in tasks]
    if job.kind == "bulk":
        rows.read_ahead(*named_in(records))
    begin = _BEGIN[job.kind](rows, job)
    results = [
        (packed(begin(record, number)), number)
        for (number, _), record in zip(tasks, records, strict=True)
    ]
    rows.connection.executemany(
        "UPDATE tasks SET given = NULL, answer = ? WHERE job = ? AND number = ?",
        ((result, job.id, number) for result, number in results),
    )
    run("UPDATE jobs SET done = done + ? WHERE id = ?", (count, job.id))


def _people(rows: Rows, _: Job) -> Callable[[Any, int], Any]:
    return lambda record, _number: upsert_single_queued(rows, record)


def _deletes(rows: Rows, _: Job) -> Callable[[Any, int], Any]:
    return lambda gsid, _number: rows.delete_person(gsid)


def _bulk(rows: Rows, job: Job) -> Callable[[Any, int], Any]:
    wanted = read_lookups(rows, json.loads(job.lookups))
    return lambda record, number: upsert_record(rows, resolve(rows, wanted, record), number)


# How one record of a job is processed; the number counts from 1.
_BEGIN: Final = {"people": _people, "delete": _deletes, "bulk": _bulk}


def count_statuses(rows: Rows, job: Job) -> dict[str, int]:
    """Return how many processed records of a bulk job have each status."""
    sql = (
        "SELECT json_extract(answer, '$.operationStatus'), count(*) FROM tasks "
        "WHERE job = ? AND answer > '' GROUP BY 1"
    )
    return dict(rows.connection.execute(sql, (job.id,)).fetchall())


def stored_results(rows: Rows, job: Job, first: int, last: int) -> list[str]:
    """Return the results of the processed records among ``first`` to ``last``, each as JSON."""
    sql = (
        "SELECT answer FROM tasks WHERE job = ? AND number BETWEEN ? AND ? "
        "AND answer IS NOT NULL ORDER BY number"
    )
    found = rows.connection.execute(sql, (job.id, first, last))
    return [result for (result,) in found]


def results(rows: Rows, job: Job) -> list[Any]:
    """Return the results of the processed records of a job."""
    return [unpacked(result) for result in stored_results(rows, job, 1, job.total)]


def accepted(name: str) -> dict[str, Any]:
    """Return the ``data`` of an accepted bulk job; the URL has no leading slash."""
    return {"jobId": name, "statusUrl": f"v1.0/{_JOBS}/status/{name}"}


def counted(
    results: Sequence[Mapping[str, Any]], names: CountNames = "total_count"
) -> dict[str, int]:
    """Return how many records have each status."""
    return _counts(Counter(result["operationStatus"] for result in results), names)


def _counts(statuses: Mapping[str, int], names: CountNames) -> dict[str, int]:
    total, partial = _COUNTS[names]
    return {
        "successCount": statuses.get("SUCCESS", 0),
        total: sum(statuses.values()),
        "failureCount": statuses.get("FAILURE", 0),
        partial: statuses.get("PARTIAL_SUCCESS", 0),
    }


@dataclass(frozen=True, kw_only=True, slots=True)
class FinishedJob:
    """A bulk job that is over.

    Attributes:
        job: the job.
        statuses: how many records have each status.
        pace: how long the job took, and the size of its result files.
        dialect: wording of its replies.
    """

    job: Job
    statuses: Mapping[str, int]
    pace: Pace
    dialect: Dialect


def job_data(finished: FinishedJob) -> dict[str, Any]:
    """Return the ``data`` of the status of a finished bulk job; its URLs begin with a slash."""
    job, pace, names = finished.job, finished.pace, finished.dialect.count_names
    count = finished.statuses
    total, partial = _COUNTS["total_records" if names == "mixed" else names]
    name = other_job_id(job.id) if finished.dialect.chunk_id == "other" else job.id
    return {
        "statusType": "COMPLETED",
        "response": {
            "status": "Completed",
            "successCount": count.get("SUCCESS", 0),
            "failureCount": count.get("FAILURE", 0),
            total: job.total,
            partial: count.get("PARTIAL_SUCCESS", 0),
            "objectName": "person",
            "timeTaken": round(pace.seconds(job.total), 3),
            "chunkDetails": [
                {"chunkURL": f"/{_JOBS}/{name}/chunk/{number}/results"}
                for number in range(1, -(-job.total // pace.chunk_size) + 1)
            ],
        },
    }


def chunk_json(results: Sequence[str], tenant: Tenant, dialect: Dialect, *, offset: int) -> str:
    """Return the result file that begins after ``offset`` records of the job, as JSON.

    results: the results of its records as JSON, as they were stored.
    """
    taken = offset if dialect.row_number == "restart" else 0
    statuses: Counter[str] = Counter()
    records = []
    for result in results:
        if taken == 0 and result.endswith(_STORED):
            # A file shows the result of a stored record as it is.
            statuses["SUCCESS"] += 1
            records.append(result)
            continue
        read = unpacked(result)
        statuses[read["operationStatus"]] += 1
        records.append(packed(_record(_renumbered(read, taken), tenant)))
    names = "total_count" if dialect.count_names == "mixed" else dialect.count_names
    counts = json.dumps(_counts(statuses, names)).removesuffix("}")
    ending = ', "outPutFilePath": null' if statuses.keys() - {"SUCCESS"} else ""
    return f'{counts}, "records": [{", ".join(records)}]{ending}}}'


def _renumbered(result: dict[str, Any], offset: int) -> dict[str, Any]:
    number = result["rowNumber"] - offset
    numbered = {**result, "messageId": str(number), "rowNumber": number}
    if "error" in result:
        numbered["error"] = {**result["error"], "rowNum": number}
    return numbered


def _record(result: dict[str, Any], tenant: Tenant) -> dict[str, Any]:
    if "error" not in result:
        return result
    details = [{"fieldName": None, "values": None} | one for one in result["error"]["details"]]
    return {
        **result,
        "error": {**result["error"], "details": details, "record": None},
        "record": _written_out(result["record"], "person", tenant),
        "operationType": None,
    }


def _written_out(row: Mapping[str, Any], kind: str, tenant: Tenant) -> dict[str, Any]:
    """Return an echoed row, and the rows below it, with the nulls that a file shows."""
    lists = [
        field.name
        for field in tenant.own_fields(kind).values()
        if field.type == "MULTISELECTDROPDOWNLIST"
    ]
    full: dict[str, Any] = {**dict.fromkeys([*lists, *_IDS[kind]]), **row}
    for name, below in (("companies", "company_person"), ("relationships", "relationship_person")):
        if name in row:
            full[name] = [_written_out(one, below, tenant) for one in row[name]]
    return full
