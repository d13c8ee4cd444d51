"""Actions at exact lines of gsprep's code while it runs."""

from __future__ import annotations

import sys
import threading
from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType


class Lines:
    """Counts the executed lines of some files, and acts before the chosen ones."""

    def __init__(self, files: tuple[str, ...], act: Callable[[], object], *at: int) -> None:
        """Act before the lines ``at``, counted from 1; ``files`` are the ends of paths."""
        self._files, self._act, self._at = files, act, frozenset(at)
        self._numbers, self.count = count(1), 0

    def __call__(self, frame: FrameType, event: str, _argument: Any) -> Lines | None:
        """Trace a frame of one of the files."""
        if event == "call":
            return self if frame.f_code.co_filename.endswith(self._files) else None
        if event == "line":
            # Of two threads, each has a number of its own.
            number = self.count = next(self._numbers)
            if number in self._at:
                self._act()
        return self


class Entry:
    """Acts once, before a function of a file is executed."""

    def __init__(self, file: str, function: str, act: Callable[[], object]) -> None:
        """Wait for a function of a file whose path ends like this."""
        self._file, self._function, self._act = file, function, act
        self.seen = False

    def __call__(self, frame: FrameType, _event: str, _argument: Any) -> None:
        """Check the function that is called."""
        code = frame.f_code
        if (
            not self.seen
            and code.co_name == self._function
            and code.co_filename.endswith(self._file)
        ):
            self.seen = True
            self._act()


@contextmanager
def traced(tracer: Any) -> Iterator[None]:
    """Trace this thread and the threads that start during the context."""
    before = sys.gettrace()
    threading.settrace(tracer)
    sys.settrace(tracer)
    try:
        yield
    finally:
        sys.settrace(before)
        threading.settrace(before)
