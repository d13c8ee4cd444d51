"""Options of a run."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from gsprep.errors import InputError
from gsprep.report.summary import VERDICTS, Origin
from gsprep.schemas.objects import Schemas
from gsprep.unification.decide import ALL_VERDICTS
from gsprep.uploader.journal import LedgerOptions

if TYPE_CHECKING:
    import pandas as pd

    from gsprep.calls.limits import Limits
    from gsprep.cleaning.recipe import Recipe
    from gsprep.progress_bars import Progress
    from gsprep.schemas.lookups import Lookups
    from gsprep.unification.rulebook import Rulebook
    from gsprep.uploader.compare import CompareOptions
    from gsprep.uploader.planning import Mode


@dataclass(frozen=True, kw_only=True, slots=True)
class RunOptions:
    """Options of a run.

    rulebook: how companies are matched; None is the shipped default.
    known:    people already linked to companies (see ``prepare``), used as evidence.
    answers:  decisions of reviewers (see ``prepare``), or a filled-in review: they win over all.
    against:  existing people with their Gsid: a row that matches one updates that person. What a
              row was sent as is remembered in the ledger of ``keep``, and later runs keep to it.
    against_all: whether those are all people of the tenant, so that others are not there any more.
    people_rulebook: how people are compared with those of ``against``, and which values are sent;
              None compares by the headers and sends the values of the rows.
    pair_answers: decisions of reviewers about who is the same person (see ``find_duplicates``).
    kept:     returns a table of ids of an earlier execution of the same run by its name, or makes
              it; None makes it.
    region:   default country of phone numbers without a country code; None takes the rulebook's.
    key:      the columns of the tenant's resolution key.
    schemas:  the fields of people and associations; those of a tenant: ``schemas_from_describe``.
    recipe:   how the people are cleaned, with its own region and key; None applies every rule.
    hold:     verdicts whose people are not sent.
    lookups:  fields that find the missing ids of given associations, in addition to names.
    mode:     ``single``, ``sync``, ``async`` or ``auto``, as in ``upload``.
    limits:   the limits that a run without a client plans with; a client has its own.
    tenant:   the tenant whose quota and known people a run without a client plans with.
    most_rejected: the share of rejected rows above which nothing is sent: 0.02, or "2%".
    keep:     the ledger of what was sent, and what of it is sent again.
    compare:  how people are compared with the tenant before they are sent; None does not.
    origin:   the file that was read, the command and the target, for summary and report.
    progress: called with the stage, and how many of how many are done.
    indexes:  the folder in which long lists of companies are kept as they were prepared, for the
              next run with the same list; None keeps none.
    evidence: the verdicts whose evidence is kept; that for a million people takes half a gigabyte.
    tenant_companies: called for the tenant's companies if those given have no Gsid; None asks
              the client.

    Examples:
        >>> options = gsprep.RunOptions(region="DE", hold=["review"], most_rejected="2%")
        >>> companies = pd.DataFrame({"Gsid": ["1P02" + "A" * 32], "Name": ["Acme"]})
        >>> persons = pd.DataFrame({"Email": ["ana@acme.com", "bo@"]})
        >>> result = gsprep.run(persons, companies, options=options)
        >>> type(result.stopped).__name__
        'RejectedRowsError'
    """

    rulebook: Rulebook | None = None
    known: pd.DataFrame | None = field(default=None, repr=False)
    answers: pd.DataFrame | None = field(default=None, repr=False)
    against: pd.DataFrame | None = field(default=None, repr=False)
    against_all: bool = False
    people_rulebook: Rulebook | None = None
    pair_answers: pd.DataFrame | None = field(default=None, repr=False)
    kept: Callable[[str, Callable[[], pd.DataFrame]], pd.DataFrame] | None = None
    region: str | None = None
    key: Sequence[str] = ("Email",)
    schemas: Schemas = field(default_factory=Schemas, repr=False)
    recipe: Recipe | None = None
    hold: Sequence[str] | str = ()
    lookups: Lookups | None = None
    mode: Mode = "auto"
    limits: Limits | None = None
    tenant: str | None = None
    most_rejected: float | str | None = None
    keep: LedgerOptions = field(default_factory=LedgerOptions)
    compare: CompareOptions | None = None
    origin: Origin = field(default_factory=Origin)
    progress: Progress | None = None
    indexes: Path | None = None
    evidence: frozenset[str] = ALL_VERDICTS
    tenant_companies: Callable[[], pd.DataFrame] | None = None


def held(verdicts: Sequence[str] | str) -> Sequence[str]:
    """Return verdicts whose people are not sent; raise InputError if one is none."""
    given = [verdicts] if isinstance(verdicts, str) else verdicts
    if unknown := [verdict for verdict in given if verdict not in VERDICTS]:
        raise InputError(
            f"unknown verdict to hold back: {unknown[0]}. The verdicts are {', '.join(VERDICTS)}"
        )
    return given


def run_id() -> str:
    """Return a new name for a run: when it began, and a random end."""
    return f"{time.strftime('%Y-%m-%dT%H-%M-%S', time.gmtime())}-{secrets.token_hex(2)}"
