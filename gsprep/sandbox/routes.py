"""What each route asks of the store.

Routes: pages "People API Documentation", "Company API Documentation" and "Data Management APIs",
read 2026-11.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flask import request

from gsprep.sandbox.fields import FIELDS
from gsprep.sandbox.ids import is_gsid
from gsprep.sandbox.limits import RECORDS_PER_CALL
from gsprep.sandbox.refusals import RefusalError, malformed, no_rows
from gsprep.sandbox.wire import NO_ROUTE, body_of, done

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask, Response

    from gsprep.sandbox.store import Store

_PEOPLE: Final = "/v1/peoplemgmt/v1.0"
_QUERY: Final = "/v1/data/objects/query"
_META: Final = "/v1/meta/services/objects"


def add_people(app: Flask, store: Store, clock: Callable[[], float]) -> None:
    """Add the routes of the People API."""

    @app.put(f"{_PEOPLE}/external/bulk/ingestion/people")
    def upsert() -> Response:
        body = body_of(request)
        records = _records(body)
        return done(store.upsert_people(records, lookups=body.get("lookups"), now=clock()))

    @app.get(f"{_PEOPLE}/people")
    def by_email() -> Response:
        email = next((v for k, v in request.args.items() if k.lower() == "email"), "").strip()
        if not email:
            raise RefusalError("GSOBJ_VQP1001", "Query params are null or empty")
        return done(store.person_by_email(email))

    @app.get(f"{_PEOPLE}/people/<gsid>")
    def by_gsid(gsid: str) -> Response:
        if not is_gsid(gsid):
            raise RefusalError("GSOBJ_VDTGSID1001", "Invalid gsid value")
        return done(store.person(gsid))


def _records(body: Any) -> list[Any]:
    if not isinstance(body, dict):
        raise malformed("the body must be a JSON object")
    records = body.get("records")
    if not records:
        raise no_rows()
    if not isinstance(records, list):
        raise malformed("records must be a list")
    if len(records) > RECORDS_PER_CALL:
        raise malformed(f"a call takes at most {RECORDS_PER_CALL} records")
    return records


def add_objects(app: Flask, store: Store, *, bare_lists: bool) -> None:
    """Add the object query; ``bare_lists``: its ``data`` is the list itself, as in the samples."""

    @app.post(f"{_QUERY}/<kind>")
    def query(kind: str) -> Response:
        if kind.lower() not in FIELDS:
            raise NO_ROUTE
        rows = store.query(kind.lower(), body_of(request))
        data = rows if bare_lists else {"records": rows}
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
