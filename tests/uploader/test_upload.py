from __future__ import annotations

import json
import signal
from datetime import UTC, datetime
from random import Random
from typing import Any

import httpx
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsprep.calls.limits import Limits, Window
from gsprep.errors import (
    AccessKeyError,
    MissingColumnsError,
    QuotaError,
    RejectedError,
    UnavailableError,
    UploadError,
)
from gsprep.results import OUTCOME_COLUMNS
from gsprep.uploader.client import Client
from gsprep.uploader.outcomes import OUTCOMES
from gsprep.uploader.upload import rehearse, upload

GOOD = object()


def people(number: int) -> pd.DataFrame:
    return pd.DataFrame({"Email": [f"p{n}@x.com" for n in range(number)]})


def turns(stored: Any, *others: Any) -> Any:
    """Answer batch after batch; GOOD stores all, a function or an exception class is used."""
    left = list(others)

    def handler(request: httpx.Request) -> httpx.Response:
        now = left.pop(0) if left else GOOD
        if now is GOOD:
            return stored(request)
        if isinstance(now, type):
            raise now("lost")
        return httpx.Response(now) if isinstance(now, int) else now

    return handler


@pytest.fixture
def stored() -> Any:
    return stored_by_echo


def stored_by_echo(request: httpx.Request) -> httpx.Response:
    rows = []
    body = json.loads(request.content)
    if "records" not in body:
        data = {"status": "SUCCESS", "personGsid": f"P-{body['Email']}"}
        return httpx.Response(200, json={"result": True, "data": data})
    for number, record in enumerate(body["records"], 1):
        companies = [
            {
                **company,
                "Gsid": "CP",
                "relationships": [
                    {**below, "Gsid": "RP"} for below in company.get("relationships", [])
                ],
            }
            for company in record.get("companies", [])
        ]
        echo = {**record, "Gsid": f"P-{record['Email']}", "companies": companies}
        rows.append({"record": echo, "rowNumber": number, "operationStatus": "SUCCESS"})
    return httpx.Response(200, json={"result": True, "requestId": "r", "data": {"records": rows}})


def test_rows_come_back_in_order_with_all_that_was_given(service: Any, stored: Any) -> None:
    persons = pd.DataFrame(
        {
            "row_id": ["x", "y", "z"],
            "Email": ["a@x.com", None, "A@x.com"],
            "note": [1, 2, 3],
        },
        index=[7, 7, 7],
    )
    companies = pd.DataFrame(
        {"Email": ["a@x.com", "b@x.com"], "Company_ID": ["C", "C"], "Person_ID": ["", "9"]}
    )
    with service(stored) as client:
        done = upload(persons, companies, client=client)
    assert list(done.persons.columns) == ["row_id", "Email", "note", *OUTCOME_COLUMNS]
    assert list(done.persons["row_id"]) == ["x", "y", "z"]
    assert list(done.persons["outcome"]) == ["stored", "unsent", "stored"]
    assert done.persons["Gsid"].fillna("-").to_list() == ["P-a@x.com", "-", "P-a@x.com"]
    assert done.persons["batch"].fillna("-").to_list() == ["1", "-", "1"]
    assert list(done.company_persons["outcome"]) == ["stored", "unsent"]
    assert list(done.company_persons["Person_ID"]) == ["P-a@x.com", "9"]
    assert list(done.relationship_persons.columns)[:4] == [
        "row_id",
        "Email",
        "Company_ID",
        "Relationship_ID",
    ]
    assert done.stopped is None
    assert repr(done) == (
        "Uploaded(persons: 2 stored, 1 unsent; company_persons: 1 stored, 1 unsent; "
        "relationship_persons: none)"
    )


def test_it_is_told_when_each_batch_was_answered_and_what_quota_is_left(
    service: Any, stored: Any
) -> None:
    """The third call waits for the first minute to be over."""
    client = service(stored, windows=(Window(2, 60.0), Window(10, 86_400.0)), in_flight=1)
    done = upload(people(120), client=client)
    moments = [datetime.fromtimestamp(1_000 + after, UTC) for after in (0, 0, 60)]
    assert done.answered == dict(zip("123", moments, strict=True))
    assert [(one.seconds, one.left) for one in done.quota if one.kind == "sync"] == [
        (60.0, 1), (86_400.0, 7),
    ]  # fmt: skip
    assert rehearse((people(3), None, None)).quota == ()


OF_EVERY_RECORD = httpx.Response(
    400, json={"errorCode": "GU_2403", "requestId": "r-7", "errorDesc": "p1@x.com"}
)


