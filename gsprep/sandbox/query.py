"""Object queries as SQL: select, where, orderBy, limit, offset.

Grammar and operators: the read call of the page "Company API Documentation", read 2026-11.
Values are compared as text: the sandbox keeps no types of what was loaded.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from gsprep.sandbox.fields import CUSTOM, FIELDS, SYSTEM, TRAVERSED
from gsprep.sandbox.flaws import as_text, is_text
from gsprep.sandbox.limits import ROWS_PER_QUERY
from gsprep.sandbox.refusals import RefusalError, malformed
from gsprep.sandbox.rows import json_path

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet

# ``{}`` is the field; the figure is the number of values, None any number as one JSON list.
_OPERATORS: Final[Mapping[str, tuple[str, int | None]]] = {
    "EQ": ("{} = ?", 1),
    "NE": ("{} IS NOT ?", 1),
    "LT": ("{} < ?", 1),
    "LTE": ("{} <= ?", 1),
    "GT": ("{} > ?", 1),
    "GTE": ("{} >= ?", 1),
    "BTW": ("{} BETWEEN ? AND ?", 2),
    "IN": ("{} IN (SELECT value FROM json_each(?))", None),
    "CONTAINS": ("instr({}, ?) > 0", 1),
    "STARTS_WITH": ("instr({}, ?) = 1", 1),
    # A text ends with another when both together with an end mark do.
    "ENDS_WITH": ("instr({} || char(31), ? || char(31)) > 0", 1),
    "IS_NULL": ("{} IS NULL", 0),
    "IS_NOT_NULL": ("{} IS NOT NULL", 0),
}
_COLUMNS: Final = {"gsid": "gsid", "createddate": "created", "modifieddate": "modified"}
_WORD = re.compile(r"\s*(\(|\)|\w+)\s*")


class Query(NamedTuple):
    """A statement, its values in order, and the names of its columns."""

    sql: str
    values: tuple[Any, ...]
    columns: tuple[str, ...]


class _Part(NamedTuple):
    sql: str
    values: tuple[Any, ...] = ()


def read_query(kind: str, body: Any, *, loaded: AbstractSet[str] = frozenset()) -> Query:
    """Return the query of a request body; raises RefusalError for one that makes no sense.

    ``loaded`` are the names of fields that were loaded beyond the known ones.
    """
    if not isinstance(body, dict):
        raise malformed("the query must be a JSON object")
    names = {name.casefold(): name for name in loaded}
    names |= {known: field.name for known, field in FIELDS.get(kind, SYSTEM).items()}
    columns = _texts(body.get("select"), "select")
    chosen = [_column(name, names) for name in columns]
    where = _where(body.get("where"), names)
    order = _order(body.get("orderBy"), names)
    sql = (
        f"SELECT {', '.join(part.sql for part in chosen)} FROM rows "  # noqa: S608  see _column
        f"WHERE object = ? AND ({where.sql}) ORDER BY {order.sql} LIMIT ? OFFSET ?"
    )
    selected = tuple(value for part in chosen for value in part.values)
    page = (_number(body, "limit", ROWS_PER_QUERY), _number(body, "offset", 0))
    if page[0] > ROWS_PER_QUERY:
        raise malformed(f"limit is above {ROWS_PER_QUERY}")
    return Query(sql, (*selected, kind, *where.values, *order.values, *page), tuple(columns))


def _column(name: str, names: Mapping[str, str]) -> _Part:
    """Return a field as SQL; what the request wrote travels only as a value."""
    plain = name.casefold()
    if plain in _COLUMNS:
        return _Part(_COLUMNS[plain])
    if (
        '"' in name
        or not is_text(name)
        or not (plain in names or plain.endswith(CUSTOM) or TRAVERSED in plain)
    ):
        raise RefusalError("GSOBJ_VCRUDR1002", "Fields do not exist in object")
    return _Part("json_extract(fields, ?)", (json_path(names.get(plain, name)),))


def _where(given: Any, names: Mapping[str, str]) -> _Part:
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


def _condition(given: Mapping[str, Any], names: Mapping[str, str]) -> _Part:
    operator = as_text(given.get("operator")).upper()
    if operator not in _OPERATORS:
        raise malformed("a condition has an operator that is not known")
    sql, count = _OPERATORS[operator]
    column = _column(as_text(given.get("name")), names)
    value = given.get("value", [])
    texts = [as_text(one) for one in (value if isinstance(value, list) else [value])]
    if not all(map(is_text, texts)):
        raise malformed("a condition holds text that is not Unicode")
    if count is None:
        texts = [json.dumps(texts)]
    elif count and len(texts) != count:
        raise malformed(f"{operator} takes {count} value(s)")
    return _Part(sql.format(column.sql), (*column.values, *texts[: 1 if count is None else count]))


def _expression(text: str, parts: Mapping[str, _Part]) -> _Part:
    """Return aliases joined by AND, OR and brackets as SQL; SQLite checks how they stand."""
    words = _WORD.findall(text)
    if "".join(words) != "".join(text.split()) or not _balanced(words, parts):
        raise malformed("the expression is not aliases joined by AND and OR")
    values = tuple(v for word in words if word.upper() in parts for v in parts[word.upper()].values)
    sql = (f"({parts[w.upper()].sql})" if w.upper() in parts else w.upper() for w in words)
    return _Part(" ".join(sql), values)


def _balanced(words: list[str], parts: Mapping[str, _Part]) -> bool:
    """Return whether operands and joints alternate and every bracket is closed."""
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


def _order(given: Any, names: Mapping[str, str]) -> _Part:
    """Return the order; rows that are equal in it stand by GSID, so that pages never overlap."""
    if given is None:
        return _Part("gsid")
    if not isinstance(given, dict):
        raise malformed("orderBy must be a JSON object")
    sql: list[str] = []
    values: list[Any] = []
    for name, way in given.items():
        if as_text(way).lower() not in {"asc", "desc"}:
            raise malformed("orderBy takes asc and desc")
        column = _column(name, names)
        sql.append(f"{column.sql} {as_text(way).upper()}")
        values.extend(column.values)
    return _Part(", ".join([*sql, "gsid"]), tuple(values))


def _texts(given: Any, name: str) -> list[str]:
    if not isinstance(given, list) or not given or not all(isinstance(v, str) for v in given):
        raise malformed(f"{name} must be a list of field names")
    return given


def _number(body: Mapping[str, Any], name: str, default: int) -> int:
    value = body.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**63:
        raise malformed(f"{name} must be a whole number that is not negative")
    return value
