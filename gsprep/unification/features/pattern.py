"""Mailbox pattern: from the name, as the company's people have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gsprep.unification.index import Feature, Values
from gsprep.unification.known import MOSTLY
from gsprep.unification.pairs import Encoded
from gsprep.values.distinct import on_distinct, where_distinct
from gsprep.values.domain import names_employer
from gsprep.values.email import email_key
from gsprep.values.host import email_host
from gsprep.values.mailbox import PATTERNS, mailbox_patterns

if TYPE_CHECKING:
    from gsprep.unification.index import CompanyIndex
    from gsprep.unification.keys import People
    from gsprep.unification.pairs import Counts, Floats

# The habit of few people can be chance.
_DOUBT = 2


@dataclass(frozen=True, slots=True)
class PatternPairs:
    """Facts of a mailbox pattern and a company."""

    alike: Counts  # the number of the company's known people whose mailbox has this pattern
    total: Counts  # the number of those whose mailbox has any pattern


def email_pattern(pairs: PatternPairs) -> Floats:
    """Their e-mail address follows the pattern of the company's people. Few people count less."""
    return np.where(pairs.alike >= MOSTLY * pairs.total, pairs.alike / (pairs.total + _DOUBT), 0)


def other_pattern(pairs: PatternPairs) -> Floats:
    """Their e-mail address follows a different pattern than those of the company's known people."""
    hardly = pairs.alike < (1 - MOSTLY) * pairs.total
    return np.where(hardly, pairs.total / (pairs.total + _DOUBT), 0)


def _key(people: People) -> Encoded:
    codes = np.full(len(people), -1)
    if people.known is None or people.known.patterns is None:
        return Encoded(codes, PATTERNS)
    columns, ignored = people.rulebook.columns, people.rulebook.domains.ignored
    addresses = on_distinct(people.email, email_key)
    hosts = on_distinct(addresses, email_host)
    at = np.flatnonzero(where_distinct(hosts, lambda host: names_employer(host, ignored)))
    first, last = (people.column(name).iloc[at] for name in (columns.first_name, columns.last_name))
    codes[at] = mailbox_patterns(addresses.iloc[at], first, last)
    return Encoded(codes, PATTERNS)


def _look_up(key: Encoded, index: CompanyIndex) -> Values:
    """Patterns propose none: too many companies have the same one."""
    counts = index.known.patterns
    if counts is None:  # then no one has a code, and there are no pairs
        counts = np.zeros((1, len(PATTERNS)), dtype=np.int64)
    total = counts.sum(axis=1)
    return Values(
        key.codes,
        (),
        lambda pairs: PatternPairs(counts[pairs.company, pairs.left], total[pairs.company]),
    )


PATTERN = Feature("pattern", (email_pattern, other_pattern), _key, _look_up, lambda _: None)
