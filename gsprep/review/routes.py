"""The addresses of the page; in them people are numbers and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import abort, redirect, render_template, request, url_for

from gsprep.review.desk import Choice, kinds_of
from gsprep.review.filters import chosen, filter_of, following
from gsprep.review.pages import list_page, question_page, shared
from gsprep.schemas.answers import NOBODY

if TYPE_CHECKING:
    from flask import Flask
    from werkzeug.wrappers import Response

    from gsprep.review.desk import Desk
    from gsprep.review.questions import Question

# What a page can be told to say, by the word that stands in its address.
TOLD = {
    "elsewhere": "Nothing was written: this person was answered elsewhere in the meantime, as "
    "shown here. Answer again if it should be otherwise.",
    "gone": "There was nothing to take back: that answer is not in the file any more.",
    "back": "Taken back: what held before holds again.",
    "which": "Nothing was written: choose one of the companies.",
}


def add_pages(app: Flask, desk: Desk) -> None:
    """Add what is only looked at."""

    @app.get("/")
    def start() -> Response | str:
        of, board = filter_of(request.args), desk.board()
        numbers = chosen(desk.questions, desk.alike, of)
        first = following(numbers, board.held)
        if first is None:
            elsewhere = len(board.held) < len(desk.questions)
            return render_template("done.html", **shared(desk, board, of), elsewhere=elsewhere)
        return redirect(url_for("person", number=first, **of.query))

    @app.get("/people")
    def people() -> str:
        page = request.args.get("page", "1")
        at = int(page) if page.isascii() and page.isdigit() and len(page) < 8 else 1  # noqa: PLR2004
        return render_template("people.html", **list_page(desk, filter_of(request.args), at))

    @app.get("/people/<int:number>")
    def person(number: int) -> str:
        _asked(desk, number)
        told = TOLD.get(request.args.get("told", ""))
        return render_template(
            "person.html", **question_page(desk, number, filter_of(request.args)), told=told
        )

    @app.get("/keys")
    def keys() -> str:
        of = filter_of(request.args)
        return render_template("keys.html", **shared(desk, desk.board(), of))


def add_answers(app: Flask, desk: Desk) -> None:
    """Add what writes: an answer, and taking one back."""

    @app.post("/people/<int:number>")
    def answer(number: int) -> Response:
        question, form = _asked(desk, number), request.form
        company = _company(desk, question, form.get("choice", ""))
        kind = form.get("scope", "")
        if company is None or kind not in kinds_of(question):
            return _back(number, "which")
        choice = Choice(company, kind, form.get("seen", ""), form.get("note", ""))
        if desk.answer(number, choice) != "taken":
            return _back(number, "elsewhere")
        return _onward(desk, number)

    @app.post("/undo")
    def undo() -> Response:
        question = _asked(desk, request.form.get("number", 0, type=int))
        outcome = desk.take_back(request.form.get("word", ""))
        return _back(question.number, "back" if outcome == "taken" else outcome)


def _onward(desk: Desk, number: int) -> Response:
    """Go to the next open question, to the start when there is none."""
    of = filter_of(request.form)
    numbers = chosen(desk.questions, desk.alike, of)
    onward = following(numbers, desk.board().held, number)
    if onward is None:
        return redirect(url_for("start", **of.query), 303)
    return redirect(url_for("person", number=onward, **of.query), 303)


def add_search(app: Flask, desk: Desk) -> None:
    """Add the search for another company; what is looked for stands in no address."""

    @app.post("/people/<int:number>/search")
    def search(number: int) -> str:
        _asked(desk, number)
        text = request.form.get("text", "")
        found = desk.companies.find(text)
        told: dict[str, Any] = {"told": None, "text": text}
        return render_template(
            "person.html", **question_page(desk, number, filter_of(request.form), found) | told
        )


def _asked(desk: Desk, number: int) -> Question:
    if not 1 <= number <= len(desk.questions):
        abort(404)
    return desk.question(number)


def _company(desk: Desk, question: Question, choice: str) -> str | None:
    """Return the company of a choice: none, ``gsid:…`` of one that is known, 1 or 2."""
    if choice == "none":
        return NOBODY
    named, _, gsid = choice.partition(":")
    if named == "gsid":
        return gsid if gsid in desk.companies.by_gsid else None
    numbered = {str(at): one.gsid for at, one in enumerate(question.candidates, 1)}
    return numbered.get(choice)


def _back(number: int, told: str) -> Response:
    of = filter_of(request.form)
    return redirect(url_for("person", number=number, told=told, **of.query), 303)
