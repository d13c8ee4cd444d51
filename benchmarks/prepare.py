"""Time of clean, check and unify for 100,000 people.

    python benchmarks/prepare.py [--people N] [--companies N] [--repeat N] [--companies-from FILE]

generate.py makes the people and 20,000 companies from a seed. The table also has the decisions, the
share that is right, and the time of email-validator and phonenumbers alone, called row by row in
the same run: a figure to compare machines with.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import pandas as pd
import phonenumbers
from email_validator import EmailNotValidError, validate_email

import gsprep
from gsprep.schemas.fields import COMPANY, PERSON
from gsprep.tables.read import read

if TYPE_CHECKING:
    from collections.abc import Callable

HERE = Path(__file__).parent
T = TypeVar("T")


def main() -> None:
    """Make the data, time each stage, print a table."""
    arguments = _arguments()
    with tempfile.TemporaryDirectory() as folder:
        _generate(arguments, Path(folder))
        # Each repetition has its own process, so that no cache is filled.
        with ProcessPoolExecutor(1, get_context("spawn"), max_tasks_per_child=1) as processes:
            rows = list(processes.map(_measure, [Path(folder)] * arguments.repeat))
    print(f"{arguments.people:,} people, {arguments.companies:,} companies; medians of {len(rows)}")
    for name in rows[0]:
        print(f"{name:<34}{statistics.median(row[name] for row in rows):10.3f}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--companies", type=int, default=20_000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--companies-from", type=Path)
    return parser.parse_args()


def _generate(arguments: argparse.Namespace, folder: Path) -> None:
    command = [sys.executable, str(HERE / "generate.py"), "--out", str(folder), "--seed", "11"]
    command += ["--people", str(arguments.people), "--companies", str(arguments.companies)]
    command += ["--broken-companies", "0"]
    if arguments.companies_from:
        command += ["--companies-from", str(arguments.companies_from)]
    subprocess.run(command, check=True)  # noqa: S603  our own script


def _measure(folder: Path) -> dict[str, float]:
    seconds: dict[str, float] = {}
    # A session imports once; starting.py measures imports.
    for name in ("clean", "check", "prepare", "unify"):
        getattr(gsprep, name)
    people = _timed(seconds, "read", lambda: read(folder / "people.csv", of=PERSON).frame)
    companies = read(folder / "companies.csv", of=COMPANY).frame
    cleaned = _timed(seconds, "clean", lambda: gsprep.clean(people))
    checked = _timed(seconds, "check", lambda: gsprep.check(cleaned.frame, gsprep.Person))
    index = _timed(seconds, "prepare", lambda: gsprep.prepare(companies))
    unified = _timed(seconds, "unify", lambda: gsprep.unify(checked.valid, index))
    stages = ("clean", "check", "prepare", "unify")
    seconds["clean + check + unify"] = sum(seconds[stage] for stage in stages)
    _timed(seconds, "the two libraries, row by row", lambda: _row_by_row(people))
    seconds["ratio to the two libraries"] = (
        seconds["clean + check + unify"] / seconds["the two libraries, row by row"]
    )
    truth = pd.read_csv(folder / "truth.csv", dtype="str")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    return seconds | _quality(unified.decisions, truth) | {"peak memory, GB": peak}


def _timed(seconds: dict[str, float], name: str, work: Callable[[], T]) -> T:
    begun = time.perf_counter()
    result = work()
    seconds[name] = time.perf_counter() - begun
    return result


def _row_by_row(people: pd.DataFrame) -> None:
    for address in people["Email"].dropna():
        try:
            validate_email(address, check_deliverability=False)
        except EmailNotValidError:
            continue
    for number in people["Phone"].dropna():
        try:
            phonenumbers.is_possible_number(phonenumbers.parse(number, "US"))
        except phonenumbers.NumberParseException:
            continue


def _quality(decisions: pd.DataFrame, truth: pd.DataFrame) -> dict[str, float]:
    both = decisions.merge(truth, on="row_id", suffixes=("", "_true"), validate="one_to_one")
    right = both["Company_ID"] == both["Company_ID_true"]
    match = both["verdict"] == "match"
    return {
        "matches, share of people": float(match.mean()),
        "of the matches right": float((right & match).sum() / match.sum()),
        "of people with a company matched": float(
            (right & match).sum() / both["Company_ID_true"].notna().sum()
        ),
    }


if __name__ == "__main__":
    main()
