"""What survives a kill -9: loads whose process is killed again and again, and resumed each time.

``python benchmarks/crashing.py [KILLS] [PEOPLE]`` sends loads of people with a company association
each to the sandbox by ``gsprep upload`` in a process of its own, which is killed before a call is
done, after it is done and before its reply, or while the files are written; ``gsprep resume`` goes
on until the load is through. Counted is what must never be: rows without an outcome, persons
stored under two Gsids or lost, jobs handed in again after their id was written down.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import pandas as pd

from gsprep.ledger.ledger import Ledger
from gsprep.sandbox.app import make_app
from gsprep.sandbox.dialect import Dialect
from gsprep.sandbox.jobs import Pace
from gsprep.sandbox.limits import UNLIMITED
from gsprep.sandbox.serve import serve
from gsprep.sandbox.store import Store
from gsprep.tables.read import read_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

KILLS, PEOPLE = 200, 5_000
COMPANY = "1P02" + "A" * 32
# Files of results, so that a kill can fall between two of them.
_CHUNK = 500
_AT_ONCE = Pace(waits=0, least=0, rate=1e9, chunk_size=_CHUNK)
_HAND_IN = "/external/bulk/ingestion/async/people"
_MOST_RUNS = 50
_FREE = ("--sync-per-minute", "1000000", "--sync-per-day", "1000000", "--async-per-hour", "1000")


class Moment(NamedTuple):
    """When a process is killed: around its nth call, or when its nth file is being written."""

    what: Literal["before", "after", "file"]
    nth: int


@dataclass
class Killer:
    """A WSGI application that kills the process that calls it at the chosen moments.

    posted: the bodies of jobs handed in, by hash, and how often each was.
    """

    app: Callable[..., Iterable[bytes]]
    moment: Moment | None = None
    process: subprocess.Popen[bytes] | None = None
    calls: int = 0
    posted: Counter[int] = field(default_factory=Counter)

    def __call__(self, environ: Mapping[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        """Do a call, unless the process is to be killed before."""
        self.calls += 1
        nth = self.calls
        if environ["PATH_INFO"].endswith(_HAND_IN):
            self.posted[nth] += 1
        if self.moment == ("before", nth):
            self.kill()
            start("503 Service Unavailable", [])
            return [b""]
        reply = list(self.app(environ, start))
        if self.moment == ("after", nth):
            self.kill()
        return reply

    def kill(self) -> None:
        """Kill the process as nothing else could."""
        if self.process is not None:
            os.kill(self.process.pid, signal.SIGKILL)


@dataclass
class Survived:
    """A load that went through: what was counted on the way."""

    kills: int = 0
    runs: int = 0
    exit_code: int = 0
    without_outcome: int = 0
    wrong_gsids: int = 0
    lost: int = 0
    posted_again: int = 0

    def wrong(self) -> int:
        """Return how often something was that must never be."""
        return self.without_outcome + self.wrong_gsids + self.lost + self.posted_again


def survive(
    mode: str,
    people: int,
    moments: Sequence[Moment],
    folder: Path,
    dialect: Dialect | None = None,
) -> Survived:
    """Send a load, killed at each of the moments (counted from the start of each process)."""
    _files(people, folder)
    found = Survived()
    with Store(pace=_AT_ONCE, dialect=dialect or Dialect()) as store:
        store.add_companies([{"Gsid": COMPANY, "Name": "Acme"}])
        app = make_app(store, limits=UNLIMITED)
        killer = Killer(app.wsgi_app)
        app.wsgi_app = killer  # type: ignore[assignment,method-assign]  # as Flask says it is done
        with serve(app) as server:
            arguments = _upload(server.url, mode)
            for moment in [*moments, *[None] * _MOST_RUNS]:
                taken, posted = _jobs(folder), sum(killer.posted.values())
                code = _run(arguments, folder, killer, moment)
                # A job whose id is written down is only asked for: no other is handed in.
                if taken:
                    found.posted_again += sum(killer.posted.values()) - posted
                found.runs += 1
                found.kills += code == -signal.SIGKILL
                arguments = ["resume"]
                if code >= 0:
                    found.exit_code = code
                    break
        if found.exit_code == 0:
            _count(found, store, folder)
        else:
            found.without_outcome = people
            print((folder / "said.txt").read_text(encoding="utf-8"))
    return found


def _upload(url: str, mode: str) -> list[str]:
    files = ["people.csv", "--company-persons", "links.csv"]
    return ["upload", *files, "--to", url, "--mode", mode, "--out", "out", *_FREE]


def _files(people: int, folder: Path) -> None:
    addresses = [f"p{n}@acme.com" for n in range(people)]
    pd.DataFrame({"Email": addresses, "Name": "Ana"}).to_csv(folder / "people.csv", index=False)
    links = pd.DataFrame({"Email": addresses, "Company_ID": COMPANY})
    links.to_csv(folder / "links.csv", index=False)


def _run(arguments: Sequence[str], folder: Path, killer: Killer, moment: Moment | None) -> int:
    """Run gsprep until it ends or is killed, and return its exit code."""
    environment = {
        **os.environ,
        "GSPREP_HOME": str(folder / "home"),
        "GAINSIGHT_ACCESS_KEY": "any",
    }
    killer.calls, killer.moment = 0, moment
    command = [sys.executable, "-m", "gsprep", *arguments]
    with (
        (folder / "said.txt").open("ab") as said,
        subprocess.Popen(  # noqa: S603  our own
            command,
            cwd=folder,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=said,
        ) as process,
    ):
        killer.process = process
        if moment is not None and moment.what == "file":
            _kill_at_file(process, folder / "out", moment.nth, killer)
        return process.wait()


def _kill_at_file(process: subprocess.Popen[bytes], out: Path, nth: int, killer: Killer) -> None:
    """Kill the process as soon as so many files were begun in the folder, drafts included."""
    before = set(_names(out))
    while process.poll() is None:
        if len(set(_names(out)) - before) >= nth:
            killer.kill()
            return


def _names(folder: Path) -> Iterator[str]:
    if folder.exists():
        yield from (path.name for path in folder.iterdir())


def _jobs(folder: Path) -> int:
    """Return how many jobs are written down whose results are not."""
    if not (folder / "home" / "ledger.sqlite").exists():
        return 0
    with Ledger(folder / "home") as ledger:
        sql = "SELECT count(*) FROM batch WHERE state = 'accepted'"
        found: int = ledger.database.rows(sql)[0][0]
        return found


def _count(found: Survived, store: Store, folder: Path) -> None:
    for name in ("people.csv", "company_persons.csv"):
        rows = read_table(folder / "out" / name)
        found.without_outcome += int((rows["outcome"] != "stored").sum())
    people = read_table(folder / "out" / "people.csv")
    stored = {email: person["Gsid"] for email, person in store.persons.items()}
    found.lost = len(set(read_table(folder / "people.csv")["Email"]) - set(stored))
    theirs = people["Email"].map(stored)
    found.wrong_gsids = (
        int((theirs != people["Gsid"]).sum()) + len(people) - len(set(stored.values()))
    )


def moments_of(rng: Random, mode: str, people: int, kills: int) -> list[Moment]:
    """Return moments that fall within what one process does."""
    # A job is handed in, asked for and read file by file.
    calls = 2 + -(-people // _CHUNK) if mode == "async" else -(-people // 50)
    chosen = [
        Moment(rng.choice(("before", "after")), rng.randint(1, max(1, calls // (1 + kill))))
        for kill in range(kills - 1)
    ]
    return [*chosen, Moment("file", rng.randint(1, 2))]


def main() -> None:
    """Print what was counted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kills", nargs="?", type=int, default=KILLS)
    parser.add_argument("people", nargs="?", type=int, default=PEOPLE)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rng, whole = Random(options.seed), Counter[str]()
    while whole["kills"] < options.kills:
        mode = rng.choice(("sync", "async"))
        with tempfile.TemporaryDirectory() as folder:
            moments = moments_of(rng, mode, options.people, rng.randint(2, 8))
            dialect = Dialect.random(rng.randrange(1_000_000))
            found = survive(mode, options.people, moments, Path(folder), dialect)
        whole.update(vars(found))
        whole["loads"] += 1
        print(f"{mode:<6} {found}", flush=True)
        if found.wrong() or found.exit_code:
            print(f"  at {moments} in the dialect {dialect}")
    print({name: number for name, number in whole.items() if name != "exit_code"})


if __name__ == "__main__":
    main()
