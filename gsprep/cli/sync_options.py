"""Options of the commands that read or run syncs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar, Literal

import typer

from gsprep.cli.options import (
    LIMITS,
    OUTPUT,
    SENDING,
    MaxWait,
    PerDay,
    PerMinute,
    To,
    listed,
    option,
)
from gsprep.errors import InputError

READING = "Reading"
_GUARDS = ("rejected", "refused", "missing", "empty")

Definition = Annotated[
    str, typer.Argument(help="File of the definition, or the name of a sync that was run.")
]
SyncName = Annotated[str, typer.Argument(help="Name of a sync that was run or activated.")]
SyncOut = Annotated[
    Path | None,
    option(
        "--out",
        "Folder for the results; several syncs have a subfolder each. Without it: out/NAME.",
        OUTPUT,
    ),
]


@dataclass(frozen=True, kw_only=True, slots=True)
class Where:
    """The tenant, where a definition names no connection, and how fast it is called.

    Attributes:
        sandbox: Send to a local simulator with the objects and fields of the definition, and leave
            the ledger unchanged.
    """

    panel: ClassVar[str] = SENDING

    to: To = None
    sandbox: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class CallLimits:
    """How fast a tenant is called."""

    panel: ClassVar[str] = LIMITS

    sync_per_minute: PerMinute = None
    sync_per_day: PerDay = None
    max_wait: MaxWait = 60.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Reads:
    """Which rows of the source are read.

    Attributes:
        full: Read all rows, even if a cursor is known.
        since: Read rows from this cursor value on. The next run is not affected.
        only: failed: only rows that are not stored.
        first: Number of rows to read, for a test.
    """

    panel: ClassVar[str] = READING

    full: bool = False
    since: str | None = None
    only: Literal["failed"] | None = None
    first: Annotated[int | None, typer.Option(min=1)] = None

    @property
    def is_part(self) -> bool:
        """Whether only a part is read, so that the next run begins where it would have."""
        return self.since is not None or self.only is not None or self.first is not None


def guards_of(accept: str | None) -> frozenset[str]:
    """Return the guards of ``--accept``; InputError for another word."""
    words = listed(accept)
    if wrong := [word for word in words if word not in _GUARDS]:
        raise InputError(f"--accept {wrong[0]}: the guards are {', '.join(_GUARDS)}")
    return frozenset(words)


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """What one run of a sync does.

    Attributes:
        reads: which rows are read.
        accept: guards that may be broken once.
        deletes: whether the user confirms that records are deleted.
        samples: how many changed cells a dry run shows.
        dry_run: whether nothing is sent and the ledger stays unchanged.
    """

    reads: Reads = Reads()
    accept: frozenset[str] = frozenset()
    deletes: bool = False
    samples: int = 20
    dry_run: bool = False


def folder_of(out: Path | None, name: str, names: Sequence[str]) -> Path:
    """Return the folder of the results of one sync."""
    if out is None:
        return Path("out") / name
    return out / name if len(names) > 1 else out


def exit_of(codes: Mapping[str, int]) -> int:
    """Return the exit code of several syncs: the highest of 4, 3, 1; 2 before anything began."""
    found = set(codes.values())
    if found == {2}:
        return 2
    return next((code for code in (70, 4, 3) if code in found), 3 if 2 in found else max(found))  # noqa: PLR2004  the exit codes
