"""gsprep.spark on two local workers against pandas, in one run.

    .venv/spark/bin/python benchmarks/spark.py [--people 200000] [--companies 20000]

generate.py makes the lists. Each step writes its result as Parquet, from the same file; decisions
and findings are compared. Processor seconds are those of this process and, for Spark, of its JVM
and workers without their start.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
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
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made(Workload(people=asked.people, companies=asked.companies, seed=1), folder)
        people = _people(folder)
        index = gsprep.prepare(pd.read_parquet(folder / "companies.parquet"))
        saved = index.save(folder / "companies.index")
        alone = _of_pandas(people, index, folder)
        spread = _of_spark(people, saved, folder)
    print(f"{asked.people:,} people, {asked.companies:,} companies\n")
    print("| Step | pandas, CPU s | Spark, CPU s | ratio | by the clock | equal |")
    print("|---|---|---|---|---|---|")
    for step, (cpu, wall, lines) in alone.items():
        own_cpu, own_wall, own_lines = spread[step]
        ratios = f"{own_cpu / cpu:.2f} | {own_wall / wall:.2f}"
        print(f"| {step} | {cpu:.1f} | {own_cpu:.1f} | {ratios} | {lines.equals(own_lines)} |")


Measured = tuple[float, float, pd.DataFrame]


def _people(folder: Path) -> Path:
    """Write the people with a row_id, in as many row groups as a lake has."""
    frame = pd.read_parquet(folder / "people.parquet")
    if "row_id" not in frame:
        frame.insert(0, "row_id", [str(n) for n in range(1, len(frame) + 1)])
    table = pa.Table.from_pandas(frame, preserve_index=False)
    schema = pa.schema([(name, pa.string()) for name in table.column_names])
    (folder / "people").mkdir()
    half = -(-table.num_rows // 4)
    for part in range(4):
        rows = table.cast(schema).slice(part * half, half)
        pq.write_table(rows, folder / "people" / f"{part}.parquet")
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
}


def _of_pandas(people: Path, index: gsprep.CompanyIndex, folder: Path) -> Mapping[str, Measured]:
    calls: Mapping[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
        "unify": lambda frame: gsprep.unify(frame, index).decisions,
        "clean": lambda frame: gsprep.clean(frame).changes,
        "check": lambda frame: gsprep.check(frame, gsprep.Person).findings,
    }
    found = {}
    for step, call in calls.items():
        out = folder / f"{step}.parquet"

        def run(call: Any = call, out: Path = out) -> None:
            call(pd.read_parquet(people)).to_parquet(out)

        used = _measured(run, time.process_time)
        found[step] = (*used, _sorted(pd.read_parquet(out), _COMPARED[step]))
    return found


def _of_spark(people: Path, saved: Path, folder: Path) -> Mapping[str, Measured]:
    from pyspark.sql import SparkSession  # noqa: PLC0415  an extra

    os.environ["PYSPARK_PYTHON"] = sys.executable
    session = SparkSession.builder.master("local[2]").config(map=_OPTIONS).getOrCreate()
    frame = session.read.parquet(str(people))
    results = {
        "unify": lambda: on_spark.unify(frame, saved).decisions,
        "clean": lambda: on_spark.clean(frame).changes,
        "check": lambda: on_spark.check(frame, gsprep.Person).findings,
    }
    # The start of the workers, which stay.
    on_spark.unify(frame.limit(10).repartition(2), saved).decisions.count()
    found = {}
    for step, result in results.items():
        out = folder / f"{step}.spark"

        def run(result: Any = result, out: Path = out) -> None:
            result().write.parquet(str(out))

        used = _measured(run, _seconds_of_family)
        found[step] = (*used, _sorted(pd.read_parquet(out), _COMPARED[step]))
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
