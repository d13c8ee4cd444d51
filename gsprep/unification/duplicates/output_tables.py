"""Tables of the same person twice, as they are written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from gsprep.schemas.answers import record_keys
from gsprep.schemas.frames import ROW_ID
from gsprep.unification.duplicates.records import GSID, names_of

if TYPE_CHECKING:
    from gsprep.unification.duplicates.results import Duplicates, Merged

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