def test_an_earlier_result_can_be_sent_again(service: Any, stored: Any) -> None:
    first = upload(people(2), client=service(turns(stored, OF_EVERY_RECORD))).persons
    again = upload(first, client=service(stored)).persons
    assert list(again.columns) == list(first.columns)
    assert list(first["outcome"]) == ["refused", "refused"]
    assert list(again["outcome"]) == ["stored", "stored"]
    assert again["error_message"].isna().all()


@pytest.mark.parametrize(
    ("middle", "words", "error"),
    [
        pytest.param(
            [httpx.Response(200, text="<html>")] * 4,
            ["stored", "unknown", "stored"],
            None,
            id="pages",
        ),
        pytest.param(
            [httpx.Response(200, json={"data": {"records": []}})],
            ["stored", "stored", "stored"],
            None,
            id="a reply about nobody, settled by calls with each",
        ),
        pytest.param(
            [OF_EVERY_RECORD], ["stored", "refused", "stored"], None, id="a call turned down"
        ),
        pytest.param([404], ["stored", "unsent", "unsent"], RejectedError, id="a wrong address"),
        pytest.param([302], ["stored", "unsent", "unsent"], RejectedError, id="a redirect"),
        pytest.param([401], ["stored", "unsent", "unsent"], AccessKeyError, id="a refused key"),
        pytest.param(
            [httpx.ReadTimeout, 401],
            ["stored", "unknown", "unsent"],
            AccessKeyError,
            id="silence, then a refused key",
        ),
        pytest.param(
            [503] * 5, ["stored", "unknown", "unsent"], UnavailableError, id="service away"
        ),
        pytest.param(
            [429] * 5, ["stored", "unsent", "unsent"], UnavailableError, id="busy for ever"
        ),
        pytest.param(
            [httpx.ConnectError] * 5,
            ["stored", "unsent", "unsent"],
            UnavailableError,
            id="network away",
        ),
        pytest.param(
            [httpx.ReadTimeout] * 2, ["stored", "unknown", "unsent"], UnavailableError, id="silence"
        ),
        pytest.param(
            [KeyboardInterrupt], ["stored", "unknown", "unsent"], UploadError, id="Ctrl-C"
        ),
        pytest.param(
            [httpx.Response(429, headers={"Retry-After": "90000"})],
            ["stored", "unsent", "unsent"],
            QuotaError,
            id="the quota of the day",
        ),
    ],
)
def test_what_is_known_stays_known(
    middle: Any, words: Any, error: Any, service: Any, stored: Any
) -> None:
    done = upload(people(101), client=service(turns(stored, GOOD, *middle)))
    assert [done.persons["outcome"][row] for row in (0, 50, 100)] == words
    assert set(done.persons["outcome"].iloc[:50]) == {"stored"}
    assert type(done.stopped) is (error or type(None))
    left = done.persons[done.persons["outcome"] != "stored"]
    assert left["error_message"].notna().all()
    assert left.loc[left["outcome"] == "unsent", "batch"].isna().all()
    assert (left.loc[left["outcome"] == "unknown", "batch"] == "2").all()


def test_a_refused_call_gives_its_code_to_its_rows(service: Any, stored: Any) -> None:
    done = upload(people(2), client=service(turns(stored, OF_EVERY_RECORD)))
    assert (
        done.persons[["error_code", "request_id"]].to_numpy().tolist() == [["GU_2403", "r-7"]] * 2
    )
    assert not done.persons["error_message"].str.contains("@").any()


@pytest.mark.parametrize("mode", ["sync", "single"])
@pytest.mark.parametrize("status", [400, 409, 413, 422])
def test_what_may_be_stored_is_not_said_to_be_refused(
    mode: Any, status: int, service: Any, stored: Any
) -> None:
    """The first call was done and never answered; its repeat is turned down."""
    done = upload(people(1), client=service(turns(stored, httpx.ReadError, status)), mode=mode)
    assert list(done.persons["outcome"]) == ["unknown"]
    again = upload(people(1), client=service(turns(stored, status)), mode=mode)
    assert list(again.persons["outcome"]) == ["refused"]


def test_quota_of_our_own_ends_the_upload(service: Any, stored: Any) -> None:
    client = service(stored, windows=[Window(1, 86_400.0)])
    done = upload(people(51), client=client, mode="sync")
    assert isinstance(done.stopped, QuotaError)
    assert list(done.persons["outcome"].iloc[[0, 50]]) == ["stored", "unsent"]


