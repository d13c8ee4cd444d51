"""Evaluation: decisions compared with the truth."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gsprep.errors import InputError
from gsprep.results import CONFUSION_COLUMNS, Evaluation
from gsprep.schemas.frames import ROW_ID, require, text_column, text_frame
from gsprep.unification.answers import NO_ANSWERS, one_of_each
from gsprep.unification.explain import ANSWER
from gsprep.unification.keys import People
from gsprep.unification.known import NOTHING_KNOWN
from gsprep.unification.registry import FEATURES, comparisons
from gsprep.unification.tuning.logit import of_people
from gsprep.unification.unify import unify_text

if TYPE_CHECKING:
    from gsprep.unification.index import CompanyIndex
    from gsprep.unification.pairs import Bools, Floats

TARGETS = (0.98, 0.99, 0.995)
_VERDICTS = ("match", "review", "no_match")


def evaluate(
    decisions: pd.DataFrame, truth: pd.DataFrame, evidence: pd.DataFrame | None = None
) -> Evaluation:
    """Return how right decisions are about the people whose truth is known.

    A decision is right if it has the company of the truth, whatever the verdict; precision and
    recall are those of the ``match`` verdicts.

    Args:
        decisions: those of ``unify``, also as read from a file.
        truth: the right companies: row_id and Company_ID, missing if no company is right.
        evidence: that of ``unify``. If it is about all people, the sources of a decision are the
            kinds of comparison that support the company, else the first sentence of each reason.
            Without it there are no ``weights``.

    Returns:
        The measures, which a notebook draws; ``notes`` count the people of the truth without a
        decision, who are left out, and those without evidence.

    Raises:
        MissingColumnsError: without a column that is needed.
        InputError: for a repeated row_id, a truth that is mostly about people who are not among the
            decisions, and invalid verdicts or probabilities.

    Examples:
        >>> persons = pd.DataFrame({"Email": ["ana@acme.com", "cy@initech.com"]})
        >>> companies = pd.DataFrame(
        ...     {"Gsid": ["1P02" + "A" * 32], "Name": ["Acme, Inc."], "Domain": ["acme.com"]}
        ... )
        >>> truth = pd.DataFrame({"row_id": ["1", "2"], "Company_ID": ["1P02" + "A" * 32, None]})
        >>> judged = gsprep.evaluate(gsprep.unify(persons, companies).decisions, truth)
        >>> judged.precision, judged.recall
        (1.0, 1.0)
    """
    for frame, of, needed in (
        (decisions, "the frame of decisions", (ROW_ID, "verdict", "Company_ID", "probability")),
        (truth, "the truth", (ROW_ID, "Company_ID")),
    ):
        require(frame, needed, of=of)
    if evidence is not None:
        require(evidence, (ROW_ID, "Company_ID"), of="the evidence")
    right = text_frame(truth, of="the truth")[[ROW_ID, "Company_ID"]]
    return _evaluated(text_frame(decisions, of="the frame of decisions"), right, evidence)


# Fewer answers say too little: of 30 that are all right, between 89 and 100 % would be.
FEWEST_ANSWERS = 30


def agreement(
    persons: pd.DataFrame, decisions: pd.DataFrame, index: CompanyIndex
) -> Evaluation | None:
    """Return how far decisions made without answers agree with the answers; None for too few.

    One person of each answer is decided once more, without the answers and the known people of
    the index: those are often linked as reviewers answered.

    Args:
        persons: a text frame of people.
        decisions: those of ``unify_text`` about the same people in the same order.
        index: the index that they were decided with.

    Returns:
        The measures, with the answers as the truth; None for fewer than 30 answers about these
        people that name a company or say that there is none.
    """
    answered = (decisions["rule"] == ANSWER).to_numpy(dtype=bool)
    if np.count_nonzero(answered) < FEWEST_ANSWERS:
        return None
    people, answers = (frame[answered].reset_index(drop=True) for frame in (persons, decisions))
    chosen = one_of_each(index.answers, People(people, index.rulebook))
    if len(chosen) < FEWEST_ANSWERS:
        return None
    alone = replace(index, answers=NO_ANSWERS, known=NOTHING_KNOWN)
    again = unify_text(people.take(chosen).reset_index(drop=True), alone, shown=frozenset())
    truth = answers[[ROW_ID, "Company_ID"]].take(chosen)
    return _evaluated(again.decisions, truth.reset_index(drop=True), None)


def _evaluated(
    decisions: pd.DataFrame, truth: pd.DataFrame, evidence: pd.DataFrame | None
) -> Evaluation:
    lines, left_out = _judged(decisions, truth)
    named = lines[lines["Company_ID"].notna()]
    kinds = None if evidence is None else _kinds(named, evidence)
    without = 0 if kinds is None else int(kinds.isna().sum())
    probability = named["probability"].to_numpy(np.float64)
    swept = sweep(probability, named["right"].to_numpy(bool))
    matched = lines["verdict"] == "match"
    answerable = int(lines["truth"].notna().sum())
    right = int((matched & lines["right"]).sum())
    f1, f1_from = best_f1(swept, answerable)
    low, high = wilson(right, int(matched.sum()))
    bins = calibration(probability, named["right"].to_numpy(bool))
    in_review = (lines["verdict"] == "review") & lines["truth"].notna()
    return Evaluation(
        people=len(lines),
        answerable=answerable,
        decided=int(matched.sum()),
        right=right,
        precision=_share(right, int(matched.sum())),
        recall=_share(right, answerable),
        f1=_share(2 * right, int(matched.sum()) + answerable),
        precision_low=float(low),
        precision_high=float(high),
        best_f1=f1,
        best_f1_from=f1_from,
        review_share=_share(int(in_review.sum()), answerable),
        calibration_error=calibration_error(bins),
        recall_at=_recalls(swept, answerable),
        calibration=bins,
        curve=_curve(swept, answerable),
        weights=_weights(named, evidence),
        sources=_sources(named, _first_sentences(named) if kinds is None or without else kinds),
        confusions=_confusions(lines),
        notes=_notes(left_out, without, len(named)),
    )


def _notes(left_out: int, without: int, named: int) -> tuple[str, ...]:
    notes = {
        f"{left_out} people of the truth have no decision (rejected rows have none): left out": (
            left_out
        ),
        f"the evidence has no line for {without} of {named} people with a candidate, so "
        "their source is the first sentence of the reason. A run writes evidence only for people "
        "in review: use the evidence.csv of `gsprep match` to see all sources": without,
    }
    return tuple(note for note, applies in notes.items() if applies)


def _judged(decisions: pd.DataFrame, truth: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Return the decisions on people of the truth, and how many of these have none.

    Added columns: ``truth``, and whether the decision is ``right``.
    """
    known, left_out = of_people(truth, decisions[ROW_ID], there="among the decisions")
    optional = [n for n in ("company_name", "rule", "reason") if n not in decisions.columns]
    decided = decisions.assign(**{n: pd.Series(pd.NA, decisions.index, "str") for n in optional})
    both = decided.merge(
        known.rename(columns={"Company_ID": "truth"}), on=ROW_ID, validate="one_to_one"
    )
    judged = both.assign(
        verdict=_verdicts(both),
        probability=_probabilities(both),
        right=both["Company_ID"].notna() & (both["Company_ID"] == both["truth"]),
    )
    return judged, left_out


