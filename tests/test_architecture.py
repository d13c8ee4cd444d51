"""Sizes, names and directions that keep the house habitable."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import gsprep
from gsprep.cli import COMMANDS, SELDOM, imported

ROOT = Path(__file__).parent.parent
FILES = sorted((ROOT / "gsprep").rglob("*.py"))
FUNCTIONS = [
    pytest.param(node, id=f"{path.relative_to(ROOT)}:{node.name}")
    for path in FILES
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    if isinstance(node, ast.FunctionDef)
]
LONGEST_FILE, LONGEST_FUNCTION = 500, 45
DRAWERS = {"utils", "helpers", "base", "core", "constants", "types_", "common", "misc"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_is_short_and_named_for_what_it_holds(path: Path) -> None:
    assert path.read_text(encoding="utf-8").count("\n") <= LONGEST_FILE
    assert path.stem not in DRAWERS


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_is_short_and_hides_no_import(function: ast.FunctionDef) -> None:
    asked = [ast.unparse(a) for a in function.args.args if a.annotation]
    is_command = any("Annotated" in a or "typer.Context" in a for a in asked)
    start = function.body[0].lineno if is_command else function.lineno
    assert (function.end_lineno or 0) - start <= LONGEST_FUNCTION
    assert not any(isinstance(n, ast.Import | ast.ImportFrom) for n in ast.walk(function))


@pytest.mark.parametrize("name", sorted(gsprep.__all__))
def test_a_public_name_can_be_imported(name: str) -> None:
    assert getattr(gsprep, name) is not None
    assert name in dir(gsprep)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute"):
        _ = gsprep.no_such_name


@pytest.mark.parametrize("target", [*[c.target for c in COMMANDS.values()], *SELDOM.values()])
def test_what_a_table_names_can_be_imported(target: str) -> None:
    assert callable(imported(target))


HEAVY = ("pandas", "pandera", "scipy", "httpx", "flask", "waitress", "jinja2")


@pytest.mark.parametrize(
    ("code", "heavy"),
    [
        pytest.param("import gsprep", HEAVY, id="the library"),
        pytest.param("import gsprep.cli.main", HEAVY, id="the command line"),
        *[
            pytest.param(
                f"from gsprep.cli.main import load; load({name!r})",
                ("httpx", "flask", "waitress"),
                id=f"{name}, which needs no tenant",
            )
            for name in ("check", "clean", "revert", "map", "match", "evaluate", "fit")
        ],
        pytest.param(
            "from gsprep.cli.main import load; load('doctor')", HEAVY, id="doctor, for broken ones"
        ),
    ],
)
def test_importing_waits_for_no_library_that_is_not_used(code: str, heavy: tuple[str]) -> None:
    script = f"{code}; import sys; print([m for m in {heavy} if m in sys.modules])"
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603  our own
    assert done.stdout.strip() == "[]"


def test_every_limit_of_the_service_names_its_page() -> None:
    wire = (ROOT / "gsprep/uploader/wire.py").read_text(encoding="utf-8")
    limits = re.findall(r"(#[^\n]*\n(?:#[^\n]*\n)*)(?:[A-Z_]+ = [\d_]+\n)+", wire)
    assert len(limits) >= 3
    assert all("Documentation" in comment for comment in limits)
