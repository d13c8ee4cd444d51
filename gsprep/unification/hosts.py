"""The distinct hosts of people's e-mail addresses, each looked at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gsprep.values.arrow import as_mask, as_texts, with_chosen
from gsprep.values.domain import EMPLOYERS, host_classes
from gsprep.values.host import taken_apart

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gsprep.unification.linked import Links
    from gsprep.unification.rulebook import Domains

_NOTHING = pa.scalar(None, pa.large_string())


@dataclass(frozen=True, slots=True)
class Hosts:
    """Hosts, one line each.

    texts:      the hosts.
    registered: the registered domain of each; the host where it is a suffix itself.
    labels:     the label of that domain without hyphens, null where there is none.
    employ:     whether an address there says who employs somebody.
    provide:    whether customers have mail there as well as staff.
    """

    texts: pa.Array
    registered: pa.Array
    labels: pa.Array
    employ: np.ndarray
    provide: np.ndarray

    @classmethod
    def of(cls, hosts: Sequence[str] | pa.Array, domains: Domains) -> Hosts:
        """Take hosts apart; ``domains`` are those a rulebook says something about."""
        texts = as_texts(hosts)
        registered, label = taken_apart(texts)
        whole = pc.coalesce(registered, texts)
        classes = host_classes(texts, whole, frozenset((*domains.own, *domains.excluded)))
        return cls(
            texts,
            whole,
            pc.replace_substring(label, "-", ""),
            np.isin(classes, list(EMPLOYERS)),
            classes == "provider",
        )

    def at(self, domains: frozenset[str]) -> np.ndarray:
        """Return which hosts, or their registered domains, are among some domains."""
        some = pa.array(sorted(domains), pa.large_string())
        found: np.ndarray = as_mask(pc.is_in(self.texts, value_set=some)) | as_mask(
            pc.is_in(self.registered, value_set=some)
        )
        return found

    def longest(self, links: Links) -> np.ndarray:
        """Return the position of each host, or of the longest linked one above it; -1 for none."""
        found = links.positions(self.texts)
        open_, above = np.arange(len(found)), self.texts
        while len(open_):
            below = as_mask(pc.not_equal(above, self.registered.take(pa.array(open_))))
            below &= (found[open_] < 0) & as_mask(pc.match_substring(above, "."))
            open_ = open_[below]
            above = pc.replace_substring_regex(above.filter(pa.array(below)), r"^[^.]*\.", "")
            found[open_] = links.positions(above)
        return found


def where(texts: pa.Array, mask: np.ndarray) -> pa.Array:
    """Return the texts of the mask, null elsewhere."""
    return with_chosen(texts, ~mask, _NOTHING)
