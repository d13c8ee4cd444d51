"""Mailboxes: equal spellings, role mailboxes, name patterns."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, lru_cache, partial
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gsprep.shipped import shipped_lines
from gsprep.values.arrow import as_arrow, as_mask, joined, matches
from gsprep.values.distinct import on_distinct
from gsprep.values.email import email_key
from gsprep.values.text import searchable, tidy

if TYPE_CHECKING:
    import pandas as pd

# Gmail ignores dots. Like the others, it ignores the text after a plus sign (help pages of the
# providers, read 2026-11).
_DOTLESS = r"@(?:gmail|googlemail)\.com$"
_WITH_PLUS = (
    r"^([^+@]+)\+[^@]*@((?:fastmail|gmail|googlemail|hotmail|icloud|live|me|outlook|protonmail)"
    r"\.com|(?:pm|proton)\.me)$"
)


def mailbox_keys(addresses: pa.Array) -> pa.Array:
    """Return the address under which a provider keeps each mailbox; null stays null.

    ``addresses`` are valid and in lower case. The key is the address itself if the provider is
    not known to treat several spellings as one.

    >>> both = pa.array(["ana.ruiz+news@googlemail.com", "ana.ruiz+x@acme.com"], pa.large_string())
    >>> mailbox_keys(both).to_pylist()
    ['anaruiz@gmail.com', 'ana.ruiz+x@acme.com']
    """
    free = matches(addresses, f"{_WITH_PLUS}|{_DOTLESS}")
    if not free.any():
        return addresses
    bare = pc.replace_substring_regex(addresses.filter(free), _WITH_PLUS, r"\1@\2")
    names = pc.replace_substring(pc.replace_substring_regex(bare, "@.*$", ""), ".", "")
    at_gmail = joined(names, "@gmail.com")
    keys = pc.if_else(pc.match_substring_regex(bare, _DOTLESS), at_gmail, bare)
    return pc.replace_with_mask(addresses, free, keys)


_JOINTS = str.maketrans("", "", ".-_")
# A letter by itself is an initial: s.ales and a.r are people.
_INITIAL = r"(?:^|[-._])[a-z](?:[-._]|$)"
_HAS_INITIAL = re.compile(_INITIAL).search


def is_role_mailbox(address: str) -> bool:
    """Return whether an e-mail address is a role mailbox; False if it is not an address.

    >>> [is_role_mailbox(a) for a in ("Info@acme.com", "no-reply@acme.com", "ana@acme.com")]
    [True, True, False]
    """
    key = email_key(address)
    return key is not None and _is_role(key.rpartition("@")[0])


def role_mailboxes(addresses: pa.Array) -> np.ndarray:
    """Return where addresses, valid and in lower case, are role mailboxes; null is False.

    >>> role_mailboxes(pa.array(["sales-2@acme.com", "ana@acme.com"], pa.large_string())).tolist()
    [True, False]
    """
    boxes = pc.replace_substring_regex(addresses, r"(?:\+[^@]*)?@.*$", "")
    bare = pc.replace_substring_regex(boxes, "[-._]+|[-._0-9]+$", "")
    known = as_mask(pc.is_in(bare, value_set=pa.array(sorted(_roles()), pa.large_string())))
    known[known] = ~matches(boxes.filter(pa.array(known)), _INITIAL)
    return known


@lru_cache(maxsize=1 << 16)
def _is_role(mailbox: str) -> bool:
    box = mailbox.partition("+")[0]
    return box.translate(_JOINTS).rstrip("0123456789") in _roles() and not _HAS_INITIAL(box)


@cache
def _roles() -> frozenset[str]:
    return frozenset(shipped_lines("rules", "lists", "role_mailboxes.txt"))


# A mailbox that two patterns fit (an initial that is the whole name) has the first one.
PATTERNS = (
    "first.last", "first_last", "first-last", "firstlast", "last.first", "last_first", "lastfirst",
    "f.last", "f_last", "flast", "first.l", "firstl", "last.f", "lastf", "first", "last",
)  # fmt: skip
_WRITTEN_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe", "æ": "ae"})


def mailbox_patterns(
    addresses: pd.Series[str], first: pd.Series[str], last: pd.Series[str]
) -> np.ndarray:
    """Return the position in ``PATTERNS`` of each person's mailbox, -1 if no pattern fits.

    ``addresses`` are valid and in lower case; the names are as people write them. Accents are
    dropped or written out (Müller is muller or mueller); the first of several given names counts.
    """
    boxes = pc.replace_substring_regex(as_arrow(addresses), r"(\+[^@]*)?@.*$", "")
    found = _explained(boxes, first, last, searchable)
    left = np.flatnonzero(found < 0)
    if len(left):
        written_out = partial(_explained, boxes.take(pa.array(left)))
        found[left] = written_out(first.iloc[left], last.iloc[left], _written_out)
    return found


def _written_out(text: str) -> str:
    return searchable(text.lower().translate(_WRITTEN_OUT))


def _explained(
    boxes: pa.Array, first: pd.Series[str], last: pd.Series[str], folded: Callable[[str], str]
) -> np.ndarray:
    given = as_arrow(
        on_distinct(first, lambda text: _letters((tidy(text) or "").partition(" ")[0], folded))
    )
    family = as_arrow(on_distinct(last, lambda text: _letters(text, folded)))
    parts = {
        "first": given,
        "last": family,
        "f": pc.utf8_slice_codeunits(given, 0, 1),
        "l": pc.utf8_slice_codeunits(family, 0, 1),
    }
    found = np.full(len(boxes), -1)
    for place, pattern in enumerate(PATTERNS):
        same = as_mask(pc.equal(boxes, joined(*_built(pattern, parts))))
        found[same & (found < 0)] = place
    return found


def _built(pattern: str, parts: dict[str, pa.Array]) -> list[pa.Array | str]:
    """Return the parts of a pattern: "f.last" is the initial, a dot and the family name."""
    built: list[pa.Array | str] = []
    while pattern:
        name = next((name for name in parts if pattern.startswith(name)), None)
        built.append(parts[name] if name else pattern[0])
        pattern = pattern[len(name) if name else 1 :]
    return built


def _letters(text: str, folded: Callable[[str], str]) -> str | None:
    kept = "".join(c for c in folded(text) if c.isascii() and c.isalpha())
    return kept or None
