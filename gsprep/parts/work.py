"""Work on the parts of a source, and the folder of its results, which a later run goes on with."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import signal
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b
from itertools import chain
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, Protocol, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import feather

from gsprep import __version__
from gsprep.atomic_files import replacing
from gsprep.errors import InputError
from gsprep.values.arrow import has_repeats, one_thread, return_memory

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    import pandas as pd

    from gsprep.progress_bars import Progress
    from gsprep.tables.parts import Look, Part, Parts

_R = TypeVar("_R")


class Portion(Protocol):
    """What a process works on at once: a part of the source, or some rows of several parts."""

    @property
    def number(self) -> int:
        """The place of it among all."""
        ...

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
    # Arrow's own pool gives memory back to the system and asks for it again all the time. A process
    # chooses one as it begins.
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
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
    work: Callable[[_P], _R],
    todo: Sequence[_P],
    stage: str,
    pace: Pace,
    *,
    whole: int | None = None,
) -> Iterator[tuple[_P, _R]]:
    """Yield each part, or other portion, with what was made of it, as they are done.

    ``work`` can be pickled; a process reads it once. ``whole`` is the number of rows of all parts,
    those done before included.

    Raises InputError if a process was ended from outside.
    """
    rows = sum(part.rows for part in todo)
    whole = rows if whole is None else whole
    done = max(whole - rows, 0)
    if pace.progress is not None:
        pace.progress(stage, done, whole)
    for part, result in _results(work, todo, pace):
        done = min(done + part.rows, whole)
        if pace.progress is not None:
            pace.progress(stage, done, whole)
        yield part, result


def in_order(
    work: Callable[[_P], _R],
    todo: Sequence[_P],
    stage: str,
    pace: Pace,
    *,
    whole: int | None = None,
) -> list[_R]:
    """Return what was made of each part, in their order; see ``each_part``."""
    each = each_part(work, todo, stage, pace, whole=whole)
    found = {part.number: result for part, result in each}
    return [found[part.number] for part in todo]


def _results(work: Callable[[_P], _R], todo: Sequence[_P], pace: Pace) -> Iterator[tuple[_P, _R]]:
    if min(pace.workers, len(todo)) <= 1:
        yield from ((part, work(part)) for part in todo)
        return
    with ExitStack() as open_ones:
        pool = pace.pool or open_ones.enter_context(_pool(min(pace.workers, len(todo))))
        folder = open_ones.enter_context(TemporaryDirectory(prefix="gsprep-"))
        saved = Path(folder) / "work"
        saved.write_bytes(pickle.dumps(work))
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
    """Do the work of a stage on a part; a process reads it once for each stage."""
    if saved not in _held:
        _held.clear()
        _held[saved] = pickle.loads(saved.read_bytes())  # noqa: S301  this program wrote it
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
    seen = in_order(partial(_looked, parts, learn), parts.parts, "read", pace)
    looks = [look for look, _ in seen]
    return Survey(parts.counted(looks), parts.notes(looks), tuple(learned for _, learned in seen))


def _looked(parts: Parts, learn: Callable[[pd.DataFrame], _R], part: Part) -> tuple[Look, _R]:
    look, frame = parts.look(part)
    return look, learn(frame)


# The file that says what the parts are parts of.
MANIFEST = "parts.json"
# What a file of a divided table says on the number of lines of each owner.
_COUNTS = b"gsprep_counts"
_PACKED = pa.ipc.IpcWriteOptions(compression="lz4")
# Tables of which the lines of all parts are brought into one order: so many are read at once.
_MERGED, _GROUP, _LINES = frozenset({"review_parts"}), 2048, 100_000


@dataclass(frozen=True, slots=True)
class PartFolder:
    """Tables in parts: each is a folder with a file for each part.

    Attributes:
        out: the folder of the tables.
        tables: their names. The file of the first one is written last: it makes a part done.
        exchanged: those that only later stages read: files of Arrow, which take a third of the time
            that Parquet takes.
    """

    out: Path
    tables: tuple[str, ...]
    exchanged: Collection[str] = ()

    def refuse_source(self, parts: Parts) -> None:
        """Raise InputError if a table would replace a file that is read."""
        folders = {(self.out / name).resolve() for name in self.tables}
        for path in {part.path for part in parts.parts}:
            if folders & set(path.resolve().parents):
                raise InputError(
                    f"the results would replace the input {path}. Choose another folder with --out"
                )

    def begin(self, head: Mapping[str, str]) -> None:
        """Make the folders; parts that were made of anything else than ``head`` says are removed.

        Raises InputError if the folder cannot be written.
        """
        manifest = self.out / MANIFEST
        try:
            same = json.loads(manifest.read_text(encoding="utf-8")) == head
        except (OSError, ValueError):
            same = False
        try:
            for name in self.tables:
                (self.out / name).mkdir(parents=True, exist_ok=True)
                for path in () if same else (self.out / name).glob("part-*"):
                    path.unlink()
        except OSError as failure:
            raise InputError(
                f"the folder {self.out} cannot be written to ({failure.strerror}). Choose another "
                "with --out"
            ) from failure
        with replacing(manifest) as draft:
            draft.write_text(json.dumps(head) + "\n", encoding="utf-8")

    def path(self, table: str, number: int) -> Path:
        """Return the file of a part of a table."""
        ending = "arrow" if table in self.exchanged else "parquet"
        return self.out / table / f"part-{number:05}.{ending}"

    def todo(self, parts: Iterable[_P]) -> list[_P]:
        """Return the parts that are not done."""
        return [part for part in parts if not self.path(self.tables[0], part.number).is_file()]

    def write(self, number: int, frames: Sequence[pd.DataFrame]) -> None:
        """Write a part of each table, in the order of ``tables``; numbers stay numbers."""
        for name, frame in reversed(list(zip(self.tables, frames, strict=False))):
            self.write_one(name, number, [frame])

    def write_one(self, table: str, number: int, frames: Iterable[pd.DataFrame]) -> None:
        """Write a part of one table, of frames that are made one after the other; at least one."""
        tables = (pa.Table.from_pandas(frame, preserve_index=False) for frame in frames)
        first = next(tables)
        if table in self.exchanged:
            open_file = partial(pa.ipc.new_file, options=_PACKED)
        else:
            # To look for repeats where there are few takes half as long again as the writing, and
            # the least and the greatest of such texts help no reader.
            again = [name for name in first.column_names if has_repeats(first[name])]
            open_file = partial(pq.ParquetWriter, use_dictionary=again, write_statistics=again)
        with (
            replacing(self.path(table, number)) as draft,
            open_file(draft, schema=first.schema) as file,
        ):
            for rows in chain([first], tables):
                file.write_table(rows, _GROUP if table in _MERGED else None)

    def write_divided(
        self, table: str, number: int, frame: pd.DataFrame, owners: np.ndarray, count: int
    ) -> None:
        """Write lines divided among so many ``owners``: each can be read by its number."""
        order, counts = np.argsort(owners, kind="stable"), np.bincount(owners, minlength=count)
        rows = pa.Table.from_pandas(frame.iloc[order], preserve_index=False)
        schema = rows.schema.with_metadata({**rows.schema.metadata, _COUNTS: counts.tobytes()})
        columns = [column.combine_chunks() for column in rows.columns]
        batch = pa.RecordBatch.from_arrays(columns, schema=schema)
        # A slice without lines would be written with the texts of all lines.
        none = pa.RecordBatch.from_pylist([], schema=schema)
        with (
            replacing(self.path(table, number)) as draft,
            pa.ipc.new_file(draft, schema, options=_PACKED) as file,
        ):
            for begin, lines in zip(np.cumsum(counts) - counts, counts, strict=True):
                file.write_batch(batch.slice(begin, lines) if lines else none)

    def counts(self, table: str, number: int) -> np.ndarray:
        """Return the number of lines of each owner in a file."""
        with pa.ipc.open_file(self.path(table, number)) as file:
            return np.frombuffer(file.schema.metadata[_COUNTS], np.int64)

    def read_divided(
        self,
        table: str,
        owners_in: Mapping[int, Iterable[int]],
        columns: Collection[str] | None = None,
    ) -> pd.DataFrame:
        """Return the lines of the owners in each file, or some columns; there is at least one."""
        options, found = None, list[pa.RecordBatch]()
        if columns is not None:
            with pa.ipc.open_file(self.path(table, next(iter(owners_in)))) as file:
                fields = [at for at, name in enumerate(file.schema.names) if name in columns]
            options = pa.ipc.IpcReadOptions(included_fields=fields)
        for number, owners in owners_in.items():
            with pa.ipc.open_file(self.path(table, number), options=options) as file:
                found += [file.get_batch(owner) for owner in owners]
        return pa.Table.from_batches(found).to_pandas()

    def take(self, table: str, number: int, other: PartFolder) -> None:
        """Take a part of a table from another folder, without a copy where links are possible."""
        mine, theirs = self.path(table, number), other.path(table, number)
        mine.unlink(missing_ok=True)
        try:
            os.link(theirs, mine)
        except OSError:
            with replacing(mine) as draft:
                shutil.copyfile(theirs, draft)

    def read(self, table: str, number: int, columns: list[str] | None = None) -> pd.DataFrame:
        """Return a part of a table, or some of its columns."""
        path = self.path(table, number)
        if table in self.exchanged:
            rows = feather.read_table(path, columns, use_threads=False)
        else:
            rows = pq.read_table(path, columns=columns)
        return rows.to_pandas()

    def read_all(
        self, table: str, numbers: Iterable[int], columns: list[str] | None = None
    ) -> Iterator[pd.DataFrame]:
        """Yield the parts of a table."""
        return (self.read(table, number, columns) for number in numbers)


def merged(folder: PartFolder, table: str, numbers: Sequence[int]) -> Iterator[pd.DataFrame]:
    """Yield the lines of all parts, the most probable first, a few at a time.

    In each part they are in that order already; of equally probable lines the first part's are
    first. At least one frame is yielded.
    """
    probable = [part["probability"] for part in folder.read_all(table, numbers, ["probability"])]
    begins = np.cumsum([0, *map(len, probable)])
    order = np.argsort(-np.concatenate(probable), kind="stable")
    sources = [_Lines(folder.path(table, number)) for number in numbers]
    for start in range(0, max(len(order), 1), _LINES):
        chosen = order[start : start + _LINES]
        # Each part gives its next lines.
        ascending = np.sort(chosen)
        counts = np.diff(np.searchsorted(ascending, begins))
        taken = [one.next(count) for one, count in zip(sources, counts, strict=True) if count]
        lines = pa.concat_tables(taken) if taken else sources[0].next(0)
        yield lines.take(pa.array(np.searchsorted(ascending, chosen))).to_pandas()


class _Lines:
    """The lines of a file in their order; a few of them are held."""

    def __init__(self, path: Path) -> None:
        self._path, self._group = path, 0
        self._held = pq.read_schema(path).empty_table()

    def next(self, count: int) -> pa.Table:
        """Return so many of the lines that follow."""
        while len(self._held) < count:
            with pq.ParquetFile(self._path) as file:
                more = file.read_row_group(self._group, use_threads=False)
            self._group += 1
            self._held = pa.concat_tables([self._held, more])
        taken = self._held.slice(0, count)
        self._held = self._held.slice(count)
        return taken


def digest_of(*what: object) -> str:
    """Return a hash that changes with the version of gsprep and with what is given, as written."""
    return blake2b(repr((__version__, *what)).encode(), digest_size=16).hexdigest()
