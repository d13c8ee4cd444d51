"""Rows of an object: inserted or updated by their keys, each with its true outcome."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from clients import Clock, sandbox_client, silences
from hypothesis import example, given
from hypothesis import strategies as st

from gsprep.errors import (
    AccessKeyError,
    InputError,
    ReplyError,
    UnavailableError,
    UploadError,
)
from gsprep.sandbox.store import Store
from gsprep.sandbox.tenant import Field, Tenant
from gsprep.uploader.object_keys import ObjectTarget, Row
from gsprep.uploader.object_rows import ObjectWriter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import httpx

    from gsprep.uploader.object_keys import Mode, RowOutcome

PLAN = "Plan__gc"
NO_PATH = {"result": False, "errorCode": "GS_APIG_1000"}
FIELDS = (Field("Name"), Field("Code__gc"), Field("Mail__gc", "EMAIL"), Field("Size__gc", "NUMBER"))


class _Tenants:
    """A sandbox with one custom object, whose calls can be made to fail."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self.store, self._clock = store, clock
        self.calls: list[str] = []

    def writer(
        self,
        *,
        mode: Mode = "upsert",
        faults: Any = (),
        keys: tuple[str, ...] = ("Code__gc",),
        said: Callable[[httpx.Request, Any], Any] | None = None,
    ) -> ObjectWriter:
        def counted(request: httpx.Request) -> None:
            self.calls.append(request.method)

        client = sandbox_client(self.store, self._clock, faults, counted, said)
        target = ObjectTarget(
            name=PLAN, keys=keys, mode=mode, caseless=frozenset({"Mail__gc"}) & frozenset(keys)
        )
        return ObjectWriter(client.objects, target)

    def rows(self) -> list[dict[str, str]]:
        select = ["Gsid", "Name", "Code__gc", "Mail__gc", "Size__gc"]
        return self.store.query(PLAN.lower(), {"select": select, "orderBy": {"Code__gc": "asc"}})

    def delete(self, gsid: str | None) -> None:
        self.writer().objects.delete(PLAN, str(gsid))

    def codes(self) -> Counter[str]:
        return Counter(row["Code__gc"] for row in self.rows())


@pytest.fixture
def tenants(clock: Clock) -> Iterator[_Tenants]:
    with Store(tenant=Tenant(fields={PLAN.lower(): FIELDS})) as store:
        yield _Tenants(store, clock)


def rows(*records: dict[str, Any]) -> list[Row]:
    return [Row(record=record) for record in records]


def many(numbers: Iterable[int], **more: Any) -> list[Row]:
    return rows(*({"Code__gc": f"c{n:03}", "Name": f"Plan {n}", **more} for n in numbers))


def outcomes(writer: ObjectWriter, given_rows: list[Row]) -> list[RowOutcome]:
    found = list(writer.write(given_rows))
    told = dict(found)
    assert len(found) == len(told), "a row has two outcomes"
    return [told[number] for number in range(len(given_rows)) if number in told]


def test_rows_are_inserted_once_and_updated_then(tenants: _Tenants) -> None:
    first = outcomes(tenants.writer(), many(range(120)))
    assert {(one.outcome, one.action) for one in first} == {("stored", "created")}
    assert Counter(tenants.calls) == {"POST": 1 + 3}
    tenants.calls.clear()
    second = outcomes(tenants.writer(), many(range(110, 130), Size__gc=3))
    assert Counter(one.action for one in second) == {"updated": 10, "created": 10}
    assert [one.gsid for one in first[110:]] == [one.gsid for one in second[:10]]
    assert tenants.codes() == Counter(f"c{n:03}" for n in range(130))
    assert Counter(row["Size__gc"] for row in tenants.rows()) == {None: 110, "3": 20}


def test_one_bad_row_is_refused_and_the_others_are_stored(tenants: _Tenants) -> None:
    bad = {"Code__gc": "c017", "Size__gc": "many"}
    told = outcomes(tenants.writer(), [*many(range(17)), *rows(bad), *many(range(18, 50))])
    refused = [one for one in told if one.outcome == "refused"]
    assert [(one.code, one.field, one.gsid) for one in refused] == [
        ("GSOBJ_1002", "Size__gc", None)
    ]
    assert "many" not in refused[0].message
    assert len(tenants.rows()) == 49
    assert told[17] is refused[0]


FAULT = {"result": False, "errorCode": "GU_1101"}


