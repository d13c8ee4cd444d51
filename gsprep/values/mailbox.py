"""The mailbox behind an address: providers read several spellings as one."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from gsprep.values.arrow import joined, matches

# Gmail ignores dots, and like the others takes what follows a plus as a mark of the sender's
# own (help pages of the providers, read 2026-11).
_DOTLESS = r"@(?:gmail|googlemail)\.com$"
_WITH_PLUS = (
    r"^([^+@]+)\+[^@]*@((?:fastmail|gmail|googlemail|hotmail|icloud|live|me|outlook|protonmail)"
    r"\.com|(?:pm|proton)\.me)$"
)


def mailbox_keys(addresses: pa.Array) -> pa.Array:
    """Return the address under which a provider keeps each mailbox; null stays null.

    ``addresses`` are valid ones in lower case. Where the provider is not known to read spellings
    as one, it is the address itself.

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
