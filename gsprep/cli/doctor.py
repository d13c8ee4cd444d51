"""``doctor``: checks of the installation, folders and tenant."""

from __future__ import annotations

import json
import os
import platform
import shutil
import sqlite3
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, metadata, requires, version
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

import typer
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from gsprep import __version__
from gsprep.atomic_files import place_for
from gsprep.calls.limits import Limits
from gsprep.cli import exit_codes, options
from gsprep.errors import AccessKeyError, RejectedError, ReplyError, SettingsError, UploadError
from gsprep.lazy import lazy_module
from gsprep.ledger.database import FILE, fault_of
from gsprep.ledger.privacy import fault_of_pair
from gsprep.settings import AccessKey, Settings, home_folder, proxy_for, surroundings, tenant_url

if TYPE_CHECKING:
    from gsprep.calls import transport
    from gsprep.cli import sandbox as sandboxes
    from gsprep.uploader import client as uploader
else:
    # Without a tenant nothing needs a library for HTTP, and one may be missing.
    transport = lazy_module("gsprep.calls.transport")
    sandboxes = lazy_module("gsprep.cli.sandbox")
    uploader = lazy_module("gsprep.uploader.client")

_MARKS = {"good": "good", "warning": "warning", "wrong": "WRONG", "left": "-"}
# "left": not checked, or not needed.
State = Literal["good", "warning", "wrong", "left"]


@dataclass(frozen=True, slots=True)
class Point:
    """The result of one check.

    Attributes:
        name: what was checked.
        state: the result; only ``wrong`` stops gsprep from working.
        finding: the result in words, without keys and personal data.
        cure: what to do; "" for nothing.
        code: the exit code if it is wrong.
    """

    name: str
    state: State
    finding: str
    cure: str = ""
    code: int = exit_codes.WRONG_INPUT


def code_of_points(points: Sequence[Point]) -> int:
    """Return the exit code of the first point that is wrong."""
    return next((point.code for point in points if point.state == "wrong"), exit_codes.DONE)


def lines_of_points(points: Sequence[Point]) -> tuple[str, ...]:
    """Return a line for each point, followed by what to do."""
    width = max((len(point.name) for point in points), default=0)
    return tuple(
        line
        for point in points
        for line in (
            f"{_MARKS[point.state]:<8}{point.name:<{width}}  {point.finding}",
            *([f"{'':<8}{'':<{width}}  -> {point.cure}"] if point.cure else []),
        )
    )


# The extras of developers of gsprep.
_FOR_DEVELOPERS = frozenset({"bench", "dev", "docs"})
# Versions of a library with a known fault, and the reason.
KNOWN_BAD = {
    "pandas": ("<3", "its text columns have another type"),
    "jinja2": ("<3.1.6", "templates can run code outside their sandbox (CVE-2025-27516)"),
    "waitress": ("<3.0.1", "it may process a request that it refused (CVE-2024-49768)"),
}


def installed(library: str) -> str | None:
    """Return the version of a library; None if it is not installed."""
    try:
        return version(library)
    except PackageNotFoundError:
        return None


def library_points(found: Callable[[str], str | None] = installed) -> Iterator[Point]:
    """Check Python, the required libraries and the extras."""
    python = f"{platform.python_version()} ({platform.system()}), SQLite {sqlite3.sqlite_version}"
    try:
        needed = [Requirement(line) for line in requires("gsprep") or ()]
        extras = metadata("gsprep").get_all("Provides-Extra") or ()
    except PackageNotFoundError:
        yield Point("Python", "good", python)
        unknown = "gsprep is not installed, so its requirements are unknown"
        yield Point("libraries", "warning", unknown, "install it with pip")
        return
    yield Point("gsprep", "good", __version__)
    yield Point("Python", "good", python)
    always = [line for line in needed if _wanted(line)]
    problems = [point for line in always if (point := _problem(line, found(line.name)))]
    good = Point("libraries", "good", f"{len(always)}, all in a supported version")
    yield from problems or [good]
    for name in extras:
        if name not in _FOR_DEVELOPERS:
            own = [line for line in needed if _wanted(line, name) and line not in always]
            yield _extra(name, own, found)


def _wanted(requirement: Requirement, extra: str = "") -> bool:
    return requirement.marker is None or requirement.marker.evaluate({"extra": extra})


def _problem(requirement: Requirement, has: str | None) -> Point | None:
    name = requirement.name
    bad, why = KNOWN_BAD.get(name.lower(), ("<0", ""))
    if has is None:
        finding = "not installed"
    elif SpecifierSet(bad).contains(has, prereleases=True):
        finding = f"{has}: {why}"
    elif not requirement.specifier.contains(has, prereleases=True):
        finding = f"{has}, but {requirement.specifier} is needed"
    else:
        return None
    return Point(name, "wrong", finding, f"pip install '{name}{requirement.specifier}'")


