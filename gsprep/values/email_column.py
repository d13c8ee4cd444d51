"""A column of e-mail addresses judged at once, with the results of ``normal_email``."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from email_validator.rfc_constants import CASE_INSENSITIVE_MAILBOX_NAMES

from gsprep.values.arrow import as_mask, is_tidy, joined, lengths_of, matches, with_chosen
from gsprep.values.settled import Settled

_LABEL = "[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*"
_ATOM = r"[A-Za-z0-9_!#$%&'*+\-/=?^`{|}~]+"
# The whole rule of email-validator for ASCII text without "--", but for lengths and the names
# that are for special use; a label of more than 63 characters needs a text of more than 64.
_ADDRESS = rf"^{_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+(?:[A-Za-z0-9]+-)*[A-Za-z0-9]*[A-Za-z]$"
_SPECIAL_USE = r"(?i)\.(?:arpa|invalid|local|localhost|onion|test)$"
_LONGEST = 64
_OWN_FORM = f"^(?i:{'|'.join(CASE_INSENSITIVE_MAILBOX_NAMES)})@|@.*[A-Z]"
_ROLES = pa.array(CASE_INSENSITIVE_MAILBOX_NAMES, pa.large_string())
_WRAPPED = r"""(?i)[<>]|^mailto:|^[;,'"(\[{]|[;,.'")\]}]$"""


def normal_emails(values: pa.Array) -> Settled:
    """Return each address as ``normal_email`` gives it, null when it refuses it.

    Only text that is not ASCII, is long or has two hyphens in a row is left unsure.
    """
    sure = as_mask(pc.string_is_ascii(values)) & (lengths_of(values) <= _LONGEST)
    good = sure & matches(values, _ADDRESS) & ~matches(values, _SPECIAL_USE)
    bad = sure & ~good
    if bad.any():
        sure[bad] = ~matches(values.filter(pa.array(bad)), "--")
    kept = pc.if_else(pa.array(good), values, pa.scalar(None, values.type))
    return Settled(_written(kept), sure)


def _written(addresses: pa.Array) -> pa.Array:
    """Write the domain, and a mailbox that RFC 2142 names, in lower case."""
    other = matches(addresses, _OWN_FORM)
    if not other.any():
        return addresses
    parts = pc.split_pattern(addresses.filter(pa.array(other)), "@", max_splits=1)
    mailbox, domain = pc.list_element(parts, 0), pc.list_element(parts, 1)
    lower = pc.ascii_lower(mailbox)
    role = np.asarray(pc.is_in(lower, value_set=_ROLES), dtype=bool)
    written = joined(with_chosen(mailbox, role, lower), "@", pc.ascii_lower(domain))
    return pc.replace_with_mask(addresses, pa.array(other), written)


def keyed_emails(values: pa.Array) -> Settled:
    """Return each address as ``email_key`` gives it; what is no address as it stands is unsure."""
    normal = normal_emails(values)
    valid = normal.sure & as_mask(pc.is_valid(normal.results))
    return Settled(pc.ascii_lower(normal.results), valid)


def mended_emails(values: pa.Array) -> Settled:
    """Return each address as ``mend_email`` gives it; what is wrapped or not tidy is unsure."""
    normal = normal_emails(values)
    sure = normal.sure.copy()
    other = sure & as_mask(pc.is_null(normal.results))
    if other.any():
        left = values.filter(pa.array(other))
        sure[other] = is_tidy(left) & ~matches(left, _WRAPPED)
    return Settled(pc.coalesce(normal.results, values), sure)
