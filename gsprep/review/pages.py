"""Content of the review pages as plain values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from gsprep.display import legible
from gsprep.review.filters import CHANCES, GAINS, before, chosen, following, page_of, whys_of
from gsprep.review.questions import USUAL, WIDE, Candidate, Mark, Question, Term
from gsprep.review.session import (
    Companies,
    Company,
    Session,
    State,
    domains_of,
    kinds_of,
    value_of,
)
from gsprep.schemas.answers import NO_COMPANY
from gsprep.values.host import email_host
from gsprep.values.text import searchable

if TYPE_CHECKING:
    from gsprep.review.filters import Filter


class Word(NamedTuple):
    """A word, and whether the other side lacks it."""

    text: str
    differs: bool


class Cell(NamedTuple):
    """The words of one side about a fact; without words nothing is known."""

    words: tuple[Word, ...]
    mark: Mark | Literal["free mail"] = ""


class Row(NamedTuple):
    """A fact of the person and of each candidate."""

    label: str
    person: Cell
    candidates: tuple[Cell, ...]


def compared(question: Question, companies: Companies) -> tuple[Row, ...]:
    """Return the facts side by side; a fact that only the person states is left out.

    What agrees is not compared again: the marks are those of the evidence.
    """
    person = question.person
    stated = person.get("CompanyName", "")
    names = [candidate.name for candidate in question.candidates]
    listed = [companies.by_gsid.get(candidate.gsid) for candidate in question.candidates]
    sides = [company or Company(gsid="", name="") for company in listed]
    cells = (
        (
            "Company",
            marked(stated, names),
            [marked(name, filter(None, [stated])) for name in names],
        ),
        _plain_row("Domain", email_host(person.get("Email", "")), map(domain_text, sides)),
        _plain_row("Phone", person.get("Phone"), [side.phone for side in sides]),
        _plain_row("Country", person.get("Country"), [side.country for side in sides]),
    )
    rows = (_fact_row(question, *row) for row in cells)
    return tuple(row for row in rows if any(cell.words for cell in row.candidates))


_Words = tuple[Word, ...]


def _plain_row(
    label: str, said: str | None, told: Iterable[str]
) -> tuple[str, _Words, list[_Words]]:
    shown = (" · ".join(filter(None, map(str.strip, cell.split(";")))) for cell in told)
    return label, marked(said or "", ()), [marked(text, ()) for text in shown]


def _fact_row(question: Question, label: str, said: _Words, told: Sequence[_Words]) -> Row:
    """Return a row; a mark needs something on either side."""
    # Anyone can have an address at free mail: it agrees with no company and differs from none.
    is_free = label == "Domain" and question.keys.domain is None and bool(said)
    marks = ("" if is_free else c.marks.get(label, "") for c in question.candidates)
    cells = zip(told, marks, strict=True)
    return Row(
        label,
        Cell(said, "free mail" if is_free else ""),
        tuple(Cell(words, mark if words and said else "") for words, mark in cells),
    )


def marked(text: str, others: Iterable[str]) -> tuple[Word, ...]:
    """Return the words of a text, each marked when none of the other texts has it.

    Without other texts nothing differs; case, accents and punctuation do not count.

    >>> marked("Acme Holding", ["ACME, Inc."])
    (Word(text='Acme', differs=False), Word(text='Holding', differs=True))
    """
    known = {_plain(word) for other in others for word in other.split()}
    same = {"", *known} if known else None
    return tuple(
        Word(word, same is not None and _plain(word) not in same) for word in legible(text).split()
    )


def _plain(word: str) -> str:
    return "".join(filter(str.isalnum, searchable(word)))


def domain_text(company: Company) -> str:
    """Return the domains of a company for the page: no scheme, no path.

    >>> domain_text(Company("1", "Acme", "https://www.acme.com/de; acme.de"))
    'acme.com; acme.de'
    """
    return "; ".join(domains_of(company)) or company.domain


_FOLDED_BELOW, _FEWEST_FOLDED = 1.0, 3
# Words from these log-odds on: +3 is about 20 to 1 and +6 about 400 to 1.
_WORDS = ((6.0, "very strongly"), (3.0, "strongly"), (1.0, "somewhat"), (0.0, "a little"))


class Bar(NamedTuple):
    """A bar of a waterfall: sentence, log-odds, the same in words, and position.

    start, width: in hundredths of the common scale.
    """

    sentence: str
    log_odds: float
    words: str
    start: float
    width: float


class Waterfall(NamedTuple):
    """The bars of a candidate, the strongest first, their sum and the position of zero."""

    bars: tuple[Bar, ...]
    total: float
    zero: float

    @property
    def folded(self) -> int:
        """The number of weak bars at the end that the page folds; few are not folded."""
        strong = [at for at, bar in enumerate(self.bars, 1) if abs(bar.log_odds) >= _FOLDED_BELOW]
        weak = len(self.bars) - max(strong, default=0)
        return weak if weak >= _FEWEST_FOLDED else 0


def waterfalls(candidates: Sequence[Candidate]) -> tuple[Waterfall | None, ...]:
    """Return the waterfall of each candidate on one scale; None without evidence."""
    ends = [end for candidate in candidates for end in _sums(candidate.terms)]
    low, high = min(ends, default=0.0), max(ends, default=0.0)
    scale = 100 / (high - low) if high > low else 0.0
    return tuple(_waterfall(candidate.terms, low, scale) for candidate in candidates)


def _sums(terms: Sequence[Term]) -> list[float]:
    sums = [0.0]
    for term in terms:
        sums.append(sums[-1] + term.log_odds)
    return sums


def _waterfall(terms: Sequence[Term], low: float, scale: float) -> Waterfall | None:
    if not terms:
        return None
    sums = _sums(terms)
    bars = tuple(
        Bar(
            term.sentence,
            term.log_odds,
            in_words(term.log_odds),
            round((min(before, after) - low) * scale, 2),
            round(abs(after - before) * scale, 2),
        )
        for term, before, after in zip(terms, sums[:-1], sums[1:], strict=True)
    )
    return Waterfall(bars, sums[-1], round(-low * scale, 2))


def in_words(log_odds: float) -> str:
    """Return log-odds in words.

    >>> in_words(10.85), in_words(-1.92)
    ('very strongly for', 'somewhat against')
    """
    how = next(words for least, words in _WORDS if abs(log_odds) >= least)
    return f"{how} {'for' if log_odds > 0 else 'against'}"


_MOST_NAMED = 8
# From this probability on a person asks why there is still a question.
_LIKELY = 0.9
_LABELS = {"Email": "E-mail", "CompanyName": "Employer", "Title": "Title", "Phone": "Phone",
           "Country": "Country"}  # fmt: skip
_SCOPE_KEYS = {"email": "e", "domain": "d", "company_name": "c"}


class Scope(NamedTuple):
    """People an answer can hold for.

    key:     the letter that selects it.
    value:   the address, domain or employer.
    open:    the number of people of the review that it would settle.
    others:  some of their names.
    matched: companies that others at the domain are matched to, with their number.
    """

    kind: str
    key: str
    value: str
    open: int
    others: tuple[str, ...]
    matched: tuple[tuple[str, int], ...]


class AnswerText(NamedTuple):
    """An answer in words."""

    company: str
    people: str
    by: str
    at: str
    note: str


def shared(session: Session, state: State, of: Filter) -> dict[str, Any]:
    """Return the content of every page: progress, filters, and the answer that can be undone."""
    last = session.last()
    return {
        "whole": len(session.questions),
        "decided": len(state.held),
        "filter": of,
        "whys": whys_of(session.questions),
        "gains": GAINS,
        "chances": CHANCES,
        "next_command": session.next_command,
        "last": last,
        "last_told": None if last is None else answer_text(session, last.cells),
        "last_name": None if last is None else session.question(last.number).name,
    }


def question_page(
    session: Session, number: int, of: Filter, found: Sequence[Company] | None = None
) -> dict[str, Any]:
    """Return the content of the page of a person; ``found`` are the companies of a search."""
    question, state = session.question(number), session.state()
    numbers = chosen(session.questions, session.groups, of)
    answer, last = state.held.get(number), session.last()
    told = None if answer is None else state.cells(answer.line)
    person = question.person
    usual = ((label, person.get(name)) for name, label in _LABELS.items())
    shown = {*USUAL, *session.further}
    return shared(session, state, of) | {
        "question": question,
        "facts": [
            *((label, cell) for label, cell in usual if cell not in {None, question.name}),
            *_further(session, question),
        ],
        "more": [(name, cell) for name, cell in person.items() if name not in shown],
        # The page explains why there is still a question.
        "likely": question.probability >= _LIKELY,
        "rows": compared(question, session.companies),
        "candidates": [
            {"key": at, "of": candidate, "chance": chance(candidate.probability), "fall": fall}
            for at, (candidate, fall) in enumerate(
                zip(question.candidates, waterfalls(question.candidates), strict=True), 1
            )
        ],
        "reason": question.reason.removesuffix(question.why).strip(),
        "scopes": scopes_of(session, state, question),
        "held": None if told is None else answer_text(session, told),
        # The word to undo the answer, if it is the reviewer's own newest one.
        "mine": last.word if last is not None and told == dict(last.cells) else None,
        "seen": state.seen(question.keys),
        "left": sum(one not in state.held for one in numbers),
        "next": following(numbers, {*state.held, number}, number),
        "before": before(numbers, number),
        "found": found,
        "companies": session.companies,
    }


def _further(session: Session, question: Question) -> list[tuple[str, str]]:
    """Return the further columns that are shown next to a person."""
    return [(name, question.person[name]) for name in session.further if name in question.person]


def chance(probability: float | None) -> str:
    """Return a probability in per cent; only certainty is shown as 0% or 100%.

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


