"""Labels: people whose company is known, and their evidence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gsprep.display import plural
from gsprep.errors import InputError
from gsprep.schemas.frames import ROW_ID, require, text_column, text_frame
from gsprep.unification.answers import OPEN, answers_about, read_answers
from gsprep.unification.grounds import LIKE_STRANGERS, SIMILAR_NAMES
from gsprep.unification.interactions import interactions_of, joint_name
from gsprep.unification.keys import People
from gsprep.unification.registry import comparisons
from gsprep.unification.tuning.logit import Labelled
from gsprep.values.ids import normal_id

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gsprep.unification.index import CompanyIndex
    from gsprep.unification.pairs import Bools, Floats
    from gsprep.unification.rulebook import Rulebook

_CANDIDATES = ("candidate_1_id", "candidate_2_id")
_NOBODY = "none"


def truth_of(answers: pd.DataFrame) -> pd.DataFrame:
    """Return row_id and Company_ID (missing: no company is right) of the answered people.

    ``answers`` is such a frame, or an answered review.csv: its ``answer`` is 1, 2, none or a
    Gsid, or empty.

    Raises MissingColumnsError, and InputError for a repeated row_id, another answer, and answers
    about e-mails, domains and names, which need the people they are about.
    """
    if by_value(answers):
        raise InputError(
            "answers about e-mails, domains and names need the people they are about: "
            "join them with truth_of_people(persons, answers, companies) first"
        )
    reviewed = "answer" in answers.columns
    require(answers, (ROW_ID, *(_CANDIDATES if reviewed else ("Company_ID",))), of="the answers")
    text = text_frame(answers, of="the answers")
    truth = _of_review(text) if reviewed else text
    return truth[[ROW_ID, "Company_ID"]].reset_index(drop=True)


def of_people(
    truth: pd.DataFrame, row_ids: pd.Series[str], *, there: str
) -> tuple[pd.DataFrame, int]:
    """Return the truth about people with these ``row_ids``, and how many others it is about.

    Raises InputError if most of a truth is about others: then its row_ids are those of another
    file. ``there`` says where they are missing: "among the decisions".
    """
    known = truth[ROW_ID].isin(row_ids)
    others = int((~known).sum())
    if others > len(truth) / 2:
        raise InputError(
            f"{others} of the {len(truth)} people of the truth are not {there}: "
            "give both the same row_id"
        )
    return truth[known], others


def by_value(answers: pd.DataFrame) -> bool:
    """Return whether answers are about e-mails, domains and names rather than row_ids."""
    return {"kind", "value"} <= set(answers.columns)


def truth_of_people(
    persons: pd.DataFrame, answers: pd.DataFrame, companies: CompanyIndex
) -> pd.DataFrame:
    """Return row_id and Company_ID of the persons that answers.csv is about.

    ``answers`` are read and win as they do in a run. People about whom the answers only say which
    company is not theirs are left out.
    """
    text = text_frame(persons, of="the frame of people")
    lines = read_answers(answers, companies.gsids)
    company = answers_about(lines, People(text, companies.rulebook)).company
    named = np.full(len(text), None, dtype=object)
    named[company >= 0] = companies.gsids[company[company >= 0]]
    truth = pd.DataFrame({ROW_ID: text[ROW_ID], "Company_ID": pd.Series(named, dtype="str")})
    decided: pd.DataFrame = truth[company != OPEN].reset_index(drop=True)
    return decided


def _of_review(text: pd.DataFrame) -> pd.DataFrame:
    given = text[text["answer"].notna()]
    said = given["answer"].str.strip().str.lower()
    first, second = (given[name] for name in _CANDIDATES)
    gsids = given["answer"].map(normal_id, na_action="ignore")
    company = np.select([said == "1", said == "2"], [first, second], default=gsids)
    known = pd.Series(company, index=given.index, dtype="str")
    unclear = known.isna() & (said != _NOBODY)
    if unclear.any():
        raise InputError(
            f"the answer in row_id {given.loc[unclear, ROW_ID].iloc[0]} names no company: "
            "write 1 or 2 for a candidate that is there, none, or a Gsid"
        )
    return given.assign(Company_ID=known)


FEWEST_PEOPLE, FEWEST_OF_EITHER = 100, 10
# The least that the same name adds to what similar names count, and what rounding takes from it.
_SAME, _LEAST, _SLACK = "same_name", 0.01, 0.05
_KEYS = (ROW_ID, "Company_ID")


@dataclass(frozen=True, slots=True)
class Judged:
    """The kept candidates of answered people."""

    # the comparisons and the interactions, one for each column of the features
    names: tuple[str, ...]
    prior: Floats  # their weights in the rulebook
    fixed: Bools  # which of them keep their weight: the interactions
    # the columns of similar names, which hold for the same name, too: it never counts less. The
    # prior of the same name is what it adds to them.
    similar: Bools
    labelled: Labelled  # the candidates
    answered: int  # the number of people, with a candidate or not
    people: int  # the number of people with a candidate
    answerable: int  # the number of people who have a right company, kept as a candidate or not


def judged(evidence: pd.DataFrame, truth: pd.DataFrame, book: Rulebook) -> Judged:
    """Return how far the model's comparisons and interactions hold for the people in ``truth``.

    How far a comparison holds is its evidence by its weight; one without weight or without a
    column is left out. So are people that a rule or an answer decided, and what an index discounts:
    answers take the place of what was simulated.
    """
    require(evidence, (*_KEYS, "intercept"), of="the evidence")
    joint = {one.name: one.log_odds for one in interactions_of(book)}
    weights = {"intercept": book.intercept, **book.model, **joint}
    names = tuple(n for n, weight in weights.items() if weight and n in evidence.columns)
    keys = {name: text_column(evidence[name]) for name in _KEYS}
    terms = {name: _numbers(evidence[name], name) for name in names}
    right = truth.rename(columns={"Company_ID": "right"})
    lines = pd.DataFrame(keys | terms)
    ruled = lines.loc[_ruled(evidence, book), ROW_ID]
    lines = lines[~lines[ROW_ID].isin(ruled)].merge(right, on=ROW_ID, validate="many_to_one")
    lines = lines.sort_values([ROW_ID, "Company_ID"], kind="stable")
    person, people = pd.factorize(lines[ROW_ID])
    prior = np.array([weights[name] for name in names])
    features = lines[list(names)].to_numpy(np.float64).T / prior[:, None]
    chosen = (lines["Company_ID"] == lines["right"]).to_numpy(bool)
    similar = _similar(weights, names)
    if similar.any():
        same = names.index(_SAME)
        features[np.ix_(similar, features[same] > 0)] = 1
        prior[same] = max(prior[same] - prior[similar].sum(), _LEAST)
    return Judged(
        names=names,
        prior=prior,
        similar=similar,
        fixed=np.array([name in joint for name in names]),
        labelled=Labelled(np.ascontiguousarray(features), person, chosen),
        answered=len(truth),
        people=len(people),
        answerable=int(truth["Company_ID"].notna().sum()),
    )


def _similar(weights: Mapping[str, float], names: Sequence[str]) -> Bools:
    """Return which columns are of similar names, none if the same name counts less than these."""
    joint = {joint_name(one, two) for one in SIMILAR_NAMES for two in SIMILAR_NAMES}
    found = np.isin(names, [*SIMILAR_NAMES, *joint])
    counted = sum(weights[name] for name, like in zip(names, found, strict=True) if like)
    return found & (weights.get(_SAME, 0) >= counted - _SLACK and _SAME in names)


def _ruled(evidence: pd.DataFrame, book: Rulebook) -> Bools:
    """Return where the model did not decide: it has another intercept or the term of an answer."""
    intercept = _numbers(evidence["intercept"], "intercept").astype(np.float32)
    joint = (one.name for one in interactions_of(book))
    terms = {*_KEYS, "intercept", LIKE_STRANGERS, *comparisons(), *joint}
    others = [name for name in evidence.columns if name not in terms]
    numbers = evidence[others].apply(pd.to_numeric, errors="coerce").fillna(0)
    answered: Bools = (numbers.to_numpy(np.float64) != 0).any(axis=1)
    return answered | ~np.isclose(intercept, book.intercept, atol=1e-4)


def _numbers(column: pd.Series, name: str) -> Floats:
    numbers = pd.to_numeric(column, errors="coerce").to_numpy(np.float64)
    if np.isnan(numbers).any():
        raise InputError(
            f"the evidence has no number in some cells of {name}: use it as it was written"
        )
    return numbers


def enough(known: Judged) -> None:
    """Raise InputError if too few were answered to learn from."""
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
