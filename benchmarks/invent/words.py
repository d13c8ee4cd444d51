"""Words of invented companies and people, from words.yaml."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from random import Random

_FILE = Path(__file__).with_name("words.yaml")
# Letters that do not decompose into a Latin letter and an accent.
_SPELT_OUT = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ı": "i"}  # noqa: RUF001  they are meant
)
_DIGIT = {"#": lambda share: str(int(share * 10)), "N": lambda share: str(2 + int(share * 7))}


@dataclass(frozen=True, slots=True)
class Country:
    """The names, phone numbers, domains and legal forms of a country.

    ``office`` and ``fiction`` are patterns of phone numbers with "#" for a digit, without the
    country code; numbers of ``fiction`` are not assigned. Empty means unknown.
    """

    code: str
    name: str
    also: tuple[str, ...] = ()
    dial: str = ""
    trunk: str = ""
    suffixes: tuple[str, ...] = ("com",)
    legal: tuple[str, ...] = ("Ltd.",)
    office: tuple[str, ...] = ()
    fiction: tuple[str, ...] = ()
    cities: tuple[str, ...] = ()
    people: str = "english"


@dataclass(frozen=True, slots=True)
class Words:
    """All lists of words.yaml; ``countries`` by code, ``peoples`` by the name of their list."""

    countries: dict[str, Country]
    inhabited: tuple[Country, ...]
    peoples: dict[str, tuple[tuple[str, ...], tuple[str, ...]]]
    sectors: dict[str, str]
    short: dict[str, str]
    lists: dict[str, tuple[str, ...]]

    def country(self, written: str) -> Country:
        """Return the country of a code or a name; an unknown country has only that name."""
        key = written.strip().casefold()
        for country in self.countries.values():
            if key in {country.code.casefold(), country.name.casefold()}:
                return country
            if key in {name.casefold() for name in country.also}:
                return country
        return Country(code=written.strip(), name=written.strip())


def read_words() -> Words:
    """Read words.yaml."""
    raw: dict[str, Any] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    described = [Country(**_frozen(country)) for country in raw.pop("countries")]
    named = [Country(code, name) for code, name in raw.pop("others").items()]
    peoples = {
        name: (tuple(lists["given"]), tuple(lists["family"]))
        for name, lists in raw.pop("people").items()
    }
    return Words(
        countries={country.code: country for country in (*described, *named)},
        inhabited=tuple(described),
        peoples=peoples,
        sectors=raw.pop("sectors"),
        short=raw.pop("short"),
        lists={name: tuple(words) for name, words in raw.items()},
    )


def _frozen(country: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(v) if isinstance(v, list) else v for key, v in country.items()}


def plain(text: str) -> str:
    """Return text in ASCII letters, accents and case folded away.

    >>> plain("Käthe Nußbaumer")
    'kathe nussbaumer'
    """
    if text.isascii():
        return text.lower()
    folded = unicodedata.normalize("NFKD", text.lower().translate(_SPELT_OUT))
    return folded.encode("ascii", "ignore").decode("ascii")


def label(text: str, joint: str = "") -> str:
    """Return text that can be the label of a domain; "" if nothing is left.

    >>> label("Brückmann & Söhne", "-")
    'bruckmann-sohne'
    """
    letters = "".join(c if c.isalnum() else " " for c in plain(text))
    return joint.join(letters.split())[:63].strip("-")


def digits(pattern: str, rng: Random) -> str:
    """Return a telephone pattern with a digit for every "#", and one from 2 to 8 for every "N"."""
    return "".join(_DIGIT[c](rng.random()) if c in _DIGIT else c for c in pattern)
