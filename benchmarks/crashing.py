"""What survives kills and signals: loads whose process is ended again and again, and resumed.

``python benchmarks/crashing.py [KILLS] [PEOPLE]`` sends loads of people with a company association
each to the sandbox by ``gsprep upload`` in a process of its own, which is killed before a call is
done, after it is done and before its reply, while the files are written, or at a chance moment;
``gsprep resume`` goes on until the load is through. With ``--signals`` SIGINT, SIGTERM and SIGHUP
come as well, some of them twice: such a process has to end by itself, with its files. Counted is
what must never be: rows without an outcome or with a wrong one, persons stored under two Gsids or
lost, jobs handed in again after their id was written down, people sent again who were told to be
stored, and processes that hung.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import tempfile
import threading
from collections import Counter
from dataclasses import dataclass, field
from io import BytesIO
from multiprocessing import get_context
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import pandas as pd

from gsprep.cli.main import main as command_line
from gsprep.ledger.ledger import Ledger
from gsprep.sandbox.app import make_app
from gsprep.sandbox.jobs import Pace
from gsprep.sandbox.limits import UNLIMITED
from gsprep.sandbox.serve import serve
from gsprep.sandbox.store import Store
from gsprep.tables.read import read_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from multiprocessing.process import BaseProcess

KILLS, PEOPLE = 200, 5_000
COMPANY = "1P02" + "A" * 32
# Files of results, so that a kill can fall between two of them.
_CHUNK = 500
_HAND_IN = "/external/bulk/ingestion/async/people"
_MOST_RUNS = 50
_FREE = ("--sync-per-minute", "1000000", "--sync-per-day", "1000000", "--async-per-hour", "1000")


# A process that was told to end and has not after so many seconds hangs.
_HANGS = 240.0
# The second signal comes so many seconds after the first.
_APART = 0.05
# The exit code of a process that was interrupted, and what stands for one that hung.
_INTERRUPTED, _HUNG = 3, -1_000
_OUTCOMES = ("stored", "refused", "unknown", "unsent")
_FORKING: Any = get_context("forkserver" if os.name == "posix" else "spawn")
_FORKING.set_forkserver_preload([__name__, "gsprep.cli.upload", "gsprep.cli.resume"])
_ENDS = ("SIGINT", "SIGTERM", "SIGHUP")
_KILL = ("SIGKILL",)
_HALF = 0.5


class Moment(NamedTuple):
    """When a process is ended, and by which signals one after the other.

    Around its nth call, when its nth file is being written, or so many milliseconds after its
    first call (``chance``).
    """

    what: Literal["before", "after", "file", "chance"]
    nth: int
    signals: tuple[str, ...] = ("SIGKILL",)


@dataclass
class Killer:
    """A WSGI application that ends the process that calls it at the chosen moments.

    Attributes:
        posted: the bodies of jobs handed in, by hash, and how often each was.
        people: the address of each person in the calls of the process.
        run: the access key of the process: calls of one before it may still be under way.
    """

    app: Callable[..., Iterable[bytes]]
    moment: Moment | None = None
    process: BaseProcess | None = None
    calls: int = 0
    posted: Counter[int] = field(default_factory=Counter)
    people: list[str] = field(default_factory=list)
    run: int = 0

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        """Do a call; those of an earlier process meet nothing."""
        is_ours = environ.get("HTTP_ACCESSKEY") == str(self.run)
        return (self._call if is_ours else self.app)(environ, start)

    def _call(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        """Do a call, unless the process is to be killed before."""
        self.calls += 1
        nth, moment = self.calls, self.moment
        if environ["PATH_INFO"].endswith(_HAND_IN):
            self.posted[nth] += 1
        self._read(environ)
        if moment is not None and moment.what == "chance" and nth == 1:
            threading.Timer(moment.nth / 1_000, self.kill).start()
        if moment is not None and moment[:2] == ("before", nth):
            self.kill()
            if moment.signals == ("SIGKILL",):
                start("503 Service Unavailable", [])
                return [b""]
        reply = list(self.app(environ, start))
        if moment is not None and moment[:2] == ("after", nth):
            self.kill()
        return reply

    def _read(self, environ: dict[str, Any]) -> None:
        body = environ["wsgi.input"].read()
        environ["wsgi.input"] = BytesIO(body)
        records = json.loads(body)["records"] if body else []
        self.people += [record["Email"] for record in records]

    def kill(self) -> None:
        """Send the signals, as long as there is somebody to hear them."""
        if self.process is None or self.moment is None:
            return
        for name in self.moment.signals:
            if self.process.is_alive() and self.process.pid is not None:
                os.kill(self.process.pid, getattr(signal, name))
            if len(self.moment.signals) > 1:
                # Two of one kind at once are one.
                threading.Event().wait(_APART)


@dataclass
class Survived:
    """A load that went through: what was counted on the way."""

    kills: int = 0
    signals: int = 0
    interrupted: int = 0
    runs: int = 0
    exit_code: int = 0
    without_outcome: int = 0
    wrong_outcomes: int = 0
    wrong_gsids: int = 0
    lost: int = 0
    posted_again: int = 0
    sent_again: int = 0
    hung: int = 0

    def wrong(self) -> int:
        """Return how often something was that must never be."""
        wrong = self.without_outcome + self.wrong_outcomes + self.wrong_gsids + self.lost
        return wrong + self.posted_again + self.sent_again + self.hung


@dataclass
class _Load:
    """A load on its way, and who was told to be stored."""

    found: Survived
    store: Store
    folder: Path
    people: int
    acknowledged: set[str] = field(default_factory=set)

    def end(self, arguments: Sequence[str], killer: Killer, moments: Sequence[Moment]) -> None:
        """Begin it, and go on with it until a process ends with more than an interruption."""
        for moment in [*moments, *[None] * _MOST_RUNS]:
            code = self._run(arguments, killer, moment)
            if code == _INTERRUPTED and killer.calls:
                self._compare()
            if code >= 0 and code != _INTERRUPTED:
                self.found.exit_code = code
                return
            arguments = ["resume"]

    def _run(self, arguments: Sequence[str], killer: Killer, moment: Moment | None) -> int:
        taken, posted = _jobs(self.folder), sum(killer.posted.values())
        code = _run(arguments, self.folder, killer, moment)
        found = self.found
        # A job whose id is written down is only asked for: no other is handed in.
        if taken:
            found.posted_again += sum(killer.posted.values()) - posted
        found.sent_again += len(self.acknowledged.intersection(killer.people))
        found.runs += 1
        found.kills += code == -signal.SIGKILL
        found.hung += code == _HUNG
        found.signals += moment is not None and moment.signals != _KILL
        found.interrupted += code == _INTERRUPTED
        return code

    def _compare(self) -> None:
        """Compare what an interrupted process told with what is there."""
        path = self.folder / "out" / "people.csv"
        if not path.exists():
            self.found.without_outcome += self.people
            return
        rows = read_table(path)
        self.found.without_outcome += self.people - int(rows["outcome"].isin(_OUTCOMES).sum())
        here = rows["Email"].isin(set(self.store.persons))
        stored, unsent = rows["outcome"] == "stored", rows["outcome"] == "unsent"
        self.found.wrong_outcomes += int((stored & ~here).sum() + (unsent & here).sum())
        self.acknowledged |= set(rows.loc[stored, "Email"])


def survive(mode: str, people: int, moments: Sequence[Moment], folder: Path) -> Survived:
    """Send a load, killed at each of the moments (counted anew for each process)."""
    _files(people, folder)
    found = Survived()
    with Store(pace=Pace(waits=0, least=0, rate=1e9, chunk_size=_CHUNK)) as store:
        store.add_companies([{"Gsid": COMPANY, "Name": "Acme"}])
        app = make_app(store, limits=UNLIMITED)
        killer = Killer(app.wsgi_app)
        app.wsgi_app = killer  # type: ignore[assignment,method-assign]  # as Flask says it is done
        with serve(app) as server:
            tried = _Load(found, store, folder, people)
            tried.end(_upload(server.url, mode), killer, moments)
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
    killer.calls, killer.moment, killer.run = 0, moment, killer.run + 1
    killer.people.clear()
    # Each is a process of its own, forked from one that has imported what takes a second.
    process = _FORKING.Process(target=_gsprep, args=([*arguments], str(folder), str(killer.run)))
    killer.process = process
    process.start()
    if moment is not None and moment.what == "file":
        _kill_at_file(process, folder / "out", moment.nth, killer)
    process.join(_HANGS)
    if process.exitcode is None:
        process.kill()
        process.join()
        return _HUNG
    code: int = process.exitcode
    return code


def _gsprep(arguments: Sequence[str], folder: str, key: str) -> None:
    """Be the command line in a folder; what it prints is kept there."""
    os.chdir(folder)
    os.environ |= {"GSPREP_HOME": str(Path(folder) / "home"), "GAINSIGHT_ACCESS_KEY": key}
    said = os.open("said.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(said, 2)
    sys.argv = ["gsprep", *arguments]
    command_line()


def _kill_at_file(process: BaseProcess, out: Path, nth: int, killer: Killer) -> None:
    """Kill the process as soon as so many files were begun in the folder, drafts included."""
    before = set(_names(out))
    while process.is_alive():
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


def moments_of(rng: Random, mode: str, people: int, kills: int, *, signals: bool) -> list[Moment]:
    """Return moments that fall within what one process does."""
    # A job is handed in, asked for and read file by file.
    calls = 2 + -(-people // _CHUNK) if mode == "async" else -(-people // 50)
    return [
        _moment_of(rng, max(1, calls // (1 + kill)), _signals_of(rng) if signals else _KILL)
        for kill in range(kills)
    ]


def _moment_of(rng: Random, calls: int, signals: tuple[str, ...]) -> Moment:
    what = rng.choice(("before", "after", "chance", "chance", "file"))
    if what == "chance":
        return Moment("chance", rng.randint(0, 30 * calls), signals)
    if what == "file" and signals == _KILL:
        return Moment("file", rng.randint(1, 2), signals)
    return Moment("after" if what == "after" else "before", rng.randint(1, calls), signals)


def _signals_of(rng: Random) -> tuple[str, ...]:
    """Return a kill half of the time, else one signal or two."""
    if rng.random() < _HALF:
        return _KILL
    return tuple(rng.choice(_ENDS) for _ in range(rng.choice((1, 1, 2))))


def main() -> None:
    """Print what was counted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kills", nargs="?", type=int, default=KILLS)
    parser.add_argument("people", nargs="?", type=int, default=PEOPLE)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--signals", action="store_true", help="signals as well as kills")
    options = parser.parse_args()
    rng, whole = Random(options.seed), Counter[str]()
    while whole["kills"] + whole["signals"] < options.kills:
        mode = rng.choice(("sync", "async"))
        with tempfile.TemporaryDirectory() as folder:
            moments = moments_of(
                rng, mode, options.people, rng.randint(4, 12), signals=options.signals
            )
            found = survive(mode, options.people, moments, Path(folder))
        whole.update(vars(found))
        whole["loads"] += 1
        print(f"{mode:<6} {found}", flush=True)
        if found.wrong() or found.exit_code:
            print(f"  at {moments}")
    print({name: number for name, number in whole.items() if name != "exit_code"})


if __name__ == "__main__":
    main()
