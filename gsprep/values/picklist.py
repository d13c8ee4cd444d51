"""Picklists and booleans: the values of a closed list."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from gsprep.shipped import shipped_words
from gsprep.values.number import without_float_tail
from gsprep.values.text import searchable, tidy

SEPARATOR = ";"
_SEPARATORS = (SEPARATOR, ",", "|", "\n", " / ", "\u3001", "\uff1b")
_LIST = re.compile(r"\s*\[([^\[\]]*)\]\s*")
_QUOTES = re.compile(r"(?<![^,\s])['\"]|['\"](?![^,\s])")
# What people leave out or write in another way: blanks around a sign, hyphens between words.
_AROUND = re.compile(r" ?([/&+,]) ?(?=.)")
_JOINT = re.compile(r"(?<=[^\W_])[ _\u2010-\u2015-]+(?=[^\W_])")


def labels_by_key(labels: Sequence[str]) -> Mapping[str, str]:
    """Return each label by its form for comparing; labels with the same form are left out."""
    found: dict[str, list[str]] = {}
    for label in labels:
        found.setdefault(_key(label), []).append(label)
    return {key: names[0] for key, names in found.items() if len(names) == 1}


def is_label(text: str, labels: Sequence[str]) -> bool:
    """Return whether the text is exactly one of the labels."""
    return text in labels


def meant_label(text: str, labels: Sequence[str]) -> str | None:
    """Return the label that differs in case, accents, blanks or hyphens only, or None.

    >>> meant_label(" new-customer", ["New Customer", "Churn"])
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
    """Return the labels that the parts mean, joined by semicolons, or None if one is unknown.

    Commas, bars, newlines and slashes between blanks also separate if the parts are labels then, as
    do the commas of a list of JSON or Python.

    >>> meant_labels("gold, SILVER", ["Gold", "Silver"]), meant_labels("['gold']", ["Gold"])
    ('Gold;Silver', 'Gold')
    """
    for separator in _SEPARATORS:
        parts = [part for part in text.split(separator) if part.strip()]
        meant = [meant_label(part, labels) for part in parts]
        known = [label for label in meant if label is not None]
        if known and len(known) == len(meant):
            return SEPARATOR.join(dict.fromkeys(known))
    listed = _LIST.fullmatch(text)
    return meant_labels(_QUOTES.sub("", listed[1]), labels) if listed else None


def _key(text: str) -> str:
    return _JOINT.sub(" ", _AROUND.sub(r"\1", searchable(tidy(text) or "")))


# What may follow a sign that is shown as a picture.
_AS_PICTURE = "\ufe0f"
_TRUE = frozenset(shipped_words("true"))
_FALSE = frozenset(shipped_words("false"))


def normal_boolean(text: str) -> str | None:
    """Return ``true`` or ``false``, or None if the text means neither.

    >>> [normal_boolean(t) for t in ("Yes", "FALSE", " 1 ", "1.0", "maybe")]
    ['true', 'false', 'true', 'true', None]
    """
    seen = searchable(without_float_tail(tidy(text) or "")).removesuffix(_AS_PICTURE)
    if seen in _TRUE:
        return "true"
    return "false" if seen in _FALSE else None


def is_boolean(text: str) -> bool:
    """Return whether the text is true or false, in any case, as the service requires."""
    return text.lower() in {"true", "false"}
