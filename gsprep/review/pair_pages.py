"""Content of the review pages for duplicates as plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from gsprep.display import plural
from gsprep.review.filters import CHANCES, Filter, before, following, page_of
from gsprep.review.pages import Waterfall, Word, chance, marked, waterfalls
from gsprep.review.pairs import INTERCEPT, Comparison, Link, PairQuestion, Record, alike_of
from gsprep.review.questions import Candidate, Term

if TYPE_CHECKING:
    from gsprep.review.pair_session import PairSession, PairState, Preview

# More records are not side by side; each has a key.
MOST_RECORDS = 9
_MOST_FALLS, _MOST_ALIKE = 3, 30
# The usual columns come first.
_ORDER = ("Name", "FirstName", "LastName", "Email", "Phone", "CompanyName", "Title", "Location")


def passing(session: PairSession, of: Filter) -> tuple[PairQuestion, ...]:
    """Return the questions that pass a filter: those to decide, or the groups."""
    wanted = alike_of(session.to_decide)
    alike = wanted[of.why - 1][0] if 0 < of.why <= len(wanted) else None
    kind = "group" if of.show == "groups" else "open"
    return tuple(
        question
        for question in session.questions
        if question.kind == kind
        and (alike is None or question.alike == alike)
        and question.probability >= of.sure / 100
    )


def shared(session: PairSession, state: PairState, of: Filter) -> dict[str, Any]:
    """Return the content of every page: progress, filters, and the answer that can be undone."""
    to_decide = session.to_decide
    last = session.last()
    return {
        "whole": len(to_decide),
        "decided": sum(question.number in state.held for question in to_decide),
        "groups": len(session.questions) - len(to_decide),
        "filter": of,
        "alikes": alike_of(to_decide)[:_MOST_ALIKE],
        "chances": CHANCES,
        "next_command": session.next_command,
        "last": last,
        "last_name": None if last is None else session.question(last.number).name,
        "last_told": None if last is None else state.held.get(last.number, "split"),
    }


class Cell(NamedTuple):
    """The words of a record about a column; ``kept`` if its value would survive."""

    words: tuple[Word, ...]
    kept: bool


class Row(NamedTuple):
    """A column of all records, and the value that would survive."""

    label: str
    cells: tuple[Cell, ...]
    survives: str
    several: bool


class Column(NamedTuple):
    """A record next to the others: its key on the keyboard, and its side."""

    key: int
    record: Record
    side: int
    splits: bool
    is_split: bool


class Fall(NamedTuple):
    """The evidence of a pair: the keys of its records, and its bars."""

    left: int
    right: int
    chance: str
    alternative: str
    waterfall: Waterfall | None
    reason: str


def pair_page(session: PairSession, number: int, of: Filter) -> dict[str, Any]:
    """Return the content of the page of a question."""
    question, state = session.question(number), session.state()
    show = "groups" if question.kind == "group" else "open"
    shown = passing(session, replace(of, show=show))
    numbers = [one.number for one in shown]
    columns = _columns(question, state)
    records, main = [column.record for column in columns], question.main
    return shared(session, state, of) | {
        "question": question,
        "columns": columns,
        "left_out": len(question.records) - len(columns),
        "rows": _rows(records, session.preview(question.records), session.columns),
        "falls": _falls(question, {id(column.record): column.key for column in columns}),
        "main": _main(question, columns),
        "chance": chance(question.probability if main is None else main.probability),
        "held": state.held.get(number),
        "seen": state.seen(question),
        "left": sum(one.number not in state.held for one in shown),
        "next": following(numbers, {*state.held, number}, number),
        "before": before(numbers, number),
    }


class Main(NamedTuple):
    """The keys of the two records to decide on, and of the existing person of the first so far."""

    left: int
    right: int
    before: int


def _main(question: PairQuestion, columns: Sequence[Column]) -> Main | None:
    """Return the pair to decide between two existing people, None for other questions."""
    main = question.main
    if main is None or not question.is_between_existing:
        return None
    keys = {id(column.record): column.key for column in columns}
    before = question.existing_of(main.left)
    return Main(*(keys.get(id(one), 0) for one in (main.left, main.right, *before[:1])))


def _columns(question: PairQuestion, state: PairState) -> list[Column]:
    found: list[Column] = []
    linked = {id(one) for link in question.links[:_MOST_FALLS] for one in (link.left, link.right)}
    for side, records in enumerate(question.sides):
        # Of a large person those records are shown that the pairs are about.
        ordered = sorted(records, key=lambda record: id(record) not in linked)
        room = MOST_RECORDS // len(question.sides) if len(question.records) > MOST_RECORDS else 99
        for record in ordered[:room]:
            others = [other for other in records if other is not record]
            apart = bool(others) and all(
                state.answer(record, other) == "no_match" for other in others
            )
            splits = len(records) > (1 if question.kind == "open" else 2) and not record.existing
            found.append(Column(len(found) + 1, record, side, splits, apart))
    return found


def _rows(
    records: Sequence[Record], kept: Mapping[str, Preview], columns: Sequence[str]
) -> list[Row]:
    """Return the columns that a record has: the usual ones first, then in the order of the file."""
    named = dict.fromkeys(name for record in records for name in record.cells)
    order = dict.fromkeys([*_ORDER, *columns, *named])
    return [_row(name, records, kept.get(name)) for name in order if name in named]


def _row(name: str, records: Sequence[Record], kept: Preview | None) -> Row:
    texts = [record.cells.get(name, "") for record in records]
    cells = []
    for at, (record, text) in enumerate(zip(records, texts, strict=True)):
        others = [other for place, other in enumerate(texts) if place != at and other]
        survives = kept is not None and kept.of == record.id and bool(text)
        cells.append(Cell(marked(text, others), survives))
    several = len({text.casefold() for text in texts if text}) > 1
    return Row(name, tuple(cells), "" if kept is None else kept.value, several)


def _falls(question: PairQuestion, keys: Mapping[int, int]) -> list[Fall]:
    links = [link for link in question.links if id(link.left) in keys and id(link.right) in keys][
        :_MOST_FALLS
    ]
    falls = waterfalls([_candidate(link) for link in links])
    return [
        Fall(
            keys[id(link.left)],
            keys[id(link.right)],
            chance(link.probability),
            # The people that the pair was compared with.
            f"two people who have the same {link.alternative.removeprefix(_SHARES)}"
            if link.alternative.startswith(_SHARES)
            else "two unrelated people",
            fall,
            link.reason,
        )
        for link, fall in zip(links, falls, strict=True)
    ]


# A weight below this is shown as 0.0 and decides nothing.
_LEAST = 0.05
_MARK, _SHARES = ".mark", "shares "


def _candidate(link: Link) -> Candidate:
    terms = tuple(
        Term(_sentence(one), one.log_odds)
        for one in link.comparisons
        if one.column == INTERCEPT or abs(one.log_odds) >= _LEAST
    )
    return Candidate("", "", link.probability, terms)


def _sentence(one: Comparison) -> str:
    if one.column == INTERCEPT:
        return "Start value before any comparison."
    name = one.column.removesuffix(_MARK)
    label = name if name == one.column else f"{name} (Jr. or Sr.)"
    return f"{label}: {one.said}." if one.said else f"{label}."


class Line(NamedTuple):
    """A line of the list: its question, the records in words, its answer."""

    question: PairQuestion
    records: tuple[Record, ...]
    more: int
    chance: str
    answer: str | None
    pick: str


def pair_list(session: PairSession, of: Filter, page: int) -> dict[str, Any]:
    """Return the content of a page of the list; pages are counted from 1."""
    state = session.state()
    found = [
        question
        for question in passing(session, of)
        if of.show == "groups" or (question.number in state.held) == (of.show == "answered")
    ]
    shown, place = page_of(found, page)
    lines = [_line(question, state) for question in shown]
    count = len(found)
    title = f"{count:,} {of.show} {plural(count, 'question', 'questions')}"
    if of.show == "groups":
        title = f"{count:,} {plural(count, 'person', 'people')} with several records"
    return shared(session, state, of) | place | {"lines": lines, "title": title}


_MOST_IN_LINE = 4


def _line(question: PairQuestion, state: PairState) -> Line:
    records = (
        (question.links[0].left, question.links[0].right)
        if question.kind == "open"
        else question.records[:_MOST_IN_LINE]
    )
    return Line(
        question,
        records,
        len(question.records) - len(records),
        chance(question.probability),
        state.held.get(question.number),
        f"{question.number}.{state.seen(question)}",
    )
