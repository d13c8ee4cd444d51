"""Links known beforehand: to existing people, by identifiers, and by answers about pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from gsprep.errors import InputError
from gsprep.schemas.frames import require, text_frame
from gsprep.unification.duplicates.candidates import among
from gsprep.unification.duplicates.levels import MISSING, level_of
from gsprep.unification.duplicates.unrelated_pairs import levels_in
from gsprep.values.distinct import on_distinct
from gsprep.values.email import email_key

if TYPE_CHECKING:
    import pandas as pd

    from gsprep.unification.duplicates.candidates import People
    from gsprep.unification.duplicates.linkage import Scored
    from gsprep.unification.duplicates.records import Records


# Kinds whose equal values name a person.
_IDENTIFYING = frozenset({"email", "identifier"})
_TIE = 1e-6


class Conflict(NamedTuple):
    """A record whose identifiers belong to different existing people."""

    record: int
    columns: tuple[str, ...]
    existing: tuple[int, ...]


def best_links(scored: Scored, people: People, line: float, link: str) -> np.ndarray:
    """Return which pairs link a record to the existing person that fits it best.

    Of existing people that fit equally well none is taken: a person decides. With one_to_one an
    existing person is linked to the record that fits best.
    """
    new, old = sides(scored, people)
    over = scored.score > line
    kept = over & _best(new, scored.score, over)
    if link == "one_to_one":
        kept &= _best(old, scored.score, over)
    return kept


Link = Literal["many_to_one", "one_to_one"]


def sides(scored: Scored, people: People) -> tuple[np.ndarray, np.ndarray]:
    """Return the record of the first file and that of the second of each pair."""
    second = people.of_second(scored.left)
    new = np.where(second, scored.right, scored.left)
    return new, np.where(second, scored.left, scored.right)


def _best(record: np.ndarray, score: np.ndarray, over: np.ndarray) -> np.ndarray:
    """Return which pairs have the one highest score of their record."""
    size = int(record.max(initial=-1)) + 1
    highest = np.full(size, -np.inf)
    np.maximum.at(highest, record[over], score[over])
    near = over & (score >= highest[record] - _TIE)
    alone = np.bincount(record[near], minlength=size) == 1
    return near & alone[record]


def conflicts(scored: Scored, people: People) -> list[Conflict]:
    """Return the records whose addresses or identifiers are those of different people."""
    levels = levels_in(scored.patterns, len(people.columns))
    new, old = sides(scored, people)
    met: dict[int, dict[int, str]] = {}
    for at, column in enumerate(people.columns):
        if column.kind in _IDENTIFYING:
            same = np.flatnonzero(levels[:, at] == level_of(column.kind, "same"))
            for record, person in zip(new[same].tolist(), old[same].tolist(), strict=True):
                met.setdefault(record, {}).setdefault(person, column.name)
    return [
        Conflict(record, tuple(persons.values()), tuple(persons))
        for record, persons in sorted(met.items())
        if len(persons) > 1 and len(set(persons.values())) > 1
    ]


class SameKeys(NamedTuple):
    """Pairs of a record and an existing person with one key, as ``left * size + right``, sorted.

    of_role: those with the address of a role mailbox.
    """

    pairs: np.ndarray
    of_role: np.ndarray

    def doubtful(self, scored: Scored, people: People) -> np.ndarray:
        """Return which pairs have one key and names that plainly differ.

        A surname may change; at a role mailbox it tells people apart as a given name does.
        """
        numbers = scored.numbers(people.size)
        known, given = _known_and_differ(scored, people, "given")
        _, surname = _known_and_differ(scored, people, "surname")
        of_role = among(numbers, self.of_role) & (given | surname)
        alone = given | (surname & ~known)
        return among(numbers, self.pairs) & (of_role | alone)


def _known_and_differ(scored: Scored, people: People, part: str) -> np.ndarray:
    """Return whether a part of the name is known of both, and whether it plainly differs."""
    levels = levels_in(scored.patterns, len(people.columns))
    of_part = levels[:, [column.kind == part for column in people.columns]]
    differ = of_part == level_of(part, "differ")
    return np.stack([(of_part != MISSING).any(axis=1), differ.any(axis=1)])


def same_keys(given: pd.DataFrame | None, records: Records) -> SameKeys:
    """Return pairs of one key, given by left_id, right_id and role."""
    if given is None:
        return SameKeys(np.empty(0, np.int64), np.empty(0, np.int64))
    left = records.place_of(given["left_id"], existing=False)
    right = records.place_of(given["right_id"], existing=True)
    numbers = np.minimum(left, right) * records.people.size + np.maximum(left, right)
    return SameKeys(np.unique(numbers), np.unique(numbers[given["role"].to_numpy(bool)]))


# The answers that there are: one person, and two.
WORDS = ("match", "no_match")
_NONE = np.empty(0, np.int64)


class Decided(NamedTuple):
    """Pairs as ``left * size + right``, sorted."""

    together: np.ndarray
    apart: np.ndarray
    unknown: int = 0  # answers about records that are not there


def answered_lines(answers: pd.DataFrame) -> pd.DataFrame:
    """Return the lines of answers about pairs that have one, as text.

    Raises MissingColumnsError, and InputError for another answer than ``match`` and ``no_match``.
    """
    require(answers, ("left_id", "right_id", "answer"), of="the file of answers")
    text = text_frame(answers.drop(columns="row_id", errors="ignore"), of="the file of answers")
    text = text[text["answer"].notna()]
    wrong = text.loc[~text["answer"].isin(WORDS), "row_id"]
    if len(wrong):
        raise InputError(
            f"record {wrong.iloc[0]} of the answers has neither match nor no_match in the column "
            "answer. Write match or no_match, or leave the cell blank"
        )
    return text


def decided(
    answers: pd.DataFrame | None, records: Records, emails: pd.Series[str] | None
) -> Decided:
    """Return the pairs that reviewers decided; of several answers about a pair the last counts.

    ``answers`` has left_id, right_id and answer (match, no_match; blank lines are open). With a
    column kind that is ``email`` the two ids are addresses, of all records that have them:
    ``emails`` are those of the records by place.

    Raises MissingColumnsError, and InputError for another answer.
    """
    if answers is None:
        return Decided(_NONE, _NONE)
    text = answered_lines(answers)
    kind = text["kind"] if "kind" in text.columns else None
    by_email = text[kind == "email"] if kind is not None else text.iloc[:0]
    by_id = text[kind != "email"] if kind is not None else text
    left = records.place_of(by_id["left_id"], existing=False)
    right = records.place_of(by_id["right_id"], existing=True)
    parts = [_lines(left, right, by_id, records), _of_emails(by_email, records, emails)]
    return _newest(np.concatenate(parts), len(text))


def _of_emails(text: pd.DataFrame, records: Records, emails: pd.Series[str] | None) -> np.ndarray:
    if emails is None or text.empty:
        return np.empty((0, 3), np.int64)
    places = emails.dropna().reset_index().set_axis(["place", "key"], axis=1)
    sides = [on_distinct(text[name], email_key) for name in ("left_id", "right_id")]
    asked = text.assign(left=sides[0], right=sides[1]).dropna(subset=["left", "right"])
    joined = asked.merge(places, left_on="left", right_on="key", validate="many_to_many")
    joined = joined.merge(places, left_on="right", right_on="key", validate="many_to_many")
    left, right = (joined[name].to_numpy(np.int64) for name in ("place_x", "place_y"))
    return _lines(left, right, joined, records)


def _lines(left: np.ndarray, right: np.ndarray, text: pd.DataFrame, records: Records) -> np.ndarray:
    """Return the pair, whether it is a match, and the place of the answer, one line each."""
    numbers = np.minimum(left, right) * records.people.size + np.maximum(left, right)
    match = (text["answer"] == "match").to_numpy(np.int64)
    at = text["row_id"].to_numpy(str).astype(np.int64)
    known = (left >= 0) & (right >= 0) & (left != right)
    return np.stack([numbers, match, at], axis=1)[known]


def _newest(lines: np.ndarray, asked: int) -> Decided:
    lines = lines[np.argsort(lines[:, 2], kind="stable")]
    answers = dict(zip(lines[:, 0].tolist(), lines[:, 1].tolist(), strict=True))
    together, apart = (
        np.array(sorted(pair for pair, match in answers.items() if match == wanted), np.int64)
        for wanted in (1, 0)
    )
    return Decided(together, apart, asked - len(np.unique(lines[:, 2])))
