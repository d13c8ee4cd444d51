"""Failures of a command as the document ``gsprep.error/1``."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from gsprep.cli.exit_codes import OWN_FAULT, code_of, sentence_of
from gsprep.errors import DocumentError, GsprepError, TableError

SCHEMA = "gsprep.error/1"
# Kinds that are no error of gsprep's tree.
USAGE, INTERRUPTED, INTERNAL = "UsageError", "Interrupted", "InternalError"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a command failed.

    exit:    the exit code.
    kind:    the name of the error, as in Python.
    message: what is wrong, where and what to do, as on standard error.
    cure:    what to do; None if the message says it elsewhere.
    file:    the file that is wrong, None if none is.
    line:    the line in the file, None if it is not known.
    """

    exit: int
    kind: str
    message: str
    cure: str | None = None
    file: str | None = None
    line: int | None = None

    def document(self) -> dict[str, Any]:
        """Return the failure as a document."""
        return {"schema": SCHEMA, **asdict(self)}


def failure_of(problem: Exception) -> Failure:
    """Return the failure that an exception is."""
    code, message = code_of(problem), sentence_of(problem)
    if not isinstance(problem, GsprepError):
        return Failure(OWN_FAULT, INTERNAL, message, cure="Please report it")
    kind = type(problem).__name__
    if isinstance(problem, TableError):
        return Failure(code, kind, message, problem.cure, problem.path, problem.line)
    if isinstance(problem, DocumentError):
        return Failure(code, kind, message, file=problem.source)
    # Messages are written as what is wrong, then what to do.
    _, _, cure = message.partition(". ")
    return Failure(code, kind, message, cure or None)
