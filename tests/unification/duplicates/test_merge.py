"""One record survives, and no value is lost without a line in the log."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsprep.errors import InputError, MissingColumnsError, RulebookError
from gsprep.unification.duplicates.find import find_duplicates
from gsprep.unification.duplicates.merge import merge_duplicates, unmerge
from gsprep.unification.duplicates.results import Duplicates
from gsprep.unification.rulebook import parse_rulebook

_ANY = find_duplicates(pd.DataFrame({"Email": ["a@acme.com"]}))


def grouped(persons: list[str], row_ids: list[str] | None = None) -> Duplicates:
    """Return duplicates in which records 1, 2, … are these persons."""
    ids = row_ids or [str(number) for number in range(1, len(persons) + 1)]
    groups = pd.DataFrame({"row_id": ids, "person_id": persons})
    return Duplicates(groups, _ANY.pairs, _ANY.evidence, _ANY.model, _ANY.history)


def survivor(frame: pd.DataFrame, **survive: object) -> dict[str, object]:
    book = parse_rulebook({"compare": {"Email": "email"}, "survive": survive})
    merged = merge_duplicates(frame, grouped(["p"] * len(frame)), book)
    assert len(merged.persons) == 1
    return {str(k): v for k, v in merged.persons.iloc[0].items()}


RECORDS = pd.DataFrame({
    "FirstName": ["B.", "Bob", "Robert"],
    "Email": ["bob@acme.com", None, "rob@home.org"],
    "Phone": [None, "1", "2"],
    "Title": ["n/a", "Buyer", "Buyer"],
    "OptOut": ["no", "yes", None],
    "UpdatedAt": ["2026-01-01", "2026-03-01", None],
    "source": ["event", "crm", "web"],
    "Street": ["1 Main St", None, "9 Oak Rd"],
    "City": [None, None, "Leeds"],
    "Fax": [None, None, "3"],
})  # fmt: skip


@pytest.mark.parametrize(
    ("field", "how", "expected"),
    [
        ("FirstName", "longest", "Robert"),
        ("FirstName", "fill", "B."),
        ("Phone", "fill", "1"),
        ("Phone", "leader", None),
        ("Title", "majority", "Buyer"),
        ("Title", {"by": "fill", "skip": ["n/a"]}, "Buyer"),
        ("Title", {"by": "ranked", "order": ["Owner", "Buyer"]}, "Buyer"),
        ("OptOut", "any_true", "yes"),
        ("OptOut", "all_true", "no"),
        ("FirstName", {"by": "recent", "on": "UpdatedAt"}, "Bob"),
        ("FirstName", {"by": "oldest", "on": "UpdatedAt"}, "B."),
        ("Phone", "highest", "2"),
        ("Phone", "lowest", "1"),
        ("UpdatedAt", "highest", "2026-03-01"),
        ("UpdatedAt", "lowest", "2026-01-01"),
        ("FirstName", {"by": "source", "order": ["web", "crm"]}, "Robert"),
        ("FirstName", {"by": "join", "with": " / "}, "B. / Bob / Robert"),
    ],
)
def test_a_field_survives_as_the_rulebook_says(
    field: str, how: object, expected: str | None
) -> None:
    kept = survivor(RECORDS, record=["first"], fields={field: how})[field]
    assert (None if pd.isna(kept) else kept) == expected


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (["first"], "1"),
        (["complete", "first"], "3"),
        ([{"recent": "UpdatedAt"}, "first"], "2"),
        ([{"oldest": "UpdatedAt"}, "first"], "1"),
        ([{"source": ["web", "crm"]}, "first"], "3"),
    ],
)
def test_a_record_leads_as_the_rulebook_says(record: list[object], expected: str) -> None:
    assert survivor(RECORDS, record=record)["row_id"] == expected


def test_fields_of_a_group_come_from_one_record() -> None:
    kept = survivor(RECORDS, record=["first"], groups=[["Street", "City"]])
    assert (kept["Street"], kept["City"]) == ("9 Oak Rd", "Leeds")


def test_fields_that_stay_together_follow_the_rule_of_one_of_them() -> None:
    by_source = {"Street": {"by": "source", "order": ["event", "web"]}}
    kept = survivor(RECORDS, record=["first"], together=[["Street", "City"]], fields=by_source)
    assert kept["Street"] == "1 Main St"
    assert pd.isna(kept["City"])
    none = {"City": {"by": "ranked", "order": ["Leeds"]}}
    kept = survivor(RECORDS, record=["first"], together=[["Street", "City"]], fields=none)
    assert (kept["Street"], kept["City"]) == ("9 Oak Rd", "Leeds")


def test_a_field_stays_together_with_one_group_of_fields() -> None:
    with pytest.raises(RulebookError, match="City is twice"):
        survivor(RECORDS, together=[["Street", "City"], ["City", "Fax"]])


def test_a_second_value_goes_into_another_field() -> None:
    how = {"Email": {"by": "fill", "also": ["SecondEmail"]}}
    kept = survivor(RECORDS, record=["first"], fields=how)
    assert (kept["Email"], kept["SecondEmail"]) == ("bob@acme.com", "rob@home.org")


def test_without_a_rulebook_the_fullest_record_leads_and_gaps_are_filled() -> None:
    merged = merge_duplicates(RECORDS, grouped(["p", "p", "p"]))
    assert merged.persons["row_id"].tolist() == ["3"]
    assert merged.persons["OptOut"].tolist() == ["no"]


def test_fields_in_which_records_differ_are_conflicts() -> None:
    merged = merge_duplicates(RECORDS, grouped(["p", "p", "p"]))
    lines = merged.conflicts.set_index("column")["values"]
    assert lines["Phone"] == "2; 1"
    assert "OptOut" in lines.index


cells = st.one_of(st.none(), st.sampled_from(["a", "b", "A", "longer"]))
ways = st.sampled_from(
    [
        "fill",
        "leader",
        "longest",
        "majority",
        "highest",
        {"by": "join"},
        {"by": "fill", "also": ["z"]},
    ]
)


@given(
    rows=st.lists(st.tuples(cells, cells, st.sampled_from("pqr")), min_size=1, max_size=8),
    ways=st.tuples(ways, ways),
    together=st.sampled_from([[], [["x", "y"]]]),
)
def test_merging_loses_no_value_and_is_undone_by_its_log(
    rows: list[tuple[str | None, str | None, str]],
    ways: tuple[object, object],
    together: list[list[str]],
) -> None:
    frame = pd.DataFrame(rows, columns=["x", "y", "person"])
    people = frame[["x", "y"]].assign(row_id=[f"r{n}" for n in range(len(frame))])
    survive = {"fields": dict(zip("xy", ways, strict=True)), "together": together}
    book = parse_rulebook({"compare": {"x": "text"}, "survive": survive})
    found = grouped(frame["person"].tolist(), people["row_id"].tolist())
    merged = merge_duplicates(people, found, book)
    assert sorted(merged.persons["person_id"]) == sorted(set(frame["person"]))
    told = set(zip(merged.changes["row_id"], merged.changes["column"], strict=True))
    kept = merged.persons.set_index("row_id")
    for name in ("x", "y"):
        for row_id, value in zip(people["row_id"], people[name], strict=True):
            in_survivor = row_id in kept.index and kept.loc[row_id, name] == value
            assert pd.isna(value) or in_survivor or (row_id, name) in told
    back = unmerge(merged.persons, merged.changes)
    again = back[["row_id", "x", "y"]].sort_values("row_id", ignore_index=True)
    before = people[["row_id", "x", "y"]].astype("str").sort_values("row_id", ignore_index=True)
    pd.testing.assert_frame_equal(again, before)


def test_records_that_were_not_compared_are_refused() -> None:
    with pytest.raises(InputError, match="row_id 3"):
        merge_duplicates(RECORDS, grouped(["p", "p"]))


def test_a_column_that_the_rulebook_needs_is_named() -> None:
    book = parse_rulebook({"compare": {"x": "text"}, "survive": {"record": [{"recent": "When"}]}})
    with pytest.raises(MissingColumnsError, match="When"):
        merge_duplicates(RECORDS, grouped(["p"] * 3), book)
