"""Comparisons: when each holds, and that those of one kind never contradict themselves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gsprep.unification.alignment import Alignment
from gsprep.unification.comparisons import COMPARISONS
from gsprep.unification.kinds.country import CountryPairs
from gsprep.unification.kinds.domain import DomainPairs
from gsprep.unification.kinds.name import NamePairs
from gsprep.unification.kinds.phone import PhonePairs


def bools(*values: bool) -> np.ndarray:
    return np.array(values, dtype=bool)


def holding(kind: str, facts: object) -> dict[str, float]:
    names = [name for name, comparison in COMPARISONS.items() if comparison.kind == kind]
    degrees = {name: float(COMPARISONS[name].holds(facts)[0]) for name in names}
    assert all(0 <= degree <= 1 for degree in degrees.values())
    return {name: degree for name, degree in degrees.items() if degree}


@pytest.mark.parametrize(
    ("facts", "held"),
    [
        pytest.param({"listed": 1, "sharers": 1, "related": 1}, {"same_domain"}, id="listed"),
        pytest.param({"listed": 1, "sharers": 2, "related": 1}, {"shared_domain"}, id="shared"),
        pytest.param({"sharers": 1, "labelled": 1}, {"others_domain"}, id="another's"),
        pytest.param({"sharers": 1, "related": 1}, {"others_domain"}, id="a part of another's"),
        pytest.param({"related": 1, "labelled": 1}, {"related_domain"}, id="an unlisted part"),
        pytest.param({"labelled": 1}, {"domain_like_name"}, id="its name on no list"),
        pytest.param({"lists": 1}, {"other_domain"}, id="it lists another"),
        pytest.param({"lists": 0}, set(), id="it lists none"),
        pytest.param({"own": 0, "lists": 1, "labelled": 1}, set(), id="free mail"),
        pytest.param({"own": 0, "yours": 1}, {"your_domain"}, id="your own"),
    ],
)
def test_domains(facts: dict[str, int], held: set[str]) -> None:
    known = {"listed": 0, "related": 0, "labelled": 0, "lists": 1, "own": 1, "yours": 0} | facts
    sharers = np.array([known.pop("sharers", 0)])
    pairs = DomainPairs(sharers=sharers, **{name: bools(bool(x)) for name, x in known.items()})
    assert set(holding("domain", pairs)) == held


@pytest.mark.parametrize(
    ("listed", "sharers", "held"),
    [
        pytest.param(True, 1, {"same_phone"}, id="only this company"),
        pytest.param(True, 3, {"shared_phone"}, id="a switchboard"),
        pytest.param(False, 1, set(), id="another's"),
        pytest.param(False, 0, set(), id="nobody's"),
    ],
)
def test_phones(listed: bool, sharers: int, held: set[str]) -> None:  # noqa: FBT001  a table
    assert set(holding("phone", PhonePairs(bools(listed), np.array([sharers])))) == held


@pytest.mark.parametrize(
    ("known", "equal", "held"),
    [
        pytest.param(True, True, {"same_country"}, id="the same"),
        pytest.param(True, False, {"other_country"}, id="another"),
        pytest.param(False, False, set(), id="not known"),
    ],
)
def test_countries(known: bool, equal: bool, held: set[str]) -> None:  # noqa: FBT001  a table
    assert set(holding("country", CountryPairs(bools(known), bools(equal)))) == held


def names(
    spelling: float = 0.3, mine: float = 0.0, theirs: float = 0.0, **facts: bool
) -> NamePairs:
    given = dict.fromkeys(("equal", "initials", "elsewhere", "forms", "whole", "first"), False)
    given |= {"numbers": True} | facts
    words = Alignment(
        np.array([mine]), np.array([theirs]), bools(given.pop("whole")), bools(given.pop("first"))
    )
    flags = {name: bools(value) for name, value in given.items()}
    return NamePairs(spelling=np.array([spelling]), words=words, **flags)


WHOLE = {"whole": True, "first": True, "mine": 0.95, "theirs": 0.95}


@pytest.mark.parametrize(
    ("pairs", "held"),
    [
        pytest.param(names(1.0, equal=True, **WHOLE), {"same_name"}, id="equal"),
        pytest.param(names(0.95, **WHOLE), {"spelled_alike"}, id="a slip"),
        pytest.param(names(0.6, **WHOLE), {"same_words"}, id="shortened words"),
        pytest.param(
            names(0.6, mine=1.0, theirs=0.5, first=True),
            {"first_word", "shared_words"},
            id="a subsidiary",
        ),
        pytest.param(
            names(0.6, mine=0.5, theirs=0.5, first=True),
            {"first_word", "shared_words", "other_words", "other_name"},
            id="words of their own",
        ),
        pytest.param(names(initials=True), {"initials"}, id="initials"),
        pytest.param(names(), {"other_words", "other_name"}, id="another name"),
        pytest.param(names(0.95, elsewhere=True, **WHOLE), {"others_name"}, id="another's name"),
        pytest.param(
            names(1.0, equal=True, forms=True), {"same_name", "other_legal_form"}, id="forms"
        ),
    ],
)
def test_names(pairs: NamePairs, held: set[str]) -> None:
    assert set(holding("name", pairs)) == held


def test_another_number_is_no_slip() -> None:
    pairs = replace(names(0.97, mine=0.9, theirs=0.9, first=True), numbers=np.zeros(1, bool))
    held = set(holding("name", pairs))
    assert "other_number" in held
    assert held.isdisjoint({"spelled_alike", "same_words", "same_name"})


def test_fewer_slips_weigh_more() -> None:
    degrees = [holding("name", names(x)).get("spelled_alike", 0) for x in (0.8, 0.85, 0.9, 1.0)]
    assert degrees == sorted(degrees)
    assert (degrees[0], degrees[-1]) == (0, 1)


def test_a_letter_in_a_rare_word_weighs_more_than_common_words_that_agree() -> None:
    common = names(0.95, mine=0.85, theirs=0.85, whole=True, first=True)
    rare = names(0.95, mine=0.97, theirs=0.97, whole=True, first=True)
    assert holding("name", common)["spelled_alike"] < holding("name", rare)["spelled_alike"]
