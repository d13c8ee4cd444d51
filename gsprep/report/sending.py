"""What was sent and what became of it, in counts."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gsprep.report.parts import Part, Whole
from gsprep.report.summary import OUTCOMES
from gsprep.schemas.codes import EXPLANATIONS

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from gsprep.results import Plan

# What a person looks at in turn; the rest of the outcomes need nobody.
_TROUBLE = ("refused", "unknown", "unsent", "rejected")
# A code is shown as it came, unless it is none: a service may put anything there.
_CODE = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")


@dataclass(frozen=True, slots=True)
class Trouble:
    """Rows of one file that were not stored, by one of their codes; "" where they bear none."""

    file: str
    outcome: str
    code: str
    rows: int
    hint: str


@dataclass(frozen=True, slots=True)
class Sending:
    """What became of the rows.

    objects:  the outcomes of each kind of row that there is.
    troubles: rows not stored, by code; those of people.csv that were rejected stand elsewhere.
    calls:    made, repeats included; of a dry run none.
    plan:     how they were to go, as reckoned before.
    """

    mode: str
    calls: int
    objects: tuple[Whole, ...]
    troubles: tuple[Trouble, ...]
    plan: Plan | None


def sending_of(
    frames: Mapping[str, pd.DataFrame], mode: str, calls: int, plan: Plan | None
) -> Sending:
    """Count the outcomes of frames, people first, by the name of the file that holds them."""
    return Sending(
        mode=mode,
        calls=calls,
        objects=tuple(_outcomes(name, frame) for name, frame in frames.items() if len(frame)),
        troubles=tuple(
            trouble for name, frame in frames.items() for trouble in _troubles(name, frame)
        ),
        plan=plan,
    )


def _outcomes(file: str, frame: pd.DataFrame) -> Whole:
    counts = frame["outcome"].value_counts()
    words = (*OUTCOMES, "rejected")
    return Whole(file, tuple(Part(word, int(counts.get(word, 0)), file) for word in words))


def _troubles(file: str, frame: pd.DataFrame) -> list[Trouble]:
    """Return what was wrong with rows: one with several codes counts for each of them."""
    wrong = frame.loc[frame["outcome"].isin(_TROUBLE), ["outcome", "error_code"]]
    if file == "people.csv":
        wrong = wrong[wrong["outcome"] != "rejected"]
    counts = wrong.fillna({"error_code": ""}).value_counts().reset_index(name="rows")
    found: Counter[tuple[str, str]] = Counter()
    for outcome, codes, rows in counts.itertuples(index=False):
        for code in dict.fromkeys(map(_code, str(codes).split("; "))):
            found[str(outcome), code] += int(rows)
    ordered = sorted(found.items(), key=lambda one: (_TROUBLE.index(one[0][0]), -one[1], one[0]))
    return [Trouble(file, outcome, code, n, _hint(code)) for (outcome, code), n in ordered]


def _code(text: str) -> str:
    return text if not text or _CODE.fullmatch(text) else "another code"


def _hint(code: str) -> str:
    return EXPLANATIONS[code].hint if code in EXPLANATIONS else ""