@pytest.mark.parametrize("is_there", [False, True], ids=["insert", "update"])
def test_a_record_that_every_call_fails_at_is_looked_up_alone(
    tenants: _Tenants, *, is_there: bool
) -> None:
    def said(request: httpx.Request, body: Any) -> Any:
        if "query" in request.url.path or b'"c017"' not in request.content:
            return body
        for record in () if is_there else body["data"]["records"]:
            tenants.delete(record["Gsid"])
        return FAULT

    if is_there:
        outcomes(tenants.writer(), many(range(60)))
    told = outcomes(tenants.writer(said=said), many(range(60), Size__gc=3))
    # What is there by now was stored.
    assert told[17].outcome == ("stored" if is_there else "unknown")
    assert {one.outcome for one in told[:17] + told[18:]} == {"stored"}
    assert Counter(row["Size__gc"] for row in tenants.rows())["3"] == 59 + is_there
    assert tenants.codes().most_common(1)[0][1] == 1


def test_of_a_service_that_fails_at_every_record_no_row_is_unsent_that_was_sent(
    tenants: _Tenants,
) -> None:
    outcomes(tenants.writer(), many(range(200)))
    told: dict[int, RowOutcome] = {}
    writer = tenants.writer(said=lambda sent, body: FAULT if sent.method == "PUT" else body)
    with pytest.raises(UnavailableError):
        told.update(writer.write(many(range(200), Size__gc=3)))
    assert {one.outcome for one in told.values()} == {"stored"}
    written = {row["Code__gc"] for row in tenants.rows() if row["Size__gc"] == "3"}
    assert written == {f"c{number:03}" for number in told}
    assert len(written) == 50


def test_a_row_with_a_known_gsid_is_updated_although_its_key_changed(tenants: _Tenants) -> None:
    (before,) = outcomes(tenants.writer(), many([1]))
    renamed = Row(record={"Code__gc": "c999", "Name": "Plan 1"}, gsid=before.gsid)
    (after,) = outcomes(tenants.writer(), [renamed])
    assert (after.action, after.gsid) == ("updated", before.gsid)
    assert tenants.codes() == {"c999": 1}


def test_a_null_clears_a_field_of_a_record_and_is_left_out_of_a_new_one(tenants: _Tenants) -> None:
    outcomes(tenants.writer(), many([1], Size__gc=4))
    told = outcomes(tenants.writer(), many([1, 2], Size__gc=None))
    assert [one.action for one in told] == ["updated", "created"]
    assert {row["Size__gc"] for row in tenants.rows()} == {None}


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("update", [("stored", "updated", ""), ("unsent", "absent", "GSPREP_ABSENT")]),
        ("create", [("stored", "unchanged", ""), ("stored", "created", "")]),
    ],
)
def test_a_mode_does_one_half(tenants: _Tenants, mode: Mode, expected: list[Any]) -> None:
    outcomes(tenants.writer(), many([1], Size__gc=1))
    told = outcomes(tenants.writer(mode=mode), many([1, 2], Size__gc=2))
    assert [(one.outcome, one.action, one.code) for one in told] == expected
    assert tenants.rows()[0]["Size__gc"] == ("2" if mode == "update" else "1")


def test_keys_that_tell_no_record_apart(tenants: _Tenants) -> None:
    tenants.store.insert(PLAN.lower(), {"records": [{"Code__gc": "d"}, {"Code__gc": "d"}]})
    given_rows = rows(
        {"Code__gc": "a"}, {"Code__gc": "b"}, {"Code__gc": "a"}, {"Name": "x"}, {"Code__gc": "d"}
    )
    told = outcomes(tenants.writer(), given_rows)
    assert [(one.outcome, one.code) for one in told] == [
        ("rejected", "GSPREP_KEYTWICE"),
        ("stored", ""),
        ("rejected", "GSPREP_KEYTWICE"),
        ("rejected", "GSPREP_KEY"),
        ("rejected", "GSPREP_KEYTWICE"),
    ]
    assert tenants.codes() == {"b": 1, "d": 2}


def test_addresses_are_compared_without_case_and_other_keys_with_it(tenants: _Tenants) -> None:
    keys = ("Mail__gc", "Code__gc")
    first = rows({"Mail__gc": "Ana@acme.com", "Code__gc": "a"})
    outcomes(tenants.writer(keys=keys), first)
    other = rows(
        {"Mail__gc": "Ana@acme.com", "Code__gc": "A"}, {"Mail__gc": "Ana@acme.com", "Code__gc": "a"}
    )
    told = outcomes(tenants.writer(keys=keys), other)
    assert [one.action for one in told] == ["created", "updated"]


