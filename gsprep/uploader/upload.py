"""Upload of people and associations; every row with its outcome."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gsprep.calls.limits import Limits
from gsprep.errors import InputError, UploadError, refuse_other
from gsprep.schemas.frames import ROW_ID, Frame, text_frame
from gsprep.schemas.same_key import key_columns
from gsprep.uploader.associations import foreseen, with_companies
from gsprep.uploader.build import build
from gsprep.uploader.interrupts import Ending, hurried, noted, reason_of
from gsprep.uploader.journal import LedgerOptions, consulted, journaled
from gsprep.uploader.outcomes import Fault, Outcome
from gsprep.uploader.planning import count_upserts, plan_batches, plan_of, quota_left
from gsprep.uploader.records import Sizes
from gsprep.uploader.row_outcomes import RowOutcomes
from gsprep.uploader.sending import RefusalLimit, Results, send_batches
from gsprep.uploader.sinks import Halving, job_sink, resume_job_sink, single_sink, sync_sink

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from gsprep.ledger.ledger import Ledger
    from gsprep.ledger.quota import Quota
    from gsprep.results import Plan, QuotaLeft, Uploaded
    from gsprep.schemas.lookups import Lookups
    from gsprep.schemas.objects import Schemas
    from gsprep.uploader.associations import Related
    from gsprep.uploader.build import Prepared
    from gsprep.uploader.client import Client
    from gsprep.uploader.interrupts import Interrupts
    from gsprep.uploader.planning import BatchPlan, Expected, Mode

    Progress = Callable[[int, int], None]

_CLIENT = "give a gsprep.Client"
Texts = tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]
Frames = tuple[Frame, Frame | None, Frame | None]


@dataclass(frozen=True, kw_only=True, slots=True)
class UploadOptions:
    """How frames become calls; see ``upload``."""

    key: Sequence[str] = ("Email",)
    held: pd.Series[str] | None = None
    schemas: Schemas | None = None
    lookups: Lookups | None = None
    mode: Mode = "auto"
    keep: LedgerOptions = field(default_factory=LedgerOptions)


def upload(  # noqa: PLR0913  the public contract names each of them
    persons: Frame,
    company_persons: Frame | None = None,
    relationship_persons: Frame | None = None,
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
    most_refused: float | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Uploaded:
    """Insert or update persons with their associations, and return the outcome of every row.

    With a ``ledger`` an upload that was broken off goes on where it ended, and one that was sent
    to its end is not sent again: its rows come back as they did then, those stored with their Gsid
    and without a batch. An error that ends the upload (a refused key, the service away, quota,
    Ctrl-C) is not raised but returned in ``stopped``, with the outcomes so far.

    Args:
        persons: the people; rows with one ``key`` are one person.
        company_persons: associations with companies. They are joined to persons by the same
            columns, or by Person_ID = the person's Gsid.
        relationship_persons: associations with relationships, joined in the same way.
        client: the tenant.
        key: the columns by which the tenant identifies persons.
        held: row_ids of persons who are not sent.
        schemas: say which columns are sent; a tenant's own come from ``schemas_from_describe``.
        lookups: how the service finds the id that an association lacks, in addition to names
            (CompanyName, RelationshipName).
        mode: ``sync``, ``async`` (jobs) or ``auto``, whichever is done sooner: jobs from about
            25,000 people on; ``single`` sends one person a call.
        ledger: what was sent before, and where to store what is sent now.
        force: send all the same what the ledger knows as sent.
        changed_only: send of other frames only persons whose data changed since they were last
            stored.
        most_refused: the share (0 to 1) of refused people above which no more is sent.
        progress: ``progress(done, total)`` is called after each batch.

    Returns:
        The given rows, in their order, each with Gsid, outcome and error columns.

    Raises:
        InputError: before anything is sent, for a frame that lacks what all its rows need.

    Examples:
        >>> persons = pd.DataFrame({"Email": ["ana@acme.com", "bo@"], "Name": ["Ana", "Bo"]})
        >>> links = pd.DataFrame({"Email": ["ana@acme.com"], "Company_ID": ["1P02" + "A" * 32]})
        >>> uploaded = gsprep.upload(persons, links, client=client)
        >>> uploaded.persons[["row_id", "outcome", "error_code"]]
          row_id  outcome          error_code
        0      1   stored                 NaN
        1      2  refused  GSOBJ_VDTEMAIL1001
        >>> uploaded.company_persons["outcome"].tolist()
        ['stored']
    """
    keep = LedgerOptions(
        ledger=ledger, force=force, changed_only=changed_only, most_refused=most_refused
    )
    how = UploadOptions(key=key, held=held, schemas=schemas, lookups=lookups, mode=mode, keep=keep)
    frames = (persons, company_persons, relationship_persons)
    return send(frames, how, client, progress)


def plan(  # noqa: PLR0913  what upload takes, as far as it decides what is sent
    persons: Frame,
    company_persons: Frame | None = None,
    relationship_persons: Frame | None = None,
    *,
    client: Client,
    key: Sequence[str] = ("Email",),
    schemas: Schemas | None = None,
    lookups: Lookups | None = None,
    mode: Mode = "auto",
    ledger: Ledger | None = None,
    known: pd.DataFrame | None = None,
) -> Plan:
    """Return what ``upload`` of the same would come to; nothing is sent and no call is made.

    Who is in the ``ledger``, among the people of ``known`` or has a Gsid is an update; who was
    deleted with the ledger's knowledge is created again. Of the others no one can tell: the service
    has no call for that.

    Args:
        persons: the people, as for ``upload``.
        company_persons: associations with companies.
        relationship_persons: associations with relationships.
        client: the tenant, whose limits and quota count.
        key: the columns by which the tenant identifies persons.
        schemas: the fields of people and associations that are sent.
        lookups: how the service finds the ids that associations lack.
        mode: ``sync``, ``async``, ``single`` or ``auto``, as in ``upload``.
        ledger: what was sent before.
        known: people who exist in the tenant (a column Email).

    Returns:
        The calls, bytes and minutes that sending takes, and the quota that is left.

    Raises:
        InputError: for a frame that lacks what all its rows need.

    Examples:
        >>> persons = pd.DataFrame({"Email": ["ana@acme.com", "bo@acme.com"]})
        >>> planned = gsprep.plan(persons, client=client)
        >>> planned.mode, planned.calls, planned.unknown
        ('sync', 1, 2)
    """
    refuse_other(client, "ledger", "the client", _CLIENT)
    keep = LedgerOptions(ledger=ledger or client.ledger)
    how = UploadOptions(key=key, schemas=schemas, lookups=lookups, mode=mode, keep=keep)
    quota = client.apart(keep.ledger).pace.quota
    texts = _texts((persons, company_persons, relationship_persons))
    scene = PlanContext(client.pace.limits, client.base_url, known, quota)
    return _load_of(_foreseen(texts, how, scene), how, scene).plan(how, scene)


@dataclass(frozen=True, slots=True)
class PlanContext:
    """Facts that a dry run takes into account.

    Attributes:
        limits: how fast the tenant is called.
        tenant: its origin, by which the ledger knows it; None for none.
        known: people who are there already, by Email.
        quota: the calls made so far, None for none.
        reason: why nothing is sent, for the rows.
    """

    limits: Limits = field(default_factory=Limits)
    tenant: str | None = None
    known: pd.DataFrame | None = None
    quota: Quota | None = None
    reason: str = "dry run: nothing was sent"


def rehearse(
    frames: Frames, how: UploadOptions | None = None, scene: PlanContext | None = None
) -> Uploaded:
    """Return what ``upload`` would, had it not been allowed to send: every row is ``unsent``.

    Rows that could never be sent say why; ``plan`` and ``calls`` are what an upload would take.
    """
    return rehearse_text(_texts(frames), how or UploadOptions(), scene or PlanContext())


def rehearse_text(texts: Texts, how: UploadOptions, scene: PlanContext) -> Uploaded:
    """Return what ``rehearse`` does of text frames; their index says nothing."""
    placed, load = rehearse_part(texts, how, scene)
    foretold = load.plan(how, scene)
    return replace(placed, plan=foretold, calls=foretold.calls)


def rehearse_part(
    texts: Texts, how: UploadOptions, scene: PlanContext
) -> tuple[Uploaded, PlannedLoad]:
    """Return the outcomes that ``rehearse_text`` gives, without a plan, and what is to be sent.

    ``texts`` may be a part of all people, if no others have the key or the Gsid of any of these.
    """
    texts = _by_position(texts)
    decided = _foreseen(texts, how, scene)
    reason = Outcome("unsent", (Fault(message=scene.reason),))
    return RowOutcomes(decided, reason).uploaded(texts), _load_of(decided, how, scene)


def _load_of(decided: Prepared, how: UploadOptions, scene: PlanContext) -> PlannedLoad:
    left, seen = consulted(decided, key_columns(how.key), how.keep, scene.tenant)
    chosen = np.fromiter(left.uncut.chosen, np.int64, len(left.uncut))
    return PlannedLoad(
        first=decided.first_rows()[chosen],
        sizes=(left.uncut.sizes(),),
        lookups=decided.lookups,
        expected=count_upserts(left, seen, scene.known),
        unchanged=len(decided.records) - len(left.uncut),
    )


@dataclass(frozen=True, slots=True)
class PlannedLoad:
    """What is to be sent, as far as a plan depends on it.

    Attributes:
        first: the position of the first row of each person; unknown if there are several ``sizes``.
        sizes: the sizes of their records, in the order in which they are sent, in portions that
            can be read several times.
        lookups: what finds the ids that associations lack, None if all have theirs.
        expected: how many people are updates, new, and unknown.
        unchanged: how many people are not sent, since their outcome is known.
    """

    first: np.ndarray
    sizes: Iterable[Sizes]
    lookups: Lookups | None = None
    expected: Counter[Expected] = field(default_factory=Counter)
    unchanged: int = 0

    def plan(self, how: UploadOptions, scene: PlanContext) -> Plan:
        """Return the plan of sending it."""
        return replace(
            plan_of(self.sizes, self.lookups, how.mode, scene.limits),
            updates=self.expected["updates"],
            creates=self.expected["creates"],
            unknown=self.expected["unknown"],
            unchanged=self.unchanged,
            quota=() if scene.quota is None else quota_left(scene.quota, scene.limits),
        )

    def moved(self, rows: np.ndarray) -> PlannedLoad:
        """Return the load as one of other rows; ``rows`` has the new position of each."""
        return replace(self, first=rows[self.first])

    def moved_by(self, rows: int) -> PlannedLoad:
        """Return the load of rows that are so many places further back."""
        return replace(self, first=self.first + rows)

    def table(self) -> pd.DataFrame:
        """Return the first row of each person, and the sizes."""
        return pd.DataFrame({"first": self.first, **next(iter(self.sizes))._asdict()})

    @classmethod
    def of_table(cls, table: pd.DataFrame) -> PlannedLoad:
        """Return a load of people without what is known of them elsewhere."""
        sizes = Sizes(*(table[name].to_numpy() for name in Sizes._fields))
        return cls(table["first"].to_numpy(), (sizes,))

    def without_people(self) -> PlannedLoad:
        """Return what is known of the people elsewhere, without their sizes."""
        return replace(self, first=self.first[:0], sizes=())

    def mixed(self, other: PlannedLoad) -> PlannedLoad:
        """Return both loads as one, in the order of the rows."""
        first = np.append(self.first, other.first)
        order = np.argsort(first, kind="stable")
        columns = zip(*(one for load in (self, other) for one in load.sizes), strict=True)
        sizes = Sizes(*(np.append(*both)[order] for both in columns))
        return replace(self, first=first[order], sizes=(sizes,))

    @classmethod
    def together(cls, parts: Sequence[PlannedLoad]) -> PlannedLoad:
        """Return the loads of parts that follow one another as one."""
        return cls(
            np.zeros(0, np.int64),
            tuple(sizes for part in parts for sizes in part.sizes),
            next((part.lookups for part in parts if part.lookups is not None), None),
            sum((part.expected for part in parts), Counter()),
            sum(part.unchanged for part in parts),
        )


def send(
    frames: Frames, how: UploadOptions, client: Client, progress: Progress | None = None
) -> Uploaded:
    """Do what ``upload`` does, with the options in one value."""
    refuse_other(client, "ledger", "the client", _CLIENT)
    return send_text(_texts(frames), how, client, progress)


def send_text(
    texts: Texts, how: UploadOptions, client: Client, progress: Progress | None = None
) -> Uploaded:
    """Do what ``send`` does with text frames; their index says nothing.

    An empty text is sent: it empties a field.
    """
    texts = _by_position(texts)
    ledger = how.keep.ledger or client.ledger
    ours = client.apart(ledger)
    before, now = ours.pace.quota.made, ours.pace.limits.now
    reading = Ending()
    related = _related(texts[2], how, ours, reading)
    if related is None:
        placed = RowOutcomes(_foreseen(texts, how, PlanContext())).uploaded(texts)
        return replace(placed, stopped=reading.reason, calls=ours.pace.quota.made - before)
    decided = _decided(texts, how, related)
    with (
        noted() as interrupts,
        hurried(ledger, interrupts),
        journaled(decided, key_columns(how.key), how.keep, client.base_url, now) as journal,
    ):
        outcomes = RowOutcomes(decided, doubtful=journal.left.doubtful)
        for batch, result in journal.left.known:
            outcomes.note(batch, result)
        load = plan_batches(journal.left.uncut, decided.lookups, how.mode, ours.pace.limits)
        journal.plan(load.batches)
        refusals = RefusalLimit(how.keep.most_refused, key_columns(how.key))
        results = Results(outcomes, journal, refusals, now, progress)
        # From here on nothing is raised: what is known has to reach the rows.
        ending, halving = Ending(), Halving()
        told = results, halving
        ending.attempt(lambda: ending.because(_send(load, decided, ours, told, interrupts)))
        ending.because(refusals.at_last())
        ending.attempt(_doubt_shared, outcomes, texts[0][ROW_ID], how.keep, client)
        quota = _ended(ending, results, ours)
        placed = outcomes.uploaded(texts)
    return replace(
        placed,
        stopped=ending.reason,
        calls=ours.pace.quota.made - before,
        plan=replace(load.plan, unchanged=journal.left.unchanged),
        answered=results.answered,
        quota=quota,
        notes=(*_sent_again(journal.sent_again), *halving.notes()),
    )


def _sent_again(people: int) -> tuple[str, ...]:
    if not people:
        return ()
    return (
        f"{people:,} people were in jobs that the service lost: they were sent again (--force)",
    )


def _related(
    frame: pd.DataFrame, how: UploadOptions, client: Client, ending: Ending
) -> Related | None:
    """Return relationships with the companies they lacked, None where that ends the upload."""
    try:
        return with_companies(frame, how.lookups, client)
    except InputError:
        raise
    except BaseException as failure:  # noqa: BLE001  nothing was sent, and every row says so
        ending.because(reason_of(failure))
        return None


def _doubt_shared(
    outcomes: RowOutcomes, row_ids: pd.Series[str], keep: LedgerOptions, client: Client
) -> None:
    """Doubt the outcomes of people with the same Gsid, and forget them in the ledger."""
    shared = outcomes.doubt_shared(row_ids)
    if shared and keep.ledger is not None:
        keep.ledger.uploads(client.base_url).forget(shared)


def _send(
    load: BatchPlan,
    decided: Prepared,
    client: Client,
    told: tuple[Results, Halving],
    interrupts: Interrupts,
) -> UploadError | None:
    """Read the results of the jobs that were taken before, then send the rest."""
    results, halving = told
    journal = results.journal
    jobs = {batch.number: job for batch, job in journal.left.jobs}
    taken = [batch for batch, _ in journal.left.jobs]
    lookups, with_call = decided.lookups, journal.in_transaction
    if load.plan.mode == "async":
        sink = job_sink(client, lookups, journal, halving)
    else:
        way = single_sink if load.plan.mode == "single" else sync_sink
        sink = way(client, lookups, with_call, halving)
    earlier = resume_job_sink(client, lookups, jobs, halving)
    return send_batches(taken, earlier, results, interrupts) or send_batches(
        load.batches, sink, results, interrupts
    )


def _ended(ending: Ending, results: Results, client: Client) -> tuple[QuotaLeft, ...]:
    """Keep at the end what could not be kept before, and return what is left of the quota."""
    pace = client.pace
    left: list[QuotaLeft] = []
    ending.attempt(results.again)
    ending.attempt(lambda: results.journal.end(pace.limits.now()))
    ending.attempt(pace.quota.flush)
    ending.attempt(lambda: left.extend(quota_left(pace.quota, pace.limits)))
    return tuple(left)


def _texts(given: Frames) -> Texts:
    persons, company_persons, relationship_persons = given
    return (
        text_frame(persons, of="the frame of people"),
        _associations(company_persons, "company_persons", "Company_ID"),
        _associations(relationship_persons, "relationship_persons", "Relationship_ID"),
    )


def _by_position(texts: Texts) -> Texts:
    persons, company_persons, relationship_persons = (text.reset_index(drop=True) for text in texts)
    return persons, company_persons, relationship_persons


def _foreseen(frames: Texts, how: UploadOptions, scene: PlanContext) -> Prepared:
    # Who was sent before, or is there, shows in what is sent.
    compared = how.keep.ledger is not None and scene.tenant is not None
    outlined = not compared and scene.known is None
    return _decided(frames, how, foreseen(frames[2], how.lookups), outlined=outlined)


def _decided(
    frames: Texts, how: UploadOptions, related: Related, *, outlined: bool = False
) -> Prepared:
    held = frozenset(how.held if how.held is not None else ())
    key, (persons, company_persons, _) = key_columns(how.key), frames
    decided = build(
        persons,
        company_persons,
        related.frame,
        key,
        held,
        schemas=how.schemas,
        lookups=how.lookups,
        alone=related.alone,
        outlined=outlined,
    )
    # What is wrong with a company that was looked for says more than that there is none.
    faults = {at: related.faults.get(at, one) for at, one in decided.relationship_persons.items()}
    return replace(decided, relationship_persons=faults)


def _associations(frame: Frame | None, of: str, own_id: str) -> pd.DataFrame:
    if frame is None:
        columns = dict.fromkeys((ROW_ID, "Email", "Company_ID", own_id))
        return pd.DataFrame(columns=list(columns), dtype="str")
    return text_frame(frame, of=of)
