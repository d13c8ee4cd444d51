"""A second pass: what was decided shows whose domains and numbers are, and all is decided anew."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from gsprep.schemas.frames import ROW_ID, text_frame
from gsprep.unification.index import knowing
from gsprep.unification.knowing.propose import propose_known
from gsprep.unification.unify import unify

if TYPE_CHECKING:
    from gsprep.results import Unified
    from gsprep.unification.index import CompanyIndex


@dataclass(frozen=True, slots=True)
class Learned:
    """What a second pass learned, and what it changed; all are counts.

    domains, phones: values whose people went to one company.
    matched:   people without a match before who have one now.
    withdrawn: people with a match before who have none now.
    moved:     people whose match is another company now.
    """

    domains: int
    phones: int
    matched: int
    withdrawn: int
    moved: int


def decide_again(
    persons: pd.DataFrame, index: CompanyIndex, first: Unified, known: pd.DataFrame | None = None
) -> tuple[Unified, Learned]:
    """Decide once more with what the first decisions show, beside what was known before.

    Each person is decided alone in either pass; the two together are not by row: whoever shares a
    domain or a number with others is decided by what became of them. ``known`` are the lines
    the index was prepared with.
    """
    people = text_frame(persons)
    proposed = propose_known(people, first.decisions, index.rulebook)
    lines = [proposed] if known is None else [known.drop(columns=ROW_ID, errors="ignore"), proposed]
    second = unify(people, knowing(index, pd.concat(lines, ignore_index=True)))
    return second, _learned(proposed, first.decisions, second.decisions)


def _learned(proposed: pd.DataFrame, before: pd.DataFrame, after: pd.DataFrame) -> Learned:
    was, is_ = before["verdict"] == "match", after["verdict"] == "match"
    other = before["Company_ID"].fillna("") != after["Company_ID"].fillna("")
    return Learned(
        domains=int(proposed["Domain"].notna().sum()),
        phones=int(proposed["Phone"].notna().sum()),
        matched=int((is_ & ~was).sum()),
        withdrawn=int((was & ~is_).sum()),
        moved=int((was & is_ & other).sum()),
    )
