"""Routes of the service, and the store calls behind them.

A function has the name of its route. Routes: pages "People API Documentation", "Company API
Documentation", "Data Management APIs" and "Timeline APIs", read 2026-11.
"""

from __future__ import annotations

import hmac
import json
import math
import uuid
from typing import TYPE_CHECKING, Any, Final, Literal

from flask import Flask, Request, Response, request

from gsprep.sandbox.jobs import Kind, Work, accepted
from gsprep.sandbox.limits import DELETES_PER_CALL, RECORDS_PER_CALL
from gsprep.sandbox.rules import MissingPersonError, RefusalError, malformed, no_rows
from gsprep.sandbox.tenant import is_id
from gsprep.sandbox.upsert import objects_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from gsprep.sandbox.dialect import AsyncInput, NotFound, Refusals, SingleBody
    from gsprep.sandbox.store import Store

# HTTP statuses seen with a code; the pages give 400 for every other code.
_STATUS: Final = {"GS_APIG_2401": 401, "GS_APIG_1000": 404, "GU_2400": 429, "GU_1101": 500}

# The page "Data Management APIs" shows this one as the title of a refusal, not as its code.
_TITLES: Final = frozenset({"OBJECT_NOT_FOUND"})

UNAUTHORIZED: Final = RefusalError("GS_APIG_2401", "Unauthorized")
NO_ROUTE: Final = RefusalError("GS_APIG_1000", "Not Found")
TOO_MANY: Final = RefusalError("GU_2400", "Too many request")
FAULT: Final = RefusalError("GU_1101", "Oops, something went wrong")


def is_key(given: str, expected: str | None) -> bool:
    """Return whether a key is the expected one; None expects any that is not blank."""
    whole = given if expected is None else expected
    return bool(given) and hmac.compare_digest(given.encode(), whole.encode())


def read_body(request: Request) -> Any:
    """Return the JSON of a request; raises RefusalError if it is not JSON."""
    return _parsed(request.get_data())


def read_job_body(request: Request, taken: AsyncInput) -> Any:
    """Return the JSON of a job's request: its body, or the one file of a form."""
    is_form = request.mimetype == "multipart/form-data"
    if taken == "json" or (taken == "both" and not is_form):
        return read_body(request)
    files = [file for _, file in request.files.items(multi=True)] if is_form else []
    if len(files) != 1:
        raise malformed("a form (multipart/form-data) with one JSON file is needed")
    return _parsed(files[0].read())


def _parsed(content: bytes) -> Any:
    try:
        return json.loads(content, parse_constant=_number, parse_float=_number)
    except (ValueError, RecursionError) as problem:
        raise malformed("the body is not JSON") from problem


