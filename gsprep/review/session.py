"""Answers of a review: state of the file, changes, and companies to choose from."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal, NamedTuple

import pandas as pd
from rapidfuzz import fuzz, process

from gsprep.review.answer_file import AnswerFile, added, cells_of
from gsprep.review.questions import WIDE, Groups, Keys, Question, groups_of
from gsprep.schemas.answers import ANSWER_COLUMNS, KINDS, NO_COMPANY, Said, answer_lines, in_force
from gsprep.schemas.frames import require, text_frame
from gsprep.values.distinct import on_distinct
from gsprep.values.host import host_and_above, host_of, owned_domain
from gsprep.values.multi_value import hosts_in
from gsprep.values.text import searchable, tidy

MOST_FOUND = 12
# Names below this similarity are other names, not typing errors.
_ALIKE_FROM = 75
_LONGEST_QUERY = 200


class Company(NamedTuple):
    """A company of the file; missing cells are empty."""

    gsid: str
    name: str
    domain: str = ""
    phone: str = ""
    country: str = ""


@dataclass(frozen=True, slots=True)
class Companies:
    """Companies by Gsid, with their names for searching; ``whole``: the list is complete."""

    by_gsid: Mapping[str, Company]
    whole: bool
    names: Sequence[str] = field(repr=False)
    gsids: Sequence[str] = field(repr=False)
    by_domain: Mapping[str, tuple[str, ...]] = field(repr=False)

    def __len__(self) -> int:
        return len(self.gsids)

    def find(self, text: str, most: int = MOST_FOUND) -> tuple[Company, ...]:
        """Return the companies for a Gsid, a domain, a name or a part of a name.

        Names that contain the text come first, the shorter before the longer, then similar names.
        """
        asked = (tidy(text) or "")[:_LONGEST_QUERY]
        if not asked:
            return ()
        found = dict.fromkeys(self._found(asked, most))
        return tuple(self.by_gsid[gsid] for gsid in list(found)[:most])

    def _found(self, asked: str, most: int) -> Iterator[str]:
        if asked.upper() in self.by_gsid:
            yield asked.upper()
        if asked in self.by_gsid:
            yield asked
        host = host_of(asked)
        if host is not None:
            yield from self.by_domain.get(owned_domain(host), ())
        name = searchable(asked)
        holding = [at for at, other in enumerate(self.names) if name in other]
        yield from (self.gsids[at] for at in sorted(holding, key=lambda at: self._rank(at, name)))
        if len(holding) < most:
            alike = process.extract(
                name, self.names, scorer=fuzz.WRatio, limit=most, score_cutoff=_ALIKE_FROM
            )
            yield from (self.gsids[at] for _, _, at in alike)

    def _rank(self, at: int, name: str) -> tuple[bool, int, str]:
        other = self.names[at]
        return not other.startswith(name), len(other), other


def companies_of(frame: pd.DataFrame) -> Companies:
    """Return the companies of a file: Gsid and Name; Domain, Phone and Country if present.

    Those without Gsid or Name are left out. Raises MissingColumnsError.
    """
    require(frame, ("Gsid", "Name"), of="the list of companies")
    text = text_frame(frame, of="the list of companies").dropna(subset=["Gsid", "Name"])
    columns = [_filled(text, name) for name in ("Gsid", "Name", "Domain", "Phone", "Country")]
    return _gathered([Company(*cells) for cells in zip(*columns, strict=True)], whole=True)


def companies_named(questions: Sequence[Question], decisions: pd.DataFrame | None) -> Companies:
    """Return the companies named in the questions and the decisions of a folder."""
    named = {c.gsid: c.name for question in questions for c in question.candidates}
    if decisions is not None:
        for id_, name in (("Company_ID", "company_name"), ("runner_up_id", "runner_up_name")):
            if {id_, name} <= set(decisions.columns):
                pairs = decisions[[id_, name]].dropna().drop_duplicates()
                named |= dict(zip(pairs[id_].tolist(), pairs[name].tolist(), strict=True))
    return _gathered([Company(*pair) for pair in named.items()], whole=False)


def _gathered(listed: list[Company], *, whole: bool) -> Companies:
    by_gsid = {company.gsid: company for company in listed}
    by_domain: dict[str, list[str]] = {}
    for company in by_gsid.values():
        for domain in domains_of(company):
            by_domain.setdefault(domain, []).append(company.gsid)
    return Companies(
        by_gsid,
        whole,
        [searchable(company.name) for company in by_gsid.values()],
        list(by_gsid),
        {domain: tuple(gsids) for domain, gsids in by_domain.items()},
    )


def domains_of(company: Company) -> tuple[str, ...]:
    """Return the registered domains that a company lists.

    >>> domains_of(Company("1", "Acme", "www.acme.com; shop.acme.de"))
    ('acme.com', 'acme.de')
    """
    return tuple(dict.fromkeys(map(owned_domain, hosts_in(company.domain).entries)))


def _filled(text: pd.DataFrame, name: str) -> list[str]:
    if name not in text.columns:
        return [""] * len(text)
    shown = on_distinct(text[name], tidy) if name == "Gsid" else text[name]
    return [cell if isinstance(cell, str) else "" for cell in shown.tolist()]


class Held(NamedTuple):
    """The answer to a question: its kind, its company and its line.

    company: a Gsid, or NO_COMPANY.  line: the position in the file.
    """

    kind: str
    company: str
    line: int


@dataclass(frozen=True, slots=True)
class State:
    """The answers of a file for the questions.

    lines: the file as read.
    said:  the answers in force, by kind and normalised value.
    held:  the answer to each question, by its number; open questions are left out.
    """

    lines: pd.DataFrame
    said: Mapping[str, Mapping[str, Said]]
    held: Mapping[int, Held]

    def cells(self, line: int) -> dict[str, str]:
        """Return the cells of a line of the file by column, without missing ones."""
        return cells_of(self.lines, line, ANSWER_COLUMNS)

    def seen(self, keys: Keys) -> str:
        """Return a word that changes with each answer about a person.

        It does not reveal the answers, so a page may contain it.
        """
        newest = [said.line for _, said in asked(keys, self.said)]
        return digest([self.cells(line) for line in newest])


def state_of(lines: pd.DataFrame, questions: Sequence[Question]) -> State:
    """Return the answers to the questions; raise DocumentError for mistakes in the file."""
    said = in_force(answer_lines(lines))
    settled = ((question.number, held(question.keys, said)) for question in questions)
    return State(lines, said, {number: answer for number, answer in settled if answer})


def asked(keys: Keys, said: Mapping[str, Mapping[str, Said]]) -> Iterator[tuple[str, Said]]:
    """Yield the answers about a person by kind; the kind that wins comes first."""
    for kind in KINDS:
        about = said[kind]
        value = _value(keys, kind, about) if about else None
        if value is not None and value in about:
            yield kind, about[value]


def _value(keys: Keys, kind: str, about: Mapping[str, Said]) -> str | None:
    """Return a person's value of a kind; of hosts the nearest one with an answer."""
    if kind != "domain":
        return getattr(keys, kind)
    hosts = () if keys.host is None else host_and_above(keys.host)
    return next((host for host in hosts if host in about), None)


