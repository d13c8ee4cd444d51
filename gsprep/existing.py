"""People of a run compared with the people who exist already."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from gsprep.cleaning.clean import clean_text
from gsprep.results import Checked, Linked
from gsprep.schemas.frames import ROW_ID, text_frame
from gsprep.schemas.objects import fields_of
from gsprep.unification.duplicates.updating import updates_of
from gsprep.validation.findings import findings_on

if TYPE_CHECKING:
    import pandera.pandas as pa

    from gsprep.unification.duplicates.updating import Updates, Updating

_TWO_PEOPLE = "GSPREP_TWOPEOPLE"


def compared(
    checked: Checked, existing: pd.DataFrame, how: Updating, schema: pa.DataFrameSchema
) -> tuple[Checked, Updates]:
    """Return the checked rows, and the valid ones as they update existing people.

    Rows whose identifiers are those of two existing people are rejected: the service would update
    one of the two. Raises InputError for existing people without Gsid.
    """
    people = clean_text(text_frame(existing, of="the existing people"), schema).frame
    updates = updates_of(checked.valid, people, how)
    clash = checked.valid[ROW_ID].isin(updates.conflicts)
    wrong = checked.valid[clash]
    found = findings_on(wrong, fields_of(schema), how.key[0], _TWO_PEOPLE).assign(
        severity="error", message=wrong[ROW_ID].map(updates.conflicts)
    )
    sent = updates.persons
    return (
        Checked(
            valid=checked.valid[~clash],
            rejected=pd.concat([checked.rejected, wrong]).sort_index(),
            findings=pd.concat([checked.findings, found.astype("str")], ignore_index=True),
        ),
        replace(updates, persons=sent[~sent[ROW_ID].isin(updates.conflicts)]),
    )


def linked_of(updates: Updates) -> Linked:
    """Return what was found, for the result of a run."""
    return Linked(updates.tables, updates.expected, updates.existing, updates.held)
