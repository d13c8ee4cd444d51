"""``clean`` and ``revert``: the form of cells mended, every cell before and after logged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from gsprep.cleaning.rules import rules_of
from gsprep.errors import InputError
from gsprep.results import CHANGE_COLUMNS, Cleaned
from gsprep.schemas.frames import ROW_ID, require, text_column, text_frame
from gsprep.schemas.objects import Person, fields_of
from gsprep.values.country import country_code
from gsprep.values.distinct import on_distinct, on_distinct_pairs
from gsprep.values.person_name import full_name
from gsprep.values.phone import normal_phone

if TYPE_CHECKING:
    import pandera.pandas as pa

    from gsprep.schemas.fields import ObjectFields

_PARTS = ("FirstName", "MiddleName", "LastName")


def clean(
    frame: pd.DataFrame, schema: pa.DataFrameSchema = Person, *, region: str | None = None
) -> Cleaned:
    """Mend the form of the cells that belong to ``schema``; other columns stay untouched.

    ``region`` (ISO alpha-2 or English name) is where telephone numbers without country code are
    dialled from when the row's own Country does not say. A missing Name is built from its
    parts. The result is text with a ``row_id``; nothing is guessed and no row goes.

    Raises InputError for a region that is no country and for a bad ``row_id``.
    """
    home = _region(region)
    of = fields_of(schema)
    before = text_frame(frame)
    after = before.copy()
    log: list[pd.DataFrame] = []
    for name in of.among(before.columns):
        for rule in rules_of(of[name]):
            _change(after, name, on_distinct(after[name], rule.of_one), rule.name, log)
    _phones(after, of, home, log)
    _names(after, of, log)
    return Cleaned(after, _changes(log))


def _region(region: str | None) -> str | None:
    code = None if region is None else country_code(region)
    if region is not None and code is None:
        raise InputError(f"the region {region!r} is no country: write its two-letter code")
    return code


def _phones(
    after: pd.DataFrame, of: ObjectFields, home: str | None, log: list[pd.DataFrame]
) -> None:
    for name in of.among(after.columns):
        if of[name].type == "PHONE":
            mended = on_distinct_pairs(
                after[name],
                regions(after, home),
                lambda text, country: normal_phone(text, country) or text,
            )
            _change(after, name, mended, "phone", log)


def regions(frame: pd.DataFrame, home: str | None) -> pd.Series[str]:
    """Return where each row's numbers are dialled from: its Country, else ``home``."""
    if "Country" not in frame.columns:
        return pd.Series(home, index=frame.index, dtype="str")
    codes = on_distinct(frame["Country"], country_code)
    return codes if home is None else codes.fillna(home)


def _names(after: pd.DataFrame, of: ObjectFields, log: list[pd.DataFrame]) -> None:
    parts = [name for name in _PARTS if name in after.columns]
    if not parts or of.name != "Person":
        return
    if "Name" not in after.columns:
        after["Name"] = pd.Series(pd.NA, index=after.index, dtype="str")
    empty = after["Name"].isna() & after[parts].notna().any(axis=1)
    if empty.any():
        given = after.loc[empty].reindex(columns=list(_PARTS)).astype("object")
        rows = given.where(given.notna(), None).itertuples(index=False)
        filled = after["Name"].copy()
        filled[empty] = [full_name(*row) for row in rows]
        _change(after, "Name", filled.astype("str"), "name_from_parts", log)


def _change(
    after: pd.DataFrame, name: str, mended: pd.Series[str], rule: str, log: list[pd.DataFrame]
) -> None:
    old = after[name]
    touched = (old != mended) & ~(old.isna() & mended.isna())
    if touched.any():
        lines = {
            ROW_ID: after[ROW_ID],
            "column": name,
            "before": old,
            "after": mended,
            "rule": rule,
        }
        log.append(pd.DataFrame(lines)[touched])
        after[name] = mended


def _changes(log: list[pd.DataFrame]) -> pd.DataFrame:
    if not log:
        return pd.DataFrame({name: pd.Series(dtype="str") for name in CHANGE_COLUMNS})
    # The index is the record's position: rows in their order, rules in the order applied.
    lines = pd.concat(log).sort_index(kind="stable").reset_index(drop=True)
    return lines[list(CHANGE_COLUMNS)].astype("str")


def revert(frame: pd.DataFrame, changes: pd.DataFrame) -> pd.DataFrame:
    """Return the frame as it was before the changes; cells changed since stay as they are now.

    ``changes`` is what ``clean`` logged. Raises MissingColumnsError when it is something else.
    """
    require(changes, CHANGE_COLUMNS, of="changes")
    text = text_frame(frame)
    log = pd.DataFrame({name: text_column(changes[name]) for name in CHANGE_COLUMNS})
    # The last change of a cell is undone first.
    step = log.groupby([ROW_ID, "column"]).cumcount(ascending=False)
    for (_, column), lines in log.groupby([step, "column"]):
        if column in text.columns:
            known = lines.set_index(ROW_ID)
            now = text[ROW_ID].map(known["after"])
            mine = text[ROW_ID].isin(known.index) & (
                (text[column] == now) | (text[column].isna() & now.isna())
            )
            text[column] = text[column].mask(mine, text[ROW_ID].map(known["before"])).astype("str")
    return text
