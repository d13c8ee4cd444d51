"""The command line: a group of commands, and an exit code for every way it can end."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.exceptions import TyperException
from typer.main import get_command

from gsprep import __version__
from gsprep.cli import COMMANDS, imported
from gsprep.cli.ends import DONE, NOT_FINISHED, SOME_ROWS, WRONG_INPUT, code_of, sentence_of
from gsprep.cli.streams import lasting_streams
from gsprep.uploader.interrupts import take_over

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
    except Exception as failure:  # noqa: BLE001  the last resort must not show a cell's value
        return _say(sentence_of(failure), code_of(failure))
    if code == _INTERRUPTED:
        return _say(
            "interrupted: run the same command again, nothing is stored twice", NOT_FINISHED
        )
    return int(code or DONE)


def _say(sentence: str, code: int) -> int:
    typer.echo(f"gsprep: {sentence}", err=True)
    return code


def main() -> None:
    """Run the command line of this process and end it; SIGTERM and SIGHUP are taken like Ctrl-C."""
    streams = lasting_streams()
    try:
        take_over()
        code = run_command(sys.argv[1:])
    except KeyboardInterrupt:
        code = NOT_FINISHED
    lost = streams.lost()
    if lost is not None and code in (DONE, SOME_ROWS):
        code = _say(
            f"standard output cannot be written ({lost.strerror}): what was done is in the files, "
            "nothing more is printed. Free space, or print elsewhere",
            NOT_FINISHED,
        )
    sys.exit(code)
