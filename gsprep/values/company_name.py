"""Company names: core words, legal form, search keys."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import accumulate, chain
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gsprep.shipped import shipped_lines, shipped_pairs, shipped_words
from gsprep.values.arrow import (
    FEW,
    TEXT,
    ColumnResult,
    Places,
    as_mask,
    as_texts,
    bytes_of,
    joined,
    kept_bytes,
    matches,
    only,
    usual_threads,
    with_chosen,
)
from gsprep.values.legal_form import (
    FILLERS,
    Stripped,
    joined_tags,
    may_begin,
    may_end,
    strip_legal_forms,
    take_ends,
)
from gsprep.values.name_tokens import WordLists, all_folded, name_parts, split_at_blanks
from gsprep.values.usual_name import MAY_BE_UNUSUAL, SMALL_WORDS, usual_name

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

_IN_FRONT = frozenset({"the", "firma"})
# Letters as they are spelled where there is none like them, in domains and capitals.
SPELLED_OUT = {
    "ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa",
    "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "Ø": "Oe", "Å": "Aa",
}  # fmt: skip
SHORTEST_ACRONYM = 3
# Names are shortened to the initials of so many of their first words, before others.
_MOST_INITIALS = 5
_GROUP_BEHIND = " (?:group|groupe|gruppe|gruppo|grupo|holdings?)$"


class CompanyName(NamedTuple):
    """A company name taken apart.

    Attributes:
        core: the words that name, folded, joined by one blank; never empty.
        legal_form: the tag of the legal form ("gmbh"), several joined by ``+``; "" when none.
    """

    core: str
    legal_form: str


def split_company_name(text: str) -> CompanyName | None:
    """Split a company name, or return None if it has no letter or digit.

    Case, accents, width and punctuation are folded away; ``&`` and ``+`` are "and"; initials
    are one word; the class and par value of a share are removed, and "The", "Firma", "Fa." or
    "M/s." in front. Legal forms are removed from the end, and from the beginning where that is
    usual; one in the middle stays unless a comma or bracket follows it. Text in brackets stays,
    since "Acme (UK) Ltd" is another company than "Acme Ltd". A name of legal forms only stays
    whole. The core of a core is itself, except where two letters begin a brand before a form:
    "AB Foods plc" keeps them, "ab foods" would lose them.

    >>> split_company_name("The Ācme & Söhne GmbH & Co. KG")
    CompanyName(core='acme and sohne', legal_form='gmbhcokg')
    >>> split_company_name("Acme, Inc. (USA)")
    CompanyName(core='acme usa', legal_form='inc')
    >>> split_company_name("Limited")
    CompanyName(core='limited', legal_form='')
    """
    parts = name_parts(usual_name(text))
    if not parts:
        return None
    core, tags = _core(parts, [])
    # Removing words from the middle or the front joins others, which may change again, or brings
    # another "the" to the front.
    while core != parts[0][: len(core)] or (core[0] in _IN_FRONT and len(core) > 1):
        parts = name_parts(" ".join(core))
        core, more = _core(parts, tags)
        tags = tags + more
    return CompanyName(" ".join(core), joined_tags(tags))


def _core(parts: list[list[str]], known: list[str]) -> Stripped:
    tokens = parts[0]
    cuts: list[int] = []
    if len(parts) > 1:
        tokens = list(chain.from_iterable(parts))
        cuts = list(accumulate(map(len, parts[:-1])))
        if parts[-1] == ["the"] and len(tokens) > 1:
            del tokens[-1]
    while tokens[0] in _IN_FRONT and len(tokens) > 1:
        tokens = tokens[1:]
        cuts = [cut - 1 for cut in cuts]
    return strip_legal_forms(tokens, cuts, known)


def is_no_employer(core: str) -> bool:
    """Return whether a stated employer means no employer: freelance, retired, n/a.

    >>> is_no_employer("self employed"), is_no_employer("acme")
    (True, False)
    """
    return core.replace(" ", "") in _no_employers()


@cache
def _no_employers() -> Places:
    """Return the cores, without blanks, of stated employers that mean no employer."""
    lines = shipped_lines("rules", "lists", "no_employer.txt")
    names = filter(None, map(split_company_name, lines))
    return Places(as_texts(sorted({name.core.replace(" ", "") for name in names})))


def are_no_employers(cores: pa.Array) -> np.ndarray:
    """Return where ``is_no_employer`` holds; null is False."""
    return _no_employers().has(pc.replace_substring(cores, " ", ""))


_FORMER = (
    rf"^\s*(?:ex[\s-]|E[xX]-|(?i:(?:{'|'.join(shipped_words('former_employer'))})[\s.:]"
    r"|retired\sfrom\s|former\s.*\s(?:employee|staff|associate)s?\s*$))"
)


def are_former_employers(texts: pa.Array) -> np.ndarray:
    """Return which stated employers are former ones: ex-Acme, formerly at Acme."""
    return matches(texts, _FORMER)


# Between the core and the legal form of a name, in one text.
SEPARATOR = "\x1f"


def employer_key(text: str) -> str | None:
    r"""Return a stated employer for comparing, ``core␟legal form``; None if it means no employer.

    >>> employer_key("ACME, Inc."), employer_key("freelance")
    ('acme\x1finc', None)
    """
    name = split_company_name(text)
    if name is None or is_no_employer(name.core):
        return None
    return f"{name.core}{SEPARATOR}{name.legal_form}"


# Names that a processor's cache can hold.
_SLICE = 1 << 16
_SHOWN = "^[ -~]*$"
_ONE_LINE_BEYOND_ASCII = r"^[^\n]*[^\x00-\x7f][^\n]*$"
_BLANK, _CUT, _QUOTE = b" ,'"
# The sign for "and" where it is not between two words.
_LOOSE_AND = "(?:^|[,&]) *&|& *(?:$|,)"
_NOTHING = pa.scalar(None, pa.large_string())


class NameColumns(NamedTuple):
    """The core and the legal form of each name; null for a name without a letter or digit."""

    core: pa.Array
    legal_form: pa.Array


class _WrittenNames(NamedTuple):
    """Names as words with blanks and commas between them, and where that is uncertain."""

    names: pa.Array
    doubtful: np.ndarray


def split_names(names: pa.Array) -> NameColumns:
    """Split names as ``split_company_name`` does; null stays null.

    Most names are split at once, and the ambiguous ones one by one.
    """
    if names.null_count == len(names):
        return NameColumns(names, names)
    if len(names) <= FEW:
        return _one_by_one(names)
    if len(names) > _SLICE:
        slices = [names.slice(at, _SLICE) for at in range(0, len(names), _SLICE)]
        with ThreadPoolExecutor(max_workers=usual_threads()) as threads:
            columns = zip(*threads.map(split_names, slices), strict=True)
            return NameColumns(*map(pa.concat_arrays, columns))
    folded = _folded(names)
    unusual, other = matches(names, MAY_BE_UNUSUAL), as_mask(pc.not_equal(folded, names))
    # RE2 takes letters of ASCII alone for letters.
    unusual[other] |= matches(folded.filter(pa.array(other)), MAY_BE_UNUSUAL)
    usual = [usual_name(name) for name in names.filter(pa.array(unusual)).to_pylist()]
    folded = pc.replace_with_mask(folded, pa.array(unusual), _folded(pa.array(usual, TEXT)))
    plain = np.flatnonzero(matches(folded, _SHOWN))
    parts, sure = _split(_written_names(pc.ascii_lower(folded.take(pa.array(plain)))))
    left = np.ones(len(names), dtype=bool)
    left[plain[sure]] = False
    others = _one_by_one(names.filter(pa.array(left)))
    place = np.zeros(len(names), dtype=np.int64)
    place[plain] = np.arange(len(plain))
    place[left] = np.arange(len(plain), len(plain) + len(others.core))
    both = (pa.concat_arrays(columns) for columns in zip(parts, others, strict=True))
    return NameColumns(*(column.take(pa.array(place)) for column in both))


def _folded(names: pa.Array) -> pa.Array:
    """Return the names, those of one line beyond ASCII without accents."""
    accented = pa.array(matches(names, _ONE_LINE_BEYOND_ASCII))
    return pc.replace_with_mask(names, accented, all_folded(names.filter(accented)))


def _one_by_one(names: pa.Array) -> NameColumns:
    parts = [split_company_name(name or "") or (None, None) for name in names.to_pylist()]
    return NameColumns(*(pa.array([part[at] for part in parts], TEXT) for at in range(2)))


def employer_keys(names: pa.Array) -> ColumnResult:
    """Return ``employer_key`` of each name."""
    core, legal_form = split_names(names)
    keys = with_chosen(joined(core, SEPARATOR, legal_form), are_no_employers(core), _NOTHING)
    return ColumnResult(keys, np.ones(len(names), dtype=bool))


def _written_names(lower: pa.Array) -> _WrittenNames:
    """Normalize names: initials and elisions joined, "and" for its sign, no punctuation."""
    starts, data = bytes_of(lower)
    before, behind = _neighbours(_IN_WORD[data], starts)
    elided = (data == _QUOTE) & before & behind
    single = _LETTER[data] & ~before & ~behind
    before, behind = _neighbours(single, starts)
    dotted, slashed = ((data == ord(sign)) & before & behind for sign in "./")
    names = kept_bytes(starts, _WRITTEN[data], ~(elided | dotted | slashed))
    several = [_with(mask, starts) for mask in (elided, dotted, slashed)]
    doubtful = (np.sum(several, axis=0) > 1) | matches(names, _LOOSE_AND)
    return _WrittenNames(pc.replace_substring(names, "&", " and "), doubtful)


def _neighbours(mask: np.ndarray, starts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return whether the previous and the next byte of the same text are in the mask."""
    before, behind = np.zeros_like(mask), np.zeros_like(mask)
    before[1:], behind[:-1] = mask[:-1], mask[1:]
    filled = starts[1:] > starts[:-1]
    before[starts[:-1][filled]] = False
    behind[starts[1:][filled] - 1] = False
    return before, behind


