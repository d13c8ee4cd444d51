"""Work on the parts of a source, in one process or in several."""

from __future__ import annotations

import os
import pickle
import signal
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, Protocol, TypeVar

import pyarrow as pa

from gsprep.errors import InputError
from gsprep.values.arrow import one_thread, return_memory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import pandas as pd

    from gsprep.progress_bars import Progress
    from gsprep.tables.parts import Look, Part, Parts

_R = TypeVar("_R")


class Portion(Protocol):
    """What a process works on at once: a part of the source, or some rows of several parts."""

    @property
    def rows(self) -> int:
        """The number of its rows."""
        ...


_P = TypeVar("_P", bound=Portion)


def usual_workers() -> int:
    """Return the number of processes that this machine has processors for."""
    return os.cpu_count() or 1


class Pace(NamedTuple):
    """How many processes work, and who is told how far they are.

    ``pool`` has the processes of several stages, which ``working`` starts once.
    """

    workers: int = 1
    progress: Progress | None = None
    pool: ProcessPoolExecutor | None = None


@contextmanager
def working(workers: int, progress: Progress | None = None) -> Iterator[Pace]:
    """Give the pace of several stages; their processes are started when the first part is there."""
    with _pool(workers) as pool:
        yield Pace(workers, progress, pool)


def _pool(workers: int) -> ProcessPoolExecutor:
    # Forked processes would inherit the threads' locks, and not every system forks.
    return ProcessPoolExecutor(workers, get_context("spawn"), _begin_process)


def _begin_process() -> None:
    """Calculate in one thread, as each processor has a process; the first process ends all."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    pa.set_cpu_count(1)
    _of_process.enter_context(one_thread())


# What holds as long as a process works on parts.
_of_process = ExitStack()


def each_part(
    make: Callable[[], Callable[[_P], _R]],
    todo: Sequence[_P],
    stage: str,
    pace: Pace,
    *,
    whole: int | None = None,
) -> Iterator[tuple[_P, _R]]:
    """Yield each part, or other portion, with what was made of it, as they are done.

    ``make`` returns the work on a part; each process calls it once, so both can be pickled.
    ``whole`` is the number of rows of all parts, those done before included.

    Raises InputError if a process was ended from outside.
    """
    rows = sum(part.rows for part in todo)
    whole = rows if whole is None else whole
    done = max(whole - rows, 0)
    if pace.progress is not None:
        pace.progress(stage, done, whole)
    for part, result in _results(make, todo, pace):
        done = min(done + part.rows, whole)
        if pace.progress is not None:
            pace.progress(stage, done, whole)
        yield part, result


def _results(
    make: Callable[[], Callable[[_P], _R]], todo: Sequence[_P], pace: Pace
) -> Iterator[tuple[_P, _R]]:
    if min(pace.workers, len(todo)) <= 1:
        work = make() if todo else None
        yield from ((part, work(part)) for part in todo if work is not None)
        return
    with ExitStack() as open_ones:
        pool = pace.pool or open_ones.enter_context(_pool(min(pace.workers, len(todo))))
        folder = open_ones.enter_context(TemporaryDirectory(prefix="gsprep-"))
        saved = Path(folder) / "work"
        saved.write_bytes(pickle.dumps(make))
        futures = {pool.submit(_do, saved, part): part for part in todo}
        try:
            yield from ((futures[future], future.result()) for future in as_completed(futures))
        except BrokenProcessPool as failure:
            raise InputError(
                "a process that worked on a part was ended, probably because the memory was full. "
                "Run the same command with fewer --workers: it goes on after the parts that are "
                "done"
            ) from failure
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


_held: dict[Path, Callable[[Any], Any]] = {}


def _do(saved: Path, part: Portion) -> Any:
    """Do the work of a stage on a part; a process makes it once for each stage."""
    if saved not in _held:
        _held.clear()
        _held[saved] = pickle.loads(saved.read_bytes())()  # noqa: S301  this program wrote it
    result = _held[saved](part)
    return_memory()
    return result


@dataclass(frozen=True, slots=True)
class Survey(Generic[_R]):
    """The parts with the numbers of their records, what was assumed, and what was learned.

    ``learned`` has an entry for each part, in their order.
    """

    parts: Parts
    notes: tuple[str, ...]
    learned: tuple[_R, ...]


def survey(parts: Parts, pace: Pace, learn: Callable[[pd.DataFrame], _R]) -> Survey[_R]:
    """Look once at every record of the parts; ``learn`` is called with the records of each.

    Raises TableError for a ``row_id`` that is missing or repeated, and as reading does.
    """
    make = partial(partial, _looked, parts, learn)
    seen = {part.number: result for part, result in each_part(make, parts.parts, "read", pace)}
    looks = [seen[part.number][0] for part in parts.parts]
    learned = tuple(seen[part.number][1] for part in parts.parts)
    return Survey(parts.counted(looks), parts.notes(looks), learned)


def _looked(parts: Parts, learn: Callable[[pd.DataFrame], _R], part: Part) -> tuple[Look, _R]:
    look, frame = parts.look(part)
    return look, learn(frame)
