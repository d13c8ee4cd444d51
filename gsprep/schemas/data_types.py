"""Data types of fields: checks, repair, cleaning rule, detection."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from gsprep.schemas.fields import EXPLANATIONS, Explanation
from gsprep.values.country import country_code, is_country, is_country_name
from gsprep.values.date import (
    column_repair,
    date_orders,
    has_likely_year,
    is_service_date,
    is_service_moment,
    repair_date,
    repair_moment,
)
from gsprep.values.distinct import distinct_values
from gsprep.values.domain import meant_email
from gsprep.values.email import is_email, repair_email
from gsprep.values.host import is_url, repair_url
from gsprep.values.ids import (
    has_good_checksum,
    is_id,
    is_sfdc_id,
    normal_id,
    normal_sfdc_id,
    with_case_restored,
)
from gsprep.values.number import (
    amount_forms,
    has_decimals,
    has_good_commas,
    is_currency,
    is_in_range,
    is_number,
    number_column_repair,
    percentage_forms,
    plain_currency,
    plain_number,
    plain_percentage,
)
from gsprep.values.phone import is_certain_phone, is_phone, may_be_phone
from gsprep.values.picklist import (
    are_labels,
    is_boolean,
    is_label,
    meant_label,
    meant_labels,
    normal_boolean,
)

if TYPE_CHECKING:
    import pandas as pd

    from gsprep.schemas.fields import Field

    Test = Callable[[str], bool]
    Repair = Callable[[str], str | None]


def no_repair(_: str) -> None:
    """Return None: a value that fails the check cannot be repaired."""


@dataclass(frozen=True, slots=True)
class Check:
    """One check of a value.

    code:        the finding of a value that fails.
    holds:       whether the service takes the value as it is.
    repair:      the value in the form the service takes; None if that is not certain.
    explanation: the sentences of a code that is not in the catalogue (codes.py).
    suggestion:  the value that is probably meant, for a person to accept; None is the repair.
    """

    code: str
    holds: Test
    repair: Repair = no_repair
    explanation: Explanation | None = None
    suggestion: Repair | None = None


@dataclass(frozen=True, slots=True)
class ColumnForm:
    """The form that values of one column have in common, if they prove one.

    proofs: returns what values prove: which part of a date is first, or the decimal sign.
    repair: returns the repair of values in a column with these proofs.
    """

    proofs: Callable[[Iterable[str]], frozenset[str]]
    repair: Callable[[frozenset[str]], Repair]


@dataclass(frozen=True, kw_only=True, slots=True)
class DataType:
    """One data type of fields; an entry in ``DATA_TYPES`` is all that a new type needs.

    name:         the type of a Field.
    also_described_as: what else a tenant's describe calls it.
    is_described: whether a describe can name it; False for types of our own.
    checks:       the checks of each value, the type's own first.
    label_check:  the one check of a field whose labels are known, in place of ``checks``.
    column_form:  what the values of a column prove together, if that is needed to repair them.
    rule:         the cleaning rule that repairs values; "" if none does.
    looks_like:   whether a cell, as people write it, may be of the type; None: any text may be.
    identifies:   whether a cell can hardly be of another type; None: no cell proves the type.
    is_distinctive: whether half of a column's cells are enough to recognise the type.
    is_text:      whether people read it as words, so that letters may have been misread.
    is_multiline: whether line breaks are kept.
    is_record_id: whether it is an id of Gainsight's.
    has_length, has_decimals: whether a description limits them.
    """

    name: str
    also_described_as: tuple[str, ...] = ()
    is_described: bool = True
    checks: tuple[Check, ...] = ()
    label_check: Callable[[tuple[str, ...]], Check] | None = None
    column_form: ColumnForm | None = None
    rule: str = ""
    looks_like: Test | None = None
    identifies: Test | None = None
    is_distinctive: bool = False
    is_text: bool = False
    is_multiline: bool = False
    is_record_id: bool = False
    has_length: bool = False
    has_decimals: bool = False


def _repairable(check: Check) -> Test:
    """Return a test for cells that the check's repair turns into a good value."""
    return lambda text: (found := check.repair(text)) is not None and check.holds(found)


def _labels(
    holds: Callable[[str, tuple[str, ...]], bool],
    repair: Callable[[str, tuple[str, ...]], str | None],
) -> Callable[[tuple[str, ...]], Check]:
    def check_of(labels: tuple[str, ...]) -> Check:
        # A list that is described without entries is one whose category is gone.
        code = "GSOBJ_VDTPKLST1002" if labels else "GSOBJ_VDTPKLST1001"
        return Check(code, lambda text: holds(text, labels), lambda text: repair(text, labels))

    return check_of


_BOOLEAN = Check("GSOBJ_VDTBOOL1001", is_boolean, normal_boolean)
_YEAR = Check("GSPREP_YEAR", has_likely_year)
_EMAIL = Check("GSOBJ_VDTEMAIL1001", is_email, repair_email, suggestion=meant_email)
_GSID = Check("GSOBJ_VDTGSID1001", is_id, normal_id)
_URL = Check("GSOBJ_VDTURL1001", is_url, repair_url)

