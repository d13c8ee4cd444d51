"""Facts of whole columns: parts of a frame, with them, are cleaned and checked as the whole."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from gsprep.cleaning.clean import clean_text
from gsprep.cleaning.rules import CleaningFacts, cleaning_facts
from gsprep.schemas.frames import text_frame
from gsprep.schemas.objects import CompanyPerson, Person, fields_of
from gsprep.validation.check import check_text, column_findings, row_findings
from gsprep.validation.findings import CheckFacts, check_part_facts, error_positions, together
from gsprep.validation.rows import across_rows, compared_hashes

if TYPE_CHECKING:
    import pandera.pandas as pa

_EMAILS = ("ana@acme.com", "Ana@acme.com", "ana+x@gmail.com", "a.na@gmail.com", "bo@", "info@x.de")
_IDS = tuple(f"{prefix}{letter * 14}{'0' * 18}" for prefix in ("1P02", "1P04") for letter in "ABC")
# Each column's cells as they decide about the others of the column.
CELLS = {
    "Email": _EMAILS,
    "Gsid": (*_IDS, "x"),
    "Name": ("Ruiz, Ana", "Berg, Bo", "Young, Cy", "Ana Ruiz", "Dorn, Di", "Cher", "\uff0cx"),
    "CreatedDate": ("03/04/2026", "20/04/2026", "04/20/2026", " 05/06/2026 ", "20.11.2026", "soon"),
    "MasterAvatarTypeCode": ("1.234", "1,5", "1.5", "1.234,56", "2,345"),
    "MasterRecordID": _IDS,
    "Comments": ("x", "y"),
    "line": ("1", "2", "no line"),
}
LINKS = {
    "Email": ("ana@acme.com", "ANA@acme.com", "bo@acme.com"),
    "Company_ID": _IDS,
    "IsPrimaryCompany": ("true", "false", "maybe"),
    "Title": ("x", "y"),
    "line": ("1", "2", "no line"),
}


@st.composite
def _frames(draw: st.DrawFn, cells: dict[str, tuple[str, ...]]) -> list[pd.DataFrame]:
    """Return the parts of a text frame, some of them without rows."""
    rows = draw(st.integers(1, 14))
    names = ["Email", *draw(st.lists(st.sampled_from(list(cells)[1:]), unique=True))]
    columns = {
        name: draw(st.lists(st.none() | st.sampled_from(cells[name]), min_size=rows, max_size=rows))
        for name in names
    }
    whole = text_frame(pd.DataFrame(columns, dtype="str"))
    cuts = sorted(draw(st.lists(st.integers(0, rows), max_size=3)))
    return [whole.iloc[a:b] for a, b in itertools.pairwise([0, *cuts, rows])]


@given(parts=_frames(CELLS))
def test_parts_are_cleaned_as_the_whole(parts: list[pd.DataFrame]) -> None:
    whole = pd.concat(parts)
    facts = CleaningFacts.together([cleaning_facts(part, fields_of(Person)) for part in parts])
    done = [clean_text(part.reset_index(drop=True), Person, None, facts) for part in parts]
    expected = clean_text(whole, Person)
    together = pd.concat([one.frame for one in done], ignore_index=True)
    pd.testing.assert_frame_equal(together, expected.frame)
    changes = pd.concat([one.changes for one in done], ignore_index=True)
    pd.testing.assert_frame_equal(changes, expected.changes)


def _found(
    parts: list[pd.DataFrame], schema: pa.DataFrameSchema, key: tuple[str, ...]
) -> pd.DataFrame:
    """Return the findings on parts: rows by themselves, rows that share a hash, and columns."""
    of = fields_of(schema)
    facts = CheckFacts.together([check_part_facts(part, of) for part in parts])
    found = [one for part in parts for one in row_findings(part, schema, facts, key)]
    wrong = error_positions(found)
    rest = [part[~part.index.isin(wrong)] for part in parts]
    hashes = pd.concat([compared_hashes(r, of, key, has_lines=facts.has_lines) for r in rest])
    shared = hashes.apply(lambda of_one: of_one.duplicated(keep=False) & (of_one > 0))
    alike = pd.concat(rest)[shared.any(axis=1)]
    found += across_rows(alike, of, key, has_lines=facts.has_lines)
    return together([*found, *column_findings(parts[0], of, facts)], of)


@given(parts=_frames(CELLS), key=st.sampled_from([("Email",), ("Email", "Name")]))
def test_people_in_parts_are_checked_as_the_whole(
    parts: list[pd.DataFrame], key: tuple[str, ...]
) -> None:
    whole = pd.concat(parts)
    key = key if set(key) <= set(whole.columns) else ("Email",)
    findings = check_text(whole, Person, key=key).findings
    pd.testing.assert_frame_equal(_found(parts, Person, key), findings)


@given(parts=_frames(LINKS))
def test_associations_in_parts_are_checked_as_the_whole(parts: list[pd.DataFrame]) -> None:
    parts = [part.assign(Company_ID=part.get("Company_ID", _IDS[0])) for part in parts]
    findings = check_text(pd.concat(parts), CompanyPerson).findings
    pd.testing.assert_frame_equal(_found(parts, CompanyPerson, ("Email",)), findings)
