"""People without a company, by domain and stated employer."""

from __future__ import annotations

import pandas as pd
import pytest

from gsprep.report.finding_counts import employers_of, unmatched_rows
from gsprep.results import Unified

PEOPLE = (
    ("1", "a@newco.com", "Newco"),
    ("2", "b@mail.newco.com", "NewCo Ltd"),
    ("3", "c@newco.com", "NewCo Ltd"),
    ("4", "d@gmail.com", "Zed, Inc."),
    ("5", "e@gmail.com", "Zed Inc"),
    ("6", "f@gmail.com", "ZED INC"),
    ("7", "g@gmail.com", "freelance"),
    ("8", None, None),
    ("9", "h@gmail.com", None),
    ("10", "i@two.com", None),
    ("11", "j@two.com", None),
    ("12", "k@acme.com", "Acme"),
)


def persons() -> pd.DataFrame:
    return pd.DataFrame(PEOPLE, columns=["row_id", "Email", "CompanyName"], dtype="str")


def decided(*matched: str) -> Unified:
    verdict = persons()["row_id"].isin(matched).map({True: "match", False: "no_match"})
    frame = pd.DataFrame({"row_id": persons()["row_id"], "verdict": verdict})
    return Unified(frame, pd.DataFrame())


def lines(frame: pd.DataFrame) -> list[tuple[object, ...]]:
    shown = frame.astype(object).where(frame.notna(), None)
    return list(shown.itertuples(index=False, name=None))


def test_people_share_a_domain_or_at_free_mail_an_employer() -> None:
    assert lines(unmatched_rows(persons(), decided("12"))) == [
        ("7", 3, None, None),
        ("4", 3, None, "ZED INC"),
        ("1", 3, "newco.com", "NewCo Ltd"),
        ("10", 2, "two.com", None),
    ]


def test_a_page_names_what_three_people_share() -> None:
    found = employers_of(unmatched_rows(persons(), decided("12")))
    assert [(one.name, one.people) for one in found] == [("ZED INC", 3), ("newco.com", 3)]


@pytest.mark.parametrize("lacking", ["Email", "CompanyName"])
def test_a_file_may_lack_what_tells_an_employer(lacking: str) -> None:
    found = unmatched_rows(persons().drop(columns=lacking), decided())
    assert found["people"].sum() == len(PEOPLE)


def test_nobody_is_no_group() -> None:
    found = unmatched_rows(persons(), decided(*(line[0] for line in PEOPLE)))
    assert lines(found) == []
    assert employers_of(found) == ()