def _number(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("JSON has no NaN and no Infinity")
    return number


def success(data: Any, **more: Any) -> Response:
    """Return the reply to a call that was executed."""
    return _reply({"result": True, "data": data, **more}, 200)


def refusal(problem: RefusalError, shape: Refusals = "400-code") -> Response:
    """Return the reply to a call that was refused as a whole.

    Only the service uses the failure envelope; the gateway in front of it replies with a code.
    """
    status = _STATUS.get(problem.code, 400)
    if shape != "400-code" and problem.code not in _STATUS:
        error = {"errorCode": problem.code, "errorMessage": problem.text}
        data = {"status": "FAILURE", "errors": [{"field": None, "invalidValue": []} | error]}
        return failure(data, shape)
    name = {"title": problem.code} if problem.code in _TITLES else {"errorCode": problem.code}
    body = {"result": False, "errorCode": None, "errorDesc": problem.text} | name
    return _reply({**body, "data": None, "message": problem.text}, status)


def invalid_records(problem: RefusalError, errors: list[Any]) -> Response:
    """Return the reply to a write of objects that failed because records are invalid."""
    body = {
        "result": False,
        "errorCode": problem.code,
        "errorDesc": problem.text,
        "data": {"count": 0, "errors": errors, "records": None},
        "message": None,
    }
    return _reply(body, 400)


def not_local(status: int) -> Response:
    """Return the reply to a call with a foreign Host (421) or Origin (403)."""
    text = (
        "The sandbox serves this machine only. Call it as 127.0.0.1 or localhost, not from a page."
    )
    body = {"result": False, "errorCode": None, "errorDesc": text, "data": None, "message": text}
    return _reply(body, status)


def missing_person(person: MissingPersonError, shape: NotFound) -> Response:
    """Return the reply to a read of a person who does not exist."""
    if shape == "200-null":
        return success(None)
    if shape == "404-other":
        return plain({"status": 404, "error": "Not Found"}, 404)
    if shape in {"400-code", "404-code"}:
        reply = refusal(person)
        reply.status_code = int(shape[:3])
        return reply
    error = {"errorCode": person.code, "errorMessage": person.text}
    given = {"field": person.field, "invalidValue": [{person.field: person.value}]}
    return failure({"status": "FAILURE", "errors": [given | error]}, shape)


def plain(body: Any, status: int = 200) -> Response:
    """Return a reply without an envelope."""
    return Response(json.dumps(body), status, mimetype="application/json")


def failure(data: Any, shape: str = "400-envelope") -> Response:
    """Return the failure envelope with the HTTP status that its shape begins with.

    The samples show no status; the page "Error Codes for Person API" gives 400 for every code.
    """
    return _reply({"result": False, "data": data}, int(shape[:3]))


def _reply(body: dict[str, Any], status: int) -> Response:
    name = str(uuid.uuid4())
    response = plain(body | {"requestId": name}, status)
    # Both names were seen in replies of the service.
    response.headers["x-gs-request-id"] = response.headers["x-request-id"] = name
    return response


RouteName = Literal[
    "upsert_person", "upsert_async", "async_status", "person_by_email", "person_by_gsid", "delete",
    "delete_status", "bulk_sync", "bulk_async", "bulk_status", "chunk", "query", "insert_records",
    "update_records", "delete_record", "describe", "list_objects", "insert_activity",
    "update_activity", "community_token", "community_users", "community_activity",
    "community_topics", "community_categories", "community_idea_statuses", "community_replies",
    "staircase_list", "staircase_find", "staircase_insert", "staircase_update", "staircase_delete",
]  # fmt: skip
# The entry of a request's environment in which a fault script says how its job ends.
JOB_FAULT: Final = "sandbox.job_fault"

# Every path of the People API begins with it, and no other path.
BASE: Final = "/v1/peoplemgmt/v1.0"
_PEOPLE: Final = f"{BASE}/people"
_BULK: Final = f"{BASE}/external/bulk/ingestion"
_OBJECTS: Final = "/v1/data/objects"
_META: Final = "/v1/meta/services/objects"
_ACTIVITY: Final = "/v1/ant/es/activity"


def add_people(app: Flask, store: Store, clock: Callable[[], float]) -> None:
    """Add the calls for one person."""

    @app.put(_PEOPLE)
    def upsert_person() -> Response:
        record = _record(read_body(request), store.dialect.single_body)
        data = store.upsert_person(record, now=clock())
        if data["status"] == "SUCCESS":
            return success(data)
        return failure(data, store.dialect.refusals)

    @app.get(_PEOPLE)
    def person_by_email() -> Response:
        email = next((v for k, v in request.args.items() if k.lower() == "email"), "").strip()
        if not email:
            raise RefusalError("GSOBJ_VQP1001", "Query params are null or empty")
        return success(store.person_by_email(email))

    @app.get(f"{_PEOPLE}/<gsid>")
    def person_by_gsid(gsid: str) -> Response:
        _must_be_id(gsid)
        return success(store.person(gsid))


def add_async(app: Flask, store: Store, clock: Callable[[], float]) -> None:
    """Add the asynchronous upsert of 50 people, and its status."""

    @app.put(f"{_PEOPLE}/async")
    def upsert_async() -> Response:
        records = _records(read_body(request), most=RECORDS_PER_CALL)
        name = store.submit(_work("people", records), now=clock())
        return success(name if store.dialect.status_id == "text" else {"statusId": name})

    @app.get(f"{_PEOPLE}/async/status/<name>")
    def async_status(name: str) -> Response:
        return success(store.people_status(name, now=clock()))


def add_deletion(app: Flask, store: Store, clock: Callable[[], float]) -> None:
    """Add the deletion of people and its status."""

    @app.delete(_PEOPLE)
    def delete() -> Response:
        gsids = _gsids(read_body(request))
        name = store.submit(_work("delete", gsids), now=clock())
        return success(store.delete_status(name, now=clock()))

    @app.get(f"{_PEOPLE}/delete/status/<name>")
    def delete_status(name: str) -> Response:
        return success(store.delete_status(name, now=clock()))


def add_bulk(app: Flask, store: Store, clock: Callable[[], float]) -> None:
    """Add the bulk calls; the verbs differ: PUT for the synchronous call, POST for the job."""

    @app.put(f"{_BULK}/people")
    def bulk_sync() -> Response:
        body = read_body(request)
        records = _records(body, most=RECORDS_PER_CALL)
        if store.dialect.counts == "objects" and objects_in(records) > RECORDS_PER_CALL:
            raise malformed(f"a call takes at most {RECORDS_PER_CALL} records and associations")
        return success(store.upsert_people(records, lookups=body.get("lookups"), now=clock()))

    @app.post(f"{_BULK}/async/people")
    def bulk_async() -> Response:
        body = read_job_body(request, store.dialect.async_input)
        work = _work("bulk", _records(body), body.get("lookups"))
        return success(accepted(store.submit(work, now=clock())))

    @app.get(f"{_BULK}/async/status/<name>")
    def bulk_status(name: str) -> Response:
        data = store.bulk_status(name, now=clock())
        return success(data, message=data["statusType"])

    @app.get(f"{_BULK}/async/<name>/chunk/<int:number>/results")
    def chunk(name: str, number: int) -> Response:
        return Response(store.chunk_json(name, number, now=clock()), mimetype="application/json")


def _work(kind: Kind, records: list[Any], lookups: Any = None) -> Work:
    return Work(kind, records, lookups, request.environ.get(JOB_FAULT))


def _must_be_id(gsid: Any) -> None:
    if not isinstance(gsid, str) or not is_id(gsid):
        raise RefusalError("GSOBJ_VDTGSID1001", "Invalid gsid value")


def _gsids(body: Any) -> list[Any]:
    if not isinstance(body, list):
        raise malformed("the body must be a list of GSIDs")
    if not body:
        raise no_rows()
    if len(body) > DELETES_PER_CALL:
        raise malformed(f"a call takes at most {DELETES_PER_CALL} GSIDs")
    # The page does not say what happens to a list that holds an invalid id.
    for gsid in body:
        _must_be_id(gsid)
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


def add_query(app: Flask, store: Store, clock: Callable[[], float]) -> None:
    """Add the object query."""

    @app.post(f"{_OBJECTS}/query/<kind>")
    def query(kind: str) -> Response:
        rows = store.query(_known(store, kind), read_body(request), now=clock())
        data = rows if store.dialect.query_data == "list" else {"records": rows}
        return _executed(data)


def add_objects(app: Flask, store: Store, clock: Callable[[], float]) -> None:
    """Add the calls that write records of objects: insert, update and delete."""

    @app.post(f"{_OBJECTS}/<kind>")
    def insert_records(kind: str) -> Response:
        return _written(store.insert(_known(store, kind), read_body(request), now=clock()))

    @app.put(f"{_OBJECTS}/<kind>")
    def update_records(kind: str) -> Response:
        keys = [key.strip() for key in request.args.get("keys", "").split(",") if key.strip()]
        body = read_body(request)
        return _written(store.update(_known(store, kind), body, keys, now=clock()))

    @app.delete(f"{_OBJECTS}/<kind>/<gsid>")
    def delete_record(kind: str, gsid: str) -> Response:
        store.delete(_known(store, kind), gsid, now=clock())
        return _executed(None)


def _known(store: Store, kind: str) -> str:
    if kind.lower() not in store.kinds():
        raise NO_ROUTE
    return kind.lower()


def _written(records: list[dict[str, Any]]) -> Response:
    return _executed({"count": len(records), "errors": None, "records": records})


def _executed(data: Any) -> Response:
    return success(data, errorCode=None, errorDesc=None, message=None)


def add_timeline(app: Flask, store: Store, clock: Callable[[], float]) -> None:
    """Add the calls that write one activity of Timeline; queries read activities."""

    @app.post(_ACTIVITY)
    def insert_activity() -> Response:
        return _executed(store.insert_activity(read_body(request), now=clock()))

    @app.put(_ACTIVITY)
    def update_activity() -> Response:
        identifier = request.args.get("identifier", "")
        return _executed(store.update_activity(read_body(request), identifier, now=clock()))


def add_metadata(app: Flask, store: Store) -> None:
    """Add the description of one object, whatever the case of its name, and the list of all.

    Of the flags only ``idd`` has an effect: public clients set it to read the entries of
    drop-down lists. The page does not explain it.
    """

    @app.get(f"{_META}/<kind>/describe")
    def describe(kind: str) -> Response:
        lists = request.args.get("idd", "").lower() == "true"
        return success([store.describe(kind.lower(), lists=lists)])

    @app.get(f"{_META}/list")
    def list_objects() -> Response:
        each = (store.describe(kind, lists=False) for kind in sorted(store.kinds()))
        shown = ("objectName", "label", "keyPrefix")
        return success([{name: one[name] for name in shown} for one in each])
