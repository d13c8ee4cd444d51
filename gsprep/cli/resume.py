"""``resume`` and ``purge``: what the ledger is for."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gsprep.cli import COMMANDS, options
from gsprep.cli.console import note, read_file, tell
from gsprep.cli.main import load
from gsprep.cli.record import refuse_what_was_not_kept
from gsprep.errors import InputError, LedgerError
from gsprep.ledger.ledger import Ledger
from gsprep.ledger.privacy import Purged, purge_before, purge_person, purge_run
from gsprep.schemas.fields import PERSON
from gsprep.schemas.frames import require, text_frame
from gsprep.values.email import is_email

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_DAY = 86_400.0
_AGE = re.compile(r"(\d{1,5})\s*d(?:ays?)?")


def resume_run(
    run: Annotated[
        str | None, typer.Argument(help="The name of the run; the newest unfinished one without.")
    ] = None,
) -> None:
    """Go on with a run that was not finished: nothing that was sent is sent again."""
    with Ledger.from_environment() as ledger:
        found = ledger.runs.unfinished(run)
    if found is None:
        note("nothing to resume: every run in the ledger is finished")
        raise typer.Exit
    if found.command not in COMMANDS:
        raise LedgerError(
            f"the run {found.id} is of a command that this gsprep does not have: run it again by "
            f"hand, and forget this one with `gsprep purge --run {found.id}`"
        )
    refuse_what_was_not_kept(found)
    note(f"going on with gsprep {found.command}, begun {_moment(found.begun)} ({found.id})")
    command = load(found.command)
    words = _words(command.params, found.options)
    raise typer.Exit(command.main(words, prog_name="gsprep", standalone_mode=False, obj=found))


def _words(params: Iterable[Any], chosen: Mapping[str, Any]) -> list[str]:
    """Return options as they would be typed, what is no option last."""
    options: list[str] = []
    arguments: list[str] = []
    for param in params:
        value = chosen.get(param.name)
        if value is None or value is False:
            continue
        if param.param_type_name == "argument":
            arguments.append(str(value))
        else:
            options += [param.opts[0]] if value is True else [param.opts[0], str(value)]
    return [*options, "--", *arguments]


def _moment(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds))


def purge(
    email: Annotated[
        str | None, typer.Option("--email", help="Forget the person of this address.")
    ] = None,
    emails: Annotated[
        Path | None, typer.Option("--emails", help="Forget the persons of a file: Email.")
    ] = None,
    run: Annotated[str | None, typer.Option("--run", help="Forget a run with its rows.")] = None,
    older_than: Annotated[
        str | None, typer.Option("--older-than", help="Forget what ended so long ago: 30d.")
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Forget persons, a run or a time in the ledger, and tell what was not reached."""
    if sum(one is not None for one in (email, emails, run, older_than)) != 1:
        raise InputError("say what to forget: one of --email, --emails, --run and --older-than")
    if email is not None and not is_email(email.strip()):
        raise InputError("--email is no e-mail address: write it as ana@acme.com")
    before = None if older_than is None else time.time() - _DAY * _days(older_than)
    with Ledger.from_environment() as ledger:
        if run is not None:
            purged = purge_run(ledger, run)
        elif before is not None:
            purged = purge_before(ledger, before)
        else:
            purged = purge_person(ledger, _addresses(email, emails))
            if not purged.records:
                whom = "this address" if emails is None else "these addresses"
                note(f"nobody of {whom} is in the ledger")
    _tell(purged, as_json=as_json)


def _days(text: str) -> int:
    found = _AGE.fullmatch(text.strip().lower())
    if found is None:
        raise InputError("--older-than is a number of days: 30d")
    return int(found[1])


def _addresses(email: str | None, emails: Path | None) -> Iterable[str]:
    if emails is None:
        return [email or ""]
    frame = text_frame(read_file(emails, PERSON))
    require(frame, ["Email"], of=str(emails))
    return frame["Email"].dropna().to_list()


def _tell(purged: Purged, *, as_json: bool) -> None:
    counts = {name: getattr(purged, name) for name in ("records", "loads", "runs")}
    lines = [f"{number:>8}  {name} forgotten" for name, number in counts.items()]
    if purged.beyond:
        lines.append("not reached, and yours to delete where it holds them:")
        lines += [f"  {path}" for path in purged.beyond]
    beyond = [str(path) for path in purged.beyond]
    tell({"schema": "gsprep.purge/1", **counts, "beyond": beyond}, tuple(lines), as_json=as_json)
