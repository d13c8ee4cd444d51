"""Pandera schemas of the Gainsight objects, shipped or from a tenant's describe JSON.

Each check has the service's own code as its name. Every check is on one column and judges its
distinct values, so that a million rows cost as much as their distinct values.
"""

from __future__ import annotations

import json
import re
import warnings
from dataclasses import asdict, dataclass, field, replace
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import Any

import pandas as pd

# Where pyspark is installed, pandera imports it, and it warns of pandas 3.
with warnings.catch_warnings(action="ignore", category=FutureWarning):
    import pandera.pandas as pa

from collections.abc import Iterator, Mapping

from gsprep.display import counts_html, frame_html
from gsprep.errors import InputError, refuse_other
from gsprep.schemas.data_types import DataType, checks_for, described_type
from gsprep.schemas.fields import (
    COMPANY,
    COMPANY_PERSON,
    OBJECTS,
    PERSON,
    RELATIONSHIP,
    RELATIONSHIP_PERSON,
    Access,
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


# A sync describes the same objects at every step, and Pandera copies each column of a new schema.
@lru_cache(maxsize=64)
def schema_of(of: ObjectFields) -> pa.DataFrameSchema:
    """Return the Pandera schema of an object; columns may be absent, and others are allowed."""
    columns = {
        field.name: pa.Column(checks=_checks(field), required=False, nullable=True)
        for field in of.fields
    }
    if not of.described:
        own = pa.Column(checks=_checks(of["…__gc"]), regex=True, required=False, nullable=True)
        known = "".join(f"(?!{re.escape(name)}$)" for name in columns if name.endswith("__gc"))
        columns[rf"^{known}[\s\S]+__gc$"] = own
    return ObjectSchema(columns, name=of.name, metadata={"fields": of}, strict=False)


def fields_of(schema: pa.DataFrameSchema) -> ObjectFields:
    """Return the fields a schema was made from; InputError if it is none of gsprep's."""
    refuse_other(schema, "metadata", "the schema", "give one of gsprep, such as gsprep.Person")
    return schema.metadata["fields"]


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


# A type that is not known is kept as text of any length.
_TEXT = DataType(name="STRING")
# A describe names objects and fields in several ways.
_OBJECT_NAMES = ("objectName", "name", "apiName", "dbName", "label")
_FIELD_NAMES = ("fieldName", "name", "apiName", "dbName")
# The frames of a job, by the object whose rows they hold.
_JOB: Mapping[str, str] = {
    "person": "persons",
    "companyperson": "company_persons",
    "relationshipperson": "relationship_persons",
}
_PREFIX_LENGTH = 4
_DEEPEST = 4


def schema_from_describe(
    described: Mapping[str, Any] | list[Any] | str | Path, *, name: str | None = None
) -> pa.DataFrameSchema:
    """Return the schema of an object from its describe JSON: data, text, or a file.

    Person, the associations, Company and Relationship keep what gsprep knows about them, such as
    the columns that are used for matching only. Read-only fields are not sent; labels of drop-down
    lists, lengths and decimals are checked. A name that is not described is not a field.

    Args:
        described: the reply of ``client.objects.describe``, a list of objects, or a file of them.
        name: the object to take, if there are several.

    Returns:
        A schema for ``clean``, ``check`` and ``upload``.

    Raises:
        InputError: for a file that is not JSON, without an object with fields, and for several
            objects without ``name``.

    Examples:
        >>> schema = gsprep.schema_from_describe(client.objects.describe("Company"))
        >>> schema.name, "Industry" in schema.columns
        ('Company', True)
    """
    return _schema(_chosen(list(_objects(_read(described))), name))


def schemas_from_describe(described: Mapping[str, Any] | list[Any] | str | Path) -> Schemas:
    """Return the schemas of people and associations; those not described are the usual ones.

    Raises InputError as ``schema_from_describe`` does, and if none of the three is described.
    """
    objects = list(_objects(_read(described)))
    found = {name: o for o in objects if (name := _JOB.get(_plain(_text(o, _OBJECT_NAMES))))}
    if not found:
        names = ", ".join(_text(o, _OBJECT_NAMES) for o in objects) or "no object with fields"
        raise InputError(
            f"neither Person nor its associations are described, but {names}: "
            "describe Person, and company_person for its associations"
        )
    return Schemas(**{name: _schema(o) for name, o in found.items()})


def _schema(described: Mapping[str, Any]) -> pa.DataFrameSchema:
    called = _text(described, _OBJECT_NAMES)
    fields = tuple(_field(field) for field in described["fields"] if _is_field(field))
    known = _shipped(called)
    if known is None:
        return schema_of(_custom(called or "Described", fields, described))
    return schema_of(_merged(known, fields))


def _read(described: object) -> Any:
    if not isinstance(described, (str, Path)):
        return described
    if isinstance(described, str) and described.lstrip()[:1] in {"{", "["}:
        return _parsed(described, "the describe JSON")
    try:
        text = Path(described).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise InputError(
            f"{described} cannot be read as the describe JSON of an object: "
            "check the name, and save the describe reply unchanged"
        ) from error
    return _parsed(text, str(described))


def _parsed(text: str, where: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{where} is not JSON: save the describe reply unchanged") from error


def described_object(reply: Any, name: str) -> Mapping[str, Any] | None:
    """Return the object of this name in a describe reply, or the only object; None without one."""
    objects = list(_objects(reply))
    named = (found for found in objects if _is_called(found, name))
    return next(named, objects[0] if len(objects) == 1 else None)


def _is_called(described: Mapping[str, Any], name: str) -> bool:
    return _plain(name) in {_plain(str(described.get(key, ""))) for key in _OBJECT_NAMES}


def _objects(found: Any, depth: int = 0) -> Iterator[Mapping[str, Any]]:
    """Yield every object with fields, at any depth of a reply."""
    if isinstance(found, dict) and isinstance(found.get("fields"), list):
        yield found
        return
    within = found.values() if isinstance(found, dict) else found
    if isinstance(found, (dict, list)) and depth < _DEEPEST:
        for entry in within:
            yield from _objects(entry, depth + 1)


def _chosen(objects: list[Mapping[str, Any]], name: str | None) -> Mapping[str, Any]:
    names = [_text(found, _OBJECT_NAMES) for found in objects]
    if name is None:
        if len(objects) == 1:
            return objects[0]
        if objects:
            raise InputError(
                f"several objects are described: name one of {', '.join(names)} "
                "(with name=, or --name)"
            )
        raise InputError(
            "the describe JSON has no object with fields: save the describe reply unchanged"
        )
    for found in objects:
        if _is_called(found, name):
            return found
    there = f"choose one of {', '.join(names)}" if names else "there are no objects"
    raise InputError(f"{name} is not described: {there}")


def _is_field(given: object) -> bool:
    return isinstance(given, dict) and bool(_text(given, _FIELD_NAMES))


def _field(given: Mapping[str, Any]) -> Field:
    declared = str(_said(given, "dataType") or _said(given, "type") or "").upper()
    kind = described_type(declared) or _TEXT
    access = _access(given)
    return Field(
        _text(given, _FIELD_NAMES),
        kind.name,
        length=_whole(given, "length") if kind.has_length else None,
        writable=access != "read-only",
        required=_is(given, "required") or _said(given, "nillable") is False,
        decimals=_whole(given, "decimalPlaces") if kind.has_decimals else None,
        options=None if kind.label_check is None else _options(given),
        access=access,
    )


def _access(given: Mapping[str, Any]) -> Access:
    inserts = _said(given, "createable") is not False
    updates = _said(given, "updateable") is not False
    if _is(given, "readOnly") or not (inserts or updates):
        return "read-only"
    if inserts and updates:
        return ""
    return "insert-only" if inserts else "update-only"


def _options(given: Mapping[str, Any]) -> tuple[str, ...] | None:
    """Return the labels of the active entries; None if the list is not described."""
    entries = _said(given, "options")
    if not isinstance(entries, list):
        return None
    active = (e for e in entries if isinstance(e, dict) and e.get("active") is not False)
    return tuple(str(e["label"]) for e in active if e.get("label") is not None)


def _said(given: Mapping[str, Any], key: str) -> Any:
    """Return a property of a field: next to its name, or below ``meta``."""
    meta = given.get("meta")
    places = [given, meta if isinstance(meta, dict) else {}]
    properties = places[1].get("properties")
    places.append(properties if isinstance(properties, dict) else {})
    value = next((place[key] for place in places if place.get(key) is not None), None)
    flags = {"true": True, "false": False}
    return flags.get(value.lower(), value) if isinstance(value, str) else value


def _is(given: Mapping[str, Any], key: str) -> bool:
    return _said(given, key) is True


def _whole(given: Mapping[str, Any], key: str) -> int | None:
    value = _said(given, key)
    is_whole = isinstance(value, (int, str)) and str(value).isascii() and str(value).isdigit()
    return int(value) if is_whole else None


def _text(given: Mapping[str, Any], keys: tuple[str, ...]) -> str:
    return next((str(given[key]) for key in keys if given.get(key)), "")


def _plain(name: str) -> str:
    return name.replace("_", "").replace(" ", "").lower()


def _shipped(name: str) -> ObjectFields | None:
    return next((known for known in OBJECTS if _plain(known.name) == _plain(name)), None)


def _custom(name: str, fields: tuple[Field, ...], given: Mapping[str, Any]) -> ObjectFields:
    own = str(given.get("keyPrefix") or "")[:_PREFIX_LENGTH]
    marked = (replace(f, prefix=own) if f.name == "Gsid" else f for f in fields)
    return ObjectFields(name, tuple(marked), (), key=("Gsid",), api="objects", described=True)


def _merged(known: ObjectFields, fields: tuple[Field, ...]) -> ObjectFields:
    """Merge a description into the known fields; gsprep's own fields for matching stay."""
    described = {field.name: field for field in fields}
    names = {field.name for field in known.fields}
    kept = [
        _over(field, described.get(field.name))
        for field in known.fields
        # The tenant may have switched off a field, but never one that is used for matching only.
        if field.name in described or not field.writable or field.name in _needed(known)
    ]
    new = [field for field in fields if field.name not in names]
    return replace(known, fields=(*kept, *new), described=True)


def _over(known: Field, described: Field | None) -> Field:
    if described is None:
        return known
    return replace(
        described,
        writable=known.writable and described.writable,
        prefix=known.prefix,
        access="" if not known.writable else described.access,
        required=known.writable and described.required,
    )


def _needed(known: ObjectFields) -> set[str]:
    return {name for group in known.needed for name in group}
