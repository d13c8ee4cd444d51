"""A domain belongs to one account, whatever is read and in which order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsprep.syncs.destinations import Exclusive
from gsprep.syncs.records import Records
from gsprep.uploader.object_keys import ObjectTarget

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TARGET = ObjectTarget(name="accounts", keys=("id",))


class Accounts:
    """Accounts in memory, found by a domain."""

    def __init__(self, held: Mapping[str, str]) -> None:
        """Take the domains of each account."""
        self.held = dict(held)

    def query(
        self, _: str, *, select: Sequence[str], among: tuple[str, Sequence[str]] | None = None
    ) -> pd.DataFrame:
        """Return the accounts with one of these domains."""
        assert among is not None
        wanted = {one.casefold() for one in among[1]}
        rows = [
            {"Gsid": name, "id": name, "domains": text}
            for name, text in self.held.items()
            if wanted & set(text.casefold().split(";"))
        ]
        return pd.DataFrame(rows, columns=["Gsid", *select], dtype="str")

    insert = update = delete = NotImplemented


def finished(
    held: Mapping[str, str], rows: Mapping[str, str | None], *, clears: bool = True
) -> Records:
    records = {name: {"id": name, "domains": text} for name, text in rows.items()}
    calls: Any = Accounts(held)
    mapped = Records(records, {}, [])
    return Exclusive(calls, TARGET, "domains", clears).finish(mapped, pd.DataFrame())


@pytest.mark.parametrize(
    ("held", "rows", "left"),
    [
        ({}, {"1": "a.com;b.com", "2": "B.com;c.com"}, {"1": "a.com;b.com", "2": "c.com"}),
        ({"2": "a.com"}, {"1": "a.com", "2": "a.com"}, {"1": None, "2": "a.com"}),
        ({"9": "A.com"}, {"1": "a.com;b.com"}, {"1": "b.com"}),
        ({"1": "a.com"}, {"1": "a.com"}, {"1": "a.com"}),
        ({}, {"1": None, "2": "a.com;a.COM"}, {"1": None, "2": "a.com;a.COM"}),
    ],
    ids=["first in the read", "who has it", "not read", "its own", "twice in a cell"],
)
def test_a_domain_stays_where_it_is(held: Any, rows: Any, left: Any) -> None:
    done = finished(held, rows)
    assert {name: one.get("domains") for name, one in done.records.items()} == left
    assert set(done.notes) == {name for name, text in rows.items() if left[name] != text}


def test_a_field_that_is_not_cleared_is_left_out() -> None:
    done = finished({"2": "a.com"}, {"1": "a.com"}, clears=False)
    assert done.records == {"1": {"id": "1"}}
    assert "belongs to another record" in done.notes["1"]


DOMAINS = st.sets(st.sampled_from(["a.com", "b.com", "c.com"])).map(
    lambda one: ";".join(sorted(one))
)
ROWS = st.dictionaries(st.sampled_from("1234"), DOMAINS, max_size=4)


@given(rows=ROWS, part=st.sets(st.sampled_from("1234")))
def test_reading_a_part_again_changes_nothing(rows: dict[str, str], part: set[str]) -> None:
    """No domain is at two accounts, and an incremental read after a full one finds no change."""
    first = {n: str(one["domains"] or "") for n, one in finished({}, rows).records.items()}
    entries = [entry for text in first.values() for entry in text.split(";") if entry]
    assert len(entries) == len(set(entries))
    assert set(entries) == {entry for text in rows.values() for entry in text.split(";") if entry}
    again = finished(first, {n: text for n, text in rows.items() if n in part})
    assert {n: one["domains"] or "" for n, one in again.records.items()} == {
        n: first[n] for n in rows if n in part
    }
