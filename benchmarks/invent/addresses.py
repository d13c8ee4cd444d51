"""Mail addresses of invented people, and the cells they are pasted into."""

from __future__ import annotations

from typing import TYPE_CHECKING

from invent.names import misspelt
from invent.noise import chance, pick
from invent.words import label

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from invent.words import Country, Words

_SOFT_HYPHEN, _NO_BREAK = "\N{SOFT HYPHEN}", "\N{NO-BREAK SPACE}"


def mailbox(given: str, family: str, rng: Random) -> str:
    """Return the part before the @, in one of the ways companies build it."""
    first, last = label(given) or "info", label(family) or "office"
    if chance(0.6, rng):
        return f"{first}.{last}"
    return pick(
        (f"{first[0]}.{last}", f"{first[0]}{last}", f"{last}.{first}", f"{first}_{last}"), rng
    )


def private(given: str, family: str, words: Words, rng: Random) -> str:
    """Return an address with a free mail service; the number makes sure that no one has it."""
    box = f"{mailbox(given, family, rng)}.{int(rng.random() * 9000) + 1000}"
    services = words.lists["free_slips" if chance(0.06, rng) else "free_mail"]
    return f"{box}@{pick(services, rng)}"


def with_slip(domain: str, rng: Random) -> str:
    """Return the domain with one typing error before the first dot."""
    name, dot, suffix = domain.partition(".")
    return misspelt(name, rng) + dot + suffix


def other_suffix(domain: str, country: Country, rng: Random) -> str:
    """Return the domain's name under another public suffix, like that of a branch abroad."""
    suffix = pick((*country.suffixes, "com", "co.uk", "eu", "com.br", "com.au"), rng)
    return f"{domain.partition('.')[0]}.{suffix}"


def pasted(address: str, name: str, rng: Random) -> str:
    """Return a cell with a carelessly pasted address: the same address in another form."""
    return _FORMS[int(rng.random() * len(_FORMS))](address, name)


_FORMS: tuple[Callable[[str, str], str], ...] = (
    lambda address, _: address.upper(),
    lambda address, _: address.title(),
    lambda address, _: f"  {address} ",
    lambda address, _: f"mailto:{address}",
    lambda address, name: f"{name} <{address}>",
    lambda address, name: f'"{name}" <{address}>',
    lambda address, _: f"<{address}>",
    lambda address, _: address + _NO_BREAK,
    lambda address, _: _NO_BREAK + address,
    lambda address, _: address.replace("@", _SOFT_HYPHEN + "@"),
    lambda address, _: address + ";",
    lambda address, _: address + "\t",
)
