"""The table of commands (commands.txt), each imported when it is called.

So ``gsprep --help`` imports no pandas, and commands that need no tenant import no httpx and no
Flask. A command reads its arguments, calls the library once, writes and prints the result, and
returns its exit code.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class Command(NamedTuple):
    """Where a command is (``module:function``), its help in one sentence, and an example."""

    target: str
    help: str
    example: str


def _commands() -> Iterator[tuple[str, Command]]:
    table = Path(__file__).with_name("commands.txt").read_text(encoding="utf-8")
    for line in table.splitlines()[1:]:
        name, target, *texts = line.split(" | ")
        yield name, Command(f"gsprep.cli.{target}", *texts)


COMMANDS: Mapping[str, Command] = dict(_commands())
# Commands that have commands of their own, which are named with both words.
GROUPS: Mapping[str, str] = {
    "connections": "Save and test connections to tenants, databases and folders.",
    "sync": "Keep an object up to date with a source.",
    "sync state": "Write, replace and remove the state of a sync.",
}


def imported(target: str) -> Any:
    """Import a function that the table names."""
    module, _, name = target.partition(":")
    return getattr(import_module(module), name)
