"""The service over HTTP: access key, limits, errors."""

from __future__ import annotations

import hmac
import logging
import time
from functools import partial
from typing import TYPE_CHECKING

from flask import Flask, request
from werkzeug.exceptions import HTTPException

from gsprep.sandbox.limits import BYTES_PER_CALL, CallClass, Limits, Windows
from gsprep.sandbox.objects import InvalidRecordsError
from gsprep.sandbox.replies import (
    FAULT,
    NO_ROUTE,
    TOO_MANY,
    UNAUTHORIZED,
    invalid_records,
    missing_person,
    refusal,
)
from gsprep.sandbox.routes import (
    BASE,
    add_async,
    add_bulk,
    add_deletion,
    add_metadata,
    add_objects,
    add_people,
    add_query,
)
from gsprep.sandbox.rules import MissingPersonError, RefusalError, malformed

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Response

    from gsprep.sandbox.dialect import Dialect
    from gsprep.sandbox.store import Store

_LOG = logging.getLogger(__name__)


def make_app(
    store: Store,
    *,
    access_key: str | None = None,
    limits: Limits | None = None,
    clock: Callable[[], float] = time.time,
) -> Flask:
    """Return the service as a WSGI application, in the dialect of its store.

    access_key: the key that calls need; None accepts every key that is not blank.
    limits: calls in each window, per key; None means the documented ones.
    clock: seconds since 1970; decides the windows of the limits, the times of records, and how
        far jobs are.
    """
    app = Flask(__name__, static_folder=None)
    app.config.update(MAX_CONTENT_LENGTH=BYTES_PER_CALL, PROVIDE_AUTOMATIC_OPTIONS=False)
    for add in (add_people, add_async, add_deletion, add_bulk):
        add(app, store, clock)
    add_query(app, store, clock)
    add_objects(app, store, clock)
    add_metadata(app, store)
    _add_gateway(app, access_key, limits or Limits(), clock)
    app.before_request(lambda: store.advance(clock()))
    app.register_error_handler(Exception, partial(_error_reply, store.dialect))
    return app


def _add_gateway(
    app: Flask, access_key: str | None, limits: Limits, clock: Callable[[], float]
) -> None:
    windows = Windows(limits)
    classes: dict[str | None, CallClass] = {
        "upsert_async": limits.small_async,
        "bulk_async": "async",
        "delete": "delete",
    }

    @app.before_request
    def check_access() -> None:
        if request.routing_exception is not None:
            raise NO_ROUTE
        key = request.headers.get("accesskey", "").strip()
        if not key or (access_key is not None and not _same(key, access_key)):
            raise UNAUTHORIZED
        if not windows.take(key, clock(), classes.get(request.endpoint, "sync")):
            raise TOO_MANY


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())


def _error_reply(dialect: Dialect, problem: Exception) -> Response:
    if isinstance(problem, MissingPersonError):
        return missing_person(problem, dialect.not_found)
    if isinstance(problem, InvalidRecordsError):
        return invalid_records(problem, problem.errors)
    if isinstance(problem, HTTPException):
        problem = malformed(problem.name)
    if isinstance(problem, RefusalError):
        of_people = request.path.startswith(f"{BASE}/")
        return refusal(problem, dialect.refusals if of_people else "400-code")
    # Only the kind: a message can hold a person's data.
    _LOG.error("the sandbox failed with %s", type(problem).__name__)
    return refusal(FAULT)
