"""Words of names: their weights by rarity, and their scripts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gsprep.shipped import shipped_lines, shipped_words
from gsprep.unification.pairs import Bools, Pairs, spans
from gsprep.values.arrow import (
    Places,
    as_mask,
    as_objects,
    as_texts,
    bytes_of,
    counted_before,
    joined,
    matches,
)
from gsprep.values.company_name import plain_names, same_words
from gsprep.values.legal_form import tables
from gsprep.values.name_tokens import WordLists
from gsprep.values.script import scripts_of_words
from gsprep.values.text import searchable
from gsprep.values.usual_name import SMALL_WORDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


class Scripts(NamedTuple):
    """Scripts of names, as bits, one line for each name."""

    used: np.ndarray  # the scripts of its letters
    long: np.ndarray  # those of which a word has so many letters that it can be compared

    @classmethod
    def of(cls, names: NameWords | WordLists, words: tuple[np.ndarray, np.ndarray]) -> Scripts:
        """Return the scripts of names; ``words`` are those of their distinct words."""
        there = np.flatnonzero(np.diff(names.starts))
        used, long = (np.zeros(len(names.starts) - 1, dtype=np.int64) for _ in words)
        for of_name, of_word in zip((used, long), words, strict=True):
            of_name[there] = np.bitwise_or.reduceat(of_word[names.codes], names.starts[there])
        return cls(used, long)


class Common(NamedTuple):
    """What the scripts of two names leave to compare, by pair.

    Names of the same scripts are compared whole, and so are names without letters.
    """

    apart: Bools  # nothing: they say nothing about each other
    partly: np.ndarray  # the positions of pairs that are compared by some of their words
    scripts: np.ndarray  # the scripts of those words, for each of these pairs

    @classmethod
    def of(cls, pairs: Pairs, mine: Scripts, theirs: Scripts) -> Common:
        """Compare the scripts of the two names of each pair."""
        own, other = mine.used[pairs.left], theirs.used[pairs.company]
        differ = (own != other) & (own > 0) & (other > 0)
        both = mine.long[pairs.left] & theirs.long[pairs.company]
        partly = np.flatnonzero(differ & (both > 0))
        return cls(differ & (both == 0), partly, both[partly])


def words_in(names: NameWords, which: np.ndarray, scripts: np.ndarray) -> NameWords:
    """Return the words of some names that have letters of these scripts, or no letters."""
    counts = np.diff(names.starts)[which]
    codes = names.codes[spans(names.starts[which], counts)]
    of_word, of_name = names.letters.scripts[codes], np.repeat(scripts, counts)
    kept = (of_word == 0) | ((of_word & of_name) > 0)
    starts = counted_before(kept)[np.append(0, np.cumsum(counts))]
    return replace(names, starts=starts, codes=codes[kept])


# Shorter words behind a name are abbreviations, and shorter legal forms are too often other words.
_SHORTEST_OWN, _SHORTEST_FORM = 3, 3
# A word that so many companies have in their names is no slip.
_REAL_FROM = 5
_NO_COUNTRY = -1
_SHORTEST_COUNTRY = 4
# Endings of words for what is of a country, in place of nothing and of its last letter.
_ADDED, _REPLACED = ("", "n", "an", "ian", "i", "ese", "ien"), ("an", "ian", "ese", "ish", "i")


class Kinds(NamedTuple):
    """Words by what they are, one line for each word."""

    real: np.ndarray  # whether it is a word of the dictionary, or of several companies' names
    country: np.ndarray  # the number of the country it names, -1 for none
    # a bit for each word that makes a public body, -1 for small words, 0 for others
    body: np.ndarray
    general: np.ndarray  # whether every place has organisations with it: First Baptist Church

    @classmethod
    def of(cls, words: pa.Array, frequency: np.ndarray) -> Kinds:
        """Return the kinds of words; ``frequency`` is the number of companies that have each."""
        listed = real_words().has(words)
        places, numbers = _places_of_countries()
        at = places.at(words)
        bodies, bits = _bodies()
        real, body = listed | (frequency >= _REAL_FROM), bits[bodies.at(words)]
        general = pc.is_in(words, value_set=as_texts(shipped_words("every_place")))
        return cls(real, numbers[at], body, as_mask(general) | (body < 0))

    def and_(self, others: Kinds) -> Kinds:
        """Return these words and the others after them."""
        return Kinds(*(np.concatenate(both) for both in zip(self, others, strict=True)))

    def differ(self, one: np.ndarray, two: np.ndarray) -> np.ndarray:
        """Return whether two words are both real ones, by their places."""
        return self.real[one] & self.real[two]

    def foreign(self, one: np.ndarray, two: np.ndarray) -> np.ndarray:
        """Return whether two words name different countries, by their places."""
        mine, theirs = self.country[one], self.country[two]
        return (mine >= 0) & (theirs >= 0) & (mine != theirs)


@cache
def real_words() -> Places:
    """Return the words of the dictionary."""
    return Places(as_texts(shipped_lines("rules", "lists", "real_words.txt")))


# The bits of a university and of what it has besides itself; those of public bodies are lower.
UNIVERSITY = 1 << len(shipped_words("government"))
OF_UNIVERSITY = UNIVERSITY << 1


@cache
def _bodies() -> tuple[Places, np.ndarray]:
    """Return small words and words of public bodies, and the number of each, 0 behind them."""
    small, words = sorted(SMALL_WORDS), (*shipped_words("government"), "university")
    bits, of_university = [1 << at for at in range(len(words))], shipped_words("of_university")
    bits += [OF_UNIVERSITY] * len(of_university)
    places = Places(as_texts([*small, *words, *of_university]))
    return places, np.array([*[-1] * len(small), *bits, 0])


@cache
def _places_of_countries() -> tuple[Places, np.ndarray]:
    """Return the place of each word for a country, and the country's number at each place."""
    countries = _countries()
    places = Places(as_texts(list(countries)))
    return places, np.array([*countries.values(), _NO_COUNTRY], dtype=np.int64)


