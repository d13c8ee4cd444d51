"""Errors of gsprep.

GsprepError
├── InputError                 a file, a frame or an option is wrong: fix it and run again
│   ├── TableError             a file cannot be read as a table
│   │   └── NoAnswerError      a database did not answer a query
│   ├── MissingColumnsError    a frame does not have the columns that the step needs
│   ├── DocumentError          a YAML or answer file has mistakes; all are listed
│   │   └── RulebookError      a rulebook has mistakes
│   ├── SettingsError          an address, a key or a limit is missing or not valid
│   ├── RejectedRowsError      more rows were rejected than allowed: nothing was sent
│   └── LedgerError            the ledger cannot be read or written
└── UploadError                a call to the service failed
    ├── AccessKeyError         the key was refused: nothing more is sent
    ├── RejectedError          the call was refused and must not be repeated (4xx)
    ├── UnavailableError       no reply, or an error that may pass (429, 5xx)
    ├── QuotaError             the wait for quota is longer than allowed
    ├── ReplyError             a reply that cannot be assigned to the rows sent
    └── FaultError             an internal error of gsprep while sending

Each branch is a decision of the caller: fix the input, ask for a key, give up, wait.
Messages name files, lines, columns and row_ids, never the value of a cell.
"""

from __future__ import annotations

import math
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

# This many frames of a traceback are enough to find an error.
_PLACES = 5


class GsprepError(Exception):
    """The base class of all errors of gsprep; another process gets them as they are."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Return what makes the error again: its message and facts, without the arguments."""
        return _again, (type(self), self.args, self.__dict__)


def _again(
    kind: type[GsprepError], args: tuple[object, ...], facts: dict[str, object]
) -> GsprepError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(facts)
    return error


class InputError(GsprepError):
    """A file, a frame or an option is wrong; nothing was sent."""


class TableError(InputError):
    """A file cannot be read as a table.

    Attributes:
        path: the file.
        problem: what is wrong.
        line: the line in the file, counted from 1; None if the whole file is wrong.
        cure: what to do, in one sentence.
    """

    def __init__(
        self, path: Path | str, problem: str, cure: str, *, line: int | None = None
    ) -> None:
        """Store the facts and join them to a message."""
        self.path = str(path)
        self.problem = problem
        self.line = line
        self.cure = cure
        place = self.path if line is None else f"{self.path}, line {line}"
        super().__init__(f"{place}: {problem}. {cure}")


# What is wrong and what to do, as a ``TableError`` takes them.
NO_FILE = "there is no such file", "Check the name and the folder."
NO_FOLDER = "its folder does not exist", "Create the folder first."


class NoAnswerError(TableError):
    """A database did not answer a query."""


class MissingColumnsError(InputError):
    """A frame does not have the columns that the step needs."""

    def __init__(
        self,
        columns: Sequence[str],
        *,
        of: str,
        found: Sequence[str] = (),
        either: bool = False,
        cure: str = "Rename or add what is missing.",
    ) -> None:
        """Store the names; ``of`` names the frame or object.

        With ``either`` one of the columns is enough. ``cure`` says what to do.
        """
        self.columns = tuple(columns)
        have = f" It has {', '.join(found)}." if found else ""
        super().__init__(
            f"{of} needs {'the column' if either or len(columns) == 1 else 'the columns'} "
            f"{(' or ' if either else ', ').join(columns)}.{have} {cure}"
        )

    def with_advice(self, sentence: str) -> MissingColumnsError:
        """Return the error with a further sentence on columns that are probably meant."""
        self.args = (f"{self} In it, {sentence}.",)
        return self


