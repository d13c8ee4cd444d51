"""Frames of what was found: groups, pairs, evidence."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from gsprep.unification.duplicates.candidates import among
from gsprep.unification.duplicates.levels import LEVELS, MISSING
from gsprep.unification.duplicates.linkage import ANSWERED
from gsprep.unification.duplicates.model import sigmoid, terms_of
from gsprep.unification.duplicates.output_tables import named_groups
from gsprep.unification.duplicates.results import (
    GROUP_COLUMNS,
    PAIR_COLUMNS,
    Duplicates,
    LearnedModel,
)
from gsprep.unification.duplicates.unrelated_pairs import levels_in

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gsprep.unification.duplicates.candidates import People
    from gsprep.unification.duplicates.existing_links import Conflict, Decided
    from gsprep.unification.duplicates.linkage import Scored, Solved
    from gsprep.unification.duplicates.model import Model, Terms
    from gsprep.unification.duplicates.records import Records
    from gsprep.unification.rulebook import Decide

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
_WEIGHT_COLUMNS = ("column", "level", "of_one_person", "of_strangers", "weight")


def alternatives(model: Model, people: People) -> list[str]:
    """Return the names of the alternatives: a stranger, or who shares the context."""
    shared = [" and ".join(people.columns[at].name for at, _ in terms) for terms in model.contexts]
    return [_STRANGER, *(f"shares {names}" for names in shared)]


def reasons(terms: Terms, scored: Scored, people: People) -> np.ndarray:
    """Return the reason of each pair in sentences, the strongest evidence first."""
    levels = levels_in(scored.patterns, len(people.columns)).astype(np.int64)
    size = np.where(levels == MISSING, 0, np.abs(terms.weights))
    strongest = np.argsort(-size, axis=1, kind="stable")[:, :_MOST_SENTENCES]
    said = np.take_along_axis(size, strongest, axis=1) > 0
    shown = strongest * (MISSING + 1) + np.take_along_axis(levels, strongest, axis=1) + 1
    numbers = np.where(said, shown, 0) @ 1_000 ** np.arange(strongest.shape[1], dtype=np.int64)
    # Each reason is written once.
    codes, distinct = pd.factorize(numbers)
    first = np.zeros(len(distinct), dtype=np.int64)
    first[codes[::-1]] = np.arange(len(codes))[::-1]
    words = {
        at: [f"{column.name}: {_SAID[name]}." for name in LEVELS[column.kind]]
        for at, column in enumerate(people.columns)
    }
    texts = [
        " ".join(words[at][levels[row, at]] for at in strongest[row][said[row]].tolist())
        for row in first.tolist()
    ]
    return np.array([text or "No value in common." for text in texts], dtype=object)[codes]


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


def weights_table(model: Model, people: People) -> pd.DataFrame:
    """Return the learned probabilities and weights, one line per column and level."""
    lines = [
        (column.name, name, np.exp(model.m[at, level]), np.exp(model.u[at, level]),
         model.m[at, level] - model.u[at, level])
        for at, column in enumerate(people.columns)
        for level, name in enumerate(LEVELS[column.kind])
    ]  # fmt: skip
    return pd.DataFrame(lines, columns=[*_WEIGHT_COLUMNS])


_DECIMALS = 6
# What decided a pair of one key: a person has to.
SAME_KEY = "key"
_OTHER_NAME = "The key is the same, and the names differ. "
_ONE_MAILBOX = "The e-mail address is the same: a person has to decide. "
_ALONE = "No other record is likely to be the same person."


@dataclass(frozen=True, slots=True)
class Found:
    """What was found, by the places of records.

    clashes:  records whose identifiers belong to different existing people.
    open:     pairs of one key that need a decision, as ``left * size + right``, sorted: their names
              plainly differ, or in one list they are not sure enough.
    document: returns what was learned, as a file has it.
    """

    records: Records
    solved: Solved
    decide: Decide
    said: Decided
    clashes: tuple[Conflict, ...] = ()
    open: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))
    document: Callable[[], Mapping[str, object]] = dict


class _Shown(NamedTuple):
    """The pairs that are shown: matches and those to review."""

    scored: Scored
    match: np.ndarray
    probability: np.ndarray


def tables(found: Found, before: pd.DataFrame | None, notes: tuple[str, ...]) -> Duplicates:
    """Return the groups, the pairs and their evidence."""
    shown = _shown(found)
    terms = terms_of(found.solved.learned.model, shown.scored.patterns, shown.scored.shift)
    left, right = _sides(found.records, shown.scored.left, shown.scored.right)
    ids = found.records.ids
    rule = _rules(found, shown)
    why = _ONE_MAILBOX if found.records.people.files is None else _OTHER_NAME
    said = np.where(rule == SAME_KEY, why, "") + reasons(terms, shown.scored, found.records.people)
    names = np.array(alternatives(found.solved.learned.model, found.records.people), dtype=object)
    pairs = pd.DataFrame({
        "left_id": ids[left],
        "right_id": ids[right],
        "verdict": np.where(shown.match, "match", "review"),
        "probability": np.round(shown.probability, _DECIMALS),
        "rule": rule,
        "reason": said,
        "alternative": names[terms.alternative],
    })[list(PAIR_COLUMNS)]  # fmt: skip
    sides = {"left_id": ids[left], "right_id": ids[right]}
    evidence = pd.DataFrame(
        sides
        | {"intercept": terms.intercept.astype(np.float32)}
        | {
            column.name: terms.weights[:, at].astype(np.float32)
            for at, column in enumerate(found.records.people.columns)
        }
    )
    if len(found.said.together):
        # An answer outweighs everything else.
        whole = evidence.drop(columns=["left_id", "right_id"]).sum(axis=1)
        evidence["answer"] = np.where(rule == "answer", shown.scored.score - whole, 0.0)
        evidence = evidence.astype({"answer": "float32"})
    words = pd.DataFrame(sides | said_of(shown.scored, found.records.people))
    order = np.lexsort((_ranks(ids, right), _ranks(ids, left), -shown.probability))
    groups, history = _groups(found, shown, said, before)
    return Duplicates(
        groups=groups,
        pairs=_text(pairs.iloc[order]),
        evidence=_text(evidence.iloc[order]),
        said=_text(words.iloc[order]),
        model=_model(found),
        history=history,
        notes=(*notes, *_notes(found, history)),
        apart=_apart(found),
    )


def _ranks(ids: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Return numbers in the order of the names of records: few records have many pairs."""
    used, at = np.unique(places, return_inverse=True)
    ranks: np.ndarray = np.unique(ids[used].astype("U"), return_inverse=True)[1]
    return ranks[at]


