"""How long gsprep takes to start, beside ``import pandas`` in the same run.

    python benchmarks/starting.py [--rounds 7] [--only "gsprep --help"]

Each line is a process of its own, started in turn, so that other work on the machine meets all of
them; the median of the rounds counts. The first round warms the disk and is thrown away.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_BESIDE = "import pandas"
STARTS: Mapping[str, Sequence[str]] = {
    "python": ("-c", "pass"),
    _BESIDE: ("-c", "import pandas"),
    "import gsprep": ("-c", "import gsprep"),
    "gsprep.check, first used": ("-c", "import gsprep; gsprep.check"),
    "gsprep.unify, first used": ("-c", "import gsprep; gsprep.unify"),
    "gsprep --help": ("-m", "gsprep", "--help"),
    "gsprep check --help": ("-m", "gsprep", "check", "--help"),
    "gsprep run --help": ("-m", "gsprep", "run", "--help"),
    "gsprep doctor": ("-m", "gsprep", "doctor"),
}


def main(rounds: int, only: str | None) -> None:
    """Start everything, or one thing, so many times beside pandas and print the medians."""
    wanted = STARTS if only is None else {name: STARTS[name] for name in (_BESIDE, only)}
    seconds = measured(rounds, wanted)
    beside = statistics.median(seconds[_BESIDE])
    print(f"| {'Start':<26} | seconds | of `import pandas` |")
    print("|---|---|---|")
    for name, times in seconds.items():
        median = statistics.median(times)
        print(f"| {f'`{name}`':<26} | {median:7.2f} | {median / beside:16.2f} |")


def measured(rounds: int, starts: Mapping[str, Sequence[str]]) -> dict[str, list[float]]:
    """Return the seconds of each start, round after round."""
    seconds: dict[str, list[float]] = {name: [] for name in starts}
    for at in range(rounds + 1):
        for name, arguments in starts.items():
            took = _started(arguments)
            if at:
                seconds[name].append(took)
    return seconds


def _started(arguments: Sequence[str]) -> float:
    begun = time.perf_counter()
    subprocess.run([sys.executable, *arguments], stdout=subprocess.DEVNULL, check=True)  # noqa: S603  our own
    return time.perf_counter() - begun


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", choices=list(STARTS))
    given = parser.parse_args()
    main(given.rounds, given.only)
