"""Comparisons by kind: how near two values are, in levels."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from rapidfuzz import process
from rapidfuzz.distance import OSA, Indel, JaroWinkler, Prefix

from gsprep.shipped import shipped_lines, shipped_words
from gsprep.unification.duplicates.columns import UNMARKED, alone
from gsprep.unification.duplicates.features import (
    Unequal,
    distinct_pairs,
    lengths,
    numbered,
    unequal,
)
from gsprep.values.arrow import as_objects
from gsprep.values.script import scripts_of_words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from gsprep.unification.duplicates.columns import Column

    Texts = Sequence[str] | np.ndarray

# The levels of each kind from farthest to nearest. Those behind "same" have no place in the order.
_NAME = ("differ", "alike", "typo", "same", "part", "nickname", "swapped")
LEVELS: Mapping[str, tuple[str, ...]] = {
    "given": _NAME,
    "surname": _NAME,
    "email": ("differ", "typo", "same", "colleague", "like colleague", "same local",
              "name at another domain"),
    "phone": ("differ", "typo", "same"),
    "company_name": ("differ", "loosely", "close", "same"),
    "text": ("differ", "loosely", "close", "same"),
    "date": ("differ", "two edits", "year", "two parts", "typo", "same"),
    "identifier": ("differ", "two edits", "typo", "same"),
    "number": ("differ", "close", "same"),
    "exact": ("differ", "same"),
    "mark": ("differ", "one side", "same"),
}  # fmt: skip
# The number that stands for "missing" among the levels of a pair.
MISSING = 7
# Kinds whose values are words, in one script or another.
_WRITTEN = frozenset({"given", "surname", "company_name", "text"})
_ALIKE, _TYPO = 0.8, 0.92
_LOOSELY, _CLOSE = 0.65, 0.85
_VOWELS, _MOST_INITIALS = frozenset("aeiouy"), 3
_FIRST_IDEOGRAPH = "\u2e80"
_LOCAL_ALIKE = 0.8
_SPELLED = str.maketrans({**dict(zip("cqyjzw", "kkiisv", strict=True)), "h": None})
_NEAR_NUMBER = 0.01


def level_of(kind: str, name: str) -> int:
    """Return the number of a level of a kind."""
    return LEVELS[kind].index(name)


def levels_of(column: Column, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Return the level of each pair of records; ``MISSING`` if one has no value."""
    a, b = column.codes[left], column.codes[right]
    levels = np.full(len(a), MISSING, dtype=np.uint8)
    known = (a >= 0) & (b >= 0)
    levels[known] = LEVELS[column.kind].index("same")
    other = np.flatnonzero(known & (a != b))
    if len(other) and column.kind in _UNEQUAL:
        # Many pairs of records have the same two values.
        pairs = distinct_pairs(a[other], b[other], column.size)
        values = unequal(column, pairs)
        of_values = _UNEQUAL[column.kind](values)
        if column.kind in _WRITTEN:
            of_values[_of_two_scripts(values)] = MISSING
        levels[other] = of_values[pairs.back]
    elif len(other):
        levels[other] = 0
    return levels


def _of_two_scripts(pairs: Unequal) -> np.ndarray:
    """Return which values have no script in common: 山田 says nothing about Yamada."""
    one, two = pairs.sides(scripts_of_words(pairs.values)[0])
    return (one & two == 0) & (one > 0) & (two > 0)


def have_level(columns: Sequence[Column], levels: np.ndarray, kind: str, *names: str) -> np.ndarray:
    """Return which pairs have one of some levels in a column of a kind."""
    of_kind = [column.kind == kind for column in columns]
    wanted = [level_of(kind, name) for name in names]
    return np.asarray(np.isin(levels[:, of_kind], wanted).any(axis=1))


def one_mailbox(columns: Sequence[Column], levels: np.ndarray) -> np.ndarray:
    """Return which pairs have an e-mail address in common, and no name in which all differ."""
    shared = have_level(columns, levels, "email", "same")
    names = levels[:, [column.kind in _OWN[:2] for column in columns]]
    if names.shape[1]:
        shared &= (names >= level_of("given", "typo")).any(axis=1)
    return shared


# Kinds of what a person does not share with a household, or with colleagues.
_OWN = ("given", "surname", "date", "identifier")
_AT_WORK = ("email", "phone", "company_name")


