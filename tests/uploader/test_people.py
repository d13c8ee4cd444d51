"""The endpoints of people: what goes out, what is believed, and what is not."""

from __future__ import annotations

import codecs
import json
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from each_row import each_row
from hypothesis import given
from hypothesis import strategies as st

from gsprep.errors import (
    AccessKeyError,
    InputError,
    QuotaError,
    RejectedError,
    ReplyError,
    UnavailableError,
)
from gsprep.sandbox.app import make_app
from gsprep.sandbox.dialect import Dialect
from gsprep.sandbox.jobs import Pace
from gsprep.sandbox.store import Store
from gsprep.schemas.lookups import BY_NAME
from gsprep.uploader.client import Client
from gsprep.uploader.echo_match import Keys
from gsprep.uploader.jobs import elements as elements_of
from gsprep.uploader.people import Forms, as_list, as_object
from gsprep.uploader.replies import Reference, read_record
from gsprep.uploader.row_outcomes import read_results

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from gsprep.uploader.people import Body, People
    from gsprep.uploader.replies import RecordReply

JOB = "0f8d0c15-3dc8-41f3-b4f2-98bb8688627b"
ACME = "1P02" + "A" * 32


def replying(*bodies: Any) -> Any:
    """Reply one body after the other, the last for ever; ``seen`` are the requests."""
    left = list(bodies)
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        now = left.pop(0) if len(left) > 1 else left[0]
        return now if isinstance(now, httpx.Response) else httpx.Response(200, json=now)

    handler.seen = seen  # type: ignore[attr-defined]  # a list beside the function
    return handler


@pytest.mark.parametrize(
    ("given", "found"),
    [
        pytest.param({"data": {"email": "a@x.com", "gsid": "1P"}}, True, id="found"),
        pytest.param({"result": True, "data": None}, False, id="null"),
        pytest.param(
            httpx.Response(400, json={"errorCode": "GSOBJ_PEOPLE1001"}), False, id="unknown"
        ),
        pytest.param(httpx.Response(404, json={"errorCode": "GSOBJ_1011"}), False, id="no match"),
    ],
)
def test_a_person_is_read(given: Any, found: Any, service: Callable[..., Client]) -> None:
    handler = replying(given)
    client = service(handler)
    for person in (client.people.find(" a+b@x.com "), client.people.get("1P04ABC")):
        assert (person is not None and person.email == "a@x.com") == found
    assert [str(request.url.raw_path) for request in handler.seen] == [
        "b'/v1/peoplemgmt/v1.0/people?Email=a%2Bb%40x.com'",
        "b'/v1/peoplemgmt/v1.0/people/1P04ABC'",
    ]


@pytest.mark.parametrize(
    "data", ["x", [{"gsid": "1P"}] * 2, 7, {"name": "Ana"}, {"companies": "x"}, {"companies": [7]}]
)
def test_what_is_no_person_is_an_error(data: Any, service: Callable[..., Client]) -> None:
    with pytest.raises(ReplyError):
        service(replying({"data": data})).people.get("1P04")


def test_an_association_may_be_named_by_its_id_alone(service: Callable[..., Client]) -> None:
    said = {"gsid": "1P", "relationships": [{"relationship_id": "1R", "company_id": {}}]}
    person = service(replying({"data": said})).people.get("1P")
    assert person is not None
    (association,) = person.relationships
    assert association.relationship == Reference("1R", "")
    assert association.company is None


@pytest.mark.parametrize("gsid", ["", "../x", "a/b", "a?b", "1P04 ", "//evil.example"])
def test_what_is_no_gsid_goes_nowhere(gsid: Any, service: Callable[..., Client]) -> None:
    handler = replying({})
    client = service(handler)
    for call in (
        lambda: client.people.get(gsid),
        lambda: client.people.find("  "),
        lambda: client.people.delete([gsid]),
        lambda: client.people.delete([]),
        lambda: client.people.delete(["1P04"] * 5_001),
        lambda: client.people.bulk([{"Email": "a@x.com"}] * 51),
        lambda: client.people.upsert_async([{"Email": "a@x.com"}] * 51),
        lambda: client.people.bulk([]),
        lambda: client.people.bulk_async([]),
        lambda: client.people.bulk([{"Email": float("nan")}]),
        lambda: client.people.upsert({"Email": "\ud800"}),
    ):
        with pytest.raises(InputError):
            call()
    assert handler.seen == []


