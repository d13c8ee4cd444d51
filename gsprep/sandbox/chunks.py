"""The result files of a bulk job.

Shapes: "People APIs - Bulk Async Process Status API" and "Chunk Result", page "People API
Documentation", read 2026-11. They differ from the replies of the synchronous call: a file has no
envelope, and where a record failed it writes nulls out.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from gsprep.sandbox import ids

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gsprep.sandbox.dialect import CountNames, Dialect
    from gsprep.sandbox.jobs import Job, Pace
    from gsprep.sandbox.tenant import Tenant

_JOBS: Final = "external/bulk/ingestion/async"
_COUNTS: Final[Mapping[str, tuple[str, str]]] = {
    "total_count": ("totalCount", "partialSuccessCount"),
    "total_records": ("totalRecords", "partialRecords"),
}
# The ids of a failed row that are written as null when it has none.
_IDS: Final = {
    "person": (),
    "company_person": ("Person_ID",),
    "relationship_person": ("Person_ID", "Company_Person_ID"),
}


def accepted(name: str) -> dict[str, Any]:
    """Return the ``data`` of a bulk job that was accepted; the url has no leading slash."""
    return {"jobId": name, "statusUrl": f"v1.0/{_JOBS}/status/{name}"}


def counted(
    answers: Sequence[Mapping[str, Any]], names: CountNames = "total_count"
) -> dict[str, int]:
    """Return how many records ended in each way."""
    statuses = Counter(answer["operationStatus"] for answer in answers)
    total, partial = _COUNTS[names]
    return {
        "successCount": statuses["SUCCESS"],
        total: len(answers),
        "failureCount": statuses["FAILURE"],
        partial: statuses["PARTIAL_SUCCESS"],
    }


@dataclass(frozen=True, kw_only=True, slots=True)
class Results:
    """The result files of a job that is over.

    Attributes:
        job: the job.
        statuses: how each record ended.
        pace: how long the job took and how long a file is.
        dialect: how they are worded.
    """

    job: Job
    statuses: Iterable[str]
    pace: Pace
    dialect: Dialect


def job_data(results: Results) -> dict[str, Any]:
    """Return the ``data`` of the status of a bulk job that is over; the urls begin with a slash."""
    job, pace, names = results.job, results.pace, results.dialect.count_names
    count = Counter(results.statuses)
    total, partial = _COUNTS["total_records" if names == "mixed" else names]
    name = ids.other_job_id(job.id) if results.dialect.chunk_id == "other" else job.id
    return {
        "statusType": "COMPLETED",
        "response": {
            "status": "Completed",
            "successCount": count["SUCCESS"],
            "failureCount": count["FAILURE"],
            total: job.total,
            partial: count["PARTIAL_SUCCESS"],
            "objectName": "person",
            "timeTaken": round(pace.seconds(job.total), 3),
            "chunkDetails": [
                {"chunkURL": f"/{_JOBS}/{name}/chunk/{number}/results"}
                for number in range(1, -(-job.total // pace.chunk_size) + 1)
            ],
        },
    }


def chunk_data(
    answers: Sequence[dict[str, Any]], tenant: Tenant, dialect: Dialect, *, offset: int
) -> dict[str, Any]:
    """Return the result file whose first record has ``offset`` records of the job before it."""
    taken = offset if dialect.row_number == "restart" else 0
    records = [_record(_renumbered(answer, taken), tenant) for answer in answers]
    ending = {"outPutFilePath": None} if any("error" in one for one in records) else {}
    names = "total_count" if dialect.count_names == "mixed" else dialect.count_names
    return {**counted(answers, names), "records": records, **ending}


def _renumbered(answer: dict[str, Any], offset: int) -> dict[str, Any]:
    number = answer["rowNumber"] - offset
    numbered = {**answer, "messageId": str(number), "rowNumber": number}
    if "error" in answer:
        numbered["error"] = {**answer["error"], "rowNum": number}
    return numbered


def _record(answer: dict[str, Any], tenant: Tenant) -> dict[str, Any]:
    if "error" not in answer:
        return answer
    details = [{"fieldName": None, "values": None} | one for one in answer["error"]["details"]]
    return {
        **answer,
        "error": {**answer["error"], "details": details, "record": None},
        "record": _written_out(answer["record"], "person", tenant),
        "operationType": None,
    }


def _written_out(row: Mapping[str, Any], kind: str, tenant: Tenant) -> dict[str, Any]:
    """Return an echoed row with the nulls that a file shows, and so the rows below."""
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
