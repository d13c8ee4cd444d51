"""Random uploads: dialect, people, faults, crashes."""

from __future__ import annotations

import sys
from dataclasses import dataclass, fields, replace
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import pandas as pd
from failpoints import ACTIONS, KILL, SIGNALS

# The second server is part of the tests and not a package.
sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from witness.dialect import Dialect
from witness.service import Service

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from witness.service import Call

ACME, BOLT, NOWHERE = "1P02" + "A" * 32, "1P02" + "B" * 32, "1P02" + "Z" * 32
_UUIDS = {
    ACME: "7581e498-c37e-4057-8fc9-c8d4d543de1a",
    BOLT: "7581e498-c37e-4057-8fc9-c8d4d543de1b",
    NOWHERE: "7581e498-c37e-4057-8fc9-c8d4d543de1f",
}
_NAMES = {ACME: "Acme", BOLT: "Bolt", NOWHERE: "Nowhere"}
# Called before and after a call is executed; what it returns replaces the reply.
FAULTS = {
    "before": ("close", "html", "503 0", "429 0", "502 1"),
    "after": ("close", "cut", "html", "503 0"),
}
_PEOPLE = {"sync": (3, 60, 130), "async": (3, 30, 60), "single": (3, 12), "auto": (3, 60)}
# A path that the benchmark calls to see that no call is running.
SETTLED = "/settled"
_LAST_CALL, _LAST_POINT, _LIKELY = 14, 90, 0.7
# Every nth person has an unknown company, or an address that the tenant refuses.
_EVERY_UNKNOWN, _EVERY_BANNED = 7, 9


@dataclass(frozen=True)
class Fault:
    """What happens to the nth call, before or after it is executed."""

    call: int
    stage: str
    word: str


