"""A column of e-mail addresses looked over for typing slips, as ``slip_suggestion`` does."""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from rapidfuzz import process
from rapidfuzz.distance import OSA

from gsprep.values.arrow import as_mask, matches
from gsprep.values.email_column import normal_emails
from gsprep.values.mail_slip import COMMON, ENDINGS
from gsprep.values.settled import Settled


def _near(domain: str) -> str:
    """Return a pattern that holds for all that is one letter off.

    Then one half is whole, or the two letters at the joint are turned.
    """
    joint = len(domain) // 2 - 1
    left, right = domain[:joint], domain[joint:]
    turned = f"{left[:-1]}{right[0]}{left[-1]}{right[1:]}"
    return "|".join((f"@{re.escape(left)}", f"{re.escape(right)}$", f"@{re.escape(turned)}$"))


_BAD_ENDING = rf"\.(?:{'|'.join(ENDINGS)})$"
_SUSPECT = f"(?i){_BAD_ENDING}|{'|'.join(map(_near, COMMON))}"


def suggested_emails(values: pa.Array) -> Settled:
    """Return null for each address; sure where ``slip_suggestion`` has nothing to say."""
    sure = as_mask(pc.string_is_ascii(values))
    suspect = sure & matches(values, _SUSPECT)
    if suspect.any():
        sure[suspect] = _are_right(values.filter(pa.array(suspect)))
    return Settled(pa.nulls(len(values), values.type), sure)


def _are_right(values: pa.Array) -> np.ndarray:
    normal = normal_emails(values)
    domains = pc.replace_substring_regex(normal.results, "^.*@", "").dictionary_encode()
    odd = np.append(_is_odd(domains.dictionary), False)
    places = pc.fill_null(domains.indices, len(odd) - 1).to_numpy()
    right: np.ndarray = normal.sure & ~odd[places]
    return right


def _is_odd(domains: pa.Array) -> np.ndarray:
    """Return where a domain ends in no top-level domain, or is one letter off a common one."""
    odd = matches(domains, _BAD_ENDING)
    lengths = pc.utf8_length(domains).to_numpy()
    near = np.flatnonzero(
        (lengths >= min(map(len, COMMON)) - 1) & (lengths <= max(map(len, COMMON)) + 1)
    )
    names = domains.take(pa.array(near)).to_pylist()
    if names:
        apart = process.cdist(names, COMMON, scorer=OSA.distance, score_cutoff=1, dtype=np.uint8)
        odd[near] |= (apart == 1).any(axis=1)
    return odd