def only_shared(columns: Sequence[Column], levels: np.ndarray) -> np.ndarray:
    """Return which pairs have in common only what different people share.

    Colleagues have an employer, a family a surname and a number, namesakes mailboxes that are built
    of the name. In a register of homes whatever is a person's own counts. None has if no column is
    a person's own.
    """
    kinds, found = np.array([c.kind for c in columns]), partial(have_level, columns, levels)
    register = np.isin(kinds, _OWN)
    if not np.isin(kinds, _AT_WORK).any():
        others = np.isin(levels[:, register], [0, MISSING]).all(axis=1)
        return np.asarray(others & register.any())
    names = levels[:, np.isin(kinds, _OWN[:2])]
    known, near = (names != MISSING).sum(axis=1), names <= level_of("given", "typo")
    like = np.isin(names, [level_of("given", name) for name in ("typo", "same")]).any(axis=1)
    elsewhere, other_surname = found("company_name", "differ"), found("surname", "differ", "alike")
    near_by = found("company_name", "loosely", "close", "same") | found("date", "year", "two parts")
    one_first = ~found("given", "differ") & (near_by | ~found("given", "alike"))
    # One part of the name says little, and at another employer typing errors are other names.
    own = one_first & ~other_surname & ~(near.any(axis=1) & elsewhere)
    own &= (known > 1) | ((known > 0) & like & ~elsewhere)
    own |= found("given", "swapped")
    own |= one_first & (found("phone", "typo", "same") | found("email", "same local"))
    other = np.isin(names, [level_of("given", "differ"), MISSING]).all(axis=1)
    two_people = other & (known > 0) & (known >= min(names.shape[1], 2))
    own |= found("email", "typo", "same") & ~two_people
    one_side = found("mark", "one side")
    longer = found("given", "differ", "alike", "part") | other_surname | one_side
    apart = longer & found("email", "typo", "colleague", "like colleague")
    apart |= elsewhere & found("email", "name at another domain")
    own &= ~one_side & ~(apart & found("phone", "differ"))
    own |= found("date", "typo", "same") | found("identifier", "typo", "same")
    return np.asarray(~own & (register | np.isin(kinds, _AT_WORK[:2])).any())


def _similar(scorer: Callable[..., float], left: Texts, right: Texts) -> np.ndarray:
    return process.cpdist(left, right, scorer=scorer, dtype=np.float32)


def _edits(left: Texts, right: Texts, most: int) -> np.ndarray:
    return process.cpdist(left, right, scorer=OSA.distance, score_cutoff=most, dtype=np.int32)


def _names(pairs: Unequal) -> np.ndarray:
    left, right = pairs.texts
    sizes = [*pairs.sides(pairs.lengths)]
    if pairs.column.kind == "given":
        # A second given name is often left out.
        first = pairs.each(lambda text: text.partition(" ")[0])
        one, two = pairs.sides(numbered(first))
        both = *pairs.sides(first), *pairs.sides(lengths(first))
        other = one != two
        chosen = zip(both, (left, right, *sizes), strict=True)
        left, right, *sizes = (np.where(other, short, whole) for short, whole in chosen)
    likeness = _similar(JaroWinkler.normalized_similarity, left, right)
    levels = np.zeros(len(likeness), dtype=np.uint8)
    levels[likeness >= _ALIKE] = 1
    long = np.minimum(*sizes)
    levels[((likeness >= _TYPO) | (_edits(left, right, 1) <= 1)) & (long > 2)] = 2  # noqa: PLR2004
    blank = np.logical_or(*pairs.sides(pairs.each(lambda text: " " in text).astype(bool)))
    if blank.any():
        one, two = pairs.sides(numbered(pairs.each(lambda text: text.replace(" ", ""))))
        levels[one == two] = _NAME.index("typo")
    levels[_is_part(left, right, long, blank)] = _NAME.index("part")
    # Particles are no first word of a surname.
    least = 1 if pairs.column.kind == "given" else _MOST_INITIALS
    levels[_second_differs(*pairs.texts, blank, least)] = _NAME.index("differ")
    # The same letters in another order: Olivia and ilivOa.
    one, two = pairs.sides(numbered(pairs.each(lambda text: "".join(sorted(text)))))
    levels[(one == two) & (long > 3) & (levels < 2)] = 2  # noqa: PLR2004
    return _of_first_names(pairs, levels) if pairs.column.kind == "given" else levels