def _verdicts(lines: pd.DataFrame) -> pd.Series[str]:
    unknown = ~lines["verdict"].isin(_VERDICTS)
    if unknown.any():
        at = lines.loc[unknown, ROW_ID].iloc[0]
        raise InputError(
            f"the decisions have no verdict in row_id {at}: it is one of {', '.join(_VERDICTS)}"
        )
    return lines["verdict"]


def _probabilities(lines: pd.DataFrame) -> pd.Series[float]:
    numbers = pd.to_numeric(lines["probability"], errors="coerce").astype("float64")
    wrong = ~numbers.between(0, 1) & lines["probability"].notna()
    if wrong.any():
        at = lines.loc[wrong, ROW_ID].iloc[0]
        raise InputError(
            f"the probability in row_id {at} is not a number from 0 to 1: "
            "use the decisions as they were written"
        )
    return numbers.fillna(0.0)


def _share(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")


def _recalls(swept: Sweep, answerable: int) -> pd.DataFrame:
    lines = []
    for target in TARGETS:
        right, line = recall_at(swept, answerable, target)
        low, high = wilson(right, answerable)
        lines.append((target, line, _share(right, answerable), float(low), float(high)))
    columns = ["precision", "from", "recall", "low", "high"]
    return pd.DataFrame(lines, columns=columns).astype("float64")


# A figure shows no more points.
_MOST_POINTS = 200


def _curve(swept: Sweep, answerable: int) -> pd.DataFrame:
    """Return coverage and precision from each probability on, at most 200 of them."""
    last = max(len(swept.probability) - 1, 0)
    low, high = wilson(swept.right, swept.decided)
    curve = pd.DataFrame(
        {
            "probability": swept.probability,
            "coverage": swept.recall(answerable),
            "precision": swept.precision,
            "low": low,
            "high": high,
        }
    )
    at = np.unique(np.linspace(0, last, _MOST_POINTS).round().astype(int))[: len(curve)]
    return curve.iloc[at].reset_index(drop=True)


def _weights(named: pd.DataFrame, evidence: pd.DataFrame | None) -> pd.DataFrame:
    """Return each comparison of the evidence that counts for somebody's company, see Evaluation."""
    columns = {"comparison": "str", "meaning": "str", "weight": "float64", "people": "int64",
               "right": "float64", "low": "float64", "high": "float64"}  # fmt: skip
    names = [] if evidence is None else [n for n in comparisons() if n in evidence.columns]
    if evidence is None or evidence.empty or not names:
        return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in columns.items()})
    terms = evidence[names].apply(pd.to_numeric, errors="coerce").fillna(0).astype("float64")
    keys = {name: text_column(evidence[name]).array for name in (ROW_ID, "Company_ID")}
    lines = (
        terms.reset_index(drop=True)
        .assign(**keys)
        .merge(
            named[[ROW_ID, "Company_ID", "right"]],
            on=[ROW_ID, "Company_ID"],
            validate="many_to_one",
        )
    )
    there = lines[names] != 0
    people = there.sum()
    right = there.mul(lines["right"].astype(bool), axis=0).sum()
    low, high = wilson(right.to_numpy(np.float64), people.to_numpy(np.float64))
    largest = [float(terms[name].iloc[int(terms[name].abs().argmax())]) for name in names]
    table = pd.DataFrame(
        {"comparison": names, "meaning": [comparisons()[name].sentence for name in names],
         "weight": largest, "people": people.to_numpy(),
         "right": (right / people.where(people > 0)).to_numpy(), "low": low, "high": high}
    ).astype(columns)  # fmt: skip
    counted = table[table["people"] > 0]
    return counted.sort_values("weight", ascending=False, kind="stable", ignore_index=True)


