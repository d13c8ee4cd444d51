"""Figures of one tool on one folder, as JSON.

    python benchmarks/measured.py TOOL FOLDER

TOOL is a module of peers/ with ``decide(people, companies)``, which returns a frame of row_id,
Company_ID and score, or gsprep's own result. FOLDER is made by workload.py. Seconds are wall-clock
and processor time from raw cells to decisions, without imports and reading. Memory is the peak of
the process, including libraries. A tool that is not installed gives {"missing": name}.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from importlib import import_module
from pathlib import Path

import pandas as pd
from scoring import (
    Guessed,
    best_candidates,
    best_f1,
    calibration_error,
    coverage_at,
    held_against,
)


def main(tool: str, folder: Path) -> None:
    """Measure, score and print."""
    try:
        decide = import_module(f"peers.{tool}").decide
    except ModuleNotFoundError as error:
        print(json.dumps({"missing": error.name}))
        return
    people = pd.read_parquet(folder / "people.parquet")
    companies = pd.read_parquet(folder / "companies.parquet")
    begun, busy = time.perf_counter(), time.process_time()
    decided = decide(people, companies)
    figures = {
        "seconds": time.perf_counter() - begun,
        "processor": time.process_time() - busy,
        "gigabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6,
    }
    truth = pd.read_csv(folder / "truth.csv", dtype="str")
    if isinstance(decided, pd.DataFrame):
        guessed = held_against(decided, truth)
    else:
        guessed = held_against(best_candidates(decided), truth)
        figures |= _verdicts(decided.decisions, truth)
        figures["calibration"] = calibration_error(guessed)
    print(json.dumps(figures | _figures(guessed)))


def _figures(guessed: Guessed) -> dict[str, float]:
    return {
        "f1": best_f1(guessed),
        "at .99": coverage_at(guessed, 0.99),
        "at .995": coverage_at(guessed, 0.995),
    }


def _verdicts(decisions: pd.DataFrame, truth: pd.DataFrame) -> dict[str, float]:
    both = decisions.merge(truth, on="row_id", suffixes=("", "_true"), validate="one_to_one")
    match, answerable = both["verdict"] == "match", both["Company_ID_true"].notna()
    right = match & (both["Company_ID"] == both["Company_ID_true"])
    return {
        "match right": float(right.sum() / max(match.sum(), 1)),
        "match coverage": float(right.sum() / max(answerable.sum(), 1)),
        "review": float(((both["verdict"] == "review") & answerable).sum() / answerable.sum()),
    }


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