def scopes_of(session: Session, state: State, question: Question) -> list[Scope]:
    """Return the scopes of an answer about a person, the narrowest first.

    A wider scope is offered if it settles other people too, or if there is no address.
    """
    scopes: list[Scope] = []
    for kind in kinds_of(question):
        members = session.groups.with_key(kind, question.keys)
        if kind in WIDE and scopes and len(members) < 2:  # noqa: PLR2004  no one else
            continue
        others = [n for n in members if n != question.number and n not in state.held]
        matched = session.elsewhere.get(question.keys.domain or "", {}) if kind == "domain" else {}
        scopes.append(
            Scope(
                kind,
                _SCOPE_KEYS[kind],
                value_of(question, kind) or "",
                len(others) + (question.number not in state.held),
                tuple(session.question(n).name for n in others[:_MOST_NAMED]),
                tuple((name_of(session, gsid), count) for gsid, count in matched.items()),
            )
        )
    return scopes


def name_of(session: Session, gsid: str) -> str:
    """Return the name of a company, its Gsid if the name is unknown."""
    if gsid == NO_COMPANY:
        return "None of these"
    company = session.companies.by_gsid.get(gsid)
    return gsid if company is None else company.name


def answer_text(session: Session, cells: Mapping[str, str]) -> AnswerText:
    """Return a line of answers in words."""
    people = {
        "email": "this person",
        "domain": f"everyone at {cells['value']}",
        "company_name": f"everyone who states {legible(cells['value'], 80)}",
    }
    gsid = cells.get("Company_ID", NO_COMPANY)
    return AnswerText(
        name_of(session, gsid),
        people.get(cells["kind"].strip().lower(), "this person"),
        cells.get("by", ""),
        cells.get("at", "").replace("T", " ").removesuffix("Z"),
        cells.get("note", ""),
    )


def list_page(session: Session, of: Filter, page: int) -> dict[str, Any]:
    """Return the content of a page of the list; pages are counted from 1."""
    state = session.state()
    numbers = [
        number
        for number in chosen(session.questions, session.groups, of)
        if of.show == "all" or (number in state.held) == (of.show == "answered")
    ]
    shown, place = page_of(numbers, page)
    lines = [_line(session, state, number) for number in shown]
    return shared(session, state, of) | place | {"lines": lines}


def _line(session: Session, state: State, number: int) -> dict[str, Any]:
    question = session.question(number)
    answer = state.held.get(number)
    first = question.candidates[0] if question.candidates else None
    return {
        "question": question,
        "gain": session.groups.gain(question.keys),
        "candidates": [candidate.name for candidate in question.candidates],
        "chance": "" if first is None else chance(first.probability),
        "answer": None if answer is None else name_of(session, answer.company),
        "further": _further(session, question),
        # Without an address and an employer there is nothing to keep an answer by.
        "pick": f"{number}.{state.seen(question.keys)}" if kinds_of(question) else None,
    }