def _text(frame: pd.DataFrame) -> pd.DataFrame:
    words = [name for name, kind in frame.dtypes.items() if kind.kind == "O"]
    return frame.astype(dict.fromkeys(words, "str")).reset_index(drop=True)


def _shown(found: Found) -> _Shown:
    scored, groups = found.solved.scored, found.solved.groups
    probability = sigmoid(scored.score)
    together = groups[scored.left] == groups[scored.right]
    ruled_out = scored.score <= -ANSWERED
    kept = together | ((probability >= found.decide.review_from) & ~ruled_out)
    kept |= among(scored.numbers(len(groups)), found.open)
    return _Shown(scored.chosen(kept), together[kept], probability[kept])


def _sides(records: Records, one: np.ndarray, other: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the records of pairs: a record before an existing person, else by place as given."""
    swapped = records.given[one] > records.given[other]
    left = np.where(swapped, other, one)
    return left, np.where(swapped, one, other)


def _apart(found: Found) -> frozenset[tuple[str, str]]:
    """Return the names of the records that reviewers told apart."""
    records = found.records
    one, other = np.divmod(found.said.apart, max(records.people.size, 1))
    left, right = _sides(records, one, other)
    return frozenset(zip(records.ids[left].tolist(), records.ids[right].tolist(), strict=True))


def _rules(found: Found, shown: _Shown) -> np.ndarray:
    """Return what decided each pair: an answer, the key, the model, the group or a conflict."""
    numbers = shown.scored.numbers(found.records.people.size)
    clashing = np.array([clash.record for clash in found.clashes], dtype=np.int64)
    over = shown.scored.score > found.solved.learned.line
    conflict = ~shown.match & (
        np.isin(shown.scored.left, clashing) | np.isin(shown.scored.right, clashing)
    )
    answered = among(numbers, found.said.together)
    kinds = [answered, among(numbers, found.open), conflict, over != shown.match]
    return np.select(kinds, ["answer", SAME_KEY, "conflict", "group"], default="model")


def _groups(
    found: Found, shown: _Shown, said: np.ndarray, before: pd.DataFrame | None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    records, groups = found.records, found.solved.groups
    back = np.argsort(records.given)
    files = records.people.files
    fixed = np.full(len(back), "", dtype=object)
    if files is not None:
        fixed[files] = records.ids[files]
    named = named_groups(groups[back], records.ids[back], fixed[back], before)
    open_ = np.zeros(len(back), dtype=bool)
    for side in (shown.scored.left, shown.scored.right):
        open_[side[~shown.match]] = True
    size = np.bincount(groups, minlength=len(groups))[groups]
    verdict = np.select([size > 1, open_], ["match", "review"], default="single")
    frame = pd.DataFrame({
        "row_id": records.ids,
        "person_id": named.person_ids[np.argsort(back)],
        "size": size,
        "verdict": verdict,
        "reason": _reasons(found, shown, said),
    })[list(GROUP_COLUMNS)]  # fmt: skip
    if files is not None:
        frame["Gsid"] = _existing(records, groups)
        frame["source"] = np.where(files, "against", "persons")
    return _text(frame.iloc[back]), named.history


def _existing(records: Records, groups: np.ndarray) -> np.ndarray:
    """Return by record the existing person of its group, missing without one."""
    files = records.people.of_second(np.arange(len(groups)))
    of_group = np.full(len(groups), None, dtype=object)
    of_group[groups[files]] = records.ids[files]
    return of_group[groups]


def _reasons(found: Found, shown: _Shown, said: np.ndarray) -> np.ndarray:
    """Return the reason of each record: that of its best match, else of its best open pair."""
    reason = np.full(len(found.records.ids), _ALONE, dtype=object)
    order = np.lexsort((shown.scored.score, shown.match))
    for side in (shown.scored.left, shown.scored.right):
        best = np.full(len(reason), -1)
        best[side[order]] = np.arange(len(order))
        there = best >= 0
        reason[there] = said[order[best[there]]]
    for clash in found.clashes:
        met = ", ".join(
            f"{column} that of {found.records.ids[person]}"
            for column, person in zip(clash.columns, clash.existing, strict=True)
        )
        reason[clash.record] = f"Conflict of identifiers: {met}. A person has to decide."
    return reason


def _model(found: Found) -> LearnedModel:
    learned, people = found.solved.learned, found.records.people
    contexts = [name.removeprefix("shares ") for name in alternatives(learned.model, people)[1:]]
    shared = np.round(np.exp(learned.model.sizes) * people.pairs).astype(np.int64)
    return LearnedModel(
        weights=weights_table(learned.model, people),
        contexts=pd.DataFrame({"context": contexts, "pairs": shared}),
        keys=tuple(" + ".join(key.features) for key in learned.keys),
        intercept=learned.model.prior,
        cut=float(sigmoid(np.array(learned.line))),
        expected=found.solved.expected,
        completeness=learned.completeness,
        document=found.document,
    )


def _notes(found: Found, history: pd.DataFrame) -> tuple[str, ...]:
    scored, groups = found.solved.scored, found.solved.groups
    together = int((groups[scored.left] == groups[scored.right]).sum())
    expected = f"{found.solved.expected:,.0f}"
    notes = [f"matching pairs: {together:,} found, about {expected} expected (an estimate)"]
    if found.clashes:
        notes.append(
            f"{len(found.clashes)} records have identifiers of different existing people: they "
            "are in review"
        )
    changes = history["change"].value_counts()
    notes += [
        f"since the last run {changes[name]} persons are {name}: see history"
        for name in ("merged", "split")
        if name in changes
    ]
    return tuple(notes)


def nothing_found(
    records: Records, before: pd.DataFrame | None, notes: tuple[str, ...]
) -> Duplicates:
    """Return every record as a person of its own."""
    back = np.argsort(records.given)
    ids = records.ids[back]
    fixed = np.full(len(ids), "", dtype=object)
    named = named_groups(np.arange(len(ids)), ids, fixed, before)
    groups = pd.DataFrame({
        "row_id": ids, "person_id": named.person_ids, "size": 1, "verdict": "single",
        "reason": _ALONE,
    })  # fmt: skip
    if records.people.files is not None:
        old = records.people.files[back]
        groups = groups.assign(
            Gsid=pd.Series(ids).where(old).to_numpy(object),
            source=np.where(old, "against", "persons"),
        )
    empty = pd.DataFrame({name: pd.Series(dtype="str") for name in PAIR_COLUMNS})
    return Duplicates(
        groups=_text(groups),
        pairs=empty.astype({"probability": "float64"}),
        evidence=empty[["left_id", "right_id"]].assign(intercept=pd.Series(dtype="float32")),
        model=LearnedModel(
            pd.DataFrame(columns=[*_WEIGHT_COLUMNS]), pd.DataFrame(columns=["context", "pairs"])
        ),
        history=named.history,
        notes=notes,
    )