def _countries() -> Mapping[str, int]:
    """Return words for countries and for what is of them, each with a number of the country."""
    lines = (line.split("\t") for line in shipped_lines("rules", "lists", "countries.txt"))
    names = {searchable(name): code for name, code in lines}
    names = {name: code for name, code in names.items() if _is_word(name)}
    numbers = {code: at for at, code in enumerate(sorted(set(names.values())))}
    words: dict[str, int] = {}
    # What is nearer to the name of a country goes before: Nigerian is of Nigeria, not of Niger.
    for ending in _ADDED:
        for name, code in names.items():
            words.setdefault(name + ending, numbers[code])
    for ending in _REPLACED:
        for name, code in names.items():
            words.setdefault(name[:-1] + ending, numbers[code])
    return words


def _is_word(name: str) -> bool:
    return len(name) >= _SHORTEST_COUNTRY and name.isalpha()


# Names have few words; what follows is text that got into the column.
_MOST_WORDS = 12
# What is generally known of words counts as much as this many companies of the user's own.
_BACKGROUND = 1000
# A word of so many companies is rare, or as common as can be.
_RARE, _COMMON = 2, 50
_KINDS_OF_LETTERS = 64
# Whoever shortens the first two words of a name keeps so many letters: Natl Austr. Bk, Amer. El.
_BEGINNINGS = (3, 2)


