"""What the label of an e-mail domain is of a company's name: all of it, some words, initials."""

from __future__ import annotations

from functools import cache
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from rapidfuzz.distance import LCSseq

from gsprep.shipped import shipped_lines, shipped_words
from gsprep.unification.keys import where
from gsprep.unification.pairs import InvertedIndex, Lookup, invert_column
from gsprep.values.arrow import as_mask, joined, matches, with_chosen
from gsprep.values.company_name import all_initials
from gsprep.values.name_tokens import WordLists, split_at_blanks

if TYPE_CHECKING:
    from gsprep.unification.features.name import NameIndex
    from gsprep.unification.keys import Hosts
    from gsprep.unification.pairs import Bools, Pairs

# Shorter labels (hp, go, it) are as often a word or an abbreviation as a name.
_SHORTEST_LABEL = 3
# A shorter first word begins too many other words.
_SHORTEST_BEGINNING = 4
# A word of more companies' names is no company's own, and neither is a shorter one.
_MOST_WITH_WORD, _SHORTEST_WORD = 3, 4
# Letters of a name in front of one of its words: fuk-mitte.de, Feuerwehr-Unfallkasse Mitte.
_MOST_LETTERS = 5
# How many letters of its first words a name is cut to: some initials of a long name, a word with
# the initials of the next ones (ihklw.de, IHK Lueneburg-Wolfsburg), the beginnings of two words
# (mamo.de, Mannheimer Morgen).
_ALL = 99
_CUTS = (
    (1,) * 4, (1,) * 5, (1,) * 6, (_ALL, 1), (_ALL, 1, 1), (_ALL, 1, 1, 1),
    (2, 2), (2, 3), (3, 2), (3, 3),
)  # fmt: skip


class DomainLabels(NamedTuple):
    """The labels of hosts, looked up in the names of companies and the labels that they list."""

    texts: pa.Array  # the label of each host; null for a short one, and where it is no employer's
    lengths: np.ndarray  # the number of its letters
    heads: pa.Array  # what is in front of a hyphen in it; null for none
    whole: Lookup  # companies with that name, or with a listed domain of that label
    begins: Lookup  # companies of whose names it is some words
    begun: Lookup  # companies with whose words it begins; the longest such words
    initials: Lookup  # companies whose initials it is, or has in front of a hyphen
    shortened: Lookup  # companies of whose names it is letters and a word
    short: Lookup  # companies of whose words it is the initials of parts, or the beginnings
    word: Lookup  # the few companies that have it as a word of their names
    below: tuple[Lookup, ...]  # companies after which the label below a listed domain is named

    @classmethod
    def of(
        cls, hosts: Hosts, own: np.ndarray, listed: np.ndarray, index: LabelIndex
    ) -> DomainLabels:
        """Look up the ``own`` hosts of employers; the label below a ``listed`` one counts, too."""
        below, names = _labels_below(hosts), index.names
        labels = _turned(hosts, below, index.labels)
        labels = where(labels, own & (lengths(labels) >= _SHORTEST_LABEL))
        below = where(below, own & listed & _are_names(below))
        heads = where(_heads(hosts), lengths(labels) > 0)
        whole, whole_below = index.labels.look_up_both(labels, below)
        initials, initials_below = names.initials.look_up_both(labels, below)
        word, word_below = _rare_words(labels, below, names)
        begins, begun = _beginnings(labels, heads, index.beginnings)
        unknown = ~listed & (whole.at < 0) & (begins.at < 0) & (initials.at < 0)
        return cls(
            labels,
            lengths(labels),
            heads,
            whole,
            begins,
            begun,
            _or(initials, names.initials.positions(heads)),
            _shortened(where(labels, unknown), names),
            index.short_forms.look_up(where(labels, unknown)),
            word,
            (whole_below, initials_below, word_below),
        )

    def proposals(self) -> tuple[Lookup, ...]:
        """Return all that was looked up: each proposes companies."""
        return (
            self.whole, self.begins, self.begun, self.initials, self.shortened, self.short,
            self.word, *self.below,
        )  # fmt: skip

    def are_short(self, pairs: Pairs) -> Bools:
        """Return where the label of each pair is short for the company's name."""
        return self.initials.has(pairs) | self.shortened.has(pairs) | self.short.has(pairs)

    def begun_share(self) -> np.ndarray:
        """Return how much of each label the words are that it begins with, from 0 to 1."""
        return lengths(self.begun.taken()) / np.maximum(self.lengths, 1)

    def has_same_words(self, pairs: Pairs, listed: np.ndarray) -> Bools:
        """Return where the ``listed`` label of each pair has the words that the label begins with.

        Only where a hyphen and a place, a short or a common word follow them: Weingarten, which
        lists weingarten-moden.de, may be at weingarten-koeln.de. "" is no label.
        """
        same = np.zeros(len(listed), dtype=bool)
        at = np.flatnonzero(self.begun.has(pairs) & (listed != ""))
        places = pa.array(pairs.left[at])
        words = self.begun.taken().take(places).to_pylist()
        heads, texts = (one.take(places).to_pylist() for one in (self.heads, self.texts))
        same[at] = [
            word == head and word in label and _says_little(text.removeprefix(word))
            for word, head, label, text in zip(words, heads, listed[at], texts, strict=True)
        ]
        return same


