"""The shipped lists as frames and as an index, read once in each process of the tests."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from gsprep.schemas.fields import COMPANY, PERSON
from gsprep.shipped import shipped
from gsprep.tables.read import read
from gsprep.unification.prepare import prepare, usable_companies

if TYPE_CHECKING:
    import pandas as pd

    from gsprep.unification.index import CompanyIndex


@cache
def sample_people() -> pd.DataFrame:
    return read(shipped("samples", "people.csv"), of=PERSON).frame


@cache
def sample_companies() -> pd.DataFrame:
    """Return those that a person can be matched to."""
    return usable_companies(read(shipped("samples", "companies.csv"), of=COMPANY).frame)[0]


@cache
def sample_index() -> CompanyIndex:
    return prepare(sample_companies())
