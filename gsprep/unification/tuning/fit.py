"""Rulebook fitted to answered people: weights and lines."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import yaml

from gsprep.display import counts_html, plain
from gsprep.errors import InputError
from gsprep.unification.explain import sentences
from gsprep.unification.score import softmax
from gsprep.unification.tuning.evaluate import (
    DEVIATIONS,
    TARGETS,
    best_f1,
    calibration,
    calibration_error,
    recall_at,
    sweep,
    wilson,
)
from gsprep.unification.tuning.logit import (
    Judged,
    enough,
    fit_validated,
    judged,
    log_odds,
    losses,
    truth_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import pandas as pd

    from gsprep.unification.pairs import Bools, Floats
    from gsprep.unification.rulebook import Decide, Rulebook

# The precision that a rulebook without one is taken to promise.
_PROMISE = 0.99
_HEAVIEST, _DECIMALS = 30.0, 4
# Probabilities have six decimals, and a candidate more likely wrong than right is never a match.
_STEPS, _EVEN = 1_000_000, 0.5


@dataclass(frozen=True, slots=True)
class Figures:
    """Quality of the probabilities of answered people."""

    people: int  # the number of people
    log_loss: float  # per person
    f1: float  # the best over all thresholds
    recall_at_99: float  # the share of the answerable decided rightly at a precision of 99 %
    calibration_error: float  # how far probabilities are, on average, from the share that is right


@dataclass(frozen=True, slots=True, repr=False)
class Fitted:
    """A fitted rulebook, and whether it is better."""

    rulebook: Rulebook  # the given one with fitted weights and lines
    before: Figures  # figures of the given weights
    after: Figures  # figures of fitted weights on people they were not fitted to
    strength: float  # how firmly the weights were held to the given ones
    notes: tuple[str, ...] = ()  # which lines could be learned and which not, in sentences

    def __repr__(self) -> str:
        return plain("Fitted", self._counts())

    def _repr_html_(self) -> str:
        return counts_html("Fitted", self._counts())

    def _counts(self) -> dict[str, object]:
        names = ("log_loss", "f1", "recall_at_99", "calibration_error")
        pairs = ((n, getattr(self.before, n), getattr(self.after, n)) for n in names)
        figures = {name: f"{old:.4f} -> {new:.4f}" for name, old, new in pairs}
        return {"people": self.after.people, **figures}


def fit(evidence: pd.DataFrame, answers: pd.DataFrame, rulebook: Rulebook) -> Rulebook:
    """Return the rulebook with weights and thresholds learned from answered people.

    ``fit_report`` does the same and says whether it helped.

    Args:
        evidence: that of ``unify``, about the answered people.
        answers: the right companies: row_id and Company_ID, missing if no company is right; at
            least 100 people.
        rulebook: the rulebook to begin with.

    Returns:
        A new rulebook; the given one is unchanged.

    Raises:
        InputError: for fewer answers than fitting needs, and frames that cannot be used.

    Examples:
        >>> from gsprep.shipped import shipped
        >>> people = gsprep.read_table(shipped("samples", "people.csv")).head(300)
        >>> companies = gsprep.read_table(shipped("samples", "companies.csv"))
        >>> usable = companies.dropna(subset=["Gsid", "Name"]).drop_duplicates("Gsid")
        >>> truth = gsprep.read_table(shipped("samples", "truth.csv"))
        >>> book = gsprep.read_rulebook()
        >>> fitted = gsprep.fit(gsprep.unify(people, usable).evidence, truth, book)
        >>> fitted.model == book.model
        False
    """
    return fit_report(evidence, answers, rulebook).rulebook


def fit_report(evidence: pd.DataFrame, answers: pd.DataFrame, rulebook: Rulebook) -> Fitted:
    """Return the fitted rulebook with figures from before and after, by cross-validation.

    ``evidence`` is that of ``unify`` with this rulebook, ``answers`` row_id and Company_ID
    (missing: no company is right) or an answered review.csv. Weights are held to the given ones,
    as firmly as cross-validation finds best; no weight changes its sign. The line of a precision
    is the probability from which its lower 95 % bound reaches it; if too few people were answered
    to learn it, the old line stays and ``notes`` say so.

    Raises InputError if fewer than 100 people were answered, or fewer than 10 of them belong to
    one of their candidates, or to none of them.
    """
    known = judged(evidence, truth_of(answers), rulebook)
    enough(known)
    validated = fit_validated(known.labelled, known.prior, known.fixed)
    lines, notes = _lines(known, validated.left_out)
    return Fitted(
        rulebook=_rewritten(rulebook, known, validated.weights, lines),
        before=_figures(known, log_odds(known.labelled.features, known.prior)),
        after=_figures(known, validated.left_out),
        strength=validated.strength,
        notes=notes,
    )


def _best(known: Judged, odds: Floats) -> tuple[Floats, Bools]:
    """Return the probability of each person's best candidate, and whether it is right."""
    labelled = known.labelled
    shared = softmax(odds, labelled.person)
    best = np.lexsort((-odds, labelled.person))[shared.starts]
    return shared.pairs[best], labelled.chosen[best]


