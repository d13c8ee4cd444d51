"""Start-up time of gsprep compared with ``import pandas``.

    python benchmarks/starting.py [--rounds 7] [--only "gsprep --help"]

Each line is a separate process. The processes start in turn, so that other work on the machine
affects all of them, and the median of the rounds counts. The first round fills the disk cache and
is not counted.
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

_COMPARED_WITH = "import pandas"
STARTS: Mapping[str, Sequence[str]] = {
    "python": ("-c", "pass"),
    _COMPARED_WITH: ("-c", "import pandas"),
    "import gsprep": ("-c", "import gsprep"),
    "gsprep.check, first used": ("-c", "import gsprep; gsprep.check"),
    "gsprep.unify, first used": ("-c", "import gsprep; gsprep.unify"),
    "gsprep --help": ("-m", "gsprep", "--help"),
    "gsprep check --help": ("-m", "gsprep", "check", "--help"),
    "gsprep run --help": ("-m", "gsprep", "run", "--help"),
    "gsprep doctor": ("-m", "gsprep", "doctor"),
}


def main(rounds: int, only: str | None) -> None:
    """Start all commands, or one, several times together with pandas, and print the medians."""
    wanted = STARTS if only is None else {name: STARTS[name] for name in (_COMPARED_WITH, only)}
    seconds = measured(rounds, wanted)
    compared_with = statistics.median(seconds[_COMPARED_WITH])
    print(f"| {'Start':<26} | seconds | of `import pandas` |")
    print("|---|---|---|")
    for name, times in seconds.items():
        median = statistics.median(times)
        print(f"| {f'`{name}`':<26} | {median:7.2f} | {median / compared_with:16.2f} |")


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
