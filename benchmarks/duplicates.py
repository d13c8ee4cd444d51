"""The same person twice: accuracy, time and memory, of gsprep and of its peers.

    python benchmarks/duplicates.py [FOLDER] [--largest N] [--lists NAMES] [--peer NAME=PYTHON …]

Without a folder invented lists are measured. A folder adds the public lists that are in it:
``febrl_dataset1.csv`` to ``3``, ``febrl_dataset4a.csv`` and ``4b`` (a link of two files),
``splink_fake_1000.csv`` and ``contacts_dev.parquet``. No labels are used, and no setting differs
from list to list. A peer is a module ``peers/persons_NAME.py`` and the Python that has it, since
the peers' requirements clash: ``--peer splink=env-splink/bin/python``; ``splink:0.5`` hands it a
word, here another line. Each runs in its own
process on the same file; one that takes longer than ``--limit`` is ended.
"""

from __future__ import annotations

import argparse
import itertools
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd
from invent.harsh import contacts
from invent.registers import census_and_wages, historical, three_fields
from invent.twice import twice

from gsprep import evaluate_groups
from gsprep.unification.duplicates.columns import guessed_kinds

if TYPE_CHECKING:
    from collections.abc import Iterator

_HERE = Path(__file__).resolve().parent
_SIZES = (10_000, 100_000, 1_000_000)
_HEAD = (
    f"{'list':<24}{'tool':<15}{'records':>9}{'precision':>10}{'recall':>8}{'F1':>8}{'B-cubed':>9}"
    f"{'expected':>10}{'true':>9}{'CPU s':>8}{'clock s':>9}{'peak GB':>9}"
)


class Listed(NamedTuple):
    """A list of people, and the person of each record."""

    name: str
    people: pd.DataFrame
    person: pd.Series


class Linked(NamedTuple):
    """Two lists, and the person of each record of both."""

    name: str
    people: pd.DataFrame
    person: pd.Series
    existing: pd.DataFrame
    existing_person: pd.Series


def main() -> None:
    """Print one line for each list and tool."""
    given = _arguments()
    # The folder changes for each run, but not the Pythons; a link to one would leave its packages.
    asked = (peer.split("=", 1) for peer in given.peer)
    peers = {"ours": sys.executable, **{name: str(Path(at).absolute()) for name, at in asked}}
    print(_HEAD)
    lists: Iterator[Listed | Linked] = itertools.chain(
        _public(given.folder), _invented(given.largest),
        _public_links(given.folder), _invented_links(),
    )  # fmt: skip
    for one in lists:
        if given.lists and one.name not in given.lists.split(";"):
            continue
        line = _link_line if isinstance(one, Linked) else _line
        with tempfile.TemporaryDirectory() as folder:
            _write(one, Path(folder))
            for name, python in peers.items():
                print(line(one, name, python, Path(folder), given.limit), flush=True)


def _arguments() -> argparse.Namespace:
    asked = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    asked.add_argument("folder", nargs="?", type=Path)
    asked.add_argument("--largest", type=int, default=100_000, help="the largest invented list")
    asked.add_argument("--lists", default="", help="names of lists, with semicolons; empty: all")
    asked.add_argument("--peer", action="append", default=[], metavar="NAME=PYTHON")
    asked.add_argument("--limit", type=int, default=600, help="seconds after which a peer is ended")
    return asked.parse_args()


def _invented(largest: int) -> Iterator[Listed]:
    yield Listed("contacts, harsh", *contacts(8_000, 12_350, 1))
    yield Listed("contacts, nine a person", *contacts(1_500, 13_800, 3))
    yield Listed("historical", *historical(50_000, 1))
    yield Listed("three fields", *three_fields(10_000, 1))
    for size in _SIZES:
        if size <= largest:
            people, person = twice(size, 0.1, seed=1)
            yield Listed(f"a tenth twice, {size:,}", people, pd.Series(person))


def _invented_links() -> Iterator[Linked]:
    yield Linked("wages to census", *census_and_wages(4_000, 1))


def _public(folder: Path | None) -> Iterator[Listed]:
    if folder is None:
        return
    for number in (1, 2, 3):
        path = folder / f"febrl_dataset{number}.csv"
        if path.exists():
            people, person = _febrl(path)
            yield Listed(f"febrl{number}", people, person)
            yield Listed(f"febrl{number}, no SSN", people.drop(columns="soc_sec_id"), person)
    if (path := folder / "splink_fake_1000.csv").exists():
        people = pd.read_csv(path, dtype="str")
        yield Listed("fake_1000", people.drop(columns=["unique_id", "cluster"]), people["cluster"])
    if (path := folder / "contacts_dev.parquet").exists():
        people = pd.read_parquet(path)
        yield Listed("contacts", people.drop(columns="truth"), people["truth"])


