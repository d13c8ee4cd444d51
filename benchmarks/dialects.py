"""Laws of uploading, checked over dialects, faults and crashes.

``python benchmarks/dialects.py [LOADS] [--seed SEED] [--plain]`` runs random uploads with ``gsprep
upload`` against a server that was written from the documents alone. The service gives bad replies
to some calls. Processes are killed, interrupted, or run out of disk or memory at random points, and
the upload continues until it is complete. It prints how often each law was broken, and in which
dialects.
"""

from __future__ import annotations

import argparse
import http.client
import sqlite3
import tempfile
import threading
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pandas as pd
from failpoints import CLOSED, FULL, MEMORY
from loads import SETTLED, Load, shown, write_files
from runner import HUNG, Command, Ended, Runner
from witness.dialect import Dialect
from witness.service import serving

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from witness.service import Call, Service

LOADS = 1_000
# After this many processes without faults an upload must be complete.
_MOST_RUNS = 6
_DONE, _SOME_ROWS, _WRONG, _NOT_FINISHED, _OWN_FAULT = 0, 1, 2, 3, 70


@dataclass(frozen=True)
class Broken:
    """A broken law: which one, in which process of the upload, and the details."""

    law: str
    process: int
    what: str


@dataclass
class Played:
    """The result of one upload."""

    load: Load
    broken: list[Broken] = field(default_factory=list)
    processes: int = 0
    calls: int = 0


@dataclass(frozen=True)
class Process:
    """The facts about one process.

    acknowledged: people who had an outcome or an accepted job in the ledger before it began.
    calls:        the calls that it made.
    idle:         whether it was a resume, and there was no unfinished run.
    """

    number: int
    ended: Ended
    acknowledged: frozenset[str]
    calls: Sequence[Call]
    began: float
    said: str
    idle: bool = False

    @property
    def took(self) -> set[str]:
        """The people whom the service stored, or accepted in a job."""
        return {email.lower() for call in self.calls for email in call.took}

    @property
    def undisturbed(self) -> bool:
        """Whether the process and its calls had no fault."""
        return not self.ended.met and all(call.answered for call in self.calls)


class Sending:
    """An upload in progress: one process after another, each checked against the laws."""

    def __init__(self, load: Load, service: Service, runner: Runner, folder: Path) -> None:
        """Write the files to an empty folder; ``service`` is already running."""
        write_files(load, folder)
        self.load, self.service, self.folder = load, service, folder
        self.through, self.processes = False, 0
        self._runner = runner
        self._words = load.words(service.origin)

    def run(self, points: dict[int, str]) -> list[Broken]:
        """Run one process, and return the laws that it broke."""
        process = self._process(points)
        met = f" ({'; '.join(process.ended.met)})" if process.ended.met else ""
        broken = [
            replace(one, what=one.what + met)
            for one in _laws_of_process(self.load, process, self.service, self.folder)
        ]
        self.through = _is_through(process, self.folder, self.load)
        again = process.idle or not self.load.again[self.processes]
        self._words = self.load.words(self.service.origin) if again else ("resume",)
        self.processes += 1
        return broken

    def finish(self) -> list[Broken]:
        """Run processes without faults until the upload is complete."""
        broken: list[Broken] = []
        for _ in range(_MOST_RUNS):
            if self.through:
                return broken + list(_laws_of_end(self.load, self.processes - 1, self.folder))
            broken += self.run({})
        return [*broken, Broken("it ends", self.processes - 1, f"not in {_MOST_RUNS} processes")]

    def _process(self, points: dict[int, str]) -> Process:
        said, home = self.folder / "said.txt", str(self.folder / "home")
        known, first = _acknowledged(self.service, self.folder), len(self.service.calls)
        # Its output proves nothing: standard error may be closed.
        idle = self._words == ("resume",) and not _has_unfinished_run(self.folder)
        before, began = said.stat().st_size if said.exists() else 0, time.time()
        key = self.service.access_key
        environment = {"GSPREP_HOME": home, "GAINSIGHT_ACCESS_KEY": key}
        ended = self._runner.run(
            Command(
                words=self._words, folder=str(self.folder), environment=environment, points=points
            )
        )
        _settle(self.service)
        words = said.read_text(encoding="utf-8", errors="replace")[before:]
        return Process(self.processes, ended, known, self.service.calls[first:], began, words, idle)


def play(load: Load, runner: Runner, folder: Path) -> Played:
    """Run an upload until it is complete, and return the laws that were broken."""
    service = load.service()
    with serving(service):
        sending, broken = Sending(load, service, runner, folder), []
        for points in load.points:
            if not sending.through:
                broken += sending.run(points)
        broken += sending.finish()
    return Played(load, broken, sending.processes, len(service.calls))