class Letters(NamedTuple):
    """Words by their letters, one line for each word."""

    lengths: np.ndarray  # the number of its letters
    firsts: np.ndarray  # the number of its first letter
    numbers: np.ndarray  # whether it has a digit
    kinds: np.ndarray  # a bit for each kind of letter it has
    # a bit for each script it has letters of; 0 for words that are known in several
    scripts: np.ndarray
    long: np.ndarray  # the scripts of which it has as many letters as a word

    @classmethod
    def of(cls, words: pa.Array) -> Letters:
        """Return the letters of words, none of which is empty."""
        plain = as_mask(pc.string_is_ascii(words))
        others = words.filter(pa.array(~plain)).to_pylist()
        firsts = pc.dictionary_encode(pc.utf8_slice_codeunits(words, 0, 1))
        codes = np.array([ord(letter) for letter in firsts.dictionary.to_pylist()], dtype=np.int64)
        numbers = matches(words, "[0-9]")
        numbers[~plain] = [any(map(str.isdigit, word)) for word in others]
        starts, data = bytes_of(words)
        bits = np.left_shift(np.uint64(1), (data % _KINDS_OF_LETTERS).astype(np.uint64))
        kinds = np.bitwise_or.reduceat(bits, starts[:-1]) if len(words) else bits
        kinds[~plain] = np.array([_kinds_of(word) for word in others], dtype=np.uint64)
        lengths = pc.utf8_length(words).to_numpy().astype(np.int64)
        return cls(
            lengths, codes[firsts.indices.to_numpy()], numbers, kinds, *scripts_of_words(words)
        )

    def words(self) -> np.ndarray:
        """Return which have as many letters as a word; shorter ones are abbreviations."""
        return (self.lengths >= _SHORTEST_OWN) | (self.long > 0)

    def and_(self, others: Letters) -> Letters:
        """Return these words and the others after them."""
        return Letters(*(np.concatenate(both) for both in zip(self, others, strict=True)))

    def unlike(self, one: np.ndarray, two: np.ndarray) -> np.ndarray:
        """Return in how many kinds of letters two words differ, by their places.

        At least so many letters have to be added or taken away.
        """
        return np.bitwise_count(self.kinds[one] ^ self.kinds[two])

    def within(self, one: np.ndarray, two: np.ndarray) -> np.ndarray:
        """Return whether either word has every kind of letter that the other has."""
        mine, theirs = self.kinds[one], self.kinds[two]
        both = mine & theirs
        return (both == mine) | (both == theirs)


def _kinds_of(word: str) -> int:
    kinds = 0
    for letter in word:
        kinds |= 1 << ord(letter) % _KINDS_OF_LETTERS
    return kinds


@dataclass(frozen=True, slots=True)
class NameWords:
    """Names as lists of words."""

    texts: np.ndarray  # the distinct words
    weight: np.ndarray  # the weight of each, as a share of the rarest word's
    known: np.ndarray  # whether a company has the word
    # the words of name ``n`` are ``codes[starts[n]:starts[n + 1]]``, in their order
    starts: np.ndarray
    codes: np.ndarray  # positions in ``texts``
    letters: Letters  # the distinct words by their letters
    kinds: Kinds  # the distinct words by what they are

    def beginnings(self) -> pa.Array:
        """Return the beginnings of each name's first two words; null for a name of one word."""
        several = np.flatnonzero(np.diff(self.starts) > 1)
        first = self.starts[several]
        words = (self.texts[self.codes[first + nth]] for nth in range(len(_BEGINNINGS)))
        parts = (
            pc.utf8_slice_codeunits(pa.array(texts, pa.large_string()), 0, letters)
            for texts, letters in zip(words, _BEGINNINGS, strict=True)
        )
        there = np.full(len(self.starts) - 1, -1)
        there[several] = np.arange(len(several))
        return joined(*parts, between=" ").take(pa.array(there, mask=there < 0))

    def scripts(self) -> Scripts:
        """Return the scripts of each name."""
        return Scripts.of(self, (self.letters.scripts, self.letters.long))

    def all_are(self, kind: np.ndarray) -> np.ndarray:
        """Return which names have only words of a kind."""
        others = counted_before(~kind[self.codes])[self.starts]
        return np.diff(others) == 0

    def has_unknown(self) -> np.ndarray:
        """Return which names have a word that no company has."""
        return ~self.all_are(self.known)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words of the companies' names."""

    codes: Places  # each word that a company has, by its position in ``companies.texts``
    count: int  # the number of companies
    companies: NameWords  # the companies' own names
    frequency: np.ndarray  # the number of companies that have each word

    def split(self, cores: Sequence[str] | pa.Array) -> NameWords:
        """Return other names as words; those that a company has keep their codes."""
        return self.encoded(plain_names(as_texts(cores)))

    def encoded(self, names: WordLists) -> NameWords:
        """Return other names by their ``plain_names`` as ``split`` does."""
        lists = _listed(names)
        at = self.codes.at(lists.words)
        unknown = at < 0
        if not unknown.any():
            return replace(self.companies, starts=lists.starts, codes=at[lists.codes])
        at[unknown] = len(self.codes) + np.arange(np.count_nonzero(unknown))
        new = lists.words.filter(pa.array(unknown))
        weight = _weights(new, np.zeros(len(new)), self.count)
        return NameWords(
            np.concatenate([self.companies.texts, as_objects(new)]),
            np.concatenate([self.companies.weight, weight]),
            np.arange(len(self.codes) + len(new)) < len(self.codes),
            lists.starts,
            at[lists.codes],
            self.companies.letters.and_(Letters.of(new)),
            self.companies.kinds.and_(Kinds.of(new, np.zeros(len(new)))),
        )

    def crowds(self) -> np.ndarray:
        """Return how many companies' names begin with the first word of each.

        It is 0 for a word that one name or two begin with, and 1 for fifty.
        """
        several = np.diff(self.companies.starts) > 0
        first = self.companies.codes[self.companies.starts[:-1][several]]
        crowds = np.zeros(self.count)
        crowds[several] = _common(np.bincount(first, minlength=1)[first])
        return crowds

    def commonness(self, words: Sequence[str | None] | pa.Array) -> np.ndarray:
        """Return how common words are in the companies' names: 0 for two or less, 1 for fifty."""
        frequency = np.append(self.frequency, 0)[self.codes.at(as_texts(words))]
        return _common(frequency)


