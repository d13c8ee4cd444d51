"""From candidates to decisions: verdict, reason and evidence of every person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa

from gsprep.results import DECISION_COLUMNS, Unified
from gsprep.schemas.frames import ROW_ID
from gsprep.unification.candidates import BY_ANSWER, BY_MODEL
from gsprep.unification.reasons import Ending, reasons
from gsprep.values.arrow import as_column

if TYPE_CHECKING:
    from gsprep.unification.candidates import Candidates
    from gsprep.unification.index import CompanyIndex
    from gsprep.unification.rulebook import Rulebook

# Candidates whose log-odds are no further apart than this fit about as well.
_NEARLY = 0.5
# By the position of a rule, counted from the end: BY_ANSWER is -2, BY_MODEL is -1.
_OTHER_WAYS = ("answer", "model")


@dataclass(frozen=True, slots=True)
class Ranked:
    """Each person's best and second candidate as positions among the candidates, -1 for none."""

    best: np.ndarray
    second: np.ndarray


def ranked(found: Candidates) -> Ranked:
    """Return who stands highest for each person; a tie goes to the smaller Gsid."""
    # Stable: the candidates of a person stand in the order of Gsids.
    order = np.lexsort((-found.standing, found.person))
    person = found.person[order]
    rank = np.arange(len(order)) - np.searchsorted(person, person)
    best, second = (np.full(len(found.way), -1) for _ in range(2))
    best[person[rank == 0]] = order[rank == 0]
    second[person[rank == 1]] = order[rank == 1]
    return Ranked(best, second)


def decided(
    text: pd.DataFrame, index: CompanyIndex, found: Candidates, ruled_out: np.ndarray
) -> Unified:
    """Return the verdict on every person of ``text``, and the evidence it rests on.

    ``ruled_out`` says of each whether a reviewer said of a company that it is not theirs.
    """
    ranks = ranked(found)
    return Unified(
        _decisions(text, index, (found, ranks), ruled_out), _evidence(text, index, found, ranks)
    )


def _decisions(
    text: pd.DataFrame,
    index: CompanyIndex,
    ranking: tuple[Candidates, Ranked],
    ruled_out: np.ndarray,
) -> pd.DataFrame:
    found, ranks = ranking
    first, second = (_of(found.probability, at, 0.0) for at in (ranks.best, ranks.second))
    verdict = _verdicts(found, ranks, first, index.rulebook)
    ends = _endings(found, ranks, verdict, index.rulebook)
    nobody = (verdict == "no_match") & (found.way == BY_MODEL)
    ends = np.where(nobody & ruled_out, Ending.RULED_OUT, ends)
    kept = np.where(verdict == "no_match", -1, ranks.best)
    ways = pa.array([*(rule.name for rule in index.rulebook.rules), *_OTHER_WAYS])
    lines = {
        ROW_ID: text[ROW_ID],
        "verdict": pa.array(verdict.astype(object), pa.large_string()),
        "Company_ID": _of_company(index.gsids, found, kept),
        "company_name": _of_company(index.names, found, kept),
        "probability": first,
        "rule": ways.take(pa.array(found.way % len(ways))),
        "reason": reasons(found, ranks.best, ends),
        "runner_up_id": _of_company(index.gsids, found, ranks.second),
        "runner_up_name": _of_company(index.names, found, ranks.second),
        "margin": np.round(first - second, 6),
    }
    return pd.DataFrame(
        {
            name: as_column(line, text[ROW_ID]) if isinstance(line, pa.Array) else line
            for name, line in ((name, lines[name]) for name in DECISION_COLUMNS)
        }
    )


def _verdicts(
    found: Candidates, ranks: Ranked, probability: np.ndarray, book: Rulebook
) -> np.ndarray:
    """Return the verdicts: an answer is one, a rule's only company is, the model's may be."""
    named = ranks.best >= 0
    several = ranks.second >= 0
    by_model = found.way == BY_MODEL
    likely = named & (probability >= book.decide.review_from)
    sure = _of(found.sure, ranks.best, False) & ~_tied(found, ranks)  # noqa: FBT003  a value
    matched = likely & sure & (probability >= book.decide.line) & book.decide.model_matches
    match = np.where(by_model, matched, named & ~several)
    review = np.where(by_model, likely, several)
    return np.select([match, review], ["match", "review"], default="no_match")


def _tied(found: Candidates, ranks: Ranked) -> np.ndarray:
    tied: np.ndarray = _lead(found, ranks) == 0
    return tied


def _lead(found: Candidates, ranks: Ranked) -> np.ndarray:
    """Return by how much the best stands above the second; endless without one."""
    best = _of(found.standing, ranks.best, np.inf)
    lead: np.ndarray = np.where(
        ranks.second >= 0, best - _of(found.standing, ranks.second, 0.0), np.inf
    )
    return lead


def _endings(found: Candidates, ranks: Ranked, verdict: np.ndarray, book: Rulebook) -> np.ndarray:
    """Return what each reason ends with."""
    by_model, named = found.way == BY_MODEL, ranks.best >= 0
    review = verdict == "review"
    probable = review & (_of(found.probability, ranks.best, 0.0) >= book.decide.line)
    endings = {
        Ending.NOBODY_RIGHT: (found.way == BY_ANSWER) & ~named,
        Ending.SEVERAL: review & ~by_model,
        Ending.NO_RULE: by_model & (not book.model),
        Ending.UNSURE: named & (verdict == "no_match"),
        Ending.TIE: review & (_lead(found, ranks) < _NEARLY),
        Ending.RULES_DECIDE: probable & (not book.decide.model_matches),
        Ending.NOT_ALONE: probable,
    }
    ends: np.ndarray = np.select(list(endings.values()), list(endings), default=Ending.NONE)
    return ends


def _of(values: np.ndarray, at: np.ndarray, none: float | bool) -> np.ndarray:  # noqa: FBT001  a value
    """Return the values at positions, ``none`` for position -1."""
    found: np.ndarray = np.append(values, none).astype(values.dtype)[at]
    return found


def _of_company(values: np.ndarray, found: Candidates, at: np.ndarray) -> pa.Array:
    company = np.append(found.company, 0)[at]
    return pa.array(values, pa.large_string()).take(pa.array(company, mask=at < 0))


def _evidence(
    text: pd.DataFrame, index: CompanyIndex, found: Candidates, ranks: Ranked
) -> pd.DataFrame:
    both = np.column_stack([ranks.best, ranks.second]).ravel()
    at = both[both >= 0]
    named = {
        ROW_ID: text[ROW_ID].take(found.person[at]).reset_index(drop=True),
        "Company_ID": as_column(_of_company(index.gsids, found, at)),
        "intercept": found.intercept[at].astype(np.float32),
    }
    return pd.DataFrame(named | {name: term[at] for name, term in found.terms.items()})
