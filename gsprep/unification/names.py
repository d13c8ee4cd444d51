"""Names of the kinds of evidence and of their comparisons, for rulebooks.

A leaf: a rulebook is read without the libraries that compare. Each entry belongs to a feature of
``registry.FEATURES``, and a test holds the two equal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rapidfuzz import fuzz, process

if TYPE_CHECKING:
    from collections.abc import Iterator

COMPARISONS_OF: dict[str, tuple[str, ...]] = {
    "identifier": ("same_identifier", "shared_identifier"),
    "domain": (
        "same_domain", "shared_domain", "related_domain", "domain_like_name",
        "domain_begins_name", "domain_begun_by_name", "domain_initials", "common_domain",
        "other_domain", "your_domain", "provider_domain",
    ),
    "other e-mail": (
        "other_email_domain", "other_email_shared_domain", "other_email_like_name",
    ),
    "phone": ("same_phone", "shared_phone", "same_switchboard"),
    "name": (
        "same_name", "same_words", "spelled_alike", "begins_alike", "cut_short", "written_on",
        "first_word", "initials", "words_added", "words_missing", "rare_words_differ",
        "single_word", "nearer_relative", "relatives_name", "relatives_short_name",
        "other_number", "other_word", "other_legal_form",
    ),
    "country": ("same_country", "other_country"),
    "owner": ("same_owner",),
    "linked": ("known_person", "known_in_several"),
    "known domain": ("known_at_domain", "known_at_shared_domain", "known_elsewhere"),
    "known phone": ("known_phone", "known_shared_phone"),
    "pattern": ("email_pattern", "other_pattern"),
    "title": ("domain_is_name", "domain_is_bare_name"),
}  # fmt: skip
# The model knows more of a domain's label; these are for rules that need the exact name.
FOR_RULES = frozenset({"domain_is_name", "domain_is_bare_name"})
# Below this likeness (of 100) a name is another word, not a typing error.
_LIKE = 75


def comparison_names() -> Iterator[str]:
    """Yield the name of every comparison, kind by kind."""
    for names in COMPARISONS_OF.values():
        yield from names


def checked_name(name: str) -> str:
    """Return the name of a comparison; ValueError if it is unknown."""
    known = list(comparison_names())
    if name in known:
        return name
    nearest = process.extractOne(name, known, scorer=fuzz.ratio, score_cutoff=_LIKE)
    if nearest is not None:
        raise ValueError(f"no such comparison: did you mean {nearest[0]}?")
    raise ValueError(f"no such comparison; there are {', '.join(sorted(known))}")
