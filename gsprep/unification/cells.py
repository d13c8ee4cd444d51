"""Domains and telephone numbers in the cells of companies."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

from gsprep.values.arrow import as_arrow, matches
from gsprep.values.distinct import distinct_values, on_distinct, on_distinct_pairs
from gsprep.values.host import host_of
from gsprep.values.phone import phone_key
from gsprep.values.placeholder import is_placeholder_phone
from gsprep.values.several import MAY_BE_HOSTS, MAY_BE_PHONES, Several, hosts_in, phones_in


class CellEntries(NamedTuple):
    """The entries of a column's cells."""

    texts: pa.Array
    row: np.ndarray  # the position of the cell of each
    unread: np.ndarray  # the positions of cells that could not be read, wholly or in part


def hosts_of_cells(column: pd.Series[str]) -> CellEntries:
    """Return the hosts in each cell of a column with positions as its index."""
    there = column.dropna()
    several = matches(as_arrow(there), MAY_BE_HOSTS)
    codes, cells = distinct_values(there[several])
    read = [hosts_in(cell) for cell in cells]
    return _entries(there, on_distinct(there[~several], host_of), (read, codes, several))


def phones_of_cells(column: pd.Series[str], regions: pd.Series[str]) -> CellEntries:
    """Return the telephone numbers in each cell; ``regions`` are the countries of the rows."""
    there = column.dropna()
    several = matches(as_arrow(there), MAY_BE_PHONES)
    regions = regions.loc[there.index]
    both = there[several], regions[several]
    codes, pairs = pd.factorize(pd.MultiIndex.from_arrays([*both]))
    read = [phones_in(cell, None if pd.isna(region) else region) for cell, region in pairs]
    alone = on_distinct_pairs(there[~several], regions[~several], phone_key)
    return _entries(there, alone, (read, codes, several))


def _entries(
    there: pd.Series[str],
    alone: pd.Series[str],
    others: tuple[list[Several], np.ndarray, np.ndarray],
) -> CellEntries:
    """Return the entries of cells with one entry each and of the others, in their order."""
    read, codes, several = others
    found, rows = alone.dropna(), there.index.to_numpy()[several]
    counts = np.array([len(one.entries) for one in read], dtype=np.int64)[codes]
    texts = [text for code in codes for text in read[code].entries]
    row = np.concatenate([found.index.to_numpy(), np.repeat(rows, counts)])
    order = np.argsort(row, kind="stable")
    both = pa.concat_arrays([as_arrow(found), pa.array(texts, pa.large_string())])
    lost = np.array([one.unread for one in read], dtype=bool)[codes]
    unread = np.concatenate([_unread(there, alone), rows[lost]])
    return CellEntries(both.take(pa.array(order)), row[order], np.sort(unread))


def _unread(there: pd.Series[str], alone: pd.Series[str]) -> np.ndarray:
    """Return the rows whose only entry could not be read; a placeholder is no entry."""
    lost = there.loc[alone.index[alone.isna()]]
    placeholder = lost.map(is_placeholder_phone).to_numpy(dtype=bool)
    rows: np.ndarray = lost.index.to_numpy()[~placeholder]
    return rows
