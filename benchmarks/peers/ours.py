"""gsprep with the shipped rulebook, from raw columns to decisions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gsprep import prepare, unify

if TYPE_CHECKING:
    import pandas as pd

    from gsprep.results import Unified


def decide(people: pd.DataFrame, companies: pd.DataFrame) -> Unified:
    """Return the result of ``unify``."""
    unified: Unified = unify(people, prepare(companies))
    return unified
