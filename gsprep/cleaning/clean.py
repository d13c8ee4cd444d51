"""Cleaning of frames, with a log that can be reverted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
import pyarrow.compute as pc
from pyarrow import Array, array, chunked_array

from gsprep.cleaning.rules import BUILT, DIALLED, NAME_PARTS, ORDERED, rules_by_column
from gsprep.display import is_revealed, outline, printable, tells_no_person
from gsprep.errors import InputError
from gsprep.lazy import late_frame, part_of
from gsprep.mapping.columns import advise
from gsprep.results import CHANGE_COLUMNS, Cleaned
from gsprep.schemas.frames import ROW_ID, require, text_column, text_frame
from gsprep.schemas.objects import Person, fields_of
from gsprep.schemas.same_key import require_key
from gsprep.values.arrow import (
    TEXT,
    among,
    as_arrow,
    as_column,
    filled,
    joined,
    matches,
    places_among,
)
from gsprep.values.country import country_code
from gsprep.values.distinct import as_cells, on_distinct, on_distinct_pairs
from gsprep.values.person_name import (
    EAST_ASIAN,
    GENERATION_LAST,
    MAY_HAVE_TITLE,
    joined_name,
    last_first,
    name_forms,
    natural_name,
)
from gsprep.values.phone import whole_phone
from gsprep.values.text import tidy

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pandera.pandas as pa

    from gsprep.cleaning.rules import CleaningFacts
    from gsprep.lazy import Rows
    from gsprep.schemas.fields import ObjectFields
    from gsprep.schemas.frames import Frame

# Parts of a name in which something may belong elsewhere in the whole name.
_MOVED = {
    "FirstName": f"{GENERATION_LAST}|{EAST_ASIAN}|{MAY_HAVE_TITLE}",
    "LastName": MAY_HAVE_TITLE,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class CleaningOptions:
    """How a frame is cleaned.

    region: the default country (ISO alpha-2) of phone numbers without a country code.
    key:    the columns by which the tenant identifies records; empty for the object's own.
    only:   the rules to apply, as pairs of column and rule; None applies all.
    """

    region: str | None = None
    key: tuple[str, ...] = ()
    only: frozenset[tuple[str, str]] | None = None

    def applies(self, column: str, rule: str) -> bool:
        """Return whether a rule is applied to a column."""
        return self.only is None or (column, rule) in self.only


def clean(
    frame: Frame,
    schema: pa.DataFrameSchema = Person,
    *,
    region: str | None = None,
    key: str | Sequence[str] = (),
) -> Cleaned:
    """Repair the form of the cells that belong to ``schema``; other columns stay unchanged.

    A missing Name is built from its parts, and one that has the last name first ("Ruiz, Ana"), as
    the whole column has, is put in order and fills FirstName and LastName. Nothing is guessed and
    no row is dropped. Columns that probably are fields under another name are logged as a warning.

    Args:
        frame: the rows, with any columns.
        schema: the object of the rows.
        region: the default country (ISO alpha-2 or English name) of phone numbers without a country
            code; the row's own Country comes first. None leaves such numbers as they are.
        key: the columns by which the tenant identifies records: a placeholder there stays,
            elsewhere it becomes missing. Empty takes the object's own key.

    Returns:
        The cleaned rows, and every change of a cell with its rule.

    Raises:
        InputError: if no column is a field and some probably are, for a region that is not a
            country and for a bad ``row_id``.
        MissingColumnsError: without a column of the ``key``.

    Examples:
        >>> frame = pd.DataFrame({"Email": [" Ana@ACME.com"], "Phone": ["(415) 555-0102"]})
        >>> cleaned = gsprep.clean(frame, region="US")
        >>> cleaned.frame
          row_id         Email         Phone
        0      1  Ana@acme.com  +14155550102
        >>> cleaned.changes[["row_id", "column", "rule"]]
          row_id column    rule
        0      1  Email  blanks
        1      1  Email   email
        2      1  Phone   phone
    """
    keys = (key,) if isinstance(key, str) else tuple(key)
    text = text_frame(frame)
    advise(list(text.columns), fields_of(schema), step="clean")
    return clean_text(text, schema, CleaningOptions(region=region, key=keys))


def clean_text(
    before: pd.DataFrame,
    schema: pa.DataFrameSchema,
    how: CleaningOptions | None = None,
    facts: CleaningFacts | None = None,
) -> Cleaned:
    """Clean a text frame as ``clean`` does; a part of a frame with the ``facts`` of the whole."""
    of, how = fields_of(schema), how or CleaningOptions()
    how = replace(how, region=region_code(how.region))
    require_key(before, how.key, of)
    after = before.copy()
    log: list[_Changed] = []
    proofs = None if facts is None else facts.proofs
    for name, rules in rules_by_column(before.columns, of, how.key, proofs).items():
        cells = as_cells(after[name])
        for rule in rules:
            if how.applies(name, rule.name):
                changed = rule.of_column(cells.entries)
                if not changed.equals(cells.entries):
                    cells = replace(cells, entries=changed)
                    _change(after, name, cells.spread(), rule.name, log)
    _phones(after, of, how, log)
    _all_names(after, of, how, log, facts)
    changes = _Changes.of(before[ROW_ID], log)
    return Cleaned(after, late_frame(len(changes.at), changes.frame))


def region_code(region: str | None) -> str | None:
    """Return a region's ISO alpha-2 code; InputError if it is not a country."""
    code = None if region is None else country_code(region)
    if region is not None and code is None:
        raise InputError(f"the region {region!r} is not a country: write its two-letter code")
    return code


