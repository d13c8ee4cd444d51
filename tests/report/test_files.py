"""The lines of a run's tables: order, columns, and what is joined in one cell."""

from __future__ import annotations

import pandas as pd
import pytest

from gsprep.cleaning.clean import clean
from gsprep.report.files import PeopleRows, reject_rows, review_rows, with_errors
from gsprep.results import OUTCOME_COLUMNS, Checked, Unified
from gsprep.schemas.frames import text_frame
from gsprep.schemas.objects import Person
from gsprep.unification.unify import unify
from gsprep.uploader.upload import rehearse
from gsprep.validation.check import check

READ = pd.DataFrame(
    {
        "row_id": ["c", "a", "b", "d"],
        "Email": ["bad@", "ana@acme.com", None, "bo@bolt.io"],
        "EmailOptOut": ["perhaps", None, "sometimes", None],
        "Gsid": [None, None, "short", "1P04" + "B" * 32],
        "Own": ["1", None, "3", "4"],
    }
)
COMPANIES = pd.DataFrame({"Gsid": ["1P02" + "A" * 32], "Name": ["Acme"], "Domain": ["acme.com"]})


def job(read: pd.DataFrame) -> tuple[Checked, Unified, pd.DataFrame]:
    checked = check(clean(read).frame, Person)
    unified = unify(checked.valid, COMPANIES)
    return checked, unified, rehearse((checked.valid, None, None)).persons


def people_rows(read: pd.DataFrame) -> pd.DataFrame:
    return PeopleRows.of(*job(read)).frame()


def test_one_line_per_row_read_in_its_order() -> None:
    lines = people_rows(READ)
    assert lines["row_id"].tolist() == ["c", "a", "b", "d"]
    assert lines["outcome"].tolist() == ["rejected", "unsent", "rejected", "unsent"]
    assert lines["Own"].fillna("").tolist() == ["1", "", "3", "4"]
    assert lines["verdict"].fillna("").tolist() == ["", "match", "", "no_match"]


def test_several_errors_of_one_row_stand_in_one_cell() -> None:
    """Code, field and message of an error stand at the same place of their cells."""
    line = people_rows(READ).iloc[0]
    parts = {name: line[name].split("; ") for name in OUTCOME_COLUMNS if name.startswith("error")}
    assert {name: len(texts) for name, texts in parts.items()} == dict.fromkeys(parts, 2)
    assert set(parts["error_field"]) == {"Email", "EmailOptOut"}
    for field, message in zip(parts["error_field"], parts["error_message"], strict=True):
        assert message.startswith(field)


def test_a_gsid_that_was_given_stays() -> None:
    """The service gave none yet: what the file says is still what is known."""
    lines = people_rows(READ).set_index("row_id")
    assert lines.loc["d", "Gsid"] == "1P04" + "B" * 32
    assert lines.columns.is_unique


@pytest.mark.parametrize(
    "name", ["verdict", "outcome", "probability", "error_code", "company_name"]
)
def test_a_column_that_bears_a_name_of_ours_is_ours(name: str) -> None:
    lines = people_rows(READ.assign(**{name: "mine"}))
    assert "mine" not in lines[name].astype("object").tolist()


def test_rejected_rows_stand_at_their_place() -> None:
    checked, _, sent = job(READ)
    lines = with_errors(checked, sent).frame()
    assert lines["row_id"].tolist() == ["c", "a", "b", "d"]
    assert list(lines.columns) == list(sent.columns)


def test_nothing_rejected_changes_nothing() -> None:
    checked, _, sent = job(READ.iloc[[1]])
    pd.testing.assert_frame_equal(with_errors(checked, sent).frame(), sent)


def test_rejects_hold_the_cells_as_read() -> None:
    """What a person mends is what the file said, not what cleaning made of it."""
    ugly = READ.assign(Email=["  Bad@ ", "ana@acme.com", None, "bo@bolt.io"])
    checked, _, _ = job(ugly)
    lines = reject_rows(text_frame(ugly), checked)
    assert lines["row_id"].tolist() == ["c", "b"]
    assert lines["Email"].tolist()[0] == "  Bad@ "
    assert list(lines.columns) == [*READ.columns, "codes", "messages", "hints", "suggestions"]
    assert lines[["codes", "messages", "hints"]].notna().all(axis=None)


def test_a_suggestion_stands_beside_its_row() -> None:
    raw = pd.DataFrame({"Email": ["ana@acme.com"], "EmailOptOut": ["yes"]})
    lines = reject_rows(text_frame(raw), check(raw, Person))
    assert lines["suggestions"].tolist() == ["true"]


@pytest.mark.parametrize(
    ("own", "columns"),
    [(["codes", "messages", "hints", "suggestions"], []), (["hints"], ["hints_as_read"])],
    ids=["rejects read again", "a column of the user's"],
)
def test_reasons_stand_under_their_names(own: list[str], columns: list[str]) -> None:
    raw = text_frame(READ.assign(**dict.fromkeys(own, "x")))
    lines = reject_rows(raw, check(raw, Person))
    told = ["codes", "messages", "hints", "suggestions"]
    assert list(lines.columns) == [*READ.columns, *columns, *told]
    assert not lines["hints"].eq("x").any()


def test_nothing_rejected_gives_headers() -> None:
    good = READ.iloc[[1]]
    lines = reject_rows(text_frame(good), check(good, Person))
    assert lines.empty
    assert {"row_id", "Email", "codes", "hints"} <= set(lines.columns)


def _decided(*verdicts: tuple[str, str, float]) -> Unified:
    rows = [
        {
            "row_id": row_id, "verdict": verdict, "Company_ID": "X", "company_name": "Acme",
            "probability": probability, "rule": "model", "reason": "r", "runner_up_id": "Y",
            "runner_up_name": "Bolt", "margin": 0.1,
        }
        for row_id, verdict, probability in verdicts
    ]  # fmt: skip
    return Unified(pd.DataFrame(rows), pd.DataFrame())


def test_the_surest_open_question_stands_first() -> None:
    unified = _decided(
        ("c", "review", 0.5), ("a", "match", 0.9), ("b", "review", 0.7), ("d", "review", 0.5)
    )
    lines = review_rows(READ, unified)
    assert lines["row_id"].tolist() == ["b", "c", "d"]
    assert lines["candidate_1"].tolist() == ["Acme"] * 3
    assert lines["candidate_2_id"].tolist() == ["Y"] * 3
    assert lines["answer"].isna().all()
    assert "verdict" not in lines.columns


def test_no_open_question_gives_headers() -> None:
    lines = review_rows(READ, _decided(("a", "match", 0.9)))
    assert lines.empty
    assert {"row_id", "Email", "candidate_1", "candidate_2", "answer"} <= set(lines.columns)


def test_a_name_says_what_its_parts_say() -> None:
    """The parts are told only where there is no whole name."""
    parts = READ.assign(FirstName="Ana", LastName="Ruiz").drop(columns="Name", errors="ignore")
    unified = _decided(("a", "review", 0.9))
    assert {"FirstName", "LastName"} <= set(review_rows(parts, unified).columns)
    whole = parts.assign(Name="Ana Ruiz")
    assert not {"FirstName", "LastName"} & set(review_rows(whole, unified).columns)
