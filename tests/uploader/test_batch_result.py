"""Gsids taken from an echo are what reading with all words says, whatever the service replies."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gsprep.errors import ReplyError
from gsprep.schemas.frames import text_frame
from gsprep.uploader.attribution import echoed_gsids, outcome_of
from gsprep.uploader.build import build
from gsprep.uploader.echo_match import Keys
from gsprep.uploader.job_results import elements
from gsprep.uploader.outcomes import packed, unpacked
from gsprep.uploader.replies import read_bulk_reply, read_record
from gsprep.uploader.row_outcomes import read_reply, read_results

if TYPE_CHECKING:
    from gsprep.uploader.records import Records

emails = [f"P{at}@x.com" for at in range(4)]
ids = st.sampled_from(["C1", "C2", None, None])
link = st.tuples(st.sampled_from(emails), ids, st.sampled_from(["Acme", "Bolt"]), ids)
# Most are usual, so that some replies are so from the first record to the last.
usual_word = st.sampled_from(["SUCCESS"] * 20 + ["PARTIAL_SUCCESS", "FAILURE", "NEW", None])
usual_gsid = st.sampled_from([*["1C"] * 30, "", None, 5, "1-C", "x\ud800"])
usual_error = st.sampled_from(
    [{}] * 20
    + [{"error": None}, {"error": {}}, {"error": ""}, {"error": {"details": []}}]
    + [{"error": {"details": [{"fieldName": "Company_ID", "values": {"Company_ID": "C1"}}]}}]
)
nothing = st.sampled_from(
    [*([{}] * 9), {"relationships": []}, {"relationships": None}, {"relationships": "x"}]
)


def records_of(links: list[Any], below: list[Any], with_gsids: object) -> Records:
    gsids = [f"1P{at}" if with_gsids else None for at in range(len(emails))]
    persons = pd.DataFrame({"Email": emails, "Gsid": gsids})
    names = ["Email", "Company_ID", "CompanyName", "Relationship_ID"]
    frames = [pd.DataFrame(rows, columns=names) for rows in (links, below)]
    frames[1]["RelationshipName"] = "North"
    return build(text_frame(persons), *map(text_frame, frames), ("Email",)).records


@st.composite
def loads(draw: st.DrawFn) -> Records:
    """Draw records with associations by id and by name, a few or none."""
    many = draw(st.sampled_from([0, 3]))
    links = draw(st.lists(link, max_size=4))
    return records_of(links, draw(st.lists(link, max_size=many)), draw(st.booleans()))


@st.composite
def echoes(draw: st.DrawFn, entry: dict[str, Any], kind: str) -> dict[str, Any]:
    """Draw how an association comes back."""
    kept = {name: value for name, value in entry.items() if name != "relationships"}
    found = {f"{kind}_ID": draw(st.sampled_from(["C1", "C2"]))} | kept | {"Gsid": draw(usual_gsid)}
    below = [draw(echoes(each, "Relationship")) for each in entry.get("relationships", [])]
    return found | draw(nothing) | ({"relationships": draw(shuffled(below))} if below else {})


@st.composite
def shuffled(draw: st.DrawFn, entries: list[Any]) -> list[Any]:
    """Draw entries, now and then in another order, or not all."""
    if draw(st.integers(0, 9)):
        return entries
    some = draw(st.permutations(entries))
    return list(some)[: draw(st.integers(0, len(some)))]


@st.composite
def replies(draw: st.DrawFn, records: Records) -> list[dict[str, Any]]:
    """Draw what a service says of records, in their order."""
    found = []
    for number, record in enumerate(records, 1):
        body: dict[str, Any] = dict(record)
        companies = [draw(echoes(each, "Company")) for each in body.pop("companies", [])]
        body["Email"] = draw(st.sampled_from([body["Email"], body["Email"].lower()]))
        gsid = body.get("Gsid") or draw(usual_gsid)
        echo = {**body, "Gsid": gsid, "companies": draw(shuffled(companies))} | draw(nothing)
        word = draw(usual_word)
        found.append(
            {"record": echo, "rowNumber": number, "operationStatus": word} | draw(usual_error)
        )
    return found


def slowly(records: Records, body: Any) -> Any:
    """Return what became of records as their replies say with all words."""
    said = read_bulk_reply(body, records).records
    return [outcome_of(*each) for each in zip(records, said, strict=True)]


def read_or_error(read: Any) -> Any:
    try:
        return list(read())
    except ReplyError as error:
        return str(error)


@settings(max_examples=settings().max_examples * 3)
@given(records=loads(), data=st.data())
def test_a_reply_that_is_usual_is_read_the_same(records: Records, data: st.DataObject) -> None:
    said = data.draw(replies(records))
    body = {"data": {"records": data.draw(shuffled(said))}}
    found = read_or_error(lambda: read_reply(body, records))
    assert found == read_or_error(lambda: slowly(records, body))


@settings(max_examples=settings().max_examples * 3)
@given(records=loads(), data=st.data(), size=st.integers(1, 5), anew=st.booleans())
def test_results_that_are_usual_are_read_the_same(
    records: Records, data: st.DataObject, size: int, anew: object
) -> None:
    said, files = data.draw(replies(records)), []
    for start in range(0, len(said), size):
        part = said[start : start + size]
        renumbered = [{**one, "rowNumber": at} for at, one in enumerate(part, 1)] if anew else part
        content = {"totalCount": len(part), "records": data.draw(shuffled(renumbered))}
        files.append(json.dumps(content, indent=data.draw(st.sampled_from([None, 1]))).encode())
    found, stop = read_results(records, lambda sent: elements(files, sent))
    believed: list[Any] = [None] * len(records)
    try:
        for at, element in elements(files, Keys.of(records)):
            believed[at] = read_record(element, at + 1)
    except ReplyError as error:
        for number in error.doubtful:
            believed[number - 1] = None
    assert stop is None
    assert found == [outcome_of(*each) for each in zip(records, believed, strict=True)]
    assert [unpacked(json.loads(json.dumps(packed(one)))) for one in found] == found


LINKS = [
    (emails[0], "C1", "Acme", None),
    (emails[0], "C2", "Bolt", None),
    (emails[2], None, "Acme", None),
]


@pytest.mark.parametrize(
    ("links", "below", "is_usual"),
    [
        pytest.param([], [], True, id="persons alone"),
        pytest.param(LINKS[:2], [], True, id="companies by id"),
        pytest.param(LINKS, [], True, id="a company by name"),
        pytest.param(LINKS[:2], [(emails[0], "C1", "Acme", "R1")], True, id="a relationship by id"),
        pytest.param(LINKS[:2], [(emails[0], "C1", "Acme", None)], False, id="one by name"),
        pytest.param(LINKS, [(emails[2], None, "Acme", "R1")], False, id="below a name"),
    ],
)
def test_what_is_usual(links: Any, below: Any, is_usual: object) -> None:
    usual = []
    for record in records_of(links, below, with_gsids=False):
        body: dict[str, Any] = deepcopy(record)
        for company in body.get("companies", []):
            company |= {"Gsid": "1C", "Company_ID": company.get("Company_ID", "C9")}
            for each in company.get("relationships", []):
                each |= {"Gsid": "1R"}
        element = {"record": {**body, "Gsid": "1P"}, "operationStatus": "SUCCESS"}
        usual.append(echoed_gsids(record, element) is not None)
    assert all(usual) == is_usual