def _figures(known: Judged, odds: Floats) -> Figures:
    probability, right = _best(known, odds)
    swept = sweep(probability, right)
    kept, _ = recall_at(swept, known.answerable, 0.99)
    return Figures(
        people=known.people,
        log_loss=float(losses(known.labelled, odds).mean()),
        f1=best_f1(swept, known.answerable)[0],
        recall_at_99=kept / max(known.answerable, 1),
        calibration_error=calibration_error(calibration(probability, right)),
    )


def _lines(known: Judged, odds: Floats) -> tuple[dict[float, float], tuple[str, ...]]:
    """Return the lines that could be learned, by precision, and a sentence for each target."""
    probability, right = _best(known, odds)
    found: dict[float, float] = {}
    notes = []
    for target in TARGETS:
        line = learn_line(probability, right, target)
        named = f"the line for {target:.1%} right"
        if line is None:
            few = f"{known.people} answers ({people_for(target)} at the least, all right)"
            notes.append(f"{named} cannot be learned from {few}: the old one stays")
        else:
            # Rounded down: no person it was learned from falls below it.
            rounded = floor(line * _STEPS) / _STEPS
            found[target] = min(max(rounded, _EVEN), 1 - 1 / _STEPS)
            notes.append(f"{named} is {found[target]}, learned from {known.people} answers")
    return found, tuple(notes)


def _rewritten(
    book: Rulebook, known: Judged, weights: Floats, lines: dict[float, float]
) -> Rulebook:
    if known.similar.any():
        weights = weights.copy()
        weights[known.names.index("same_name")] += weights[known.similar].sum()
    rounded = np.clip(np.round(weights, _DECIMALS), -_HEAVIEST, _HEAVIEST).tolist()
    fitted = dict(zip(known.names, rounded, strict=True))
    intercept = fitted.pop("intercept", book.intercept)
    return book.model_copy(
        update={
            "intercept": intercept,
            "model": {name: fitted.get(name, weight) for name, weight in book.model.items()},
            "decide": _with_lines(book.decide, lines),
        }
    )


def _with_lines(decide: Decide, lines: dict[float, float]) -> Decide:
    """Return the thresholds with learned lines; an old one is never below one of a lower target."""
    stay = {
        target: max([line, *(new for less, new in lines.items() if less < target)])
        for target, line in decide.lines.items()
    }
    both = dict(sorted((stay | lines).items()))
    # Answers show how often strangers have the same evidence.
    changed: dict[str, object] = {"lines": both, "like_strangers": False}
    if decide.precision is None:
        changed["match_from"] = lines.get(_PROMISE, decide.match_from)
    new = decide.model_copy(update=changed)
    return new.model_copy(update={"review_from": min(decide.review_from, new.line)})


