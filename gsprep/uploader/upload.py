"""Persons and their associations to the service, and every row back with its outcome."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pandas as pd

from gsprep.results import Uploaded
from gsprep.schemas.frames import ROW_ID, text_frame
from gsprep.schemas.same_key import key_columns
from gsprep.uploader.faults import Fault
from gsprep.uploader.limits import Limits
from gsprep.uploader.links import Decided, decide
from gsprep.uploader.merge import Outcomes, lay_beside
from gsprep.uploader.planning import Load, planned
from gsprep.uploader.sending import Listeners, send_batches
from gsprep.uploader.told import Outcome
from gsprep.uploader.ways import by_call, by_job

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gsprep.ledger.ledger import Ledger
    from gsprep.schemas.lookups import Lookups
    from gsprep.schemas.objects import Schemas
    from gsprep.uploader.client import Client
    from gsprep.uploader.planning import Mode


Frames = tuple[pd.DataFrame, pd.DataFrame | None, pd.DataFrame | None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Keep:
    """Where it is kept what was sent, and what of that is sent again.

    Attributes:
        ledger: None keeps nothing: everything is sent.
        run: the name of the run in it.
        force: whether what was sent to its end is sent again.
        changed_only: whether persons are left out who were stored as they are now.
        most_refused: the share of refused people (0 to 1) above which no more is sent.
    """

    ledger: Ledger | None = None
    run: str | None = None
    force: bool = False
    changed_only: bool = False
    most_refused: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class How:
    """How frames become calls; see ``upload``."""

    key: Sequence[str] = ("Email",)
    held: pd.Series[str] | None = None
    schemas: Schemas | None = None
    lookups: Lookups | None = None
    mode: Mode = "auto"
    keep: Keep = field(default_factory=Keep)


def upload(  # noqa: PLR0913  the public contract names each of them
    persons: pd.DataFrame,
    company_persons: pd.DataFrame | None = None,
    relationship_persons: pd.DataFrame | None = None,
    *,
    client: Client,
    key: Sequence[str] = ("Email",),
    held: pd.Series[str] | None = None,
    schemas: Schemas | None = None,
    lookups: Lookups | None = None,
    mode: Mode = "auto",
    ledger: Ledger | None = None,
    force: bool = False,
    changed_only: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Uploaded:
    """Insert or update persons with their associations, and say what became of every row.

    Rows with one ``key`` are one person; associations are joined to it by the same columns, or
    by Person_ID = the person's Gsid. Persons whose ``row_id`` is in ``held`` stay. ``schemas``
    say which columns are sent; a tenant's own come from ``schemas_from_describe``. The id that an
    association lacks is found by name (CompanyName, RelationshipName) or as ``lookups`` say.
    ``mode`` is ``sync``, ``async`` (jobs) or ``auto``, whichever is done sooner: jobs from about
    25,000 people on. ``progress`` is told the batches done, of how many. A trouble that ends the
    upload (a refused key, the service away, quota, Ctrl-C) is not raised but returned in
    ``stopped``, beside what is known.

    With a ``ledger`` an upload that was broken off goes on where it ended, and one that was sent
    to its end is not sent again: its rows come back as they did then, those stored with their Gsid
    and without a batch. ``force`` sends it all the same. Of other frames every row is sent;
    with ``changed_only`` those are left out whose person was last stored just so.

    Raises InputError, before anything is sent, for a frame that lacks what all its rows need.
    """
    keep = Keep(ledger=ledger, force=force, changed_only=changed_only)
    how = How(key=key, held=held, schemas=schemas, lookups=lookups, mode=mode, keep=keep)
    frames = (persons, company_persons, relationship_persons)
    return send(frames, how, client, progress)


def rehearse(
    persons: pd.DataFrame,
    company_persons: pd.DataFrame | None = None,
    relationship_persons: pd.DataFrame | None = None,
    *,
    how: How | None = None,
    limits: Limits | None = None,
) -> Uploaded:
    """Return what ``upload`` would, had it not been allowed to send: every row is ``unsent``.

    Rows that could never be sent say why; ``plan`` and ``calls`` are what an upload would take.
    """
    frames = (persons, company_persons, relationship_persons)
    job = _job(frames, how or How(), limits or Limits())
    reason = Outcome("unsent", (Fault(message="dry run: nothing was sent"),))
    return replace(_laid(job, Outcomes(job.decided, reason)), calls=job.load.plan.calls)


def send(
    frames: Frames, how: How, client: Client, progress: Callable[[int, int], None] | None = None
) -> Uploaded:
    """Do what ``upload`` does, with the options in one value."""
    job = _job(frames, how, client.pace.limits)
    before = client.pace.quota.made
    way = by_job if job.load.plan.mode == "async" else by_call
    outcomes = Outcomes(job.decided)
    to = Listeners(
        answered=outcomes.note,
        halved=lambda _, _both: None,
        progress=progress or _nobody,
        enough=lambda: None,
    )
    stopped = send_batches(job.load.batches, way(client, job.decided.lookups), to)
    return replace(_laid(job, outcomes), stopped=stopped, calls=client.pace.quota.made - before)


def _nobody(_done: int, _whole: int) -> None:
    """Tell nobody how far it is."""


@dataclass(frozen=True, slots=True)
class _Job:
    """The three frames as text, what is sent of them, and how."""

    frames: tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]
    decided: Decided
    load: Load


def _job(given: Frames, how: How, limits: Limits) -> _Job:
    persons, company_persons, relationship_persons = given
    frames = (
        text_frame(persons, of="persons"),
        _associations(company_persons, "company_persons", "Company_ID"),
        _associations(relationship_persons, "relationship_persons", "Relationship_ID"),
    )
    held = frozenset(how.held if how.held is not None else ())
    key = key_columns(how.key)
    decided = decide(*frames, key, held, schemas=how.schemas, lookups=how.lookups)
    load = planned(decided.records, decided.lookups, how.mode, limits)
    return _Job(frames, decided, load)


def _laid(job: _Job, outcomes: Outcomes) -> Uploaded:
    persons, company_persons, relationship_persons = job.frames
    return Uploaded(
        lay_beside(persons, outcomes.persons(len(persons))),
        lay_beside(company_persons, outcomes.company_persons(len(company_persons))),
        lay_beside(relationship_persons, outcomes.relationship_persons(len(relationship_persons))),
        plan=job.load.plan,
    )


def _associations(frame: pd.DataFrame | None, of: str, own_id: str) -> pd.DataFrame:
    if frame is None:
        columns = dict.fromkeys((ROW_ID, "Email", "Company_ID", own_id))
        frame = pd.DataFrame(columns=list(columns), dtype="str")
    return text_frame(frame, of=of)
