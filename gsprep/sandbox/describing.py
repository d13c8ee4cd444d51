"""An object as the metadata calls show it.

Shape: "Get Describe OMD", page "Data Management APIs", and described tenants, read 2026-11: an
object with ``objectName``, ``keyPrefix`` and ``fields``, the flags of a field below ``meta``, the
entries of a drop-down list below ``options``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gsprep.sandbox import ids
from gsprep.sandbox.fields import NUMBERS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gsprep.sandbox.fields import Field

_WITH_LENGTH: Final = frozenset(
    {"EMAIL", "GSID", "MULTISELECTDROPDOWNLIST", "PICKLIST", "RICHTEXTAREA", "STRING", "URL"}
)


def object_data(kind: str, fields: Iterable[Field], *, seed: str, lists: bool) -> dict[str, Any]:
    """Return the description of an object; ``lists``: with the entries of drop-down lists."""
    return {
        "objectName": kind,
        "label": kind.replace("_", " ").title(),
        "keyPrefix": ids.prefix(kind, seed),
        "fields": [_field_data(field, seed, lists=lists) for field in fields],
    }


def _field_data(field: Field, seed: str, *, lists: bool) -> dict[str, Any]:
    data: dict[str, Any] = {
        "fieldName": field.name,
        "label": field.name,
        "dataType": field.type,
        "meta": {
            "length": field.length if field.type in _WITH_LENGTH else None,
            "decimalPlaces": field.decimals if field.type in NUMBERS else None,
            "required": field.required,
            "nillable": not field.required,
            "readOnly": not field.writable,
            "createable": field.writable,
            "updateable": field.writable,
        },
    }
    if field.options is None:
        return data
    category = ids.gsid("picklist", seed, field.name)
    data["meta"]["properties"] = {"PICKLIST_CATEGORY_ID": category}
    return data | {"options": _options(field.options, category) if lists else None}


def _options(labels: tuple[str, ...], category: str) -> list[dict[str, Any]]:
    return [
        {
            "active": True,
            "label": label,
            "value": ids.gsid("picklist", category, label),
            "systemName": label,
            "displayOrder": order,
            "defaultValue": False,
        }
        for order, label in enumerate(labels, 1)
    ]
