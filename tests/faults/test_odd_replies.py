"""Replies in formats that no page has, over real HTTP: no outcome is lost or invented."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from gsprep.calls.limits import Limits
from gsprep.ledger.ledger import Ledger
from gsprep.uploader.client import Client
from gsprep.uploader.deleting import DeletionPlan, delete_persons, look_up
from gsprep.uploader.upload import upload
from tests.faults.dialects import Dialect, Reply, connected, serving

if TYPE_CHECKING:
    from pathlib import Path


def people(number: int) -> pd.DataFrame:
    return pd.DataFrame({"Email": [f"p{n}@x.com" for n in range(number)]})


ACME = "1P02" + "A" * 32
SAID = {"code": "GSOBJ_VDTEMAIL1001", "message": "Not an address"}


@pytest.mark.parametrize(
    ("wrong", "code", "field"),
    [
        pytest.param({"error": {"details": [{"fieldName": "Email", "errors": [SAID]}]}},
                     SAID["code"], "Email", id="documented"),
        pytest.param({"error": {"details": {"fieldName": "Email", "errors": SAID}}},
                     SAID["code"], "Email", id="objects in place of lists"),
        pytest.param({"error": SAID}, SAID["code"], "", id="no details"),
        pytest.param({"errors": [{"field": "Email", "errorCode": SAID["code"],
                                  "errorMessage": SAID["message"]}]},
                     SAID["code"], "Email", id="as of a single upsert"),
        pytest.param({"error": SAID["message"]}, "", "", id="words"),
        pytest.param({"error": {"details": [[{"fieldName": ["Email"], "values": [7],
                                              "errors": [[SAID]]}]]}},
                     SAID["code"], "Email", id="nested lists"),
        pytest.param({"error": {"details": [{"field": "Email", "errors": [SAID["message"]]}]}},
                     "", "Email", id="errors in words"),
        pytest.param({"errors": {"field": "Email", "errorCode": SAID["code"], "invalidValue": "x",
                                 "errorMessage": SAID["message"]}},
                     SAID["code"], "Email", id="one error alone"),
        pytest.param({"error": {"details": [SAID["message"]]}}, "", "", id="a list of words"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("case", [str.upper, str.lower, str.title], ids=["AA", "aa", "Aa"])
@pytest.mark.parametrize("mode", ["sync", "async"])
def test_a_refusal_keeps_its_reason_in_any_format(
    wrong: dict[str, Any], code: str, field: str, case: Any, mode: Any
) -> None:
    def echo(element: dict[str, Any], _: int) -> dict[str, Any]:
        refused = element["record"]["Email"] == "p1@x.com"
        word = case("failure" if refused else "success")
        return element | {"operationStatus": word} | (wrong if refused else {})

    with connected(Dialect(echo=echo)) as client:
        done = upload(people(3), client=client, mode=mode).persons
    assert done["outcome"].tolist() == ["stored", "refused", "stored"]
    said = done.loc[1, ["error_code", "error_field", "error_message"]].fillna("")
    assert said.tolist() == [code, field, SAID["message"]]


def spelled(value: Any, spell: Any) -> Any:
    if isinstance(value, list):
        return [spelled(one, spell) for one in value]
    if not isinstance(value, dict):
        return value
    return {spell(name): spelled(one, spell) for name, one in value.items()}


def by_number(value: Any) -> Any:
    """Return a reply whose lists of records are objects."""
    if not isinstance(value, dict):
        return value
    numbered = {name: by_number(one) for name, one in value.items()}
    if isinstance(records := numbered.get("records"), list):
        numbered["records"] = {str(at): one for at, one in enumerate(records)}
    return numbered


def wrapped(value: Any, **names: Any) -> Any:
    """Return a reply whose members, or words, have other names."""
    if isinstance(value, list):
        return [wrapped(one, **names) for one in value]
    if not isinstance(value, dict):
        return names.get(value, value) if isinstance(value, str) else value
    return {names.get(name, name): wrapped(one, **names) for name, one in value.items()}


def flat(value: Any) -> Any:
    """Return a reply whose records stand next to what is said of them."""
    if isinstance(value, list):
        return list(map(flat, value))
    if not isinstance(value, dict):
        return value
    record = value.get("record", {})
    return {name: flat(one) for name, one in value.items() if name != "record"} | record


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(lambda body: spelled(body, str.lower), id="lower case"),
        pytest.param(lambda body: spelled(body, str.upper), id="upper case"),
        pytest.param(
            lambda body: spelled(
                body, lambda name: re.sub("(?<=[a-z])(?=[A-Z])", "_", name).lower()
            ),
            id="snake case",
        ),
        pytest.param(by_number, id="records by number"),
        pytest.param(
            lambda body: spelled(body, lambda n: re.sub("(?<=[a-z])(?=[A-Z])", "-", n).lower()),
            id="hyphens",
        ),
        pytest.param(lambda body: wrapped(body, data="response"), id="a response"),
        pytest.param(lambda body: wrapped(body, data="result"), id="a result"),
        pytest.param(lambda body: wrapped({"data": body}), id="twice the data"),
        pytest.param(lambda body: wrapped(body, records="items"), id="items"),
        pytest.param(flat, id="records that are no member of theirs"),
        pytest.param(
            lambda body: wrapped(body, operationStatus="status"), id="another name of the status"
        ),
        pytest.param(
            lambda body: wrapped(body, operationStatus="success", SUCCESS=True), id="yes or no"
        ),
        pytest.param(lambda body: wrapped(body, SUCCESS=200), id="HTTP statuses"),
        pytest.param(lambda body: wrapped(body, Gsid="Id"), id="another name of the Gsid"),
    ],
)
@pytest.mark.parametrize("mode", ["sync", "async", "single"])
def test_names_are_read_in_any_spelling(said: Any, mode: Any) -> None:
    links = people(1).assign(Company_ID=ACME)
    with connected(dialect := Dialect(said=said)) as client:
        done = upload(people(3), links, client=client, mode=mode)
        found = client.people.find("p1@x.com")
        gone = delete_persons(look_up(people(2), client), client).frame
    assert done.persons["outcome"].tolist() == ["stored"] * 3
    assert done.persons["Gsid"].tolist() == [dialect.gsid(email) for email in people(3)["Email"]]
    assert done.company_persons["outcome"].tolist() == ["stored"]
    assert found is not None
    assert (found.email, gone["outcome"].tolist()) == ("p1@x.com", ["deleted"] * 2)


@pytest.mark.parametrize(
    ("companies", "alone"),
    [({"Company_ID": ACME, "Gsid": 7}, 0), ({"0": {"Company_ID": ACME, "Gsid": 7}}, 0),
     ("1C01", 2), (["1C01"], 2), (None, 2)],
    ids=["an object", "by number", "text", "texts", "null"],
)  # fmt: skip
@pytest.mark.parametrize("mode", ["sync", "async"])
def test_an_odd_echo_of_associations_says_nothing_of_people(
    companies: Any, alone: int, mode: Any
) -> None:
    """What it leaves open a call with each person alone tells."""

    def echo(element: dict[str, Any], _: int) -> dict[str, Any]:
        return element | {"record": element["record"] | {"companies": companies}}

    links = people(2).assign(Company_ID=ACME)
    dialect = Dialect(echo=echo)
    with connected(dialect) as client:
        done = upload(people(2), links, client=client, mode=mode)
    assert done.persons["outcome"].tolist() == ["stored"] * 2
    assert done.company_persons["outcome"].tolist() == ["stored"] * 2
    assert dialect.calls.count("PUT /people") == alone


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        pytest.param(Reply(200, text=""), "unknown", id="nothing"),
        pytest.param(Reply(204, text=""), "unknown", id="204"),
        pytest.param(Reply(200, text="<html>"), "unknown", id="a page"),
        pytest.param(Reply(200, {"result": True}), "unknown", id="no id"),
        pytest.param(Reply(303, text=""), "unknown", id="done, see other"),
        pytest.param(Reply(307, text=""), "unsent", id="a redirect"),
        pytest.param(Reply(404, text=""), "unsent", id="no such address"),
        pytest.param(Reply(400, {"result": "false", "errorCode": "E_1"}), "refused", id="refused"),
    ],
)
def test_a_call_that_may_be_executed_is_unknown(reply: Reply, outcome: str) -> None:
    """Of every call that writes: a load, a job, a deletion."""
    dialect = Dialect(refuse=lambda _: reply, hand_in=lambda *_: reply, upsert=lambda _: reply)
    dialect.delete = lambda _: reply
    with connected(dialect) as client:
        known = DeletionPlan(people(1), ("1P04X",), {}, 1, (0, 0))
        ends = [
            *(upload(people(1), client=client, mode=m).persons for m in ("sync", "async")),
            delete_persons(known, client).frame,
        ]
    # Of a deletion "refused" says that it was not made.
    deleted = "refused" if outcome == "unsent" else outcome
    assert [end["outcome"][0] for end in ends] == [outcome, outcome, deleted]


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("Not\x1b]0;x\x07 an\naddress\u202e", "Not]0;x an address"),
        ("x" * 40_000, "x" * 2_000 + "…"),
        ("<b>=1+1</b>", "<b>=1+1</b>"),
    ],
)
def test_a_message_is_one_line_that_a_screen_and_a_workbook_take(message: str, said: str) -> None:
    def echo(element: dict[str, Any], _: int) -> dict[str, Any]:
        return element | {"operationStatus": "FAILURE", "error": SAID | {"message": message}}

    with connected(Dialect(echo=echo)) as client:
        done = upload(people(1), client=client, mode="sync").persons
    assert done.loc[0, ["outcome", "error_message"]].tolist() == ["refused", said]


@pytest.mark.parametrize("status", [400, 424, 499])
def test_a_reply_to_each_record_counts_whatever_the_http_status(status: int) -> None:
    def refuse(records: list[dict[str, Any]]) -> Reply:
        return Reply(status, {"result": False, "data": {"records": dialect.replies(records)}})

    with connected(dialect := Dialect(refuse=refuse)) as client:
        done = upload(people(3), client=client, mode="sync").persons
    assert done["outcome"].tolist() == ["stored"] * 3


@pytest.mark.parametrize(
    "word", ["completed", "Done", "SUCCESS", "COMPLETED_WITH_ERRORS", "Failed"]
)
def test_a_job_with_files_of_results_is_over(word: str) -> None:
    def status(_: int, body: dict[str, Any]) -> Reply:
        return Reply(200, {"data": body["data"] | {"statusType": word}})

    with connected(Dialect(status=status)) as client:
        done = upload(people(3), client=client, mode="async").persons
    assert done["outcome"].tolist() == ["stored"] * 3


def test_a_word_for_success_without_files_is_about_the_call() -> None:
    def status(asked: int, body: dict[str, Any]) -> Reply:
        return Reply(200, {"data": {"status": "SUCCESS"}} if asked < 3 else body)

    with connected(dialect := Dialect(status=status)) as client:
        done = upload(people(3), client=client, mode="async").persons
    assert (done["outcome"].tolist(), dialect.asked) == (["stored"] * 3, 3)


@pytest.mark.parametrize(
    ("refused", "outcome", "said"),
    [
        pytest.param({"errorCode": "RATE_LIMIT_EXCEEDED"}, "stored", "", id="quota"),
        pytest.param({"message": "Too many requests"}, "stored", "", id="quota in words"),
        pytest.param({"errorDesc": "Service temporarily unavailable"}, "unknown", "status page",
                     id="fault"),
        pytest.param({"errorDesc": "Your session has expired"}, "unsent", "access key", id="key"),
        pytest.param({"message": "no Route matched with those values"}, "unsent",
                     "no Route", id="route"),
        pytest.param({"message": "Locked, see https://docs.example.com"}, "refused", "Locked",
                     id="rows"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize("mode", ["sync", "async", "single"])
def test_people_are_not_refused_for_what_is_wrong_with_the_call(
    refused: dict[str, str], outcome: str, said: str, status: int, mode: Any
) -> None:
    """A call that is turned down for its pace, the service, the key or the address is no reply."""
    reply, calls = Reply(status, {"result": False, **refused}), 2 if outcome == "stored" else 99
    turned_down = iter([reply] * calls)
    dialect = Dialect(
        refuse=lambda _: next(turned_down, None),
        upsert=lambda _: next(turned_down, None),
        hand_in=lambda *_: next(turned_down, None),
    )
    with connected(dialect) as client:
        done = upload(people(2), client=client, mode=mode).persons
    # One person a call: after the first no other is sent.
    assert done["outcome"][0] == outcome
    assert done["outcome"][1] in {outcome, "unsent"}
    assert said in str(done["error_message"][0])
    assert bool(dialect.persons) == (outcome == "stored")


FAILS = {"result": False, "errorDesc": "Internal server error"}
AT_ONE = [
    pytest.param(Reply(500, text=""), "unknown", id="500"),
    pytest.param(Reply(500, {"result": False, "errorCode": "GU_1101"}), "unknown", id="its code"),
    pytest.param(Reply(200, FAILS), "unknown", id="a fault in a 200"),
    pytest.param(Reply(400, FAILS), "unknown", id="a fault in a 400"),
    pytest.param(Reply(403, text="<html>Blocked</html>"), "refused", id="a firewall"),
    pytest.param(Reply(400, text="<html>"), "refused", id="a page"),
]


@pytest.mark.parametrize(
    ("refusal", "said"),
    [
        ({"result": False, "errorCode": "GSOBJ_VDTEMAIL1001"}, "invalid email value"),
        ({"errorCode": "GSOBJ_X1"}, "GSOBJ_X1"),
        ({"error": {"code": "E_1", "message": "Bad mail"}}, "Bad mail"),
        ({"errors": [{"field": "Email", "message": "Bad mail"}]}, "Bad mail"),
        ({"type": "about:blank", "title": "Bad Request", "detail": "Bad mail"}, "Bad mail"),
        ({"statusCode": 400}, "HTTP 400"),
    ],
    ids=["a known code", "a code", "an object", "a list", "RFC 9457", "no words"],
)
def test_one_record_for_which_a_whole_call_is_refused_is_found(
    refusal: dict[str, Any], said: str
) -> None:
    def refuse(records: list[dict[str, Any]]) -> Reply | None:
        return Reply(400, refusal) if any(r["Email"] == "p3@x.com" for r in records) else None

    with connected(dialect := Dialect(refuse=refuse)) as client:
        done = upload(people(20), client=client).persons
    assert done["outcome"].value_counts().to_dict() == {"stored": 19, "refused": 1}
    assert done["outcome"][3] == "refused"
    assert said in done["error_message"][3]
    assert sorted(dialect.upserts) == sorted(done["Email"].drop(3))


@pytest.mark.parametrize(("reply", "outcome"), AT_ONE)
@pytest.mark.parametrize("mode", ["sync", "single"])
def test_the_record_that_every_call_fails_at_does_not_stop_the_others(
    reply: Reply, outcome: str, mode: Any
) -> None:
    def at(records: list[dict[str, Any]]) -> Reply | None:
        return reply if any(one["Email"] in {"p2@x.com", "p5@x.com"} for one in records) else None

    number = 60 if mode == "sync" else 8
    dialect = Dialect(refuse=at, upsert=lambda body: at([body]))
    with connected(dialect) as client:
        done = upload(people(number), client=client, mode=mode)
    words = done.persons["outcome"]
    assert words[[2, 5]].tolist() == [outcome] * 2
    assert set(words.drop([2, 5])) == {"stored"}
    assert done.persons["error_message"][2].count(f"HTTP {reply.status}") == 1
    assert done.stopped is None
    assert max(Counter(dialect.upserts).values()) == 1
    # Parts of a call that failed are attempted once, and the record alone as often as any call.
    assert len(dialect.calls) <= 30


@pytest.mark.parametrize("then", [Reply(400, {"errorCode": "X_1"}), Reply(429), Reply(404)])
@pytest.mark.parametrize("mode", ["sync", "single"])
def test_who_may_be_stored_stays_unknown_whatever_a_later_call_says(then: Reply, mode: Any) -> None:
    replies = [Reply(500, text="")] * 5

    def at(records: list[dict[str, Any]]) -> Reply | None:
        if not any(one["Email"] == "p2@x.com" for one in records):
            return None
        dialect.persons["p2@x.com"] = {}
        return replies.pop() if replies else then

    dialect = Dialect(refuse=at, upsert=lambda body: at([body]))
    with connected(dialect) as client:
        done = upload(people(4), client=client, mode=mode).persons["outcome"]
    assert done[[0, 1, 2]].tolist() == ["stored", "stored", "unknown"]
    assert (done[3] == "stored") is (mode == "single")


@pytest.mark.parametrize(("reply", "outcome"), AT_ONE)
@pytest.mark.parametrize("mode", ["sync", "single"])
def test_a_service_that_fails_at_every_record_is_not_asked_for_all(
    reply: Reply, outcome: str, mode: Any
) -> None:
    """Nobody is refused for that: `resume` sends them again."""
    dialect = Dialect(refuse=lambda _: reply, upsert=lambda _: reply)
    with connected(dialect) as client:
        done = upload(people(400), client=client, mode=mode)
    words = set(done.persons["outcome"])
    assert words == ({"unknown", "unsent"} if outcome == "unknown" else {"unsent"})
    assert done.stopped is not None
    assert len(dialect.calls) <= 9


def test_who_is_being_deleted_is_not_stored_for_the_ledger(gsprep_home: Path) -> None:
    """A process may be killed while it waits for the deletion."""
    left: list[Any] = []

    def said(body: Any) -> Any:
        if "deleteRequestId" in str(body):
            left.append(ledger.database.rows("SELECT count(*) FROM record WHERE gsid IS NOT NULL"))
        return body

    with (
        Ledger(gsprep_home) as ledger,
        serving(dialect := Dialect()) as url,
        Client(url, "canary-key", ledger=ledger, limits=Limits(sleep=lambda _: None)) as client,
    ):
        upload(people(3), client=client, ledger=ledger)
        dialect.said = said
        done = delete_persons(look_up(people(2), client), client).frame
    assert done["outcome"].tolist() == ["deleted"] * 2
    assert left == [[(3,)], [(1,)]]


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("mode", ["sync", "async"])
def test_an_address_may_be_echoed_in_another_normal_form(form: Any, mode: Any) -> None:
    def echo(element: dict[str, Any], _: int) -> dict[str, Any]:
        address = unicodedata.normalize(form, element["record"]["Email"])
        return element | {"record": element["record"] | {"Email": address}}

    persons = pd.DataFrame({"Email": ["jos\u00e9@x.com", "rene\u0301@x.com"]})
    with connected(Dialect(echo=echo)) as client:
        done = upload(persons, client=client, mode=mode).persons
    assert done["outcome"].tolist() == ["stored"] * 2
