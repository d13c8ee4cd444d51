"""Starts are light, by what they import; stages stay vectorised, by counts of calls and by time.

No figure is a time of this machine. A count of calls is the same in every run; a ratio is between
two times of one run, and its limit is about three times what was measured.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from generate import main as generate
from starting import FILES

import gsprep
from gsprep.schemas.fields import COMPANY, PERSON
from gsprep.schemas.frames import text_frame
from gsprep.tables.read import read
from gsprep.tables.write import write_csv
from gsprep.unification.prepare import usable_companies
from gsprep.uploader.build import build
from gsprep.uploader.records import Unbatched, cut_by_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gsprep.unification.prepare import CompanyIndex

# Commands in one process, the lightest first, and what is not imported up to the end of each.
OF_A_TENANT = (
    "httpx",
    "flask",
    "waitress",
    "tldextract",
    "gsprep.sandbox",
    "gsprep.uploader.client",
)
UNUSUAL = (*OF_A_TENANT, "rich", "gsprep.unification.duplicates", "gsprep.parts", "sqlalchemy")
OF_A_MATCH = (
    "scipy", "sparse_dot_topn", "openpyxl", "jinja2", "gsprep.unification", "gsprep.ledger.ledger",
)  # fmt: skip
OF_OTHER_CELLS = ("email_validator", "phonenumbers", "charset_normalizer", "rapidfuzz")
LIGHT = ("pandas", "numpy", "pyarrow", "pandera", "scipy", "jinja2", "openpyxl", *OF_A_TENANT)
STARTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "import gsprep": ("", LIGHT),
    "--version": ("run_command(['--version'])", LIGHT),
    "--help": ("run_command(['--help'])", LIGHT),
    # It also runs where a library is broken.
    "doctor": ("load('doctor')", LIGHT),
    "check": ("run_command(['check', 'people.csv'])", (*UNUSUAL, *OF_A_MATCH, *OF_OTHER_CELLS)),
    "clean": ("run_command(['clean', 'people.csv'])", (*UNUSUAL, *OF_A_MATCH, *OF_OTHER_CELLS)),
    "run --dry-run": (
        "run_command(['run', 'people.csv', '--companies', 'companies.csv', '--dry-run'])",
        (*UNUSUAL, "openpyxl"),
    ),
    "commands without a tenant": (
        "[load(name) for name in ('revert', 'map', 'match', 'duplicates', 'evaluate', 'fit')]",
        OF_A_TENANT,
    ),
}
TELL = """
import json, sys
import gsprep
told = [sorted(sys.modules)]
from gsprep.cli.main import load, run_command
for code in json.loads(sys.argv[1]):
    code and eval(code)
    told.append(sorted(sys.modules))
