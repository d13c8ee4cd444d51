"""``unify``: one verdict for every person, with the evidence it rests on."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from gsprep.errors import InputError
from gsprep.results import Unified
from gsprep.schemas.frames import text_frame
from gsprep.unification.answering.answers import answered, unanswered
from gsprep.unification.candidates import candidates, with_answers
from gsprep.unification.deciding import decided
from gsprep.unification.fields import fields_of_pairs
from gsprep.unification.index import CompanyIndex, prepare
from gsprep.unification.keys import column_of, person_keys
from gsprep.unification.scoring import by_value, pairs_of, score

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from gsprep.unification.answering.answers import Answered
    from gsprep.unification.comparisons import Kind
    from gsprep.unification.fields import FieldOfPairs
    from gsprep.unification.linked import Pairs
    from gsprep.unification.rulebook import Rulebook

# People whose candidates fit in memory, and for the most part in a processor's cache.
_SLICE = 1 << 16


def unify(  # noqa: PLR0913  the public contract names each of them
    persons: pd.DataFrame,
    companies: pd.DataFrame | CompanyIndex,
    rulebook: Rulebook | None = None,
    *,
    known: pd.DataFrame | None = None,
    answers: pd.DataFrame | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> Unified:
    """Decide for every person which company they belong to, each person on their own.

    ``persons`` may be raw or cleaned: Email, Phone, CompanyName and Country are compared, those
    that are there. ``companies`` is a frame or what ``prepare`` made of it; an index brings the
    rulebook, known people and answers it was prepared with. ``known``, ``answers``: see
    ``prepare``. ``progress`` is told ``match``, the people decided, and of how many.

    Raises InputError for what cannot be used, and when a rulebook, known people or answers are
    given beside an index that was prepared with others.
    """
    index = _indexed(companies, rulebook, known, answers)
    people = _read(text_frame(persons), index)
    count = max(-(-len(people.text) // _SLICE), 1)
    edges = [len(people.text) * at // count for at in range(count + 1)]
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as threads:
        slices = threads.map(partial(_unified, people, index), edges[:-1], edges[1:])
        parts = list(_counted(slices, edges, progress))
    if len(parts) == 1:
        return parts[0]
    return Unified(
        pd.concat([part.decisions for part in parts], ignore_index=True),
        pd.concat([part.evidence for part in parts], ignore_index=True),
    )


def _counted(
    parts: Iterator[Unified],
    edges: Sequence[int],
    progress: Callable[[str, int, int], None] | None,
) -> Iterator[Unified]:
    """Yield the parts as they are, each after it was told how far that is."""
    for done, part in zip(edges[1:], parts, strict=True):
        if progress is not None:
            progress("match", done, edges[-1])
        yield part


class _People(NamedTuple):
    """All people: their fields, what these propose, and what reviewers answered about them."""

    text: pd.DataFrame
    fields: Mapping[Kind, FieldOfPairs]
    proposed: Mapping[Kind, Pairs]
    said: Answered | None


def _read(text: pd.DataFrame, index: CompanyIndex) -> _People:
    """Look at each distinct value once."""
    keys = person_keys(text, index.rulebook, index.known)
    fields = fields_of_pairs(keys, index)
    addresses = column_of(text, index.rulebook.columns.email)
    said = answered(index.answers, keys, addresses) if index.answers else None
    return _People(text, fields, by_value(fields, index), said)


def _unified(people: _People, index: CompanyIndex, begin: int, end: int) -> Unified:
    """Decide for a slice of the people: whatever the slices are, all decisions are the same."""
    text = people.text.iloc[begin:end].reset_index(drop=True)
    fields = {
        kind: replace(field, codes=field.codes[begin:end]) for kind, field in people.fields.items()
    }
    pairs = pairs_of(fields, people.proposed, index)
    if people.said is None:
        found = candidates(score(pairs, fields, index), index.rulebook, len(text))
        return decided(text, index, found, np.zeros(len(text), dtype=bool))
    said = people.said.among(begin, end)
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
