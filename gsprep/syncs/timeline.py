"""Activities of Timeline as the destination of a sync."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gsprep.calls.endpoints import ACTIVITIES
from gsprep.errors import Problem, RejectedError
from gsprep.schemas.describe import schema_from_describe
from gsprep.schemas.fields import TIMELINE
from gsprep.schemas.objects import fields_of, schema_of
from gsprep.syncs.definition import Missing, Sync
from gsprep.syncs.writers import Destination, Lookups, Means
from gsprep.systems.timeline import EXTERNAL_ID, Timeline
from gsprep.uploader.object_keys import ObjectTarget
from gsprep.uploader.object_rows import ObjectWriter

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandera.pandas as pa

    from gsprep.uploader.client import Client

# The object's name in a definition.
TIMELINE_OBJECT = TIMELINE.name


def timeline_schema(client: Client) -> pa.DataFrameSchema:
    """Return the fields of an activity: those of the page, and the tenant's own ones.

    Raises UploadError if the tenant does not answer.
    """
    try:
        described = fields_of(schema_from_describe(client.objects.describe(ACTIVITIES))).fields
    except RejectedError:
        described = ()
    # The description is of the object that queries read: it has other names for what is sent.
    own = tuple(one for one in described if "__" in one.name and one.writable)
    return schema_of(replace(TIMELINE, fields=(*TIMELINE.fields, *own)))


def timeline_problems(sync: Sync) -> Iterator[Problem]:
    """Yield what an activity cannot be written by.

    Its ExternalId is the key of the row, so that a row has one activity, whatever goes wrong.
    """
    if sync.destination.key != (EXTERNAL_ID,):
        yield Problem("destination.key", f"it is [{EXTERNAL_ID}] for {TIMELINE_OBJECT}")
        return
    rule, key = sync.fields[EXTERNAL_ID], sync.source.key
    if rule.column != key or rule.lookup or rule.replacements or rule.split:
        message = f"write {key}, the key of the source: then each row has one activity"
        yield Problem(f"fields.{EXTERNAL_ID}", message)
    if sync.on_missing != Missing():
        message = f"activities of {TIMELINE_OBJECT} stay when their row is gone, so leave it out"
        yield Problem("on_missing", message)
    for name, one in sync.fields.items():
        if one.write == "fill_only":
            yield Problem(f"fields.{name}.write", f"{TIMELINE_OBJECT} has always only")


def timeline_destination(sync: Sync, client: Client, means: Means) -> Destination:
    """Return the destination of activities; UploadError if the tenant does not answer."""
    target = ObjectTarget(name=ACTIVITIES, keys=(EXTERNAL_ID,), mode=sync.destination.mode)
    calls = Timeline(client.caller, client.objects.query)
    writer = ObjectWriter(calls, target, means.stopped, at_once=1, by_key=True)
    resolve = Lookups(client.objects).resolve
    return Destination(writer=writer, schema=timeline_schema(client), resolve=resolve)
