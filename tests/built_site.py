"""The demo, the notebooks as they ran and the site, made once for all tests of a session."""

from __future__ import annotations

import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from filelock import FileLock
from gallery import NOTEBOOKS, run_notebooks

from gsprep.cli.main import run_command

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parent.parent
NEEDED = ("sphinx", "furo", "myst_nb")


def once(folder: Path, name: str, make: Callable[[Path], object]) -> Path:
    """Return what ``make`` made in ``folder / name``; other processes wait for the first one."""
    done = folder / f"{name}.done"
    with FileLock(folder / f"{name}.lock"):
        if not done.exists():
            make(folder / name)
            done.touch()
    return folder / name


def demo(folder: Path) -> Path:
    """Return the folder of the results of ``gsprep demo``; a test that writes there copies it."""

    def run(into: Path) -> None:
        assert run_command(["demo", "--out", str(into)]) == 0

    return once(folder, "demo", run)


def ran(folder: Path) -> Path:
    """Return the folder of the notebooks with their outputs."""
    return once(folder, "notebooks", lambda into: run_notebooks(NOTEBOOKS, into))


def site(folder: Path) -> Path:
    """Return the folder of the built pages."""
    if missing := [name for name in NEEDED if find_spec(name) is None]:
        pytest.skip(f"not installed: {', '.join(missing)}; pip install 'gsprep[docs]'")
    return once(folder, "site", lambda into: _build(into, folder))


def _build(into: Path, folder: Path) -> None:
    # The cache of another build would hide warnings.
    project = folder / "project"
    shutil.rmtree(project, ignore_errors=True)
    pages = project / "docs"
    shutil.copytree(ROOT / "docs", pages, ignore=shutil.ignore_patterns("gallery"))
    shutil.copy(ROOT / "pyproject.toml", project)
    shutil.copytree(ran(folder), pages / "gallery")
    command = [sys.executable, "-m", "sphinx", "-W", "-q", "-b", "html", str(pages), str(into)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  our own
    assert (done.returncode, done.stderr) == (0, "")
