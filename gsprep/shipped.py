"""Paths of the rulebooks, lists and samples in the package."""

from __future__ import annotations

from functools import cache
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


@cache
def _words() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for line in shipped_lines("rules", "lists", "words.txt"):
        kind, *words = line.split()
        found[kind] = (*found.get(kind, ()), *words)
    return found


def shipped_words(kind: str) -> tuple[str, ...]:
    """Return the words of a kind, such as ``title``, in ``rules/lists/words.txt``."""
    return _words()[kind]


@cache
def shipped_pairs(kind: str) -> dict[str, str]:
    """Return the pairs of a kind, such as ``vehicle``, in ``rules/lists/words.txt``."""
    return dict(pair.split("=") for pair in shipped_words(kind))
