"""Columns of a file that fill a field together: e-mail addresses, and names in one cell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gsprep.mapping.columns import OTHER_EMAILS, ColumnMapping, MappedColumn, shown
from gsprep.mapping.content import FEWEST, sample, share
from gsprep.schemas.fields import OBJECTS, PERSON

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from gsprep.mapping.aliases import Meaning
    from gsprep.schemas.fields import ObjectFields

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
    fits = share(values, things[0][means.name]) if len(values) >= FEWEST else None
    return fits is not None and fits < _FEW


def hold_addresses(cells: pd.Series[str]) -> bool:
    """Return whether most of the cells of a column hold the sign of an e-mail address."""
    values = sample(cells)
    return bool(values) and 2 * sum("@" in value for value in values) >= len(values)


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
    columns = _split(names, means)
    if key and (fill or others):
        columns += [MappedColumn(h, "Email", fallback=at) for at, h in enumerate([*key, *fill])]
        columns += [MappedColumn(h, OTHER_EMAILS) for h in others]
    return ColumnMapping(PERSON.name, tuple(columns), others="keep") if columns else None


def _split(names: Sequence[str], means: Mapping[str, Meaning]) -> list[MappedColumn]:
    parts = [(header, found.parts) for header, found in means.items() if found.parts]
    if not parts or not set(parts[0][1]).isdisjoint(names) or "Name" in names:
        return []
    return [MappedColumn(parts[0][0], split=parts[0][1])]


def notes_on(mapping: ColumnMapping) -> list[str]:
    """Return a sentence for each field that further columns fill."""
    told = [
        f"{shown(c.header)} is split into {' and '.join(c.split)}"
        for c in mapping.columns
        if c.split
    ]
    key, *rest = [column.header for column in mapping.columns if not column.split] or [""]
    fill = [c.header for c in mapping.columns if c.fallback]
    if rest:
        told.append(f"other e-mail addresses are in OtherEmails: {_listed(rest)}")
    if fill:
        told.append(f"where {shown(key)} is empty, Email is taken from {_listed(fill)}")
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
    return [f"{count} row(s) have an address only in {columns}: {advice}"]


def _listed(headers: Sequence[str]) -> str:
    return ", ".join(map(shown, headers))
