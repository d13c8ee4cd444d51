"""The employer that a person states, as it is compared."""

from __future__ import annotations

from gsprep.values.company_name import names_nobody, split_company_name

# Between the core and the legal form of a name, in one text.
SEPARATOR = "\x1f"


def name_key(text: str) -> str | None:
    r"""Return a stated employer as it is compared, ``core␟legal form``; None when it names none.

    >>> name_key("ACME, Inc."), name_key("freelance")
    ('acme\x1finc', None)
    """
    name = split_company_name(text)
    if name is None or names_nobody(name.core):
        return None
    return f"{name.core}{SEPARATOR}{name.legal_form}"
