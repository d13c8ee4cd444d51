"""Uploads that are killed or interrupted, and resumed.

``python benchmarks/crashing.py [KILLS] [PEOPLE]`` uploads people with a company each to the
sandbox, with ``gsprep upload`` in a process of its own. The process is killed before a call is
executed, after it and before its reply, while the files are written, or at a random moment.
``gsprep resume`` continues until the upload is complete. With ``--signals`` the process also gets
SIGINT, SIGTERM and
SIGHUP, sometimes two: then it must end by itself and write its files. With ``--against`` it is
``gsprep run --against tenant``: half of the people are in the tenant with another address.

It counts violations: rows without an outcome or with a wrong one, people who are lost or stored
under two Gsids, jobs that were submitted again after their id was stored, people who were sent
again although they were reported as stored, and processes that hung.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import tempfile
import threading
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import pandas as pd
from failpoints import KILL
from runner import HUNG, Command, Runner

from gsprep.ledger.ledger import Ledger
from gsprep.sandbox.app import make_app, serve
from gsprep.sandbox.jobs import Pace
from gsprep.sandbox.limits import UNLIMITED
from gsprep.sandbox.store import Store
from gsprep.tables.read import read_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

KILLS, PEOPLE = 200, 5_000
AGAINST = "against"
COMPANY = "1P02" + "A" * 32
# Several result files, so that a kill can happen between two of them.
_CHUNK = 500
_HAND_IN = "/external/bulk/ingestion/async/people"
_MOST_RUNS = 50
_FREE = ("--sync-per-minute", "1000000", "--sync-per-day", "1000000", "--async-per-hour", "1000")


# Seconds between the first and the second signal.
_APART = 0.05
# The exit code of an interrupted process.
_INTERRUPTED = 3
_OUTCOMES = ("stored", "refused", "unknown", "unsent")
_ENDS = ("SIGINT", "SIGTERM", "SIGHUP")
_KILL = ("SIGKILL",)
_HALF = 0.5


class Moment(NamedTuple):
    """When a process is ended, and by which signals, one after the other.

    At its nth call, when it writes its nth file, or some milliseconds after its first call
    (``chance``).
    """

    what: Literal["before", "after", "file", "chance"]
    nth: int
    signals: tuple[str, ...] = ("SIGKILL",)


@dataclass
class Killer:
    """A WSGI application that ends the calling process at the chosen moments.

    Attributes:
        posted: the bodies of submitted jobs by hash, and how often each was submitted.
        people: the addresses of the people in the calls of the process.
        run: the access key of the process: calls of an earlier process may still be running.
    """

    app: Callable[..., Iterable[bytes]]
    moment: Moment | None = None
    process: int | None = None
    calls: int = 0
    posted: Counter[int] = field(default_factory=Counter)
    people: list[str] = field(default_factory=list)
    run: int = 0

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        """Execute a call; calls of an earlier process have no effect."""
        is_ours = environ.get("HTTP_ACCESSKEY") == str(self.run)
        return (self._call if is_ours else self.app)(environ, start)

    def _call(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        """Execute a call, unless the process is to be killed before it."""
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
        records = json.loads(body).get("records", []) if body else []
        self.people += [record["Email"] for record in records if "Email" in record]

    def kill(self) -> None:
        """Send the signals while the process exists."""
        if self.process is None or self.moment is None:
            return
        for name in self.moment.signals:
            with suppress(ProcessLookupError):
                os.kill(self.process, getattr(signal, name))
            if len(self.moment.signals) > 1:
                # Two signals of one kind at the same moment are one.
                threading.Event().wait(_APART)


@dataclass
class Survived:
    """The counts of a completed upload."""

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
        """Return the number of violations."""
        wrong = self.without_outcome + self.wrong_outcomes + self.wrong_gsids + self.lost
        return wrong + self.posted_again + self.sent_again + self.hung


@dataclass
class _Load:
    """An upload in progress, and the people reported as stored."""

    found: Survived
    store: Store
    folder: Path
    people: int
    runner: Runner
    acknowledged: set[str] = field(default_factory=set)

    def end(self, arguments: Sequence[str], killer: Killer, moments: Sequence[Moment]) -> None:
        """Start the upload, and resume it until a process ends without an interruption."""
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
        code = self._end(arguments, killer, moment)
        found = self.found
        # A job with a stored id is only polled; no other job is submitted.
        if taken:
            found.posted_again += sum(killer.posted.values()) - posted
        found.sent_again += len(self.acknowledged.intersection(killer.people))
        found.runs += 1
        found.kills += code == -signal.SIGKILL
        found.hung += code == HUNG
        found.signals += moment is not None and moment.signals != _KILL
        found.interrupted += code == _INTERRUPTED
        return code

    def _end(self, arguments: Sequence[str], killer: Killer, moment: Moment | None) -> int:
        """Run gsprep until it ends or is killed, and return its exit code."""
        killer.process, killer.calls, killer.moment, killer.run = None, 0, moment, killer.run + 1
        killer.people.clear()
        at_file = moment is not None and moment.what == "file"
        home = {"GSPREP_HOME": str(self.folder / "home"), "GAINSIGHT_ACCESS_KEY": str(killer.run)}
        killer.process = self.runner.start(
            Command(
                words=tuple(arguments),
                folder=str(self.folder),
                environment=home,
                points={f"before a file {moment.nth}": KILL} if moment and at_file else {},
            )
        )
        return self.runner.wait().code

    def _compare(self) -> None:
        """Compare the outcomes that an interrupted process reported with the stored records."""
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


def survive(
    mode: str, people: int, moments: Sequence[Moment], folder: Path, runner: Runner
) -> Survived:
    """Run an upload that is ended at each of the moments, which are counted for each process."""
    _files(people, folder)
    found = Survived()
    with Store(pace=Pace(waits=0, least=0, rate=1e9, chunk_size=_CHUNK)) as store:
        store.add_companies([{"Gsid": COMPANY, "Name": "Acme"}])
        app = make_app(store, limits=UNLIMITED)
        killer = Killer(app.wsgi_app)
        app.wsgi_app = killer  # type: ignore[assignment,method-assign]  # as Flask says it is done
        before = _store_some(store, people) if mode == AGAINST else {}
        with serve(app) as server:
            tried = _Load(found, store, folder, people, runner)
            tried.end(_upload(server.url, mode), killer, moments)
        if found.exit_code == 0:
            _count(found, store, folder, before)
        else:
            found.without_outcome = people
            print((folder / "said.txt").read_text(encoding="utf-8"))
    return found


def _upload(url: str, mode: str) -> list[str]:
    if mode == AGAINST:
        files = ["people.csv", "--companies", "companies.csv", "--against", "tenant"]
        return ["run", *files, "--to", url, "--mode", "sync", "--out", "out", *_FREE]
    files = ["people.csv", "--company-persons", "links.csv"]
    return ["upload", *files, "--to", url, "--mode", mode, "--out", "out", *_FREE]


def _files(people: int, folder: Path) -> None:
    addresses = [f"p{n}@acme.com" for n in range(people)]
    frame = pd.DataFrame([{"Email": at, **_name_of(n)} for n, at in enumerate(addresses)])
    frame.to_csv(folder / "people.csv", index=False)
    companies = pd.DataFrame({"Gsid": [COMPANY], "Name": "Acme", "Domain": "acme.com"})
    companies.to_csv(folder / "companies.csv", index=False)
    links = pd.DataFrame({"Email": addresses, "Company_ID": COMPANY})
    links.to_csv(folder / "links.csv", index=False)


def _name_of(number: int) -> dict[str, str]:
    """Return a name that is like no other number's."""
    rng = Random(number)
    first, last = (
        "".join(rng.choice("bdfgklmnprstvz") + rng.choice("aeiou") for _ in range(size)).title()
        for size in (3, 5)
    )
    return {"FirstName": first, "LastName": last, "Name": f"{first} {last}"}