def held(keys: Keys, said: Mapping[str, Mapping[str, Said]]) -> Held | None:
    """Return the answer for a person, None if there is none.

    A company that a more specific kind rules out is no answer.
    """
    ruled_out: frozenset[str] = frozenset()
    for kind, of_value in asked(keys, said):
        if of_value.company is not None and of_value.company not in ruled_out:
            return Held(kind, of_value.company, of_value.line)
        ruled_out |= of_value.ruled_out
    return None


def digest(cells: Sequence[Mapping[str, str]]) -> str:
    """Return a short word for lines of answers that does not reveal them.

    >>> digest([{"kind": "email"}]) == digest([{"kind": "email"}]) != digest([])
    True
    """
    text = repr([sorted(line.items()) for line in cells])
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=9).hexdigest()


Outcome = Literal["taken", "elsewhere", "gone"]
_LONGEST_NOTE = 500


@dataclass(frozen=True, slots=True)
class Reviewer:
    """The reviewer and the rulebook of the matching, as they are written to answers.csv."""

    by: str
    rulebook: str | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """A new answer.

    company: a Gsid, or NO_COMPANY.
    kind:    what it holds for: the person's ``email``, ``domain`` or ``company_name``.
    seen:    the value of ``State.seen`` when the page was shown; None skips that check.
    """

    company: str
    kind: str
    seen: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Undo:
    """The newest answer of this reviewer: the word to undo it, and the number of its question.

    cells: its line in the file, if it is a single one.
    count: the number of answers that were given together with it, itself included.
    """

    word: str
    number: int
    cells: Mapping[str, str] = field(default_factory=dict)
    count: int = 1


