"""Persons that rows were sent as."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from gsprep.errors import LedgerError
from gsprep.ledger.database import FILE
from gsprep.ledger.ledger import Ledger
from gsprep.ledger.privacy import purge_before, purge_person
from gsprep.ledger.runs import Link, LinkLine

if TYPE_CHECKING:
    from pathlib import Path

ROW, OTHER, ANA, BO = (bytes([n]) * 16 for n in range(4))


def kept(ledger: Ledger, *, run: str = "one", person: bytes = ANA, gsid: str | None = None) -> None:
    of = ledger.names.of_all_of
    line = LinkLine(ROW, of("ana@mail.com"), person, of("ana@acme.com"), gsid)
    ledger.links("acme").keep([line], run, 5.0)


def test_a_link_is_kept_by_tenant_and_gets_its_gsid(ledger: Ledger) -> None:
    kept(ledger)
    links = ledger.links("acme")
    assert links.find([ROW, OTHER]) == {ROW: Link(ANA, None)}
    links.settle([(ROW, "G1")], [], "one")
    kept(ledger, run="two")
    assert links.find([ROW]) == {ROW: Link(ANA, "G1")}
    assert not ledger.links("bolt").find([ROW])
    kept(ledger, run="two", person=BO)
    assert links.find([ROW]) == {ROW: Link(BO, None)}


def test_only_the_run_that_made_a_link_undoes_it(ledger: Ledger) -> None:
    links = ledger.links("acme")
    kept(ledger, gsid="G1")
    kept(ledger, run="two", gsid="G1")
    links.settle([], [ROW], "two")
    assert ROW in links.find([ROW])
    links.settle([], [ROW], "one")
    assert ROW not in links.find([ROW])


@pytest.mark.parametrize("email", ["ana@mail.com", "ANA@acme.com"])
def test_a_person_is_removed_by_the_address_of_the_row_and_by_its_own(
    ledger: Ledger, email: str
) -> None:
    kept(ledger)
    assert purge_person(ledger, ["bo@acme.com"]).records == 0
    assert purge_person(ledger, [email]).records == 1
    assert not ledger.links("acme").find([ROW])


def test_links_are_removed_with_their_age_and_with_a_deleted_person(ledger: Ledger) -> None:
    kept(ledger, gsid="G1")
    purge_before(ledger, 4.0)
    assert ledger.links("acme").find([ROW])
    ledger.uploads("acme").forget(["G1"])
    assert not ledger.links("acme").find([ROW])
    kept(ledger)
    purge_before(ledger, 6.0)
    assert not ledger.links("acme").find([ROW])


def test_a_damaged_link_is_named(home: Path, ledger: Ledger) -> None:
    kept(ledger)
    ledger.close()
    with closing(sqlite3.connect(home / FILE)) as connection, connection:
        connection.execute("UPDATE link SET person = 5")
    with Ledger(home) as again, pytest.raises(LedgerError, match="is damaged"):
        again.links("acme").find([ROW])
