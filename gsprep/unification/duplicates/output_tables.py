"""Tables of the same person twice, as they are written, and ids of persons that stay the same."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from gsprep.schemas.answers import record_keys
from gsprep.schemas.frames import ROW_ID, as_pandas, require, text_frame
from gsprep.unification.duplicates.records import GSID, names_of

if TYPE_CHECKING:
    from gsprep.unification.duplicates.results import Duplicates, Merged


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
    frame = as_pandas(frame, of="the frame of groups")
    if "person_id" in frame.columns or "Person_ID" not in frame.columns:
        return frame
    return frame.rename(columns={"Person_ID": "person_id"})


def _old_ids(ids: np.ndarray, before: pd.DataFrame | None) -> np.ndarray:
    if before is None:
        return np.full(len(ids), "", dtype=object)
    given = with_person_id(before)
    require(given, (ROW_ID, "person_id"), of="the frame of the last run's groups")
    text = text_frame(given, of="the frame of the last run's groups")
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
    order = _order_of(ids)
    groups, first = np.unique(codes[order], return_index=True)
    left = set()
    for group, name in zip(groups.tolist(), ids[order[first]].tolist(), strict=True):
        if not names[group] and name in used:
            left.add(group)
        elif not names[group]:
            names[group] = name
    used.update(names)
    return _others(names, codes, ids, order, used) if left else names


def _order_of(ids: np.ndarray) -> np.ndarray:
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


DUPLICATES, PAIRS, EVIDENCE = "duplicates.csv", "pairs.csv", "pair_evidence.csv"
MERGED, LOSSES, EXISTING = "merged.csv", "losses.csv", "existing.csv"
TABLES = (DUPLICATES, PAIRS, EVIDENCE, MERGED, LOSSES, EXISTING)
_PAIR, _INTERCEPT = ["left_id", "right_id"], "intercept"


def tables_of(
    frame: pd.DataFrame, found: Duplicates, merged: Merged, existing: pd.DataFrame | None = None
) -> dict[str, pd.DataFrame]:
    """Return the tables by the name of their file; ``frame`` are the records as text."""
    groups = groups_of_file(found)
    compared = [name for name in found.evidence.columns if name in frame.columns]
    return {
        DUPLICATES: _records(frame, groups),
        PAIRS: _pairs(frame, found, compared),
        EVIDENCE: _evidence(found),
        MERGED: _survivors(merged, groups),
        LOSSES: merged.changes,
        EXISTING: _existing(found, existing),
    }


def groups_of_file(found: Duplicates) -> pd.DataFrame:
    """Return the groups of the records of the file, without those of existing people."""
    groups = found.groups
    if "source" not in groups.columns:
        return groups
    return groups[groups["source"] == "persons"].drop(columns="source")


def _records(frame: pd.DataFrame, groups: pd.DataFrame) -> pd.DataFrame:
    clash = [name for name in groups.columns if name in frame.columns and name != ROW_ID]
    lines = groups.merge(frame.drop(columns=clash), on=ROW_ID, validate="one_to_one")
    return lines.sort_values(["person_id", ROW_ID], key=_as_numbers, kind="stable")


def _as_numbers(column: pd.Series[str]) -> pd.Series:
    """Return a key by which "9" is before "10"."""
    return column.str.len() * 1_000_000 + column.rank(method="dense")


def _pairs(frame: pd.DataFrame, found: Duplicates, compared: list[str]) -> pd.DataFrame:
    """Return the pairs with the keys of their records, and an empty answer."""
    named = set(found.pairs["left_id"]) | set(found.pairs["right_id"])
    rows = frame[frame[ROW_ID].isin(named)]
    keys = pd.Series(record_keys(rows, compared).to_numpy(), index=pd.Index(rows[ROW_ID]))
    groups = found.groups
    existing = groups.loc[groups.get("source", groups["verdict"]) == "against", ROW_ID]
    right = found.pairs["right_id"]
    return found.pairs.assign(
        left_key=found.pairs["left_id"].map(keys).astype("str"),
        right_key=right.map(keys).mask(right.isin(existing), right).fillna(right).astype("str"),
        answer=pd.Series(pd.NA, found.pairs.index, dtype="str"),
    )


def _evidence(found: Duplicates) -> pd.DataFrame:
    """Return one line per pair and compared column, and the log-odds before anything is compared.

    The weights of a pair add up to its log-odds.
    """
    names = [*_PAIR, "column", "said", "log_odds"]
    weights = found.evidence
    columns = [name for name in weights.columns if name not in _PAIR]
    if not columns:
        return pd.DataFrame(columns=names, dtype="str")
    words = weights[_PAIR] if found.said is None else found.said
    words = words.reindex(columns=columns).astype("str")
    whole = weights.melt(_PAIR, var_name="column", value_name="log_odds", ignore_index=False)
    said = words.melt(ignore_index=False)["value"].to_numpy()
    whole = whole.assign(said=pd.Series(said, whole.index, dtype="str"))
    whole["log_odds"] = whole["log_odds"].round(4)
    spoken = whole["said"].notna() | (whole["log_odds"] != 0) | (whole["column"] == _INTERCEPT)
    return whole[spoken].sort_index(kind="stable")[names].reset_index(drop=True)


def _survivors(merged: Merged, groups: pd.DataFrame) -> pd.DataFrame:
    if GSID not in groups.columns:
        return merged.persons
    by_person = groups.dropna(subset=[GSID]).drop_duplicates("person_id")
    ids = merged.persons["person_id"].map(by_person.set_index("person_id")[GSID])
    return merged.persons.assign(**{GSID: ids.astype("str")})


def _existing(found: Duplicates, existing: pd.DataFrame | None) -> pd.DataFrame:
    """Return the existing people who are linked or may be the person of a record."""
    if existing is None:
        return pd.DataFrame({ROW_ID: pd.Series(dtype="str"), GSID: pd.Series(dtype="str")})
    names = names_of(existing)
    met = set(found.pairs["right_id"])
    if GSID in found.groups.columns:
        met |= set(groups_of_file(found)[GSID].dropna())
    return existing[names.isin(met)].reset_index(drop=True)
