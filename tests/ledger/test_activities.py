"""Activities: what a killed run leaves, and what is chosen."""

from __future__ import annotations

from gsprep.ledger.activities import Activities, remove_activities
from gsprep.ledger.database import Database


def test_a_killed_run_is_failed_once_the_next_begins() -> None:
    activities = Activities(Database(None))
    activities.begin("first", "plans", ("acme",), 1.0)
    activities.begin("other", "other", (), 2.0)
    number = activities.begin("second", "plans", ("acme",), 3.0)
    first, other, second = activities.all()
    assert (first.state, first.ended, other.state, second.state) == (
        "failed", 3.0, "running", "running",
    )  # fmt: skip
    assert "second took it over" in first.note
    activities.end(number, "success", 4.0, {"counts": {"read": 3, "filtered": 1, "rejected": 1}})
    (done,) = activities.of_run("second")
    assert (done.state, done.valid, done.invalid) == ("success", 1, 1)


def test_activities_are_chosen_by_sync_kind_state_and_time() -> None:
    activities = Activities(Database(None))
    for at, state in ((1.0, "success"), (5.0, "failed")):
        activities.end(activities.begin("run", "plans", ("a", "b"), at), state, at, {})  # type: ignore[arg-type]
    activities.update(6.0, "it was revoked", connections=("a",))
    activities.begin("run", "plans", (), 7.0)
    chosen = {
        "all": activities.all(),
        "sync": activities.all(sync="plans"),
        "kind": activities.all(kind="update"),
        "state": activities.all(state="failed"),
        "since": activities.all(since=5.0),
    }
    assert {name: len(found) for name, found in chosen.items()} == {
        "all": 4, "sync": 3, "kind": 1, "state": 1, "since": 3,
    }  # fmt: skip
    assert chosen["state"][0].connections == ("a", "b")


def test_details_that_cannot_be_read_are_none() -> None:
    database = Database(None)
    activities = Activities(database)
    activities.begin("run", "plans", (), 1.0)
    with database.writing() as connection:
        connection.execute("UPDATE activity SET counts = '[not json'")
    (found,) = activities.all()
    assert (found.counts, found.valid) == ({}, 0)


def test_the_newest_of_many() -> None:
    activities = Activities(Database(None))
    for at in range(6):
        name = "plans" if at % 2 else "people"
        activities.end(activities.begin(f"run{at}", name, (), at), "success", at, {})
    assert [one.run for one in activities.all(last=2)] == ["run4", "run5"]
    assert [one.run for one in activities.all(sync="plans", last=1)] == ["run5"]
    assert {name: one.run for name, one in activities.last_runs().items()} == {
        "people": "run4",
        "plans": "run5",
    }


def test_old_activities_are_removed_but_the_newest_of_each_sync() -> None:
    database = Database(None)
    activities = Activities(database)
    activities.update(1.0, "added", sync="plans", details={"entries": {"sync": "1"}})
    activities.update(2.0, "it was activated", sync="plans")
    for at in (3.0, 4.0, 5.0):
        activities.end(activities.begin(f"run{at}", "plans", (), at), "success", at, {})
    activities.update(6.0, "it was revoked", connections=("acme",))
    activities.begin("now", "people", (), 7.0)
    with database.writing() as connection:
        assert remove_activities(connection, 100.0) == 3
    assert [one.note or one.run for one in activities.all()] == [
        "added", "it was activated", "run5.0", "now",
    ]  # fmt: skip
