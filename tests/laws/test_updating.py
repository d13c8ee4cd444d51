"""People who exist already: no row is lost or doubled, and no one else is changed."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import httpx
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gsprep.calls.limits import Limits
from gsprep.ledger.ledger import Ledger
from gsprep.pipeline import run
from gsprep.run_options import RunOptions
from gsprep.sandbox.app import make_app
from gsprep.sandbox.limits import Limits as SandboxLimits
from gsprep.sandbox.store import Store
from gsprep.unification.rulebook import read_rulebook
from gsprep.uploader.client import Client
from gsprep.uploader.journal import LedgerOptions
from tests.unification.duplicates.people import people

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

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
    max_examples=settings().max_examples // 3,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(
    before=st.lists(person, max_size=4, unique_by=lambda one: (one["Email"] or "").lower()),
    rows=st.lists(person, min_size=1, max_size=6),
    further=st.lists(person, max_size=2),
    data=st.data(),
)
def test_each_row_updates_one_person_or_says_why_not(
    tmp_path_factory: pytest.TempPathFactory,
    before: list[dict[str, str]],
    rows: list[dict[str, str]],
    further: list[dict[str, str]],
    data: st.DataObject,
) -> None:
    given_rows = pd.DataFrame(rows)
    kept = data.draw(st.lists(st.sampled_from(range(len(rows))), unique=True))
    others = pd.DataFrame([*(rows[at] for at in kept), *further], columns=given_rows.columns)
    with Store() as store, Ledger(tmp_path_factory.mktemp("home")) as ledger:
        keep = LedgerOptions(ledger=ledger)
        store.add_companies(COMPANIES.to_dict("records"))
        if before:
            done(store, pd.DataFrame(before))
        old = held_by(store)
        result = done(store, given_rows, against=export(store), keep=keep)
        new = held_by(store)
        again = done(store, others, against=export(store), keep=keep, against_all=True)
        after = held_by(store)
    _rows_are_conserved(given_rows, result)
    _people_are_conserved(old, new, result)
    _values_are_conserved(result)
    _addresses_stay_whose_they_are(new, after)
    assert not sent_to_others(given_rows, result, others, again, set(after) - set(new))


def export(store: Store) -> pd.DataFrame:
    return pd.DataFrame(list(held_by(store).values()), columns=["Gsid", *FIELDS])


def sent_to_others(
    one: pd.DataFrame, first: RunResult, two: pd.DataFrame, second: RunResult, added: set[str]
) -> list[object]:
    """Return the rows that two runs sent to two persons, or that the second made a person."""
    persons: dict[object, set[str]] = {}
    for said, gsid in _stored(one, first):
        persons.setdefault(said, set()).add(gsid)
    return [
        said
        for said, gsid in _stored(two, second)
        if said in persons and (gsid not in persons[said] or gsid in added)
    ]


def _stored(rows: pd.DataFrame, result: RunResult) -> Iterator[tuple[object, str]]:
    """Yield what each stored row says, and the Gsid of its person."""
    said = rows.astype(object).where(rows.notna(), None).itertuples(index=False, name=None)
    for cells, (outcome, gsid) in zip(
        said, result.people[["outcome", "Gsid"]].itertuples(index=False), strict=True
    ):
        if outcome == "stored":
            yield cells, gsid


@pytest.mark.parametrize("of_tenant", [True, False])
def test_a_row_sent_again_with_other_rows_is_the_person_it_was(
    tmp_path: Path, *, of_tenant: bool
) -> None:
    """Rows that were joined by likeness stay one person, with half of the list and further rows."""
    listed = _with_second_addresses(people(60, 30))
    before = listed.head(30).dropna(subset=["Email"]).drop_duplicates("person")
    rows = listed.iloc[30:].reset_index(drop=True)
    later = pd.concat([rows.iloc[::-2], people(10, 3, seed=2).drop(columns="row_id")])
    with Store() as store, Ledger(tmp_path) as ledger:
        keep = LedgerOptions(ledger=ledger)
        store.add_companies(COMPANIES.to_dict("records"))
        done(store, before)
        old = export(store)
        first = done(store, rows, against=old, keep=keep, against_all=of_tenant)
        made = set(held_by(store))
        now = export(store) if of_tenant else old
        second = done(store, later, against=now, keep=keep, against_all=of_tenant)
        added = set(held_by(store)) - made
    assert first.linked is not None
    groups = first.linked.tables["duplicates.csv"]
    assert (groups["size"] > 1).any()
    assert groups["Gsid"].notna().any()
    assert not sent_to_others(rows, first, later, second, added)
    lost = (
        second.checked.findings["message"].fillna("").str.contains("An earlier run sent this row")
    )
    # The old file does not have the people of the first run.
    assert lost.any() != of_tenant


def _with_second_addresses(listed: pd.DataFrame) -> pd.DataFrame:
    """Return people of whom every second record has an address of its own."""
    again = listed["person"].duplicated()
    email = listed["Email"].where(~again, listed["Email"].str.replace("@", "@mail."))
    return listed.assign(Email=email).drop(columns="row_id")


def _emails(held: dict[str, dict[str, str]]) -> dict[str, str]:
    return {gsid: row["Email"].lower() for gsid, row in held.items()}


def _addresses_stay_whose_they_are(
    new: dict[str, dict[str, str]], after: dict[str, dict[str, str]]
) -> None:
    """The same rows sent again take no address from a person, and give it to no second one."""
    assert set(new) <= set(after)
    assert {gsid: _emails(after)[gsid] for gsid in new} == _emails(new)
    assert len(set(_emails(after).values())) == len(after)


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
