"""What a row of a request becomes: the fields that are stored and the row that is echoed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gsprep.sandbox.fields import field
from gsprep.sandbox.flaws import as_text, is_blank

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gsprep.sandbox.fields import Field
    from gsprep.sandbox.rows import Row, Rows


def part(row: Any, name: str) -> Any:
    """Return a list of associations of a row; the page writes ``relationships`` in two ways.

    >>> part({"Relationships": []}, "relationships")
    []
    """
    given = row.items() if isinstance(row, dict) else ()
    return next((value for key, value in given if key.casefold() == name), None)


def own_fields(kind: str, row: Mapping[str, Any], lists: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return a row without its lists of associations; known fields by their API names."""
    own = {}
    for name, value in row.items():
        if name.casefold() not in lists:
            known = field(kind, name, {})
            own[known.name if known else name] = value
    return own


def sent_fields(kind: str, row: Mapping[str, Any], own: Mapping[str, Field]) -> dict[str, str]:
    """Return what a checked row changes: text by field, no blanks, none that is not written.

    ``own`` are the tenant's own fields (see ``Tenant.own_fields``).
    """
    return {
        name: as_text(value)
        for name, value in row.items()
        if not is_blank(value) and (known := field(kind, name, own)) and known.writable
    }


def with_defaults(
    kind: str, own: Mapping[str, Any], rows: Rows, before: Row | None
) -> dict[str, Any]:
    """Return a row with the default values that an insert receives; an update receives none.

    A row that would have been an insert has them too: so it is in the failure samples.
    """
    defaults = {} if before else rows.tenant.defaults_of(kind)
    return {**own, **{name: v for name, v in defaults.items() if is_blank(own.get(name))}}


def echo(own: Mapping[str, Any], stored: Row | None) -> dict[str, Any]:
    """Return a row as the reply shows it: scalars as text, nulls left out, ``Gsid`` if stored."""
    shown = {
        name: value if isinstance(value, dict | list) else as_text(value)
        for name, value in own.items()
        if value is not None
    }
    return shown | {"Gsid": stored.gsid} if stored else shown
