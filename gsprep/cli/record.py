"""The run of a command, kept in the ledger from before it reads anything until it has ended."""

from __future__ import annotations

import hashlib
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from gsprep.cli.console import note, share
from gsprep.cli.ends import DONE, NOT_FINISHED, SOME_ROWS, WRONG_INPUT, code_of
from gsprep.errors import InputError, LedgerError
from gsprep.ledger.ledger import Ledger
from gsprep.ledger.runs import Run
from gsprep.tables.read import read_table
from gsprep.tables.sql import is_database_url, safe_url
from gsprep.tables.write import write_table
from gsprep.uploader.journal import Keep

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import pandas as pd

    from gsprep.cli.tenant import Target

_PART = 1024 * 1024
# Arguments that are a file or the address of a database.
_SOURCES = frozenset({"people", "persons"})
# The options that name a file to be read, as the command line has them.
_FILES = {
    "people": "PEOPLE", "persons": "PERSONS", "companies": "--companies", "rules": "--rules",
    "known": "--known", "answers": "--answers", "company_persons": "--company-persons",
    "relationship_persons": "--relationship-persons", "recipe": "--recipe",
    "described": "--describe", "mapping": "--mapping",
}  # fmt: skip
# The options of addresses that name a user or a password, under this name.
_NOT_KEPT = "not kept"


@dataclass(slots=True)
class Record:
    """A run under way: the same files must be there when it is resumed.

    Attributes:
        ledger: where it stands; None for one that sends nothing.
        run: what is known of it.
        chosen: the options as they were given.
        resumed: whether it goes on with an earlier execution.
    """

    ledger: Ledger | None = None
    run: Run | None = None
    chosen: Mapping[str, Any] = field(default_factory=dict)
    resumed: bool = False
    _hashes: dict[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str | None:
        """The name of the run, None when it is kept nowhere."""
        return None if self.run is None else self.run.id

    def note_files(self, **more: Path) -> None:
        """Note what the files hold that the options name, and ``more``, of those there are.

        Raises InputError when the run is resumed and one holds something else than then.
        """
        named = {name: self.chosen[name] for name in _FILES if self.chosen.get(name)} | more
        there = {
            name: Path(given)
            for name, given in named.items()
            if not is_database_url(given) and Path(given).is_file()
        }
        self._note({name: (str(path), _hash_of(path)) for name, path in there.items()})

    def note_frame(self, name: str, source: str, frame: pd.DataFrame) -> None:
        """Note what a database held, as ``note_files`` does for files."""
        if is_database_url(source):
            content = frame.to_csv(index=False).encode()
            self._note({name: (safe_url(source), hashlib.sha256(content).hexdigest())})

    def _note(self, held: Mapping[str, tuple[str, str]]) -> None:
        """Note the hash of what each place held, by the option that named it."""
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
                    "began: give it back as it was, or run the command anew (rows that are stored "
                    "already stay out with --changed-only)"
                )
        self._hashes |= keyed
        if not self.resumed or not self.run.inputs:
            self.ledger.runs.note_inputs(self.run.id, self._hashes)

    def kept(self, name: str, fetch: Callable[[], pd.DataFrame]) -> pd.DataFrame:
        """Return what the tenant was asked for; a run that is resumed sees what it saw before."""
        if self.ledger is None or self.run is None:
            return fetch()
        path = self.ledger.file_of(self.run.id, name)
        if not path.exists():
            path.parent.mkdir(mode=0o700, exist_ok=True)
            write_table(fetch(), path)
        return read_table(path)

    def keep(self) -> Keep:
        """Return where it is kept what is sent; a sandbox that ends with the command keeps none."""
        return Keep(
            ledger=None if self.chosen["sandbox"] else self.ledger,
            run=self.id,
            force=self.chosen["force"],
            changed_only=self.chosen["changed_only"],
            most_refused=share(self.chosen["max_refused"], "--max-refused"),
        )

    def end(self, code: int) -> int:
        """Note the exit code of the run: it stays unfinished with any but 0, 1 and 2.

        A wrong command or file leaves nothing to go on with, unless something was sent before.
        Returns the code that holds: what cannot be noted is not finished.
        """
        if self.ledger is None or self.run is None:
            return code
        try:
            self._end(self.ledger, self.run.id, code)
        except (LedgerError, OSError) as failure:
            # The files are written by now, and tell what was sent.
            note(f"gsprep: the end of the run was not noted: {failure}")
            return NOT_FINISHED if code in (DONE, SOME_ROWS) else code
        return code

    def _end(self, ledger: Ledger, name: str, code: int) -> None:
        if code in (DONE, SOME_ROWS):
            ledger.end_run(name, "done", time.time())
        elif code == WRONG_INPUT and not self.resumed:
            ledger.end_run(name, "given up", time.time())
        elif code != WRONG_INPUT:
            note(f"not finished: `gsprep resume` goes on ({name})")


@contextmanager
def recorded(ctx: typer.Context, target: Target) -> Iterator[Record]:
    """Keep a command in the ledger while it is done.

    A dry run only looks there, and not even that when no tenant is named.
    """
    if target.dry_run and target.tenant is None:
        yield Record(chosen=ctx.params)
        return
    with Ledger.from_environment() as ledger:
        if target.dry_run:
            yield Record(ledger, chosen=ctx.params)
            return
        earlier = ctx.obj if isinstance(ctx.obj, Run) else None
        run = earlier or ledger.runs.begin(ctx.command.name or "", _options(ctx), time.time())
        record = Record(ledger, run, ctx.params, resumed=earlier is not None)
        try:
            yield record
        except BaseException as failure:
            code = failure.exit_code if isinstance(failure, typer.Exit) else code_of(failure)
            ended = record.end(code)
            if ended != code:
                raise typer.Exit(ended) from failure
            raise


def _options(ctx: typer.Context) -> dict[str, Any]:
    """Return the options as they can be written down: paths whole, no passwords."""
    found: dict[str, Any] = {}
    for name, value in ctx.params.items():
        hidden = isinstance(value, str) and is_database_url(value) and safe_url(value) != value
        if hidden:
            found[_NOT_KEPT] = name
        found[name] = safe_url(value) if hidden else written(name, value)
    return found


def written(name: str, value: object) -> object:
    """Return the value of an option as it stands in the ledger: a path whole."""
    is_file = isinstance(value, Path) or (name in _SOURCES and not is_database_url(str(value)))
    return str(Path(str(value)).expanduser().resolve()) if is_file else value


def refuse_what_was_not_kept(run: Run) -> None:
    """Raise InputError for a run of which an option is not in the ledger."""
    if _NOT_KEPT in run.options:
        raise InputError(
            f"the address of {run.options[_NOT_KEPT]} named a user or a password, which no ledger "
            "keeps: run the same command again, it goes on where this one ended"
        )


def _hash_of(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while part := file.read(_PART):
            digest.update(part)
    return digest.hexdigest()
