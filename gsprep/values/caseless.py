"""Comparing e-mail addresses without case."""

# No pandas and no pyarrow here: the ledger must open even if they are broken. The column form is
# in email.py.
from __future__ import annotations


def caseless(address: str) -> str:
    """Return an address as it is compared: without case, and without blanks around it.

    All addresses are compared in this form, valid or not.

    >>> caseless(" Ana@ACME.com")
    'ana@acme.com'
    """
    # Lower case, not case folding: folding would make one person of straße@ and strasse@.
    return address.strip().lower()
