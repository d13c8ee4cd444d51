"""Comparing e-mail addresses without case."""

# Without pandas and pyarrow: the ledger is opened where they may be broken. The column form is
# in email.py.
from __future__ import annotations


def caseless(address: str) -> str:
    """Return an address as it is compared: without case, and without blanks around it.

    The one way in which addresses are compared, whether or not they are valid.

    >>> caseless(" Ana@ACME.com")
    'ana@acme.com'
    """
    # Lower case, not case folding: folding would make one person of straße@ and strasse@.
    return address.strip().lower()
