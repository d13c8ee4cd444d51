"""Placeholders such as n/a, alone and in columns."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from gsprep.shipped import shipped_lines, shipped_words
from gsprep.values.arrow import as_mask, has_byte, matches
from gsprep.values.email import email_key
from gsprep.values.text import searchable, tidy

if TYPE_CHECKING:
    import numpy as np

# A cell of these signs only is empty in any language; + or # may mean something.
_SIGNS = re.compile(
    r"[-_.,:;?!*/\\|~=<>()\[\]{}'\"\u2010-\u2015\u2026\u2212\u00b7\u2022\u00bf\u00a1]+"
)
_LONGEST = 30
_LONGEST_SIGNS = 12
EDGES = " -_.,:;*'\""
# Addresses and numbers that may be placeholders, for a look at a whole column (RE2).
MAIL_SUSPECT = r"(?i)@\s*(?:[^@]*\.)?(?:com|net|org)\W*$"
PHONE_SUSPECT = "|".join(rf"^[\s().+/-]*{d}(?:[\s().+/-]*{d}){{7,}}[\s().+/-]*$" for d in range(10))
# Numbers of one repeated digit are not assigned; shorter ones may be an extension.
_ONE_DIGIT = re.compile(r"[\s().+/-]*(\d)(?:[\s().+/-]*\1){7,}[\s().+/-]*")


def is_placeholder(text: str, *, names: bool = False) -> bool:
    """Return whether the text is a placeholder: ``n/a``, ``-``, ``test``, ``none@none.com``.

    ``names`` says that the cell is the name of a person, a company or a choice: "None" and "Test"
    may be names, so only text that cannot be a name counts.

    >>> [is_placeholder(t) for t in ("N/A", "--", "n.a.", "Unknown", "Anna")]
    [True, True, True, True, False]
    >>> is_placeholder("Null", names=True), is_placeholder("n/a", names=True)
    (False, True)
    """
    seen = tidy(text) if len(text) <= _LONGEST else None
    if seen is None:
        return False
    if _SIGNS.fullmatch(seen):
        return len(seen) <= _LONGEST_SIGNS
    if "@" in seen:
        return is_placeholder_email(seen)
    folded = searchable(seen)
    place = _words().get(folded) or _words().get(folded.strip(EDGES))
    return place == "everywhere" or (place is not None and not names)


def placeholder_words() -> list[str]:
    """Return the listed placeholders, in lower case and without accents."""
    return list(_words())


@cache
def _words() -> dict[str, str]:
    lines = (line.split("\t") for line in shipped_lines("rules", "lists", "placeholders.txt"))
    return dict(lines) | dict.fromkeys(shipped_words("spreadsheet_error"), "everywhere")


def is_placeholder_phone(text: str) -> bool:
    """Return whether a phone number is a placeholder: a listed word, or one digit repeated.

    >>> is_placeholder_phone("000-000-0000"), is_placeholder_phone("n/a")
    (True, True)
    >>> is_placeholder_phone("+1 415 555 0102")
    False
    """
    return is_placeholder(text) or _ONE_DIGIT.fullmatch(text) is not None


def is_placeholder_email(text: str) -> bool:
    """Return whether an address is a placeholder: ``none@none.com``, or any at example.com.

    A listed word (``n/a``) counts as well.

    >>> [is_placeholder_email(t) for t in ("None@none.com", "n/a", "ana@acme.com")]
    [True, True, False]
    """
    if "@" not in text:
        return is_placeholder(text)
    key = email_key(text)
    if key is None:
        return False
    mailbox, _, domain = key.rpartition("@")
    mailboxes = _mailboxes().get(domain, frozenset())
    return "*" in mailboxes or mailbox in mailboxes


@cache
def _mailboxes() -> dict[str, frozenset[str]]:
    lines = (line.split("\t") for line in shipped_lines("rules", "lists", "placeholder_mail.txt"))
    return {domain: frozenset(mailboxes.split()) for domain, mailboxes in lines}


_ACCENTS = "[\u0300-\u036f]"


def placeholder_suspects(values: pa.Array) -> np.ndarray:
    """Return where ``is_placeholder`` may hold: a listed word, an address, or signs only."""
    found: np.ndarray = matches(values, _suspect())
    if has_byte(values, b"@"):
        addresses = as_mask(pc.match_substring(values, "@"))
        found[addresses] |= matches(values.filter(pa.array(addresses)), MAIL_SUSPECT)
    foreign = ~as_mask(pc.string_is_ascii(values))
    if foreign.any():
        folded = pc.utf8_normalize(values.filter(pa.array(foreign)), "NFKD")
        bare = pc.replace_substring_regex(folded, _ACCENTS, "")
        plain = pc.utf8_trim(pc.utf8_lower(bare), EDGES)
        found[foreign] |= as_mask(pc.is_in(plain, value_set=_bare_words()))
        found[foreign] |= ~matches(plain, r"[\pL\pN]")
    return found


@cache
def _suspect() -> str:
    edges = f"[{re.escape(EDGES)}]*"
    words = "|".join(map(re.escape, _bare_words().to_pylist()))
    return rf"(?i)^{edges}(?:{words})?{edges}$|^[^0-9A-Za-z\x{{80}}-\x{{10ffff}}][^0-9]*$"


@cache
def _bare_words() -> pa.Array:
    """Return the words without the signs at their ends."""
    words = {word.strip(EDGES) for word in placeholder_words()}
    return pa.array(sorted(words), pa.large_string())
