"""The whole job on frames: what is asked, what is refused, what comes back."""

from __future__ import annotations

import pickle
import weakref
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from time import sleep
from typing import TYPE_CHECKING, Any

import httpx
import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from gsprep.cli.files import write_run
from gsprep.errors import AccessKeyError, InputError, MissingColumnsError, RejectedRowsError
from gsprep.lazy import late_frame, length_of, part_of, parts_of
from gsprep.pipeline import deliver, run
from gsprep.report.page_counts import matching_of
from gsprep.results import OUTCOME_COLUMNS, Cleaned
from gsprep.run_options import RunOptions
from gsprep.sandbox.app import make_app
from gsprep.sandbox.store import Store
from gsprep.schemas.lookups import Lookups
from gsprep.tables.read import read_table
from gsprep.unification.rulebook import read_rulebook
from gsprep.uploader.client import Client

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ACME, BOLT, ZED = ("1P02" + letter * 32 for letter in "ABZ")
COMPANIES = pd.DataFrame(
    {"Gsid": [ACME, BOLT], "Name": ["Acme Inc", "Bolt GmbH"], "Domain": ["acme.com", "bolt.io"]}
)
PEOPLE = pd.DataFrame(
    {
        "Email": ["ana@acme.com", "bad@", "bo@bolt.io", "cy@gmail.com", "ANA@acme.com"],
        "Name": ["Ana Ruiz", "Bad", "Bo Berg", "Cy Young", "Another"],
        "Title": ["CEO", None, "CTO", None, None],
        "Shoe size": [38, 44, 41, 40, 39],
    }
)


@pytest.fixture
def store() -> Iterator[Store]:
    with Store() as store:
        store.add_companies(COMPANIES.to_dict("records"))
        yield store


def connect(store: Store, key: str = "key") -> Client:
    transport = httpx.WSGITransport(app=make_app(store, access_key="key"))
    return Client("http://localhost", key, transport=transport)


def test_every_row_read_comes_back_in_order_with_its_outcome(store: Store) -> None:
    result = run(PEOPLE, COMPANIES, client=connect(store))
    lines = result.people.set_index("row_id")
    assert lines["outcome"].tolist() == ["stored", "rejected", "stored", "stored", "rejected"]
    assert lines["verdict"].fillna("").tolist() == ["match", "", "match", "no_match", ""]
    assert lines["Company_ID"].fillna("").tolist() == [ACME, "", BOLT, "", ""]
    assert lines["error_code"].fillna("").tolist() == [
        "", "GSOBJ_VDTEMAIL1001", "", "", "GSOBJ_VCUSTOM1007",
    ]  # fmt: skip
    assert lines["Shoe size"].tolist() == ["38", "44", "41", "40", "39"]
    assert {row["Gsid"] for row in store.persons.values()} == set(lines["Gsid"].dropna())
    titles = {row["Company_ID"]: row["Title"] for row in store.company_persons}
    assert titles == {ACME: "CEO", BOLT: "CTO"}
    assert list(result.people.columns)[-len(OUTCOME_COLUMNS) :] == list(OUTCOME_COLUMNS)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda frame: frame.set_axis([7] * len(frame)), id="a repeated index"),
        pytest.param(lambda frame: frame.set_axis(list("edcba")), id="an index of text"),
        pytest.param(lambda frame: frame[frame.columns[::-1]], id="columns in another order"),
        pytest.param(lambda frame: frame.astype(object), id="object columns"),
        pytest.param(lambda frame: frame.astype("category"), id="categories"),
        pytest.param(lambda frame: frame.convert_dtypes(dtype_backend="pyarrow"), id="Arrow"),
    ],
)
def test_the_form_of_a_frame_means_nothing(change: Any) -> None:
    before = run(PEOPLE, COMPANIES)
    after = run(change(PEOPLE), COMPANIES)
    columns = list(before.people.columns)
    pd.testing.assert_frame_equal(after.people[columns], before.people)
    pd.testing.assert_frame_equal(after.unified.decisions, before.unified.decisions)


