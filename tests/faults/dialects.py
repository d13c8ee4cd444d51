"""A tenant on a real port, written from the pages alone, that speaks as it is told to."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from gsprep.calls.limits import Limits
from gsprep.uploader.client import Client

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BASE = "/v1/peoplemgmt/v1.0"
JOB = "d69faa51-919c-40a1-b747-c64a5ae69c0e"


@dataclass
class Reply:
    """What is replied: JSON, or text as it is; ``location`` is a header."""

    status: int = 200
    body: Any = None
    text: str | None = None
    location: str | None = None


def envelope(
    code: str, message: str, status: int = 400, name: str | None = None, **more: Any
) -> Reply:
    """Return a refusal in the form of the page "Error Response"."""
    error = {"field": name, "invalidValue": [], "errorCode": code, "errorMessage": message}
    data = {"status": "FAILURE", "errors": [error], **more}
    return Reply(status, {"result": False, "requestId": "r-1", "data": data})


@dataclass
class Dialect:
    """A service that keeps persons by Email; each attribute is what a tenant may do otherwise.

    Attributes:
        refuse: what a call with these records is turned down with, None if it is not.
        upsert: what a single upsert with this body is replied, None for the usual.
        absent: what an unknown person is answered with.
        hand_in: what a job handed in is replied, given its type and bytes; None for the usual.
        job_id: what the reply to a job is.
        chunks: the addresses of the files of a job, and the records of each.
        status: what becomes of the status of a job.
        gsid: the Gsid of a new person.
        echo: what becomes of the element of a reply; None leaves it out.
        said: what becomes of the body of each reply.
        delete: what a deletion is replied; None for the usual.
    """

    refuse: Callable[[list[dict[str, Any]]], Reply | None] = lambda _: None
    upsert: Callable[[Any], Reply | None] = lambda _: None
    absent: Reply = field(default_factory=lambda: Reply(200, {"result": True, "data": None}))
    hand_in: Callable[[str, bytes], Reply | None] = lambda _media, _content: None
    job_id: Callable[[str], Any] = lambda job: {"result": True, "data": {"jobId": job}}
    chunks: Callable[[int], list[tuple[str, int, int]]] | None = None
    status: Callable[[int, dict[str, Any]], Reply] = lambda _, body: Reply(200, body)
    gsid: Callable[[str], str] = lambda email: "1P04" + email.split("@")[0].upper().zfill(32)
    echo: Callable[[dict[str, Any], int], dict[str, Any] | None] = lambda element, _: element
    said: Callable[[Any], Any] = lambda body: body
    delete: Callable[[list[str]], Reply | None] = lambda _: None
    query: Callable[[str, dict[str, Any]], Reply] = lambda _name, _body: Reply(
        200, {"result": True, "data": {"records": []}}
    )
    persons: dict[str, dict[str, Any]] = field(default_factory=dict)
    upserts: list[str] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    bodies: list[Any] = field(default_factory=list)
    jobs: list[list[dict[str, Any]]] = field(default_factory=list)
    asked: int = 0
    deleted: int = 0

    def reply(self, method: str, path: str, media: str, content: bytes) -> Reply:
        """Return the reply to a call."""
        bare, _, query = path.removeprefix(BASE).partition("?")
        self.calls.append(f"{method} {bare}")
        routes: list[tuple[str, str, Callable[[], Reply]]] = [
            ("PUT", "/bulk/", lambda: self._bulk(json.loads(content)["records"])),
            ("PUT", "/people", lambda: self._one(json.loads(content))),
            ("POST", "/query/", lambda: self._query(bare, json.loads(content))),
            ("POST", "/async/", lambda: self._job(media, content)),
            ("GET", "/async/status/", self._status),
            ("GET", "/chunk/", lambda: self._chunk(bare)),
            ("DELETE", "/people", lambda: self._delete(json.loads(content))),
            ("GET", "/delete/status/", self._deletion),
            ("GET", "/people", lambda: self._person(bare.rsplit("/", 1)[-1], query[6:])),
        ]
        return next(answer() for verb, part, answer in routes if verb == method and part in bare)

    def _query(self, path: str, body: dict[str, Any]) -> Reply:
        self.bodies.append(body)
        return self.query(path.rsplit("/", 1)[-1], body)

    def _deletion(self) -> Reply:
        said = {"deleteRequestId": JOB, "status": "COMPLETED", "count": self.deleted}
        return Reply(200, {"result": True, "data": said})

    def _store(self, record: dict[str, Any]) -> dict[str, Any]:
        email = record.get("Email", "")
        self.upserts.append(email)
        gsid = self.gsid(email)
        self.persons[email] = {"gsid": gsid, "email": email, **record}
        companies = [
            {**company, "Gsid": "1C01" + email.upper().replace("@", "").replace(".", "")}
            for company in record.get("companies", [])
        ]
        for company in companies:
            below = company.get("relationships", [])
            company["relationships"] = [{**one, "Gsid": "1C03X"} for one in below]
        return {**record, "Gsid": gsid, "companies": companies}

    def _bulk(self, records: list[dict[str, Any]]) -> Reply:
        refusal = self.refuse(records)
        if refusal is not None:
            return refusal
        return Reply(
            200, {"result": True, "requestId": "r", "data": {"records": self.replies(records)}}
        )

    def replies(self, records: list[dict[str, Any]], first: int = 1) -> list[dict[str, Any]]:
        """Store records and return the reply to each."""
        told = (
            self.echo(
                {"record": self._store(one), "rowNumber": at, "operationStatus": "SUCCESS"}, at
            )
            for at, one in enumerate(records, first)
        )
        return [element for element in told if element is not None]

    def _one(self, body: Any) -> Reply:
        self.bodies.append(body)
        refusal = self.upsert(body)
        if refusal is not None:
            return refusal
        stored = self._store(body[0] if isinstance(body, list) else body)
        data = {"status": "SUCCESS", "personGsid": stored["Gsid"]}
        return Reply(200, {"result": True, "requestId": "r", "data": data})

    def _job(self, media: str, content: bytes) -> Reply:
        refusal = self.hand_in(media, content)
        if refusal is not None:
            return refusal
        found = content[content.index(b"{") : content.rindex(b"}") + 1]
        self.jobs.append(json.loads(found)["records"])
        return Reply(200, self.job_id(JOB))

    def _status(self) -> Reply:
        self.asked += 1
        number = len(self.jobs[-1])
        files = self.chunks(number) if self.chunks else [(chunk_url(JOB, 1), 0, number)]
        response = {
            "successCount": number, "failureCount": 0, "totalRecords": number, "partialRecords": 0,
            "chunkDetails": [{"chunkURL": url} for url, _, _ in files],
        }  # fmt: skip
        return self.status(self.asked, {"data": {"statusType": "COMPLETED", "response": response}})

    def _chunk(self, path: str) -> Reply:
        records = self.jobs[-1]
        files = self.chunks(len(records)) if self.chunks else [(path, 0, len(records))]
        name = path.split("/async/")[1].removesuffix("/results")
        found = [(start, stop) for url, start, stop in files if name in url]
        if not found:
            return Reply(404, {"result": False, "errorCode": "GSOBJ_1011"})
        start, stop = found[0]
        return Reply(
            200, {"totalCount": stop - start, "records": self.replies(records[start:stop])}
        )

    def _person(self, gsid: str, email: str) -> Reply:
        wanted = email.replace("%40", "@")
        for person in self.persons.values():
            if person["gsid"] == gsid or person["email"] == wanted:
                return Reply(200, {"result": True, "data": person})
        return self.absent

    def _delete(self, gsids: list[str]) -> Reply:
        refusal = self.delete(gsids)
        if refusal is not None:
            return refusal
        for email in [e for e, person in self.persons.items() if person["gsid"] in gsids]:
            del self.persons[email]
            self.deleted += 1
        return Reply(200, {"data": {"deleteRequestId": JOB, "status": "INIT", "count": 0}})


def chunk_url(name: str, number: int) -> str:
    """Return the address of a file of results as the pages show it."""
    return f"/external/bulk/ingestion/async/{name}/chunk/{number}/results"


@contextmanager
def serving(dialect: Dialect) -> Iterator[str]:
    """Serve a dialect on a free port and give its address."""

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            media = self.headers.get("Content-Type", "")
            reply = dialect.reply(self.command, self.path, media, content)
            said = dialect.said(reply.body)
            body = (json.dumps(said) if reply.text is None else reply.text).encode()
            self.send_response(reply.status)
            if reply.location is not None:
                self.send_header("Location", reply.location)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_PUT = do_POST = do_DELETE = answer  # noqa: N815  the server calls these

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def connected(dialect: Dialect) -> Iterator[Client]:
    """Give a client of a dialect whose clock only sleeping moves."""
    waits: list[float] = []
    limits = Limits(
        windows=(), async_windows=(), delete_windows=(), sleep=waits.append,
        now=lambda: sum(waits), jitter=lambda: 0.0,
    )  # fmt: skip
    with serving(dialect) as url, Client(url, "canary-key", limits=limits) as client:
        yield client
