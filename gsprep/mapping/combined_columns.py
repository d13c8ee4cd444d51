"""Mapping applied: fields that one column fills, several, or none."""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING

import pandas as pd

from gsprep.display import plural
from gsprep.errors import InputError, refuse_other
from gsprep.mapping.aliases import SECOND
from gsprep.mapping.columns import JOINED, OTHER_EMAILS, ColumnMapping, MappedColumn
from gsprep.mapping.guess import FEWEST, is_profile, sample, share
from gsprep.results import REJECT_COLUMNS
from gsprep.schemas.fields import OBJECTS, PERSON, ObjectFields
from gsprep.schemas.frames import LINE, ROW_ID, Frame, text_frame
from gsprep.values.arrow import as_arrow, filled, has_byte
from gsprep.values.distinct import on_distinct
from gsprep.values.ids import normal_gsid
from gsprep.values.person_name import are_salutations, first_last, last_first, natural_name
from gsprep.values.text import quoted, tidy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from gsprep.mapping.aliases import Meaning

_ADDRESSES = re.compile(r"[;,|\s]+")
# Cells without any letter are no words of these: numbers, keys of another table.
_WORDS = frozenset({"Name", "FirstName", "LastName", "Title", "CompanyName", "Role"})


def added_columns(mapping: ColumnMapping) -> tuple[str, ...]:
    """Return the fields that no column of the file gives its place to."""
    split = [part for column in mapping.columns for part in column.split]
    whole = ["Name"] if split and "Name" not in mapping.fields.values() else []
    constants = [name for name, _ in mapping.constants]
    others = [OTHER_EMAILS] if _other_emails(mapping) else []
    return tuple(dict.fromkeys([*split, *whole, *others, *constants]))


def completed(frame: pd.DataFrame, headers: Sequence[str], mapping: ColumnMapping) -> pd.DataFrame:
    """Return a renamed frame with all fields of the mapping; ``headers`` are the file's own."""
    place = {header: at for at, header in enumerate(headers)}
    if not all(column.header in place for column in mapping.columns):
        return frame
    cells = {c.header: _with_values(frame.iloc[:, place[c.header]], c) for c in mapping.columns}
    # Fallbacks keep their cells as they are: only the field has the values of the mapping.
    fields = _first_filled(cells, mapping) | _split(cells, mapping)
    if others := _other_emails(mapping):
        key = fields.get("Email", pd.Series(pd.NA, index=frame.index, dtype="str"))
        fields[OTHER_EMAILS] = _addresses([cells[header] for header in others], key)
    constants = {
        name: pd.Series(value, index=frame.index, dtype="str") for name, value in mapping.constants
    }
    return frame.assign(**fields, **constants)


def _with_values(cells: pd.Series[str], column: MappedColumn) -> pd.Series[str]:
    if not column.value_map:
        return cells
    known = {_compared(cell): value for cell, value in column.value_map}
    return on_distinct(cells, lambda text: known.get(_compared(text), text))


def _compared(text: str) -> str:
    return (tidy(text) or "").casefold()


def _first_filled(
    cells: Mapping[str, pd.Series[str]], mapping: ColumnMapping
) -> dict[str, pd.Series[str]]:
    """Return each field that several columns or a list of values fill."""
    fields: dict[str, pd.Series[str]] = {}
    for column in sorted(mapping.columns, key=lambda one: one.fallback):
        name = column.field
        if name is not None and name not in JOINED:
            before = fields.get(name)
            own = cells[column.header]
            fields[name] = own if before is None else filled(before, own)
    return fields


def _split(
    cells: Mapping[str, pd.Series[str]], mapping: ColumnMapping
) -> dict[str, pd.Series[str]]:
    """Return the parts of a name from one column, and the whole name in its natural order."""
    fields: dict[str, pd.Series[str]] = {}
    for column in mapping.columns:
        if column.split:
            text = cells[column.header]
            read = last_first if column.split[0] == "LastName" else first_last
            fields["LastName"] = on_distinct(text, _part(read, 0))
            fields["FirstName"] = on_distinct(text, _part(read, 1))
            if "Name" not in mapping.fields.values():
                fields["Name"] = on_distinct(text, natural_name)
    return fields


def _part(read: Callable[[str], tuple[str, str] | None], at: int) -> Callable[[str], str | None]:
    return lambda text: found[at] or None if (found := read(text)) else None


def _other_emails(mapping: ColumnMapping) -> list[str]:
    """Return the headers of further e-mail columns in their order; none if there are no others."""
    emails = sorted((c for c in mapping.columns if c.field == "Email"), key=lambda c: c.fallback)
    others = [column for column in mapping.columns if column.field == OTHER_EMAILS]
    if len(emails) < 2 and not others:  # noqa: PLR2004  one is the key, and no other address
        return []
    return [column.header for column in (*emails, *others)]


def _addresses(columns: Sequence[pd.Series[str]], key: pd.Series[str]) -> pd.Series[str]:
    """Return the different addresses of each row that are not its key, joined by a semicolon."""
    rows = zip(key, *columns, strict=True)
    listed = [_joined(own, cells) for own, *cells in rows]
    return pd.Series(listed, index=key.index, dtype="str")


