"""Names of people in one cell, in either order and any script."""

# ruff: noqa: RUF001  letters that look alike are what is written in Latin ones

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from gsprep.shipped import shipped_words
from gsprep.values.arrow import TEXT, as_arrow, as_mask, matches
from gsprep.values.distinct import distinct_hashes, united
from gsprep.values.text import searchable, tidy

if TYPE_CHECKING:
    import numpy as np

_GENERATIONS = frozenset(shipped_words("generation"))
_DEGREES = frozenset(shipped_words("degree"))
# A column needs so many names to tell in which order they are, and so large a share of them.
_FEWEST, _MOST = 3, 0.8
_LONGEST_PART = 4
_PARTICLES = frozenset(shipped_words("particle"))
_CAPITALS = frozenset(shipped_words("particle_in_capitals"))
_SECONDS = frozenset(shipped_words("second_particle"))
_TITLES = frozenset(shipped_words("title"))
_SHORT_TITLES = _TITLES.union(shipped_words("short_title"))
_SALUTATIONS = _TITLES.union(shipped_words("salutation"))
_SUBJECTS = frozenset(shipped_words("title_subject"))
_LONG_DEGREES = frozenset(shipped_words("degree_behind_name"))
_SHORT_DEGREES = frozenset(shipped_words("short_degree_behind_name"))
_FAMILY_FIRST = re.compile(
    "(?=.*[\u3400-\u9fff\uac00-\ud7af])[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\\s]+"
)
# A note behind a name: (ext), [Contractor], (she/her).
_NOTE = re.compile(r"(?<=\S)\s*(?:\([^()]*\)|\[[^\[\]]*\])$")
# A single letter is an initial; behind a comma it is a part of its own, unless it has a period.
_GENERATION = re.compile(r"(?<=[^\s,]),?\s+(jr\.?|sr\.?|ii|iii|iv)$", re.IGNORECASE)
_INITIALS = re.compile(r"[^\W\d_]\.(?:\s+[^\W\d_]\.)*|J\.R\.")
_SPACED = re.compile(r"\b(h|Ph)\. (?=[cCD]\b)")


class _Name(NamedTuple):
    titles: list[str]
    first: str
    last: str
    degrees: list[str]


def last_first(text: str) -> tuple[str, str] | None:
    """Return the last and the first name of "Ruiz, Ana"; None if the cell is in another form.

    Particles and generations belong to the last name; titles, degrees and a note in brackets at
    the end are left out.

    >>> last_first("Ruiz, Ana (ext)"), last_first("Smith, John, Jr."), last_first("Smith, Jr.")
    (('Ruiz', 'Ana'), ('Smith Jr.', 'John'), None)
    >>> last_first("Smith, John Jr."), last_first("Ana Ruiz"), last_first("Dr. Ruiz, Ana, PhD")
    (('Smith Jr.', 'John'), None, ('Ruiz', 'Ana'))
    """
    found = _last_first(text)
    return None if found is None else (found.last, found.first)


def _last_first(text: str) -> _Name | None:
    parts = _parts(_without_note(text))
    last, *rest = parts or [""]
    names = [part for part in rest if not _is_suffix(part)]
    if len(names) != 1 or _is_generation(last) or not _without_titles(last)[1]:
        return None
    first, own = _without_generation(names[0])
    titles, last = _without_titles(last)
    others, first = _without_titles(first)
    last, degrees = _without_degrees(last, 1)
    first, more = _without_degrees(first, 1)
    words = first.split()
    begins = len(words)
    while begins > 1 and words[begins - 1] in _PARTICLES:
        begins -= 1
    generations = [*own, *(part for part in rest if _is_generation(part))]
    behind = [part for part in rest if part != names[0] and not _is_generation(part)]
    are_titles = [not _without_titles(part)[1] for part in behind]
    others += [part for part, is_title in zip(behind, are_titles, strict=True) if is_title]
    degrees += more
    degrees += [part for part, is_title in zip(behind, are_titles, strict=True) if not is_title]
    last = " ".join([*words[begins:], last, *generations])
    return _Name(_once(titles, others), " ".join(words[:begins]), last, degrees)


