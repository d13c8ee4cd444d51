"""Functions of values, applied once to each distinct value."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from gsprep.values.arrow import (
    FEW,
    ColumnResult,
    as_arrow,
    as_column,
    as_mask,
    counted_before,
    usual_threads,
)
from gsprep.values.company_name import employer_key, employer_keys
from gsprep.values.domain import (
    employers_domain,
    employers_domains,
    suggested_emails,
    typo_suggestion,
)
from gsprep.values.email import (
    email_key,
    is_email,
    keyed_emails,
    normal_email,
    normal_emails,
    repair_email,
    repaired_emails,
)
from gsprep.values.host import email_host, email_hosts, host_of, named_hosts
from gsprep.values.phone import (
    is_phone,
    normal_phone,
    normal_phones,
    phone_key,
    phone_keys,
    whole_phone,
    whole_phones,
)
from gsprep.values.text import tidied, tidy, tidy_lines

# A function that returns a boolean has a column form whose result is null for False.
COLUMN_FORMS: Mapping[Callable[..., object], Callable[[pa.Array], ColumnResult]] = {
    email_host: email_hosts,
    email_key: keyed_emails,
    employer_key: employer_keys,
    employers_domain: employers_domains,
    host_of: named_hosts,
    is_email: normal_emails,
    is_phone: lambda values: normal_phones(values, pa.nulls(len(values), pa.large_string())),
    repair_email: repaired_emails,
    normal_email: normal_emails,
    typo_suggestion: suggested_emails,
    tidy: tidied,
    tidy_lines: tidied,
}
PAIR_COLUMN_FORMS: Mapping[Callable[..., object], Callable[[pa.Array, pa.Array], ColumnResult]] = {
    normal_phone: normal_phones,
    phone_key: phone_keys,
    whole_phone: whole_phones,
}
# Rows that fit a processor's cache.
_SLICE = 1 << 17
# Values that are sampled to find whether a column repeats them.
_SAMPLE = 1000


def distinct_values(column: pd.Series[str]) -> tuple[np.ndarray, list[str]]:
    """Return a code for each row, -1 where missing, and the distinct values as they appear."""
    codes, values = pd.factorize(column, use_na_sentinel=True)
    return codes, values.tolist()


def distinct_hashes(values: pd.Series[str]) -> np.ndarray:
    """Return a hash of 64 bits of each distinct value, ascending; missing values have none."""
    texts = values.dropna().to_numpy(dtype=object)
    return np.unique(pd.util.hash_array(texts, categorize=False))


def united(hashes: Iterable[np.ndarray]) -> np.ndarray:
    """Return the hashes of all parts, each once and ascending, as ``distinct_hashes``."""
    return np.unique(np.concatenate([np.zeros(0, np.uint64), *hashes]))


@dataclass(frozen=True, slots=True)
class Cells:
    """A column as its distinct values, or as all of its values if few of them repeat.

    Attributes:
        entries: the values; they may be replaced by as many others.
        codes: the place of each row's value among them, -1 where missing; None for all values.
        rows: the column's index.
    """

    entries: pd.Series[str]
    codes: np.ndarray | None
    rows: pd.Index

    def spread(self) -> pd.Series[str]:
        """Return the column of all rows, with the present entries."""
        if self.codes is None:
            return self.entries
        places = pa.array(self.codes, mask=self.codes < 0)
        texts = as_column(as_arrow(self.entries).take(places))
        return pd.Series(texts.array, index=self.rows, name=self.entries.name)


def as_cells(column: pd.Series[str]) -> Cells:
    """Return a column as its distinct values, or as it is if few values repeat.

    For work on single values in several steps.
    """
    first = column.head(_SAMPLE)
    if first.nunique(dropna=False) * 2 > len(first):
        return Cells(column, None, column.index)
    codes, values = pd.factorize(column, use_na_sentinel=True)
    return Cells(pd.Series(values, dtype="str", name=column.name), codes, column.index)


def on_distinct(column: pd.Series[str], of_one: Callable[[str], str | None]) -> pd.Series[str]:
    """Return ``of_one`` of every value, by its column form or called once for each distinct value.

    ``column`` is text; a missing value stays missing and is never passed on. The result has
    the column's index, dtype ``str``, and is missing where ``of_one`` gave None.
    """
    form = COLUMN_FORMS.get(of_one)
    if column.isna().all():
        return column.copy(deep=False)
    # Alone, a typing error takes a library and lists that take longer to load.
    if form is None or (len(column) <= FEW and of_one is not typo_suggestion):
        return _one_by_one(column, of_one)
    cells = as_cells(column)
    values = cells.entries
    result = _in_slices(form, values)
    done = _completed(values, result, lambda open_: _one_by_one(values[open_], of_one))
    return replace(cells, entries=done).spread()


def _in_slices(form: Callable[..., ColumnResult], *columns: pd.Series[str]) -> ColumnResult:
    """Call a column form on slices of the columns, in threads: each value is judged alone."""
    whole = [as_arrow(column) for column in columns]
    starts = range(0, len(whole[0]), _SLICE)
    if len(starts) <= 1:
        return _of_present(form, whole)

    def of_slice(at: int) -> ColumnResult:
        return _of_present(form, [values.slice(at, _SLICE) for values in whole])

    with ThreadPoolExecutor(max_workers=usual_threads()) as threads:
        parts = list(threads.map(of_slice, starts))
    sure = np.concatenate([part.sure for part in parts])
    results = [part.results for part in parts if part.results is not None]
    return ColumnResult(pa.chunked_array(results) if results else None, sure)


def _of_present(form: Callable[..., ColumnResult], columns: Sequence[pa.Array]) -> ColumnResult:
    """Call a column form on the rows with a value in the first column; the others stay missing."""
    there = as_mask(pc.is_valid(columns[0]))
    if there.all() or not there.any():
        return form(*columns)
    found = form(*(values.filter(pa.array(there)) for values in columns))
    sure = np.ones(len(there), dtype=bool)
    sure[there] = found.sure
    if found.results is None:
        return ColumnResult(None, sure)
    place = pa.array(counted_before(there)[:-1], mask=~there)
    return ColumnResult(found.results.take(place), sure)


def _one_by_one(column: pd.Series[str], of_one: Callable[[str], str | None]) -> pd.Series[str]:
    codes, values = distinct_values(column)
    results = [of_one(value) for value in values]
    return _back(column, codes, pd.array([*results, None], dtype="str"))


def _completed(
    column: pd.Series[str], result: ColumnResult, ask: Callable[[np.ndarray], pd.Series[str]]
) -> pd.Series[str]:
    open_ = ~result.sure & column.notna().to_numpy()
    if result.results is None and not open_.any():
        return column.copy(deep=False)
    results = as_arrow(column if result.results is None else result.results)
    if open_.any():
        results = pc.replace_with_mask(results, pa.array(open_), as_arrow(ask(open_)))
    return as_column(results, column)


def where_distinct(column: pd.Series[str], holds: Callable[[str], bool]) -> pd.Series[bool]:
    """Return where ``holds`` is true, by its column form or called once for each distinct value.

    A missing value is False. The result has the column's index and dtype ``bool``.
    """
    form = COLUMN_FORMS.get(holds)
    if form is None:
        return _asked(column, holds)
    result = _in_slices(form, column)
    answers = as_mask(pc.is_valid(result.results))
    open_ = ~result.sure & column.notna().to_numpy()
    if open_.any():
        answers[open_] = _asked(column[open_], holds).to_numpy()
    return pd.Series(answers, index=column.index, name=column.name)


def _asked(column: pd.Series[str], holds: Callable[[str], bool]) -> pd.Series[bool]:
    codes, values = distinct_values(column)
    answers = [holds(value) for value in values]
    return _back(column, codes, np.array([*answers, False], dtype=bool))


def _back(column: pd.Series, codes: np.ndarray, results: object) -> pd.Series:
    # A missing value has the code -1, which picks the last, added, entry.
    return pd.Series(cast("np.ndarray", results)[codes], index=column.index, name=column.name)


def on_distinct_pairs(
    column: pd.Series[str],
    partners: pd.Series[str],
    of_two: Callable[[str, str | None], str | None],
) -> pd.Series[str]:
    """Return ``of_two`` of every value and its partner, called once for each distinct pair.

    A missing value in ``column`` stays missing; a missing one in ``partners`` is passed as None.
    Both columns are text and of one length; the result has the first one's index.
    """
    form = PAIR_COLUMN_FORMS.get(of_two)
    if column.isna().all():
        return column.copy(deep=False)
    if form is None or len(column) <= FEW:
        return _pairs(column, partners, of_two)
    result = _in_slices(form, column, partners)
    return _completed(column, result, lambda open_: _pairs(column[open_], partners[open_], of_two))


def _pairs(
    column: pd.Series[str],
    partners: pd.Series[str],
    of_two: Callable[[str, str | None], str | None],
) -> pd.Series[str]:
    codes, values = distinct_values(column)
    partner_codes, partner_values = distinct_values(partners)
    width = len(partner_values) + 1
    pair_codes, pairs = pd.factorize(np.where(codes < 0, -1, codes * width + partner_codes + 1))
    others = [None, *partner_values]
    results = [
        None if pair < 0 else of_two(values[pair // width], others[pair % width]) for pair in pairs
    ]
    return _back(column, pair_codes, pd.array([*results, None], dtype="str"))
