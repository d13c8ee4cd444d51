"""``activity``: what happened to syncs and connections."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

import pandas as pd
import typer

from gsprep.cli import guards
from gsprep.cli.console import note, print_document, tell
from gsprep.cli.options import Json
from gsprep.errors import InputError
from gsprep.ledger.activities import SHOWN, Activities, Activity
from gsprep.ledger.ledger import Ledger
from gsprep.syncs.value_types import seconds_of
from gsprep.tables.write import write_table
from gsprep.uploader.interrupts import noted

_WHICH = "Which"
_COUNTS = (
    "read", "filtered", "rejected", "unchanged", "created", "updated", "refused", "unknown",
    "unsent", "absent", "missing", "deleted", "sent",
)  # fmt: skip
COLUMNS = (
    "run", "sync", "connection", "kind", "state", "begun", "ended", "full", *_COUNTS, "valid",
    "invalid", "reasons", "note",
)  # fmt: skip
_SHOW = "show"
_REST_SECONDS = 1.0


def show_activity(
    show: Annotated[
        list[str] | None,
        typer.Argument(metavar="[show RUN]", help="Show one run with its reasons."),
    ] = None,
    sync: str | None = None,
    connection: str | None = None,
    kind: Literal["execution", "update"] | None = None,
    state: Literal["success", "partial", "failed", "running"] | None = None,
    since: str | None = None,
    search: str | None = None,
    last: Annotated[int | None, typer.Option(min=1)] = None,
    out: Path | None = None,
    follow: bool = False,
    as_json: Json = False,
) -> None:
    """List executions of syncs and changes of definitions and connections, oldest first.

    Which:
        sync: Only lines about this sync.
        connection: Only lines about this connection.
        kind: execution: runs of syncs; update: changes of definitions and connections.
        state: Only lines with this state.
        since: How far to look back, such as 24h.
        search: Only lines that contain this text.
        last: Number of newest lines.

    Output:
        out: File to write, such as log.csv.
        follow: Print new lines as they come, until Ctrl-C.
    """
    with Ledger.from_environment() as ledger:
        activities = Activities(ledger.database)
        if show:
            _show(activities, show, as_json=as_json)
            return
        chosen = partial(
            _chosen,
            activities,
            {"sync": sync, "kind": kind, "state": state, "since": _begin(since)},
            (connection, search, last),
        )
        if follow:
            _follow(chosen)
            return
        _write(chosen(), out, as_json=as_json)


def _begin(since: str | None) -> float | None:
    if since is None:
        return None
    try:
        return time.time() - seconds_of(since)
    except ValueError as failure:
        raise InputError(f"--since: {failure}") from None


def _chosen(
    activities: Activities,
    given: Mapping[str, Any],
    more: tuple[str | None, str | None, int | None],
) -> list[Activity]:
    """Return activities; ``more`` are the connection, the text to look for, and how many."""
    connection, search, last = more
    sifts = connection is not None or search is not None
    found = activities.all(**given, last=None if sifts else last)
    if connection is not None:
        found = [one for one in found if connection in one.connections]
    if search is not None:
        found = [one for one in found if search.lower() in " ".join(_cells(one)).lower()]
    return found if last is None else found[-last:]


def _write(found: Sequence[Activity], out: Path | None, *, as_json: bool) -> None:
    if out is not None:
        guards.check_tables([out])
        rows = [dict(zip(COLUMNS, _cells(one), strict=True)) for one in found]
        write_table(pd.DataFrame(rows, columns=list(COLUMNS), dtype="str"), out)
    document, lines = activity_lines(found)
    if not lines:
        note("no activity is logged, or none matches the options")
    tell(document, lines, as_json=as_json)


def _cells(one: Activity) -> list[str]:
    """Return an activity as the cells of the log."""
    counts = [str(one.counts.get(name, "")) for name in _COUNTS]
    reasons = "; ".join(f"{reason}: {count}" for reason, count in one.reasons.items())
    is_run = one.kind == "execution"
    return [
        one.run, one.sync, ",".join(one.connections), one.kind, SHOWN[one.state],
        _moment(one.begun), _moment(one.ended), str(one.details.get("full", "")).lower(), *counts,
        str(one.valid) if is_run else "", str(one.invalid) if is_run else "", reasons, one.note,
    ]  # fmt: skip


def activity_lines(found: Sequence[Activity]) -> tuple[dict[str, Any], list[str]]:
    """Return activities as a document and as lines for people."""
    document = {"schema": "gsprep.activity/1", "activities": [_entry(one) for one in found]}
    return document, [_line(one) for one in found]


def _entry(one: Activity) -> dict[str, Any]:
    return {
        "run": one.run or None, "sync": one.sync or None, "connections": list(one.connections),
        "kind": one.kind, "state": one.state, "begun": _moment(one.begun),
        "ended": _moment(one.ended) or None, "full": one.details.get("full"),
        "counts": dict(one.counts), "valid": one.valid, "invalid": one.invalid,
        "reasons": dict(one.reasons), "note": one.note or None,
    }  # fmt: skip


def _line(one: Activity) -> str:
    name = one.sync or ",".join(one.connections)
    if one.kind == "update":
        return f"{_moment(one.begun)}  Update           {name:<24} {one.note}"
    numbers = f"{one.valid:>8} valid {one.invalid:>8} invalid  {one.run}"
    note_ = f"  {one.note}" if one.note else ""
    return f"{_moment(one.begun)}  {SHOWN[one.state]:<16} {name:<24}{numbers}{note_}"


def _moment(seconds: float | None) -> str:
    if seconds is None:
        return ""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def _show(activities: Activities, words: Sequence[str], *, as_json: bool) -> None:
    if len(words) != 2 or words[0] != _SHOW:  # noqa: PLR2004  show and the name
        raise InputError("to see one run, write `gsprep activity show RUN`")
    found = activities.of_run(words[1])
    if not found:
        raise InputError(
            f"the run {words[1]} has no activity. Copy the name of a run from `gsprep activity`"
        )
    document, lines = activity_lines(found)
    for one in found:
        lines += [f"{count:>8}  {name}" for name, count in one.counts.items() if count]
        lines += [f"{count:>8}  {reason}" for reason, count in one.reasons.items()]
    if as_json:
        print_document(document)
    else:
        tell({}, lines, as_json=False)


def _follow(chosen: Callable[[], list[Activity]]) -> None:
    """Print activities that are new or have another state than before, until a signal comes."""
    seen: dict[int, str] = {}
    ended = threading.Event()
    with noted() as interrupts, interrupts.ringing(ended.set):
        while True:
            for one in chosen():
                if seen.get(one.id) != one.state:
                    typer.echo(_line(one))
                seen[one.id] = one.state
            if ended.wait(_REST_SECONDS):
                return
