"""Answers of reviewers, read and applied to people."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from gsprep.display import few, plural
from gsprep.errors import DocumentError
from gsprep.schemas.answers import (
    ANSWER_COLUMNS,
    NO_COMPANY,
    answer_lines,
    contradicting,
    in_force,
    problems_of,
)
from gsprep.schemas.frames import ROW_ID, as_pandas, require, text_frame
from gsprep.unification.keys import column_of
from gsprep.unification.pairs import (
    NO_PAIRS,
    Encoded,
    Pairs,
    concatenate,
    contains,
    encode,
    to_people,
)
from gsprep.unification.rulebook import Columns
from gsprep.values.company_name import employer_key
from gsprep.values.distinct import on_distinct
from gsprep.values.domain import names_employer
from gsprep.values.email import email_key
from gsprep.values.host import email_host, host_and_above, host_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from gsprep.errors import Problem
    from gsprep.schemas.answers import Said
    from gsprep.unification.keys import People

# Positions that are no company: no answer decides, and the answer is that no company is right.
OPEN, NOBODY = -1, -2


class Answer(NamedTuple):
    """Answer about a value: the position of its company, OPEN or NOBODY; companies ruled out."""

    company: int = OPEN
    ruled_out: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers in force, by the positions of companies."""

    # by kind and by value as it is compared
    kinds: Mapping[str, Mapping[str, Answer]] = field(default_factory=dict, repr=False)
    # row_ids of lines left out because their company is not among the companies
    unknown: tuple[str, ...] = field(default=(), repr=False)
    # row_ids of lines that contradict another one of the same time
    contradicting: tuple[str, ...] = field(default=(), repr=False)

    def __bool__(self) -> bool:
        return any(self.kinds.values())

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences about answers that were left out, reach too many people, or are unclear."""
        everybodys = sum(
            answer.company >= 0 and not names_employer(host)
            for host, answer in self.kinds.get("domain", {}).items()
        )
        lines = len(self.unknown)
        name = plural(lines, "answer names", "answers name")
        give = plural(everybodys, "answer gives", "answers give")
        notes = {
            f"{lines} {name} a company that is not in the list: left out, "
            f"{few('row_id', self.unknown)}": lines,
            f"{everybodys} {give} a company everyone at a domain of free mail or of a "
            "provider: answer by e-mail when one person is meant": everybodys,
            f"{len(self.contradicting)} answers ({few('row_id', self.contradicting)}) say "
            "different things about one value, and none of them is newer by its `at`: the later "
            "line is used. Keep the right one, or give it a newer `at`": self.contradicting,
        }
        return tuple(note for note, applies in notes.items() if applies)

    @property
    def shared_hosts(self) -> frozenset[str]:
        """The hosts whose people belong to several companies, by the answers."""
        companies: dict[str, set[int]] = {}
        for kind, host_in in (("email", email_host), ("domain", host_of)):
            for value, answer in self.kinds.get(kind, {}).items():
                if answer.company >= 0 and (host := host_in(value)):
                    companies.setdefault(host, set()).add(answer.company)
        return frozenset(host for host, several in companies.items() if len(several) > 1)


NO_ANSWERS = Answers()


def read_answers(frame: pd.DataFrame, gsids: Iterable[str]) -> Answers:
    """Return the answers of a frame; ``gsids`` are those of the companies, by position.

    Columns: see ``answer_lines``. Values are compared as those of persons are, raw or not. For
    one value the newest line wins, without ``at`` the oldest, then the later in the frame;
    ``no_match`` with a company rules out that one alone.

    Raises MissingColumnsError, and one DocumentError that names every mistake by its row_id.
    """
    lines = answer_lines(frame)
    position = {gsid: at for at, gsid in enumerate(gsids)}
    known = lines["Company_ID"].isna() | lines["Company_ID"].isin(list(position))
    kinds = {
        kind: {value: _placed(said, position) for value, said in values.items()}
        for kind, values in in_force(lines).items()
    }
    # In the order of the file: the lines are sorted by time.
    unknown = tuple(lines.loc[~known, ROW_ID].sort_index())
    return Answers(kinds, unknown, contradicting(lines))


def _placed(said: Said, position: Mapping[str, int]) -> Answer:
    """Return an answer by positions; a company that is not in the list leaves it open."""
    ruled_out = frozenset(position[gsid] for gsid in said.ruled_out if gsid in position)
    if said.company is None:
        return Answer(OPEN, ruled_out)
    company = NOBODY if said.company == NO_COMPANY else position.get(said.company, OPEN)
    return Answer(company, ruled_out)


@dataclass(frozen=True, slots=True)
class Answered:
    """Answers about each of some people."""

    company: np.ndarray  # by position of the person: the company's position, OPEN or NOBODY
    ruled_out: Pairs  # pairs of a person and a company that do not belong together

    def take(self, people: np.ndarray) -> Answered:
        """Return the answers about some of the people, who are counted from 0 again."""
        number = np.full(len(self.company), -1)
        number[people] = np.arange(len(people))
        left = number[self.ruled_out.left]
        ruled_out = Pairs(left[left >= 0], self.ruled_out.company[left >= 0])
        return Answered(self.company[people], ruled_out)

    def open(self, pairs: Pairs) -> Pairs:
        """Return the pairs that no reviewer decided or ruled out."""
        is_open = (self.company[pairs.left] == OPEN) & ~contains(self.ruled_out, pairs)
        return Pairs(pairs.left[is_open], pairs.company[is_open])


def answers_about(answers: Answers, people: People) -> Answered:
    """Return the answers about people, by their e-mail addresses and stated employers.

    The most specific kind wins: a company that a person's address rules out is not theirs by
    domain.
    """
    company = np.full(len(people), OPEN, dtype=np.int64)
    parts = [NO_PAIRS]
    for values, found in _by_value(answers, people):
        said = np.array([*(answer.company for answer in found), OPEN], dtype=np.int64)[values.codes]
        excluded = contains(concatenate(parts), Pairs(np.arange(len(said)), said))
        company = np.where((company == OPEN) & ~excluded, said, company)
        ruled_out = [(at, one) for at, a in enumerate(found) for one in sorted(a.ruled_out)]
        pairs = Pairs(*np.array(ruled_out, dtype=np.int64).reshape(-1, 2).T)
        parts.append(to_people(values.codes, pairs))
    return Answered(company, concatenate(parts))


def one_of_each(answers: Answers, people: People) -> np.ndarray:
    """Return the positions of answered people, the first one of each answer.

    An answer about a domain or a name holds for many people, who are as good as one question.
    """
    decided, firsts = np.zeros(len(people), dtype=bool), []
    for values, found in _by_value(answers, people):
        decides = np.array([*(answer.company != OPEN for answer in found), False])
        at = np.flatnonzero(decides[values.codes] & ~decided)
        firsts.append(at[np.unique(values.codes[at], return_index=True)[1]])
        decided[at] = True
    return np.sort(np.concatenate(firsts)) if firsts else np.empty(0, dtype=np.int64)


def _by_value(answers: Answers, people: People) -> Iterator[tuple[Encoded, list[Answer]]]:
    """Yield people's values of each kind with the answer to each value, the winning kind first."""
    nothing = Answer()
    if of_email := answers.kinds.get("email"):
        values = encode(on_distinct(people.email, email_key))
        yield values, [of_email.get(address, nothing) for address in values.texts]
    if of_domain := answers.kinds.get("domain"):
        values = encode(on_distinct(people.email, email_host))
        # The answer to the host, or to the nearest one above it of the same owner.
        nearest = [
            next((one for one in host_and_above(host) if one in of_domain), host)
            for host in values.texts
        ]
        yield values, [of_domain.get(one, nothing) for one in nearest]
    if of_name := answers.kinds.get("company_name"):
        # A site or two names in a cell are answered as they are written, or as they are read.
        written = people.column(people.rulebook.columns.company_name)
        for employers in (
            encode(on_distinct(written, employer_key)),
            Encoded(people.employers.codes, people.employers.texts),
        ):
            yield employers, [of_name.get(name, nothing) for name in employers.texts]


