"""Review, duplicates and mapping pages as web applications: access, addresses and replies."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from flask import Flask, abort, make_response, redirect, render_template, request, url_for
from jinja2 import StrictUndefined
from werkzeug.exceptions import Forbidden, HTTPException

from gsprep.display import legible, plural
from gsprep.errors import InputError
from gsprep.mapping.columns import ColumnMapping, field_text
from gsprep.review.filters import PER_PAGE, SHOWN_PAIRS, chosen, filter_of, following, number_in
from gsprep.review.pages import domain_text, list_page, question_page, shared
from gsprep.review.pair_pages import pair_list, pair_page, passing
from gsprep.review.pair_pages import shared as shared_of_pairs
from gsprep.review.serve import HEADERS, Access, Presence
from gsprep.review.session import Choice, Session, kinds_of
from gsprep.schemas.answers import NO_COMPANY

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from gsprep.mapping.mapping_file import Proposal
    from gsprep.review.pair_session import PairSession
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
    parts = Parts(
        path="people",
        words={
            "layout": "page.html",
            "key_list": "key_list.html",
            "noun": "people",
            "all_done": "All people are decided",
            "none_asked": "No one needs a decision",
        },
        list="people.html",
        filter_of=filter_of,
        numbers=lambda of: chosen(session.questions, session.groups, of),
        shared=lambda state, of: shared(session, state, of),
        listed=lambda of, page: list_page(session, of, page),
        given=lambda number, seen, choice: _picked(session, number, seen, choice),
        nouns=("person is", "people are"),
        left_out="answered elsewhere, or without this company",
    )
    add_review(app, session, parts)
    _add_answer(app, session, parts)
    _add_questions(app, session)
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


@dataclass(frozen=True, kw_only=True, slots=True)
class Parts:
    """What a review has of its own: all reviews have a list, pages of questions, and undo.

    path:      the first part of the addresses.
    words:     the layout and the words of the pages that all reviews have.
    list:      the template of the list.
    filter_of: returns the filter of an address or a form.
    numbers:   returns the numbers of the questions that pass a filter.
    shared:    returns the content of every page.
    listed:    returns the content of a page of the list.
    given:     returns the answer to a selected question, None if there can be none.
    nouns:     "person is" and "people are", for the number of answers.
    left_out:  why a selected question may be left out.
    """

    path: str
    words: Mapping[str, str]
    list: str
    filter_of: Callable[[Mapping[str, str]], Any]
    numbers: Callable[[Any], Sequence[int]]
    shared: Callable[[Any, Any], dict[str, Any]]
    listed: Callable[[Any, int], dict[str, Any]]
    given: Callable[[int, str, str], Any]
    nouns: tuple[str, str]
    left_out: str


def add_review(app: Flask, session: Session | PairSession, parts: Parts) -> None:
    """Add the start, the list with its form, the page of keys, and undo."""
    _add_pages(app, session, parts)
    _add_forms(app, session, parts)


def _add_pages(app: Flask, session: Session | PairSession, parts: Parts) -> None:

    @app.get("/")
    def start() -> Response | str:
        of, state = parts.filter_of(request.args), session.state()
        first = following(parts.numbers(of), state.held)
        if first is None or of.show == "groups":
            content = parts.shared(state, of)
            elsewhere = content["decided"] < content["whole"]
            return render_template("done.html", **content, **parts.words, elsewhere=elsewhere)
        return redirect(url_for("person", number=first, **of.query))

    @app.get(f"/{parts.path}")
    def people() -> str:
        at = number_in(request.args.get("page"), 1)
        content = parts.listed(parts.filter_of(request.args), at)
        picked, told = request.args.get("pick") == "all", _told_of_list(parts)
        return render_template(parts.list, **content, **parts.words, picked=picked, told=told)

    @app.get("/keys")
    def keys() -> str:
        content = parts.shared(session.state(), parts.filter_of(request.args))
        return render_template("keys.html", **content, **parts.words)


def _add_forms(app: Flask, session: Session | PairSession, parts: Parts) -> None:
    @app.post("/undo")
    def undo() -> Response:
        number = request.form.get("number", 0, type=int)
        asked(session, number)
        outcome = session.take_back(request.form.get("word", ""))
        return back(parts, number, "back" if outcome == "taken" else outcome)

    @app.post("/accept")
    def accept() -> Response:
        picks = [pick.partition(".") for pick in request.form.getlist("pick")]
        choice = request.form.get("choice", "")
        found = (
            parts.given(at, seen, choice)
            for number, _, seen in picks
            if (at := number_in(number, _NO_NUMBER)) != _NO_NUMBER and asked(session, at)
        )
        given = [one for one in found if one is not None]
        written = session.answer_some(given) if given else 0
        of, left = parts.filter_of(request.form), len(picks) - written
        if written and not left and following(parts.numbers(of), session.state().held) is None:
            return redirect(url_for("start", **of.query), 303)
        return redirect(url_for("people", written=written, left=left, **of.query), 303)


# No question has it.
_NO_NUMBER = -1


def asked(session: Session | PairSession, number: int) -> Any:
    """Return the question with a number; the page is not found if there is none."""
    if not 1 <= number <= len(session.questions):
        abort(404)
    return session.question(number)


def onward(session: Session | PairSession, parts: Parts, number: int) -> Response:
    """Redirect to the next open question, to the start if there is none."""
    of = parts.filter_of(request.form)
    following_one = following(parts.numbers(of), session.state().held, number)
    if following_one is None:
        return redirect(url_for("start", **of.query), 303)
    return redirect(url_for("person", number=following_one, **of.query), 303)


def back(parts: Parts, number: int, told: str) -> Response:
    """Redirect to the page of a question with a message, by its word in ``TOLD``."""
    of = parts.filter_of(request.form)
    return redirect(url_for("person", number=number, told=told, **of.query), 303)


def _told_of_list(parts: Parts) -> str | None:
    """Return how many answers the form of the list has written."""
    written, left = (request.args.get(name, type=int) for name in ("written", "left"))
    if written is None:
        return None
    if not written and not left:
        return "Nothing was written: select some first."
    more = f" {left} {plural(left, 'was', 'were')} left out: {parts.left_out}." if left else ""
    return f"{written} {plural(written, *parts.nouns)} decided.{more}"


# Messages by the word in the address of a page.
TOLD = {
    "elsewhere": "Nothing was written: this was answered in another window in the meantime, as "
    "shown here. Answer again to change it.",
    "gone": "Nothing to undo: that answer is no longer in the file.",
    "back": "Undone: the earlier answer is valid again.",
    "which": "Nothing was written: choose one of the answers.",
    "split": "The record is split out. The others stay one person.",
}
# The newest searches are kept, so that the Back button of the browser finds them.
_MOST_SEARCHES = 500


def _add_questions(app: Flask, session: Session) -> None:
    """Add the pages of people, and the search; the searched text is in no address."""
    searches: dict[str, str] = {}

    @app.get("/people/<int:number>")
    def person(number: int) -> str:
        asked(session, number)
        told = TOLD.get(request.args.get("told", ""))
        text = searches.get(request.args.get("search", ""))
        found = None if text is None else session.companies.find(text)
        content = question_page(session, number, filter_of(request.args), found)
        return render_template("person.html", **content, told=told, text=text)

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


def _add_answer(app: Flask, session: Session, parts: Parts) -> None:
    @app.post("/people/<int:number>")
    def answer(number: int) -> Response:
        question, form = asked(session, number), request.form
        company = _company(session, question, form.get("choice", ""))
        kind = form.get("scope", "")
        if company is None or kind not in kinds_of(question):
            return back(parts, number, "which")
        choice = Choice(company, kind, form.get("seen", ""), form.get("note", ""))
        if session.answer(number, choice) != "taken":
            return back(parts, number, "elsewhere")
        return onward(session, parts, number)


def _picked(session: Session, number: int, seen: str, choice: str) -> tuple[int, Choice] | None:
    """Return the answer to a selected question, None if none can be kept."""
    question = session.question(number)
    kinds, company = kinds_of(question), _company(session, question, choice)
    return (number, Choice(company, kinds[0], seen)) if kinds and company is not None else None


def _company(session: Session, question: Question, choice: str) -> str | None:
    """Return the company of a choice: ``none``, ``gsid:…`` of a known company, 1 or 2."""
    if choice == "none":
        return NO_COMPANY
    named, _, gsid = choice.partition(":")
    if named == "gsid":
        return gsid if gsid in session.companies.by_gsid else None
    numbered = {str(at): one.gsid for at, one in enumerate(question.candidates, 1)}
    return numbered.get(choice)


def make_pair_app(session: PairSession, access: Access, presence: Presence) -> Flask:
    """Return the page as a WSGI application."""
    app = guarded_app(access, presence)
    pair_filter_of = partial(filter_of, shown=SHOWN_PAIRS)
    parts = Parts(
        path="pairs",
        words={
            "layout": "pair_frame.html",
            "key_list": "pair_key_list.html",
            "noun": "questions",
            "all_done": "Everything is decided",
            "none_asked": "Nothing needs a decision",
        },
        list="pair_list.html",
        filter_of=pair_filter_of,
        numbers=lambda of: [question.number for question in passing(session, of)],
        shared=lambda state, of: shared_of_pairs(session, state, of),
        listed=lambda of, page: pair_list(session, of, page),
        given=lambda number, seen, choice: (
            (number, choice, seen) if choice in {"same", "apart"} else None
        ),
        nouns=("question is", "questions are"),
        left_out="answered elsewhere",
    )
    add_review(app, session, parts)
    _add_pair_answer(app, session, parts)

    @app.get("/pairs/<int:number>")
    def person(number: int) -> str:
        asked(session, number)
        told = TOLD.get(request.args.get("told", ""))
        content = pair_page(session, number, pair_filter_of(request.args))
        return render_template("pair.html", **content, told=told)

    return app


def _add_pair_answer(app: Flask, session: PairSession, parts: Parts) -> None:
    @app.post("/pairs/<int:number>")
    def answer(number: int) -> Response:
        question = asked(session, number)
        choice, seen = request.form.get("choice", ""), request.form.get("seen")
        try:
            outcome = session.answer(number, choice, seen)
        except ValueError:
            return back(parts, number, "which")
        if outcome != "taken":
            return back(parts, number, "elsewhere")
        if choice.startswith("split:"):
            return back(parts, number, "split")
        if question.kind == "group":
            return redirect(url_for("people", show="groups", written=1, left=0), 303)
        return onward(session, parts, number)


@dataclass(slots=True)
class Choices:
    """A proposal, the name of the file it is saved as, and the mapping once it is saved."""

    proposal: Proposal
    out: str
    mapping: ColumnMapping | None = None


def make_mapping_app(choices: Choices, access: Access, presence: Presence) -> Flask:
    """Return the page as a WSGI application; saving ends it."""
    app = guarded_app(access, presence)

    @app.get("/")
    def show() -> str:
        texts = [field_text(column) or "" for column in choices.proposal.guess.columns]
        return render_template("mapping.html", **_mapping_page(choices, texts))

    @app.post("/")
    def save() -> str | tuple[str, int]:
        proposal = choices.proposal
        texts = [request.form.get(f"field-{at}", "") for at in range(len(proposal.guess.columns))]
        try:
            mapping = proposal.mapping([proposal.read_choice(text) for text in texts])
        except InputError as failure:
            page = _mapping_page(choices, texts) | {"told": str(failure)}
            return render_template("mapping.html", **page), 409
        choices.mapping = mapping
        presence.end()
        sentence = f"Saved as {choices.out}. You can close this window."
        return render_template("sorry.html", title="Saved", sentence=sentence)

    return app


def _mapping_page(choices: Choices, texts: Sequence[str]) -> dict[str, Any]:
    proposal = choices.proposal
    lines = [
        {"column": column, "samples": proposal.samples.get(column.header, ()), "field": text}
        for column, text in zip(proposal.guess.columns, texts, strict=True)
    ]
    return {
        "lines": lines,
        "choices": proposal.choices(),
        "object": proposal.guess.object,
        "out": choices.out,
        "told": None,
    }
