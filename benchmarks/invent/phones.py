"""Phone numbers in the notations that people use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from invent.noise import pick

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from invent.words import Country

_KEYS = {
    "2": "ABC",
    "3": "DEF",
    "4": "GHI",
    "5": "JKL",
    "6": "MNO",
    "7": "PQRS",
    "8": "TUV",
    "9": "WXYZ",
}
_AREA = 3


def _grouped(number: str, joint: str) -> str:
    """Area code, then blocks of three or four."""
    area, rest = number[: _AREA - len(number) % 2], number[_AREA - len(number) % 2 :]
    half = len(rest) // 2
    return joint.join(part for part in (area, rest[:half], rest[half:]) if part)


def _plus(country: Country, number: str, _: Random) -> str:
    return f"+{country.dial} {_grouped(number, ' ')}"


def _zeros(country: Country, number: str, rng: Random) -> str:
    return f"00{country.dial}{pick(('', ' '), rng)}{_grouped(number, pick(('', ' ', '-'), rng))}"


def _national(country: Country, number: str, rng: Random) -> str:
    return country.trunk + _grouped(number, pick((" ", "-", ""), rng))


def _dots(country: Country, number: str, rng: Random) -> str:
    return pick((f"+{country.dial}.", country.trunk), rng) + _grouped(number, ".")


def _slashes(country: Country, number: str, rng: Random) -> str:
    area, _, rest = _grouped(number, "/").partition("/")
    return pick((f"+{country.dial} ", country.trunk), rng) + area + "/" + rest.replace("/", " ")


def _brackets(country: Country, number: str, rng: Random) -> str:
    area, _, rest = _grouped(number, " ").partition(" ")
    bare = f"({country.trunk}{area}) {rest.replace(' ', '-')}"
    return (
        pick((f"+{country.dial} ({country.trunk or area[:1]}) {number}", bare), rng)
        if country.trunk
        else bare
    )


def _extension(country: Country, number: str, rng: Random) -> str:
    more = pick(
        (" x12", " ext. 4", " ext 217", " x3", " Durchwahl 21" if country.dial == "49" else " x45"),
        rng,
    )
    return f"+{country.dial} {_grouped(number, ' ')}{more}"


def _letters(country: Country, number: str, rng: Random) -> str:
    last = number[-4:]
    if country.dial == "1" and not set(last) & set("01"):
        return f"1-{number[:3]}-{number[3:6]}-" + "".join(pick(_KEYS[digit], rng) for digit in last)
    return (
        pick(("Tel. ", "phone: ", "T: ", "office "), rng)
        + f"+{country.dial} {_grouped(number, ' ')}"
    )


_NOTATIONS: tuple[Callable[[Country, str, Random], str], ...] = (
    _plus, _zeros, _national, _dots, _slashes, _brackets, _extension, _letters,
)  # fmt: skip


def published(e164: str, country: Country, rng: Random) -> str:
    """Return a number as lists of companies have it: in E.164, or spaced out after "+" or "00"."""
    start = "+" + country.dial
    if not country.dial or not e164.startswith(start):
        return e164
    number = e164[len(start) :]
    return pick((e164, e164, e164, _plus(country, number, rng), _zeros(country, number, rng)), rng)


def written(e164: str, country: Country, rng: Random) -> str:
    """Return a number in one of eight notations; a foreign number stays international.

    ``country`` is the country of the number. A number that does not begin with the code of its
    country, or of a country with an unknown code, is written in E.164.
    """
    start = "+" + country.dial
    if not country.dial or not e164.startswith(start):
        return e164
    return _NOTATIONS[int(rng.random() * len(_NOTATIONS))](country, e164[len(start) :], rng)


def of_same_switchboard(e164: str, rng: Random) -> str:
    """Return a number that differs from another one in the last two digits."""
    return f"{e164[:-2]}{int(rng.random() * 100):02}"
