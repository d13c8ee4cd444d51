"""Figures of measures: sound SVG for any numbers, which say in words what they show."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsprep.evaluation_figures import calibration_svg, coverage_svg, side_by_side, weights_html

if TYPE_CHECKING:
    from markupsafe import Markup

SHARE = st.floats(0, 1)
POINT = ("probability", "coverage", "precision", "low", "high")
BIN = ("from", "to", "people", "probability", "right", "low", "high")
TARGETS = pd.DataFrame(
    {"precision": [0.98, 0.99], "from": [0.8, float("nan")], "recall": [0.9, 0.0]}
)
CURVE = pd.DataFrame(
    [(0.99, 0.5, 1.0, 0.98, 1.0), (0.8, 0.9, 0.985, 0.97, 0.99)], columns=list(POINT)
)
BINS = pd.DataFrame([(0.9, 0.99, 1200, 0.95, 0.97, 0.96, 0.98)], columns=list(BIN))


def drawn(figure: Markup) -> ET.Element:
    """Return a figure as a tree, with every number in it inside its frame."""
    tree = ET.fromstring(figure)  # noqa: S314  our own
    svg = tree if tree.tag == "svg" else tree.find("svg")
    assert svg is not None
    _, _, width, height = map(float, svg.attrib["viewBox"].split())
    for mark in svg.iter():
        for name, value in mark.attrib.items():
            if name in {"x", "x1", "x2", "cx"}:
                assert -1 <= float(value) <= width
            if name in {"y", "y1", "y2", "cy"}:
                assert -1 <= float(value) <= height
            if name == "points":
                numbers = list(map(float, re.split(r"[ ,]", value))) if value else []
                assert all(0 <= number <= width for number in numbers)
    return svg


@given(st.lists(st.tuples(SHARE, SHARE, st.integers(1, 10**7), SHARE, SHARE, SHARE, SHARE)))
def test_any_bins_are_drawn(lines: list[tuple[float, ...]]) -> None:
    svg = drawn(calibration_svg(pd.DataFrame(lines, columns=list(BIN))))
    assert len(svg.findall(".//circle")) == len(lines)
    assert svg.attrib["role"] == "img"


@given(
    st.lists(st.tuples(SHARE, SHARE, SHARE, SHARE, SHARE)),
    st.one_of(st.tuples(SHARE, SHARE), st.just((math.nan, math.nan))),
)
def test_any_curve_is_drawn(lines: list[tuple[float, ...]], matches: tuple[float, float]) -> None:
    falling = sorted(lines, reverse=True)
    svg = drawn(coverage_svg(pd.DataFrame(falling, columns=list(POINT)), TARGETS, matches))
    assert ("There is no match." in (svg.findtext("desc") or "")) == math.isnan(matches[1])


def test_a_figure_says_in_words_what_it_shows() -> None:
    bins, curve = calibration_svg(BINS), coverage_svg(CURVE, TARGETS, (0.9, 0.985))
    assert drawn(bins).findtext("desc") == (
        "probability 90 to 99 %: 1,200 people, 97 % right (96 to 98 %)"
    )
    assert drawn(curve).findtext("desc") == (
        "98.5 % of the matches are right, and they are 90 % of the people with a company."
    )
    said = [title.text for title in drawn(curve).iter("title")]
    assert "98 % right: 90 % covered, from probability 0.8000" in said
    assert not any("99 % right" in str(text) for text in said)


@pytest.mark.parametrize("ink", ["#000", "#fff", "black", "white"])
def test_figures_are_readable_on_light_and_dark_pages(ink: str) -> None:
    both = side_by_side(calibration_svg(BINS), coverage_svg(CURVE, TARGETS, (0.9, 0.985)))
    assert ink not in both
    assert 'fill="currentColor"' in both


def test_weights_have_bars_and_numbers() -> None:
    weights = pd.DataFrame(
        [("same_<domain>", "At a <b>domain</b>.", 9.0, 1200, 0.99, 0.98, 1.0),
         ("other_domain", "Elsewhere.", -4.5, 3, 0.0, 0.0, 0.7)],
        columns=["comparison", "meaning", "weight", "people", "right", "low", "high"],
    )  # fmt: skip
    table = ET.fromstring(weights_html(weights))  # noqa: S314  our own
    rows = ["".join(row.itertext()) for row in table.iter("tr")][1:]
    assert rows == [
        "same_<domain>+9.00+9.001,20099 %98 to 100 %", "other_domain-4.50-4.5030 %0 to 70 %",
    ]  # fmt: skip
    widths = [bar.attrib["width"] for bar in table.iter("rect") if bar.attrib["height"] == "8"]
    assert widths == ["100.0", "50.0"]
    assert not weights_html(weights.head(0))
