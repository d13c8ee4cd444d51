"""Review page for duplicates as a web application."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Flask, redirect, render_template, request, url_for

from gsprep.review.app import TOLD, Parts, add_review, asked, back, guarded_app, onward
from gsprep.review.pair_pages import pair_filter_of, pair_list, pair_page, passing, shared

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from gsprep.review.access import Access, Presence
    from gsprep.review.pair_session import PairSession


def make_pair_app(session: PairSession, access: Access, presence: Presence) -> Flask:
    """Return the page as a WSGI application."""
    app = guarded_app(access, presence)
    parts = Parts(
        path="pairs",
        templates={"layout": "pair_frame.html", "key_list": "pair_key_list.html"},
        done="pair_done.html",
        list="pair_list.html",
        filter_of=pair_filter_of,
        numbers=lambda of: [question.number for question in passing(session, of)],
        shared=lambda state, of: shared(session, state, of),
        listed=lambda of, page: pair_list(session, of, page),
        given=lambda number, seen, choice: (
            (number, choice, seen) if choice in {"same", "apart"} else None
        ),
        nouns=("question is", "questions are"),
        left_out="answered elsewhere",
    )
    add_review(app, session, parts)
    _add_answer(app, session, parts)

    @app.get("/pairs/<int:number>")
    def person(number: int) -> str:
        asked(session, number)
        told = TOLD.get(request.args.get("told", ""))
        content = pair_page(session, number, pair_filter_of(request.args))
        return render_template("pair.html", **content, told=told)

    return app


def _add_answer(app: Flask, session: PairSession, parts: Parts) -> None:
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
