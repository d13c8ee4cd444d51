"""What travels with gsprep is found in the checkout and in the built wheel."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

from each_row import each_row

from gsprep.shipped import shipped, shipped_lines

ROOT = Path(__file__).parent.parent
RULES = sorted(
    path.relative_to(ROOT).as_posix() for path in (ROOT / "rules").rglob("*") if path.is_file()
)
INSIDE = sorted(
    path.relative_to(ROOT).as_posix()
    for path in (ROOT / "gsprep").rglob("*")
    if path.is_file() and "__pycache__" not in path.parts
)


LICENCES = ("LICENSE", "NOTICE")


@each_row("name", RULES)
def test_rules_are_found_in_the_checkout(name: str) -> None:
    assert shipped(*name.split("/")).read_bytes() == (ROOT / name).read_bytes()


@each_row("name", ["people.csv", "companies.csv", "truth.csv"])
def test_samples_are_found_in_the_checkout(name: str) -> None:
    assert shipped("samples", name).stat().st_size > 0


@each_row("name", [name for name in RULES if name.endswith(".txt")])
def test_lists_have_lines_and_no_comments(name: str) -> None:
    lines = shipped_lines(*name.split("/"))
    assert lines
    assert all(line == line.strip() and line and not line.startswith("#") for line in lines)


def test_types_are_announced() -> None:
    assert (ROOT / "gsprep" / "py.typed").exists()


def _run(*words: str, cwd: Path, path: str = "") -> subprocess.CompletedProcess[str]:
    surroundings = {
        k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "GAINSIGHT"))
    }
    return subprocess.run(  # noqa: S603  our own interpreter
        [sys.executable, *words],
        cwd=cwd,
        env=surroundings | ({"PYTHONPATH": path} if path else {}),
        capture_output=True,
        text=True,
        check=False,
    )


def built(copy: Path) -> tuple[Path, Path]:
    """Return the wheel and the sdist, built from a copy: builders leave things behind."""
    for name in ("gsprep", "rules", "requirements"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "SECURITY.md", "Makefile", *LICENCES):
        shutil.copy(ROOT / name, copy / name)
    words = ("-m", "build", "--wheel", "--sdist", "--no-isolation", "--outdir", "dist")
    done = _run(*words, cwd=copy)
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = (copy / "dist").glob("*.whl")
    (sdist,) = (copy / "dist").glob("*.tar.gz")
    return wheel, sdist


def install(wheel: Path, target: Path) -> Path:
    """Return a folder that holds the installed wheel and nothing else."""
    words = ("--no-deps", "--no-index", "--no-compile", "--quiet", "--disable-pip-version-check")
    done = _run(
        "-m", "pip", "install", *words, "--target", str(target), str(wheel), cwd=wheel.parent
    )
    assert done.returncode == 0, done.stderr
    return target


def test_the_wheel_holds_everything_and_does_the_whole_job(tmp_path: Path) -> None:
    """Each file of the package and each rule; far from the checkout all come from the wheel.

    One test, so that the wheel is built once however the tests are spread.
    """
    wheel, sdist = built(tmp_path / "checkout")
    names = set(zipfile.ZipFile(wheel).namelist())
    inside = {name for name in names if ".dist-info/" not in name}
    assert inside == {*INSIDE, *(f"gsprep/{name}" for name in RULES)}
    licences = {name.split("/")[-1] for name in names if ".dist-info/licenses/" in name}
    assert licences == {*LICENCES}
    with tarfile.open(sdist) as archive:
        sources = {name.split("/", 1)[-1] for name in archive.getnames()}
    also = {"SECURITY.md", "Makefile", "requirements/core.txt", "requirements/dev.txt"}
    assert sources >= {*RULES, *INSIDE, *LICENCES, *also}
    installed = install(wheel, tmp_path / "installed")
    away = tmp_path / "away"
    away.mkdir()
    where = "import gsprep.shipped as s; print(s.__file__); print(s.shipped('rules', 'lists'))"
    told = _run("-c", where, cwd=away, path=str(installed))
    assert len(told.stdout.split()) == 2
    assert all(Path(line).is_relative_to(installed) for line in told.stdout.split())
    done = _run("-m", "gsprep", "demo", "--json", cwd=away, path=str(installed))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["status"] == "done"
    assert (away / "out" / "report.html").stat().st_size > 1_000
