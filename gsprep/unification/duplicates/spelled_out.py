"""Given names as initials, spelled out in a mailbox."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gsprep.values.arrow import TEXT

if TYPE_CHECKING:
    from gsprep.unification.duplicates.columns import Column

_JOINTS = re.compile(r"[._\-]+")
# A name without a joint to the surname has at least so many letters.
_SHORTEST, _SHORTEST_JOINED = 2, 3


def spelled_out(columns: list[Column]) -> list[Column]:
    """Return the columns, given names taken from mailboxes where there is an initial or none.

    ``J. Ruiz`` with the address ``julia.ruiz@acme.com`` is Julia. It needs one column each of given
    names, surnames and addresses.
    """
    places = {kind: [at for at, c in enumerate(columns) if c.kind == kind] for kind in _KINDS}
    if any(len(at) != 1 for at in places.values()):
        return columns
    at = {kind: found[0] for kind, found in places.items()}
    given, surname, email = (columns[at[kind]] for kind in _KINDS)
    found = _found(given, surname, email)
    if not found:
        return columns
    changed = list(columns)
    changed[at["given"]] = _with(given, found)
    return changed


_KINDS = ("given", "surname", "email")


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
    both = pc.dictionary_encode(pa.concat_arrays([given.values, names]))
    places = both.indices.to_numpy().astype(np.int32)
    codes = given.codes.copy()
    codes[list(found)] = places[len(given.values) :]
    return replace(given, codes=codes, values=both.dictionary)