def _sources(named: pd.DataFrame, source: pd.Series[str]) -> pd.DataFrame:
    """Return by rule and source how many have a company, are matched, and are matched rightly."""
    lines = named.assign(
        source=source.to_numpy(),
        rule=named["rule"].fillna("model"),
        decided=named["verdict"] == "match",
        right=named["right"] & (named["verdict"] == "match"),
    )
    by_source = lines.groupby(["rule", "source"], sort=False)
    table = by_source.agg(
        people=("right", "size"), decided=("decided", "sum"), right=("right", "sum")
    ).reset_index()
    table["precision"] = (table["right"] / table["decided"].where(table["decided"] > 0)).astype(
        "float64"
    )
    return table.sort_values(
        ["people", "rule", "source"], ascending=[False, True, True]
    ).reset_index(drop=True)


def _first_sentences(named: pd.DataFrame) -> pd.Series[str]:
    """Return the first sentence of each reason, as far as a comparison says it."""
    first = named["reason"].fillna("").str.extract(r"^(.*?\.)(?: |$)", expand=False)
    known = {comparison.sentence for comparison in comparisons().values()}
    found = first.where(first.isin(known), "something else").astype("str")
    return found.mask(named["rule"] == ANSWER, "of a person")


def _kinds(named: pd.DataFrame, evidence: pd.DataFrame) -> pd.Series[str]:
    """Return which kinds of comparison support each person's company, as ``domain + name``.

    It is missing if the evidence has no line about the two.
    """
    words = np.full(len(evidence), "", dtype=object)
    for kind, feature in FEATURES.items():
        names = [compare.__name__ for compare in feature.comparisons]
        there = evidence[[name for name in names if name in evidence.columns]]
        numbers = there.apply(pd.to_numeric, errors="coerce").to_numpy(np.float64)
        support = (numbers > 0).any(axis=1)
        words = np.where(support, np.where(words == "", kind, words + f" + {kind}"), words)
    keys = {name: text_column(evidence[name]) for name in (ROW_ID, "Company_ID")}
    joined = named[[ROW_ID, "Company_ID"]].merge(
        pd.DataFrame(keys | {"kinds": words}),
        on=[ROW_ID, "Company_ID"],
        how="left",
        validate="one_to_one",
    )
    return joined["kinds"].replace("", "nothing").astype("str")


