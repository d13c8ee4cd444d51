"""``doctor``: what keeps gsprep from working here, and what to do about it.

It reads no table: where a library is broken it still tells which.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from gsprep.cli import SELDOM, imported, options
from gsprep.cli.health.home import home_points
from gsprep.cli.health.libraries import library_points
from gsprep.cli.health.points import Point, code_of_points, lines_of_points
from gsprep.cli.health.variables import variable_points
from gsprep.errors import InputError
from gsprep.settings import home_folder, surroundings

if TYPE_CHECKING:
    from collections.abc import Sequence


def examine(
    to: options.To = None,
    sandbox: Annotated[
        bool, typer.Option("--sandbox", help="Try it with a stand-in, not with a tenant.")
    ] = False,
    as_json: options.Json = False,
) -> None:
    """Tell line by line what is good, what is not, and what to do; nothing is changed.

    With a tenant and a key one call is made, which reads.
    """
    if sandbox and to is not None:
        raise InputError("--to and --sandbox exclude each other: choose one")
    points = examined(library_points(), to, sandbox=sandbox)
    code = code_of_points(points)
    document = {
        "schema": "gsprep.doctor/1",
        "status": "wrong" if code else "good",
        "points": [_told(point) for point in points],
    }
    typer.echo(json.dumps(document, indent=2) if as_json else "\n".join(lines_of_points(points)))
    raise typer.Exit(code)


def _told(point: Point) -> dict[str, str]:
    return {name: value for name, value in asdict(point).items() if name != "code"}


def examined(libraries: Sequence[Point], to: str | None, *, sandbox: bool) -> tuple[Point, ...]:
    """Return what was found, in the order in which it is mended.

    The tenant is called by libraries: with one that is broken it is not tried.
    """
    return (
        *libraries,
        *home_points(home_folder()),
        *variable_points(),
        *_tenant(to, sandbox=sandbox, broken=code_of_points(libraries) != 0),
    )


def _tenant(to: str | None, *, sandbox: bool, broken: bool) -> tuple[Point, ...]:
    if to is None and not sandbox and "GAINSIGHT_URL" not in surroundings():
        cure = "name it with --to or GAINSIGHT_URL to have it tried"
        return (Point("tenant", "left", "none is named", cure),)
    if broken:
        return (Point("tenant", "left", "not tried", "mend the libraries first"),)
    points: tuple[Point, ...] = imported(SELDOM["tenant_points"])(to, sandbox=sandbox)
    return points
