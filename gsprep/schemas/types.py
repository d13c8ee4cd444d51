"""What each Gainsight data type takes: the code of its failure, the test, and a sure repair."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from gsprep.values.boolean import is_boolean, normal_boolean
from gsprep.values.country import country_code
from gsprep.values.date import (
    date_order,
    is_epoch,
    is_moment,
    iso_date,
    iso_moment,
    moment_of_number,
)
from gsprep.values.distinct import distinct_values
from gsprep.values.email import is_email, repair_email
from gsprep.values.ids import (
    has_good_checksum,
    is_gsid,
    is_sfdc_id,
    normal_gsid,
    normal_sfdc_id,
    with_case_restored,
)
from gsprep.values.number import (
    has_decimals,
    has_good_commas,
    is_currency,
    is_in_range,
    is_number,
    plain_currency,
    plain_number,
    plain_percentage,
)
from gsprep.values.phone import is_phone
from gsprep.values.picklist import are_labels, is_label, meant_label, meant_labels
from gsprep.values.text import tidy
from gsprep.values.url import is_url, repair_url

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd

    from gsprep.schemas.fields import Field, FieldType
    from gsprep.values.date import Order

_DATES = frozenset({"DATE", "DATETIME"})
_MIDNIGHT = "T00:00:00"


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


def _is_date(text: str) -> bool:
    return is_epoch(text) or iso_date(text) == text


def _mended_date(text: str, order: Order | None = None) -> str | None:
    seen = tidy(text) or ""
    moment = seen if is_epoch(seen) else iso_moment(seen, order)
    # A day with a time is no date, but midnight is how a spreadsheet writes a day.
    bare = moment.removesuffix(_MIDNIGHT) if moment else ""
    return bare if _is_date(bare) else None


def _is_moment(text: str) -> bool:
    return is_epoch(text) or is_moment(text)


def _mended_moment(text: str, order: Order | None = None) -> str | None:
    seen = tidy(text) or ""
    moment = seen if is_epoch(seen) else iso_moment(seen, order)
    return moment if moment and _is_moment(moment) else None


def _nothing(_: str) -> None:
    return None


_GSID = TypeRule("GSOBJ_VDTGSID1001", is_gsid, normal_gsid)
TYPE_RULES: Mapping[FieldType, TypeRule] = {
    "BOOLEAN": TypeRule("GSOBJ_VDTBOOL1001", is_boolean, normal_boolean),
    "COUNTRY": TypeRule(
        "GSPREP_COUNTRY", lambda text: country_code(text) is not None, country_code
    ),
    "CURRENCY": TypeRule("GSOBJ_VDTCURREN1001", is_currency, plain_currency),
    "DATE": TypeRule("GSOBJ_VDTDATIME1001", _is_date, _mended_date),
    "DATETIME": TypeRule("GSOBJ_VDTDATIME1001", _is_moment, _mended_moment),
    "EMAIL": TypeRule("GSOBJ_VDTEMAIL1001", is_email, repair_email),
    "GSID": _GSID,
    "LOOKUP": _GSID,
    "NUMBER": TypeRule("GSOBJ_VDTNUM1001", is_number, plain_number),
    "PERCENTAGE": TypeRule("GSOBJ_VDTPERCENT1001", is_number, plain_percentage),
    "PHONE": TypeRule("GSPREP_PHONE", is_phone, _nothing),
    "SFDCID": TypeRule("GSOBJ_VDTSFDCID1001", is_sfdc_id, normal_sfdc_id),
    "URL": TypeRule("GSOBJ_VDTURL1001", is_url, repair_url),
}
# Values that are of the type and wrong all the same.
_IN_RANGE = TypeRule("GSOBJ_VDTNUM1002", is_in_range, _nothing)
_FURTHER: Mapping[FieldType, tuple[TypeRule, ...]] = {
    "CURRENCY": (TypeRule("GSOBJ_VDTCURREN1002", has_good_commas, plain_currency),),
    "NUMBER": (_IN_RANGE,),
    "SFDCID": (TypeRule("GSPREP_SFDCSUM", has_good_checksum, with_case_restored),),
}


def rules_for(field: Field) -> tuple[TypeRule, ...]:
    """Return every rule that a value of the field has to hold to, the type's own first."""
    if field.type == "PICKLIST" and field.options is not None:
        return (_listed(field.options, is_label, meant_label),)
    if field.type == "MULTISELECTDROPDOWNLIST" and field.options is not None:
        return (_listed(field.options, are_labels, meant_labels),)
    first = TYPE_RULES.get(field.type)
    if first is None:
        return ()
    return (first, *_FURTHER.get(field.type, ()), *_of_decimals(field))


def _listed(
    labels: tuple[str, ...],
    holds: Callable[[str, tuple[str, ...]], bool],
    mend: Callable[[str, tuple[str, ...]], str | None],
) -> TypeRule:
    # A list that is described without entries is one whose category is gone.
    code = "GSOBJ_VDTPKLST1002" if labels else "GSOBJ_VDTPKLST1001"
    return TypeRule(code, lambda text: holds(text, labels), lambda text: mend(text, labels))


def _of_decimals(field: Field) -> tuple[TypeRule, ...]:
    if field.decimals is None or field.type not in {"CURRENCY", "NUMBER", "PERCENTAGE"}:
        return ()
    most = field.decimals
    return (
        TypeRule(
            "GSPREP_DECIMALS",
            lambda text: not is_number(text) or not has_decimals(text, most),
            _nothing,
        ),
    )


def mender_for(field: Field, column: pd.Series[str]) -> Callable[[str], str | None]:
    """Return how values of a column are mended, when the whole column tells what one does not.

    In dates, the column says whether day or month stands first, and day numbers of a
    spreadsheet are read. ``column`` is text. The result gives None where nothing is sure.
    """
    if field.type in _DATES:
        order = date_order(distinct_values(column)[1])
        return partial(_mended_in_column, kind=field.type, order=order)
    rules = rules_for(field)
    return rules[0].mend if rules else _nothing


def _mended_in_column(text: str, kind: FieldType, order: Order | None) -> str | None:
    mend = _mended_date if kind == "DATE" else _mended_moment
    found = mend(text, order)
    return found or mend(moment_of_number((tidy(text) or "").strip("'")) or "")
