"""The result files of a bulk job.

Shapes: "People APIs - Bulk Async Process Status API" and "Chunk Result", page "People API
Documentation", read 2026-11. They differ from the replies of the synchronous call: a file has no
envelope, and where a record failed it writes nulls out.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gsprep.sandbox.jobs import Job, Pace, State
    from gsprep.sandbox.tenant import Tenant

_JOBS: Final = "external/bulk/ingestion/async"
# The ids of a failed row that are written as null when it has none.
_IDS: Final = {
    "person": (),
    "company_person": ("Person_ID",),
    "relationship_person": ("Person_ID", "Company_Person_ID"),
}


def accepted(name: str) -> dict[str, Any]:
    """Return the ``data`` of a bulk job that was accepted; the url has no leading slash."""
    return {"jobId": name, "statusUrl": f"v1.0/{_JOBS}/status/{name}"}


def counted(answers: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Return how many records ended in each way."""
    statuses = Counter(answer["operationStatus"] for answer in answers)
    return {
        "successCount": statuses["SUCCESS"],
        "totalCount": len(answers),
        "failureCount": statuses["FAILURE"],
        "partialSuccessCount": statuses["PARTIAL_SUCCESS"],
    }


def job_data(job: Job, state: State, pace: Pace, statuses: Iterable[str]) -> dict[str, Any]:
    """Return the ``data`` of the status of a bulk job; the urls begin with a slash.

    ``statuses`` are those of its records. What stands there before the end is not documented;
    here it is the state alone.
    """
    if state != "COMPLETED":
        return {"statusType": state}
    count = Counter(statuses)
    return {
        "statusType": state,
        "response": {
            "status": "Completed",
            "successCount": count["SUCCESS"],
            "failureCount": count["FAILURE"],
            "totalRecords": job.total,
            "partialRecords": count["PARTIAL_SUCCESS"],
            "objectName": "person",
            "timeTaken": round(pace.seconds(job.total), 3),
            "chunkDetails": [
                {"chunkURL": f"/{_JOBS}/{job.id}/chunk/{number}/results"}
                for number in range(1, -(-job.total // pace.chunk_size) + 1)
            ],
        },
    }


def chunk_data(
    answers: Sequence[dict[str, Any]], tenant: Tenant, *, offset: int = 0
) -> dict[str, Any]:
    """Return one result file; ``offset`` is taken from the numbers of its records."""
    records = [_record(_renumbered(answer, offset), tenant) for answer in answers]
    ending = {"outPutFilePath": None} if any("error" in one for one in records) else {}
    return {**counted(answers), "records": records, **ending}


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