def refuse_other(value: object, attribute: str, what: str, cure: str) -> None:
    """Raise InputError for an argument of another type: it lacks the attribute.

    >>> refuse_other("acme", "base_url", "the client", "give a gsprep.Client")
    Traceback (most recent call last):
    gsprep.errors.InputError: the client has the type str: give a gsprep.Client
    """
    if not hasattr(value, attribute):
        raise InputError(f"{what} has the type {type(value).__name__}: {cure}")


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a file: its place (``model.same_domain``, ``row_id 7``) and what it is."""

    place: str
    message: str


class DocumentError(InputError):
    """A YAML or answer file has mistakes; ``problems`` has every one."""

    def __init__(self, source: str, problems: Sequence[Problem]) -> None:
        """Store the problems; the message has one line for each."""
        self.source = source
        self.problems = tuple(problems)
        lines = "".join(f"\n  {problem.place}: {problem.message}" for problem in problems)
        mistakes = "1 mistake" if len(problems) == 1 else f"{len(problems)} mistakes"
        super().__init__(f"{source} has {mistakes}:{lines}")


class RulebookError(DocumentError):
    """A rulebook has mistakes."""


class SettingsError(InputError):
    """An address, a key or a limit is missing or not valid."""


class RejectedRowsError(InputError):
    """More rows were rejected than allowed, so nothing was sent."""


class LedgerError(InputError):
    """The ledger cannot be read or written, or another process is sending the same rows.

    Attributes:
        may_be_stored: whether the service may have stored the rows of the call.
    """

    may_be_stored: bool = True


class UploadError(GsprepError):
    """A call to the service failed.

    Attributes:
        may_be_stored: whether the service may have stored the rows of the call.
        may_be_of_one: the HTTP status of a reply that does not say whether it is about the call or
            about one of its records, else "".
    """

    may_be_stored: bool = False
    may_be_of_one: str = ""


class AccessKeyError(UploadError):
    """The service refused the key (401, 403): nothing more was sent."""


class RejectedError(UploadError):
    """The service refused a whole call; sending it again would not help.

    Attributes:
        status: the HTTP status.
        code: the service's error code, empty if it gave none.
        request_id: the service's id of the call, empty if it gave none.
        field: the fields that the service names, joined by commas, empty if it names none.
        said: the service's message without addresses. It may quote a row, so it is only written to
            the rows of the call.
        absent: whether it means that the requested record does not exist.
    """

    field: str = ""
    said: str = ""
    absent: bool = False

    def __init__(self, message: str, *, status: int, code: str = "", request_id: str = "") -> None:
        """Store the facts for the rows of the call."""
        self.status = status
        self.code = code
        self.request_id = request_id
        super().__init__(message)


class UnavailableError(UploadError):
    """The service gave no reply, or an error that may pass.

    Attributes:
        may_be_stored: whether the service may have stored the rows of the call.
        retry_after: the seconds that the service asked to wait, None if it did not say.
    """

    def __init__(
        self, message: str, *, may_be_stored: bool, retry_after: float | None = None
    ) -> None:
        """Store the facts for the caller."""
        self.may_be_stored = may_be_stored
        self.retry_after = retry_after
        super().__init__(message)


class QuotaError(UploadError):
    """The next call would have to wait longer than allowed.

    Attributes:
        wait: the seconds until the quota allows a call again.
    """

    def __init__(self, wait: float) -> None:
        """Store the wait for the caller."""
        self.wait = wait
        super().__init__(
            f"the quota allows the next call in {_in_words(wait)}, longer than --max-wait. Run the "
            "command again then"
        )


def _in_words(seconds: float) -> str:
    """Return a duration in the largest unit that gives 2 or more."""
    if seconds > 366 * 86_400:
        return "more than a year"
    for unit, length in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:,.0f} {unit}"
    return f"{math.ceil(seconds)} seconds"


class ReplyError(UploadError):
    """A reply cannot be assigned to the rows that were sent: its rows are ``unknown``.

    Attributes:
        request_id: the service's id of the call, empty if it gave none.
        doubtful: the records, counted from 1, whose replies contradict each other or name another
            person; their earlier replies are not valid.
    """

    request_id: str = ""
    doubtful: tuple[int, ...] = ()


class FaultError(UploadError):
    """An internal error of gsprep ended the upload; ``__cause__`` is that error."""


def places_of(failure: BaseException) -> str:
    """Return the type and place of an error without its message, which may hold a cell's value."""
    frames = traceback.extract_tb(failure.__traceback__)[-_PLACES:]
    places = " < ".join(f"{Path(f.filename).name}:{f.lineno}" for f in reversed(frames))
    return f"{type(failure).__name__} at {places}"