def _public_links(folder: Path | None) -> Iterator[Linked]:
    if folder is not None and (folder / "febrl_dataset4a.csv").exists():
        one, two = (_febrl(folder / f"febrl_dataset4{part}.csv") for part in "ab")
        yield Linked("febrl4", *one, *two)
        bare = [people.drop(columns="soc_sec_id") for people, _ in (one, two)]
        yield Linked("febrl4, no SSN", bare[0], one[1], bare[1], two[1])


def _febrl(path: Path) -> tuple[pd.DataFrame, pd.Series]:
    people = pd.read_csv(path, dtype="str", skipinitialspace=True)
    person = people.pop("rec_id").str.extract(r"rec-(\d+)-")[0]
    return people, person


def _write(listed: Listed | Linked, folder: Path) -> None:
    """Write the columns that are compared as every tool reads them: in lower case."""
    kinds = _write_lines(listed.people, folder / "people.csv")
    (folder / "kinds.json").write_text(json.dumps(kinds), encoding="utf-8")
    if isinstance(listed, Linked):
        _write_lines(listed.existing, folder / "existing.csv")


def _write_lines(people: pd.DataFrame, path: Path) -> dict[str, str]:
    """Write the columns of people, and return the kind of each."""
    guessed = guessed_kinds(map(str, people)).items()
    kinds: dict[str, str] = {name: how.part or how.kind for name, how in guessed}
    text = people[[*kinds]].apply(lambda column: column.str.lower().str.strip())
    text.insert(0, "row_id", _ids(len(text)))
    text.to_csv(path, index=False)
    return kinds


def _ids(count: int) -> list[str]:
    return [str(number + 1) for number in range(count)]


def _line(listed: Any, tool: str, python: str, folder: Path, limit: int) -> str:
    begin = f"{listed.name:<24}{tool:<15}{len(listed.people):>9,}"
    figures = _figures(tool, python, folder, limit)
    if isinstance(figures, str):
        return f"{begin}  {figures}"
    truth = pd.DataFrame(
        {"row_id": _ids(len(listed.people)), "person_id": listed.person.astype("str").to_numpy()}
    )
    measured = evaluate_groups(pd.read_csv(folder / "groups.csv", dtype="str"), truth)
    counts = listed.person.value_counts()
    pairs = int((counts * (counts - 1) // 2).sum())
    return (
        f"{begin}{measured.precision:>10.4f}{measured.recall:>8.4f}{measured.f1:>8.4f}"
        f"{measured.b_cubed_f1:>9.4f}{_cost(figures, pairs)}"
    )


def _figures(tool: str, python: str, folder: Path, limit: int) -> dict[str, float] | str:
    """Return the figures of a run, or why there are none."""
    module, *words = tool.split(":")
    command = [python, "-m", f"peers.persons_{module}", str(folder), *words]
    try:
        done = subprocess.run(  # noqa: S603  our own script
            command, cwd=_HERE, capture_output=True, text=True, timeout=limit, check=False
        )
    except subprocess.TimeoutExpired:
        return f"did not finish in {limit} seconds"
    if done.returncode:
        return f"failed: {(done.stderr.strip().splitlines() or ['killed'])[-1][:200]}"
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def _cost(figures: dict[str, float], pairs: int) -> str:
    expected = f"{figures['expected']:,.0f}" if "expected" in figures else "-"
    return (
        f"{expected:>10}{pairs:>9,}{figures['processor']:>8.1f}{figures['clock']:>9.1f}"
        f"{figures['gigabytes']:>9.2f}"
    )


def _link_line(linked: Any, tool: str, python: str, folder: Path, limit: int) -> str:
    """Return the figures of links to existing people, one for each record."""
    begin = f"{linked.name:<24}{tool:<15}{len(linked.people):>9,}"
    figures = _figures(tool, python, folder, limit)
    if isinstance(figures, str):
        return f"{begin}  {figures}"
    found = pd.read_csv(folder / "links.csv", dtype="str")
    person = dict(zip(_ids(len(linked.people)), linked.person, strict=True))
    existing = dict(zip(_ids(len(linked.existing)), linked.existing_person, strict=True))
    right = int((found["row_id"].map(person) == found["existing_id"].map(existing)).sum())
    true = int(linked.person.isin(set(linked.existing_person)).sum())
    return (
        f"{begin}{right / max(len(found), 1):>10.4f}{right / true:>8.4f}"
        f"{2 * right / (len(found) + true):>8.4f}{'-':>9}{_cost(figures, true)}"
    )


if __name__ == "__main__":
    main()
