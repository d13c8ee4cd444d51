"""Changes and findings, counted by what they have in common."""

from __future__ import annotations

import pandas as pd

from gsprep.cleaning.clean import clean
from gsprep.report.lines import Found, Mended, found_of, mended_of
from gsprep.schemas.objects import Person
from gsprep.validation.check import check


def findings(**columns: list[str | None]) -> pd.DataFrame:
    return check(pd.DataFrame(columns), Person).findings


def test_changes_by_rule_and_column_the_most_frequent_first() -> None:
    changes = clean(
        pd.DataFrame({"Email": [" a@ACME.com", "b@ACME.com"], "Title": ["x ", "y"]})
    ).changes
    assert mended_of(changes) == (
        Mended("email", "Email", 2),
        Mended("blanks", "Email", 1),
        Mended("blanks", "Title", 1),
    )


def test_no_changes() -> None:
    assert mended_of(clean(pd.DataFrame({"Email": ["a@acme.com"]})).changes) == ()


def test_errors_stand_before_warnings() -> None:
    told = found_of(
        findings(Email=["bad@", "c@gmial.com", "d@gmial.com", "also bad"], Hat=["1"] * 4)
    )
    assert [(one.severity, one.code, one.column, one.rows) for one in told] == [
        ("error", "GSOBJ_VDTEMAIL1001", "Email", 2),
        ("warning", "GSPREP_MAILSLIP", "Email", 2),
        ("warning", "GSOBJ_VCRUDR1002", "Hat", 1),
    ]
    assert told[0] == Found(
        "error",
        "GSOBJ_VDTEMAIL1001",
        "Email",
        2,
        "Email is not an e-mail address that the service accepts.",
        "Write one address: a name, one @, and a domain with a dot.",
    )


def test_a_message_that_names_a_row_is_told_for_all_of_them() -> None:
    told = found_of(findings(Email=["a@acme.com"] * 3, FirstName=["x", "y", "z"]))
    assert [one.message for one in told] == [
        "Email is the same as in an earlier row, and the two rows disagree."
    ]


def test_a_message_that_says_more_than_its_code_is_kept() -> None:
    told = found_of(findings(Email=["a@acme.com", None], Title=["x" * 300, "y"]))
    assert [one.message for one in told if "255" in one.message or "Gsid" in one.message] == [
        "Email or Gsid is missing, and without it the record cannot be identified.",
        "Title is longer than the 255 characters that the service stores.",
    ]


def test_a_header_that_is_an_address_is_masked_in_the_sentence_too() -> None:
    (told,) = found_of(findings(Email=["a@acme.com"], **{"ana@acme.com": ["1"]}))
    assert told.column == "a***@a***.com"
    assert "ana@" not in told.message
