"""Candidate pairs of records with a common learned key."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from gsprep.unification.duplicates.features import WEAK, features_of
from gsprep.unification.pairs import spans

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gsprep.unification.duplicates.columns import Column

# Pairs that one key proposes for each record of a small list, on average, and those that it may
# propose whatever the size of the list.
_PER_KEY, _FREE = 6, 5_000
_COVERED = 0.997
# Unsorted pairs that are kept before repeated ones are removed.
_BUFFER = 1 << 23
_MIX = np.uint64(0x9E3779B97F4A7C15)
_BITS = 20
# The second limit of blocks that is tried, and what a key costs without a pair.
_FEW, _LEAST_COST = 8, 0.005
_HOPELESS = 10
_SHORT = np.iinfo(np.int32).max


@dataclass(frozen=True, slots=True)
class People:
    """The records whose pairs are wanted.

    columns: the compared columns.
    files:   by record, whether it is of the second file; None for one file.
    within:  of two files, whether pairs of the first one are wanted, in place of those of both.
    """

    columns: list[Column]
    files: np.ndarray | None = None
    within: bool = False

    def of_second(self, records: np.ndarray) -> np.ndarray:
        """Return which of the records are of the second file."""
        if self.files is None:
            return np.zeros(len(records), dtype=bool)
        return self.files[records]

    def wants(self, one: np.ndarray, two: np.ndarray) -> np.ndarray:
        """Return which pairs of records are wanted."""
        wanted: np.ndarray = one != two
        if self.files is not None and self.within:
            wanted = wanted & ~self.files[one] & ~self.files[two]
        elif self.files is not None:
            wanted = self.files[one] != self.files[two]
        return wanted

    @property
    def size(self) -> int:
        """The number of records."""
        return len(self.columns[0].codes) if self.columns else 0

    @property
    def pairs(self) -> float:
        """The number of all pairs: of two records, or of a record of each file."""
        if self.files is None:
            return self.size * (self.size - 1) / 2
        second = int(self.files.sum())
        return float((self.size - second) * second)


@dataclass(frozen=True, slots=True)
class Key:
    """Features whose values two records share, and the largest block that proposes pairs."""

    features: tuple[str, ...]
    largest: int


@dataclass(frozen=True)
class Features:
    """The features of all columns: a code for each distinct value, and the column's codes."""

    codes: Mapping[str, np.ndarray]
    columns: Mapping[str, np.ndarray]

    @classmethod
    def of(cls, columns: Sequence[Column]) -> Features:
        """Return the features of the columns."""
        codes: dict[str, np.ndarray] = {}
        rows: dict[str, np.ndarray] = {}
        for column in columns:
            for name, of_value in features_of(column).items():
                codes[name] = np.append(of_value, -1)
                rows[name] = column.codes
        return cls(codes, rows)

    def of_rows(self, names: Sequence[str]) -> np.ndarray:
        """Return one number for the values of several features, -1 if one is missing."""
        key = self.codes[names[0]][self.columns[names[0]]]
        for name in names[1:]:
            codes = self.codes[name][self.columns[name]]
            width = int(self.codes[name].max(initial=0)) + 1
            key = np.where((key < 0) | (codes < 0), -1, key * width + codes)
        return key

    def block_size(self, names: Sequence[str]) -> float:
        """Return the usual size of the blocks of features, as if they were independent."""
        rows = float(len(self.columns[names[0]]))
        return rows * float(np.prod([self.chances[name] for name in names]))

    @cached_property
    def chances(self) -> Mapping[str, float]:
        """By feature, the chance that two records with a value have the same one."""
        found = {}
        for name, codes in self.codes.items():
            counts = np.bincount(codes[self.columns[name]] + 1)[1:].astype(np.float64)
            found[name] = float((counts**2).sum()) / max(float(counts.sum()), 1.0) ** 2
        return found

    def combinations(self) -> Iterator[tuple[str, ...]]:
        """Yield every feature that can propose pairs, and every two of different columns."""
        names = sorted(self.codes)
        yield from ((name,) for name in names if not _is_weak(name))
        for one, two in combinations(names, 2):
            of_two_columns = self.columns[one] is not self.columns[two]
            if of_two_columns and not (_is_weak(one) and _is_weak(two)):
                yield one, two


def _is_weak(name: str) -> bool:
    return name.rpartition(".")[2] in WEAK


def all_pairs(people: People, features: Features, largest: int) -> np.ndarray:
    """Return the pairs that any key proposes, as ``left * size + right``, sorted."""
    parts: list[np.ndarray] = []
    found, waiting = np.empty(0, np.int64), 0
    for names in features.combinations():
        pairs = block_pairs(features.of_rows(names), people, largest)
        parts.append(pairs)
        waiting += len(pairs)
        if waiting > _BUFFER:
            found, parts, waiting = merged([found, *parts]), [], 0
    return merged([found, *parts])


