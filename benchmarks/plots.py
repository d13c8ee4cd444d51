"""Plots of figures as SVG: bars, and a line by size with both axes logarithmic."""

from __future__ import annotations

from html import escape
from math import log10
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_WIDTH, _LEFT, _RIGHT, _ROW, _TOP, _PLOT = 640, 150, 70, 26, 40, 220
_BLUE = "#2a6f97"


def bars(title: str, figures: Mapping[str, float]) -> str:
    """Return horizontal bars, each with its figure."""
    most = max(figures.values(), default=1.0) or 1.0
    shapes = []
    for place, (name, value) in enumerate(figures.items()):
        top = _TOP + place * _ROW
        length = (_WIDTH - _LEFT - _RIGHT) * value / most
        shapes += [
            _text(_LEFT - 8, top + 14, name, "end"),
            f'<rect x="{_LEFT}" y="{top}" width="{length:.1f}" height="18" fill="{_BLUE}"/>',
            _text(_LEFT + length + 6, top + 14, f"{value:.2f}"),
        ]
    return _picture(title, shapes, _TOP + len(figures) * _ROW + 10)


def lines(title: str, figures: Mapping[float, float]) -> str:
    """Return a line through the figures by size."""
    across, up = [log10(size) for size in figures], [log10(value) for value in figures.values()]
    points = [
        (
            _LEFT + (_WIDTH - _LEFT - _RIGHT) * _share(x, across),
            _TOP + 20 + _PLOT * (1 - _share(y, up)),
        )
        for x, y in zip(across, up, strict=True)
    ]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    shapes = [f'<polyline points="{path}" fill="none" stroke="{_BLUE}" stroke-width="2"/>']
    for (x, y), (size, value) in zip(points, figures.items(), strict=True):
        shapes += [
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{_BLUE}"/>',
            _text(x, y - 10, f"{value:.2f}", "middle"),
            _text(x, _TOP + _PLOT + 50, f"{size:,.0f}", "middle"),
        ]
    return _picture(title, shapes, _TOP + _PLOT + 70)


def _share(value: float, among: Iterable[float]) -> float:
    least, most = min(among), max(among)
    return (value - least) / (most - least) if most > least else 0.5


def _text(x: float, y: float, words: str, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'


def _picture(title: str, shapes: list[str], height: int) -> str:
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}" '
        'font-family="sans-serif" font-size="13">'
    )
    ground = f'<rect width="{_WIDTH}" height="{height}" fill="white"/>'
    return "\n".join([head, ground, _text(10, 22, title), *shapes, "</svg>\n"])
