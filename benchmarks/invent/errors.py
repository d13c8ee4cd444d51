"""Errors with which one person is written again."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def typo(text: str, rng: Random) -> str:
    """Return text with one letter or digit changed, added, left out or swapped with the next."""
    if not text:
        return text
    at = rng.randrange(len(text))
    sign = rng.choice("0123456789" if text[at].isdigit() else _LETTERS)
    kinds = (
        text[:at] + sign + text[at + 1 :],
        text[:at] + text[at + 1 :],
        text[:at] + sign + text[at:],
        text[:at] + text[at + 1 : at + 2] + text[at] + text[at + 2 :],
    )
    return rng.choice(kinds) or text


def typos(text: str, share: float, rng: Random) -> str:
    """Return text with an error in a share of the cases, and with a second one in some of them."""
    if rng.random() >= share:
        return text
    wrong = typo(text, rng)
    return typo(wrong, rng) if rng.random() < share else wrong


def wrong_date(date: str, rng: Random) -> str:
    """Return an ISO date with another digit, the first of January, or day and month swapped."""
    year, month, day = date.split("-")
    kind = rng.random()
    if kind < 0.3:  # noqa: PLR2004  shares of kinds of errors
        return f"{year}-01-01"
    if kind < 0.4 and int(day) <= 12:  # noqa: PLR2004  it is a month as well
        return f"{year}-{day}-{month}"
    if kind < 0.6:  # noqa: PLR2004
        return f"{int(year) + rng.choice((-10, -1, 1, 10))}-{month}-{day}"
    other = rng.randrange(1, 29)
    return f"{year}-{month}-{other:02}" if kind < 0.8 else f"{year}-{rng.randrange(1, 13):02}-{day}"  # noqa: PLR2004


def coined(count: int, rng: Random, endings: tuple[str, ...]) -> list[str]:
    """Return distinct invented names, the frequent ones first."""
    found: dict[str, None] = {}
    onsets = ("b", "br", "c", "d", "f", "g", "h", "j", "k", "kl", "l", "m", "n", "p", "r", "s",
              "sch", "st", "t", "v", "w", "z", "a", "e", "o")  # fmt: skip
    vowels, middles = ("a", "e", "i", "o", "u", "ei", "au"), ("", "l", "n", "r", "s", "tt", "ck")
    while len(found) < count:
        parts = (rng.choice(onsets), rng.choice(vowels), rng.choice(middles), rng.choice(endings))
        found["".join(parts)] = None
    return list(found)


def frequent_first(options: list[str], rng: Random) -> str:
    """Return one of the options, the first ones far more often than the last."""
    return options[int(len(options) * rng.random() ** 2)]
