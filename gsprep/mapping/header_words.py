"""Headers as keys and words, and headers with several texts."""

from __future__ import annotations

import re
from functools import lru_cache

from gsprep.values.text import searchable

_APART = re.compile(r"[\W_]+")
# FirstName, HTMLText: a word begins at a capital after a small letter, or before one.
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
OWN = "__gc"
# The known headers of an object; those of another object are mostly the same.
_KNOWN = 4_096

_MARKED = re.compile(
    r"[*\u2020\u2021\u2731]+|[\[(]\s*(?:required|mandatory|optional|req\.?|pflichtfeld|pflicht"
    r"|optionnel|facultatif|obligatoire|obligatorio|obligat[o\u00f3]rio|requerido|verplicht"
    r"|obbligatorio)\s*[\])]",
    re.IGNORECASE,
)
# 1. Email, Q2: Company, 3) Phone; the first e-mail of several is numbered without such a sign.
_NUMBERED = re.compile(r"\A\s*(?:q(?:uestion)?\s*)?\d{1,3}\s*[.):](?!\d)\s*", re.IGNORECASE)
# Custom fields of Salesforce.
_SUFFIX = re.compile(r"__p?c\Z", re.IGNORECASE)
_BRACKETS = re.compile(r"[(\[{<]([^()\[\]{}<>]*)[)\]}>]")
_EITHER = re.compile(r"\s*[/|;\u2022\u00b7]\s*|\s+(?:or|oder|ou|o)\s+", re.IGNORECASE)
_PREFIXED = re.compile(r"\s*(?::|>|\u00bb|::)\s*|\s+[-\u2013\u2014]\s+|(?<=\w)\.(?=[A-Za-z])")


@lru_cache(maxsize=_KNOWN)
def header_key(header: str) -> str:
    """Return a header for comparing: without case, blanks and punctuation."""
    return _APART.sub("", searchable(header))


@lru_cache(maxsize=_KNOWN)
def header_words(header: str) -> tuple[str, ...]:
    """Return the words of a header, in its order.

    >>> header_words("Participant's E-mail"), header_words("Company_ID"), header_words("FirstName")
    (('participant', 's', 'e', 'mail'), ('company', 'id'), ('first', 'name'))
    """
    words = _APART.sub(" ", searchable(_CAMEL.sub(" ", header.removesuffix(OWN))))
    return tuple(words.split())


def without_marks(header: str) -> str:
    """Return a header without marks of required questions, numbers in front and API suffixes.

    >>> without_marks("2. E-mail *"), without_marks("Company (required)"), without_marks("Role__c")
    ('E-mail', 'Company', 'Role')
    """
    return _SUFFIX.sub("", _NUMBERED.sub("", _MARKED.sub(" ", header)).strip(" :?"))


def without_brackets(header: str) -> tuple[str, str]:
    """Return what is outside the brackets of a header, and what is inside.

    >>> without_brackets("Phone (mobile)")
    ('Phone', 'mobile')
    """
    inside = " ".join(_BRACKETS.findall(header))
    return _BRACKETS.sub(" ", header).strip(), inside.strip()


def either_or(header: str) -> tuple[str, ...]:
    """Return the texts between the signs that offer one or the other.

    >>> either_or("Company / Organisation"), either_or("Phone")
    (('Company', 'Organisation'), ('Phone',))
    """
    return tuple(filter(None, map(str.strip, _EITHER.split(header))))


def after_prefix(header: str) -> tuple[str, str]:
    """Return what is before and after the last sign that separates a group from its field.

    >>> after_prefix("Contact: Email"), after_prefix("Email")
    (('Contact', 'Email'), ('', 'Email'))
    """
    signs = list(_PREFIXED.finditer(header))
    if not signs or not header[signs[-1].end() :].strip():
        return "", header
    return header[: signs[-1].start()].strip(), header[signs[-1].end() :].strip()