@dataclass(slots=True)
class Session:
    """The questions of a review and a file of answers.

    elsewhere: matched people of the run by domain, counted by Gsid.
    clock:     returns the time for a new answer.
    groups:    questions that one answer can settle.
    further:   further columns of the file that are shown next to each person.
    next_command: the command that uses the answers.
    """

    questions: Sequence[Question]
    file: AnswerFile
    companies: Companies
    reviewer: Reviewer
    elsewhere: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    further: tuple[str, ...] = ()
    next_command: str = ""
    groups: Groups = field(init=False)
    _known: State | None = field(init=False, default=None)
    # The question at which each answer of this process was given: its line may hold for others too.
    _given: dict[str, int] = field(init=False, default_factory=dict)
    # The words of answers that were given together.
    _together: dict[str, frozenset[str]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.groups = groups_of(self.questions)

    def question(self, number: int) -> Question:
        """Return the question with a number; raise IndexError if there is none."""
        if not 1 <= number <= len(self.questions):
            raise IndexError(number)
        return self.questions[number - 1]

    def state(self) -> State:
        """Return the current answers, by any process; recomputed when the file has changed."""
        return self._state_of(self.file.lines())

    def _state_of(self, lines: pd.DataFrame) -> State:
        known = self._known
        if known is None or known.lines is not lines:
            known = state_of(lines, self.questions)
            self._known = known
        return known

    def answer(self, number: int, choice: Choice) -> Outcome:
        """Write an answer; ``elsewhere`` if the person was answered since the page was shown.

        Raises ValueError for a kind that the person has no value of, InputError if the file
        cannot be read or written.
        """
        return "taken" if self.answer_some([(number, choice)]) else "elsewhere"

    def answer_some(self, given: Sequence[tuple[int, Choice]]) -> int:
        """Write answers about several people at once and return their number.

        People who were answered since the page was shown are left out. Raises the errors of
        ``answer``.
        """
        words: list[str] = []

        def edit(lines: pd.DataFrame) -> pd.DataFrame | None:
            state, new = self._state_of(lines), []
            for number, choice in given:
                question = self.question(number)
                if choice.seen in {None, state.seen(question.keys)}:
                    line = self._line(question, choice, state)
                    new.append(line)
                    words.append(digest([{n: c for n, c in line.items() if c is not None}]))
                    self._given[words[-1]] = number
            return added(lines, new, ANSWER_COLUMNS) if new else None

        self.file.change(edit)
        self._together |= dict.fromkeys(words, frozenset(words))
        return len(words)

    def _line(self, question: Question, choice: Choice, state: State) -> dict[str, str | None]:
        value = value_of(question, choice.kind)
        if value is None:
            raise ValueError(choice.kind)
        newest = state.said[choice.kind].get(getattr(question.keys, choice.kind))
        return {
            "kind": choice.kind,
            "value": value,
            "Company_ID": choice.company or None,
            "answer": "no_match" if choice.company == NO_COMPANY else "match",
            "by": self.reviewer.by,
            "at": self._at(None if newest is None else state.cells(newest.line).get("at")),
            "rulebook": self.reviewer.rulebook,
            "note": (tidy(choice.note) or "")[:_LONGEST_NOTE] or None,
        }

    def _at(self, newest: str | None) -> str:
        """Return the time of a new answer, never before the answer it replaces.

        Otherwise an answer from a clock that was ahead would win for ever.
        """
        now = pd.Timestamp(self.clock()).floor("s")
        before = now if newest is None else pd.to_datetime(newest, utc=True)
        return max(now, before).isoformat().replace("+00:00", "Z")

    def last(self) -> Undo | None:
        """Return the newest answer of this reviewer in this review, None if there is none."""
        state = self.state()
        mine = state.lines["by"] == self.reviewer.by
        for line in reversed(mine.to_numpy().nonzero()[0].tolist()):
            cells = state.cells(line)
            word = digest([cells])
            number = self._given.get(word) or self._about(state, line)
            if number is not None:
                return Undo(word, number, cells, len(self._together.get(word, {word})))
        return None

    def _about(self, state: State, line: int) -> int | None:
        """Return the number of the first question that a line of the file answers."""
        kind = state.lines["kind"].iloc[line]
        value = state.lines["value"].iloc[line]
        of_kind = KINDS.get(kind)
        key = None if of_kind is None else of_kind.of_value(value)
        return next(iter(self.groups.members.get((kind, key or ""), ())), None)

    def take_back(self, word: str) -> Outcome:
        """Remove the line with this word from the file, so that the earlier answer holds again.

        Answers that were given together go together. Returns ``gone`` if the reviewer has no such
        line any more.
        """
        words = self._together.get(word, frozenset({word}))

        def edit(lines: pd.DataFrame) -> pd.DataFrame | None:
            state = self._state_of(lines)
            mine = (lines["by"] == self.reviewer.by).to_numpy().nonzero()[0].tolist()
            found = {digest([state.cells(at)]): at for at in mine}
            gone = [at for one, at in found.items() if one in words]
            return lines.drop(index=gone).reset_index(drop=True) if gone else None

        return "taken" if self.file.change(edit) else "gone"


def value_of(question: Question, kind: str) -> str | None:
    """Return the value for an answer of a kind about a person; None if they have no such value.

    The stated employer is kept as written: its normalised form is not for reading.
    """
    keys: Keys = question.keys
    if kind == "company_name":
        stated = question.person.get("CompanyName")
        return tidy(stated) if stated is not None and keys.company_name is not None else None
    return getattr(keys, kind) if kind in {"email", *WIDE} else None


def kinds_of(question: Question) -> tuple[str, ...]:
    """Return the kinds of answer that are possible for a person, the most specific first."""
    return tuple(kind for kind in KINDS if value_of(question, kind) is not None)
