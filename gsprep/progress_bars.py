"""Progress as bars on a terminal or notebook, else lines."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from html import escape
from typing import TYPE_CHECKING, Any, Protocol, TextIO
from uuid import uuid4

from gsprep.display import bar_html
from gsprep.lazy import lazy_module

if TYPE_CHECKING:
    from rich import console, text
    from rich import progress as rich_progress
else:
    # A pipe has no bars.
    console, text = lazy_module("rich.console"), lazy_module("rich.text")
    rich_progress = lazy_module("rich.progress")

# The log of a long job stays readable, and a short job writes no line.
_SECONDS_BETWEEN_LINES = 10.0
# A notebook can show updates at this rate.
_SECONDS_BETWEEN_PICTURES = 0.2
# From so many rows on, the rows a second are shown.
_LONG = 100_000
_MINUTE = 60
# The stage of `upload`, which calls with the two numbers only.
_UPLOAD = "upload"


class Progress(Protocol):
    """Called with stage, done and total during a job; total is 0 if it is unknown."""

    def __call__(self, stage: str, done: int, total: int, /) -> None:
        """Show the progress."""


@contextmanager
def progress(
    *, stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic
) -> Iterator[Callable[..., None]]:
    """Show the progress of ``run``, ``unify`` and ``upload``; pass the value as ``progress=``.

    A notebook and a terminal show bars. A pipe and continuous integration get one line of text
    every ten seconds at most.

    Args:
        stream: where it is shown; None is standard error.
        clock: returns the time in seconds; a line of text is written ten seconds after the last.

    Returns:
        A context manager; its value takes stage, done and total, and from ``upload`` done and total
        only.

    Examples:
        >>> import itertools, sys
        >>> seconds = itertools.count(step=20).__next__
        >>> with gsprep.progress(stream=sys.stdout, clock=seconds) as show:
        ...     show("match", 50, 100)
        ...     show("match", 100, 100)
        match: 50 of 100
        match: 100 of 100
    """
    screen = sys.stderr if stream is None else stream
    publish = None if stream is not None else _notebook()
    with ExitStack() as open_ones:
        if publish is not None:
            view: _View = _Pictures(publish, clock)
        elif screen.isatty():
            view = open_ones.enter_context(_terminal(screen))
        else:
            view = _Lines(screen, clock)
        stages: dict[str, tuple[int, int]] = {}

        def show(*given: Any) -> None:
            stage, done, whole = given if len(given) > 2 else (_UPLOAD, *given)  # noqa: PLR2004  the numbers
            stages.update({other: _complete(stages[other]) for other in stages if other != stage})
            stages[stage] = done, whole
            # A failed display must not end the job.
            with suppress(OSError):
                view(stages)

        yield show
        # The last stage keeps its numbers, unless its total is unknown.
        ends = {stage: now if now[1] else _complete(now) for stage, now in stages.items()}
        with suppress(OSError):
            view(ends, last=True)


def _complete(numbers: tuple[int, int]) -> tuple[int, int]:
    most = max(numbers[1], 1)
    return most, most


class _View(Protocol):
    def __call__(self, stages: Mapping[str, tuple[int, int]], *, last: bool = False) -> None:
        """Show all stages, all but the newest as complete; ``last`` for the final call."""


class _Lines:
    """Writes a line about the newest stage, at most every ten seconds."""

    def __init__(self, screen: TextIO, clock: Callable[[], float]) -> None:
        """Start without a line."""
        self._screen, self._clock = screen, clock
        self._due = clock() + _SECONDS_BETWEEN_LINES
        self._begun: dict[str, tuple[float, int]] = {}

    def __call__(self, stages: Mapping[str, tuple[int, int]], *, last: bool = False) -> None:
        if last:
            return
        now = self._clock()
        stage, (done, whole) = list(stages.items())[-1]
        begun, before = self._begun.setdefault(stage, (now, done))
        if now < self._due:
            return
        self._due = self._clock() + _SECONDS_BETWEEN_LINES
        pace = _pace(done, whole, (done - before) / max(now - begun, 1))
        self._screen.write(f"{stage}: {done:,} of {whole:,}{pace}\n" if whole else f"{stage}\n")
        self._screen.flush()


def _pace(done: int, whole: int, a_second: float) -> str:
    """Return rows a second and the time left in words; "" for what is no long list of rows.

    >>> _pace(1_000_000, 3_000_000, 15_000), _pace(1, 3, 0.5)
    (', 15,000 a second, 3 min left', '')
    """
    if whole < _LONG or a_second < 1:
        return ""
    left = (whole - done) / a_second
    time_left = f"{left:.0f} s" if left < _MINUTE else f"{math.ceil(left / _MINUTE)} min"
    return f", {a_second:,.0f} a second, {time_left} left"


class _Pictures:
    """Publishes one display in a notebook and updates it."""

    def __init__(self, publish: Callable[..., Any], clock: Callable[[], float]) -> None:
        """Start without a display."""
        self._publish, self._clock = publish, clock
        self._transient = {"display_id": uuid4().hex}
        self._due: float | None = None

    def __call__(self, stages: Mapping[str, tuple[int, int]], *, last: bool = False) -> None:
        now = self._clock()
        if not stages or (self._due is not None and now < self._due and not last):
            return
        data = {"text/html": stages_html(stages), "text/plain": ", ".join(stages)}
        self._publish(data, transient=self._transient, update=self._due is not None)
        self._due = now + _SECONDS_BETWEEN_PICTURES


def stages_html(stages: Mapping[str, tuple[int, int]]) -> str:
    """Return the stages as bars for a notebook: no script, no widget."""
    rows = "".join(
        f"<tr><td>{escape(stage)}</td><td>{bar_html(done, whole)}</td>"
        f"<td>{f'{done:,} of {whole:,}' if whole > 1 else ''}</td></tr>"
        for stage, (done, whole) in stages.items()
    )
    return f"<table>{rows}</table>"


def _notebook() -> Callable[..., Any] | None:
    """Return the function that publishes in the current notebook, None outside a notebook.

    A notebook has already imported IPython; other processes do not import it.
    """
    if "IPython" not in sys.modules:
        return None
    shell = sys.modules["IPython"].get_ipython()
    in_kernel = getattr(shell, "kernel", None) is not None
    return shell.display_pub.publish if in_kernel else None


@contextmanager
def _terminal(screen: TextIO) -> Iterator[_View]:
    class Pace(rich_progress.ProgressColumn):
        """The rows a second of a long stage."""

        def render(self, task: rich_progress.Task) -> text.Text:
            """Return them in words, or nothing."""
            is_long = (task.total or 0) >= _LONG and task.speed is not None
            return text.Text(f"{task.speed:,.0f} a second" if is_long else "")

    columns = (
        rich_progress.TextColumn("{task.description:<10}"),
        rich_progress.BarColumn(),
        rich_progress.MofNCompleteColumn(),
        Pace(),
        rich_progress.TimeRemainingColumn(),
    )
    screen_of_rich = console.Console(file=screen)
    with rich_progress.Progress(*columns, console=screen_of_rich, transient=True) as bars:
        tasks: dict[str, Any] = {}

        def view(stages: Mapping[str, tuple[int, int]], *, last: bool = False) -> None:  # noqa: ARG001  the bars disappear
            for stage, (done, whole) in stages.items():
                if stage not in tasks:
                    tasks[stage] = bars.add_task(stage, total=whole or None)
                bars.update(tasks[stage], completed=done, total=whole or None)

        yield view
