"""The command line: a group of commands, and an exit code for every way it can end."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.exceptions import TyperException
from typer.main import get_command

from gsprep import __version__
from gsprep.cli import COMMANDS, imported
from gsprep.cli.ends import DONE, NOT_FINISHED, OWN_FAULT, WRONG_INPUT, code_of
from gsprep.errors import GsprepError

if TYPE_CHECKING:
    from collections.abc import Sequence


# What typer makes of Ctrl-C when it does not end the process itself.
_INTERRUPTED = 130


class _Commands(TyperGroup):
    """Lists the commands by name and sentence, and imports the one that is called."""

    def __init__(self, **attributes: Any) -> None:
        listed = {n: TyperCommand(n, help=command.help) for n, command in COMMANDS.items()}
        super().__init__(**attributes | {"commands": listed})

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name, command, rest = super().resolve_command(ctx, args)
        return name, (command and load(command.name or "")), rest


def load(name: str) -> Any:
    """Import a command and return it ready to be invoked."""
    command = COMMANDS[name]
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    app.command(name, help=command.help)(imported(command.target))
    loaded = get_command(app)
    loaded.name = name
    return loaded


app = typer.Typer(cls=_Commands, rich_markup_mode=None)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"gsprep {__version__}")
        raise typer.Exit


@app.callback()
def gsprep(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Say which.")
    ] = False,
) -> None:
    """Prepare people and their company associations for Gainsight.

    Results go to standard output and files, progress and hints to standard error. Exit codes:
    0 done; 1 done, some rows rejected or refused; 2 wrong command or file, nothing sent;
    3 not finished; 4 key refused; 70 a fault of gsprep's own.
    """


def run_command(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code; errors become one sentence on stderr.

    No arguments at all ask for help.
    """
    words = list(arguments) or ["--help"]
    try:
        code = get_command(app).main(words, prog_name="gsprep", standalone_mode=False)
    except TyperException as failure:
        typer.echo(f"gsprep: {failure.format_message()}", err=True)
        return WRONG_INPUT
    except (typer.Abort, KeyboardInterrupt):
        code = _INTERRUPTED
    except GsprepError as failure:
        return _say(str(failure), code_of(failure))
    except Exception as failure:  # noqa: BLE001  the last resort must not show a cell's value
        return _not_printed(failure) if _is_of_printing(failure) else _own_fault(failure)
    if code == _INTERRUPTED:
        return _say(
            "interrupted: run the same command again, nothing is stored twice", NOT_FINISHED
        )
    return int(code or DONE)


def _say(sentence: str, code: int) -> int:
    typer.echo(f"gsprep: {sentence}", err=True)
    return code


def _is_of_printing(failure: Exception) -> bool:
    """Tell what standard output could not take: an error about a file names the file."""
    return (
        isinstance(failure, OSError)
        and failure.filename is None
        and any(frame.name == "echo" for frame in traceback.extract_tb(failure.__traceback__))
    )


def _not_printed(failure: Exception) -> int:
    """Say that standard output takes nothing, and try it no more: not at the end either."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    reason = getattr(failure, "strerror", None) or "it failed"
    return _say(
        f"standard output cannot be written ({reason}): what was done is in the files, nothing "
        "more is printed. Free space, or print elsewhere",
        NOT_FINISHED,
    )


def _own_fault(failure: Exception) -> int:
    """Say where gsprep failed: its message might hold a cell's value, so it stays unsaid."""
    frames = traceback.extract_tb(failure.__traceback__)[-5:]
    places = " < ".join(f"{Path(f.filename).name}:{f.lineno}" for f in reversed(frames))
    kind = type(failure).__name__
    return _say(f"a fault of gsprep's own ({kind} at {places}): please report it", OWN_FAULT)


def main() -> None:
    """Run the command line of this process and end it; SIGTERM is taken like Ctrl-C."""
    try:
        # Else what was sent before it would be written down nowhere.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        if signal.getsignal(signal.SIGINT) == signal.SIG_DFL:
            # It ended the program while that was loaded.
            signal.signal(signal.SIGINT, signal.default_int_handler)
        code = run_command(sys.argv[1:])
    except KeyboardInterrupt:
        code = NOT_FINISHED
    sys.exit(code)
