"""Legal forms of companies: told apart from the name, classified, compared."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from gsprep.shipped import shipped_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

# Words that cannot be a name by themselves.
FILLERS = frozenset({"and", "the", "of", "de", "la", "le", "und", "et", "y", "e"})
# Finnish and Swedish forms stand before and behind one name: "Oy Karl Fazer Ab".
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
    """The words that stay, and the tags of the forms that were taken off, from the left."""

    tokens: list[str]
    tags: list[str]


def strip_legal_forms(
    tokens: Sequence[str], cuts: Sequence[int] = (), known: Sequence[str] = ()
) -> Stripped:
    """Take the legal forms off both ends of a name's words; a name never becomes nothing.

    The longest spelling goes first, and several in a row go one by one. A name made of legal
    forms and small words alone stays whole. ``cuts`` are positions of a comma or bracket: a form
    that ends there goes too. Words come from ``name_tokens``.

    Two letters before a name may as well begin it: "AB Volvo", but "AB Foods plc". Those few go
    only when no form of another kind stands behind; ``known`` are tags taken off before.

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
