"""Findings on addresses that are good and belong to nobody in particular."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from gsprep.shipped import shipped_lines
from gsprep.validation.findings import findings_on
from gsprep.values.arrow import as_arrow, matches
from gsprep.values.distinct import where_distinct
from gsprep.values.mailbox import is_role_mailbox
from gsprep.values.placeholder import is_placeholder_email

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy as np
    import pandas as pd

    from gsprep.schemas.fields import ObjectFields


def mailbox_findings(text: pd.DataFrame, of: ObjectFields) -> Iterator[pd.DataFrame]:
    """Yield addresses that stand for none (``none@none.com``) and those of a task (``info@``)."""
    if of.name != "Person" or "Email" not in text.columns:
        return
    emails = text["Email"]
    values = as_arrow(emails)
    empty = _where(emails, matches(values, _placeholder_domains()), is_placeholder_email)
    if empty.any():
        yield findings_on(text[empty], of, "Email", "GSPREP_PLACEHOLDER")
    roles = _where(emails, matches(values, _roles()), is_role_mailbox) & ~empty
    if roles.any():
        yield findings_on(text[roles], of, "Email", "GSPREP_ROLEMAILBOX")


def _where(emails: pd.Series[str], near: np.ndarray, holds: Callable[[str], bool]) -> np.ndarray:
    """Ask only of the few values that may hold."""
    found = near.copy()
    found[near] = where_distinct(emails[near], holds).to_numpy()
    return found


@cache
def _roles() -> str:
    """Return a pattern (RE2) for addresses that may be a task's: signs and digits may stand in."""
    names = shipped_lines("rules", "lists", "role_mailboxes.txt")
    spelt = "|".join("[._-]*".join(map(re.escape, name)) for name in names)
    return rf"(?i)^[\s._-]*(?:{spelt})[\s._\-0-9]*[+@]"


@cache
def _placeholder_domains() -> str:
    lines = shipped_lines("rules", "lists", "placeholder_mail.txt")
    return rf"(?i)@(?:{'|'.join(re.escape(line.split(chr(9))[0]) for line in lines)})\s*$"
