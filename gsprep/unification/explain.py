"""Explanations of verdicts: sentences and terms."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

from gsprep.display import steps_html
from gsprep.errors import InputError
from gsprep.schemas.frames import ROW_ID
from gsprep.unification.registry import LIKE_STRANGERS, LIKE_STRANGERS_SENTENCE, comparisons
from gsprep.unification.score import joint_sentences
from gsprep.values.arrow import TEXT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from gsprep.results import Unified

# The term of a reviewer's answer.
ANSWER = "answer"


class Ending(IntEnum):
    """The last sentence of a reason."""

    NONE = 0
    UNSURE = 1
    TIE = 2
    NOT_ALONE = 3
    RULES_DECIDE = 4
    SEVERAL = 5
    RULED_OUT = 6
    NO_RULE = 7
    NOBODY_RIGHT = 8
    CONTESTED = 9
    RELATIVE = 10
    NOTHING_LISTED = 11
    CONTRADICTED = 12
    PART_OR_RELATIVE = 13


ENDINGS: Mapping[Ending, str] = {
    Ending.NONE: "",
    Ending.UNSURE: "The evidence for the company is too weak.",
    Ending.TIE: "Another company fits as well.",
    Ending.NOT_ALONE: "This evidence never decides alone: a person has to decide.",
    Ending.RULES_DECIDE: "No rule decides it: a person has to decide.",
    Ending.SEVERAL: "The rule leads to other companies as well.",
    Ending.RULED_OUT: "A reviewer ruled out a company that has something in common with them.",
    Ending.NO_RULE: "No rule leads to a company.",
    Ending.NOBODY_RIGHT: "A reviewer answered that no company is theirs.",
    Ending.CONTESTED: (
        "Domain, name and phone number contradict the company identifier: a person has to decide."
    ),
    Ending.RELATIVE: (
        "A related company at their e-mail domain fits better by phone number or country: a person "
        "has to decide."
    ),
    Ending.PART_OR_RELATIVE: (
        "The employer may be a part of this company or another company of its group: a person has "
        "to decide."
    ),
    Ending.NOTHING_LISTED: (
        "Without a domain or phone number in common the probability is too low for a match."
    ),
    Ending.CONTRADICTED: (
        "The employer they state, or another domain or phone number, speaks against this company: "
        "a person has to decide."
    ),
}
# What an ending means next to a probability that may be high.
EXPLAINED: Mapping[str, str] = {
    ENDINGS[Ending.UNSURE]: "The probability is below the rulebook's threshold for a match.",
    ENDINGS[Ending.TIE]: "Two companies fit about equally well, and only a person can tell which.",
    ENDINGS[Ending.NOT_ALONE]: (
        "The percentage counts only what was compared. Evidence of this kind, such as a name "
        "alone, is mostly right, but not always: the rulebook leaves such matches to a person."
    ),
    ENDINGS[Ending.RULES_DECIDE]: (
        "This rulebook decides by its rules only. None of them applies here, even if the company "
        "looks likely."
    ),
    ENDINGS[Ending.SEVERAL]: "The rule that applies fits several companies.",
    ENDINGS[Ending.PART_OR_RELATIVE]: (
        "A division and a sister company look alike: both begin with the company's name and can "
        "use its e-mail domain."
    ),
    ENDINGS[Ending.NOTHING_LISTED]: (
        "Names are often alike on this list of companies, so a match by name needs a higher "
        "probability than one by domain or phone number."
    ),
    ENDINGS[Ending.CONTRADICTED]: (
        "Guests and contractors have a company's domain or number, too, and state their own "
        "employer."
    ),
}
_NOTHING_IN_COMMON = "No company has anything in common with them."
# Without evidence these are the whole reason.
_WHOLE = frozenset({Ending.RULED_OUT, Ending.NO_RULE, Ending.NOBODY_RIGHT})
_MOST_SENTENCES = 3
_BEFORE = "Start value before any comparison."


def sentences(terms: Iterable[str] = ()) -> Mapping[str, str]:
    """Return the sentence that a reviewer reads for each comparison.

    Of the ``terms`` of evidence, those that are interactions have one, too.
    """
    said = {name: comparison.sentence for name, comparison in comparisons().items()}
    others = {
        "intercept": _BEFORE,
        LIKE_STRANGERS: LIKE_STRANGERS_SENTENCE,
        ANSWER: "A reviewer answered that this company is theirs.",
    }
    return said | joint_sentences(terms, said) | others


def reasons(
    terms: Mapping[str, np.ndarray], best: np.ndarray, ends: np.ndarray
) -> pa.DictionaryArray:
    """Return the reason of each person's verdict, the strongest evidence first.

    ``best`` are positions in ``terms``, -1 for none, ``ends`` an Ending for each person. People
    with the same evidence share a sentence, so each is composed and stored once.
    """
    names, there, known = list(terms), np.flatnonzero(best >= 0), sentences()
    weights, at = np.zeros((len(names), len(best)), dtype=np.float32), best[there]
    for line, term in zip(weights, terms.values(), strict=True):
        line[there] = term[at]
    said = tuple(known[name] for name in names)
    endings = tuple(Ending)
    codes, keys = pd.factorize(_strongest(weights) * len(endings) + ends)
    several = (divmod(key, len(endings)) for key in keys.tolist())
    texts = [_reason(number, said, endings[end]) for number, end in several]
    return pa.DictionaryArray.from_arrays(codes.astype(np.int32), pa.array(texts, TEXT))


def _strongest(weights: np.ndarray) -> np.ndarray:
    """Return a number for the order of the strongest terms, equal for equal orders.

    ``weights`` has a line for each term. Of terms of equal weight the first comes first.
    """
    size = np.ascontiguousarray(np.abs(weights).T)
    people, number = np.arange(len(size)), np.zeros(len(size), dtype=np.int64)
    for _ in range(min(_MOST_SENTENCES, len(weights))):
        largest = size.argmax(axis=1)
        counts = size[people, largest] > 0
        number = number * (len(weights) + 1) + np.where(counts, largest + 1, 0)
        size[people, largest] = 0
    return number


@lru_cache(maxsize=1 << 13)
def _reason(number: int, said: tuple[str, ...], end: Ending) -> str:
    words: list[str] = []
    while number:
        number, digit = divmod(number, len(said) + 1)
        words[:0] = [said[digit - 1]] if digit else []
    if not words:
        return ENDINGS[end] if end in _WHOLE else _NOTHING_IN_COMMON
    return " ".join(filter(None, [*words, ENDINGS[end]]))


class Term(NamedTuple):
    """One term of the log-odds of a candidate: its name, its sentence and its log-odds."""

    name: str
    sentence: str
    log_odds: float


def terms_of(line: Mapping[str, float]) -> tuple[Term, ...]:
    """Return the terms of one line of evidence: the intercept, then the strongest first.

    ``line`` has the intercept and a number for each comparison and each interaction; terms of 0
    are left out.
    """
    known = sentences(line)
    terms = [Term(n, known.get(n, f"{n}, as the rulebook says."), x) for n, x in line.items()]
    first = [term for term in terms if term.name == "intercept"]
    others = (term for term in terms if term.name != "intercept" and term.log_odds)
    return (*first, *sorted(others, key=lambda term: -abs(term.log_odds)))


_WIDTH = 18
_DECIDERS = {"model": "the model", ANSWER: "an answer"}
_OUR_COLUMNS = (ROW_ID, "Company_ID")


@dataclass(frozen=True, slots=True, repr=False)
class Explanation:
    """A decision on one person, term by term.

    lines:      the decision as text: each term of both candidates, their sum, the probability.
    candidates: name and terms of the best candidate and of the runner-up.
    """

    lines: tuple[str, ...]
    candidates: tuple[tuple[str, tuple[Term, ...]], ...]

    def __repr__(self) -> str:
        return "\n".join(self.lines)

    def _repr_html_(self) -> str:
        head, reason, *_ = self.lines
        drawn = (
            steps_html(name, [(term.sentence, term.log_odds) for term in terms])
            for name, terms in self.candidates
        )
        return f"<p><strong>{escape(head)}</strong></p><p>{escape(reason)}</p>{''.join(drawn)}"


def explain(unified: Unified, row_id: str) -> Explanation:
    """Return why one person was decided as they were; a notebook shows it as a waterfall.

    Args:
        unified: the result of ``unify``.
        row_id: the person.

    Returns:
        The decision term by term, for the best candidate and the runner-up.

    Raises:
        InputError: if no person has the ``row_id``.

    Examples:
        >>> persons = pd.DataFrame({"Email": ["ana@acme.com"]})
        >>> companies = pd.DataFrame(
        ...     {"Gsid": ["1P02" + "A" * 32], "Name": ["Acme, Inc."], "Domain": ["acme.com"]}
        ... )
        >>> gsprep.explain(gsprep.unify(persons, companies), "1")
        row_id 1: match by the model
        Only this company lists their e-mail domain.
          first: Acme, Inc. 1P02AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
            first
            -3.00           Start value before any comparison.
            +6.89           same_domain: Only this company lists their e-mail domain.
            +3.89           sum: the log-odds of this company
           0.9800           probability
    """
    row_id = str(row_id)  # a number of a notebook's user
    lines = waterfall(unified, row_id)
    decision = unified.decisions[unified.decisions[ROW_ID] == row_id].iloc[0]
    evidence = unified.evidence[unified.evidence[ROW_ID] == row_id]
    names = (decision["company_name"], decision["runner_up_name"])
    weights = evidence.drop(columns=list(_OUR_COLUMNS)).to_dict("records")
    # Without a match the best candidate is known by its Gsid alone.
    candidates = tuple(
        (
            name if isinstance(name, str) else str(gsid),
            terms_of({str(term): float(value) for term, value in line.items()}),
        )
        for name, gsid, line in zip(names, evidence["Company_ID"], weights, strict=False)
    )
    return Explanation(lines, candidates)


def waterfall(unified: Unified, row_id: str) -> tuple[str, ...]:
    """Return the decision on one person as lines of text: each term, their sum, the probability.

    The best candidate is in the first column, the runner-up in the second. The first line says
    whether a rule, an answer or the model decided. Raises InputError if no person has the
    ``row_id``.
    """
    decisions = unified.decisions[unified.decisions[ROW_ID] == row_id]
    if decisions.empty:
        raise InputError(f"no person has the row_id {row_id}: the decisions list them")
    decision = decisions.iloc[0]
    evidence = unified.evidence[unified.evidence[ROW_ID] == row_id]
    by = _DECIDERS.get(str(decision["rule"]), f"the rule {decision['rule']}")
    head = f"row_id {row_id}: {decision['verdict']} by {by}", f"{decision['reason']}"
    return head if evidence.empty else (*head, *_table(decision, evidence))


def _table(decision: pd.Series, evidence: pd.DataFrame) -> Iterator[str]:
    places = ("first", "second")[: len(evidence)]
    names = (decision["company_name"], decision["runner_up_name"])
    for place, name, gsid in zip(places, names, evidence["Company_ID"], strict=False):
        yield f"  {place}: {f'{name} ' if isinstance(name, str) else ''}{gsid}"
    yield "".join(f"{place:>9}" for place in places)
    weights = evidence.drop(columns=list(_OUR_COLUMNS))
    both = weights.to_numpy(np.float64)
    # Ordered by the first candidate's terms, then by those of either.
    size = np.abs(both[0]) + np.abs(both).max(axis=0) * 1e-3
    order = {str(name): float(x) for name, x in zip(weights.columns, size, strict=True)}
    for term in terms_of(order):
        name = "" if term.name == "intercept" else f"{term.name}: "
        yield _line(weights[term.name].tolist(), f"{name}{term.sentence}")
    together = weights.sum(axis=1).tolist()
    yield _line(together, "sum: the log-odds of this company")
    best = float(decision["probability"])
    chances = (best, best - float(decision["margin"]))[: len(evidence)]
    yield "".join(f"{chance:>9.4f}" for chance in chances).ljust(_WIDTH) + "  probability"


def _line(numbers: list[float], said: str) -> str:
    return "".join(f"{number:>+9.2f}" for number in numbers).ljust(_WIDTH) + f"  {said}"
