"""Persons and associations that somebody made ready, checked as they stand and sent."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gsprep.pipeline.options import RunOptions
from gsprep.pipeline.outward import checked_rows, send_frames
from gsprep.report.rows import order_of, with_rejected
from gsprep.schemas.frames import ROW_ID, text_frame
from gsprep.schemas.same_key import key_columns
from gsprep.validation.check import check_text

if TYPE_CHECKING:
    import pandas as pd
    import pandera.pandas as pa

    from gsprep.results import Uploaded
    from gsprep.uploader.client import Client


def deliver(
    persons: pd.DataFrame,
    company_persons: pd.DataFrame | None = None,
    relationship_persons: pd.DataFrame | None = None,
    *,
    client: Client | None,
    options: RunOptions | None = None,
) -> Uploaded:
    """Check frames as they stand and upload what is valid; the rest comes back ``rejected``.

    Without ``client`` nothing is sent. Of ``options`` those that say how frames are checked and
    sent are used. Raises InputError before anything is sent.
    """
    how = options or RunOptions()
    how, of = replace(how, key=key_columns(how.key)), how.schemas
    people = text_frame(persons, of="the people")
    checked = check_text(people, of.persons, key=how.key)
    linked, related = (
        checked_rows(_text(given, schema), schema, checked, how.key)
        for given, schema in (
            (company_persons, of.company_persons),
            (relationship_persons, of.relationship_persons),
        )
    )
    frames = (checked.valid, linked.valid, related.valid)
    sent = send_frames(frames, people[ROW_ID].head(0), client, how)
    return replace(
        sent,
        persons=with_rejected(sent.persons, checked, order_of(checked)),
        company_persons=with_rejected(sent.company_persons, linked, order_of(linked)),
        relationship_persons=with_rejected(sent.relationship_persons, related, order_of(related)),
    )


def _text(given: pd.DataFrame | None, schema: pa.DataFrameSchema) -> pd.DataFrame | None:
    return None if given is None else text_frame(given, of=f"the {schema.name} rows")
