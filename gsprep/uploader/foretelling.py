"""What can be said of a load before it is sent: who is there already, and what quota is left."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Literal, get_args

from gsprep.results import QuotaLeft
from gsprep.schemas.frames import text_frame
from gsprep.uploader.limits import Kind
from gsprep.values.arrow import as_list
from gsprep.values.caseless import caseless

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from gsprep.ledger.quota import Quota
    from gsprep.ledger.uploads import Latest
    from gsprep.uploader.left import Left
    from gsprep.uploader.limits import Limits

# What the service will do with a person, as far as it can be foretold.
Expected = Literal["updates", "creates", "unknown"]


def quota_left(quota: Quota, limits: Limits) -> tuple[QuotaLeft, ...]:
    """Return how many calls and jobs each window still allows."""
    now = limits.now()
    return tuple(
        QuotaLeft(kind, rule.seconds, rule.calls, quota.left(rule, now))
        for kind in get_args(Kind)
        if kind != "delete"
        for rule in limits.rules_of(kind)
    )


def told_apart(
    left: Left, seen: Mapping[int, Latest], known: pd.DataFrame | None
) -> Counter[Expected]:
    """Count those to be sent who are there already, who were deleted, and of whom nobody knows.

    ``seen`` is what the ledger says of persons by their place in the load, ``known`` are people
    who are there, by Email.
    """
    begin, persons = left.uncut.begin, left.uncut.load.records.nested.persons
    emails, gsids = (as_list(persons.texts_of(n, begin, len(persons))) for n in ("Email", "Gsid"))
    there = _addresses(known)
    counts: Counter[Expected] = Counter()
    for place, email, gsid in zip(left.order[begin:].tolist(), emails, gsids, strict=True):
        last = seen.get(place)
        if gsid or (email and caseless(email) in there) or (last is not None and last.gsid):
            counts["updates"] += 1
        elif last is not None and last.deleted:
            counts["creates"] += 1
        else:
            counts["unknown"] += 1
    return counts


def _addresses(known: pd.DataFrame | None) -> frozenset[str]:
    if known is None or "Email" not in known:
        return frozenset()
    return frozenset(map(caseless, text_frame(known, of="known")["Email"].dropna()))
