"""One validation tool, measured in this process: figures as JSON.

    python benchmarks/checked.py TOOL FILE

TOOL is a name of ``peers/checks.py``. FILE is a Parquet file with row_id, Email, Phone, Country,
bad_email and bad_phone; the last two are the verdicts of email-validator and phonenumbers, against
which the tool is held. The tool runs once on 100 rows before it is measured.
"""

from __future__ import annotations

import json
import resource
import sys
import time

import pandas as pd
from peers.checks import TOOLS

_FIRST = 100


def main(tool: str, path: str) -> None:
    """Measure, compare and print."""
    frame = pd.read_parquet(path)
    given = frame[["row_id", "Email", "Phone", "Country"]]
    try:
        TOOLS[tool](given.head(_FIRST))
    except ModuleNotFoundError as error:
        print(json.dumps({"missing": error.name}))
        return
    begun, busy = time.perf_counter(), time.process_time()
    refused = TOOLS[tool](given)
    figures: dict[str, float] = {
        "seconds": time.perf_counter() - begun,
        "processor": time.process_time() - busy,
        "gigabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6,
    }
    for name, found in zip(("email", "phone"), refused, strict=True):
        bad = frame[f"bad_{name}"].to_numpy(dtype=bool)
        figures[f"{name} missed"] = int((bad & ~found).sum())
        figures[f"{name} wrong"] = int((found & ~bad).sum())
    print(json.dumps(figures))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
