"""People of a run compared with existing people."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from gsprep.cleaning.clean import clean_text
from gsprep.results import Checked, Linked
from gsprep.schemas.frames import ROW_ID, text_frame
from gsprep.schemas.objects import fields_of
from gsprep.unification.duplicates.updating import renamed, updates_of
from gsprep.validation.findings import findings_on

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandera.pandas as pa

    from gsprep.earlier_runs import Remembered
    from gsprep.schemas.frames import Frame
    from gsprep.schemas.objects import Schemas
    from gsprep.unification.duplicates.updating import Updates, Updating

_TWO_PEOPLE, _NO_KEY = "GSPREP_TWOPEOPLE", "GSOBJ_VCUSTOM1012"


def compared(
    checked: Checked,
    existing: pd.DataFrame,
    how: Updating,
    of: tuple[pa.DataFrameSchema, Remembered | None],
) -> tuple[Checked, Updates]:
    """Return the checked rows, and the valid ones as they update existing people.

    ``of`` are the fields of people, and what rows were sent as before. Rows whose identifiers are
    those of two existing people are rejected: the service would update one of the two. Rows that
    lack only the key are valid if they are an existing person. Raises InputError for existing
    people without Gsid.
    """
    schema, remembered = of
    people = clean_text(text_frame(existing, of="the existing people"), schema).frame
    nameless = _only_without_key(checked)
    rows = pd.concat([checked.valid, checked.rejected[nameless]]).sort_index()
    if remembered is not None:
        how = replace(how, earlier=remembered.earlier(rows, people).reset_index(drop=True))
    updates = updates_of(rows, people, how)
    identified = _identified(checked, nameless, updates)
    clash = rows[ROW_ID].isin(updates.conflicts)
    wrong = rows[clash]
    found = findings_on(wrong, fields_of(schema), how.key[0], _TWO_PEOPLE).assign(
        severity="error", message=wrong[ROW_ID].map(updates.conflicts)
    )
    own = checked.findings
    kept = own[~(own[ROW_ID].isin(identified) & (own["severity"] == "error"))]
    good = (rows[ROW_ID].isin(checked.valid[ROW_ID]) | rows[ROW_ID].isin(identified)) & ~clash
    bad = checked.rejected[~checked.rejected[ROW_ID].isin({*identified, *wrong[ROW_ID]})]
    sent = updates.persons[updates.persons[ROW_ID].isin(rows.loc[good, ROW_ID])]
    return (
        Checked(
            valid=rows[good],
            rejected=pd.concat([bad, wrong]).sort_index(),
            findings=pd.concat([kept, found.astype("str")], ignore_index=True),
        ),
        replace(updates, persons=sent, held=updates.held & set(sent[ROW_ID])),
    )


def _only_without_key(checked: Checked) -> pd.Series[bool]:
    """Return which rejected rows have no other error than a missing key."""
    errors = checked.findings[checked.findings["severity"] == "error"]
    others = errors.loc[errors["code"] != _NO_KEY, ROW_ID]
    return ~checked.rejected[ROW_ID].isin(others)


def _identified(checked: Checked, nameless: pd.Series[bool], updates: Updates) -> set[str]:
    """Return the rows without a key whose existing person was found: the Gsid replaces the key."""
    sent = updates.persons
    if "Gsid" not in sent:
        return set()
    found = set(sent.loc[sent["Gsid"].notna(), ROW_ID])
    return found & set(checked.rejected.loc[nameless, ROW_ID]) - set(updates.conflicts)


def linked_of(updates: Updates) -> Linked:
    """Return what was found, for the result of a run."""
    return Linked(updates.tables, updates.expected, updates.existing, updates.held)


def named_as_sent(
    associations: Sequence[Frame | None],
    people: tuple[pd.DataFrame, pd.DataFrame],
    schemas: Schemas,
    key: Sequence[str],
) -> list[pd.DataFrame | None]:
    """Return given associations, cleaned, which name their people as these are sent.

    ``people`` are those with their own keys, and as they are sent; ``associations`` are those with
    companies and with relationships.
    """
    of = (schemas.company_persons, schemas.relationship_persons)
    return [
        None if own is None else renamed(clean_text(text_frame(own), schema).frame, *people, key)
        for own, schema in zip(associations, of, strict=True)
    ]
