"""Precision that a promise reaches on other lists.

    python benchmarks/promise.py [--companies-from FILE] [--companies N] [--people N] [--seed N]

The promises are 99 and 99.5 %. `shipped` is the shipped rulebook, whose line is simulated from each
list of companies; `fitted` is what `fit` learned from people of a list of N companies. Both are
used on another list and people of the same size and source, on a list five times as long, on
companies of another source (invented ones if FILE is given), and on lists of the second generator,
short and long, whose shares of errors differ. It prints the precision of the verdicts, the share of
the answerable people they cover, and the lines.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import second_generator
from workload import Workload, made

from gsprep import fit, prepare, read_rulebook, unify
from gsprep.unification.rulebook import Decide

if TYPE_CHECKING:
    from collections.abc import Callable

    from gsprep.results import Unified
    from gsprep.unification.rulebook import Rulebook

TARGETS = (0.99, 0.995)
_LONGER = 5
# The lengths of lists of the second generator.
_SECOND = (500, 3_000, 12_000)


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
    print(f"{'':<38}{'rulebook':<10}" + "".join(f"{'promise ' + str(t):<35}" for t in TARGETS))
    for name, make in _elsewhere(learnt).items():
        data = make()
        for source, book in books.items():
            print(f"{name:<38}{source:<10}" + "".join(_kept(data, book, t) for t in TARGETS))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--people", type=int, default=50_000)
    parser.add_argument("--companies", type=int, default=4_000)
    parser.add_argument("--companies-from", type=Path, help="CSV with name, domain, country, phone")
    parser.add_argument("--seed", type=int, default=31)
    return parser.parse_args()


def _elsewhere(learnt: Workload) -> dict[str, Callable[[], Made]]:
    other = replace(learnt, seed=learnt.seed + 1)
    invented = replace(other, companies_from=None)
    ours = {
        "a list of the same length": other,
        "a list five times as long": replace(other, companies=_LONGER * learnt.companies),
        "invented companies": invented,
        "invented, five times as many": replace(invented, companies=_LONGER * learnt.companies),
        "other shares of errors": replace(invented, varied=True),
    }
    lists: dict[str, Callable[[], Made]] = {n: partial(_made, work) for n, work in ours.items()}
    for names_from in dict.fromkeys((None, learnt.companies_from)):
        for at, count in enumerate(_SECOND):
            name = f"second generator, {count:,}" + (" listed" if names_from else "")
            lists[name] = partial(_second, learnt, at, names_from)
    return lists


def _second(learnt: Workload, at: int, names_from: Path | None) -> Made:
    with tempfile.TemporaryDirectory() as name:
        second_generator.made(
            Path(name), people=learnt.people, companies=_SECOND[at], seed=learnt.seed + at,
            names_from=names_from,
        )  # fmt: skip
        return _read(Path(name))


def _read(folder: Path) -> Made:
    return Made(
        pd.read_parquet(folder / "people.parquet"),
        pd.read_parquet(folder / "companies.parquet"),
        pd.read_csv(folder / "truth.csv", dtype="str"),
    )


def _made(work: Workload) -> Made:
    with tempfile.TemporaryDirectory() as name:
        made(work, Path(name))
        return _read(Path(name))


def _fitted(data: Made, shipped: Rulebook) -> Rulebook:
    fitted: Rulebook = fit(_unified(data, shipped).evidence, data.truth, shipped)
    return fitted


def _unified(data: Made, book: Rulebook) -> Unified:
    unified: Unified = unify(data.people, prepare(data.companies, book))
    return unified


def _kept(data: Made, book: Rulebook, target: float) -> str:
    """Return the result of the verdicts for a promised precision in words."""
    promised = Decide(
        precision=target, lines=book.decide.lines, review_from=book.decide.review_from
    )
    index = prepare(data.companies, book.model_copy(update={"decide": promised}))
    decisions = unify(data.people, index).decisions
    both = decisions.merge(data.truth, on="row_id", suffixes=("", "_true"), validate="one_to_one")
    match = both["verdict"] == "match"
    right = int((match & (both["Company_ID"] == both["Company_ID_true"])).sum())
    covered = right / both["Company_ID_true"].notna().sum()
    lines = "/".join(f"{line:g}" for line in dict.fromkeys(index.simulated or [index.match_from]))
    return f"{right / max(int(match.sum()), 1):>10.4f}{covered:>7.3f} {lines:<17}"


if __name__ == "__main__":
    main()
