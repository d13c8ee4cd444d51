"""Numbers as SVG: pure functions, no text inside, so that a chart fits any width.

A chart bears its title and description for those who hear it, and each part its own title for
those who point at it. Colours come from the page, by the class of a part.
"""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING

from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gsprep.report.parts import Part, Whole

_WIDTH, _HEIGHT = 1000, 100
# A part that is there can be seen, however small it is.
_THINNEST = 5
# Columns are lower than bars are wide, and what is there has to be as thick.
_FINER = 3


def bar(whole: Whole, *, of: int | None = None) -> Markup:
    """Return the parts side by side; ``of`` is what the full width stands for, else the whole."""
    widths = lengths([part.count for part in whole.parts], of or whole.count)
    drawn, left = [], 0.0
    for part, width in zip(whole.parts, widths, strict=True):
        if width:
            drawn.append(_box(part, (left, 0, width, 10)))
        left += width
    return _svg(f"0 0 {_WIDTH} 10", "bar", in_words(whole), "", drawn)


def tick(count: int, most: int, name: str) -> Markup:
    """Return a small bar beside a number, of the colour of ``name``: it says no more than that."""
    width = lengths([count], most)[0]
    box = Markup('<svg class="tick" viewBox="0 0 {} 10" preserveAspectRatio="none" ')
    rect = Markup('aria-hidden="true"><rect class="{}" width="{:g}" height="10"/></svg>')
    return box.format(_WIDTH) + rect.format(look(name), width)


def columns(stacks: Sequence[Whole], title: str, *, by_root: bool = False) -> Markup:
    """Return wholes as columns that stand side by side, each built up of its parts.

    ``by_root``: heights go with the square root, so that a few beside many can be seen.
    """
    highest = max((stack.count for stack in stacks), default=0)
    drawn: list[Markup] = []
    for place, stack in enumerate(stacks):
        height = _height(stack.count, highest, by_root=by_root)
        drawn.append(Markup("<g><title>{}</title>").format(in_words(stack)))
        drawn += _stacked(stack, (place * 10 + 1, 8), height)
        drawn.append(Markup("</g>"))
    told = "; ".join(in_words(stack) for stack in stacks if stack.count)
    return _svg(f"0 0 {len(stacks) * 10} {_HEIGHT}", "columns", title, told, drawn)


def lengths(counts: Sequence[int], whole: int, width: float = _WIDTH) -> list[float]:
    """Return the lengths of parts on ``width`` for ``whole``: none that is there is under 5.

    What the thin ones are given the thick ones lack.

    >>> lengths([0, 1, 999_999], 1_000_000), lengths([1, 1], 4, 100)
    ([0.0, 5.0, 995.0], [25.0, 25.0])
    """
    exact = [width * count / whole if whole else 0.0 for count in counts]
    seen = [max(length, _THINNEST) if length else 0.0 for length in exact]
    spare = sum(length - _THINNEST for length in seen if length)
    taken = min((sum(seen) - sum(exact)) / spare, 1.0) if spare else 0.0
    return [round(length - (length - _THINNEST) * taken, 1) if length else 0.0 for length in seen]


def in_words(whole: Whole) -> str:
    """Return a whole as a sentence part: its name, and every part that is there.

    >>> from gsprep.report.parts import Part, Whole
    >>> in_words(Whole("people", (Part("match", 1200), Part("review", 0), Part("no_match", 1))))
    'people: 1,200 match, 1 no match'
    """
    told = [f"{part.count:,} {shown(part.name)}" for part in whole.parts if part.count]
    return f"{whole.name}: {', '.join(told) or 'none'}"


def shown(word: str) -> str:
    """Return a word of the files as the page writes it."""
    return word.replace("_", " ")


def _height(count: int, highest: int, *, by_root: bool) -> int:
    if not count:
        return 0
    share = sqrt(count / highest) if by_root else count / highest
    return max(round(share * _HEIGHT), 1)


def _stacked(stack: Whole, across: tuple[int, int], height: int) -> list[Markup]:
    """Return the parts of one column from the bottom up, ``across`` being its left and width."""
    sizes = lengths([part.count for part in stack.parts], stack.count, height * _FINER)
    drawn, top = [], float(_HEIGHT)
    for part, size in zip(stack.parts, sizes, strict=True):
        if size:
            top -= size / _FINER
            at = (across[0], max(round(top, 2), 0.0), across[1], round(size / _FINER, 2))
            drawn.append(_box(part, at, named=False))
    return drawn


def _box(part: Part, at: tuple[float, float, float, float], *, named: bool = True) -> Markup:
    left, top, width, height = (f"{number:g}" for number in at)
    title = Markup("<title>{:,} {}</title>").format(part.count, shown(part.name)) if named else ""
    box = Markup('<rect class="{}" x="{}" y="{}" width="{}" height="{}">{}</rect>')
    return box.format(look(part.name), left, top, width, height, title)


def look(name: str) -> str:
    """Return the class of a part: what it means, not what it is called.

    >>> look("stored"), look("rejected"), look("a rule of your own")
    ('good', 'bad', 'plain')
    """
    return _LOOKS.get(name, "plain")


_LOOKS = {
    "valid": "good", "match": "good", "stored": "good", "as it came": "good",
    "mended": "soft",
    "review": "maybe", "unknown": "maybe", "warning": "maybe",
    "no_match": "none", "unsent": "none", "empty": "blank", "left": "blank",
    "rejected": "bad", "refused": "bad", "error": "bad",
}  # fmt: skip


def _svg(box: str, kind: str, title: str, told: str, drawn: Sequence[Markup]) -> Markup:
    described = Markup("<desc>{}</desc>").format(told) if told else Markup()
    frame = Markup(
        '<svg class="{}" viewBox="{}" preserveAspectRatio="none" role="img">'
        "<title>{}</title>{}{}</svg>"
    )
    return frame.format(kind, box, title, described, Markup().join(drawn))