def _joined(own: object, cells: Sequence[object]) -> str | None:
    found: dict[str, str] = {}
    for address in chain.from_iterable(map(_in_cell, cells)):
        found.setdefault(address.casefold(), address)
    if len(mine := _in_cell(own)) == 1:
        found.pop(mine[0].casefold(), None)
    return ";".join(found.values()) or None


def _in_cell(cell: object) -> list[str]:
    """Return the addresses in a cell, without signs around them: Ana <ana@acme.com>."""
    texts = _ADDRESSES.split(cell) if isinstance(cell, str) else ()
    bare = (text.strip("<>()[]\"'").removeprefix("mailto:") for text in texts)
    return [text for text in bare if "@" in text]


# So few of the cells fit: the column is something else.
_FEW = 0.2
# A wrong address is reported in its row, so the cells of an e-mail column are not asked.
_REPORTED = frozenset({"Email", OTHER_EMAILS})


def are_others(cells: pd.Series[str], means: Meaning, of: ObjectFields | None) -> bool:
    """Return whether the cells of a column deny what its header means by a usual alias."""
    things = [thing for thing in (of or PERSON, *OBJECTS) if thing.knows(means.name)]
    if not things or means.name in _REPORTED:
        return False
    values = sample(cells)
    if (means.name, means.doubt) == ("LinkedinUrl", SECOND):
        return not any(map(is_profile, values))
    if means.name in _WORDS:
        return bool(values) and not any(map(str.isalpha, "".join(values)))
    fits = share(values, things[0][means.name]) if len(values) >= FEWEST else None
    return fits is not None and fits < _FEW


def hold_addresses(cells: pd.Series[str]) -> bool:
    """Return whether most of the cells of a column hold the sign of an e-mail address."""
    values = sample(cells) if has_byte(as_arrow(cells), b"@") else ()
    return bool(values) and 2 * sum("@" in value for value in values) >= len(values)


def hold_gsids(cells: pd.Series[str]) -> bool:
    """Return whether all cells of a column are Gsids of companies."""
    values = sample(cells)
    return bool(values) and all((normal_gsid(v) or "").startswith("1P02") for v in values)


def repeat(cells: pd.Series[str]) -> bool:
    """Return whether a column has at least two rows for each of its values."""
    values = int(cells.nunique())
    return 0 < 2 * values <= cells.count()


def hold_salutations(cells: pd.Series[str]) -> bool:
    """Return whether nearly all cells of a column are Mr, Ms, Dr and the like."""
    return are_salutations(sample(cells))


def note_on_second_people(headers: Sequence[str]) -> list[str]:
    """Return a sentence on columns of a second person in each row, if they hold addresses."""
    are = f"{_listed(headers)} are of a second person in the same row, who is not read"
    return [f"{are}: make a row of each person"] if headers else []


def further_columns(
    headers: Sequence[str],
    names: Sequence[str],
    means: Mapping[str, Meaning],
    mails: frozenset[str],
) -> ColumnMapping | None:
    """Return what columns that keep their headers add to the fields; None if nothing.

    Further e-mail columns (``mails`` hold addresses) fill Email where it is empty and are listed
    in OtherEmails; a column such as "Last name, first name" is split.
    """
    if OTHER_EMAILS in names:
        return None
    key = [h for h, n in zip(headers, names, strict=True) if n == "Email"]
    meant = {h: means[h].name for h in headers if h in means and h in mails and h not in key}
    fill = [header for header, name in meant.items() if name == "Email"]
    others = [header for header, name in meant.items() if name == OTHER_EMAILS]
    columns = _split_names(names, means)
    if key and (fill or others):
        columns += [MappedColumn(h, "Email", fallback=at) for at, h in enumerate([*key, *fill])]
        columns += [MappedColumn(h, OTHER_EMAILS) for h in others]
    return ColumnMapping(PERSON.name, tuple(columns), others="keep") if columns else None


def _split_names(names: Sequence[str], means: Mapping[str, Meaning]) -> list[MappedColumn]:
    parts = [(header, found.parts) for header, found in means.items() if found.parts]
    if not parts or not set(parts[0][1]).isdisjoint(names) or "Name" in names:
        return []
    return [MappedColumn(parts[0][0], split=parts[0][1])]


def notes_on(mapping: ColumnMapping) -> list[str]:
    """Return a sentence for each field that further columns fill."""
    told = [
        f"{quoted(c.header)} is split into {' and '.join(c.split)}"
        for c in mapping.columns
        if c.split
    ]
    key, *rest = [column.header for column in mapping.columns if not column.split] or [""]
    fill = [c.header for c in mapping.columns if c.fallback]
    if rest:
        told.append(f"other e-mail addresses are in OtherEmails: {_listed(rest)}")
    if fill:
        told.append(f"where {quoted(key)} is empty, Email is taken from {_listed(fill)}")
    return told


