"""All pairs of a list: how often unrelated people agree."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gsprep.unification.duplicates.candidates import blocks_of
from gsprep.unification.duplicates.levels import (
    LEVELS,
    MISSING,
    level_of,
    levels_of,
    swap_of,
    swapped_names,
)
from gsprep.unification.duplicates.named_mailboxes import named_mailboxes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa

    from gsprep.unification.duplicates.candidates import Blocks, People
    from gsprep.unification.duplicates.columns import Column

    Texts = Callable[[], pa.Array]

# Levels and the missing one fit into three bits.
BITS, STATES = 3, 8
# The levels of all columns fit into one number.
MOST_COLUMNS = 20
_RANDOM_PAIRS, _FEWEST_PAIRS, _CONTEXT_PAIRS = 100_000, 2_000, 3_000
_CHUNK = 1 << 17
# A value weighs between these, in log-odds, against a value of average frequency.
_COMMON, _RARE = -4.0, 8.0
# A short list does not show how rare an address is: it is one of so many at least.
_ADDRESSES = 500.0
_FEWEST_IN_CONTEXT, _LIFT = 20, 5.0
# People who have a relative or a namesake in the same place in the list, of all people.
_RELATED = 0.005
_MOST_CONTEXTS = 30


def compared(people: People, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Return the levels of pairs of records: one line a pair, one column each."""
    swap = swap_of(people.columns)
    mailboxes = named_mailboxes(people.columns)
    levels = np.empty((len(left), len(people.columns)), dtype=np.uint8)
    for begin in range(0, len(left), _CHUNK):
        part = slice(begin, begin + _CHUNK)
        for at, column in enumerate(people.columns):
            levels[part, at] = levels_of(column, left[part], right[part])
        if swap is not None:
            swapped_names(swap, people.columns, levels[part], left[part], right[part])
    if mailboxes is not None:
        mailboxes.mark(levels, left, right)
    return levels


class Agreement(NamedTuple):
    """The values that records have in common at one level of a column."""

    column: int
    levels: tuple[int, ...]
    codes: np.ndarray  # by record, its value; -1 for none
    counts: np.ndarray  # by value, the records or people that have it
    people: float  # all records or people with a value
    chance: float  # the share of their pairs who have the same one

    def shift(self) -> np.ndarray:
        """Return what each value weighs more than one of average frequency, in log-odds."""
        shares = np.maximum(self.counts, 1) / max(self.people, 1.0)
        return np.clip(np.log(self.chance) - np.log(shares), _COMMON, _RARE)


def _agreement(
    column: int, levels: tuple[int, ...], codes: np.ndarray, counts: np.ndarray, least: float
) -> Agreement:
    numbers = counts.astype(np.float64)
    whole = max(float(numbers.sum()), least)
    pairs = float((numbers * (numbers - 1)).sum())
    chance = max(pairs, 1.0) / max(whole * (whole - 1), 1.0)
    return Agreement(column, levels, codes, counts, whole, chance)


def agreements(people: People, groups: np.ndarray | None = None) -> list[Agreement]:
    """Return the agreements of all columns; ``groups`` counts the values of each person once."""
    found = []
    for at, column in enumerate(people.columns):
        for levels, codes, _ in values_of(column):
            one = column.kind == "email" and levels == (level_of("email", "same"),)
            least = _ADDRESSES if one else 0.0
            found.append(_agreement(at, levels, codes, _counted(codes, groups), least))
    return found


def values_of(column: Column) -> Iterator[tuple[tuple[int, ...], np.ndarray, Texts]]:
    """Yield what records may have in common: the levels, the code of each record, the texts."""
    if column.kind == "mark":
        return
    yield (level_of(column.kind, "same"),), column.codes, lambda: column.values
    if column.kind == "email" and len(column.values):
        yield (
            (level_of("email", "same local"),),
            np.append(column.boxes.indices.to_numpy(), -1)[column.codes],
            lambda: column.boxes.dictionary,
        )
        yield _colleague_levels(), _employers(column), lambda: column.domains.names


def codes_of(column: Column, levels: tuple[int, ...]) -> np.ndarray:
    """Return by record the value that records may have in common at these levels."""
    return next(codes for of, codes, _ in values_of(column) if of == levels)


def _colleague_levels() -> tuple[int, ...]:
    return level_of("email", "colleague"), level_of("email", "like colleague")