def _is_part(left: Texts, right: Texts, shorter: np.ndarray, blank: np.ndarray) -> np.ndarray:
    """Return where one name is the initial or a whole word of the other.

    Initials are one word: K. L. is kl, which no name is. One ideograph is a name.
    """
    found = np.zeros(len(shorter), dtype=bool)
    for at in np.flatnonzero((shorter <= _MOST_INITIALS) | blank).tolist():
        one, two = left[at], right[at]
        short = min(one, two, key=len)
        initial = one[0] == two[0] and (len(short) == 1 or _VOWELS.isdisjoint(short))
        initial &= one[0] < _FIRST_IDEOGRAPH
        found[at] = initial or f" {one} " in f" {two} " or f" {two} " in f" {one} "
    return found


def _second_differs(left: Texts, right: Texts, blank: np.ndarray, least: int) -> np.ndarray:
    """Return where two names of two words or more have one first word and two other last ones.

    Fernández Soto and Fernández Vidal are two families, whatever their first one is, and
    Jean-Pierre and Jean-Paul two people.
    """
    found = np.zeros(len(blank), dtype=bool)
    for at in np.flatnonzero(blank).tolist():
        one, two = left[at].split(), right[at].split()
        if min(len(one), len(two)) > 1 and one[0] == two[0] and len(one[0]) > least:
            ends = one[-1], two[-1]
            short = any(len(end) == 1 or _VOWELS.isdisjoint(end) for end in ends)
            found[at] = not short and JaroWinkler.similarity(*ends) < _ALIKE
    return found


@cache
def nicknames() -> Mapping[str, frozenset[int]]:
    """Return the lines of the list that have each name."""
    found: dict[str, set[int]] = {}
    for number, line in enumerate(shipped_lines("rules", "lists", "nicknames.txt")):
        for name in line.split():
            found.setdefault(name, set()).add(number)
    # What other first names there are is no form of any.
    for number, name in enumerate(shipped_words("first_name"), 1):
        found.setdefault(name, {-number})
    return {name: frozenset(numbers) for name, numbers in found.items()}


def are_two(one: str, two: str) -> bool:
    """Return whether the first words of two names are those of two people.

    Both are listed, but in no line together, and they are neither spellings of one nor the end of
    one: Daniel and Daniela, but not Erik and Eric, or Elisa and Lisa.
    """
    lines = nicknames()
    one, two = (name.partition(" ")[0] for name in (one, two))
    apart = one in lines and two in lines and lines[one].isdisjoint(lines[two])
    short, long = sorted((_spoken(one), _spoken(two)), key=len)
    return apart and not long.endswith(short)


def _spoken(name: str) -> str:
    """Return a name as other languages spell it, too: Katharina is katarina."""
    letters = name.replace("ph", "f").translate(_SPELLED)
    return re.sub(r"(.)\1+", r"\1", letters)


def _of_first_names(pairs: Unequal, levels: np.ndarray) -> np.ndarray:
    """Return the levels of given names, of which the first words may be forms of one name."""
    words = pairs.each(lambda text: text.partition(" ")[0])
    one, two = pairs.sides(words)
    lines, none = nicknames(), frozenset[int]()
    mine, theirs = pairs.sides(np.array([lines.get(word, none) for word in words], dtype=object))
    typo = _NAME.index("typo")
    far = np.flatnonzero((mine != none) & (theirs != none) & (one != two) & (levels <= typo))
    for at in far.tolist():
        if not mine[at].isdisjoint(theirs[at]):
            levels[at] = typo if levels[at] == typo else _NAME.index("nickname")
        elif are_two(one[at], two[at]):
            levels[at] = _NAME.index("differ")
    return levels


def _texts(pairs: Unequal) -> np.ndarray:
    left, right = pairs.texts
    likeness = _similar(Indel.normalized_similarity, left, right)
    levels = np.zeros(len(likeness), dtype=np.uint8)
    levels[likeness >= _LOOSELY] = 1
    shorter = np.minimum(*pairs.sides(pairs.lengths))
    levels[(likeness >= _CLOSE) | _begins(left, right, shorter)] = 2
    return levels


