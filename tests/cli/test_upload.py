"""``gsprep upload``: frames that are ready, sent as they stand."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from gsprep.tables.read import read_table

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from gsprep.sandbox.store import Store
    from tests.cli.conftest import Said

ACME = "1P02" + "A" * 32


@pytest.fixture
def linked(tmp_path: Path) -> Path:
    """Return associations: a good one, one of a rejected person, one of a stranger."""
    path = tmp_path / "linked.csv"
    rows = [f"{who},{ACME},CEO" for who in ("ana@acme.com", "no address", "who@acme.com")]
    path.write_text("\n".join(["Email,Company_ID,Title", *rows]) + "\n", encoding="utf-8")
    return path


def test_every_row_of_every_file_has_its_outcome(
    gsprep: Callable[..., Said],
    mixed: Path,
    linked: Path,
    address: str,
    store: Store,
    tmp_path: Path,
) -> None:
    said = gsprep("upload", mixed, "--company-persons", linked, "--to", address, "--json")
    assert said.code == 1
    told = json.loads(said.out)
    assert told["schema"] == "gsprep.upload/1"
    assert told["people"] == {
        "sent": 3, "stored": 3, "refused": 0, "unknown": 0, "unsent": 0, "rejected": 1,
    }  # fmt: skip
    people = read_table(tmp_path / "out" / "people.csv")
    assert people["outcome"].tolist() == ["stored", "stored", "stored", "rejected"]
    associations = read_table(tmp_path / "out" / "company_persons.csv")
    assert sorted(associations["outcome"]) == ["rejected", "rejected", "stored"]
    assert len(store.company_persons) == 1
    assert read_table(tmp_path / "out" / "relationship_persons.csv").empty


def test_cells_are_sent_as_they_stand(
    gsprep: Callable[..., Said], address: str, store: Store, tmp_path: Path
) -> None:
    """Mending is another command: an upload changes nothing on the way."""
    path = tmp_path / "as_is.csv"
    path.write_text("Email,Name\nAna@ACME.com,ana  RUIZ\n", encoding="utf-8")
    assert gsprep("upload", path, "--to", address).code == 0
    (person,) = store.persons.values()
    assert (person["Email"], person["Name"]) == ("Ana@ACME.com", "ana  RUIZ")


def test_rows_that_could_not_be_sent_are_no_clean_end(
    gsprep: Callable[..., Said], people: Path, address: str, store: Store, tmp_path: Path
) -> None:
    """A key of two columns, one of them empty in a row: that row stays, and exit 1 says so."""
    table = people.read_text().replace("CompanyName", "Location").replace("Nowhere Ltd", "")
    people.write_text(table, encoding="utf-8")
    said = gsprep("upload", people, "--to", address, "--key", "Email,Location")
    assert said.code == 1
    told = read_table(tmp_path / "out" / "people.csv")
    assert told["outcome"].tolist() == ["stored", "stored", "rejected"]
    assert told["error_code"].tolist()[2] == "GSOBJ_VCUSTOM1012"
    assert len(store.persons) == 2


def test_a_rehearsal_sends_nothing(
    gsprep: Callable[..., Said], people: Path, tmp_path: Path
) -> None:
    said = gsprep("upload", people, "--dry-run")
    assert said.code == 0
    assert "3 unsent" in said.out
    assert set(read_table(tmp_path / "out" / "people.csv")["outcome"]) == {"unsent"}


def test_the_sandbox_takes_it_too(gsprep: Callable[..., Said], people: Path) -> None:
    said = gsprep("upload", people, "--sandbox")
    assert said.code == 0
    assert "3 stored" in said.out


def test_a_refused_key_is_exit_4_and_the_files_tell(
    gsprep: Callable[..., Said],
    people: Path,
    address: str,
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("GAINSIGHT_ACCESS_KEY", "wrong-key")
    said = gsprep("upload", people, "--to", address)
    assert said.code == 4
    assert "stopped: the service refused the access key" in said.err
    assert store.persons == {}
    assert set(read_table(tmp_path / "out" / "people.csv")["outcome"]) == {"unsent"}


@pytest.mark.parametrize(
    ("options", "says"),
    [
        pytest.param(["--out", "people.csv"], "--out", id="out is a file"),
        pytest.param(["--key", ","], "key", id="an empty key"),
        pytest.param(["--key", "Shoe"], "Shoe", id="a key column nobody has"),
        pytest.param(["--company-persons", "none.csv"], "none.csv", id="no such file"),
    ],
)
def test_a_wrong_option_is_refused_before_anything_is_sent(
    gsprep: Callable[..., Said],
    people: Path,
    address: str,
    store: Store,
    tmp_path: Path,
    options: list[str],
    says: str,
) -> None:
    said = gsprep("upload", people, "--to", address, *options)
    assert (said.code, said.out) == (2, "")
    assert says in said.err
    assert store.persons == {}
    assert [path.name for path in tmp_path.iterdir()] == ["people.csv"]