def test_names_of_rows_and_columns_of_ours_are_kept_apart(store: Store) -> None:
    """row_ids stay as given; columns that bear a name of ours are replaced by ours."""
    own = PEOPLE.assign(row_id=list("edcba"), outcome="old", verdict="old", batch="old", Gsid=None)
    result = run(own, COMPANIES, client=connect(store))
    assert result.people["row_id"].tolist() == list("edcba")
    assert "old" not in result.people.to_numpy()
    assert result.people.columns.is_unique


def test_own_associations_go_beside_the_matched_ones(store: Store) -> None:
    own = pd.DataFrame(
        {
            "Email": ["Cy@gmail.com", "bad@", "who@acme.com", "ana@acme.com", "ana@acme.com"],
            "Company_ID": [ACME, ACME, ACME, ACME, BOLT],
        }
    )
    result = run(PEOPLE, COMPANIES, company_persons=own, client=connect(store))
    outcomes = result.company_persons.set_index("row_id")["outcome"]
    assert outcomes.to_dict() == {
        "1": "stored", "3": "stored", "given:1": "stored", "given:2": "rejected",
        "given:3": "rejected", "given:4": "stored", "given:5": "stored",
    }  # fmt: skip
    # given:4 says what the match says: one association for both.
    assert len(store.company_persons) == 4


def test_relationships_are_sent_below_their_company(store: Store) -> None:
    relationship = "1P01" + "R" * 32
    store.add_relationships([{"Gsid": relationship, "Name": "Pilot", "Company_ID": ACME}])
    own = pd.DataFrame(
        {
            "Email": ["ana@acme.com", "who@acme.com"],
            "Company_ID": [ACME, ACME],
            "Relationship_ID": [relationship, relationship],
        }
    )
    result = run(PEOPLE, COMPANIES, relationship_persons=own, client=connect(store))
    assert result.relationship_persons["outcome"].tolist() == ["stored", "rejected"]
    assert len(store.relationship_persons) == 1
    assert result.summary["relationship_persons"]["stored"] == 1


def test_who_is_held_back_stays_with_all_associations(store: Store) -> None:
    how = RunOptions(hold=("match",))
    result = run(PEOPLE, COMPANIES, client=connect(store), options=how)
    assert result.people["outcome"].tolist() == [
        "unsent",
        "rejected",
        "unsent",
        "stored",
        "rejected",
    ]
    assert set(result.company_persons["outcome"]) == {"unsent"}
    assert set(store.persons) == {"cy@gmail.com"}


def test_a_refused_key_is_told_and_not_raised(store: Store) -> None:
    result = run(PEOPLE, COMPANIES, client=connect(store, "wrong"))
    assert isinstance(result.stopped, AccessKeyError)
    assert result.summary["status"] == "stopped"
    assert set(result.people["outcome"]) == {"unsent", "rejected"}


def test_companies_that_cannot_be_used_are_listed_and_noted(store: Store) -> None:
    companies = pd.concat([COMPANIES, pd.DataFrame({"Gsid": [None, ACME], "Name": ["X", "Y"]})])
    result = run(PEOPLE, companies, client=connect(store))
    assert result.rejected_companies["reason"].tolist() == [
        "it has no Gsid", "its Gsid is in an earlier row",
    ]  # fmt: skip
    assert any("2 of the companies" in note for note in result.notes)


@pytest.mark.parametrize(
    ("people", "companies"),
    [
        pytest.param(PEOPLE.head(0), COMPANIES, id="nobody"),
        pytest.param(PEOPLE, COMPANIES.head(0), id="no companies"),
        pytest.param(PEOPLE.iloc[[1]], COMPANIES, id="nobody valid"),
        pytest.param(PEOPLE.head(0), COMPANIES.head(0), id="nothing at all"),
    ],
)
def test_nothing_to_do_is_done(
    store: Store, people: pd.DataFrame, companies: pd.DataFrame, tmp_path: Path
) -> None:
    """Empty frames give empty results, and every file is written."""
    result = run(people, companies, client=connect(store))
    write_run(result, tmp_path)
    assert result.summary["status"] == "done"
    assert len(result.people) == len(people)
    assert len(read_table(tmp_path / "people.csv")) == len(people)
    assert len(store.persons) == result.summary["persons"]["stored"]


