"""Second server of the People API, written from its document alone."""
# ruff: noqa: D102, D107, ARG002  endpoints have one signature and the names of the document

import json
import re
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from witness.dialect import Dialect
from witness.tenant import BAD_GSID, Detail, Json, Plan, Tenant

BASE, BULK = "/v1/peoplemgmt/v1.0", "/external/bulk/ingestion"
Reply = tuple[int, Any]


@dataclass
class Call:
    """One request, what it carried, what it stored, and whether its reply was written in full."""

    number: int
    method: str
    path: str
    emails: list[str] = field(default_factory=list)
    took: list[str] = field(default_factory=list)  # of the people stored, or taken as a job
    handled: bool = False
    status: int = 0
    answered: bool = False


class Service:
    """Endpoints of the document over one tenant."""

    def __init__(self, dialect: Dialect | None = None, seed: int = 0) -> None:
        self.dialect = dialect or Dialect()
        self.tenant = Tenant(self.dialect, seed)
        self.lock, self.origin = threading.RLock(), ""
        self.open: set[object] = set()  # connections
        self.jobs: dict[str, Json] = {}
        self.statuses: dict[str, Json] = {}
        self.deletions: dict[str, Json] = {}
        self.calls: list[Call] = []
        self.max_bytes, self.access_key = 80 * 1000 * 1000, "key"
        # Called with "before" or "after" and the call. It may act by itself (end the client), and
        # may return close, cut, html, or a status with a body or the seconds of its Retry-After.
        self.hook: Callable[[str, Call], str | None] = lambda _stage, _call: None

    # Shapes of replies

    def number(self, value: int) -> int | str:
        return str(value) if self.dialect.text_numbers else value

    def envelope(self, data: Any, *, result: bool = True, **more: Any) -> Json:
        return {"result": result, "requestId": self.tenant.new_id(), "data": data} | more

    def refuse(self, code: str, text: str, status: int | None = None) -> Reply:
        return self.refused([Detail(None, None, code, text)], status)

    def refused(self, details: list[Detail], status: int | None = None) -> Reply:
        data = {"status": "FAILURE", "errors": [detail.single() for detail in details]}
        return status or self.dialect.refusal_status, self.envelope(data, result=False)

    def missing(self, what: str) -> Reply:
        if self.dialect.unknown == "404":
            return 404, {"message": f"No {what} found"}
        if self.dialect.unknown == "null" and what == "person":
            return 200, self.envelope(None)
        status = 200 if self.dialect.unknown == "envelope" else 400
        code = self.dialect.no_person if what == "person" else "GSOBJ_NOTFOUND"
        return self.refuse(code, f"No {what} found", status)

    def totals(self, plans: list[Plan], total: str, partial: str) -> Json:
        count = Counter(plan.status for plan in plans)
        names = {"successCount": "SUCCESS", "failureCount": "FAILURE", partial: "PARTIAL_SUCCESS"}
        counts = {name: self.number(count[status]) for name, status in names.items()}
        return counts | {total: self.number(len(plans))}

    def results(self, plans: list[Plan], first: int = 1) -> Json:
        """Return the outcome of each record of a batch or a chunk."""
        records = [self.outcome(plan, row) for row, plan in enumerate(plans, first)]
        if self.dialect.shuffled:
            self.tenant.rng.shuffle(records)
        return self.totals(plans, "totalCount", "partialSuccessCount") | {"records": records}

    def outcome(self, plan: Plan, row: int) -> Json:
        body = {"record": self.echo(plan), "messageId": str(row), "rowNumber": self.number(row)}
        if plan.details:
            details = [detail.bulk() for detail in plan.details]
            step = -1 if self.dialect.reversed_details else 1
            body["error"] = {"rowNum": self.number(row), "details": details[::step]}
        return body | {"operationStatus": plan.status}

    def echo(self, plan: Plan) -> Json | None:
        if plan.status == "FAILURE" and self.dialect.null_records:
            return None
        email = plan.echo.get("Email")
        lower = self.dialect.echo == "lower" and isinstance(email, str)
        return plan.echo | ({"Email": email.lower()} if lower else {})

    # Reading a request

    def records(self, call: Call, body: Any) -> list[Json] | None:
        """Return the records of a body, each with its lookups; None if it has another shape."""
        rows = body.get("records") if isinstance(body, dict) else None
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            return None
        call.emails = [str(self.tenant.pick(row, "Email")) for row in rows]
        return [{"lookups": body.get("lookups"), **row} for row in rows]

    def too_many(self, rows: list[Json]) -> bool:
        companies = [c for row in rows for c in self.tenant.pick(row, "companies") or []]
        under = [self.tenant.pick(item, "relationships") or [] for item in rows + companies]
        objects = len(rows) + len(companies) + sum(map(len, under))
        return (objects if self.dialect.counts == "objects" else len(rows)) > 50

    def body(self, headers: Any, raw: bytes, *, file: bool) -> Any:
        """Return the JSON of a request, or of the file in its form; None if there is none."""
        kind = headers.get("Content-Type", "")
        form = kind.startswith("multipart/")
        other = "raw" if form else "multipart"
        if (form and not file) or (file and self.dialect.job_input == other):
            return None
        if form:
            head = f"Content-Type: {kind}\r\n\r\n".encode()
            parts = list(BytesParser(policy=HTTP).parsebytes(head + raw).iter_parts())
            raw = parts[0].get_payload(decode=True) if parts else b""
        try:
            return json.loads(raw)
        except ValueError:
            return None

    # One person, and fifty with a status

    def put_person(self, call: Call, body: Any) -> Reply:
        shape = "array" if isinstance(body, list) else "object"
        rows = self.records(call, {"records": body if shape == "array" else [body]})
        if self.dialect.single_body not in {"either", shape} or not rows or len(rows) > 1:
            return self.refuse("GSOBJ_INVALID_BODY", "Request body is not valid")
        plan = self.tenant.write(rows[0], bulk=False)
        if plan.status == "FAILURE":
            return self.refused(plan.details)
        call.took = call.emails
        return 200, self.envelope({"status": "SUCCESS", "personGsid": plan.gsid})

    def put_async(self, call: Call, body: Any) -> Reply:
        rows, status = self.records(call, body), self.tenant.new_id()
        if rows is None or self.too_many(rows):
            return self.refuse("GSOBJ_LIMIT", self.dialect.limit_message)
        call.took = call.emails
        self.statuses[status] = self.work(rows, bulk=False)
        text = self.dialect.status_id == "text"
        return 200, self.envelope(status if text else {"statusId": status})

    def work(self, rows: list[Json], *, bulk: bool) -> Json:
        job: Json = {"rows": rows, "plans": None, "polls": self.dialect.polls, "bulk": bulk}
        if self.dialect.applied == "accepted":
            self.finish(job)
        return job

    def finish(self, job: Json) -> list[Plan]:
        if job["plans"] is None:
            job["plans"] = [self.tenant.write(row, bulk=job["bulk"]) for row in job["rows"]]
        plans: list[Plan] = job["plans"]
        return plans

    @staticmethod
    def waits(job: Json) -> bool:
        job["polls"] -= 1
        return bool(job["polls"] >= 0)

    def get_status(self, call: Call, body: Any, status: str) -> Reply:
        job = self.statuses.get(status)
        if job is None:
            return self.missing("status")
        if self.waits(job):
            return 200, self.envelope({"status": "INIT" if job["polls"] else "INPROGRESS"})
        outcomes = [
            {"status": plan.status, "errors": [d.single() for d in plan.details]}
            if plan.status == "FAILURE"
            else {"status": plan.status, "personGsid": plan.gsid}
            for plan in self.finish(job)
        ]
        return 200, self.envelope({"response": outcomes, "status": "COMPLETED"})

    # Reading and deleting people

    def show(self, row: Json | None) -> Reply:
        """Return a person with their companies and, under each, their relationships."""
        if row is None:
            return self.missing("person")
        tenant, companies = self.tenant, []
        for (person, company), pair in tenant.company_persons.items():
            under = [
                {"Gsid": related["Gsid"], "Relationship_ID": {"Id": i}}
                for (p, i), related in tenant.relationship_persons.items()
                if p == person and related["Company_ID"] == company
            ]
            ids = {"Gsid": pair["Gsid"], "Company_ID": {"Id": company}, "relationships": under}
            if person == row["Gsid"]:
                companies.append(ids | {"IsPrimaryCompany": pair["primary"]})
        return 200, self.envelope(self.cased({"Phone": None} | row | {"companies": companies}))

    def cased(self, value: Any) -> Any:
        """Return the names of fields in lower case, all but the Id of a link."""
        if isinstance(value, list):
            return [self.cased(item) for item in value]
        if not isinstance(value, dict) or self.dialect.names != "lower":
            return value
        return {k if k == "Id" else k.lower(): self.cased(v) for k, v in value.items()}

    def get_person(self, call: Call, body: Any, gsid: str) -> Reply:
        return self.show(next((p for p in self.tenant.people.values() if p["Gsid"] == gsid), None))

    def find_person(self, call: Call, body: Any) -> Reply:
        email = parse_qs(urlsplit(call.path).query).get("Email", [""])[0]
        wanted = email.lower() if self.dialect.folded_emails else email
        return self.show(next((p for k, p in self.tenant.people.items() if k[0] == wanted), None))

    def delete_people(self, call: Call, body: Any) -> Reply:
        if not isinstance(body, list) or len(body) > 5000:
            return self.refuse("GSOBJ_LIMIT", "A maximum of 5000 GSIDs per call")
        unknown = set(body) - {p["Gsid"] for p in self.tenant.people.values()}
        if unknown and self.dialect.delete_unknown == "refused":
            return self.refuse(BAD_GSID, "Invalid gsid value")
        job, count = self.tenant.new_id(), self.tenant.delete(set(body))
        self.deletions[job] = {"count": count, "polls": self.dialect.polls}
        data = {"deleteRequestId": job, "status": "INIT", "count": self.number(0)}
        return 200, self.envelope(data)

    def get_deletion(self, call: Call, body: Any, job: str) -> Reply:
        deletion = self.deletions.get(job)
        if deletion is None:
            return self.missing("request")
        waits = self.waits(deletion)
        count = self.number(0 if waits else deletion["count"])
        data = {"deleteRequestId": job, "status": "INPROGRESS" if waits else "COMPLETED"}
        return 200, self.envelope(data | {"count": count})

    # Bulk

    def put_bulk(self, call: Call, body: Any) -> Reply:
        rows = self.records(call, body)
        if rows is None or self.too_many(rows):
            return self.refuse("GSOBJ_LIMIT", self.dialect.limit_message)
        plans = [self.tenant.write(row, bulk=True) for row in rows]
        pairs = zip(call.emails, plans, strict=True)
        call.took = [email for email, plan in pairs if plan.status != "FAILURE"]
        return 200, self.envelope(self.results(plans))

    def post_job(self, call: Call, body: Any) -> Reply:
        rows, job = self.records(call, body), self.tenant.new_id()
        if rows is None:
            return self.refuse("GSOBJ_INVALID_FILE", "File is not valid")
        call.took = call.emails
        self.jobs[job] = self.work(rows, bulk=True) | {"emails": call.emails, "chunks": []}
        url = self.url("v1.0", f"async/status/{job}")
        return 200, self.envelope({"jobId": job, "statusUrl": url})

    def url(self, start: str, path: str) -> str:
        path, full = f"{start}{BULK}/{path}", f"{BASE}{BULK}/{path}"
        return {"sample": path, "path": full, "absolute": self.origin + full}[self.dialect.urls]

    def get_job(self, call: Call, body: Any, job_id: str) -> Reply:
        job = self.jobs.get(job_id)
        if job is None:
            return self.missing("job")
        if self.waits(job):
            return 200, self.envelope({"statusType": "INPROGRESS"}, message="INPROGRESS")
        plans = self.finish(job)
        files = -(-len(plans) // self.dialect.chunk_rows)
        if not job["chunks"]:
            one = [self.tenant.new_id() for _ in range(files)]
            names = {"job": [job_id] * files, "other": one[:1] * files, "each": one}
            job["chunks"] = names[self.dialect.chunk_ids]
        paths = [f"async/{i}/chunk/{n}/results" for n, i in enumerate(job["chunks"], 1)]
        counts = self.totals(plans, "totalRecords", "partialRecords")
        chunks = [{"chunkURL": self.url("", path)} for path in paths]
        response = {"status": "Completed"} | counts | {"objectName": "person", "timeTaken": 0.795}
        data = {"statusType": "COMPLETED", "response": response | {"chunkDetails": chunks}}
        return 200, self.envelope(data, message="COMPLETED")

    def get_chunk(self, call: Call, body: Any, chunk_id: str, number: str) -> Reply:
        size, index = self.dialect.chunk_rows, int(number) - 1
        first, whole = index * size, self.dialect.row_numbers == "file"
        for job in self.jobs.values():
            if chunk_id in job["chunks"][index : index + 1]:
                plans = job["plans"][first : first + size]
                results = self.results(plans, first + 1 if whole else 1)
                return 200, self.envelope(results) if self.dialect.wrapped_chunks else results
        return self.missing("chunk")

    def handle(self, call: Call, headers: Any, raw: bytes) -> Reply:
        """Return the reply to one request."""
        if headers.get("Accesskey") != self.access_key:
            return self.refuse("GSOBJ_UNAUTHORIZED", "Invalid access key", 401)
        if len(raw) > self.max_bytes:
            return self.refuse("GSOBJ_LIMIT", "The maximum file size is 80 MB")
        target = f"{call.method} {call.path}"
        for pattern, answer in ROUTES.items():
            if found := re.fullmatch(pattern, target):
                call.handled = True
                body = self.body(headers, raw, file=answer is Service.post_job)
                return answer(self, call, body, *found.groups())
        return 404, {"message": "No such address"}


ROUTES: dict[str, Any] = {
    f"PUT {BASE}/people": Service.put_person,
    f"PUT {BASE}/people/async": Service.put_async,
    f"GET {BASE}/people/async/status/([^/?]+)": Service.get_status,
    f"GET {BASE}/people[?]Email=[^&]+": Service.find_person,
    f"GET {BASE}/people/([^/?]+)": Service.get_person,
    f"DELETE {BASE}/people": Service.delete_people,
    f"GET {BASE}/people/delete/status/([^/?]+)": Service.get_deletion,
    f"PUT {BASE}{BULK}/people": Service.put_bulk,
    f"POST {BASE}{BULK}/async/people": Service.post_job,
    f"GET {BASE}{BULK}/async/status/([^/?]+)": Service.get_job,
    f"GET {BASE}{BULK}/async/([^/?]+)/chunk/([0-9]+)/results": Service.get_chunk,
}


class Handler(BaseHTTPRequestHandler):
    """One connection of a client."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    service: Service

    def handle(self) -> None:
        """Answer the requests of a client until it goes."""
        self.service.open.add(self)
        with suppress(OSError):  # the client was killed
            super().handle()
        self.service.open.discard(self)

    def log_message(self, *_words: object) -> None:
        """Write nothing."""

    def answer(self) -> None:
        """Read a request, let the hook act before and after it, and write the reply."""
        service, body = self.service, None
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with service.lock:
            call = Call(len(service.calls) + 1, self.command, self.path)
            service.calls.append(call)
            fault = service.hook("before", call)
            if fault is None:
                call.status, body = service.handle(call, self.headers, raw)
                fault = service.hook("after", call)
            call.answered = fault is None
        self.reply(call.status, json.dumps(body).encode(), fault)

    def reply(self, status: int, body: bytes, fault: str | None) -> None:
        """Write a reply, or what the fault makes of it."""
        kind, _, rest = (fault or "").partition(" ")
        self.close_connection = kind in {"close", "cut"}
        if kind == "close":
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        if kind == "html" or rest:
            status = int(kind) if rest else 200
            body = rest.encode() if rest[:1] in {"{", "["} else b"<html>Gateway</html>"
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if rest.isdigit():
            self.send_header("Retry-After", rest)
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if kind == "cut" else body)

    do_GET = do_PUT = do_POST = do_DELETE = answer  # noqa: N815  the names of http.server


@contextmanager
def serving(service: Service) -> Iterator[str]:
    """Serve on a free port of this machine while the block runs, and give the origin."""
    handler = type("Bound", (Handler,), {"service": service})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads, server.block_on_close = True, False
        service.origin = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield service.origin
        server.shutdown()
        thread.join()
