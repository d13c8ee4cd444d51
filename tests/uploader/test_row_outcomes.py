"""Answers are kept as they come, and every row has the outcome of its record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from gsprep.schemas.frames import text_frame
from gsprep.uploader.build import build
from gsprep.uploader.outcomes import Fault, Outcome, RecordOutcome, packed, stored, unpacked
from gsprep.uploader.records import Unbatched, cut
from gsprep.uploader.row_outcomes import BatchResult, RowOutcomes

if TYPE_CHECKING:
    from gsprep.uploader.build import Prepared
    from gsprep.uploader.records import Batch

word = st.text(max_size=3)
faults = st.lists(st.builds(Fault, word, word, word), max_size=2).map(tuple)
outcomes = st.builds(Outcome, st.sampled_from(["stored", "refused", "unknown"]), faults)
part = st.tuples(st.sampled_from(["", "1P"]), outcomes)


def of_parts(parts: list[Any]) -> RecordOutcome:
    gsids, each = zip(*parts, strict=True)
    return RecordOutcome(gsids, each)


@given(st.lists(part, min_size=1, max_size=4).map(of_parts))
def test_what_was_told_is_read_as_it_was_written(one: RecordOutcome) -> None:
    assert unpacked(packed(one)) == one
    assert all(isinstance(each, str) for each in packed(one)) == one.all_stored


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
    told: dict[int, tuple[str, ...]] = {}
    persons: dict[int, str] = {}
    for at, (one, batch, name) in noted.items():
        for nth, (gsid, outcome) in enumerate(zip(one.gsids, one.outcomes, strict=True)):
            place = found.records.places[at] + nth
            told[place] = (outcome.outcome, gsid, batch, name)
            persons[place] = one.gsids[0]
    rows: list[dict[int, Any]] = [
        {row: told[place] for row, place in enumerate(places.tolist()) if place in told}
        for places in found.places
    ]
    for of_rows, places in zip(rows[1:], found.places[1:], strict=True):
        of_rows |= {row: (*said, persons[places[row]]) for row, said in of_rows.items()}
    return rows


link = st.tuples(st.integers(0, 5), st.sampled_from("CD"), st.sampled_from(["R", None]))


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
    batches = list(cut(Unbatched(found.records, range(len(found.records))), most=size))
    asked = data.draw(st.lists(st.sampled_from(batches), max_size=6)) if batches else []
    kept, noted = RowOutcomes(found), {}
    for batch in asked:
        answer = data.draw(answers(batch))
        kept.note(batch, answer)
        for at, one in zip(batch.chosen, answer.outcomes or instead(batch, answer), strict=True):
            number = "" if one.person.outcome == "unsent" else str(batch.number)
            noted[at] = (one, number, answer.request_id)
    before = [frame.copy() for frame in frames]
    laid = kept.uploaded((frames[0], frames[1], frames[2]))
    for frame, copy in zip(frames, before, strict=True):
        pd.testing.assert_frame_equal(frame, copy)
    three = (laid.persons, laid.company_persons, laid.relationship_persons)
    for beside, told in zip(three, expected(found, noted), strict=True):
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
    told = []
    for at, place in enumerate(batch.chosen):
        size = batch.records.size_of(place)
        usual = stored([f"1P{at}", *(f"1C{nth}" for nth in range(size - 1))])
        other = of_parts(draw(st.lists(part, min_size=size, max_size=size)))
        told.append(draw(st.sampled_from([usual, other])))
    return BatchResult(name, told)


def instead(batch: Batch, answer: BatchResult) -> list[RecordOutcome]:
    outcome = answer.instead or Outcome("unsent")
    return [RecordOutcome.alike(outcome, batch.records.size_of(at)) for at in batch.chosen]


def test_a_load_that_is_only_rehearsed_says_so() -> None:
    found, frames = decided(1, [])
    why = Outcome("unsent", (Fault(message="dry run"),))
    beside = RowOutcomes(found, why).uploaded((frames[0], frames[1], frames[2])).persons
    assert beside["error_message"].to_list()[0] == "dry run"
    assert "Email is missing" in beside["error_message"].to_list()[1]
