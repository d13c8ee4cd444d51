"""Answers about pairs of people: state and changes."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import combinations
from typing import TYPE_CHECKING, Literal, NamedTuple

from gsprep.review.answer_file import AnswerFile, added, cells_of
from gsprep.review.pairs import PairQuestion, Record, pair_of
from gsprep.review.session import Outcome, Undo, digest
from gsprep.schemas.answers import MATCH, NO_MATCH, OF_RECORDS, PAIR_ANSWER_COLUMNS

if TYPE_CHECKING:
    import pandas as pd


Answered = Literal["same", "not the same", "split"]
_Pair = tuple["Record", "Record"]


class Kept(NamedTuple):
    """The answer in force about a pair, and its line in the file."""

    answer: str
    line: int


class Preview(NamedTuple):
    """The surviving value of a column, and the id of the record that has it; "" for several."""

    value: str
    of: str


@dataclass(frozen=True, slots=True)
class PairState:
    """The answers of a file.

    lines: the file as read.
    said:  the answers in force, by the keys of the pair.
    held:  the answer to each question, by its number; open questions are left out.
    """

    lines: pd.DataFrame
    said: Mapping[tuple[str, str], Kept]
    held: Mapping[int, Answered]

    def answer(self, one: Record, two: Record) -> str | None:
        """Return the answer about two records, None if there is none."""
        kept = self.said.get(pair_of(one.key, two.key))
        return None if kept is None else kept.answer

    def seen(self, question: PairQuestion) -> str:
        """Return a word that changes with each answer about a question."""
        pairs = sorted({pair_of(a.key, b.key) for a, b in combinations(question.records, 2)})
        lines = {kept.line for pair in pairs if (kept := self.said.get(pair)) is not None}
        return digest([cells_of(self.lines, line, PAIR_ANSWER_COLUMNS) for line in sorted(lines)])


@dataclass(slots=True)
class PairSession:
    """The questions about the same person and a file of answers.

    by:      the reviewer.
    preview: returns the surviving value of each column if records were one person.
    columns: the columns of the records, in the order of the file.
    next_command: the command that uses the answers.
    clock:   returns the time for a new answer.
    """

    questions: Sequence[PairQuestion]
    file: AnswerFile
    by: str
    preview: Callable[[Sequence[Record]], Mapping[str, Preview]]
    columns: Sequence[str] = ()
    next_command: str = ""
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    _known: PairState | None = field(init=False, default=None)
    # The questions of each pair, by its keys; each group by its records' keys.
    _asked: dict[tuple[str, str], list[int]] = field(init=False)
    # The keys of records by their ids, for answers that name row_ids.
    _keys: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        asked: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
        for question in self.questions:
            for pair in dict.fromkeys(_pairs(question)):
                asked[pair].append(question.number)
        self._asked = dict(asked)
        self._keys = {
            record.id: record.key for question in self.questions for record in question.records
        }

    def question(self, number: int) -> PairQuestion:
        """Return the question with a number; raise IndexError if there is none."""
        if not 1 <= number <= len(self.questions):
            raise IndexError(number)
        return self.questions[number - 1]

    @property
    def to_decide(self) -> tuple[PairQuestion, ...]:
        """The questions that need a person; groups are decided already."""
        return tuple(question for question in self.questions if question.kind == "open")

    def state(self) -> PairState:
        """Return the current answers, by any process; recomputed when the file has changed."""
        return self._state_of(self.file.lines())

    def _state_of(self, lines: pd.DataFrame) -> PairState:
        known = self._known
        if known is None or known.lines is not lines:
            said = _in_force(lines, self._keys)
            numbers = {number for pair in said for number in self._asked.get(pair, ())}
            answers = ((number, _held(self.question(number), said)) for number in sorted(numbers))
            known = PairState(lines, said, {number: held for number, held in answers if held})
            self._known = known
        return known

    def answer(self, number: int, choice: str, seen: str | None = None) -> Outcome:
        """Write an answer: ``same``, ``apart`` or ``split:`` and the id of a record.

        Returns ``elsewhere`` if the question was answered since the page was shown. Raises
        ValueError for another choice, InputError if the file cannot be read or written.
        """
        return "taken" if self.answer_some([(number, choice, seen)]) else "elsewhere"

    def answer_some(self, given: Sequence[tuple[int, str, str | None]]) -> int:
        """Write answers to several questions at once and return their number.

        Questions that were answered since the page was shown are left out.
        """
        together, count = secrets.token_hex(6), 0

        def edit(lines: pd.DataFrame) -> pd.DataFrame | None:
            nonlocal count
            state, new = self._state_of(lines), []
            for number, choice, seen in given:
                question = self.question(number)
                if seen in {None, state.seen(question)}:
                    decided = self._decisions(question, choice, state)
                    new += decided
                    count += bool(decided)
            if not new:
                return None
            written = [self._line(*one, together) for one in new]
            return added(lines, written, PAIR_ANSWER_COLUMNS)

        self.file.change(edit)
        return count

    def _decisions(
        self, question: PairQuestion, choice: str, state: PairState
    ) -> list[tuple[_Pair, str]]:
        """Return the pairs that an answer decides; none if it cannot be given."""
        verb, _, name = choice.partition(":")
        if verb == "split":
            return [(pair, NO_MATCH) for pair in _split(question, name)]
        if verb not in {"same", "apart"}:
            raise ValueError(choice)
        if question.is_between_existing and verb == "same":
            main = question.main
            if main is None:
                return []
            before = question.existing_of(main.left)
            apart: list[tuple[_Pair, str]] = [((main.left, old), NO_MATCH) for old in before]
            return [((main.left, main.right), MATCH), *apart]
        if question.kind == "group" and len(question.records) > _MOST_TOGETHER and verb == "apart":
            return []
        pairs: Iterable[_Pair] = [(link.left, link.right) for link in question.links]
        if question.kind == "group":
            whole = list(combinations(question.records, 2))
            # An answer replaces each earlier one about the group.
            said = [pair for pair in whole if state.answer(*pair) == NO_MATCH]
            pairs = [*_star(question.records), *said] if verb == "same" else whole
        answer = MATCH if verb == "same" else NO_MATCH
        found = [(pair, answer) for pair in pairs]
        return found + (self._ruled_out(question) if answer == MATCH else [])

    def _ruled_out(self, question: PairQuestion) -> list[tuple[_Pair, str]]:
        """Return the pairs with other existing people: two of them are never one person."""
        mine = {record.id for record in question.records if record.existing}
        own = {record.person for record in question.records}
        return [
            ((link.left, link.right), NO_MATCH)
            for other in self.to_decide
            if mine and other.number != question.number
            for link in other.links
            if link.right.existing and link.right.id not in mine and link.left.person in own
        ]

    def _line(self, pair: _Pair, answer: str, together: str) -> dict[str, str]:
        # An existing person is on the right side.
        left, right = sorted(pair, key=lambda record: record.existing)
        return {
            "kind": OF_RECORDS,
            "left_id": left.key,
            "right_id": right.key,
            "answer": answer,
            "by": self.by,
            "at": self.clock().replace(microsecond=0).isoformat().replace("+00:00", "Z"),
            "together": together,
            "left": left.name,
            "right": right.name,
        }

    def last(self) -> Undo | None:
        """Return the newest answer of this reviewer in this review, None if there is none."""
        lines = self.state().lines
        mine = lines[(lines["by"] == self.by) & lines["together"].notna()]
        for word in reversed(list(dict.fromkeys(mine["together"]))):
            of = mine[mine["together"] == word]
            asked = [self._asked.get(pair, []) for pair in _pairs_of(of, self._keys)]
            numbers = list(dict.fromkeys(number for found in asked for number in found))
            if numbers:
                return Undo(word, numbers[0], count=len(numbers))
        return None

    def take_back(self, word: str) -> Outcome:
        """Remove the lines of an answer, so that the earlier one holds again.

        Returns ``gone`` if the reviewer has no such lines any more.
        """

        def edit(lines: pd.DataFrame) -> pd.DataFrame | None:
            gone = (lines["by"] == self.by) & (lines["together"] == word)
            return lines[~gone].reset_index(drop=True) if gone.any() else None

        return "taken" if word and self.file.change(edit) else "gone"


def _pairs_of(lines: pd.DataFrame, keys: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the keys of the pairs of lines; ``keys`` are those of row_ids."""
    of_records = (lines["kind"] == OF_RECORDS).tolist()
    sides = zip(of_records, lines["left_id"].tolist(), lines["right_id"].tolist(), strict=True)
    return [
        pair_of(str(left), str(right))
        if of_record
        else pair_of(keys.get(left, str(left)), keys.get(right, str(right)))
        for of_record, left, right in sides
    ]