@pytest.mark.parametrize(
    "job",
    ["", "..", "../../people", "a/b/c/d/e", "https://evil.example/x", "abcdefgh?x=1", "a" * 65],
)
def test_what_is_no_job_is_not_asked_for(job: str, service: Callable[..., Client]) -> None:
    handler = replying({})
    people = service(handler).people
    for call in (
        lambda: people.job(job),
        lambda: people.deletion(job),
        lambda: people.upsert_status(job, records=1),
        lambda: people.chunk(job, 1),
    ):
        with pytest.raises(InputError):
            call()
    assert handler.seen == []


@pytest.mark.parametrize("job", [None, 7.5, "", "../../etc", "https://evil.example/", "//evil/"])
def test_a_job_that_cannot_be_asked_for_may_be_stored(
    job: Any, service: Callable[..., Client]
) -> None:
    people = service(
        replying(
            {"requestId": "r", "data": {"jobId": job, "statusId": job, "deleteRequestId": job}}
        )
    ).people
    for call in (
        lambda: people.bulk_async([{"Email": "a@x.com"}]),
        lambda: people.upsert_async([{"Email": "a@x.com"}]),
        lambda: people.delete(["1P04"]),
    ):
        with pytest.raises(ReplyError) as caught:
            call()
        assert caught.value.may_be_stored
        assert caught.value.request_id == "r"


def read_chunks(
    files: Iterable[bytes], sent: Sequence[Mapping[str, object]]
) -> Iterator[RecordReply]:
    found = elements_of(files, Keys.of(sent))
    return (read_record(element, at + 1) for at, element in found)


def status(*urls: str, word: str = "COMPLETED") -> dict[str, Any]:
    chunks = [{"chunkURL": url} for url in urls]
    return {"data": {"statusType": word, "response": {"chunkDetails": chunks}}}


def chunk_url(number: int, job: str = JOB) -> str:
    return f"/external/bulk/ingestion/async/{job}/chunk/{number}/results"


def test_addresses_of_the_service_are_never_followed(service: Callable[..., Client]) -> None:
    """What it names is rebuilt at the tenant's own address, whatever host it names."""
    content = {"records": [{"rowNumber": 1, "record": {}, "operationStatus": "FAILURE"}]}
    handler = replying(
        {"data": {"jobId": JOB, "statusUrl": f"https://evil.example/v1.0/status/{JOB}"}},
        status(f"https://evil.example{chunk_url(1)}"),
        content,
    )
    people = service(handler).people
    job = people.bulk_async([{"Gsid": "1P"}])
    assert [one.status for one in people.results(people.job(job.id), [{"Gsid": "1P"}])] == [
        "FAILURE"
    ]
    base = "https://acme.gainsightcloud.com/v1/peoplemgmt/v1.0/external/bulk/ingestion/async"
    assert [str(request.url) for request in handler.seen] == [
        f"{base}/people", f"{base}/status/{JOB}", f"{base}/{JOB}/chunk/1/results",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "urls",
    [
        pytest.param(["https://evil.example/steal"], id="no file of results"),
        pytest.param([chunk_url(1), chunk_url(3)], id="a file left out"),
        pytest.param([chunk_url(0), chunk_url(2)], id="a file left out, from 0"),
    ],
)
def test_files_that_cannot_be_trusted_are_an_error(
    urls: list[str], service: Callable[..., Client]
) -> None:
    with pytest.raises(ReplyError):
        service(replying(status(*urls))).people.job(JOB)


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("COMPLETED", "done"), ("Completed", "done"), ("INIT", "waiting"),
        ("INPROGRESS", "waiting"), ("IN_PROGRESS", "waiting"), ("SOMETHING_NEW", "waiting"),
        ("FAILED", "failed"),
        ("ABORTED", "failed"),
    ],
)  # fmt: skip
def test_words_for_the_state_of_a_job(
    word: str, state: str, service: Callable[..., Client]
) -> None:
    said = {"statusType": word, "status": word, "deleteRequestId": JOB, "response": None}
    people = service(replying({"data": said})).people
    assert people.job(JOB).state == people.deletion(JOB).state == state
    assert people.upsert_status(JOB, records=0).state == state


def test_a_state_that_is_not_said_is_an_error(service: Callable[..., Client]) -> None:
    people = service(replying({"data": {"status": None}})).people
    for call in (lambda: people.job(JOB), lambda: people.upsert_status(JOB, records=1)):
        with pytest.raises(ReplyError):
            call()


