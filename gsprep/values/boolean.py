"""Booleans: ``true`` and ``false``."""

from __future__ import annotations

from gsprep.values.number import without_float_tail
from gsprep.values.text import searchable, tidy

_TRUE = frozenset({
    "true", "t", "yes", "y", "1", "on", "x", "ja", "j", "oui", "si", "sim", "wahr", "vrai",
    "verdadero", "verdadeiro", "vero",
})  # fmt: skip
_FALSE = frozenset({
    "false", "f", "no", "n", "0", "off", "nein", "non", "nao", "falsch", "faux", "falso",
})  # fmt: skip


def normal_boolean(text: str) -> str | None:
    """Return ``true`` or ``false``, or None if the text means neither.

    >>> [normal_boolean(t) for t in ("Yes", "FALSE", " 1 ", "1.0", "maybe")]
    ['true', 'false', 'true', 'true', None]
    """
    seen = searchable(without_float_tail(tidy(text) or ""))
    if seen in _TRUE:
        return "true"
    return "false" if seen in _FALSE else None


def is_boolean(text: str) -> bool:
    """Return whether the text is true or false, in any case, as the service requires."""
    return text.lower() in {"true", "false"}