def _in_force(lines: pd.DataFrame, keys: Mapping[str, str]) -> dict[tuple[str, str], Kept]:
    """Return the newest answer about each pair."""
    answers = lines["answer"].tolist()
    return {
        pair: Kept(answer, at)
        for at, (pair, answer) in enumerate(zip(_pairs_of(lines, keys), answers, strict=True))
        if answer in {MATCH, NO_MATCH}
    }


# Of a larger group not every pair of records is an answer of its own.
_MOST_TOGETHER = 40


def _pairs(question: PairQuestion) -> list[tuple[str, str]]:
    """Return the keys of the pairs that answer a question."""
    if question.kind == "open" or len(question.records) > _MOST_TOGETHER:
        return [link.keys for link in question.links]
    return [pair_of(one.key, two.key) for one, two in combinations(question.records, 2)]


def _held(question: PairQuestion, said: Mapping[tuple[str, str], Kept]) -> Answered | None:
    pairs = dict.fromkeys(_pairs(question))
    main = question.main if question.is_between_existing else None
    if main is not None:
        pairs = {main.keys: None}
    answers = [said[pair].answer for pair in pairs if pair in said]
    if not answers or (question.kind == "open" and len(answers) < len(pairs)):
        return None
    if set(answers) == {MATCH}:
        return "same"
    apart = set(answers) == {NO_MATCH} and len(answers) == len(pairs)
    return "not the same" if apart else "split"


def _split(question: PairQuestion, name: str) -> list[_Pair]:
    """Return the pairs of a record with the other records of its person."""
    side = next((s for s in question.sides if name in {record.id for record in s}), ())
    found = [(record, other) for record in side if record.id == name for other in side]
    pairs = [(record, other) for record, other in found if record is not other]
    if not pairs:
        raise ValueError(name)
    return pairs


def _star(records: Sequence[Record]) -> list[_Pair]:
    """Return pairs that hold records together: the first one with each other."""
    first, *others = records
    return [(first, other) for other in others]
