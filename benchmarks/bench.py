"""gsprep and its peers in one run: tables for benchmarks/README.md, and plots.

    python benchmarks/bench.py [--people 10000] [--companies 5000] [--largest 100000]
                               [--only validation,matching,growth] [--environments FOLDER]
                               [--limit SECONDS]

Data is made from a seed. The tools run in turn, each in a process of its own. Tools whose pins
clash with those of gsprep get an environment in FOLDER, which is made once and kept; a tool that
cannot be installed, fails or takes longer than the limit is in the table with the reason. The
tables replace those between the marks in README.md, the plots are SVG files next to it.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from peers.checks import libraries
from plots import bars, lines
from validation import people as people_to_check
from workload import Workload, made

HERE = Path(__file__).parent
README, PLOTS = HERE / "README.md", HERE / "plots"
Figures = dict[str, float]
Result = Figures | str
# The packages of each environment; binaries only, so that nothing is compiled.
ENVIRONMENTS = {
    "checks": (
        "pandas>=3", "pyarrow", "pandera", "pointblank", "dataframely", "great_expectations",
    ),
    "emm": ("emm", "scikit-learn", "pyarrow", "rapidfuzz", "tldextract"),
    "matching": (
        "splink>=5,<6", "recordlinkage", "scikit-learn", "pyarrow", "rapidfuzz", "tldextract",
        "sparse-dot-topn",
    ),
}  # fmt: skip
# The environment of each tool; "" is this one.
CHECKS = {
    "gsprep": "", "libraries": "", "pandera": "checks", "dataframely": "checks",
    "pointblank": "checks", "great_expectations": "checks",
}  # fmt: skip
MATCHING = {
    "ours": "", "tfidf": "matching", "tfidf_fitted": "matching", "record_linkage": "matching",
    "splink_link": "matching", "entity_matching_model": "emm",
}  # fmt: skip
_SEED, _SMALLEST = 11, 10_000
_INSTALL_SECONDS = 1_800


@dataclass(frozen=True)
class Bench:
    """The sizes of a run, and where environments are."""

    people: int
    companies: int
    largest: int
    environments: Path
    limit: int

    def python(self, name: str) -> str:
        """Return the Python of an environment, which is made where it is missing."""
        if not name:
            return sys.executable
        place = self.environments / name
        python, whole = place / "bin" / "python", place / "installed"
        if not whole.exists():
            _run([sys.executable, "-m", "venv", str(place)], _INSTALL_SECONDS)
            pip = [str(python), "-m", "pip", "install", "--quiet", "--only-binary", ":all:"]
            _run([*pip, *ENVIRONMENTS[name]], _INSTALL_SECONDS)
            whole.touch()
        return str(python)

    def measured(self, script: str, tool: str, environment: str, given: Path) -> Result:
        """Return the figures of a tool, or why there are none."""
        try:
            command = [self.python(environment), str(HERE / script), tool, str(given)]
            said = _run(command, self.limit)
        except subprocess.TimeoutExpired:
            return f"not finished in {self.limit} s"
        except subprocess.CalledProcessError as failure:
            return f"failed: {(failure.stderr.strip().splitlines() or ['killed'])[-1]}"
        figures: Figures = json.loads(said.splitlines()[-1])
        return f"{figures['missing']} is not installed" if "missing" in figures else figures


def _run(command: list[str], limit: int) -> str:
    return subprocess.run(  # noqa: S603  our own scripts, and pip
        command, capture_output=True, text=True, timeout=limit, check=True
    ).stdout


def validation(bench: Bench, folder: Path) -> None:
    """Compare checks of addresses and numbers, 10 % bad."""
    frame = people_to_check(bench.people, 0.1)
    frame.insert(0, "row_id", [str(number) for number in range(1, len(frame) + 1)])
    frame["bad_email"], frame["bad_phone"] = libraries(frame)
    path = folder / "validation.parquet"
    frame.to_parquet(path)
    found = {
        tool: bench.measured("checked.py", tool, environment, path)
        for tool, environment in CHECKS.items()
    }
    columns = ("email missed", "email wrong", "phone missed", "phone wrong")
    bad = f"{int(frame['bad_email'].sum())} bad addresses, {int(frame['bad_phone'].sum())} numbers"
    _write("validation", f"{bench.people:,} rows; {bad}.", table(found, "gsprep", columns))
    _bars("validation", found)


def matching(bench: Bench, folder: Path) -> None:
    """Compare matching people with companies."""
    made(Workload(people=bench.people, companies=bench.companies, seed=_SEED), folder)
    found = {
        tool: bench.measured("measured.py", tool, environment, folder)
        for tool, environment in MATCHING.items()
    }
    title = f"{bench.people:,} people, {bench.companies:,} companies, seed {_SEED}."
    _write("matching", title, table(found, "ours", ("f1", "at .99", "at .995")))
    _bars("matching", found)


def growth(bench: Bench, folder: Path) -> None:
    """Measure gsprep's matching from 10,000 people on."""
    sizes = [_SMALLEST]
    while sizes[-1] * 3 <= bench.largest:
        sizes.append(sizes[-1] * 10 // 3 if str(sizes[-1])[0] == "3" else sizes[-1] * 3)
    found: dict[str, Result] = {}
    for size in sizes:
        place = folder / str(size)
        made(Workload(people=size, companies=bench.companies, seed=_SEED), place)
        found[f"{size:,}"] = bench.measured("measured.py", "ours", "", place)
    _write("growth", f"{bench.companies:,} companies.", table(found, f"{_SMALLEST:,}", ("f1",)))
    whole = {
        float(name.replace(",", "")): one["processor"]
        for name, one in found.items()
        if isinstance(one, dict)
    }
    _save("growth", lines("Processor seconds by people", whole))


STUDIES = {"validation": validation, "matching": matching, "growth": growth}


def table(found: dict[str, Result], base: str, columns: tuple[str, ...]) -> str:
    """Return a Markdown table; processor seconds also as a ratio to those of ``base``."""
    first = found[base]
    unit = first["processor"] if isinstance(first, dict) else 0.0
    names = ("Tool", "CPU s", "ratio", "GB", *columns)
    rows = ["| " + " | ".join(names) + " |", "|" + "---|" * len(names)]
    for tool, one in found.items():
        if isinstance(one, str):
            rows.append(f"| {tool} | {one} |" + " |" * (len(names) - 2))
            continue
        ratio = f"{one['processor'] / unit:.2f}" if unit else ""
        cells = [tool, f"{one['processor']:.2f}", ratio, f"{one['gigabytes']:.2f}"]
        rows.append("| " + " | ".join([*cells, *(_cell(one[name]) for name in columns)]) + " |")
    return "\n".join(rows)


def _cell(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:.3f}"


def _write(name: str, title: str, table: str) -> None:
    """Print a table, and put it between its marks in README.md."""
    print(f"\n{name}: {title}\n{table}", flush=True)
    begin, end = f"<!-- begin {name} -->", f"<!-- end {name} -->"
    text = README.read_text(encoding="utf-8")
    before, _, rest = text.partition(begin)
    _, _, after = rest.partition(end)
    README.write_text(f"{before}{begin}\n{title}\n\n{table}\n{end}{after}", encoding="utf-8")


def _bars(name: str, found: dict[str, Result]) -> None:
    whole = {tool: one["processor"] for tool, one in found.items() if isinstance(one, dict)}
    _save(name, bars(f"Processor seconds: {name}", whole))


def _save(name: str, picture: str) -> None:
    PLOTS.mkdir(exist_ok=True)
    (PLOTS / f"{name}.svg").write_text(picture, encoding="utf-8")


def main() -> None:
    """Read the arguments and run the studies."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--companies", type=int, default=5_000)
    parser.add_argument(
        "--largest", type=int, default=100_000, help="people of the last growth step"
    )
    parser.add_argument("--only", default=",".join(STUDIES), help="names of studies, with commas")
    parser.add_argument("--environments", type=Path, default=HERE.parent / "build" / "bench")
    parser.add_argument(
        "--limit", type=int, default=600, help="seconds after which a tool is ended"
    )
    given = parser.parse_args()
    bench = Bench(given.people, given.companies, given.largest, given.environments, given.limit)
    for name in given.only.split(","):
        with tempfile.TemporaryDirectory() as folder:
            STUDIES[name](bench, Path(folder))


if __name__ == "__main__":
    main()
