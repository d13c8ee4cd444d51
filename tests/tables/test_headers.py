"""Headers: the API names that people mean."""

from __future__ import annotations

from itertools import chain
from pathlib import Path

import pytest
import yaml
from each_row import each_row

from gsprep.errors import InputError
from gsprep.mapping.aliases import understood
from gsprep.schemas.fields import COMPANY, COMPANY_PERSON, OBJECTS, PERSON, ObjectFields
from gsprep.shipped import shipped
from gsprep.tables.headers import name_columns


@each_row(
    ("header", "of", "name"),
    [
        ("EMAIL", None, "Email"),
        ("E-mail Address", None, "Email"),
        ("E-Mail", PERSON, "Email"),
        ("e_mail:", PERSON, "Email"),
        ("first name", None, "FirstName"),
        ("Surname", None, "LastName"),
        ("Job Title", None, "Title"),
        ("Mobile", None, "Phone"),
        ("Organisation", None, "CompanyName"),
        ("Company Name", None, "CompanyName"),
        ("Account Name", COMPANY_PERSON, "CompanyName"),
        ("Company Name", COMPANY, "Name"),
        ("CompanyName", COMPANY, "Name"),
        ("Account Name", COMPANY, "Name"),
        ("Company ID", None, "Company_ID"),
        ("Company ID", COMPANY, "Gsid"),
        ("GSID", None, "Gsid"),
        ("Website", COMPANY, "Domain"),
        ("is primary company", None, "IsPrimaryCompany"),
        ("nps__gc", None, "nps__gc"),
        ("Email__gc", None, "Email__gc"),
        ("Shoe size", None, "Shoe size"),
        ("row_id", None, "row_id"),
        ("", None, ""),
    ],
)
def test_what_a_header_means(header: str, of: ObjectFields | None, name: str) -> None:
    assert understood(header, of) == name


@each_row("of", [None, *OBJECTS])
def test_every_name_of_the_object_means_itself(of: ObjectFields | None) -> None:
    assert all(understood(field.name, of) == field.name for field in (of or PERSON).fields)


def test_the_surest_header_gets_the_name() -> None:
    renamed = name_columns(Path("x"), ["Mail", "E_MAIL", "Mobile", "Phone"], None, line=1)
    assert renamed.names == ("Mail", "Email", "Mobile", "Phone")
    assert renamed.notes == (
        'columns taken for fields: "E_MAIL" as Email',
        'the column "Mail" is not taken for Email: "E_MAIL" is',
        'the column "Mobile" is not taken for Phone: "Phone" is',
    )


def test_our_own_column_of_a_decision_is_no_company() -> None:
    names = ["row_id", "verdict", "company_name"]
    assert name_columns(Path("x"), names, None, line=1).names == tuple(names)
    assert name_columns(Path("x"), names[2:], None, line=1).names == ("CompanyName",)


def test_two_equally_good_headers_are_refused() -> None:
    with pytest.raises(InputError, match='"Company" and "Employer" both mean CompanyName'):
        name_columns(Path("x"), ["Company", "Employer"], None, line=1)


def test_of_what_only_serves_to_compare_the_first_is_taken() -> None:
    """Exports of contact data have several numbers and domains of a person."""
    headers = ["Work Direct Phone", "Corporate Phone", "Email Domain", "Website"]
    assert name_columns(Path("x"), headers, None, line=1).names == (
        "Phone", "Corporate Phone", "Domain", "Website",
    )  # fmt: skip


def test_the_shipped_list_names_fields_and_no_header_twice() -> None:
    book = yaml.safe_load(shipped("rules", "headers.yaml").read_text(encoding="utf-8"))
    fields = {field.name for thing in OBJECTS for field in thing.fields}
    for names in book.values():
        aliases = list(chain.from_iterable(names.values()))
        assert set(names) <= fields
        assert len({alias.casefold() for alias in aliases}) == len(aliases)
