"""``activity``, ``resume`` and ``purge``: what the ledger knows, continued or removed."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import pandas as pd
import typer

from gsprep.cli import COMMANDS, files, guards, options
from gsprep.cli.console import moment, note, print_document, tell
from gsprep.cli.main import ended, load
from gsprep.cli.options import Json
from gsprep.cli.record import refuse_what_was_not_kept, words_of
from gsprep.display import plural
from gsprep.errors import InputError, LedgerError
from gsprep.lazy import lazy_module
from gsprep.ledger.activities import SHOWN, Activities, Activity
from gsprep.ledger.ledger import Ledger
from gsprep.ledger.privacy import Purged, purge_before, purge_person, purge_run
from gsprep.schemas.fields import PERSON
from gsprep.schemas.frames import require, text_frame
from gsprep.syncs.value_types import seconds_of
from gsprep.tables.write import write_table
from gsprep.uploader.interrupts import noted
from gsprep.values.email import is_email

if TYPE_CHECKING:
    from gsprep.syncs import definition_file
    from gsprep.unification import prepare
else:
    definition_file = lazy_module("gsprep.syncs.definition_file")
    prepare = lazy_module("gsprep.unification.prepare")

_WHICH = "Which"
_COUNTS = (
    "read", "filtered", "rejected", "unchanged", "created", "updated", "refused", "unknown",
    "unsent", "absent", "missing", "deleted", "sent",
)  # fmt: skip
COLUMNS = (
    "run", "sync", "connection", "kind", "state", "begun", "ended", "full", *_COUNTS, "valid",
    "invalid", "reasons", "note",
)  # fmt: skip
_REST_SECONDS = 1.0


def show_activity(
    run: Annotated[
        list[str] | None,
        typer.Argument(metavar="RUN", help="Show one run with its reasons."),
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
    guards.check_tables([out])
    with Ledger.from_environment() as ledger:
        activities = Activities(ledger.database)
        if run:
            _show(activities, run, as_json=as_json)
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
        found = chosen()
        if out is not None:
            rows = [dict(zip(COLUMNS, _cells(one), strict=True)) for one in found]
            write_table(pd.DataFrame(rows, columns=list(COLUMNS), dtype="str"), out)
        document, lines = activity_lines(found)
        if not lines:
            note("no run of a sync and no change is logged, or none matches the options")
        tell(document, lines, as_json=as_json)


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


def _cells(one: Activity) -> list[str]:
    """Return an activity as the cells of the log."""
    counts = [str(one.counts.get(name, "")) for name in _COUNTS]
    reasons = "; ".join(f"{reason}: {count}" for reason, count in one.reasons.items())
    is_run = one.kind == "execution"
    return [
        one.run, one.sync, ",".join(one.connections), one.kind, SHOWN[one.state],
        moment(one.begun), moment(one.ended), str(one.details.get("full", "")).lower(), *counts,
        str(one.valid) if is_run else "", str(one.invalid) if is_run else "", reasons, one.note,
    ]  # fmt: skip


def activity_lines(found: Sequence[Activity]) -> tuple[dict[str, Any], list[str]]:
    """Return activities as a document and as lines for people."""
    document = {"schema": "gsprep.activity/1", "activities": [_entry(one) for one in found]}
    return document, [_line(one) for one in found]


def _entry(one: Activity) -> dict[str, Any]:
    return {
        "run": one.run or None, "sync": one.sync or None, "connections": list(one.connections),
        "kind": one.kind, "state": one.state, "begun": moment(one.begun),
        "ended": moment(one.ended) or None, "full": one.details.get("full"),
        "counts": dict(one.counts), "valid": one.valid, "invalid": one.invalid,
        "reasons": dict(one.reasons), "note": one.note or None,
    }  # fmt: skip


def _line(one: Activity) -> str:
    name = one.sync or ",".join(one.connections)
    if one.kind == "update":
        return f"{moment(one.begun)}  Update           {name:<24} {one.note}"
    numbers = f"{one.valid:>8} valid {one.invalid:>8} invalid  {one.run}"
    note_ = f"  {one.note}" if one.note else ""
    return f"{moment(one.begun)}  {SHOWN[one.state]:<16} {name:<24}{numbers}{note_}"


def _show(activities: Activities, words: Sequence[str], *, as_json: bool) -> None:
    # Earlier versions had the word show in front of the name.
    name, *more = words[1:] if words[0] == "show" and len(words) > 1 else words
    if more or not (found := activities.of_run(name)):
        raise InputError(
            f"the run {' '.join(words)} has no activity. Copy the name of a run from "
            "`gsprep activity`"
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


_WHAT = "What to remove"
_DAY = 86_400.0
_AGE = re.compile(r"(\d{1,5})\s*d(?:ays?)?")


def resume_run(
    run: Annotated[
        str | None, typer.Argument(help="Name of the run; without it the newest unfinished run.")
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Continue an unfinished run; nothing that was sent is sent again."""
    with Ledger.from_environment() as ledger:
        found = ledger.runs.unfinished(run)
    if found is None:
        note("nothing to resume: every run in the ledger is finished")
        if as_json:
            print_document({"schema": "gsprep.resume/1", "resumed": None})
        raise typer.Exit
    if found.command not in COMMANDS:
        raise LedgerError(
            f"the run {found.id} belongs to a command that this version of gsprep does not have. "
            f"Remove it with `gsprep purge --run {found.id}`"
        )
    refuse_what_was_not_kept(found)
    begun = time.strftime("%Y-%m-%d %H:%M", time.localtime(found.begun))
    note(f"continuing gsprep {found.command}, started {begun} ({found.id})")
    command = load(found.command)
    asked = {"as_json": True} if as_json else {}
    words = words_of(command.params, {**found.options, **asked})
    raise typer.Exit(
        ended(
            lambda: command.main(words, prog_name="gsprep", standalone_mode=False, obj=found), words
        )
    )


