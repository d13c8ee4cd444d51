"""``gsprep companies``: a tenant's companies as a file that other commands take."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from gsprep.sandbox.app import make_app, serve
from gsprep.sandbox.store import Store
from gsprep.tables.read import read_table

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Said

CODE = "1P02" + "C" * 32


def test_the_file_is_one_that_match_takes(
    gsprep: Callable[..., Said], address: str, people: Path, tmp_path: Path
) -> None:
    said = gsprep("companies", "--to", address, "--out", tmp_path / "companies.csv", "--json")
    assert said.code == 0
    assert "no field Phone, Country in this tenant" in said.err
    assert json.loads(said.out) == {
        "schema": "gsprep.companies/1",
        "companies": 2,
        "columns": ["Gsid", "Name", "Domain", "SfdcAccountId"],
        "file": str(tmp_path / "companies.csv"),
    }
    found = read_table(tmp_path / "companies.csv")
    assert found["Name"].tolist() == ["Acme Inc", "Bolt GmbH"]
    matched = gsprep("match", people, "--companies", tmp_path / "companies.csv", "--json")
    assert json.loads(matched.out)["match"] == 2


def test_the_columns_are_those_the_rulebook_names(
    gsprep: Callable[..., Said], address: str, store: Store, tmp_path: Path
) -> None:
    store.add_companies([{"Gsid": CODE, "Name": "Code", "Website__gc": "code.com"}])
    rules = tmp_path / "rules.yaml"
    rules.write_text(
        "intercept: -7\nmodel: {same_domain: 9}\ncolumns: {company_domain: Website__gc}\n",
        encoding="utf-8",
    )
    said = gsprep("companies", "--to", address, "--rules", rules)
    assert (said.code, said.out) == (0, f"{3:>8}  companies: companies.csv\n")
    found = read_table(tmp_path / "companies.csv")
    assert found["Website__gc"].dropna().tolist() == ["code.com"]
    assert "Domain" not in found


def test_what_the_tenant_lacks_is_left_out_and_said(
    gsprep: Callable[..., Said], address: str, tmp_path: Path
) -> None:
    rules = tmp_path / "rules.yaml"
    rules.write_text(
        "intercept: -7\nmodel: {same_domain: 9}\ncolumns: {company_phone: Hotline__gc}\n",
        encoding="utf-8",
    )
    said = gsprep("companies", "--to", address, "--rules", rules)
    assert said.code == 0
    assert "no field" in said.err
    assert "Hotline__gc" in said.err
    assert list(read_table(tmp_path / "companies.csv").columns[2:4]) == ["Gsid", "Name"]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        pytest.param(["--out", "companies.pdf"], "the ending is not supported", id="an ending"),
        pytest.param(["--rules", "none.yaml"], "none.yaml", id="no rulebook"),
        pytest.param(["--to", "ftp://x"], "https", id="no address"),
    ],
)
def test_a_wrong_option_is_told_before_anything_is_asked(
    gsprep: Callable[..., Said], address: str, options: list[str], says: str, tmp_path: Path
) -> None:
    said = gsprep("companies", "--to", address, *options)
    assert (said.code, said.out) == (2, "")
    assert says in said.err
    assert list(tmp_path.iterdir()) == []


def test_a_tenant_without_companies_gives_headers(
    gsprep: Callable[..., Said], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GAINSIGHT_ACCESS_KEY", "any")
    with Store() as empty, serve(make_app(empty)) as server:
        said = gsprep("companies", "--to", server.url)
    assert said.code == 0
    assert "no companies" in said.err
    assert read_table(tmp_path / "companies.csv").empty


def test_a_refused_key_is_exit_4(
    gsprep: Callable[..., Said], address: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GAINSIGHT_ACCESS_KEY", "wrong-key")
    assert gsprep("companies", "--to", address).code == 4
    assert list(tmp_path.iterdir()) == []
