"""Ledger entry of a command, from start to end."""

from __future__ import annotations

import hashlib
import re
import shlex
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from gsprep.cli import exit_codes
from gsprep.cli.console import note
from gsprep.cli.options import share
from gsprep.errors import InputError, LedgerError
from gsprep.ledger.ledger import Ledger
from gsprep.ledger.runs import Run
from gsprep.tables.file_kind import is_standard_input
from gsprep.tables.read import read_table
from gsprep.tables.sql import is_database_url, safe_url
from gsprep.tables.write import write_table
from gsprep.uploader.journal import LedgerOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    import pandas as pd

    from gsprep.cli.tenant import Target


_QUOTED = re.compile(r"'[^']*'")


def words_of(params: Iterable[Any], values: Mapping[str, Any]) -> list[str]:
    """Return options as they would be typed, then the arguments; missing values are left out."""
    options: list[str] = []
    arguments: list[str] = []
    for param in params:
        value = values.get(param.name)
        if value is None or value is False:
            continue
        if param.param_type_name == "argument":
            arguments.append(str(value))
        else:
            options += [param.opts[0]] if value is True else [param.opts[0], str(value)]
    return [*options, "--", *arguments]


def typed(ctx: typer.Context) -> str:
    """Return the command line without defaults, passwords and texts in a query.

    A query may quote an address, and the command is part of the report.
    """
    given = dict(ctx.params)
    for name, value in ctx.params.items():
        source = ctx.get_parameter_source(name)
        if source is None or source.name != "COMMANDLINE":
            del given[name]
        elif isinstance(value, str):
            given[name] = safe_url(value) if is_database_url(value) else _QUOTED.sub("'…'", value)
    words = words_of(ctx.command.params, given)
    at = words.index("--")
    return shlex.join(["gsprep", ctx.command.name or "", *words[at + 1 :], *words[:at]])


# Arguments that are a file or a database address.
_SOURCES = frozenset({"people", "persons"})
# The options that name an input file.
_FILES = {
    "people": "PEOPLE", "persons": "PERSONS", "companies": "--companies", "rules": "--rules",
    "known": "--known", "answers": "--answers", "company_persons": "--company-persons",
    "relationship_persons": "--relationship-persons", "recipe": "--recipe",
    "described": "--describe", "mapping": "--mapping", "companies_mapping": "--companies-mapping",
    "against": "--against", "people_rules": "--people-rules",
    "pair_answers": "the answers about pairs",
}  # fmt: skip
# With these exit codes nothing was sent, so there is nothing to resume.
_NOTHING_SENT = (exit_codes.WRONG_INPUT, exit_codes.TOO_MANY_REJECTED)
# The entry that names an option whose address had a user or a password.
_NOT_KEPT = "not kept"