def _phones(
    after: pd.DataFrame, of: ObjectFields, how: CleaningOptions, log: list[_Changed]
) -> None:
    for name in of.among(after.columns):
        if of[name].type == "PHONE" and how.applies(name, DIALLED):
            # A number without its area, or that would be read as another one next time, stays.
            read = on_distinct_pairs(after[name], regions(after, how.region), whole_phone)
            _change(after, name, filled(read, after[name]), DIALLED, log)


def regions(frame: pd.DataFrame, home: str | None) -> pd.Series[str]:
    """Return the country of each row's phone numbers: its Country, else ``home``."""
    if "Country" not in frame.columns:
        return pd.Series(home, index=frame.index, dtype="str")
    codes = on_distinct(frame["Country"], country_code)
    return codes if home is None else codes.fillna(home)


def _all_names(
    after: pd.DataFrame,
    of: ObjectFields,
    how: CleaningOptions,
    log: list[_Changed],
    facts: CleaningFacts | None,
) -> None:
    if how.applies("Name", ORDERED):
        _last_names_first(after, of, log, facts)
    if how.applies("Name", BUILT):
        _names(after, of, log)


def _last_names_first(
    after: pd.DataFrame, of: ObjectFields, log: list[_Changed], facts: CleaningFacts | None
) -> None:
    """Put names such as "Ruiz, Ana" in order and fill both parts, if the whole column has them."""
    if of.name != "Person" or "Name" not in after.columns:
        return
    names = after["Name"]
    if not (name_forms(names).are_last_first if facts is None else facts.last_first):
        return
    for name, at in (("FirstName", 1), ("LastName", 0)):
        parts = on_distinct(names, partial(_name_part, at=at))
        if name not in after.columns:
            after[name] = pd.Series(pd.NA, index=after.index, dtype="str")
        _change(after, name, filled(after[name], parts), ORDERED, log)
    _change(after, "Name", on_distinct(names, natural_name), ORDERED, log)


def _name_part(text: str, at: int) -> str | None:
    found = last_first(text)
    return None if found is None else found[at]


def _names(after: pd.DataFrame, of: ObjectFields, log: list[_Changed]) -> None:
    parts = [name for name in NAME_PARTS if name in after.columns]
    if not parts or of.name != "Person":
        return
    if "Name" not in after.columns:
        after["Name"] = pd.Series(pd.NA, index=after.index, dtype="str")
    _change(after, "Name", filled(after["Name"], joined_names(after[parts])), BUILT, log)


def joined_names(parts: pd.DataFrame) -> pd.Series[str]:
    """Return the tidied parts of each row's name, joined by one blank; missing without any.

    ``parts`` are columns of text in the order in which the parts are written. A title in the last
    name comes first, and a generation in the first name last.
    """
    tidied = parts.apply(on_distinct, of_one=tidy)
    names, *others = (as_arrow(tidied[name]) for name in tidied.columns)
    for part in others:
        names = pc.coalesce(joined(names, " ", part), names, part)
    found = as_column(names, parts.iloc[:, 0])
    doubtful = np.zeros(len(parts), dtype=bool)
    for name, pattern in _MOVED.items():
        if name in tidied.columns:
            doubtful |= matches(as_arrow(tidied[name]), pattern)
    if doubtful.any():
        rows = tidied.reindex(columns=NAME_PARTS)[doubtful].fillna("")
        whole = [joined_name(*row) for row in rows.itertuples(index=False)]
        found[doubtful] = pd.Series(whole, index=rows.index, dtype="str")
    return found


def _change(
    after: pd.DataFrame, name: str, changed: pd.Series[str], rule: str, log: list[_Changed]
) -> None:
    old, new = as_arrow(after[name]), as_arrow(changed)
    one_is_missing = pc.xor(old.is_null(), new.is_null())
    at = pc.indices_nonzero(pc.coalesce(pc.not_equal(old, new), one_is_missing))
    if len(at):
        log.append(_Changed(at.to_numpy().astype(np.int32), name, old.take(at), new.take(at), rule))
        after[name] = changed


class _Changed(NamedTuple):
    """The cells that a rule changed in a column, by the positions of their rows."""

    at: np.ndarray
    column: str
    before: Array
    after: Array
    rule: str


