"""Several addresses in one cell: found, never split silently."""

from __future__ import annotations

import re

from gsprep.values.email import email_key, mend_email, normal_email

_APART = re.compile(r"[;,|/&\n\r\t]|\s+(?:and|or|und|oder|et|ou|y|o|e)\s+|\s+", re.IGNORECASE)
# Where two addresses can stand at all, for a look at a whole column (RE2).
APART = r"(?s)@.*[;,|/&\s\x{80}-\x{10ffff}].*@"
# Names of people stand between, and marks around; longer text is no cell of addresses.
_LONGEST = 4000
_AROUND = "<>()[]{}\"'.: "


def emails_in(text: str) -> tuple[str, ...]:
    """Return the addresses a cell holds, each once, in their normal form and order.

    An address with a display name is one. Empty when there is none. Which of several is meant,
    nobody but the sender of the file can say.

    >>> emails_in("ana@acme.com; Bo Berg <bo@acme.com>")
    ('ana@acme.com', 'bo@acme.com')
    >>> emails_in("ana@acme.com, ANA@acme.com")
    ('ana@acme.com',)
    """
    if "@" not in text:
        return ()
    whole = mend_email(text)
    if whole is not None and (one := normal_email(whole)) is not None:
        return (one,)
    by_key: dict[str | None, str] = {}
    for address in map(_address, _APART.split(text[:_LONGEST])):
        if address is not None:
            by_key.setdefault(email_key(address), address)
    return tuple(by_key.values())


def holds_several_emails(text: str) -> bool:
    """Return whether a cell holds more than one address.

    >>> holds_several_emails("a@acme.com / b@acme.com"), holds_several_emails("a@acme.com")
    (True, False)
    """
    return text.count("@") > 1 and len(emails_in(text)) > 1


def _address(part: str) -> str | None:
    bare = part.strip(_AROUND)
    return normal_email(mend_email(bare) or "") if "@" in bare else None