def _settle(service: Service) -> None:
    """Wait until the service has processed all calls that reached it."""
    # Connections are accepted in order: after this one, no earlier one is waiting.
    connection = http.client.HTTPConnection(urlsplit(service.origin).netloc)
    with closing(connection):
        connection.request("GET", SETTLED, headers={"Connection": "close"})
        connection.getresponse().read()
    while service.open:
        threading.Event().wait(0.001)
    service.calls = [call for call in service.calls if call.path != SETTLED]


def _acknowledged(service: Service, folder: Path) -> frozenset[str]:
    """Return the people whom the ledger knows as stored, or in an accepted job."""
    path = folder / "home" / "ledger.sqlite"
    if not path.exists():
        return frozenset()
    with closing(sqlite3.connect(path)) as ledger:
        try:
            stored = {gsid for (gsid,) in ledger.execute("SELECT gsid FROM record")}
            jobs = ledger.execute("SELECT job FROM batch WHERE state = 'accepted'").fetchall()
        except sqlite3.OperationalError:
            # The process was killed before it created the tables.
            return frozenset()
    people = service.tenant.people.items()
    emails = {key[0].lower() for key, person in people if person["Gsid"] in stored}
    taken = (service.jobs[job]["emails"] for (job,) in jobs if job in service.jobs)
    return frozenset(emails | {email.lower() for each in taken for email in each})


def _has_unfinished_run(folder: Path) -> bool:
    path = folder / "home" / "ledger.sqlite"
    if not path.exists():
        return False
    with closing(sqlite3.connect(path)) as ledger:
        try:
            found = ledger.execute("SELECT 1 FROM run WHERE state = 'unfinished'").fetchone()
        except sqlite3.OperationalError:
            return False
    return found is not None


def _is_through(process: Process, folder: Path, load: Load) -> bool:
    if process.ended.code not in (_DONE, _SOME_ROWS):
        return False
    rows = _table(folder, "people")
    return rows is not None and len(rows) == load.people and not process.idle


def _table(folder: Path, name: str) -> pd.DataFrame | None:
    path = folder / "out" / f"{name}.csv"
    return pd.read_csv(path, dtype="str") if path.exists() else None


def _laws_of_process(
    load: Load, process: Process, service: Service, folder: Path
) -> Iterator[Broken]:
    number, code = process.number, process.ended.code
    if code == HUNG:
        yield Broken("it does not hang", number, "")
        return
    again = sorted(process.took & process.acknowledged)
    if again:
        yield Broken("what is known is not sent again", number, f"{len(again)} people: {again[:3]}")
    yield from _repeats(process)
    if code >= 0 and not process.idle:
        yield from _laws_of_files(load, process, service, folder)


def _repeats(process: Process) -> Iterator[Broken]:
    """An answered call is never made again in the same process, an unanswered one once."""
    took: Counter[str] = Counter()
    unanswered: Counter[str] = Counter()
    for call in process.calls:
        took.update(call.took)
        unanswered.update(call.took if not call.answered else ())
    many = [email for email, times in took.items() if times > 1 + unanswered[email]]
    if many:
        what = f"{len(many)} people, {many[0]} {took[many[0]]} times"
        yield Broken("an answered call is not repeated", process.number, what)


def _laws_of_files(
    load: Load, process: Process, service: Service, folder: Path
) -> Iterator[Broken]:
    people, links = _table(folder, "people"), _table(folder, "company_persons")
    path = folder / "out" / "people.csv"
    if people is None or path.stat().st_mtime < process.began:
        if process.took or process.ended.code in (_DONE, _SOME_ROWS):
            yield Broken("the files are written", process.number, f"exit {process.ended.code}")
        yield from _code_without_files(process)
        return
    if len(people) != load.people or people["outcome"].isna().any():
        yield Broken("one outcome a row", process.number, f"{len(people)} of {load.people} rows")
    yield from (
        Broken(law, process.number, what) for law, what in _untrue(people, process, service)
    )
    frames = [people] if links is None else [people, links]
    yield from _code(frames, process)


def _code_without_files(process: Process) -> Iterator[Broken]:
    code = process.ended.code
    allowed = {_WRONG, _NOT_FINISHED}
    if MEMORY in process.ended.actions:
        allowed |= {_OWN_FAULT}
    if process.undisturbed or code not in allowed or (process.took and code == _WRONG):
        words = process.said.strip().splitlines()[-1:] or [""]
        yield Broken("the exit code is right", process.number, f"{code}, no files: {words[0]}")


