"""Outcomes by file and by code."""

from __future__ import annotations

import pandas as pd
import pytest

from gsprep.report.parts import Part, Whole
from gsprep.report.sending import Sending, Trouble, sending_of
from gsprep.results import Plan

WORDS = ("stored", "refused", "unknown", "unsent", "rejected")


def rows(*lines: tuple[str, str | None, str | None]) -> pd.DataFrame:
    """Return rows of an outcome, the codes and the batch."""
    return pd.DataFrame(list(lines), columns=["outcome", "error_code", "batch"], dtype="str")


def sent(people: pd.DataFrame, linked: pd.DataFrame | None = None) -> Sending:
    frames = {"people.csv": people, "company_persons.csv": rows() if linked is None else linked}
    return sending_of(frames, "sync", 3, Plan("sync", 2, 10, 0.5))


def outcomes(name: str, *counts: int) -> Whole:
    return Whole(name, tuple(Part(word, n, name) for word, n in zip(WORDS, counts, strict=True)))


def test_each_file_with_rows_has_its_outcomes() -> None:
    people = rows(("stored", None, "1"), ("rejected", "GSOBJ_VDTEMAIL1001", None))
    assert sent(people).objects == (outcomes("people.csv", 1, 0, 0, 0, 1),)
    linked = rows(("refused", "GSOBJ_RLS012", "1"), ("stored", None, "1"))
    assert sent(people, linked).objects[1] == outcomes("company_persons.csv", 1, 1, 0, 0, 0)


def test_what_was_not_stored_is_counted_by_each_of_its_codes() -> None:
    """What was rejected of the people has a table of its own; of associations it stands here."""
    both = "GSOBJ_VDTNUM1001; GSOBJ_VDTBOOL1001"
    people = rows(
        ("refused", both, "1"), ("refused", "GSOBJ_VDTNUM1001", "1"), ("unknown", None, "2"),
        ("unsent", None, None), ("rejected", "GSOBJ_VDTEMAIL1001", None), ("stored", None, "1"),
    )  # fmt: skip
    linked = rows(("rejected", "GSOBJ_PEOPLE1001", None))
    told = sent(people, linked).troubles
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
    assert sent(rows(("refused", code, "1"))).troubles == (
        Trouble("people.csv", "refused", "another code", 1, ""),
    )
