"""Reads: object queries, persons, and descriptions of objects.

Queries: grammar and operators of the read call, page "Company API Documentation". Values are
compared by the data type of their field: numbers as numbers, times as times, booleans as booleans.
CONTAINS, STARTS_WITH and ENDS_WITH compare text.

Persons: "Get a Person Record", page "People API Documentation". Names are in lower case, unset
fields are null, ids of other records are ``{"Id", "name"}``, booleans are JSON booleans.

Descriptions: "Get Describe OMD", page "Data Management APIs", and described tenants. An object has
``objectName``, ``keyPrefix`` and ``fields``; a field has its flags in ``meta`` and the entries of
its drop-down list in ``options``. All pages were read 2026-11.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from gsprep.sandbox.database import Row, Rows, json_path
from gsprep.sandbox.limits import ROWS_PER_QUERY
from gsprep.sandbox.rules import RefusalError, as_text, comparable, invalid, is_text, malformed
from gsprep.sandbox.tenant import (
    CUSTOM,
    DATES,
    FIELDS,
    NUMBERS,
    TRAVERSED,
    Field,
    gsid,
    is_gsid,
    prefix,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


_OF_TEXT: Final = frozenset({"CONTAINS", "STARTS_WITH", "ENDS_WITH", "INCLUDES", "EXCLUDES"})
_TYPED: Final = NUMBERS | DATES | {"BOOLEAN"}
_ENTRIES: Final = (
    "(SELECT 1 FROM (SELECT {} AS cell), json_each(?) "
    "WHERE instr(';' || cell || ';', ';' || value || ';'))"
)
# ``{}`` is the field; the number is how many values it takes, None any number as a JSON list.
_OPERATORS: Final[Mapping[str, tuple[str, int | None]]] = {
    "EQ": ("{} = ?", 1),
    "NE": ("{} IS NOT ?", 1),
    "LT": ("{} < ?", 1),
    "LTE": ("{} <= ?", 1),
    "GT": ("{} > ?", 1),
    "GTE": ("{} >= ?", 1),
    "BTW": ("{} BETWEEN ? AND ?", 2),
    "IN": ("{} IN (SELECT value FROM json_each(?))", None),
    # The cell holds entries with semicolons between them.
    "INCLUDES": ("EXISTS " + _ENTRIES, None),
    "EXCLUDES": ("NOT EXISTS " + _ENTRIES, None),
    "CONTAINS": ("instr({}, ?) > 0", 1),
    "STARTS_WITH": ("instr({}, ?) = 1", 1),
    # The end mark limits the match to the end of the text.
    "ENDS_WITH": ("instr({} || char(31), ? || char(31)) > 0", 1),
    "IS_NULL": ("{} IS NULL", 0),
    "IS_NOT_NULL": ("{} IS NOT NULL", 0),
}
_COLUMNS: Final = {"gsid": "gsid", "createddate": "created", "modifieddate": "modified"}
_WORD = re.compile(r"\s*(\(|\)|\w+)\s*")

_POINTS_AT: Final = {
    "company_id": "company",
    "relationship_id": "relationship",
    "person_id": "person",
    "manager": "person",
}
# The sample does not show users.
_HIDDEN: Final = {"createdby", "modifiedby"}
_WITH_LENGTH: Final = frozenset(
    {"EMAIL", "GSID", "MULTISELECTDROPDOWNLIST", "PICKLIST", "RICHTEXTAREA", "STRING", "URL"}
)


class Query(NamedTuple):
    """A statement, its values in order, and the names of its columns."""

    sql: str
    values: tuple[Any, ...]
    columns: tuple[str, ...]


class _Part(NamedTuple):
    sql: str
    values: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class _Columns:
    """The fields of an object by their lower-case names."""

    fields: Mapping[str, Field]
    with_case: bool

    def named(self, name: str) -> tuple[_Part, Field]:
        """Return a field as SQL; text of the request is only ever a value."""
        plain = name.casefold()
        known = self.fields.get(plain)
        if plain in _COLUMNS and known is not None:
            return _Part(_COLUMNS[plain]), known
        own = known is None and (plain.endswith(CUSTOM) or TRAVERSED in plain)
        if '"' in name or not is_text(name) or not (known or own):
            raise RefusalError("GSOBJ_VCRUDR1002", "Fields do not exist in object")
        field = known or Field(name)
        if TRAVERSED in plain:
            return self._traversed(name), field
        return _Part("json_extract(fields, ?)", (json_path(field.name),)), field

    def _traversed(self, name: str) -> _Part:
        """Return a field of the record that an id points at, as in ``Person_ID__gr.Email``."""
        pointer, _, own = name.partition(f"{TRAVERSED}.")
        of = _POINTS_AT.get(pointer.casefold(), "")
        known = self.fields.get(pointer.casefold())
        path = json_path(known.name if known else pointer)
        sql = (
            "(SELECT json_extract(other.fields, ?) FROM rows AS other "
            "WHERE other.object = ? AND other.gsid = json_extract(rows.fields, ?))"
        )
        return _Part(sql, (json_path(own), of, path))

    def compared(self, name: str) -> tuple[_Part, Field]:
        """Return a field as SQL that compares by its data type."""
        column, field = self.named(name)
        if field.type not in _TYPED:
            return self.folded(column), field
        if name.casefold() in _COLUMNS:
            # The times of a record are stored in milliseconds.
            return column, field
        return _Part(f"comparable(?, {column.sql})", (field.type, *column.values)), field

    def folded(self, part: _Part) -> _Part:
        """Return text as SQL that is compared with or without case."""
        return part if self.with_case else _Part(f"folded({part.sql})", part.values)


def read_query(
    kind: str, body: Any, *, fields: Mapping[str, Field], with_case: bool = True
) -> Query:
    """Return the query of a request body; raises RefusalError if it is invalid.

    fields: the fields of the object by their lower-case names.
    with_case: whether "acme" and "Acme" are different texts.
    """
    if not isinstance(body, dict):
        raise malformed("the query must be a JSON object")
    names = _Columns(fields, with_case)
    columns = body.get("select")
    if not isinstance(columns, list) or not columns or not all(isinstance(v, str) for v in columns):
        raise malformed("select must be a list of field names")
    chosen = [names.named(name)[0] for name in columns]
    where = _where(body.get("where"), names)
    order = _order(body.get("orderBy"), names)
    sql = (
        f"SELECT {', '.join(part.sql for part in chosen)} FROM rows "  # noqa: S608  see _Columns.named
        f"WHERE object = ? AND ({where.sql}) ORDER BY {order.sql} LIMIT ? OFFSET ?"
    )
    selected = tuple(value for part in chosen for value in part.values)
    page = (_number(body, "limit", ROWS_PER_QUERY), _number(body, "offset", 0))
    if page[0] > ROWS_PER_QUERY:
        raise malformed(f"limit is above {ROWS_PER_QUERY}")
    return Query(sql, (*selected, kind, *where.values, *order.values, *page), tuple(columns))


def _where(given: Any, names: _Columns) -> _Part:
    if given is None:
        return _Part("1")
    if not isinstance(given, dict):
        raise malformed("where must be a JSON object")
    conditions = given.get("conditions") or []
    if not isinstance(conditions, list) or not all(isinstance(c, dict) for c in conditions):
        raise malformed("conditions must be a list of JSON objects")
    parts = {as_text(c.get("alias")).upper(): _condition(c, names) for c in conditions}
    if not parts:
        return _Part("1")
    return _expression(as_text(given.get("expression") or " AND ".join(parts)), parts)


def _condition(given: Mapping[str, Any], names: _Columns) -> _Part:
    operator = as_text(given.get("operator")).upper()
    if operator not in _OPERATORS:
        raise malformed("a condition has an unknown operator")
    sql, count = _OPERATORS[operator]
    name, texts = as_text(given.get("name")), _values(given)
    if count and len(texts) != count:
        raise malformed(f"{operator} takes {count} value{'' if count == 1 else 's'}")
    if count == 0:
        return _Part(sql.format((column := names.named(name)[0]).sql), column.values)
    if operator in _OF_TEXT:
        column, values = names.folded(names.named(name)[0]), _folded(texts, names)
    else:
        column, values = _typed(name, texts, names)
    if count is None:
        values = [json.dumps(values)]
    return _Part(sql.format(column.sql), (*column.values, *values))


def _values(given: Mapping[str, Any]) -> list[str]:
    value = given.get("value", [])
    texts = [as_text(one) for one in (value if isinstance(value, list) else [value])]
    if not all(map(is_text, texts)):
        raise malformed("a condition holds text that is not Unicode")
    return texts


def _typed(name: str, texts: list[str], names: _Columns) -> tuple[_Part, list[Any]]:
    """Return a field and values to compare; raises RefusalError for an invalid value."""
    column, field = names.compared(name)
    if field.type not in _TYPED:
        return column, _folded(texts, names)
    for text in texts:
        if found := invalid(field, text):
            raise RefusalError(found.code, found.message)
    return column, [comparable(field.type, text) for text in texts]


def _folded(texts: list[str], names: _Columns) -> list[Any]:
    return texts if names.with_case else [text.casefold() for text in texts]


def _expression(text: str, parts: Mapping[str, _Part]) -> _Part:
    """Return an expression of aliases, AND, OR and brackets as SQL."""
    words = _WORD.findall(text)
    if "".join(words) != "".join(text.split()) or not _balanced(words, parts):
        raise malformed("the expression is not aliases joined by AND and OR")
    values = tuple(v for word in words if word.upper() in parts for v in parts[word.upper()].values)
    sql = (f"({parts[w.upper()].sql})" if w.upper() in parts else w.upper() for w in words)
    return _Part(" ".join(sql), values)


def _balanced(words: list[str], parts: Mapping[str, _Part]) -> bool:
    """Return whether aliases and operators alternate and every bracket is closed."""
    depth, operand_next = 0, True
    for word in words:
        if word.upper() in parts or word == "(":
            if not operand_next:
                return False
            depth += word == "("
            operand_next = word == "("
        elif operand_next or word.upper() not in {"AND", "OR", ")"}:
            return False
        else:
            depth -= word == ")"
            operand_next = word != ")"
        if depth < 0:
            return False
    return depth == 0 and not operand_next


def _order(given: Any, names: _Columns) -> _Part:
    """Return the order; GSID comes last, so that pages never overlap."""
    if given is None:
        return _Part("gsid")
    if not isinstance(given, dict):
        raise malformed("orderBy must be a JSON object")
    sql: list[str] = []
    values: list[Any] = []
    for name, way in given.items():
        if as_text(way).lower() not in {"asc", "desc"}:
            raise malformed("orderBy takes asc and desc")
        column, _ = names.compared(name)
        sql.append(f"{column.sql} {as_text(way).upper()}")
        values.extend(column.values)
    return _Part(", ".join([*sql, "gsid"]), tuple(values))


def _number(body: Mapping[str, Any], name: str, default: int) -> int:
    value = body.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**63:
        raise malformed(f"{name} must be a whole number that is not negative")
    return value


def person_data(rows: Rows, row: Row) -> dict[str, Any]:
    """Return a person with companies, and the relationships of each company.

    Relationships of companies that the person is not associated with are in a list of their
    own; the sample has no such relationship.
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
    if name == "role" and not is_gsid(value):
        # A label is stored; the reply has the id of the picklist's item.
        return gsid("picklist", "role", value)
    known = FIELDS[kind].get(name)
    return value.lower() == "true" if known and known.type == "BOOLEAN" else value


def _time(milliseconds: int) -> str:
    """Return a time without a zone; as in the sample, without zeros at the end."""
    moment = datetime.fromtimestamp(milliseconds / 1000, UTC).replace(tzinfo=None)
    text = moment.isoformat(timespec="milliseconds")
    return text.rstrip("0").rstrip(".") if "." in text else text


def object_data(kind: str, fields: Iterable[Field], *, seed: str, lists: bool) -> dict[str, Any]:
    """Return the description of an object, with or without the entries of drop-down lists."""
    return {
        "objectName": kind,
        "label": kind.replace("_", " ").title(),
        "keyPrefix": prefix(kind, seed),
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
    category = gsid("picklist", seed, field.name)
    data["meta"]["properties"] = {"PICKLIST_CATEGORY_ID": category}
    return data | {"options": _options(field.options, category) if lists else None}


def _options(labels: tuple[str, ...], category: str) -> list[dict[str, Any]]:
    return [
        {
            "active": True,
            "label": label,
            "value": gsid("picklist", category, label),
            "systemName": label,
            "displayOrder": order,
            "defaultValue": False,
        }
        for order, label in enumerate(labels, 1)
    ]
