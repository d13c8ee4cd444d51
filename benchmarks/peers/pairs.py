"""Pairs of person and company, and the best of each person."""

from __future__ import annotations

import numpy as np
import pandas as pd


def joined(people: pd.Series[str], companies: pd.Series[str]) -> pd.DataFrame:
    """Return the pairs (left, right: positions) with equal cells; missing cells never match."""
    left = people.dropna().rename_axis("left").reset_index(name="key")
    right = companies.dropna().rename_axis("right").reset_index(name="key")
    return left.merge(right, on="key", validate="many_to_many")[["left", "right"]]


def agreement(
    pairs: pd.DataFrame, people: pd.Series[str], companies: pd.Series[str]
) -> tuple[np.ndarray, np.ndarray]:
    """Return whether the cells of each pair are equal, and whether both exist and differ."""
    both = pd.concat([people, companies]).factorize()[0]
    left = both[: len(people)][pairs["left"]]
    right = both[len(people) :][pairs["right"]]
    there = (left >= 0) & (right >= 0)
    return there & (left == right), there & (left != right)


def best_of_each(
    row_ids: pd.Series[str], gsids: pd.Series[str], pairs: pd.DataFrame, score: np.ndarray
) -> pd.DataFrame:
    """Return row_id, Company_ID and score of each person's highest pair; ties to the first."""
    order = np.lexsort((pairs["right"], -score, pairs["left"]))
    left = pairs["left"].to_numpy()[order]
    first = order[np.flatnonzero(np.append(True, left[1:] != left[:-1]))] if len(left) else order
    return pd.DataFrame(
        {
            "row_id": row_ids.to_numpy()[pairs["left"].to_numpy()[first]],
            "Company_ID": gsids.to_numpy()[pairs["right"].to_numpy()[first]],
            "score": score[first],
        }
    )
