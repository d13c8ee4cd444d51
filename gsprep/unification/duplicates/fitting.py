"""A learned model fitted to the answers of reviewers; groups compared with the truth."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from gsprep.display import plain, plural, result_html
from gsprep.errors import InputError
from gsprep.schemas.frames import ROW_ID, require, text_frame
from gsprep.unification.duplicates.existing_links import WORDS, answered_lines
from gsprep.unification.duplicates.grouping import best_cut, promised_cut
from gsprep.unification.duplicates.model import sigmoid
from gsprep.unification.duplicates.model_file import PROMISES, learned_document, logit
from gsprep.unification.duplicates.output_tables import with_person_id
from gsprep.unification.duplicates.results import GroupsEvaluation
from gsprep.unification.tuning.logit import Labelled, fit_validated, log_odds, losses

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gsprep.unification.duplicates.results import Duplicates, LearnedModel


# Fewer answers, or fewer of either kind, say nothing that the list does not say itself.
_FEWEST, _FEWEST_OF_A_KIND = 30, 8
# A fit has to be better by so many standard errors on answers that it does not know.
_SURE = 1.0
_HEAVIEST, _DECIMALS = 3.0, 6
_TINY = 1e-12


@dataclass(frozen=True, slots=True, repr=False)
class FittedModel:
    """A model fitted to answers, and whether it is better.

    model:   the fitted model; the given one if the answers do not make it better.
    answers: the number of answered pairs that were compared.
    before, after: the log-loss of a pair, before and after, on answers that the fit did not know.
    weights: one line per column: how much it weighs, as a share of what was learned.
    notes:   what was done, in sentences.
    """

    look_at: ClassVar[Mapping[str, str]] = {"weights": "columns that weigh more or less"}
    model: LearnedModel
    answers: int
    before: float
    after: float
    weights: pd.DataFrame
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return plain("FittedModel", self._counts())

    def _repr_html_(self) -> str:
        return result_html(self, self._counts(), self.weights, of=self.answers)

    def _counts(self) -> dict[str, object]:
        losses = {name: round(getattr(self, name), 4) for name in ("before", "after")}
        return {"answers": self.answers, **losses}


def fit_duplicates(duplicates: Duplicates, answers: pd.DataFrame) -> FittedModel:
    """Return the learned model with its columns weighed again by answered pairs.

    Each column weighs more or less than was learned without answers, held to it as firmly as
    cross-validation finds best. If that is not surely better on answers that the fit did not know,
    the model stays as it is.

    Args:
        duplicates: what was found; its pairs are those that answers can be about.
        answers: left_id, right_id and answer (``match`` or ``no_match``), as in a filled pairs.csv;
            at least 30, with 8 of each kind.

    Returns:
        The model, whether it is better, and in ``notes`` what was done.

    Raises:
        InputError: for another answer.

    Examples:
        >>> persons = pd.DataFrame({"Email": ["ana@acme.com", "ana@acme.com", "bo@acme.com"]})
        >>> found = gsprep.find_duplicates(persons)
        >>> answers = found.pairs[["left_id", "right_id"]].assign(answer="match")
        >>> gsprep.fit_duplicates(found, answers).notes[0]
        'the model stays as it is: 1 answers are about pairs that were compared, and a fit needs 30'
    """
    known = _answered(duplicates, answers)
    # What is added, the intercept as it was learned, and the columns.
    prior = np.array([0.0, *np.ones(len(known.features) - 1)])
    before = losses(known, log_odds(known.features, prior)) if len(known.person) else np.zeros(1)
    names, unchanged = _columns(duplicates), float(before.mean())
    found = partial(FittedModel, answers=len(known.person), before=unchanged)
    as_it_was = partial(
        found,
        model=duplicates.model,
        after=unchanged,
        weights=pd.DataFrame({"column": names, "weighs": np.ones(len(names))}),
    )
    few = _too_few(known.chosen)
    if few is not None:
        return as_it_was(notes=(f"the model stays as it is: {few}",))
    fitted = fit_validated(known, prior, np.arange(len(prior)) == 1)
    after = losses(known, fitted.left_out)
    error = float((before - after).std(ddof=1) / np.sqrt(len(after)))
    if (before - after).mean() <= _SURE * error + _TINY:
        agree = "the model stays as it is: the answers agree with what was learned"
        return as_it_was(notes=(agree,))
    weighs = np.round(np.minimum(fitted.weights, _HEAVIEST), _DECIMALS)
    return found(
        model=_fitted(duplicates, weighs),
        after=float(after.mean()),
        weights=pd.DataFrame({"column": names, "weighs": weighs[2:]}),
        notes=(f"fitted to {len(after)} answers",),
    )


def _columns(duplicates: Duplicates) -> list[str]:
    kept = {"left_id", "right_id", "intercept", "answer"}
    return [str(name) for name in duplicates.evidence.columns if name not in kept]


def _terms(duplicates: Duplicates) -> np.ndarray:
    """Return by pair 1, the intercept and the term of each column: one line each."""
    terms = duplicates.evidence[["intercept", *_columns(duplicates)]].to_numpy(np.float64).T
    return np.vstack([np.ones(terms.shape[1]), terms])


def _answered(duplicates: Duplicates, answers: pd.DataFrame) -> Labelled:
    """Return the answered pairs that were compared; of several answers the last counts."""
    text = answered_lines(answers)
    pairs = zip(text["left_id"], text["right_id"], text["answer"], strict=True)
    said = {frozenset((one, two)): answer == WORDS[0] for one, two, answer in pairs}
    evidence = duplicates.evidence
    shown = map(frozenset, zip(evidence["left_id"], evidence["right_id"], strict=True))
    found = {at: said[pair] for at, pair in enumerate(shown) if pair in said}
    terms = _terms(duplicates)[:, np.array(list(found), dtype=np.int64)]
    return Labelled(terms, np.arange(len(found)), np.array(list(found.values()), dtype=bool))


def _too_few(same: np.ndarray) -> str | None:
    if len(same) < _FEWEST:
        return f"{len(same)} answers are about pairs that were compared, and a fit needs {_FEWEST}"
    if min(int(same.sum()), int((~same).sum())) < _FEWEST_OF_A_KIND:
        return f"a fit needs {_FEWEST_OF_A_KIND} answers of match and of no_match"
    return None


def _fitted(duplicates: Duplicates, weights: np.ndarray) -> LearnedModel:
    terms, model, added = _terms(duplicates), duplicates.model, float(weights[0])
    before, after = sigmoid(terms[1:].sum(axis=0)), sigmoid(log_odds(terms, weights))
    expected = max(model.expected + float((after - before).sum()), 1.0)
    cut = best_cut(after, expected)
    weighs = dict(zip(_columns(duplicates), weights[2:].tolist(), strict=True))
    changes = {
        "fitted": {"added": added, "weighs": weighs},
        "line": logit(cut),
        "lines": {target: logit(promised_cut(after, target)) for target in PROMISES},
        "expected": expected,
    }
    table = model.weights
    factor = table["column"].map(weighs).astype("float64")
    return replace(
        model,
        weights=table.assign(weight=table["weight"] * factor),
        intercept=model.intercept + added,
        cut=cut,
        expected=expected,
        document=partial(_changed, learned_document(model), changes),
    )


def _changed(document: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    weighed = document.get("fitted")
    if weighed is None:
        return {**document, **changes}
    # A fit of a fitted model: its columns are weighed once more.
    again = changes["fitted"]
    weighs = {name: weighed["weighs"][name] * again["weighs"][name] for name in weighed["weighs"]}
    return {
        **document,
        **changes,
        "fitted": {"added": weighed["added"] + again["added"], "weighs": weighs},
    }


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
    names = ("the frame of groups", "the truth")
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
