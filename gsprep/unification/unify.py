"""Unification: one verdict for every person, with its evidence."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from gsprep.errors import InputError
from gsprep.lazy import late_frame
from gsprep.mapping.columns import advise
from gsprep.results import DECISION_COLUMNS, Unified
from gsprep.schemas.fields import COMPANY_PERSON, PERSON
from gsprep.schemas.frames import ROW_ID, as_pandas, joined_by_row, require, text_frame
from gsprep.unification.answers import answers_about
from gsprep.unification.decide import (
    ALL_VERDICTS,
    WORDS,
    Decided,
    candidates,
    decide,
    ways_of,
    with_answers,
)
from gsprep.unification.evidence import EvidenceOfAll
from gsprep.unification.index import CompanyIndex
from gsprep.unification.keys import People
from gsprep.unification.prepare import prepare
from gsprep.unification.promise import promising_for
from gsprep.unification.registry import look_up
from gsprep.unification.score import pairs_of_people, propose, score
from gsprep.values.arrow import TEXT, among, as_arrow, as_column, return_memory, usual_threads

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from gsprep.lazy import Rows
    from gsprep.schemas.frames import Frame
    from gsprep.unification.answers import Answered
    from gsprep.unification.index import Values
    from gsprep.unification.pairs import Grouped
    from gsprep.unification.rulebook import Rulebook

    Progress = Callable[[str, int, int], None]

# People whose candidates fit in memory, and for the most part in a processor's cache.
_SLICE = 1 << 14
# People whose values are looked up together: what is found of a million takes a gigabyte.
_GROUP = 1 << 18


def unify(  # noqa: PLR0913  the public contract names each of them
    persons: Frame,
    companies: Frame | CompanyIndex,
    rulebook: Rulebook | None = None,
    *,
    known: Frame | None = None,
    answers: pd.DataFrame | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> Unified:
    """Decide for every person which company they belong to, each person on their own.

    Columns that probably are compared under another name are logged as a warning.

    Args:
        persons: raw or cleaned rows: Email, Phone, CompanyName and Country are compared, those
            that are there.
        companies: a frame, or the index of ``prepare``, which brings the rulebook, known people
            and answers that it was prepared with.
        rulebook: how companies are matched; None is the shipped default.
        known: people already linked to companies, see ``prepare``.
        answers: the answers of reviewers, see ``prepare``.
        progress: ``progress("match", done, total)`` is called as people are decided.

    Returns:
        One decision per person, and the evidence that adds up to its probability.

    Raises:
        InputError: for frames that cannot be used, also if only columns under other names are
            there, and if a rulebook, known people or answers are given together with an index that
            was prepared with others.

    Examples:
        >>> persons = pd.DataFrame({"Email": ["ana@acme.com", "cy@gmail.com"]})
        >>> companies = pd.DataFrame(
        ...     {"Gsid": ["1P02" + "A" * 32], "Name": ["Acme, Inc."], "Domain": ["acme.com"]}
        ... )
        >>> unified = gsprep.unify(persons, companies)
        >>> unified.decisions[["row_id", "verdict", "company_name"]]
          row_id   verdict company_name
        0      1     match   Acme, Inc.
        1      2  no_match          NaN
    """
    text, index = text_frame(persons), indexed(companies, rulebook, known, answers)
    advise(list(text.columns), PERSON, step="unify", used=compared_columns(index.rulebook))
    return unify_text(text, index, progress)


def compared_columns(rulebook: Rulebook) -> set[str]:
    """Return the columns of people that are compared."""
    columns = rulebook.columns
    return {columns.email, columns.company_name, columns.phone, columns.country}


def columns_read(rulebook: Rulebook) -> set[str]:
    """Return every column of people on which a decision may depend."""
    columns = rulebook.columns
    others = {columns.other_emails, columns.first_name, columns.last_name}
    identifiers = {one.person for one in rulebook.identifiers}
    return compared_columns(rulebook) | others | identifiers


def unify_text(
    text: pd.DataFrame,
    index: CompanyIndex,
    progress: Progress | None = None,
    *,
    shown: frozenset[str] = ALL_VERDICTS,
) -> Unified:
    """Decide for every person of a text frame; see ``unify``.

    The evidence is that for people of the verdicts ``shown``.
    """
    text, index = text.reset_index(drop=True), promising_for(index, text.columns)
    if len(text) > _SLICE:  # the others would be put in order, too
        read = {ROW_ID, *columns_read(index.rulebook)}
        text = text[[name for name in text if name in read]]
    parts, order = _parts(text, index, progress, shown)
    unified = _unified(text[ROW_ID], index, parts, order)
    if len(text) > _SLICE:
        return_memory()
    return unified


def _parts(
    text: pd.DataFrame, index: CompanyIndex, progress: Progress | None, shown: frozenset[str]
) -> tuple[list[Decided], np.ndarray]:
    """Return the decisions in parts, and the positions of their people."""
    parts: list[Decided] = []
    orders: list[np.ndarray] = []
    done, many = 0, len(text) > _SLICE
    with ThreadPoolExecutor(max_workers=usual_threads()) as threads:
        for group in _groups(text, index.rulebook):
            if many:  # what was needed for other people, or to prepare the companies, is large
                return_memory()
            people = _read(text.take(group).reset_index(drop=True), index)
            if many:
                return_memory()
            # Each name that several people state as their employer is then compared once.
            order = np.argsort(people.by_kind["name"].codes, kind="stable")
            order = order if many else np.arange(len(group))
            slices = np.array_split(order, max(-(-len(group) // _SLICE), 1))
            # A thread is started in the time in which a person is decided.
            ask = threads.map if len(slices) > 1 else map
            for part in ask(partial(_decided, people, index, shown), slices):
                parts.append(part)
                done += len(part.verdict)
                if progress is not None:
                    progress("match", done, len(text))
            orders.append(group[order])
    return parts, np.concatenate(orders)


def _groups(text: pd.DataFrame, rulebook: Rulebook) -> list[np.ndarray]:
    """Return the positions of people in groups; who states the same employer is in one group."""
    place = np.arange(len(text))
    count, employer = -(-len(text) // _GROUP), rulebook.columns.company_name
    if count > 1 and employer in text:
        names = pc.utf8_lower(as_arrow(text[employer])).dictionary_encode()
        rank = pc.rank(names.dictionary).to_numpy()
        codes = pc.fill_null(names.indices, len(rank)).to_numpy()
        place = np.argsort(np.append(rank, len(rank) + 1)[codes], kind="stable")
    return np.array_split(place, max(count, 1))


def _unified(
    row_ids: pd.Series[str], index: CompanyIndex, parts: list[Decided], order: np.ndarray
) -> Unified:
    """Return the decisions on people; ``parts`` are emptied, to save memory.

    ``order`` are the positions in ``row_ids`` of the people of all parts, one after the other.
    """
    back = np.argsort(order)
    columns = dict(zip(Decided._fields, map(list, zip(*parts, strict=True)), strict=True))
    parts.clear()
    evidence = EvidenceOfAll.of(row_ids, index.gsids, columns.pop("evidence"), order)
    reasons = pa.chunked_array(columns.pop("reason")).unify_dictionaries().combine_chunks()
    numbers = {name: np.concatenate(columns.pop(name))[back] for name in list(columns)}
    decisions = _Decisions(
        row_ids,
        _texts(index, numbers) | {"reason": (reasons.dictionary, reasons.indices.to_numpy()[back])},
        {name: numbers[name] for name in ("probability", "margin")},
    )
    return Unified(
        late_frame(len(row_ids), decisions.frame),
        late_frame(len(evidence.lines.person), evidence.frame),
        numbers["named"],
    )


def _texts(
    index: CompanyIndex, numbers: Mapping[str, np.ndarray]
) -> dict[str, tuple[pa.Array, np.ndarray]]:
    """Return the columns of text, each as its distinct texts and a position for each person."""
    ways = ways_of(index.rulebook)
    named = np.zeros(len(index) + 1, dtype=bool)
    named[numbers["company"]] = named[numbers["second"]] = True
    used = np.flatnonzero(named[:-1])  # the last is for those without a company
    place = np.full(len(named), -1, dtype=np.int32)
    place[used] = np.arange(len(used))
    ids, names = (pa.array(texts[used], TEXT) for texts in (index.gsids, index.names))
    company, second = place[numbers["company"]], place[numbers["second"]]
    way = (numbers["way"] % len(ways)).astype(np.int16)
    return {
        "verdict": (pa.array(WORDS, TEXT), numbers["verdict"]),
        "Company_ID": (ids, company),
        "company_name": (names, company),
        "rule": (pa.array(ways, TEXT), way),
        "runner_up_id": (ids, second),
        "runner_up_name": (names, second),
    }


class _Decisions(NamedTuple):
    """The columns of decisions: a million people have few different texts."""

    row_ids: pd.Series[str]
    texts: Mapping[str, tuple[pa.Array, np.ndarray]]
    numbers: Mapping[str, np.ndarray]

    def frame(self, rows: Rows, columns: Sequence[str] | None) -> pd.DataFrame:
        """Return the decisions on the people at some positions."""
        row_ids = self.row_ids.iloc[rows].reset_index(drop=True)
        # Copies: whoever changes this frame does not change the next.
        found: dict[str, Any] = {n: of[rows].copy() for n, of in self.numbers.items()}
        found[ROW_ID] = row_ids
        for name, (texts, each) in self.texts.items():
            if columns is None or name in columns:
                at = each[rows]
                found[name] = as_column(texts.take(pa.array(at, mask=at < 0)), row_ids)
        names = DECISION_COLUMNS if columns is None else columns
        chosen = {name: found[name] for name in names}
        return pd.DataFrame(chosen, index=row_ids.index, copy=False)


class _Read(NamedTuple):
    """All people: their values, the companies that these propose, and the answers about them."""

    row_ids: pd.Series[str]
    by_kind: Mapping[str, Values]
    proposed: Mapping[str, Grouped]
    answered: Answered | None


def _read(text: pd.DataFrame, index: CompanyIndex) -> _Read:
    """Look up each distinct value once."""
    people = People(text, index.rulebook, index.known)
    values = look_up(people, index)
    answered = answers_about(index.answers, people) if index.answers else None
    proposed = propose(values, index)
    values = {
        kind: replace(of_kind, codes=_small(of_kind.codes), proposed=())
        for kind, of_kind in values.items()
    }
    return _Read(text[ROW_ID], values, proposed, answered)


def _small(codes: np.ndarray) -> np.ndarray:
    """Return the codes of all people in little memory: most kinds have few, and many none."""
    return codes.astype(np.int32) if (codes >= 0).any() else np.broadcast_to(-1, len(codes))


def _decided(
    people: _Read, index: CompanyIndex, shown: frozenset[str], places: np.ndarray
) -> Decided:
    """Decide for some of the people; the decisions do not depend on which these are."""
    values = {
        kind: replace(of_kind, codes=of_kind.codes[places].astype(np.int64))
        for kind, of_kind in people.by_kind.items()
    }
    pairs = pairs_of_people(values, people.proposed, index)
    if people.answered is None:
        found = candidates(score(pairs, values, index), index.rulebook, len(places))
        return decide(index, found, np.zeros(len(places), dtype=bool), shown)
    answered = people.answered.take(places)
    scored = score(answered.open(pairs), values, index)
    found = with_answers(candidates(scored, index.rulebook, len(places)), answered.company)
    ruled_out = np.isin(np.arange(len(places)), answered.ruled_out.left)
    return decide(index, found, ruled_out, shown)


def indexed(
    companies: Frame | CompanyIndex,
    rulebook: Rulebook | None,
    known: Frame | None,
    answers: pd.DataFrame | None,
) -> CompanyIndex:
    """Return the index of companies, prepared now or before; see ``unify``."""
    if not isinstance(companies, CompanyIndex):
        return prepare(companies, rulebook, known=known, answers=answers)
    if known is not None or answers is not None:
        raise InputError("the companies are prepared already: give known and answers to prepare")
    if rulebook is not None and rulebook != companies.rulebook:
        raise InputError(
            "the companies were prepared with another rulebook: prepare them again with this one"
        )
    return companies


_KEYS = ("Email", "Person_ID")


def associate(persons: Frame, decisions: pd.DataFrame) -> pd.DataFrame:
    """Return one company_person row for each ``match``, in the order of ``persons``.

    IsPrimaryCompany is never invented. A tenant's own fields stay with the person.

    Args:
        persons: the people, with ``row_id`` and the key columns.
        decisions: those of ``unify``.

    Returns:
        The associations: columns row_id (the person's), the key columns, Company_ID, and those of
        ``persons`` that belong to CompanyPerson (Title, Role, Manager, Active, IsPrimaryCompany).

    Raises:
        MissingColumnsError: without ``row_id``, verdict or Company_ID.

    Examples:
        >>> persons = pd.DataFrame({"row_id": ["1"], "Email": ["ana@acme.com"], "Title": ["CFO"]})
        >>> decisions = pd.DataFrame(
        ...     {"row_id": ["1"], "verdict": ["match"], "Company_ID": ["1P02" + "A" * 32]}
        ... )
        >>> gsprep.associate(persons, decisions)[["row_id", "Email", "Title"]]
          row_id         Email Title
        0      1  ana@acme.com   CFO
    """
    persons, decisions = as_pandas(persons), as_pandas(decisions)
    require(persons, (ROW_ID,), of="the frame of people")
    require(decisions, (ROW_ID, "verdict", "Company_ID"), of="the frame of decisions")
    return associate_text(text_frame(persons), text_frame(decisions))


def associate_text(persons: pd.DataFrame, decisions: pd.DataFrame) -> pd.DataFrame:
    """Return one company_person row for each ``match`` of two text frames; see ``associate``."""
    own = [name for name in persons.columns if _belongs(name)]
    keys = [name for name in _KEYS if name in persons.columns]
    matches = decisions.loc[decisions["verdict"] == "match", [ROW_ID, "Company_ID"]]
    if persons[ROW_ID].array.equals(decisions[ROW_ID].array):
        is_matched = (decisions["verdict"] == "match").to_numpy(dtype=bool)
    else:
        is_matched = among(persons[ROW_ID], matches[ROW_ID])
    matched = persons.loc[is_matched, [ROW_ID, *keys, *own]]
    return joined_by_row(matched, matches)[[ROW_ID, *keys, "Company_ID", *own]]


def matched_associations(
    valid: pd.DataFrame, decisions: pd.DataFrame, key: Sequence[str]
) -> pd.DataFrame:
    """Return an association for each match; it names its person by the whole key, or the Gsid."""
    matched = associate_text(valid, decisions)
    more = [name for name in key if name in valid.columns and name not in matched.columns]
    more = [*more, *(["Gsid"] if "Gsid" in valid else [])]
    if not more:
        return matched
    named = valid[[ROW_ID, *more]].rename(columns={"Gsid": "Person_ID"})
    return joined_by_row(matched, named)


def _belongs(name: str) -> bool:
    return (
        not name.endswith("__gc")
        and name not in {ROW_ID, "Company_ID", "CurrencyIsoCode", *_KEYS}
        and COMPANY_PERSON.sends(name)
    )
