"""Comparisons: when each holds, and that those of one kind never contradict themselves."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from gsprep.unification.features.country import CountryPairs
from gsprep.unification.features.domain import DomainPairs
from gsprep.unification.features.name_pairs import NamePairs
from gsprep.unification.features.phone import PhonePairs
from gsprep.unification.registry import comparisons
from gsprep.unification.search.nearest import Alignment


def bools(*values: bool) -> np.ndarray:
    return np.array(values, dtype=bool)


def holding(kind: str, facts: object) -> dict[str, float]:
    names = [name for name, comparison in comparisons().items() if comparison.kind == kind]
    degrees = {name: float(comparisons()[name].degree(facts)[0]) for name in names}
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
        pytest.param({"begins": 1}, {"domain_begins_name"}, id="its first words"),
        pytest.param({"begun": 1}, {"domain_begun_by_name"}, id="its first word and more"),
        pytest.param({"begun": 1, "begins": 1}, {"domain_begins_name"}, id="the longer counts"),
        pytest.param({"initials": 1}, {"domain_initials"}, id="its initials"),
        pytest.param({"word": 1}, {"domain_rare_word"}, id="a rare word of its name"),
        pytest.param({"word": 1, "begun": 1}, {"domain_begun_by_name"}, id="its first word"),
        pytest.param(
            {"abroad": 1, "labelled": 1}, {"domain_like_name", "domain_abroad"}, id="abroad"
        ),
        pytest.param({"abroad": 1}, {"other_domain"}, id="abroad and not its own"),
        pytest.param(
            {"abroad": 1, "listed": 1, "sharers": 1, "labelled": 1},
            {"same_domain"},
            id="listed abroad",
        ),
        pytest.param(
            {"labelled": 1, "common": 1}, {"domain_like_name", "common_domain"}, id="town"
        ),
        pytest.param({"common": 1}, {"other_domain"}, id="a common word and not its own"),
        pytest.param({"lists": 1}, {"other_domain"}, id="it lists another"),
        pytest.param({"lists": 0}, {"unlike_domain"}, id="it lists none"),
        pytest.param({"lists": 0, "begins": 1}, {"domain_begins_name"}, id="like its name"),
        pytest.param({"own": 0, "lists": 1, "labelled": 1}, set(), id="free mail"),
        pytest.param({"own": 0, "yours": 1}, {"your_domain"}, id="your own"),
    ],
)
def test_domains(facts: dict[str, int], held: set[str]) -> None:
    known = dict.fromkeys((field.name for field in fields(DomainPairs)), 0)
    known |= {"lists": 1, "own": 1} | facts
    counts = {name: np.array([known.pop(name)]) for name in ("sharers", "common", "begun")}
    pairs = DomainPairs(**counts, **{name: bools(bool(x)) for name, x in known.items()})
    assert set(holding("domain", pairs)) == held


@pytest.mark.parametrize(
    ("facts", "held"),
    [
        pytest.param((True, 1, True), {"same_phone"}, id="only this company"),
        pytest.param((True, 3, True), {"shared_phone"}, id="several companies"),
        pytest.param((False, 0, True), {"same_switchboard"}, id="beside its number"),
        pytest.param((False, 1, False), set(), id="another's"),
        pytest.param((False, 0, False), set(), id="nobody's"),
    ],
)
def test_phones(facts: tuple[bool, int, bool], held: set[str]) -> None:
    listed, sharers, near = facts
    pairs = PhonePairs(bools(listed), np.array([sharers]), bools(near))
    assert set(holding("phone", pairs)) == held


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


WORDS = {"first": 1.0}
OTHER_WORDS = {"added": 1.0, "missing": 1.0, "rare_added": 1.0, "rare_missing": 1.0}


def names(words: dict[str, float] | None = None, **facts: float) -> NamePairs:
    given = dict.fromkeys((field.name for field in fields(NamePairs)), 0.0)
    given |= {"numbers": 1} | facts
    degrees = dict.fromkeys(Alignment._fields, 0.0) | (words or {})
    del given["words"]
    return NamePairs(
        words=Alignment(**{name: np.array([degree]) for name, degree in degrees.items()}),
        **{
            name: np.array([value if name in {"spelling", "beginning", "nearer"} else bool(value)])
            for name, value in given.items()
        },
    )


@pytest.mark.parametrize(
    ("pairs", "held"),
    [
        pytest.param(names(WORDS, equal=1, spelling=1, beginning=1), {"same_name"}, id="equal"),
        pytest.param(
            names(WORDS, spelling=0.95, beginning=0.4),
            {"spelled_alike", "begins_alike", "first_word"},
            id="a slip",
        ),
        pytest.param(
            names({"first": 1, "missing": 0.5, "rare_missing": 1}, shorter=1, beginning=1),
            {"first_word", "words_missing", "begins_alike"},
            id="a parent of this subsidiary",
        ),
        pytest.param(
            names(OTHER_WORDS | {"first": 1}, shorter=1, cut=1, beginning=1),
            {"first_word", "words_added", "words_missing", "rare_words_differ", "begins_alike",
             "cut_short"},
            id="cut within a word",
        ),
        pytest.param(
            names(WORDS, domain=1, spelling=0.9, beginning=1, shorter=1, initials=1),
            {"name_as_domain"},
            id="a domain that the company lists",
        ),
        pytest.param(
            names({"first": 1, "added": 0.5, "rare_added": 1}, beginning=1),
            {"first_word", "words_added", "begins_alike"},
            id="a subsidiary of this parent",
        ),
        pytest.param(
            names(OTHER_WORDS, initials=1, letters=1, single=1), {"initials"}, id="initials"
        ),
        pytest.param(
            names(OTHER_WORDS, single=1),
            {"words_added", "words_missing", "rare_words_differ", "single_word"},
            id="another name",
        ),
        pytest.param(
            names({"first": 1, "missing": 0.5, "rare_missing": 1}, elsewhere=1, nearer=0.3),
            {"first_word", "words_missing", "nearer_relative", "relatives_name"},
            id="a relative's name",
        ),
        pytest.param(
            names({"added": 1}, elsewhere=1, nearer=0.9), {"words_added"}, id="a stranger's name"
        ),
        pytest.param(
            names(WORDS, equal=1, forms=1), {"same_name", "other_legal_form"}, id="forms"
        ),
        pytest.param(
            names({"first": 1, "added": 0.5, "rare_added": 1}, further=1),
            {"first_word", "words_added", "further_words"},
            id="all of it and another word",
        ),
        pytest.param(
            names({"first": 1, "missing": 0.3, "rare_missing": 0.8, "before": 0.8}),
            {"first_word", "words_missing", "word_before"},
            id="a word in between",
        ),
        pytest.param(
            names(WORDS, several=1), {"first_word", "words_of_several"}, id="words of several"
        ),
        pytest.param(names(several=1, domain=1), {"name_as_domain"}, id="its domain, and words"),
        pytest.param(
            names({"first": 1, "missing": 0.3}, body=1),
            {"first_word", "words_missing", "other_public_body"},
            id="a county",
        ),
    ],
)  # fmt: skip
def test_names(pairs: NamePairs, held: set[str]) -> None:
    assert set(holding("name", pairs)) == held


def test_another_number_is_another_name() -> None:
    held = set(holding("name", names(WORDS, spelling=0.97, numbers=0)))
    assert "other_number" in held
    assert "same_name" not in held


def test_fewer_slips_weigh_more() -> None:
    degrees = [holding("name", names(spelling=x)).get("spelled_alike", 0) for x in (0.5, 0.7, 1)]
    assert degrees == [0, pytest.approx(0.4), 1]
