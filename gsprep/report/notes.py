"""What a run assumed or left out, in sentences; headers are named, cells never."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gsprep.display import heading
from gsprep.report.rows import OURS
from gsprep.schemas.frames import ROW_ID, reason_columns, text_frame

if TYPE_CHECKING:
    import pandas as pd

    from gsprep.results import Checked

_CONTRADICTS = "GSOBJ_VCUSTOM1007"


def contradiction_notes(given: pd.DataFrame, passing: pd.Series[str]) -> tuple[str, ...]:
    """Say how many rows of an earlier rejects.csv pass only because the other row is not there.

    ``passing`` are the row_ids of those that pass now. A frame that is no rejects.csv has none.
    """
    if not reason_columns(given):
        return ()
    rows = text_frame(given)
    contradicted = rows["codes"].fillna("").str.contains(_CONTRADICTS, regex=False)
    count = int((contradicted & rows[ROW_ID].isin(passing)).sum())
    note = (
        f"{count} rows contradicted a row that is not in this file ({_CONTRADICTS} in codes): "
        "unless their key was mended they take its place once they are sent; take them out if "
        "they should not"
    )
    return (note,) if count else ()


def unsent_note(of: str, columns: str) -> str:
    """Return that columns stay here, as an object has no fields of their names."""
    return f"not sent, since {of} has no such field: {columns}"


def notes_of(people: pd.DataFrame, checked: Checked, unusable: pd.DataFrame) -> tuple[str, ...]:
    """Return the notes of a run: ``people`` as given, ``unusable`` the companies set aside."""
    dropped = reason_columns(people)
    replaced = [name for name in OURS if name in people.columns]
    whole = checked.findings[checked.findings[ROW_ID].isna()]
    meant = whole["column"].map(heading) + (" (perhaps " + whole["suggestion"] + ")").fillna("")
    told = {str(code): ", ".join(columns) for code, columns in meant.groupby(whole["code"])}
    unknown, access = told.get("GSOBJ_VCRUDR1002", ""), told.get("GSPREP_ACCESS", "")
    required = told.get("GSPREP_REQUIRED", "")
    notes = {
        f"the columns {', '.join(dropped)} of an earlier rejects.csv were left out": dropped,
        f"people.csv has its own {', '.join(replaced)}: those of the input are not in it": replaced,
        unsent_note("Person", unknown): unknown,
        f"read-only or not always written in this tenant: {access}. See warnings.csv": access,
        f"no column is {required}, which this tenant asks of a new person": required,
        f"{len(unusable)} of the companies cannot be matched against: "
        "see rejected_companies.csv": len(unusable),
    }
    said = (note for note, applies in notes.items() if applies)
    return (*contradiction_notes(people, checked.valid[ROW_ID]), *said)
