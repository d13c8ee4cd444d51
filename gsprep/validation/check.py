"""Check of frames: valid rows, rejected rows, and findings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from gsprep.errors import MissingColumnsError
from gsprep.mapping.aliases import meant_field
from gsprep.mapping.columns import advice_on
from gsprep.results import Checked
from gsprep.schemas.frames import LINE, ROW_ID, as_pandas, reason_columns, text_frame
from gsprep.schemas.objects import Person, fields_of
from gsprep.schemas.same_key import key_columns
from gsprep.validation.cells import (
    cell_findings,
    email_typos,
    id_findings,
    mailbox_findings,
    mixed_ids,
    name_findings,
    number_findings,
    shares,
    word_findings,
)
from gsprep.validation.findings import (
    check_facts,
    error_positions,
    finding_on_column,
    findings_on,
    together,
)
from gsprep.validation.rows import across_rows, missing_keys, orphans

if TYPE_CHECKING:
    import numpy as np
    import pandera.pandas as pa

    from gsprep.schemas.fields import ObjectFields
    from gsprep.schemas.frames import Frame
    from gsprep.validation.findings import CheckFacts


def column_findings(
    text: pd.DataFrame, of: ObjectFields, facts: CheckFacts
) -> Iterator[pd.DataFrame]:
    """Yield the findings on whole columns, which all parts of a frame have in common.

    They are warnings: ids of several tenants, columns that are no field or that the service does
    not write, and missing fields that a new record needs. Columns that name a row and its line, and
    those of a file of rejected rows, are skipped.
    """
    yield from mixed_ids(of, facts)
    yield from shares(of, facts)
    ours = {ROW_ID, *([LINE] if facts.has_lines else []), *reason_columns(text)}
    for name in text.columns.drop(list(ours), errors="ignore"):
        if not of.knows(name):
            yield _unknown(name, of, text.columns.tolist())
        elif of[name].access:
            yield finding_on_column(of, name, "GSPREP_ACCESS").assign(
                message=f"{name} is {of[name].access} in this tenant."
            )
    needed = _required(of) if facts.has_new else []
    for name in (name for name in needed if name not in text.columns):
        yield finding_on_column(of, name, "GSPREP_REQUIRED")


def _unknown(name: str, of: ObjectFields, there: Sequence[str]) -> pd.DataFrame:
    finding = finding_on_column(of, name, "GSOBJ_VCRUDR1002")
    nearest = meant_field(name, of, there)
    if nearest is None:
        return finding
    hint = f"If it is {nearest}, rename the column; otherwise leave it."
    return finding.assign(suggestion=nearest, hint=hint).astype("str")


def _required(of: ObjectFields) -> list[str]:
    """Return the fields that a new record needs, but for those that identify it."""
    needed = {name for names in of.needed for name in names}
    fields = (field for field in of.fields if field.required and field.writable)
    return [field.name for field in fields if field.name not in needed]


def _required_empty(text: pd.DataFrame, of: ObjectFields) -> Iterator[pd.DataFrame]:
    """Yield rows without a field that a new record needs; one with its own Gsid is an update."""
    new = text[text["Gsid"].isna()] if "Gsid" in text.columns else text
    for name in _required(of):
        if name in text.columns and (empty := new[new[name].isna()]).size:
            yield findings_on(empty, of, name, "GSPREP_REQUIRED")


def check(
    frame: Frame,
    schema: pa.DataFrameSchema = Person,
    *,
    key: str | Sequence[str] = ("Email",),
    persons: pd.DataFrame | Checked | None = None,
) -> Checked:
    """Split a frame by a schema; each cell is judged as it is and nothing is changed.

    Rows come back as given, in order; a frame without ``row_id`` gets one.

    Args:
        frame: the rows to check.
        schema: the object of the rows: people, if nothing else is said.
        key: the columns by which the tenant identifies persons. Objects other than a person and its
            associations are identified by Gsid, unless ``key`` names something else than Email.
        persons: the persons of associations: a frame, which is checked as well, or the result of
            ``check``. An association without a valid person is an error then.

    Returns:
        The valid rows, the rejected rows, and one finding per failed check.

    Raises:
        MissingColumnsError: if a column that identifies records is absent, also one that ``key``
            names.
        InputError: for a repeated column name and a repeated or missing ``row_id``.

    Examples:
        >>> frame = pd.DataFrame({"Email": ["ana@acme.com", "bo@"], "Name": ["Ana", "Bo"]})
        >>> checked = gsprep.check(frame, gsprep.Person)
        >>> checked.valid
                  Email Name row_id
        0  ana@acme.com  Ana      1
        >>> checked.findings[["row_id", "column", "code", "severity"]]
          row_id column                code severity
        0      2  Email  GSOBJ_VDTEMAIL1001    error
    """
    frame = as_pandas(frame)
    text = text_frame(frame)
    names = key_columns(key)
    findings, bad = _judged(text, schema, names, checked_persons(persons, names))
    given = frame if ROW_ID in frame.columns else frame.assign(**{ROW_ID: text[ROW_ID].to_numpy()})
    return Checked(given[~bad], given[bad], findings)


def check_text(
    text: pd.DataFrame,
    schema: pa.DataFrameSchema,
    *,
    key: str | Sequence[str] = ("Email",),
    persons: Checked | None = None,
    facts: CheckFacts | None = None,
) -> Checked:
    """Check a text frame as ``check`` does; ``persons`` were checked by this function.

    A part of a frame is checked with the ``facts`` of the whole.
    """
    findings, bad = _judged(text, schema, key_columns(key), persons, facts)
    return Checked(_without(text, bad), text[bad], findings)


def _judged(
    text: pd.DataFrame,
    schema: pa.DataFrameSchema,
    names: tuple[str, ...],
    persons: Checked | None,
    facts: CheckFacts | None = None,
) -> tuple[pd.DataFrame, np.ndarray]:
    """Return the findings on a text frame, and which rows have an error."""
    of = fields_of(schema)
    facts = facts or check_facts(text, of)
    try:
        found = row_findings(text, schema, facts, names, persons)
    except MissingColumnsError as failure:
        advice = advice_on(list(text.columns), of)
        raise failure if advice is None else failure.with_advice(advice) from None
    # A wrong row never stops a right one: only rows without an error are compared.
    rest = _without(text, text.index.isin(error_positions(found)))
    found += across_rows(rest, of, names, has_lines=facts.has_lines)
    found += column_findings(text, of, facts)
    return together(found, of), text.index.isin(error_positions(found))


def _without(text: pd.DataFrame, bad: np.ndarray) -> pd.DataFrame:
    """Return the rows that are not bad; nothing is copied if none is."""
    return text[~bad] if bad.any() else text.copy(deep=False)


def row_findings(
    text: pd.DataFrame,
    schema: pa.DataFrameSchema,
    facts: CheckFacts,
    names: tuple[str, ...],
    persons: Checked | None = None,
) -> list[pd.DataFrame]:
    """Return the findings on each row by itself, with the row's position as index.

    ``text`` may be a part of a frame; ``facts`` are those of the whole. ``names`` is the key.
    """
    if text.empty:
        return []
    of, cells = fields_of(schema), text.drop(columns=list(facts.judged))
    return [
        *cell_findings(cells, schema, facts),
        *missing_keys(text, of, names),
        *email_typos(cells, of),
        *mailbox_findings(cells, of),
        *number_findings(cells, of, facts),
        *word_findings(cells, of),
        *name_findings(text, of),
        *id_findings(text, of, facts),
        *orphans(text, of, persons, names),
        *_required_empty(text, of),
    ]


def checked_persons(persons: pd.DataFrame | Checked | None, key: tuple[str, ...]) -> Checked | None:
    """Return the persons of associations as text frames, checked; None stays None."""
    if persons is None:
        return None
    if isinstance(persons, Checked):
        valid, rejected = text_frame(persons.valid, of="persons"), text_frame(persons.rejected)
        return Checked(valid, rejected, persons.findings)
    return check_text(text_frame(persons, of="persons"), Person, key=key)


def check_associations(
    text: pd.DataFrame | None, schema: pa.DataFrameSchema, checked: Checked, key: Sequence[str]
) -> Checked:
    """Check a text frame of associations of ``checked`` people; None has no rows."""
    if text is None:
        none = pd.DataFrame(columns=[ROW_ID, "Email", "Company_ID", "Relationship_ID"], dtype="str")
        return Checked(none, none, checked.findings[:0])
    return check_text(text, schema, key=key, persons=checked)
