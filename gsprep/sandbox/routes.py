"""What each route asks of the store; the names of the functions are the names of the routes.

Routes: pages "People API Documentation", "Company API Documentation" and "Data Management APIs",
read 2026-11.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

from flask import request

from gsprep.sandbox.chunks import accepted
from gsprep.sandbox.ids import is_id
from gsprep.sandbox.jobs import Kind, Work
from gsprep.sandbox.limits import DELETES_PER_CALL, RECORDS_PER_CALL
from gsprep.sandbox.refusals import RefusalError, malformed, no_rows
from gsprep.sandbox.upsert import objects_in
from gsprep.sandbox.wire import NO_ROUTE, body_of, done, failed, file_of, plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask, Response

    from gsprep.sandbox.dialect import SingleBody
    from gsprep.sandbox.store import Store

RouteName = Literal[
    "upsert_person",
    "upsert_async",
    "async_status",
    "person_by_email",
    "person_by_gsid",
    "delete",
    "delete_status",
    "bulk_sync",
    "bulk_async",
    "bulk_status",
    "chunk",
    "query",
    "describe",
]
# Where a fault leaves word, in the environment of a request, of what becomes of its job.
FATE: Final = "sandbox.fate"

# Everything below it is the People API's, and nothing else.
BASE: Final = "/v1/peoplemgmt/v1.0"
_PEOPLE: Final = f"{BASE}/people"
_BULK: Final = f"{BASE}/external/bulk/ingestion"
_QUERY: Final = "/v1/data/objects/query"
_META: Final = "/v1/meta/services/objects"


def add_people(app: Flask, store: Store, clock: Callable[[], float]) -> None:
    """Add the calls for one person."""

    @app.put(_PEOPLE)
    def upsert_person() -> Response:
        record = _record(body_of(request), store.dialect.single_body)
        data = store.upsert_person(record, now=clock())
        if data["status"] == "SUCCESS":
            return done(data)
        return failed(data, store.dialect.refusals)

    @app.get(_PEOPLE)
    def person_by_email() -> Response:
        email = next((v for k, v in request.args.items() if k.lower() == "email"), "").strip()
        if not email:
            raise RefusalError("GSOBJ_VQP1001", "Query params are null or empty")
        return done(store.person_by_email(email))

    @app.get(f"{_PEOPLE}/<gsid>")
    def person_by_gsid(gsid: str) -> Response:
        _must_be_gsid(gsid)
        return done(store.person(gsid))


def add_async(app: Flask, store: Store, clock: Callable[[], float]) -> None:
    """Add the upsert of 50 that is done later, and its status."""

    @app.put(f"{_PEOPLE}/async")
    def upsert_async() -> Response:
        records = _records(body_of(request), most=RECORDS_PER_CALL)
        name = store.submit(_work("people", records), now=clock())
        return done(name if store.dialect.status_id == "text" else {"statusId": name})

    @app.get(f"{_PEOPLE}/async/status/<name>")
    def async_status(name: str) -> Response:
        return done(store.people_status(name, now=clock()))


def add_deletion(app: Flask, store: Store, clock: Callable[[], float]) -> None:
    """Add the deletion of persons and its status."""

    @app.delete(_PEOPLE)
    def delete() -> Response:
        gsids = _gsids(body_of(request))
        name = store.submit(_work("delete", gsids), now=clock())
        return done(store.delete_status(name, now=clock()))

    @app.get(f"{_PEOPLE}/delete/status/<name>")
    def delete_status(name: str) -> Response:
        return done(store.delete_status(name, now=clock()))


def add_bulk(app: Flask, store: Store, clock: Callable[[], float]) -> None:
    """Add the bulk calls; note the verbs: PUT for the one that waits, POST for the job."""

    @app.put(f"{_BULK}/people")
    def bulk_sync() -> Response:
        body = body_of(request)
        records = _records(body, most=RECORDS_PER_CALL)
        if store.dialect.counts == "objects" and objects_in(records) > RECORDS_PER_CALL:
            raise malformed(f"a call takes at most {RECORDS_PER_CALL} records and associations")
        return done(store.upsert_people(records, lookups=body.get("lookups"), now=clock()))

    @app.post(f"{_BULK}/async/people")
    def bulk_async() -> Response:
        body = file_of(request, store.dialect.async_input)
        work = _work("bulk", _records(body), body.get("lookups"))
        return done(accepted(store.submit(work, now=clock())))

    @app.get(f"{_BULK}/async/status/<name>")
    def bulk_status(name: str) -> Response:
        data = store.bulk_status(name, now=clock())
        return done(data, message=data["statusType"])

    @app.get(f"{_BULK}/async/<name>/chunk/<int:number>/results")
    def chunk(name: str, number: int) -> Response:
        return plain(store.chunk(name, number, now=clock()))


def _work(kind: Kind, records: list[Any], lookups: Any = None) -> Work:
    return Work(kind, records, lookups, request.environ.get(FATE))


def _must_be_gsid(gsid: Any) -> None:
    if not isinstance(gsid, str) or not is_id(gsid):
        raise RefusalError("GSOBJ_VDTGSID1001", "Invalid gsid value")


def _gsids(body: Any) -> list[Any]:
    if not isinstance(body, list):
        raise malformed("the body must be a list of GSIDs")
    if not body:
        raise no_rows()
    if len(body) > DELETES_PER_CALL:
        raise malformed(f"a call takes at most {DELETES_PER_CALL} GSIDs")
    # The page does not say what becomes of a list with an id that is none.
    for gsid in body:
        _must_be_gsid(gsid)
    return body


def _record(body: Any, shape: SingleBody) -> Any:
    if shape == "array":
        if not isinstance(body, list) or len(body) != 1:
            raise malformed("the body must be an array of one JSON object")
        (body,) = body
    if not isinstance(body, dict):
        raise malformed("the body must be a JSON object")
    if not body:
        raise no_rows()
    return body


def _records(body: Any, *, most: int | None = None) -> list[Any]:
    if not isinstance(body, dict):
        raise malformed("the body must be a JSON object")
    records = body.get("records")
    if not records:
        raise no_rows()
    if not isinstance(records, list):
        raise malformed("records must be a list")
    if most is not None and len(records) > most:
        raise malformed(f"a call takes at most {most} records")
    return records


def add_objects(app: Flask, store: Store) -> None:
    """Add the object query."""

    @app.post(f"{_QUERY}/<kind>")
    def query(kind: str) -> Response:
        if kind.lower() not in store.kinds():
            raise NO_ROUTE
        rows = store.query(kind.lower(), body_of(request))
        data = rows if store.dialect.query_data == "list" else {"records": rows}
        return done(data, errorCode=None, errorDesc=None, message=None)


def add_metadata(app: Flask, store: Store) -> None:
    """Add the description of one object, whatever the case of its name.

    Of the query's flags only ``idd`` is looked at: public clients that need the entries of
    drop-down lists set it, the page does not say what it does.
    """

    @app.get(f"{_META}/<kind>/describe")
    def describe(kind: str) -> Response:
        lists = request.args.get("idd", "").lower() == "true"
        return done([store.describe(kind.lower(), lists=lists)])