def _extra(name: str, own: Sequence[Requirement], found: Callable[[str], str | None]) -> Point:
    if lacking := [line.name for line in own if found(line.name) is None]:
        cure = f"if you need it: pip install 'gsprep[{name}]'"
        return Point(f"extra {name}", "left", f"not installed: {', '.join(lacking)}", cure)
    problems = (point for line in own if (point := _problem(line, found(line.name))))
    return next(problems, Point(f"extra {name}", "good", "installed"))


_MOUNTS = Path("/proc/self/mounts")
# File systems with locks on another machine, or without locks.
_NETWORK = frozenset({
    "9p", "afs", "ceph", "cifs", "drvfs", "fuse.gcsfuse", "fuse.rclone", "fuse.s3fs", "fuse.sshfs",
    "glusterfs", "lustre", "ncpfs", "nfs", "nfs4", "smb3", "smbfs", "virtiofs",
})  # fmt: skip
_MEGABYTE = 1024 * 1024
_ENOUGH, _TOO_LITTLE = 1024, 50
_CURES = {
    "other users can read it": "run chmod 600 on it, or remove it",
    "it was written by a newer version of gsprep": (
        "install that version, or set GSPREP_HOME to another folder"
    ),
}
_CURE = "set GSPREP_HOME to another folder; the new ledger does not know what was sent before"
_CURE_OF_TWO = (
    "restore both from one backup. To start over, remove both; the new ledger does not know what "
    "was sent before"
)


def home_points(
    home: Path, *, mounts: Path = _MOUNTS, free: Callable[[Path], int] | None = None
) -> Iterator[Point]:
    """Check the data folder, which need not exist; nothing is created or written."""
    name, (place, why) = shown(home), place_for(home)
    if why is not None:
        cure = "set GSPREP_HOME to a folder of your own"
        yield Point("folder", "wrong", f"{name}: {shown(place)} {why}", cure)
        return
    yield Point("folder", "good", name if place == home else f"{name}, created when needed")
    if place == home and os.name != "nt":  # Windows has other permissions
        yield _permissions(home)
    yield _space(shutil.disk_usage(place).free if free is None else free(place))
    if (kind := _file_system(place.resolve(), mounts)) in _NETWORK:
        finding = f"the folder is on a network file system ({kind}), which can damage a database"
        cure = "set GSPREP_HOME to a folder on a local disk"
        yield Point("file system", "warning", finding, cure)
    elif kind is not None:
        yield Point("file system", "good", kind)
    yield ledger_point(home)


def ledger_point(home: Path) -> Point:
    """Check that the ledger is readable, private and intact."""
    path = home / FILE
    fault = fault_of(path) if path.exists() else None
    if fault is not None:
        return Point("ledger", "wrong", f"{shown(path)}: {fault}", _CURES.get(fault, _CURE))
    if (apart := fault_of_pair(home)) is not None:
        return Point("ledger", "wrong", f"{shown(path)}: {apart}", _CURE_OF_TWO)
    if not path.exists():
        return Point("ledger", "good", "none yet; created when something is sent")
    return Point("ledger", "good", f"{path.stat().st_size // 1024:,} kB, intact")


def shown(path: Path) -> str:
    """Return a path for display, with ``~`` for the home folder."""
    try:
        return f"~/{path.relative_to(Path.home())}"
    except (ValueError, RuntimeError):
        return str(path)


def _permissions(home: Path) -> Point:
    if stat.S_IMODE(home.stat().st_mode) & 0o077:
        cure = f"chmod 700 {shown(home)}"
        return Point("permissions", "warning", "other users can read the folder", cure)
    return Point("permissions", "good", "only you can read the folder")


def _space(free: int) -> Point:
    finding = f"{free // _MEGABYTE:,} MB free"
    if free < _TOO_LITTLE * _MEGABYTE:
        cure = f"free disk space: gsprep needs at least {_TOO_LITTLE} MB"
        return Point("disk space", "wrong", finding, cure)
    if free < _ENOUGH * _MEGABYTE:
        return Point("disk space", "warning", finding, "free disk space before a large run")
    return Point("disk space", "good", finding)


def _file_system(place: Path, mounts: Path) -> str | None:
    """Return the type of the file system of a place; None if unknown."""
    try:
        lines = mounts.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    mounted = [fields for line in lines if len(fields := line.split(" ")) > 2]  # noqa: PLR2004  device, place, kind
    # A blank in a path is an octal number there.
    found = [(Path(where.replace("\\040", " ")), kind) for _, where, kind, *_ in mounted]
    over = [(len(where.parts), kind) for where, kind in found if place.is_relative_to(where)]
    # Of several mounts on one place the last is in effect.
    return max(reversed(over), key=lambda one: one[0])[1] if over else None


def variable_points() -> Iterator[Point]:
    """Check each environment variable that gsprep reads, without showing its value."""
    found = surroundings()
    for name in ("GAINSIGHT_URL", "GAINSIGHT_ACCESS_KEY", "GSPREP_HOME"):
        if name not in found:
            yield Point(name, "left", "not set")
        else:
            wrong = found[name]
            yield Point(name, "good" if wrong is None else "wrong", "set", wrong or "")


