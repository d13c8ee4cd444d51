"""Jobs: work that is accepted now, done over a time, and asked for later.

States: "Upsert Status API", "GET Delete Status API" and "People APIs - Bulk Async Process Status
API", page "People API Documentation", read 2026-11. How long each state lasts stands nowhere but
for a longest time of 30 minutes; the figures here are the sandbox's own.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from gsprep.sandbox.classic import upsert_queued
from gsprep.sandbox.ids import job_id
from gsprep.sandbox.lookups import read_lookups, resolve
from gsprep.sandbox.refusals import no_such_job
from gsprep.sandbox.upsert import upsert_record

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gsprep.sandbox.rows import Rows

Kind = Literal["people", "delete", "bulk"]
State = Literal["INIT", "INPROGRESS", "COMPLETED", "FAILED"]
# What a fault makes of a job: it never ends, or ends as failed, half done in both cases.
Fate = Literal["stuck", "failed"]
# The most records that one call of the sandbox does of its jobs, so that no call waits long.
AT_ONCE: Final = 10_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Pace:
    """How fast jobs move, and how their results are cut.

    Attributes:
        waits: seconds in INIT.
        least: seconds in INPROGRESS at the least.
        rate: records that a job does in a second.
        time_scale: how many times faster than the clock jobs move.
        chunk_size: records in one result file. No page says how many; bulk export has 20,000.
    """

    waits: float = 1.0
    least: float = 0.795
    rate: float = 2_000.0
    time_scale: float = 1.0
    chunk_size: int = 20_000

    def seconds(self, total: int) -> float:
        """Return the seconds a job of so many records is INPROGRESS."""
        return max(self.least, total / self.rate)


class Work(NamedTuple):
    """What is handed in: its kind, its records, their common lookups, what becomes of it."""

    kind: Kind
    records: Sequence[Any]
    lookups: Any = None
    fate: Fate | None = None


class Job(NamedTuple):
    """A job as it is stored; ``submitted`` in seconds."""

    id: str
    kind: Kind
    submitted: float
    total: int
    done: int
    fate: Fate | None
    lookups: str

    def state(self, pace: Pace, now: float) -> State:
        """Return the state at a time in seconds."""
        elapsed = (now - self.submitted) * pace.time_scale
        if elapsed < pace.waits:
            return "INIT"
        if elapsed < pace.waits + pace.seconds(self.total) or self.fate == "stuck":
            return "INPROGRESS"
        if self.fate == "failed":
            return "FAILED"
        return "COMPLETED" if self.done == self.total else "INPROGRESS"

    def due(self, pace: Pace, now: float) -> int:
        """Return how many records should be done at a time: as many as the time has run."""
        elapsed = (now - self.submitted) * pace.time_scale - pace.waits
        most = self.total // 2 if self.fate else self.total
        return min(most, int(self.total * max(0.0, elapsed) / pace.seconds(self.total)))


def submit(rows: Rows, work: Work) -> str:
    """Accept work and return the id of its job; raises RefusalError for bad lookups."""
    read_lookups(rows, work.lookups)
    name = job_id(*rows.next_number())
    job = Job(name, work.kind, rows.now / 1000, len(work.records), 0, work.fate, "")
    rows.connection.execute(
        "INSERT INTO jobs VALUES (?, ?, ?, ?, ?, ?, ?)",
        job._replace(lookups=json.dumps(work.lookups)),
    )
    rows.connection.executemany(
        "INSERT INTO tasks VALUES (?, ?, ?, NULL)",
        ((name, number, json.dumps(one)) for number, one in enumerate(work.records, 1)),
    )
    return name


def find(rows: Rows, name: str, kind: Kind) -> Job:
    """Return a job; raises RefusalError when there is none of this kind."""
    sql = "SELECT * FROM jobs WHERE id = ? AND kind = ?"
    line = rows.connection.execute(sql, (name, kind)).fetchone()
    if line is None:
        raise no_such_job()
    return Job(*line)


def advance(rows: Rows, pace: Pace, at_most: int) -> None:
    """Do the records whose time has come, the oldest job first."""
    left = at_most
    sql = "SELECT * FROM jobs WHERE done < total ORDER BY submitted, id"
    for line in rows.connection.execute(sql).fetchall():
        job = Job(*line)
        count = min(left, job.due(pace, rows.now / 1000) - job.done)
        if count > 0:
            _work(rows, job, count)
            left -= count


def _work(rows: Rows, job: Job, count: int) -> None:
    run = rows.connection.execute
    begin = _BEGIN[job.kind](rows, job)
    sql = "SELECT number, given FROM tasks WHERE job = ? AND number BETWEEN ? AND ?"
    tasks = run(sql, (job.id, job.done + 1, job.done + count)).fetchall()
    answers = [(json.dumps(begin(json.loads(given), number)), number) for number, given in tasks]
    rows.connection.executemany(
        "UPDATE tasks SET given = NULL, answer = ? WHERE job = ? AND number = ?",
        ((answer, job.id, number) for answer, number in answers),
    )
    run("UPDATE jobs SET done = done + ? WHERE id = ?", (count, job.id))


def _people(rows: Rows, _: Job) -> Callable[[Any, int], Any]:
    return lambda record, _number: upsert_queued(rows, record)


def _deletes(rows: Rows, _: Job) -> Callable[[Any, int], Any]:
    return lambda gsid, _number: rows.delete_person(gsid)


def _bulk(rows: Rows, job: Job) -> Callable[[Any, int], Any]:
    wanted = read_lookups(rows, json.loads(job.lookups))
    return lambda record, number: upsert_record(rows, resolve(rows, wanted, record), number)


# How one record of a job is done; the number counts from 1.
_BEGIN: Final = {"people": _people, "delete": _deletes, "bulk": _bulk}


def statuses(rows: Rows, job: Job) -> list[str]:
    """Return how each record of a bulk job ended, as far as they are done."""
    sql = (
        "SELECT json_extract(answer, '$.operationStatus') FROM tasks WHERE job = ? AND answer > ''"
    )
    return [status for (status,) in rows.connection.execute(sql, (job.id,))]


def answers(rows: Rows, job: Job, first: int = 1, last: int | None = None) -> list[Any]:
    """Return what became of the records ``first`` to ``last``, as far as they are done."""
    sql = (
        "SELECT answer FROM tasks WHERE job = ? AND number BETWEEN ? AND ? "
        "AND answer IS NOT NULL ORDER BY number"
    )
    found = rows.connection.execute(sql, (job.id, first, last or job.total))
    return [json.loads(answer) for (answer,) in found]
