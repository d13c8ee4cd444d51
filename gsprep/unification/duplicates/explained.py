"""Evidence for pairs as sentences and tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gsprep.unification.duplicates.levels import LEVELS, MISSING
from gsprep.unification.duplicates.universe import levels_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gsprep.unification.duplicates.candidates import People
    from gsprep.unification.duplicates.model import Model
    from gsprep.unification.duplicates.solve import Scored
    from gsprep.unification.duplicates.terms import Terms

_SAID: Mapping[str, str] = {
    "differ": "different",
    "alike": "alike",
    "typo": "a typing error apart",
    "same": "the same",
    "part": "a part or an initial of the other",
    "nickname": "a short form of the other",
    "swapped": "first name and surname are swapped",
    "colleague": "two mailboxes of one employer",
    "like colleague": "two similar mailboxes of one employer",
    "same local": "the same mailbox name at another domain",
    "name at another domain": "both built from the name, at two domains",
    "loosely": "loosely alike",
    "close": "nearly the same",
    "year": "the same year",
    "two parts": "two of day, month and year are the same",
    "two edits": "two typing errors apart",
    "one side": "only one has it",
}
_MOST_SENTENCES = 3
_STRANGER = "stranger"


def alternatives(model: Model, people: People) -> list[str]:
    """Return the names of the alternatives: a stranger, or who shares the context."""
    shared = [" and ".join(people.columns[at].name for at, _ in terms) for terms in model.contexts]
    return [_STRANGER, *(f"shares {names}" for names in shared)]


def reasons(terms: Terms, scored: Scored, people: People) -> np.ndarray:
    """Return the reason of each pair in sentences, the strongest evidence first."""
    levels = levels_in(scored.patterns, len(people.columns)).astype(np.int64)
    size = np.where(levels == MISSING, 0, np.abs(terms.weights))
    strongest = np.argsort(-size, axis=1, kind="stable")[:, :_MOST_SENTENCES]
    numbers = np.zeros(len(levels), dtype=np.int64)
    rows = np.arange(len(levels))
    for place in strongest.T:
        said = size[rows, place] > 0
        number = place * (MISSING + 1) + levels[rows, place] + 1
        numbers = numbers * 1_000 + np.where(said, number, 0)
    codes, distinct = pd.factorize(numbers)
    texts = np.array([_reason(int(number), people) for number in distinct], dtype=object)
    found: np.ndarray = texts[codes] if len(texts) else texts
    return found


def said_of(scored: Scored, people: People) -> dict[str, pd.Categorical]:
    """Return by column what comparing it found, missing if one side has no value."""
    levels = levels_in(scored.patterns, len(people.columns)).astype(np.int64)
    words = {
        column.name: [_SAID[name] for name in LEVELS[column.kind]] for column in people.columns
    }
    return {
        name: pd.Categorical.from_codes(  # type: ignore[call-overload]  # codes are an array
            np.where(levels[:, at] == MISSING, -1, levels[:, at]), categories=said
        )
        for at, (name, said) in enumerate(words.items())
    }


def _reason(number: int, people: People) -> str:
    sentences: list[str] = []
    while number:
        number, part = divmod(number, 1_000)
        if part:
            at, level = divmod(part - 1, MISSING + 1)
            column = people.columns[at]
            sentences.insert(0, f"{column.name}: {_SAID[LEVELS[column.kind][level]]}.")
    return " ".join(sentences) or "No value in common."


def weights_table(model: Model, people: People) -> pd.DataFrame:
    """Return the learned probabilities and weights, one line per column and level."""
    lines = [
        (column.name, name, np.exp(model.m[at, level]), np.exp(model.u[at, level]),
         model.m[at, level] - model.u[at, level])
        for at, column in enumerate(people.columns)
        for level, name in enumerate(LEVELS[column.kind])
    ]  # fmt: skip
    names = ["column", "level", "of_one_person", "of_strangers", "weight"]
    return pd.DataFrame(lines, columns=names)


def contexts_table(model: Model, people: People) -> pd.DataFrame:
    """Return the contexts that different people share, and how many pairs do."""
    names = [name.removeprefix("shares ") for name in alternatives(model, people)[1:]]
    pairs = np.round(np.exp(model.sizes) * people.pairs).astype(np.int64)
    return pd.DataFrame({"context": names, "pairs": pairs})
