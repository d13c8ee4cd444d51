"""The tenant's records in one SQLite file; it knows the rules and no HTTP."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self

from gsprep.sandbox import chunks, jobs
from gsprep.sandbox.classic import upsert_whole
from gsprep.sandbox.database import open_database
from gsprep.sandbox.describing import object_data
from gsprep.sandbox.dialect import Dialect
from gsprep.sandbox.flaws import as_text, is_blank
from gsprep.sandbox.ids import other_job_id
from gsprep.sandbox.lookups import read_lookups, resolve
from gsprep.sandbox.query import read_query
from gsprep.sandbox.reading import person_data
from gsprep.sandbox.refusals import MissingPersonError, no_such_job, no_such_object
from gsprep.sandbox.rows import Rows
from gsprep.sandbox.tenant import Tenant
from gsprep.sandbox.upsert import upsert_record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from gsprep.sandbox.jobs import Job, Kind, Pace, State, Work


class Store:
    """Persons, associations, companies and relationships of one tenant.

    ``path`` is a file, made with mode 0600 when it is absent, or ":memory:". Each call is one
    transaction: it is stored as a whole or not at all, and is safe from any thread. ``seed``
    decides the GSIDs of a new file, ``pace`` how jobs move, ``dialect`` how replies are worded.
    Raises StoreError when the file is something else.
    """

    def __init__(
        self,
        path: Path | str = ":memory:",
        *,
        tenant: Tenant | None = None,
        seed: str = "sandbox",
        pace: Pace | None = None,
        dialect: Dialect | None = None,
    ) -> None:
        """Open the file, or make it."""
        self.tenant = tenant or Tenant()
        self.pace = pace or jobs.Pace()
        self.dialect = dialect or Dialect()
        self._lock = threading.Lock()
        self._connection = open_database(str(path), seed)

    def __enter__(self) -> Self:
        """Return the store."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self.close()

    def close(self) -> None:
        """Close the file; what was stored stays."""
        with self._lock:
            self._connection.close()

    def add_companies(self, companies: Iterable[Mapping[str, Any]]) -> int:
        """Load companies (Gsid, Name, any further text fields) and return how many.

        One without Gsid is left out; one that is there already is replaced.
        """
        return self._load("company", companies)

    def add_relationships(self, relationships: Iterable[Mapping[str, Any]]) -> int:
        """Load relationships (Gsid, Name, Company_ID, any further text fields); return how many."""
        return self._load("relationship", relationships)

    def add_records(self, kind: str, records: Iterable[Mapping[str, Any]]) -> int:
        """Load records of an object of the tenant's own (Gsid, text fields); return how many."""
        return self._load(kind.casefold(), records)

    def upsert_person(self, record: Any, *, now: float = 0) -> dict[str, Any]:
        """Write one record, as a whole or not at all, and return its ``data``.

        Raises RefusalError when its lookups cannot be read.
        """
        with self._transaction(now) as rows:
            return upsert_whole(rows, record)

    def upsert_people(
        self, records: Sequence[Any], *, lookups: Any = None, now: float = 0
    ) -> dict[str, Any]:
        """Write records as the bulk call does and return its ``data``; ``now`` in seconds.

        Raises RefusalError when the lookups cannot be read; a bad record only fails itself.
        """
        with self._transaction(now) as rows:
            wanted = read_lookups(rows, lookups)
            answers = [
                upsert_record(rows, resolve(rows, wanted, record), number)
                for number, record in enumerate(records, 1)
            ]
        return {**chunks.counted(answers), "records": answers}

    def submit(self, work: Work, *, now: float = 0) -> str:
        """Accept work as a job and return its id; raises RefusalError for bad lookups."""
        with self._transaction(now) as rows:
            return jobs.submit(rows, work)

    def advance(self, now: float, at_most: int = jobs.AT_ONCE) -> None:
        """Do what the jobs should have done by ``now`` (seconds), ``at_most`` records of it."""
        with self._transaction(now) as rows:
            jobs.advance(rows, self.pace, at_most)

    def people_status(self, name: str, *, now: float) -> dict[str, Any]:
        """Return the ``data`` of the status of an upsert of 50; RefusalError without such a job."""
        with self._job(name, "people", now) as (rows, job, state):
            response = {"response": jobs.answers(rows, job)} if state == "COMPLETED" else {}
            return {**response, "status": state}

    def delete_status(self, name: str, *, now: float) -> dict[str, Any]:
        """Return the ``data`` of the status of a deletion; RefusalError without such a job.

        ``count``: persons deleted so far. The sample has fewer than were asked for.
        """
        with self._job(name, "delete", now) as (rows, job, state):
            count = sum(jobs.answers(rows, job))
            return {"deleteRequestId": name, "status": state, "count": count}

    def bulk_status(self, name: str, *, now: float) -> dict[str, Any]:
        """Return the ``data`` of the status of a bulk job; RefusalError without such a job.

        The page does not show it before the end; here it is the state alone.
        """
        with self._job(name, "bulk", now) as (rows, job, state):
            if state != "COMPLETED":
                return {"statusType": state}
            statuses = jobs.statuses(rows, job)
            return chunks.job_data(
                chunks.Results(job=job, statuses=statuses, pace=self.pace, dialect=self.dialect)
            )

    def chunk(self, name: str, number: int, *, now: float) -> dict[str, Any]:
        """Return a result file of a bulk job; RefusalError when there is none of this number.

        ``name``: the id that the addresses of its result files have.
        """
        if self.dialect.chunk_id == "other":
            name = other_job_id(name) or ""
        size = self.pace.chunk_size
        offset = (number - 1) * size
        with self._job(name, "bulk", now) as (rows, job, state):
            if state != "COMPLETED" or not 0 <= offset < job.total:
                raise no_such_job()
            answers = jobs.answers(rows, job, offset + 1, offset + size)
        return chunks.chunk_data(answers, self.tenant, self.dialect, offset=offset)

    def person(self, gsid: str) -> dict[str, Any]:
        """Return a person with their associations; raises RefusalError when there is none."""
        with self._transaction() as rows:
            row = rows.get("person", gsid)
            if row is None:
                raise MissingPersonError("Gsid", gsid)
            return person_data(rows, row)

    def person_by_email(self, email: str) -> dict[str, Any]:
        """Return the person of an e-mail (without case); raises RefusalError without one.

        Where the resolution key has more parts several may share it: then the oldest.
        """
        with self._transaction() as rows:
            found = rows.found_by("person", email)
            if not found:
                raise MissingPersonError("Email", email)
            return person_data(rows, found[0])

    def query(self, kind: str, body: Any) -> list[dict[str, Any]]:
        """Return the rows an object query asks for; raises RefusalError for a bad query."""
        with self._transaction() as rows:
            query = read_query(
                kind, body, fields=rows.fields(kind), with_case=self.tenant.query_case
            )
            found = rows.connection.execute(query.sql, query.values)
            return [dict(zip(query.columns, line, strict=True)) for line in found]

    def kinds(self) -> set[str]:
        """Return the objects that can be asked for, in lower case."""
        with self._transaction() as rows:
            return rows.kinds()

    def describe(self, kind: str, *, lists: bool) -> dict[str, Any]:
        """Return what a describe reply says of an object; raises RefusalError without one.

        ``lists``: whether the labels of drop-down lists are told.
        """
        with self._transaction() as rows:
            if kind not in rows.kinds():
                raise no_such_object()
            return object_data(kind, rows.fields(kind).values(), seed=rows.seed, lists=lists)

    @property
    def persons(self) -> dict[str, dict[str, str]]:
        """Every person's fields by e-mail, by GSID where there is no e-mail."""
        return {row.get("Email", row["Gsid"]): row for row in self._all("person")}

    @property
    def company_persons(self) -> list[dict[str, str]]:
        """The fields of every company_person, with ``Gsid``."""
        return self._all("company_person")

    @property
    def relationship_persons(self) -> list[dict[str, str]]:
        """The fields of every relationship_person, with ``Gsid``."""
        return self._all("relationship_person")

    def _all(self, kind: str) -> list[dict[str, str]]:
        sql = "SELECT fields, gsid FROM rows WHERE object = ? ORDER BY created, gsid"
        with self._transaction() as rows:
            lines = rows.connection.execute(sql, (kind,)).fetchall()
        return [json.loads(fields) | {"Gsid": gsid} for fields, gsid in lines]

    def _load(self, kind: str, records: Iterable[Mapping[str, Any]]) -> int:
        lines = [line for record in records if "Gsid" in (line := _said(record))]
        with self._transaction() as rows:
            rows.load(kind, lines)
        return len({line["Gsid"] for line in lines})

    @contextmanager
    def _job(self, name: str, kind: Kind, now: float) -> Iterator[tuple[Rows, Job, State]]:
        with self._transaction(now) as rows:
            job = jobs.find(rows, name, kind)
            yield rows, job, job.state(self.pace, now)

    @contextmanager
    def _transaction(self, now: float = 0) -> Iterator[Rows]:
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield Rows(self._connection, self.tenant, int(now * 1000))
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")


def _said(record: Mapping[str, Any]) -> dict[str, str]:
    # A frame's missing cell is NaN, the only value that differs from itself.
    return {
        str(name): as_text(value)
        for name, value in record.items()
        if not is_blank(value) and value == value  # noqa: PLR0124  the test for NaN
    }
