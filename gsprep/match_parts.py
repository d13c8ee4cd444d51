"""Matching of Parquet files larger than memory, part by part."""

from __future__ import annotations

import json
import os
import pickle
import signal
import tempfile
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import blake2b
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from gsprep import __version__
from gsprep.errors import InputError
from gsprep.replacing import replacing
from gsprep.report.rows import review_rows
from gsprep.report.summary import VERDICTS
from gsprep.schemas.frames import text_frame
from gsprep.tables.write import write_table
from gsprep.unification.index import CompanyIndex
from gsprep.unification.unify import unify_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from gsprep.progress_bars import Progress
    from gsprep.tables.parquet_parts import Part, Parts
    from gsprep.unification.answers import Answers
    from gsprep.unification.known import Known

# The folders of the parts, and the file that says what they are parts of.
_TABLES = ("decisions", "evidence", "review_parts")
_MANIFEST, _SCHEMA = "parts.json", "gsprep.match-parts/1"


@dataclass(frozen=True, slots=True)
class MatchedParts:
    """What was matched: the number of people, those of each verdict, and of parts done before."""

    people: int
    verdicts: Mapping[str, int]
    parts: int
    resumed: int


def match_parts(
    parts: Parts, index: CompanyIndex, out: Path, *, workers: int = 1, progress: Progress | None
) -> MatchedParts:
    """Match the people of every part, and write the tables of ``unify`` part by part.

    ``out`` gets the folders ``decisions`` and ``evidence`` with a Parquet file for each part, as
    pandas, DuckDB and Spark read them, and review.csv of all. What is there equals the decisions
    about all people at once. Parts of the same files with the same index that are there already are
    not matched again. Several ``workers`` are processes that share the index; each holds one part.

    Raises InputError for a folder that cannot be written, and TableError for files that cannot be.
    """
    out.mkdir(parents=True, exist_ok=True)
    _begin(out, {"schema": _SCHEMA, "people": parts.digest, "index": _digest(index)})
    todo = [part for part in parts.parts if not _is_done(out, part.number)]
    done = parts.rows - sum(part.rows for part in todo)
    for part in _each(_Job(parts, out), index, todo, min(workers, len(todo))):
        done = min(done + part.rows, parts.rows)
        if progress is not None:
            progress("match", done, parts.rows)
    numbers = [part.number for part in parts.parts]
    _write_review(out, numbers)
    return MatchedParts(
        people=parts.rows,
        verdicts=_verdicts(out, numbers),
        parts=len(numbers),
        resumed=len(numbers) - len(todo),
    )


class _Job(NamedTuple):
    """What is the same for all parts."""

    parts: Parts
    out: Path

    def match(self, part: Part, index: CompanyIndex) -> Part:
        """Match the people of a part, and write its tables; the last one makes it done."""
        text = text_frame(self.parts.read(part))
        unified = unify_text(text, index)
        tables = (unified.decisions, unified.evidence, review_rows(text, unified))
        for name, table in reversed(list(zip(_TABLES, tables, strict=True))):
            _write(table, _path(self.out, name, part.number))
        return part


def _write(frame: pd.DataFrame, path: Path) -> None:
    """Write a frame with numbers as numbers, for tools that read Parquet."""
    with replacing(path) as draft:
        pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), draft)


def _each(job: _Job, index: CompanyIndex, todo: list[Part], workers: int) -> Iterator[Part]:
    """Yield the parts as they are done."""
    if workers <= 1:
        yield from (job.match(part, index) for part in todo)
        return
    with _saved(index) as path:
        given = (path, index.known, index.answers)
        # Forked processes would inherit the threads' locks, and not every system forks.
        with ProcessPoolExecutor(workers, get_context("spawn"), _take_index, given) as processes:
            futures = [processes.submit(_match, job, part) for part in todo]
            try:
                yield from (future.result() for future in as_completed(futures))
            except BrokenProcessPool as failure:
                raise InputError(
                    "a process that matched was ended, probably because the memory was full. Run "
                    "the same command with fewer --workers: it goes on after the parts that are "
                    "done"
                ) from failure
            except BaseException:
                processes.shutdown(wait=False, cancel_futures=True)
                raise


@contextmanager
def _saved(index: CompanyIndex) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="gsprep-") as folder:
        yield index.save(Path(folder) / "companies.index")


_held: list[CompanyIndex] = []


def _take_index(path: Path, known: Known, answers: Answers) -> None:
    """Load the index of a worker; its arrays are those of the file, which all workers share."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the first process ends all
    loaded = CompanyIndex.load(path)
    _held[:] = [replace(loaded, known=known, answers=answers)]


def _match(job: _Job, part: Part) -> Part:
    return job.match(part, _held[0])


def _path(out: Path, table: str, number: int) -> Path:
    return out / table / f"part-{number:05}.parquet"


def _is_done(out: Path, number: int) -> bool:
    return _path(out, _TABLES[0], number).is_file()


def _begin(out: Path, head: Mapping[str, str]) -> None:
    """Make the folders; parts of other people or another index are removed."""
    manifest = out / _MANIFEST
    try:
        same = json.loads(manifest.read_text(encoding="utf-8")) == head
    except (OSError, ValueError):
        same = False
    try:
        for name in _TABLES:
            (out / name).mkdir(exist_ok=True)
            for path in () if same else (out / name).glob("part-*.parquet"):
                path.unlink()
    except OSError as failure:
        raise InputError(
            f"the folder {out} cannot be written to ({failure.strerror}). Choose another with --out"
        ) from failure
    with replacing(manifest) as draft:
        draft.write_text(json.dumps(head) + "\n", encoding="utf-8")


def _digest(index: CompanyIndex) -> str:
    """Return a hash that changes with the companies, the rulebook, known people and answers."""
    whole = blake2b(digest_size=16)
    whole.update(repr((__version__, index.source, index.rulebook.model_dump())).encode())
    whole.update(pickle.dumps((index.known, index.answers)))
    return whole.hexdigest()


def _tables(out: Path, name: str, numbers: Iterable[int]) -> Iterator[pd.DataFrame]:
    for number in numbers:
        yield pq.read_table(_path(out, name, number)).to_pandas()


def _write_review(out: Path, numbers: list[int]) -> None:
    """Write review.csv: the people of all parts, the most probable match first."""
    lines = pd.concat(list(_tables(out, _TABLES[2], numbers)), ignore_index=True)
    ordered = lines.sort_values("probability", ascending=False, kind="stable")
    write_table(ordered, out / "review.csv")


def _verdicts(out: Path, numbers: list[int]) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for number in numbers:
        table = pq.read_table(_path(out, _TABLES[0], number), columns=["verdict"])
        counts.update(table["verdict"].to_pylist())
    return {verdict: counts[verdict] for verdict in VERDICTS}


def usual_workers() -> int:
    """Return the number of processes that this machine has processors for."""
    return os.cpu_count() or 1
