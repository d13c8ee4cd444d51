"""What the pages leave open, over real HTTP: each row ends with what happened to it."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from gsprep.errors import RejectedError, UploadError
from gsprep.ledger.ledger import Ledger
from gsprep.pipeline import deliver
from gsprep.uploader.deleting import delete_persons, look_up
from gsprep.uploader.journal import LedgerOptions
from gsprep.uploader.upload import UploadOptions, rehearse, send, upload
from tests.faults.dialects import BASE, JOB, Dialect, Reply, chunk_url, connected, envelope

if TYPE_CHECKING:
    from pathlib import Path

OTHER = "b00828df-d5a1-42a8-8b6e-1da09120e3b9"


def people(number: int) -> pd.DataFrame:
    return pd.DataFrame({"Email": [f"p{n}@x.com" for n in range(number)]})


def linked(number: int, each: int) -> pd.DataFrame:
    emails = [f"p{n}@x.com" for n in range(number) for _ in range(each)]
    ids = [f"1P02{at:032d}" for _ in range(number) for at in range(each)]
    return pd.DataFrame({"Email": emails, "Company_ID": ids})


@pytest.mark.parametrize(
    "urls",
    [
        pytest.param([chunk_url(OTHER, 1)], id="another id, as in the samples"),
        pytest.param([chunk_url("7", 1)], id="a short id"),
        pytest.param([chunk_url("a" * 64, 1)], id="a long id"),
        pytest.param([f"https://elsewhere.example{BASE}{chunk_url(OTHER, 1)}"], id="another host"),
        pytest.param([f"/v1{chunk_url(OTHER, 1)}/"], id="another version and a slash"),
        pytest.param([f"{chunk_url(OTHER, 1)[1:]}?page=1&x=/chunk/9/results"], id="a query"),
        pytest.param([f"async/{OTHER}/chunk/1/results#top"], id="relative"),
        pytest.param([chunk_url(OTHER, 2), chunk_url(OTHER, 1)], id="in another order"),
        pytest.param([chunk_url("one", 1), chunk_url("two", 2)], id="two ids, numbered through"),
        pytest.param([chunk_url("one", 1), chunk_url("two", 1)], id="two ids, each from 1"),
        pytest.param([chunk_url("two", 1), chunk_url("one", 1), chunk_url("six", 1)], id="three"),
        pytest.param([chunk_url(OTHER, 0), chunk_url(OTHER, 1)], id="numbered from 0"),
    ],
)
def test_results_stand_where_the_job_says_they_do(urls: list[str]) -> None:
    def chunks(number: int) -> list[tuple[str, int, int]]:
        ends = [number * at // len(urls) for at in range(len(urls) + 1)]
        pieces = list(pairwise(ends))
        # The id, not the order in which files are named, is what belongs to the records.
        return [(url, *piece) for url, piece in zip(urls, reversed(pieces), strict=True)]

    dialect = Dialect(chunks=chunks)
    with connected(dialect) as client:
        done = upload(people(9), client=client, mode="async")
    assert done.persons["outcome"].tolist() == ["stored"] * 9
    assert [dialect.persons[email]["gsid"] for email in done.persons["Email"]] == done.persons[
        "Gsid"
    ].tolist()
    assert all(call.startswith(("GET /external", "POST /external")) for call in dialect.calls)
    assert len(dialect.jobs) == 1


@pytest.mark.parametrize(
    "name", ["..", "%2e%2e", "a_b", "a" * 65, "x y", "é"], ids=["up", "up, escaped", "_", "long",
    "blank", "accent"],
)  # fmt: skip
def test_an_id_of_another_shape_is_not_asked_for(name: str) -> None:
    dialect = Dialect(chunks=lambda number: [(chunk_url(name, 1), 0, number)])
    with connected(dialect) as client:
        done = upload(people(3), client=client, mode="async")
    assert done.persons["outcome"].tolist() == ["unknown"] * 3
    assert not any("chunk" in call for call in dialect.calls)


ABSENT = [
    pytest.param(Reply(404, {"result": False, "errorCode": "GSOBJ_PEOPLE1001"}), id="404, a code"),
    pytest.param(Reply(404, {}), id="404, an empty object"),
    pytest.param(Reply(404, {"message": "Not Found"}), id="404, words"),
    pytest.param(Reply(404, {"status": 404, "error": "Not Found", "path": BASE}), id="404, Spring"),
    pytest.param(Reply(404, []), id="404, a list"),
    pytest.param(envelope("X_PERSON_1", "Person not found", 404, "Gsid"), id="404, envelope"),
    pytest.param(
        Reply(400, {"result": False, "errorCode": "PERSON_NOT_FOUND"}), id="400, an unknown code"
    ),
    pytest.param(
        Reply(400, {"result": False, "errorCode": "Z1", "errorDesc": "No such person exists"}),
        id="400, words",
    ),
    pytest.param(envelope("GSOBJ_PEOPLE1001", "People entities do not exist"), id="400, envelope"),
    pytest.param(
        envelope("GSOBJ_PEOPLE1001", "People entities do not exist", 200), id="200, envelope"
    ),
    pytest.param(envelope("Q9", "Record does not exist", 200, "Email"), id="200, other words"),
    pytest.param(Reply(200, {"result": True, "data": None}), id="200, null"),
    pytest.param(Reply(200, {"result": True, "data": {}}), id="200, an empty object"),
    pytest.param(Reply(200, {"result": True, "data": []}), id="200, an empty list"),
    pytest.param(Reply(200, {"result": True}), id="200, no data"),
    pytest.param(Reply(200, {"data": {"gsid": None, "email": None}}), id="200, only nulls"),
]
ERRORS = [
    pytest.param(Reply(404, text="<html><h1>404</h1></html>"), id="404, a page of a gateway"),
    pytest.param(Reply(404, text=""), id="404, nothing"),
    pytest.param(Reply(404, {"result": False, "errorCode": "GS_APIG_1000"}), id="no such path"),
    pytest.param(Reply(404, {"message": "no Route matched with those values"}), id="no route"),
    pytest.param(Reply(404, {"error": "The requested URL was not found"}), id="no such URL"),
    pytest.param(envelope("Q1", "API not found", 404), id="no such API"),
    pytest.param(Reply(400, {"errorCode": "GSOBJ_VQP1001"}), id="nothing asked for"),
    pytest.param(Reply(400, {"errorCode": "Z", "errorDesc": "Malformed request"}), id="malformed"),
    pytest.param(envelope("GSOBJ_VCRUDR1002", "Fields do not exist in object"), id="no such field"),
    pytest.param(envelope("Z", "Field Emial does not exist", 200), id="no such field, words"),
    pytest.param(envelope("Z9", "Something went wrong", 200), id="200, a failure of another kind"),
    pytest.param(Reply(401, {"errorCode": "GS_APIG_2401"}), id="a refused key"),
    pytest.param(Reply(400, {"errorCode": "K", "errorDesc": "Access key not found"}), id="no key"),
    pytest.param(Reply(429, {"errorCode": "GU_2400"}), id="too many calls"),
    pytest.param(Reply(500, {"message": "person not found"}), id="a fault"),
    pytest.param(Reply(200, {"data": {"message": "person not found"}}), id="words for a person"),
    pytest.param(Reply(200, text="<html>Sign in</html>"), id="a page"),
    pytest.param(Reply(200, {"message": "Forbidden"}), id="words of a gateway"),
    pytest.param(Reply(200, {}), id="200, an empty object alone"),
]


@pytest.mark.parametrize("absent", ABSENT)
def test_who_is_not_there_is_none(absent: Reply) -> None:
    with connected(Dialect(absent=absent)) as client:
        assert client.people.find("a@x.com") is None
        assert client.people.get("1P04X") is None


@pytest.mark.parametrize("error", ERRORS)
def test_an_error_is_no_person_and_nobody_absent(error: Reply) -> None:
    with connected(Dialect(absent=error)) as client:
        with pytest.raises(UploadError):
            client.people.find("a@x.com")
        with pytest.raises(UploadError):
            client.people.get("1P04X")


@pytest.mark.parametrize("absent", ABSENT)
def test_the_others_are_deleted(absent: Reply) -> None:
    dialect = Dialect(absent=absent)
    with connected(dialect) as client:
        upload(people(3), client=client)
        rows = pd.DataFrame({"Email": ["p0@x.com", "nobody@x.com", "p2@x.com"]})
        done = delete_persons(look_up(rows, client), client)
    assert done.frame["outcome"].tolist() == ["deleted", "absent", "deleted"]
    assert list(dialect.persons) == ["p1@x.com"]


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(Reply(200, text=JOB), id="without quotes"),
        pytest.param(Reply(200, [{"DeleteRequestID": JOB, "Status": "Init"}]), id="in a list"),
        pytest.param(Reply(202, text="", location=f"/people/delete/status/{JOB}"), id="a path"),
    ],
)
def test_a_deletion_is_found_by_any_reply(reply: Reply) -> None:
    dialect = Dialect()

    def delete(gsids: list[str]) -> Reply:
        dialect.delete = lambda _: None
        dialect.reply("DELETE", f"{BASE}/people", "", json.dumps(gsids).encode())
        return reply

    with connected(dialect) as client:
        upload(people(3), client=client)
        dialect.delete = delete
        done = delete_persons(look_up(people(2), client), client)
    assert done.frame["outcome"].tolist() == ["deleted"] * 2
    assert list(dialect.persons) == ["p2@x.com"]


def test_who_is_another_person_by_now_is_neither_deleted_nor_refused() -> None:
    """Who was merged with another is shown under their Gsid."""
    dialect = Dialect(delete=lambda _: Reply(200, {"data": {"id": JOB, "status": "COMPLETED"}}))
    with connected(dialect) as client:
        upload(people(1), client=client)
        plan = look_up(people(1), client)
        dialect.persons["p0@x.com"]["gsid"] = "1P04OTHER"
        dialect.absent = Reply(200, {"data": dialect.persons["p0@x.com"]})
        done = delete_persons(plan, client).frame
    assert done["outcome"].tolist() == ["unknown"]
    assert done["error_message"].str.contains("another person").all()


def test_a_whole_call_that_is_refused_is_refused_with_its_words() -> None:
    dialect = Dialect(refuse=lambda _: envelope("GU_2403", "Lookup config wrong", name="lookups"))
    with connected(dialect) as client:
        done = upload(people(60), client=client)
    assert set(done.persons["outcome"]) == {"refused"}
    assert set(done.persons["error_code"]) == {"GU_2403"}
    assert set(done.persons["error_field"]) == {"lookups"}
    assert done.persons["error_message"].str.contains("Lookup config wrong").all()
    assert dialect.calls.count("PUT /external/bulk/ingestion/people") == 2


SIZES = [
    pytest.param(envelope("E1", "A maximum of 50 objects is allowed"), id="envelope"),
    pytest.param(envelope("E1", "Zu viele Objekte", 200), id="envelope in a 200"),
    pytest.param(envelope("E1", "batch", 422, "records"), id="a field and a word"),
    pytest.param(
        Reply(400, {"result": False, "errorCode": "LIMIT", "errorDesc": "too many rows"}), id="flat"
    ),
    pytest.param(Reply(413, text=""), id="413"),
]


@pytest.mark.parametrize("refusal", SIZES)
def test_a_tenant_that_counts_objects_stores_everything(refusal: Reply) -> None:
    def refuse(records: list[dict[str, Any]]) -> Reply | None:
        objects = sum(1 + len(one.get("companies", [])) for one in records)
        return refusal if objects > 50 else None

    dialect = Dialect(refuse=refuse)
    with connected(dialect) as client:
        done = upload(people(200), linked(200, 2), client=client)
    assert set(done.persons["outcome"]) == set(done.company_persons["outcome"]) == {"stored"}
    assert sorted(dialect.upserts) == sorted(done.persons["Email"])
    assert any("--batch-counts rows" in note for note in done.notes)
    # What the first call taught is not asked again: the rest goes in parts at once.
    assert len(dialect.calls) < 25


def test_one_bad_row_does_not_refuse_the_others() -> None:
    def refuse(records: list[dict[str, Any]]) -> Reply | None:
        bad = any(one["Email"] == "p17@x.com" for one in records)
        return envelope("GSOBJ_VDTEMAIL1001", "Invalid email", name="Email") if bad else None

    dialect = Dialect(refuse=refuse)
    with connected(dialect) as client:
        done = upload(people(120), client=client)
    assert done.persons.loc[17, ["outcome", "error_code", "error_field"]].tolist() == [
        "refused", "GSOBJ_VDTEMAIL1001", "Email",
    ]  # fmt: skip
    assert (done.persons["outcome"] == "stored").sum() == 119
    assert len(dialect.calls) < 20
    assert done.notes == ()


def test_a_tenant_that_refuses_every_call_is_not_asked_for_ever() -> None:
    dialect = Dialect(refuse=lambda _: envelope("E9", "no"))
    with connected(dialect) as client:
        done = upload(people(1_000), client=client)
    assert done.persons["outcome"].value_counts().to_dict() == {"unsent": 950, "refused": 50}
    assert len(dialect.calls) == 99
    assert "E9" in str(done.stopped)


def test_a_refusal_after_silence_may_be_of_what_was_stored() -> None:
    """Not halved and not refused: the attempt without a reply may have stored all of it."""
    replies = [Reply(503, text=""), envelope("E1", "no")]
    dialect = Dialect(refuse=lambda _: replies.pop(0) if replies else None)
    with connected(dialect) as client:
        done = upload(people(10), client=client)
    assert set(done.persons["outcome"]) == {"unknown"}
    assert len(dialect.calls) == 2


def test_a_call_that_is_too_large_is_halved_also_after_silence() -> None:
    """The attempt without a reply was as large, so it was not taken either."""
    replies = [Reply(503, text=""), envelope("E1", "too many objects")]
    dialect = Dialect(refuse=lambda _: replies.pop(0) if replies else None)
    with connected(dialect) as client:
        done = upload(people(10), client=client)
    assert set(done.persons["outcome"]) == {"stored"}
    assert len(dialect.calls) == 4


KEY = "Resolution key value is null or empty : Email,Location"


def keyless(element: dict[str, Any], _: int) -> dict[str, Any]:
    detail = {
        "fieldName": "Email,Location",
        "values": {"Email,Location": {"Email": element["record"]["Email"]}},
        "errors": [{"message": KEY, "code": "GSOBJ_VCUSTOM1012"}],
    }
    record = {name: value for name, value in element["record"].items() if name != "Gsid"}
    error = {"rowNum": element["rowNumber"], "details": [detail]}
    return {**element, "record": record, "operationStatus": "FAILURE", "error": error}


@pytest.mark.parametrize(
    ("dialect", "mode", "refused"),
    [
        pytest.param({"echo": keyless}, "sync", 50, id="each record"),
        pytest.param(
            {"refuse": lambda _: envelope("GSOBJ_VCUSTOM1012", KEY, name="Email,Location")},
            "sync", 50, id="the whole call",
        ),
        pytest.param({"refuse": lambda _: envelope("Z", KEY)}, "sync", 50, id="by its words"),
        pytest.param(
            {"upsert": lambda _: envelope("GSOBJ_VCUSTOM1012", KEY, name="Email,Location")},
            "single", 1, id="one person a call",
        ),
        pytest.param({"echo": keyless}, "async", 120, id="a job"),
    ],
)  # fmt: skip
def test_a_tenant_with_another_key_says_which(
    dialect: dict[str, Any], mode: Any, refused: int
) -> None:
    with connected(Dialect(**dialect)) as client:
        done = upload(people(120), client=client, mode=mode)
    words = done.persons["outcome"].tolist()
    assert words == ["refused"] * refused + ["unsent"] * (120 - refused)
    assert "`--key Email,Location`" in str(done.stopped)
    assert set(done.persons["error_message"].head(refused).str.contains("Email,Location")) == {True}


@pytest.mark.parametrize(
    "job_id",
    [
        pytest.param(lambda job: {"result": True, "data": job}, id="data is the id"),
        pytest.param(lambda job: job, id="the body is the id"),
        pytest.param(lambda job: {"data": {"statusUrl": f"v1/status/{job}"}}, id="an address"),
        pytest.param(lambda job: {"response": {"jobId": job}}, id="a response"),
        pytest.param(lambda job: {"STATUS_ID": job}, id="another name, no data"),
        pytest.param(lambda job: {"data": {"jobId": job, "statusUrl": "x"}}, id="the usual"),
    ],
)
def test_the_id_of_a_job_may_be_bare_text(job_id: Any) -> None:
    dialect = Dialect(job_id=job_id)
    with connected(dialect) as client:
        assert client.people.upsert_async is not None
        done = upload(people(3), client=client, mode="async")
        assert client.people.bulk_async([{"Email": "a@x.com"}]).id == JOB
    assert set(done.persons["outcome"]) == {"stored"}


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(Reply(200, text=f"{JOB}\n"), id="without quotes"),
        pytest.param(Reply(200, [{"JobId": JOB}]), id="in a list"),
        pytest.param(Reply(202, text="", location=f"{BASE}/async/status/{JOB}"), id="a path"),
        pytest.param(
            Reply(201, text="", location=f"https://evil.example/status/{JOB}?x=1"), id="an address"
        ),
    ],
)
def test_an_id_may_be_the_whole_reply(reply: Reply) -> None:
    with connected(Dialect(hand_in=lambda *_: reply)) as client:
        assert client.people.bulk_async([{"Email": "a@x.com"}]).id == JOB


@pytest.mark.parametrize(
    "refusal",
    [
        pytest.param(Reply(415, {"error": "Unsupported Media Type"}), id="415"),
        pytest.param(Reply(415, text="<html>"), id="415, a page"),
        pytest.param(
            Reply(400, {"message": "Required request part 'file' is not present"}), id="400"
        ),
        pytest.param(envelope("GU_9", "Pass the records as a JSON file"), id="envelope"),
    ],
)
def test_a_job_goes_as_a_file_where_that_is_asked_for(refusal: Reply) -> None:
    def hand_in(media: str, content: bytes) -> Reply | None:
        is_file = media.startswith("multipart/form-data") and b'name="file"' in content
        return None if is_file else refusal

    dialect = Dialect(hand_in=hand_in)
    with connected(dialect) as client:
        done = upload(people(3), client=client, mode="async")
        client.people.bulk_async([{"Email": "a@x.com"}])
        client.people.bulk_async([{"Email": "b@x.com"}])
    assert set(done.persons["outcome"]) == {"stored"}
    assert len(dialect.jobs) == 3
    # Refused once by each client, then remembered.
    assert dialect.calls.count("POST /external/bulk/ingestion/async/people") == 5


def test_a_job_that_may_have_been_taken_is_not_handed_in_in_another_form() -> None:
    replies = [Reply(503, text=""), Reply(415, {"error": "Unsupported"})]
    dialect = Dialect(hand_in=lambda *_: replies.pop(0) if replies else None)
    with connected(dialect) as client:
        done = upload(people(3), client=client, mode="async")
    assert set(done.persons["outcome"]) == {"unknown"}
    assert dialect.jobs == []


def test_a_job_that_is_refused_in_every_form_says_why() -> None:
    dialect = Dialect(hand_in=lambda *_: Reply(415, {"message": "Unsupported Media Type"}))
    with connected(dialect) as client:
        done = upload(people(3), client=client, mode="async")
    assert "unsent" in set(done.persons["outcome"])
    assert "address" not in str(done.stopped)


@pytest.mark.parametrize(
    "refusal",
    [
        pytest.param(envelope("GU_1", "Request body must be a JSON array"), id="envelope"),
        pytest.param(
            Reply(400, {"message": "Cannot deserialize ArrayList out of START_OBJECT"}), id="400"
        ),
    ],
)
def test_one_person_goes_as_an_array_item_where_that_is_asked_for(refusal: Reply) -> None:
    dialect = Dialect(upsert=lambda body: None if isinstance(body, list) else refusal)
    with connected(dialect) as client:
        done = upload(people(3), client=client, mode="single")
    assert set(done.persons["outcome"]) == {"stored"}
    assert [type(body) for body in dialect.bodies] == [dict, list, list, list]


@pytest.mark.parametrize("mode", ["sync", "async", "single"])
@pytest.mark.parametrize("shared", [{"p3@x.com", "p4@x.com"}, {"p3@x.com", "p77@x.com"}])
def test_two_people_with_one_gsid_are_not_stored(mode: Any, shared: set[str]) -> None:
    """Within a call and across calls: neither is known to be right, and each names the other."""
    usual = Dialect().gsid
    dialect = Dialect(gsid=lambda email: "1P04SAME" if email in shared else usual(email))
    frame = people(80).assign(row_id=[f"r{n}" for n in range(80)])
    with connected(dialect) as client:
        done = upload(frame, linked(80, 1), client=client, mode=mode)
    doubtful = done.persons[done.persons["outcome"] == "unknown"]
    assert set(doubtful["Email"]) == shared
    first, second = doubtful.itertuples()
    assert f"row {second.row_id}" in first.error_message
    assert f"row {first.row_id}" in second.error_message
    assert set(done.company_persons.loc[doubtful.index, "outcome"]) == {"unknown"}
    assert (done.persons["outcome"] == "stored").sum() == 78


def test_people_with_one_gsid_are_not_stored_for_the_ledger(gsprep_home: Path) -> None:
    dialect = Dialect(gsid=lambda _: "1P04SAME")
    with connected(dialect) as client, Ledger(gsprep_home) as ledger:
        how = UploadOptions(keep=LedgerOptions(ledger=ledger, run="1"))
        first = send((people(5), None, None), how, client)
        usual = Dialect()
        dialect.gsid = usual.gsid
        again = send((people(5), None, None), how, client)
    assert set(first.persons["outcome"]) == {"unknown"}
    assert set(again.persons["outcome"]) == {"stored"}


def last_file_later(asked: int, body: dict[str, Any]) -> Reply:
    if asked <= 2:
        body["data"]["response"]["chunkDetails"].pop()
    return Reply(200, body)


def two_files(number: int) -> list[tuple[str, int, int]]:
    return [(chunk_url(JOB, 1), 0, number // 2), (chunk_url(JOB, 2), number // 2, number)]


def test_a_job_is_read_when_its_files_tell_of_all_records() -> None:
    dialect = Dialect(chunks=two_files, status=last_file_later)
    with connected(dialect) as client:
        done = upload(people(40), client=client, mode="async")
    assert set(done.persons["outcome"]) == {"stored"}
    assert len(dialect.jobs) == 1


@pytest.mark.parametrize(
    "status",
    [
        pytest.param(lambda _, __: Reply(404, {"errorCode": "GS_APIG_1000"}), id="404"),
        pytest.param(lambda _, __: Reply(404, text="<html>"), id="404, a page"),
        pytest.param(lambda _, __: Reply(400, {"errorCode": "GSOBJ_1011"}), id="nothing fits"),
        pytest.param(lambda _, __: envelope("Z", "no such job"), id="envelope"),
        pytest.param(lambda _, __: Reply(503, text=""), id="away"),
    ],
)
def test_a_job_that_was_taken_is_never_handed_in_again(status: Any, gsprep_home: Path) -> None:
    dialect = Dialect(chunks=two_files, status=status)
    with connected(dialect) as client, Ledger(gsprep_home) as ledger:
        how = UploadOptions(mode="async", keep=LedgerOptions(ledger=ledger, run="1"))
        first = send((people(40), None, None), how, client)
        second = send((people(40), None, None), how, client)
        dialect.status = Dialect().status
        third = send((people(40), None, None), how, client)
    assert "unknown" in set(first.persons["outcome"])
    assert "unknown" in set(second.persons["outcome"])
    assert set(third.persons["outcome"]) == {"stored"}
    assert len(dialect.jobs) == 1


@pytest.mark.parametrize(
    "counts",
    [
        {"totalRecords": 999},
        {"totalRecords": 80, "successCount": 80},
        {"totalRecords": None},
        {"totalRecords": 0},
    ],
    ids=["too many", "associations counted", "no total", "nought"],
)
def test_an_odd_total_does_not_matter_when_every_record_is_told_of(counts: dict[str, Any]) -> None:
    def status(_: int, body: dict[str, Any]) -> Reply:
        body["data"]["response"] |= counts
        return Reply(200, body)

    with connected(Dialect(status=status, chunks=two_files)) as client:
        done = upload(people(40), client=client, mode="async")
    assert set(done.persons["outcome"]) == {"stored"}
    assert done.stopped is None


def without_email(element: dict[str, Any], _: int) -> dict[str, Any]:
    record = {name: value for name, value in element["record"].items() if name != "Email"}
    return {**element, "record": record}


@pytest.mark.parametrize(
    "echo",
    [
        pytest.param(lambda element, at: {**element, "rowNumber": str(at)}, id="numbers as text"),
        pytest.param(lambda element, at: {**element, "rowNumber": at + 0.0}, id="as floats"),
        pytest.param(lambda element, at: {**element, "rowNumber": at - 1}, id="from nought"),
        pytest.param(
            lambda element, _: {n: v for n, v in element.items() if n != "rowNumber"},
            id="without numbers",
        ),
    ],
)
def test_replies_that_are_numbered_otherwise_are_told_by_their_addresses(echo: Any) -> None:
    with connected(Dialect(echo=echo)) as client:
        done = send((people(120), None, None), UploadOptions(), client)
    assert set(done.persons["outcome"]) == {"stored"}


def but_the_last(element: dict[str, Any], at: int) -> dict[str, Any] | None:
    return element if at % 2 else None


@pytest.mark.parametrize(
    "echo",
    [
        pytest.param(without_email, id="nobody is named"),
        pytest.param(lambda element, _: element | {"operationStatus": None}, id="no status"),
        pytest.param(lambda element, _: element | {"operationStatus": "SKIPPED"}, id="a new word"),
        pytest.param(lambda _, __: None, id="counts alone"),
        pytest.param(but_the_last, id="every second record is left out"),
        pytest.param(
            lambda element, _: element | {"record": {"Email": "a@b.c"}}, id="of somebody else"
        ),
    ],
)  # fmt: skip
@pytest.mark.parametrize("mode", ["sync", "async"])
def test_what_replies_leave_open_is_settled_in_smaller_calls(
    echo: Any, mode: Any, gsprep_home: Path
) -> None:
    """At once, or, where the results of a job may still come, by going on; no job goes twice."""

    def refused(body: Any) -> Reply | None:
        return envelope("E_1", "Not a name", name="Name") if body["Email"] == "p2@x.com" else None

    dialect = Dialect(echo=echo, upsert=refused)
    with connected(dialect) as client, Ledger(gsprep_home) as ledger:
        keep = LedgerOptions(ledger=ledger, run="1")
        how = UploadOptions(mode=mode, keep=keep)
        for _ in range(2):
            done = send((people(4), None, None), how, client)
    assert set(done.persons["outcome"]) <= {"stored", "refused"}
    assert done.stopped is None
    alone = dialect.calls.count("PUT /people")
    assert (alone and any("--mode single" in note for note in done.notes)) or alone <= 4
    assert len(dialect.jobs) == (mode == "async")


@pytest.mark.parametrize(
    ("name", "of_person", "of_links"),
    [
        ("Company_ID", "stored", ["stored", "refused"]),
        (None, "stored", ["unknown", "unknown"]),
        ("Email", "refused", ["refused", "refused"]),
    ],
)
def test_a_person_refused_alone_goes_again_without_the_associations_at_fault(
    name: str | None, of_person: str, of_links: list[str]
) -> None:
    """The call before, of which nothing is known, stores a person whose own fields are right."""
    good, bad = "1P02" + "A" * 32, "1P02" + "B" * 32
    error = {"field": name, "errorCode": "E_1", "errorMessage": "It is wrong"}
    error |= {"invalidValue": [{name: bad}]} if name == "Company_ID" else {}
    refusal = {"result": False, "data": {"status": "FAILURE", "errors": [error]}}

    def upsert(body: Any) -> Reply | None:
        ids = [company["Company_ID"] for company in body.get("companies", ())]
        return Reply(400, refusal) if name == "Email" or bad in ids else None

    links = pd.DataFrame({"Email": "p0@x.com", "Company_ID": [good, bad]})
    with connected(Dialect(echo=lambda _, __: None, upsert=upsert)) as client:
        done = upload(people(1), links, client=client)
    assert done.persons["outcome"].tolist() == [of_person]
    assert done.company_persons["outcome"].tolist() == of_links
    told = done.persons if name == "Email" else done.company_persons
    assert told["error_message"].tolist()[-1] == "It is wrong"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"CompanyName": "Simplify, Inc."}, "CompanyName Simplify, Inc."),
        ({"Company_ID": "1P02" + "S" * 32}, "Company_ID 1P02" + "S" * 32),
    ],
)
def test_a_person_refused_for_an_association_says_which(row: dict[str, str], said: str) -> None:
    code = "RLS_SOURCE_LOOKUP_FIELD_NOT_RESOLVED"

    def upsert(_: Any) -> Reply:
        (value,) = row.values()
        wrong = {"Name": value, "Company_ID": code} if "CompanyName" in row else row
        error = {
            "field": "Company_ID", "invalidValue": [wrong], "errorCode": code,
            "errorMessage": "ResolveLookupService source lookup field not resolved",
        }  # fmt: skip
        return Reply(400, {"result": False, "data": {"status": "FAILURE", "errors": [error]}})

    links = pd.DataFrame([{"Email": "p0@x.com", **row}, {"Email": "p0@x.com", "CompanyName": "Ok"}])
    with connected(Dialect(upsert=upsert)) as client:
        done = upload(people(1), links, client=client, mode="single")
    assert done.persons["outcome"].tolist() == ["refused"]
    assert done.persons["error_code"].tolist() == [code]
    assert said in done.persons["error_message"][0]
    assert done.company_persons["error_code"].fillna("-").tolist() == [code, "-"]


def test_a_lookup_of_one_row_that_is_refused_does_not_keep_the_others_from_being_deleted() -> None:
    dialect = Dialect(absent=Reply(400, {"result": False, "errorCode": "GSOBJ_VDTEMAIL1001"}))
    with connected(dialect) as client:
        upload(people(2), client=client)
        rows = pd.DataFrame({"Email": ["p0@x.com", "bad", "p1@x.com"]})
        done = delete_persons(look_up(rows, client), client)
    assert done.frame["outcome"].tolist() == ["deleted", "refused", "deleted"]
    assert "GSOBJ_VDTEMAIL1001" in done.frame["error_message"][1]
    assert dialect.persons == {}


def test_a_wrong_address_deletes_nobody() -> None:
    dialect = Dialect(absent=Reply(404, text="<html>"))
    with connected(dialect) as client, pytest.raises(RejectedError):
        look_up(pd.DataFrame({"Email": ["nobody@x.com"]}), client)


RELATIONSHIPS = [
    {"Gsid": f"1P05{at:032d}", "Name": f"Region {at}", "Company_ID": f"1P02{at:032d}"}
    for at in range(60)
]


def found(_: str, body: dict[str, Any]) -> Reply:
    twin = {"Gsid": "1P05Z", "Name": "Region 3", "Company_ID": "1P02Z"}
    conditions = {one["operator"]: one for one in body["where"]["conditions"]}
    name, values = conditions["IN"]["name"], conditions["IN"]["value"]
    after = conditions["GT"]["value"][0] if "GT" in conditions else ""
    rows = [row for row in (*RELATIONSHIPS, twin) if row[name] in values and row["Gsid"] > after]
    return Reply(200, {"result": True, "data": {"records": rows}})


@pytest.mark.parametrize("by", ["Relationship_ID", "RelationshipName"])
@pytest.mark.parametrize("mode", ["sync", "async", "single"])
def test_relationships_alone_go_below_the_company_that_the_tenant_names(mode: Any, by: str) -> None:
    name = {"Relationship_ID": "Gsid", "RelationshipName": "Name"}[by]
    rows = pd.DataFrame(
        {"Email": [f"p{n}@x.com" for n in range(60)], by: [one[name] for one in RELATIONSHIPS]}
    )
    dialect = Dialect(query=found)
    with connected(dialect) as client:
        done = upload(people(60), None, rows, client=client, mode=mode)
    several = by == "RelationshipName"
    words = ["unsent" if several and n == 3 else "stored" for n in range(60)]
    assert done.relationship_persons["outcome"].tolist() == words
    assert set(done.persons["outcome"]) == {"stored"}
    assert sum("query" in call for call in dialect.calls) == 2
    companies = dialect.persons["p7@x.com"]["companies"]
    assert companies[0]["Company_ID"] == f"1P02{7:032d}"
    assert companies[0]["relationships"][0][by] == rows[by][7]
    assert (
        "Company_ID" not in done.relationship_persons
        or done.relationship_persons["Company_ID"].isna().all()
    )


@pytest.mark.parametrize("mode", ["sync", "async", "single"])
@pytest.mark.parametrize(
    "refusal",
    [
        pytest.param(Reply(404, text="<html>"), id="404"),
        pytest.param(envelope("GSOBJ_VCRUDR1002", "Fields do not exist"), id="no such field"),
        pytest.param(Reply(200, {"result": False, "errorCode": "GS_X9", "data": None}), id="no"),
        pytest.param(Reply(200, {"data": "x"}), id="no page of rows"),
    ],
)
def test_relationships_alone_go_one_person_a_call_where_the_tenant_tells_no_company(
    mode: Any, refusal: Reply
) -> None:
    rows = pd.DataFrame(
        {
            "Email": ["p1@x.com", "p1@x.com", "p3@x.com", "p4@x.com"],
            "Company_ID": [None, None, None, "1P02A"],
            "Relationship_ID": ["1P05A", "1P05B", None, "1P05C"],
            "RelationshipName": [None, None, "Asia Pacific", None],
            "Role": ["a", "b", "c", "d"],
        }
    )
    dialect = Dialect(query=lambda _name, _body: refusal)
    with connected(dialect) as client:
        done = upload(people(5), linked(2, 1), rows, client=client, mode=mode)
    assert set(done.persons["outcome"]) == {"stored"}
    assert set(done.company_persons["outcome"]) == {"stored"}
    assert set(done.relationship_persons["outcome"]) == {"stored"}
    sent = {one["Email"]: one for one in dialect.bodies if "Email" in one}
    assert [below["Relationship_ID"] for below in sent["p1@x.com"]["relationships"]] == [
        "1P05A", "1P05B",
    ]  # fmt: skip
    assert sent["p1@x.com"]["companies"][0]["Company_ID"] == f"1P02{0:032d}"
    assert sent["p3@x.com"]["relationships"] == [{"RelationshipName": "Asia Pacific", "Role": "c"}]
    assert "Relationship_ID" in sent["p3@x.com"]["lookups"]["relationships"]
    assert ("p0@x.com" in sent) == (mode == "single")


def test_nothing_is_sent_when_the_companies_cannot_be_read_now() -> None:
    rows = pd.DataFrame({"Email": ["p0@x.com"], "Relationship_ID": ["1P05A"]})
    dialect = Dialect(query=lambda _name, _body: Reply(503, text=""))
    with connected(dialect) as client:
        done = upload(people(2), None, rows, client=client)
    assert set(done.persons["outcome"]) == set(done.relationship_persons["outcome"]) == {"unsent"}
    assert done.stopped is not None
    assert dialect.persons == {}


def test_a_relationship_that_the_tenant_lacks_stays_and_its_person_goes() -> None:
    rows = pd.DataFrame({"Email": ["p0@x.com"], "Relationship_ID": ["1P05NONE"]})
    with connected(Dialect(query=found)) as client:
        done = upload(people(1), None, rows, client=client)
    assert done.persons["outcome"].tolist() == ["stored"]
    assert done.relationship_persons["outcome"].tolist() == ["unsent"]
    assert "no such relationship" in done.relationship_persons["error_message"][0]


def test_a_dry_run_foresees_what_the_companies_will_make_of_it() -> None:
    rows = pd.DataFrame({"Email": [f"p{n}@x.com" for n in range(60)], "Relationship_ID": "1P05A"})
    done = rehearse((people(60), None, rows))
    assert set(done.relationship_persons["error_message"]) == {"dry run: nothing was sent"}
    assert done.plan is not None
    assert done.plan.calls == 2


UUID = "7581e498-c37e-4057-8fc9-c8d4d543de1a"


def test_ids_of_the_samples_pass_every_stage() -> None:
    rows = pd.DataFrame({"Email": ["p0@x.com"], "Company_ID": [UUID]})
    dialect = Dialect()
    with connected(dialect) as client:
        done = deliver(people(1), rows, client=client)
        gone = delete_persons(look_up(pd.DataFrame({"Gsid": [UUID]}), client), client)
    assert done.company_persons["outcome"].tolist() == ["stored"]
    assert dialect.persons["p0@x.com"]["companies"][0]["Company_ID"] == UUID
    assert gone.frame["outcome"].tolist() != ["rejected"]
