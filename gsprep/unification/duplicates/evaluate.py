"""Groups compared with the truth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gsprep.display import plural
from gsprep.errors import InputError
from gsprep.schemas.frames import ROW_ID, require, text_frame
from gsprep.unification.duplicates.results import GroupsEvaluation
from gsprep.unification.duplicates.stable_ids import with_person_id

if TYPE_CHECKING:
    from collections.abc import Sequence

_MISTAKES = ("row_id", "person_id", "true_person_id", "mistake")


def evaluate_groups(groups: pd.DataFrame, truth: pd.DataFrame) -> GroupsEvaluation:
    """Return how right groups are about the records whose person is known.

    Precision and recall are those of pairs of records; the B-cubed ones are averaged over records,
    so that a large group counts no more than its records.

    Args:
        groups: row_id and person_id, as of ``find_duplicates``.
        truth: the true persons: row_id and person_id.

    Returns:
        The measures, and the records in a wrong group.

    Raises:
        MissingColumnsError: without row_id or person_id.
        InputError: if no record of the truth is among the groups.

    Examples:
        >>> groups = pd.DataFrame({"row_id": ["1", "2", "3"], "person_id": ["a", "a", "b"]})
        >>> truth = pd.DataFrame({"row_id": ["1", "2", "3"], "person_id": ["x", "x", "x"]})
        >>> judged = gsprep.evaluate_groups(groups, truth)
        >>> judged.precision, round(judged.recall, 2)
        (1.0, 0.33)
    """
    both = (with_person_id(groups), with_person_id(truth))
    names = ("the groups", "the truth")
    for frame, name in zip(both, names, strict=True):
        require(frame, (ROW_ID, "person_id"), of=name)
    found, known = (_named(frame, name) for frame, name in zip(both, names, strict=True))
    lines = found.merge(known, on=ROW_ID, suffixes=("", "_true"), validate="one_to_one")
    if lines.empty and len(known):
        raise InputError(
            "no record of the truth is among the groups: row_id must be the same in both"
        )
    left_out = len(known) - len(lines)
    were = plural(left_out, "record of the truth is", "records of the truth are")
    notes = (f"{left_out} {were} not among the groups: left out",) if left_out else ()
    return _evaluated(lines, notes)


def _named(frame: pd.DataFrame, of: str) -> pd.DataFrame:
    text = text_frame(frame, of=of)[[ROW_ID, "person_id"]]
    return text.dropna(subset=["person_id"])


def _evaluated(lines: pd.DataFrame, notes: Sequence[str]) -> GroupsEvaluation:
    group = pd.factorize(lines["person_id"])[0]
    person = pd.factorize(lines["person_id_true"])[0]
    cell = pd.factorize(group * (int(person.max(initial=0)) + 1) + person)[0]
    in_group, in_person, in_cell = (_sizes(codes) for codes in (group, person, cell))
    together, true, right = (_pairs(codes) for codes in (group, person, cell))
    precision, recall = _share(right, together), _share(right, true)
    b_precision, b_recall = (_mean(in_cell / whole) for whole in (in_group, in_person))
    over, under = in_cell < in_group, in_cell < in_person
    return GroupsEvaluation(
        records=len(lines),
        precision=precision,
        recall=recall,
        f1=_share(2 * right, together + true),
        b_cubed_precision=b_precision,
        b_cubed_recall=b_recall,
        b_cubed_f1=_share(2 * b_precision * b_recall, b_precision + b_recall),
        wrong=together - right,
        missed=true - right,
        over_merged=len(np.unique(group[over])),
        under_merged=len(np.unique(person[under])),
        sizes=_by_size(group, person),
        mistakes=_mistakes(lines, over, under),
        notes=tuple(notes),
    )


def _sizes(codes: np.ndarray) -> np.ndarray:
    """Return by record the size of its group."""
    return np.bincount(codes)[codes] if len(codes) else np.empty(0, np.int64)


def _pairs(codes: np.ndarray) -> int:
    counts = np.bincount(codes) if len(codes) else np.empty(0, np.int64)
    return int((counts * (counts - 1) // 2).sum())


def _share(part: float, whole: float) -> float:
    """Return a share; 1 of nothing, as nothing is wrong."""
    return part / whole if whole else 1.0


def _mean(shares: np.ndarray) -> float:
    return float(shares.mean()) if len(shares) else 1.0


def _by_size(group: np.ndarray, person: np.ndarray) -> pd.DataFrame:
    counts = [
        pd.Series(np.bincount(codes)).value_counts() if len(codes) else pd.Series(dtype="int64")
        for codes in (group, person)
    ]
    table = pd.DataFrame({"groups": counts[0], "people": counts[1]}).fillna(0).astype("int64")
    return table.rename_axis("size").reset_index()


def _mistakes(lines: pd.DataFrame, over: np.ndarray, under: np.ndarray) -> pd.DataFrame:
    kinds = np.select([over & under, over, under], ["both", "over-merged", "under-merged"], "")
    named = lines.rename(columns={"person_id_true": "true_person_id"}).assign(mistake=kinds)
    wrong: pd.DataFrame = named.loc[kinds != "", list(_MISTAKES)]
    return wrong.sort_values(["true_person_id", ROW_ID], ignore_index=True)
