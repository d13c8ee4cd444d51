"""Lists of invented people in which some are written twice, in bulk."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from invent.words import plain, read_words

if TYPE_CHECKING:
    from collections.abc import Callable

    Texts = np.ndarray

_ONSETS = ("b", "br", "c", "d", "f", "g", "gr", "h", "k", "kr", "l", "m", "n", "p", "r", "s", "st",
           "t", "tr", "v", "w", "z")  # fmt: skip
_VOWELS = ("a", "e", "i", "o", "u", "ei", "au")
_CODAS = ("n", "r", "s", "l", "ck", "nd", "rt", "mann", "son", "ez", "ov", "ini", "er", "berg")
_TITLES = ("CEO", "CTO", "CFO", "Account Manager", "Buyer", "Consultant", "Data Analyst",
           "Project Manager", "Product Manager", "Sales Manager", "Support Engineer")  # fmt: skip
_SECTORS = ("Systems", "Foods", "Media", "Logistics", "Energy", "Health", "Motors", "Labs")
_FORMS = ("", "", " Inc", " Ltd", " GmbH", " AG")
_FREE = ("gmail.com", "yahoo.com", "outlook.com", "web.de")
_CITIES = ("Berlin", "Paris", "London", "Austin", "Boston", "Leeds", "Madrid", "Vienna", "Dublin")


def twice(count: int, share: float, seed: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Return ``count`` rows, a share of which repeats another one, and the person of each row."""
    rng = np.random.default_rng(seed)
    first = round(count * (1 - share))
    people = _people(first, rng)
    again = _noisy(people.iloc[rng.integers(first, size=count - first)], rng)
    truth = np.append(np.arange(first), again.index.to_numpy())
    rows = pd.concat([people, again], ignore_index=True).drop(columns=["site", "number"])
    order = rng.permutation(count)
    return rows.iloc[order].reset_index(drop=True).astype("str"), truth[order]


