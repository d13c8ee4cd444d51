"""The legal forms at the ends of many names at once, with the results of ``legal_form``."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gsprep.values.legal_form import joined_tags, tables

if TYPE_CHECKING:
    from gsprep.values.word_column import WordLists


class Ends(NamedTuple):
    """Where the words that stay end among the words of all names, and the tag of what went."""

    ends: np.ndarray
    tags: pa.Array


class _Steps(NamedTuple):
    """The spellings read word by word from their end.

    words:  the words that spellings have.
    steps:  ``state * len(words) + word``, ascending.      to: the state each step leads to.
    tag:    by state: the place of its spelling's tag in ``tags``, -1 where none ends.
    """

    words: pa.Array
    steps: np.ndarray
    to: np.ndarray
    tag: np.ndarray
    tags: tuple[str, ...]


def may_begin(words: pa.Array) -> np.ndarray:
    """Return which words may begin a legal form that stands before a name."""
    found: np.ndarray = pc.is_in(words, value_set=_beginnings()).to_numpy(zero_copy_only=False)
    return found


def may_end(words: pa.Array) -> np.ndarray:
    """Return which words may end a legal form that stands behind a name."""
    found: np.ndarray = pc.is_in(words, value_set=_endings()).to_numpy(zero_copy_only=False)
    return found


def take_ends(lists: WordLists, begins: np.ndarray) -> Ends:
    """Take the legal forms off the ends of names, the longest first, and "and" before each.

    ``begins`` is where the words of each name begin among all. A name of legal forms alone has no
    word left; whether it should keep them is for the caller to say.
    """
    known = _spellings()
    spelled = pc.fill_null(pc.index_in(lists.words, value_set=known.words), -1).to_numpy()
    is_and = pc.equal(lists.words, "and").to_numpy(zero_copy_only=False)[lists.codes]
    names = _Names(spelled[lists.codes], is_and, begins, lists.starts[1:].copy())
    open_ = np.arange(len(begins))
    taken = np.zeros(len(begins), dtype=np.int64)
    combined: dict[tuple[int, ...], int] = {(): 0}
    while len(open_):
        open_, tag = _take_last(names, open_, known)
        taken[open_] = _combined(taken[open_], tag, combined)
    tags = [joined_tags([known.tags[tag] for tag in several]) for several in combined]
    return Ends(names.ends, pa.array(tags, pa.large_string()).take(pa.array(taken)))


class _Names(NamedTuple):
    """The words of names as places in the spellings' words; ``ends`` moves as forms are taken."""

    spelled: np.ndarray
    is_and: np.ndarray
    begins: np.ndarray
    ends: np.ndarray


def _take_last(names: _Names, open_: np.ndarray, known: _Steps) -> tuple[np.ndarray, np.ndarray]:
    """Take the last form off each open name; return the names that had one, and its tag."""
    tag, words = _longest(names, open_, known)
    had = tag >= 0
    open_, tag = open_[had], tag[had]
    names.ends[open_] -= words[had]
    loose = open_
    while len(loose):
        loose = loose[names.ends[loose] > names.begins[loose]]
        loose = loose[names.is_and[names.ends[loose] - 1]]
        names.ends[loose] -= 1
    return open_, tag


def _longest(names: _Names, open_: np.ndarray, known: _Steps) -> tuple[np.ndarray, np.ndarray]:
    """Return the tag of the longest spelling each name ends with, -1 for none, and its words."""
    tag, words = np.full(len(open_), -1), np.zeros(len(open_), dtype=np.int64)
    going, state, taken = np.arange(len(open_)), np.zeros(len(open_), dtype=np.int64), 0
    while len(going):
        at = names.ends[open_[going]] - 1 - taken
        inside = at >= names.begins[open_[going]]
        going, state = going[inside], state[inside]
        word = names.spelled[at[inside]]
        step = np.where(word >= 0, state * len(known.words) + word, -1)
        place = np.minimum(np.searchsorted(known.steps, step), len(known.steps) - 1)
        found = known.steps[place] == step
        going, state, taken = going[found], known.to[place[found]], taken + 1
        ends = known.tag[state] >= 0
        tag[going[ends]] = known.tag[state[ends]]
        words[going[ends]] = taken
    return tag, words


def _combined(
    taken: np.ndarray, tag: np.ndarray, combined: dict[tuple[int, ...], int]
) -> np.ndarray:
    """Return the number of the tags that stood behind with one more before them."""
    before = list(combined)
    pairs, back = np.unique(np.stack([taken, tag]), axis=1, return_inverse=True)
    numbers = [
        combined.setdefault((one, *before[several]), len(combined)) for several, one in pairs.T
    ]
    found: np.ndarray = np.array(numbers, dtype=np.int64)[back.ravel()]
    return found


@cache
def _spellings() -> _Steps:
    by_spelling = tables()["end"].tags
    words = {word: 0 for spelling in by_spelling for word in spelling.split(" ")}
    place = {word: at for at, word in enumerate(words)}
    tags = tuple(dict.fromkeys(by_spelling.values()))
    steps: dict[tuple[int, int], int] = {}
    ended: dict[int, int] = {}
    for spelling, tag in by_spelling.items():
        state = 0
        for word in reversed(spelling.split(" ")):
            state = steps.setdefault((state, place[word]), len(steps) + 1)
        ended[state] = tags.index(tag)
    keys = np.array([state * len(place) + word for state, word in steps], dtype=np.int64)
    order = np.argsort(keys)
    return _Steps(
        pa.array(place, pa.large_string()),
        keys[order],
        np.array(list(steps.values()), dtype=np.int64)[order],
        np.array([ended.get(state, -1) for state in range(len(steps) + 1)], dtype=np.int64),
        tags,
    )


@cache
def _beginnings() -> pa.Array:
    first = {*tables()["start"].longest, *tables()["weak"].tags}
    return pa.array(sorted(first), pa.large_string())


@cache
def _endings() -> pa.Array:
    return pa.array(sorted(tables()["end"].longest), pa.large_string())