print(json.dumps(told))
"""

FEW, MANY, ALL = 1_000, 2_500, 6_000
ROUNDS = 3
# A function that is called for each row adds a call or more.
ROOM = 0.5


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """Return the modules that a process has imported after each of its starts."""
    folder = tmp_path_factory.mktemp("starts")
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    codes = json.dumps([code for code, _ in STARTS.values()][1:])
    done = subprocess.run(  # noqa: S603  our own interpreter
        [sys.executable, "-c", TELL, codes], cwd=folder, capture_output=True, text=True, check=True
    )
    return dict(zip(STARTS, json.loads(done.stdout.splitlines()[-1]), strict=True))


@pytest.mark.parametrize("start", STARTS)
def test_a_start_imports_nothing_that_it_does_not_use(
    start: str, imported: dict[str, list[str]]
) -> None:
    _, others = STARTS[start]
    found = {name for name in others if name in imported[start]}
    assert found == set()


@dataclass(frozen=True)
class Lists:
    """The people of one list at each stage."""

    people: pd.DataFrame
    cleaned: pd.DataFrame
    valid: pd.DataFrame
    decisions: pd.DataFrame
    links: pd.DataFrame
    index: CompanyIndex
    folder: Path


@pytest.fixture(scope="module")
def lists(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Lists]:
    """Return the first rows of a list, as many as asked for."""
    folder = tmp_path_factory.mktemp("speed")
    sizes = ["--companies", "300", "--people", str(ALL), "--seed", "3"]
    generate([*sizes, "--out", str(folder)])
    people = read(folder / "people.csv", of=PERSON).frame.drop(columns="line")
    companies, _ = usable_companies(read(folder / "companies.csv", of=COMPANY).frame)
    index = gsprep.prepare(companies)

    @cache
    def first(rows: int) -> Lists:
        few = people.head(rows)
        write_csv(few, folder / f"{rows}.csv", ",")
        cleaned = gsprep.clean(few).frame
        valid = gsprep.check(cleaned, gsprep.Person).valid.reset_index(drop=True)
        decisions = gsprep.unify(valid, index).decisions
        links = text_frame(gsprep.associate(valid, decisions)).reset_index(drop=True)
        return Lists(few, cleaned, valid, decisions, links, index, folder)

    return first


def batches(lists: Lists) -> list[bytes]:
    none = text_frame(pd.DataFrame(columns=["row_id", "Email", "Relationship_ID"], dtype="str"))
    records = build(lists.valid, lists.links, none, ("Email",)).records
    return [batch.body() for batch in cut_by_bytes(Unbatched(records, range(len(records))))]


Stage = Callable[[Lists], object]
# The calls of Python and C functions that each further row costs, and the most processor time in
# terms of the reference, three times what was measured. Records of a batch are built one by one.
STAGES: dict[str, tuple[Stage, float, float]] = {
    "read": (lambda of: read(of.folder / f"{len(of.people)}.csv", of=PERSON), 0.1, 6.5),
    "clean": (lambda of: gsprep.clean(of.people), 10.2, 12.0),
    "check": (lambda of: gsprep.check(of.cleaned, gsprep.Person), 5.5, 16.0),
    "unify": (lambda of: gsprep.unify(of.valid, of.index), 6.1, 13.0),
    "associate": (lambda of: gsprep.associate(of.valid, of.decisions), 4.6, 1.5),
    "write": (lambda of: write_csv(of.cleaned, of.folder / "written.csv", ","), 0.0, 1.1),
    "batches": (batches, 1.8, 7.0),
}


@contextmanager
def counting() -> Iterator[list[int]]:
    """Count the calls of functions of Python and C, in this thread and those that begin."""
    count = [0]

    def see(_frame: object, event: str, _argument: object) -> None:
        if event in {"call", "c_call"}:
            count[0] += 1

    threading.setprofile(see)
    sys.setprofile(see)
    try:
        yield count
    finally:
        sys.setprofile(None)
        threading.setprofile(None)


def calls_a_row(stage: Stage, lists: Callable[[int], Lists]) -> float:
    """Return the calls that each further row costs."""
    counts = []
    for rows in (FEW, MANY):
        given = lists(rows)
        # What is done once in a session is done before.
        stage(given)
        with counting() as count:
            stage(given)
        counts.append(count[0])
    return (counts[1] - counts[0]) / (MANY - FEW)


def reference(people: pd.DataFrame) -> None:
    """Fold each cell, find rows by a key, count values, join texts: what any stage may do."""
    folded = pd.DataFrame({name: people[name].str.strip().str.casefold() for name in people})
    folded.merge(folded[["row_id"]], on="row_id")
    folded.groupby(["CompanyName", "Country"], dropna=False).size()
    "".join(
        [f"{name},{email}" for name, email in zip(people["LastName"], people["Email"], strict=True)]
    )


@pytest.mark.parametrize("name", STAGES)
def test_a_further_row_costs_no_more_calls(name: str, lists: Callable[[int], Lists]) -> None:
    stage, usual, _ = STAGES[name]
    assert calls_a_row(stage, lists) <= usual + ROOM


@pytest.mark.parametrize("name", ["check", "write"])
def test_a_function_for_each_row_is_noticed(name: str, lists: Callable[[int], Lists]) -> None:
    stage, usual, _ = STAGES[name]

    def slower(of: Lists) -> None:
        stage(of)
        of.people["Email"].map(lambda cell: cell)

    assert calls_a_row(slower, lists) > usual + ROOM


@pytest.mark.parametrize("name", STAGES)
def test_a_stage_takes_no_longer_compared_with_pandas(
    name: str, lists: Callable[[int], Lists]
) -> None:
    stage, _, most = STAGES[name]
    given = lists(ALL)
    stage(given)
    ratios = []
    for _ in range(ROUNDS):
        begun = time.process_time()
        reference(given.people)
        between = time.process_time()
        stage(given)
        ratios.append((time.process_time() - between) / (between - begun))
    assert statistics.median(ratios) <= most