_CANDIDATES: Mapping[str, str] = {"1": "candidate_1_id", "2": "candidate_2_id"}
_NONE = "none"


@dataclass(frozen=True, slots=True)
class Reviewed:
    """The answers of a filled-in review."""

    answers: pd.DataFrame  # one line per valid row, with the columns of answers.csv and its row_id
    problems: tuple[Problem, ...]  # the invalid rows, by their row_id, and what to do
    empty: int  # the number of rows without an answer


def answers_from_review(
    review: pd.DataFrame, persons: pd.DataFrame, columns: Columns | None = None
) -> pd.DataFrame:
    """Return the answers of a review as a frame for ``answers``, one line per answered row.

    An answer is kept by the person's e-mail, and by company name without one.

    Args:
        review: the review: row_id, candidate_1_id, candidate_2_id and ``answer``: 1, 2, none or a
            Gsid. Rows without an answer are left out.
        persons: the people of the review.
        columns: names the columns of ``persons`` if they are not the usual ones.

    Returns:
        The answers: columns kind, value, Company_ID and answer, as in answers.csv.

    Raises:
        MissingColumnsError: without a column that is needed.
        DocumentError: if an answer cannot be used; it names each with its row_id.

    Examples:
        >>> review = pd.DataFrame({
        ...     "row_id": ["1"], "candidate_1_id": ["1P02" + "A" * 32],
        ...     "candidate_2_id": ["1P02" + "B" * 32], "answer": ["2"],
        ... })
        >>> persons = pd.DataFrame({"row_id": ["1"], "Email": ["ana@acme.com"]})
        >>> gsprep.answers_from_review(review, persons)[["kind", "value", "answer"]]
            kind         value answer
        0  email  ana@acme.com  match
    """
    return _valid_answers(review, persons, columns)[list(ANSWER_COLUMNS)]