def _employers(column: Column) -> np.ndarray:
    """Return by record the domain of its address, -1 if it is not an employer's."""
    domain, corporate, _ = column.domains
    return np.append(np.where(corporate[domain], domain, -1), -1)[column.codes]


def _counted(codes: np.ndarray, groups: np.ndarray | None) -> np.ndarray:
    """Return how many records, or groups of records, have each value."""
    size = int(codes.max(initial=-1)) + 1
    known = codes >= 0
    counts = np.bincount(codes[known], minlength=size)
    if groups is None:
        return counts
    shared = np.flatnonzero(known & (np.bincount(groups) > 1)[groups])
    width = int(groups.max(initial=0)) + 1
    numbers = np.sort(codes[shared].astype(np.int64) * width + groups[shared])
    repeated = numbers[1:][numbers[1:] == numbers[:-1]] // width
    return counts - np.bincount(repeated, minlength=size)


def held(levels: np.ndarray, wanted: tuple[int, ...]) -> np.ndarray:
    """Return where a level is one of those wanted."""
    table = np.zeros(STATES, dtype=bool)
    table[list(wanted)] = True
    return table[levels]


def shifts_of(found: list[Agreement], levels: np.ndarray, left: np.ndarray) -> np.ndarray:
    """Return what the frequency of each shared value adds: one line a pair, one column each."""
    shifts = np.zeros(levels.shape, dtype=np.float32)
    for agreement in found:
        there = np.flatnonzero(held(levels[:, agreement.column], agreement.levels))
        added = agreement.shift().astype(np.float32)
        shifts[there, agreement.column] = added[agreement.codes[left[there]]]
    return shifts


@dataclass(frozen=True, slots=True)
class Context:
    """What different people have in common: an employer, a household, a switchboard.

    terms: the columns with the levels at which two records share it.
    count: the number of pairs that share it.
    left, right: some of these pairs.
    related: whether these are people of one name in one place: twins, a father and a son.
    """

    terms: tuple[tuple[int, tuple[int, ...]], ...]
    count: float
    left: np.ndarray
    right: np.ndarray
    related: bool = False


def contexts_of(people: People, found: list[Agreement], rng: np.random.Generator) -> list[Context]:
    """Return the contexts of a list: each shared column, and two columns shared together."""
    of = [people.columns[a.column] for a in found]
    shared = [
        a
        for a, column in zip(found, of, strict=True)
        if (a.levels == _colleague_levels() if column.kind == "email" else column.how.is_shared)
    ]
    surnames = [a for a in found if people.columns[a.column].kind == "surname"]
    contexts = [_context(people, (a,), a.codes, rng) for a in shared]
    together = []
    for one, two in combinations([*shared, *surnames], 2):
        if one.column == two.column:
            continue
        codes = _both(one, two)
        expected = people.pairs * one.chance * two.chance
        context = _context(people, (one, two), codes, rng)
        lift = context.count / max(expected, 1e-9)
        if lift >= _LIFT:
            together.append((context.count, context))
    together.sort(key=lambda pair: -pair[0])
    kept = [context for _, context in together[:_MOST_CONTEXTS]]
    usual = [one for one in [*contexts, *kept] if one.count >= _FEWEST_IN_CONTEXT]
    return [*usual, *_related(people, found)]


def _related(people: People, found: list[Agreement]) -> list[Context]:
    """Return the context of people of one name in one place, if names have two columns.

    A birth date or an identifier tells such people apart, so there is no context then.
    """
    kinds = [column.kind for column in people.columns]
    names = [a for a in found if kinds[a.column] in {"given", "surname"}]
    if len(names) != 2 or {"date", "identifier"} & set(kinds):  # noqa: PLR2004  the two parts
        return []
    terms = tuple((name.column, name.levels) for name in names)
    none = np.empty(0, np.int64)
    share = people.pairs / max(people.size * (people.size - 1) / 2, 1)
    return [Context(terms, _RELATED * people.size * share, none, none, related=True)]


def _both(one: Agreement, two: Agreement) -> np.ndarray:
    """Return a number for the two values of each record that may be shared, else -1."""
    # A record without a value has the code -1, and there may be no value at all.
    often = [np.append(side.counts > 1, False)[side.codes] for side in (one, two)]
    shared = often[0] & often[1]
    width = int(two.codes.max(initial=0)) + 1
    return np.where(shared, one.codes.astype(np.int64) * width + two.codes, -1)


