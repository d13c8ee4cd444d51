"""Records say what all rows of a person say, in the bytes of compact JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
from hypothesis import example, given
from hypothesis import strategies as st

from gsprep.schemas.frames import text_frame
from gsprep.uploader.build import build
from gsprep.uploader.records import as_json, companies_of

if TYPE_CHECKING:
    from gsprep.uploader.build import Prepared

Rows = list[dict[str, str]]

# What JSON writes otherwise, letters of one to four bytes, and what other writers escape.
special = st.text(st.sampled_from('ab"\\/\n\t\x00\x1f\x7f\u2028é漢😀'), max_size=6)
address = st.sampled_from(["a@x.com", " A@X.com", "b@x.com", 'c"\\@x.com', None])
few = st.sampled_from(["1", "2", None])
PERSON = ["Email", "FirstName", "Gsid", "Nps__gc", "note"]
persons_rows = st.lists(st.tuples(address, special | st.none(), few, few, few), max_size=7)
LINK = ["Title", "Email", "Person_ID", "Company_ID", "CompanyName", "Role__gc"]
link_rows = st.lists(st.tuples(special | st.none(), address, few, few, few, few), max_size=7)
BELOW = [*LINK, "RelationshipName", "Relationship_ID"]
below_rows = st.lists(
    st.tuples(special | st.none(), address, few, few, few, few, few, few), max_size=7
)


def rows_of(frame: pd.DataFrame) -> Rows:
    """Return what each row says, without what is missing."""
    names = list(map(str, frame.columns))
    found = zip(*(frame[name].to_list() for name in names), strict=True)
    return [{n: v for n, v in zip(names, row, strict=True) if isinstance(v, str)} for row in found]


def together(rows: Rows, group: list[int], names: list[str]) -> dict[str, str]:
    """Return the first thing that the rows of a group say in each column."""
    said: dict[str, str] = {}
    for name in names:
        values = [rows[at][name] for at in group if name in rows[at]]
        said |= {name: values[0]} if values else {}
    return said


def same_person(one: dict[str, str], other: dict[str, str]) -> bool:
    emails = [row.get("Email", "").strip().lower() for row in (one, other)]
    gsids = [row.get("Gsid", "") for row in (one, other)]
    return any(a and a == b for a, b in (emails, gsids))


def persons_of(rows: Rows, faults: Any) -> list[list[int]]:
    groups: list[list[int]] = []
    for at, row in enumerate(rows):
        if at in faults:
            continue
        mine = [group for group in groups if any(same_person(row, rows[to]) for to in group)]
        merged = sorted([at, *(to for group in mine for to in group)])
        groups = sorted([*(group for group in groups if group not in mine), merged])
    return groups


def owner_of(link: dict[str, str], persons: Rows, groups: list[list[int]]) -> int:
    meant = {"Email": link["Email"]} if "Email" in link else {"Gsid": link["Person_ID"]}
    (nth,) = (
        n for n, group in enumerate(groups) if any(same_person(meant, persons[at]) for at in group)
    )
    return nth


def named(link: dict[str, str], field: str) -> tuple[str, str]:
    """Return what names a company or a relationship: the id, else the name."""
    return (field, link[f"{field}_ID"]) if f"{field}_ID" in link else ("", link[f"{field}Name"])


def without_names(link: dict[str, str], *fields: str) -> dict[str, str]:
    """Return a link without the names of what it has the ids of."""
    gone = {f"{field}Name" for field in fields if f"{field}_ID" in link}
    return {name: value for name, value in link.items() if name not in gone}


def reference(frames: list[pd.DataFrame], found: Prepared) -> list[dict[str, Any]]:
    """Return the bodies as rows and dicts make them; ``found`` tells which rows are not sent."""
    persons, links, below = map(rows_of, frames)
    groups = persons_of(persons, found.persons)
    columns = list(map(str, frames[0].columns))
    first = ["Gsid"] if any("Gsid" in row for row in persons) else []
    sent = [*first, *(name for name in columns if name not in ("Gsid", "row_id", "note"))]
    bodies = [together(persons, group, sent) for group in groups]
    companies: list[dict[Any, dict[str, Any]]] = [{} for _ in bodies]
    of_company = ["Company_ID", "Title", "Role__gc", "CompanyName"]
    for key, group in linked(links, found.company_persons, persons, groups).items():
        rows = [without_names(link, "Company") for link in links]
        companies[key[0]][key[1]] = together(rows, group, of_company)
    for key, group in linked(
        below, found.relationship_persons, persons, groups, "Relationship"
    ).items():
        rows = [without_names(link, "Company", "Relationship") for link in below]
        of_below = ["Relationship_ID", "Title", "Role__gc", "RelationshipName"]
        entry = companies[key[0]].setdefault(
            key[1], together(rows, group, ["Company_ID", "CompanyName"])
        )
        entry.setdefault("relationships", []).append(together(rows, group, of_below))
    return [
        {**body, **({"companies": list(nested.values())} if nested else {})}
        for body, nested in zip(bodies, companies, strict=True)
    ]


def linked(
    links: Rows, faults: Any, persons: Rows, groups: list[list[int]], *below: str
) -> dict[Any, list[int]]:
    """Return the rows of each association, by its person and what it is an association with."""
    found: dict[Any, list[int]] = {}
    for at, link in enumerate(links):
        if at not in faults:
            names = [named(link, field) for field in ("Company", *below)]
            found.setdefault((owner_of(link, persons, groups), *names), []).append(at)
    return found


@given(
    persons=persons_rows,
    links=link_rows,
    below=below_rows,
    held=st.sets(st.sampled_from(["1", "2", "3"])),
)
@example(
    persons=[
        (None, None, "2", "2", None),
        ("b@x.com", None, "2", "1", None),
        ("b@x.com", None, None, None, None),
    ],
    links=[],
    below=[],
    held=set(),
)
@example(
    persons=[
        ("a@x.com", None, "2", None, None),
        (None, None, "2", "1", None),
        ("a@x.com", None, None, "2", None),
    ],
    links=[],
    below=[],
    held=set(),
)
@example(persons=[("a@x.com", "", None, None, None)], links=[], below=[], held=set())
@example(
    persons=[("a@x.com", "A", None, None, None)],
    links=[("T", "a@x.com", None, "1", None, None)],
    below=[
        ("T", "a@x.com", None, "1", None, None, "N", None),
        ("T", "a@x.com", None, None, "2", None, "N", None),
        ("U", "a@x.com", None, "2", None, None, None, "R"),
        ("V", "a@x.com", None, None, "2", None, None, "R"),
    ],
    held=set(),
)
def test_records_say_what_rows_say_in_the_bytes_of_compact_json(
    persons: Any, links: Any, below: Any, held: Any
) -> None:
    given_frames = ((persons, PERSON), (links, LINK), (below, BELOW))
    frames = [
        text_frame(pd.DataFrame(rows, columns=names, dtype="str")) for rows, names in given_frames
    ]
    found = build(frames[0], frames[1], frames[2], ("Email",), frozenset(held))
    bodies = reference(frames, found)
    assert list(found.records) == bodies
    expected = [as_json(body) for body in bodies]
    places = range(len(bodies))
    assert found.records.contents == expected
    sizes = [1 + sum(1 + len(c.get("relationships", ())) for c in companies_of(b)) for b in bodies]
    assert [found.records.size_of(at) for at in places] == sizes