def test_another_deletion_is_not_this_one(service: Callable[..., Client]) -> None:
    said = {"data": {"deleteRequestId": "another-one", "status": "COMPLETED"}}
    with pytest.raises(ReplyError):
        service(replying(said)).people.deletion(JOB)


def told(*records: Any) -> dict[str, Any]:
    return {"data": {"status": "COMPLETED", "response": list(records)}}


A, B = {"status": "SUCCESS", "personGsid": "A"}, {"status": "FAILURE", "errors": []}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(told(A, B), ["SUCCESS", "FAILURE"], id="by their place"),
        pytest.param(
            told({"operationStatus": "FAILURE", "rowNumber": 2},
                 {"operationStatus": "SUCCESS", "rowNumber": 1}),
            ["SUCCESS", "FAILURE"], id="in the shape of the bulk, by their number",
        ),
        pytest.param(told(A, {"status": "NEW"}), ["SUCCESS", None], id="a word that is not known"),
        pytest.param(told(A), ReplyError, id="one left out"),
        pytest.param(told(A, B, A), ReplyError, id="one too many"),
        pytest.param(told({**A, "rowNumber": 1}, {**B, "rowNumber": 1}), ReplyError, id="doubled"),
        pytest.param(told(A, {**B, "rowNumber": 7}), ReplyError, id="misnumbered"),
        pytest.param(told(A, "x"), ReplyError, id="no record"),
    ],
)  # fmt: skip
def test_the_records_of_an_asynchronous_upsert(
    body: Any, expected: Any, service: Callable[..., Client]
) -> None:
    people = service(replying(body)).people
    if expected is ReplyError:
        with pytest.raises(ReplyError):
            people.upsert_status(JOB, records=2)
        return
    assert [one.status for one in people.upsert_status(JOB, records=2).records] == expected


def element(number: Any, email: str, word: str = "SUCCESS") -> dict[str, Any]:
    return {
        "rowNumber": number,
        "operationStatus": word,
        "record": {"Email": email, "Gsid": f"1P-{email}"},
    }


def file_of(elements: Sequence[Any], **more: Any) -> bytes:
    return json.dumps({**more, "records": list(elements)}).encode()


@given(
    sizes=st.lists(st.integers(1, 7), min_size=1, max_size=5),
    anew=st.booleans(),
    data=st.data(),
)
def test_every_record_is_found_however_files_count(
    sizes: list[int], anew: Any, data: st.DataObject
) -> None:
    """Numbers begin anew in each file or run on, and records stand in any order."""
    sent = [{"Email": f"p{at}@x.com"} for at in range(sum(sizes))]
    files, before = [], 0
    for size in sizes:
        elements = [
            element(at + 1 - (before if anew else 0), sent[at]["Email"])
            for at in range(before, before + size)
        ]
        files.append(file_of(data.draw(st.permutations(elements)), totalCount=size))
        before += size
    found = {one.number: one.gsid for one in read_chunks(files, sent)}
    assert found == {at: f"1P-{one['Email']}" for at, one in enumerate(sent, 1)}


@pytest.mark.parametrize("anew", [False, True], ids=["numbers run on", "numbers begin anew"])
@pytest.mark.parametrize(
    ("sizes", "more"),
    [
        pytest.param((3, 0, 2), {}, id="a file without records"),
        pytest.param((0, 3, 2), {}, id="the first without any"),
        pytest.param((2, 2, 1), {"totalCount": 5}, id="each says how many all have"),
        pytest.param((2, 2, 1), {"totalCount": 99}, id="each says what is not so"),
    ],
)
def test_files_that_say_little_of_themselves(
    sizes: tuple[int, ...], more: dict[str, int], anew: object
) -> None:
    sent = [{"Email": f"p{at}@x.com"} for at in range(sum(sizes))]
    files, before = [], 0
    for size in sizes:
        numbers = range(1, size + 1) if anew else range(before + 1, before + size + 1)
        emails = [one["Email"] for one in sent[before : before + size]]
        files.append(file_of(map(element, numbers, emails), **more))
        before += size
    assert [one.gsid for one in read_chunks(files, sent)] == [f"1P-{p['Email']}" for p in sent]


def test_a_mark_of_bytes_before_a_file_is_none_of_it() -> None:
    content = codecs.BOM_UTF8 + file_of([element(1, "a@x.com")])
    assert [one.gsid for one in read_chunks([content], SENT[:1])] == ["1P-a@x.com"]


