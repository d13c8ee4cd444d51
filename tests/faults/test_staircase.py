"""The shipped definition for Staircase over two days: whatever fails, the end is what it says."""

from __future__ import annotations

import json
import time
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from failpoints import KILL
from runner import Command, Runner

from gsprep.sandbox.app import Systems, make_app, serve
from gsprep.sandbox.faults import add_faults, read_faults
from gsprep.sandbox.limits import UNLIMITED
from gsprep.sandbox.staircase import CUSTOM
from gsprep.sandbox.store import Store
from gsprep.sandbox.tenant import Field, Tenant

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

COMPANY = ("Name", "Domain__gc", "Status", "ParentCompany", "Arr")
METRICS = ("Staircase_Health__gc", "Staircase_Engagement__gc")
STATUSES = {"Churn": "Churned", "Prospect": "Prospect"}
USER = ("Email", "Name", "IsActiveUser", "Team__gc")
OWN = {
    "company": tuple(Field(name) for name in (*COMPANY[1:3], "Arr", *METRICS)),
    "gsuser": (Field("Team__gc"),),
}
WITH = {"gainsight": "acme", "staircase": "ai", "team": "Team__gc"}
SYNCS = {
    "ai-accounts": {
        "filter": [{"column": "Status", "is": "NE", "value": "Test"}],
        "fields": {f"{CUSTOM}arr": "Arr"},
    },
    "ai-stakeholders": {
        "filter": [{"column": "Company_ID__gr.Status", "is": "NE", "value": "Test"}],
    },
}
FREE = ("--sync-per-minute", "1000000", "--sync-per-day", "1000000")