@dataclass(frozen=True)
class Load:
    """Everything that a seed decides.

    mode, people: how many people go, and how.
    linked: how companies are named: "id", "name" or "" for no associations.
    troubled: whether the service refuses some of the people and of the companies.
    narrow: whether one call is under way at a time.
    faults: of the service, by the number of the call over all processes.
    points: what happens to each process but the last ones, by the points it reaches.
    again: whether each process after the first resumes (else the command is given again).
    """

    seed: int
    dialect: Dialect
    mode: str
    people: int
    linked: str = "id"
    troubled: bool = True
    narrow: bool = True
    faults: tuple[Fault, ...] = ()
    points: tuple[dict[int, str], ...] = ()
    again: tuple[bool, ...] = (True,) * 30

    @classmethod
    def draw(cls, seed: int) -> Load:
        """Return the upload of a seed."""
        rng = Random(seed)
        mode = rng.choice(("sync", "sync", "async", "async", "single", "auto"))
        return cls(
            seed,
            dialect_of(rng),
            mode,
            rng.choice(_PEOPLE[mode]),
            rng.choice(("id", "id", "name", "")),
            rng.random() < _LIKELY,
            rng.random() < _LIKELY,
            tuple(_fault(rng) for _ in range(rng.choice((0, 0, 1, 2, 4)))),
            tuple(_points(rng) for _ in range(rng.choice((0, 1, 1, 2, 4)))),
            tuple(rng.random() < _LIKELY for _ in range(30)),
        )

    def words(self, url: str) -> tuple[str, ...]:
        """Return the command that starts it."""
        calls = "600" if self.narrow else "1000000"
        files = ["people.csv", *(["--company-persons", "links.csv"] if self.linked else [])]
        limits = ["--sync-per-minute", calls, "--sync-per-day", "1000000"]
        limits += ["--async-per-hour", "1000", "--async-per-day", "1000"]
        how = ["--mode", self.mode, "--key", self.dialect.key, "--out", "out", "--to", url]
        return ("upload", *files, *limits, *how)

    def frames(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return the people and their companies."""
        spelled = (f"p{n}@acme.com" if n % 4 else f"P{n}@Acme.com" for n in range(self.people))
        people = pd.DataFrame({"Email": list(spelled), "FirstName": "Ana", "Location": "Oslo"})
        column = "CompanyName" if self.linked == "name" else "Company_ID"
        links = people[["Email", "Location"]].assign(IsPrimaryCompany="true")
        links[column] = [self._company(n) for n in range(self.people)]
        return people, links if "Location" in self.dialect.key else links.drop(columns="Location")

    def _company(self, n: int) -> str:
        name = NOWHERE if self._is_unknown(n) else (ACME, BOLT)[n % 2]
        return _NAMES[name] if self.linked == "name" else self.id_of(name)

    def id_of(self, name: str) -> str:
        """Return the id of a company in the form of the tenant."""
        return _UUIDS[name] if self.dialect.ids == "uuid" else name

    def _is_unknown(self, n: int) -> bool:
        return self.troubled and n % _EVERY_UNKNOWN == _EVERY_UNKNOWN - 1

    def expected(self) -> tuple[list[str], list[str]]:
        """Return the outcome of each person and each association after a complete upload."""
        banned = [self._is_banned(n) for n in range(self.people)]
        unknown = [bool(self.linked) and self._is_unknown(n) for n in range(self.people)]
        # A call for one person is stored as a whole or not at all.
        whole = self.mode == "single"
        pairs = list(zip(banned, unknown, strict=True))
        people = ["refused" if b or (u and whole) else "stored" for b, u in pairs]
        links = ["refused" if b or u else "stored" for b, u in pairs]
        return people, links if self.linked else []

    def _is_banned(self, n: int) -> bool:
        return self.troubled and n % _EVERY_BANNED == _EVERY_BANNED - 1

    def service(self) -> Service:
        """Return the tenant."""
        service = Service(self.dialect, self.seed)
        known = (ACME, BOLT)
        service.tenant.companies = {self.id_of(name): {"Name": _NAMES[name]} for name in known}
        people, _ = self.frames()
        service.tenant.banned = {
            email for n, email in enumerate(people["Email"]) if self._is_banned(n)
        }
        service.hook = hook_of(self.faults)
        return service


def hook_of(faults: Iterable[Fault]) -> Callable[[str, Call], str | None]:
    """Return the function that applies the faults to the service."""
    words = {(fault.call, fault.stage): fault.word for fault in faults}

    def hook(stage: str, call: Call) -> str | None:
        return None if call.path == SETTLED else words.get((call.number, stage))

    return hook


def dialect_of(rng: Random) -> Dialect:
    """Return a dialect that differs from the usual one in all settings, in a few, or in none."""
    drawn = Dialect.draw(rng.randrange(1 << 30))
    few = rng.choice((0, 1, 2, 3, None))
    if few is None:
        return drawn
    names = rng.sample([f.name for f in fields(Dialect)], few)
    return replace(Dialect(), **{name: getattr(drawn, name) for name in names})


def _fault(rng: Random) -> Fault:
    stage = rng.choice(("before", "after"))
    return Fault(rng.randint(1, _LAST_CALL), stage, rng.choice(FAULTS[stage]))


def _points(rng: Random) -> dict[int, str]:
    nth = rng.randint(1, _LAST_POINT)
    action = rng.choice((KILL, KILL, KILL, *ACTIONS))
    if action not in SIGNALS or rng.random() < _LIKELY:
        return {nth: action}
    return {nth: action, nth + rng.randint(1, 8): rng.choice(SIGNALS)}


def write_files(load: Load, folder: Path) -> None:
    """Write the input files of the command."""
    for name, frame in zip(("people", "links"), load.frames(), strict=True):
        frame.to_csv(folder / f"{name}.csv", index=False)


def shown(points: Sequence[dict[int, str]]) -> str:
    """Return the ends of processes as words."""
    return " | ".join(", ".join(f"{a} at {n}" for n, a in each.items()) for each in points)
