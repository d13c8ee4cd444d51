"""Which rows the service turns down, and how it says so.

A detail is one entry of ``error.details`` of a bulk reply: ``fieldName``, ``values`` and
``errors`` with ``message`` and ``code``. Shapes and rules: the samples of "People APIs - Bulk",
page "People API Documentation", read 2026-11.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gsprep.sandbox.fields import field
from gsprep.sandbox.flaws import as_text, flaw, is_blank

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gsprep.sandbox.fields import Field

Detail = dict[str, Any]

COMPANY_PERSON_KEY: Final = ("Company_ID", "Person_ID")
RELATIONSHIP_PERSON_KEY: Final = (*COMPANY_PERSON_KEY, "Relationship_ID")


def field_details(kind: str, row: Mapping[str, Any], own: Mapping[str, Field]) -> list[Detail]:
    """Return a detail for each field that does not exist or whose value does not fit its type.

    ``own`` are the tenant's own fields (see ``Tenant.own_fields``).
    A blank value means "leave alone" and is never wrong; a field must exist all the same.

    >>> [entry["fieldName"] for entry in field_details("person", {"Emial": "", "Name": "A"}, {})]
    ['Emial']
    """
    return [
        entry
        for name, value in row.items()
        if (entry := _field_detail(field(kind, name, own), name, value))
    ]


def _field_detail(known: Field | None, name: str, value: Any) -> Detail | None:
    if known is None:
        return _detail(name, value, "GSOBJ_VCRUDR1002", "Fields do not exist in object")
    found = None if is_blank(value) else flaw(known, value)
    return _detail(known.name, value, found.code, found.message) if found else None


def key_detail(key: Sequence[str], row: Mapping[str, Any]) -> Detail | None:
    """Return the detail of a row whose resolution key is not whole, or None.

    When the person is missing the message names Person_ID alone, else the whole key; ``values``
    holds the parts that are there. So it is in every sample.
    """
    missing = [part for part in key if is_blank(row.get(part))]
    if not missing:
        return None
    named = "Person_ID" if "Person_ID" in missing else ",".join(key)
    return _detail(
        ",".join(key),
        {part: row[part] for part in key if part not in missing},
        "GSOBJ_VCUSTOM1012",
        f"Resolution key value is null or empty : {named}",
    )


def repeated_detail(key: Sequence[str], row: Mapping[str, Any]) -> Detail:
    """Return the detail of a row whose key stands in another row; it names no field."""
    parts = (f"{part}={'null' if is_blank(row.get(part)) else as_text(row[part])}" for part in key)
    message = f"Row with the given resolution key already exists : {{{', '.join(parts)}}}"
    return {"errors": [{"message": message, "code": "GSOBJ_VCUSTOM1007"}]}


def unresolved_detail(name: str, value: Any) -> Detail:
    """Return the detail of an id that has the right form and leads nowhere.

    The documents show this code for lookups that found nothing and are silent about ids.
    """
    return _detail(name, value, "GSOBJ_VDTGSID1001", "Invalid gsid value")


def no_row_detail(name: str | None = None) -> Detail:
    """Return the detail of a row that is null, empty or no JSON object."""
    error = {"message": "Row Info cannot be null", "code": "GSOBJ_VCRUDR1001"}
    return {"fieldName": name, "values": None, "errors": [error]}


def no_parent_detail() -> Detail:
    """Return the detail of a relationship row whose company row was not stored.

    The samples do not show it; the code's meaning is that what a person is to be associated
    with is missing.
    """
    return _detail("Company_Person_ID", None, "GSOBJ_PEOPLE1001", "People entities do not exist")


def _detail(name: str, value: Any, code: str, message: str) -> Detail:
    return {
        "fieldName": name,
        "values": {name: value},
        "errors": [{"message": message, "code": code}],
    }