def _begins(left: Texts, right: Texts, shorter: np.ndarray) -> np.ndarray:
    """Return where one text is the first words of the other."""
    common = process.cpdist(left, right, scorer=Prefix.similarity, dtype=np.int32)
    found: np.ndarray = common >= shorter
    for at in np.flatnonzero(found).tolist():
        found[at] = f"{left[at]} ".startswith(f"{right[at]} ") or f"{right[at]} ".startswith(
            f"{left[at]} "
        )
    return found


def _dates(pairs: Unequal) -> np.ndarray:
    parts = pairs.sides(_date_parts(pairs.objects))
    same = parts[0] == parts[1]
    swapped = same[:, 0] & (parts[0][:, 1] == parts[1][:, 2]) & (parts[0][:, 2] == parts[1][:, 1])
    two = (same.sum(axis=1) == 2) | swapped  # noqa: PLR2004  of year, month and day
    edits = _edits(*pairs.texts, 2)
    # Farthest first; the first that holds is the nearest.
    held = [edits <= 1, two, same[:, 0], edits <= 2]  # noqa: PLR2004
    return np.select(held, [4, 3, 2, 1], default=0).astype(np.uint8)


def _date_parts(texts: Texts) -> np.ndarray:
    """Return year, month and day of each text of eight digits; others equal no other."""
    array = np.asarray(texts, dtype="U8")
    parts = [array.astype("U4"), _slice(array, 4, 6), _slice(array, 6, 8)]
    return np.stack(parts, axis=1)


def _slice(array: np.ndarray, begin: int, end: int) -> np.ndarray:
    letters = array.view("U1").reshape(len(array), -1)[:, begin:end]
    return np.ascontiguousarray(letters).view(f"U{end - begin}").ravel().astype("U4")


def _identifiers(pairs: Unequal) -> np.ndarray:
    edits = _edits(*pairs.texts, 2)
    return np.select([edits <= 1, edits <= 2], [2, 1], default=0).astype(np.uint8)  # noqa: PLR2004


def _phones(pairs: Unequal) -> np.ndarray:
    """Return the levels of numbers: two extensions of one number are two people's."""
    left, right = pairs.texts
    near = _edits(left, right, 1) <= 1
    # Of two different texts of one length none is the end of the other.
    one, two = pairs.sides(pairs.lengths)
    for at in np.flatnonzero(one != two).tolist():
        near[at] |= left[at].endswith(right[at]) or right[at].endswith(left[at])
    levels = near.astype(np.uint8)
    split = pairs.each(lambda text: text.partition("x"))
    extended = pairs.each(lambda text: "x" in text).astype(bool)
    for at in np.flatnonzero(np.logical_or(*pairs.sides(extended))).tolist():
        (number, _, own), (other, _, theirs) = (
            split[side[at]] for side in (pairs.left, pairs.right)
        )
        levels[at] = (number == other) * (0 if own and theirs else 2)
    return levels


def _numbers(pairs: Unequal) -> np.ndarray:
    left, right = pairs.texts
    a, b = np.asarray(left, np.float64), np.asarray(right, np.float64)
    near = np.abs(a - b) <= _NEAR_NUMBER * np.maximum(np.abs(a), np.abs(b))
    return (near | (_edits(left, right, 1) <= 1)).astype(np.uint8)


def _marks(pairs: Unequal) -> np.ndarray:
    sides = zip(*pairs.texts, strict=True)
    return np.array([UNMARKED in both for both in sides], dtype=np.uint8)


def _emails(pairs: Unequal) -> np.ndarray:
    """Return the levels of addresses.

    An edit of the first letter or of digits makes another address (hgarcia, mgarcia), not a
    typing error. Two mailboxes at one domain of an employer are two colleagues.
    """
    domains = pairs.column.domains
    domain = domains.of_value[pairs.codes]
    one, two = pairs.sides(domain)
    colleagues = (one == two) & domains.corporate[one]
    box = pairs.each(lambda text: text.partition("@")[0])
    places = pairs.sides(numbered(box))
    same_local = places[0] == places[1]
    levels = np.zeros(len(one), dtype=np.uint8)
    levels[colleagues] = level_of("email", "colleague")
    near = np.flatnonzero(colleagues)
    boxes = pairs.sides(box)
    alike = _similar(JaroWinkler.normalized_similarity, boxes[0][near], boxes[1][near])
    near = near[alike >= _LOCAL_ALIKE]
    levels[near[~_numbered(pairs, box, near)]] = level_of("email", "like colleague")
    levels[same_local] = level_of("email", "same local")
    levels[_mistyped(pairs, boxes, same_local)] = level_of("email", "typo")
    return levels


