"""Evidence about answered people, as the conditional logit learns from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gsprep.display import plural
from gsprep.errors import InputError
from gsprep.schemas.frames import ROW_ID, require, text_column
from gsprep.unification.comparisons import COMPARISONS
from gsprep.unification.tuning.logit import Labelled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gsprep.unification.rulebook import Rulebook

    Floats = NDArray[np.float64]

FEWEST_PEOPLE, FEWEST_OF_EITHER = 100, 10
_KEYS = (ROW_ID, "Company_ID")


@dataclass(frozen=True, slots=True)
class Judged:
    """The kept candidates of answered people: ``names`` and ``prior`` are those of the columns.

    answered: people, with a candidate or not; people: those with one.
    answerable: people for whom a company is right, kept as a candidate or not.
    """

    names: tuple[str, ...]
    prior: Floats
    labelled: Labelled
    answered: int
    people: int
    answerable: int


def judged(evidence: pd.DataFrame, truth: pd.DataFrame, book: Rulebook) -> Judged:
    """Return what the model's comparisons say of the people in ``truth``.

    How far a comparison holds is its evidence by its weight; one without weight or without a
    column is left out. People whom a rule or an answer decided say nothing about the model.
    """
    require(evidence, (*_KEYS, "intercept"), of="the evidence")
    weights = {"intercept": book.intercept, **book.model}
    names = tuple(n for n, weight in weights.items() if weight and n in evidence.columns)
    keys = {name: text_column(evidence[name]) for name in _KEYS}
    spoken = {name: _numbers(evidence[name], name) for name in names}
    right = truth.rename(columns={"Company_ID": "right"})
    lines = pd.DataFrame(keys | spoken)
    ruled = lines.loc[_ruled(evidence, book), ROW_ID]
    lines = lines[~lines[ROW_ID].isin(ruled)].merge(right, on=ROW_ID, validate="many_to_one")
    lines = lines.sort_values([ROW_ID, "Company_ID"], kind="stable")
    person, people = pd.factorize(lines[ROW_ID])
    prior = np.array([weights[name] for name in names])
    features = lines[list(names)].to_numpy(np.float64).T / prior[:, None]
    chosen = (lines["Company_ID"] == lines["right"]).to_numpy(bool)
    return Judged(
        names=names,
        prior=prior,
        labelled=Labelled(np.ascontiguousarray(features), person, chosen),
        answered=len(truth),
        people=len(people),
        answerable=int(truth["Company_ID"].notna().sum()),
    )


def _ruled(evidence: pd.DataFrame, book: Rulebook) -> NDArray[np.bool_]:
    """Return where the model did not decide: its intercept is not there, or an answer speaks."""
    intercept = _numbers(evidence["intercept"], "intercept").astype(np.float32)
    others = [n for n in evidence.columns if n not in {*_KEYS, "intercept", *COMPARISONS}]
    numbers = evidence[others].apply(pd.to_numeric, errors="coerce").fillna(0)
    spoke: NDArray[np.bool_] = (numbers.to_numpy(np.float64) != 0).any(axis=1)
    return spoke | ~np.isclose(intercept, book.intercept, atol=1e-4)


def _numbers(column: pd.Series, name: str) -> Floats:
    numbers = pd.to_numeric(column, errors="coerce").to_numpy(np.float64)
    if np.isnan(numbers).any():
        raise InputError(f"the evidence has no number in some cells of {name}: take it as it came")
    return numbers


def enough(known: Judged) -> None:
    """Raise InputError when too few were answered to learn from."""
    if set(known.names) <= {"intercept"}:
        raise InputError("the rulebook has no model whose weights the evidence shows: name another")
    chosen = int(known.labelled.chosen.sum())
    others = known.people - chosen
    if known.answered < FEWEST_PEOPLE or min(chosen, others) < FEWEST_OF_EITHER:
        were = plural(known.answered, "person was", "people were")
        raise InputError(
            f"{known.answered} {were} answered; {chosen} belong to one of their candidates, "
            f"{others} to none of them. To fit, {FEWEST_PEOPLE} are needed, and "
            f"{FEWEST_OF_EITHER} of either kind: answer more people"
        )