_LONGEST_SILENCE = 15.0
# Clocks that differ by more disagree on the minute in which a call counts.
_MOST_SKEW = 5.0


def tenant_points(to: str | None, *, sandbox: bool) -> Iterator[Point]:
    """Check the address of the tenant and the proxy, and with a key make one reading call.

    Without ``to`` the tenant is that of GAINSIGHT_URL.
    """
    if sandbox:
        with sandboxes.rehearsal(None, None, ("Email",)) as (place, key):
            yield Point("tenant", "good", "the sandbox in this process")
            yield from call_points(place, key, transport.ClockProbe(transport.network(place)))
        return
    try:
        settings = Settings.from_environ()
        url = settings.need_url() if to is None else tenant_url(to)
    except SettingsError as failure:
        yield Point("tenant", "wrong", "not called", str(failure))
        return
    yield Point("tenant", "good", url)
    if settings.access_key is None:
        cure = "set GAINSIGHT_ACCESS_KEY; a key cannot be an argument"
        yield Point("access key", "wrong", "not set", cure)
        return
    try:
        proxy, witness = proxy_for(url), transport.ClockProbe(transport.network(url))
    except SettingsError as failure:
        yield Point("proxy", "wrong", "not used", str(failure))
        return
    if proxy is None:
        yield Point("proxy", "good", "none: the tenant is called directly")
    else:
        parts = urlsplit(proxy)
        # The address of a proxy may have a password.
        where = (parts.hostname or "") + ("" if parts.port is None else f":{parts.port}")
        yield Point("proxy", "good", f"calls go through {where}")
    yield from call_points(url, settings.access_key, witness)


def call_points(url: str, key: AccessKey, witness: transport.ClockProbe) -> tuple[Point, ...]:
    """Read the definition of Person once, and check the reply."""
    limits = Limits(attempts=1, max_wait=0.0, timeout=_LONGEST_SILENCE)
    with uploader.Client(url, key, transport=witness, limits=limits) as client:
        try:
            client.objects.describe("Person")
        except AccessKeyError as failure:
            refused = exit_codes.KEY_REFUSED
            point = Point("access key", "wrong", "refused", str(failure), refused)
        except (RejectedError, ReplyError) as failure:
            point = Point("reply", "wrong", "not the reply of a tenant", str(failure))
        except UploadError as failure:
            away = exit_codes.NOT_FINISHED
            point = Point("service", "wrong", "not available", str(failure), away)
        else:
            point = Point("access key", "good", "accepted")
    return point, *([] if witness.last is None else _seen(witness.last))


def _seen(seen: transport.ClockReading) -> Iterator[Point]:
    yield Point("latency", "good", f"{seen.seconds * 1000:.0f} ms to the reply")
    if seen.ahead is None:
        yield Point("clock", "left", "the reply has no time of the service")
        return
    where = "ahead of" if seen.ahead > 0 else "behind"
    finding = f"{abs(seen.ahead):.1f} s {where} the clock of the service"
    if abs(seen.ahead) > _MOST_SKEW:
        cure = "synchronize the clock of this computer: call limits are counted by time"
        yield Point("clock", "warning", finding, cure)
    else:
        yield Point("clock", "good", finding)


def examine(to: options.To = None, sandbox: bool = False, as_json: options.Json = False) -> None:
    """Check the installation, the folders and the tenant; nothing is changed.

    With a tenant and a key, it makes one reading call.

    Sending:
        sandbox: Test with a local simulator instead of a tenant.
    """
    options.refuse_both(to, sandbox=sandbox)
    points = examined([*library_points()], to, sandbox=sandbox)
    code = code_of_points(points)
    # The name "told" is part of the format gsprep.doctor/1.
    entries = [
        {"name": one.name, "state": one.state, "told": one.finding, "cure": one.cure}
        for one in points
    ]
    status = "wrong" if code else "good"
    document = {"schema": "gsprep.doctor/1", "status": status, "points": entries}
    typer.echo(json.dumps(document, indent=2) if as_json else "\n".join(lines_of_points(points)))
    raise typer.Exit(code)


def examined(libraries: Sequence[Point], to: str | None, *, sandbox: bool) -> tuple[Point, ...]:
    """Return all points, in the order in which to fix them.

    With a broken library the tenant is not called.
    """
    if to is None and not sandbox and "GAINSIGHT_URL" not in surroundings():
        cure = "set --to or GAINSIGHT_URL to test it"
        tenant: Iterable[Point] = [Point("tenant", "left", "no tenant is set", cure)]
    elif code_of_points(libraries):
        tenant = [Point("tenant", "left", "not tested", "fix the libraries first")]
    else:
        tenant = tenant_points(to, sandbox=sandbox)
    return (*libraries, *home_points(home_folder()), *variable_points(), *tenant)
