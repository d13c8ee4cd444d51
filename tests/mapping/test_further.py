"""Several e-mail columns and names in one cell, without a mapping file."""

# ruff: noqa: E501  an example is read best on one line

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest
from each_row import each_row

import gsprep
from gsprep.errors import InputError, MissingColumnsError
from gsprep.schemas.fields import PERSON
from gsprep.tables.read import read

if TYPE_CHECKING:
    from pathlib import Path

    from _pytest.logging import LogCaptureFixture


def test_further_addresses_fill_and_are_listed(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text(
        "E-mail address,Work email,Private email,Company / Organisation\n"
        "ana@acme.com,,ana@gmail.com,Acme\n,bo@bolt.io,,Bolt\ncy@z.org,c2@z.org,,Z\n",
        encoding="utf-8",
    )
    reading = read(path)
    frame = reading.frame.astype("object").where(reading.frame.notna(), None)
    assert frame["Email"].tolist() == ["ana@acme.com", "bo@bolt.io", "cy@z.org"]
    assert frame["OtherEmails"].tolist() == ["ana@gmail.com", None, "c2@z.org"]
    assert frame["Private email"].tolist() == ["ana@gmail.com", None, None]
    assert 'where "E-mail address" is empty, Email is taken from "Work email"' in reading.notes


@pytest.mark.parametrize(
    ("headers", "second"),
    [
        pytest.param(
            "Contact 1 Name,Contact 1 Email,Contact 2 Name,Contact 2 Email", True, id="numbered"
        ),
        pytest.param(
            "Primary Contact Name,Primary Contact Email,Secondary Contact Name,Secondary Contact Email",
            True,
            id="in words",
        ),
        pytest.param("Name,Email,Name2,Email2", True, id="at the end"),
        pytest.param("Name,Email,Phone 2,Email 2", False, id="of the same person"),
    ],
)
def test_a_second_person_in_a_row_is_told_of(tmp_path: Path, headers: str, second: bool) -> None:  # noqa: FBT001  a table
    path = tmp_path / "people.csv"
    path.write_text(f"{headers}\nAna,ana@acme.com,Bo,bo@acme.com\nCy,cy@acme.com,,\n", "utf-8")
    reading = read(path, of=PERSON)
    told = [note for note in reading.notes if "are of a second person in the same row" in note]
    assert bool(told) == second
    assert ("OtherEmails" in reading.frame) != second
    assert reading.frame["Email"].tolist() == ["ana@acme.com", "cy@acme.com"]


@pytest.mark.parametrize("rest", ["", ",Gsid"])
def test_an_address_in_another_column_alone_is_reported(tmp_path: Path, rest: str) -> None:
    """A private or former address never becomes Email by itself."""
    path = tmp_path / "people.csv"
    path.write_text(
        f"Work email,Alt. email{rest}\na@x.org,{rest}\n,b@gmail.com{rest}\nc@x.org,d@x.org{rest}\n",
        encoding="utf-8",
    )
    reading = read(path)
    assert reading.frame["Email"].isna().tolist() == [False, True, False]
    told = any('1 row has an address only in "Alt. email"' in note for note in reading.notes)
    assert told is not bool(rest)


def test_last_and_first_name_in_one_cell(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text('"Last Name, First Name",Mail\n"Ruiz, Ana",a@x.de\nCher,c@x.de\n', "utf-8")
    frame = read(path).frame
    assert frame.loc[0, ["LastName", "FirstName", "Name"]].tolist() == ["Ruiz", "Ana", "Ana Ruiz"]
    assert frame.loc[1, "Name"] == "Cher"


def test_cells_deny_what_a_header_means(tmp_path: Path) -> None:
    path = tmp_path / "companies.csv"
    path.write_text("Company,Account ID\n" + "".join(f"C{n},K-{n}\n" for n in range(5)), "utf-8")
    reading = read(path)
    assert "Account ID" in reading.frame.columns
    told = 'the column "Account ID" is not taken for SfdcAccountId: its cells look different'
    assert told in reading.notes


NAMES = ["Ruiz, Ana", "Berg, Bo", "Young, Cy", "Smith, John, Jr.", "Cher"]


def test_a_column_of_names_with_the_last_name_first_is_put_in_order() -> None:
    people = pd.DataFrame({"Name": NAMES, "Email": [f"{n}@acme.com" for n in "abcde"]})
    cleaned = gsprep.clean(people)
    names = cleaned.frame["Name"].tolist()
    assert names == ["Ana Ruiz", "Bo Berg", "Cy Young", "John Smith Jr.", "Cher"]
    assert cleaned.frame["LastName"].tolist()[:2] == ["Ruiz", "Berg"]
    assert set(cleaned.changes["rule"]) == {"name_order"}
    assert gsprep.revert(cleaned.frame, cleaned.changes)["Name"].tolist() == NAMES
    assert len(gsprep.clean(cleaned.frame).changes) == 0


@each_row(
    "names",
    [
        pytest.param(
            ["Ruiz, Ana", "Bo Berg", "Cy Young", "Di Dorn"], id="one cell does not decide"
        ),
        pytest.param(["John Smith, Jr.", "Ana Ruiz, PhD", "Bo Berg, MBA"], id="suffixes"),
        pytest.param(["Smith, Jr.", "Ruiz, PhD", "Berg, MBA", "Dorn, Sr."], id="suffixes alone"),
        pytest.param(["Ana Ruiz, Acme", "Bo Berg, Bolt", "Cy Young, Zeta"], id="companies"),
        pytest.param(["Ruiz, Ana", "Berg, Bo"], id="too few"),
    ],
)
def test_other_names_stay(names: list[str]) -> None:
    people = pd.DataFrame({"Name": names, "Email": [f"{n}@acme.com" for n in range(len(names))]})
    assert gsprep.clean(people).frame["Name"].tolist() == names


FOREIGN = pd.DataFrame({"E-mail Address": ["ana@acme.com"], "Employer": ["Acme"], "Badge": ["7"]})
COMPANIES = pd.DataFrame({"Gsid": ["C1"], "Name": ["Acme"]})


@each_row(
    ("call", "kind"),
    [
        pytest.param(lambda: gsprep.clean(FOREIGN), InputError, id="clean"),
        pytest.param(lambda: gsprep.check(FOREIGN, gsprep.Person), MissingColumnsError, id="check"),
        pytest.param(lambda: gsprep.unify(FOREIGN, COMPANIES), InputError, id="unify"),
    ],
)
def test_a_frame_with_other_headers_is_told(call: object, kind: type[Exception]) -> None:
    with pytest.raises(kind) as refused:
        call()  # type: ignore[operator]
    told = str(refused.value)
    assert '"E-mail Address" (probably Email), "Employer" (probably CompanyName)' in told
    assert "gsprep.map_columns" in told
    assert "Badge" not in told or kind is MissingColumnsError
    assert "acme.com" not in told


def test_a_frame_with_some_fields_is_used_with_a_warning(caplog: LogCaptureFixture) -> None:
    gsprep.clean(FOREIGN.rename(columns={"Employer": "CompanyName"}))
    assert '"E-mail Address" (probably Email)' in caplog.text


def test_good_columns_and_extra_ones_say_nothing(caplog: LogCaptureFixture) -> None:
    people = pd.DataFrame({"Email": ["ana@acme.com"], "Work Email": ["a@b.de"], "Badge": ["7"]})
    gsprep.clean(people)
    gsprep.unify(people, COMPANIES)
    gsprep.clean(pd.DataFrame({"Badge": ["7"]}))
    assert caplog.text == ""


@pytest.mark.parametrize(
    ("text", "names", "note"),
    [
        pytest.param("User Email,Invitee Email\nh@x.co,a@y.co\nh@x.co,b@y.co\n", ["User Email", "Email"], "it repeats them", id="the host of all meetings"),
        pytest.param("UPN,Mail\na_y.co#EXT#@x.co,a@y.co\n", ["UPN", "Email"], '"Mail" is', id="names to sign in"),
        pytest.param("Email,URL\na@y.co,https://linkedin.com/in/a\n", ["Email", "LinkedinUrl"], "", id="profiles"),
        pytest.param("Email,URL\na@y.co,https://y.co\n", ["Email", "URL"], "", id="other addresses of the web"),
        pytest.param("Name,Firm\nAna <a@y.co>,Y\n", ["Name", "CompanyName"], 'no column is Email, but "Name" holds', id="addresses among the names"),
        pytest.param("Contact,Firm\na@y.co,Y\n", ["Name", "CompanyName"], "choose Email for the right column with `gsprep map --object Person --out mapping.yaml`, then give it with --mapping", id="addresses alone"),
        pytest.param("Email,Business Country/Region,Home Country/Region\na@y.co,DE,\n", ["Email", "Country", "Home Country/Region"], "", id="two countries"),
        pytest.param("Email,Full Name,Display Name\na@y.co,Ana,ana\n", ["Email", "Name", "Display Name"], "", id="two names"),
        pytest.param("Mail,Nom,Fonction\na@y.co,Ana,DSI\n", ["Email", "Name", "Title"], "", id="a function"),
    ],
)  # fmt: skip
def test_which_column_is_the_field(tmp_path: Path, text: str, names: list[str], note: str) -> None:
    path = tmp_path / "people.csv"
    path.write_text(text, "utf-8")
    reading = read(path, of=PERSON)
    assert [n for n in reading.frame.columns if n not in {"row_id", "line", "OtherEmails"}] == names
    assert note in "\n".join(reading.notes)
