"""Records of one tenant in a SQLite file."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self

from gsprep.sandbox import jobs, objects, timeline
from gsprep.sandbox.database import Row, Rows, open_database
from gsprep.sandbox.dialect import Dialect
from gsprep.sandbox.query import object_data, person_data, read_query
from gsprep.sandbox.records import named_in, read_lookups, resolve, sent_fields
from gsprep.sandbox.rules import MissingPersonError, as_text, is_blank, no_such_job, no_such_object
from gsprep.sandbox.tenant import Tenant, other_job_id
from gsprep.sandbox.upsert import person_index, person_with_key, upsert_record, upsert_single

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from gsprep.sandbox.jobs import Job, Kind, Pace, State, Work


class Store:
    """Persons, associations, companies and relationships of one tenant.

    Each call is one transaction, stored as a whole or not at all, and safe in threads. Raises
    StoreError if the file cannot be used.

    path: a file, created with mode 0600; ":memory:"; or "" for a temporary file.
    tenant: choices of its administrator.
    seed: seed of the ids of a new file.
    pace: speed of jobs.
    dialect: wording of replies.
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
        """Open or create the file."""
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
        """Close the file; its records stay."""
        with self._lock:
            self._connection.close()

    def add_companies(self, companies: Iterable[Mapping[str, Any]]) -> int:
        """Load companies (Gsid, Name, any further fields) and return how many.

        A company without Gsid is left out; one with a known Gsid is replaced.
        """
        return self._load("company", companies)

    def add_persons(self, persons: Iterable[Mapping[str, Any]]) -> int:
        """Load people (Gsid, the resolution key, any further fields) and return how many.

        A person without Gsid is left out, and one whose key an earlier one has; one with a known
        Gsid is replaced.
        """
        lines = [line for one in persons if "Gsid" in (line := _text_fields(one))]
        with self._transaction() as rows:
            rows.read_ahead(*named_in(lines))
            for line in lines:
                owner = person_with_key(rows, line)
                if owner is not None and owner.gsid != line["Gsid"]:
                    continue
                own = sent_fields(rows.known("person"), line)
                rows.put(person_index(rows, line), own, Row(line["Gsid"], {}, 0, 0))
        return len({line["Gsid"] for line in lines})

    def add_relationships(self, relationships: Iterable[Mapping[str, Any]]) -> int:
        """Load relationships (Gsid, Name, Company_ID, any further fields); return how many."""
        return self._load("relationship", relationships)

    def add_records(self, kind: str, records: Iterable[Mapping[str, Any]]) -> int:
        """Load records of a custom object (Gsid, any fields) and return how many."""
        return self._load(kind.casefold(), records)

    def upsert_person(self, record: Any, *, now: float = 0) -> dict[str, Any]:
        """Store one record as a whole or not at all, and return the ``data`` of its reply.

        Raises RefusalError if its lookups are invalid.
        """
        with self._transaction(now) as rows:
            return upsert_single(rows, record)

    def upsert_people(
        self, records: Sequence[Any], *, lookups: Any = None, now: float = 0
    ) -> dict[str, Any]:
        """Store records as the bulk call does, and return the ``data`` of its reply.

        ``now`` is in seconds. Raises RefusalError if the lookups are invalid; an invalid record
        fails only itself.
        """
        with self._transaction(now) as rows:
            wanted = read_lookups(rows, lookups)
            results = [
                upsert_record(rows, resolve(rows, wanted, record), number)
                for number, record in enumerate(records, 1)
            ]
        return {**jobs.counted(results), "records": results}

    def submit(self, work: Work, *, now: float = 0) -> str:
        """Accept work as a job and return its id; raises RefusalError for invalid lookups."""
        with self._transaction(now) as rows:
            return jobs.submit(rows, work)

    def advance(self, now: float, at_most: int = jobs.AT_ONCE) -> int:
        """Process up to ``at_most`` records that are due at ``now`` (seconds); return how many."""
        with self._transaction(now) as rows:
            return jobs.advance(rows, self.pace, at_most)

    def people_status(self, name: str, *, now: float) -> dict[str, Any]:
        """Return the ``data`` of the status of an upsert of 50; raises RefusalError."""
        with self._job(name, "people", now) as (rows, job, state):
            response = {"response": jobs.results(rows, job)} if state == "COMPLETED" else {}
            return {**response, "status": state}

    def delete_status(self, name: str, *, now: float) -> dict[str, Any]:
        """Return the ``data`` of the status of a deletion; raises RefusalError.

        ``count`` is of the people deleted so far; in the sample it is less than was requested.
        """
        with self._job(name, "delete", now) as (rows, job, state):
            count = sum(jobs.results(rows, job))
            return {"deleteRequestId": name, "status": state, "count": count}

    def bulk_status(self, name: str, *, now: float) -> dict[str, Any]:
        """Return the ``data`` of the status of a bulk job; raises RefusalError.

        The page does not show a job that is not over; here it has only its state.
        """
        with self._job(name, "bulk", now) as (rows, job, state):
            if state != "COMPLETED":
                return {"statusType": state}
            statuses = jobs.count_statuses(rows, job)
            return jobs.job_data(
                jobs.FinishedJob(job=job, statuses=statuses, pace=self.pace, dialect=self.dialect)
            )

    def chunk_json(self, name: str, number: int, *, now: float) -> str:
        """Return a result file of a bulk job as JSON; raises RefusalError if there is none.

        ``name`` is the id in the address of the file.
        """
        if self.dialect.chunk_id == "other":
            name = other_job_id(name) or ""
        size = self.pace.chunk_size
        offset = (number - 1) * size
        with self._job(name, "bulk", now) as (rows, job, state):
            if state != "COMPLETED" or not 0 <= offset < job.total:
                raise no_such_job()
            results = jobs.stored_results(rows, job, offset + 1, offset + size)
        return jobs.chunk_json(results, self.tenant, self.dialect, offset=offset)

    def person(self, gsid: str) -> dict[str, Any]:
        """Return a person with their associations; raises MissingPersonError."""
        with self._transaction() as rows:
            row = rows.get("person", gsid)
            if row is None:
                raise MissingPersonError("Gsid", gsid)
            return person_data(rows, row)

    def person_by_email(self, email: str) -> dict[str, Any]:
        """Return the person with an e-mail (without case); raises MissingPersonError.

        If the resolution key has more parts, several people may share it: then the oldest.
        """
        with self._transaction() as rows:
            found = rows.found_by("person", email)
            if not found:
                raise MissingPersonError("Email", email)
            return person_data(rows, found[0])

    def insert(self, kind: str, body: Any, *, now: float = 0) -> list[dict[str, Any]]:
        """Insert the records of a body, all or none; raises RefusalError."""
        with self._transaction(now) as rows:
            return objects.insert(rows, kind, body)

    def update(
        self, kind: str, body: Any, keys: Sequence[str], *, now: float = 0
    ) -> list[dict[str, Any]]:
        """Update the records of a body, all or none; raises RefusalError.

        ``keys`` are the fields that a record is found by.
        """
        with self._transaction(now) as rows:
            return objects.update(rows, kind, body, keys)

    def delete(self, kind: str, gsid: str, *, now: float = 0) -> None:
        """Delete a record; raises RefusalError if there is none with this GSID."""
        with self._transaction(now) as rows:
            objects.delete(rows, kind, gsid)

    def insert_activity(self, body: Any, *, now: float = 0) -> dict[str, Any]:
        """Store an activity and return the ``data`` of its reply; raises RefusalError."""
        with self._transaction(now) as rows:
            return timeline.insert(rows, body, self.dialect.repeated_external_id)

    def update_activity(self, body: Any, identifier: str, *, now: float = 0) -> dict[str, Any]:
        """Change an activity and return the ``data`` of its reply; raises RefusalError."""
        with self._transaction(now) as rows:
            return timeline.update(rows, body, identifier)

    def query(self, kind: str, body: Any, *, now: float = 0) -> list[dict[str, Any]]:
        """Return the rows of an object query; raises RefusalError if it is invalid."""
        with self._transaction(now) as rows:
            objects.forget_deletions(rows)
            query = read_query(
                kind, body, fields=rows.fields(kind), with_case=self.tenant.query_case
            )
            found = rows.connection.execute(query.sql, query.values)
            return [dict(zip(query.columns, line, strict=True)) for line in found]

    def kinds(self) -> set[str]:
        """Return the lower-case names of all objects."""
        with self._transaction() as rows:
            return rows.kinds()

    def describe(self, kind: str, *, lists: bool) -> dict[str, Any]:
        """Return the description of an object; raises RefusalError if it is unknown.

        ``lists``: whether it has the entries of drop-down lists.
        """
        with self._transaction() as rows:
            if kind not in rows.kinds():
                raise no_such_object()
            return object_data(kind, rows.fields(kind).values(), seed=rows.seed, lists=lists)

    @property
    def persons(self) -> dict[str, dict[str, str]]:
        """The fields of every person by e-mail, or by GSID without one."""
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
        lines = [line for record in records if "Gsid" in (line := _text_fields(record))]
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
                rows = Rows(self._connection, self.tenant, int(now * 1000))
                yield rows
                rows.finish()
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")


def _text_fields(record: Mapping[str, Any]) -> dict[str, str]:
    # A frame's missing cell is NaN, the only value that differs from itself.
    return {
        str(name): as_text(value)
        for name, value in record.items()
        if not is_blank(value) and value == value  # noqa: PLR0124  the test for NaN
    }
