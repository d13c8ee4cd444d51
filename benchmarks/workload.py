"""People, companies and truth for every tool.

Nothing large is imported here: a child process starts with the peak memory of its parent.
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent


@dataclass(frozen=True, kw_only=True, slots=True)
class Workload:
    """The numbers of people and companies, and the seed.

    companies_from: a CSV of companies, None for invented ones.
    varied: whether the shares of errors are drawn for the list; else they are those of --harsh.
    """

    people: int
    companies: int
    seed: int
    companies_from: Path | None = None
    varied: bool = False


def made(work: Workload, folder: Path) -> None:
    """Write people.parquet, companies.parquet and truth.csv of ``work`` to ``folder``."""
    command = [
        sys.executable, str(HERE / "generate.py"), "--out", str(folder),
        "--varied" if work.varied else "--harsh",
        "--subsidiaries", "0.03", "--broken-companies", "0", "--seed", str(work.seed),
        "--people", str(work.people), "--companies", str(work.companies),
    ]  # fmt: skip
    if work.companies_from:
        command += ["--companies-from", str(work.companies_from)]
    subprocess.run(command, check=True)  # noqa: S603  our own script
    framed = [sys.executable, str(HERE / "to_frames.py"), str(folder)]
    subprocess.run(framed, check=True)  # noqa: S603  our own script
