"""Comparisons by kind: how near two values are, in levels."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from rapidfuzz import process
from rapidfuzz.distance import OSA, Indel, JaroWinkler

from gsprep.shipped import shipped_lines
from gsprep.unification.duplicates.features import email_domain
from gsprep.values.arrow import TEXT, as_list, as_mask, as_objects
from gsprep.values.domain import listed_domains

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gsprep.unification.duplicates.columns import Column

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
    "date": ("differ", "year", "two parts", "typo", "same"),
    "identifier": ("differ", "two edits", "typo", "same"),
    "number": ("differ", "close", "same"),
    "exact": ("differ", "same"),
}  # fmt: skip
# The number that stands for "missing" among the levels of a pair.
MISSING = 7
_ALIKE, _TYPO = 0.8, 0.92
_LOOSELY, _CLOSE = 0.65, 0.85
_LOCAL_ALIKE = 0.8
_NEAR_NUMBER = 0.01


def level_of(kind: str, name: str) -> int:
    """Return the number of a level of a kind."""
    return LEVELS[kind].index(name)


@dataclass(frozen=True, slots=True)
class Compared:
    """The unequal values of pairs: places among the values of a column, and the texts."""

    column: Column
    left: np.ndarray
    right: np.ndarray

    @property
    def texts(self) -> tuple[list[str], list[str]]:
        """The texts of both sides."""
        values = self.column.values
        return tuple(as_objects(values.take(pa.array(side))) for side in (self.left, self.right))  # type: ignore[return-value]


def levels_of(column: Column, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Return the level of each pair of records; ``MISSING`` if one has no value."""
    a, b = column.codes[left], column.codes[right]
    levels = np.full(len(a), MISSING, dtype=np.uint8)
    known = (a >= 0) & (b >= 0)
    levels[known] = LEVELS[column.kind].index("same")
    other = np.flatnonzero(known & (a != b))
    if len(other) and column.kind in _UNEQUAL:
        compared = Compared(column, a[other], b[other])
        levels[other] = _UNEQUAL[column.kind](compared)
    elif len(other):
        levels[other] = 0
    return levels


def _similar(scorer: Callable[..., float], left: object, right: object) -> np.ndarray:
    found: np.ndarray = process.cpdist(left, right, scorer=scorer, dtype=np.float32)
    return found


def _edits(left: object, right: object, most: int) -> np.ndarray:
    found: np.ndarray = process.cpdist(
        left, right, scorer=OSA.distance, score_cutoff=most, dtype=np.int32
    )
    return found


def _names(pairs: Compared) -> np.ndarray:
    left, right = pairs.texts
    likeness = _similar(JaroWinkler.normalized_similarity, left, right)
    levels = np.zeros(len(likeness), dtype=np.uint8)
    levels[likeness >= _ALIKE] = 1
    long = np.minimum(_lengths(left), _lengths(right))
    levels[((likeness >= _TYPO) | (_edits(left, right, 1) <= 1)) & (long > 2)] = 2  # noqa: PLR2004
    levels[_is_part(left, right, long)] = _NAME.index("part")
    group = _nicknames(pairs.column)
    one, two = group[pairs.left], group[pairs.right]
    both = (one[:, :, None] == two[:, None, :]) & (one[:, :, None] >= 0)
    levels[both.any(axis=(1, 2)) & (levels != 2)] = _NAME.index("nickname")  # noqa: PLR2004
    return levels


def _lengths(texts: object) -> np.ndarray:
    return np.fromiter(map(len, texts), dtype=np.int64)  # type: ignore[call-overload, arg-type]


def _is_part(left: object, right: object, shorter: np.ndarray) -> np.ndarray:
    """Return where one name is the initial or a whole word of the other."""
    found = np.zeros(len(shorter), dtype=bool)
    for at, (one, two) in enumerate(zip(left, right, strict=True)):  # type: ignore[call-overload]
        if shorter[at] == 1:
            found[at] = one[0] == two[0]
        elif " " in one or " " in two:
            found[at] = f" {one} " in f" {two} " or f" {two} " in f" {one} "
    return found


@cache
def _nickname_groups() -> Mapping[str, tuple[int, ...]]:
    groups: dict[str, tuple[int, ...]] = {}
    for number, line in enumerate(shipped_lines("rules", "lists", "nicknames.txt")):
        for name in line.split():
            groups[name] = (*groups.get(name, ()), number)
    return groups


_MOST_GROUPS = 4


def _nicknames(column: Column) -> np.ndarray:
    """Return the groups of nicknames of each distinct value, -1 for none."""
    groups = _nickname_groups()
    known = pc.index_in(column.values, value_set=pa.array(list(groups), TEXT))
    table = np.full((len(groups) + 1, _MOST_GROUPS), -1)
    for at, numbers in enumerate(groups.values()):
        table[at, : len(numbers[:_MOST_GROUPS])] = numbers[:_MOST_GROUPS]
    found: np.ndarray = table[pc.fill_null(known, len(groups)).to_numpy()]
    return found if column.kind == "given" else np.full_like(found, -1)


def _texts(pairs: Compared) -> np.ndarray:
    left, right = pairs.texts
    likeness = _similar(Indel.normalized_similarity, left, right)
    levels = np.zeros(len(likeness), dtype=np.uint8)
    levels[likeness >= _LOOSELY] = 1
    levels[(likeness >= _CLOSE) | _begins(left, right)] = 2
    return levels


def _begins(left: object, right: object) -> np.ndarray:
    """Return where one text is the first words of the other."""
    pairs = zip(left, right, strict=True)  # type: ignore[call-overload]
    return np.array([f"{a} ".startswith(f"{b} ") or f"{b} ".startswith(f"{a} ") for a, b in pairs])


