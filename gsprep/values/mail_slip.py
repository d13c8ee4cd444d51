"""Typing slips in the domain of an e-mail address: named, never mended."""

from __future__ import annotations

from functools import lru_cache

from rapidfuzz.distance import OSA

from gsprep.values.domain import domain_class
from gsprep.values.email import normal_email

# Providers so common that one letter more, less, other or swapped is a slip, and with names
# long enough that no company of that name is likely.
COMMON = (
    "gmail.com", "googlemail.com", "hotmail.com", "outlook.com", "yahoo.com", "icloud.com",
    "protonmail.com", "hotmail.co.uk", "yahoo.co.uk",
)  # fmt: skip
# One letter away from those all the same, and a company's own.
_REAL = frozenset({"cloud.com"})
# Mail that many have: its domain is as it should be.
_NOT_MISSPELT = frozenset({"free-mail", "provider"})
# Endings that are no top-level domain.
ENDINGS = {
    "cmo": "com", "comm": "com", "con": "com", "cpm": "com", "ocm": "com", "vom": "com",
    "xom": "com", "nte": "net", "ogr": "org",
}  # fmt: skip


def slip_suggestion(address: str) -> str | None:
    """Return the address as it was probably meant, or None when nothing looks wrong.

    >>> slip_suggestion("ana@gmial.com"), slip_suggestion("ana@acme.con")
    ('ana@gmail.com', 'ana@acme.com')
    >>> slip_suggestion("ana@acme.com") is None
    True
    """
    mailbox, at, domain = (normal_email(address) or "").rpartition("@")
    if not at:
        return None
    meant = _meant(domain)
    return None if meant == domain else f"{mailbox}@{meant}"


@lru_cache(maxsize=1 << 16)
def _meant(domain: str) -> str:
    # Slips of the big providers are registered by others, and listed as disposable mail.
    if domain in _REAL or domain_class(domain) in _NOT_MISSPELT:
        return domain
    stem, _, ending = domain.rpartition(".")
    mended = f"{stem}.{ENDINGS.get(ending, ending)}"
    return next((c for c in COMMON if OSA.distance(mended, c, score_cutoff=1) <= 1), mended)
