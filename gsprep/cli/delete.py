"""``delete``: delete the people in a file from a tenant."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gsprep.cli import exit_codes, files, guards, options
from gsprep.cli.console import Counts, note, tell
from gsprep.cli.tenant import Target, client_of
from gsprep.display import plural
from gsprep.errors import InputError, UploadError
from gsprep.schemas.fields import PERSON
from gsprep.tables.write import write_table
from gsprep.uploader.deleting import Deleted, DeletionPlan, delete_persons, look_up, rehearse

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from gsprep.uploader.client import Client

# Outcomes of people whose deletion was asked for, or may have been.
_ASKED = frozenset({"deleted", "unknown"})


def delete_file(
    people: Annotated[str, typer.Argument(help="The people: a file with a column Gsid or Email.")],
    reading: options.Reading,
    to: options.To = None,
    out: Path = Path("deleted.csv"),
    yes: bool = False,
    dry_run: bool = False,
    max_wait: options.MaxWait = 60.0,
    as_json: options.Json = False,
) -> None:
    """Delete people from a tenant, with their associations.

    This cannot be undone: the command shows the number of people and associations, and asks.

    Output:
        out: File for the outcome of each row.

    Confirmation:
        yes: Delete without asking.
        dry_run: Look up the people, but delete no one.
    """
    target = Target(to=to, max_wait=max_wait).checked()
    guards.check_tables([out], inputs=[people])
    frame = files.read_file(people, PERSON, reading)
    with client_of(target) as client:
        deleted = _deleted(frame, client, yes=yes, dry_run=dry_run)
        # Before anything else can go wrong.
        code = _finish(deleted, out, as_json=as_json)
    raise typer.Exit(code)


def _deleted(frame: pd.DataFrame, client: Client, *, yes: bool, dry_run: bool) -> Deleted:
    try:
        doomed = look_up(frame, client)
        note(_announced(doomed, client))
        if dry_run or not doomed.persons:
            return rehearse(doomed)
        _ask(yes=yes)
    except KeyboardInterrupt:
        raise UploadError("interrupted: nothing was deleted") from None
    return delete_persons(doomed, client)


def _finish(deleted: Deleted, out: Path, *, as_json: bool) -> int:
    """Write the outcomes, print their numbers and return the exit code."""
    counts, code = deleted.counts(), _code(deleted)
    places: tuple[str, ...] = (f"outcome of each row: {out}",)
    if failure := files.tried(partial(write_table, deleted.frame), out):
        note(f"gsprep: {exit_codes.sentence_of(failure)}")
        places, code = (), _code_of_unwritten(counts, failure)
    if deleted.stopped is not None:
        note(f"stopped: {deleted.stopped}")
    document: dict[str, Any] = {"schema": "gsprep.delete/1", "rows": len(deleted.frame), **counts}
    tell(document, (Counts(counts), *places), as_json=as_json)
    return code


def _code_of_unwritten(counts: Mapping[str, int], failure: Exception) -> int:
    """Return the exit code where the outcomes cannot be written, after saying how to get them."""
    if not isinstance(failure, InputError):
        return exit_codes.OWN_FAULT
    if not counts.keys() & _ASKED:
        return exit_codes.WRONG_INPUT
    note(
        "people were deleted. Run the same command again: the outcome of deleted people is then "
        "absent or deleted"
    )
    return exit_codes.NOT_FINISHED


def _announced(doomed: DeletionPlan, client: Client) -> str:
    if not doomed.persons:
        return f"{client.base_url} has no person of the file, so no one is deleted"
    companies, relationships = doomed.associations
    people = len(doomed.persons)
    noun, are = plural(people, "person", "people"), plural(people, "is", "are")
    counted = "" if doomed.read == people else f" (counted for {doomed.read:,} of them)"
    return (
        f"{people:,} {noun} in {client.base_url} {are} to be deleted, with {companies:,} company "
        f"and {relationships:,} relationship associations{counted}. References in other objects "
        "follow their On Delete setting. This cannot be undone"
    )


def _ask(*, yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise InputError(
            "nothing was deleted: there is no terminal to ask for confirmation. Use --yes to delete"
        )
    note("Delete them? y or n")
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        raise InputError("nothing was deleted")


def _code(deleted: Deleted) -> int:
    counts = deleted.counts()
    if deleted.stopped is not None:
        return exit_codes.code_of(deleted.stopped)
    if "unknown" in counts:
        return exit_codes.NOT_FINISHED
    return exit_codes.SOME_ROWS if counts.keys() & {"refused", "rejected"} else exit_codes.DONE