SENT = [{"Email": f"{letter}@x.com"} for letter in "abcd"]
FIRST, SECOND = (
    [element(1, "A@x.com"), element(2, "b@x.com")],
    [element(3, "c@x.com"), element(4, "d@x.com", "FAILURE")],
)


@each_row(
    ("files", "believed", "doubtful"),
    [
        pytest.param([FIRST, SECOND[:1]], [1, 2, 3], (), id="one left out"),
        pytest.param([FIRST], [1, 2], (), id="a file left out"),
        pytest.param([FIRST, [*SECOND, element(2, "b@x.com")]], [1, 2, 3, 4], (2,), id="one twice"),
        pytest.param(
            [FIRST, [element(3, "d@x.com"), element(4, "c@x.com")]], [1, 2], (3, 4),
            id="under the number of another",
        ),
        pytest.param([FIRST, [*SECOND, element(9, "e@x.com")]], [1, 2, 3, 4], (), id="a stranger"),
        pytest.param(
            [FIRST, [*SECOND, element(None, "e@x.com")]], [1, 2, 3, 4], (), id="without a number"
        ),
    ],
)  # fmt: skip
def test_what_is_missing_doubled_or_misnumbered_is_told_and_not_guessed(
    files: Any, believed: list[int], doubtful: tuple[int, ...]
) -> None:
    found: list[int] = []
    contents = [file_of(elements) for elements in files]
    with pytest.raises(ReplyError, match="Check these records") as caught:
        found.extend(one.number for one in read_chunks(contents, SENT))
    assert found == believed
    assert caught.value.doubtful == doubtful
    told, _ = read_results(SENT, lambda keys: elements_of(contents, keys))
    known = [at for at, one in enumerate(told, start=1) if one.person.outcome != "unknown"]
    assert known == [number for number in believed if number not in doubtful]


@each_row(
    "content",
    [
        b"", b"[]", b"{", b'{"records": [{}', b'{"records": [1]}', b'{"records": [{}], "a"}',
        b'{"records" [{}]}', b'{"records": [{"rowNumber": 1}{}]}', b'{"a": \xff}',
        b'{"records": {}',
        b'{"a":' + b"[" * 100_000,
    ],
)  # fmt: skip
def test_a_file_that_is_none_is_an_error(content: bytes) -> None:
    with pytest.raises(ReplyError):
        list(read_chunks([content], SENT))


def test_a_file_larger_than_a_part_is_read_whole(service: Callable[..., Client]) -> None:
    """Letters of several bytes and numbers stand across the parts a file is read in."""
    sent = [{"Email": f"p{at}@x.com"} for at in range(20_000)]
    elements = [
        element(at, one["Email"]) | {"note": "é漢" * (at % 40), "n": 10**12 + at}
        for at, one in enumerate(sent, 1)
    ]
    content = json.dumps({"totalCount": 20_000, "records": elements}, ensure_ascii=False).encode()
    assert len(content) > 3 * 1024 * 1024
    people = service(replying(status(chunk_url(1)), httpx.Response(200, content=content))).people
    told = list(people.results(people.job(JOB), sent))
    assert [one.raw for one in told] == elements


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "utf-16-le", "utf-32-be"])
def test_a_file_may_have_any_encoding_of_unicode(
    codec: str, service: Callable[..., Client]
) -> None:
    content = json.dumps({"records": [element(1, "a@x.com")]}).encode(codec)
    people = service(replying(status(chunk_url(1)), httpx.Response(200, content=content))).people
    (told,) = people.results(people.job(JOB), [{"Email": "a@x.com"}])
    assert told.raw == element(1, "a@x.com")


@pytest.mark.parametrize("cut", [b"", b"<html>busy</html>", b'{"records": [{"rowN'])
def test_a_file_that_is_not_whole_is_asked_for_again(
    cut: bytes, service: Callable[..., Client], clock: Any
) -> None:
    handler = replying(httpx.Response(200, content=cut), {"records": []})
    assert service(handler).people.chunk(JOB, 1).records == ()
    assert clock.slept == [1.0]
    with pytest.raises(UnavailableError, match="an incomplete file"):
        service(replying(httpx.Response(200, content=cut))).people.chunk(JOB, 1)


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"result": False, "errorCode": "GSOBJ_1"}, RejectedError),
        ({"result": False, "errorCode": "GS_APIG_2401"}, AccessKeyError),
    ],
)
def test_an_error_in_the_place_of_a_file(
    body: Any, error: type[Exception], service: Callable[..., Client]
) -> None:
    with pytest.raises(error):
        service(replying(body)).people.chunk(JOB, 1)


