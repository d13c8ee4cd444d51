"""A run in counts: the same as counting its tables again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gsprep.errors import UploadError
from gsprep.report.facts import facts_of

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
    assert sum(one.cells for one in facts.mended) == len(result.cleaned.changes)
    assert sum(one.rows for one in facts.found) == len(result.checked.findings)
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