def _numbered(pairs: Unequal, box: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Return where two mailboxes differ in their digits only: a number tells namesakes apart."""
    left, right = pairs.left[at], pairs.right[at]
    used = np.unique(np.concatenate([left, right]))
    letters = np.full(len(box), -1)
    texts = ["".join(filter(str.isalpha, text)) for text in box[used]]
    letters[used] = numbered(np.array(texts, dtype=object))
    return letters[left] == letters[right]


def _mistyped(
    pairs: Unequal, boxes: tuple[np.ndarray, np.ndarray], same_local: np.ndarray
) -> np.ndarray:
    typo = _edits(*pairs.texts, 2) <= 2  # noqa: PLR2004  edits
    for at in np.flatnonzero(typo & ~same_local).tolist():
        one, two = boxes[0][at], boxes[1][at]
        typo[at] = one[:1] == two[:1] and _digits(one) == _digits(two)
    return typo


def _digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))


_UNEQUAL: Mapping[str, Callable[[Unequal], np.ndarray]] = {
    "given": _names,
    "surname": _names,
    "email": _emails,
    "phone": _phones,
    "company_name": _texts,
    "text": _texts,
    "date": _dates,
    "identifier": _identifiers,
    "number": _numbers,
    "mark": _marks,
}


@dataclass(frozen=True, slots=True)
class Swap:
    """The columns of the two parts of a name, as one vocabulary."""

    given: int  # the place of the column of given names
    surname: int
    given_words: np.ndarray  # by distinct value, a word of the vocabulary
    surname_words: np.ndarray
    texts: tuple[pa.Array, pa.Array]


def swap_of(columns: list[Column]) -> Swap | None:
    """Return the two columns of names, if there is one of each part."""
    places = alone(columns, "given", "surname")
    if places is None:
        return None
    given, surname = (columns[at] for at in places)
    both = pc.dictionary_encode(pa.concat_arrays([given.values, surname.values]))
    words = both.indices.to_numpy().astype(np.int64)
    size = len(given.values)
    texts = given.values, surname.values
    return Swap(places[0], places[1], words[:size], words[size:], texts)


def swapped_names(
    swap: Swap, columns: list[Column], levels: np.ndarray, left: np.ndarray, right: np.ndarray
) -> None:
    """Mark in ``levels`` the pairs whose given name is the other's surname.

    The level of the given name says so; the surname then says nothing more.
    """
    given, surname = columns[swap.given].codes, columns[swap.surname].codes
    known = (levels[:, swap.given] < 2) & (levels[:, swap.surname] < 2)  # noqa: PLR2004  not near
    at = np.flatnonzero(known)
    if not len(at):
        return
    one, two = left[at], right[at]
    crossed = [
        _near(swap, given[one], surname[two]),
        _near(swap, given[two], surname[one]),
    ]
    # Typing errors are added to a swap, but hardly to both names. With one address one is enough.
    least, most = np.minimum(*crossed), np.maximum(*crossed)
    emails = [column.kind == "email" for column in columns]
    one_address = (levels[at][:, emails] == level_of("email", "same")).any(axis=1)
    swapped = ((least >= _ALIKE) | one_address) & (most >= _TYPO)
    found = at[swapped]
    levels[found, swap.given] = _NAME.index("swapped")
    levels[found, swap.surname] = MISSING


def _near(swap: Swap, given: np.ndarray, surname: np.ndarray) -> np.ndarray:
    """Return the likeness of given names and surnames, one pair a line."""
    pairs = distinct_pairs(given, surname, len(swap.surname_words))
    near = (swap.given_words[pairs.left] == swap.surname_words[pairs.right]).astype(np.float32)
    at = np.flatnonzero(near == 0)
    sides = zip(swap.texts, (pairs.left[at], pairs.right[at]), strict=True)
    texts = [as_objects(values.take(pa.array(codes))) for values, codes in sides]
    near[at] = _similar(JaroWinkler.normalized_similarity, *texts)
    return near[pairs.back]
