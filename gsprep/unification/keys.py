"""What is known of the people that a company could be found by: distinct values and codes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from gsprep.unification.linked import Coded, coded
from gsprep.values.company_name import names_nobody, split_company_name
from gsprep.values.country import country_code
from gsprep.values.distinct import on_distinct, on_distinct_pairs
from gsprep.values.domain import email_host
from gsprep.values.phone import phone_key

if TYPE_CHECKING:
    from gsprep.unification.rulebook import Rulebook

# Between the core and the legal form of a name, in one text.
SEPARATOR = "\x1f"


@dataclass(frozen=True, slots=True)
class PersonKeys:
    """Four columns of people as codes of their distinct values.

    host:    the host of the e-mail address.      phone:   the number in E.164.
    name:    the stated employer, ``core␟legal form``; missing where it says there is none.
    country: the alpha-2 code.
    """

    host: Coded
    phone: Coded
    name: Coded
    country: Coded


def person_keys(persons: pd.DataFrame, rulebook: Rulebook) -> PersonKeys:
    """Return the keys of a text frame of persons, the same for raw and for cleaned columns."""
    columns = rulebook.columns
    country = on_distinct(_column(persons, columns.country), country_code)
    region = country if rulebook.region is None else country.fillna(rulebook.region)
    return PersonKeys(
        host=coded(on_distinct(_column(persons, columns.email), email_host)),
        phone=coded(on_distinct_pairs(_column(persons, columns.phone), region, phone_key)),
        name=coded(on_distinct(_column(persons, columns.company_name), _name)),
        country=coded(country),
    )


def _name(text: str) -> str | None:
    name = split_company_name(text)
    if name is None or names_nobody(name.core):
        return None
    return f"{name.core}{SEPARATOR}{name.legal_form}"


def _column(frame: pd.DataFrame, name: str) -> pd.Series[str]:
    if name in frame.columns:
        return frame[name]
    return pd.Series(pd.NA, index=frame.index, dtype="str")