def as_answers(
    given: pd.DataFrame, persons: pd.DataFrame, columns: Columns | None = None
) -> pd.DataFrame:
    """Return a frame of answers: the given one, or the answers of the review it is.

    Those of a review keep its row_id, so that a note can name them.
    """
    given = as_pandas(given, of="the frame of answers")
    is_review = {"answer", *_CANDIDATES.values()} <= set(given.columns)
    return _valid_answers(given, persons, columns) if is_review else given


def _valid_answers(
    review: pd.DataFrame, persons: pd.DataFrame, columns: Columns | None
) -> pd.DataFrame:
    reviewed = read_review(review, persons, columns)
    if reviewed.problems:
        raise DocumentError("the review", reviewed.problems)
    return reviewed.answers


def read_review(
    review: pd.DataFrame, persons: pd.DataFrame, columns: Columns | None = None
) -> Reviewed:
    """Return the valid answers of a filled-in review, and the problems of the others.

    ``review``, ``persons`` and ``columns`` are those of ``answers_from_review``. Raises
    MissingColumnsError.
    """
    require(review, (ROW_ID, *_CANDIDATES.values(), "answer"), of="the review")
    text = text_frame(review, of="the review")
    lines = text[text["answer"].notna()].reset_index(drop=True)
    shown, theirs = (_keys(frame, columns or Columns()) for frame in (lines, text_frame(persons)))
    theirs = theirs.set_index(ROW_ID).reindex(lines[ROW_ID]).reset_index()
    said = lines["answer"].str.strip().str.lower()
    company = _company(lines, said)
    others = (shown["email"] != theirs["email"]) & shown["email"].notna() & theirs["email"].notna()
    email, name = (shown[key].fillna(theirs[key]) for key in ("email", "name"))
    key = email.fillna(on_distinct(name, employer_key))
    # An answer holds for all rows of one key, so their answers have to agree.
    different = company.fillna(_NONE).groupby(key).transform("nunique") > 1
    wrong = {
        "answer must be 1 or 2 for a candidate that is there, none, or a Gsid": (
            company.isna() & (said != _NONE)
        ),
        "this row_id belongs to another person: use the review of the same file": others,
        "an answer needs an e-mail or a company name, and the row has neither: clear it": (
            email.isna() & name.isna()
        ),
        "another row of the same e-mail or company name has another answer: keep one": different,
    }
    answers = pd.DataFrame(
        {
            ROW_ID: lines[ROW_ID],
            "kind": np.where(email.notna(), "email", "company_name"),
            "value": email.fillna(name),
            "Company_ID": company,
            "answer": np.where(said == _NONE, "no_match", "match"),
        }
    )
    good = ~np.logical_or.reduce([where.to_numpy(bool) for where in wrong.values()])
    whole = answers.reindex(columns=[ROW_ID, *ANSWER_COLUMNS]).astype("str")
    taken = whole[good].reset_index(drop=True)
    return Reviewed(taken, problems_of(lines[ROW_ID], wrong), len(text) - len(lines))


def _company(lines: pd.DataFrame, said: pd.Series[str]) -> pd.Series[str]:
    """Return the company each row was answered with, missing for none and for other words."""
    # A Gsid has digits: none, and words such as yes, are not a company.
    gsid = lines["answer"].str.strip().mask(said.str.fullmatch(r"\d{1,2}|\D*"))
    company = gsid.astype("str")
    for number, column in _CANDIDATES.items():
        company = company.mask(said == number, lines[column])
    return company


def _keys(text: pd.DataFrame, columns: Columns) -> pd.DataFrame:
    """Return by row_id the address as it is compared, and the stated employer if it is one."""
    names = column_of(text, columns.company_name)
    return pd.DataFrame(
        {
            ROW_ID: text[ROW_ID],
            "email": on_distinct(column_of(text, columns.email), email_key),
            "name": names.where(on_distinct(names, employer_key).notna()),
        }
    )