def _confusions(lines: pd.DataFrame) -> pd.DataFrame:
    """Return the people decided wrongly, missed or left to a reviewer, the most probable first."""
    known, match = lines["truth"].notna(), lines["verdict"] == "match"
    wrong = match & ~lines["right"]
    mistake = np.select(
        [wrong & known, wrong, lines["verdict"] == "review", ~match & known],
        ["wrong company", "should be none", "in review", "missed"],
        default="",
    )
    named = lines.assign(mistake=mistake).rename(columns={"truth": "true_Company_ID"})
    cases: pd.DataFrame = named.loc[mistake != "", list(CONFUSION_COLUMNS)]
    return cases.sort_values("probability", ascending=False, kind="stable", ignore_index=True)


# 95 % of a normal distribution lie within so many standard deviations.
DEVIATIONS = 1.959964
_BINS = 10


@dataclass(frozen=True, slots=True)
class Sweep:
    """The decisions from each probability on, the highest first."""

    probability: Floats  # the thresholds
    decided: Floats  # the number of people with at least that probability
    right: Floats  # the number of those whose decision is right

    @property
    def precision(self) -> Floats:
        """The share of the decided that is right."""
        return self.right / self.decided

    def recall(self, answerable: int) -> Floats:
        """Return the share of the answerable that is decided rightly."""
        return self.right / max(answerable, 1)

    def f1(self, answerable: int) -> Floats:
        """Return the harmonic mean of precision and recall."""
        return 2 * self.right / (self.decided + max(answerable, 1))


def sweep(probability: Floats, right: Bools) -> Sweep:
    """Return the decisions at each threshold; people of one probability go together."""
    order = np.argsort(-probability, kind="stable")
    falling = probability[order]
    last = np.flatnonzero(np.append(falling[1:] != falling[:-1], True)[: len(falling)])
    decided, all_right = last + 1, np.cumsum(right[order])[last]
    return Sweep(falling[last], decided.astype(np.float64), all_right.astype(np.float64))


def wilson(right: Floats | float, whole: Floats | float) -> tuple[Floats, Floats]:
    """Return the 95 % bounds of a share by Wilson's score; 0 and 1 of an empty whole.

    >>> low, high = wilson(98, 100)
    >>> round(float(low), 3), round(float(high), 3)
    (0.93, 0.994)
    """
    count, total = np.asarray(right, np.float64), np.asarray(whole, np.float64)
    square = DEVIATIONS**2
    middle = count + square / 2
    rest = np.maximum(1 - count / np.maximum(total, 1), 0)
    reach = np.sqrt(square * (count * rest + square / 4))
    low = np.maximum((middle - reach) / (total + square), 0)
    return low, np.minimum((middle + reach) / (total + square), 1)


def best_f1(swept: Sweep, answerable: int) -> tuple[float, float | None]:
    """Return the highest F1 over all thresholds, and the threshold; 0 and None without any."""
    if not len(swept.probability):
        return 0.0, None
    f1 = swept.f1(answerable)
    at = int(f1.argmax())
    return float(f1[at]), float(swept.probability[at])


def recall_at(swept: Sweep, answerable: int, target: float) -> tuple[int, float | None]:
    """Return how many are decided rightly at a precision of at least the target, and the threshold.

    Of all thresholds that reach the target the lowest is taken; 0 and None if none does.
    """
    kept = np.flatnonzero(swept.precision >= target)
    if not len(kept) or not answerable:
        return 0, None
    return int(swept.right[kept[-1]]), float(swept.probability[kept[-1]])


def calibration(probability: Floats, right: Bools) -> pd.DataFrame:
    """Return ten bins of about as many people each: the probability, and the share that is right.

    Columns: from, to, people, probability (the mean), right (the share), low, high (its 95 %
    bounds). People of one probability are in one bin.
    """
    edges = (
        np.unique(np.quantile(probability, np.linspace(0, 1, _BINS + 1)[1:-1]))
        if len(probability)
        else np.empty(0)
    )
    bins = np.searchsorted(edges, probability, side="right")
    frame = pd.DataFrame({"bin": bins, "probability": probability, "right": right})
    by_bin = frame.groupby("bin")
    people, count = by_bin.size().astype("float64"), by_bin["right"].sum().astype("float64")
    low, high = wilson(count.to_numpy(np.float64), people.to_numpy(np.float64))
    columns = {
        "from": by_bin["probability"].min(),
        "to": by_bin["probability"].max(),
        "people": people.astype("int64"),
        "probability": by_bin["probability"].mean(),
        "right": count / people,
    }
    return pd.DataFrame(columns).assign(low=low, high=high).reset_index(drop=True)


def calibration_error(bins: pd.DataFrame) -> float:
    """Return how far the probability is from the share that is right, on average over people."""
    if not len(bins):
        return 0.0
    gap = (bins["probability"] - bins["right"]).abs()
    return float((gap * bins["people"]).sum() / bins["people"].sum())
