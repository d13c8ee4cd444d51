"""Numbers as SVG: lengths add up, what is there can be seen, and words are escaped."""

from __future__ import annotations

import pytest
from defusedxml.ElementTree import fromstring
from hypothesis import given
from hypothesis import strategies as st

from gsprep.report import charts
from gsprep.report.charts import bar, columns, lengths, tick
from gsprep.report.parts import Part, Whole

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


def test_columns_stand_on_the_ground_and_reach_to_the_highest() -> None:
    svg = fromstring(columns([people(100, 0, 0), people(12, 13, 0), people(0, 0, 0)], "How sure"))
    assert svg.findtext("title") == "How sure"
    assert svg.findtext("desc") == "people: 100 match; people: 12 match, 13 review"
    first, second, third = (
        [(float(box.get("y", 0)), float(box.get("height", 0))) for box in group.findall("rect")]
        for group in svg.findall("g")
    )
    assert first == [(0.0, 100.0)]
    assert [top + height for top, height in second] == pytest.approx([100, second[0][0]], abs=0.1)
    assert second[1][0] == pytest.approx(75, abs=0.1)
    assert third == []


def test_by_the_root_a_few_beside_many_can_be_seen() -> None:
    svg = fromstring(columns([people(10_000, 0, 0), people(100, 0, 0)], "", by_root=True))
    heights = [box.get("height") for box in svg.iter("rect")]
    assert heights == ["100", "10"]


def test_nothing_has_an_empty_chart() -> None:
    for svg in (bar(people(0, 0, 0)), columns([], "none"), columns([people(0, 0, 0)], "none")):
        assert not list(fromstring(svg).iter("rect"))


def test_a_tick_says_nothing_to_those_who_listen() -> None:
    svg = fromstring(tick(5, 10, "error"))
    assert svg.get("aria-hidden") == "true"
    (box,) = svg.findall("rect")
    assert (box.get("class"), box.get("width")) == ("bad", "500")


@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn"])))
def test_names_are_escaped(name: str) -> None:
    whole = Whole(name, (Part(name, 1),))
    for svg in (bar(whole), columns([whole], name)):
        shown = fromstring(svg)
        assert {element.tag for element in shown.iter()} <= {"svg", "g", "title", "desc", "rect"}
        assert shown.findtext("title") in {name, charts.in_words(whole)}
