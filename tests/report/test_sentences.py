"""Headline, next steps and notes of a run."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from gsprep.pipeline import run
from gsprep.report.page_counts import Facts, Sending, facts_of, matching_of
from gsprep.report.sentences import (
    contradicted_ids,
    contradiction_notes,
    headline,
    notes_of,
    rest,
    steps,
)
from gsprep.report.summary import Part, Whole
from gsprep.results import Unified
from gsprep.schemas.objects import Person, schema_from_describe
from gsprep.validation.check import check

if TYPE_CHECKING:
    from gsprep.results import RunResult


WORDS = ("stored", "refused", "unknown", "unsent", "rejected")


def outcomes(file: str, **counts: int) -> Whole:
    return Whole(file, tuple(Part(word, counts.get(word, 0), file) for word in WORDS))


def facts(
    *, status: str = "done", stopped: str = "", linked: Whole | None = None, **counts: int
) -> Facts:
    """Return the facts of a run with these outcomes of people, of whom nobody is in review."""
    people = outcomes("people.csv", **counts)
    nobody = pd.DataFrame(columns=["row_id", "verdict", "rule", "reason"], dtype="str")
    matching = matching_of(Unified(nobody.assign(probability=0.0), nobody[["row_id"]]))
    objects = tuple(whole for whole in (people, linked) if whole is not None and whole.count)
    return Facts(
        run="r", status=status, seconds=1.0, read=people.count,
        valid=people.count - people.of("rejected"), rejected=people.of("rejected"), columns=(),
        changes=(), findings=(), matching=matching, sending=Sending("sync", 1, objects, (), None),
        timeline=(), quota=(), unusable=0, notes=(), stopped=stopped,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("of", "sentence"),
    [
        pytest.param(facts(), "There were no rows to read.", id="empty"),
        pytest.param(facts(stored=1), "All done: 1 row stored.", id="all of one"),
        pytest.param(facts(stored=1, refused=1), "Done: 1 of 2 rows is stored.", id="some"),
        pytest.param(
            facts(stored=1200, rejected=800), "Done: 1,200 of 2,000 rows are stored.", id="many"
        ),
        pytest.param(
            facts(status="dry-run", unsent=3, rejected=1),
            "Nothing was sent yet: 3 of 4 rows can be sent.",
            id="dry run",
        ),
        pytest.param(
            facts(status="stopped", unknown=1),
            "Not finished: 0 of 1 row are stored so far.",
            id="left unknown",
        ),
        pytest.param(
            facts(stopped="away", stored=2, unsent=2),
            "Not finished: 2 of 4 rows are stored so far.",
            id="stopped",
        ),
    ],
)
def test_the_sentence_that_matters(of: Facts, sentence: str) -> None:
    assert headline(of) == sentence


@pytest.mark.parametrize(
    ("of", "sentence"),
    [
        pytest.param(facts(stored=1), "", id="nothing more to say"),
        pytest.param(
            facts(stored=1, refused=2, unknown=3, unsent=4, rejected=5),
            "The others: 5 rejected before sending, 2 refused by the service, "
            "3 with an unknown outcome, 4 not sent.",
            id="others",
        ),
        pytest.param(
            facts(stored=1, linked=outcomes("company_persons.csv", stored=1)),
            "Of 1 association with a company, 1 is stored.",
            id="associations",
        ),
        pytest.param(
            facts(
                status="dry-run",
                unsent=2,
                linked=outcomes("relationship_persons.csv", unsent=1, rejected=1),
            ),
            "Of 2 associations with a relationship, 1 could be sent.",
            id="associations of a dry run",
        ),
    ],
)
def test_where_the_others_are(of: Facts, sentence: str) -> None:
    assert rest(of) == sentence


@pytest.mark.parametrize(
    ("of", "to_do"),
    [
        pytest.param(facts(stored=1), [], id="nobody is awaited"),
        pytest.param(
            facts(
                stopped="no reply.",
                refused=1,
                unknown=2,
                rejected=3,
                linked=outcomes("company_persons.csv", refused=4, rejected=5),
            ),
            [
                ("Finish the run", ""),
                ("Check 2 rows with an unknown outcome", "people.csv"),
                ("Fix 3 rows", "rejects.csv"),
                ("Check 1 row refused by the service", "people.csv"),
                ("Check 4 rows refused by the service", "company_persons.csv"),
                ("Check 5 associations that cannot be sent", "company_persons.csv"),
            ],
            id="the most urgent first",
        ),
        pytest.param(
            facts(status="dry-run", unsent=1),
            [("Send, if the counts below are right", "")],
            id="dry run",
        ),
    ],
)
def test_what_to_do(of: Facts, to_do: list[tuple[str, str]]) -> None:
    assert [(step.what, step.file) for step in steps(of)] == to_do


def test_what_ended_it_is_said_once() -> None:
    (step,) = steps(facts(stopped="no reply: use `gsprep resume`."))
    assert step.how.startswith("no reply: use `gsprep resume`. It is safe")


def test_reviews_warnings_and_companies_come_last(result: RunResult) -> None:
    people = pd.DataFrame({"Email": ["ana@gmail.com"], "CompanyName": ["Acme Incc"]})
    companies = pd.DataFrame({"Gsid": ["1P02" + "A" * 32], "Name": ["Acme Inc"]})
    waiting = facts_of(run(people, companies)).matching
    told = replace(facts_of(result), matching=waiting)
    count = waiting.verdicts.of("review")
    assert count == 1
    assert "1 person needs a decision" in rest(told)
    assert [step.file for step in steps(told)][-3:] == [
        "review.csv", "warnings.csv", "rejected_companies.csv",
    ]  # fmt: skip


PERSON = schema_from_describe({
    "objectName": "Person",
    "fields": [
        {"fieldName": "Email", "dataType": "EMAIL"},
        {"fieldName": "Rank__gc", "dataType": "NUMBER", "readOnly": True},
        {"fieldName": "Kind__gc", "dataType": "STRING", "required": True},
    ],
})  # fmt: skip


@pytest.mark.parametrize(
    ("columns", "notes"),
    [
        pytest.param(["Kind__gc"], [], id="nothing to say"),
        pytest.param(
            ["Kind__gc", "Hat__gc", "Shoe"],
            ["columns not sent, because Person has no such field: Hat__gc, Shoe"],
            id="unknown",
        ),
        pytest.param(
            ["Kind__gc", "ana@acme.com"],
            ["columns not sent, because Person has no such field: a***@a***.com"],
            id="a person in place of a header",
        ),
        pytest.param(
            ["Kind__gc", "Rank__gc"],
            ["read-only or not always written in this tenant: Rank__gc. See warnings.csv"],
            id="not written",
        ),
        pytest.param(
            [], ["no column is Kind__gc, which this tenant requires for a new person"], id="missing"
        ),
    ],
)
def test_each_kind_of_column_has_its_sentence(columns: list[str], notes: list[str]) -> None:
    people = pd.DataFrame({"Email": ["a@acme.com"], **dict.fromkeys(columns, "1")})
    assert list(notes_of(people, None, check(people, PERSON), people.head(0))) == notes


def rejects(codes: list[str | None], **columns: list[str]) -> pd.DataFrame:
    said = dict.fromkeys(["messages", "hints", "suggestions"], "x")
    return pd.DataFrame({"row_id": list("abc"), **columns, "codes": codes, **said})


SAME, MAIL = "GSOBJ_VCUSTOM1007", "GSOBJ_VDTEMAIL1001"


@pytest.mark.parametrize(
    ("given", "counted"),
    [
        pytest.param(rejects([SAME, MAIL, None]), 1, id="one"),
        pytest.param(rejects([f"{MAIL}; {SAME}", SAME, MAIL]), 2, id="one of several codes"),
        pytest.param(rejects([MAIL, MAIL, SAME]), 0, id="one that is rejected again"),
        pytest.param(rejects([SAME, SAME, None]).drop(columns="hints"), 0, id="no rejects.csv"),
        pytest.param(rejects([SAME] * 3).set_index("messages", drop=False), 2, id="another index"),
    ],
)
def test_rows_that_contradicted_one_that_is_not_there_are_counted(
    given: pd.DataFrame, counted: int
) -> None:
    """Of the rows a, b and c the first two pass."""
    notes = contradiction_notes(contradicted_ids(given), pd.Series(["a", "b"]))
    assert [note.split(" ", 1)[0] for note in notes] == ([str(counted)] if counted else [])


def test_a_run_counts_them_by_record_where_rows_have_no_names() -> None:
    given = rejects([SAME, None, MAIL], Email=["a@acme.com", "b@acme.com", "c@"])
    given = given.drop(columns="row_id")
    people = given[["Email"]]
    notes = notes_of(given, contradicted_ids(given), check(people, Person), people.head(0))
    assert notes[0].startswith("1 row had the same key as a row that is not in this file")
    assert "messages" in notes[1]
