"""Quality of matching on lists of the second generator, whole and with some columns only.

    python benchmarks/kinds.py [--names-from FILE] [--people N] [--kinds]

Six lists of second_generator.py, four of invented companies and two with the names of FILE, which
train.py writes. It prints the best F1 over all thresholds, the share of the answerable decided
correctly while 99 % are right, how many of gsprep's own matches are right, the share of the
answerable they cover, and the expected calibration error. With --kinds each list is also matched
with the columns of one kind of evidence only (``KINDS`` in train.py).
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import second_generator
from scoring import best_candidates, best_f1, calibration_error, coverage_at, held_against
from train import KINDS, Case

from gsprep import prepare, unify

if TYPE_CHECKING:
    from collections.abc import Iterator

# The companies and the seed of each list; the last two have the names of a file.
_INVENTED = ((300, 11), (1_000, 9), (20_000, 7), (30_000, 12))
_NAMED = ((6_000, 10), (14_000, 8))
_COLUMNS = ("F1", "at .99", "right", "covered", "error")


def main() -> None:
    """Print a line for each list and kind."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--names-from", type=Path, help="CSV with name, domain and country")
    parser.add_argument("--kinds", action="store_true", help="also with some columns only")
    options = parser.parse_args()
    print(f"{'':<36}" + "".join(f"{column:>9}" for column in _COLUMNS))
    for name, case in _lists(options.people, options.names_from):
        _report(name, case)
        for kind in KINDS if options.kinds else ():
            _report(f"  {kind}", case.only(kind))


def _lists(people: int, names_from: Path | None) -> Iterator[tuple[str, Case]]:
    files = [None] * len(_INVENTED) + [names_from] * len(_NAMED)
    for (companies, seed), file in zip(_INVENTED + _NAMED, files, strict=True):
        if file is None and (companies, seed) in _NAMED:
            continue
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            second_generator.made(
                folder, people=people, companies=companies, seed=seed, names_from=file
            )
            yield f"{companies:,}, seed {seed}" + (", listed" if file else ""), _read(folder)


def _read(folder: Path) -> Case:
    truth = pd.read_csv(folder / "truth.csv", dtype="str")["Company_ID"]
    persons, companies = (
        pd.read_parquet(folder / f"{name}.parquet") for name in ("people", "companies")
    )
    return Case(persons, companies, truth, 1.0)


def _report(name: str, case: Case) -> None:
    row_id = pd.Series(range(1, len(case.persons) + 1)).astype("str")
    truth = pd.DataFrame({"row_id": row_id, "Company_ID": case.truth})
    unified = unify(case.persons.assign(row_id=row_id), prepare(case.companies))
    guessed = held_against(best_candidates(unified), truth)
    decisions = unified.decisions
    match = (decisions["verdict"] == "match").to_numpy()
    right = (match & (decisions["Company_ID"] == truth["Company_ID"]).to_numpy()).sum()
    figures = (
        best_f1(guessed), coverage_at(guessed, 0.99), right / max(match.sum(), 1),
        right / max(truth["Company_ID"].notna().sum(), 1), calibration_error(guessed),
    )  # fmt: skip
    print(f"{name:<36}" + "".join(f"{figure:9.4f}" for figure in figures), flush=True)


if __name__ == "__main__":
    main()
