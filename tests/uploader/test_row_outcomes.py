"""Answers are kept in columns as they come, and every row has the outcome of its record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from gsprep.schemas.frames import text_frame
from gsprep.uploader.batch_result import BatchOutcomes, BatchResult
from gsprep.uploader.batches import Batch, Encoded, Unbatched, cut
from gsprep.uploader.build import build
from gsprep.uploader.faults import Fault
from gsprep.uploader.outcomes import Outcome, RecordOutcome, packed, stored, unpacked
from gsprep.uploader.row_outcomes import RowOutcomes, with_outcomes

if TYPE_CHECKING:
    from gsprep.uploader.build import Prepared

word = st.text(max_size=3)
faults = st.lists(st.builds(Fault, word, word, word), max_size=2).map(tuple)
outcomes = st.builds(
    Outcome, st.sampled_from(["stored", "refused", "unknown"]), faults, st.sampled_from(["", "1P"])
)


@given(st.builds(RecordOutcome, outcomes, st.lists(outcomes, max_size=3).map(tuple)))
def test_what_was_told_is_read_as_it_was_written(one: RecordOutcome) -> None:
    assert unpacked(packed(one)) == one
    assert all(map(isinstance, packed(one), [str] * 9)) == one.all_stored


def decided(people: int, links: list[tuple[int, str, str | None]]) -> tuple[Prepared, list[Any]]:
    """Return people of whom the last has no address, with companies and relationships."""
    addresses = [*(f"p{at}@x.com" for at in range(people)), None]
    persons = pd.DataFrame({"Email": addresses, "Gsid": None}, dtype="str")
    rows = [(f"p{at}@x.com", company, below, "old") for at, company, below in links]
    names = ["Email", "Company_ID", "Relationship_ID", "Gsid"]
    companies = pd.DataFrame(rows, columns=names, dtype="str")
    frames = [text_frame(persons), text_frame(companies), text_frame(companies.dropna())]
    return build(frames[0], frames[1], frames[2], ("Email",)), frames


def expected(
    found: Prepared, noted: dict[int, tuple[RecordOutcome, str, str]]
) -> list[dict[int, Any]]:
    """Return outcome, Gsid, batch, request_id and person of the rows of each frame, one by one."""
    rows: list[dict[int, Any]] = [{}, {}, {}]
    for at, record in enumerate(found.records):
        if at not in noted:
            continue
        one, batch, name = noted[at]
        parts = iter(one.parts)
        of_person = one.person.gsid

        def say(frame: int, positions: Any, outcome: Outcome, *how: str) -> None:
            rows[frame] |= dict.fromkeys(positions, (outcome.outcome, outcome.gsid, *how))

        say(0, record.rows, one.person, batch, name)
        for company in record.companies:
            say(1, company.rows, next(parts), batch, name, of_person)
            for entry in company.relationships:
                say(2, entry.rows, next(parts), batch, name, of_person)
    return rows


link = st.tuples(st.integers(0, 5), st.sampled_from("CD"), st.sampled_from(["R", None]))


@settings(max_examples=60)
@given(
    people=st.integers(0, 5),
    links=st.lists(link, max_size=6),
    size=st.integers(1, 3),
    data=st.data(),
)
def test_rows_have_the_outcome_of_their_record(
    people: int, links: Any, size: int, data: st.DataObject
) -> None:
    """Batches are answered in any order, some of them never, one of them twice."""
    found, frames = decided(people, links)
    batches = list(cut(Unbatched(Encoded.of(found.records)), most=size))
    asked = data.draw(st.lists(st.sampled_from(batches), max_size=6)) if batches else []
    kept, noted = RowOutcomes(found), {}
    for batch in asked:
        answer = data.draw(answers(batch))
        kept.note(batch, answer)
        for at, one in enumerate(answer.outcomes or instead(batch, answer), batch.start):
            number = "" if one.person.outcome == "unsent" else str(batch.number)
            noted[at] = (one, number, answer.request_id)
    laid = [
        kept.persons(len(frames[0])),
        kept.company_persons(len(frames[1])),
        kept.relationship_persons(len(frames[2])),
    ]
    for frame, rows, told in zip(frames, laid, expected(found, noted), strict=True):
        before = frame.copy()
        beside = with_outcomes(frame, rows)
        pd.testing.assert_frame_equal(frame, before)
        for at, (outcome, gsid, batch, name, *person) in told.items():
            row = beside.iloc[at].fillna("")
            assert (row["outcome"], row["batch"], row["request_id"]) == (outcome, batch, name)
            assert row["Gsid"] == gsid or (gsid == "" and row["Gsid"] in ("", "old"))
            assert [row["Person_ID"]] == person if person else "Person_ID" not in row
        rest = beside.drop(index=list(told))
        assert (rest["outcome"] == "unsent").all()
        assert rest["error_message"].str.startswith("not sent").all()
        assert rest[["batch", "request_id"]].isna().all(axis=None)


@st.composite
def answers(draw: st.DrawFn, batch: Batch) -> BatchResult:
    """Draw what became of a batch: one outcome for all, or one for each part of each record."""
    name = draw(st.sampled_from(["", "r", "q"]))
    if draw(st.booleans()):
        return BatchResult(
            name, instead=Outcome(draw(st.sampled_from(["unknown", "refused", "unsent"])))
        )
    tolds = BatchOutcomes(batch.records.part_starts())
    for at in range(len(batch)):
        parts = tolds.starts[at + 1] - tolds.starts[at]
        of_parts = draw(st.lists(outcomes, min_size=parts, max_size=parts))
        usual = stored([f"1P{at}", *(f"1C{nth}" for nth in range(parts))])
        tolds.note(
            at, draw(st.sampled_from([usual, RecordOutcome(draw(outcomes), tuple(of_parts))]))
        )
    return BatchResult(name, tolds)


def instead(batch: Batch, answer: BatchResult) -> list[RecordOutcome]:
    outcome = answer.instead or Outcome("unsent")
    parts = [sum(1 + len(c.relationships) for c in record.companies) for record in batch.records]
    return [RecordOutcome(outcome, (outcome,) * number) for number in parts]


def test_a_load_that_is_only_rehearsed_says_so() -> None:
    found, frames = decided(1, [])
    why = Outcome("unsent", (Fault(message="dry run"),))
    beside = with_outcomes(frames[0], RowOutcomes(found, why).persons(2))
    assert beside["error_message"].to_list()[0] == "dry run"
    assert "Email is missing" in beside["error_message"].to_list()[1]
