"""Hit rate of header guesses on a corpus of real headers, divided by source."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from gsprep.mapping.guess import map_columns
from gsprep.schemas.objects import Company, Person
from gsprep.schemas.yaml_file import read_document

FILE = Path(__file__).parent.parent / "tests" / "mapping" / "header_corpus.yaml"
_SCHEMAS = {"Person": Person, "Company": Company}


class Pair(NamedTuple):
    """A header, the object of its file, and the field it means; None for no field."""

    source: str
    object: str
    header: str
    field: str | None


@dataclass(frozen=True)
class Hits:
    """How many headers are read as the right field, as another one, and as none."""

    right: int
    wrong: int
    missed: int

    @property
    def recall(self) -> float:
        """Share of the headers that mean a field which are read as it."""
        return self.right / (self.right + self.missed)

    @property
    def precision(self) -> float:
        """Share of the headers that are read as a field which mean it."""
        return self.right / (self.right + self.wrong)


def pairs(*, held_out: bool) -> list[Pair]:
    """Return the pairs of the sources that are held out, or of all others."""
    return [
        Pair(one["source"], one["object"], str(header), field)
        for one in _book()
        if is_held_out(one["source"]) == held_out
        for header, field in one["headers"].items()
    ]


@cache
def _book() -> Any:
    return read_document(FILE, kind="corpus")


def is_held_out(source: str) -> bool:
    """Return whether a source only measures: a third of them, by the hash of their names."""
    return sha256(source.encode()).digest()[0] % 3 == 0


def read_as(pair: Pair) -> str | None:
    """Return the field that a header is read as, alone and without cells."""
    frame = pd.DataFrame({pair.header: pd.Series([None, None], dtype="str")})
    (column,) = map_columns(frame, _SCHEMAS[pair.object]).columns
    return "Name" if column.split else column.field


def hits(found: list[Pair]) -> Hits:
    """Count how headers are read."""
    read = [(pair.field, read_as(pair)) for pair in found]
    right = sum(field is not None and field == got for field, got in read)
    wrong = sum(got is not None and field != got for field, got in read)
    missed = sum(field is not None and field != got for field, got in read)
    return Hits(right, wrong, missed)


def main() -> None:
    """Print one line for each part of the corpus."""
    for held_out in (False, True):
        found = pairs(held_out=held_out)
        rate, sources = hits(found), len({one.source for one in found})
        print(
            f"{'held out' if held_out else 'seen':<9} {sources} sources, {len(found)} headers, "
            f"{sum(one.field is not None for one in found)} of them fields: "
            f"recall {rate.recall:.3f}, precision {rate.precision:.3f}"
        )


if __name__ == "__main__":
    main()
