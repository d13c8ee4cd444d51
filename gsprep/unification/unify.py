"""``unify``: one verdict for every person, with the evidence it rests on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gsprep.errors import InputError
from gsprep.results import DECISION_COLUMNS, Unified
from gsprep.schemas.frames import ROW_ID, text_frame
from gsprep.unification.fields import fields_of_pairs
from gsprep.unification.index import CompanyIndex, prepare
from gsprep.unification.keys import person_keys
from gsprep.unification.reasons import reasons
from gsprep.unification.scoring import Scored, may_decide, propose, score

if TYPE_CHECKING:
    from gsprep.unification.rulebook import Rulebook


@dataclass(frozen=True, slots=True)
class Ranked:
    """Each person's best and second candidate as positions in the scored pairs, -1 for none."""

    best: np.ndarray
    second: np.ndarray


def unify(
    persons: pd.DataFrame,
    companies: pd.DataFrame | CompanyIndex,
    rulebook: Rulebook | None = None,
) -> Unified:
    """Decide for every person which company they belong to, each person on their own.

    ``persons`` may be raw or cleaned: Email, Phone, CompanyName and Country are compared, those
    that are there. ``companies`` is a frame or what ``prepare`` made of it; an index brings the
    rulebook it was prepared with.

    Raises InputError for companies that cannot be used and when a rulebook is given beside an
    index that was prepared with another.
    """
    index = _indexed(companies, rulebook)
    text = text_frame(persons)
    fields = fields_of_pairs(person_keys(text, index.rulebook), index)
    scored = score(propose(fields, index), fields, index)
    ranked = _rank(scored, len(text))
    decisions = _decisions(text, index, scored, ranked)
    return Unified(decisions, _evidence(text, index, scored, ranked))


def _indexed(companies: pd.DataFrame | CompanyIndex, rulebook: Rulebook | None) -> CompanyIndex:
    if not isinstance(companies, CompanyIndex):
        return prepare(companies, rulebook)
    if rulebook is not None and rulebook != companies.rulebook:
        raise InputError(
            "the companies were prepared with another rulebook: prepare them again with this one"
        )
    return companies


def _rank(scored: Scored, people: int) -> Ranked:
    # Stable: pairs stand in the order of Gsids, so a tie goes to the smaller one.
    order = np.lexsort((-scored.log_odds, scored.person))
    person = scored.person[order]
    rank = np.arange(len(order)) - np.searchsorted(person, person)
    best, second = np.full(people, -1), np.full(people, -1)
    best[person[rank == 0]] = order[rank == 0]
    second[person[rank == 1]] = order[rank == 1]
    return Ranked(best, second)


def _decisions(
    text: pd.DataFrame, index: CompanyIndex, scored: Scored, ranked: Ranked
) -> pd.DataFrame:
    first = _probability(scored, ranked.best)
    second = _probability(scored, ranked.second)
    verdict = _verdicts(scored, ranked, first, index.rulebook)
    kept = np.where(verdict == "no_match", -1, ranked.best)
    lines = {
        ROW_ID: text[ROW_ID],
        "verdict": verdict,
        "Company_ID": _of_company(index.gsids, scored, kept),
        "company_name": _of_company(index.names, scored, kept),
        "probability": first,
        "rule": np.full(len(text), "model", dtype=object),
        "reason": reasons(
            scored, ranked.best, ranked.second, verdict, first >= index.rulebook.decide.match_from
        ),
        "runner_up_id": _of_company(index.gsids, scored, ranked.second),
        "runner_up_name": _of_company(index.names, scored, ranked.second),
        "margin": np.round(first - second, 6),
    }
    numbers = {"probability", "margin"}
    return pd.DataFrame(
        {
            name: pd.Series(lines[name], dtype="float64" if name in numbers else "str")
            for name in DECISION_COLUMNS
        }
    )


def _verdicts(
    scored: Scored, ranked: Ranked, probability: np.ndarray, book: Rulebook
) -> np.ndarray:
    sure = np.append(may_decide(scored, book), False)[ranked.best]
    likely = (ranked.best >= 0) & (probability >= book.decide.review_from)
    match = likely & sure & (probability >= book.decide.match_from)
    return np.select([match, likely], ["match", "review"], default="no_match")


def _probability(scored: Scored, at: np.ndarray) -> np.ndarray:
    probability: np.ndarray = np.append(scored.probability, 0.0)[at]
    return probability


def _of_company(values: np.ndarray, scored: Scored, at: np.ndarray) -> np.ndarray:
    found = np.full(len(at), None, dtype=object)
    found[at >= 0] = values[scored.company[at[at >= 0]]]
    return found


def _evidence(
    text: pd.DataFrame, index: CompanyIndex, scored: Scored, ranked: Ranked
) -> pd.DataFrame:
    both = np.column_stack([ranked.best, ranked.second]).ravel()
    at = both[both >= 0]
    named = {
        ROW_ID: pd.Series(text[ROW_ID].to_numpy()[scored.person[at]], dtype="str"),
        "Company_ID": pd.Series(index.gsids[scored.company[at]], dtype="str"),
        "intercept": np.full(len(at), index.rulebook.intercept, dtype=np.float32),
    }
    return pd.DataFrame(named | {name: weight[at] for name, weight in scored.weights.items()})