def _dates(pairs: Compared) -> np.ndarray:
    left, right = pairs.texts
    parts = [_date_parts(side) for side in (left, right)]
    same = parts[0] == parts[1]
    swapped = same[:, 0] & (parts[0][:, 1] == parts[1][:, 2]) & (parts[0][:, 2] == parts[1][:, 1])
    levels = np.zeros(len(left), dtype=np.uint8)
    levels[same[:, 0]] = 1
    levels[(same.sum(axis=1) == 2) | swapped] = 2  # noqa: PLR2004  of year, month and day
    levels[_edits(left, right, 1) <= 1] = 3
    return levels


def _date_parts(texts: object) -> np.ndarray:
    """Return year, month and day of each text of eight digits; others equal no other."""
    array = np.asarray(texts, dtype="U8")
    parts = [array.astype("U4"), _slice(array, 4, 6), _slice(array, 6, 8)]
    return np.stack(parts, axis=1)


def _slice(array: np.ndarray, begin: int, end: int) -> np.ndarray:
    letters = array.view("U1").reshape(len(array), -1)[:, begin:end]
    return np.ascontiguousarray(letters).view(f"U{end - begin}").ravel().astype("U4")


def _identifiers(pairs: Compared) -> np.ndarray:
    edits = _edits(*pairs.texts, 2)
    return np.select([edits <= 1, edits <= 2], [2, 1], default=0).astype(np.uint8)  # noqa: PLR2004


def _phones(pairs: Compared) -> np.ndarray:
    left, right = pairs.texts
    ends = [a.endswith(b) or b.endswith(a) for a, b in zip(left, right, strict=True)]
    return ((_edits(left, right, 1) <= 1) | np.array(ends)).astype(np.uint8)


def _numbers(pairs: Compared) -> np.ndarray:
    left, right = pairs.texts
    a, b = np.asarray(left, np.float64), np.asarray(right, np.float64)
    near = np.abs(a - b) <= _NEAR_NUMBER * np.maximum(np.abs(a), np.abs(b))
    return (near | (_edits(left, right, 1) <= 1)).astype(np.uint8)


def _emails(pairs: Compared) -> np.ndarray:
    """Return the levels of addresses.

    An edit of the first letter or of digits makes another address (hgarcia, mgarcia), not a
    typing error. Two mailboxes at one domain of an employer are two colleagues.
    """
    domain, corporate = email_domains(pairs.column)
    same_domain = domain[pairs.left] == domain[pairs.right]
    left, right = pairs.texts
    boxes = [np.array([text.partition("@")[0] for text in side]) for side in (left, right)]
    same_local = boxes[0] == boxes[1]
    levels = np.zeros(len(left), dtype=np.uint8)
    colleagues = same_domain & corporate[domain[pairs.left]]
    levels[colleagues] = level_of("email", "colleague")
    near = np.flatnonzero(colleagues)
    alike = _similar(JaroWinkler.normalized_similarity, boxes[0][near], boxes[1][near])
    levels[near[alike >= _LOCAL_ALIKE]] = level_of("email", "like colleague")
    levels[same_local] = level_of("email", "same local")
    levels[_mistyped(left, right, boxes, same_local)] = level_of("email", "typo")
    return levels


def _mistyped(
    left: object, right: object, boxes: list[np.ndarray], same_local: np.ndarray
) -> np.ndarray:
    typo = _edits(left, right, 2) <= 2  # noqa: PLR2004  edits
    for at in np.flatnonzero(typo & ~same_local):
        one, two = boxes[0][at], boxes[1][at]
        typo[at] = one[:1] == two[:1] and _digits(one) == _digits(two)
    return typo


def _digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))


def email_domains(column: Column) -> tuple[np.ndarray, np.ndarray]:
    """Return the place of each value's domain, and whether each domain is an employer's."""
    encoded = pc.dictionary_encode(email_domain(column.values))
    free = sorted({*listed_domains("free_mail.txt"), *listed_domains("providers.txt")})
    shared = as_mask(pc.is_in(encoded.dictionary, value_set=pa.array(free, TEXT)))
    return encoded.indices.to_numpy(), ~shared


_UNEQUAL: Mapping[str, Callable[[Compared], np.ndarray]] = {
    "given": _names,
    "surname": _names,
    "email": _emails,
    "phone": _phones,
    "company_name": _texts,
    "text": _texts,
    "date": _dates,
    "identifier": _identifiers,
    "number": _numbers,
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
    places = {
        part: [at for at, column in enumerate(columns) if column.kind == part]
        for part in ("given", "surname")
    }
    if not all(len(found) == 1 for found in places.values()):
        return None
    given, surname = columns[places["given"][0]], columns[places["surname"][0]]
    both = pc.dictionary_encode(pa.concat_arrays([given.values, surname.values]))
    words = both.indices.to_numpy().astype(np.int64)
    size = len(given.values)
    texts = (given.values, surname.values)
    return Swap(places["given"][0], places["surname"][0], words[:size], words[size:], texts)


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
    found = at[crossed[0] & crossed[1]]
    levels[found, swap.given] = _NAME.index("swapped")
    levels[found, swap.surname] = MISSING


def _near(swap: Swap, given: np.ndarray, surname: np.ndarray) -> np.ndarray:
    near: np.ndarray = swap.given_words[given] == swap.surname_words[surname]
    at = np.flatnonzero(~near)
    sides = swap.texts[0].take(pa.array(given[at])), swap.texts[1].take(pa.array(surname[at]))
    texts = [as_list(side) for side in sides]
    near[at] = _similar(JaroWinkler.normalized_similarity, *texts) >= _TYPO
    return near
