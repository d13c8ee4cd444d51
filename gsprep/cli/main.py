"""Command line: group of commands, help, errors, exit codes."""

from __future__ import annotations

import ctypes
import errno
import gc
import io
import json
import os
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any, BinaryIO, TextIO

import typer
from typer.core import TyperCommand, TyperGroup
from typer.exceptions import TyperException
from typer.main import get_command

from gsprep import __version__
from gsprep.cli import COMMANDS, GROUPS, exit_codes, imported
from gsprep.cli.options import CHECKING, INPUT, LIMITS, MATCHING, OUTPUT, SENDING, with_options
from gsprep.errors import DocumentError, GsprepError, TableError
from gsprep.uploader.interrupts import take_over

# New objects after which the garbage collector looks for cycles. A job has large tables in few
# objects, and its cycles are few: with the usual 700 the search takes a tenth of the time, and no
# less memory is used.
_NEW_OBJECTS = 200_000
# M_ARENA_MAX of malloc.h.
_MOST_ARENAS = -8
# The number of standard streams.
_STANDARD = 3


class _Lasting(io.RawIOBase):
    """Writes to a stream until that fails, and then discards."""

    def __init__(self, inner: BinaryIO) -> None:
        """Wrap a stream."""
        self._inner = inner
        self.failure: OSError | None = None

    def write(self, content: Any) -> int:
        """Write the content, or discard it; always return its length."""
        if self.failure is None:
            try:
                self._inner.write(content)
                self._inner.flush()
            except OSError as failure:
                self.failure = failure
        return len(content)

    def writable(self) -> bool:
        """Return True."""
        return True

    def isatty(self) -> bool:
        """Return whether the stream is a terminal."""
        return self._inner.isatty()

    def fileno(self) -> int:
        """Return the file descriptor of the stream."""
        return self._inner.fileno()


@dataclass(frozen=True, slots=True)
class Streams:
    """The two streams of this process."""

    output: _Lasting
    errors: _Lasting

    def lost(self) -> OSError | None:
        """Return why standard output was lost, or None; a closed pipe counts as read."""
        sys.stdout.flush()
        failure = self.output.failure
        return None if failure is None or failure.errno == errno.EPIPE else failure


def lasting_streams() -> Streams:
    """Replace the standard streams of this process by streams that never raise."""
    # Open closed standard streams, so that no other file gets their descriptors.
    while (number := os.open(os.devnull, os.O_RDWR)) < _STANDARD:
        continue
    os.close(number)
    output, errors = _Lasting(_bytes_of(sys.stdout)), _Lasting(_bytes_of(sys.stderr))
    sys.stdout, sys.stderr = _text(output, sys.stdout), _text(errors, sys.stderr)
    sys.stdin = sys.stdin or io.StringIO()
    return Streams(output, errors)


def _bytes_of(stream: TextIO | None) -> BinaryIO:
    """Return the bytes of a stream; None was closed before the process began."""
    return Path(os.devnull).open("wb") if stream is None else stream.buffer


def _text(raw: _Lasting, own: TextIO | None) -> TextIO:
    """Return a text stream with the encoding of the original."""
    return io.TextIOWrapper(
        io.BufferedWriter(raw),
        encoding="utf-8" if own is None else own.encoding,
        errors="replace" if own is None else own.errors,
        line_buffering=own is not None and bool(own.line_buffering),
    )


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
    code, message = exit_codes.code_of(problem), exit_codes.sentence_of(problem)
    if not isinstance(problem, GsprepError):
        return Failure(exit_codes.OWN_FAULT, INTERNAL, message, cure="Please report it")
    kind = type(problem).__name__
    if isinstance(problem, TableError):
        return Failure(code, kind, message, problem.cure, problem.path, problem.line)
    if isinstance(problem, DocumentError):
        return Failure(code, kind, message, file=problem.source)
    # Messages are written as what is wrong, then what to do.
    _, _, cure = message.partition(". ")
    return Failure(code, kind, message, cure or None)


_ARGUMENTS, _UNGROUPED = "Arguments", "Options"
# The groups of the help in their order; those of a single command come after the arguments.
_ORDER = (_ARGUMENTS, "", INPUT, MATCHING, CHECKING, SENDING, LIMITS, OUTPUT, _UNGROUPED)
# The kinds of values in words.
_KINDS = {"str": "text", "int": "number", "float": "number"}
# The exit code that typer returns for Ctrl-C.
_INTERRUPTED = 130


class _Commands(TyperGroup):
    """Lists the commands of a group, and imports the one that is called."""

    def __init__(self, prefix: str = "", **attributes: Any) -> None:
        """Take the commands whose name begins with ``prefix``: "" or ``sync`` and a blank."""
        self._prefix = prefix
        names = (name.removeprefix(prefix) for name in COMMANDS if name.startswith(prefix))
        first = dict.fromkeys(name.partition(" ")[0] for name in names)
        listed = {name: self._entry(name) for name in first}
        super().__init__(**attributes | {"commands": listed})

    def _entry(self, name: str) -> Any:
        if (help_ := GROUPS.get(self._prefix + name)) is not None:
            prefix = f"{self._prefix}{name} "
            return _Commands(prefix=prefix, name=name, help=help_, rich_markup_mode=None)
        return TyperCommand(name, help=COMMANDS[self._prefix + name].help)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name, command, rest = super().resolve_command(ctx, args)
        if command is None or isinstance(command, TyperGroup):
            return name, command, rest
        loaded = load(self._prefix + (command.name or ""))
        # Let Python look for cycles, unless it does already, but never among what is imported.
        if not gc.isenabled():
            gc.freeze()
            gc.enable()
        _share_memory()
        return name, loaded, rest