def _people(count: int, rng: np.random.Generator) -> pd.DataFrame:
    given = np.array(sorted({n for lists in read_words().peoples.values() for n in lists[0]}))
    surnames = _coined(max(count // 20, 500), rng)
    firms = np.char.capitalize(_coined(max(count // 15, 50), rng))
    firm = _skewed(len(firms), count, rng)
    first = given[_skewed(len(given), count, rng)]
    last = np.char.capitalize(surnames[_skewed(len(surnames), count, rng)])
    sector = np.array(_SECTORS)[firm % len(_SECTORS)]
    site = np.char.add(np.char.lower(firms[firm]), ".com")
    frame = pd.DataFrame({
        "FirstName": first,
        "LastName": last,
        "CompanyName": _joined(firms[firm], " ", sector, _any(_FORMS, count, rng)),
        "Title": _any(_TITLES, count, rng),
        "Location": np.array(_CITIES)[(firm + rng.integers(2, size=count)) % len(_CITIES)],
        "site": site,
        "number": rng.integers(2_000_000_000, 9_999_999_999, size=count).astype("str"),
    })  # fmt: skip
    emails = _emails(frame, rng)
    # Two people never have one address: the second receives a number.
    repeats = emails.groupby(emails).cumcount()
    numbers = (repeats + 1).where(repeats > 0).astype("Int64").astype("str").replace("<NA>", "")
    parts = emails.str.partition("@")
    unique = (parts[0] + numbers + "@" + parts[2]).mask(emails.isna())
    return frame.assign(Email=unique, Phone=_phones(frame, firm, rng))


def _coined(count: int, rng: np.random.Generator) -> Texts:
    """Return distinct invented words."""
    parts = [_any(part, 3 * count, rng) for part in (_ONSETS, _VOWELS, _ONSETS, _VOWELS, _CODAS)]
    found: Texts = pd.unique(_joined(*parts))[:count]
    return found


def _skewed(options: int, count: int, rng: np.random.Generator) -> np.ndarray:
    """Return places of which the first are far more frequent than the last."""
    places: np.ndarray = (options * rng.random(count) ** 2).astype(np.int64)
    return places


def _any(options: tuple[str, ...], count: int, rng: np.random.Generator) -> Texts:
    return np.array(options)[rng.integers(len(options), size=count)]


def _joined(*parts: Texts | str) -> Texts:
    whole = np.asarray(parts[0])
    for part in parts[1:]:
        whole = np.char.add(whole.astype("U"), part)
    return whole


def _emails(frame: pd.DataFrame, rng: np.random.Generator) -> pd.Series:
    count = len(frame)
    first, last = (
        np.array([plain(text).lower() for text in frame[n]]) for n in ("FirstName", "LastName")
    )
    letters = np.array([text[:1] for text in first])
    figures = rng.integers(10, 99, size=count).astype("U")
    style = rng.integers(4, size=count)
    made = (_joined(first, ".", last), _joined(letters, last), first, _joined(last, ".", first))
    box = np.select([style == n for n in range(4)], made, default="")
    private = rng.random(count) < 0.2  # noqa: PLR2004
    box = np.where(private, _joined(first, last, figures), box)
    domain = np.where(private, _any(_FREE, count, rng), frame["site"].to_numpy("U"))
    return pd.Series(_joined(box, "@", domain)).mask(rng.random(count) < 0.18)  # noqa: PLR2004


def _phones(frame: pd.DataFrame, firm: np.ndarray, rng: np.random.Generator) -> pd.Series:
    board = rng.random(len(frame)) < 0.2  # noqa: PLR2004
    numbers = np.where(board, (3_000_000_000 + 7 * firm).astype("U"), frame["number"].to_numpy("U"))
    return pd.Series(_joined("+1", numbers)).mask(rng.random(len(frame)) < 0.4)  # noqa: PLR2004


def _noisy(rows: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Return the rows as another source would have written them."""
    count = len(rows)
    named = rows[["FirstName", "LastName", "CompanyName", "Title", "Location", "site", "number"]]
    changed = rows.copy()
    draw = {name: rng.random(count) for name in changed.columns}
    again = _emails(named.reset_index(drop=True), rng).to_numpy()
    changed["Email"] = np.where(draw["Email"] < 0.25, again, rows["Email"])  # noqa: PLR2004
    for name in ("FirstName", "LastName"):
        changed[name] = _each(rows[name], draw[name] < 0.12, lambda t: _typo(t, rng))  # noqa: PLR2004
    initial = rng.random(count) < 0.05  # noqa: PLR2004
    changed["FirstName"] = changed["FirstName"].where(~initial, changed["FirstName"].str[:1])
    digits = rows["Phone"].str[2:]
    formats = "(" + digits.str[:3] + ") " + digits.str[3:6] + "-" + digits.str[6:]
    changed["Phone"] = formats.where(draw["Phone"] < 0.4, rows["Phone"])  # noqa: PLR2004
    changed["Title"] = rows["Title"].where(draw["Title"] < 0.75, _any(_TITLES, count, rng))  # noqa: PLR2004
    changed["CompanyName"] = rows["CompanyName"].str.replace(
        r" (?:Inc|Ltd|GmbH|AG)$", "", regex=True
    )
    for name in ("CompanyName", "Title", "Location", "Phone", "Email"):
        changed[name] = changed[name].mask(rng.random(count) < 0.15)  # noqa: PLR2004
    return changed


def _each(column: pd.Series, where: np.ndarray, of: Callable[[str], str]) -> list[str]:
    return [of(text) if hit else text for text, hit in zip(column, where, strict=True)]


def _typo(text: str, rng: np.random.Generator) -> str:
    at = int(rng.integers(len(text)))
    letter = "abcdefghijklmnopqrstuvwxyz"[int(rng.integers(26))]
    kinds = (text[:at] + letter + text[at + 1 :], text[:at] + text[at + 1 :],
             text[:at] + letter + text[at:])  # fmt: skip
    return kinds[int(rng.integers(3))] or text