def _listed(names: WordLists) -> WordLists:
    """Return the distinct words of names that are compared; both of Johnson and Johnson."""
    joint = names.words.index(pa.scalar("and", names.words.type)).as_py()
    at = np.flatnonzero((names.codes[1:-1] == joint) & (names.codes[2:] == names.codes[:-2])) + 2
    of_text = names.of_text()
    at = at[of_text[at] == of_text[at - 2]]
    repeated, place = np.unique(names.codes[at], return_inverse=True)
    codes = names.codes.copy()
    codes[at] = len(names.words) + place
    # With a digit it is alike to no other word.
    marked = joined(names.words.take(pa.array(repeated)), "2", between="")
    words = pa.concat_arrays([names.words, marked.cast(names.words.type)])
    return WordLists(names.starts, codes, words).distinct().shortened(_MOST_WORDS)


def _common(frequency: np.ndarray) -> np.ndarray:
    """Return how common words of so many companies are: 0 for two or less, 1 for fifty."""
    share = np.log(np.maximum(frequency, 1) / _RARE) / np.log(_COMMON / _RARE)
    return np.clip(share, 0, 1)


def learn_vocabulary(cores: Sequence[str] | pa.Array) -> Vocabulary:
    """Learn the words and their weights from the companies' own names.

    A word's weight grows with the logarithm of companies / companies with it, so that "hospital"
    says little in a list of hospitals. A shipped list of common words supplements a short list.
    """
    lists = _listed(plain_names(as_texts(cores)))
    frequency = np.bincount(lists.codes, minlength=len(lists.words)).astype(np.float64)
    names = NameWords(
        as_objects(lists.words),
        _weights(lists.words, frequency, len(cores)),
        np.ones(len(lists.words), dtype=bool),
        lists.starts,
        lists.codes,
        Letters.of(lists.words),
        Kinds.of(lists.words, frequency),
    )
    return Vocabulary(Places(lists.words), len(cores), names, frequency)


def _weights(words: pa.Array, frequency: np.ndarray, count: int) -> np.ndarray:
    known, shares = _shares()
    background = shares[known.at(words)]
    whole = count + _BACKGROUND
    rarest = np.log(whole) + 1
    return (np.log(whole / np.maximum(frequency + _BACKGROUND * background, 1)) + 1) / rarest


@cache
def _shares() -> tuple[Places, np.ndarray]:
    """Return common words, and the share of all companies' names that have each; 0 behind them."""
    pairs = (line.split() for line in shipped_lines("rules", "lists", "name_words.txt"))
    words, shares = zip(*pairs, strict=True)
    return Places(as_texts(words)), np.array([*shares, 0], dtype=np.float64)