def pairs_of_keys(people: People, features: Features, keys: Sequence[Key]) -> np.ndarray:
    """Return the pairs that the keys propose, as ``left * size + right``, sorted."""
    parts = [block_pairs(features.of_rows(key.features), people, key.largest) for key in keys]
    return merged(parts)


def copies_of(people: People) -> np.ndarray:
    """Return by record the first one of its file that has the same values."""
    numbers = people.of_second(np.arange(people.size)).astype(np.uint64)
    for column in people.columns:
        numbers = (numbers ^ (column.codes + 1).astype(np.uint64)) * _MIX
        numbers ^= numbers >> np.uint64(29)
    codes, found = pd.factorize(numbers)
    first = np.full(len(found), people.size)
    np.minimum.at(first, codes, np.arange(people.size))
    return first[codes]


def copy_pairs(people: People, copies: np.ndarray, largest: int) -> np.ndarray:
    """Return the pairs of records that have too many copies for a block, each with the first."""
    many = np.bincount(copies, minlength=people.size)[copies] > largest
    return np.sort(_numbered(people, copies[many], np.flatnonzero(many)))


def pairs_by_row(
    people: People, features: Features, keys: Sequence[Key], largest: int
) -> np.ndarray:
    """Return the pairs of records and existing people, whatever other records there are.

    A value that many existing people have proposes none of them. Without keys everything proposes.
    """
    existing = people.of_second(np.arange(people.size))
    asked = [(key.features, key.largest) for key in keys] or [
        (names, largest) for names in features.combinations()
    ]
    parts = [_pairs_with(features.of_rows(names), existing, people, most) for names, most in asked]
    return merged(parts)


def _pairs_with(key: np.ndarray, existing: np.ndarray, people: People, largest: int) -> np.ndarray:
    old = np.flatnonzero(existing & (key >= 0))
    old = old[np.argsort(key[old], kind="stable")]
    ordered = key[old]
    sizes = np.unique(ordered, return_counts=True)[1]
    most = _affordable(sizes + 1, largest + 1, _PER_KEY * max(int(existing.sum()), 1)) - 1
    new = np.flatnonzero(~existing & (key >= 0))
    start, stop = (np.searchsorted(ordered, key[new], side=side) for side in ("left", "right"))
    kept = (stop > start) & (stop - start <= most)
    new, start, size = new[kept], start[kept], (stop - start)[kept]
    return _numbered(people, np.repeat(new, size), old[spans(start, size)])


def merged(parts: Sequence[np.ndarray]) -> np.ndarray:
    """Return the numbers of all parts, each once, in order."""
    pairs = np.concatenate(parts) if parts else np.empty(0, np.int64)
    if pairs.max(initial=0) <= _SHORT:
        # Short numbers are sorted in half the time.
        pairs = pairs.astype(np.int32)
    pairs.sort()
    result: np.ndarray = pairs[np.append(True, pairs[1:] != pairs[:-1])[: len(pairs)]]
    return result.astype(np.int64, copy=False)


def among(wanted: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    """Return which of the wanted numbers are among the others, which are sorted."""
    if not len(numbers):
        return np.zeros(len(wanted), dtype=bool)
    at = np.searchsorted(numbers, wanted)
    return numbers[np.minimum(at, len(numbers) - 1)] == wanted


class Blocks(NamedTuple):
    """Records with a key, those of one key next to one another."""

    rows: np.ndarray
    size: np.ndarray  # by record, the size of its block
    before: np.ndarray  # by record, how many of its block precede it

    def chosen(self, kept: np.ndarray) -> Blocks:
        """Return the blocks of the mask, which holds for whole blocks."""
        return Blocks(self.rows[kept], self.size[kept], self.before[kept])


def blocks_of(key: np.ndarray) -> Blocks:
    """Return the records whose key another one has, too; a negative key is none."""
    blocks = _blocks(key, np.flatnonzero(key >= 0))
    return blocks.chosen(blocks.size > 1)


def _blocks(key: np.ndarray, rows: np.ndarray) -> Blocks:
    rows = rows[np.argsort(key[rows], kind="stable")]
    ordered = key[rows]
    edges = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1])[: len(rows)])
    counts = np.diff(np.append(edges, len(rows)))
    before = np.arange(len(rows)) - np.repeat(edges, counts)
    return Blocks(rows, np.repeat(counts, counts), before)


def _affordable(sizes: np.ndarray, largest: int, most: float) -> int:
    """Return the largest size of blocks with which records have ``most`` pairs in all."""
    small = sizes[(sizes > 1) & (sizes <= largest)]
    costs = np.cumsum(np.bincount(small, minlength=largest + 1) * np.arange(-1, largest) / 2)
    return max(int(np.searchsorted(costs, most, side="right")) - 1, 2)