def purge(
    email: str | None = None,
    emails: Path | None = None,
    run: str | None = None,
    older_than: str | None = None,
    indexes: bool = False,
    as_json: options.Json = False,
) -> None:
    """Remove people, a run or old runs from the ledger; list files that may contain the data.

    What to remove:
        email: Remove the person with this e-mail address.
        emails: Remove the people in a file with a column Email.
        run: Remove a run and its rows.
        older_than: Remove runs and prepared companies older than this, such as 30d.
        indexes: Remove the prepared companies that run and match keep.
    """
    if sum(one is not None for one in (email, emails, run, older_than, indexes or None)) != 1:
        raise InputError(
            "choose what to remove: exactly one of --email, --emails, --run, --older-than and "
            "--indexes"
        )
    if indexes:
        count = prepare.remove_kept(files.kept_indexes())
        lists = plural(count, "list of prepared companies", "lists of prepared companies")
        tell(
            {"schema": "gsprep.purge/1", "indexes": count},
            (f"{count:>8}  {lists} removed",),
            as_json=as_json,
        )
        return
    if email is not None and not is_email(email.strip()):
        raise InputError("--email is not a valid address: write it like ana@acme.com")
    before = None if older_than is None else time.time() - _DAY * _days(older_than)
    with Ledger.from_environment() as ledger:
        if run is not None:
            purged = purge_run(ledger, run)
        elif before is not None:
            purged = purge_before(ledger, before)
            prepare.remove_kept(files.kept_indexes(), before)
        else:
            purged = purge_person(ledger, _addresses(email, emails))
            more = definition_file.row_files(ledger.database)
            purged = replace(purged, beyond=tuple(dict.fromkeys([*purged.beyond, *more])))
            if not purged.records:
                these = "this address" if emails is None else "these addresses"
                note(f"no one with {these} is in the ledger")
    _print_purged(purged, as_json=as_json)


def _days(text: str) -> int:
    if (found := _AGE.fullmatch(text.strip().lower())) is None:
        raise InputError("--older-than must be a number of days, such as 30d")
    return int(found[1])


def _addresses(email: str | None, emails: Path | None) -> Iterable[str]:
    if emails is None:
        return [email or ""]
    frame = text_frame(files.read_file(emails, PERSON))
    require(frame, ["Email"], of=str(emails))
    return frame["Email"].dropna().to_list()


def _print_purged(purged: Purged, *, as_json: bool) -> None:
    removed = {"records": purged.records, "uploads": purged.uploads, "runs": purged.runs}
    lines = [f"{number:>8}  {name} removed" for name, number in removed.items()]
    if purged.beyond:
        lines.append(
            "these files and folders may contain the data. Check them, and delete them yourself:"
        )
        lines += [f"  {path}" for path in purged.beyond]
    document = {
        "schema": "gsprep.purge/1",
        "records": purged.records,
        # The name of this count in the format gsprep.purge/1.
        "loads": purged.uploads,
        "runs": purged.runs,
        "beyond": [str(path) for path in purged.beyond],
    }
    tell(document, tuple(lines), as_json=as_json)