@cache
def _words_of_parts() -> Places:
    """Return words that with a company's name are a part of the company: places, departments."""
    lists = (shipped_lines("rules", "lists", f"{name}.txt") for name in ("places", "departments"))
    listed = {same_words().get(word, word) for words in lists for word in words}
    numbers = {number for digits, number in same_words().items() if digits.isdigit()}
    return Places(as_texts(sorted(listed | numbers | tables()["end"].tags.keys())))


def _misspelt_forms(words: NameWords, used: np.ndarray) -> np.ndarray:
    """Return which words are no word but one letter apart from a legal form: IInc, Gmhb."""
    lengths, longest = words.letters.lengths[used], max(map(len, tables()["end"].tags)) + 1
    strange = ~words.known[used] & ~words.kinds.real[used]
    at = np.flatnonzero(strange & (lengths > _SHORTEST_FORM) & (lengths <= longest))
    texts = as_texts(words.texts[used[at]])
    found = np.zeros(len(used), dtype=bool)
    like = _like_forms().has(pa.concat_arrays([texts, *_shorter(texts)]))
    found[at] = like.reshape(-1, len(at)).any(axis=0) if len(at) else False
    return found


@cache
def _like_forms() -> Places:
    """Return the legal forms, and each without one of its letters."""
    forms = as_texts([form for form in tables()["end"].tags if len(form) >= _SHORTEST_FORM])
    return Places(pa.chunked_array([forms, *_shorter(forms)]).combine_chunks().drop_null().unique())


def _shorter(words: pa.Array) -> Iterator[pa.Array]:
    """Yield the words without each of their letters, null where a word has fewer."""
    for letter in range(pc.max(pc.utf8_length(words)).as_py() or 0):
        before = pc.utf8_slice_codeunits(words, 0, letter)
        behind = pc.utf8_slice_codeunits(words, letter + 1)
        shown = joined(before, "", behind)
        yield pc.if_else(pc.greater(pc.utf8_length(words), letter), shown, None)


_MIXING = np.uint64(0x9E3779B97F4A7C15)


class Bodies(NamedTuple):
    """Names by the public body that they are of, one line for each name."""

    kinds: np.ndarray  # a bit for each word that makes a public body: county, city, ministry
    others: np.ndarray  # a number for its other words without small ones together, 0 for none

    @classmethod
    def of(cls, words: NameWords) -> Bodies:
        """Return what names say of a public body."""
        bits, count = words.kinds.body[words.codes], len(words.starts) - 1
        kinds, at = np.zeros(count, dtype=np.int64), np.flatnonzero(bits > 0)
        np.bitwise_or.at(kinds, np.searchsorted(words.starts, at, side="right") - 1, bits[at])
        # Sums of mixed numbers: those of other words are practically never the same.
        mixed = (words.codes.astype(np.uint64) + np.uint64(1)) * _MIXING
        mixed = (mixed ^ (mixed >> np.uint64(29))) * _MIXING * (bits == 0)
        return cls(kinds, np.diff(np.append(np.uint64(0), np.cumsum(mixed))[words.starts]))


def count_further(words: NameWords) -> np.ndarray:
    """Return how many words each name has after the first that are no word for a part."""
    later = np.ones(len(words.codes), dtype=bool)
    later[words.starts[:-1][np.diff(words.starts) > 0]] = False
    return np.diff(counted_before(_are_own(words, later))[words.starts])


def without_parts(words: NameWords) -> NameWords:
    """Return names without their words for places, departments, countries and legal forms."""
    own = _are_own(words, np.ones(len(words.codes), dtype=bool))
    starts = counted_before(own)[words.starts]
    return replace(words, starts=starts, codes=words.codes[own])


def _are_own(words: NameWords, asked: np.ndarray) -> np.ndarray:
    """Return which words of names, of those that are ``asked`` for, are no word for a part."""
    used, back = np.unique(words.codes[asked], return_inverse=True)
    part = _words_of_parts().has(as_texts(words.texts[used]))
    part |= ~words.letters.words()[used] | words.letters.numbers[used]
    part |= (words.kinds.country[used] >= 0) | _misspelt_forms(words, used)
    own = np.zeros(len(words.codes), dtype=bool)
    own[asked] = ~part[back]
    return own
