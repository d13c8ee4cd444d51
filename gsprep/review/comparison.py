"""A person beside their candidates, fact by fact, with what differs marked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from gsprep.display import legible
from gsprep.review.companies import domains_of
from gsprep.values.country import country_code
from gsprep.values.host import email_host, registrable_domain
from gsprep.values.phone import phone_key
from gsprep.values.text import searchable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from gsprep.review.companies import Companies, Company
    from gsprep.review.questions import Question

Mark = Literal["same", "differs", ""]


class Word(NamedTuple):
    """A word as it stands, and whether those beside it lack it."""

    text: str
    differs: bool


class Cell(NamedTuple):
    """What one side says of a fact; without words nothing is known."""

    words: tuple[Word, ...]
    mark: Mark = ""


class Row(NamedTuple):
    """A fact: what the person says, and what is known of each candidate."""

    label: str
    person: Cell
    candidates: tuple[Cell, ...]


class _Fact(NamedTuple):
    """A fact that either agrees or does not: where it stands, and as what it is compared."""

    label: str
    of_person: Callable[[Question], str]
    of_company: Callable[[Company], str]
    agree: Callable[[Question, Company], bool]


def compared(question: Question, companies: Companies) -> tuple[Row, ...]:
    """Return the facts side by side; a fact that only the person states is left out."""
    sides = [companies.by_gsid.get(candidate.gsid) for candidate in question.candidates]
    rows = (_name_row(question), *(_row(fact, question, sides) for fact in _FACTS))
    return tuple(row for row in rows if any(cell.words for cell in row.candidates))


def _name_row(question: Question) -> Row:
    stated = question.person.get("CompanyName", "")
    names = [candidate.name for candidate in question.candidates]
    cells = tuple(Cell(marked(name, [stated] if stated else [])) for name in names)
    return Row(
        "Company",
        Cell(marked(stated, names)),
        tuple(cell._replace(mark=_mark(cell.words, stated)) for cell in cells),
    )


def _mark(words: Sequence[Word], stated: str) -> Mark:
    """Return ``same`` for the same words; where they are not, the words themselves show it."""
    plain = {_plain(word.text) for word in words} - {""}
    return "same" if plain == {_plain(word) for word in stated.split()} - {""} else ""


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


def _row(fact: _Fact, question: Question, sides: Sequence[Company | None]) -> Row:
    said = fact.of_person(question)
    cells = []
    for company in sides:
        told = "" if company is None else fact.of_company(company)
        mark: Mark = ""
        if company is not None and told and said:
            mark = "same" if fact.agree(question, company) else "differs"
        cells.append(Cell(marked(told, ()), mark))
    return Row(fact.label, Cell(marked(said, ())), tuple(cells))


def _same_domain(question: Question, company: Company) -> bool:
    host = question.keys.host or ""
    return (registrable_domain(host) or host) in domains_of(company)


def _same_phone(question: Question, company: Company) -> bool:
    region = country_code(question.person.get("Country", ""))
    theirs = phone_key(question.person.get("Phone", ""), region)
    at = country_code(company.country)
    numbers = (phone_key(part, at) for part in company.phone.split(";"))
    return theirs is not None and theirs in set(numbers)


def _same_country(question: Question, company: Company) -> bool:
    theirs = country_code(question.person.get("Country", ""))
    return theirs is not None and theirs == country_code(company.country)


def _several(cell: str) -> str:
    return " · ".join(filter(None, map(str.strip, cell.split(";"))))


_FACTS = (
    _Fact(
        "Domain",
        lambda question: email_host(question.person.get("Email", "")) or "",
        lambda company: _several(company.domain),
        _same_domain,
    ),
    _Fact(
        "Phone",
        lambda question: question.person.get("Phone", ""),
        lambda company: _several(company.phone),
        _same_phone,
    ),
    _Fact(
        "Country",
        lambda question: question.person.get("Country", ""),
        lambda company: company.country,
        _same_country,
    ),
)
