"""Frames that are ready, checked and sent, or what sending them would come to."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pandas as pd

from gsprep.calls.limits import Limits
from gsprep.schemas.frames import ROW_ID
from gsprep.uploader.upload import PlanContext, UploadOptions, rehearse, send
from gsprep.validation.check import check_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandera.pandas as pa

    from gsprep.pipeline.options import RunOptions
    from gsprep.results import Checked, Uploaded
    from gsprep.uploader.client import Client


def checked_rows(
    text: pd.DataFrame | None, schema: pa.DataFrameSchema, checked: Checked, key: Sequence[str]
) -> Checked:
    """Check a text frame of associations of ``checked`` persons; None has no rows."""
    if text is None:
        columns = [ROW_ID, "Email", "Company_ID", "Relationship_ID"]
        text = pd.DataFrame(columns=columns, index=pd.RangeIndex(0), dtype="str")
    return check_text(text, schema, key=key, persons=checked)


def send_frames(
    frames: tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame],
    held: pd.Series[str],
    client: Client | None,
    how: RunOptions,
) -> Uploaded:
    """Send frames that are checked; without ``client`` say what that would come to.

    Persons whose row_id is in ``held`` stay.
    """
    told = None if how.progress is None else partial(how.progress, "upload")
    of = UploadOptions(
        key=how.key,
        held=held,
        schemas=how.schemas,
        lookups=how.lookups,
        mode=how.mode,
        keep=how.keep,
    )
    if client is None:
        return rehearse(frames, of, _scene(how))
    return send(frames, of, client, told)


def _scene(how: RunOptions) -> PlanContext:
    ledger, tenant = how.keep.ledger, how.tenant
    quota = None if ledger is None or tenant is None else ledger.quota(tenant)
    return PlanContext(how.limits or Limits(), tenant, how.known, quota)


def told_of(sent: Uploaded, client: Client | None) -> tuple[str, ...]:
    """Return what is to be said of a plan: all of it before, who was left out after.

    What was learned of the tenant follows.
    """
    if sent.plan is None:
        return sent.notes
    told = sent.plan.told() if client is None else sent.plan.left_out()
    return (told, *sent.notes) if told else sent.notes
