"""The desk at which somebody decides: the questions, the answers given so far, and new ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

import pandas as pd

from gsprep.review.alike import WIDE, alike
from gsprep.review.board import Board, board_of, digest
from gsprep.schemas.answers import ANSWER_COLUMNS, KINDS, NOBODY
from gsprep.values.text import tidy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from gsprep.review.alike import Alike
    from gsprep.review.answer_file import AnswerFile
    from gsprep.review.companies import Companies
    from gsprep.review.questions import Keys, Question

Outcome = Literal["taken", "elsewhere", "gone"]
_LONGEST_NOTE = 500


@dataclass(frozen=True, slots=True)
class Reviewer:
    """Who answers, and by which rulebook the people were matched, as answers.csv names both."""

    by: str
    rulebook: str | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """An answer as it is given.

    company: a Gsid, or NOBODY.
    kind:    whom it settles: the person's ``email``, ``domain`` or ``company_name``.
    seen:    what ``Board.seen`` said when the page was shown; None takes whatever holds.
    """

    company: str
    kind: str
    seen: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Undo:
    """The newest answer of this reviewer: the word that takes it back, and whom it was about."""

    word: str
    number: int
    cells: Mapping[str, str]


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class Desk:
    """The questions of a review beside a file of answers.

    elsewhere: by domain, the people of the run there who were matched, counted by Gsid.
    clock:     tells the time that an answer bears.
    alike:     who waits for the same answer; reckoned once.
    """

    questions: Sequence[Question]
    file: AnswerFile
    companies: Companies
    reviewer: Reviewer
    elsewhere: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    clock: Callable[[], datetime] = _now
    alike: Alike = field(init=False)
    _known: Board | None = field(init=False, default=None)
    # At whom each answer of this process was given: its line may be about others as well.
    _given: dict[str, int] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.alike = alike(self.questions)

    def question(self, number: int) -> Question:
        """Return the question of a number; IndexError when there is none."""
        if not 1 <= number <= len(self.questions):
            raise IndexError(number)
        return self.questions[number - 1]

    def board(self) -> Board:
        """Return what holds now, whoever wrote it; reckoned anew when the file has changed."""
        return self._board_of(self.file.lines())

    def _board_of(self, lines: pd.DataFrame) -> Board:
        known = self._known
        if known is None or known.lines is not lines:
            known = board_of(lines, self.questions)
            self._known = known
        return known

    def answer(self, number: int, choice: Choice) -> Outcome:
        """Write an answer down; ``elsewhere`` when the person was answered since they were seen.

        Raises ValueError for a kind that the person has no value of, InputError when the file
        cannot be read or written.
        """
        question = self.question(number)

        def edit(lines: pd.DataFrame) -> pd.DataFrame | None:
            board = self._board_of(lines)
            if choice.seen not in {None, board.seen(question.keys)}:
                return None
            line = self._line(question, choice, board)
            self._given[digest([_without_missing(line)])] = number
            return _added(lines, [line])

        return "taken" if self.file.change(edit) else "elsewhere"

    def answer_all(self, given: Sequence[tuple[int, Choice]]) -> None:
        """Write down several answers at once, by number, whatever held before.

        Raises as ``answer``.
        """

        def edit(lines: pd.DataFrame) -> pd.DataFrame | None:
            board = self._board_of(lines)
            new = [self._line(self.question(number), choice, board) for number, choice in given]
            return _added(lines, new) if new else None

        self.file.change(edit)

    def _line(self, question: Question, choice: Choice, board: Board) -> dict[str, str | None]:
        value = value_of(question, choice.kind)
        if value is None:
            raise ValueError(choice.kind)
        newest = board.said[choice.kind].get(getattr(question.keys, choice.kind))
        return {
            "kind": choice.kind,
            "value": value,
            "Company_ID": choice.company or None,
            "answer": "no_match" if choice.company == NOBODY else "match",
            "by": self.reviewer.by,
            "at": self._at(None if newest is None else board.cells(newest.line).get("at")),
            "rulebook": self.reviewer.rulebook,
            "note": (tidy(choice.note) or "")[:_LONGEST_NOTE] or None,
        }

    def _at(self, newest: str | None) -> str:
        """Return the time of an answer, never before the one that it takes the place of.

        A clock that went ahead would otherwise win for ever.
        """
        now = pd.Timestamp(self.clock()).floor("s")
        before = now if newest is None else pd.to_datetime(newest, utc=True)
        return max(now, before).isoformat().replace("+00:00", "Z")

    def last(self) -> Undo | None:
        """Return the newest answer of this reviewer about anybody here, None without one."""
        board = self.board()
        mine = board.lines["by"] == self.reviewer.by
        for line in reversed(mine.to_numpy().nonzero()[0].tolist()):
            cells = board.cells(line)
            word = digest([cells])
            number = self._given.get(word) or self._about(board, line)
            if number is not None:
                return Undo(word, number, cells)
        return None

    def _about(self, board: Board, line: int) -> int | None:
        """Return the first question that a line of the file is about."""
        kind = board.lines["kind"].iloc[line]
        value = board.lines["value"].iloc[line]
        of_kind = KINDS.get(kind)
        key = None if of_kind is None else of_kind.of_value(value)
        return next(iter(self.alike.members.get((kind, key or ""), ())), None)

    def take_back(self, word: str) -> Outcome:
        """Take the line of a word out of the file again, so that what held before it holds.

        ``gone`` when the reviewer has no such line any more.
        """

        def edit(lines: pd.DataFrame) -> pd.DataFrame | None:
            board = self._board_of(lines)
            mine = (lines["by"] == self.reviewer.by).to_numpy().nonzero()[0].tolist()
            line = next((at for at in reversed(mine) if digest([board.cells(at)]) == word), None)
            return None if line is None else lines.drop(index=line).reset_index(drop=True)

        return "taken" if self.file.change(edit) else "gone"


def _without_missing(line: Mapping[str, str | None]) -> dict[str, str]:
    return {name: cell for name, cell in line.items() if cell is not None}


def _added(lines: pd.DataFrame, new: list[dict[str, str | None]]) -> pd.DataFrame:
    more = pd.DataFrame(new, columns=list(ANSWER_COLUMNS), dtype="str")
    both: pd.DataFrame = pd.concat([lines, more], ignore_index=True).astype("str")
    return both


def value_of(question: Question, kind: str) -> str | None:
    """Return what an answer of a kind about a person is kept by; None when they have none.

    The stated employer stays as it was written: ours is a form for comparing, not for reading.
    """
    keys: Keys = question.keys
    if kind == "company_name":
        stated = question.person.get("CompanyName")
        return tidy(stated) if stated is not None and keys.company_name is not None else None
    return getattr(keys, kind) if kind in {"email", *WIDE} else None


def kinds_of(question: Question) -> tuple[str, ...]:
    """Return the kinds of answer that are possible for a person, the most special first."""
    return tuple(kind for kind in KINDS if value_of(question, kind) is not None)