def _code(frames: Iterable[pd.DataFrame], process: Process) -> Iterator[Broken]:
    """Compare the exit code with the outcomes in the files."""
    rows = pd.concat([frame[["outcome", "error_code"]] for frame in frames])
    open_rows = rows["outcome"].isin(["unknown", "unsent"]).any()
    wrong = rows["outcome"].isin(["refused", "rejected"]).any() or rows["error_code"].notna().any()
    right = _NOT_FINISHED if open_rows else _SOME_ROWS if wrong else _DONE
    # A process that was interrupted, or could not write, is not finished even if all is stored.
    troubled = {right, _NOT_FINISHED} if process.ended.met else {right}
    if {FULL, MEMORY, CLOSED} & process.ended.actions:
        troubled.add(_OWN_FAULT)
    if process.ended.code not in troubled:
        counts = dict(rows["outcome"].value_counts())
        what = f"{process.ended.code}, not {right}: {counts}"
        yield Broken("the exit code is right", process.number, what)


def _untrue(people: pd.DataFrame, process: Process, service: Service) -> Iterator[tuple[str, str]]:
    """Yield each kind of outcome that contradicts the records of the service."""
    stored = {key[0].lower(): person["Gsid"] for key, person in service.tenant.people.items()}
    rows = people.assign(email=people["Email"].str.lower())
    theirs, outcome = rows["email"].map(stored), rows["outcome"]
    wrong = {
        "stored is stored": (outcome == "stored") & (rows["Gsid"] != theirs),
        "refused is not stored": outcome.isin(["refused", "rejected"]) & theirs.notna(),
        "unsent was not sent": (outcome == "unsent") & rows["email"].isin(process.took),
        "unsent is not stored": (outcome == "unsent")
        & theirs.notna()
        & ~rows["email"].isin(process.took),
    }
    if process.undisturbed:
        wrong["without trouble all is known"] = outcome.isin(["unknown", "unsent"])
    for law, found in wrong.items():
        if found.any():
            words = rows.loc[found, "error_message"].dropna()
            yield law, f"{int(found.sum())} rows; {words.iloc[0] if len(words) else ''}"


def _laws_of_end(load: Load, number: int, folder: Path) -> Iterator[Broken]:
    """Compare the outcomes of a completed upload with the expected ones."""
    for name, expected in zip(("people", "company_persons"), load.expected(), strict=True):
        table = _table(folder, name)
        found = [] if table is None else table["outcome"].to_list()
        if expected and found != expected:
            counts = f"{dict(Counter(found))}, not {dict(Counter(expected))}"
            words = "" if table is None else _first_message(table)
            yield Broken("every outcome is the true one", number, f"{name}: {counts}; {words}")


def _first_message(table: pd.DataFrame) -> str:
    words = table["error_message"].dropna()
    return str(words.iloc[0]) if len(words) else ""


def play_seed(seed: int, runner: Runner, *, plain: bool = False) -> Played:
    """Run the upload of a seed in its own folder; ``plain`` uses the dialect of most samples."""
    load = Load.draw(seed)
    with tempfile.TemporaryDirectory() as folder:
        return play(replace(load, dialect=Dialect()) if plain else load, runner, Path(folder))


def report(played: Played) -> str:
    """Return an upload with the laws it broke as lines."""
    load = played.load
    lines = [f"seed {load.seed}: {load.mode}, {load.people} people, linked by {load.linked or '-'}"]
    lines += [f"  dialect  {load.dialect}"]
    lines += [f"  faults   {', '.join(f'{f.word} {f.stage} {f.call}' for f in load.faults)}"]
    lines += [f"  points   {shown(load.points)}{'' if load.narrow else ' (calls at once)'}"]
    lines += [f"  BROKEN   process {one.process}: {one.law}: {one.what}" for one in played.broken]
    return "\n".join(lines)


def main() -> None:
    """Print the broken laws and the counts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("loads", nargs="?", type=int, default=LOADS)
    parser.add_argument("--seed", type=int, default=1, help="of the first upload")
    parser.add_argument("--plain", action="store_true", help="the dialect of most samples alone")
    options = parser.parse_args()
    counts, laws = Counter[str](), Counter[str]()
    drawn, guilty = Counter[str](), Counter[str]()
    with Runner() as runner:
        for seed in range(options.seed, options.seed + options.loads):
            played = play_seed(seed, runner, plain=options.plain)
            counts.update(loads=1, processes=played.processes, calls=played.calls)
            counts.update(broken=bool(played.broken))
            drawn.update(played.load.dialect.differs() or ["samples"])
            if played.broken:
                print(report(played), flush=True)
                laws.update({one.law for one in played.broken})
                guilty.update(played.load.dialect.differs() or ["samples"])
    print(dict(counts))
    print("laws broken", *(f"  {n:>5}  {law}" for law, n in laws.most_common()), sep="\n")
    shares = sorted(((guilty[name] / n, name) for name, n in drawn.items()), reverse=True)
    print("uploads with a broken law, by setting of the dialect")
    print(*(f"  {guilty[n]:>5} of {drawn[n]:>5}  {n}" for share, n in shares if share), sep="\n")


if __name__ == "__main__":
    main()