@pytest.mark.parametrize("committed", [True, False])
def test_an_insert_without_a_reply_is_looked_up_and_never_made_twice(
    tenants: _Tenants, *, committed: bool
) -> None:
    faults = [{"fault": "reset", "route": "insert_records", "at": 1, "committed": committed}]
    told = outcomes(tenants.writer(faults=faults), many(range(60)))
    assert tenants.codes().most_common(1)[0][1] == 1
    there = {row["Gsid"] for row in tenants.rows()}
    assert {one.gsid for one in told if one.outcome == "stored"} == there
    assert Counter(one.outcome for one in told) == (
        {"stored": 60} if committed else {"stored": 10, "unknown": 50}
    )


def test_an_update_without_a_reply_is_made_again(tenants: _Tenants) -> None:
    outcomes(tenants.writer(), many(range(3)))
    faults = [{"fault": "reset", "route": "update_records", "at": 1, "committed": True}]
    told = outcomes(tenants.writer(faults=faults), many(range(3), Size__gc=5))
    assert {(one.outcome, one.action) for one in told} == {("stored", "updated")}
    assert tenants.calls.count("PUT") == 2


def test_a_reply_about_fewer_records_says_nothing_about_any(tenants: _Tenants) -> None:
    faults = [{"fault": "missing_records", "route": "insert_records", "records": 1}]
    told = outcomes(tenants.writer(faults=faults), many(range(5)))
    # All are there: the lookup afterwards tells.
    assert {(one.outcome, one.action) for one in told} == {("stored", "created")}
    assert len(tenants.rows()) == 5


@pytest.mark.parametrize("echoes", [True, False])
@pytest.mark.parametrize("order", ["in another order", "of the call before"])
def test_a_reply_about_other_records_gives_no_row_their_gsid(
    tenants: _Tenants, order: str, *, echoes: bool
) -> None:
    """What is echoed tells the order; without it the records are looked up by their keys."""
    before: list[Any] = []

    def said(request: httpx.Request, body: Any) -> Any:
        if request.method not in {"POST", "PUT"} or "query" in request.url.path:
            return body
        sent, replied = json.loads(request.content)["records"], body["data"]["records"]
        pairs = zip(sent, replied, strict=True)
        told = [{**one, **new} if echoes else {"gsid": new["Gsid"]} for one, new in pairs]
        before.append(told[::-1] if order == "in another order" else told)
        return body | {"data": {"records": before[0 if order == "of the call before" else -1]}}

    for values in ({}, {"Size__gc": 5}):
        before.clear()
        told = outcomes(tenants.writer(said=said), many(range(120), **values))
        gsids = {row["Code__gc"]: row["Gsid"] for row in tenants.rows()}
        stored = {f"c{n:03}": one.gsid for n, one in enumerate(told) if one.outcome == "stored"}
        assert stored.items() <= gsids.items()
        assert len(tenants.rows()) == 120
    # Updates name their records, which are read again if the reply is about others.
    assert len(stored) == 120


def test_what_a_refused_call_stored_nevertheless_is_not_inserted_again(
    tenants: _Tenants,
) -> None:
    """No page says that a refused insert stores none of its records."""
    error = {"errorCode": "GSOBJ_1002", "errorMessage": "no", "fieldName": "Size__gc"}

    def said(request: httpx.Request, body: Any) -> Any:
        if request.method != "POST" or "/query/" in request.url.path or body["result"]:
            return body
        good = [r for r in json.loads(request.content)["records"] if r.get("Size__gc") != "many"]
        if good:
            tenants.store.insert(PLAN.lower(), {"records": good})
        return {"result": False, "errorCode": "GSOBJ_1002", "data": [error]}

    given_rows = [*many(range(20)), *many([20, 21], Size__gc="many"), *many(range(22, 30))]
    told = outcomes(tenants.writer(said=said), given_rows)
    assert tenants.codes() == Counter(f"c{n:03}" for n in range(30) if n not in {20, 21})
    assert [n for n, one in enumerate(told) if one.outcome == "refused"] == [20, 21]
    assert Counter(one.outcome for one in told) == {"stored": 28, "refused": 2}


