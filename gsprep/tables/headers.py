"""Line of headers, and the field of each header."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import TYPE_CHECKING

from gsprep.display import few, plural
from gsprep.errors import InputError, TableError
from gsprep.mapping.aliases import (
    ALIAS,
    EXACT,
    Meaning,
    header_words,
    meaning,
    meanings,
    understood,
    vocabulary,
)
from gsprep.mapping.columns import JOINED
from gsprep.mapping.guess import as_prefixes
from gsprep.schemas.frames import ROW_ID
from gsprep.values.text import ENTITY_SUSPECT, TAG_SUSPECT, quoted, tidy, without_markup

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from gsprep.schemas.fields import ObjectFields

# Tables of ours, and the columns in them that are ours whatever their names mean elsewhere.
_OURS = (
    (frozenset({ROW_ID, "verdict"}), frozenset({"company_name", "line", "reason"})),
    (frozenset({"kind", "value", "answer"}), frozenset({"note", "at", "by", "value", "answer"})),
)
# Of people these are not sent: they only tell the company.
_COMPARED = frozenset({"Phone", "Domain"})


@dataclass(frozen=True, slots=True)
class ColumnNames:
    """The names of the columns, and notes on headers that were replaced or ignored.

    ``means`` is what each header means, also those that keep their names.
    """

    names: tuple[str, ...]
    notes: tuple[str, ...]
    means: Mapping[str, Meaning] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CellEvidence:
    """What the cells of columns say about their headers.

    denied: whether the cells of the column at a place are not what its header means.
    mails:  the headers of columns that hold e-mail addresses.
    salutations: the headers of columns that hold Mr, Ms, Dr and the like.
    repeated: of ``mails`` those with the same address in several rows, if others have not.
    used:   of columns for one field the first, if the others say the same or nothing; else all.
    """

    denied: Callable[[int, Meaning], bool] = lambda _at, _means: False
    mails: frozenset[str] = frozenset()
    salutations: frozenset[str] = frozenset()
    repeated: frozenset[str] = frozenset()
    used: Callable[[Sequence[str]], Sequence[str]] = lambda headers: headers


def name_columns(
    path: Path | str,
    headers: Sequence[str],
    of: ObjectFields | None,
    *,
    line: int,
    cells: CellEvidence | None = None,
) -> ColumnNames:
    """Give each header its API name; the file's own headers stay as they are.

    An exact API name wins over one in another spelling, and that over a usual alias; what did
    not win stays and is noted, and so does a column whose ``cells`` are not what its header means.
    Raises TableError for a repeated header and for two headers that mean one name equally well,
    unless both columns hold e-mail addresses: then the first is the key.
    """
    refuse_repeated(path, headers, line=line)
    cells = cells or CellEvidence()
    means = _meant(headers, of, cells.salutations)
    against = {
        header: means[header].name
        for at, header in enumerate(headers)
        if header in means and cells.denied(at, means[header])
    }
    # The host of all meetings is no person of the list.
    of_others = [h for h in cells.repeated if h in means and means[h].doubt >= ALIAS]
    means = {h: found for h, found in means.items() if h not in {*against, *of_others}}
    named = {h: m for h, m in means.items() if m.name not in JOINED and not m.parts}
    winners = {n: _winner(path, n, named, cells, line=line) for n in _names(named)}
    names = tuple(
        named[h].name if h in named and winners[named[h].name] == h else h for h in headers
    )
    lost = {h: (m.name, winners[m.name]) for h, m in named.items() if winners[m.name] != h}
    told = [
        f"the column {quoted(h)} is not taken for {lost[h][0]}: {quoted(lost[h][1])} is"
        for h, n in zip(headers, names, strict=True)
        if h == n and h in lost
    ]
    told += [
        f"the column {quoted(header)} is not taken for {name}: its cells look different"
        for header, name in against.items()
    ]
    told += [
        f"the column {quoted(header)} is not taken for addresses of the people: it repeats them"
        for header in of_others
    ]
    return ColumnNames(names, (*_renaming(headers, names), *told), means)


def _meant(
    headers: Sequence[str], of: ObjectFields | None, salutations: frozenset[str]
) -> dict[str, Meaning]:
    there = set(headers)
    ours = {name for table, names in _OURS if there >= table for name in names}
    found = meanings([header for header in headers if header not in ours], of)
    found = as_prefixes(found, salutations)
    return {h: Meaning(h, EXACT) if m.name == h else m for h, m in found.items()}


def _names(means: Mapping[str, Meaning]) -> list[str]:
    return list(dict.fromkeys(found.name for found in means.values()))


def _winner(
    path: Path | str, name: str, means: Mapping[str, Meaning], cells: CellEvidence, *, line: int
) -> str:
    rivals = [header for header, found in means.items() if found.name == name]
    surest = min(means[header].doubt for header in rivals)
    best = [header for header in rivals if means[header].doubt == surest]
    # Of several addresses the first filled one is the key; of second choices, and of what only
    # serves to compare, the first column.
    is_open = surest > ALIAS or name in _COMPARED
    if len(best) > 1 and not cells.mails.issuperset(best) and not is_open:
        best = list(cells.used(best))
    if len(best) > 1 and not cells.mails.issuperset(best) and not is_open:
        raise TableError(
            path,
            f"the headers {quoted(best[0])} and {quoted(best[1])} both mean {name}",
            f"Rename the one to use to {name}, or make a mapping with `gsprep map`.",
            line=line,
        )
    return best[0]


def _renaming(headers: Sequence[str], names: Sequence[str]) -> tuple[str, ...]:
    other = [(h, n) for h, n in zip(headers, names, strict=True) if h != n]
    listed = ", ".join(f"{quoted(header)} as {name}" for header, name in other)
    return (f"columns taken for fields: {listed}",) if listed else ()


def refuse_repeated(path: Path | str, headers: Sequence[str], *, line: int) -> None:
    """Raise TableError if a header is repeated."""
    repeated = next((h for h, times in Counter(headers).items() if times > 1), None)
    if repeated is None:
        return
    places = [str(at) for at, header in enumerate(headers, 1) if header == repeated]
    raise TableError(
        path,
        f"the header {quoted(repeated)} is in columns {' and '.join(places)}",
        "Rename or delete all but one of them.",
        line=line,
    )


# Zero-width characters, direction marks and soft hyphens come with pasted names.
_UNSEEN = r"[\s\x00-\x1f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]"
_AMPERSAND_OR_TAG = re.compile(f"{ENTITY_SUSPECT}|{TAG_SUSPECT}")
_AROUND = re.compile(rf"\A{_UNSEEN}+|{_UNSEEN}+\Z")
# An address, whole or not, and seven digits or more in a row but for blanks and punctuation.
DATA = re.compile(r"\w@|@\w|(?<![A-Za-z_\d])(?:\d[\s().+/-]*){7,}")
# Headers may hold dates and years: a month of a report, a financial year.
_DATE = re.compile(
    r"(?<![\d./-])(?:(?:19|20)\d\d[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./]\d{1,2}[-./](?:\d\d){1,2})"
    r"(?:[ T]\d\d:\d\d(?::\d\d)?)?(?![./-]?\d)"
    r"|(?<!\d)(?:19|20)\d\d(?:(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])?)?(?!\d)"
)
# One known word in a line can be a value ("Phone" as the preferred channel); two are headers.
_ENOUGH = 2
# What may separate cells, if all lines have as many.
_SIGN = re.compile(r"[^\w\s\"'.@-]|[\x01-\x08\x0e-\x1f]")
_WIDE_BLANK = re.compile(r"\s{2,}")

Line = tuple[int, "Sequence[str]"]


def header_text(cell: str) -> str:
    r"""Return a header without HTML, and without blanks and invisible marks around it.

    >>> header_text("\ufeff Shoe  size "), header_text("<b>R&amp;D</b>&nbsp;team"), header_text(" ")
    ('Shoe  size', 'R&D team', '')
    """
    if _AMPERSAND_OR_TAG.search(cell):
        cell = tidy(without_markup(cell)) or ""
    return _AROUND.sub("", cell)


def refuse_wrong_heading(path: Path | str, lines: Sequence[Line], of: ObjectFields | None) -> None:
    """Raise TableError when the first of the lines cannot be the headers, or not alone.

    ``lines`` are the headers and a few below them, each with its number and its cells.
    """
    (first, headers), *below = lines
    if ROW_ID not in headers and _hold_data(headers):
        raise TableError(
            path,
            "the line of headers holds an e-mail address or a telephone number",
            "Add a first line with the names of the columns.",
            line=first,
        )
    if len(headers) == 1 and any(count_fields(headers[0].split(d), of) >= _ENOUGH for d in ",;\t|"):
        raise TableError(
            path,
            "the whole line of headers is in quotes, so it is one cell",
            "Remove the quotes around whole lines, or export the file again.",
            line=first,
        )
    _refuse_unknown_delimiter(path, lines, of)
    if below and _says_the_same(headers, below[0][1], of):
        raise TableError(
            path,
            f"the headers are on line {first} and again on this line",
            f"Delete one of the two, or choose one with --header {below[0][0]} (header=).",
            line=below[0][0],
        )


def _refuse_unknown_delimiter(
    path: Path | str, lines: Sequence[Line], of: ObjectFields | None
) -> None:
    (first, headers), *below = lines
    if len(headers) != 1:
        return
    if count_fields(_WIDE_BLANK.split(headers[0].strip()), of) >= _ENOUGH:
        raise TableError(
            path,
            "blanks separate the cells, so the whole line of headers is in one column",
            "Export the table again with commas.",
            line=first,
        )
    for sign in dict.fromkeys(_SIGN.findall(headers[0])):
        many = headers[0].count(sign)
        fits = all(cells[0].count(sign) == many for _, cells in below if cells)
        if fits and count_fields(headers[0].split(sign), of) >= _ENOUGH:
            raise TableError(
                path,
                f"the whole line of headers is in one column, {quoted(headers[0])}",
                f'Write "sep={sign}" on a line above it, or export with commas.'
                if sign.isprintable()
                else "Export the table again with commas.",
                line=first,
            )


def count_fields(cells: Sequence[str], of: ObjectFields | None) -> int:
    """Return how many different API names the cells mean."""
    found = (meaning(header_text(cell), of) for cell in cells)
    return len({means.name for means in found if means})


def _says_the_same(headers: Sequence[str], cells: Sequence[str], of: ObjectFields | None) -> bool:
    named = [(header_text(h), header_text(c)) for h, c in zip(headers, cells, strict=False)]
    said = [(h, c) for h, c in named if c]
    same = [h for h, c in said if understood(h, of).casefold() == understood(c, of).casefold()]
    telling = len(same) >= _ENOUGH or any(meaning(header, of) for header in same)
    return bool(same) and len(same) == len(said) and telling


# So many lines with text are looked at: titles, filters and dates may be above the headers.
LOOKED_AT = 30
# Below so many lines, words that are also headers are taken for values.
_NEAR = 6
# One known word in a line can be a value ("Phone" as the preferred channel); two are headers.
_CELLS_OF_A_ROW = 2
# With it begin the cells of a line that Qualtrics writes below its headers and their descriptions.
IMPORT_ID = '{"ImportId"'
HOW = "--header {0} (header={0} in Python)"


def find_headers(
    path: Path | str, lines: Sequence[Line], of: ObjectFields | None, chosen: int | None = None
) -> tuple[int, tuple[str, ...]]:
    """Return the place of the headers among the first lines, and a note on lines above them.

    ``lines`` are those with text, each with its number and its cells; ``chosen`` is the number of
    the line of headers, if it is known. Raises TableError if the headers are not certain.
    """
    if chosen is not None:
        at = _chosen(path, lines, chosen)
        refuse_wrong_heading(path, lines[at : at + 2], of)
        return at, ()
    if two := _in_two_lines(lines, of):
        first, second = lines[two - 1][0], lines[two][0]
        return two, (f"the headers are on lines {first} and {second}", *_note(lines, two - 1))
    at = _below_groups(lines, 0, of) or _headers_below(path, lines, of)
    refuse_wrong_heading(path, lines[at : at + _NEAR], of)
    return at, _note(lines, at)


def check_header_option(header: int | None) -> None:
    """Raise InputError if the number of the line of headers is none."""
    if header is not None and header < 1:
        raise InputError("--header is the number of the line of headers, counted from 1")


def _chosen(path: Path | str, lines: Sequence[Line], chosen: int) -> int:
    for at, (line, _) in enumerate(lines):
        if line == chosen:
            return at
    below = [line for line, _ in lines if line > chosen]
    problem = f"line {chosen} has no text" if below else f"it ends before line {chosen}"
    cure = f"The next line with text is {below[0]}." if below else "Change --header (header=)."
    raise TableError(path, problem, cure)


def _headers_below(path: Path | str, lines: Sequence[Line], of: ObjectFields | None) -> int:
    """Return the place of the headers; 0 unless a line below is certain to hold them."""
    first = lines[0][1]
    # A row_id is ours: such a line is no title, whatever else it holds.
    described = any("".join(cells[:1]).startswith(IMPORT_ID) for _, cells in lines[1:3])
    if described or ROW_ID in map(header_text, first):
        return 0
    needed = max(_CELLS_OF_A_ROW, count_fields(first, of) + 1)
    for at in range(1, len(lines)):
        cells = lines[at][1]
        # "User" and "Active" are headers elsewhere, and values next to an address.
        if count_fields(cells, of) < needed or _hold_data(cells):
            continue
        if all(_is_title(above, len(_filled(cells))) for _, above in lines[:at]):
            return _below_groups(lines, at, of)
        if at < _NEAR:
            like = [number for number, below in lines[at:] if count_fields(below, of) >= needed]
            raise _not_first(path, lines[0][0], like)
    _refuse_title(path, lines, of)
    return 0


def _below_groups(lines: Sequence[Line], at: int, of: ObjectFields | None) -> int:
    """Return the place of the headers below a line that names groups of them, or the line's own."""
    for place in range(at, len(lines) - 1):
        (_, groups), (_, below) = lines[place : place + 2]
        headers = _filled(below)
        # In one column a word may be a value: only addresses make such a list.
        more = _known(below, of) > _known(groups, of) and (
            len(headers) > 1 or understood(headers[0], of) == "Email"
        )
        if not (more and _is_title(groups, len(headers))):
            return place
    return at


