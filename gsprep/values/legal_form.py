"""Legal forms of companies, removed from names."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gsprep.shipped import shipped_lines
from gsprep.values.arrow import Places, as_texts

if TYPE_CHECKING:
    from gsprep.values.name_tokens import WordLists

# Words that cannot be a name by themselves.
FILLERS = frozenset({"and", "the", "of", "de", "la", "le", "und", "et", "y", "e"})
# Finnish and Swedish forms may enclose a name: "Oy Karl Fazer Ab".
_NORDIC = frozenset({"ab", "oy", "oyj"})
# A list of a thousand names in one cell must not take a thousand times as long.
_MOST_CUTS = 8
# Scripts that are written without blanks: Thai, Lao, Burmese, Khmer, Hangul, Kana, Han.
_UNSPACED = (
    (0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1100, 0x11FF), (0x1780, 0x17FF),
    (0x3040, 0x30FF), (0x3400, 0x9FFF), (0xAC00, 0xD7AF), (0x20000, 0x3FFFF),
)  # fmt: skip


class Forms(NamedTuple):
    """The spellings of one end of a name.

    tags: the tag of each spelling. longest: for a word at the edge, how many words the longest
    spelling with that edge has. unspaced: for a character at the edge, the spellings with that
    edge that need no blank, the longest first.
    """

    tags: dict[str, str]
    longest: dict[str, int]
    unspaced: dict[str, list[str]]


class Stripped(NamedTuple):
    """The words that stay, and the tags of the removed forms, from the left."""

    tokens: list[str]
    tags: list[str]


def strip_legal_forms(
    tokens: Sequence[str], cuts: Sequence[int] = (), known: Sequence[str] = ()
) -> Stripped:
    """Remove the legal forms from both ends of a name's words; a name never becomes empty.

    The longest spelling is removed first, and several in a row one by one. A name of legal forms
    and small words only stays whole. ``cuts`` are positions of a comma or bracket: a form that
    ends there is removed too. Words come from ``name_tokens``.

    Two letters before a name may be part of it: "AB Volvo", but "AB Foods plc". They are removed
    only if no form of another kind follows; ``known`` are tags that were removed before.

    >>> strip_legal_forms(["acme", "gmbh", "and", "co", "kg"])
    Stripped(tokens=['acme'], tags=['gmbhcokg'])
    >>> strip_legal_forms(["limited"])
    Stripped(tokens=['limited'], tags=[])
    """
    kept = list(tokens)
    tags = _take_end(kept)
    for cut in reversed(cuts[-_MOST_CUTS:]):
        if 0 < cut < len(kept):
            tags = _take_middle(kept, cut) + tags
    tags = _take_start(kept, [*known, *tags]) + tags
    if tags and not _is_name(kept):
        return Stripped(list(tokens), [])
    return Stripped(kept, tags)


def _take_end(tokens: list[str]) -> list[str]:
    """Shorten the list by the forms at its end and return their tags."""
    tags: list[str] = []
    forms = tables()["end"]
    while tokens and (tag := _last_form(tokens, forms)):
        tags.insert(0, tag)
        while tokens and tokens[-1] == "and":
            del tokens[-1]
    return tags


def _take_middle(tokens: list[str], cut: int) -> list[str]:
    head = tokens[:cut]
    tags = _take_end(head)
    if not _is_name(head):
        return []
    tokens[:cut] = head
    return tags


def _take_start(tokens: list[str], behind: list[str]) -> list[str]:
    tags: list[str] = []
    weak, forms = tables()["weak"].tags, tables()["start"]
    if tokens and tokens[0] in weak and {weak[tokens[0]], *_NORDIC}.issuperset(behind):
        tags.append(weak[tokens.pop(0)])
    while tokens and (tag := _first_form(tokens, forms)):
        tags.append(tag)
    return tags


def _last_form(tokens: list[str], forms: Forms) -> str | None:
    last = tokens[-1]
    for words in range(min(forms.longest.get(last, 0), len(tokens)), 0, -1):
        tag = forms.tags.get(" ".join(tokens[-words:]) if words > 1 else last)
        if tag is not None:
            del tokens[-words:]
            return tag
    if last.isascii():
        return None
    for spelling in forms.unspaced.get(last[-1], ()):
        stays = last.removesuffix(spelling)
        if stays != last and any(map(str.isalnum, stays)):
            tokens[-1] = stays
            return forms.tags[spelling]
    return None


def _first_form(tokens: list[str], forms: Forms) -> str | None:
    first = tokens[0]
    for words in range(min(forms.longest.get(first, 0), len(tokens)), 0, -1):
        tag = forms.tags.get(" ".join(tokens[:words]) if words > 1 else first)
        if tag is not None:
            del tokens[:words]
            return tag
    if first.isascii():
        return None
    for spelling in forms.unspaced.get(first[0], ()):
        stays = first.removeprefix(spelling)
        if stays != first and any(map(str.isalnum, stays)):
            tokens[0] = stays
            return forms.tags[spelling]
    return None


def _is_name(tokens: list[str]) -> bool:
    return not FILLERS.issuperset(tokens)


@cache
def tables() -> dict[str, Forms]:
    """Read the shipped list: a line is ``tag TAB places TAB spelling; spelling; …``."""
    spellings: dict[str, dict[str, str]] = {"end": {}, "start": {}, "weak": {}}
    for line in shipped_lines("rules", "lists", "legal_forms.txt"):
        tag, places, names = line.split("\t")
        for place in places.split("+"):
            spellings[place].update(dict.fromkeys(names.split("; "), tag))
    return {place: _forms(tags, at_end=place == "end") for place, tags in spellings.items()}


def _forms(tags: dict[str, str], *, at_end: bool) -> Forms:
    longest: dict[str, int] = {}
    unspaced: dict[str, list[str]] = {}
    for spelling in sorted(tags, key=len, reverse=True):
        words = spelling.split(" ")
        edge = words[-1 if at_end else 0]
        longest[edge] = max(len(words), longest.get(edge, 0))
        if len(words) == 1 and is_unspaced(spelling):
            unspaced.setdefault(spelling[-1 if at_end else 0], []).append(spelling)
    return Forms(tags, longest, unspaced)


def is_unspaced(text: str) -> bool:
    """Return whether all of the text is in scripts that are written without blanks."""
    return all(any(low <= ord(c) <= high for low, high in _UNSPACED) for c in text)


def joined_tags(tags: Sequence[str]) -> str:
    """Return several tags as one, each once: "corp+ltd"; "" for none."""
    return tags[0] if len(tags) == 1 else "+".join(dict.fromkeys(tags))


class Ends(NamedTuple):
    """Where the words that stay end among the words of all names, and the tag of the rest."""

    ends: np.ndarray
    tags: pa.Array


class _Steps(NamedTuple):
    """The spellings as steps, word by word from their end.

    words:  the words that spellings have.
    steps:  ``state * len(words) + word``, ascending.      to: the state each step leads to.
    tag:    by state: the place of its spelling's tag in ``tags``, -1 where none ends.
    """

    words: Places
    steps: np.ndarray
    to: np.ndarray
    tag: np.ndarray
    tags: tuple[str, ...]


def may_begin(words: pa.Array) -> np.ndarray:
    """Return which words may begin a legal form before a name."""
    return _beginnings().has(words)


def may_end(words: pa.Array) -> np.ndarray:
    """Return which words may end a legal form after a name."""
    return _endings().has(words)


def take_ends(lists: WordLists, begins: np.ndarray) -> Ends:
    """Remove the legal forms from the ends of names, the longest first, and "and" before each.

    ``begins`` is where the words of each name begin among all. A name of legal forms only has no
    word left; the caller decides whether it keeps them.
    """
    known = _spellings()
    spelled = known.words.at(lists.words)
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
    """The words of names as places in the spellings' words; ``ends`` moves as forms go."""

    spelled: np.ndarray
    is_and: np.ndarray
    begins: np.ndarray
    ends: np.ndarray


def _take_last(names: _Names, open_: np.ndarray, known: _Steps) -> tuple[np.ndarray, np.ndarray]:
    """Remove the last form of each open name; return the names that had one, and its tag."""
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
    """Return the tag of the longest spelling at each name's end, or -1, and its words."""
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
    """Return the number of each combination of tags with one more tag before it."""
    before = list(combined)
    pairs, back = np.unique(np.stack([taken, tag]), axis=1, return_inverse=True)
    numbers = [
        combined.setdefault((one, *before[several]), len(combined)) for several, one in pairs.T
    ]
    return np.array(numbers, dtype=np.int64)[back.ravel()]


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
        Places(as_texts(list(place))),
        keys[order],
        np.array(list(steps.values()), dtype=np.int64)[order],
        np.array([ended.get(state, -1) for state in range(len(steps) + 1)], dtype=np.int64),
        tags,
    )


@cache
def _beginnings() -> Places:
    first = {*tables()["start"].longest, *tables()["weak"].tags}
    return Places(as_texts(sorted(first)))


@cache
def _endings() -> Places:
    return Places(as_texts(sorted(tables()["end"].longest)))