@pytest.mark.parametrize("spelled", [str.lower, str.upper])
def test_rows_whose_fields_are_spelled_otherwise_are_the_records_of_their_keys(
    tenants: _Tenants, spelled: Callable[[str], str]
) -> None:
    """Else a record that is there would be inserted again, or updated under no Gsid."""

    def said(request: httpx.Request, body: Any) -> Any:
        if "/query/" not in request.url.path:
            return body
        rows = body["data"]["records"]
        return body | {
            "data": [{spelled(name): cell for name, cell in row.items()} for row in rows]
        }

    first = outcomes(tenants.writer(said=said), many(range(3)))
    second = outcomes(tenants.writer(said=said), many(range(3), Size__gc=7))
    assert [(one.action, one.gsid) for one in second] == [("updated", one.gsid) for one in first]
    assert [row["Size__gc"] for row in tenants.rows()] == ["7"] * 3


@pytest.mark.parametrize("name", ["response", "result", "records"])
def test_a_page_in_another_place_is_no_empty_page(tenants: _Tenants, name: str) -> None:
    """Else all its records would be inserted once more."""

    def said(request: httpx.Request, body: Any) -> Any:
        rows = body["data"]["records"]
        return {"result": True, name: rows} if "query" in request.url.path else body

    outcomes(tenants.writer(), many(range(3)))
    told = outcomes(tenants.writer(said=said), many(range(5)))
    assert Counter(one.action for one in told) == {"updated": 3, "created": 2}
    assert tenants.codes().most_common(1)[0][1] == 1


@pytest.mark.parametrize(
    "page",
    [{}, {"message": "Forbidden"}, {"data": {"rows": []}}, {"data": 7}, {"result": True, "x": [1]}],
)
def test_a_page_that_is_none_is_no_sign_of_an_absent_record(tenants: _Tenants, page: Any) -> None:
    outcomes(tenants.writer(), many(range(3)))
    writer = tenants.writer(said=lambda _, body: page if "data" in body else body)
    with pytest.raises(ReplyError):
        outcomes(writer, many(range(3)))
    assert tenants.codes().most_common(1)[0][1] == 1


def test_an_update_may_be_replied_by_its_count(tenants: _Tenants) -> None:
    outcomes(tenants.writer(), many(range(3)))
    there = {row["Code__gc"]: row["Gsid"] for row in tenants.rows()}
    known = [Row(record=row.record, gsid=there[row.record["Code__gc"]]) for row in many(range(3))]
    counted = {"result": True, "data": {"count": 3, "errors": None}}
    told = outcomes(
        tenants.writer(said=lambda sent, body: counted if sent.method == "PUT" else body), known
    )
    assert [one.gsid for one in told if one.outcome == "stored"] == list(there.values())


def test_a_refused_key_ends_it(tenants: _Tenants) -> None:
    faults = [{"fault": "status", "route": "insert_records", "status": 401, "at": 2}]
    told: dict[int, RowOutcome] = {}
    with pytest.raises(AccessKeyError):
        told.update(tenants.writer(faults=faults).write(many(range(60))))
    assert len(tenants.rows()) == 50


@pytest.mark.parametrize(
    ("status", "told"), [(500, {"unknown": 50}), (429, {"unsent": 150}), (200, {})]
)
@pytest.mark.parametrize("route", ["insert_records", "update_records"])
def test_what_would_meet_every_call_is_not_asked_for_all_rows(
    tenants: _Tenants, route: str, status: int, told: dict[str, int]
) -> None:
    """What may be stored by then has its outcome; the other rows were not sent."""
    if route == "update_records":
        outcomes(tenants.writer(), many(range(250)))
    known = {row["Code__gc"]: row["Gsid"] for row in tenants.rows()}
    plans = (row.record for row in many(range(250), Size__gc=3))
    sent = [Row(record=record, gsid=known.get(record["Code__gc"])) for record in plans]
    writer = tenants.writer(
        faults=[{"fault": "status", "route": route, "status": status, "at": [*range(1, 99)]}],
        said=lambda sent, body: body if status != 200 or "/query/" in sent.url.path else NO_PATH,
    )
    ends: dict[int, RowOutcome] = {}
    with pytest.raises(UploadError):
        ends.update(writer.write(sent))
    assert Counter(one.outcome for one in ends.values()) == told


def test_it_stops_before_a_call(tenants: _Tenants) -> None:
    writer = tenants.writer()
    writer.stopped = lambda: len(tenants.calls) > 1
    assert len(outcomes(writer, many(range(120)))) == 50
    assert len(tenants.rows()) == 50


