"""The page over HTTP: who is let in, what is asked, and what every reply says to a browser."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from flask import Flask, Response, make_response, render_template, request
from jinja2 import StrictUndefined
from werkzeug.exceptions import Forbidden, HTTPException

from gsprep.display import legible
from gsprep.errors import InputError
from gsprep.review.door import HEADERS
from gsprep.review.routes import add_answers, add_pages, add_search

if TYPE_CHECKING:
    from gsprep.review.desk import Desk
    from gsprep.review.door import Door, Presence

_LOG = logging.getLogger(__name__)
# A form of ours is a few hundred bytes; a note may be long.
_MOST_BYTES = 64 * 1024
_SENTENCES = {
    400: "The address or the form is not one of this page's.",
    403: "This page opens only to the window in which its address was opened first.",
    404: "There is no such page.",
    405: "This cannot be done here.",
    413: "The form is too long.",
}


def make_app(desk: Desk, door: Door, presence: Presence) -> Flask:
    """Return the page as a WSGI application."""
    app = Flask(__name__)
    app.config.update(MAX_CONTENT_LENGTH=_MOST_BYTES, MAX_FORM_PARTS=50)
    app.jinja_options = {"undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True}
    app.jinja_env.filters["legible"] = legible
    _add_guard(app, door, presence)
    _add_door(app, door, presence)
    add_pages(app, desk)
    add_answers(app, desk)
    add_search(app, desk)
    app.register_error_handler(Exception, _sorry)
    return app


def _add_guard(app: Flask, door: Door, presence: Presence) -> None:
    @app.before_request
    def let_in() -> None:
        if not _may_enter(door):
            raise Forbidden
        if _is_known(door):
            presence.used()

    @app.after_request
    def guard(reply: Response) -> Response:
        reply.headers.update(HEADERS)
        return reply


def _add_door(app: Flask, door: Door, presence: Presence) -> None:
    @app.get("/open/<key>")
    def open_door(key: str) -> Response:
        value = door.exchange(key)
        if value is None and not _is_known(door):
            raise Forbidden
        # Not sent on by a redirect: a strict cookie goes only with what our own page asks for.
        reply = make_response(render_template("opening.html"))
        if value is not None:
            reply.set_cookie(door.cookie, value, httponly=True, samesite="Strict")
        return reply

    @app.post("/end")
    def end() -> str:
        presence.end()
        return render_template("sorry.html", title="Closed", sentence="You can close this window.")


def _may_enter(door: Door) -> bool:
    if request.host != door.host:
        return False
    if request.endpoint in {"static", "open_door"}:
        return True
    # A form on another page can be sent here, but not under our name.
    ours = request.method != "POST" or request.headers.get("Origin") == door.origin
    return ours and _is_known(door)


def _is_known(door: Door) -> bool:
    return door.knows(request.cookies.get(door.cookie))


def _sorry(problem: Exception) -> tuple[str, int]:
    if isinstance(problem, InputError):
        return _page("That did not work", f"Nothing was written. {problem}", 409)
    code = problem.code if isinstance(problem, HTTPException) else None
    if code is not None:
        return _page("Not here", _SENTENCES.get(code, "That did not work."), code)
    # The kind alone: a message can hold a person's data.
    _LOG.error("the review page failed with %s", type(problem).__name__)
    kind = type(problem).__name__
    return _page("A fault of gsprep's own", f"Please report it ({kind}); go back and go on.", 500)


def _page(title: str, sentence: str, code: int) -> tuple[str, int]:
    return render_template("sorry.html", title=title, sentence=sentence), code
