"""Review of the same person twice: questions, answers, and the page."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import httpx
import pandas as pd
import pytest

from gsprep.review.answer_file import AnswerFile, Format
from gsprep.review.app import make_pair_app
from gsprep.review.pair_session import PairSession, Preview
from gsprep.review.pairs import alike_of, pair_questions
from gsprep.schemas.answers import (
    PAIR_ANSWER_COLUMNS,
    PAIR_ANSWERED_BY,
    answers_by_row,
    record_keys,
)
from gsprep.tables.read import read
from gsprep.tables.write import write_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from gsprep.review.pairs import PairQuestion, Record
    from gsprep.review.serve import Access, Presence

X, Y = ("1P01" + letter * 32 for letter in "XY")
RECORDS = (
    ("1", "1", "Ana", "Ruiz", "ana@acme.com", "match"),
    ("2", "1", "Anna", "Ruiz", "ana@acme.com", "match"),
    ("3", "1", "A.", "Ruiz", "ruiz@gmail.com", "match"),
    ("4", "4", "<b>Ana</b>", "Ruíz", "ana.r@acme.com", "review"),
    ("5", "5", "Bo", "Berg", "bo@bolt.io", "review"),
    ("6", "6", "Cy", "Young", None, "single"),
)
PAIRS = (
    ("1", "2", "match", 0.99, "model", "Email: the same.", "stranger"),
    ("1", "3", "match", 0.6, "model", "LastName: the same.", "shares CompanyName"),
    ("1", "4", "review", 0.4, "model", "LastName: the same.", "stranger"),
    ("2", "4", "review", 0.5, "group", "LastName: the same.", "stranger"),
    ("5", X, "review", 0.7, "conflict", "Email: the same.", "stranger"),
    ("5", Y, "review", 0.3, "conflict", "Phone: the same.", "stranger"),
)
EXISTING = pd.DataFrame({
    "row_id": ["1", "2"], "Gsid": [X, Y], "FirstName": ["Bo", "Bob"], "LastName": "Berg",
    "Email": ["bo@bolt.io", "bob@bolt.io"],
})  # fmt: skip
CONFLICT = f"Conflict of identifiers: Email that of {X}, Phone that of {Y}. A person has to decide."


def questions() -> tuple[PairQuestion, ...]:
    names = ["row_id", "person_id", "FirstName", "LastName", "Email", "verdict"]
    duplicates = pd.DataFrame(RECORDS, columns=names)
    duplicates["reason"] = [CONFLICT if row == "5" else "" for row in duplicates["row_id"]]
    names = [
        "left_id", "right_id", "verdict", "probability", "rule", "reason", "alternative",
    ]  # fmt: skip
    pairs = pd.DataFrame(PAIRS, columns=names)
    pairs["left_key"] = "key " + pairs["left_id"]
    pairs["right_key"] = [one if len(one) > 9 else f"key {one}" for one in pairs["right_id"]]
    evidence = pd.DataFrame(
        [("1", "4", "intercept", None, -4.0), ("1", "4", "LastName", "the same", 3.5)],
        columns=["left_id", "right_id", "column", "said", "log_odds"],
    )
    return pair_questions(duplicates, pairs, evidence, EXISTING)


def leads(records: Sequence[Record]) -> dict[str, Preview]:
    return {name: Preview(cell, records[0].id) for name, cell in records[0].cells.items()}


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., PairSession]:
    def session(by: str = "maria") -> PairSession:
        form = Format(lambda path: read(path).frame, write_table)
        file = AnswerFile(tmp_path / "a.csv", form, PAIR_ANSWER_COLUMNS, PAIR_ANSWERED_BY)
        clock = lambda: datetime(2026, 11, 25, 9, 30, tzinfo=UTC)  # noqa: E731
        return PairSession(questions(), file, by, leads, (), "gsprep duplicates x.csv", clock)

    return session


def kept(session: PairSession) -> list[tuple[str, str, str]]:
    lines = session.state().lines
    return list(lines[["left_id", "right_id", "answer"]].itertuples(index=False, name=None))


def test_open_pairs_of_two_people_are_one_question_and_groups_come_after() -> None:
    found = questions()
    assert [(one.kind, [r.id for r in one.records]) for one in found] == [
        ("open", ["5", X]),
        ("open", ["1", "2", "3", "4"]),
        ("open", ["5", Y]),
        ("group", ["1", "2", "3"]),
    ]
    assert [len(one.links) for one in found] == [1, 2, 1, 2]
    assert found[0].why == CONFLICT
    assert found[1].why.startswith("The two records match, but other records")
    assert found[3].probability == 0.6
    assert found[1].links[1].comparisons[1].said == "the same"
    assert alike_of(found[:3])[0] == ("Email: the same.", 1)


def test_one_answer_decides_all_open_pairs_and_survives_another_process(
    make: Callable[..., PairSession],
) -> None:
    session = make()
    assert session.answer(2, "same") == "taken"
    assert sorted(kept(session)) == [("key 1", "key 4", "match"), ("key 2", "key 4", "match")]
    later = make("jo")
    assert later.state().held == {2: "same"}
    assert later.answer(2, "apart") == "taken"
    assert make().state().held == {2: "not the same"}
    assert later.take_back(later.last().word) == "taken"
    assert make().state().held == {2: "same"}
    assert later.take_back("none") == "gone"


def test_two_existing_people_are_never_both_the_person_of_a_record(
    make: Callable[..., PairSession],
) -> None:
    session = make()
    session.answer(1, "same")
    assert session.state().held == {1: "same", 3: "not the same"}
    assert kept(session) == [("key 5", X, "match"), ("key 5", Y, "no_match")]
    assert session.last().count == 2


def test_a_record_moves_from_one_existing_person_to_another(
    make: Callable[..., PairSession],
) -> None:
    names = ["row_id", "person_id", "verdict", "reason"]
    duplicates = pd.DataFrame([("1", X, "match", ""), ("2", Y, "match", "")], columns=names)
    names = ["left_id", "right_id", "verdict", "probability", "rule", "reason"]
    pairs = pd.DataFrame(
        [("1", X, "match", 0.9, "model", ""), ("2", Y, "match", 0.9, "model", ""),
         ("1", "2", "review", 0.8, "group", ""), ("1", Y, "review", 0.6, "group", "")],
        columns=names,
    )  # fmt: skip
    asked = pair_questions(duplicates, pairs, None, EXISTING)
    assert (asked[0].is_between_existing, asked[0].main.right.id) == (True, Y)
    session = make()
    moved = PairSession(asked, session.file, "maria", leads)
    moved.answer(1, "same")
    assert kept(moved) == [("1", Y, "match"), ("1", X, "no_match")]
    assert moved.state().held[1] == "same"
    # Between two records alone nothing can be the same: their existing people are not.
    alone = pair_questions(duplicates, pairs.head(3), None, EXISTING)
    none = PairSession(alone, session.file, "maria", leads)
    assert none.answer(1, "same") == "elsewhere"
    none.answer(1, "apart")
    assert none.state().held[1] == "not the same"


def test_a_record_is_split_out_of_its_group(make: Callable[..., PairSession]) -> None:
    session = make()
    session.answer(4, "split:3")
    assert sorted(kept(session)) == [("key 3", "key 1", "no_match"), ("key 3", "key 2", "no_match")]
    assert session.state().held == {4: "split"}
    session.answer(4, "same")
    assert session.state().held == {4: "same"}
    for choice in ("split:4", "split:9", "perhaps"):
        with pytest.raises(ValueError, match=r"4|9|perhaps"):
            session.answer(4, choice)


def test_an_answer_given_elsewhere_meanwhile_is_not_overwritten(
    make: Callable[..., PairSession],
) -> None:
    session = make()
    seen = session.state().seen(session.question(2))
    make("jo").answer(2, "apart")
    assert session.answer(2, "same", seen) == "elsewhere"
    assert session.answer_some([(2, "same", seen), (1, "apart", None)]) == 1
    assert session.state().held == {1: "not the same", 2: "not the same"}


def test_answers_by_row_id_count_as_well(make: Callable[..., PairSession], tmp_path: Path) -> None:
    lines = "left_id,right_id,answer\n1,4,no_match\n2,4,no_match\n"
    (tmp_path / "a.csv").write_text(lines, encoding="utf-8")
    assert make().state().held == {2: "not the same"}


def test_answers_follow_the_content_of_records_not_their_place() -> None:
    before = pd.DataFrame({"row_id": ["1", "2"], "Name": ["Ana", "Bo"], "Seen": ["x", "y"]})
    keys = record_keys(before, ["Name"]).tolist()
    answers = pd.DataFrame({
        "kind": "record", "left_id": [keys[0], "gone"], "right_id": [keys[1], X],
        "answer": ["match", "no_match"],
    })  # fmt: skip
    after = pd.DataFrame({"row_id": ["7", "8", "9"], "Name": ["BO ", None, "Ana"], "Seen": "z"})
    found = answers_by_row(answers, after, ["Name"])
    assert found[["left_id", "right_id", "answer"]].to_numpy().tolist() == [
        ["9", "7", "match"], ["gone", X, "no_match"],
    ]  # fmt: skip


@pytest.fixture
def browser(
    make: Callable[..., PairSession], access: Access, presence: Presence
) -> Iterator[httpx.Client]:
    app = make_pair_app(make(), access, presence)
    transport = httpx.WSGITransport(app=app, raise_app_exceptions=False)
    with httpx.Client(transport=transport, base_url=access.origin) as client:
        client.get(access.address)
        client.headers["Origin"] = access.origin
        yield client


def test_the_page_shows_records_side_by_side_and_what_survives(browser: httpx.Client) -> None:
    assert browser.get("/").headers["location"] == "/pairs/1"
    text = browser.get("/pairs/2").text
    for words in ("row 1", "row 4", "Survives if merged", "LastName: the same.", "50% likely"):
        assert words in text
    assert "&lt;b&gt;" in text
    assert "<b>Ana</b>" not in text
    assert "exists already" in browser.get("/pairs/1").text
    assert "Is <bdi>Ana Ruiz</bdi> one person?" in browser.get("/pairs/4").text
    assert browser.get("/pairs/9").status_code == 404
    assert browser.get("/keys").status_code == 200


def test_answers_lead_on_to_the_next_question_and_to_the_next_command(
    browser: httpx.Client,
) -> None:
    said = browser.post("/pairs/1", data={"choice": "apart"})
    assert said.headers["location"] == "/pairs/2"
    said = browser.post("/pairs/2", data={"choice": "split:3"})
    assert "told=split" in said.headers["location"]
    assert "split out" in browser.get("/pairs/2").text
    assert "told=which" in browser.post("/pairs/2", data={"choice": "?"}).headers["location"]
    pick = [line.split('"')[0] for line in browser.get("/pairs").text.split('value="')[1:]]
    picks = [word for word in pick if word.partition(".")[0] in {"2", "3"} and "." in word]
    said = browser.post("/accept", data={"pick": picks, "choice": "same"})
    assert said.headers["location"] == "/"
    text = browser.get("/").text
    assert "Everything is decided" in text
    assert "gsprep duplicates x.csv" in text
    assert "2 of" not in browser.get("/pairs?show=answered").text
    assert "1 person with several records" in browser.get("/pairs?show=groups").text


def test_no_personal_data_is_in_an_address(browser: httpx.Client) -> None:
    for page in ("/pairs", "/pairs/2", "/pairs?show=groups", "/pairs/4"):
        links = [part.split('"')[0] for part in browser.get(page).text.split('href="')[1:]]
        assert not any("ruiz" in link.lower() or "@" in link for link in links)