@pytest.mark.parametrize(
    ("people", "companies", "options", "says"),
    [
        pytest.param(PEOPLE, COMPANIES, {"hold": ("x",)}, "hold back", id="no such verdict"),
        pytest.param(PEOPLE, COMPANIES, {"key": ()}, "key", id="no key"),
        pytest.param(PEOPLE, COMPANIES, {"key": ("Shoe",)}, "Shoe", id="a key nobody has"),
        pytest.param(PEOPLE, COMPANIES, {"region": "Mars"}, "region", id="no region"),
        pytest.param(PEOPLE, COMPANIES, {"most_rejected": "0.3"}, "30%", id="no percent sign"),
        pytest.param(PEOPLE, COMPANIES, {"most_rejected": 30}, "from 0 to 1", id="no share"),
        pytest.param(PEOPLE[["Name"]], COMPANIES, {}, "Email", id="people without a key"),
        pytest.param(
            PEOPLE, pd.DataFrame({"Name": ["Zork"]}), {}, "Gsid", id="companies without Gsid"
        ),
        pytest.param(PEOPLE.assign(row_id="1"), COMPANIES, {}, "row_id", id="a repeated row_id"),
        pytest.param(
            pd.concat([PEOPLE, PEOPLE], axis=1), COMPANIES, {}, "more than once", id="columns twice"
        ),
    ],
)
def test_what_is_wrong_with_the_whole_is_raised_before_sending(
    store: Store, people: pd.DataFrame, companies: pd.DataFrame, options: Any, says: str
) -> None:
    with pytest.raises(InputError, match=says) as failure:
        run(people, companies, client=connect(store), options=RunOptions(**options))
    assert store.persons == {}
    assert "ana@acme.com" not in str(failure.value)


def test_a_list_without_gsids_gets_those_of_the_tenant(store: Store) -> None:
    own = pd.DataFrame({"Name": ["Acme", "Nobody"], "Domain": [None, "nobody.org"]})
    result = run(PEOPLE, own, client=connect(store))
    assert result.people["Company_ID"].dropna().unique().tolist() == [ACME]
    assert result.rejected_companies["reason"].tolist() == ["it has no Gsid"]
    assert "1 of 2 companies without Gsid was found in the tenant" in result.notes[0]


def test_without_companies_those_of_the_tenant_are_matched(store: Store) -> None:
    stating = PEOPLE.assign(CompanyName="Bolt GmbH")
    result = run(stating, client=connect(store))
    assert result.people["Company_ID"].dropna().unique().tolist() == [BOLT]
    with pytest.raises(InputError, match="a frame of them, or a client"):
        run(PEOPLE)


@pytest.mark.parametrize("most", [0.4, "40%", "40"])
def test_the_limit_of_rejected_rows_is_a_share(most: float | str) -> None:
    result = run(PEOPLE, COMPANIES, options=RunOptions(most_rejected=most))
    assert (result.summary["rejected"], result.stopped) == (2, None)


@pytest.mark.parametrize("most", [0.3, "39%", "39"])
def test_more_rejected_rows_than_the_limit_send_nothing(store: Store, most: float | str) -> None:
    """The result has every row all the same, with its decision."""
    options = RunOptions(most_rejected=most)
    result = run(PEOPLE, COMPANIES, client=connect(store), options=options)
    assert isinstance(result.stopped, RejectedRowsError)
    assert "2 of 5 rows are rejected" in str(result.stopped)
    assert store.persons == {}
    assert len(result.people) == len(PEOPLE)
    assert set(result.people["outcome"]) == {"rejected", "unsent"}
    assert len(result.rejects) == 2
    assert (result.summary["status"], result.summary["calls"]) == ("stopped", 0)


def test_progress_is_told_by_stage(store: Store) -> None:
    told: list[tuple[str, int, int]] = []
    how = RunOptions(progress=lambda *step: told.append(step))
    run(PEOPLE, COMPANIES, client=connect(store), options=how)
    stages = [("clean", 0, 0), ("check", 0, 0), ("match", 0, 0), ("match", 3, 3), ("upload", 1, 1)]
    assert told == stages
    told.clear()
    run(PEOPLE, COMPANIES, client=connect(store), progress=lambda *step: told.append(step))
    assert told == stages


