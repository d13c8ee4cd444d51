"""gsprep.spark on two local workers against pandas, in one run.

    .venv/spark/bin/python benchmarks/spark.py [--people 200000] [--companies 20000] [--data FOLDER]

generate.py makes the lists, or FOLDER has them: people.parquet and companies.parquet. Each step
writes its result as Parquet, from the same files; the lines are compared. Processor seconds are
those of this process and, for Spark, of its JVM and workers. Spark does each step with a twentieth
of the people first: what rows cost is apart from what a step costs however many there are, most of
which is the compiler of the JVM.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from workload import Workload, made

import gsprep
from gsprep import spark as on_spark

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_TICKS = os.sysconf("SC_CLK_TCK")
_OPTIONS = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.shuffle.partitions": "4",
    "spark.driver.memory": "4g",
}


def main() -> None:
    """Make the lists, measure, print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--people", type=int, default=200_000)
    parser.add_argument("--companies", type=int, default=20_000)
    parser.add_argument("--data", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if not asked.data:
            made(Workload(people=asked.people, companies=asked.companies, seed=1), folder)
        people = _people(asked.data or folder, folder)
        index = gsprep.prepare(pd.read_parquet((asked.data or folder) / "companies.parquet"))
        saved = index.save(folder / "companies.index")
        alone = _of_pandas(people, index, folder)
        spread = _of_spark(people, saved, folder)
    print("| Step | pandas, CPU s | Spark, CPU s | of it once | ratio | by the clock | equal |")
    print("|---|---|---|---|---|---|---|")
    for step, (cpu, wall, lines) in alone.items():
        own_cpu, once, own_wall, own_lines = spread[step]
        costs = f"{cpu:.1f} | {own_cpu:.1f} | {once:.1f} | {own_cpu / cpu:.2f}"
        print(f"| {step} | {costs} | {own_wall / wall:.2f} | {lines.equals(own_lines)} |")


_SHARE = 20


def _people(given: Path, folder: Path) -> Path:
    """Write the people with a row_id, in as many row groups as a lake has, and a part of them."""
    frame = pd.read_parquet(given / "people.parquet")
    if "row_id" not in frame:
        frame.insert(0, "row_id", [str(n) for n in range(1, len(frame) + 1)])
    table = pa.Table.from_pandas(frame, preserve_index=False)
    schema = pa.schema([(name, pa.string()) for name in table.column_names])
    for name, rows in (("people", len(table)), ("some", len(table) // _SHARE)):
        (folder / name).mkdir()
        quarter = -(-rows // 4)
        for part in range(0, rows, quarter):
            cells = table.cast(schema).slice(part, min(quarter, rows - part))
            pq.write_table(cells, folder / name / f"{part}.parquet")
    return folder / "people"


def _measured(run: Callable[[], Any], cpu: Callable[[], float]) -> tuple[float, float]:
    before, began = cpu(), time.perf_counter()
    run()
    return cpu() - before, time.perf_counter() - began


def _sorted(lines: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    return lines[columns].astype("str").sort_values(columns, ignore_index=True)


_COMPARED = {
    "unify": ["row_id", "verdict", "Company_ID", "probability", "reason"],
    "clean": ["row_id", "column", "before", "after", "rule"],
    "check": ["row_id", "column", "code", "message", "severity"],
    "find_duplicates": ["row_id", "person_id"],
}


def _of_pandas(people: Path, index: gsprep.CompanyIndex, folder: Path) -> Mapping[str, Any]:
    """Return the processor seconds, those by the clock and the lines of each step."""
    calls: Mapping[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
        "unify": lambda frame: gsprep.unify(frame, index).decisions,
        "clean": lambda frame: gsprep.clean(frame).changes,
        "check": lambda frame: gsprep.check(frame, gsprep.Person).findings,
        "find_duplicates": lambda frame: gsprep.find_duplicates(frame).groups,
    }
    found = {}
    for step, call in calls.items():
        out = folder / f"{step}.parquet"

        def run(call: Any = call, out: Path = out) -> None:
            call(pd.read_parquet(people)).to_parquet(out)

        used = _measured(run, time.process_time)
        found[step] = (*used, _sorted(pd.read_parquet(out), _COMPARED[step]))
    return found


def _of_spark(people: Path, saved: Path, folder: Path) -> Mapping[str, Any]:
    """Return the same, and after the first what a step costs once."""
    from pyspark.sql import SparkSession  # noqa: PLC0415  an extra

    os.environ["PYSPARK_PYTHON"] = sys.executable
    before, began = _seconds_of_family(), time.perf_counter()
    session = SparkSession.builder.master("local[2]").config(map=_OPTIONS).getOrCreate()
    results: Mapping[str, Callable[[Any], Any]] = {
        "unify": lambda frame: on_spark.unify(frame, saved).decisions,
        "clean": lambda frame: on_spark.clean(frame).changes,
        "check": lambda frame: on_spark.check(frame, gsprep.Person).findings,
        "find_duplicates": lambda frame: on_spark.find_duplicates(frame).groups,
    }
    frame = session.read.parquet(str(people))
    on_spark.unify(frame.limit(10).repartition(2), saved).decisions.count()
    used = _seconds_of_family() - before, time.perf_counter() - began
    print("Start of Spark and its workers: {:.1f} CPU s, {:.1f} s by the clock".format(*used))
    some = session.read.parquet(str(folder / "some"))
    found = {}
    for step, result in results.items():
        out = folder / f"{step}.spark"

        def run(rows: Any, result: Any = result, out: Path = out) -> None:
            result(rows).write.mode("overwrite").parquet(str(out))

        little, _ = _measured(partial(run, some), _seconds_of_family)
        much, wall = _measured(partial(run, frame), _seconds_of_family)
        # ``much`` is without what the first run cost once.
        once = max(little - much / _SHARE, 0.0)
        lines = _sorted(pd.read_parquet(out), _COMPARED[step])
        found[step] = (much + once, once, wall, lines)
    session.stop()
    return found


def _seconds_of_family() -> float:
    """Return the processor seconds of this process and all that it started."""
    parents: dict[int, list[int]] = {}
    spent: dict[int, float] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        number = int(path.parent.name)
        parents.setdefault(int(fields[1]), []).append(number)
        # Its own, and those of its ended children.
        spent[number] = sum(map(int, fields[11:15])) / _TICKS
    family, open_ = 0.0, [os.getpid()]
    while open_:
        one = open_.pop()
        family += spent.get(one, 0.0)
        open_ += parents.get(one, [])
    return family


if __name__ == "__main__":
    main()
