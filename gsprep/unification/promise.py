"""Lines of a promised precision, simulated from the user's own companies.

People are invented from the list (``invented_people``), with the columns that the user's people
have. From them comes how much less evidence counts where strangers have as much in common with a
company, and then the lines: the probabilities from which the promised share of the matches is
right, one for people who have a listed value in common with the company, and higher ones for those
who have its name or less.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from gsprep.unification.decide import candidates, likely_matches
from gsprep.unification.invented_people import (
    OUTSIDE,
    STATING_ANOTHER,
    STRANGER,
    Invented,
    invented,
)
from gsprep.unification.keys import People
from gsprep.unification.registry import CONTRADICTED, Ground, grounds_of, look_up
from gsprep.unification.score import discounted, pairs_of_people, propose, score, softmax

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, MutableMapping
    from typing import TypeVar

    from gsprep.unification.index import CompanyIndex
    from gsprep.unification.keys import Companies
    from gsprep.unification.pairs import Bools, Floats
    from gsprep.unification.rulebook import Columns, Rulebook
    from gsprep.unification.score import Scored

    Kept = TypeVar("Kept")

# Fewer companies are too few to invent people from. For 99 %, sixteen lists of 30 to 150 companies
# from four sources came to lines between 0.85 and 0.96 with the shipped weights.
_FEWEST, _SHORT_PRECISION, _SHORT_LINE = 30, 0.99, 0.94
# The lines that can be chosen: about evenly spaced as log-odds, and 1 is for no line. A match is at
# least as sure as the lowest, and surer with nothing but a name in common. It may be wrong so many
# times as often as all together: the lowest is 0.9 for 99.5 %.
_LOWEST, _LOWEST_BY_NAME, _UNSUREST = 0.8, 0.85, 20
_LINES = np.unique([
    *np.round(1 / (1 + np.exp(-np.arange(1.45, 7, 0.1))), 3), _LOWEST, _LOWEST_BY_NAME, 1,
])  # fmt: skip
# Of the matches of one ground so many times the promised share may be wrong. Without a bound they
# would rest on the assumed number of matches on other grounds.
_WORST = 5
# What products of shares may be off by.
_SLACK = 1e-9
# So many standard errors may add to the wrong ones by chance. More would only cost matches: the
# shares of people who are matched wrongly are at the careful end already.
_CHANCE = 0.25
# Strangers count so much when discounts are simulated: what people are usually like, and not at the
# careful end. Of a discount so much is taken, since other lists have other people.
_USUAL, _TAKEN = 0.8, 0.7
# Who states another company than their address shows counts so much if people have no address: at
# the careful end they alone would break most promises.
_UNSEEN = 0.4
_LESS_ALIKE = [Ground.ALIKE, Ground.NAMED_DOMAIN]
_MOST_DISCOUNT, _STEPS, _PULL = 6.0, 20, 1.0


class Promise(NamedTuple):
    """What is simulated from a list."""

    lines: tuple[float, ...]  # the probability by Ground from which a match is right; 1 for none
    discounts: tuple[float, ...]  # the log-odds by Ground that are taken from a candidate
    sentence: str  # what the lines rest on


_INVENTED: dict[Hashable, Invented] = {}
_PROMISES: dict[Hashable, Promise] = {}
_MOST_KEPT = 16


def promising(
    index: CompanyIndex, companies: Companies, columns: Iterable[str] | None
) -> CompanyIndex:
    """Return the index with what keeps the rulebook's promise on its list.

    ``columns`` are those of the people; None if they are not known. A short list is not simulated,
    and none is invented from again that was seen before.
    """
    decide = index.rulebook.decide
    if decide.precision is None or not (decide.unlearned and decide.model_matches):
        return index
    if not index.rulebook.model:
        return index
    if len(companies) < _FEWEST:
        short = _SHORT_LINE if decide.precision <= _SHORT_PRECISION else decide.precision
        return replace(index, simulated=(short,) * len(Ground))
    people = _kept(_INVENTED, _key(index), lambda: invented(companies, index))
    return _with_promise(replace(index, invented=people), columns_compared(index.rulebook, columns))


def promising_for(index: CompanyIndex, columns: Iterable[str]) -> CompanyIndex:
    """Return the index with what keeps the promise for people who have these columns."""
    compared = columns_compared(index.rulebook, columns)
    if index.invented is None or not compared or compared == index.compared:
        return index
    return _with_promise(index, compared)


def columns_compared(book: Rulebook, columns: Iterable[str] | None) -> tuple[str, ...]:
    """Return the columns of invented people that are among others, all for None."""
    own = book.columns
    names = (own.email, own.company_name, own.phone, own.country)
    there = set(names if columns is None else columns)
    return tuple(name for name in names if name in there)


def _with_promise(index: CompanyIndex, compared: tuple[str, ...]) -> CompanyIndex:
    raw = replace(index, simulated=None, discounts=())
    key = (*_key(index), compared)
    promise = _kept(_PROMISES, key, lambda: _simulated(raw, compared))
    return replace(
        index, simulated=promise.lines, discounts=promise.discounts, promise=(promise.sentence,),
        compared=compared,
    )  # fmt: skip


def _key(index: CompanyIndex) -> tuple[str, ...]:
    return index.source, index.rulebook.model_dump_json()


def _kept(kept: MutableMapping[Hashable, Kept], key: Hashable, make: Callable[[], Kept]) -> Kept:
    """Return what was made before; the cache is emptied when it is full."""
    if key not in kept:
        if len(kept) >= _MOST_KEPT:
            kept.clear()
        kept[key] = make()
    return kept[key]


_NOT_NAMED = (
    ". Your people state no employer, so everyone with a company's domain or phone number counts "
    "as its employee. If guests and contractors count as wrong, {:.0%} of the matches are right"
)


def _sentence(lines: tuple[float, ...], covered: float, precision: float) -> str:
    """Return what simulated lines rest on, in words."""
    share = f"{precision:.{_places(precision)}%}"
    if min(lines) == 1:
        return (
            f"no probability below 1 makes {share} of the matches right on these companies, so "
            "nearly all people go to review: `gsprep fit` learns a better line from answers"
        )
    return (
        f"a match needs a probability of {_needed(*lines)}. gsprep tested this on people that it "
        f"invented for these companies, of whom {OUTSIDE:.0%} work elsewhere: {share} of the "
        f"matches are right, and {covered:.0%} of the employees are matched. Your people may "
        "differ: check 300 matches with `gsprep evaluate`; `gsprep fit` learns the probability "
        "from answers"
    )


def _needed(listed: float, same: float, alike: float, *_: float) -> str:
    """Return the lines in words."""
    if listed == alike:
        return f"{listed:g}"
    known = f"{listed:g} with a domain, number or identifier of the company"
    if same == alike:
        return f"{known}, else a person decides" if same == 1 else f"{known}, else {same:g}"
    by_name = "" if same == 1 else f", {same:g} with nothing but exactly its name"
    return f"{known}{by_name}, else " + ("a person decides" if alike == 1 else f"{alike:g}")


def _places(share: float) -> int:
    """Return how many places a share has in percent: 0.995 is 99.5 %."""
    return max(len(f"{share:.8f}".rstrip("0").partition(".")[2]) - 2, 0)


def _simulated(index: CompanyIndex, compared: tuple[str, ...]) -> Promise:
    """Return what keeps the promise for people with some columns."""
    people, precision = index.invented, index.rulebook.decide.precision
    assert people is not None and precision is not None  # noqa: PT018, S101  its caller asked
    weight = _weights(people, index.rulebook.columns, compared)
    cells = {
        name: np.where(people.cells[name] == "", None, people.cells[name]) for name in compared
    }
    text = pd.DataFrame(cells, dtype="str")
    values = look_up(People(text, index.rulebook), index)
    scored = score(pairs_of_people(values, propose(values, index), index), values, index)
    discounts: tuple[float, ...] = ()
    if index.rulebook.decide.like_strangers:
        discounts = _discounts(scored, people, weight)
        scored = discounted(scored, discounts)
    fitting = candidates(scored, index.rulebook, len(text))
    found = likely_matches(fitting, index.rulebook)
    right, at = found.company == people.company, found.company >= 0
    by_name = _lowest_by_name(index.rulebook, compared)
    right_at = found.probability[at], right[at], weight[at], found.ground[at]
    lines = best_lines(*right_at, precision, by_name=by_name)
    matched = at & (found.probability >= np.array(lines)[found.ground])
    share = float(weight[matched & right].sum() / max(weight[people.answerable].sum(), 1e-9))
    more = ""
    if index.rulebook.columns.company_name not in compared and matched.any():
        more = _NOT_NAMED.format(np.average(right[matched], weights=people.weight[matched]))
    return Promise(lines, discounts, _sentence(lines, share, precision) + more)


def _weights(people: Invented, columns: Columns, compared: tuple[str, ...]) -> Floats:
    """Return how much each invented person counts if people have only some columns."""
    weight = people.weight.copy()
    if columns.company_name not in compared:
        weight[people.shown_by_name_only(columns.email)] = 0
    if columns.email not in compared:
        weight[people.of_kinds(*STATING_ANOTHER)] *= _UNSEEN
    return weight


def _discounts(scored: Scored, people: Invented, weight: Floats) -> tuple[float, ...]:
    """Return the log-odds by Ground that candidates have too much, never less than 0.

    With these the candidates of invented people are right as often as their probabilities say.
    """
    ground = grounds_of(scored.weights, len(scored.person))
    counts = np.where(people.of_kinds(STRANGER), _USUAL, 1) * weight
    counts = (counts * (len(counts) / max(counts.sum(), 1e-9)))[scored.person]
    chosen = counts * (people.company[scored.person] == scored.company)
    found = np.zeros(len(Ground))

    def by_ground(values: Floats) -> np.ndarray:
        return np.bincount(ground, values, minlength=len(Ground))

    for _ in range(_STEPS):
        shares = softmax(scored.log_odds - found[ground], scored.person).pairs
        slope = by_ground(counts * shares - chosen) - _PULL * found
        curve = by_ground(counts * shares * (1 - shares)) + _PULL
        found = np.clip(found + np.clip(slope / curve, -1, 1), 0, _MOST_DISCOUNT)
        # A similar name never counts more than the same one.
        found[_LESS_ALIKE] = np.maximum(found[_LESS_ALIKE], found[Ground.SAME_NAME])
    return tuple(np.round(_TAKEN * found, 2).tolist())


def _lowest_by_name(book: Rulebook, compared: tuple[str, ...]) -> float:
    """Return the lowest line of the same name.

    Only an address shows who states another company than their own: without it, the name needs
    something besides.
    """
    if book.columns.email in compared:
        return _LOWEST_BY_NAME
    alone = book.intercept + book.model.get("same_name", 0)
    return max(_LOWEST_BY_NAME, float(1 / (1 + np.exp(-alone))))


def best_lines(  # noqa: PLR0913  the columns of the people, and what is asked of them
    probability: Floats, right: Bools, weight: Floats, ground: np.ndarray, precision: float, *,
    by_name: float = _LOWEST_BY_NAME,
) -> tuple[float, ...]:  # fmt: skip
    """Return the line of each Ground, so that most are matched rightly and the promise holds.

    It holds for all matches together, and on no ground is more than five times the promised share
    wrong; for contradicted candidates it holds by itself. Less in common never needs a lower
    probability. 1 where no line keeps the promise.
    """
    # An unlisted domain like the name is a match in few cases: it has the line of similar names.
    of_line = np.where(ground == Ground.NAMED_DOMAIN, Ground.ALIKE, ground)
    sums = {one: _Sums.of(probability, right, weight, of_line == one) for one in Ground}
    grounds = [sums[one] for one in (Ground.LISTED, Ground.SAME_NAME, Ground.ALIKE)]
    count = len(_LINES)
    listed, same, alike = np.ogrid[:count, :count, :count]
    whole, wrong, squares = (
        first[:, None, None] + second[:, None] + third
        for first, second, third in zip(*grounds, strict=True)
    )
    lowest = max(_LOWEST, 1 - _UNSUREST * (1 - precision))
    kept = _keeps(whole, wrong, squares, 1 - precision) & (same >= listed) & (alike >= same)
    kept &= (lowest - _SLACK <= _LINES)[listed] & (by_name <= _LINES)[same]
    for one, place in zip(grounds, (listed, same, alike), strict=True):
        kept &= _keeps(*one, _WORST * (1 - precision))[place]
    gain = np.where(kept, whole - wrong, -1)
    best = np.unravel_index(int(gain.argmax()), gain.shape)
    if gain[best] <= 0:
        return (1.0,) * len(Ground)
    line, same_line, alike_line = (float(_LINES[one]) for one in best)
    alone = (_LINES[_keeps(*sums[one], 1 - precision) & (line <= _LINES)] for one in CONTRADICTED)
    return line, same_line, alike_line, alike_line, *(float(one.min(initial=1)) for one in alone)


class _Sums(NamedTuple):
    """Weights of the people of one ground from each line on."""

    whole: Floats
    wrong: Floats
    squares: Floats  # of the weights of the wrong

    @classmethod
    def of(cls, probability: Floats, right: Bools, weight: Floats, there: Bools) -> _Sums:
        """Add up the weights of the people who are ``there``."""
        order = np.argsort(probability[there], kind="stable")
        first = np.searchsorted(probability[there][order], _LINES)
        wrong = np.where(right, 0, weight)[there][order]

        def above(values: Floats) -> Floats:
            return np.append(np.cumsum(values[::-1])[::-1], 0)[first]

        return cls(above(weight[there][order]), above(wrong), above(wrong**2))


def _keeps(whole: Floats, wrong: Floats, squares: Floats, most: float) -> Bools:
    """Return where at most a share is wrong, with what chance may add; so it is of nobody."""
    return wrong + _CHANCE * np.sqrt(squares) <= whole * most