def first_last(text: str) -> tuple[str, str] | None:
    """Return the last and the first name of "Ana Ruiz": the last word, and what stands before it.

    Particles and generations belong to the last name, titles, degrees and notes to neither. Names
    in Chinese, Japanese and Korean script have the last name first. The first name is empty if
    only a title stands before the last one.

    >>> first_last("Ana María Ruiz"), first_last("Cher"), first_last("Ana Ruiz, PhD")
    (('Ruiz', 'Ana María'), None, ('Ruiz', 'Ana'))
    >>> first_last("Jan van der Berg"), first_last("John Smith Jr."), first_last("Dr. Ruiz")
    (('van der Berg', 'Jan'), ('Smith Jr.', 'John'), ('Ruiz', ''))
    """
    if (swapped := last_first(text)) is not None:
        return swapped
    parts = _parts(_without_note(text))
    name, own = _without_generation(parts[0] if parts else "")
    own += [part for part in parts[1:] if _is_generation(part)]
    titles, name = _without_titles(name)
    words = _without_degrees(name, 2)[0].split()
    if len(words) == 2 and is_family_first(name):  # noqa: PLR2004  a last and a first name
        return words[0], words[1]
    begins = _begin_of_last(words)
    if begins < 1 and not (titles and words):
        return None
    return " ".join([*words[begins:], *own]), " ".join(words[:begins])


def _begin_of_last(words: Sequence[str]) -> int:
    begins = len(words) - 1
    while begins > 0:
        word = words[begins - 1]
        low = word.lower()
        before = words[begins - 2].lower() if begins > 1 else ""
        second = low in _SECONDS and before in _PARTICLES
        first = low in _PARTICLES and begins < len(words) - 1 and words[begins].lower() in _SECONDS
        if not (word in _PARTICLES or first or (begins > 1 and (low in _CAPITALS or second))):
            break
        begins -= 1
    return begins


# Names that ``names_several`` may accept (RE2).
MAY_BE_SEVERAL = r"(?i)[&+;|/＆、]|\s(?:and|und|et|og|och|en|y|e|и|і)\s"
_SEVERAL = re.compile(
    r"[^\W\d_]{2}\.?(?:\s*[&+;|/＆、]\s*|\s+(?:and|und|et|og|och|en)\s+)[^\W\d_]{2}", re.IGNORECASE
)
_SEVERAL_FIRST = re.compile(r"[^\W\d_]{2}\s+(?:y|e|и|і)\s+[^\W\d_]{2}", re.IGNORECASE)
_ENTITY = re.compile(r"&#?\w+;")


def names_several(text: str, *, first: bool = False) -> bool:
    """Return whether a name may be of several people; ``first`` if it is a first name.

    >>> names_several("Ana & Bo Smith"), names_several("Ana Ruiz (she/her)")
    (True, False)
    >>> names_several("Ortega y Gasset"), names_several("Ana y Luis", first=True)
    (False, True)
    """
    name = _ENTITY.sub("", _without_note(text))
    return bool(_SEVERAL.search(name) or (first and _SEVERAL_FIRST.search(name)))


def are_salutations(texts: Sequence[str]) -> bool:
    """Return whether nearly all texts of a column are Mr, Ms, Dr and the like.

    >>> are_salutations(["Mr.", "Ms", "Herr Dr."]), are_salutations(["Dr", "Buyer"])
    (True, False)
    """
    words = ([w for w in re.split(r"[\W\d_]+", text.lower()) if w] for text in texts)
    found = sum(bool(each) and _SALUTATIONS.issuperset(each) for each in words)
    return found > _MOST * len(texts)


def whole_name(text: str) -> str | None:
    """Return the parts of a name that was written into one of them; None if it is no whole name.

    >>> whole_name("Ana Ruiz"), whole_name("Ruiz, Ana"), whole_name("Ana")
    ('FirstName: Ana; LastName: Ruiz', 'FirstName: Ana; LastName: Ruiz', None)
    """
    last, first = first_last(text) or ("", "")
    return f"FirstName: {first}; LastName: {last}" if first and last else None


def is_family_first(text: str) -> bool:
    """Return whether a name is in a script in which the last name is first.

    >>> is_family_first("山田 太郎"), is_family_first("김 민수"), is_family_first("สมชาย ใจดี")
    (True, True, False)
    """
    return _FAMILY_FIRST.fullmatch(text) is not None