def _known(cells: Sequence[str], of: ObjectFields | None) -> int:
    """Return how many cells mean a field; two may mean the same one, each in its group."""
    return sum(meaning(header_text(cell), of) is not None for cell in cells)


def _in_two_lines(lines: Sequence[Line], of: ObjectFields | None) -> int:
    """Return the place of the second of two lines that are the headers together; 0 if none are."""
    for at in range(1, min(_NEAR, len(lines))):
        (_, top), (_, low) = lines[at - 1 : at + 1]
        if _joined(top, low, of) and all(
            _is_title(c, len(_filled(top))) for _, c in lines[: at - 1]
        ):
            return at
    return 0


def _joined(top: Sequence[str], low: Sequence[str], of: ObjectFields | None) -> list[str]:
    """Return headers in two lines as one: the parts of questions, and questions without parts.

    Above the second and further parts of a question the first line is empty. [] for other lines.
    """
    pairs = [(header_text(a), header_text(b)) for a, b in zip_longest(top, low, fillvalue="")]
    names: list[str] = []
    is_part, parts, others = False, 0, set[str]()
    for at, (question, part) in enumerate(pairs):
        after, below = pairs[at + 1] if at + 1 < len(pairs) else ("-", "")
        begins = bool(question and below and not after)
        is_part = bool(part) and (begins or (is_part and not question))
        names.append(part if is_part else question or part)
        parts += is_part
        others.update(header_words(part)[-1:] if question and not is_part else ())
    are_both = parts and any(question and not part for question, part in pairs)
    are_both = are_both and others <= vocabulary()["answer"]
    more = max(_known(top, of) + 1, _known(low, of)) <= _known(names, of)
    return names if are_both and more and not _hold_data(names) else []


