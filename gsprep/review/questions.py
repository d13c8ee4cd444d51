"""Questions of a review: people, candidates, groups and order."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import pandas as pd

from gsprep.errors import InputError
from gsprep.schemas.frames import LINE, ROW_ID, filled_records, line_columns, require, text_frame
from gsprep.values.company_name import employer_key
from gsprep.values.distinct import on_distinct
from gsprep.values.domain import employers_domain
from gsprep.values.email import email_key
from gsprep.values.host import email_host, registrable_domain

# The columns of a review that are not the person's.
_OURS = frozenset({
    ROW_ID, "candidate_1_id", "candidate_1", "candidate_2_id", "candidate_2", "probability",
    "margin", "reason", "answer",
})  # fmt: skip
_NEEDED = (ROW_ID, "candidate_1_id", "candidate_1", "candidate_2_id", "candidate_2", "reason")
OPEN_WITHOUT_ENDING = "The evidence for it and against it is not enough to decide."


Mark = Literal["same", "differs", ""]


class Fact(NamedTuple):
    """The comparisons, by their columns in the evidence, that say whether a fact agrees.

    same:     one of them holds: both sides say the same.
    differs:  one of them holds: both sides are known and say different things.
    excludes: none of ``same`` holds although it was compared: that is a difference as well.
    """

    same: tuple[str, ...]
    differs: tuple[str, ...] = ()
    excludes: bool = False


FACTS: Mapping[str, Fact] = {
    "Company": Fact(("same_name",)),
    "Domain": Fact(
        ("same_domain", "shared_domain", "related_domain", "provider_domain"), ("other_domain",)
    ),
    "Phone": Fact(("same_phone", "shared_phone"), excludes=True),
    "Country": Fact(("same_country",), ("other_country",)),
}


class Term(NamedTuple):
    """The sentence of a comparison and its log-odds for a candidate."""

    sentence: str
    log_odds: float


@dataclass(frozen=True, slots=True)
class Candidate:
    """A candidate company; without evidence it has no terms and no marks.

    marks: whether the comparisons found the same or different values, by fact.
    """

    gsid: str
    name: str
    probability: float | None
    terms: tuple[Term, ...]
    marks: Mapping[str, Mark] = field(default_factory=dict)


class Keys(NamedTuple):
    """The normalised values of a person that answers are stored under.

    email:        the address.
    host:         the host of the address.
    domain:       the registered domain of the host, None for free mail and similar.
    company_name: the stated employer.
    """

    email: str | None
    host: str | None
    domain: str | None
    company_name: str | None


@dataclass(frozen=True, slots=True)
class Question:
    """A person whose company needs a decision.

    number: the position in the review, from 1; identifies the person in addresses of pages.
    line:   the line of the file that holds the person, "" if it is not known.
    person: the known cells, by column.
    reason: the sentences about the verdict.
    why:    the sentence that says why it is not sure.
    explained: what that means next to a high probability; "" without an explanation.
    """

    number: int
    row_id: str
    person: Mapping[str, str]
    keys: Keys
    candidates: tuple[Candidate, ...]
    reason: str
    why: str
    explained: str = ""
    line: str = ""

    @property
    def name(self) -> str:
        """The name of the person, else their address."""
        of = self.person
        parts = " ".join(filter(None, (of.get("FirstName"), of.get("LastName"))))
        return of.get("Name") or parts or of.get("Email") or "A person without a name"

    @property
    def probability(self) -> float:
        """The probability of the first company, 0 if it is unknown."""
        return (self.candidates[0].probability if self.candidates else None) or 0.0


@dataclass(frozen=True, slots=True)
class Wording:
    """Sentences by comparison, and the possible last sentences of a reason.

    explained: what a last sentence means next to a high probability.
    """

    sentences: Mapping[str, str]
    endings: tuple[str, ...]
    explained: Mapping[str, str] = field(default_factory=dict)


def questions_of(
    review: pd.DataFrame,
    wording: Wording,
    *,
    people: pd.DataFrame | None = None,
    evidence: pd.DataFrame | None = None,
) -> tuple[Question, ...]:
    """Return a question for each line of a review, in its order.

    ``review`` is a review.csv. ``people`` has further columns of the same people by row_id,
    ``evidence`` the terms of their candidates; both may hold others as well. Raises
    MissingColumnsError.
    """
    require(review, _NEEDED, of="the review")
    text = text_frame(review, of="the review")
    places = text[line_columns(text)]
    text = text.drop(columns=places.columns)
    missing = pd.Series(pd.NA, index=text.index, dtype="str")
    lines = places.get(LINE, missing).fillna("")
    more = {}
    if people is not None:
        known = text_frame(people, of="the frame of people")
        theirs = filled_records(known[known[ROW_ID].isin(text[ROW_ID])])
        more = {line.pop(ROW_ID): line for line in theirs}
    found = {} if evidence is None else _evidence(evidence, text[ROW_ID], wording)
    rows = zip(filled_records(text), lines.tolist(), _keys(text, missing), strict=True)
    questions: list[Question] = []
    for line, place, keys in rows:
        own = {name: cell for name, cell in line.items() if name not in _OURS}
        reason = line.get("reason", "")
        endings = (said for said in wording.endings if reason.endswith(said))
        ending = next(endings, OPEN_WITHOUT_ENDING)
        questions.append(
            Question(
                number=len(questions) + 1,
                row_id=line[ROW_ID],
                person=own | more.get(line[ROW_ID], {}),
                keys=keys,
                candidates=_candidates(line, found),
                reason=reason,
                why=ending,
                explained=wording.explained.get(ending, ""),
                line=place,
            )
        )
    return tuple(questions)


def _keys(text: pd.DataFrame, missing: pd.Series[str]) -> list[Keys]:
    addresses, names = (text.get(name, missing) for name in ("Email", "CompanyName"))
    hosts = on_distinct(addresses, email_host)
    columns = (
        on_distinct(addresses, email_key), hosts, on_distinct(hosts, employers_domain),
        on_distinct(names, employer_key),
    )  # fmt: skip
    # None for a missing value.
    plain = (column.astype("object").where(column.notna(), None) for column in columns)
    return [Keys(*row) for row in zip(*plain, strict=True)]


def _candidates(
    line: Mapping[str, str], evidence: Mapping[tuple[str, str], _Evidence]
) -> tuple[Candidate, ...]:
    first = _number(line.get("probability"))
    margin = _number(line.get("margin"))
    second = None if first is None or margin is None else max(first - margin, 0.0)
    found = []
    for at, chance in ((1, first), (2, second)):
        gsid = line.get(f"candidate_{at}_id")
        if gsid is not None:
            name = line.get(f"candidate_{at}", gsid)
            terms, marks = evidence.get((line[ROW_ID], gsid), _NO_EVIDENCE)
            found.append(Candidate(gsid, name, chance, terms, marks))
    return tuple(found)


def _number(text: str | None) -> float | None:
    try:
        return None if text is None else float(text)
    except ValueError:
        return None


class _Evidence(NamedTuple):
    """The evidence for one candidate of one person."""

    terms: tuple[Term, ...]
    marks: Mapping[str, Mark]


_NO_EVIDENCE = _Evidence((), {})


def _evidence(
    evidence: pd.DataFrame, row_ids: pd.Series[str], wording: Wording
) -> dict[tuple[str, str], _Evidence]:
    """Return the evidence by row_id and Gsid: the terms from the strongest on, and the marks."""
    require(evidence, (ROW_ID, "Company_ID", "intercept"), of="the evidence")
    lines = evidence[evidence[ROW_ID].isin(row_ids)]
    names = [str(name) for name in lines.columns if name not in {ROW_ID, "Company_ID"}]
    numbers = lines[names].apply(pd.to_numeric, errors="coerce").fillna(0.0)
    keys = zip(lines[ROW_ID].tolist(), lines["Company_ID"].tolist(), strict=True)
    found = {}
    for key, row in zip(keys, numbers.to_numpy(float).tolist(), strict=True):
        weights = dict(zip(names, row, strict=True))
        marks = {name: mark_of(fact, weights) for name, fact in FACTS.items()}
        found[key] = _Evidence(_terms(weights, wording), marks)
    return found


def mark_of(fact: Fact, weights: Mapping[str, float]) -> Mark:
    """Return what the comparisons found of a fact, by their weights; "" if they say nothing.

    >>> mark_of(FACTS["Country"], {"same_country": 0.0, "other_country": -2.0})
    'differs'
    >>> mark_of(FACTS["Phone"], {"same_phone": 0.0}), mark_of(FACTS["Phone"], {})
    ('differs', '')
    """
    if any(weights.get(name) for name in fact.same):
        return "same"
    compared = fact.excludes and any(name in weights for name in fact.same)
    return "differs" if compared or any(weights.get(name) for name in fact.differs) else ""


def _terms(weights: Mapping[str, float], wording: Wording) -> tuple[Term, ...]:
    """Return the intercept, then the terms that add anything, the strongest first."""
    others = [
        Term(wording.sentences.get(name, f"{name}, as the rulebook says."), weight)
        for name, weight in weights.items()
        if weight and name != "intercept"
    ]
    others.sort(key=lambda term: -abs(term.log_odds))
    return (Term("Start value before any comparison.", weights["intercept"]), *others)


# Kinds of answers that hold for several people.
WIDE = ("domain", "company_name")


@dataclass(frozen=True, slots=True)
class Groups:
    """Questions that one answer can settle.

    members: numbers of the questions with a value, by kind and value.
    order:   numbers of all questions, those that settle most first.
    """

    members: Mapping[tuple[str, str], tuple[int, ...]]
    order: tuple[int, ...]

    def with_key(self, kind: str, keys: Keys) -> tuple[int, ...]:
        """Return the numbers of the questions that one answer of this kind would settle."""
        value = getattr(keys, kind)
        return () if value is None else self.members.get((kind, value), ())

    def gain(self, keys: Keys) -> int:
        """Return the largest number of people that one answer about this person can settle."""
        return max(1, *(len(self.with_key(kind, keys)) for kind in WIDE))


def groups_of(questions: Sequence[Question]) -> Groups:
    """Group the questions by common values.

    People of one group are next to each other, the surest first; the largest groups come first.
    """
    members: dict[tuple[str, str], list[int]] = {}
    for question in questions:
        for kind in ("email", *WIDE):
            value = getattr(question.keys, kind)
            if value is not None:
                members.setdefault((kind, value), []).append(question.number)
    gathered = {key: tuple(numbers) for key, numbers in members.items()}
    ranks = {question.number: _rank(question, gathered) for question in questions}
    return Groups(gathered, tuple(sorted(ranks, key=ranks.__getitem__)))


def _rank(
    question: Question, members: Mapping[tuple[str, str], tuple[int, ...]]
) -> tuple[int, int, int]:
    """Return the sort key of a question: its largest group, by size and first member."""
    values = ((kind, getattr(question.keys, kind)) for kind in WIDE)
    groups = [members[key] for key in values if key[1] is not None]
    largest = max(groups, key=len, default=(question.number,))
    return -len(largest), largest[0], question.number


# What is shown of every person anyway.
USUAL = (
    "line", "Email", "CompanyName", "Title", "Phone", "Country", "Name", "FirstName", "LastName",
)  # fmt: skip
# What may be the name of a host, after the @ of an address or within a sentence.
_HOST = re.compile(r"[\w-]+(?:\.[\w-]+)+")


def further_columns_of(
    questions: Sequence[Question], wanted: Sequence[str] = ()
) -> tuple[str, ...]:
    """Return the columns to show: the ``wanted`` ones, or those that may tell the employer.

    Raises InputError for a wanted column that the file does not have.
    """
    there = columns_of(questions)
    if unknown := [name for name in wanted if name not in there]:
        have = ", ".join(name for name in there if name not in USUAL)
        raise InputError(
            f"--show {unknown[0]}: the people have no such column. They have {have or 'no other'}"
        )
    if wanted:
        return tuple(wanted)
    others = (name for name in there if name not in USUAL)
    return tuple(
        name for name in others if _may_tell(question.person.get(name) for question in questions)
    )


def columns_of(questions: Sequence[Question]) -> tuple[str, ...]:
    """Return the columns that hold anything, in the order of the file."""
    return tuple(dict.fromkeys(name for question in questions for name in question.person))


def _may_tell(cells: Iterable[str | None]) -> bool:
    """Return whether a cell has an address or a domain: it may tell the employer."""
    return any(
        registrable_domain(host.lower()) is not None
        for cell in cells
        if cell is not None
        for host in _HOST.findall(cell)
    )
