"""Processor time of starting gsprep compared with ``import pandas``.

    python benchmarks/starting.py [--rounds 11] [--only "gsprep --help"]

Each line is a separate process, whose processor seconds count. The processes start in turn, so that
other work on the machine affects all of them, and the median of the rounds counts. The first round
fills the disk cache and is not counted. "One row" is a file of one person, and one of one company.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_COMPARED_WITH = "import pandas"
STARTS: Mapping[str, Sequence[str]] = {
    "python": ("-c", "pass"),
    _COMPARED_WITH: ("-c", "import pandas"),
    "import gsprep": ("-c", "import gsprep"),
    "gsprep.check, first used": ("-c", "import gsprep; gsprep.check"),
    "gsprep.unify, first used": ("-c", "import gsprep; gsprep.unify"),
    "gsprep --help": ("-m", "gsprep", "--help"),
    "gsprep --version": ("-m", "gsprep", "--version"),
    "gsprep check --help": ("-m", "gsprep", "check", "--help"),
    "gsprep run --help": ("-m", "gsprep", "run", "--help"),
    "gsprep doctor": ("-m", "gsprep", "doctor"),
    "gsprep check, one row": ("-m", "gsprep", "check", "people.csv"),
    "gsprep clean, one row": ("-m", "gsprep", "clean", "people.csv"),
    "gsprep match, one row": (
        "-m",
        "gsprep",
        "match",
        "people.csv",
        "--companies",
        "companies.csv",
    ),
    "gsprep upload --dry-run, one row": ("-m", "gsprep", "upload", "people.csv", "--dry-run"),
    "gsprep run --dry-run, one row": (
        "-m",
        "gsprep",
        "run",
        "people.csv",
        "--companies",
        "companies.csv",
        "--dry-run",
    ),
}
FILES = {
    "people.csv": "Email,Name,CompanyName\nana@acme.com,Ana Ruiz,Acme\n",
    "companies.csv": f"Gsid,Name,Domain\n1P02{'A' * 32},Acme,acme.com\n",
}


def main(rounds: int, only: str | None) -> None:
    """Start all commands, or one, several times together with pandas, and print the medians."""
    wanted = STARTS if only is None else {name: STARTS[name] for name in (_COMPARED_WITH, only)}
    seconds = measured(rounds, wanted)
    compared_with = statistics.median(seconds[_COMPARED_WITH])
    print(f"| {'Start':<32} | CPU s | of `import pandas` |")
    print("|---|---|---|")
    for name, times in seconds.items():
        median = statistics.median(times)
        print(f"| {f'`{name}`':<32} | {median:5.2f} | {median / compared_with:16.2f} |")


def measured(rounds: int, starts: Mapping[str, Sequence[str]]) -> dict[str, list[float]]:
    """Return the seconds of each start, round after round."""
    seconds: dict[str, list[float]] = {name: [] for name in starts}
    with tempfile.TemporaryDirectory() as folder:
        for name, text in FILES.items():
            Path(folder, name).write_text(text, encoding="utf-8")
        for at in range(rounds + 1):
            for name, arguments in starts.items():
                took = _started(arguments, folder)
                if at:
                    seconds[name].append(took)
    return seconds


def _started(arguments: Sequence[str], folder: str) -> float:
    before, home = os.times(), {**os.environ, "GSPREP_HOME": folder}
    command = [sys.executable, *arguments]
    subprocess.run(command, cwd=folder, env=home, capture_output=True, check=True)  # noqa: S603  our own
    after = os.times()
    return sum(after[2:4]) - sum(before[2:4])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--only", choices=list(STARTS))
    given = parser.parse_args()
    main(given.rounds, given.only)
