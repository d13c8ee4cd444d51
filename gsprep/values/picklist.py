"""Entries of drop-down lists, by their labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gsprep.values.text import searchable, tidy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SEPARATOR = ";"


def labels_by_key(labels: Sequence[str]) -> Mapping[str, str]:
    """Return each label by the form it is compared in; labels that share a form are left out."""
    found: dict[str, list[str]] = {}
    for label in labels:
        found.setdefault(_key(label), []).append(label)
    return {key: names[0] for key, names in found.items() if len(names) == 1}


def is_label(text: str, labels: Sequence[str]) -> bool:
    """Return whether the text is one of the labels as it stands."""
    return text in labels


def meant_label(text: str, labels: Sequence[str]) -> str | None:
    """Return the one label that differs in case, accents or blanks only, or None.

    >>> meant_label(" new customer", ["New Customer", "Churn"])
    'New Customer'
    """
    return text if text in labels else labels_by_key(labels).get(_key(text))


def are_labels(text: str, labels: Sequence[str]) -> bool:
    """Return whether each part between semicolons is a label.

    >>> are_labels("Gold;Silver", ["Gold", "Silver"]), are_labels("Gold, Silver", ["Gold"])
    (True, False)
    """
    return all(part in labels for part in text.split(SEPARATOR))


def meant_labels(text: str, labels: Sequence[str]) -> str | None:
    """Return the labels that the parts mean, joined by semicolons, or None when one is unknown.

    Commas, bars and newlines part as well when the parts then are labels.

    >>> meant_labels("gold, SILVER", ["Gold", "Silver"])
    'Gold;Silver'
    """
    for separator in (SEPARATOR, ",", "|", "\n"):
        parts = [part for part in text.split(separator) if part.strip()]
        meant = [meant_label(part, labels) for part in parts]
        known = [label for label in meant if label is not None]
        if known and len(known) == len(meant):
            return SEPARATOR.join(dict.fromkeys(known))
    return None


def _key(text: str) -> str:
    return searchable(tidy(text) or "")
