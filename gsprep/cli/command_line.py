"""Command line of a running command, to type again."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Any

from gsprep.tables.sql import is_database_url, safe_url

_QUOTED = re.compile(r"'[^']*'")

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import typer


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
    given = {name: _shown(value) for name, value in ctx.params.items() if _was_typed(ctx, name)}
    words = words_of(ctx.command.params, given)
    at = words.index("--")
    return shlex.join(["gsprep", ctx.command.name or "", *words[at + 1 :], *words[:at]])


def _shown(value: object) -> object:
    if not isinstance(value, str):
        return value
    return safe_url(value) if is_database_url(value) else _QUOTED.sub("'…'", value)


def _was_typed(ctx: typer.Context, name: str) -> bool:
    source = ctx.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"
