"""A rulebook as YAML: what was fitted, to be read, kept beside the data and changed by hand."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from gsprep.errors import InputError
from gsprep.unification.comparisons import COMPARISONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gsprep.unification.rulebook import Rulebook

_BESIDE = {name: comparison.sentence for name, comparison in COMPARISONS.items()} | {
    "intercept": "what any company has against it before a comparison has spoken",
    "match_from": "from this probability on no one looks at it",
    "precision": "the share of the matches that is to be right; the rest goes to review",
    "lines": "by precision, the probability from which it held where the lines were learned",
    "review_from": "from this probability on a person decides; below, nobody fits",
}
_COMMENTED = {"intercept", "model", "decide"}


def write_rulebook(rulebook: Rulebook, path: str | Path, provenance: Iterable[str] = ()) -> Path:
    """Write a rulebook that ``read_rulebook`` gives back; ``provenance`` goes above as comments.

    Raises InputError when the file cannot be written.
    """
    target = Path(path)
    try:
        target.write_text(rulebook_text(rulebook, provenance), encoding="utf-8")
    except OSError as failure:
        raise InputError(
            f"the rulebook {target} cannot be written ({failure.strerror}): name another file"
        ) from failure
    return target


def rulebook_text(rulebook: Rulebook, provenance: Iterable[str] = ()) -> str:
    """Return a rulebook as YAML, each weight with the sentence a reviewer reads beside it."""
    head = [f"# {part}".rstrip() for line in provenance for part in line.splitlines()]
    sections = [_section(name, value) for name, value in _entries(rulebook)]
    return "\n".join(["\n".join([*head, ""]), *sections]).lstrip("\n")


def _entries(rulebook: Rulebook) -> Iterator[tuple[str, Any]]:
    for name, value in rulebook.model_dump(exclude_none=True).items():
        if name == "decide":
            left_out = {"match_from"} if "precision" in value else set()
            left_out |= set() if value["lines"] else {"lines"}
            yield name, {key: part for key, part in value.items() if key not in left_out}
        else:
            yield name, value


def _section(name: str, value: Any) -> str:
    text = yaml.safe_dump({name: _plain(value)}, sort_keys=False, allow_unicode=True, width=96)
    return "".join(_commented(line, name) for line in text.splitlines())


def _commented(line: str, section: str) -> str:
    said = _BESIDE.get(line.strip().partition(":")[0], "") if section in _COMMENTED else ""
    return f"{line}  # {said}\n" if said else f"{line}\n"


def _plain(value: Any) -> Any:
    """Return the value with lists for tuples: YAML has no other."""
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    return [_plain(part) for part in value] if isinstance(value, tuple) else value