def test_results_are_there_when_the_job_is_done(service: Callable[..., Client]) -> None:
    people = service(replying(status(word="INPROGRESS"))).people
    with pytest.raises(InputError, match="no results yet"):
        people.results(people.job(JOB), [])


def test_a_job_of_more_than_80_megabytes_is_not_sent(service: Callable[..., Client]) -> None:
    handler = replying({})
    records = [{"Email": "a@x.com", "Name": "x" * 1_000_000}] * 80
    with pytest.raises(InputError, match="80,000,000 bytes"):
        service(handler).people.bulk_async(records)
    assert handler.seen == []


@pytest.mark.parametrize(
    ("call", "free", "wait"),
    [
        pytest.param(
            lambda people: people.bulk_async([{"Email": "a@x.com"}]), 10, 3_600, id="bulk"
        ),
        pytest.param(lambda people: people.upsert_async([{"a": "b"}]), 10, 3_600, id="async"),
        pytest.param(lambda people: people.delete(["1P04"]), 100, 3_600, id="delete"),
    ],
)
def test_each_kind_of_call_keeps_to_its_own_limit(
    call: Callable[[Any], object],
    free: int,
    wait: float,
    service: Callable[..., Client],
    clock: Any,
) -> None:
    said = {"jobId": JOB, "statusId": JOB, "deleteRequestId": JOB, "status": "INIT"}
    client = service(replying({"data": said}), max_wait=60.0)
    for _ in range(free):
        call(client.people)
    assert clock.slept == []
    with pytest.raises(QuotaError) as caught:
        call(client.people)
    assert caught.value.wait == wait


def test_repeats_are_numbered_for_the_whole_run(service: Callable[..., Client]) -> None:
    handler = replying(httpx.Response(503))
    client = service(handler, repeats=6)
    for _ in range(3):
        with pytest.raises(UnavailableError) as caught:
            client.people.get("1P04")
    assert len(handler.seen) == 3 + 6
    assert "6 repeats are used up" in str(caught.value)


def test_good_calls_earn_repeats_back(service: Callable[..., Client]) -> None:
    busy, good = httpx.Response(503), {"data": None}
    client = service(replying(*[busy, good, *[good] * 10] * 4), repeats=1)
    for _ in range(4 * 11):
        assert client.people.get("1P04") is None


def test_waits_are_spread_and_never_shorter_than_asked(
    service: Callable[..., Client], clock: Any
) -> None:
    busy = httpx.Response(429, headers={"Retry-After": "8"})
    service(replying(busy, {"data": None}), jitter=lambda: 0.5).people.get("1P04")
    assert clock.slept == [9.0]


@pytest.fixture(params=["global", "restart"])
def stand_in(clock: Any, request: pytest.FixtureRequest) -> Iterator[People]:
    """Return the people of a service that shares nothing with the client."""
    limits = clock.limits(windows=(), async_windows=())
    dialect = Dialect(row_number=request.param)
    with Store(pace=Pace(chunk_size=7), dialect=dialect) as store:
        store.add_companies([{"Gsid": ACME, "Name": "Acme"}])
        transport = httpx.WSGITransport(app=make_app(store, clock=clock.now))
        with Client("http://localhost", "key", transport=transport, limits=limits) as client:
            yield client.people


def test_one_person_against_the_stand_in(stand_in: People) -> None:
    linked = {"Email": "ana@acme.com", "companies": [{"CompanyName": "Acme"}]}
    ana = stand_in.upsert(linked, lookups=BY_NAME)
    found = stand_in.find("ana@acme.com")
    assert found is not None
    assert found.gsid == ana.gsid
    assert [one.company.id for one in found.companies if one.company] == [ACME]
    nobody = {"Email": "bo@bolt.com", "companies": [{"CompanyName": "Nowhere"}]}
    assert stand_in.upsert(nobody, lookups=BY_NAME).status == "FAILURE"


