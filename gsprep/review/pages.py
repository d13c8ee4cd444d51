"""What the pages show: plain values, put together before a template sees them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from gsprep.display import legible
from gsprep.review.alike import WIDE
from gsprep.review.comparison import compared
from gsprep.review.desk import kinds_of, value_of
from gsprep.review.filters import GAINS, before, chosen, following, whys_of
from gsprep.review.waterfall import waterfalls
from gsprep.schemas.answers import NOBODY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gsprep.review.board import Board, Held
    from gsprep.review.companies import Company
    from gsprep.review.desk import Desk
    from gsprep.review.filters import Filter
    from gsprep.review.questions import Question

PER_PAGE = 50
_MOST_NAMED = 8
_LABELS = {"Email": "E-mail", "CompanyName": "States", "Title": "Title", "Phone": "Phone",
           "Country": "Country"}  # fmt: skip
_NAMES = frozenset({"Name", "FirstName", "LastName"})
_SCOPE_KEYS = {"email": "e", "domain": "d", "company_name": "c"}


class Scope(NamedTuple):
    """Whom an answer can hold for.

    key: the letter that chooses it.  value: the address, domain or employer.
    open: how many people of the review it would settle.  others: some of their names.
    matched: companies to which others at the domain are matched, and how many.
    """

    kind: str
    key: str
    value: str
    open: int
    others: tuple[str, ...]
    matched: tuple[tuple[str, int], ...]


class Told(NamedTuple):
    """An answer in words: what, for whom, by whom and when."""

    company: str
    whom: str
    by: str
    at: str
    note: str


def shared(desk: Desk, board: Board, of: Filter) -> dict[str, Any]:
    """Return what every page shows: how far one is, the filters, and what can be undone."""
    last = desk.last()
    return {
        "whole": len(desk.questions),
        "decided": len(board.held),
        "filter": of,
        "whys": whys_of(desk.questions),
        "gains": GAINS,
        "last": last,
        "last_told": None if last is None else told(desk, last.cells),
        "last_name": None if last is None else desk.question(last.number).name,
    }


def question_page(
    desk: Desk, number: int, of: Filter, found: Sequence[Company] | None = None
) -> dict[str, Any]:
    """Return what the page of a person shows; ``found`` are the companies of a search."""
    question, board = desk.question(number), desk.board()
    numbers = chosen(desk.questions, desk.alike, of)
    open_ones = [one for one in numbers if one not in board.held]
    answer = board.held.get(number)
    return shared(desk, board, of) | {
        "question": question,
        "facts": _facts(question),
        "more": _more(question),
        "rows": compared(question, desk.companies),
        "candidates": _candidates(question),
        "reason": question.reason.removesuffix(question.why).strip(),
        "scopes": scopes_of(desk, board, question),
        "held": None if answer is None else told(desk, board.cells(answer.line)),
        "mine": _is_mine(desk, board, answer),
        "seen": board.seen(question.keys),
        "left": len(open_ones),
        "next": following(numbers, {*board.held, number}, number),
        "before": before(numbers, number),
        "found": found,
        "companies": desk.companies,
    }


def _facts(question: Question) -> list[tuple[str, str]]:
    """Return what most people are known by, under names that are easily read."""
    there = ((label, question.person.get(name)) for name, label in _LABELS.items())
    return [(label, cell) for label, cell in there if cell not in {None, question.name}]


def _more(question: Question) -> list[tuple[str, str]]:
    usual = _NAMES | set(_LABELS)
    return [(name, cell) for name, cell in question.person.items() if name not in usual]


def _candidates(question: Question) -> list[dict[str, Any]]:
    falls = waterfalls(question.candidates)
    return [
        {"key": at, "of": candidate, "chance": chance(candidate.probability), "fall": fall}
        for at, (candidate, fall) in enumerate(zip(question.candidates, falls, strict=True), 1)
    ]


def chance(probability: float | None) -> str:
    """Return a probability as a share that does not claim more than it knows.

    >>> chance(0.62), chance(0.99996), chance(0.00001), chance(None)
    ('62%', 'over 99.9%', 'under 0.1%', '')
    """
    if probability is None:
        return ""
    if probability > 0.999:  # noqa: PLR2004  what rounding would call certain
        return "over 99.9%"
    if probability < 0.001:  # noqa: PLR2004  what rounding would call impossible
        return "under 0.1%"
    near = probability > 0.99 or probability < 0.01  # noqa: PLR2004  whole per cents would be coarse
    return f"{probability:.1%}" if near else f"{probability:.0%}"


def scopes_of(desk: Desk, board: Board, question: Question) -> list[Scope]:
    """Return whom an answer about a person can hold for, themselves first.

    A wider scope is offered when it settles somebody else, or when there is no address.
    """
    scopes: list[Scope] = []
    for kind in kinds_of(question):
        members = desk.alike.with_key(kind, question.keys)
        if kind in WIDE and scopes and len(members) < 2:  # noqa: PLR2004  nobody else
            continue
        others = [n for n in members if n != question.number and n not in board.held]
        matched = desk.elsewhere.get(question.keys.domain or "", {}) if kind == "domain" else {}
        scopes.append(
            Scope(
                kind,
                _SCOPE_KEYS[kind],
                value_of(question, kind) or "",
                len(others) + (question.number not in board.held),
                tuple(desk.question(n).name for n in others[:_MOST_NAMED]),
                tuple((name_of(desk, gsid), count) for gsid, count in matched.items()),
            )
        )
    return scopes


def name_of(desk: Desk, gsid: str) -> str:
    """Return what a company is called, its Gsid where that is not known."""
    if gsid == NOBODY:
        return "None of these"
    company = desk.companies.by_gsid.get(gsid)
    return gsid if company is None else company.name


def told(desk: Desk, cells: Mapping[str, str]) -> Told:
    """Return a line of answers in words."""
    whom = {
        "email": "this person",
        "domain": f"everyone at {cells['value']}",
        "company_name": f"everyone who states {legible(cells['value'], 80)}",
    }
    gsid = cells.get("Company_ID", NOBODY)
    return Told(
        name_of(desk, gsid),
        whom.get(cells["kind"].strip().lower(), "this person"),
        cells.get("by", ""),
        cells.get("at", "").replace("T", " ").removesuffix("Z"),
        cells.get("note", ""),
    )


def _is_mine(desk: Desk, board: Board, answer: Held | None) -> str | None:
    """Return the word that takes the answer back where it is the reviewer's own newest one."""
    last = desk.last()
    if answer is None or last is None or board.cells(answer.line) != dict(last.cells):
        return None
    return last.word


def list_page(desk: Desk, of: Filter, page: int) -> dict[str, Any]:
    """Return what a page of the list shows; pages are counted from 1."""
    board = desk.board()
    numbers = [
        number
        for number in chosen(desk.questions, desk.alike, of)
        if of.show == "all" or (number in board.held) == (of.show == "answered")
    ]
    pages = max(-(-len(numbers) // PER_PAGE), 1)
    at = min(max(page, 1), pages)
    shown = numbers[(at - 1) * PER_PAGE : at * PER_PAGE]
    return shared(desk, board, of) | {
        "lines": [_line(desk, board, number) for number in shown],
        "count": len(numbers),
        "page": at,
        "pages": pages,
    }


def _line(desk: Desk, board: Board, number: int) -> dict[str, Any]:
    question = desk.question(number)
    answer = board.held.get(number)
    first = question.candidates[0] if question.candidates else None
    return {
        "question": question,
        "gain": desk.alike.gain(question.keys),
        "candidates": [candidate.name for candidate in question.candidates],
        "chance": "" if first is None else chance(first.probability),
        "answer": None if answer is None else name_of(desk, answer.company),
    }