def natural_name(text: str) -> str | None:
    """Return a name with the first name first; other cells are returned as they are.

    The parts are joined as by ``joined_name``.

    >>> natural_name("Ruiz, Ana (ext)"), natural_name("Cher"), natural_name("Ruiz, Ana, PhD")
    ('Ana Ruiz (ext)', 'Cher', 'Ana Ruiz, PhD')
    >>> natural_name("Dr. van der Berg, Jan")
    'Dr. Jan van der Berg'
    """
    found = _last_first(text)
    note = _NOTE.search(tidy(text) or "")
    behind = note.group() if note else ""
    if found is None:
        parts = _parts(_without_note(text))
        return f"{parts[0]}{behind}" if len(parts) == 1 else tidy(text)
    first = " ".join([*found.titles, found.first])
    return ", ".join([joined_name(first, "", found.last), *found.degrees]) + behind


def joined_name(first: str, middle: str, last: str) -> str:
    """Return the whole name; a title is first, a generation last, whichever part has it.

    >>> joined_name("Hans", "", "Dr. Müller"), joined_name("John, Jr.", "Q", "Smith")
    ('Dr. Hans Müller', 'John Q Smith Jr.')
    >>> joined_name("太郎", "", "山田")
    '山田 太郎'
    """
    if is_family_first(first) and is_family_first(last):
        return " ".join(filter(None, (last, first, middle)))
    generation: list[str] = []
    titles: list[str] = []
    if first and last:
        first, generation = _without_generation(first)
        of_last, bare_last = _without_titles(last)
        of_first, bare_first = _without_titles(first)
        last = bare_last or last
        titles = _once(of_last if bare_last else [], of_first if bare_first else [])
        first = bare_first or first
    return " ".join(filter(None, (*titles, first, middle, last, *generation)))


# Parts in which ``joined_name`` may change the order (RE2).
MAY_HAVE_TITLE = rf"(?i)(?:^|[\s.-])(?:{'|'.join(sorted(_SHORT_TITLES))})(?:[\s.-]|$)"
GENERATION_LAST = r"(?i)[,\s](?:jr|sr|ii|iii|iv)\.?$"
EAST_ASIAN = r"[\x{3400}-\x{9fff}\x{ac00}-\x{d7af}]"


def compared_name(text: str) -> str:
    """Return a name for comparing: first name first, generation last, no degrees and notes.

    >>> compared_name("SMITH, JOHN (ext)"), compared_name("Ana Ruiz, PhD"), compared_name("Doe, MD")
    ('JOHN SMITH', 'Ana Ruiz', 'Doe')
    """
    found = last_first(text)
    if found is not None:
        return f"{found[1]} {found[0]}"
    bare = _without_degrees(_without_note(text), 2)[0]
    return " ".join(part for part in _parts(bare) if _letters(part) not in _DEGREES) or text


# Names that ``compared_name`` may change, and ``bare_name`` (RE2).
MAY_HAVE_MORE = r",|[)\]]\s*$|\p{Ll} (?:MA|BA|MD|JD|RN|PE)$"
_LONG = "|".join(sorted(_LONG_DEGREES))
MAY_HAVE_NOTE = rf"{MAY_HAVE_MORE}|\s(?i:{_LONG})$|\p{{So}}|^\s*[\"'“‘„«].*[\"'”’“‘»]\s*$"
_QUOTES = "\"'“”„‘’«»"
# What changes the look of the sign in front of it.
_OF_SIGNS = "\u200d\ufe0e\ufe0f\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff"


def bare_name(text: str, *, last: bool = False) -> str | None:
    """Return a name without a note in brackets, emojis and quotes around it; None without these.

    ``last`` says that it is a last name: degrees behind it are left out, too.

    >>> bare_name("Ana Ruiz (she/her)"), bare_name("Bo 🚀"), bare_name("“Ana”"), bare_name("O'Neil")
    ('Ana Ruiz', 'Bo', 'Ana', None)
    >>> bare_name("Ruiz, MBA, PMP®", last=True), bare_name("Ruiz, Jr.", last=True)
    ('Ruiz', None)
    """
    seen = tidy(text) or ""
    shown = [c for c in seen if c == "\ufffd" or unicodedata.category(c) != "So"]
    bare = "".join(c for c in shown if len(shown) == len(seen) or c not in _OF_SIGNS)
    bare = _NOTE.sub("", bare.strip())
    inside = bare[1:-1]
    if bare[:1] in _QUOTES and bare[-1:] in _QUOTES and not set(_QUOTES).intersection(inside):
        bare = inside.strip()
    bare = _without_degrees(bare, 1)[0].rstrip(", ") if last else bare
    return bare if any(map(str.isalpha, bare)) and bare != seen else None


