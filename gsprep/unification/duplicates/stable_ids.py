"""Ids of persons that stay the same between runs."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from gsprep.schemas.frames import ROW_ID, require, text_frame

HISTORY_COLUMNS = ("person_id", "change", "other")


class Named(NamedTuple):
    """The id of each record's person, and what changed since yesterday."""

    person_ids: np.ndarray
    history: pd.DataFrame


def named_groups(
    groups: np.ndarray, ids: np.ndarray, fixed: np.ndarray, before: pd.DataFrame | None
) -> Named:
    """Return the person_id of each record.

    ``groups`` and ``ids`` are by record; ``fixed`` is the id of an existing person, "" for
    others. A group has the id of its existing person; else that of yesterday's group of which it
    has the most records; else its smallest row_id. Each id goes to one group only: of several the
    one with the most records of that old group keeps it.
    """
    codes = pd.factorize(groups)[0]
    old = _old_ids(ids, before)
    names = _of_existing(codes, fixed)
    kept = _kept(codes, old, {name for name in names if name})
    names = [name or kept.get(at, "") for at, name in enumerate(names)]
    names = _with_new(codes, ids, names, set(old[old != ""].tolist()))
    person_ids = np.array(names, dtype=object)[codes] if len(codes) else np.empty(0, object)
    return Named(person_ids, _history(person_ids, old))


def with_person_id(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame with the column person_id, which read from a file is named Person_ID."""
    if "person_id" in frame.columns or "Person_ID" not in frame.columns:
        return frame
    return frame.rename(columns={"Person_ID": "person_id"})


def _old_ids(ids: np.ndarray, before: pd.DataFrame | None) -> np.ndarray:
    if before is None:
        return np.full(len(ids), "", dtype=object)
    given = with_person_id(before)
    require(given, (ROW_ID, "person_id"), of="the groups of the last run")
    text = text_frame(given, of="the groups of the last run")
    known = text.dropna(subset=["person_id"]).set_index(ROW_ID)["person_id"]
    return pd.Series(ids).map(known).fillna("").to_numpy(object)


def _of_existing(codes: np.ndarray, fixed: np.ndarray) -> list[str]:
    names = [""] * (int(codes.max(initial=-1)) + 1)
    for at in np.flatnonzero(fixed != ""):
        names[codes[at]] = str(fixed[at])
    return names


def _kept(codes: np.ndarray, old: np.ndarray, taken: set[str]) -> dict[int, str]:
    """Return by group the id of yesterday that it keeps."""
    known = np.flatnonzero(old != "")
    votes = Counter(zip(codes[known].tolist(), old[known].tolist(), strict=True))
    found: dict[int, str] = {}
    used = set(taken)
    for (group, name), _ in sorted(
        votes.items(), key=lambda vote: (-vote[1], vote[0][1], vote[0][0])
    ):
        if group not in found and name not in used:
            found[group] = name
            used.add(name)
    return found


def _with_new(codes: np.ndarray, ids: np.ndarray, names: list[str], old: set[str]) -> list[str]:
    """Return the names, groups without one named after their smallest row_id that is free."""
    used = old | {name for name in names if name}
    order = _as_numbers(ids)
    groups, first = np.unique(codes[order], return_index=True)
    left = set()
    for group, name in zip(groups.tolist(), ids[order[first]].tolist(), strict=True):
        if not names[group] and name in used:
            left.add(group)
        elif not names[group]:
            names[group] = name
    used.update(names)
    return _others(names, codes, ids, order, used) if left else names


def _as_numbers(ids: np.ndarray) -> np.ndarray:
    """Return the order of names in which "9" is before "10"."""
    texts = pa.array(ids, pa.large_string())
    if pc.all(pc.match_substring_regex(texts, "^[1-9][0-9]{0,17}$")).as_py():
        return np.argsort(texts.cast(pa.int64()).to_numpy(), kind="stable")
    written = ids.astype("U")
    return np.lexsort((written, np.char.str_len(written)))


def _others(
    names: list[str], codes: np.ndarray, ids: np.ndarray, order: np.ndarray, used: set[str]
) -> list[str]:
    """Return the names, the groups left named after a row_id that is free, or with a number."""
    number = 1
    while not all(names):
        for at in order.tolist():
            name = str(ids[at]) if number == 1 else f"{ids[at]}-{number}"
            if not names[codes[at]] and name not in used:
                names[codes[at]] = name
                used.add(name)
        number += 1
    return names


def _history(person_ids: np.ndarray, old: np.ndarray) -> pd.DataFrame:
    """Return which persons of yesterday are merged into others, or split."""
    known = old != ""
    pairs = {*zip(person_ids[known].tolist(), old[known].tolist(), strict=True)}
    parts = Counter(name for _, name in pairs)
    lines = [(new, "merged", was) for new, was in pairs if new != was and parts[was] == 1]
    lines += [(new, "split", was) for new, was in pairs if new != was and parts[was] > 1]
    return pd.DataFrame(sorted(lines), columns=list(HISTORY_COLUMNS)).astype("str")
