"""What each Gainsight data type takes: the code of its failure, the test, and a sure repair."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gsprep.values.boolean import is_boolean, normal_boolean
from gsprep.values.country import country_code
from gsprep.values.date import is_moment, iso_date, iso_moment
from gsprep.values.email import is_email, mend_email
from gsprep.values.gsid import is_gsid, normal_gsid
from gsprep.values.phone import parse_phone
from gsprep.values.text import tidy
from gsprep.values.url import is_url, mend_url

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gsprep.schemas.fields import FieldType

# Commas and dots between thousands are decimals elsewhere; blanks say one thing only.
_IN_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?: \d{3})+(?:\.\d+)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class TypeRule:
    """How one data type is judged.

    Attributes:
        code: the finding of a value that fails.
        holds: whether the service takes the value as it stands.
        mend: the value in the form the service takes, or None when that is not sure.
    """

    code: str
    holds: Callable[[str], bool]
    mend: Callable[[str], str | None]


def _is_number(text: str) -> bool:
    try:
        number = float(text)
    except ValueError:
        return False
    return text.isascii() and "_" not in text and abs(number) != float("inf") and number == number  # noqa: PLR0124  NaN


def _plain_number(text: str) -> str | None:
    seen = tidy(text) or ""
    bare = seen.replace(" ", "") if _IN_THOUSANDS.fullmatch(seen) else seen
    return bare if _is_number(bare) else None


TYPE_RULES: Mapping[FieldType, TypeRule] = {
    "BOOLEAN": TypeRule("GSOBJ_VDTBOOL1001", is_boolean, normal_boolean),
    "COUNTRY": TypeRule(
        "GSPREP_COUNTRY", lambda text: country_code(text) is not None, country_code
    ),
    "DATE": TypeRule("GSOBJ_VDTDATIME1001", lambda text: iso_date(text) == text, iso_date),
    "DATETIME": TypeRule("GSOBJ_VDTDATIME1001", is_moment, iso_moment),
    "EMAIL": TypeRule("GSOBJ_VDTEMAIL1001", is_email, mend_email),
    "GSID": TypeRule("GSOBJ_VDTGSID1001", is_gsid, normal_gsid),
    "NUMBER": TypeRule("GSOBJ_VDTNUM1001", _is_number, _plain_number),
    "PHONE": TypeRule("GSPREP_PHONE", lambda text: parse_phone(text) is not None, lambda _: None),
    "URL": TypeRule("GSOBJ_VDTURL1001", is_url, mend_url),
}
