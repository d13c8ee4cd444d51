"""Exit codes of the commands."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from gsprep import errors
from gsprep.lazy import part_of
from gsprep.report import summary
from gsprep.results import RunResult

if TYPE_CHECKING:
    import pandas as pd

    from gsprep.results import Uploaded

DONE, SOME_ROWS, WRONG_INPUT, NOT_FINISHED, KEY_REFUSED, TOO_MANY_REJECTED = range(6)
OWN_FAULT = 70

# The first kind that fits decides; anything else is an error in gsprep.
_CODES: tuple[tuple[tuple[type[BaseException], ...], int], ...] = (
    ((errors.RejectedRowsError,), TOO_MANY_REJECTED),
    ((errors.InputError,), WRONG_INPUT),
    ((errors.AccessKeyError,), KEY_REFUSED),
    ((errors.FaultError,), OWN_FAULT),
    ((errors.GsprepError, KeyboardInterrupt), NOT_FINISHED),
)


def exit_code(result: RunResult | Uploaded, tolerated: float = 0.0) -> int:
    """Return the exit code of a job whose files were written.

    Up to the share ``tolerated`` of the rows of each file may be rejected or refused.
    """
    if result.stopped is not None:
        return code_of(result.stopped)
    frames = _outcomes(result)
    if any((frame["outcome"] == "unknown").any() for frame in frames):
        return NOT_FINISHED
    return code_of_rows([(summary.rows_to_fix(frame), len(frame)) for frame in frames], tolerated)


def _outcomes(result: RunResult | Uploaded) -> list[pd.DataFrame]:
    """Return people, company_persons and relationship_persons with their outcomes and codes."""
    names, columns = ("company_persons", "relationship_persons"), ("outcome", "error_code")
    if isinstance(result, RunResult):
        return [part_of(result, name, columns) for name in ("people", *names)]
    return [result.persons, result.company_persons, result.relationship_persons]


def code_of_rows(counts: Iterable[tuple[int, int]], tolerated: float = 0.0) -> int:
    """Return the exit code of a job with so many wrong rows, of so many, in each file."""
    too_many = any(wrong > tolerated * whole for wrong, whole in counts)
    return SOME_ROWS if too_many else DONE


def code_of_unwritten(result: RunResult | Uploaded, failure: Exception | None = None) -> int:
    """Return the exit code of a job that could not write all its files."""
    if not isinstance(failure, errors.InputError | None):
        return OWN_FAULT
    asked = _outcomes(result)[0]["outcome"].isin(summary.ASKED).any()
    return NOT_FINISHED if asked else WRONG_INPUT


def code_of(failure: BaseException) -> int:
    """Return the exit code of an error that ended a command."""
    for kinds, code in _CODES:
        if isinstance(failure, kinds):
            return code
    return OWN_FAULT


def sentence_of(failure: BaseException) -> str:
    """Return the message of an error; that of an unexpected error could show a cell's value."""
    if isinstance(failure, errors.GsprepError):
        return str(failure)
    return f"internal error in gsprep ({errors.places_of(failure)}). Please report it"