def learn_line(
    probability: Sequence[float] | Floats, right: Sequence[bool] | Bools, target: float
) -> float | None:
    """Return the smallest probability from which the target is met, None if it never is.

    ``probability`` is that of each person's best candidate, ``right`` whether it is theirs. The
    target is met if the lower 95 % bound of the share that is right reaches it, so a higher target
    never has a lower line, and few people have none: 99 % takes at least 381, all right.
    """
    swept = sweep(np.asarray(probability, np.float64), np.asarray(right, np.bool_))
    low, _ = wilson(swept.right, swept.decided)
    met = np.flatnonzero(low >= target)
    return float(swept.probability[met[-1]]) if len(met) else None


def people_for(target: float) -> int:
    """Return how many people, all of them right, a target needs.

    >>> people_for(0.99), people_for(0.995)
    (381, 765)
    """
    return int(np.ceil(DEVIATIONS**2 * target / (1 - target)))


_COMMENTS = {
    "intercept": "the log-odds of any company before comparisons",
    "match_from": "from this probability on no one looks at it",
    "precision": "the share of the matches that has to be right; the rest goes to review",
    "lines": "by precision, the probability from which it was reached where it was learned",
    "like_strangers": "whether evidence counts less where strangers have it, too, as simulated",
    "review_from": "from this probability on a person decides; below, no company fits",
}
_COMMENTED = {"intercept", "model", "decide"}


def write_rulebook(rulebook: Rulebook, path: str | Path, provenance: Iterable[str] = ()) -> Path:
    """Write a rulebook that ``read_rulebook`` reads.

    Args:
        rulebook: the rulebook.
        path: the YAML file.
        provenance: sentences that become comments at the top, such as where the weights come from.

    Returns:
        The path of the file.

    Raises:
        InputError: if the file cannot be written.

    Examples:
        >>> import pathlib, tempfile
        >>> file = pathlib.Path(tempfile.mkdtemp()) / "rules.yaml"
        >>> path = gsprep.write_rulebook(gsprep.read_rulebook(), file, ["our own"])
        >>> path.read_text().splitlines()[0]
        '# our own'
        >>> gsprep.read_rulebook(path) == gsprep.read_rulebook()
        True
    """
    target = Path(path)
    try:
        target.write_text(rulebook_text(rulebook, provenance), encoding="utf-8")
    except OSError as failure:
        raise InputError(
            f"the rulebook {target} cannot be written ({failure.strerror}): name another file"
        ) from failure
    return target


def rulebook_text(rulebook: Rulebook, provenance: Iterable[str] = ()) -> str:
    """Return a rulebook as YAML, each weight commented with the sentence a reviewer reads."""
    head = [f"# {part}".rstrip() for line in provenance for part in line.splitlines()]
    comments = {**sentences(), **_COMMENTS}
    sections = [
        _section(name, value, comments if name in _COMMENTED else {})
        for name, value in _entries(rulebook)
    ]
    return "\n".join(["\n".join([*head, ""]), *sections]).lstrip("\n")


def _entries(rulebook: Rulebook) -> Iterator[tuple[str, Any]]:
    for name, value in rulebook.model_dump(exclude_none=True).items():
        if name == "decide":
            left_out = {"match_from"} if "precision" in value else set()
            left_out |= set() if value["lines"] else {"lines"}
            yield name, {key: part for key, part in value.items() if key not in left_out}
        else:
            yield name, value


def _section(name: str, value: Any, comments: Mapping[str, str]) -> str:
    text = yaml.safe_dump({name: _plain(value)}, sort_keys=False, allow_unicode=True, width=96)
    lines = ((line, comments.get(line.strip().partition(":")[0], "")) for line in text.splitlines())
    return "".join(f"{line}  # {said}\n" if said else f"{line}\n" for line, said in lines)


def _plain(value: Any) -> Any:
    """Return the value with lists for tuples: YAML has no tuples."""
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    return [_plain(part) for part in value] if isinstance(value, tuple) else value