def test_an_interrupted_wait_leaves_nothing_in_doubt(stored: Any) -> None:
    """Ctrl-C reaches the thread that sends, while another waits for the quota."""
    limits = Limits(windows=[Window(1, 60.0)], waiting=lambda _: signal.raise_signal(signal.SIGINT))
    client = Client("acme", "key", transport=httpx.MockTransport(stored), limits=limits)
    done = upload(people(51), client=client)
    assert set(done.persons["outcome"]) == {"stored", "unsent"}
    assert done.stopped is not None


def test_progress_counts_batches(service: Any, stored: Any) -> None:
    told: list[tuple[int, int]] = []
    upload(people(120), client=service(stored), progress=lambda *done: told.append(done))
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_a_rehearsal_sends_nothing_and_counts_the_calls() -> None:
    rehearsed = rehearse((people(120), None, None))
    assert set(rehearsed.persons["outcome"]) == {"unsent"}
    assert rehearsed.calls == 3


def test_a_person_is_held_when_all_their_rows_are(service: Any, stored: Any) -> None:
    held = pd.Series(["1"], dtype="str")
    sent = upload(people(3), client=service(stored), held=held)
    assert list(sent.persons["outcome"]) == ["unsent", "stored", "stored"]
    assert "held back" in sent.persons["error_message"].iloc[0]


def test_associations_of_a_held_person_say_so(service: Any, stored: Any) -> None:
    linked = pd.DataFrame({"Email": people(3)["Email"], "Company_ID": "1P02" + "A" * 32})
    sent = upload(people(3), linked, client=service(stored), held=pd.Series(["1"], dtype="str"))
    assert sent.company_persons["outcome"].iloc[0] == "unsent"
    assert "the row of its person was not sent" in sent.company_persons["error_message"].iloc[0]


def test_nothing_is_sent_for_a_frame_that_lacks_a_column(service: Any) -> None:
    sent: list[httpx.Request] = []
    with pytest.raises(MissingColumnsError):
        upload(pd.DataFrame({"Name": ["Ana"]}), client=service(sent.append))
    assert sent == []


def test_no_rows_need_no_call(service: Any) -> None:
    sent: list[httpx.Request] = []
    done = upload(people(0), client=service(sent.append))
    assert (len(done.persons), sent, done.stopped) == (0, [], None)
    assert list(done.persons.columns) == ["row_id", "Email", *OUTCOME_COLUMNS]


kinds = st.sampled_from(["object", "str", "category", "string[pyarrow]"])


@given(
    order=st.permutations(range(4)),
    kind=kinds,
    index=st.sampled_from([[0, 0, 0, 0], [3, 1, 2, 0], list("bbaa")]),
)
def test_index_order_of_columns_and_dtypes_mean_nothing(order: Any, kind: Any, index: Any) -> None:
    frame = pd.DataFrame(
        {
            "row_id": list("1234"),
            "Email": ["a@x", "A@x", None, "b@x"],
            "Name": ["A", None, "C", "D"],
            "n": list("5678"),
        }
    )
    transport = httpx.MockTransport(stored_by_echo)
    expected = upload(frame, client=Client("acme", "k", transport=transport)).persons
    odd = frame.astype(kind)[[frame.columns[at] for at in order]].set_axis(index)
    before = odd.copy(deep=True)
    got = upload(odd, client=Client("acme", "k", transport=transport)).persons
    pd.testing.assert_frame_equal(got[expected.columns], expected)
    pd.testing.assert_frame_equal(odd, before)


def scramble(chance: Random, request: httpx.Request) -> httpx.Response:
    """Answer as a service might in its worst hour."""
    fate = chance.choice(["rows", "rows", "rows", "rows", "status", "text", "raise"])
    if fate == "raise":
        raise chance.choice([httpx.ReadTimeout, httpx.ConnectError])("lost")
    if fate == "status":
        return httpx.Response(chance.choice([204, 301, 400, 401, 404, 413, 429, 500, 503]))
    if fate == "text":
        return httpx.Response(200, text=chance.choice(["", "{", "null", "[]", '{"data": 5}']))
    rows: list[Any] = json.loads(stored_by_echo(request).content)["data"]["records"]
    for row in rows:
        statuses = ["SUCCESS", "FAILURE", "PARTIAL_SUCCESS", "NEW", None, 3]
        row["operationStatus"] = chance.choice(statuses)
        row["record"]["Gsid"] = chance.choice(["1P", "", None, 5])
        row["record"]["companies"] = chance.choice([[], None, row["record"]["companies"]])
        errors = [None, {}, {"details": [{"fieldName": "Company_ID", "values": None}]}]
        row["error"] = chance.choice(errors)
    rows = chance.sample(rows, len(rows))
    if chance.random() < 0.5:
        rows = rows[chance.randint(0, 2) :] + rows[: chance.randint(0, 2)]
    return httpx.Response(200, json={"data": {"records": rows}})


