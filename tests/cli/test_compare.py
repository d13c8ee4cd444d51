"""``--compare`` and ``--fill-only``: people are compared with the tenant before they are sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from gsprep.sandbox.app import make_app, serve
from gsprep.sandbox.faults import add_faults, read_faults
from gsprep.sandbox.limits import UNLIMITED
from gsprep.tables.read import read_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from gsprep.sandbox.store import Store
    from tests.cli.conftest import Said

HEAD = "Email,FirstName,Location,Title,CompanyName\n"
FIRST = "ana@acme.com,Ana,Lima,,Acme Inc\nbo@bolt.io,Bo,,CTO,Bolt GmbH\n"
SECOND = (
    "ana@acme.com,Ana,Lima,,Acme Inc\nbo@bolt.io,Zaphodine,Oslo,CEO,Bolt GmbH\n"
    "di@acme.com,Di,Bonn,,Acme Inc\n"
)


class Tenants:
    """A tenant on a port, and the paths of the calls that write people."""

    def __init__(self, store: Store, faults: Any = ()) -> None:
        """Serve ``store`` with these faults."""
        self.store, self.written, self.lists = store, 0, True
        self.app = add_faults(make_app(store, limits=UNLIMITED), read_faults(list(faults)))

    def __call__(self, environ: dict[str, Any], start: Any) -> Any:
        """Count calls that write."""
        self.written += "bulk" in environ["PATH_INFO"]
        if "/query/" in environ["PATH_INFO"] and not self.lists:
            start("400 Bad Request", [("Content-Type", "application/json")])
            return [b'{"result": false, "errorCode": "GSOBJ_1004", "errorDesc": "no"}']
        return self.app(environ, start)

    def cells(self, *names: str) -> dict[str, tuple[str | None, ...]]:
        """Return fields of people by address, with the titles of their associations."""
        titles = {one["Person_ID"]: one.get("Title") for one in self.store.company_persons}
        return {
            mail: (*(one.get(name) for name in names), titles.get(one["Gsid"]))
            for mail, one in self.store.persons.items()
        }


@pytest.fixture
def tenant(store: Store) -> Tenants:
    return Tenants(store)


@dataclass
class Runs:
    """Runs of people against a tenant that has the first two already."""

    gsprep: Callable[..., Said]
    tenant: Tenants
    address: str
    folder: Path

    def __call__(self, text: str, *options: object) -> Said:
        """Write the people and run them."""
        (self.folder / "people.csv").write_text(HEAD + text, encoding="utf-8")
        self.tenant.written = 0
        where = ("--companies", "companies.csv", "--to", self.address)
        return self.gsprep("run", "people.csv", *where, *options)


@pytest.fixture
def run(
    gsprep: Callable[..., Said],
    tenant: Tenants,
    companies: Path,
    no_waiting: list[float],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Runs]:
    monkeypatch.setenv("GAINSIGHT_ACCESS_KEY", "any")
    with serve(tenant) as server:
        runs = Runs(gsprep, tenant, server.url, companies.parent)
        assert runs(FIRST).code == 0, no_waiting
        yield runs


def compared(folder: Path) -> dict[str, tuple[str, str | None]]:
    rows = read_table(folder / "out" / "compared.csv")
    fields = rows["fields"].astype(object).where(rows["fields"].notna(), None)
    return dict(zip(rows["row_id"], zip(rows["state"], fields, strict=True), strict=True))


def test_a_dry_run_shows_who_is_new_changed_and_unchanged(
    run: Runs, tenant: Tenants, tmp_path: Path
) -> None:
    before = tenant.cells("FirstName", "Location")
    said = run(SECOND, "--dry-run", "--compare", "--out", "out2")
    assert said.code == 0, said.err
    assert "1 new, 1 changed, 1 unchanged" in said.err
    assert "1  cells of FirstName: 1 changed, 0 filled, 0 cleared" in said.err
    assert "1  cells of Location: 0 changed, 1 filled, 0 cleared" in said.err
    assert "1  cells of CompanyPerson.Title: 1 changed" in said.err
    assert (tenant.written, tenant.cells("FirstName", "Location")) == (0, before)
    (tmp_path / "out2").rename(tmp_path / "moved")
    rows = read_table(tmp_path / "moved" / "compared.csv")
    assert rows["state"].tolist() == ["unchanged", "changed", "new"]
    assert rows["fields"].iloc[1] == "FirstName;Location;Name;CompanyPerson.Title"
    texts = [said.out, said.err, (tmp_path / "moved" / "compared.csv").read_text()]
    dry = run(SECOND, "--dry-run", "--compare", "--changed-only", "--out", "dry")
    assert dry.code == 0, dry.err
    assert set(read_table(tmp_path / "dry" / "people.csv")["outcome"]) == {"unsent"}
    assert not any(cell in text for text in texts for cell in ("Zaphodine", "bo@bolt.io", "Oslo"))


def test_only_what_changed_is_sent_when_asked(run: Runs, tenant: Tenants, tmp_path: Path) -> None:
    said = run(SECOND, "--compare", "--changed-only")
    assert said.code == 0, said.err
    assert compared(tmp_path)["1"] == ("unchanged", None)
    people = read_table(tmp_path / "out" / "people.csv")
    assert people["outcome"].tolist() == ["stored"] * 3
    assert people["Gsid"].notna().all()
    assert people["batch"].isna().tolist() == [True, False, False]
    linked = read_table(tmp_path / "out" / "company_persons.csv")
    assert linked["outcome"].tolist() == ["stored"] * 3
    assert linked["Person_ID"].notna().all()
    assert linked["Gsid"].notna().all()
    assert tenant.cells("FirstName", "Location") == {
        "ana@acme.com": ("Ana", "Lima", None),
        "bo@bolt.io": ("Zaphodine", "Oslo", "CEO"),
        "di@acme.com": ("Di", "Bonn", None),
    }
    again = run(SECOND + SECOND.splitlines(keepends=True)[0], "--compare", "--changed-only")
    assert again.code == 0, again.err
    assert "0 new, 0 changed, 4 unchanged" in again.err
    assert tenant.written == 0
    assert read_table(tmp_path / "out" / "people.csv")["outcome"].tolist() == ["stored"] * 4


def test_filled_fields_stay(run: Runs, tenant: Tenants, tmp_path: Path) -> None:
    said = run(SECOND, "--fill-only", "FirstName,Location,Title")
    assert said.code == 0, said.err
    assert tenant.cells("FirstName", "Location") == {
        "ana@acme.com": ("Ana", "Lima", None),
        "bo@bolt.io": ("Bo", "Oslo", "CTO"),
        "di@acme.com": ("Di", "Bonn", None),
    }
    assert not (tmp_path / "out" / "compared.csv").exists()


@pytest.mark.parametrize("names", ["Nothing", "Email", "FirstName,CompanyName", "Company_ID"])
def test_a_field_that_cannot_be_filled_is_refused(run: Runs, tenant: Tenants, names: str) -> None:
    said = run(SECOND, "--fill-only", names)
    assert said.code == 2
    assert "--fill-only" in said.err
    assert tenant.written == 0


def test_a_dry_run_that_compares_needs_a_tenant(
    gsprep: Callable[..., Said], people: Path, companies: Path
) -> None:
    said = gsprep("run", people, "--companies", companies, "--dry-run", "--compare")
    assert said.code == 2
    assert "--to" in said.err


def test_upload_compares_associations_of_its_own(
    run: Runs, gsprep: Callable[..., Said], tenant: Tenants, tmp_path: Path
) -> None:
    (tmp_path / "p.csv").write_text(
        "row_id,Email,FirstName\np1,ana@acme.com,Ana\np2,bo@bolt.io,Bo\np3,eva@acme.com,Eva\n"
    )
    company = {one["Person_ID"]: one["Company_ID"] for one in tenant.store.company_persons}
    ids = {mail: company[one["Gsid"]] for mail, one in tenant.store.persons.items()}
    acme, bolt = ids["ana@acme.com"], ids["bo@bolt.io"]
    (tmp_path / "c.csv").write_text(
        f"row_id,Email,Company_ID,Title\nc1,Ana@acme.com,{acme},\nc2,bo@bolt.io,{bolt},CTO\n"
        f"c3,bo@bolt.io,{acme},Guest\n"
    )
    options = ("--company-persons", "c.csv", "--compare", "--changed-only", "--out", "up")
    said = gsprep("upload", "p.csv", "--to", run.address, *options)
    assert said.code == 0, said.err
    assert "1 new, 1 changed, 1 unchanged" in said.err
    rows = read_table(tmp_path / "up" / "compared.csv")
    assert (
        dict(zip(rows["row_id"], rows["fields"].fillna(""), strict=True))["p2"] == "CompanyPerson"
    )
    assert read_table(tmp_path / "up" / "company_persons.csv")["row_id"].tolist() == [
        "c1",
        "c2",
        "c3",
    ]
    assert len(tenant.store.company_persons) == 3


def test_people_who_cannot_be_listed_are_read_one_by_one(run: Runs, tenant: Tenants) -> None:
    tenant.lists = False
    said = run(SECOND, "--compare", "--changed-only", "--fill-only", "Title")
    assert said.code == 0, said.err
    assert "1 new, 1 changed, 1 unchanged" in said.err
    assert tenant.cells("Location")["bo@bolt.io"] == ("Oslo", "CTO")


def test_rows_of_one_person_are_sent_together(run: Runs, tenant: Tenants, tmp_path: Path) -> None:
    same = "bo@bolt.io,Bo,,CTO,Bolt GmbH\nBO@bolt.io,,Oslo,CTO,Bolt GmbH\n"
    said = run(same, "--compare", "--changed-only")
    assert said.code == 0, said.err
    assert "0 new, 2 changed, 0 unchanged" in said.err
    assert read_table(tmp_path / "out" / "people.csv")["batch"].tolist() == ["1", "1"]
    assert tenant.cells("FirstName", "Location")["bo@bolt.io"] == ("Bo", "Oslo", "CTO")


def test_a_resumed_run_decides_as_it_did(
    gsprep: Callable[..., Said],
    store: Store,
    companies: Path,
    tmp_path: Path,
    no_waiting: list[float],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GAINSIGHT_ACCESS_KEY", "any")
    rows = [f"p{n}@acme.com,Ana,Lima,,Acme Inc\n" for n in range(60)]
    (tmp_path / "people.csv").write_text(HEAD + "".join(rows), encoding="utf-8")
    faults = [{"fault": "status", "status": 503, "route": "bulk_sync", "at": list(range(2, 8))}]
    with serve(Tenants(store, faults)) as server:
        options = ("--companies", companies, "--to", server.url, "--fill-only", "Location")
        assert gsprep("run", "people.csv", *options).code == 3, no_waiting
        assert len(store.persons) == 50
        # Those who were stored have a location by now; they are not sent once more without it.
        assert gsprep("resume").code == 0
    people = read_table(tmp_path / "out" / "people.csv")
    assert people["outcome"].tolist() == ["stored"] * 60
    assert people["Location"].tolist() == ["Lima"] * 60
    assert people["batch"].nunique() == 2
