"""The company and relationship rows of one person.

Rules: samples of "People APIs - Bulk", page "People API Documentation", read 2026-11. The
service loads one object after the other: all company rows, then all relationship rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from gsprep.sandbox.flaws import is_blank
from gsprep.sandbox.ids import is_id
from gsprep.sandbox.rows import Place, key_of
from gsprep.sandbox.rules import (
    COMPANY_PERSON_KEY,
    RELATIONSHIP_PERSON_KEY,
    Detail,
    field_details,
    key_detail,
    no_parent_detail,
    no_row_detail,
    repeated_detail,
    unresolved_detail,
)
from gsprep.sandbox.writing import echo, own_fields, part, sent_fields, with_defaults

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gsprep.sandbox.rows import Row, Rows

_POINTS_AT: Final = {"Company_ID": "company", "Relationship_ID": "relationship"}


class _Object(NamedTuple):
    """An association object: its name, its resolution key, the list its rows stand in."""

    kind: str
    key: tuple[str, ...]
    rows: str


_COMPANY = _Object("company_person", COMPANY_PERSON_KEY, "companies")
_RELATIONSHIP = _Object("relationship_person", RELATIONSHIP_PERSON_KEY, "relationships")


class _Done(NamedTuple):
    """What became of one row; ``below`` is what its relationship rows inherit."""

    given: Any
    echo: dict[str, Any]
    details: list[Detail]
    below: dict[str, Any]


def associate(
    rows: Rows, given: Any, above: Mapping[str, Any]
) -> tuple[dict[str, Any], list[Detail]]:
    """Write a person's associations; return the echoed lists and what was wrong.

    ``above`` holds the GSID of the stored person as Person_ID. It is None when the person was
    refused: then nothing is written and each row says that Person_ID is missing. It is absent
    when the record has no person of its own: then each row names one that is there. A list that
    is absent is not echoed.
    """
    companies, details = _each(rows, _COMPANY, part(given, "companies"), above)
    lists: dict[str, Any] = {}
    seen: set[str] = set()
    if companies is not None:
        lists["companies"] = [done.echo for done in companies]
    for done in companies or ():
        below = part(done.given, "relationships")
        nested, wrong = _each(rows, _RELATIONSHIP, below, done.below, seen)
        details += wrong
        if nested is not None:
            done.echo["relationships"] = [one.echo for one in nested]
    alone, wrong = _each(rows, _RELATIONSHIP, part(given, "relationships"), above, seen)
    if alone is not None:
        lists["relationships"] = [done.echo for done in alone]
    return lists, details + wrong


def _each(
    rows: Rows, of: _Object, given: Any, above: Mapping[str, Any], seen: set[str] | None = None
) -> tuple[list[_Done] | None, list[Detail]]:
    if given is None:
        return None, []
    if not isinstance(given, list):
        return [], [no_row_detail(of.rows)]
    keys = set() if seen is None else seen
    done = [_row(rows, of, row, above, keys) for row in given]
    return done, [detail for one in done for detail in one.details]


def _row(rows: Rows, of: _Object, given: Any, above: Mapping[str, Any], seen: set[str]) -> _Done:
    if not isinstance(given, dict) or not given:
        return _Done(given, {}, [no_row_detail(of.rows)], dict(above))
    own = _inherited(rows, of, own_fields(of.kind, given, ("relationships",)), above)
    key = key_of(own.get(name) for name in of.key)
    before = rows.by_key(of.kind, key)
    details = field_details(of.kind, own, rows.tenant.own_fields(of.kind))
    details += _id_details(rows, own, above)
    details += _key_details(of, own, seen)
    if not details and "Company_Person_ID" in above and not above["Company_Person_ID"]:
        details = [no_parent_detail()]
    full = with_defaults(of.kind, own, rows, before)
    stored = None if details else _store(rows, of, full, before)
    # A company row that fails now may stand since an earlier call: its relationships are valid.
    parent = stored or before
    below = {"Person_ID": own.get("Person_ID"), **above, "Company_ID": own.get("Company_ID")}
    below["Company_Person_ID"] = parent.gsid if parent else None
    return _Done(given, echo(full, stored), details, below)


def _inherited(
    rows: Rows, of: _Object, own: dict[str, Any], above: Mapping[str, Any]
) -> dict[str, Any]:
    """Fill in the ids a row leaves out; a person that was not stored has none."""
    full = {**own, **{name: value for name, value in above.items() if is_blank(own.get(name))}}
    if "Person_ID" in above and above["Person_ID"] is None:
        full["Person_ID"] = None
    if of is _RELATIONSHIP and "Company_Person_ID" not in above:
        return _placed(rows, full)
    return full


def _placed(rows: Rows, own: dict[str, Any]) -> dict[str, Any]:
    """Fill a relationship row that stands under no company from the relationship's own record."""
    named = str(own.get("Relationship_ID"))
    record = rows.get("relationship", named) if is_id(named) else None
    if record is not None and is_blank(own.get("Company_ID")):
        own = {**own, "Company_ID": record.fields.get("Company_ID")}
    key = key_of(own.get(name) for name in COMPANY_PERSON_KEY)
    parent = rows.by_key("company_person", key)
    if parent is not None and is_blank(own.get("Company_Person_ID")):
        return {**own, "Company_Person_ID": parent.gsid}
    return own


def _id_details(rows: Rows, own: Mapping[str, Any], above: Mapping[str, Any]) -> list[Detail]:
    # The documents are silent about ids that lead nowhere or contradict the row above; they
    # name one code for a bad id.
    return [
        unresolved_detail(name, own[name])
        for name in (*RELATIONSHIP_PERSON_KEY, "Company_Person_ID")
        if _well_formed(own.get(name)) and not _leads(rows, name, own[name], above)
    ]


def _well_formed(value: Any) -> bool:
    return isinstance(value, str) and is_id(value)


def _leads(rows: Rows, name: str, value: str, above: Mapping[str, Any]) -> bool:
    if _well_formed(above.get(name)) and value != above[name]:
        return False
    if name == "Person_ID" and name not in above:
        return rows.get("person", value) is not None
    return name not in _POINTS_AT or rows.knows(_POINTS_AT[name], value)


def _key_details(of: _Object, own: Mapping[str, Any], seen: set[str]) -> list[Detail]:
    missing = key_detail(of.key, own)
    if missing is None:
        return []
    parts = key_of(own.get(name) for name in of.key if name != "Person_ID")
    if not is_blank(own.get("Person_ID")) or parts is None:
        return [missing]
    if parts not in seen:
        seen.add(parts)
        return [missing]
    # The samples place this detail before the row's own for companies, after it otherwise.
    repeated = repeated_detail(of.key, own)
    return [repeated, missing] if of is _COMPANY else [missing, repeated]


def _store(rows: Rows, of: _Object, full: Mapping[str, Any], before: Row | None) -> Row:
    key = key_of(full[name] for name in of.key)
    place = Place(of.kind, key, full["Person_ID"].casefold())
    sent = sent_fields(of.kind, full, rows.tenant.own_fields(of.kind))
    return rows.put(place, sent, before)