def _context(
    people: People, parts: tuple[Agreement, ...], codes: np.ndarray, rng: np.random.Generator
) -> Context:
    terms = tuple((part.column, part.levels) for part in parts)
    blocks = blocks_of(codes)
    left, right = _pairs_sharing(blocks, rng)
    kept = np.ones(len(left), dtype=bool)
    for part in parts:
        # People with one address share the domain as well, and are no colleagues.
        column = people.columns[part.column]
        if column.kind == "email":
            kept &= column.codes[left] != column.codes[right]
    share = float(kept.mean()) if len(kept) else 0.0
    return Context(terms, _pair_count(people, blocks) * share, left[kept], right[kept])


def _pair_count(people: People, blocks: Blocks) -> float:
    if people.files is None:
        return float((blocks.size - 1).sum() / 2)
    # The records of the second file in the block of each record of the first.
    second = people.files[blocks.rows]
    block = np.cumsum(blocks.before == 0) - 1
    sides = [np.bincount(block[second == side]) for side in (False, True)]
    size = min(map(len, sides))
    return float((sides[0][:size].astype(np.float64) * sides[1][:size]).sum())


def _pairs_sharing(blocks: Blocks, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return random pairs of records that share a value."""
    if not len(blocks.rows):
        return blocks.rows, blocks.rows
    # A record of a block of n has n - 1 partners.
    partners = np.cumsum(blocks.size - 1)
    one = np.searchsorted(partners, rng.random(_CONTEXT_PAIRS) * partners[-1], side="right")
    other = np.floor(rng.random(_CONTEXT_PAIRS) * (blocks.size[one] - 1)).astype(np.int64)
    other += other >= blocks.before[one]
    return blocks.rows[one], blocks.rows[one - blocks.before[one] + other]


def random_pairs(people: People, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return random pairs of different records, of different files if there are two."""
    # A small list has fewer pairs than that.
    count = int(np.clip(people.pairs, _FEWEST_PAIRS, _RANDOM_PAIRS))
    if people.files is not None:
        first, second = (np.flatnonzero(people.files == side) for side in (False, True))
        return rng.choice(first, count), rng.choice(second, count)
    left = rng.integers(people.size, size=count)
    right = rng.integers(people.size - 1, size=count)
    return left, right + (right >= left)


class Chances(NamedTuple):
    """How often pairs of records agree, related or not."""

    u: np.ndarray  # by column and level: the share of the pairs with both values
    known: np.ndarray  # by column, the number of pairs with both values


def named_alike(people: People) -> float | None:
    """Return the chance that two people of one name have the same mailbox name, if it is known."""
    mailboxes = named_mailboxes(people.columns)
    return None if mailboxes is None else mailboxes.chance()


def chances_of(
    people: People, found: list[Agreement], levels: np.ndarray, named: float | None
) -> Chances:
    """Return how often pairs agree: equal values are counted, others estimated by random pairs.

    ``levels`` are those of the random pairs, ``named`` is the chance of ``named_alike``.
    """
    u = np.zeros((len(people.columns), STATES))
    known = np.empty(len(people.columns))
    for at, column in enumerate(people.columns):
        size = len(LEVELS[column.kind])
        counts = np.bincount(levels[:, at], minlength=STATES)[:size] + 0.5
        u[at, :size] = counts / counts.sum()
        known[at] = people.pairs * (levels[:, at] != MISSING).mean()
    for agreement in found:
        _count_exactly(u[agreement.column], agreement)
    if named is not None:
        emails = [column.kind == "email" for column in people.columns]
        u[emails, level_of("email", "name at another domain")] = named
    return Chances(u, known)


def _count_exactly(u: np.ndarray, agreement: Agreement) -> None:
    if len(agreement.levels) == 1:
        rest = 1 - u[agreement.levels[0]]
        u *= (1 - agreement.chance) / max(rest, 1e-9)
        u[agreement.levels[0]] = agreement.chance


def patterns_of(levels: np.ndarray) -> np.ndarray:
    """Return the levels of each pair as one number."""
    numbers = np.zeros(len(levels), dtype=np.int64)
    for at in range(levels.shape[1]):
        numbers |= levels[:, at].astype(np.int64) << (BITS * at)
    return numbers


def levels_in(patterns: np.ndarray, columns: int) -> np.ndarray:
    """Return the levels of patterns: one line a pattern, one column each."""
    levels = np.empty((len(patterns), columns), dtype=np.uint8)
    for at in range(columns):
        levels[:, at] = (patterns >> (BITS * at)) & MISSING
    return levels