def block_pairs(key: np.ndarray, people: People, largest: int) -> np.ndarray:
    """Return the pairs of records with an equal key, a few for each record on average.

    Large blocks are left out first.
    """
    blocks = blocks_of(key)
    most = _affordable(blocks.size, largest, max(_PER_KEY * people.size, _FREE))
    blocks = blocks.chosen(blocks.size <= most)
    return _numbered(people, *pairs_within(blocks))


def pairs_within(blocks: Blocks) -> tuple[np.ndarray, np.ndarray]:
    """Return all pairs of records of one block."""
    behind = blocks.size - 1 - blocks.before
    others = spans(np.arange(len(behind)) + 1, behind)
    return np.repeat(blocks.rows, behind), blocks.rows[others]


def _numbered(people: People, one: np.ndarray, two: np.ndarray) -> np.ndarray:
    """Return pairs that are wanted as numbers."""
    wanted = people.wants(one, two)
    one, two = one[wanted], two[wanted]
    return np.minimum(one, two) * people.size + np.maximum(one, two)


@dataclass(frozen=True, slots=True)
class Proposed:
    """The pairs of some records that each key proposes among all records."""

    keys: list[Key]
    pairs: list[np.ndarray]  # by key, as ``left * size + right``
    costs: np.ndarray  # by key, the pairs for each record of the list

    def choose(
        self, wanted: np.ndarray, weights: np.ndarray, budget: float
    ) -> tuple[list[Key], float]:
        """Return keys that together propose nearly all ``wanted`` pairs at little cost.

        ``weights`` are the probabilities of these pairs, ``budget`` the pairs for each record. The
        second value is the share of the wanted pairs.
        """
        covers = [np.flatnonzero(among(wanted, pairs)) for pairs in self.pairs]
        left, whole = weights.copy(), float(weights.sum())
        chosen: list[int] = []
        spent = 0.0
        while float(left.sum()) > (1 - _COVERED) * whole:
            gains = np.array([float(left[cover].sum()) for cover in covers])
            gains[spent + self.costs > budget] = 0
            best = int(np.argmax(gains / (self.costs + _LEAST_COST)))
            if gains[best] <= 0:
                break
            chosen.append(best)
            spent += float(self.costs[best])
            left[covers[best]] = 0
        share = 1 - float(left.sum()) / whole if whole else 1.0
        return [self.keys[at] for at in chosen], share


def proposed_to(seeds: np.ndarray, people: People, features: Features, largest: int) -> Proposed:
    """Return what each key proposes to some records, with large blocks and without them."""
    keys, pairs, costs = [], [], []
    for names in features.combinations():
        # Blocks far larger than allowed propose nothing, whichever records they hold.
        if features.block_size(names) > _HOPELESS * largest:
            continue
        key = features.of_rows(names)
        of_seeds = _blocks_of(key, seeds)
        for most in (largest, _FEW):
            top = _affordable(of_seeds.size, most, _PER_KEY * len(seeds))
            some = of_seeds.chosen(of_seeds.size <= top)
            keys.append(Key(names, top))
            pairs.append(merged([some.pairs(people)]))
            costs.append(float((some.size - 1).sum()) / 2 / len(seeds))
    return Proposed(keys, pairs, np.array(costs))


class _SeedBlocks(NamedTuple):
    """The blocks of some records within all records."""

    rows: np.ndarray  # all records of the blocks
    seeds: np.ndarray
    start: np.ndarray  # by seed, where its block starts among the rows
    size: np.ndarray  # by seed, the size of its block

    def chosen(self, kept: np.ndarray) -> _SeedBlocks:
        return _SeedBlocks(self.rows, self.seeds[kept], self.start[kept], self.size[kept])

    def pairs(self, people: People) -> np.ndarray:
        others = self.rows[spans(self.start, self.size)]
        return _numbered(people, np.repeat(self.seeds, self.size), others)


def _blocks_of(key: np.ndarray, seeds: np.ndarray) -> _SeedBlocks:
    seeds = seeds[key[seeds] >= 0]
    # A short hash finds the few records that may share a key with one of the seeds.
    hashes = ((key.astype(np.uint64) * _MIX) >> np.uint64(64 - _BITS)).astype(np.int64)
    asked = np.zeros(1 << _BITS, dtype=bool)
    asked[hashes[seeds]] = True
    blocks = _blocks(key, np.flatnonzero(asked[hashes] & (key >= 0)))
    place = np.zeros(len(key), dtype=np.int64)
    place[blocks.rows] = np.arange(len(blocks.rows))
    at = place[seeds]
    some = _SeedBlocks(blocks.rows, seeds, at - blocks.before[at], blocks.size[at])
    return some.chosen(some.size > 1)
