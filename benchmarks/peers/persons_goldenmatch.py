"""Duplicates by goldenmatch without configuration, as its README recommends.

Arguments: ``FOLDER``; see ``persons.py``.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import goldenmatch
import pyarrow as pa

from peers.persons import components, measured

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd


def groups(people: pd.DataFrame, kinds: dict[str, str]) -> pd.DataFrame:
    """Return row_id and person_id."""
    table = pa.Table.from_pandas(people[[*kinds]].astype("string"), preserve_index=False)
    found = goldenmatch.dedupe_df(table, confidence_required=False, allow_red_config=True)
    ids = people["row_id"].tolist()
    return components(ids, _pairs(found.clusters, ids))


def _pairs(clusters: dict[int, dict[str, list[int]]], ids: list[str]) -> Iterator[tuple[str, str]]:
    for cluster in clusters.values():
        members = sorted(cluster["members"])
        for member in members[1:]:
            yield ids[members[0]], ids[member]


if __name__ == "__main__":
    measured(Path(sys.argv[1]), groups)
