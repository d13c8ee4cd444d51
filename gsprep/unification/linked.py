"""Columns as codes of their distinct values, and links from values to companies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gsprep.values.arrow import as_mask, as_texts
from gsprep.values.distinct import distinct_values

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd


@dataclass(frozen=True, slots=True)
class Coded:
    """A column as distinct values and one code a row; -1 where the value is missing."""

    codes: np.ndarray
    values: tuple[str, ...]


def coded(column: pd.Series[str]) -> Coded:
    """Return the distinct values of a text column, in the order of their first appearance."""
    codes, values = distinct_values(column)
    return Coded(codes.astype(np.int64), tuple(values))


class Pairs(NamedTuple):
    """Pairs of positions, one line each: ``left`` (a value or a person) and ``company``."""

    left: np.ndarray
    company: np.ndarray


NO_PAIRS = Pairs(np.empty(0, np.int64), np.empty(0, np.int64))


@dataclass(frozen=True, slots=True)
class Links:
    """Values and the companies that bear them.

    values:  text to its position.
    starts:  the companies of value ``v`` are ``company[starts[v]:starts[v + 1]]``, ascending.
    company: positions of companies.
    """

    values: dict[str, int]
    starts: np.ndarray
    company: np.ndarray

    def position(self, value: str | None) -> int:
        """Return the position of a value, or -1."""
        return -1 if value is None else self.values.get(value, -1)

    def positions(self, values: Sequence[str | None] | pa.Array) -> np.ndarray:
        """Return the position of each value, -1 for none."""
        return positions_in(self.values, as_texts(values))

    def count(self, positions: np.ndarray) -> np.ndarray:
        """Return how many companies bear each value; 0 for position -1."""
        counts: np.ndarray = np.append(np.diff(self.starts), 0)[positions]
        return counts

    def over(self, largest: int) -> int:
        """Return how many values more than ``largest`` companies bear."""
        return int((np.diff(self.starts) > largest).sum())

    def spread(self, positions: np.ndarray, *, largest: int) -> Pairs:
        """Return a pair for each company of each value, none for values of over ``largest``.

        ``left`` is the place in ``positions``.
        """
        counts = self.count(positions)
        counts = np.where(counts > largest, 0, counts)
        left = np.repeat(np.arange(len(positions)), counts)
        first = np.repeat(np.append(self.starts[:-1], 0)[positions], counts)
        within = np.arange(len(left)) - np.repeat(np.cumsum(counts) - counts, counts)
        return Pairs(left, self.company[first + within])


def link(pairs: Iterable[tuple[str, int]]) -> Links:
    """Return the links of (value, company) pairs; repeated pairs count once."""
    distinct = sorted(set(pairs))
    values: dict[str, int] = {}
    for value, _ in distinct:
        values.setdefault(value, len(values))
    of_value = np.array([values[value] for value, _ in distinct], dtype=np.int64)
    company = np.array([company for _, company in distinct], dtype=np.int64)
    starts = np.searchsorted(of_value, np.arange(len(values) + 1))
    return Links(values, starts, company)


def link_column(values: pa.Array, company: np.ndarray) -> Links:
    """Return the links of values and the company beside each; null is none."""
    there = np.flatnonzero(as_mask(pc.is_valid(values)))
    encoded = pc.dictionary_encode(values.take(pa.array(there)))
    codes = encoded.indices.to_numpy().astype(np.int64)
    pairs = distinct_pairs([Pairs(codes, company[there])], int(company.max(initial=0)) + 1)
    starts = np.searchsorted(pairs.left, np.arange(len(encoded.dictionary) + 1))
    places = {value: at for at, value in enumerate(encoded.dictionary.to_pylist())}
    return Links(places, starts, pairs.company)


def positions_in(places: Mapping[str, int], values: pa.Array) -> np.ndarray:
    """Return the place of each text; -1 for null and for others. Places count from 0, in order."""
    found = pc.index_in(values, value_set=pa.array(places, pa.large_string()), skip_nulls=True)
    at: np.ndarray = pc.fill_null(found, -1).to_numpy().astype(np.int64)
    return at


def distinct_pairs(parts: list[Pairs], companies: int) -> Pairs:
    """Return every pair once, by ``left`` and then by company."""
    keys = [part.left * companies + part.company for part in parts]
    merged = np.sort(np.concatenate(keys)) if keys else np.empty(0, np.int64)
    merged = merged[np.append(True, merged[1:] != merged[:-1])[: len(merged)]]
    return Pairs(merged // max(companies, 1), merged % max(companies, 1))


def bears(links: Links, values: np.ndarray, companies: np.ndarray) -> np.ndarray:
    """Return whether each company bears the value at each position; False for -1."""
    width = int(links.company.max(initial=0)) + 1
    borne = np.repeat(np.arange(len(links.values)), np.diff(links.starts)) * width + links.company
    wanted = np.where((values >= 0) & (companies < width), values * width + companies, -1)
    # In the order of values and companies, as links are.
    at = np.searchsorted(borne, wanted)
    borne_by: np.ndarray = np.append(borne, -2)[at] == wanted
    return borne_by
