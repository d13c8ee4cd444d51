"""Bars of counts as SVG.

A bar has no text inside, so it fits any width. It has a title for screen readers, and each part
has its own title for those who point at it. Colours come from the page, by the class of a part.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from gsprep.display import look

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gsprep.report.summary import Part, Whole

_WIDTH = 1000
# A part that is not empty stays visible, however small it is.
_THINNEST = 5


def bar(whole: Whole, *, of: int | None = None) -> Markup:
    """Return the parts side by side; ``of`` is the count of the full width, else the whole."""
    widths = lengths([part.count for part in whole.parts], of or whole.count)
    drawn, left = [], 0.0
    for part, width in zip(whole.parts, widths, strict=True):
        if width:
            drawn.append(_box(part, left, width))
        left += width
    frame = Markup(
        '<svg class="bar" viewBox="0 0 {} 10" preserveAspectRatio="none" role="img">'
        "<title>{}</title>{}</svg>"
    )
    return frame.format(_WIDTH, in_words(whole), Markup().join(drawn))


def lengths(counts: Sequence[int], whole: int, width: float = _WIDTH) -> list[float]:
    """Return the lengths of parts if ``width`` is ``whole``; a part that is not empty has 5.

    What thin parts get more, thick parts lose.

    >>> lengths([0, 1, 999_999], 1_000_000), lengths([1, 1], 4, 100)
    ([0.0, 5.0, 995.0], [25.0, 25.0])
    """
    exact = [width * count / whole if whole else 0.0 for count in counts]
    seen = [max(length, _THINNEST) if length else 0.0 for length in exact]
    spare = sum(length - _THINNEST for length in seen if length)
    taken = min((sum(seen) - sum(exact)) / spare, 1.0) if spare else 0.0
    return [round(length - (length - _THINNEST) * taken, 1) if length else 0.0 for length in seen]


def in_words(whole: Whole) -> str:
    """Return a whole in words: its name and every part that is not empty.

    >>> from gsprep.report.summary import Part, Whole
    >>> in_words(Whole("people", (Part("match", 1200), Part("review", 0), Part("no_match", 1))))
    'people: 1,200 match, 1 no match'
    """
    parts = [f"{part.count:,} {shown(part.name)}" for part in whole.parts if part.count]
    return f"{whole.name}: {', '.join(parts) or 'none'}"


def shown(word: str) -> str:
    """Return a word of the files as the page shows it."""
    return word.replace("_", " ")


def _box(part: Part, left: float, width: float) -> Markup:
    box = Markup('<rect class="{}" x="{:g}" y="0" width="{:g}" height="10">{}</rect>')
    title = Markup("<title>{:,} {}</title>").format(part.count, shown(part.name))
    return box.format(look(part.name), left, width, title)
