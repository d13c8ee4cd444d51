from __future__ import annotations

import dataclasses

import pandas as pd
import pytest

from gsprep.errors import UnavailableError
from gsprep.results import (
    CHANGE_COLUMNS,
    CONFUSION_COLUMNS,
    DECISION_COLUMNS,
    FINDING_COLUMNS,
    OUTCOME_COLUMNS,
    Checked,
    Cleaned,
    Evaluation,
    Plan,
    QuotaLeft,
    RunResult,
    Unified,
    Uploaded,
)

CANARY = "canary"
PERSON = {
    "row_id": "1",
    "Email": f"x{CANARY}@acme.com",
    "Name": f"<b>{CANARY}</b>",
    "Phone": 4155550102,
}


def line(columns: tuple[str, ...], **values: object) -> pd.DataFrame:
    return pd.DataFrame([dict.fromkeys(columns, f"<i>{CANARY}") | values])


PERSONS = pd.DataFrame([PERSON])
OUTCOMES = PERSONS.merge(
    line(OUTCOME_COLUMNS, outcome="stored"), how="cross", validate="one_to_one"
)
CHANGES = line(CHANGE_COLUMNS, rule="email", row_id="1", column="Email")
OPEN = {"code": "C", "message": "m", "hint": "h", "column": "Email", "row_id": "1"}
FINDINGS = line(FINDING_COLUMNS, severity="error", **OPEN)
# Companies and reasons are shown.
OUR_OWN = {
    "row_id": "1", "verdict": "match", "Company_ID": "1P", "rule": "model", "reason": "r",
    "company_name": "Acme <i>", "runner_up_name": "Acme",
}  # fmt: skip
DECISIONS = line(DECISION_COLUMNS, probability=0.9, margin=1.0, runner_up_id="1P", **OUR_OWN)
SERVICE = dict.fromkeys(("Gsid", "error_code", "error_field", "batch", "request_id"), "x")
UPLOADED = OUTCOMES.assign(**SERVICE)
SUMMARY = {
    "status": "done", "read": 1, "rejected": 0, "valid": 1, "match": 1, "review": 0, "no_match": 0,
    "persons": {"sent": 1, "stored": 1},
}  # fmt: skip
CLEANED = Cleaned(PERSONS, CHANGES)
CHECKED = Checked(PERSONS, PERSONS.iloc[:0], FINDINGS)
UNIFIED = Unified(DECISIONS, pd.DataFrame())
EVALUATION = Evaluation(
    people=1, answerable=1, decided=1, right=0, precision=0.0, recall=0.0, f1=0.0,
    precision_low=0.0, precision_high=0.8, best_f1=0.0, best_f1_from=None,
    review_share=float("nan"), calibration_error=0.12345,
    recall_at=pd.DataFrame({"precision": [0.98], "from": [float("nan")], "recall": [0.0]}),
    calibration=pd.DataFrame(
        {"from": [0.5], "to": [0.5], "people": [1], "probability": [0.5], "right": [0.0],
         "low": [0.0], "high": [0.8]}
    ),
    curve=pd.DataFrame(
        {"probability": [0.5], "coverage": [0.0], "precision": [0.0], "low": [0.0], "high": [0.8]}
    ),
    weights=pd.DataFrame(
        {"comparison": ["a <b>"], "meaning": ["<i>"], "weight": [-1.0], "people": [1],
         "right": [0.0], "low": [0.0], "high": [0.8]}
    ),
    sources=pd.DataFrame({"rule": ["model"], "source": ["name <domain>"]}),
    confusions=line(CONFUSION_COLUMNS),
)  # fmt: skip
STOPPED = UnavailableError(f"no reply for {CANARY}", may_be_stored=True)
RESULTS = [
    CLEANED,
    CHECKED,
    UNIFIED,
    EVALUATION,
    Uploaded(UPLOADED, UPLOADED, UPLOADED.iloc[:0], STOPPED, 3),
    RunResult(
        UPLOADED, UPLOADED, UPLOADED, PERSONS, PERSONS, PERSONS, PERSONS, CLEANED, CHECKED, UNIFIED,
        None, SUMMARY, (),
    ),
]  # fmt: skip
each = pytest.mark.parametrize("result", RESULTS, ids=lambda result: type(result).__name__)


@each
def test_what_is_shown_names_no_person(result: Cleaned) -> None:
    for shown in (repr(result), str(result), result._repr_html_()):
        assert CANARY not in shown
        assert "4155550102" not in shown
        assert "<b>" not in shown
        assert "<i>" not in shown
        assert "<script" not in shown
    assert repr(result).startswith(type(result).__name__ + "(")
    assert "\n" not in repr(result)


@each
def test_a_result_is_frozen(result: Cleaned) -> None:
    first = dataclasses.fields(result)[0].name
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(result, first, pd.DataFrame())


def test_counts() -> None:
    assert repr(CLEANED) == "Cleaned(rows=1, changes=1, email=1)"
    assert repr(CHECKED) == "Checked(valid=1, rejected=0, errors=1, warnings=0)"
    assert repr(UNIFIED) == "Unified(match=1, review=0, no_match=0)"


def test_an_evaluation_shows_its_figures_and_tables() -> None:
    assert "people=1, answerable=1, decided=1, precision=0.0" in repr(EVALUATION)
    assert "calibration_error=0.1235" in repr(EVALUATION)
    html = EVALUATION._repr_html_()
    assert "name &lt;domain&gt;" in html
    assert "<title>Calibration</title>" in html
    assert "<title>Precision against coverage</title>" in html
    assert "a &lt;b&gt;</code>" in html


def test_a_notebook_is_told_what_to_look_at_next() -> None:
    """Only what is there; bars show shares."""
    html = CHECKED._repr_html_()
    assert "<code>.findings</code>" in html
    assert "<code>.valid</code>" in html
    assert ".rejected" not in html
    assert "width:100.0%" in html
    assert ".stopped" in RESULTS[4]._repr_html_()
    assert ".stopped" not in RESULTS[5]._repr_html_()
    assert ".confusions" in EVALUATION._repr_html_()


def test_a_plan_shows_whom_it_meets_and_what_quota_is_left() -> None:
    left = (QuotaLeft("sync", 60.0, 100, 98), QuotaLeft("async", 900.0, 3, 1))
    html = Plan("sync", 25, 1000, 0.5, updates=1_200, quota=left)._repr_html_()
    assert "sending takes 25 calls" in html
    assert "98 of 100 calls a minute, 1 of 3 jobs in 900 seconds" in html
    assert "<th scope='row'" in html
    assert ">1,200</td>" in html


def test_empty_results_can_be_shown() -> None:
    nothing = Cleaned(PERSONS.iloc[:0], CHANGES.iloc[:0])
    assert repr(nothing) == "Cleaned(rows=0, changes=0)"
    assert "Cleaned" in nothing._repr_html_()
