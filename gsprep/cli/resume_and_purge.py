"""``resume`` and ``purge``: continue or remove runs of the ledger."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gsprep.cli import COMMANDS, files, options
from gsprep.cli.console import note, print_document, tell
from gsprep.cli.main import ended, load
from gsprep.cli.record import refuse_what_was_not_kept, words_of
from gsprep.display import plural
from gsprep.errors import InputError, LedgerError
from gsprep.lazy import lazy_module
from gsprep.ledger.ledger import Ledger
from gsprep.ledger.privacy import Purged, purge_before, purge_person, purge_run
from gsprep.schemas.fields import PERSON
from gsprep.schemas.frames import require, text_frame
from gsprep.values.email import is_email

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gsprep.syncs import definition_file
    from gsprep.unification import prepare
else:
    definition_file = lazy_module("gsprep.syncs.definition_file")
    prepare = lazy_module("gsprep.unification.prepare")

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
    note(f"continuing gsprep {found.command}, started {_moment(found.begun)} ({found.id})")
    command = load(found.command)
    asked = {"as_json": True} if as_json else {}
    words = words_of(command.params, {**found.options, **asked})
    raise typer.Exit(
        ended(
            lambda: command.main(words, prog_name="gsprep", standalone_mode=False, obj=found), words
        )
    )


def _moment(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds))


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
    _refuse_several(email, emails, run, older_than, indexes or None)
    if indexes:
        _print_removed(prepare.remove_kept(files.kept_indexes()), as_json=as_json)
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


def _refuse_several(*given: object) -> None:
    if sum(one is not None for one in given) != 1:
        raise InputError(
            "choose what to remove: exactly one of --email, --emails, --run, --older-than and "
            "--indexes"
        )


def _print_removed(count: int, *, as_json: bool) -> None:
    lists = plural(count, "list of prepared companies", "lists of prepared companies")
    tell(
        {"schema": "gsprep.purge/1", "indexes": count},
        (f"{count:>8}  {lists} removed",),
        as_json=as_json,
    )


def _days(text: str) -> int:
    found = _AGE.fullmatch(text.strip().lower())
    if found is None:
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
