"""How far a job is: bars on a terminal and in a notebook, a line now and then in a pipe."""

from __future__ import annotations

import sys
import time
from contextlib import ExitStack, contextmanager, suppress
from html import escape
from typing import TYPE_CHECKING, Any, Protocol
from uuid import uuid4

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from gsprep.display import bar_html

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import TextIO

# A log of a long job stays readable; a short one leaves no line at all.
_SECONDS_BETWEEN_LINES = 10.0
# A notebook keeps up with so many pictures of a bar.
_SECONDS_BETWEEN_PICTURES = 0.2
# What `upload` does, which tells numbers alone.
_UPLOAD = "upload"


class Show(Protocol):
    """What a job tells how far it is: the stage and how many of how many, 0 of 0 when unknown.

    The two numbers alone mean the upload.
    """

    def __call__(self, *told: Any) -> None:
        """Show it."""


@contextmanager
def progress(
    *, stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic
) -> Iterator[Show]:
    """Show how far ``run``, ``unify`` and ``upload`` are: give what this yields as ``progress=``.

    In a notebook and on a terminal these are bars. In a pipe and in continuous integration it is
    one line of text every ten seconds at most, by ``clock``. ``stream`` is standard error.

    >>> with progress() as show:
    ...     show("match", 50, 100)
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

        def show(*told: Any) -> None:
            stage, done, whole = told if len(told) > 2 else (_UPLOAD, *told)  # noqa: PLR2004  the numbers
            stages.update({other: _over(stages[other]) for other in stages if other != stage})
            stages[stage] = done, whole
            # What cannot be shown ends nobody's job.
            with suppress(OSError):
                view(stages)

        yield show
        # How far the last stage came is known, unless it never told.
        ends = {stage: told if told[1] else _over(told) for stage, told in stages.items()}
        with suppress(OSError):
            view(ends, last=True)


def _over(told: tuple[int, int]) -> tuple[int, int]:
    most = max(told[1], 1)
    return most, most


class _View(Protocol):
    def __call__(self, stages: Mapping[str, tuple[int, int]], *, last: bool = False) -> None:
        """Show all stages, those before the newest as over; ``last`` when nothing follows."""


class _Lines:
    """Writes a line about the newest stage when the last one is long ago."""

    def __init__(self, screen: TextIO, clock: Callable[[], float]) -> None:
        """Write nothing yet."""
        self._screen, self._clock = screen, clock
        self._due = clock() + _SECONDS_BETWEEN_LINES

    def __call__(self, stages: Mapping[str, tuple[int, int]], *, last: bool = False) -> None:
        if last or self._clock() < self._due:
            return
        self._due = self._clock() + _SECONDS_BETWEEN_LINES
        stage, (done, whole) = list(stages.items())[-1]
        self._screen.write(f"{stage}: {done:,} of {whole:,}\n" if whole else f"{stage}\n")
        self._screen.flush()


class _Pictures:
    """Publishes one display of a notebook, and the same display anew as the job goes on."""

    def __init__(self, publish: Callable[..., Any], clock: Callable[[], float]) -> None:
        """Publish nothing yet."""
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
    """Return what shows things in the notebook this runs in, None elsewhere.

    A notebook has imported IPython long ago; anybody else should not wait for it.
    """
    if "IPython" not in sys.modules:
        return None
    shell = sys.modules["IPython"].get_ipython()
    in_kernel = getattr(shell, "kernel", None) is not None
    return shell.display_pub.publish if in_kernel else None


@contextmanager
def _terminal(screen: TextIO) -> Iterator[_View]:
    columns = (
        TextColumn("{task.description:<10}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(file=screen), transient=True) as bars:
        tasks: dict[str, Any] = {}

        def view(stages: Mapping[str, tuple[int, int]], *, last: bool = False) -> None:  # noqa: ARG001  the bars go
            for stage, (done, whole) in stages.items():
                if stage not in tasks:
                    tasks[stage] = bars.add_task(stage, total=whole or None)
                bars.update(tasks[stage], completed=done, total=whole or None)

        yield view
