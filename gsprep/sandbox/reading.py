"""A person as the read calls show them.

Shapes: "Get a Person Record", page "People API Documentation", read 2026-11. Names are in lower
case, what is not set is null, ids of other records are ``{"Id", "name"}``, booleans are real.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from gsprep.sandbox import ids
from gsprep.sandbox.fields import FIELDS

if TYPE_CHECKING:
    from gsprep.sandbox.rows import Row, Rows

_POINTS_AT: Final = {
    "company_id": "company",
    "relationship_id": "relationship",
    "person_id": "person",
    "manager": "person",
}
# The sample of a read shows no names of users.
_HIDDEN: Final = {"createdby", "modifiedby"}


def person_data(rows: Rows, row: Row) -> dict[str, Any]:
    """Return a person with companies, and in each its relationships.

    Relationships of companies that the person is not associated with stand in a list of their
    own when there are any: the sample has none.
    """
    relationships = [
        _data(rows, "relationship_person", one)
        for one in rows.found_by("relationship_person", row.gsid)
    ]
    companies = [
        _data(rows, "company_person", one) for one in rows.found_by("company_person", row.gsid)
    ]
    for company in companies:
        company["relationships"] = [
            one for one in relationships if one["company_id"] == company["company_id"]
        ]
    held = [company["company_id"] for company in companies]
    alone = [one for one in relationships if one["company_id"] not in held]
    others = {"relationships": alone} if alone else {}
    return _data(rows, "person", row) | {"companies": companies} | others


def _data(rows: Rows, kind: str, row: Row) -> dict[str, Any]:
    data: dict[str, Any] = {name: None for name in FIELDS[kind] if name not in _HIDDEN}
    for name, value in row.fields.items():
        data[name.lower()] = _shown(rows, kind, name.lower(), value)
    return data | {
        "gsid": row.gsid,
        "createddate": _time(row.created),
        "modifieddate": _time(row.modified),
    }


def _shown(rows: Rows, kind: str, name: str, value: str) -> Any:
    if name in _POINTS_AT:
        pointed = rows.get(_POINTS_AT[name], value)
        return {"Id": value, "name": pointed.fields.get("Name") if pointed else None}
    if name == "company_person_id":
        return {"Id": value}
    if name == "role" and not ids.is_gsid(value):
        # Written as a label, read back as the id of the picklist's item.
        return ids.gsid("picklist", "role", value)
    known = FIELDS[kind].get(name)
    return value.lower() == "true" if known and known.type == "BOOLEAN" else value


def _time(milliseconds: int) -> str:
    """Return a time without a zone; the sample drops the zeros at the end of a fraction."""
    moment = datetime.fromtimestamp(milliseconds / 1000, UTC).replace(tzinfo=None)
    text = moment.isoformat(timespec="milliseconds")
    return text.rstrip("0").rstrip(".") if "." in text else text
