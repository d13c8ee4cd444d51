"""Numbers as SVG: lengths add up, what is there can be seen, and words are escaped."""

from __future__ import annotations

import pytest
from defusedxml.ElementTree import fromstring
from hypothesis import given
from hypothesis import strategies as st

from gsprep.report import summary
from gsprep.report.summary import Part, Whole, bar, lengths

counts = st.lists(st.integers(0, 10**7), min_size=1, max_size=8)


@given(counts, st.integers(0, 10**7))
def test_lengths_add_up_and_what_is_there_is_seen(parts: list[int], more: int) -> None:
    whole = sum(parts) + more
    drawn = lengths(parts, whole)
    assert all((length > 0) == (count > 0) for length, count in zip(drawn, parts, strict=True))
    assert all(length >= 5 for length in drawn if length)
    exact = 1000 * sum(parts) / whole if whole else 0
    there = sum(count > 0 for count in parts)
    assert sum(drawn) == pytest.approx(max(exact, 5 * there), abs=0.5)


@given(counts)
def test_a_larger_part_is_never_shorter(parts: list[int]) -> None:
    drawn = lengths(parts, sum(parts))
    ordered = sorted(zip(parts, drawn, strict=True))
    assert [length for _, length in ordered] == sorted(drawn)


def people(*counts: int) -> Whole:
    words = ("match", "review", "no_match")
    return Whole("people", tuple(Part(*one) for one in zip(words, counts, strict=True)))


def test_a_bar_says_in_words_what_it_shows() -> None:
    svg = fromstring(bar(people(1200, 0, 1)))
    assert svg.findtext("title") == "people: 1,200 match, 1 no match"
    assert svg.get("role") == "img"
    boxes = svg.findall("rect")
    assert [(box.get("class"), box.findtext("title")) for box in boxes] == [
        ("good", "1,200 match"),
        ("none", "1 no match"),
    ]
    assert [(box.get("x"), box.get("width")) for box in boxes] == [("0", "995"), ("995", "5")]


def test_a_bar_of_a_larger_whole_leaves_room() -> None:
    svg = fromstring(bar(people(1, 1, 0), of=4))
    assert [box.get("width") for box in svg.findall("rect")] == ["250", "250"]


def test_nothing_has_an_empty_chart() -> None:
    assert not list(fromstring(bar(people(0, 0, 0))).iter("rect"))


@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn"])))
def test_names_are_escaped(name: str) -> None:
    whole = Whole(name, (Part(name, 1),))
    svg = fromstring(bar(whole))
    assert {element.tag for element in svg.iter()} <= {"svg", "title", "rect"}
    assert svg.findtext("title") == summary.whole_in_words(whole)
