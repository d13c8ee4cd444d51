"""Sizes, names and directions that keep the house habitable."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from each_row import each_row

import gsprep
from gsprep.cli import COMMANDS, imported

ROOT = Path(__file__).parent.parent
FILES = sorted((ROOT / "gsprep").rglob("*.py"))
LONGEST_FILE, LONGEST_FUNCTION = 500, 45
DRAWERS = {"utils", "helpers", "base", "core", "constants", "types_", "common", "misc"}


def test_files_are_short_and_named_for_what_they_hold() -> None:
    assert [path for path in FILES if lines_of(path) > LONGEST_FILE] == []
    assert [path for path in FILES if path.stem in DRAWERS] == []


def test_functions_are_short_and_hide_no_import() -> None:
    found = [
        (path.relative_to(ROOT), node)
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
    ]
    assert [f"{path}:{node.name}" for path, node in found if length(node) > LONGEST_FUNCTION] == []
    assert [f"{path}:{node.name}" for path, node in found if hides_an_import(node)] == []


# Where the reference of a public call begins in its docstring: tables of the pages, no code.
REFERENCE = re.compile(r"^ *(?:Args|Returns|Raises|Examples):$.*", re.MULTILINE | re.DOTALL)


def lines_of(path: Path) -> int:
    """Return the lines of a file without the references of its calls."""
    text = path.read_text(encoding="utf-8")
    tree = ast.walk(ast.parse(text))
    named = (node for node in tree if isinstance(node, ast.FunctionDef | ast.ClassDef))
    return text.count("\n") - sum(map(reference_lines, named))


def reference_lines(node: ast.FunctionDef | ast.ClassDef) -> int:
    found = REFERENCE.search(ast.get_docstring(node) or "")
    return found[0].count("\n") + 1 if found else 0


COMMAND_FUNCTIONS = frozenset(command.target.partition(":")[2] for command in COMMANDS.values())


def length(function: ast.FunctionDef) -> int:
    """Return the lines of a function without its reference; of a command without its options."""
    body = function.body[1] if function.name in COMMAND_FUNCTIONS else function
    return (function.end_lineno or 0) - body.lineno - reference_lines(function)


def hides_an_import(function: ast.FunctionDef) -> bool:
    return any(isinstance(node, ast.Import | ast.ImportFrom) for node in ast.walk(function))


def test_the_files_that_the_design_names_are_there() -> None:
    text = (ROOT / "docs/explanation/design.md").read_text(encoding="utf-8")
    named = re.findall(r"`((?:gsprep|rules)/[^`]*)`", text)
    assert len(named) >= 15
    assert [name for name in named if not (ROOT / name).exists()] == []


@each_row("name", sorted(gsprep.__all__))
def test_a_public_name_can_be_imported(name: str) -> None:
    assert getattr(gsprep, name) is not None
    assert name in dir(gsprep)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute"):
        _ = gsprep.no_such_name


@each_row("target", [c.target for c in COMMANDS.values()])
def test_what_the_table_names_can_be_imported(target: str) -> None:
    assert callable(imported(target))


def test_every_limit_of_the_service_names_its_page() -> None:
    files = [ROOT / "gsprep/calls" / name for name in ("limits.py", "endpoints.py")]
    wire = "\n".join(path.read_text(encoding="utf-8") for path in files)
    limits = re.findall(r"(#[^\n]*\n(?:#[^\n]*\n)*)(?:[A-Z_]+ = [\d_]+\n)+", wire)
    assert len(limits) >= 5
    assert all("Documentation" in comment for comment in limits)
