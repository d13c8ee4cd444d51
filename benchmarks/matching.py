"""gsprep and its peers on the same people and companies.

    python benchmarks/matching.py [--people N] [--companies N] [--companies-from FILE] [--seed N]
                                  [--peers tfidf,tfidf_fitted,record_linkage,splink_link]
                                  [--repeat N] [--limit SECONDS]

Each tool runs in its own process. The table has wall-clock and processor seconds (medians, from raw
cells to decisions), the peak of memory, the best F1 over all thresholds, and the share of the
answerable people decided correctly while 99 and 99.5 % of the decisions are right. Below it are the
figures of gsprep's own verdicts. A peer that is not installed is left out, and a peer that takes
longer than the limit is ended; the output says so. `pip install 'gsprep[bench]'` installs the
peers.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from workload import Workload, made

HERE = Path(__file__).parent
PEERS = ("tfidf", "tfidf_fitted", "record_linkage", "splink_link")
_COLUMNS = ("seconds", "processor", "gigabytes", "f1", "at .99", "at .995")
_VERDICTS = {
    "match right": "of its matches right",
    "match coverage": "of the answerable matched rightly",
    "review": "of the answerable for review",
    "calibration": "expected calibration error of probability",
}
Figures = dict[str, float]


def main() -> None:
    """Make the data, measure each tool, print the tables."""
    arguments = _arguments()
    work = Workload(
        people=arguments.people,
        companies=arguments.companies,
        seed=arguments.seed,
        companies_from=arguments.companies_from,
    )
    with tempfile.TemporaryDirectory() as folder:
        made(work, Path(folder))
        print(f"{work.people:,} people, {work.companies:,} companies; seed {work.seed}")
        print(f"{'':<16}" + "".join(f"{column:>11}" for column in _COLUMNS), flush=True)
        for tool in ("ours", *arguments.peers):
            _report(tool, _repeated(tool, Path(folder), arguments))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--companies", type=int, default=20_000)
    parser.add_argument("--companies-from", type=Path, help="CSV with name, domain, country, phone")
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--peers", default=",".join(PEERS), help="names with commas; empty: none")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument(
        "--limit", type=int, default=480, help="seconds after which a peer is ended"
    )
    arguments = parser.parse_args()
    arguments.peers = [name for name in arguments.peers.split(",") if name]
    unknown = set(arguments.peers) - set(PEERS)
    if unknown:
        parser.error(f"no such peer: {', '.join(sorted(unknown))}; there are {', '.join(PEERS)}")
    return arguments


def _repeated(tool: str, folder: Path, arguments: argparse.Namespace) -> list[Figures] | str:
    """Return the figures of each repetition, or the reason why there are none."""
    rows: list[Figures] = []
    for _ in range(arguments.repeat):
        figures = _measured(tool, folder, arguments.limit)
        if isinstance(figures, str):
            return figures
        rows.append(figures)
    return rows


def _report(tool: str, rows: list[Figures] | str) -> None:
    if isinstance(rows, str):
        print(f"{tool:<16}{rows}", flush=True)
        return
    middle = {name: statistics.median(row[name] for row in rows) for name in rows[0]}
    print(f"{tool:<16}" + "".join(f"{middle[name]:>11.4f}" for name in _COLUMNS), flush=True)
    for name, words in _VERDICTS.items():
        if name in middle:
            print(f"    {words:<42}{middle[name]:>11.4f}", flush=True)


def _measured(tool: str, folder: Path, limit: int) -> Figures | str:
    """Return a tool's figures, or the reason why there are none."""
    command = [sys.executable, str(HERE / "measured.py"), tool, str(folder)]
    try:
        done = subprocess.run(  # noqa: S603  our own script
            command, capture_output=True, text=True, timeout=limit, check=False
        )
    except subprocess.TimeoutExpired:
        return f"did not finish in {limit} seconds"
    if done.returncode:
        return "failed: " + (done.stderr.strip().splitlines() or ["killed"])[-1]
    figures: Figures = json.loads(done.stdout.splitlines()[-1])
    if "missing" in figures:
        return f"left out: {figures['missing']} is not installed (pip install 'gsprep[bench]')"
    return figures


if __name__ == "__main__":
    main()
