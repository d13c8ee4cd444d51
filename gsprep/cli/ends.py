"""The exit codes: every way a command can end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gsprep.errors import AccessKeyError, GsprepError, InputError

if TYPE_CHECKING:
    from gsprep.results import RunResult

DONE, SOME_ROWS, WRONG_INPUT, NOT_FINISHED, KEY_REFUSED, OWN_FAULT = 0, 1, 2, 3, 4, 70


def exit_code(result: RunResult) -> int:
    """Return the exit code of a run that has written its files."""
    if result.stopped is not None:
        return code_of(result.stopped)
    counts = [result.summary[n] for n in ("persons", "company_persons", "relationship_persons")]
    if any(count["unknown"] for count in counts):
        return NOT_FINISHED
    # Rejected persons are counted for the whole run, rejected associations with their own kind.
    wrong = any(count["refused"] or count.get("rejected", 0) for count in counts)
    return SOME_ROWS if wrong or result.summary["rejected"] else DONE


def code_of(failure: GsprepError) -> int:
    """Return the exit code of an error that ended a command."""
    if isinstance(failure, InputError):
        return WRONG_INPUT
    return KEY_REFUSED if isinstance(failure, AccessKeyError) else NOT_FINISHED
