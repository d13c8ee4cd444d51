"""One run of a peer on people: files in, groups and figures out.

A folder has ``people.csv`` (row_id and columns in lower case) and ``kinds.json`` (the kind of each
column). ``groups.csv`` is written there: row_id and person_id of each record. If it has
``existing.csv`` with the same columns, records are linked to existing people instead:
``links.csv`` has row_id and existing_id, at most one for each record. The last line printed is a
JSON object with the seconds of the processor, the seconds on the clock and the peak of memory.
"""

from __future__ import annotations

import json
import resource
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


def measured(
    folder: Path,
    groups: Callable[[pd.DataFrame, dict[str, str]], pd.DataFrame],
    links: Callable[[pd.DataFrame, pd.DataFrame, dict[str, str]], pd.DataFrame] | None = None,
) -> None:
    """Run a peer on the people of a folder, and on the existing people if there are any."""
    people = _read(folder / "people.csv")
    existing = _read(folder / "existing.csv") if (folder / "existing.csv").exists() else None
    kinds = json.loads((folder / "kinds.json").read_text(encoding="utf-8"))
    processor, clock = _processor(), time.perf_counter()
    if existing is None:
        found = groups(people, kinds)
    elif links is None:
        raise SystemExit("this peer links no two lists")
    else:
        found = links(people, existing, kinds)
    figures = {
        "processor": _processor() - processor,
        "clock": time.perf_counter() - clock,
        "gigabytes": _peak(),
    }
    figures |= {str(name): float(value) for name, value in found.attrs.items()}
    found.to_csv(folder / ("groups.csv" if existing is None else "links.csv"), index=False)
    print(json.dumps(figures))


def _read(path: Path) -> pd.DataFrame:
    frame = pd.read_csv(path, dtype=object, keep_default_na=False, na_values=[""])
    return frame.astype(object).where(frame.notna(), None)


def best_of_each(scored: pd.DataFrame) -> pd.DataFrame:
    """Return row_id and existing_id, the highest ``score`` of each record."""
    ordered = scored.sort_values("score", ascending=False, kind="stable")
    best: pd.DataFrame = ordered.drop_duplicates("row_id")[["row_id", "existing_id"]]
    return best


def _peak() -> float:
    """Return the most memory that this program had; Linux counts none of its parent there."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e9
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1e6


def _processor() -> float:
    """Return the seconds of the processor, those of child processes included."""
    of = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in of)


def components(ids: Iterable[str], pairs: Iterable[tuple[str, str]]) -> pd.DataFrame:
    """Return row_id and person_id: records that pairs connect are one person."""
    root = {name: name for name in ids}

    def of(name: str) -> str:
        while root[name] != name:
            root[name] = root[root[name]]
            name = root[name]
        return name

    for one, two in pairs:
        root[of(one)] = of(two)
    return pd.DataFrame({"row_id": list(root), "person_id": [of(name) for name in root]})