def _without_note(text: str) -> str:
    return _NOTE.sub("", tidy(text) or "")


def _without_generation(name: str) -> tuple[str, list[str]]:
    """Return a name without the generation at its end, and the generation, if there is one."""
    found = _GENERATION.search(name)
    return (name, []) if found is None else (name[: found.start()], [found[1]])


# Where ``without_title`` is worth asking, for a look at a whole column (RE2).
TITLED = (
    rf"(?i)^\s*(?:(?:{'|'.join(shipped_words('title'))})\b"
    rf"|(?:{'|'.join(shipped_words('short_title'))})[.-])"
)


def without_title(text: str) -> str | None:
    """Return the name behind a title such as Dr. or Frau; None if there is no title or no name.

    >>> without_title("Dr. Ana"), without_title("Ana") is None, without_title("Frau") is None
    ('Ana', True, True)
    """
    words = text.split()
    return " ".join(words[_titles_in(words) :]) or None if _titles_in(words) else None


def _without_titles(name: str) -> tuple[list[str], str]:
    """Return the titles before and behind a name, and the name, empty if it is titles only.

    >>> _without_titles("Prof. Dr. med. Abel"), _without_titles("Hans Dr.")
    ((['Prof.', 'Dr.', 'med.'], 'Abel'), (['Dr.'], 'Hans'))
    """
    words = _SPACED.sub(r"\1.", name).split()
    begin, end = _titles_in(words), len(words)
    for at in range(end - 1, begin, -1):
        # Behind a name, "Sr." is a generation.
        if at + _titles_in(words[at:]) == len(words) and not _is_generation(words[at]):
            end = at
    titles = [*words[:begin], *words[end:]]
    return titles, " ".join(words[begin:end]) if titles else name


def _titles_in(words: Sequence[str]) -> int:
    """Return how many titles a list of words begins with."""
    count = 0
    for word, following in zip(words, [*words[1:], "-"], strict=False):
        is_subject = count and _letters(word) in _SUBJECTS and (word.islower() or word[-1] == ".")
        if not (_is_title(word) or is_subject or (word == "PD" and _is_title(following))):
            break
        count += 1
    return count


def _is_title(word: str) -> bool:
    pieces = list(filter(None, re.split(r"[.-]", word.lower())))
    known = _TITLES if len(pieces) == 1 and word[-1] != "." else _SHORT_TITLES
    return bool(pieces) and known.issuperset(pieces)


def _without_degrees(name: str, fewest: int) -> tuple[str, list[str]]:
    """Return a name without the degrees behind it, and these.

    Those that may be a name need ``fewest`` words before them.
    """
    words = _SPACED.sub(r"\1.", name).split()
    degrees: list[str] = []
    while len(words) > 1 and _is_degree(words[-1], words[:-1], fewest):
        degrees.insert(0, words.pop())
    return (" ".join(words), degrees) if degrees else (name, degrees)


def _is_degree(word: str, before: Sequence[str], fewest: int) -> bool:
    letters = _letters(word)
    if letters in _LONG_DEGREES:
        return not word.istitle() or len(before) >= fewest
    are_capitals = word.isupper() and not " ".join(before).isupper()
    return letters in _SHORT_DEGREES and are_capitals and len(before) >= fewest


def _once(titles: list[str], others: list[str]) -> list[str]:
    known = {_letters(title) for title in titles}
    return [*titles, *(title for title in others if _letters(title) not in known)]