def _with(mask: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Return which texts have a byte in the mask."""
    found = np.zeros(len(starts) - 1, dtype=bool)
    found[np.searchsorted(starts, np.flatnonzero(mask), side="right") - 1] = True
    return found


def _split(written: _WrittenNames) -> tuple[NameColumns, np.ndarray]:
    """Return cores and legal forms of normalized names, and where they are certain."""
    lists, before_cut = _parted(written.names)
    words = _OfWords.of(lists)
    first, stops = lists.starts[:-1], lists.starts[1:]
    some = first < stops
    led = (stops - first > 1) & words.in_front[first]
    begins = first + led
    ends, forms = take_ends(lists, begins)
    of_text, at = lists.of_text(), np.arange(len(lists.codes))
    # A form that ends at a cut is removed too.
    in_middle = before_cut & words.ends_form[:-1] & (at < ends[of_text] - 1)
    doubtful = written.doubtful | words.twins(of_text, len(first)) | _any(in_middle, of_text, first)
    doubtful |= words.in_front[stops - 1] & _any(before_cut, of_text, first)
    doubtful |= words.begins_form[begins] | (led & words.in_front[begins])
    doubtful |= (ends <= begins) | words.filler[begins]
    core = lists.chosen((at >= begins[of_text]) & (at < ends[of_text])).joined(" ")
    there = pa.array(some)
    parts = NameColumns(pc.if_else(there, core, _NOTHING), pc.if_else(there, forms, _NOTHING))
    return parts, ~doubtful | ~some


def _parted(names: pa.Array) -> tuple[WordLists, np.ndarray]:
    """Return the words of names, and which of them precede a cut."""
    lists = split_at_blanks(pc.replace_substring(names, ",", " , "))
    is_cut = pc.equal(lists.words, ",").to_numpy(zero_copy_only=False)[lists.codes]
    before_cut = np.append(is_cut[1:], False)
    before_cut[lists.starts[1:][lists.starts[1:] > lists.starts[:-1]] - 1] = False
    return lists.chosen(~is_cut), before_cut[~is_cut]


def _any(mask: np.ndarray, of_text: np.ndarray, texts: np.ndarray) -> np.ndarray:
    """Return which texts have a word in the mask."""
    found = np.zeros(len(texts), dtype=bool)
    found[of_text[mask]] = True
    return found


class _OfWords(NamedTuple):
    """Facts of every word, by its place among all; the last line is for no word."""

    in_front: np.ndarray
    filler: np.ndarray
    begins_form: np.ndarray
    ends_form: np.ndarray
    letter: np.ndarray

    @classmethod
    def of(cls, lists: WordLists) -> _OfWords:
        """Return the facts, each computed once for each distinct word."""
        fillers, in_front = (pa.array(sorted(words), TEXT) for words in (FILLERS, _IN_FRONT))
        asked = (
            pc.is_in(lists.words, value_set=in_front).to_numpy(zero_copy_only=False),
            pc.is_in(lists.words, value_set=fillers).to_numpy(zero_copy_only=False),
            may_begin(lists.words),
            may_end(lists.words),
            matches(lists.words, "^[a-z]$"),
        )
        return cls(*(np.append(answers[lists.codes], False) for answers in asked))

    def twins(self, of_text: np.ndarray, texts: int) -> np.ndarray:
        """Return which texts have two neighbouring words of one letter."""
        alone = self.letter[:-1]
        found = np.zeros(texts, dtype=bool)
        found[of_text[:-1][alone[:-1] & alone[1:] & (of_text[:-1] == of_text[1:])]] = True
        return found


def _letters(kept: bytes) -> np.ndarray:
    return np.isin(np.arange(256), np.frombuffer(kept, dtype=np.uint8))


_LETTER = _letters(b"abcdefghijklmnopqrstuvwxyz")
_PLAIN = _LETTER | _letters(b"0123456789")
_IN_WORD = _PLAIN | _letters(b"_")
# The byte that replaces each byte: cuts are commas, other punctuation is a blank.
_WRITTEN = np.where(_PLAIN, np.arange(256), _BLANK).astype(np.uint8)
_WRITTEN[np.frombuffer(b",;()[]{}", dtype=np.uint8)] = _CUT
_WRITTEN[np.frombuffer(b"&+", dtype=np.uint8)] = ord("&")
_DIGITS = b"0123456789"


def plain_names(cores: pa.Array) -> WordLists:
    """Return the words of each core, short forms of common words written out."""
    return split_at_blanks(cores).mapped(_written_out)


def _written_out(words: pa.Array) -> pa.Array:
    """Return each word, or how it is written out."""
    known = same_words()
    short, written = (pa.array(texts, TEXT) for texts in (known.keys(), known.values()))
    return pc.coalesce(written.take(pc.index_in(words, value_set=short)), words)


@cache
def same_words() -> Mapping[str, str]:
    """Return spellings of words and how they are written when names are compared.

    >>> same_words()["stadt"], same_words()["ville"]
    ('city', 'city')
    """
    lines = (line.split() for line in shipped_lines("rules", "lists", "same_words.txt"))
    return {other: written for written, *others in lines for other in others}


def all_initials(cores: pa.Array) -> pa.Array:
    """Return the initials of each core of three words or more, small words left out; else null."""
    lists = split_at_blanks(cores)
    small = pc.is_in(lists.words, value_set=pa.array(sorted(SMALL_WORDS), pa.large_string()))
    kept = lists.chosen(~small.to_numpy(zero_copy_only=False)[lists.codes])
    few = np.diff(kept.starts) < SHORTEST_ACRONYM
    initials = kept.mapped(lambda words: pc.utf8_slice_codeunits(words, 0, 1)).joined("")
    return with_chosen(initials, few, _NOTHING)


def all_acronyms(cores: pa.Array) -> tuple[np.ndarray, pa.Array]:
    """Return short forms of cores, and the position of the core of each.

    They are the initials, the initials of the first words with the other words behind them (iit
    bombay, bcbs of michigan), those of the last three words (houston isd), and those of two words
    with "and" between them (p and g). No blanks, nor small words, and no "group" behind a name (m
    and s); words are written out.
    """
    lists = split_at_blanks(pc.replace_substring_regex(cores, _GROUP_BEHIND, ""))
    small = pc.is_in(lists.words, value_set=pa.array(sorted(SMALL_WORDS), pa.large_string()))
    long = ~small.to_numpy(zero_copy_only=False)[lists.codes]
    kept = lists.chosen(long)
    counts, of_text = np.diff(kept.starts), lists.of_text()
    nth = np.cumsum(long, dtype=np.int64) - kept.starts[of_text]
    forms = [(np.arange(len(cores)), all_initials(cores))]
    grouped = np.flatnonzero(matches(cores, _GROUP_BEHIND))
    forms.append((grouped, all_initials(kept.joined(" ").take(pa.array(grouped)))))
    for letters in range(2, _MOST_INITIALS + 1):
        several = np.flatnonzero((counts > letters) & (counts >= SHORTEST_ACRONYM))
        forms.append((several, _shortened(kept, range(letters)).take(pa.array(several))))
        if letters < SHORTEST_ACRONYM:
            continue
        with_small = lists.chosen(long | (nth >= letters))
        more = several[(np.diff(with_small.starts) > counts)[several]]
        forms.append((more, _shortened(with_small, range(letters)).take(pa.array(more))))
    several = np.flatnonzero(counts > SHORTEST_ACRONYM)
    last = _shortened(kept, range(-SHORTEST_ACRONYM, 0)).take(pa.array(several))
    forms.append((several, last))
    joint = lists.words.index(pa.scalar("and", lists.words.type)).as_py()
    three = np.flatnonzero(np.diff(lists.starts) >= SHORTEST_ACRONYM)
    two = three[lists.codes[lists.starts[three] + 1] == joint]
    forms.append((two, _shortened(lists, (0, 2)).take(pa.array(two))))
    return np.concatenate([one for one, _ in forms]), pa.concat_arrays([text for _, text in forms])


def _shortened(lists: WordLists, places: Collection[int]) -> pa.Array:
    """Return each list without blanks, the words at some places as their initials.

    Places below 0 are counted from the end.
    """
    initials = pc.utf8_slice_codeunits(lists.words, 0, 1)
    of_text, at = lists.of_text(), np.arange(len(lists.codes))
    shortened = np.isin(at - lists.starts[of_text], list(places))
    shortened |= np.isin(at - lists.starts[of_text + 1], list(places))
    codes = np.where(shortened, lists.codes + len(lists.words), lists.codes)
    both = pa.concat_arrays([_written_out(lists.words), initials])
    return WordLists(lists.starts, codes, both).joined("")


_TWO = 2
# So many words of a name go before the others.
_MOST_TURNED, _UNIVERSITY = 3, ("university",)


def turned_names(names: WordLists) -> tuple[np.ndarray, pa.Array]:
    """Return names of organisations called after a place or a task, turned, and the name of each.

    University of Leeds is leedsuniversity. Universities of American states are not turned: the
    University of Washington is not Washington University.
    """
    heads = [tuple(head.split("_")) for head in shipped_words("turned")]
    begins = pc.is_in(names.words, value_set=pa.array({head[0] for head in heads}, TEXT))
    long = np.flatnonzero(np.diff(names.starts) > 1)
    at = long[begins.to_numpy(zero_copy_only=False)[names.codes[names.starts[long]]]]
    turned = [_turned(names.of(name), heads) for name in at.tolist()]
    kept = np.array([one is not None for one in turned], dtype=bool)
    return at[kept], pa.array([one for one in turned if one is not None], pa.large_string())


def _turned(words: list[str], heads: Iterable[tuple[str, ...]]) -> str | None:
    head = max((head for head in heads if tuple(words[: len(head)]) == head), key=len, default=())
    rest = words[len(head) :]
    if rest[:1] == ["of"]:
        del rest[0]
    named = head and 1 <= len(rest) <= _MOST_TURNED and not SMALL_WORDS & {*rest}
    of_state = head == _UNIVERSITY and "_".join(rest) in _states()
    return "".join((*rest, *head)) if named and not of_state else None


def without_first(names: WordLists) -> tuple[np.ndarray, pa.Array]:
    """Return names without a first word that people leave out, and the position of each.

    Grupo Bimbo is bimbo, and International Dairy Queen dairyqueen. Two words have to be left behind
    a word that may name by itself.
    """
    counts, long = np.diff(names.starts), np.flatnonzero(np.diff(names.starts) > 1)
    first = names.words.take(pa.array(names.codes[names.starts[long]]))
    before_two, before_one = (
        as_mask(
            pc.is_in(first, value_set=pa.array(shipped_words(f"left_out_before_{count}"), TEXT))
        )
        for count in ("two", "one")
    )
    at = long[before_one | (before_two & (counts[long] > _TWO))]
    kept = np.ones(len(names.codes), dtype=bool)
    kept[names.starts[at]] = False
    return at, names.chosen(kept).joined("").take(pa.array(at))


@cache
def _states() -> frozenset[str]:
    return frozenset(shipped_pairs("state").values())


def all_digits(names: pa.Array) -> pa.Array:
    """Return the digits in each name, of any script."""
    plain = pc.string_is_ascii(names)
    others = names.filter(pc.invert(plain)).to_pylist()
    written = ["".join(filter(str.isdigit, name)) for name in others]
    return pc.replace_with_mask(
        only(names, _DIGITS), pc.invert(plain), pa.array(written, pa.large_string())
    )
