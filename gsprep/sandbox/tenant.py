"""How the tenant that the sandbox plays is set up."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from gsprep.sandbox.fields import CUSTOM_TEXT, Field, named

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# Page "People APIs - Bulk", read 2026-11: what the samples show on inserted rows.
_DEFAULTS: Final[Mapping[str, Mapping[str, str]]] = {
    "person": {"EmailOptOut": "false"},
    "company_person": {"Active": "true"},
    "relationship_person": {"Active": "true"},
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Tenant:
    """The choices an administrator makes, and the readings of what the pages leave open.

    Attributes:
        key: the Person resolution key; all parts are needed, compared without case.
        known_companies_only: whether a Company_ID must be among the loaded companies; None
            means: as soon as any are loaded.
        custom_types: the data types of own fields (``Size__gc``: ``NUMBER``); text without.
        fields: fields the tenant added or set up in another way, by object (``person``,
            ``company_person`` …). An object of another name is the tenant's own: it can be
            described, and has no records.
        defaults: own default values of inserted rows, by object (``person``,
            ``company_person``, ``relationship_person``).
        no_match: what a lookup without ``onNoMatch`` does when nothing is found; the page names
            ERROR three times as the default and NULLABLE once.
        lookup_case: whether lookups compare values with case; the page does not say.
        query_case: whether object queries compare text with case; the page does not say.
    """

    key: tuple[str, ...] = ("Email",)
    known_companies_only: bool | None = None
    custom_types: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, Sequence[Field]] = field(default_factory=dict)
    defaults: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    no_match: Literal["ERROR", "NULLABLE", "DEFAULTVALUE"] = "ERROR"
    lookup_case: bool = False
    query_case: bool = True

    def own_fields(self, kind: str) -> Mapping[str, Field]:
        """Return the tenant's own fields of an object, by their names without case."""
        typed = (Field(name, type_, CUSTOM_TEXT) for name, type_ in self.custom_types.items())
        return named(*typed, *self.fields.get(kind, ()))

    def defaults_of(self, kind: str) -> dict[str, str]:
        """Return the values an inserted row receives where the request gives none."""
        return {**_DEFAULTS.get(kind, {}), **self.defaults.get(kind, {})}
