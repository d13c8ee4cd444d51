"""What the cells of a column say about the field it is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gsprep.schemas.data_types import data_type
from gsprep.values.host import host_of
from gsprep.values.ids import is_sfdc_id, normal_gsid
from gsprep.values.phone import is_certain_phone, may_be_phone

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pandas as pd

    from gsprep.schemas.fields import Field, ObjectFields

    Test = Callable[[str], bool]

# So many different values tell what a column holds; more would only take longer.
_SAMPLE = 400
# Fewer can be anything.
FEWEST = 3

_PROFILE = re.compile(r"linkedin\.com/", re.IGNORECASE)
_DOMAIN = re.compile(r"[^\s@]+\.[^\s@]+")

# The four characters an id begins with, by what it is the id of: keyPrefix of object describes.
_TYPE_CODES = {"Company": "1P02", "Person": "1P04", "Relationship": "1P05"}
_POINTS_TO = {
    "Company_ID": "1P02", "ParentCompany": "1P02", "Person_ID": "1P04", "Relationship_ID": "1P05",
    "Relationship_Type_ID": "1P06",
}  # fmt: skip


def sample(column: pd.Series[str]) -> list[str]:
    """Return different values of a column of text, taken evenly from all of it."""
    values = column.dropna().drop_duplicates()
    step = max(1, -(-len(values) // _SAMPLE))
    return [str(value) for value in values.iloc[::step]]


def share(values: Sequence[str], field: Field) -> float | None:
    """Return the share of the values that could stand in the field.

    None when nothing can be said: the field takes any text, or there are too few values.
    """
    test = _BY_NAME.get(field.name) or data_type(field).looks_like
    if test is None or len(values) < FEWEST:
        return None
    return sum(map(test, values)) / len(values)


def telling_share(values: Sequence[str], field: Field, of: ObjectFields) -> float:
    """Return the share of the values that could stand in this field of the object only.

    0 where cells alone do not tell: yes and no can answer any question, de is a country and a
    language, and of several fields for addresses only the first is the person's.
    """
    test = _telling(field, of)
    first = next(f for f in of.fields if f.type == field.type)
    alone = field.type == "GSID" or field.name in _BY_NAME or first.name == field.name
    if test is None or not alone or len(values) < FEWEST:
        return 0.0
    return sum(map(test, values)) / len(values)


def _telling(field: Field, of: ObjectFields) -> Test | None:
    if field.type == "GSID":
        code = _POINTS_TO.get(field.name) or _TYPE_CODES.get(
            of.name if field.name == "Gsid" else ""
        )
        return (lambda text: (normal_gsid(text) or "").startswith(code)) if code else None
    return _TELLING.get(field.name) or data_type(field).identifies


def _is_domain(text: str) -> bool:
    first = text.partition(";")[0].strip()
    return _DOMAIN.fullmatch(first) is not None and host_of(first) is not None


def _is_profile(text: str) -> bool:
    return _PROFILE.search(text) is not None


def _is_account_id(text: str) -> bool:
    """Return whether a text is a Salesforce id of an account: those begin with 001."""
    return is_sfdc_id(text.strip()) and text.strip().startswith("001")


_BY_NAME: Mapping[str, Test] = {
    "Phone": may_be_phone, "Domain": _is_domain, "SfdcAccountId": _is_account_id,
}  # fmt: skip
_TELLING: Mapping[str, Test] = {
    "Domain": _is_domain, "LinkedinUrl": _is_profile, "Phone": is_certain_phone,
    "SfdcAccountId": _is_account_id,
}  # fmt: skip
