"""Number of threads that a calculation uses."""

from __future__ import annotations

import os
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_lock = Lock()
_alone = [0]  # the calculations of this process that are limited to one thread


def usual_threads() -> int:
    """Return the number of threads to use: one for each processor, or one within ``one_thread``."""
    return 1 if _alone[0] else os.cpu_count() or 1


@contextmanager
def one_thread() -> Iterator[None]:
    """Limit the calculations of this process to one thread while the block runs.

    For workers of an engine that starts one for each processor. Results are the same.

    >>> with one_thread():
    ...     usual_threads()
    1
    """
    with _lock:
        _alone[0] += 1
    try:
        yield
    finally:
        with _lock:
            _alone[0] -= 1
