"""Figures of measures as SVG: calibration, and precision against coverage.

A figure needs no style of its page: text and axes have the colour of the text around it, so it is
readable on light and dark pages. It has a title and a description for screen readers, and each mark
has its numbers for those who point at it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from markupsafe import Markup

from gsprep.display import INKS

if TYPE_CHECKING:
    import pandas as pd

_WIDTH, _HEIGHT = 460, 400
_LEFT, _RIGHT, _TOP, _BOTTOM = 60, 24, 12, 40
# Bars of counts below the diagram of calibration.
_COUNTS, _BAR, _GAP = 44, 9, 24
# Probabilities are shown as log-odds, between these two.
_LOWEST, _HIGHEST = 0.01, 0.9999
_PERCENTS = (0.01, 0.1, 0.5, 0.9, 0.99, 0.999, 0.9999)
# Where the axis of precision can begin, and how far below the precision of the matches.
_FLOORS, _BELOW = (0.95, 0.9, 0.8, 0.5), 0.02


class _Plot(NamedTuple):
    """The place of a diagram in its figure, and its two scales from 0 to 1."""

    bottom: float
    across: Callable[[float], float]
    upward: Callable[[float], float]

    def x(self, value: float) -> float:
        """Return how far right a value is."""
        return _LEFT + self.across(value) * (_WIDTH - _LEFT - _RIGHT)

    def y(self, value: float) -> float:
        """Return how far down a value is."""
        return self.bottom - self.upward(value) * (self.bottom - _TOP)


def _log_odds(share: float) -> float:
    """Return where a share is on a scale of log-odds, from 0 to 1."""
    low, high = (math.log(end / (1 - end)) for end in (_LOWEST, _HIGHEST))
    within = min(max(share, _LOWEST), _HIGHEST)
    return (math.log(within / (1 - within)) - low) / (high - low)


def calibration_svg(bins: pd.DataFrame) -> Markup:
    """Return how many are right at each probability: points on the diagonal are calibrated.

    ``bins`` has the columns probability, right, low, high, people, from and to, as in
    ``Evaluation.calibration``. The bars at the bottom show how many people each point is about.
    """
    plot = _Plot(_HEIGHT - _BOTTOM - _COUNTS - _GAP, _log_odds, _log_odds)
    left, right = plot.x(0), plot.x(1)
    most = max(bins["people"].max(), 1) if len(bins) else 1
    base = _HEIGHT - _BOTTOM
    marks = [
        _line(left, plot.y(0), right, plot.y(1), dashed=True),
        *(_bin(plot, line, base, most) for line in bins.to_dict("records")),
        _line(left, base, right, base),
        _text(left - 6, base - _COUNTS + 8, f"{most:,}", "end"),
        _text(left - 6, base, "0", "end"),
    ]
    grid = [*_grid(plot, _PERCENTS, plot.bottom, along="x"), *_grid(plot, _PERCENTS, 0, along="y")]
    axes = (
        _text((left + right) / 2, _HEIGHT - 6, "probability (bars: number of people)"),
        _upright(plot, "share that is right"),
    )
    said = "; ".join(_of_bin(line) for line in bins.to_dict("records")) or "No one has a company."
    return _figure("Calibration", said, [*grid, *marks, *axes])


def _bin(plot: _Plot, line: Mapping[Hashable, Any], base: float, most: float) -> Markup:
    """Return a bin as a point with its bounds, and the bar of its people."""
    x = plot.x(line["probability"])
    height = max(_COUNTS * line["people"] / most, 1)
    bar = Markup('<rect x="{:.1f}" y="{:.1f}" width="{}" height="{:.1f}" fill="{}"/>').format(
        x - _BAR / 2, base - height, _BAR, height, INKS["plain"]
    )
    bounds = _line(x, plot.y(line["low"]), x, plot.y(line["high"]), ink=INKS["plain"], width=1.6)
    point = Markup('<circle cx="{:.1f}" cy="{:.1f}" r="4" fill="{}"/>').format(
        x, plot.y(line["right"]), INKS["plain"]
    )
    return Markup("<g><title>{}</title>{}{}{}</g>").format(_of_bin(line), bar, bounds, point)


def _of_bin(line: Mapping[Hashable, Any]) -> str:
    return (
        f"probability {between(line['from'], line['to'])}: {line['people']:,.0f} "
        f"people, {percent(line['right'])} right ({between(line['low'], line['high'])})"
    )


def coverage_svg(
    curve: pd.DataFrame, targets: pd.DataFrame, matches: tuple[float, float]
) -> Markup:
    """Return the precision if ever more people are matched, and where the matches are.

    ``curve`` has the columns probability, coverage, precision, low and high, as in
    ``Evaluation.curve``, ``targets`` precision, from and recall, as in ``Evaluation.recall_at``;
    ``matches`` are coverage and precision of the ``match`` verdicts, NaN for none.
    """
    there = not any(map(math.isnan, matches))
    floor = _floor(matches[1] if there else 1.0)
    plot = _Plot(_HEIGHT - _BOTTOM, lambda x: x, lambda y: max((y - floor) / (1 - floor), 0.0))
    step = (1 - floor) / 5
    seen = [line for line in curve.to_dict("records") if line["precision"] >= floor]
    marks = [
        *_grid(plot, [at / 5 for at in range(6)], plot.bottom, along="x"),
        *_grid(plot, [*(floor + step * at for at in range(5)), 1.0], 0, along="y"),
        _area([(plot.x(p["coverage"]), plot.y(p["low"]), plot.y(p["high"])) for p in seen]),
        _path([(plot.x(p["coverage"]), plot.y(p["precision"])) for p in seen]),
        *_targets(plot, targets, seen),
        *(_matches(plot, *matches) if there else ()),
        _text((plot.x(0) + plot.x(1)) / 2, _HEIGHT - 6, "people with a company, matched rightly"),
        _upright(plot, "precision"),
    ]
    said = (
        f"{percent(matches[1])} of the matches are right, and they are {percent(matches[0])} of "
        "the people with a company."
        if there
        else "There is no match."
    )
    return _figure("Precision against coverage", said, marks)


def _floor(precision: float) -> float:
    """Return where the axis of precision begins: well below the precision of the matches."""
    return next((one for one in _FLOORS if one <= precision - _BELOW), 0.0)


def _targets(
    plot: _Plot, targets: pd.DataFrame, seen: Sequence[Mapping[Hashable, Any]]
) -> Iterable[Markup]:
    """Yield the points of the curve that reach a precision, and what they are."""
    reached = [line for line in targets.to_dict("records") if not math.isnan(line["from"])]
    for line in reached:
        said = (
            f"{percent(line['precision'])} right: {percent(line['recall'])} covered, from "
            f"probability {line['from']:.4f}"
        )
        at = next((p for p in seen if p["probability"] <= line["from"]), None)
        if at is not None:
            yield Markup(
                '<circle cx="{:.1f}" cy="{:.1f}" r="4" fill="none" stroke="{}" stroke-width="2">'
                "<title>{}</title></circle>"
            ).format(plot.x(at["coverage"]), plot.y(at["precision"]), INKS["plain"], said)
    if reached:
        names = ", ".join(percent(line["precision"]) for line in reached)
        yield from _key(plot, 0, f"at least {names} right", hollow=True)


def _matches(plot: _Plot, coverage: float, precision: float) -> Iterable[Markup]:
    """Yield the point of the matches, and its numbers."""
    said = f"matches: {percent(precision)} right, {percent(coverage)} covered"
    yield Markup(
        '<circle cx="{:.1f}" cy="{:.1f}" r="5.5" fill="{}"><title>{}</title></circle>'
    ).format(plot.x(coverage), plot.y(precision), INKS["good"], said)
    yield from _key(plot, 1, said)


def _key(plot: _Plot, line: int, words: str, *, hollow: bool = False) -> Iterable[Markup]:
    """Yield a line of the key, in the corner that the curve does not reach."""
    x, y = plot.x(0) + 14, plot.bottom - 16 - 18 * line
    look = (
        Markup('r="4" fill="none" stroke="{}" stroke-width="2"').format(INKS["plain"])
        if hollow
        else Markup('r="5.5" fill="{}"').format(INKS["good"])
    )
    yield Markup('<circle cx="{:.1f}" cy="{:.1f}" {}/>').format(x, y, look)
    yield _text(x + 11, y + 4, words, "start")


def _grid(plot: _Plot, values: Iterable[float], bottom: float, *, along: str) -> Iterable[Markup]:
    """Yield a thin line and a label for each value of a scale."""
    for value in values:
        if along == "x":
            x = plot.x(value)
            yield _line(x, _TOP, x, bottom, faint=True)
            yield _text(x, bottom + 14, percent(value))
        else:
            y = plot.y(value)
            yield _line(_LEFT, y, _WIDTH - _RIGHT, y, faint=True)
            yield _text(_LEFT - 6, y + 4, percent(value), "end")


def percent(share: float) -> str:
    """Return a share in percent, with as many places as it needs, a dash for an unknown one.

    >>> percent(0.5), percent(0.995), percent(0.99952), percent(1.0), percent(float("nan"))
    ('50 %', '99.5 %', '99.95 %', '100 %', '-')
    """
    if math.isnan(share):
        return "-"
    return f"{100 * share:.2f}".rstrip("0").rstrip(".") + " %"


def between(low: float, high: float) -> str:
    """Return two shares in percent.

    >>> between(0.9833, 0.995)
    '98.33 to 99.5 %'
    """
    return f"{percent(low).removesuffix(' %')} to {percent(high)}"


def _line(  # noqa: PLR0913  two points and a look
    x: float, y: float, to_x: float, to_y: float, *, ink: str = "currentColor", width: float = 1,
    dashed: bool = False, faint: bool = False,
) -> Markup:  # fmt: skip
    look = Markup(' stroke-dasharray="4 4" opacity=".55"') if dashed else Markup("")
    look = Markup(' opacity=".15"') if faint else look
    return Markup(
        '<line x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}" stroke="{}" stroke-width="{:g}"{}/>'
    ).format(x, y, to_x, to_y, ink, width, look)


def _text(x: float, y: float, words: str, anchor: str = "middle") -> Markup:
    text = Markup('<text x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>')
    return text.format(x, y, anchor, words)


def _upright(plot: _Plot, words: str) -> Markup:
    """Return the name of the upward axis, to be read from below."""
    middle = (plot.bottom + _TOP) / 2
    return Markup(
        '<text transform="translate(12 {:.1f}) rotate(-90)" text-anchor="middle">{}</text>'
    ).format(middle, words)


def _path(points: Sequence[tuple[float, float]]) -> Markup:
    drawn = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return Markup('<polyline points="{}" fill="none" stroke="{}" stroke-width="2"/>').format(
        drawn, INKS["plain"]
    )


def _area(points: Sequence[tuple[float, float, float]]) -> Markup:
    """Return the area between two lines that share their places from left to right."""
    around = [*((x, low) for x, low, _ in points), *((x, high) for x, _, high in points[::-1])]
    drawn = " ".join(f"{x:.1f},{y:.1f}" for x, y in around)
    return Markup('<polygon points="{}" fill="{}" opacity=".2"/>').format(drawn, INKS["plain"])


def _figure(title: str, said: str, marks: Iterable[Markup]) -> Markup:
    """Return marks as a figure with a title and a description."""
    return Markup(
        '<figure style="margin:0;flex:1 1 20em;max-width:34em;min-width:0">'
        '<figcaption style="font-weight:600;margin:0 0 .3em">{title}</figcaption>'
        '<svg viewBox="0 0 {width} {height}" role="img" fill="currentColor" font-size="11.5" '
        'style="display:block;width:100%;height:auto;background:none">'
        "<title>{title}</title><desc>{said}</desc>{marks}</svg></figure>"
    ).format(title=title, said=said, width=_WIDTH, height=_HEIGHT, marks=Markup().join(marks))


_CELL = "padding:2px 8px;text-align:left;vertical-align:top"


def weights_html(weights: pd.DataFrame) -> Markup:
    """Return a table of weights with a bar for each, as in ``Evaluation.weights``; "" for none."""
    if weights.empty:
        return Markup("")
    names = ("", "for or against", "weight", "people", "right", "95 % bounds")
    cell = Markup('<t{0} style="{1}{2}">{3}</t{0}>')
    head = Markup().join(cell.format("h", _CELL, "", name) for name in names)
    rows = []
    for line in weights.to_dict("records"):
        bounds = between(line["low"], line["high"])
        numbers = (f"{line['weight']:+.2f}", f"{line['people']:,}", percent(line["right"]), bounds)
        name = Markup('<code title="{}">{}</code>').format(line["meaning"], line["comparison"])
        row = [
            cell.format("h", _CELL, ";font-weight:400", name),
            cell.format("d", _CELL, ";width:12em", weight_svg(line["weight"], weights["weight"])),
            *(cell.format("d", _CELL, ";text-align:right", number) for number in numbers),
        ]
        rows.append(Markup("<tr>{}</tr>").format(Markup().join(row)))
    return Markup(
        '<table><caption style="text-align:left;font-weight:600;padding:4px 8px">Weights, and how '
        "often the company is right where they count</caption><tr>{}</tr>{}</table>"
    ).format(head, Markup().join(rows))


def weight_svg(weight: float, weights: pd.Series[float]) -> Markup:
    """Return a weight as a bar from the middle, to the right if it speaks for a company."""
    width = 100 * abs(weight) / max(weights.abs().max(), 1e-9)
    meaning = "good" if weight > 0 else "bad"
    return Markup(
        '<svg viewBox="0 0 200 10" preserveAspectRatio="none" role="img" style="display:block;'
        'width:100%;height:.8em;margin-top:.3em;background:none"><title>{:+.2f}</title>'
        '<rect x="99.5" width="1" height="10" fill="currentColor" opacity=".4"/>'
        '<rect x="{:.1f}" y="1" width="{:.1f}" height="8" fill="{}"/></svg>'
    ).format(weight, 100 if weight > 0 else 100 - width, width, INKS[meaning])


def side_by_side(*figures: Markup) -> Markup:
    """Return figures next to one another, below one another where the page is narrow."""
    return Markup(
        '<div style="display:flex;flex-wrap:wrap;gap:1.5em;margin:.8em 0 1.2em">{}</div>'
    ).format(Markup().join(figures))