class Integration:
    """A tenant of Gainsight and one of Staircase, at a time that tests move, and commands."""

    def __init__(self, runner: Runner, store: Store, folder: Path) -> None:
        """Begin with companies in a hierarchy, and users with teams."""
        self.runner, self.store, self.folder = runner, store, folder
        self.now = time.time() - 7 * 86_400
        self.systems = Systems()
        self.break_by()
        for number in range(140):
            status = ("Active", "Churn", "Prospect", "Test")[number % 4] if number > 5 else "Active"
            domain = f"c{number}.example" if number else "c0.example, Shared.example"
            self.insert("company", f"C{number:03}", domain, status, None, str(number))
        ids = self.gsids("company", "Name")
        for number in range(10, 60):
            self.change("company", ids[f"C{number:03}"], ParentCompany=ids[f"C{number // 10:03}"])
        for number in range(30):
            self.employ(f"p{number}@c{number}.example", ids[f"C{number:03}"])
        for number, team in enumerate(("Red", "Blue", None, "Red")):
            self.insert("gsuser", f"u{number}@acme.com", f"U{number}", "true", team)

    def break_by(self, *faults: dict[str, Any]) -> None:
        """Let calls go wrong from now on, counted from here."""
        clock = lambda: self.now  # noqa: E731  a clock is one expression
        app = make_app(self.store, limits=UNLIMITED, clock=clock, systems=self.systems)
        self.app = add_faults(app, read_faults(list(faults)))

    def __call__(self, environ: Any, start: Any) -> Any:
        """Serve as both tenants."""
        self.now += 0.01
        return self.app(environ, start)

    def insert(self, kind: str, *values: str | None) -> None:
        """Insert a record in Gainsight."""
        names = COMPANY if kind == "company" else USER
        record = {n: value for n, value in zip(names, values, strict=True) if value is not None}
        self.store.insert(kind, {"records": [record]}, now=self.now)

    def change(self, kind: str, gsid: str, **values: Any) -> None:
        """Change a record in Gainsight."""
        self.store.update(kind, {"records": [{"Gsid": gsid, **values}]}, ["Gsid"], now=self.now)

    def employ(self, email: str, company: str) -> None:
        """Associate a person of Gainsight with a company."""
        person = {"Email": email, "Name": email[:3], "companies": [{"Company_ID": company}]}
        assert self.store.upsert_people([person], now=self.now)["successCount"] == 1

    def gsids(self, kind: str, by: str) -> dict[str, str]:
        """Return the Gsids of records of Gainsight by a field."""
        return {row[by]: row["Gsid"] for row in self.store.query(kind, {"select": ["Gsid", by]})}

    def command(self, *words: str, kill: int | None = None) -> Any:
        """Run a command in a process that may be killed at a point."""
        environment = {
            "GSPREP_HOME": str(self.folder / "home"), "GSPREP_KEY_ACME": "a", "GSPREP_KEY_AI": "b",
        }  # fmt: skip
        points = {} if kill is None else {kill: KILL}
        return self.runner.run(
            Command(words=words, folder=str(self.folder), environment=environment, points=points)
        )

    def run(self, what: str = "staircase.yaml", *more: str, kill: int | None = None) -> int:
        """Run the definition, and return the exit code."""
        words = ("sync", "run", what, "--confirm-delete", *FREE, *more)
        return int(self.command(*words, kill=kill).code)

    def read(self, name: str) -> int:
        """Return how many rows the last run of a sync read."""
        return self._number(name, "read")

    def sent(self, name: str) -> int:
        """Return how many rows the last run of a sync sent."""
        return self._number(name, "sent")

    def numbers(self) -> dict[str, list[int]]:
        """Return what the last run of each sync did, or a dry run would do."""
        done = ("created", "updated", "unchanged", "missing", "deleted")
        names = ("accounts", "stakeholders", "users", "teams", "metrics", "summaries")
        return {name: [self._number(name, what) for what in done] for name in names}

    def _number(self, name: str, what: str) -> int:
        path = self.folder / "out" / f"ai-{name}" / "summary.json"
        return int(json.loads(path.read_text(encoding="utf-8"))[what])

    def said(self) -> str:
        """Return what all processes printed."""
        return (self.folder / "said.txt").read_text(encoding="utf-8")

    def lists(self, kind: str) -> dict[str, dict[str, str]]:
        """Return the records of Staircase by the Gsid that they are of."""
        rows = self.systems.staircases.tenant("ai").rows(kind)
        assert len({row["gainsight_id"] for row in rows}) == len(rows), "a record is there twice"
        return {row["gainsight_id"]: row for row in rows}

    def ends_right(self) -> None:
        """Both tenants have what the definition says."""
        self.accounts_are_companies()
        self.stakeholders_are_people()
        self.users_are_users()
        self.metrics_came_back()
        self.each_summary_is_one_activity()

    def accounts_are_companies(self) -> None:
        """The hierarchy, statuses and domains too; those of the filter alone."""
        accounts = self.lists("accounts")
        by_id = {row["id"]: gsid for gsid, row in accounts.items()}
        companies = self.store.query("company", {"select": ["Gsid", *COMPANY]})
        wanted = {row["Gsid"]: row for row in companies if row["Status"] != "Test"}
        assert set(accounts) == set(wanted)
        for gsid, row in wanted.items():
            account = accounts[gsid]
            assert (account["name"], account[f"{CUSTOM}arr"]) == (row["Name"], row["Arr"])
            assert account["status"] == STATUSES.get(row["Status"], "Active")
            above = row["ParentCompany"] if row["ParentCompany"] in wanted else None
            assert by_id.get(account.get("parent", "")) == above
        domains = [one for row in accounts.values() for one in row["domains"].split(";")]
        assert len(set(domains)) == len(domains)

    def stakeholders_are_people(self) -> None:
        """Each association with a company that is an account is a stakeholder there."""
        accounts = {gsid: row["id"] for gsid, row in self.lists("accounts").items()}
        mails = {row["Gsid"]: mail for mail, row in self.store.persons.items()}
        assert {
            gsid: (row["email"], row["account"]) for gsid, row in self.lists("stakeholders").items()
        } == {
            one["Gsid"]: (mails[one["Person_ID"]], accounts[one["Company_ID"]])
            for one in self.store.company_persons
            if one["Company_ID"] in accounts
        }

    def users_are_users(self) -> None:
        """Each user with a team is in it."""
        users = {
            row["Gsid"]: row for row in self.store.query("gsuser", {"select": ["Gsid", *USER]})
        }
        there, teams = self.lists("users"), self.lists("teams")
        assert {gsid: row["email"] for gsid, row in there.items()} == {
            gsid: row["Email"] for gsid, row in users.items()
        }
        assert {gsid: row["name"] for gsid, row in teams.items()} == {
            gsid: row["Team__gc"] for gsid, row in users.items() if row["Team__gc"]
        }

    def metrics_came_back(self) -> None:
        """Metrics are in the fields of their companies, and nowhere else."""
        metrics = self.lists("metrics")
        for row in self.store.query("company", {"select": ["Gsid", *METRICS]}):
            made = metrics.get(row["Gsid"], {})
            assert [row[name] for name in METRICS] == [
                made.get("health_score"), made.get("engagement"),
            ]  # fmt: skip

    def each_summary_is_one_activity(self) -> None:
        """No activity is there twice, and none is missing; those of accounts that went stay."""
        select = ["ExternalId", "Subject", "GsCompanyId"]
        rows = self.store.query("activity_timeline", {"select": select})
        held = {row["ExternalId"]: (row["Subject"], row["GsCompanyId"]) for row in rows}
        assert len(held) == len(rows)
        made = self.systems.staircases.tenant("ai").rows("summaries")
        assert {
            row["id"]: (row["title"], row["gainsight_id"]) for row in made
        }.items() <= held.items()


