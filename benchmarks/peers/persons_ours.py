"""Duplicates by gsprep: columns by their headers, nothing set; see ``persons.py``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from gsprep import find_duplicates
from peers.persons import measured

if TYPE_CHECKING:
    import pandas as pd


def groups(people: pd.DataFrame, kinds: dict[str, str]) -> pd.DataFrame:
    """Return row_id and person_id; the expected number of pairs is its attribute."""
    found = find_duplicates(people[["row_id", *kinds]])
    named: pd.DataFrame = found.groups[["row_id", "person_id"]]
    named.attrs["expected"] = found.model.expected
    return named


def links(people: pd.DataFrame, existing: pd.DataFrame, kinds: dict[str, str]) -> pd.DataFrame:
    """Return row_id and existing_id; the expected number of pairs is its attribute."""
    against = existing.rename(columns={"row_id": "Gsid"})[["Gsid", *kinds]]
    found = find_duplicates(people[["row_id", *kinds]], against=against)
    linked = found.groups[(found.groups["source"] == "persons") & found.groups["Gsid"].notna()]
    named: pd.DataFrame = linked[["row_id", "Gsid"]].rename(columns={"Gsid": "existing_id"})
    named.attrs["expected"] = found.model.expected
    return named


if __name__ == "__main__":
    measured(Path(sys.argv[1]), groups, links)
