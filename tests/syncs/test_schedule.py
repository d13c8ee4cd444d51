"""Schedules: intervals, cron times in a zone, missed times, clocks that are set."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsprep.errors import DocumentError
from gsprep.schemas.yaml_file import validated
from gsprep.syncs.definition import Schedule, Sync
from gsprep.syncs.schedule import Due, Last, due_now, is_full_due, next_time

HOUR, DAY = 3_600.0, 86_400.0
NOW = 1_790_000_000.0


def at(text: str, zone: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()


def shown(moment: float | None, zone: str) -> str:
    assert moment is not None
    return datetime.fromtimestamp(moment, ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M %z")


def schedule(**entries: object) -> Schedule:
    return validated(Schedule, entries, "the schedule")


def sync(name: str, **entries: object) -> Sync:
    document = {
        "sync": name,
        "source": {"file": "x.csv", "key": "id"},
        "destination": {"object": "x__gc", "key": ["A__gc"]},
        "fields": {"A__gc": "a"},
        "schedule": entries,
    }
    return validated(Sync, document, name)


@pytest.mark.parametrize(
    ("zone", "last", "expected"),
    [
        ("Europe/Berlin", "2026-03-28T12:00", "2026-03-29 03:00 +0200"),
        ("Europe/Berlin", "2026-10-24T12:00", "2026-10-25 02:30 +0200"),
        ("America/New_York", "2026-03-07T12:00", "2026-03-08 03:00 -0400"),
        ("America/New_York", "2026-10-31T12:00", "2026-11-01 02:30 -0500"),
        ("Australia/Lord_Howe", "2026-10-03T12:00", "2026-10-04 02:30 +1100"),
        ("Australia/Lord_Howe", "2026-04-04T12:00", "2026-04-05 02:30 +1030"),
    ],
)
def test_each_night_has_one_run_also_when_the_clock_changes(
    zone: str, last: str, expected: str
) -> None:
    nightly = schedule(cron="30 2 * * *", timezone=zone)
    begun = at(last, zone)
    first = next_time(nightly, Last(begun), begun + HOUR)
    assert shown(first, zone) == expected
    assert first is not None
    second = next_time(nightly, Last(first), first)
    assert second is not None
    assert shown(second, zone).split()[1] == "02:30"
    assert second - first > DAY - 2 * HOUR


def test_a_sync_that_never_ran_is_due_and_one_without_times_is_not() -> None:
    assert next_time(schedule(every="1h"), Last(), NOW) == NOW
    assert next_time(schedule(cron="0 3 * * *", timezone="UTC"), Last(), NOW) == NOW
    assert next_time(schedule(after=("x",)), Last(), NOW) is None


@pytest.mark.parametrize("entries", [{"every": "1h"}, {"cron": "*/10 * * * *", "timezone": "UTC"}])
def test_a_computer_that_slept_for_40_hours_makes_one_run(entries: dict[str, str]) -> None:
    one = sync("a", **entries)
    assert due_now([one], {"a": Last(NOW - 40 * HOUR, NOW)}, NOW) == [Due("a", full=False)]
    assert due_now([one], {"a": Last(NOW, NOW)}, NOW + 1) == []


@given(st.floats(min_value=1, max_value=400 * DAY))
def test_a_clock_that_was_set_back_delays_by_no_more_than_one_interval(ahead: float) -> None:
    hourly, nightly = schedule(every="1h"), schedule(cron="0 3 * * *", timezone="UTC")
    assert next_time(hourly, Last(NOW + ahead), NOW) == NOW + HOUR
    assert (next_time(nightly, Last(NOW + ahead), NOW) or 0) <= NOW + DAY


def test_a_full_read_has_its_own_times() -> None:
    plan = schedule(every="1h", full="10 3 * * *", timezone="Europe/Berlin")
    evening = at("2026-11-28T22:00", "Europe/Berlin")
    last = Last(evening + 5 * HOUR, evening - 18 * HOUR)
    assert shown(next_time(plan, last, evening + 5 * HOUR), "Europe/Berlin")[11:16] == "03:10"
    assert not is_full_due(plan, last, evening + 5 * HOUR)
    assert is_full_due(plan, last, at("2026-11-29T03:10", "Europe/Berlin"))


def test_a_sync_follows_the_one_it_names() -> None:
    syncs = [sync("a", every="1h"), sync("b", after=("a",)), sync("c", every="1d", after=("a",))]
    last = {"a": Last(NOW - HOUR), "b": Last(NOW - HOUR), "c": Last(NOW - HOUR)}
    assert [one.name for one in due_now(syncs, last, NOW)] == ["a", "b"]
    assert due_now(syncs, last, NOW - 1) == []


@pytest.mark.parametrize(
    "entries",
    [
        {"cron": "0 3 * * *"},
        {"cron": "61 * * * *", "timezone": "UTC"},
        {"full": "noon", "timezone": "UTC"},
        {"cron": "0 3 * * *", "timezone": "Mars/Base"},
        {"every": "1h", "cron": "0 3 * * *", "timezone": "UTC"},
    ],
)
def test_wrong_times_are_refused(entries: dict[str, str]) -> None:
    with pytest.raises(DocumentError):
        schedule(**entries)
