"""Threads that make calls, and a bell for their results."""

from __future__ import annotations

import queue
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

W = TypeVar("W")
R = TypeVar("R")
# How often it is looked around where nothing rings, in seconds: a system may not wake a thread
# that waits when a signal comes, and a thread may end without a word.
_LOOK_UP = 0.5


@dataclass(eq=False, slots=True)
class Task(Generic[W, R]):
    """Work that was given to a thread; ``result`` is there, if ever, once it is ``over``."""

    work: W
    result: R | BaseException | None = None
    over: bool = False


@dataclass(frozen=True, slots=True)
class Workers(Generic[W, R]):
    """Threads that do one piece of work at a time, begun when they are needed.

    A thread is given nothing before it runs: one that cannot be started takes no work with it.
    """

    do: Callable[[W], R]
    bell: queue.SimpleQueue[None] = field(default_factory=queue.SimpleQueue)
    _tasks: queue.SimpleQueue[Task[W, R] | None] = field(default_factory=queue.SimpleQueue)
    _threads: list[threading.Thread] = field(default_factory=list)

    def __len__(self) -> int:
        """Return the number of threads."""
        return len(self._threads)

    def begin(self) -> None:
        """Start another thread."""
        thread = threading.Thread(target=self._run, daemon=True)
        thread.start()
        self._threads.append(thread)

    def give(self, task: Task[W, R]) -> None:
        """Let a thread do the work of a task."""
        self._tasks.put(task)

    def end(self) -> None:
        """Let each thread end when its task is over."""
        for _ in self._threads:
            self._tasks.put(None)

    def ring(self) -> None:
        """Wake the thread that waits; safe in a handler of signals."""
        self.bell.put(None)

    def wait(self) -> None:
        """Wait until it rings, not for long."""
        try:
            self.bell.get(timeout=_LOOK_UP)
        except queue.Empty:
            return

    def _run(self) -> None:
        while (task := self._tasks.get()) is not None:
            try:
                task.result = self.do(task.work)
            except BaseException as failure:  # noqa: BLE001  the thread that waits judges it
                task.result = failure
            finally:
                task.over = True
                # Who waits looks up before long, and a thread that ends here would be missed.
                with suppress(MemoryError):
                    self.ring()