def note_on_lone(frame: pd.DataFrame, mapping: ColumnMapping) -> list[str]:
    """Return a sentence on records whose only address is in a column that never fills Email."""
    others = [c.header for c in mapping.columns if c.field == OTHER_EMAILS]
    if not others or "Gsid" in frame.columns:
        return []
    count = int((frame["Email"].isna() & frame[OTHER_EMAILS].notna()).sum())
    if not count:
        return []
    columns = _listed(others)
    advice = "to use it, choose Email for that column as well, with `gsprep map`"
    have = plural(count, "row has", "rows have")
    return [f"{count} {have} an address only in {columns}: {advice}"]


def _listed(headers: Sequence[str]) -> str:
    return ", ".join(map(quoted, headers))


# Suffix of a column that is not mapped although its header is the name of a field.
_ASIDE = " (not mapped)"
# Columns of ours that no file needs to have, and no mapping names.
KEPT = frozenset({ROW_ID, LINE})


def apply_mapping(frame: Frame, mapping: ColumnMapping) -> pd.DataFrame:
    """Return the frame as text with every mapped column under its field's name.

    Unmapped columns are unchanged; if the header is the name of a field, the suffix
    "(not mapped)" is added, so that it is not taken for the field. Of several columns for one
    field the first filled one counts; the others keep their headers, and further e-mail addresses
    are listed in OtherEmails. A frame to which the mapping was already applied is unchanged.

    Args:
        frame: the table with the headers of its file.
        mapping: the field of each column, from ``map_columns`` or ``read_mapping``.

    Returns:
        The given rows: columns row_id, the mapped fields, and the unmapped columns.

    Raises:
        InputError: if the frame lacks a column of the mapping, or has others and the mapping does
            not keep them; it names the columns.

    Examples:
        >>> frame = pd.DataFrame({"E-mail": ["ana@acme.com"], "Badge": ["yes"]})
        >>> mapped = gsprep.apply_mapping(frame, gsprep.map_columns(frame, gsprep.Person))
        >>> list(mapped.columns)
        ['row_id', 'Email', 'Badge']
    """
    refuse_other(mapping, "unmapped", "the mapping", "give the result of map_columns")
    text = text_frame(frame)
    headers = list(text.columns)
    names = mapped_names(headers, mapping, of="the frame")
    return completed(text.set_axis(list(names), axis=1), headers, mapping)


def mapped_names(headers: Sequence[str], mapping: ColumnMapping, *, of: str) -> tuple[str, ...]:
    """Return the new name of each column; columns that gsprep added itself are kept.

    Raises the InputError of ``apply_mapping``; ``of`` names the file or frame.
    """
    targets = _targets(mapping)
    reasons = set(REJECT_COLUMNS) if set(REJECT_COLUMNS) <= set(headers) else set()
    kept = KEPT | reasons
    own = [name for name in headers if name not in kept or name in targets]
    if is_applied(headers, mapping):
        return tuple(headers)
    _refuse_others(own, targets, of, keep=mapping.others == "keep")
    return tuple(targets.get(name, name) for name in headers)


def is_applied(headers: Sequence[str], mapping: ColumnMapping) -> bool:
    """Return whether a frame with these columns is one to which the mapping was applied."""
    targets = set(_targets(mapping).values())
    reasons = set(REJECT_COLUMNS) if set(REJECT_COLUMNS) <= set(headers) else set()
    own = set(headers) - ((KEPT | reasons) - targets)
    fresh = set(added_columns(mapping)) - targets
    there = targets | fresh
    if mapping.others == "keep":
        return own >= there and set(_targets(mapping)) != targets
    return own == there and own != set(_targets(mapping))


def _targets(mapping: ColumnMapping) -> dict[str, str]:
    """Return the new name of each header; only the first column of a field gets its name."""
    first = {c.header: c.field for c in mapping.columns if c.field and _takes_the_name(c)}
    taken = {*first.values(), *added_columns(mapping)}
    return {
        column.header: first.get(column.header)
        or (column.header + _ASIDE if _is_field(column.header, mapping, taken) else column.header)
        for column in mapping.columns
    }


def _takes_the_name(column: MappedColumn) -> bool:
    return not column.fallback and (column.field not in JOINED or column.field == column.header)


def _is_field(header: str, mapping: ColumnMapping, taken: set[str]) -> bool:
    known = (thing.knows(header) for thing in OBJECTS if thing.name == mapping.object)
    return header in taken or any(known)


def _refuse_others(own: Sequence[str], targets: Iterable[str], of: str, *, keep: bool) -> None:
    missing = [name for name in targets if name not in own]
    fresh = [] if keep else [name for name in own if name not in targets]
    if not missing and not fresh:
        return
    parts = [
        f"{what} {', '.join(map(quoted, names))}"
        for what, names in (("it lacks", missing), ("the mapping does not know", fresh))
        if names
    ]
    raise InputError(
        f"{of} has other columns than the mapping was made for: {'; '.join(parts)}. "
        "Make a new mapping with `gsprep map`, or add them to this one."
    )