@pytest.mark.parametrize("late", ["object", "list"], ids=["in the first form", "in the last form"])
@pytest.mark.parametrize("fits", [True, False], ids=["a good person", "a bad person"])
def test_a_person_under_way_while_another_finds_the_form(late: str, *, fits: bool) -> None:
    """The service takes lists of one; what it says of a bad person may be meant of the form."""
    forms, began = Forms(as_object, as_list), list[str]()

    def reply_to(body: Body, *, fits: bool = True) -> Any:
        if body.content.startswith(b"[") and fits:
            return body.content
        refusal = RejectedError("400", status=400)
        refusal.said = "Request body is not valid"
        raise refusal

    def slow(body: Body) -> Any:
        form = "list" if body.content.startswith(b"[") else "object"
        began.append(form)
        if form == late:
            assert forms.send(b"2", reply_to) == b"[2]"
        return reply_to(body, fits=fits)

    with nullcontext() if fits else pytest.raises(RejectedError):
        assert forms.send(b"1", slow) == b"[1]"
    assert began == ["object", "list"]
    assert forms.send(b"3", reply_to) == b"[3]"


def test_jobs_against_the_stand_in(stand_in: People, clock: Any) -> None:
    many = [{"Email": f"p{at}@x.com"} for at in range(60)] + [{"Email": "bad@"}]
    job, small = stand_in.bulk_async(many), stand_in.upsert_async(many[-2:])
    assert stand_in.job(job.id).state == "waiting"
    clock.sleep(3_600)
    stored = list(stand_in.results(stand_in.job(job.id), many))
    assert [one.status for one in stored] == ["SUCCESS"] * 60 + ["FAILURE"]
    half = stand_in.upsert_status(small.id, records=2)
    assert [one.status for one in half.records] == ["SUCCESS", "FAILURE"]
    gone = stand_in.delete([one.gsid for one in stored if one.gsid])
    clock.sleep(3_600)
    assert stand_in.deletion(gone.id).state == "done"
    assert stand_in.get(stored[0].gsid) is None


@pytest.mark.parametrize(
    ("sent", "echo", "trusted"),
    [
        pytest.param({"Email": "a@x.com"}, {"Email": "A@x.com "}, True, id="the same address"),
        pytest.param({"Email": "a@x.com"}, {"Email": "b@x.com"}, False, id="another address"),
        pytest.param({"Email": "a@x.com"}, {}, False, id="no address"),
        pytest.param({"Gsid": "1P"}, {"Gsid": "1P", "Email": "a@x.com"}, True, id="the same Gsid"),
        pytest.param({"Gsid": "1P"}, {"Gsid": "1Q"}, False, id="another Gsid"),
        pytest.param({"Gsid": "1P"}, {}, True, id="refused without its Gsid"),
        pytest.param({"companies": []}, {"Gsid": "1P"}, True, id="found by a lookup"),
        pytest.param(
            {"Gsid": "1P", "Email": "new@x.com"}, {"Gsid": "1P", "Email": "new@x.com"}, True,
            id="a changed address",
        ),
    ],
)  # fmt: skip
def test_a_reply_is_about_the_person_that_was_sent(
    sent: dict[str, Any], echo: dict[str, Any], trusted: Any, service: Callable[..., Client]
) -> None:
    record = {"rowNumber": 1, "record": echo, "operationStatus": "SUCCESS"}
    people = service(replying({"requestId": "r", "data": {"records": [record]}})).people
    if trusted:
        assert people.bulk([sent]).records[0].gsid == echo.get("Gsid", "")
        return
    with pytest.raises(ReplyError, match="the replies to a call") as caught:
        people.bulk([sent])
    assert (caught.value.may_be_stored, caught.value.request_id) == (True, "r")


@pytest.mark.parametrize(
    ("described", "columns"),
    [
        pytest.param(
            {"data": [{"objectName": "company", "fields": [
                {"fieldName": "Name", "dataType": "STRING"},
                {"fieldName": "Domain", "dataType": "STRING"},
            ]}]},
            ["Gsid", "Name", "Domain"], id="what it has",
        ),
        pytest.param(httpx.Response(404), ["Gsid", "Name"], id="no description"),
        pytest.param({"data": [{"objectName": "company", "fields": [7]}]}, ["Gsid", "Name"],
                     id="one that cannot be read"),
    ],
)  # fmt: skip
def test_companies_come_with_the_columns_the_tenant_has(
    described: Any, columns: list[str], service: Callable[..., Client]
) -> None:
    lacks = httpx.Response(400, json={"result": False, "errorCode": "GSOBJ_VCRUDR1002"})
    page = {"data": [{"Gsid": "1", "Name": "Acme", "Domain": "acme.com"}]}
    handler = replying(lacks, described, page, {"data": []})
    frame = service(handler).objects.companies(["Domain", "Phone"])
    assert list(frame.columns) == columns
    assert json.loads(handler.seen[0].content)["select"] == ["Gsid", "Name", "Domain", "Phone"]
