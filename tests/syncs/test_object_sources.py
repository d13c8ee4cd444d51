"""Objects of a tenant as sources: read from the cursor on, with times as text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from clients import Clock, sandbox_client

from gsprep.errors import InputError
from gsprep.sandbox.store import Store
from gsprep.sandbox.tenant import Field, Tenant, gsid
from gsprep.schemas.yaml_file import validated
from gsprep.syncs.check import check_sync
from gsprep.syncs.definition import Sync
from gsprep.syncs.sources import Places, Since, read_rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx

DOCUMENT: dict[str, Any] = {
    "sync": "plans",
    "source": {
        "connection": "acme",
        "object": "Company",
        "key": "Gsid",
        "cursor": {"column": "ModifiedDate"},
    },
    "destination": {"object": "plan__gc", "key": ["Code__gc"]},
    "fields": {"Code__gc": "Gsid", "Name": "Name", "Renewal__gc": "RenewalDate"},
}
PLAN = (Field("Name"), Field("Code__gc"), Field("Renewal__gc", "DATE"))
HOUR = 3_600.0


class Tenants:
    """A tenant whose queries are looked at."""

    def __init__(self, store: Store) -> None:
        """Add a company in each of three hours."""
        self.store, self.queries = store, 0
        for hour in range(3):
            record = {"Name": f"C{hour}", "RenewalDate": "2026-11-30"}
            store.insert("company", {"records": [record]}, now=hour * HOUR)
        self.client = sandbox_client(store, Clock(), look=self._look)

    def _look(self, request: httpx.Request) -> None:
        self.queries += b"GTE" in request.content

    def read(self, since: Since | None = None, **changes: Any) -> Any:
        """Read the source of the definition."""
        sync = validated(Sync, {**DOCUMENT, **changes}, "the sync")
        return read_rows(sync.source, sync.columns, Places(client=self.client), since)


@pytest.fixture
def tenants() -> Iterator[Tenants]:
    with Store(tenant=Tenant(fields={"plan__gc": PLAN})) as store:
        yield Tenants(store)


def test_only_what_changed_since_is_asked_for(tenants: Tenants) -> None:
    whole = tenants.read()
    assert (whole.is_complete, whole.kind, sorted(whole.cursors)) == (
        True,
        "moment",
        [0, HOUR, 2 * HOUR],
    )
    assert sorted(whole.frame["ModifiedDate"])[1] == "1970-01-01T01:00:00.000Z"
    assert tenants.queries == 0
    part = tenants.read(Since(HOUR, "moment"))
    assert sorted(part.frame["Name"]) == ["C1", "C2"]
    assert not part.is_complete
    # One for the rows, and one for the empty page after them.
    assert tenants.queries == 2


def test_a_cursor_of_another_kind_is_compared_here(tenants: Tenants) -> None:
    options = {**DOCUMENT["source"], "cursor": {"column": "Name"}}
    with pytest.raises(InputError, match="no date, time or number"):
        tenants.read(Since(1.0, "number"), source=options)
    assert tenants.queries == 0


def test_a_field_of_another_object_is_a_column(tenants: Tenants, tmp_path: Path) -> None:
    first = {"select": ["Gsid"], "orderBy": {"Name": "asc"}}
    company = tenants.store.query("company", first)[0]["Gsid"]
    person = {"Email": "ana@acme.com", "companies": [{"Company_ID": company, "Title": "CTO"}]}
    tenants.store.upsert_people([person])
    options = {"connection": "acme", "object": "company_person", "key": "Gsid"}
    fields = {"Code__gc": "Person_ID__gr.Email", "Name": "Company_ID__gr.Name"}
    sync = validated(Sync, {**DOCUMENT, "source": options, "fields": fields}, "the sync")
    places = Places(folder=tmp_path, client=tenants.client)
    assert check_sync(sync, tenants.client, places).is_good
    (row,) = tenants.read(source=options, fields=fields).frame.to_dict("records")
    assert (row["Person_ID__gr.Email"], row["Company_ID__gr.Name"]) == ("ana@acme.com", "C0")
    wrong = {**fields, "Name": "Nothing__gr.Name"}
    sync = validated(Sync, {**DOCUMENT, "source": options, "fields": wrong}, "the sync")
    (problem,) = check_sync(sync, tenants.client, places).problems
    assert "it has no column Nothing__gr.Name" in problem.message


@pytest.mark.parametrize(("mode", "good"), [("update", True), ("upsert", False)])
def test_a_record_is_found_by_its_gsid_only_to_be_updated(
    tenants: Tenants,
    tmp_path: Path,
    mode: str,
    good: bool,  # noqa: FBT001  a table
) -> None:
    (tmp_path / "names.csv").write_text(f"id,name\n{gsid('company', 'x', 1)},A\n", encoding="utf-8")
    document = {
        "sync": "names",
        "source": {"file": "names.csv", "key": "id"},
        "destination": {"object": "Company", "key": ["Gsid"], "mode": mode},
        "fields": {"Gsid": "id", "Name": "name"},
    }
    found = check_sync(validated(Sync, document, "x"), tenants.client, Places(folder=tmp_path))
    assert found.is_good == good
    assert good or "mode: update" in found.problems[0].message