@dataclass(frozen=True, slots=True)
class NameForms:
    """The distinct names of a column by their form, as hashes.

    Attributes:
        last_first: the names with the last name first.
        one_word: those of them with a last name of one word.
        others: the names in another form.
        are_short: whether no first or last name of ``last_first`` has more than four words.
    """

    last_first: np.ndarray
    one_word: np.ndarray
    others: np.ndarray
    are_short: bool

    @property
    def are_last_first(self) -> bool:
        """Whether the names of the column have the last name first.

        The column decides: four of five names are in this form, and at least three. Where the
        words in front of the comma are mostly two or more, they are first and last name, and what
        follows is something else, such as a company.
        """
        found, all_ = len(self.last_first), len(self.last_first) + len(self.others)
        enough = found >= _FEWEST and found >= _MOST * all_
        return enough and self.are_short and 2 * len(self.one_word) >= found

    @classmethod
    def together(cls, parts: Sequence[NameForms]) -> NameForms:
        """Return the forms of a column from those of its parts."""
        return cls(
            united(part.last_first for part in parts),
            united(part.one_word for part in parts),
            united(part.others for part in parts),
            all(part.are_short for part in parts),
        )


def name_forms(names: pd.Series[str]) -> NameForms:
    """Return the forms of the names of a column, or of a part of it.

    >>> name_forms(pd.Series(["Ruiz, Ana", "Berg, Bo", "Dorn, Di", None])).are_last_first
    True
    >>> name_forms(pd.Series(["Smith, John Jr.", "Roe, Al III", "Dorn, Di"])).are_last_first
    True
    >>> name_forms(pd.Series(["Ana Ruiz, PhD", "Bo Berg, MBA", "J. Smith, Jr."])).are_last_first
    False
    """
    named = names.dropna()
    may_be = as_mask(pc.match_substring(as_arrow(named), ","))
    found = {text: both for text in named[may_be].unique() if (both := last_first(text))}
    swapped = pd.Series(list(found), dtype="str")
    bare = {text: _without_generation(last)[0] for text, (last, _) in found.items()}
    short = pd.Series([text for text, last in bare.items() if " " not in last], dtype="str")
    return NameForms(
        distinct_hashes(swapped),
        distinct_hashes(short),
        distinct_hashes(named[~named.isin(swapped)] if len(swapped) else named),
        all(len(part.split()) <= _LONGEST_PART for both in found.values() for part in both),
    )


# Letters as passports and most people write them, in lower case and without accents.
_LATIN = str.maketrans(
    dict(zip("абвгдезийклмнопрстуфыэіјґє", "abvgdeziyklmnoprstufyeijge", strict=True))
    | {
        "ж": "zh", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ъ": "", "ь": "",
        "ю": "yu", "я": "ya", "ё": "e", "ї": "i", "ў": "u", "љ": "lj", "њ": "nj", "џ": "dz",
        "ђ": "dj", "ћ": "c",
    }
    | dict(zip("αβγδεζηικλμνξοπρσςτυφω", "avgdeziiklmnxoprsstyfo", strict=True))
    | {"θ": "th", "χ": "ch", "ψ": "ps"}
)  # fmt: skip
_GREEK_PAIRS = (("ου", "ou"), ("αυ", "av"), ("ευ", "ev"), ("μπ", "b"), ("γγ", "ng"), ("γκ", "gk"))
_OTHER_SCRIPTS = "[\u0370-\u03ff\u0400-\u045f\u0490\u0491]"


def in_latin(names: pa.Array) -> pa.Array:
    """Return names with Cyrillic and Greek letters as Latin ones; null and others stay.

    ``names`` are in lower case without accents.

    >>> in_latin(pa.array(["юлия", "παπαδοπουλου", "ruiz", "李"], pa.large_string())).to_pylist()
    ['yuliya', 'papadopoulou', 'ruiz', '李']
    """
    other = pa.array(matches(names, _OTHER_SCRIPTS))
    if not as_mask(other).any():
        return names
    written = [_latin(text) for text in names.filter(other).to_pylist()]
    return pc.replace_with_mask(names, other, pa.array(written, TEXT))


def _latin(text: str) -> str:
    for greek, latin in _GREEK_PAIRS:
        text = text.replace(greek, latin)
    return text.translate(_LATIN)


def _parts(text: str) -> list[str]:
    return [part for part in map(str.strip, (tidy(text) or "").split(",")) if part]


def _is_suffix(part: str) -> bool:
    known = _letters(part) in _DEGREES and not _INITIALS.fullmatch(part)
    return known or _is_generation(part) or not _without_titles(part)[1]


def _is_generation(part: str) -> bool:
    return _letters(part) in _GENERATIONS and not _INITIALS.fullmatch(part)


def _letters(part: str) -> str:
    return "".join(filter(str.isalnum, searchable(part)))