def under_groups(
    headers: Sequence[str], groups: Sequence[str], of: ObjectFields | None = None
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return headers with the name of their group in front where they are repeated, and a note.

    ``groups`` are the cells of the row above, of which each holds until the next one; they may be
    headers themselves. Headers that the groups do not tell apart are unchanged.

    >>> under_groups(["Name", "Email", "Name"], ["Contact", "", "Company"])[0]
    ('Contact Name', 'Email', 'Company Name')
    >>> under_groups(["", "Name", "Phone"], ["Email", "Contact", ""])[0]
    ('Email', 'Name', 'Phone')
    """
    headers = _joined(groups, headers, of) or headers
    counts, group, names = Counter(headers), "", []
    for header, above in zip_longest(headers, groups, fillvalue=""):
        group = header_text(above) or group
        is_told = header and group not in {"", header} and counts[header] > 1
        names.append(f"{group} {header}" if is_told else header)
    changed = [name for name, header in zip(names, headers, strict=True) if name != header]
    if not changed or len(set(filter(None, names))) < len(list(filter(None, names))):
        return tuple(headers), ()
    listed = ", ".join(map(quoted, changed))
    return tuple(names), (f"repeated headers are read with their group in front: {listed}",)


def _not_first(path: Path | str, first: int, lines: Sequence[int]) -> TableError:
    if len(lines) > 1:
        return TableError(
            path,
            f"the file has several tables: {few('headers on lines', lines)}",
            f"Choose one: {HOW.format(lines[-1])} reads the last.",
        )
    return TableError(
        path,
        f"the headers are on this line, not on line {first}",
        f"Delete the lines above them, or write {HOW.format(lines[0])}.",
        line=lines[0],
    )


def _filled(cells: Sequence[str]) -> list[str]:
    return [text for cell in cells if (text := header_text(cell))]


def _is_title(cells: Sequence[str], width: int) -> bool:
    """Return whether a line above ``width`` headers is a title, a filter or a date: no record."""
    filled = _filled(cells)
    if len(filled) <= 1:
        return not any(DATA.fullmatch(cell) or _is_address(cell) for cell in filled)
    if filled[0].endswith(":"):
        return True
    return len(filled) < width and not _hold_data(filled)


def _hold_data(cells: Sequence[str]) -> bool:
    """Return whether a cell holds an e-mail address or a telephone number."""
    return any(DATA.search(_DATE.sub("", cell)) for cell in cells)


def _is_address(cell: str) -> bool:
    return "@" in cell and len(cell.split()) == 1


def _refuse_title(path: Path | str, lines: Sequence[Line], of: ObjectFields | None) -> None:
    """Raise TableError if the first line is a title and a line below looks like headers."""
    first, cells = lines[0]
    is_title = len(_filled(cells)) == 1 and header_text(cells[0]) and not count_fields(cells, of)
    if not is_title:
        return
    below = [(line, _filled(cells)) for line, cells in lines[1:]]
    at = next((at for at, (_, filled) in enumerate(below) if len(filled) >= _CELLS_OF_A_ROW), None)
    if at is None or at + 1 == len(below):
        return
    line, headers = below[at]
    are_names = all(any(map(str.isalpha, h)) and not DATA.search(h) for h in headers)
    is_table = all(len(filled) >= _CELLS_OF_A_ROW for _, filled in below[at + 1 : at + _NEAR])
    if are_names and is_table and len(set(headers)) == len(headers):
        raise TableError(
            path,
            f"line {first} has one cell only, and the headers seem to be on this line",
            f"Write {HOW.format(line)}, or delete the lines above the headers.",
            line=line,
        )


def _note(lines: Sequence[Line], at: int) -> tuple[str, ...]:
    if not at:
        return ()
    above = [line for line, _ in lines[:at]]
    what = few(plural(at, "line", "lines"), above)
    left_out = plural(at, "is", "are")
    return (f"the headers are on line {lines[at][0]}: {what} above them {left_out} left out",)
