"""Legal forms of companies: told apart from the name, classified, compared."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from gsprep.shipped import shipped_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# Words that cannot be a name by themselves.
_FILLERS = frozenset({"and", "the", "of", "de", "la", "le", "und", "et", "y", "e"})
# Scripts that are written without blanks: Thai, Lao, Burmese, Khmer, Hangul, Kana, Han.
_UNSPACED = (
    (0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1100, 0x11FF), (0x1780, 0x17FF),
    (0x3040, 0x30FF), (0x3400, 0x9FFF), (0xAC00, 0xD7AF), (0x20000, 0x3FFFF),
)  # fmt: skip


class _Forms(NamedTuple):
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

    tokens: tuple[str, ...]
    tags: tuple[str, ...]


def strip_legal_forms(tokens: Sequence[str]) -> Stripped:
    """Take the legal forms off both ends of a name's words; a name never becomes nothing.

    The longest spelling goes first, and several in a row go one by one. A name made of legal
    forms alone stays whole. Words come from ``name_tokens``. Forms that stand before a name
    elsewhere too ("AB Volvo") are taken off only when none stands behind it.

    >>> strip_legal_forms(["acme", "gmbh", "and", "co", "kg"])
    Stripped(tokens=('acme',), tags=('gmbhcokg',))
    >>> strip_legal_forms(["limited"])
    Stripped(tokens=('limited',), tags=())
    """
    kept, behind = _strip_end(tuple(tokens))
    kept, before = _strip_start(kept, bool(behind))
    if not (behind or before):
        return Stripped(kept, ())
    if not _is_name(kept):
        return Stripped(tuple(tokens), ())
    return Stripped(kept, before + behind)


def same_legal_form(left: str, right: str) -> bool | None:
    """Return whether two tags have a form in common, or None when either name has none.

    Several forms in a row are joined by ``+``: "Pty+Ltd" and "Ltd" agree in one.

    >>> same_legal_form("gmbh", "ag"), same_legal_form("corp+ltd", "ltd"), same_legal_form("", "ag")
    (False, True, None)
    """
    if not left or not right:
        return None
    return left == right or not set(left.split("+")).isdisjoint(right.split("+"))


def _strip_end(tokens: tuple[str, ...]) -> Stripped:
    tags: tuple[str, ...] = ()
    forms = _tables()["end"]
    while tokens:
        found = _at_end(tokens, forms)
        if found is None:
            break
        tokens, tags = found[0], (found[1], *tags)
        while tokens and tokens[-1] == "and":
            tokens = tokens[:-1]
    return Stripped(tokens, tags)


def _strip_start(tokens: tuple[str, ...], has_form: bool) -> Stripped:  # noqa: FBT001  one caller
    tags: tuple[str, ...] = ()
    tables = _tables()
    while tokens:
        found = _at_start(tokens, tables["start"])
        if found is None and not has_form and not tags:
            found = _at_start(tokens, tables["weak"])
        if found is None:
            break
        tokens, tags = found[0], (*tags, found[1])
    return Stripped(tokens, tags)


def _at_end(tokens: tuple[str, ...], forms: _Forms) -> tuple[tuple[str, ...], str] | None:
    last = tokens[-1]
    for words in range(min(forms.longest.get(last, 0), len(tokens)), 0, -1):
        tag = forms.tags.get(" ".join(tokens[-words:]) if words > 1 else last)
        if tag is not None:
            return tokens[:-words], tag
    if last.isascii():
        return None
    for spelling in forms.unspaced.get(last[-1], ()):
        if last.endswith(spelling):
            return (*tokens[:-1], last.removesuffix(spelling)), forms.tags[spelling]
    return None


def _at_start(tokens: tuple[str, ...], forms: _Forms) -> tuple[tuple[str, ...], str] | None:
    first = tokens[0]
    for words in range(min(forms.longest.get(first, 0), len(tokens)), 0, -1):
        tag = forms.tags.get(" ".join(tokens[:words]) if words > 1 else first)
        if tag is not None:
            return tokens[words:], tag
    if first.isascii():
        return None
    for spelling in forms.unspaced.get(first[0], ()):
        if first.startswith(spelling):
            return (first.removeprefix(spelling), *tokens[1:]), forms.tags[spelling]
    return None


def _is_name(tokens: tuple[str, ...]) -> bool:
    return any(token not in _FILLERS and any(map(str.isalnum, token)) for token in tokens)


@cache
def _tables() -> dict[str, _Forms]:
    """Read the shipped list: a line is ``tag TAB places TAB spelling; spelling; …``."""
    spellings: dict[str, dict[str, str]] = {"end": {}, "start": {}, "weak": {}}
    for line in shipped_lines("rules", "lists", "legal_forms.txt"):
        tag, places, names = line.split("\t")
        for place in places.split("+"):
            spellings[place].update(dict.fromkeys(names.split("; "), tag))
    return {place: _forms(tags, at_end=place == "end") for place, tags in spellings.items()}


def _forms(tags: dict[str, str], *, at_end: bool) -> _Forms:
    longest: dict[str, int] = {}
    unspaced: dict[str, list[str]] = {}
    for spelling in sorted(tags, key=len, reverse=True):
        words = spelling.split(" ")
        edge = words[-1 if at_end else 0]
        longest[edge] = max(len(words), longest.get(edge, 0))
        if len(words) == 1 and is_unspaced(spelling):
            unspaced.setdefault(spelling[-1 if at_end else 0], []).append(spelling)
    return _Forms(tags, longest, unspaced)


def is_unspaced(text: str) -> bool:
    """Return whether all of the text is in scripts that are written without blanks."""
    return all(any(low <= ord(c) <= high for low, high in _UNSPACED) for c in text)


def joined_tags(tags: Iterable[str]) -> str:
    """Return several tags as one, each once: "corp+ltd"; "" for none."""
    return "+".join(dict.fromkeys(tags))
