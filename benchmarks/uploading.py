"""Speed of uploading people with one company association each.

``python benchmarks/uploading.py [PEOPLE]`` prints lines for an upload as jobs, and for a fifth of
the people in calls, without and with a ledger. Each is measured in its own process. The service
(canned.py) is another process: its processor time and memory are not counted, and result files are
read while they arrive. The measurement begins with frames and ends with rows and their outcomes:
text, grouping, JSON, httpx, reading and joining. Memory is the peak of the process, including
frames and libraries.

"By hand" is the minimum that a script does: dicts from columns that are already in the same order,
Python's json for both directions, Gsids into a column, without sending, grouping or checking. It is
timed in the same process, on at most 50,000 people.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import nullcontext
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

import httpx
import orjson
import pandas as pd
from canned import results_of

from gsprep.calls.limits import Limits
from gsprep.ledger.ledger import Ledger
from gsprep.uploader.client import Client
from gsprep.uploader.upload import upload

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gsprep.uploader.planning import Mode

PEOPLE = 1_000_000
# Each call of 50 costs the same, so a part of the people is enough.
_CALLED = 5
_COMPANIES = 2_000
_BY_HAND = 50_000
_SERVICE = Path(__file__).with_name("canned.py")


def people(number: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return persons, and an association of each with one of 2,000 companies."""
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


class ServiceTransport(httpx.BaseTransport):
    """Sends requests to the service and returns its replies while they arrive."""

    def __init__(self) -> None:
        """Start the service."""
        self._turn = threading.Lock()
        command = [sys.executable, str(_SERVICE)]
        self._service = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603  our own script
        self._to, self._from = (
            cast("BinaryIO", pipe) for pipe in (self._service.stdin, self._service.stdout)
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Return the reply to a request; read it completely before the next request."""
        body = request.read()
        self._turn.acquire()
        line = json.dumps([request.method, request.url.path, len(body)])
        self._to.write(f"{line}\n".encode())
        self._to.write(body)
        self._to.flush()
        return httpx.Response(200, stream=_Parts(self._from, self._turn))

    def close(self) -> None:
        """End the service."""
        self._to.close()
        self._service.wait()
        self._from.close()


class _Parts(httpx.SyncByteStream):
    def __init__(self, pipe: BinaryIO, turn: threading.Lock) -> None:
        self._pipe = pipe
        self._turn = turn

    def __iter__(self) -> Iterator[bytes]:
        while length := int.from_bytes(self._pipe.read(4), "big"):
            yield self._pipe.read(length)
        self._turn.release()


def by_hand(persons: pd.DataFrame, links: pd.DataFrame) -> float:
    """Return the processor seconds that a script needs for each person, without sending."""
    begun = time.process_time()
    records = persons.to_dict("records")
    for record, link in zip(records, links.drop(columns="Email").to_dict("records"), strict=True):
        record["companies"] = [link]
    body = json.dumps({"records": records})
    sent = time.process_time() - begun
    reply = orjson.dumps(results_of(orjson.loads(body)["records"], 0, count(1)))
    begun = time.process_time()
    echoes = [row["record"] for row in json.loads(reply)["records"]]
    persons.assign(Gsid=[echo["Gsid"] for echo in echoes])
    links.assign(Gsid=[echo["companies"][0]["Gsid"] for echo in echoes])
    return (sent + time.process_time() - begun) / len(persons)


def measure(number: int, mode: Mode, *, kept: bool) -> dict[str, float]:
    """Return the seconds, the processor seconds, and the peak of memory in megabytes.

    With ``kept`` everything is also written to a ledger on disk.
    """
    persons, links = people(number)
    limits = Limits(windows=(), async_windows=(), sleep=lambda _: None)
    with (
        tempfile.TemporaryDirectory() as home,
        Client("http://localhost", "any", transport=ServiceTransport(), limits=limits) as client,
        Ledger(Path(home) / "home") if kept else nullcontext() as ledger,
    ):
        begun, busy = time.perf_counter(), time.process_time()
        done = upload(persons, links, client=client, mode=mode, ledger=ledger)
        seconds, processor = time.perf_counter() - begun, time.process_time() - busy
    stored = [
        int((rows["outcome"] == "stored").sum()) for rows in (done.persons, done.company_persons)
    ]
    if stored != [number, number]:
        raise SystemExit(f"{stored} of {number} are stored")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    hand = by_hand(persons.head(_BY_HAND), links.head(_BY_HAND))
    return {"seconds": seconds, "each": processor / number, "peak_mb": peak, "by_hand": hand}


def main() -> None:
    """Measure each way in its own process and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("people", nargs="?", type=int, default=PEOPLE)
    parser.add_argument("--one", choices=["sync", "async"], help="measure once, as JSON")
    parser.add_argument("--kept", action="store_true", help="with a ledger")
    parser.add_argument("--way", choices=["sync", "async"], help="print the lines of this one")
    asked = parser.parse_args()
    if asked.one:
        print(json.dumps(measure(asked.people, asked.one, kept=asked.kept)))
        return
    print(
        f"{'way':>5} {'people':>9} {'ledger':>6} {'wall, s':>8} {'CPU, s':>7} {'us each':>8} "
        f"{'a second':>9} {'by hand':>8} {'ratio':>6} {'MB':>6}"
    )
    ways = {"async": asked.people, "sync": max(asked.people // _CALLED, 1)}
    for mode, number in ways.items():
        if asked.way not in (None, mode):
            continue
        for kept in (False, True):
            command = [sys.executable, __file__, str(number), "--one", mode]
            command += ["--kept"] if kept else []
            line = json.loads(subprocess.check_output(command))  # noqa: S603  this file itself
            each, hand = line["each"], line["by_hand"]
            print(
                f"{mode:>5} {number:>9} {'yes' if kept else 'no':>6} {line['seconds']:>8.1f} "
                f"{each * number:>7.1f} {each * 1e6:>8.1f} {1 / each:>9.0f} {hand * 1e6:>8.1f} "
                f"{hand / each:>6.1f} {line['peak_mb']:>6.0f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