class LabelIndex(NamedTuple):
    """Where labels are looked up."""

    labels: InvertedIndex  # the label of each listed domain, and each name without blanks
    beginnings: InvertedIndex  # some words of each name, without blanks
    short_forms: InvertedIndex  # what else a domain may be short for
    names: NameIndex


def lengths(texts: pa.Array) -> np.ndarray:
    """Return the number of letters of each text, 0 for null."""
    return pc.fill_null(pc.utf8_length(texts), 0).to_numpy()


def _turned(hosts: Hosts, below: pa.Array, labels: InvertedIndex) -> pa.Array:
    """Return the label of each host; with the one below it, in either order, if a company has that.

    Ana@oldenburg.ihk.de is at ihk-oldenburg.de.
    """
    whole = hosts.labels
    for both in (joined(hosts.labels, below, between=""), joined(below, hosts.labels, between="")):
        whole = with_chosen(whole, labels.positions(both) >= 0, both)
    return whole


def _labels_below(hosts: Hosts) -> pa.Array:
    """Return the label before each host's registered domain; null without one."""
    below = np.full(len(hosts.texts), None, dtype=object)
    parted = np.flatnonzero(as_mask(pc.not_equal(hosts.texts, hosts.registered)))
    both = (texts.take(pa.array(parted)).to_pylist() for texts in (hosts.texts, hosts.registered))
    for at, host, whole in zip(parted.tolist(), *both, strict=True):
        below[at] = host.removesuffix(f".{whole}").rpartition(".")[2].replace("-", "")
    return pa.array(below, pa.large_string())


def _are_names(below: pa.Array) -> Bools:
    """Return which labels can be names: Acme's mail.acme.com is named after no other company."""
    words = pa.array(list(_listed("real_words", "places", "departments")), pa.large_string())
    return as_mask(pc.invert(pc.is_in(below, value_set=words))) & (
        lengths(below) >= _SHORTEST_LABEL
    )


def _says_little(word: str) -> bool:
    return len(word) <= _SHORTEST_LABEL or word in _listed("places", "departments", "name_words")


@cache
def _listed(*names: str) -> frozenset[str]:
    lines = chain.from_iterable(shipped_lines("rules", "lists", f"{name}.txt") for name in names)
    return frozenset(line.split()[0] for line in lines)


def _heads(hosts: Hosts) -> pa.Array:
    """Return what is before the hyphen in each registered domain; null for less than a word."""
    pattern = rf"^([^.-]{{{_SHORTEST_LABEL},}})-.*$"
    heads = pc.replace_substring_regex(hosts.registered, pattern, r"\1")
    return where(heads, matches(hosts.registered, pattern))


def _or(found: Lookup, others: np.ndarray) -> Lookup:
    return Lookup(found.index, np.where(found.at < 0, others, found.at))


def _beginnings(
    labels: pa.Array, heads: pa.Array, beginnings: InvertedIndex
) -> tuple[Lookup, Lookup]:
    """Look up labels as beginnings of names, and the longest beginning that each begins with.

    A shorter one counts where a hyphen follows it.
    """
    encoded = pc.dictionary_encode(labels)
    texts, letters = encoded.dictionary, lengths(encoded.dictionary)
    ends = range(_SHORTEST_BEGINNING, letters.max(initial=0) + 1)
    long = [np.flatnonzero(letters >= end) for end in ends]
    cut = [
        pc.utf8_slice_codeunits(texts.take(pa.array(which)), 0, end)
        for which, end in zip(long, ends, strict=True)
    ]
    label = np.concatenate([np.zeros(0, np.int64), *long])
    whole, at = np.split(beginnings.positions(pa.concat_arrays([texts, *cut])), [len(texts)])
    longest = np.full(len(texts) + 1, -1)
    # The beginnings of a label are in the order of their lengths: the last one is kept.
    longest[label[at >= 0]] = at[at >= 0]
    codes = pc.fill_null(encoded.indices, len(texts)).to_numpy()
    begun = _or(Lookup(beginnings, longest[codes]), beginnings.positions(heads))
    return Lookup(beginnings, np.append(whole, -1)[codes]), begun


