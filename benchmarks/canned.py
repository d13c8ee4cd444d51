"""Service that accepts everything and replies with Gsids.

``uploading.py`` runs it as a separate process and talks to it through standard input and output.
A request is a line of JSON (method, path, length of the body), then the body. The reply comes in
parts; four bytes before each part have its length, and a length of 0 ends the reply.
"""

from __future__ import annotations

import sys
from itertools import count
from typing import TYPE_CHECKING, Any, BinaryIO

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterator

PER_FILE = 50_000
_PART = 64 * 1024
_FILE = "/external/bulk/ingestion/async/{}/chunk/{}/results"

Record = dict[str, Any]


def main(asked: BinaryIO, replied: BinaryIO) -> None:
    """Reply to requests until the input ends."""
    jobs: list[list[Record]] = []
    gsids = count(1)
    while line := asked.readline():
        method, path, length = orjson.loads(line)
        content = orjson.dumps(_reply(method, path, asked.read(length), jobs, gsids))
        for start in range(0, len(content), _PART):
            part = content[start : start + _PART]
            replied.write(len(part).to_bytes(4, "big") + part)
        replied.write(bytes(4))
        replied.flush()


def _reply(
    method: str, path: str, body: bytes, jobs: list[list[Record]], gsids: Iterator[int]
) -> Record:
    if method == "PUT":
        data = results_of(orjson.loads(body)["records"], 0, gsids)
        return {"result": True, "requestId": "r", "data": data}
    if method == "POST":
        jobs.append(orjson.loads(body)["records"])
        return {"result": True, "requestId": "r", "data": {"jobId": f"job-{len(jobs):08d}"}}
    *_, last = path.split("/")
    if last != "results":
        return {"result": True, "data": _status(last, len(jobs[_place(last)]))}
    *_, job, _, file, _ = path.split("/")
    start = (int(file) - 1) * PER_FILE
    return results_of(jobs[_place(job)][start : start + PER_FILE], start, gsids)


def _place(job: str) -> int:
    return int(job.removeprefix("job-")) - 1


def _status(job: str, records: int) -> Record:
    files = range(1, -(-records // PER_FILE) + 1)
    details = [{"chunkURL": _FILE.format(job, file)} for file in files]
    return {"statusType": "COMPLETED", "response": {"chunkDetails": details}}


def results_of(records: list[Record], before: int, gsids: Iterator[int]) -> Record:
    """Return the results of records, numbered from the one after ``before``, with new Gsids."""
    rows = [_stored(record, at, next(gsids)) for at, record in enumerate(records, before + 1)]
    return {"totalCount": len(records), "records": rows}


def _stored(record: Record, number: int, gsid: int) -> Record:
    person = f"1P04{gsid:032d}"
    companies = [
        {**company, "Gsid": f"1C01{gsid:032d}", "Person_ID": person, "Active": "true"}
        for company in record.get("companies", ())
    ]
    return {
        "record": {**record, "Gsid": person, "companies": companies},
        "messageId": str(number), "rowNumber": number, "operationStatus": "SUCCESS",
    }  # fmt: skip


if __name__ == "__main__":
    main(sys.stdin.buffer, sys.stdout.buffer)
