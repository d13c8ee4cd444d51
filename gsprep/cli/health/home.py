"""The folder of gsprep's own: whether it can be kept there what was sent."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from gsprep.cli.health.points import Point
from gsprep.ledger.database import FILE, fault_of
from gsprep.ledger.privacy import fault_of_pair

if TYPE_CHECKING:
    from collections.abc import Callable

_MOUNTS = Path("/proc/self/mounts")
# File systems on which another machine keeps the locks, or nobody does.
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
_CURE = "set GSPREP_HOME to another folder: what was sent before is then not known any more"

_CURE_OF_TWO = (
    "put both back from one copy; to begin anew, remove both: what was sent before is then not "
    "known any more"
)


def home_points(
    home: Path, *, mounts: Path = _MOUNTS, free: Callable[[Path], int] | None = None
) -> tuple[Point, ...]:
    """Look at the folder, which need not be there yet; nothing is made or written."""
    try:
        place = _nearest(home)
    except OSError as failure:
        cure = "set GSPREP_HOME to a folder of your own"
        return (Point("folder", "wrong", f"{shown(home)}: {failure.strerror}", cure),)
    folder = _folder(home, place)
    if folder.state == "wrong":
        return (folder,)
    space = shutil.disk_usage(place).free if free is None else free(place)
    return (folder, *_open_to_others(home, place), _space(space), *_network(place, mounts),
            *ledger_points(home))  # fmt: skip


def ledger_points(home: Path) -> tuple[Point, ...]:
    """Look at the ledger: whether it can be read, by its owner alone, and is whole."""
    path = home / FILE
    fault = fault_of(path) if path.exists() else None
    apart = fault_of_pair(home) if fault is None else None
    if apart is not None:
        return (Point("ledger", "wrong", f"{shown(path)}: {apart}", _CURE_OF_TWO),)
    if not path.exists():
        return (Point("ledger", "good", "none yet, made when something is sent"),)
    if fault is None:
        return (Point("ledger", "good", f"{path.stat().st_size // 1024:,} kB, whole"),)
    return (Point("ledger", "wrong", f"{shown(path)}: {fault}", _CURES.get(fault, _CURE)),)


def shown(path: Path) -> str:
    """Return a path as it may be shown: the user's own folder is ``~``."""
    try:
        return f"~/{path.relative_to(Path.home())}"
    except (ValueError, RuntimeError):
        return str(path)


def _nearest(home: Path) -> Path:
    """Return the folder, or the nearest above it that is there."""
    for place in (home, *home.parents):
        try:
            place.stat()
        except FileNotFoundError:
            continue
        return place
    return home


def _folder(home: Path, place: Path) -> Point:
    told, cure = shown(home), "set GSPREP_HOME to a folder of your own"
    if not place.is_dir():
        return Point("folder", "wrong", f"{told}: {shown(place)} is a file", cure)
    if not os.access(place, os.W_OK | os.X_OK):
        return Point("folder", "wrong", f"{told}: {shown(place)} cannot be written to", cure)
    return Point("folder", "good", told if place == home else f"{told}, made when it is needed")


def _open_to_others(home: Path, place: Path) -> tuple[Point, ...]:
    # Windows has other rights than the nine bits.
    if place != home or os.name == "nt":
        return ()
    if stat.S_IMODE(home.stat().st_mode) & 0o077:
        cure = f"chmod 700 {shown(home)}"
        return (Point("permissions", "warning", "other users can look into the folder", cure),)
    return (Point("permissions", "good", "the folder is open to you alone"),)


def _space(free: int) -> Point:
    told = f"{free // _MEGABYTE:,} MB free"
    if free < _TOO_LITTLE * _MEGABYTE:
        cure = f"make room: gsprep needs {_TOO_LITTLE} MB at the least"
        return Point("disk space", "wrong", told, cure)
    if free < _ENOUGH * _MEGABYTE:
        return Point("disk space", "warning", told, "make room before a large run")
    return Point("disk space", "good", told)


def _network(place: Path, mounts: Path) -> tuple[Point, ...]:
    kind = _file_system(place.resolve(), mounts)
    if kind is None:
        return ()
    if kind in _NETWORK:
        told = f"the folder is on the network ({kind}), where a database can be damaged"
        cure = "set GSPREP_HOME to a folder on a disk of this machine"
        return (Point("file system", "warning", told, cure),)
    return (Point("file system", "good", kind),)


def _file_system(place: Path, mounts: Path) -> str | None:
    """Return the kind of file system a place is on; None where the system does not tell."""
    try:
        lines = mounts.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    mounted = [fields for line in lines if len(fields := line.split(" ")) > 2]  # noqa: PLR2004  device, place, kind
    # A blank in a path is written as an octal number there.
    found = [(Path(where.replace("\\040", " ")), kind) for _, where, kind, *_ in mounted]
    over = [(len(where.parts), kind) for where, kind in found if place.is_relative_to(where)]
    # Of several on one place the last hides the others.
    return max(reversed(over), key=lambda one: one[0])[1] if over else None