def test_records_are_deleted_one_by_one(tenants: _Tenants) -> None:
    gsids = [str(one.gsid) for one in outcomes(tenants.writer(), many(range(3)))]
    told = dict(tenants.writer().delete([gsids[0], "1P02" + "A" * 32, gsids[2]]))
    assert [(one.outcome, one.action) for one in told.values()] == [
        ("stored", ""),
        ("stored", "absent"),
        ("stored", ""),
    ]
    assert [row["Gsid"] for row in tenants.rows()] == [gsids[1]]


def test_the_log_of_deletions_and_the_names_of_objects(tenants: _Tenants) -> None:
    objects = tenants.writer().objects
    (gsid,) = objects.insert(PLAN, [{"Code__gc": "a"}])
    assert objects.deletions().empty
    assert (objects.delete(PLAN, gsid), objects.delete(PLAN, gsid)) == (True, False)
    assert objects.deletions()["RecordId"].to_list() == [gsid]
    assert {"company", PLAN.lower()} <= set(objects.names())
    with pytest.raises(InputError, match="by its Gsid"):
        objects.delete(PLAN, "../company")


@pytest.mark.parametrize("count", [0, 51])
def test_a_call_takes_one_to_50_records(tenants: _Tenants, count: int) -> None:
    with pytest.raises(InputError, match="a call takes 1 to 50 records"):
        tenants.writer().objects.insert(PLAN, [{"Name": "A"}] * count)
    assert tenants.calls == []


_CODES = st.sampled_from(["a", "b", "c", "d"])
_ROWS = st.lists(st.tuples(_CODES, st.sampled_from([1, 2, "bad"])), max_size=6)
_FAULTS = silences(["insert_records", "update_records", "query"], 4)


@given(days=st.lists(st.tuples(_ROWS, _FAULTS), min_size=1, max_size=4))
def test_no_key_stands_twice_and_each_outcome_is_true(days: list[Any]) -> None:
    with Store(tenant=Tenant(fields={PLAN.lower(): FIELDS})) as store:
        from_now = Clock()
        for pairs, faults in days:
            tenants = _Tenants(store, from_now)
            given_rows = rows(*({"Code__gc": code, "Size__gc": size} for code, size in pairs))
            told = outcomes(tenants.writer(faults=faults), given_rows)
            assert len(told) == len(given_rows)
            _check(tenants, pairs, told)


def _check(tenants: _Tenants, pairs: list[Any], told: list[RowOutcome]) -> None:
    assert set(tenants.codes().values()) <= {1}
    there = {row["Code__gc"]: row for row in tenants.rows()}
    for (code, size), one in zip(pairs, told, strict=True):
        if one.outcome == "stored":
            assert (there[code]["Gsid"], there[code]["Size__gc"]) == (one.gsid, str(size))
        if one.outcome == "refused":
            assert size == "bad"


@pytest.mark.parametrize(
    ("mode", "action", "left"),
    [("upsert", "created", {"c001", "c002", "c003"}), ("update", "absent", {"c001", "c003"})],
)
def test_a_record_that_was_deleted_in_the_tenant(
    tenants: _Tenants, mode: Mode, action: str, left: set[str]
) -> None:
    before = outcomes(tenants.writer(), many([1, 2, 3]))
    tenants.delete(before[1].gsid)
    known = [
        Row(record=one.record, gsid=b.gsid)
        for one, b in zip(many([1, 2, 3], Size__gc=5), before, strict=True)
    ]
    foretold = dict(tenants.writer(mode=mode).foretell(known))
    told = outcomes(tenants.writer(mode=mode), known)
    assert [one.action for one in told] == ["updated", action, "updated"]
    assert [foretold[n].action for n in range(3)] == [one.action for one in told]
    assert "deleted in the tenant" in told[1].message or mode == "update"
    assert tenants.codes() == Counter(left)
    assert {row["Size__gc"] for row in tenants.rows()} == {"5"}