class _Changes(NamedTuple):
    """All changes, rows in their order, rules in the order applied."""

    row_ids: pd.Series[str]
    at: np.ndarray
    cells: Mapping[str, Array]
    # The texts of a column, and the place of each change among them.
    words: Mapping[str, tuple[Sequence[str], np.ndarray]]

    @classmethod
    def of(cls, row_ids: pd.Series[str], log: Sequence[_Changed]) -> _Changes:
        """Return the changes of a log."""
        at = np.concatenate([np.zeros(0, np.int32), *(one.at for one in log)])
        order = np.argsort(at, kind="stable")
        nth = np.repeat(np.arange(len(log), dtype=np.int16), [len(one.at) for one in log])[order]
        befores, afters = ([one.before for one in log], [one.after for one in log])
        cells = {
            name: chunked_array(pieces, TEXT).combine_chunks().take(order)
            for name, pieces in (("before", befores), ("after", afters))
        }
        words = {
            "column": ([one.column for one in log], nth),
            "rule": ([one.rule for one in log], nth),
        }
        return cls(row_ids, at[order], cells, words)

    def frame(self, rows: Rows, columns: Sequence[str] | None) -> pd.DataFrame:
        """Return the changes at some positions."""
        at = np.arange(len(self.at))[rows]
        found = {}
        for name in columns or CHANGE_COLUMNS:
            if name in self.cells:
                found[name] = as_column(self.cells[name].take(at))
            elif name in self.words:
                words, each = self.words[name]
                found[name] = as_column(array(words, TEXT).take(each[at]))
            else:
                found[name] = self.row_ids.iloc[self.at[at]].reset_index(drop=True)
        return pd.DataFrame(found)


def revert(frame: Frame, changes: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with the changes undone; cells that were changed later stay.

    A column that cleaning added (Name) stays and becomes empty again.

    Args:
        frame: the cleaned rows.
        changes: the log of ``clean``, or the lines of it to undo.

    Returns:
        The given rows and columns, the cells as they were before.

    Raises:
        MissingColumnsError: if ``changes`` is not such a log.

    Examples:
        >>> cleaned = gsprep.clean(pd.DataFrame({"Email": [" Ana@ACME.com"]}))
        >>> gsprep.revert(cleaned.frame, cleaned.changes)["Email"].tolist()
        [' Ana@ACME.com']
    """
    require(changes, CHANGE_COLUMNS, of="the log of changes")
    text = text_frame(frame)
    log = pd.DataFrame({name: text_column(changes[name]) for name in CHANGE_COLUMNS})
    # The last change of a cell is reverted first.
    step = log.groupby([ROW_ID, "column"]).cumcount(ascending=False)
    for (_, column), lines in log.groupby([step, "column"]):
        if column in text.columns:
            at = places_among(text[ROW_ID], lines[ROW_ID])
            before, now = (
                pd.Series(lines[name].array.take(at, allow_fill=True), index=text.index)
                for name in ("before", "after")
            )
            same = (text[column] == now) | (text[column].isna() & now.isna())
            text[column] = text[column].mask((at >= 0) & same, before).astype("str")
    return text


def as_read(cleaned: Cleaned, rows: pd.DataFrame) -> pd.DataFrame:
    """Return some rows of a cleaned frame as they were before; added columns are empty."""
    row_ids = part_of(cleaned, "changes", [ROW_ID])[ROW_ID]
    theirs = np.flatnonzero(among(row_ids, rows[ROW_ID]))
    return revert(rows, part_of(cleaned, "changes", rows=theirs))


@dataclass(frozen=True, slots=True)
class Sample:
    """One change: its column, and the cell before and after, as an outline if it is personal."""

    column: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class RulePreview:
    """The cells that one rule changes: how many, and a few samples."""

    rule: str
    cells: int
    samples: tuple[Sample, ...]


def preview(changes: pd.DataFrame, *, samples: int = 2) -> tuple[RulePreview, ...]:
    """Return the changes of each rule, most cells first; ``changes`` is the log of ``clean``.

    Samples of what may tell who a person is are outlines: letters and digits are replaced, but
    not within ``gsprep.reveal()``.
    """
    by_rule = changes.groupby("rule", sort=True)
    previews = [RulePreview(str(rule), len(of), _samples(of, samples)) for rule, of in by_rule]
    return tuple(sorted(previews, key=lambda one: -one.cells))


def _samples(changes: pd.DataFrame, most: int) -> tuple[Sample, ...]:
    # A few hundred lines are enough for the samples.
    few = changes.head(500)[["column", "before", "after"]].astype("object")
    lines = few.where(few.notna(), "").itertuples(index=False)
    drawn = (Sample(str(c), *_drawn(str(c), str(b), str(a))) for c, b, a in lines)
    return tuple(dict.fromkeys(drawn))[:most]


def _drawn(column: str, *cells: str) -> Iterator[str]:
    """Yield the cells of one change; as outlines, if one of them may be personal."""
    is_open = is_revealed() or all(not cell or tells_no_person(column, cell) for cell in cells)
    yield from map(printable if is_open else outline, cells)
