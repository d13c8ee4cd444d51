"""``clean`` and ``revert``: the form of cells mended, every cell before and after logged."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gsprep.cleaning.rules import BUILT, DIALLED, NAME_PARTS, rules_by_column
from gsprep.errors import InputError
from gsprep.results import CHANGE_COLUMNS, Cleaned
from gsprep.schemas.frames import ROW_ID, require, text_column, text_frame
from gsprep.schemas.objects import Person, fields_of
from gsprep.schemas.same_key import require_key
from gsprep.values.arrow import filled
from gsprep.values.country import country_code
from gsprep.values.distinct import as_cells, on_distinct, on_distinct_pairs
from gsprep.values.person_name import joined_names
from gsprep.values.phone import whole_phone

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandera.pandas as pa

    from gsprep.schemas.fields import ObjectFields


@dataclass(frozen=True, kw_only=True, slots=True)
class Manner:
    """How a frame is cleaned.

    region: the country (ISO alpha-2) that numbers are dialled from when the row does not say.
    key:    the columns by which the tenant tells records apart; empty for the object's usual.
    only:   the rules to apply, as pairs of column and rule; None applies all.
    """

    region: str | None = None
    key: tuple[str, ...] = ()
    only: frozenset[tuple[str, str]] | None = None

    def applies(self, column: str, rule: str) -> bool:
        """Return whether a rule is applied to a column."""
        return self.only is None or (column, rule) in self.only


def clean(
    frame: pd.DataFrame,
    schema: pa.DataFrameSchema = Person,
    *,
    region: str | None = None,
    key: str | Sequence[str] = (),
) -> Cleaned:
    """Mend the form of the cells that belong to ``schema``; other columns stay untouched.

    ``region`` (ISO alpha-2 or English name) is where telephone numbers without country code are
    dialled from when the row's own Country does not say. ``key`` names the columns by which the
    tenant tells records apart: a placeholder there stays, elsewhere it becomes missing. A missing
    Name is built from its parts. The result is text with a ``row_id``; nothing is guessed and no
    row goes.

    Raises InputError for a region that is no country and for a bad ``row_id``, and
    MissingColumnsError without a column of the ``key``.
    """
    keys = (key,) if isinstance(key, str) else tuple(key)
    of = fields_of(schema)
    require_key(frame, keys, of)
    return clean_as(frame, of, Manner(region=region_code(region), key=keys))


def clean_as(frame: pd.DataFrame, of: ObjectFields, how: Manner) -> Cleaned:
    """Mend the cells of an object's fields in the manner given; InputError for a bad ``row_id``."""
    before = text_frame(frame)
    after = before.copy()
    log: list[pd.DataFrame] = []
    for name, rules in rules_by_column(before.columns, of, how.key).items():
        cells = as_cells(after[name])
        for rule in rules:
            if how.applies(name, rule.name):
                mended = rule.of_column(cells.entries)
                if not mended.equals(cells.entries):
                    cells = replace(cells, entries=mended)
                    _change(after, name, cells.spread(), rule.name, log)
    _phones(after, of, how, log)
    if how.applies("Name", BUILT):
        _names(after, of, log)
    return Cleaned(after, _changes(log))


def region_code(region: str | None) -> str | None:
    """Return a region's ISO alpha-2 code; InputError when it is no country."""
    code = None if region is None else country_code(region)
    if region is not None and code is None:
        raise InputError(f"the region {region!r} is no country: write its two-letter code")
    return code


def _phones(after: pd.DataFrame, of: ObjectFields, how: Manner, log: list[pd.DataFrame]) -> None:
    for name in of.among(after.columns):
        if of[name].type == "PHONE" and how.applies(name, DIALLED):
            # What lacks its area, or would be read as another number next time, stays as it is.
            read = on_distinct_pairs(after[name], regions(after, how.region), whole_phone)
            _change(after, name, filled(read, after[name]), DIALLED, log)


def regions(frame: pd.DataFrame, home: str | None) -> pd.Series[str]:
    """Return where each row's numbers are dialled from: its Country, else ``home``."""
    if "Country" not in frame.columns:
        return pd.Series(home, index=frame.index, dtype="str")
    codes = on_distinct(frame["Country"], country_code)
    return codes if home is None else codes.fillna(home)


def _names(after: pd.DataFrame, of: ObjectFields, log: list[pd.DataFrame]) -> None:
    parts = [name for name in NAME_PARTS if name in after.columns]
    if not parts or of.name != "Person":
        return
    if "Name" not in after.columns:
        after["Name"] = pd.Series(pd.NA, index=after.index, dtype="str")
    _change(after, "Name", filled(after["Name"], joined_names(after[parts])), BUILT, log)


def _change(
    after: pd.DataFrame, name: str, mended: pd.Series[str], rule: str, log: list[pd.DataFrame]
) -> None:
    old = after[name]
    touched = (old != mended) & ~(old.isna() & mended.isna())
    if touched.any():
        lines = {
            ROW_ID: after.loc[touched, ROW_ID],
            "column": name,
            "before": old[touched],
            "after": mended[touched],
            "rule": rule,
        }
        log.append(pd.DataFrame(lines))
        after[name] = mended


def _changes(log: list[pd.DataFrame]) -> pd.DataFrame:
    if not log:
        return pd.DataFrame({name: pd.Series(dtype="str") for name in CHANGE_COLUMNS})
    # The index is the record's position: rows in their order, rules in the order applied.
    lines = pd.concat(log)
    in_order = lines.iloc[np.argsort(lines.index.to_numpy(), kind="stable")]
    return in_order[list(CHANGE_COLUMNS)].reset_index(drop=True).astype("str")


def revert(frame: pd.DataFrame, changes: pd.DataFrame) -> pd.DataFrame:
    """Return the frame as it was before the changes; cells changed since stay as they are now.

    ``changes`` is what ``clean`` logged. A column that cleaning added (Name) stays, and is empty
    again. Raises MissingColumnsError when it is something else.
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
