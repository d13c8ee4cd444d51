"""How a run is done."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gsprep.schemas.objects import Schemas
from gsprep.uploader.journal import LedgerOptions

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from gsprep.calls.limits import Limits
    from gsprep.cleaning.recipe import Recipe
    from gsprep.progress_bars import Progress
    from gsprep.schemas.lookups import Lookups
    from gsprep.unification.rulebook import Rulebook
    from gsprep.uploader.planning import Mode


@dataclass(frozen=True, kw_only=True, slots=True)
class RunOptions:
    """How a run is done.

    rulebook: how companies are matched; None is the shipped default.
    known:    people already linked to companies (see ``prepare``): evidence beside the rest.
    answers:  what reviewers said (see ``prepare``), or an answered review: it wins over all.
    region:   where telephone numbers without country code are dialled from; None asks the rulebook.
    key:      the columns by which the tenant tells persons apart.
    schemas:  what people and associations hold; those of a tenant: ``schemas_from_describe``.
    recipe:   how the people are cleaned, with its own region and key; None applies every rule.
    hold:     verdicts whose persons are not sent.
    lookups:  what finds the ids that given associations lack, beside their names.
    mode:     ``sync``, ``async`` or ``auto``, as ``upload`` takes it.
    limits:   those that a run without a client reckons with; a client has its own.
    tenant:   whose quota and people in the ledger such a run reckons with; None is nobody's.
    most_rejected: the share of rejected rows (0 to 1) above which nothing is sent.
    keep:     where it is kept what was sent, and what of that is sent again.
    progress: told the stage, and how many of how many are done.
    """

    rulebook: Rulebook | None = None
    known: pd.DataFrame | None = None
    answers: pd.DataFrame | None = None
    region: str | None = None
    key: Sequence[str] = ("Email",)
    schemas: Schemas = field(default_factory=Schemas)
    recipe: Recipe | None = None
    hold: Sequence[str] = ()
    lookups: Lookups | None = None
    mode: Mode = "auto"
    limits: Limits | None = None
    tenant: str | None = None
    most_rejected: float | None = None
    keep: LedgerOptions = field(default_factory=LedgerOptions)
    progress: Progress | None = None