def _share_memory() -> None:
    """Let all threads take memory from two places, where that can be asked for (glibc).

    Each thread has its own otherwise, and what is free in one cannot be used in another: a sixth of
    the memory of a run.
    """
    if sys.platform == "linux" and hasattr(library := ctypes.CDLL(None), "mallopt"):
        library.mallopt(_MOST_ARENAS, 2)


class _Command(TyperCommand):
    """A command whose help lists the options in named groups."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """Return the parts of the usage; arguments are named PEOPLE, not {PEOPLE} or PEOPLE...."""
        return [p.strip("{}").removesuffix("...") for p in super().collect_usage_pieces(ctx)]

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the arguments, then each group of options in the usual order."""
        groups: dict[str, list[tuple[str, str]]] = {}
        for param in sorted(self.get_params(ctx), key=_place):
            if (line := param.get_help_record(ctx)) is not None:
                name = re.sub(r"<(list\[)?(\w+)( range)?\]?>", _kind, line[0])
                groups.setdefault(_group(param), []).append((name, line[1]))
        for group, lines in groups.items():
            with formatter.section(group):
                formatter.write_dl(lines)


def _kind(found: re.Match[str]) -> str:
    return f"<{_KINDS.get(found[2], found[2])}>"


def _group(param: Any) -> str:
    if param.param_type_name == "argument":
        return _ARGUMENTS
    return getattr(param, "rich_help_panel", None) or _UNGROUPED


def _place(param: Any) -> int:
    return _ORDER.index(_group(param)) if _group(param) in _ORDER else 1


def load(name: str) -> Any:
    """Import a command and return it ready to be invoked."""
    return _made(name, imported(COMMANDS[name].target))


@cache
def _made(name: str, target: Callable[..., Any]) -> Any:
    command = COMMANDS[name]
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    epilog = f"Example: {command.example}"
    app.command(name, cls=_Command, help=command.help, epilog=epilog)(with_options(target))
    loaded = get_command(app)
    loaded.name = name.rpartition(" ")[2]
    for param in loaded.params:
        if param.param_type_name == "argument":
            param.metavar = param.metavar or (param.name or "").upper()
    return loaded


app = typer.Typer(cls=_Commands, rich_markup_mode=None)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"gsprep {__version__}")
        raise typer.Exit


@app.callback()
def gsprep(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
) -> None:
    """Prepare people and their company associations for Gainsight.

    Results go to standard output and files, progress and notes to standard error. Exit codes:
    0 done; 1 done, some rows rejected or refused; 2 wrong command or file, nothing sent;
    3 not finished; 4 access key refused; 5 more rows rejected than --max-rejected, nothing sent;
    70 internal error.
    """


def run_command(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code; an error is printed on standard error.

    With ``--json`` it is a document on standard output as well. Without arguments the help is
    shown.
    """
    words = list(arguments) or ["--help"]
    return ended(
        lambda: get_command(app).main(words, prog_name="gsprep", standalone_mode=False), words
    )


def ended(command: Callable[[], int | None], words: Sequence[str]) -> int:
    """Run a command that was typed as ``words``; return its exit code and print its error."""
    try:
        code = command()
    except TyperException as problem:
        return _tell(_wrong_command(problem), words)
    except (typer.Abort, KeyboardInterrupt):
        code = _INTERRUPTED
    except Exception as problem:  # noqa: BLE001  a traceback could show a cell's value
        return _tell(failure_of(problem), words)
    if code == _INTERRUPTED:
        cure = "Run the same command again; nothing is stored twice"
        return _tell(
            Failure(exit_codes.NOT_FINISHED, INTERRUPTED, f"interrupted. {cure}", cure), words
        )
    return int(code or exit_codes.DONE)


def _wrong_command(problem: TyperException) -> Failure:
    """Return the failure of a command line that cannot be understood."""
    message = " ".join(problem.format_message().replace(": Value error, ", ": ").split())
    context = getattr(problem, "ctx", None)
    if context is None:
        return Failure(exit_codes.WRONG_INPUT, USAGE, message)
    command = context.command
    if isinstance(command, TyperGroup) and message == "Missing command.":
        message = f"Missing command: {', '.join(command.list_commands(context))}"
    cure = f"See `{context.command_path} --help`"
    end = "" if message.endswith((".", "?")) else "."
    return Failure(exit_codes.WRONG_INPUT, USAGE, f"{message}{end} {cure}", cure)


def _tell(failure: Failure, words: Sequence[str]) -> int:
    if "--json" in words:
        typer.echo(json.dumps(failure.document(), indent=2))
    return _say(failure.message, failure.exit)


def _say(sentence: str, code: int) -> int:
    typer.echo(f"gsprep: {sentence}", err=True)
    return code


def main() -> None:
    """Run the command line and exit; SIGTERM and SIGHUP work like Ctrl-C."""
    streams = lasting_streams()
    gc.set_threshold(_NEW_OBJECTS)
    # Arrow's own allocator asks the system for the same pages again and again: a tenth of a run.
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    try:
        take_over()
        code = run_command(sys.argv[1:])
    except KeyboardInterrupt:
        code = exit_codes.NOT_FINISHED
    lost = streams.lost()
    if lost is not None and code in (exit_codes.DONE, exit_codes.SOME_ROWS):
        code = _say(
            f"standard output cannot be written ({lost.strerror}). The results are in the files; "
            "free disk space, or print to another place",
            exit_codes.NOT_FINISHED,
        )
    # Python looks through everything for cycles before it exits: a fifth of the time of a check.
    gc.freeze()
    sys.exit(code)
