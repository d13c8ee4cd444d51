"""The sandbox in each of its dialects: what is stored and what is said agree, in every mode."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from every_dialect import pairwise, singles

from gsprep.calls.limits import Limits
from gsprep.sandbox.app import make_app, serve
from gsprep.sandbox.dialect import Dialect
from gsprep.sandbox.jobs import Pace
from gsprep.sandbox.limits import UNLIMITED
from gsprep.sandbox.store import Store
from gsprep.uploader.client import Client
from gsprep.uploader.deleting import delete_persons, look_up
from gsprep.uploader.upload import upload

if TYPE_CHECKING:
    from collections.abc import Iterator

COMPANIES = [{"Gsid": f"1P02{at:032d}", "Name": f"Acme {at}"} for at in range(3)]
EAST = {"Gsid": "1P05" + "E" * 32, "Name": "East", "Company_ID": COMPANIES[2]["Gsid"]}
PEOPLE = pd.DataFrame({"Email": [*(f"p{n}@x.com" for n in range(60)), "bad@"]})
LINKS = pd.DataFrame(
    {
        "Email": [email for email in PEOPLE["Email"] for _ in range(2)],
        "Company_ID": [one["Gsid"] for _ in PEOPLE["Email"] for one in COMPANIES[:2]],
    }
)
RELATED = pd.DataFrame({"Email": ["p53@x.com"], "RelationshipName": ["East"]})


@contextmanager
def connected(dialect: Dialect) -> Iterator[tuple[Client, Store]]:
    waits: list[float] = []
    limits = Limits(
        windows=(), async_windows=(), delete_windows=(), sleep=waits.append,
        now=lambda: sum(waits), jitter=lambda: 0.0,
    )  # fmt: skip
    pace = Pace(waits=0, least=0, rate=1e9, chunk_size=20)
    with Store(pace=pace, dialect=dialect) as store:
        store.add_companies(COMPANIES)
        store.add_relationships([EAST])
        with (
            serve(make_app(store, limits=UNLIMITED)) as server,
            Client(server.url, "any", limits=limits) as client,
        ):
            yield client, store


def name(dialect: Dialect) -> str:
    """Return the setting in which a dialect differs from the usual one."""
    usual, here = Dialect(), dialect
    fields = Dialect.__dataclass_fields__
    other = [f"{n}={getattr(here, n)}" for n in fields if getattr(here, n) != getattr(usual, n)]
    return ",".join(other) or "usual"


@pytest.mark.parametrize("mode", ["sync", "async", "single"])
@pytest.mark.parametrize("dialect", singles(), ids=name)
def test_every_row_has_its_true_outcome(dialect: Dialect, mode: Any) -> None:
    with connected(dialect) as (client, store):
        # One call is about a person: few show what many would.
        people = PEOPLE.tail(11) if mode == "single" else PEOPLE
        links = LINKS[LINKS["Email"].isin(people["Email"])]
        good = len(people) - 1
        done = upload(people, links, RELATED, client=client, mode=mode)
        words = ["stored"] * good + ["refused"]
        assert done.persons["outcome"].tolist() == words
        assert done.company_persons["outcome"].tolist() == [w for w in words for _ in range(2)]
        assert done.relationship_persons["outcome"].tolist() == ["stored"]
        held = [store.persons[email]["Gsid"] for email in people["Email"][:good]]
        assert done.persons["Gsid"][:good].tolist() == held
        assert len(store.persons) == good
        assert len(store.company_persons) in (2 * good, 2 * good + 1)
        assert done.stopped is None
        wants_rows = dialect.counts == "objects" and mode == "sync"
        assert any("--batch-counts rows" in note for note in done.notes) == wants_rows


@pytest.mark.parametrize("dialect", pairwise(), ids=name)
def test_people_who_are_not_there_do_not_keep_others_from_being_deleted(dialect: Dialect) -> None:
    with connected(dialect) as (client, store):
        upload(PEOPLE.head(3), client=client)
        rows = pd.DataFrame({"Email": ["p0@x.com", "nobody@x.com", "p2@x.com"]})
        done = delete_persons(look_up(rows, client), client)
        assert done.frame["outcome"].tolist() == ["deleted", "absent", "deleted"]
        assert list(store.persons) == ["p1@x.com"]
