"""Records of one or two files, their order and names."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from gsprep.errors import InputError
from gsprep.schemas.frames import ROW_ID
from gsprep.unification.duplicates.candidates import People
from gsprep.unification.duplicates.columns import Reading, alone, encoded_columns
from gsprep.unification.duplicates.unrelated_pairs import MOST_COLUMNS
from gsprep.values.arrow import TEXT, as_objects

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gsprep.unification.duplicates.columns import Column
    from gsprep.unification.rules import Compared
    from gsprep.values.date import Order

GSID = "Gsid"


class Layout(NamedTuple):
    """The columns of a saved model, and which part is first in dates."""

    columns: tuple[str, ...]
    orders: Mapping[str, Order | None]


@dataclass(frozen=True, slots=True)
class Records:
    """The records of the people, and of the existing people if there are any.

    people: the compared columns, ordered by their content, so that no order given matters.
    ids:    by place in that order, the row_id, or of an existing person the Gsid.
    given:  by place in that order, the place of the record as given.
    first:  the number of records of the first file.
    compare: the compared columns as in a rulebook.
    """

    people: People
    ids: np.ndarray
    given: np.ndarray
    first: int
    compare: Mapping[str, Compared]

    @property
    def existing(self) -> np.ndarray | None:
        """By place, the number of the existing person, -1 for a record of the first file."""
        if self.people.files is None:
            return None
        return np.where(self.people.files, np.arange(len(self.ids)), -1)

    def place_of(self, ids: pd.Series[str], *, existing: bool) -> np.ndarray:
        """Return the places of records by their names, -1 if unknown.

        A name that a record of each file has means the existing person if ``existing``.
        """
        files = self.people.files
        order = np.arange(len(self.ids))
        if files is not None:
            order = np.argsort(files != existing, kind="stable")
        names = pd.Series(order, index=pd.Index(self.ids[order]))
        names = names[~names.index.duplicated()]
        found = ids.map(names).fillna(-1)
        return found.to_numpy(np.int64)


def records_of(
    persons: pd.DataFrame,
    against: pd.DataFrame | None,
    compare: Mapping[str, Compared],
    layout: Layout | None = None,
) -> Records:
    """Return the records of text frames, for a saved model with its layout.

    Raises InputError if no column is compared, or too many are.
    """
    frame, ids = persons.reindex(columns=[*compare]), persons[ROW_ID].to_numpy(object)
    if against is not None:
        frame = pd.concat([frame, against.reindex(columns=[*compare])], ignore_index=True)
        ids = np.append(ids, names_of(against).to_numpy(object))
    # Whether a record of two files has a value must not depend on other records.
    reading = Reading({} if layout is None else layout.orders, alone=against is not None)
    encoded = spelled_out(encoded_columns(frame.astype("str"), compare, reading))
    if layout is None:
        columns = [column for column in encoded if (column.codes >= 0).any()]
    else:
        by_name = {column.name: column for column in encoded}
        columns = [by_name[name] for name in layout.columns]
    _check(columns, persons, compare)
    order = _by_content(columns, ids)
    files = None if against is None else np.arange(len(ids))[order] >= len(persons)
    people = People([column.ordered(order) for column in columns], files)
    return Records(people, ids[order], order, len(persons), compare)


def names_of(against: pd.DataFrame) -> pd.Series[str]:
    """Return the names of existing people: the Gsid, else the row_id."""
    return against[GSID].fillna(against[ROW_ID]) if GSID in against.columns else against[ROW_ID]


def _check(columns: list[Column], persons: pd.DataFrame, compare: Mapping[str, Compared]) -> None:
    if not compare and len(persons):
        raise InputError(
            "no column of the people can be compared: name the columns and their kinds under "
            "compare: in a rulebook, as rules/people.yaml does"
        )
    if len(columns) > MOST_COLUMNS:
        raise InputError(
            f"{len(columns)} columns are compared, and at most {MOST_COLUMNS} can be: name "
            "the most distinctive ones under compare: in a rulebook"
        )


def _by_content(columns: list[Column], ids: np.ndarray) -> np.ndarray:
    """Return an order of the records that depends on their content alone."""
    hashes = np.zeros(len(ids), dtype=np.uint64)
    for column in columns:
        of_value = np.append(pd.util.hash_array(as_objects(column.values)), np.uint64(0))
        hashes = hashes * np.uint64(0x9E3779B97F4A7C15) + of_value[column.codes]
    order = np.argsort(hashes, kind="stable")
    same = np.flatnonzero(hashes[order][1:] == hashes[order][:-1])
    if len(same):
        tied = np.unique(np.append(same, same + 1))
        rows = order[tied]
        order[tied] = rows[np.lexsort((ids[rows].astype("U"), hashes[rows]))]
    return order


_JOINTS = re.compile(r"[._\-]+")
# A name without a joint to the surname has at least so many letters.
_SHORTEST, _SHORTEST_JOINED = 2, 3


def spelled_out(columns: list[Column]) -> list[Column]:
    """Return the columns, given names taken from mailboxes where there is an initial or none.

    ``J. Ruiz`` with the address ``julia.ruiz@acme.com`` is Julia. It needs one column each of given
    names, surnames and addresses.
    """
    places = alone(columns, "given", "surname", "email")
    if places is None:
        return columns
    given, surname, email = (columns[at] for at in places)
    found = _found(given, surname, email)
    if not found:
        return columns
    changed = list(columns)
    changed[places[0]] = _with(given, found)
    return changed


def _found(given: Column, surname: Column, email: Column) -> dict[int, str]:
    """Return by record the given name that its mailbox spells out."""
    short = np.append(np.asarray(pc.utf8_length(given.values)) == 1, True)
    records = np.flatnonzero(short[given.codes] & (surname.codes >= 0) & (email.codes >= 0))
    texts = [column.text(records).tolist() for column in (given, surname, email)]
    found = {}
    for record, initial, family, address in zip(records.tolist(), *texts, strict=True):
        name = _name_in(address.partition("@")[0].rstrip("0123456789"), family.replace(" ", ""))
        if name and name.startswith(initial if isinstance(initial, str) else ""):
            found[record] = name
    return found


def _name_in(box: str, family: str) -> str | None:
    """Return what a mailbox has next to the surname.

    >>> _name_in("julia.ruiz", "ruiz"), _name_in("ruizjulia", "ruiz"), _name_in("jruiz", "ruiz")
    ('julia', 'julia', None)
    """
    parts = _JOINTS.split(box)
    if len(parts) == 2 and family in parts:  # noqa: PLR2004  given name and surname
        name = parts[1 - parts.index(family)]
        return name if len(name) >= _SHORTEST and name.isalpha() else None
    rest = box.removesuffix(family) if box.endswith(family) else box.removeprefix(family)
    joined = rest != box and len(rest) >= _SHORTEST_JOINED and rest.isalpha()
    return rest if joined else None


def _with(given: Column, found: dict[int, str]) -> Column:
    names = pa.array(found.values(), TEXT)
    both = pc.dictionary_encode(pa.concat_arrays([given.values, names]))  # noqa: PD011  no frame
    places = both.indices.to_numpy().astype(np.int32)
    codes = given.codes.copy()
    codes[list(found)] = places[len(given.values) :]
    return replace(given, codes=codes, values=both.dictionary)
