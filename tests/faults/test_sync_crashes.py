"""Processes of a sync that are killed at any point: no key comes twice, no row is lost."""

from __future__ import annotations

import json
from collections import Counter
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from failpoints import KILL
from hypothesis import settings
from runner import Command, Runner

from gsprep.sandbox.app import make_app, serve
from gsprep.sandbox.jobs import Pace
from gsprep.sandbox.limits import UNLIMITED
from gsprep.sandbox.store import Store
from gsprep.sandbox.tenant import Field, Tenant

if TYPE_CHECKING:
    from pathlib import Path

PLAN, ROWS = "plan__gc", 120
ACME = "1P02" + "A" * 32
FIELDS = (Field("Name"), Field("Code__gc"))
OBJECT = {
    "destination": {"object": PLAN, "key": ["Code__gc"]},
    "fields": {"Code__gc": "code", "Name": "name"},
}
PEOPLE = {
    "destination": {"object": "Person", "key": ["Email"]},
    "fields": {
        "Email": "code",
        "FirstName": "name",
        "CompanyPerson.Company_ID": {"value": ACME},
    },
}
PACE = Pace(waits=0, least=0, rate=1e9)
Rows = dict[str, tuple[str, str]]


class Days:
    """A source that changes, and a sync that is killed while it follows."""

    def __init__(self, runner: Runner, store: Store, folder: Path, url: str, **rest: Any) -> None:
        """Write the definition; ``rest`` are its entries for the object."""
        self.runner, self.store, self.folder = runner, store, folder
        document = {
            "sync": "plans",
            "source": {"file": "plans.csv", "key": "id"},
            "guards": {"missing": "100%"},
            "on_missing": "delete",
            **rest,
        }
        (folder / "plans.yaml").write_text(json.dumps(document), encoding="utf-8")
        free = ("--sync-per-minute", "1000000", "--sync-per-day", "1000000")
        self.words = ("sync", "run", "plans.yaml", "--to", url, "--confirm-delete", *free)
        self.environment = {"GSPREP_HOME": str(folder / "home"), "GAINSIGHT_ACCESS_KEY": "any"}

    def write(self, rows: Rows) -> None:
        """Write the source."""
        lines = ["id,code,name", *(f"{key},{code},{name}" for key, (code, name) in rows.items())]
        (self.folder / "plans.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")

    def run(self, *words: str, kill: int | None = None) -> Any:
        """Run the sync, or these words, in a process that may be killed at a point."""
        command = Command(
            words=words or self.words,
            folder=str(self.folder),
            environment=self.environment,
            points={} if kill is None else {kill: KILL},
        )
        return self.runner.run(command)

    def held(self) -> Rows:
        """Return the records by key; each key has one."""
        select = ["Code__gc", "Name"]
        if "Person" in (self.folder / "plans.yaml").read_text(encoding="utf-8"):
            found = [(mail, one.get("FirstName")) for mail, one in self.store.persons.items()]
            assert Counter(one["Person_ID"] for one in self.store.company_persons) == Counter(
                one["Gsid"] for one in self.store.persons.values()
            )
        else:
            rows = self.store.query(PLAN, {"select": select})
            found = [(row["Code__gc"], row["Name"]) for row in rows]
        assert max(Counter(code for code, _ in found).values()) == 1, "a key stands twice"
        return {code: (code, str(name)) for code, name in found}

    def counts(self) -> dict[str, int]:
        """Return some numbers of the last run."""
        summary = json.loads((self.folder / "out" / "plans" / "summary.json").read_text())
        return {name: summary[name] for name in ("read", "unchanged", "sent", "unsent", "unknown")}

    def said(self) -> str:
        """Return what all processes printed."""
        return (self.folder / "said.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("seed", range(settings().max_examples // 8))
@pytest.mark.parametrize("rest", [OBJECT, PEOPLE], ids=["object", "people"])
def test_a_killed_sync_goes_on(
    seed: int, rest: dict[str, Any], runner: Runner, tmp_path: Path
) -> None:
    rng = Random(seed)  # noqa: S311  no secret
    with Store(tenant=Tenant(fields={PLAN: FIELDS}), pace=PACE) as store:
        store.add_companies([{"Gsid": ACME, "Name": "Acme"}])
        with serve(make_app(store, limits=UNLIMITED)) as server:
            days = Days(runner, store, tmp_path, server.url, **rest)
            rows: Rows = {str(n): (f"p{n}@acme.com", "Ana") for n in range(ROWS)}
            # A run of this size has so many points.
            points = 100
            for day in range(2):
                days.write(rows)
                killed = 0
                for _ in range(3):
                    ended = days.run(kill=rng.randint(1, points))
                    killed += ended.code < 0
                    if ended.code < 0 and store_has(days):
                        days.held()
                assert killed or day, days.said()
                words = ("resume",) if rng.random() < 0.5 else ()
                assert days.run(*words).code == 0, days.said()
                assert not words or days.run().code == 0, days.said()
                assert days.held() == {code: (code, name) for code, name in rows.values()}
                assert days.run().code == 0
                expected = {"unchanged": len(rows), "sent": 0, "unsent": 0, "unknown": 0}
                assert days.counts() == {"read": len(rows), **expected}
                for key in rng.sample(sorted(rows), 30):
                    rows[key] = (rows[key][0], f"Bo {day}")
                for key in rng.sample(sorted(rows), 10):
                    del rows[key]
                rows |= {str(n): (f"q{n}@acme.com", "Cy") for n in range(200, 215)}


def store_has(days: Days) -> bool:
    """Return whether the tenant has a record."""
    return bool(days.store.persons) or bool(days.store.query(PLAN, {"select": ["Gsid"]}))