def test_a_part_of_the_columns_of_rejects_is_the_users_own() -> None:
    """Only all four together are ours: a column of codes alone may mean anything."""
    result = run(PEOPLE.assign(codes="x"), COMPANIES)
    assert result.people["codes"].tolist() == ["x"] * 5
    assert not any("rejects.csv" in note and "earlier" in note for note in result.notes)
    assert any(note.startswith("columns not sent") and "codes" in note for note in result.notes)


def test_columns_of_the_input_that_make_room_are_named() -> None:
    result = run(PEOPLE.assign(Company_ID="x", batch="y"), COMPANIES)
    assert "x" not in result.people["Company_ID"].tolist()
    assert "Company_ID, batch" in result.notes[0]


def test_delivered_rows_keep_their_order(store: Store) -> None:
    given = PEOPLE.assign(row_id=list("edcba"))
    own = pd.DataFrame({"Email": ["bad@", "bo@bolt.io"], "Company_ID": [ACME, ZED]})
    before = given.copy(), own.copy()
    done = deliver(given, own, client=connect(store))
    assert done.persons["row_id"].tolist() == list("edcba")
    assert done.persons["outcome"].tolist() == [
        "stored",
        "rejected",
        "stored",
        "stored",
        "rejected",
    ]
    assert sorted(done.company_persons["outcome"]) == ["refused", "rejected"]
    pd.testing.assert_frame_equal(given, before[0])
    pd.testing.assert_frame_equal(own, before[1])


def test_a_delivery_without_a_client_is_a_rehearsal() -> None:
    done = deliver(PEOPLE, client=None)
    assert done.persons["outcome"].value_counts().to_dict() == {"unsent": 3, "rejected": 2}
    assert done.calls == 1


@pytest.mark.parametrize("options", [{}, {"key": ()}, {"key": ("Shoe",)}], ids=str)
def test_a_delivery_raises_before_sending(store: Store, options: Any) -> None:
    people = PEOPLE if options else PEOPLE[["Name"]]
    with pytest.raises(InputError):
        deliver(people, client=connect(store), options=RunOptions(**options))
    assert store.persons == {}


def test_columns_that_are_missing_are_named() -> None:
    with pytest.raises(MissingColumnsError) as failure:
        run(PEOPLE, COMPANIES[["Name"]])
    assert failure.value.columns == ("Gsid",)


BY_CODE = {"companies": {"Company_ID": {"fields": {"CompanyName": "Code__gc"}}}}


@pytest.mark.parametrize("where", ["options", "rulebook"])
def test_an_association_is_looked_up_as_the_user_says(store: Store, where: str) -> None:
    """The name in the file is the company's code; by its name nobody would be found."""
    store.add_companies([{"Gsid": ZED, "Name": "Zed", "Code__gc": "Z-7"}])
    lookups = Lookups.model_validate(BY_CODE)
    own = pd.DataFrame({"Email": ["cy@gmail.com"], "CompanyName": ["Z-7"]})
    options = (
        RunOptions(lookups=lookups)
        if where == "options"
        else RunOptions(rulebook=read_rulebook().model_copy(update={"lookups": lookups}))
    )
    result = run(PEOPLE, COMPANIES, company_persons=own, client=connect(store), options=options)
    given = result.company_persons.set_index("row_id").loc["given:1"]
    assert (given["outcome"], given["CompanyName"]) == ("stored", "Z-7")
    assert ZED in {row["Company_ID"] for row in store.company_persons}


def test_a_person_without_an_address_is_sent_and_linked_by_the_gsid(store: Store) -> None:
    first = run(PEOPLE[["Email"]].iloc[:1], COMPANIES, client=connect(store))
    people = pd.DataFrame(
        {"Gsid": first.people["Gsid"], "CompanyName": ["Bolt GmbH"], "Phone": ["+4930555010"]}
    )
    companies = COMPANIES.assign(Phone=[None, "+4930555010"])
    again = run(people, companies, client=connect(store))
    assert again.people[["outcome", "verdict"]].to_numpy().tolist() == [["stored", "match"]]
    assert again.company_persons["outcome"].tolist() == ["stored"]
    assert {row["Company_ID"] for row in store.company_persons} == {ACME, BOLT}


