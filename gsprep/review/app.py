"""Review page as a web application: access, addresses and replies."""

from __future__ import annotations

import logging
import secrets
from typing import TYPE_CHECKING, Protocol, TypeVar

from flask import Flask, abort, make_response, redirect, render_template, request, url_for
from jinja2 import StrictUndefined
from werkzeug.exceptions import Forbidden, HTTPException

from gsprep.display import legible, plural
from gsprep.errors import InputError
from gsprep.review.access import HEADERS, Access, Presence
from gsprep.review.filters import PER_PAGE, chosen, filter_of, following, number_in
from gsprep.review.pages import domain_text, list_page, question_page, shared
from gsprep.review.session import Choice, Session, kinds_of
from gsprep.schemas.answers import NO_COMPANY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from werkzeug.wrappers import Response

    from gsprep.review.questions import Question

_LOG = logging.getLogger(__name__)
# Our forms have a few hundred bytes; a note may be long.
_MOST_BYTES = 64 * 1024
_SENTENCES = {
    400: "The address or the form does not belong to this page.",
    403: "This page works only in the browser that opened its address first.",
    404: "There is no such page.",
    405: "This cannot be done here.",
    413: "The form is too long.",
}


def make_app(session: Session, access: Access, presence: Presence) -> Flask:
    """Return the page as a WSGI application."""
    app = guarded_app(access, presence)
    searches: dict[str, str] = {}
    add_pages(app, session, searches)
    add_answers(app, session)
    add_list_answers(app, session)
    add_search(app, session, searches)
    return app