@pytest.fixture
def both(runner: Runner, tmp_path: Path) -> Iterator[Integration]:
    """Return the tenants, their connections and the definition."""
    text = json.dumps({"use": "staircase", "with": WITH, "syncs": SYNCS})
    (tmp_path / "staircase.yaml").write_text(text, encoding="utf-8")
    with Store(tenant=Tenant(fields=OWN)) as store:
        both = Integration(runner, store, tmp_path)
        with serve(both) as server:
            for name, kind, path in (
                ("acme", "gainsight", ""),
                ("ai", "staircase", "/staircase/ai"),
            ):
                add = ("connections", "add", name, "--kind", kind, "--to", server.url + path)
                assert both.command(*add).code == 0, both.said()
            yield both


def test_two_days(both: Integration) -> None:
    rng = Random(18)  # noqa: S311  no secret
    first_day(both, rng)
    an_hour_later(both)
    second_day(both, rng)
    # Nothing is left to send.
    assert both.run() == 0
    assert both.sent("summaries") == 0


def first_day(both: Integration, rng: Random) -> None:
    """Replies are lost, and a process is killed."""
    both.break_by(
        {"fault": "reset", "route": "staircase_insert", "at": 1, "committed": True},
        {"fault": "reset", "route": "insert_activity", "at": 4, "committed": True},
    )
    both.run()
    assert both.run(kill=rng.randint(20, 200)) < 0
    both.break_by()
    assert both.run() == 0, both.said()
    both.ends_right()


def an_hour_later(both: Integration) -> None:
    """Only what changed is read; a deletion is seen by the full read."""
    both.now += 3_600
    ids = both.gsids("company", "Name")
    both.change("company", ids["C050"], Arr="51")
    # This run reads the companies that got metrics, once more.
    assert both.run() == 0, both.said()
    both.now += 3_600
    both.change("company", ids["C010"], Name="C010 Ltd", Status="Churn")
    both.change("company", ids["C011"], ParentCompany=ids["C012"])
    both.insert("company", "C200", "c200.example, shared.EXAMPLE", "Active", ids["C012"], "7")
    # One is the parent of others, which have none then.
    gone = (ids["C118"], ids["C001"])
    for gsid in gone:
        both.store.delete("company", gsid, now=both.now)
    for number in range(10, 20):
        if number != 11:
            both.change("company", ids[f"C{number:03}"], ParentCompany=None)
    assert both.run() == 0, both.said()
    assert 0 < both.read("accounts") < 20
    assert set(gone) < set(both.lists("accounts"))
    assert both.run("staircase.yaml", "--full") == 0, both.said()
    both.ends_right()


def second_day(both: Integration, rng: Random) -> None:
    """The key is refused between two pages, calls get no reply, and a process is killed."""
    both.now += 86_400
    both.systems.next_day()
    users = both.gsids("gsuser", "Email")
    both.employ("p2@c2.example", both.gsids("company", "Name")["C004"])
    both.change("gsuser", users["u0@acme.com"], Team__gc="Blue")
    both.change("gsuser", users["u1@acme.com"], Team__gc=None)
    both.break_by({"fault": "status", "status": 401, "route": "staircase_list", "at": 3})
    before = both.store.query("company", {"select": ["Gsid", *METRICS]})
    assert both.run("ai-metrics", "--full") == 4, both.said()
    assert both.store.query("company", {"select": ["Gsid", *METRICS]}) == before
    both.break_by(
        {"fault": "status", "status": 500, "route": "update_records", "every": 2},
        {"fault": "reset", "route": "insert_activity", "every": 3, "committed": True},
        {"fault": "reset", "route": "staircase_update", "at": 1},
    )
    both.run()
    both.run(kill=rng.randint(20, 200))
    both.break_by()
    assert both.command("sync", "diff", "staircase.yaml", "--full", *FREE).code == 0, both.said()
    foretold = both.numbers()
    assert both.run("staircase.yaml", "--full") == 0, both.said()
    assert both.numbers() == foretold
    both.ends_right()
