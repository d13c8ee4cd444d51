"""The same person twice: accuracy, time and memory on public and invented lists.

Without an argument invented lists are measured. A folder as argument adds the files that are in it:
``febrl_dataset1.csv``, ``febrl_dataset3.csv`` (data sets of Febrl), ``splink_fake_1000.csv`` (of
Splink) and ``contacts_dev.parquet``.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd
from invent.twice import twice

from gsprep import evaluate_groups, find_duplicates

if TYPE_CHECKING:
    from collections.abc import Iterator

_SIZES = (10_000, 100_000, 1_000_000)
_HEAD = (
    f"{'list':<20}{'records':>9}{'precision':>10}{'recall':>8}{'F1':>8}{'B-cubed':>9}"
    f"{'expected':>10}{'true':>8}{'seconds':>9}{'peak GB':>9}"
)


class Listed(NamedTuple):
    """A list of people, and the person of each record."""

    name: str
    people: pd.DataFrame
    person: pd.Series


def main() -> None:
    """Print one line for each list."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("folder", nargs="?", type=Path)
    asked.add_argument("--largest", type=int, default=100_000, help="the largest invented list")
    given = asked.parse_args()
    print(_HEAD)
    for listed in (*_public(given.folder), *_invented(given.largest)):
        print(_line(listed), flush=True)


def _invented(largest: int) -> Iterator[Listed]:
    for size in _SIZES:
        if size <= largest:
            people, person = twice(size, 0.1, seed=1)
            yield Listed("invented, 10 % twice", people, pd.Series(person))


def _public(folder: Path | None) -> Iterator[Listed]:
    if folder is None:
        return
    for number in (1, 3):
        path = folder / f"febrl_dataset{number}.csv"
        if path.exists():
            people = pd.read_csv(path, dtype="str", skipinitialspace=True)
            person = people.pop("rec_id").str.extract(r"rec-(\d+)-")[0]
            yield Listed(f"febrl{number}", people, person)
            yield Listed(f"febrl{number}, no SSN", people.drop(columns="soc_sec_id"), person)
    if (path := folder / "splink_fake_1000.csv").exists():
        people = pd.read_csv(path, dtype="str")
        yield Listed("fake_1000", people.drop(columns=["unique_id", "cluster"]), people["cluster"])
    if (path := folder / "contacts_dev.parquet").exists():
        people = pd.read_parquet(path)
        yield Listed("contacts", people.drop(columns="truth"), people["truth"])


def _line(listed: Listed) -> str:
    began = time.process_time()
    found = find_duplicates(listed.people)
    seconds = time.process_time() - began
    ids = found.groups["row_id"]
    truth = pd.DataFrame({"row_id": ids, "person_id": listed.person.astype("str").to_numpy()})
    measured = evaluate_groups(found.groups, truth)
    counts = listed.person.value_counts()
    pairs = int((counts * (counts - 1) // 2).sum())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (
        1e6 if sys.platform != "darwin" else 1e9
    )
    return (
        f"{listed.name:<20}{len(ids):>9,}{measured.precision:>10.4f}{measured.recall:>8.4f}"
        f"{measured.f1:>8.4f}{measured.b_cubed_f1:>9.4f}{found.model.expected:>10,.0f}{pairs:>8,}"
        f"{seconds:>9.1f}{peak:>9.2f}"
    )


if __name__ == "__main__":
    main()
