"""Answers: those of reviewers win over every rule and score."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from gsprep.errors import DocumentError, InputError, MissingColumnsError
from gsprep.schemas.answers import ANSWER_COLUMNS
from gsprep.unification.answers import answers_from_review, as_answers, read_review
from gsprep.unification.prepare import prepare
from gsprep.unification.rulebook import Columns, Rulebook
from gsprep.unification.unify import unify

if TYPE_CHECKING:
    from collections.abc import Callable

COMPANIES = pd.DataFrame(
    {
        "Gsid": ["C1", "C2", "C3"],
        "Name": ["Acme", "Zeta Labs", "Acme Europe"],
        "Domain": ["acme.com", "zeta.io", None],
    }
)
BOOK = Rulebook(
    intercept=-4.0,
    model={"same_domain": 9.0, "shared_domain": 5.0, "same_name": 8.0},
    never_alone=("shared_domain",),
)
COLUMNS = ("kind", "value", "Company_ID", "answer", "at")


def answers(*lines: tuple) -> pd.DataFrame:
    padded = [(*line, *[None] * (len(COLUMNS) - len(line))) for line in lines]
    return pd.DataFrame(padded, columns=list(COLUMNS), dtype=object)


def decide(said: pd.DataFrame, **cells: str) -> pd.Series:
    people = pd.DataFrame({name: [value] for name, value in cells.items()})
    return unify(people, COMPANIES, BOOK, answers=said).decisions.iloc[0]


ANA = {"Email": "ana@acme.com"}
MATCH_C2 = ("email", "ana@acme.com", "C2", "match")
AT_A = {"Email": "ana@a.com"}
THERE_BEFORE = ("domain", "a.com", "C2", "match", "2026-01-01")
GONE_LATER = ("domain", "a.com", "GONE", "match", "2026-02-01")


@pytest.mark.parametrize(
    ("lines", "cells", "decision"),
    [
        pytest.param([], ANA, ("match", "C1", "model"), id="nothing was answered"),
        pytest.param([MATCH_C2], ANA, ("match", "C2", "answer"), id="over the domain"),
        pytest.param(
            [("email", " mailto:ANA@Acme.com ", "C2", "Match")],
            {"Email": "Ana <ana@ACME.COM>"},
            ("match", "C2", "answer"),
            id="both as they came",
        ),
        pytest.param([MATCH_C2], {"Email": "bo@acme.com"}, ("match", "C1", "model"), id="another"),
        pytest.param(
            [("domain", "https://acme.com/", "C2", "match")],
            {"Email": "ana@mail.acme.com"},
            ("match", "C2", "answer"),
            id="a domain, and what is under it",
        ),
        pytest.param(
            [("domain", "acme.com", "C2", "match"), ("domain", "eu.acme.com", "C3", "match")],
            {"Email": "ana@mail.eu.acme.com"},
            ("match", "C3", "answer"),
            id="the nearest domain",
        ),
        pytest.param(
            [("domain", "gmail.com", "C2", "match")],
            {"Email": "ana@gmail.com"},
            ("match", "C2", "answer"),
            id="even free mail",
        ),
        pytest.param(
            [("company_name", "Acme  inc.", "C2", "match")],
            {"CompanyName": "ACME, Inc"},
            ("match", "C2", "answer"),
            id="a stated employer",
        ),
        pytest.param(
            [("company_name", "Acme Inc", "C2", "match")],
            {"CompanyName": "Acme Ltd"},
            ("match", "C1", "model"),
            id="another legal form is another employer",
        ),
        pytest.param(
            [("company_name", "Acme", "C3", "match"), ("domain", "acme.com", "C2", "match")],
            {**ANA, "CompanyName": "Acme"},
            ("match", "C2", "answer"),
            id="the domain before the name",
        ),
        pytest.param(
            [("domain", "acme.com", "C2", "match"), ("email", "ana@acme.com", "C3", "match")],
            ANA,
            ("match", "C3", "answer"),
            id="the address before the domain",
        ),
        pytest.param(
            [("email", "ana@acme.com", None, "no_match")],
            ANA,
            ("no_match", None, "answer"),
            id="no company is right",
        ),
        pytest.param(
            [("email", "ana@acme.com", "C1", "no_match")],
            ANA,
            ("no_match", None, "model"),
            id="not this one",
        ),
        pytest.param(
            [("email", "ana@acme.com", "C1", "no_match")],
            {**ANA, "CompanyName": "Zeta Labs"},
            ("match", "C2", "model"),
            id="not this one, but another",
        ),
        pytest.param(
            [("email", "ana@acme.com", "C1", "no_match"), ("domain", "acme.com", "C1", "match")],
            ANA,
            ("no_match", None, "model"),
            id="what the address rules out is not theirs by domain",
        ),
        pytest.param(
            [("domain", "acme.com", "C1", "no_match"), ("email", "ana@acme.com", "C1", "match")],
            ANA,
            ("match", "C1", "answer"),
            id="an address may be the exception",
        ),
        pytest.param(
            [MATCH_C2, ("email", "ana@acme.com", "C3", "match")],
            ANA,
            ("match", "C3", "answer"),
            id="the later line",
        ),
        pytest.param(
            [
                (*MATCH_C2, "2026-11-20"),
                ("email", "ana@acme.com", "C3", "match", "2026-11-19T23:00Z"),
            ],
            ANA,
            ("match", "C2", "answer"),
            id="the newer line",
        ),
        pytest.param(
            [(*MATCH_C2, "2026-11-20"), ("email", "ana@acme.com", "C3", "match")],
            ANA,
            ("match", "C2", "answer"),
            id="without a moment the oldest",
        ),
        pytest.param(
            [MATCH_C2, ("email", "ana@acme.com", "C2", "no_match")],
            ANA,
            ("match", "C1", "model"),
            id="taken back",
        ),
        pytest.param(
            [("email", "ana@acme.com", "C2", "no_match"), MATCH_C2],
            ANA,
            ("match", "C2", "answer"),
            id="taken back the other way",
        ),
        pytest.param(
            [MATCH_C2, ("email", "ana@acme.com", "C3", "no_match")],
            ANA,
            ("match", "C2", "answer"),
            id="ruling out another changes nothing",
        ),
        pytest.param(
            [MATCH_C2, ("email", "ana@acme.com", "GONE", "match")],
            ANA,
            ("match", "C1", "model"),
            id="a newer one about a company that is not in the list",
        ),
        pytest.param(
            [GONE_LATER], AT_A, ("no_match", None, "model"), id="only a company that is gone"
        ),
        pytest.param(
            [THERE_BEFORE, GONE_LATER],
            AT_A,
            ("no_match", None, "model"),
            id="a company that is gone ends the older answer",
        ),
        pytest.param(
            [GONE_LATER, THERE_BEFORE],
            AT_A,
            ("no_match", None, "model"),
            id="a company that is gone, in the other order",
        ),
        pytest.param(
            [THERE_BEFORE],
            AT_A,
            ("match", "C2", "answer"),
            id="the older answer without a newer one",
        ),
        pytest.param(
            [("email", "ana@acme.com", "C1", "match")],
            {"Email": "cy@acme.com"},
            ("match", "C1", "model"),
            id="a colleague's company is evidence for the domain",
        ),
        pytest.param(
            [("email", "ana@acme.com", "C1", "match"), ("email", "bo@acme.com", "C3", "match")],
            {"Email": "cy@acme.com"},
            ("review", "C1", "model"),
            id="a domain of two companies decides nothing alone",
        ),
    ],
)
def test_what_was_answered(lines: list, cells: dict[str, str], decision: tuple) -> None:
    line = decide(answers(*lines), **cells)
    found = tuple(None if pd.isna(line[name]) else line[name] for name in ("verdict", "Company_ID"))
    assert (*found, line["rule"]) == decision


def test_an_answer_is_certain_and_stands_alone() -> None:
    found = unify(pd.DataFrame({"Email": ["ana@acme.com"]}), COMPANIES, answers=answers(MATCH_C2))
    line, evidence = found.decisions.iloc[0], found.evidence
    assert (line["probability"], line["margin"]) == (1.0, 1.0)
    assert pd.isna(line["runner_up_id"])
    assert line["reason"] == "A reviewer answered that this company is theirs."
    assert evidence["Company_ID"].tolist() == ["C2"]
    terms = evidence.drop(columns=["row_id", "Company_ID"]).iloc[0]
    assert terms[terms != 0].index.tolist() == ["answer"]
    assert terms.sum() > 13


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        pytest.param(None, "A reviewer answered that no company is theirs.", id="no company"),
        pytest.param(
            "C1",
            "A reviewer ruled out a company that has something in common with them.",
            id="not this one",
        ),
    ],
)
def test_why_nobody_is_left_is_said(said: str | None, reason: str) -> None:
    line = decide(answers(("email", "ana@acme.com", said, "no_match")), **ANA)
    assert (line["verdict"], line["reason"]) == ("no_match", reason)


def elsewhere(count: int) -> list[tuple]:
    """Return answers about companies that are not in the list."""
    return [("domain", f"a{at}.com", "X", "match", f"2026-01-0{9 - at}") for at in range(count)]


@pytest.mark.parametrize(
    ("lines", "note"),
    [
        pytest.param([MATCH_C2], None, id="all in the list"),
        pytest.param(
            [MATCH_C2, *elsewhere(1)],
            "1 answer names a company that is not in the list: left out, row_id 2",
            id="one",
        ),
        pytest.param(
            [MATCH_C2, *elsewhere(3)],
            "3 answers name a company that is not in the list: left out, row_id 2, 3, 4",
            id="three",
        ),
        pytest.param(
            [MATCH_C2, *elsewhere(4)],
            "4 answers name a company that is not in the list: left out, row_id 2, 3, 4 and 1 more",
            id="more than three",
        ),
        pytest.param(
            [THERE_BEFORE, GONE_LATER],
            "1 answer names a company that is not in the list: left out, row_id 2",
            id="the newer of two",
        ),
        pytest.param(
            [GONE_LATER, THERE_BEFORE],
            "1 answer names a company that is not in the list: left out, row_id 1",
            id="the newer of two, first in the file",
        ),
    ],
)
def test_answers_about_other_companies_are_left_out_and_named(
    lines: list[tuple], note: str | None
) -> None:
    index = prepare(COMPANIES, answers=answers(*lines))
    assert index.answers.notes == (() if note is None else (note,))


def test_every_mistake_is_named_by_its_row() -> None:
    wrong = answers(
        ("e-mail", "secret@acme.com", "C1", "match"),
        ("email", "secret", "C1", "match"),
        ("domain", None, "C1", "match"),
        ("company_name", "n/a", "C1", "yes"),
        ("email", "secret@acme.com", None, "match", "yesterday"),
        MATCH_C2,
    )
    with pytest.raises(DocumentError) as caught:
        prepare(COMPANIES, answers=wrong.assign(row_id=list("abcdef")))
    found = [(problem.place, problem.message.split()[0]) for problem in caught.value.problems]
    assert found == [
        ("row_id a", "kind"),
        ("row_id b", "value"),
        ("row_id c", "value"),
        ("row_id d", "value"),
        ("row_id d", "answer"),
        ("row_id e", "match"),
        ("row_id e", "at"),
    ]
    assert "secret" not in str(caught.value)
    assert "yesterday" not in str(caught.value)


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        pytest.param(
            lambda: prepare(COMPANIES, answers=answers().drop(columns="Company_ID")),
            MissingColumnsError,
            "Company_ID",
            id="answers without a column",
        ),
        pytest.param(
            lambda: answers_from_review(pd.DataFrame({"row_id": ["1"], "answer": ["1"]}), PEOPLE),
            MissingColumnsError,
            "candidate_1_id",
            id="a review without a column",
        ),
        pytest.param(
            lambda: unify(
                pd.DataFrame(ANA, index=[0]), prepare(COMPANIES), answers=answers(MATCH_C2)
            ),
            InputError,
            "prepared already",
            id="answers for companies that have their answers",
        ),
    ],
)
def test_what_is_refused(call: Callable[[], object], error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        call()


def test_nobody_reads_an_address_in_what_is_shown() -> None:
    index = prepare(COMPANIES, answers=answers(MATCH_C2))
    assert "ana" not in repr(index) + repr(index.answers)


@pytest.mark.parametrize("people", [pd.DataFrame(), pd.DataFrame({"Shoe": ["42"]})])
def test_people_without_any_key_are_no_error(people: pd.DataFrame) -> None:
    told = answers(
        MATCH_C2, ("domain", "a.com", "C1", "match"), ("company_name", "A", "C1", "match")
    )
    found = unify(people, COMPANIES, answers=told)
    assert found.decisions["verdict"].tolist() == ["no_match"] * len(people)
    assert "answer" in found.evidence.columns


@pytest.mark.parametrize(
    ("line", "warned"),
    [
        pytest.param(("domain", "gmail.com", "C2", "match"), True, id="free mail"),
        pytest.param(("domain", "mail.gmx.de", "C2", "match"), True, id="and what is under it"),
        pytest.param(("domain", "gmail.com", None, "no_match"), False, id="that is nobody's"),
        pytest.param(("domain", "acme.com", "C2", "match"), False, id="an employer's"),
        pytest.param(("email", "ana@gmail.com", "C2", "match"), False, id="one person's address"),
    ],
)
def test_a_company_for_everybody_at_free_mail_is_told(
    line: tuple[str | None, ...], *, warned: bool
) -> None:
    notes = prepare(COMPANIES, answers=answers(line)).notes
    assert ["by e-mail" in note for note in notes if "free mail" in note] == [True] * warned


PEOPLE = pd.DataFrame(
    {
        "Email": ["Ana@X.com", None, "cy@z.com", None],
        "CompanyName": ["Acme", "Bolt Inc", None, None],
    }
)


def review(*lines: tuple) -> pd.DataFrame:
    columns = ["row_id", "candidate_1_id", "candidate_2_id", "answer"]
    return pd.DataFrame(lines, columns=columns, dtype=object)


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        pytest.param(("1", "C1", "C2", "1"), ("email", "ana@x.com", "C1", "match"), id="first"),
        pytest.param(("1", "C1", "C2", 2.0), ("email", "ana@x.com", "C2", "match"), id="second"),
        pytest.param(
            ("1", "C1", None, " None "), ("email", "ana@x.com", None, "no_match"), id="none"
        ),
        pytest.param(
            ("3", "C1", "C2", "1P02ABC"), ("email", "cy@z.com", "1P02ABC", "match"), id="a Gsid"
        ),
        pytest.param(
            ("2", "C1", None, "1"), ("company_name", "Bolt Inc", "C1", "match"), id="no address"
        ),
    ],
)
def test_an_answer_is_kept_by_who_it_is_about(line: tuple, answer: tuple) -> None:
    told = answers_from_review(review(line), PEOPLE)
    assert list(told.columns) == list(ANSWER_COLUMNS)
    found = told[["kind", "value", "Company_ID", "answer"]].astype(object)
    assert tuple(found.where(found.notna(), None).iloc[0]) == answer


@pytest.mark.parametrize(
    ("line", "says"),
    [
        pytest.param(("1", "C1", None, "2"), "candidate that is there", id="no second candidate"),
        pytest.param(("1", "C1", "C2", "3"), "answer must be", id="no third one"),
        pytest.param(("1", "C1", "C2", " Yes"), "answer must be", id="a word"),
        pytest.param(("4", "C1", None, "1"), "needs an e-mail or a company name", id="no key"),
        pytest.param(("9", "C1", None, "1"), "needs an e-mail or a company name", id="who is that"),
    ],
)
def test_what_cannot_be_taken_is_named_by_its_row(line: tuple, says: str) -> None:
    with pytest.raises(DocumentError, match=says) as caught:
        answers_from_review(
            review(("1", "C1", "C2", "1"), *[line]).assign(
                row_id=["2" if line[0] == "1" else "1", line[0]]
            ),
            PEOPLE,
        )
    assert [problem.place for problem in caught.value.problems] == [f"row_id {line[0]}"]


@pytest.mark.parametrize(
    ("first", "second", "told"),
    [
        pytest.param("1", "2", ["row_id 1", "row_id 2"], id="two companies"),
        pytest.param("1", "none", ["row_id 1", "row_id 2"], id="a company and none"),
        pytest.param("2", "1P02B", [], id="the same in two ways"),
        pytest.param("none", None, [], id="one is open"),
    ],
)
@pytest.mark.parametrize(
    "columns",
    [
        pytest.param({"Email": ["Ana@x.com", "ana@X.com"], "CompanyName": ["A", "B"]}, id="e-mail"),
        pytest.param({"Email": [None, None], "CompanyName": ["Bolt", " BOLT"]}, id="name"),
    ],
)
def test_two_answers_about_one_contradict_each_other(
    columns: dict[str, list[str | None]], first: str, second: str | None, told: list[str]
) -> None:
    """An answer is kept for all rows of an address or a name, so one of two would be lost."""
    lines = review(("1", "1P02A", "1P02B", first), ("2", "1P02A", "1P02B", second))
    found = read_review(lines, pd.DataFrame(columns))
    assert [problem.place for problem in found.problems] == told
    assert all("another answer" in problem.message for problem in found.problems)


def test_the_review_of_other_people_is_refused() -> None:
    told = review(("1", "C1", None, "1"), ("3", "C1", None, "1"))
    with pytest.raises(DocumentError, match="row_id 3: this row_id belongs to another") as caught:
        answers_from_review(told.assign(Email=["ANA@x.com", "who@z.com"]), PEOPLE)
    assert "who@" not in str(caught.value)


@pytest.mark.parametrize(
    ("filled_in", "people", "columns", "row_ids", "values"),
    [
        pytest.param(
            [("1", "C1", "C2", None), ("3", "C1", None, " ")],
            PEOPLE,
            Columns(),
            [],
            [],
            id="no answer",
        ),
        pytest.param(
            [("1", "C1", None, None), ("3", "C1", None, "1")],
            PEOPLE,
            Columns(),
            ["3"],
            ["cy@z.com"],
            id="one row without an answer",
        ),
        pytest.param(
            [("1", "C1", None, "1"), ("2", "C1", None, "1")],
            PEOPLE.rename(columns={"Email": "Mail", "CompanyName": "Firm"}),
            Columns(email="Mail", company_name="Firm"),
            ["1", "2"],
            ["ana@x.com", "Bolt Inc"],
            id="columns with other names",
        ),
    ],
)
def test_lasting_lines_of_a_review(
    filled_in: list[tuple],
    people: pd.DataFrame,
    columns: Columns,
    row_ids: list[str],
    values: list[str],
) -> None:
    lines = answers_from_review(review(*filled_in), people, columns)
    assert list(lines.columns) == list(ANSWER_COLUMNS)
    assert lines["value"].tolist() == values
    # A note names the rows of the review.
    assert as_answers(review(*filled_in), people, columns)["row_id"].tolist() == row_ids


def test_a_review_knows_its_people_itself() -> None:
    own = review(("77", "C1", None, "1")).assign(Email=["new@x.com"])
    assert answers_from_review(own, PEOPLE)["value"].tolist() == ["new@x.com"]


def test_answers_stay_as_they_are() -> None:
    given = pd.DataFrame({"kind": ["email"], "value": ["a@b.com"], "answer": ["no_match"]})
    assert as_answers(given, PEOPLE) is given
    assert as_answers(review(("1", "C1", None, "1")), PEOPLE)["kind"].tolist() == ["email"]


@pytest.mark.parametrize(
    "stated", ["https://www.velmora.co.uk/about", "velmora.gov", "Velmora &amp; Sons", "VelmorÃ¼a"]
)
def test_an_answer_about_an_employer_holds_as_it_is_written(stated: str) -> None:
    companies = pd.DataFrame({"Gsid": ["A"], "Name": ["Quorra Steel"]})
    people = pd.DataFrame({"Email": ["a@gmail.com"], "CompanyName": [stated]})
    line = {"kind": "company_name", "value": stated, "Company_ID": "A", "answer": "match"}
    answers = pd.DataFrame([{**line, "at": "2026-01-01T00:00:00Z"}])
    assert unify(people, companies, answers=answers).decisions["rule"].tolist() == ["answer"]