@dataclass(slots=True)
class Record:
    """A running command in the ledger; a resumed one must find the same files.

    Attributes:
        ledger: the ledger; None if nothing is sent.
        run: its entry there.
        chosen: the options as they were given.
        resumed: whether it continues an earlier execution.
    """

    ledger: Ledger | None = None
    run: Run | None = None
    chosen: Mapping[str, Any] = field(default_factory=dict)
    resumed: bool = False
    _hashes: dict[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str | None:
        """The name of the run; None if it is not stored."""
        return None if self.run is None else self.run.id

    def note_files(self, **more: Path) -> None:
        """Store the hashes of the input files, and of ``more``, as far as they exist.

        Raises InputError if a resumed run finds another content.
        """
        named = {name: self.chosen[name] for name in _FILES if self.chosen.get(name)} | more
        piped = [n for n, g in named.items() if is_standard_input(g) and n not in _SOURCES]
        if piped:
            raise InputError(
                f"{_FILES[piped[0]]}: only the people can come from standard input. Save the input "
                "as a file"
            )
        there = {
            name: Path(given)
            for name, given in named.items()
            if not is_database_url(given) and Path(given).is_file()
        }
        hashes: dict[str, tuple[str, str]] = {}
        for name, path in there.items():
            with path.open("rb") as file:
                hashes[name] = str(path), hashlib.file_digest(file, "sha256").hexdigest()
        self._note(hashes)

    def note_frame(self, name: str, source: str, frame: pd.DataFrame) -> None:
        """Store the hash of what was read from no file, as ``note_files`` does for files."""
        if is_database_url(source) or is_standard_input(source):
            content = frame.to_csv(index=False).encode()
            place = "standard input" if is_standard_input(source) else safe_url(source)
            self._note({name: (place, hashlib.sha256(content).hexdigest())})

    def _note(self, held: Mapping[str, tuple[str, str]]) -> None:
        """Store the hash of each input by the name of its option."""
        if self.ledger is None or self.run is None:
            return
        keyed = {
            name: self.ledger.names.of(content.encode()).hex()
            for name, (_, content) in held.items()
        }
        for name, content in keyed.items():
            if self.run.inputs.get(name, content) != content:
                raise InputError(
                    f"{_FILES[name]} ({held[name][0]}) has changed since the run {self.run.id} "
                    "began. Restore it, or start a new run (--changed-only leaves out rows that "
                    "are already stored)"
                )
        self._hashes |= keyed
        if not self.resumed or not self.run.inputs:
            self.ledger.runs.note_inputs(self.run.id, self._hashes)

    def kept(self, name: str, fetch: Callable[[], pd.DataFrame]) -> pd.DataFrame:
        """Return a table of the tenant; a resumed run uses the table of its first execution."""
        if self.ledger is None or self.run is None:
            return fetch()
        path = self.ledger.file_of(self.run.id, name)
        if not path.exists():
            path.parent.mkdir(mode=0o700, exist_ok=True)
            write_table(fetch(), path)
        return read_table(path)

    def keep(self) -> LedgerOptions:
        """Return the ledger options of an upload; the sandbox of a command needs no ledger."""
        return LedgerOptions(
            ledger=None if self.chosen["sandbox"] else self.ledger,
            run=self.id,
            force=self.chosen["force"],
            changed_only=self.chosen["changed_only"],
            most_refused=share(self.chosen["max_refused"], "--max-refused"),
        )

    def end(self, code: int) -> int:
        """Store the end of the run: with other codes than 0, 1, 2 and 5 it stays unfinished.

        A wrong command or file leaves nothing to resume, unless something was sent before.
        Returns the exit code, which is "not finished" if the end cannot be stored.
        """
        if self.ledger is None or self.run is None:
            return code
        try:
            self._end(self.ledger, self.run.id, code)
        except (LedgerError, OSError) as failure:
            # The files with the outcomes are already written.
            note(f"gsprep: the end of the run was not stored: {failure}")
            return (
                exit_codes.NOT_FINISHED if code in (exit_codes.DONE, exit_codes.SOME_ROWS) else code
            )
        return code

    def _end(self, ledger: Ledger, name: str, code: int) -> None:
        if code in (exit_codes.DONE, exit_codes.SOME_ROWS):
            ledger.end_run(name, "done", time.time())
        elif code in _NOTHING_SENT and not self.resumed:
            ledger.end_run(name, "given up", time.time())
        elif code not in _NOTHING_SENT:
            piped = any(is_standard_input(self.chosen.get(source)) for source in _SOURCES)
            how = "pipe the same people into `gsprep resume`" if piped else "run `gsprep resume`"
            note(f"not finished: {how} to continue ({name})")


@contextmanager
def recorded(ctx: typer.Context, target: Target) -> Iterator[Record]:
    """Store a command in the ledger while it runs.

    A dry run only reads the ledger, and only if a tenant is named.
    """
    if target.dry_run and target.tenant is None:
        yield Record(chosen=ctx.params)
        return
    with Ledger.from_environment() as ledger:
        if target.dry_run:
            yield Record(ledger, chosen=ctx.params)
            return
        earlier = ctx.obj if isinstance(ctx.obj, Run) else None
        # The environment may name another tenant when the run is resumed.
        given = {**_options(ctx), "to": target.tenant}
        run = earlier or ledger.runs.begin(ctx.command.name or "", given, time.time())
        record = Record(ledger, run, ctx.params, resumed=earlier is not None)
        try:
            yield record
        except BaseException as failure:
            code = (
                failure.exit_code
                if isinstance(failure, typer.Exit)
                else exit_codes.code_of(failure)
            )
            ended = record.end(code)
            if ended != code:
                raise typer.Exit(ended) from failure
            raise


def _options(ctx: typer.Context) -> dict[str, Any]:
    """Return the options to store: absolute paths, no passwords."""
    found: dict[str, Any] = {}
    for name, value in ctx.params.items():
        is_source = name in _SOURCES and not is_database_url(str(value))
        if isinstance(value, str) and is_database_url(value):
            found[name] = safe_url(value)
            if found[name] != value:
                found[_NOT_KEPT] = name
        elif is_standard_input(value):
            found[name] = str(value)
        elif isinstance(value, Path) or is_source:
            found[name] = str(Path(str(value)).expanduser().resolve())
        else:
            found[name] = value
    return found


def refuse_what_was_not_kept(run: Run) -> None:
    """Raise InputError for a run with an option that is not in the ledger, or without a file."""
    if _NOT_KEPT in run.options:
        raise InputError(
            f"the address in --{run.options[_NOT_KEPT].replace('_', '-')} contains a user, a "
            "password or a query, which the ledger does not store. Run the same command again: it "
            "continues where this run ended"
        )
    for path in filter(None, map(run.options.get, run.inputs)):
        is_file = not is_standard_input(path) and not is_database_url(path)
        if is_file and not Path(path).exists():
            raise InputError(
                f"{path} is not there any more. If it was moved, run the same command with its new "
                "place: it continues where this run ended"
            )
