"""Counts of a run: each row and cell is counted once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsprep.cleaning.clean import clean
from gsprep.errors import UploadError
from gsprep.report.finding_counts import ColumnFacts, FindingCount, columns_of, findings_of
from gsprep.report.page_counts import (
    ChangeCount,
    FailureCount,
    Matching,
    Sending,
    changes_of,
    facts_of,
    matching_of,
    quota_of,
    sending_of,
    timeline_of,
)
from gsprep.report.summary import VERDICTS, Part, Whole
from gsprep.results import Checked, Cleaned, Plan, QuotaLeft, Unified
from gsprep.schemas.objects import Person
from gsprep.validation.check import check

if TYPE_CHECKING:
    from gsprep.results import RunResult


def test_the_facts_are_the_counts_of_the_tables(result: RunResult) -> None:
    facts = facts_of(result)
    assert (facts.read, facts.valid, facts.rejected) == (6, 4, len(result.rejects))
    assert (facts.run, facts.status, facts.seconds) == ("2026-11-20T08-00-00-0000", "done", 1.0)
    assert [one.name for one in facts.columns] == [
        "Email", "Name", "CompanyName", "Size__gc", "<Shoe>",
    ]  # fmt: skip
    assert all(one.cells.count == facts.read for one in facts.columns)
    assert sum(one.cells for one in facts.changes) == len(result.cleaned.changes)
    assert sum(one.rows for one in facts.findings) == len(result.checked.findings)
    assert [whole.name for whole in facts.sending.objects] == ["people.csv", "company_persons.csv"]
    assert facts.sending.plan == result.plan
    assert facts.unusable == 1
    assert facts.stopped == ""


def test_why_it_stopped_is_among_them(result: RunResult) -> None:
    assert facts_of(replace(result, stopped=UploadError("away"))).stopped == "away"


def test_facts_hold_no_cell(result: RunResult) -> None:
    told = repr(facts_of(result))
    for cell in ("ana@acme.com", "Ana Ruiz", "Berg", "gmail", "Bold", "Bolt", "bolt.io"):
        assert cell not in told


def test_equal_runs_have_equal_facts(result: RunResult) -> None:
    assert facts_of(result) == facts_of(result)


EMPTY = pd.DataFrame({"row_id": pd.Series(dtype="str")})


def cells_of(name: str, *counts: int) -> Whole:
    states = ("unchanged", "cleaned", "warning", "error", "empty")
    return Whole(name, tuple(map(Part, states, counts)))


def column_facts(frame: pd.DataFrame) -> tuple[ColumnFacts, ...]:
    cleaned = clean(frame)
    return columns_of(cleaned, check(cleaned.frame, Person))


def test_each_cell_has_the_worst_state_that_was_said_of_it() -> None:
    people = pd.DataFrame(
        {
            "Email": ["ana@acme.com", " bo@bolt.io", "cy@gmial.com", "bad@", " ", "bad@ "],
            "FirstName": ["Ana", " Bo", None, None, "", "Dee"],
            "Hat": ["1", None, None, None, None, None],
        }
    )
    email, first, hat, name = column_facts(people)
    assert email == ColumnFacts("Email", 5, cells_of("Email", 1, 1, 1, 3, 0))
    assert first == ColumnFacts("FirstName", 3, cells_of("FirstName", 2, 1, 0, 0, 3))
    # A finding on the whole column is none on its cells.
    (_, *others), filled = cells_of("Hat", 1, 0, 0, 0, 5).parts, Part("not checked", 1)
    assert hat == ColumnFacts("Hat", 1, Whole("Hat", (filled, *others)), checked=False)
    # Built from the parts: nothing of it came.
    assert name == ColumnFacts("Name", 0, cells_of("Name", 0, 3, 0, 0, 3))


@pytest.mark.parametrize(
    ("before", "after", "filled"),
    [
        pytest.param([None, "a"], "b", 0, id="made, then mended"),
        pytest.param(["x", "y"], None, 1, id="mended, then taken out"),
    ],
)
@pytest.mark.parametrize("at_a_time", [1, 9])
def test_the_first_of_several_changes_tells_what_came(
    before: list[str | None],
    after: str | None,
    filled: int,
    at_a_time: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("gsprep.report.finding_counts._CHANGES", at_a_time)
    frame = pd.DataFrame({"row_id": ["1"], "Name": pd.Series([after], dtype="str")})
    log = {"row_id": "1", "column": "Name", "before": before, "after": after, "rule": "r"}
    nothing = pd.DataFrame({"row_id": [], "column": [], "severity": [], "code": []}, dtype="str")
    told = columns_of(Cleaned(frame, pd.DataFrame(log)), Checked(frame, EMPTY, nothing))
    assert told == (ColumnFacts("Name", filled, cells_of("Name", 0, 1, 0, 0, 0)),)


def test_a_header_that_is_an_address_is_masked() -> None:
    """In a file without headers the first row stands there."""
    told = column_facts(pd.DataFrame({"Email": ["a@acme.com"], "ana@acme.com": ["b@acme.com"]}))
    assert told[1].name == "a***@a***.com"
    assert told[1].cells.name == "a***@a***.com"


def test_nothing_has_no_cells() -> None:
    assert column_facts(pd.DataFrame({"Email": pd.Series(dtype="str")}))[0].cells.count == 0


def findings(**columns: list[str | None]) -> pd.DataFrame:
    return check(pd.DataFrame(columns), Person).findings


def test_changes_by_rule_and_column_the_most_frequent_first() -> None:
    changes = clean(
        pd.DataFrame({"Email": [" a@ACME.com", "b@ACME.com"], "Title": ["x ", "y"]})
    ).changes
    assert changes_of([changes]) == (
        ChangeCount("email", "Email", 2),
        ChangeCount("blanks", "Email", 1),
        ChangeCount("blanks", "Title", 1),
    )


def test_no_changes() -> None:
    assert changes_of([clean(pd.DataFrame({"Email": ["a@acme.com"]})).changes]) == ()


def test_errors_stand_before_warnings() -> None:
    told = findings_of(
        findings(Email=["bad@", "c@gmial.com", "d@gmial.com", "also bad"], Hat=["1"] * 4)
    )
    assert [(one.severity, one.code, one.column, one.rows) for one in told] == [
        ("error", "GSOBJ_VDTEMAIL1001", "Email", 2),
        ("warning", "GSPREP_MAILSLIP", "Email", 2),
        ("warning", "GSOBJ_VCRUDR1002", "Hat", 1),
    ]
    assert told[0] == FindingCount(
        "error",
        "GSOBJ_VDTEMAIL1001",
        "Email",
        2,
        "Email is not an e-mail address that the service accepts.",
        "Write one address: a name, one @, and a domain with a dot.",
    )


def test_a_message_that_names_a_row_is_told_for_all_of_them() -> None:
    told = findings_of(findings(Email=["a@acme.com"] * 3, FirstName=["x", "y", "z"]))
    assert [one.message for one in told] == [
        "An earlier row has the same key but another FirstName."
    ]


def test_a_message_that_says_more_than_its_code_is_kept() -> None:
    told = findings_of(findings(Email=["a@acme.com", None], Title=["x" * 300, "y"]))
    assert [one.message for one in told if "255" in one.message or "Gsid" in one.message] == [
        "Email or Gsid is missing, and without it the record cannot be identified.",
        "Title is longer than the 255 characters that the service stores.",
    ]


def test_a_header_that_is_an_address_is_masked_in_the_sentence_too() -> None:
    (told,) = findings_of(findings(Email=["a@acme.com"], **{"ana@acme.com": ["1"]}))
    assert told.column == "a***@a***.com"
    assert "ana@" not in told.message


DOMAIN, NAME = "Their domain is the company's.", "They state its name."
NO_PEOPLE = "No company has anything in common with them."


def deciding(*people: tuple[str, float, str, str]) -> Matching:
    """Count people of a verdict, a probability, a rule and a reason; 0 stands for no candidate."""
    rows = [
        {"row_id": str(at), "verdict": v, "probability": p, "rule": rule, "reason": reason}
        for at, (v, p, rule, reason) in enumerate(people)
    ]
    columns = ["row_id", "verdict", "probability", "rule", "reason"]
    decisions = pd.DataFrame(rows, columns=columns).astype({"probability": "float64"})
    # The best candidate and the second: two lines of evidence for one person.
    once = decisions.loc[decisions["probability"] > 0, ["row_id"]]
    return matching_of(Unified(decisions, pd.concat([once, once])))


def verdicts(name: str, *counts: int) -> Whole:
    return Whole(name, tuple(map(Part, VERDICTS, counts)))


def test_people_are_counted_by_verdict_by_what_decided_and_by_what_was_said() -> None:
    counted = deciding(
        ("match", 0.99, "model", f"{DOMAIN} {NAME}"),
        ("match", 1.0, "domain and name", DOMAIN),
        ("review", 0.5, "model", NAME),
        ("no_match", 0.0, "model", NO_PEOPLE),
    )
    assert counted.verdicts == verdicts("people", 2, 1, 1)
    assert counted.alone == 1
    assert counted.deciders == (
        verdicts("model", 1, 1, 1),
        verdicts("domain and name", 1, 0, 0),
    )
    assert counted.reasons == (
        verdicts(DOMAIN, 2, 0, 0),
        verdicts(NAME, 1, 1, 0),
        verdicts(NO_PEOPLE, 0, 0, 1),
    )
    assert round(counted.expected, 1) == 2.0


def test_a_sentence_said_twice_of_somebody_counts_once() -> None:
    assert deciding(("match", 0.9, "model", f"{NAME} {NAME}")).reasons == (verdicts(NAME, 1, 0, 0),)


def test_bands_say_how_many_are_to_be_right() -> None:
    counted = deciding(
        ("match", 0.96, "model", NAME), ("match", 0.98, "model", NAME),
        ("review", 0.2, "model", NAME), ("match", 1.0, "model", NAME),
    )  # fmt: skip
    there = {band.verdicts.name: band for band in counted.bands if band.verdicts.count}
    assert list(there) == ["0.1 to 0.5", "0.95 to 0.99", "0.999 to 1"]
    assert there["0.95 to 0.99"].verdicts == verdicts("0.95 to 0.99", 2, 0, 0)
    assert [round(band.expected, 1) for band in there.values()] == [0.2, 1.9, 1.0]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(VERDICTS),
            st.floats(0, 1).map(lambda p: round(p, 6)),
            st.sampled_from(["model", "answer"]),
            st.sampled_from([NAME, DOMAIN, NO_PEOPLE]),
        ),
        max_size=15,
    )
)
def test_nobody_is_counted_twice_or_left_out(people: list[tuple[str, float, str, str]]) -> None:
    counted = deciding(*people)
    drawn = len(people) - counted.alone
    assert counted.alone == sum(p == 0 for _, p, _, _ in people)
    assert counted.verdicts.count == len(people)
    assert sum(whole.count for whole in counted.deciders) == len(people)
    assert sum(band.verdicts.count for band in counted.bands) == drawn
    assert sum(whole.count for whole in counted.reasons) == len(people)


OUTCOME_WORDS = ("stored", "refused", "unknown", "unsent", "rejected")


def sent_rows(*lines: tuple[str, str | None, str | None]) -> pd.DataFrame:
    """Return rows of an outcome, the codes and the batch."""
    return pd.DataFrame(list(lines), columns=["outcome", "error_code", "batch"], dtype="str")


def sent(people: pd.DataFrame, linked: pd.DataFrame | None = None) -> Sending:
    frames = {
        "people.csv": people,
        "company_persons.csv": sent_rows() if linked is None else linked,
    }
    return sending_of(frames, "sync", 3, Plan("sync", 2, 10, 0.5))


def outcomes(name: str, *counts: int) -> Whole:
    return Whole(
        name, tuple(Part(word, n, name) for word, n in zip(OUTCOME_WORDS, counts, strict=True))
    )


def test_each_file_with_rows_has_its_outcomes() -> None:
    people = sent_rows(("stored", None, "1"), ("rejected", "GSOBJ_VDTEMAIL1001", None))
    assert sent(people).objects == (outcomes("people.csv", 1, 0, 0, 0, 1),)
    linked = sent_rows(("refused", "GSOBJ_RLS012", "1"), ("stored", None, "1"))
    assert sent(people, linked).objects[1] == outcomes("company_persons.csv", 1, 1, 0, 0, 0)


def test_what_was_not_stored_is_counted_by_each_of_its_codes() -> None:
    """What was rejected of the people has a table of its own; of associations it stands here."""
    both = "GSOBJ_VDTNUM1001; GSOBJ_VDTBOOL1001"
    people = sent_rows(
        ("refused", both, "1"), ("refused", "GSOBJ_VDTNUM1001", "1"), ("unknown", None, "2"),
        ("unsent", None, None), ("rejected", "GSOBJ_VDTEMAIL1001", None), ("stored", None, "1"),
    )  # fmt: skip
    linked = sent_rows(("rejected", "GSOBJ_PEOPLE1001", None))
    told = sent(people, linked).failures
    assert [(one.file, one.outcome, one.code, one.rows) for one in told] == [
        ("people.csv", "refused", "GSOBJ_VDTNUM1001", 2),
        ("people.csv", "refused", "GSOBJ_VDTBOOL1001", 1),
        ("people.csv", "unknown", "", 1),
        ("people.csv", "unsent", "", 1),
        ("company_persons.csv", "rejected", "GSOBJ_PEOPLE1001", 1),
    ]
    assert told[1].hint == "Write true or false."


@pytest.mark.parametrize("code", ["ana@acme.com", "ana.ruiz", "Ruiz", "<b>X_1</b>", "X_1 ana"])
def test_what_is_no_code_is_not_shown(code: str) -> None:
    """A service may put anything where its codes stand."""
    assert sent(sent_rows(("refused", code, "1"))).failures == (
        FailureCount("people.csv", "refused", "another code", 1, ""),
    )


BEGIN = datetime(2026, 11, 25, 8, tzinfo=UTC)
ASKED_WORDS = ("stored", "refused", "unknown")


def after(seconds: float) -> datetime:
    return BEGIN + timedelta(seconds=seconds)


def answered_people(*lines: tuple[str, str | None]) -> pd.DataFrame:
    return pd.DataFrame(list(lines), columns=["outcome", "batch"], dtype="str")


def span(name: str, *counts: int) -> Whole:
    return Whole(name, tuple(map(Part, ASKED_WORDS, counts)))


def test_people_are_in_the_span_of_their_reply() -> None:
    """A minute in twelfths: the last reply is in the last one; people not sent are in none."""
    rows = answered_people(
        ("stored", "2"), ("refused", "1"), ("unknown", "3"), ("stored", "1"), ("unsent", None),
        ("stored", "9"),
    )  # fmt: skip
    told = timeline_of(rows, {"1": after(0), "2": after(30.5), "3": after(60)})
    assert len(told) == 12
    assert {place: one for place, one in enumerate(told) if one.count} == {
        0: span("08:00:00.0 to 08:00:05.0", 1, 1, 0),
        6: span("08:00:30.0 to 08:00:35.0", 1, 0, 0),
        11: span("08:00:55.0 to 08:01:00.0", 0, 0, 1),
    }


@pytest.mark.parametrize(
    "answered",
    [
        pytest.param({}, id="nothing was sent"),
        pytest.param({"1": BEGIN}, id="one batch"),
        pytest.param({"1": BEGIN, "2": BEGIN}, id="two at once"),
    ],
)
def test_replies_at_one_moment_have_no_spans(answered: dict[str, datetime]) -> None:
    assert timeline_of(answered_people(("stored", "1"), ("stored", "2")), answered) == ()


DAY = QuotaLeft("sync", 86_400.0, 100, 60)
JOBS = QuotaLeft("async", 3_600.0, 10, 10)


def limit(name: str, used: int, taken: int, left: int) -> Whole:
    return Whole(name, (Part("used", used), Part("for this run", taken), Part("left", left)))


@pytest.mark.parametrize(
    ("plan", "left", "told"),
    [
        pytest.param(None, (), (), id="nothing known"),
        pytest.param(Plan("sync", 3, 1, 1.0), (), (), id="no limit known"),
        pytest.param(
            Plan("sync", 3, 1, 1.0), (DAY,), (limit("100 calls a day", 40, 0, 60),), id="at the end"
        ),
        pytest.param(
            Plan("single", 3, 1, 1.0, quota=(DAY, JOBS)),
            (),
            (limit("100 calls a day", 40, 3, 57), limit("10 jobs an hour", 0, 0, 10)),
            id="before calls",
        ),
        pytest.param(
            Plan("async", 12, 1, 1.0, quota=(DAY, JOBS)),
            (),
            (limit("100 calls a day", 40, 0, 60), limit("10 jobs an hour", 0, 10, 0)),
            id="before more jobs than there may be",
        ),
    ],
)
def test_what_is_used_and_what_is_left(
    plan: Plan | None, left: tuple[QuotaLeft, ...], told: tuple[Whole, ...]
) -> None:
    assert quota_of(plan, left) == told