def companies_of(chance: Random, body: Any) -> httpx.Response:
    """Answer a query for relationships: with some of them, or as in the worst hour."""
    if chance.random() < 0.5:
        return httpx.Response(chance.choice([400, 401, 404, 503]))
    rows = [{"Gsid": gsid, "Company_ID": chance.choice(["1", "2", None])} for gsid in "12"]
    is_first = len(body["where"]["conditions"]) == 1
    return httpx.Response(200, json={"data": {"records": rows if is_first else []}})


word = st.sampled_from(["1", "2", None])
addresses = st.one_of(st.none(), st.integers(0, 119).map(lambda n: f"p{n}@x.com"))


@given(
    seed=st.integers(0, 2**32),
    size=st.integers(0, 120),
    links=st.lists(st.tuples(addresses, word, word), max_size=6),
)
def test_every_row_has_one_outcome_whatever_the_service_answers(
    seed: int, size: Any, links: Any
) -> None:
    persons = people(size).assign(extra="x")
    frames = [
        persons,
        *(
            pd.DataFrame(links, columns=["Email", "Company_ID", "Relationship_ID"])
            for _ in range(2)
        ),
    ]
    before = [frame.copy() for frame in frames]
    chance = Random(seed)  # noqa: S311  its answers are no secrets
    sizes: list[int] = []
    together: dict[str, set[str]] = {}

    def handler(request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        if "/query/" in request.url.path:
            return companies_of(chance, body)
        sent = body.get("records", [body])
        sizes.append(len(sent))
        addresses = {record["Email"].lower() for record in sent}
        # One person is in one batch; it goes again as it was, or as a half of it.
        for address in addresses:
            assert addresses <= together.get(address, addresses)
            together[address] = addresses
        return scramble(chance, httpx.Request("PUT", request.url, json={"records": sent}))

    limits = Limits(windows=[], sleep=lambda _: None)
    with Client("acme", "k", transport=httpx.MockTransport(handler), limits=limits) as client:
        done = upload(*frames, client=client)
    assert all(size <= 50 for size in sizes)
    for given_rows, copy in zip(frames, before, strict=True):
        pd.testing.assert_frame_equal(given_rows, copy)
    results = (done.persons, done.company_persons, done.relationship_persons)
    for copy, rows in zip(before, results, strict=True):
        have_one_outcome(rows, copy)


def have_one_outcome(rows: pd.DataFrame, given_rows: pd.DataFrame) -> None:
    assert rows["outcome"].isin(OUTCOMES).all()
    assert rows["row_id"].to_list() == [str(n) for n in range(1, len(given_rows) + 1)]
    assert rows["Email"].fillna("").to_list() == given_rows["Email"].fillna("").to_list()
    assert rows.loc[rows["outcome"] == "stored", "Gsid"].notna().all()
    assert rows.loc[rows["outcome"] != "stored", "error_message"].notna().all()


@pytest.mark.parametrize(
    ("largest", "sizes"),
    [
        pytest.param(50, [50, 10], id="all fit"),
        pytest.param(25, [50, 25, 25, 10], id="a half fits"),
        pytest.param(12, [50, 25, 12, 13, 6, 7, 25, 12, 13, 6, 7, 10], id="a quarter does not"),
    ],
)
def test_a_batch_that_is_too_large_goes_in_halves(
    largest: int, sizes: list[int], service: Any, stored: Any
) -> None:
    seen: list[int] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(len(json.loads(request.content)["records"]))
        return httpx.Response(413) if seen[-1] > largest else stored(request)

    done = upload(people(60), client=service(handler))
    assert seen == sizes
    assert set(done.persons["outcome"]) == {"stored"}
    assert done.persons["Gsid"].tolist() == [f"P-p{n}@x.com" for n in range(60)]
    assert done.persons["batch"].nunique() == len([size for size in sizes if size <= largest])


def test_one_person_that_is_too_large_is_refused(service: Any) -> None:
    done = upload(people(3), client=service(lambda _: httpx.Response(413)))
    assert set(done.persons["outcome"]) == {"refused"}
    assert done.persons["batch"].nunique() == 3
    assert done.stopped is None
