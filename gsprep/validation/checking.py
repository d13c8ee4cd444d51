"""``check``: a frame split by what the service would take, and every reason why not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gsprep.results import Checked
from gsprep.schemas.frames import ROW_ID, text_frame
from gsprep.schemas.objects import Person, fields_of
from gsprep.schemas.same_key import key_columns
from gsprep.validation.across import across_rows
from gsprep.validation.cells import cell_findings, mail_slips
from gsprep.validation.columns import column_findings
from gsprep.validation.findings import error_positions, together
from gsprep.validation.ids import id_findings
from gsprep.validation.keys import missing_keys
from gsprep.validation.mailboxes import mailbox_findings
from gsprep.validation.orphans import orphans
from gsprep.validation.words import word_findings

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    import pandera.pandas as pa


def check(
    frame: pd.DataFrame,
    schema: pa.DataFrameSchema,
    *,
    key: str | Sequence[str] = ("Email",),
    persons: pd.DataFrame | Checked | None = None,
) -> Checked:
    """Split a frame by a schema; each cell is judged as it stands and nothing is mended.

    ``key`` names the columns by which the tenant tells persons apart; objects other than a
    person and its associations are told apart by Gsid unless it names something else than Email.
    ``persons`` are the persons that associations belong to: a frame, which is checked as well,
    or what ``check`` said of it. Rows come back as given, in order; a frame without ``row_id``
    gets one.

    Raises MissingColumnsError without the columns that tell records apart, a part of a ``key``
    that was named among them, and InputError for a
    repeated column name and a repeated or missing ``row_id``.
    """
    text = text_frame(frame)
    of = fields_of(schema)
    names = key_columns(key)
    found = [
        *cell_findings(text, schema),
        *missing_keys(text, of, names),
        *mail_slips(text, of),
        *mailbox_findings(text, of),
        *word_findings(text, of),
        *id_findings(text, of),
        *orphans(text, of, _checked(persons, names), names),
    ]
    # A wrong row never stops a right one: only rows without an error are compared.
    rest = text[~text.index.isin(error_positions(found))]
    found += [*across_rows(rest, of, names), *column_findings(text, of)]
    findings = together(found, of)
    bad = text.index.isin(error_positions(found))
    given = frame if ROW_ID in frame.columns else frame.assign(**{ROW_ID: text[ROW_ID].to_numpy()})
    return Checked(given[~bad], given[bad], findings)


def _checked(persons: pd.DataFrame | Checked | None, key: tuple[str, ...]) -> Checked | None:
    if persons is None or isinstance(persons, Checked):
        return persons
    return check(text_frame(persons, of="persons"), Person, key=key)
