"""Review page for duplicates as a web application."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Flask, redirect, render_template, request, url_for

from gsprep.display import plural
from gsprep.review.app import NO_NUMBER, asked, guarded_app
from gsprep.review.app import TOLD as TOLD_OF_ANY
from gsprep.review.filters import following, number_in
from gsprep.review.pair_pages import pair_filter_of, pair_list, pair_page, passing, shared

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from gsprep.review.access import Access, Presence
    from gsprep.review.pair_session import PairSession

TOLD = {
    **TOLD_OF_ANY,
    "elsewhere": "Nothing was written: this was answered in another window in the meantime, as "
    "shown here. Answer again to change it.",
    "which": "Nothing was written: choose one of the answers.",
    "split": "The record is split out. The others stay one person.",
}


def make_pair_app(session: PairSession, access: Access, presence: Presence) -> Flask:
    """Return the page as a WSGI application."""
    app = guarded_app(access, presence)
    _add_pages(app, session)
    _add_answers(app, session)
    _add_list_answers(app, session)
    return app


def _add_pages(app: Flask, session: PairSession) -> None:
    @app.get("/")
    def start() -> Response | str:
        of, state = pair_filter_of(request.args), session.state()
        numbers = [question.number for question in passing(session, of)]
        first = following(numbers, state.held)
        if first is None or of.show == "groups":
            content = shared(session, state, of)
            elsewhere = content["decided"] < content["whole"]
            return render_template("pair_done.html", **content, elsewhere=elsewhere)
        return redirect(url_for("person", number=first, **of.query))

    @app.get("/pairs")
    def people() -> str:
        at = number_in(request.args.get("page"), 1)
        content = pair_list(session, pair_filter_of(request.args), at)
        picked = request.args.get("pick") == "all"
        return render_template("pair_list.html", **content, picked=picked, told=_told_of_list())

    @app.get("/pairs/<int:number>")
    def person(number: int) -> str:
        asked(session, number)
        told = TOLD.get(request.args.get("told", ""))
        content = pair_page(session, number, pair_filter_of(request.args))
        return render_template("pair.html", **content, told=told)

    @app.get("/keys")
    def keys() -> str:
        of = pair_filter_of(request.args)
        content = shared(session, session.state(), of)
        layout = {"layout": "pair_frame.html", "key_list": "pair_key_list.html"}
        return render_template("keys.html", **content, **layout)


def _add_answers(app: Flask, session: PairSession) -> None:
    @app.post("/pairs/<int:number>")
    def answer(number: int) -> Response:
        asked(session, number)
        choice, seen = request.form.get("choice", ""), request.form.get("seen")
        try:
            outcome = session.answer(number, choice, seen)
        except ValueError:
            return _back(number, "which")
        if outcome != "taken":
            return _back(number, "elsewhere")
        return _back(number, "split") if choice.startswith("split:") else _onward(session, number)

    @app.post("/undo")
    def undo() -> Response:
        question = asked(session, request.form.get("number", 0, type=int))
        outcome = session.take_back(request.form.get("word", ""))
        return _back(question.number, "back" if outcome == "taken" else outcome)


def _add_list_answers(app: Flask, session: PairSession) -> None:
    @app.post("/accept")
    def accept() -> Response:
        picks = [pick.partition(".") for pick in request.form.getlist("pick")]
        choice = request.form.get("choice", "")
        known = choice in {"same", "apart"}
        given = [
            (asked(session, at).number, choice, seen)
            for number, _, seen in picks
            if known and (at := number_in(number, NO_NUMBER)) != NO_NUMBER
        ]
        written = session.answer_some(given) if given else 0
        of, left = pair_filter_of(request.form), len(picks) - written
        numbers = [question.number for question in passing(session, of)]
        if written and not left and following(numbers, session.state().held) is None:
            return redirect(url_for("start", **of.query), 303)
        return redirect(url_for("people", written=written, left=left, **of.query), 303)


def _told_of_list() -> str | None:
    """Return how many answers the form of the list has written."""
    written, left = (request.args.get(name, type=int) for name in ("written", "left"))
    if written is None:
        return None
    if not written and not left:
        return "Nothing was written: select some first."
    more = f" {left} {plural(left, 'was', 'were')} left out: answered elsewhere." if left else ""
    return f"{written} {plural(written, 'question is', 'questions are')} decided.{more}"


def _onward(session: PairSession, number: int) -> Response:
    """Redirect to the next open question of the same list, to the start if there is none."""
    of = pair_filter_of(request.form)
    if session.question(number).kind == "group":
        return redirect(url_for("people", show="groups", written=1, left=0), 303)
    numbers = [question.number for question in passing(session, of) if question.kind == "open"]
    onward = following(numbers, session.state().held, number)
    if onward is None:
        return redirect(url_for("start", **of.query), 303)
    return redirect(url_for("person", number=onward, **of.query), 303)


def _back(number: int, told: str) -> Response:
    of = pair_filter_of(request.form)
    return redirect(url_for("person", number=number, told=told, **of.query), 303)
