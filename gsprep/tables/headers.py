"""Headers as people write them, to the API names they mean; the other columns as they stand."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gsprep.errors import TableError
from gsprep.mapping.aliases import EXACT, Meaning, meaning
from gsprep.schemas.frames import ROW_ID
from gsprep.values.text import tidy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from gsprep.schemas.fields import ObjectFields

# A table of decisions has a column of this name that is ours, not a person's company.
_DECISIONS = frozenset({ROW_ID, "verdict"})
_OURS = frozenset({"company_name"})


def quoted(header: str) -> str:
    """Return a header as a message shows it: on one line, nothing invisible in it."""
    return f'"{tidy(header) or ""}"'


@dataclass(frozen=True, slots=True)
class Renamed:
    """The names of the columns, and sentences on what is not the header as it stood."""

    names: tuple[str, ...]
    notes: tuple[str, ...]


def rename(
    path: Path | str, headers: Sequence[str], of: ObjectFields | None, *, line: int
) -> Renamed:
    """Give each header its API name; the file's own headers stay as they are.

    An exact API name wins over one in another spelling, and that over a usual alias; what did
    not win stays and is noted. Raises TableError for a repeated header and for two headers that
    mean one name equally well.
    """
    refuse_repeated(path, headers, line=line)
    ours = _OURS if set(headers) >= _DECISIONS else frozenset()
    means = {h: found for h in headers if h not in ours and (found := _doubted(h, of))}
    winners = {name: _winner(path, name, means, line=line) for name in _names(means)}
    names = tuple(
        means[h].name if h in means and winners[means[h].name] == h else h for h in headers
    )
    stay = [h for h, n in zip(headers, names, strict=True) if h == n and _lost(h, means, winners)]
    told = [_stays(header, winners[means[header].name], means[header].name) for header in stay]
    return Renamed(names, (*_renaming(headers, names), *told))


def _doubted(header: str, of: ObjectFields | None) -> Meaning | None:
    means = meaning(header, of)
    return Meaning(header, EXACT) if means and means.name == header else means


def _names(means: Mapping[str, Meaning]) -> list[str]:
    return list(dict.fromkeys(found.name for found in means.values()))


def _winner(path: Path | str, name: str, means: Mapping[str, Meaning], *, line: int) -> str:
    rivals = [header for header, found in means.items() if found.name == name]
    surest = min(means[header].doubt for header in rivals)
    best = [header for header in rivals if means[header].doubt == surest]
    if len(best) > 1:
        raise TableError(
            path,
            f"the headers {quoted(best[0])} and {quoted(best[1])} both mean {name}",
            f"Rename the one to use to {name}, or make a mapping with `gsprep map`.",
            line=line,
        )
    return best[0]


def _renaming(headers: Sequence[str], names: Sequence[str]) -> tuple[str, ...]:
    other = [(h, n) for h, n in zip(headers, names, strict=True) if h != n]
    listed = ", ".join(f"{quoted(header)} as {name}" for header, name in other)
    return (f"columns taken for fields: {listed}",) if listed else ()


def _lost(header: str, means: Mapping[str, Meaning], winners: Mapping[str, str]) -> bool:
    return header in means and winners[means[header].name] != header


def _stays(header: str, winner: str, name: str) -> str:
    return f"the column {quoted(header)} stays as it is: {quoted(winner)} is {name}"


def refuse_repeated(path: Path | str, headers: Sequence[str], *, line: int) -> None:
    """Raise TableError when a header stands twice."""
    repeated = next((h for h, times in Counter(headers).items() if times > 1), None)
    if repeated is None:
        return
    places = [str(at) for at, header in enumerate(headers, 1) if header == repeated]
    raise TableError(
        path,
        f"the header {quoted(repeated)} stands in columns {' and '.join(places)}",
        "Rename or delete all but one of them.",
        line=line,
    )
