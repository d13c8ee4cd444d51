"""Associations of the people whose company is decided."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gsprep.schemas.fields import COMPANY_PERSON
from gsprep.schemas.frames import ROW_ID, require, text_frame

if TYPE_CHECKING:
    import pandas as pd

_KEYS = ("Email", "Person_ID")


def associate(persons: pd.DataFrame, decisions: pd.DataFrame) -> pd.DataFrame:
    """Return one company_person row for each ``match``, in the order of ``persons``.

    IsPrimaryCompany is never invented. A tenant's own fields stay with the person.

    Args:
        persons: the people, with ``row_id`` and the key columns.
        decisions: those of ``unify``.

    Returns:
        The associations: columns row_id (the person's), the key columns, Company_ID, and those of
        ``persons`` that belong to CompanyPerson (Title, Role, Manager, Active, IsPrimaryCompany).

    Raises:
        MissingColumnsError: without ``row_id``, verdict or Company_ID.

    Examples:
        >>> persons = pd.DataFrame({"row_id": ["1"], "Email": ["ana@acme.com"], "Title": ["CFO"]})
        >>> decisions = pd.DataFrame(
        ...     {"row_id": ["1"], "verdict": ["match"], "Company_ID": ["1P02" + "A" * 32]}
        ... )
        >>> gsprep.associate(persons, decisions)[["row_id", "Email", "Title"]]
          row_id         Email Title
        0      1  ana@acme.com   CFO
    """
    require(persons, (ROW_ID,), of="persons")
    require(decisions, (ROW_ID, "verdict", "Company_ID"), of="decisions")
    return associate_text(text_frame(persons), text_frame(decisions))


def associate_text(persons: pd.DataFrame, decisions: pd.DataFrame) -> pd.DataFrame:
    """Return one company_person row for each ``match`` of two text frames; see ``associate``."""
    matches = decisions.loc[decisions["verdict"] == "match", [ROW_ID, "Company_ID"]]
    own = [name for name in persons.columns if _belongs(name)]
    keys = [name for name in _KEYS if name in persons.columns]
    joined = persons[[ROW_ID, *keys, *own]].merge(
        matches, on=ROW_ID, how="inner", validate="one_to_one"
    )
    return joined[[ROW_ID, *keys, "Company_ID", *own]]


def _belongs(name: str) -> bool:
    return (
        not name.endswith("__gc")
        and name not in {ROW_ID, "Company_ID", "CurrencyIsoCode", *_KEYS}
        and COMPANY_PERSON.sends(name)
    )
