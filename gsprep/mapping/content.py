"""What the cells of a column say about the field it is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gsprep.values.boolean import normal_boolean
from gsprep.values.country import country_code
from gsprep.values.email import normal_email, repair_email
from gsprep.values.host import host_of
from gsprep.values.ids import normal_gsid
from gsprep.values.phone import parse_phone
from gsprep.values.text import tidy
from gsprep.values.url import repair_url

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pandas as pd

    from gsprep.schemas.fields import Field, ObjectFields

    Test = Callable[[str], bool]

# So many different values tell what a column holds; more would only take longer.
_SAMPLE = 400
# Fewer can be anything.
FEWEST = 3

_NATIONAL = re.compile(r"[\d\s()./-]{7,20}", re.ASCII)
_DIGITS_OF_A_NUMBER = range(7, 16)
# Numbers that nothing but a phone looks like: brackets around the area, 415-555-0102, a trunk zero.
_PLAINLY = re.compile(
    r"[\d\s./-]*\(\d{2,5}\)[\d\s./-]+|\d{3}([-. ])\d{3}\1\d{4}|0\d{1,5}[\s/-][\d\s/-]+", re.ASCII
)
_DATE = re.compile(r"\d{1,4}([-./])\d{1,2}\1\d{1,4}", re.ASCII)
_PROFILE = re.compile(r"linkedin\.com/", re.IGNORECASE)
_DOMAIN = re.compile(r"[^\s@]+\.[^\s@]+")
_WORD = 3

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
    test = _BY_NAME.get(field.name) or _BY_TYPE.get(field.type)
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
    return _TELLING.get(field.name) or _TELLING.get(field.type)


def _is_address(text: str) -> bool:
    return normal_email(repair_email(text) or "") is not None


def _is_phone(text: str) -> bool:
    return parse_phone(tidy(text) or "") is not None or _is_national(text)


def _is_national(text: str) -> bool:
    seen = tidy(text) or ""
    digits = sum(map(str.isdigit, seen))
    shaped = _NATIONAL.fullmatch(seen) is not None and _DATE.fullmatch(seen) is None
    return shaped and digits in _DIGITS_OF_A_NUMBER


def _is_plainly_phone(text: str) -> bool:
    seen = tidy(text) or ""
    if "+" in seen[:2]:
        return parse_phone(seen) is not None
    return _is_national(seen) and _PLAINLY.fullmatch(seen) is not None


def _is_country(text: str) -> bool:
    return country_code(text) is not None


def _is_country_name(text: str) -> bool:
    return len(text.strip()) >= _WORD and _is_country(text)


def _is_boolean(text: str) -> bool:
    return normal_boolean(text) is not None


def _is_gsid(text: str) -> bool:
    return normal_gsid(text) is not None


def _is_web(text: str) -> bool:
    return repair_url(text) is not None


def _is_domain(text: str) -> bool:
    first = text.partition(";")[0].strip()
    return _DOMAIN.fullmatch(first) is not None and host_of(first) is not None


def _is_profile(text: str) -> bool:
    return _PROFILE.search(text) is not None


_BY_NAME: Mapping[str, Test] = {"Phone": _is_phone, "Domain": _is_domain}
_BY_TYPE: Mapping[str, Test] = {
    "BOOLEAN": _is_boolean, "COUNTRY": _is_country, "EMAIL": _is_address, "GSID": _is_gsid,
    "PHONE": _is_phone, "URL": _is_web,
}  # fmt: skip
_TELLING: Mapping[str, Test] = {
    "COUNTRY": _is_country_name, "Domain": _is_domain, "EMAIL": _is_address,
    "LinkedinUrl": _is_profile, "PHONE": _is_plainly_phone, "Phone": _is_plainly_phone,
}  # fmt: skip
