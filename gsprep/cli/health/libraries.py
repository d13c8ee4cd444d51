"""The Python that runs, the libraries beside gsprep, and the extras."""

from __future__ import annotations

import platform
import sqlite3
from importlib.metadata import PackageNotFoundError, metadata, requires, version
from typing import TYPE_CHECKING, NamedTuple

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from gsprep import __version__
from gsprep.cli.health.points import Point

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

# Extras for those who work on gsprep itself.
_FOR_DEVELOPERS = frozenset({"bench", "dev", "docs"})


class Fault(NamedTuple):
    """Versions of a library that are known to be bad, and why."""

    library: str
    versions: str
    why: str


KNOWN_BAD = (
    Fault("pandas", "<3", "its text columns are of another kind"),
    Fault("jinja2", "<3.1.6", "templates can reach beyond themselves (CVE-2025-27516)"),
    Fault("waitress", "<3.0.1", "it may go on with a request that it refused (CVE-2024-49768)"),
)


def installed(library: str) -> str | None:
    """Return the version of a library, None when it is not installed."""
    try:
        return version(library)
    except PackageNotFoundError:
        return None


def library_points(found: Callable[[str], str | None] = installed) -> tuple[Point, ...]:
    """Look at Python, the libraries that gsprep needs, and the extras."""
    python = f"{platform.python_version()} ({platform.system()}), SQLite {sqlite3.sqlite_version}"
    try:
        needed = [Requirement(line) for line in requires("gsprep") or ()]
        extras = metadata("gsprep").get_all("Provides-Extra") or ()
    except PackageNotFoundError:
        unknown = Point(
            "libraries", "warning", "gsprep is not installed, so what it needs is not known",
            "install it with pip",
        )  # fmt: skip
        return Point("Python", "good", python), unknown
    return (
        Point("gsprep", "good", __version__),
        Point("Python", "good", python),
        *_libraries([line for line in needed if _wanted(line)], found),
        *_extras(needed, [name for name in extras if name not in _FOR_DEVELOPERS], found),
    )


def _wanted(requirement: Requirement, extra: str = "") -> bool:
    return requirement.marker is None or requirement.marker.evaluate({"extra": extra})


def _libraries(
    needed: Sequence[Requirement], found: Callable[[str], str | None]
) -> tuple[Point, ...]:
    problems = [point for line in needed if (point := _problem(line, found(line.name)))]
    if problems:
        return tuple(problems)
    return (Point("libraries", "good", f"{len(needed)}, each in a version that is known to do"),)


def _problem(requirement: Requirement, has: str | None) -> Point | None:
    name = requirement.name
    cure = f"pip install '{name}{requirement.specifier}'"
    if has is None:
        return Point(name, "wrong", "not installed", cure)
    if why := _known_fault(name, has):
        return Point(name, "wrong", f"{has}: {why}", cure)
    if not requirement.specifier.contains(has, prereleases=True):
        return Point(name, "wrong", f"{has}, and {requirement.specifier} is needed", cure)
    return None


def _known_fault(name: str, has: str) -> str | None:
    of_it = (fault for fault in KNOWN_BAD if fault.library == name.lower())
    bad = (f.why for f in of_it if SpecifierSet(f.versions).contains(has, prereleases=True))
    return next(bad, None)


def _extras(
    needed: Sequence[Requirement], extras: Iterable[str], found: Callable[[str], str | None]
) -> tuple[Point, ...]:
    return tuple(_extra(name, needed, found) for name in extras)


def _extra(name: str, needed: Sequence[Requirement], found: Callable[[str], str | None]) -> Point:
    own = [line for line in needed if _wanted(line, name) and not _wanted(line)]
    if lacking := [line.name for line in own if found(line.name) is None]:
        cure = f"when you need it: pip install 'gsprep[{name}]'"
        return Point(f"extra {name}", "left", f"without {', '.join(lacking)}", cure)
    if problems := [point for line in own if (point := _problem(line, found(line.name)))]:
        return problems[0]
    return Point(f"extra {name}", "good", "there")
