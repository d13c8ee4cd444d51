"""Rows of a Customer Community as texts by column."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from gsprep.schemas.frames import cell_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    Record = dict[str, str]

_TIMES = frozenset({"joindate", "lastactivity", "lastvisit", "lastpost"})
# Fields of a profile are named by each community; these names are usual.
PROFILE = {
    "first_name": ("first name", "firstname", "given name"),
    "last_name": ("last name", "lastname", "surname", "family name"),
    "company": ("company", "company name", "organisation", "organization", "employer"),
    "department": ("department",),
    "job_title": ("job title", "title", "role", "function"),
    "phone": ("phone", "phone number", "telephone", "mobile"),
    "country": ("country",),
}


def day_of(text: object) -> str | None:
    """Return the day (UTC) of a time, None if it is none."""
    try:
        moment = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    if moment is None:
        return None
    return f"{moment.astimezone(UTC) if moment.tzinfo else moment:%Y-%m-%d}"


def flat(row: Mapping[str, Any]) -> Record:
    """Return a row as texts by column: ``author.id``, ``profile.Company``; lists joined by ;."""
    texts = ((name, cell_text(value)) for name, value in _leaves(row, ""))
    told = ((name, _moment(text) if name in _TIMES else text) for name, text in texts)
    record: Record = {name: text for name, text in told if text}
    profile = list(_profile(row))
    record |= {f"profile.{label}": value for label, value in profile}
    usual = {label.casefold(): value for label, value in profile}
    for name, labels in PROFILE.items():
        if (own := next((usual[label] for label in labels if label in usual), None)) is not None:
            record.setdefault(name, own)
    if isinstance(liked := row.get("likedBy"), list):
        record["likes"] = str(len(liked))
    return record


def _moment(text: str | None) -> str | None:
    """Return a time that is seconds since 1970 as ISO text; 0 is none, other text stays."""
    if text is None or not text.isdigit():
        return text
    try:
        return datetime.fromtimestamp(int(text), UTC).isoformat() if int(text) else None
    except (OverflowError, ValueError, OSError):
        return text


def _leaves(row: Mapping[str, Any], before: str) -> Iterable[tuple[str, Any]]:
    for name, value in row.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{before}{name}.") if not name.startswith("_") else ()
        elif not isinstance(value, list):
            yield f"{before}{name}", value
        elif not any(isinstance(one, dict | list) for one in value):
            yield f"{before}{name}", ";".join(filter(None, map(cell_text, value)))


def _profile(row: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    """Yield the fields of a member's profile: their labels and values."""
    within: Any = row
    while isinstance(within, dict) and "userprofilefields" not in within:
        within = within.get("_related")
    fields = within.get("userprofilefields") if isinstance(within, dict) else None
    for one in fields if isinstance(fields, list) else ():
        label = cell_text(one.get("profilefield_name")) if isinstance(one, dict) else None
        value = cell_text(one.get("value")) if isinstance(one, dict) else None
        if label and value:
            yield label, value
