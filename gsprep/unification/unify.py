"""``unify``: one verdict for every person, with the evidence it rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gsprep.errors import InputError
from gsprep.schemas.frames import text_frame
from gsprep.unification.answers import answered, unanswered
from gsprep.unification.candidates import candidates, with_answers
from gsprep.unification.deciding import decided
from gsprep.unification.fields import fields_of_pairs
from gsprep.unification.index import CompanyIndex, prepare
from gsprep.unification.keys import column_of, person_keys
from gsprep.unification.scoring import propose, score

if TYPE_CHECKING:
    import pandas as pd

    from gsprep.results import Unified
    from gsprep.unification.rulebook import Rulebook


def unify(
    persons: pd.DataFrame,
    companies: pd.DataFrame | CompanyIndex,
    rulebook: Rulebook | None = None,
    *,
    known: pd.DataFrame | None = None,
    answers: pd.DataFrame | None = None,
) -> Unified:
    """Decide for every person which company they belong to, each person on their own.

    ``persons`` may be raw or cleaned: Email, Phone, CompanyName and Country are compared, those
    that are there. ``companies`` is a frame or what ``prepare`` made of it; an index brings the
    rulebook, known people and answers it was prepared with. ``known``, ``answers``: see
    ``prepare``.

    Raises InputError for what cannot be used, and when a rulebook, known people or answers are
    given beside an index that was prepared with others.
    """
    index = _indexed(companies, rulebook, known, answers)
    text = text_frame(persons)
    keys = person_keys(text, index.rulebook, index.known)
    fields = fields_of_pairs(keys, index)
    pairs = propose(fields, index)
    if not index.answers:
        found = candidates(score(pairs, fields, index), index.rulebook, len(text))
        return decided(text, index, found, np.zeros(len(text), dtype=bool))
    said = answered(index.answers, keys, column_of(text, index.rulebook.columns.email))
    scored = score(unanswered(pairs, said), fields, index)
    found = with_answers(candidates(scored, index.rulebook, len(text)), said.company)
    ruled_out = np.isin(np.arange(len(text)), said.ruled_out.left)
    return decided(text, index, found, ruled_out)


def _indexed(
    companies: pd.DataFrame | CompanyIndex,
    rulebook: Rulebook | None,
    known: pd.DataFrame | None,
    answers: pd.DataFrame | None,
) -> CompanyIndex:
    if not isinstance(companies, CompanyIndex):
        return prepare(companies, rulebook, known=known, answers=answers)
    if known is not None or answers is not None:
        raise InputError("the companies are prepared already: give known and answers to prepare")
    if rulebook is not None and rulebook != companies.rulebook:
        raise InputError(
            "the companies were prepared with another rulebook: prepare them again with this one"
        )
    return companies
