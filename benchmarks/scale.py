"""Processor seconds and memory of long lists, in one run.

    python benchmarks/scale.py [--people 200000] [--companies 20000] [--rounds 20]

generate.py makes the lists. Commands run in processes of their own, whose processor seconds and
peak memory count (of several processes, the largest one). Ratios are between figures of this run:
other work on the machine affects both. Reading and writing is compared with pyarrow.csv.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import pyarrow as pa
from pyarrow import csv

import gsprep
from gsprep.schemas.fields import COMPANY, PERSON
from gsprep.tables.read import read

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from multiprocessing.queues import Queue

T = TypeVar("T")
HERE = Path(__file__).parent
_MILLI, _GIGA = 1e3, 1e6


class Used(NamedTuple):
    """Processor seconds and peak memory in gigabytes."""

    seconds: float
    gigabytes: float


def main() -> None:
    """Make the lists, measure, print a table."""
    arguments = _arguments()
    print(f"{arguments.people:,} people, {arguments.companies:,} companies\n")
    print(f"| {'What':<44} | CPU s | GB | ratio |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _generate(arguments, folder)
        companies = folder / "companies.csv"
        people, parquet = folder / "people.csv", folder / "people.parquet"
        listed, parts = ("--companies", companies), ("--format", "parquet", "--workers")
        for told, command in {
            "run --dry-run, CSV to all files": ("run", people, *listed, "--dry-run"),
            "the same again, companies kept": ("run", people, *listed, "--dry-run"),
            "match, CSV": ("match", people, *listed),
            "match --format parquet, 1 process": ("match", parquet, *listed, *parts, "1"),
            "match --format parquet, 2 processes": ("match", parquet, *listed, *parts, "2"),
            "clean --format parquet, 1 process": ("clean", parquet, *parts, "1"),
            "check --format parquet, 1 process": ("check", parquet, *parts, "1"),
        }.items():
            out = folder / told.replace(" ", "-")
            _print(told, _command([*map(str, command), "--out", str(out)]))
        for told, ratio, seconds in ratios(folder, arguments.rounds):
            print(f"| {told:<44} | {seconds:7.3f} | | {ratio} |")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--people", type=int, default=200_000)
    parser.add_argument("--companies", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=20)
    return parser.parse_args()


def _generate(arguments: argparse.Namespace, folder: Path) -> None:
    command = [sys.executable, str(HERE / "generate.py"), "--out", str(folder), "--seed", "11"]
    command += ["--people", str(arguments.people), "--companies", str(arguments.companies)]
    subprocess.run([*command, "--broken-companies", "0"], check=True)  # noqa: S603  our own script
    people = read(folder / "people.csv", of=PERSON).frame.drop(columns=["row_id", "line"])
    gsprep.write_table(people, folder / "people.parquet")


def _command(arguments: Sequence[str]) -> Used:
    """Return what a command uses; it is the only child of a process of its own."""
    context = get_context("spawn")
    told: Queue[Used] = context.Queue()
    process = context.Process(target=_measured, args=(arguments, told))
    process.start()
    used = told.get()
    process.join()
    return used


def _measured(arguments: Sequence[str], told: Queue[Used]) -> None:
    home = {**os.environ, "GSPREP_HOME": str(Path(arguments[1]).parent / "home")}
    command = [sys.executable, "-m", "gsprep", *arguments]
    done = subprocess.run(command, env=home, capture_output=True, check=False)  # noqa: S603  our own
    if done.returncode > 1:
        sys.stderr.write(done.stderr.decode())
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    told.put(Used(used.ru_utime + used.ru_stime, used.ru_maxrss / _GIGA))


def _print(told: str, used: Used) -> None:
    print(f"| {told:<44} | {used.seconds:7.1f} | {used.gigabytes:.2f} | |")


def ratios(folder: Path, rounds: int) -> list[tuple[str, str, float]]:
    """Return what is measured within one process: what, its ratio, and its seconds."""
    listed = read(folder / "companies.csv", of=COMPANY).frame
    gsprep.prepare(listed.head(10))
    prepared, index = _timed(lambda: gsprep.prepare(listed))
    saved = index.save(folder / "companies.index")
    loaded, index = _timed(lambda: gsprep.CompanyIndex.load(saved))
    person = read(folder / "people.csv", of=PERSON).frame.iloc[[0]]
    one = statistics.median(_timed(lambda: gsprep.unify(person, index))[0] for _ in range(rounds))
    frame = read(folder / "people.csv", of=PERSON).frame
    path = folder / "again.csv"
    wrote, _ = _timed(lambda: gsprep.write_table(frame, path))
    table = pa.Table.from_pandas(frame, preserve_index=False)
    plain_wrote, _ = _timed(lambda: csv.write_csv(table, folder / "plain.csv"))
    was_read, _ = _timed(lambda: gsprep.read_table(path))
    plain_read, _ = _timed(lambda: csv.read_csv(path))
    return [
        ("prepare", "", prepared),
        ("load of the saved index", f"1/{prepared / loaded:.0f} of prepare", loaded),
        ("one person against the loaded index", f"{one * _MILLI:.0f} ms", one),
        ("write people as CSV", f"{wrote / plain_wrote:.1f} of pyarrow.csv", wrote),
        ("read people from CSV", f"{was_read / plain_read:.1f} of pyarrow.csv", was_read),
    ]


def _timed(work: Callable[[], T]) -> tuple[float, T]:
    begun = time.process_time()
    result = work()
    return time.process_time() - begun, result


if __name__ == "__main__":
    main()
