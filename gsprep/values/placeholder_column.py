"""A column looked over for placeholders: where a value is worth asking about."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from gsprep.values.arrow import as_mask, matches
from gsprep.values.placeholder import EDGES, MAIL_SUSPECT, placeholder_words

if TYPE_CHECKING:
    import numpy as np

_ACCENTS = "[\u0300-\u036f]"


def placeholder_suspects(values: pa.Array) -> np.ndarray:
    """Return where ``is_placeholder`` may hold: a word of the list, an address, or signs alone."""
    found: np.ndarray = matches(values, _suspect())
    addresses = as_mask(pc.match_substring(values, "@"))
    if addresses.any():
        found[addresses] |= matches(values.filter(pa.array(addresses)), MAIL_SUSPECT)
    foreign = ~as_mask(pc.string_is_ascii(values))
    if foreign.any():
        folded = pc.utf8_normalize(values.filter(pa.array(foreign)), "NFKD")
        bare = pc.replace_substring_regex(folded, _ACCENTS, "")
        plain = pc.utf8_trim(pc.utf8_lower(bare), EDGES)
        found[foreign] |= as_mask(pc.is_in(plain, value_set=_listed()))
        found[foreign] |= ~matches(plain, r"[\pL\pN]")
    return found


@cache
def _suspect() -> str:
    edges = f"[{re.escape(EDGES)}]*"
    words = "|".join(map(re.escape, _listed().to_pylist()))
    return rf"(?i)^{edges}(?:{words})?{edges}$|^[^0-9A-Za-z\x{{80}}-\x{{10ffff}}][^0-9]*$"


@cache
def _listed() -> pa.Array:
    """Return the words as they look once the signs at their ends are taken away."""
    words = {word.strip(EDGES) for word in placeholder_words()}
    return pa.array(sorted(words), pa.large_string())
