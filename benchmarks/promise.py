"""Precision that a learned threshold reaches on other lists.

    python benchmarks/promise.py [--companies-from FILE] [--companies N] [--people N] [--seed N]

The thresholds for 99 and 99.5 % come from the shipped rulebook, and from `fit` on people of a list
of N companies. They are used unchanged on another list and people of the same size and source, on a
list five times as long, and on companies of another source (invented ones if FILE is given). It
prints the precision of the verdicts and the share of the answerable people they cover. A star means
that no threshold was learned, so each single match had to reach the precision.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
from workload import Workload, made

from gsprep import fit, prepare, read_rulebook, unify

if TYPE_CHECKING:
    from gsprep.results import Unified
    from gsprep.unification.rulebook import Rulebook

TARGETS = (0.99, 0.995)
_LONGER = 5


@dataclass(frozen=True, slots=True)
class Made:
    """A workload as frames."""

    people: pd.DataFrame
    companies: pd.DataFrame
    truth: pd.DataFrame


def main() -> None:
    """Learn the thresholds, use them on other data, print a table."""
    arguments = _arguments()
    learnt = Workload(
        people=arguments.people,
        companies=arguments.companies,
        seed=arguments.seed,
        companies_from=arguments.companies_from,
    )
    shipped = read_rulebook()
    books = {"shipped": shipped, "fitted": _fitted(_made(learnt), shipped)}
    print(f"{'':<34}{'rulebook':<10}" + "".join(f"{'line ' + str(t):>18}" for t in TARGETS))
    for name, work in _elsewhere(learnt).items():
        data = _made(work)
        for source, book in books.items():
            print(f"{name:<34}{source:<10}" + "".join(_kept(data, book, t) for t in TARGETS))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--people", type=int, default=50_000)
    parser.add_argument("--companies", type=int, default=4_000)
    parser.add_argument("--companies-from", type=Path, help="CSV with name, domain, country, phone")
    parser.add_argument("--seed", type=int, default=31)
    return parser.parse_args()


def _elsewhere(learnt: Workload) -> dict[str, Workload]:
    other = replace(learnt, seed=learnt.seed + 1)
    return {
        "a list of the same length": other,
        "a list five times as long": replace(other, companies=_LONGER * learnt.companies),
        "invented companies": replace(other, companies_from=None),
        "invented, five times as many": replace(
            other, companies_from=None, companies=_LONGER * learnt.companies
        ),
    }


def _made(work: Workload) -> Made:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made(work, folder)
        return Made(
            pd.read_parquet(folder / "people.parquet"),
            pd.read_parquet(folder / "companies.parquet"),
            pd.read_csv(folder / "truth.csv", dtype="str"),
        )


def _fitted(data: Made, shipped: Rulebook) -> Rulebook:
    fitted: Rulebook = fit(_unified(data, shipped).evidence, data.truth, shipped)
    return fitted


def _unified(data: Made, book: Rulebook) -> Unified:
    unified: Unified = unify(data.people, prepare(data.companies, book))
    return unified


def _kept(data: Made, book: Rulebook, target: float) -> str:
    """Return the result of the verdicts for a promised precision in words."""
    promised = book.decide.model_copy(update={"precision": target})
    decisions = _unified(data, book.model_copy(update={"decide": promised})).decisions
    both = decisions.merge(data.truth, on="row_id", suffixes=("", "_true"), validate="one_to_one")
    match = both["verdict"] == "match"
    right = int((match & (both["Company_ID"] == both["Company_ID_true"])).sum())
    covered = right / both["Company_ID_true"].notna().sum()
    star = " " if target in book.decide.lines else "*"
    return f"{right / max(int(match.sum()), 1):>10.4f}{covered:>7.3f}{star}"


if __name__ == "__main__":
    main()