def test_a_deleted_record_costs_a_few_calls_and_a_bad_row_stays_bad(tenants: _Tenants) -> None:
    before = outcomes(tenants.writer(), many(range(50)))
    for one in before[:20]:
        tenants.delete(one.gsid)
    changed = many(range(50), Size__gc=7)
    known = [Row(record=row.record, gsid=b.gsid) for row, b in zip(changed, before, strict=True)]
    known[30] = Row(record={"Code__gc": "c030", "Size__gc": "many"}, gsid=before[30].gsid)
    tenants.calls.clear()
    told = outcomes(tenants.writer(), known)
    expected = {"created": 20, "updated": 29, "": 1}
    assert Counter(one.action for one in told) == expected
    assert (told[30].outcome, told[30].code) == ("refused", "GSOBJ_1002")
    # The bad row is found by halving, those that are gone by one query.
    assert len(tenants.calls) < 25
    assert tenants.codes() == Counter(f"c{n:03}" for n in range(50))


def test_a_deleted_record_that_someone_made_again_is_updated(tenants: _Tenants) -> None:
    (before,) = outcomes(tenants.writer(), many([1]))
    tenants.delete(before.gsid)
    (again,) = outcomes(tenants.writer(), many([1]))
    row = Row(record={"Code__gc": "c001", "Name": "New"}, gsid=before.gsid)
    (told,) = outcomes(tenants.writer(), [row])
    assert (told.action, told.gsid) == ("updated", again.gsid)
    assert tenants.codes() == {"c001": 1}


def test_a_record_does_not_get_the_key_of_one_that_is_no_rows(tenants: _Tenants) -> None:
    (mine,) = outcomes(tenants.writer(), many([1]))
    outcomes(tenants.writer(), many([2]))
    row = Row(record={"Code__gc": "c002", "Name": "New"}, gsid=mine.gsid)
    ((_, foretold),) = tenants.writer().foretell([row])
    (told,) = outcomes(tenants.writer(), [row])
    assert foretold == told
    assert (told.outcome, told.code) == ("rejected", "GSPREP_KEYTWICE")
    assert tenants.codes() == {"c001": 1, "c002": 1}


@given(
    faults=silences(["insert_records", "update_records", "query"], 5),
    gone=st.sets(st.integers(0, 5)),
)
def test_no_key_comes_twice_when_records_were_deleted(faults: Any, gone: set[int]) -> None:
    with Store(tenant=Tenant(fields={PLAN.lower(): FIELDS})) as store:
        tenants = _Tenants(store, Clock())
        before = outcomes(tenants.writer(), many(range(6)))
        for number in gone:
            tenants.delete(before[number].gsid)
        known = [
            Row(record=row.record, gsid=b.gsid)
            for row, b in zip(many(range(6), Size__gc=2), before, strict=True)
        ]
        list(tenants.writer(faults=faults).write(known))
        assert max(tenants.codes().values(), default=1) == 1
        told = outcomes(tenants.writer(), known)
        assert {one.outcome for one in told} == {"stored"}
        assert tenants.codes() == Counter(f"c{n:03}" for n in range(6))


_MOVES = st.lists(
    st.tuples(st.sampled_from("abcdef"), st.booleans()), min_size=4, max_size=4
).filter(lambda moves: len({code for code, _ in moves}) == len(moves))


@example([("b", True), ("e", False), ("c", True), ("d", True)])
@example([("b", True), ("a", True), ("c", True), ("d", True)])
@example([("b", True), ("a", False), ("d", True), ("c", True)])
@example([("b", True), ("c", True), ("e", False), ("d", True)])
@given(moves=_MOVES)
def test_no_key_comes_twice_when_records_take_keys_of_one_another(
    moves: list[tuple[str, bool]],
) -> None:
    """Records a, b, c and d get other keys; the service refuses some of them."""
    with Store(tenant=Tenant(fields={PLAN.lower(): FIELDS})) as store:
        tenants = _Tenants(store, Clock())
        first = outcomes(tenants.writer(), rows(*({"Code__gc": code} for code in "abcd")))
        renamed = [
            Row(record={"Code__gc": code, "Size__gc": "1" if is_good else "many"}, gsid=one.gsid)
            for one, (code, is_good) in zip(first, moves, strict=True)
        ]
        told = outcomes(tenants.writer(), renamed)
        assert len(told) == len(moves)
        by_gsid = {row["Gsid"]: row["Code__gc"] for row in tenants.rows()}
        for before, outcome, one, (code, _) in zip("abcd", told, first, moves, strict=True):
            assert by_gsid[one.gsid] == (code if outcome.outcome == "stored" else before)
        assert max(tenants.codes().values()) == 1
        if all(is_good for _, is_good in moves):
            assert {outcome.outcome for outcome in told} == {"stored"}
