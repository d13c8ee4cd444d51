"""People who exist already: no row is lost or doubled, and no one else is changed."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import httpx
import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gsprep.calls.limits import Limits
from gsprep.pipeline import RunOptions, run
from gsprep.sandbox.app import make_app
from gsprep.sandbox.dialect import Limits as SandboxLimits
from gsprep.sandbox.store import Store
from gsprep.unification.rulebook import read_rulebook
from gsprep.uploader.client import Client

if TYPE_CHECKING:
    from gsprep.results import RunResult

BOOK = read_rulebook()
ACME = "1P02" + "A" * 32
COMPANIES = pd.DataFrame({"Gsid": [ACME], "Name": ["Acme Inc"], "Domain": ["acme.com"]})
EMAILS = [
    "ana.ruiz@acme.com", "ANA.ruiz@acme.com", "aruiz@gmail.com", "bo.berg@acme.com",
    "bo@bolt.io", "cy@gmail.com",
]  # fmt: skip
person = st.fixed_dictionaries({
    "Email": st.sampled_from([*EMAILS, "broken@", None]),
    "FirstName": st.sampled_from(["Ana", "Anna", "A.", "Bo", None]),
    "LastName": st.sampled_from(["Ruiz", "Berg", None]),
    "CompanyName": st.sampled_from(["Acme Inc", "Bolt GmbH", None]),
    "Phone": st.sampled_from(["+14155550102", "+14155550999", None]),
    "Title": st.sampled_from(["Buyer", "CEO", None]),
})  # fmt: skip
FIELDS = ["Email", "FirstName", "LastName", "Title"]


def done(store: Store, people: pd.DataFrame, **how: object) -> RunResult:
    app = make_app(store, limits=SandboxLimits(per_minute=None, per_day=None))
    transport = httpx.WSGITransport(app=app)
    options = RunOptions(rulebook=BOOK, **how)
    with Client("http://localhost", "key", transport=transport, limits=Limits(windows=())) as to:
        return run(people, COMPANIES, client=to, options=options)


def held_by(store: Store) -> dict[str, dict[str, str]]:
    return {row["Gsid"]: dict(row) for row in store.persons.values()}


@settings(
    max_examples=settings().max_examples // 2,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(
    before=st.lists(person, max_size=4, unique_by=lambda one: (one["Email"] or "").lower()),
    rows=st.lists(person, min_size=1, max_size=6),
)
def test_each_row_updates_one_person_or_says_why_not(
    before: list[dict[str, str]], rows: list[dict[str, str]]
) -> None:
    people = pd.DataFrame(rows)
    with Store() as store:
        store.add_companies(COMPANIES.to_dict("records"))
        if before:
            done(store, pd.DataFrame(before))
        old = held_by(store)
        export = pd.DataFrame(list(old.values()), columns=["Gsid", *FIELDS])
        result = done(store, people, against=export)
        new = held_by(store)
        again = done(
            store, people, against=pd.DataFrame(list(new.values()), columns=["Gsid", *FIELDS])
        )
        after = held_by(store)
    _rows_are_conserved(people, result)
    _people_are_conserved(old, new, result)
    _values_are_conserved(result)
    # Who was stored once is found again: no one is created by the second run.
    stored = result.people["outcome"] == "stored"
    once_more = again.people["outcome"] == "stored"
    if (stored & once_more).all():
        assert set(after) == set(new)


def _rows_are_conserved(people: pd.DataFrame, result: RunResult) -> None:
    assert len(result.people) == len(people)
    outcomes = Counter(result.people["outcome"])
    assert sum(outcomes.values()) == len(people)
    linked = result.linked
    assert linked is not None
    clash = result.checked.findings["code"] == "GSPREP_TWOPEOPLE"
    for row in result.checked.findings.loc[clash, "row_id"]:
        assert result.people.set_index("row_id").loc[row, "outcome"] == "rejected"
    waiting = result.people["row_id"].isin(linked.held)
    assert (result.people.loc[waiting, "outcome"] == "unsent").all()
    assert result.people.loc[waiting, "error_message"].notna().all()


def _people_are_conserved(
    old: dict[str, dict[str, str]], new: dict[str, dict[str, str]], result: RunResult
) -> None:
    """No existing person is lost or gets another key; each person sent is one in the tenant."""
    assert set(old) <= set(new)
    assert all(new[gsid]["Email"] == row["Email"] for gsid, row in old.items())
    assert result.linked is not None
    groups = result.linked.tables["duplicates.csv"].set_index("row_id")
    stored = result.people[result.people["outcome"] == "stored"]
    made = set(stored["Gsid"]) - set(old)
    assert made == set(new) - set(old)
    for _, of in stored.groupby(stored["row_id"].map(groups["person_id"])):
        assert len(set(of["Gsid"])) == 1
    known = groups["Gsid"].dropna()
    mine = stored.set_index("row_id")["Gsid"]
    both = known.index.intersection(mine.index)
    assert mine[both].tolist() == known[both].tolist()


def _values_are_conserved(result: RunResult) -> None:
    """Each value of each row survives, or is among the losses."""
    assert result.linked is not None
    tables = result.linked.tables
    records, losses = tables["duplicates.csv"], tables["losses.csv"]
    merged = tables["merged.csv"].set_index("person_id")
    said = {(row, column, before) for row, column, before in zip(
        losses["row_id"], losses["column"], losses["before"], strict=True)}  # fmt: skip
    for row in records.to_dict("records"):
        if row["reason"].startswith("Conflict"):
            continue
        for name in FIELDS:
            cell = row.get(name)
            if isinstance(cell, str) and merged.loc[row["person_id"], name] != cell:
                assert (row["row_id"], name, cell) in said
