"""Paths of the rulebooks, lists and samples in the package."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def shipped(*parts: str) -> Path:
    """Return the path of a shipped file: ``rules/…`` or ``samples/…``.

    An installed package contains ``rules``; in a checkout the folder is next to the package.

    >>> shipped("rules", "default.yaml").name
    'default.yaml'
    """
    inside = _PACKAGE.joinpath(*parts)
    return inside if inside.exists() else _PACKAGE.parent.joinpath(*parts)


def shipped_lines(*parts: str) -> tuple[str, ...]:
    """Return the lines of a shipped list, without comments (``#``) and blank lines."""
    lines = shipped(*parts).read_text(encoding="utf-8").splitlines()
    return tuple(line.strip() for line in lines if line.strip() and not line.startswith("#"))