_ALL = (
    DataType(name="BOOLEAN", checks=(_BOOLEAN,), rule="boolean", looks_like=_repairable(_BOOLEAN)),
    DataType(  # ours
        name="COUNTRY",
        is_described=False,
        checks=(Check("GSPREP_COUNTRY", is_country, country_code),),
        rule="country",
        # A column of single letters is of grades or sexes.
        looks_like=lambda text: len(text.strip()) > 1 and is_country(text),
        identifies=is_country_name,
        is_text=True,
    ),
    DataType(
        name="CURRENCY",
        checks=(
            Check("GSOBJ_VDTCURREN1001", is_currency, plain_currency),
            Check("GSOBJ_VDTCURREN1002", has_good_commas, plain_currency),
        ),
        column_form=ColumnForm(amount_forms, partial(number_column_repair, repair=plain_currency)),
        rule="currency",
        has_decimals=True,
    ),
    DataType(
        name="DATE",
        checks=(Check("GSOBJ_VDTDATIME1001", is_service_date, repair_date), _YEAR),
        column_form=ColumnForm(date_orders, partial(column_repair, repair=repair_date)),
        rule="date",
    ),
    DataType(
        name="DATETIME",
        checks=(Check("GSOBJ_VDTDATIME1001", is_service_moment, repair_moment), _YEAR),
        column_form=ColumnForm(date_orders, partial(column_repair, repair=repair_moment)),
        rule="date",
    ),
    DataType(
        name="EMAIL",
        checks=(_EMAIL,),
        rule="email",
        looks_like=_repairable(_EMAIL),
        identifies=_repairable(_EMAIL),
        is_distinctive=True,
    ),
    DataType(
        name="GSID",
        checks=(_GSID,),
        rule="gsid",
        looks_like=_repairable(_GSID),
        is_distinctive=True,
        is_record_id=True,
    ),
    DataType(name="LOOKUP", checks=(_GSID,), rule="gsid", is_record_id=True),
    DataType(
        name="MULTISELECTDROPDOWNLIST",
        also_described_as=("MULTIPICKLIST", "MULTISELECT"),
        label_check=_labels(are_labels, meant_labels),
        rule="picklist",
        is_text=True,
        has_length=True,
    ),
    DataType(
        name="NUMBER",
        checks=(
            Check("GSOBJ_VDTNUM1001", is_number, plain_number),
            Check("GSOBJ_VDTNUM1002", is_in_range),
        ),
        column_form=ColumnForm(amount_forms, partial(number_column_repair, repair=plain_number)),
        rule="number",
        has_decimals=True,
    ),
    DataType(
        name="PERCENTAGE",
        checks=(Check("GSOBJ_VDTPERCENT1001", is_number, plain_percentage),),
        column_form=ColumnForm(
            percentage_forms, partial(number_column_repair, repair=plain_percentage)
        ),
        rule="percentage",
        has_decimals=True,
    ),
    DataType(  # ours; its repair needs the row's country and is in cleaning/clean.py
        name="PHONE",
        is_described=False,
        checks=(Check("GSPREP_PHONE", is_phone),),
        looks_like=may_be_phone,
        identifies=is_certain_phone,
    ),
    DataType(
        name="PICKLIST",
        label_check=_labels(is_label, meant_label),
        rule="picklist",
        is_text=True,
        has_length=True,
    ),
    DataType(
        name="RICHTEXTAREA",
        also_described_as=("RICHTEXT",),
        is_text=True,
        is_multiline=True,
        has_length=True,
    ),
    DataType(
        name="SFDCID",
        checks=(
            Check("GSOBJ_VDTSFDCID1001", is_sfdc_id, normal_sfdc_id),
            Check("GSPREP_SFDCSUM", has_good_checksum, with_case_restored),
        ),
        rule="sfdc_id",
    ),
    DataType(name="STRING", is_text=True, has_length=True),
    DataType(name="URL", checks=(_URL,), rule="url", looks_like=_repairable(_URL), has_length=True),
)
DATA_TYPES: dict[str, DataType] = {one.name: one for one in _ALL}


def data_type(field: Field) -> DataType:
    """Return the data type of a field."""
    return DATA_TYPES[field.type]


def described_type(declared: str) -> DataType | None:
    """Return the type that a describe means; None for one that is kept as text."""
    types = (one for one in DATA_TYPES.values() if one.is_described)
    return next((t for t in types if declared in {t.name, *t.also_described_as}), None)


def checks_for(field: Field) -> tuple[Check, ...]:
    """Return every check of a field's values, the type's own first."""
    kind = data_type(field)
    if kind.label_check is not None and field.options is not None:
        return (kind.label_check(field.options),)
    if kind.has_decimals and field.decimals is not None:
        return (*kind.checks, _decimals(field.decimals))
    return kind.checks


def _decimals(most: int) -> Check:
    return Check(
        "GSPREP_DECIMALS", lambda text: not is_number(text) or not has_decimals(text, most)
    )


def proofs_of(field: Field, column: pd.Series[str]) -> frozenset[str]:
    """Return what the values of a column prove about their form.

    Parts of a column prove together the union of what each of them proves.
    """
    form = data_type(field).column_form
    return frozenset() if form is None else form.proofs(distinct_values(column)[1])


def repair_for(field: Field, proofs: frozenset[str]) -> Repair:
    """Return the repair of a field's values, in a column that proves this about its form."""
    form = data_type(field).column_form
    if form is not None:
        return form.repair(proofs)
    checks = checks_for(field)
    return checks[0].repair if checks else no_repair


def explanation_of(code: str) -> Explanation:
    """Return the sentences of a code: those of the catalogue, or a data type's own.

    Raises KeyError for a code that has none.
    """
    checks = (check for one in DATA_TYPES.values() for check in one.checks)
    own = {check.code: check.explanation for check in checks if check.explanation is not None}
    return own[code] if code in own else EXPLANATIONS[code]
