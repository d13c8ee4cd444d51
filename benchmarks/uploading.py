"""How fast persons with one company association each go out, and their answers come back.

``python benchmarks/uploading.py [PEOPLE]`` prints a line for a load that goes as jobs and one for
a load that goes in calls, each measured in a process of its own. The service is a child process
that replies to what it is sent, each part with a Gsid; it shares nothing with the client but a
pipe, so neither its processor time nor its memory counts. What is measured begins with the frames
and ends with the rows and their outcomes: text, grouping, JSON, httpx, reading and laying beside.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

import httpx
import orjson
import pandas as pd

from gsprep.uploader.client import Client
from gsprep.uploader.limits import Limits
from gsprep.uploader.upload import upload

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.connection import Connection

PEOPLE = 1_000_000
# Calls of 50 cost the same from the first to the last: so many people tell as much as a million.
_CALLED = 5
_COMPANIES = 2_000
_PER_FILE = 50_000
_PART = 64 * 1024
_FILE = "/external/bulk/ingestion/async/{}/chunk/{}/results"


def people(number: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return persons and an association for each with one of 2,000 companies."""
    address = [f"person{n}@acme{n % 997}.com" for n in range(number)]
    persons = {
        "Email": address,
        "FirstName": [f"First{n % 500}" for n in range(number)],
        "LastName": [f"Last{n}" for n in range(number)],
    }
    links = {
        "Email": address,
        "Company_ID": [f"1P02{n % _COMPANIES:032d}" for n in range(number)],
        "Title": "Manager",
    }
    return pd.DataFrame(persons, dtype="str"), pd.DataFrame(links, dtype="str")


class ChildTransport(httpx.BaseTransport):
    """Hands requests to a service in another process, and its replies on as they come."""

    def __init__(self) -> None:
        """Start the service."""
        context = get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._service = context.Process(target=serve, args=(theirs,), daemon=True)
        self._service.start()
        theirs.close()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Return the reply to a request, to be read part by part."""
        self._pipe.send((request.method, request.url.path))
        self._pipe.send_bytes(request.read())
        return httpx.Response(200, stream=_Parts(self._pipe))

    def close(self) -> None:
        """End the service."""
        self._pipe.close()
        self._service.join()


class _Parts(httpx.SyncByteStream):
    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe

    def __iter__(self) -> Iterator[bytes]:
        while part := self._pipe.recv_bytes():
            yield part


def serve(pipe: Connection) -> None:
    """Reply to requests until nobody asks any more."""
    jobs: list[list[dict[str, Any]]] = []
    while True:
        try:
            asked = pipe.recv()
        except EOFError:
            return
        reply = orjson.dumps(_reply(asked, pipe.recv_bytes(), jobs))
        for start in range(0, len(reply), _PART):
            pipe.send_bytes(reply[start : start + _PART])
        pipe.send_bytes(b"")


def _reply(asked: tuple[str, str], body: bytes, jobs: list[list[dict[str, Any]]]) -> dict[str, Any]:
    method, path = asked
    if method == "PUT":
        return {"result": True, "requestId": "r", "data": _told(orjson.loads(body)["records"], 0)}
    if method == "POST":
        jobs.append(orjson.loads(body)["records"])
        return {"result": True, "requestId": "r", "data": {"jobId": f"job-{len(jobs):08d}"}}
    *_, last = path.split("/")
    if last != "results":
        return {"result": True, "data": _status(last, len(jobs[_place(last)]))}
    *_, job, _, file, _ = path.split("/")
    start = (int(file) - 1) * _PER_FILE
    return _told(jobs[_place(job)][start : start + _PER_FILE], start)


def _place(job: str) -> int:
    return int(job.removeprefix("job-")) - 1


def _status(job: str, records: int) -> dict[str, Any]:
    files = range(1, -(-records // _PER_FILE) + 1)
    details = [{"chunkURL": _FILE.format(job, file)} for file in files]
    return {"statusType": "COMPLETED", "response": {"chunkDetails": details}}


def _told(records: list[dict[str, Any]], before: int) -> dict[str, Any]:
    told = [_stored(record, at) for at, record in enumerate(records, before + 1)]
    return {"totalCount": len(records), "records": told}


def _stored(record: dict[str, Any], number: int) -> dict[str, Any]:
    person = f"1P04{number:032d}"
    companies = [
        {**company, "Gsid": f"1C01{number:032d}", "Person_ID": person, "Active": "true"}
        for company in record.get("companies", ())
    ]
    return {
        "record": {**record, "Gsid": person, "companies": companies},
        "messageId": str(number), "rowNumber": number, "operationStatus": "SUCCESS",
    }  # fmt: skip


def measure(number: int, mode: str) -> dict[str, float]:
    """Return the seconds, those of the processor, and the peaks of memory in megabytes."""
    persons, links = people(number)
    inputs = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    limits = Limits(windows=(), async_windows=(), sleep=lambda _: None)
    with Client("http://localhost", "any", transport=ChildTransport(), limits=limits) as to:
        begun, busy = time.perf_counter(), time.process_time()
        done = upload(persons, links, client=to, mode=mode)  # type: ignore[arg-type]  # one of the modes
        figures = {
            "seconds": time.perf_counter() - begun,
            "processor": time.process_time() - busy,
        }
    stored = [(rows["outcome"] == "stored").sum() for rows in (done.persons, done.company_persons)]
    if stored != [number, number]:
        raise SystemExit(f"stored are {stored}, not {number} of either")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {**figures, "inputs_mb": inputs, "peak_mb": peak}


def main() -> None:
    """Measure either way in a process of its own and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("people", nargs="?", type=int, default=PEOPLE)
    parser.add_argument("--one", choices=["sync", "async"], help="measure once, as JSON")
    asked = parser.parse_args()
    if asked.one:
        print(json.dumps(measure(asked.people, asked.one)))
        return
    print(
        f"{'way':>5} {'people':>9} {'wall':>6} {'CPU':>6} {'us each':>8} {'a second':>9} {'MB':>6}"
    )
    for mode, number in (("async", asked.people), ("sync", max(asked.people // _CALLED, 1))):
        command = [sys.executable, __file__, str(number), "--one", mode]
        line = json.loads(subprocess.check_output(command))  # noqa: S603  this file itself
        each = line["processor"] / number
        print(
            f"{mode:>5} {number:>9} {line['seconds']:>6.1f} {line['processor']:>6.1f} "
            f"{each * 1e6:>8.1f} {1 / each:>9.0f} {line['peak_mb']:>6.0f}"
        )


if __name__ == "__main__":
    main()
