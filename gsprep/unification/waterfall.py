"""One person's decision term by term: how the log-odds come about, the runner-up beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gsprep.display import mask
from gsprep.errors import InputError
from gsprep.schemas.frames import ROW_ID
from gsprep.unification.reasons import SENTENCES

if TYPE_CHECKING:
    import pandas as pd

    from gsprep.results import Unified

_BEFORE = "Before anything was compared."
_WIDTH = 18
_DECIDERS = {"model": "the model", "answer": "an answer"}
_OUR_COLUMNS = (ROW_ID, "Company_ID")


def waterfall(unified: Unified, row_id: str) -> tuple[str, ...]:
    """Return the decision on one person as lines of text: each term, their sum, the probability.

    The best candidate stands first, the runner-up beside it; names are masked. A person whom a
    rule or an answer decided is said to be. Raises InputError when nobody has the ``row_id``.
    """
    decisions = unified.decisions[unified.decisions[ROW_ID] == row_id]
    if decisions.empty:
        raise InputError(f"no person has the row_id {row_id}: decisions.csv lists them")
    decision = decisions.iloc[0]
    evidence = unified.evidence[unified.evidence[ROW_ID] == row_id]
    if evidence.empty:
        return _head(decision)
    return (
        *_head(decision),
        *_candidates(decision, evidence),
        *_terms(evidence),
        *_ends(decision, evidence),
    )


def _head(decision: pd.Series) -> tuple[str, ...]:
    rule = str(decision["rule"])
    by = _DECIDERS.get(rule, f"the rule {rule}")
    return f"row_id {decision[ROW_ID]}: {decision['verdict']} by {by}", f"{decision['reason']}"


def _candidates(decision: pd.Series, evidence: pd.DataFrame) -> tuple[str, ...]:
    """Return the candidates, masked, and the head of their columns."""
    words = ("first", "second")[: len(evidence)]
    names = (decision["company_name"], decision["runner_up_name"])
    shown = [f"{mask(name)} " if isinstance(name, str) else "" for name in names]
    ids = evidence["Company_ID"].tolist()
    lines = zip(words, shown, ids, strict=False)
    head = "".join(f"{word:>9}" for word in words)
    return *(f"  {word}: {name}{gsid}" for word, name, gsid in lines), head


def _terms(evidence: pd.DataFrame) -> tuple[str, ...]:
    """Return a line for each term that speaks for or against either candidate, loudest first."""
    weights = evidence.drop(columns=[*_OUR_COLUMNS, "intercept"])
    loudness = weights.abs().iloc[0] + weights.abs().max() * 1e-3
    spoken = loudness[loudness > 0].sort_values(ascending=False, kind="stable").index
    return (
        _line(evidence["intercept"], _BEFORE),
        *(_line(weights[name], f"{name}: {_sentence(str(name))}") for name in spoken),
    )


def _sentence(name: str) -> str:
    return SENTENCES.get(name, "As the rulebook says.")


def _ends(decision: pd.Series, evidence: pd.DataFrame) -> tuple[str, ...]:
    odds = evidence.drop(columns=list(_OUR_COLUMNS)).sum(axis=1)
    best = float(decision["probability"])
    chances = (best, best - float(decision["margin"]))[: len(evidence)]
    return (
        _line(odds, "together: the log-odds against none of these"),
        "".join(f"{chance:>9.4f}" for chance in chances).ljust(_WIDTH) + "  probability",
    )


def _line(values: pd.Series, said: str) -> str:
    numbers = np.asarray(values, np.float64)
    return "".join(f"{number:>+9.2f}" for number in numbers).ljust(_WIDTH) + f"  {said}"