def _store_some(store: Store, people: int) -> dict[str, str]:
    """Store half of the people with another address, and return it by their own."""
    known = {f"p{n}@acme.com": f"old{n}@gmail.com" for n in range(0, people, 2)}
    store.upsert_people([{"Email": at, **_name_of(2 * n)} for n, at in enumerate(known.values())])
    return known


def _jobs(folder: Path) -> int:
    """Return the number of stored jobs without results."""
    if not (folder / "home" / "ledger.sqlite").exists():
        return 0
    with Ledger(folder / "home") as ledger:
        sql = "SELECT count(*) FROM batch WHERE state = 'accepted'"
        found: int = ledger.database.rows(sql)[0][0]
        return found


def _count(found: Survived, store: Store, folder: Path, before: Mapping[str, str]) -> None:
    """Count violations; ``before`` has the addresses in the tenant by those of the rows."""
    for name in ("people.csv", "company_persons.csv"):
        rows = read_table(folder / "out" / name)
        found.without_outcome += int((rows["outcome"] != "stored").sum())
    people = read_table(folder / "out" / "people.csv")
    stored = {email: person["Gsid"] for email, person in store.persons.items()}
    own = read_table(folder / "people.csv")["Email"].map(lambda email: before.get(email, email))
    found.lost = len(set(own) - set(stored))
    found.wrong_gsids = int((own.map(stored) != people["Gsid"]).sum()) + abs(
        len(people) - len(set(stored.values()))
    )


def moments_of(rng: Random, mode: str, people: int, kills: int, *, signals: bool) -> list[Moment]:
    """Return random moments within the work of one process."""
    # A job is submitted, polled and read file by file.
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
    """Return a kill in half of the cases, otherwise one or two signals."""
    if rng.random() < _HALF:
        return _KILL
    return tuple(rng.choice(_ENDS) for _ in range(rng.choice((1, 1, 2))))


def main() -> None:
    """Print the counts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kills", nargs="?", type=int, default=KILLS)
    parser.add_argument("people", nargs="?", type=int, default=PEOPLE)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--signals", action="store_true", help="signals as well as kills")
    parser.add_argument("--against", action="store_true", help="runs against the tenant's people")
    options = parser.parse_args()
    rng, whole = Random(options.seed), Counter[str]()
    while whole["kills"] + whole["signals"] < options.kills:
        mode = AGAINST if options.against else rng.choice(("sync", "async"))
        with tempfile.TemporaryDirectory() as folder, Runner() as runner:
            moments = moments_of(
                rng, mode, options.people, rng.randint(4, 12), signals=options.signals
            )
            found = survive(mode, options.people, moments, Path(folder), runner)
        whole.update(vars(found))
        whole["loads"] += 1
        print(f"{mode:<6} {found}", flush=True)
        if found.wrong() or found.exit_code:
            print(f"  at {moments}")
    print({name: number for name, number in whole.items() if name != "exit_code"})


if __name__ == "__main__":
    main()
