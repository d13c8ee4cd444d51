"""``delete``: the people of a file, looked up, shown in numbers, asked about, deleted."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gsprep.cli import options
from gsprep.cli.console import Part, note, read_file, tell
from gsprep.cli.ends import DONE, NOT_FINISHED, SOME_ROWS, code_of
from gsprep.cli.files import check_file
from gsprep.cli.shown import Counts
from gsprep.cli.tenant import Target, client_of
from gsprep.display import plural
from gsprep.errors import InputError
from gsprep.schemas.fields import PERSON
from gsprep.tables.write import write_table
from gsprep.uploader.deleting import delete_persons, look_up, rehearse

if TYPE_CHECKING:
    from gsprep.uploader.client import Client
    from gsprep.uploader.deleting import Deleted, DeletionPlan


def delete_file(
    people: Annotated[str, typer.Argument(help="The people: a file with a column Gsid, or Email.")],
    to: options.To = None,
    out: Annotated[
        Path, typer.Option("--out", help="The file for what became of each row.")
    ] = Path("deleted.csv"),
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Look everybody up, and delete nobody.")
    ] = False,
    max_wait: options.MaxWait = 60.0,
    sheet: options.Sheet = None,
    query: options.Query = None,
    as_json: options.Json = False,
) -> None:
    """Delete people from a tenant, with their associations and what refers to them.

    It cannot be undone: the number of people and of associations is shown and asked about before.
    """
    target = Target(to=to, max_wait=max_wait).checked()
    check_file(out, inputs=[people])
    frame = read_file(people, PERSON, Part(sheet, query))
    with client_of(target) as client:
        doomed = look_up(frame, client)
        note(_announced(doomed, client))
        if dry_run or not doomed.persons:
            deleted = rehearse(doomed)
        else:
            _ask(yes=yes)
            deleted = delete_persons(doomed, client)
    write_table(deleted.frame, out)
    if deleted.stopped is not None:
        note(f"stopped: {deleted.stopped}")
    counts = deleted.counts()
    document: dict[str, Any] = {"schema": "gsprep.delete/1", "rows": len(frame), **counts}
    tell(document, (Counts(counts), f"every row's outcome: {out}"), as_json=as_json)
    raise typer.Exit(_code(deleted))


def _announced(doomed: DeletionPlan, client: Client) -> str:
    if not doomed.persons:
        return f"nobody of the file was found in {client.base_url}: there is nobody to delete"
    companies, relationships = doomed.associations
    people = len(doomed.persons)
    whom, are = plural(people, "person", "people"), plural(people, "is", "are")
    of = "them" if doomed.read == people else f"the {doomed.read:,} that were read"
    return (
        f"{people:,} {whom} of {client.base_url} {are} to be deleted. With {of} go "
        f"{companies:,} company and {relationships:,} relationship associations; references in "
        "other objects go or stay as their On Delete setting says. This cannot be undone"
    )


def _ask(*, yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise InputError("nobody is there to be asked: nothing was deleted. Use --yes to go on")
    note("Delete them? y or n")
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        raise InputError("nothing was deleted")


def _code(deleted: Deleted) -> int:
    counts = deleted.counts()
    if deleted.stopped is not None:
        return code_of(deleted.stopped)
    if "unknown" in counts:
        return NOT_FINISHED
    return SOME_ROWS if counts.keys() & {"refused", "rejected"} else DONE
