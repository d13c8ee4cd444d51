"""Duplicate people, within a file and against existing people."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gsprep.display import few, plural
from gsprep.schemas.answers import answers_by_row
from gsprep.schemas.frames import ROW_ID, text_frame
from gsprep.unification.duplicates.candidates import (
    Features,
    People,
    all_pairs,
    among,
    copies_of,
    copy_pairs,
    merged,
    pairs_of_keys,
)
from gsprep.unification.duplicates.columns import guessed_kinds
from gsprep.unification.duplicates.existing_links import (
    Decided,
    SameKeys,
    best_links,
    conflicts,
    decided,
    same_keys,
    sides,
)
from gsprep.unification.duplicates.grouping import Joining, best_cut, joined, promised_cut
from gsprep.unification.duplicates.levels import one_mailbox, only_shared
from gsprep.unification.duplicates.linkage import (
    ANSWERED,
    Task,
    compared_pairs,
    decide,
    evidence_of,
    solve,
    two_people,
)
from gsprep.unification.duplicates.model import sigmoid
from gsprep.unification.duplicates.model_file import (
    PROMISES,
    document_of,
    learned_document,
    logit,
    parse_saved,
    read_saved,
)
from gsprep.unification.duplicates.records import Records, records_of
from gsprep.unification.duplicates.results import LearnedModel
from gsprep.unification.duplicates.tables import Found, nothing_found, tables
from gsprep.unification.duplicates.unrelated_pairs import codes_of, levels_in
from gsprep.unification.rulebook import Rulebook, given_rulebook

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gsprep.schemas.frames import Frame
    from gsprep.unification.duplicates.linkage import Scored, Solved
    from gsprep.unification.duplicates.model import Model
    from gsprep.unification.duplicates.model_file import SavedModel
    from gsprep.unification.duplicates.results import Duplicates
    from gsprep.unification.rulebook import Decide
    from gsprep.unification.rules import Compared

# The pairs of a list, and those for each record, if the rulebook does not say how many.
_PAIRS, _FEWEST_PER_ROW, _MOST_PER_ROW = 4_000_000, 12.0, 60.0
# Of records that are the same, so many are learned from, and fewer in a list of few records.
_MOST_COPIES, _FEWEST_COPIES, _FOR_A_COPY = 10, 2, 20
# From so many on they are more than a list of several sources has.
_MANY_COPIES = 20
_GUESS = Rulebook(intercept=0.0, model={"same_name": 0.0})


def find_duplicates(  # noqa: PLR0913  the public contract names each of them
    persons: Frame,
    rulebook: Rulebook | None = None,
    *,
    against: Frame | None = None,
    answers: pd.DataFrame | None = None,
    groups: pd.DataFrame | None = None,
    model: LearnedModel | str | Path | None = None,
    seed: int = 0,
) -> Duplicates:
    """Find the records of one person, without labels.

    The columns under ``compare:`` of the rulebook are compared; without them, those whose headers
    say their kind. How much each value counts is learned from the list. The same input and ``seed``
    give the same result, whatever the order of rows and columns.

    Args:
        persons: the records to compare.
        rulebook: which columns are compared and how; None finds them by their headers.
        against: people who exist already: records are linked to them, and two of them are never one
            person.
        answers: decisions of reviewers, which always hold: left_id, right_id, answer (``match`` or
            ``no_match``), or the pair_answers.csv of a review.
        groups: those of an earlier run, whose person_ids are kept.
        model: one that was learned before (``found.model`` or a file of ``found.model.save``):
            nothing is learned, its columns are compared, and each record is linked to the people
            of ``against`` in the same way whatever other records come with it.
        seed: the start of the random choices.

    Returns:
        The person of each record, the pairs with their reasons, and what was learned.

    Raises:
        InputError: if nothing can be compared, and for a bad ``row_id``, answers, groups or model.

    Examples:
        >>> persons = pd.DataFrame({
        ...     "Email": ["ana.ruiz@acme.com", "bo@acme.com", "ana.ruiz@acme.com"],
        ...     "FirstName": ["Ana", "Bo", "Ana"], "LastName": ["Ruiz", "Lund", "Ruiz"],
        ... })
        >>> gsprep.find_duplicates(persons).groups[["row_id", "size", "verdict"]]
          row_id  size verdict
        0      1     2   match
        1      2     1  single
        2      3     2   match
    """
    others = None if against is None else text_frame(against, of="the existing people")
    given = Given(answers=answers, groups=groups, model=model, seed=seed)
    return duplicates_of(text_frame(persons), others, rulebook, given)


@dataclass(frozen=True, kw_only=True, slots=True)
class Given:
    """What is known before a list is compared; see ``find_duplicates``.

    same_key: rows and existing people that the service takes for one person: left_id, right_id and
              ``role``, whether the address is a role mailbox. If their names plainly differ, the
              pair needs a decision.
    """

    answers: pd.DataFrame | None = None
    groups: pd.DataFrame | None = None
    model: LearnedModel | str | Path | None = None
    seed: int = 0
    same_key: pd.DataFrame | None = None


def duplicates_of(
    text: pd.DataFrame, others: pd.DataFrame | None, rulebook: Rulebook | None, given: Given
) -> Duplicates:
    """Find the records of one person in text frames, as ``find_duplicates`` does."""
    book = _GUESS if rulebook is None else given_rulebook(rulebook)
    answers, groups = given.answers, given.groups
    saved = _saved(given.model)
    compare = _compare(text, book) if saved is None else saved.compare
    records = records_of(text, others, compare, None if saved is None else saved.layout)
    guessed = saved is None and not book.compare
    notes = _compared_columns(text, compare, guessed=guessed)
    if records.people.pairs < 1 or not records.people.columns:
        return nothing_found(records, groups, (*notes, *_blank(records)))
    emails = next((c for c in records.people.columns if c.kind == "email"), None)
    by_place = None if emails is None else emails.text(np.arange(len(records.ids)))
    asked = None if answers is None else answers_by_row(answers, text, [*compare])
    said = decided(asked, records, by_place)
    same_key = same_keys(given.same_key, records)
    found = _found(records, book, said, (given.seed, same_key), saved)
    if said.unknown:
        are = plural(said.unknown, "answer is", "answers are")
        notes = (*notes, f"{said.unknown} {are} about records that are not in the input: left out")
    return tables(found, groups, notes)


def _saved(model: LearnedModel | str | Path | None) -> SavedModel | None:
    if isinstance(model, LearnedModel):
        return parse_saved(learned_document(model))
    return None if model is None else read_saved(Path(model))


def _compare(text: pd.DataFrame, book: Rulebook) -> Mapping[str, Compared]:
    compare = book.compare or guessed_kinds(name for name in text.columns if name != ROW_ID)
    return {name: how for name, how in sorted(compare.items()) if name in text.columns}


def _compared_columns(
    text: pd.DataFrame, compare: Mapping[str, Compared], *, guessed: bool
) -> tuple[str, ...]:
    """Return a sentence about the columns that are compared by their headers."""
    if not guessed:
        return ()
    left = [name for name in text.columns if name not in compare and name != ROW_ID]
    kinds = ", ".join(f"{name} ({how.part or how.kind})" for name, how in compare.items())
    return (
        f"compared by their headers: {kinds}",
        *([f"not compared: {few('columns', left)}"] if left else []),
    )


def _blank(records: Records) -> tuple[str, ...]:
    """Return a sentence if no record has a value to compare."""
    if records.people.columns or len(records.ids) < 2:  # noqa: PLR2004  nothing is compared
        return ()
    return ("no record has a value in the columns that are compared",)


def _found(
    records: Records,
    book: Rulebook,
    said: Decided,
    asked: tuple[int, SameKeys],
    saved: SavedModel | None,
) -> Found:
    people = records.people
    seed, same_key = asked
    never = [c.codes for c in people.columns if c.name in book.never]
    constraints = (*never, *([] if records.existing is None else [records.existing]))
    apart = frozenset(zip(*(np.divmod(said.apart, max(people.size, 1))), strict=True))
    # What is promised of pairs is promised of groups.
    slack = {} if book.decide.precision is None else {"slack": 0.0}
    largest = book.candidates.largest_block if saved is None else saved.largest_block
    copies = copies_of(people)
    copied = copy_pairs(replace(people, within=people.files is not None), copies, _MANY_COPIES)
    same = copies if len(copied) else None
    # Without a budget in the rulebook there are more pairs for each record of a smaller list.
    usual = min(max(_PAIRS / max(people.size, 1), _FEWEST_PER_ROW), _MOST_PER_ROW)
    task = Task(
        people=people,
        copied=copied,
        seed=seed,
        largest=largest,
        budget=book.candidates.pairs_per_row or usual,
        line=partial(_line, book.decide),
        joining=lambda line, prior: Joining(line, prior, apart, constraints, same, **slack),
        together=said.together,
        apart=said.apart,
        asked=same_key.pairs,
    )
    if saved is not None:
        solved = decide(task, saved.learned(people, saved.line_for(book.decide)))
        document: Callable[[], Mapping[str, object]] = partial(
            saved.model_dump, by_alias=True, exclude_none=True
        )
    else:
        solved = solve(task) if same is None else _of_fewer(task, same)
        document = partial(_document, solved, records)
    found = Found(records, solved, book.decide, said, document=document)
    return _one_file(found) if people.files is None else _linked(found, task, same_key)


def _of_fewer(task: Task, copies: np.ndarray) -> Solved:
    """Learn from a few of the records that are the same, and decide all.

    A record that is there hundreds of times would be all that the list seems to be about.
    """
    place = pd.Series(copies).groupby(copies).cumcount().to_numpy()
    most = min(max(int((place == 0).sum()) // _FOR_A_COPY, _FEWEST_COPIES), _MOST_COPIES)
    kept = np.flatnonzero(place < most)
    columns, files = task.people.columns, task.people.files
    people = People(
        [replace(column, codes=column.codes[kept]) for column in columns],
        None if files is None else files[kept],
    )
    none = np.empty(0, np.int64)
    few = replace(
        task, people=people, copied=none, together=none, apart=none, asked=none, joining=Joining
    )
    learned = solve(few).learned
    found = [one._replace(codes=codes_of(columns[one.column], one.levels)) for one in learned.found]
    return decide(task, learned._replace(found=found))


def _document(solved: Solved, records: Records) -> Mapping[str, object]:
    """Return what was learned, as a file has it."""
    probability = sigmoid(solved.scored.score)
    lines = {target: logit(promised_cut(probability, target)) for target in PROMISES}
    return document_of(solved.learned, records, lines)


def _line(decide: Decide, probability: np.ndarray, expected: float) -> float:
    """Return the probability from which a pair is a match, as the rulebook says.

    A line that was learned for a precision is taken as it is.
    """
    if decide.precision is not None and not decide.lines:
        return max(promised_cut(probability, decide.precision), decide.review_from)
    if decide.precision is not None or "match_from" in decide.model_fields_set:
        return decide.line
    return best_cut(probability, expected)


def _one_file(found: Found) -> Found:
    """Let a person decide about records of one mailbox that the list does not show to be one.

    A short list cannot tell how rare a mailbox is. People who have nothing but the mailbox in
    common share it.
    """
    scored, groups = found.solved.scored, found.solved.groups
    people = found.records.people
    shared = one_mailbox(people.columns, levels_in(scored.patterns, len(people.columns)))
    apart = groups[scored.left] != groups[scored.right]
    open_ = scored.chosen(shared & apart & (np.abs(scored.score) < ANSWERED))
    return replace(found, open=np.sort(open_.numbers(people.size)))


def _linked(found: Found, task: Task, same_key: SameKeys) -> Found:
    """Link records to existing people, then join the others among themselves."""
    people, solved = found.records.people, found.solved
    line = solved.learned.line
    doubtful = same_key.doubtful(solved.scored, people) & (np.abs(solved.scored.score) < ANSWERED)
    pairs = found.said.together.tolist()
    answered = {record for pair in pairs for record in divmod(pair, people.size)}
    clashes = [one for one in conflicts(solved.scored, people) if one.record not in answered]
    new, _ = sides(solved.scored, people)
    score = solved.scored.score
    best = np.zeros(people.size)
    np.maximum.at(best, new, sigmoid(score))
    levels = levels_in(solved.scored.patterns, len(people.columns))
    stopped = np.isin(new, [clash.record for clash in clashes])
    stopped |= only_shared(people.columns, levels) | two_people(people, solved.scored)[0]
    stopped &= score < ANSWERED
    link = best_links(
        replace(solved.scored, score=np.where(stopped | doubtful, -np.inf, score)),
        people,
        line,
        found.decide.link,
    )
    cross = np.where(link, score, np.minimum(score, line))
    scored = replace(solved.scored, score=cross)
    whole = solved.scored
    open_ = whole.chosen(doubtful).numbers(people.size)
    if found.decide.link == "many_to_one":
        within = _within(found, task, new[link])
        scored, whole = scored.and_(within), whole.and_(within)
    how = task.joining(line, solved.learned.model.prior)
    groups = _joined(scored, new[link], how, solved.learned.model)
    return replace(
        found,
        solved=solved._replace(scored=whole, groups=groups, expected=float(best.sum())),
        clashes=tuple(clashes),
        open=np.sort(open_),
    )


def _joined(scored: Scored, linked: np.ndarray, how: Joining, model: Model) -> np.ndarray:
    """Return the groups of links, which hold whatever other records say, and of the others."""
    size = len(how.unique[-1])
    has_link = np.zeros(size, dtype=bool)
    has_link[linked] = True
    old = how.unique[-1] >= 0
    cross = old[scored.left] | old[scored.right]
    links = scored.chosen(cross)
    groups = joined(size, links.edges, replace(how, slack=np.inf))
    free = ~cross & ~has_link[scored.left] & ~has_link[scored.right]
    rest = scored.chosen(free)
    among_new = joined(size, rest.edges, how, evidence_of(model, rest))
    return np.where(old | has_link, groups, among_new)


def _within(found: Found, task: Task, linked: np.ndarray) -> Scored:
    """Return the pairs among the records of the first file, by what was learned.

    Of two records that have their links nothing is asked.
    """
    people, learned = replace(task.people, within=True), found.solved.learned
    free = ~task.people.of_second(np.arange(people.size))
    free[linked] = False
    if not free.any():
        return learned.score(people, compared_pairs(people, np.empty(0, np.int64)))
    features, keys = Features.of(people.columns), learned.keys
    numbers = (
        pairs_of_keys(people, features, keys) if keys else all_pairs(people, features, task.largest)
    )
    numbers = merged([numbers, task.copied])
    numbers = numbers[free[numbers // people.size] | free[numbers % people.size]]
    scored = learned.score(people, compared_pairs(people, numbers))
    odds = np.where(among(numbers, task.apart), -ANSWERED, scored.score)
    return replace(scored, score=odds)
