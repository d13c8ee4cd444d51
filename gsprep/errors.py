"""Every error gsprep raises.

GsprepError
├── InputError                 a file, a frame or an option is wrong: mend it and run again
│   ├── TableError             a file cannot be read as a table
│   ├── MissingColumnsError    a frame lacks columns that the step needs
│   ├── DocumentError          a file that people write has mistakes, all of them named
│   │   └── RulebookError      that file is a rulebook
│   ├── SettingsError          an address, a key or a limit is missing or malformed
│   ├── RejectedRowsError      more rows were rejected than allowed: nothing was sent
│   └── LedgerError            the ledger cannot be read or written
└── UploadError                the service did not do what was asked
    ├── AccessKeyError         the key was refused: nothing more is sent
    ├── RejectedError          a reply that must not be repeated (4xx)
    ├── UnavailableError       no reply, or one that may be repeated (429, 5xx)
    ├── QuotaError             the wait for quota is longer than allowed
    ├── ReplyError             a reply that cannot be laid beside the rows sent
    └── FaultError             a fault of gsprep's own while it was sending

The branches are the decisions a caller makes: mend the input, ask for a key, give up, wait.
Messages name files, lines, columns and row_ids, never the value of a cell.
"""

from __future__ import annotations

import math
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

# So many places name a fault well enough to find it.
_PLACES = 5


class GsprepError(Exception):
    """The root of the tree: catches all that gsprep raises and nothing else."""


class InputError(GsprepError):
    """A file, a frame or an option is wrong; nothing was sent."""


class TableError(InputError):
    """A file cannot be read as a table.

    Attributes:
        path: the file.
        problem: what is wrong.
        line: the line in the file, counted from 1; None when the whole file is at fault.
        cure: what to do, in one sentence.
    """

    def __init__(
        self, path: Path | str, problem: str, cure: str, *, line: int | None = None
    ) -> None:
        """Keep the facts for the caller; the message joins them for people."""
        self.path = str(path)
        self.problem = problem
        self.line = line
        self.cure = cure
        place = self.path if line is None else f"{self.path}, line {line}"
        super().__init__(f"{place}: {problem}. {cure}")


class MissingColumnsError(InputError):
    """A frame lacks columns that the step needs."""

    def __init__(
        self, columns: Sequence[str], *, of: str, found: Sequence[str] = (), either: bool = False
    ) -> None:
        """Keep the names for the caller; ``of`` says which frame or object is meant.

        With ``either`` one of the columns would do.
        """
        self.columns = tuple(columns)
        have = f" It has {', '.join(found)}." if found else ""
        super().__init__(
            f"{of} needs {'the column' if either or len(columns) == 1 else 'the columns'} "
            f"{(' or ' if either else ', ').join(columns)}.{have} Rename or add what is missing."
        )


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a file: where it stands (``model.same_domain``, ``row_id 7``), what it is."""

    place: str
    message: str


class DocumentError(InputError):
    """A file that people write has mistakes; ``problems`` names every one."""

    def __init__(self, source: str, problems: Sequence[Problem]) -> None:
        """Keep the problems for the caller; the message lists them, one a line."""
        self.source = source
        self.problems = tuple(problems)
        lines = "".join(f"\n  {problem.place}: {problem.message}" for problem in problems)
        super().__init__(f"{source} has {len(problems)} mistake(s):{lines}")


class RulebookError(DocumentError):
    """A rulebook has mistakes."""


class SettingsError(InputError):
    """An address, a key or a limit is missing or malformed."""


class RejectedRowsError(InputError):
    """More rows were rejected than allowed, so nothing was sent."""


class LedgerError(InputError):
    """The ledger cannot be read or written, or another process is at the same work.

    Attributes:
        may_be_stored: whether the rows of the call it prevented may have been stored all the same.
    """

    may_be_stored: bool = True


class UploadError(GsprepError):
    """The service did not do what was asked.

    Attributes:
        may_be_stored: whether the rows may have been stored all the same.
    """

    may_be_stored: bool = False


class AccessKeyError(UploadError):
    """The service refused the key (401, 403): nothing more was sent."""


class RejectedError(UploadError):
    """The service turned a whole call down; sending it again would not help.

    Attributes:
        status: the HTTP status.
        code: the service's own error code, empty when it gave none.
        request_id: the service's name for the call, empty when it gave none.
        field: the fields that the service names, joined by commas, empty when it names none.
        said: the service's own words without addresses; they may still quote a row, and go to the
            rows of the call alone.
        absent: whether it says that what was asked for is not there.
        of_records: whether it came in the form in which records are refused.
    """

    field: str = ""
    said: str = ""
    absent: bool = False
    of_records: bool = False

    def __init__(self, message: str, *, status: int, code: str = "", request_id: str = "") -> None:
        """Keep the facts for the rows of the call."""
        self.status = status
        self.code = code
        self.request_id = request_id
        super().__init__(message)


class UnavailableError(UploadError):
    """The service gave no reply, or one that may be repeated later.

    Attributes:
        may_be_stored: whether the rows may have been stored all the same.
        retry_after: the seconds the service asked to wait, None when it did not say.
    """

    def __init__(
        self, message: str, *, may_be_stored: bool, retry_after: float | None = None
    ) -> None:
        """Keep what the caller decides by."""
        self.may_be_stored = may_be_stored
        self.retry_after = retry_after
        super().__init__(message)


class QuotaError(UploadError):
    """The next call would have to wait longer than allowed.

    Attributes:
        wait: the seconds until the quota allows a call again.
    """

    def __init__(self, wait: float) -> None:
        """Keep the wait for the caller."""
        self.wait = wait
        super().__init__(
            f"the quota allows the next call in {_spoken(wait)}, longer than --max-wait: go on then"
        )


def _spoken(seconds: float) -> str:
    """Return a length of time in the largest unit of which it has two or more."""
    if seconds > 366 * 86_400:
        return "more than a year"
    for unit, length in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:,.0f} {unit}"
    return f"{math.ceil(seconds)} seconds"


class ReplyError(UploadError):
    """A reply cannot be laid beside the rows that were sent: its rows are ``unknown``.

    Attributes:
        request_id: the service's name for the call, empty when it gave none.
        doubtful: the records, counted from 1, of which the replies contradict one another or
            name another person; what was read of them before is not to be believed.
    """

    request_id: str = ""
    doubtful: tuple[int, ...] = ()


class FaultError(UploadError):
    """A fault of gsprep's own ended the sending; ``__cause__`` is what was raised."""


def places_of(failure: BaseException) -> str:
    """Return what was raised and where, without its message: that might hold a cell's value."""
    frames = traceback.extract_tb(failure.__traceback__)[-_PLACES:]
    places = " < ".join(f"{Path(f.filename).name}:{f.lineno}" for f in reversed(frames))
    return f"{type(failure).__name__} at {places}"
