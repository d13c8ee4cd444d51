"""Pandera schemas of the Gainsight objects.

Each check has the service's own code as its name. Every check is on one column and judges its
distinct values, so that a million rows cost as much as their distinct values.
"""

from __future__ import annotations

import re
import warnings
from dataclasses import asdict, dataclass, field
from functools import cache, partial
from typing import Any

import pandas as pd

# Where pyspark is installed, pandera imports it, and it warns of pandas 3.
with warnings.catch_warnings(action="ignore", category=FutureWarning):
    import pandera.pandas as pa

from gsprep.display import counts_html, frame_html
from gsprep.schemas.data_types import checks_for
from gsprep.schemas.fields import (
    COMPANY,
    COMPANY_PERSON,
    PERSON,
    RELATIONSHIP,
    RELATIONSHIP_PERSON,
    Field,
    ObjectFields,
)
from gsprep.values.distinct import where_distinct


class ObjectSchema(pa.DataFrameSchema):
    """A Pandera schema that a notebook shows as the table of its fields."""

    @classmethod
    def get_backend(cls, check_obj: Any = None, check_type: type | None = None) -> Any:
        """Return the backend of the parent class: Pandera registers backends by class."""
        _register_backends()
        return pa.DataFrameSchema.get_backend(check_obj, check_type)

    def validate(self, check_obj: pd.DataFrame, *args: Any, **options: Any) -> pd.DataFrame:
        """Validate as Pandera does; of a repeated index, failure cases have the row's position.

        Pandera breaks off where an index has a label twice.
        """
        if check_obj.index.is_unique:
            return super().validate(check_obj, *args, **options)
        numbered = check_obj.reset_index(drop=True)
        return super().validate(numbered, *args, **options).set_axis(check_obj.index)

    def _repr_html_(self) -> str:
        fields = fields_of(self).fields
        shown = pd.DataFrame([asdict(one) for one in fields], columns=_SHOWN, dtype=object)
        head = counts_html(str(self.name), {"fields": len(fields)})
        return head + frame_html(shown, rows=len(fields), reveal=True)


@cache
def _register_backends() -> None:
    """Let pandera import what it checks with; see the import of pandera."""
    with warnings.catch_warnings(action="ignore", category=FutureWarning):
        pa.DataFrameSchema.register_default_backends(pd.DataFrame)


_SHOWN = ("name", "type", "length", "required", "writable", "access")


def schema_of(of: ObjectFields) -> pa.DataFrameSchema:
    """Return the Pandera schema of an object; columns may be absent, and others are allowed."""
    columns = {field.name: _column(field) for field in of.fields}
    if not of.described:
        own = pa.Column(checks=_checks(of["…__gc"]), regex=True, required=False, nullable=True)
        known = "".join(f"(?!{re.escape(name)}$)" for name in columns if name.endswith("__gc"))
        columns[rf"^{known}[\s\S]+__gc$"] = own
    return ObjectSchema(columns, name=of.name, metadata={"fields": of}, strict=False)


def fields_of(schema: pa.DataFrameSchema) -> ObjectFields:
    """Return the fields a schema was made from."""
    fields: ObjectFields = schema.metadata["fields"]
    return fields


def _column(field: Field) -> pa.Column:
    return pa.Column(checks=_checks(field), required=False, nullable=True)


def _checks(field: Field) -> list[pa.Check]:
    # Pandera formats failure cases as text; the mask holds them all, so one is enough.
    checks = [
        pa.Check(partial(where_distinct, holds=check.holds), name=check.code, n_failure_cases=1)
        for check in checks_for(field)
    ]
    # An address of more than 254 characters is invalid already.
    if field.length is not None and field.type != "EMAIL":
        fits = partial(_fits, length=field.length)
        checks.append(pa.Check(fits, name="GSOBJ_VDTBSTR1001", n_failure_cases=1))
    return checks


def _fits(column: pd.Series[str], length: int) -> pd.Series[bool]:
    return column.str.len() <= length


Person = schema_of(PERSON)
CompanyPerson = schema_of(COMPANY_PERSON)
RelationshipPerson = schema_of(RELATIONSHIP_PERSON)
Company = schema_of(COMPANY)
Relationship = schema_of(RELATIONSHIP)


@dataclass(frozen=True, kw_only=True, slots=True)
class Schemas:
    """The schemas of the three frames of a job, usual or from a tenant's description."""

    persons: pa.DataFrameSchema = field(default_factory=lambda: Person)
    company_persons: pa.DataFrameSchema = field(default_factory=lambda: CompanyPerson)
    relationship_persons: pa.DataFrameSchema = field(default_factory=lambda: RelationshipPerson)