def guarded_app(access: Access, presence: Presence) -> Flask:
    """Return an application without pages that only the first browser can use."""
    app = Flask(__name__)
    app.config.update(MAX_CONTENT_LENGTH=_MOST_BYTES, MAX_FORM_PARTS=2 * PER_PAGE)
    app.jinja_options = {"undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True}
    app.jinja_env.filters |= {"legible": legible, "domains": domain_text}
    _add_guard(app, access, presence)
    _add_access(app, access, presence)
    app.register_error_handler(Exception, _sorry)
    return app


def _add_guard(app: Flask, access: Access, presence: Presence) -> None:
    @app.before_request
    def let_in() -> None:
        if not _may_enter(access):
            raise Forbidden
        if _is_known(access):
            presence.used()

    @app.after_request
    def guard(reply: Response) -> Response:
        reply.headers.update(HEADERS)
        return reply


def _add_access(app: Flask, access: Access, presence: Presence) -> None:
    @app.get("/open/<key>")
    def enter(key: str) -> Response:
        value = access.exchange(key)
        if value is None and not _is_known(access):
            raise Forbidden
        # No redirect: a browser sends a strict cookie only with requests of our own page.
        reply = make_response(render_template("opening.html"))
        if value is not None:
            reply.set_cookie(access.cookie, value, httponly=True, samesite="Strict")
        return reply

    @app.post("/end")
    def end() -> str:
        presence.end()
        return render_template("sorry.html", title="Closed", sentence="You can close this window.")


def _may_enter(access: Access) -> bool:
    if request.host != access.host:
        return False
    if request.endpoint in {"static", "enter"}:
        return True
    # Another site can send a form here, but not with our origin.
    ours = request.method != "POST" or request.headers.get("Origin") == access.origin
    return ours and _is_known(access)


def _is_known(access: Access) -> bool:
    return access.knows(request.cookies.get(access.cookie))


def _sorry(problem: Exception) -> tuple[str, int]:
    if isinstance(problem, InputError):
        return _page("That did not work", f"Nothing was written. {problem}", 409)
    code = problem.code if isinstance(problem, HTTPException) else None
    if code is not None:
        return _page("Not here", _SENTENCES.get(code, "That did not work."), code)
    # Only the type: a message can contain a person's data.
    _LOG.error("the review page failed with %s", type(problem).__name__)
    kind = type(problem).__name__
    return _page("Internal error", f"Please report it ({kind}). Then go back and continue.", 500)


def _page(title: str, sentence: str, code: int) -> tuple[str, int]:
    return render_template("sorry.html", title=title, sentence=sentence), code


# Messages by the word in the address of a page.
TOLD = {
    "elsewhere": "Nothing was written: this person was answered in another window in the meantime, "
    "as shown here. Answer again to change it.",
    "gone": "Nothing to undo: that answer is no longer in the file.",
    "back": "Undone: the earlier answer is valid again.",
    "which": "Nothing was written: choose one of the companies.",
}


def add_pages(app: Flask, session: Session, searches: Mapping[str, str]) -> None:
    """Add the pages to read; ``searches`` are the texts searched, by the word in the address."""

    @app.get("/")
    def start() -> Response | str:
        of, state = filter_of(request.args), session.state()
        numbers = chosen(session.questions, session.groups, of)
        first = following(numbers, state.held)
        if first is None:
            elsewhere = len(state.held) < len(session.questions)
            return render_template("done.html", **shared(session, state, of), elsewhere=elsewhere)
        return redirect(url_for("person", number=first, **of.query))

    @app.get("/people")
    def people() -> str:
        at = number_in(request.args.get("page"), 1)
        content = list_page(session, filter_of(request.args), at)
        picked = request.args.get("pick") == "all"
        return render_template("people.html", **content, picked=picked, told=_told_of_list())

    @app.get("/people/<int:number>")
    def person(number: int) -> str:
        asked(session, number)
        told = TOLD.get(request.args.get("told", ""))
        text = searches.get(request.args.get("search", ""))
        found = None if text is None else session.companies.find(text)
        content = question_page(session, number, filter_of(request.args), found)
        return render_template("person.html", **content, told=told, text=text)

    @app.get("/keys")
    def keys() -> str:
        of = filter_of(request.args)
        content = shared(session, session.state(), of)
        layout = {"layout": "page.html", "key_list": "key_list.html"}
        return render_template("keys.html", **content, **layout)


def add_answers(app: Flask, session: Session) -> None:
    """Add the forms that write: an answer, and undo."""

    @app.post("/people/<int:number>")
    def answer(number: int) -> Response:
        question, form = asked(session, number), request.form
        company = _company(session, question, form.get("choice", ""))
        kind = form.get("scope", "")
        if company is None or kind not in kinds_of(question):
            return _back(number, "which")
        choice = Choice(company, kind, form.get("seen", ""), form.get("note", ""))
        if session.answer(number, choice) != "taken":
            return _back(number, "elsewhere")
        return _onward(session, number)

    @app.post("/undo")
    def undo() -> Response:
        question = asked(session, request.form.get("number", 0, type=int))
        outcome = session.take_back(request.form.get("word", ""))
        return _back(question.number, "back" if outcome == "taken" else outcome)


def add_list_answers(app: Flask, session: Session) -> None:
    """Add the form of the list: one answer about each selected person."""

    @app.post("/accept")
    def accept() -> Response:
        picks = [pick.partition(".") for pick in request.form.getlist("pick")]
        which = request.form.get("choice", "")
        given = [
            (question.number, Choice(company, kinds_of(question)[0], seen))
            for number, _, seen in picks
            if (question := _picked(session, number)) is not None
            and (company := _company(session, question, which)) is not None
        ]
        written = session.answer_some(given) if given else 0
        of, left = filter_of(request.form), len(picks) - written
        numbers = chosen(session.questions, session.groups, of)
        if written and not left and following(numbers, session.state().held) is None:
            return redirect(url_for("start", **of.query), 303)
        return redirect(url_for("people", written=written, left=left, **of.query), 303)


# No question has it.
NO_NUMBER = -1


def _picked(session: Session, number: str) -> Question | None:
    """Return the question of a selected line, if an answer about it can be kept."""
    at = number_in(number, NO_NUMBER)
    if at == NO_NUMBER:
        return None
    question = asked(session, at)
    return question if kinds_of(question) else None


def _told_of_list() -> str | None:
    """Return how many answers the form of the list has written."""
    written, left = (request.args.get(name, type=int) for name in ("written", "left"))
    if written is None:
        return None
    if not written and not left:
        return "Nothing was written: select people first."
    people = plural(written, "person is", "people are")
    more = (
        f" {left} {plural(left, 'was', 'were')} left out: answered elsewhere, or without this "
        "company."
        if left
        else ""
    )
    return f"{written} {people} decided.{more}"


def _onward(session: Session, number: int) -> Response:
    """Redirect to the next open question, to the start if there is none."""
    of = filter_of(request.form)
    numbers = chosen(session.questions, session.groups, of)
    onward = following(numbers, session.state().held, number)
    if onward is None:
        return redirect(url_for("start", **of.query), 303)
    return redirect(url_for("person", number=onward, **of.query), 303)


# The newest searches are kept, so that the Back button of the browser finds them.
_MOST_SEARCHES = 500


def add_search(app: Flask, session: Session, searches: dict[str, str]) -> None:
    """Add the search for another company; the searched text is in no address."""

    @app.post("/people/<int:number>/search")
    def search(number: int) -> Response:
        asked(session, number)
        word = secrets.token_urlsafe(8)
        searches[word] = request.form.get("text", "")
        while len(searches) > _MOST_SEARCHES:
            searches.pop(next(iter(searches)), None)
        of = filter_of(request.form)
        place = url_for("person", number=number, search=word, **of.query)
        return redirect(f"{place}#other", 303)


Q_co = TypeVar("Q_co", covariant=True)


class Asking(Protocol[Q_co]):
    """A session that asks numbered questions."""

    @property
    def questions(self) -> Sequence[Q_co]:
        """The questions, in the order of their numbers."""

    def question(self, number: int) -> Q_co:
        """Return the question with a number."""


def asked(session: Asking[Q_co], number: int) -> Q_co:
    """Return the question with a number; the page is not found if there is none."""
    if not 1 <= number <= len(session.questions):
        abort(404)
    return session.question(number)


def _company(session: Session, question: Question, choice: str) -> str | None:
    """Return the company of a choice: ``none``, ``gsid:…`` of a known company, 1 or 2."""
    if choice == "none":
        return NO_COMPANY
    named, _, gsid = choice.partition(":")
    if named == "gsid":
        return gsid if gsid in session.companies.by_gsid else None
    numbered = {str(at): one.gsid for at, one in enumerate(question.candidates, 1)}
    return numbered.get(choice)


def _back(number: int, told: str) -> Response:
    of = filter_of(request.form)
    return redirect(url_for("person", number=number, told=told, **of.query), 303)