@pytest.mark.parametrize(
    ("of", "name"),
    [
        ("cleaned", "frame"), ("cleaned", "changes"), ("unified", "decisions"), ("", "people"),
        ("", "company_persons"), ("", "relationship_persons"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("people", [PEOPLE, PEOPLE.iloc[[1]], PEOPLE.head(0)])
def test_a_frame_that_is_made_late_is_the_same_in_parts(
    people: pd.DataFrame, of: str, name: str
) -> None:
    result: Any = run(people, COMPANIES)
    result = getattr(result, of) if of else result
    number, parts = length_of(result, name), list(parts_of(result, name, step=2))
    two = list(parts[0].columns[1:3])
    some = part_of(result, name, two, np.arange(number)[::-2])
    frame = getattr(result, name)
    assert number == len(frame)
    assert_frame_equal(pd.concat(parts, ignore_index=True), frame)
    assert_frame_equal(some, frame[two].iloc[::-2].reset_index(drop=True))
    assert getattr(result, name) is getattr(replace(result), name) is frame
    assert_frame_equal(getattr(pickle.loads(pickle.dumps(result)), name), frame)  # noqa: S301  our own
    assert not hasattr(result, "else")


def test_a_change_of_one_frame_changes_no_other_that_is_made_later() -> None:
    """A notebook may change the frames that it is given, in any order."""
    expected, result = run(PEOPLE, COMPANIES), run(given := PEOPLE.copy(), COMPANIES)
    for frame in (given, result.checked.valid, result.checked.rejected, result.unified.decisions):
        frame.iloc[:, 1] = "changed"
        frame["Email"] = "changed"
        frame["new"] = 1
    result.unified.decisions.loc[:, "probability"] = 2.0
    for name in ("company_persons", "relationship_persons"):
        assert_frame_equal(getattr(result, name), getattr(expected, name))
    for name in ("frame", "changes"):
        assert_frame_equal(getattr(result.cleaned, name), getattr(expected.cleaned, name))
    assert_frame_equal(result.people, expected.people)
    part = part_of(expected.unified, "decisions")
    part.loc[:, "probability"] = 2.0
    assert (expected.unified.decisions["probability"].dropna() <= 1).all()


def test_threads_that_look_at_a_late_frame_get_the_same_one() -> None:
    begun = Barrier(4)

    def make(*_: object) -> pd.DataFrame:
        sleep(0)  # to the next thread
        return PEOPLE.copy()

    def look(cleaned: Cleaned) -> pd.DataFrame:
        begun.wait()
        return cleaned.changes

    with ThreadPoolExecutor(4) as threads:
        for _ in range(20):
            cleaned = Cleaned(PEOPLE, late_frame(len(PEOPLE), make))
            assert len({id(frame) for frame in threads.map(look, [cleaned] * 4)}) == 1


def test_people_who_are_not_kept_are_freed_before_the_match() -> None:
    """A million of them take a quarter of a gigabyte."""
    people, seen = [PEOPLE.copy()], []
    given = weakref.ref(people[0])
    progress = RunOptions(progress=lambda stage, *_: seen.append((stage, given() is None)))
    run(people.pop(), COMPANIES, options=progress)
    assert ("check", True) in seen


def test_evidence_of_some_verdicts_can_be_left_out() -> None:
    """The rest of the result, and what the report counts, stay the same."""
    people = pd.DataFrame(
        {"Email": ["ana@acme.com", "bo@gmail.com", "cy@nowhere.org"],
         "CompanyName": ["Acme", "Acme Holding", None]}
    )  # fmt: skip
    whole = run(people, COMPANIES)
    some = run(people, COMPANIES, options=RunOptions(evidence=frozenset({"review"})))
    assert_frame_equal(whole.unified.decisions, some.unified.decisions)
    assert matching_of(whole.unified) == matching_of(some.unified)
    wanted = whole.unified.evidence["row_id"].isin(whole.review["row_id"])
    kept = whole.unified.evidence[wanted].reset_index(drop=True)
    assert_frame_equal(kept, some.unified.evidence)
    assert len(kept) < len(whole.unified.evidence)