def _rare_words(labels: pa.Array, below: pa.Array, names: NameIndex) -> tuple[Lookup, Lookup]:
    """Look up the companies that have labels as a word of their names, if they are few."""
    search = names.by_words.weights
    words = InvertedIndex(names.words.codes, search.indptr, search.indices)
    one, two = words.look_up_both(labels, below)

    def few(found: Lookup, texts: pa.Array, shortest: int) -> Lookup:
        rare = (found.counts() <= _MOST_WITH_WORD) & (lengths(texts) >= shortest)
        return Lookup(words, np.where(rare, found.at, -1))

    return few(one, labels, _SHORTEST_WORD), few(two, below, _SHORTEST_LABEL)


def _shortened(labels: pa.Array, names: NameIndex) -> Lookup:
    """Look up labels that are letters of a name's first words in their order, and its next word."""
    texts = pc.drop_null(pc.unique(labels))
    cuts = range(1, _MOST_LETTERS + 1)
    tails = pa.concat_arrays([pc.utf8_slice_codeunits(texts, cut) for cut in cuts])
    found, _ = _rare_words(tails, texts.slice(0, 0), names)
    pairs = found.index.pairs(found.at, largest=_MOST_WITH_WORD)
    words, is_short = names.words.companies, np.zeros(len(pairs.left), dtype=bool)
    for at, (tail, company) in enumerate(zip(*pairs, strict=True)):
        cut, label = 1 + tail // len(texts), texts[tail % len(texts)].as_py()
        codes = words.codes[words.starts[company] : words.starts[company + 1]]
        before = "".join(words.texts[codes[: np.argmax(codes == found.at[tail])]])
        is_short[at] = label[0] == before[:1] and LCSseq.similarity(label[:cut], before) == cut
    whole = texts.take(pa.array(pairs.left[is_short] % max(len(texts), 1)))
    return invert_column(whole, pairs.company[is_short]).look_up(labels)


def short_forms(cores: pa.Array) -> InvertedIndex:
    """Return the index of what domains are short for, though nobody states an employer like that.

    They are the initials of all parts of compounds (dmyv.de, Deutscher Motoryachtverband), and the
    first words cut to ``_CUTS``.
    """
    names = split_at_blanks(cores)
    parted = split_at_blanks(pc.replace_substring_regex(cores, _compounds(), r" \1"))
    at = np.flatnonzero(np.diff(parted.starts) > np.diff(names.starts))
    parted = split_at_blanks(parted.joined(" ").take(pa.array(at)))
    every = np.arange(len(cores))
    forms = [(at, all_initials(parted.joined(" ")))]
    forms += [
        (of, _cut(words, cut)) for of, words in ((every, names), (at, parted)) for cut in _CUTS
    ]
    texts = pa.concat_arrays([text for _, text in forms])
    texts = where(texts, lengths(texts) >= _SHORTEST_LABEL)
    return invert_column(texts, np.concatenate([of for of, _ in forms]))


def _cut(names: WordLists, letters: tuple[int, ...]) -> pa.Array:
    """Return the first words of each name cut to so many letters; "" for a name of fewer words."""
    place = np.arange(len(names.codes)) - names.starts[names.of_text()]
    kept = (np.diff(names.starts) >= len(letters))[names.of_text()] & (place < len(letters))
    cuts = [pc.utf8_slice_codeunits(names.words, 0, end) for end in letters]
    codes = (names.codes + place * len(names.words))[kept]
    return WordLists(names.chosen(kept).starts, codes, pa.concat_arrays(cuts)).joined("")


@cache
def _compounds() -> str:
    """Return the pattern of the parts that compounds have; the longest one counts."""
    longest = sorted(shipped_words("compound_part"), key=len, reverse=True)
    return f"({'|'.join(longest)})"
