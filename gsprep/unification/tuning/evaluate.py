"""``evaluate``: decisions beside the truth, as figures and as the cases that went wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gsprep.errors import InputError
from gsprep.results import CONFUSION_COLUMNS, Evaluation
from gsprep.schemas.frames import ROW_ID, require, text_column, text_frame
from gsprep.unification.comparisons import COMPARISONS
from gsprep.unification.tuning.measures import (
    Sweep,
    best_f1,
    calibration,
    calibration_error,
    recall_at,
    sweep,
    wilson,
)
from gsprep.values.text import plural

if TYPE_CHECKING:
    from numpy.typing import NDArray

TARGETS = (0.98, 0.99, 0.995)
_VERDICTS = ("match", "review", "no_match")


def evaluate(
    decisions: pd.DataFrame, truth: pd.DataFrame, evidence: pd.DataFrame | None = None
) -> Evaluation:
    """Return how right decisions are about the people whose truth is known.

    ``decisions`` are ``unify``'s, also as read from a file; ``truth`` has row_id and Company_ID,
    missing where no company is right. Right is who has the company of the truth, whatever the
    verdict; precision and recall are those of the ``match`` verdicts. With ``evidence`` the
    sources are the kinds of comparison that spoke for the company, without it the first sentence
    of each reason.

    Raises MissingColumnsError, and InputError for a repeated row_id, a truth about people who are
    not among the decisions, and verdicts or probabilities that are none.
    """
    lines = _beside_the_truth(decisions, truth)
    named = lines[lines["Company_ID"].notna()]
    probability = named["probability"].to_numpy(np.float64)
    swept = sweep(probability, named["right"].to_numpy(bool))
    matched = lines["verdict"] == "match"
    answerable = int(lines["truth"].notna().sum())
    right = int((matched & lines["right"]).sum())
    f1, f1_from = best_f1(swept, answerable)
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
        best_f1=f1,
        best_f1_from=f1_from,
        review_share=_share(int(in_review.sum()), answerable),
        calibration_error=calibration_error(bins),
        recall_at=_recalls(swept, answerable),
        calibration=bins,
        sources=_sources(named, evidence),
        confusions=_confusions(lines),
    )


def _beside_the_truth(decisions: pd.DataFrame, truth: pd.DataFrame) -> pd.DataFrame:
    """Return the decisions on people of the truth, with ``truth`` and whether it is ``right``."""
    for frame, of, needed in (
        (decisions, "the decisions", (ROW_ID, "verdict", "Company_ID", "probability")),
        (truth, "the truth", (ROW_ID, "Company_ID")),
    ):
        require(frame, needed, of=of)
    told = text_frame(truth, of="the truth")[[ROW_ID, "Company_ID"]]
    decided = text_frame(decisions, of="the decisions")
    strangers = int((~told[ROW_ID].isin(decided[ROW_ID])).sum())
    if strangers:
        who = plural(strangers, "person who is", "people who are")
        raise InputError(
            f"the truth is about {strangers} {who} not among the decisions: "
            "give both the same row_id"
        )
    optional = {
        n: pd.Series(pd.NA, decided.index, "str") for n in ("company_name", "rule", "reason")
    }
    decided = decided.assign(**{n: v for n, v in optional.items() if n not in decided.columns})
    both = decided.merge(
        told.rename(columns={"Company_ID": "truth"}), on=ROW_ID, validate="one_to_one"
    )
    return both.assign(
        verdict=_verdicts(both),
        probability=_probabilities(both),
        right=both["Company_ID"].notna() & (both["Company_ID"] == both["truth"]),
    )


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
            f"the probability in row_id {at} is no number from 0 to 1: "
            "take the decisions as they were written"
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


def _sources(named: pd.DataFrame, evidence: pd.DataFrame | None) -> pd.DataFrame:
    """Return by rule and source how many have a company, how many are matched, and how rightly."""
    source = _first_sentences(named) if evidence is None else _kinds(named, evidence)
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
    known = {comparison.sentence for comparison in COMPARISONS.values()}
    return first.where(first.isin(known), "something else").astype("str")


def _kinds(named: pd.DataFrame, evidence: pd.DataFrame) -> pd.Series[str]:
    """Return which kinds of comparison spoke for each person's company, as ``domain + name``."""
    require(evidence, (ROW_ID, "Company_ID"), of="the evidence")
    kinds = dict.fromkeys(c.kind for c in COMPARISONS.values())
    spoke = {
        kind: _spoke(evidence, [n for n, c in COMPARISONS.items() if c.kind == kind])
        for kind in kinds
    }
    words = np.full(len(evidence), "", dtype=object)
    for kind, held in spoke.items():
        words = np.where(held, np.where(words == "", kind, words + f" + {kind}"), words)
    keys = {name: text_column(evidence[name]) for name in (ROW_ID, "Company_ID")}
    told = pd.DataFrame(keys | {"kinds": words})
    joined = named[[ROW_ID, "Company_ID"]].merge(
        told, on=[ROW_ID, "Company_ID"], how="left", validate="one_to_one"
    )
    # A run keeps the evidence of those for review; of the others the reason tells.
    kept = joined["kinds"].where(joined["kinds"].notna(), _first_sentences(named).to_numpy())
    return kept.replace("", "nothing").astype("str")


def _spoke(evidence: pd.DataFrame, names: list[str]) -> NDArray[np.bool_]:
    there = [name for name in names if name in evidence.columns]
    numbers = evidence[there].apply(pd.to_numeric, errors="coerce").to_numpy(np.float64)
    spoken: NDArray[np.bool_] = (numbers > 0).any(axis=1)
    return spoken


def _confusions(lines: pd.DataFrame) -> pd.DataFrame:
    """Return who was decided wrongly, missed or left to a reviewer, the surest first."""
    known, match = lines["truth"].notna(), lines["verdict"] == "match"
    wrong = match & ~lines["right"]
    mistake = np.select(
        [wrong & known, wrong, lines["verdict"] == "review", ~match & known],
        ["wrong company", "should be none", "in review", "missed"],
        default="",
    )
    told = lines.assign(mistake=mistake).rename(columns={"truth": "true_Company_ID"})
    cases: pd.DataFrame = told.loc[mistake != "", list(CONFUSION_COLUMNS)]
    return cases.sort_values("probability", ascending=False, kind="stable", ignore_index=True)
