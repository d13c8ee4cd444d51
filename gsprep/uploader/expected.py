"""The usual reply, recognised at a glance: the person is stored, and each association in its place.

A service that has no objection echoes what it was sent, each part with a Gsid. Of such a reply
only the Gsids are taken, from the JSON as it stands; any other is read with all its words, see
``told``. Both say the same of a reply that is usual.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeGuard

from gsprep.uploader.columns import listed
from gsprep.uploader.replies import Keys

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np

    from gsprep.uploader.records import Records


@dataclass(frozen=True, slots=True)
class Expected:
    """What a usual reply echoes of some records in a row, in lists.

    Attributes:
        keys: whom the records are about.
        starts: where the companies of each record begin, and where the last ones end.
        ids: the Company_ID of each company, None for one that the service looks up.
        below: where the relationships of each company begin and end, () without any at all.
        below_ids: the Relationship_ID of each relationship.
        fields: what the companies are sent with, if any of them is looked up.
    """

    keys: Keys
    starts: Sequence[int]
    ids: Sequence[str | None]
    below: Sequence[int]
    below_ids: Sequence[str | None]
    fields: Sequence[tuple[str, Sequence[str | None]]]

    @classmethod
    def of(cls, records: Records) -> Expected:
        """Return what is expected of records."""
        nested, span = records.nested, records.span
        starts = nested.company_starts[span.start : span.stop + 1]
        first, last = int(starts[0]), int(starts[-1])
        below = nested.relationship_starts[first : last + 1]
        ids = nested.companies.texts_of("Company_ID").slice(first, last - first)
        cut = ((name, texts.slice(first, last - first)) for name, texts in nested.companies.fields)
        below_ids = nested.relationships.texts_of("Relationship_ID")
        return cls(
            keys_of(records),
            _from_nought(starts),
            listed(ids),
            _from_nought(below) if below[-1] > below[0] else (),
            listed(below_ids.slice(int(below[0]), int(below[-1] - below[0]))),
            [(name, listed(texts)) for name, texts in cut] if ids.null_count else (),
        )

    def gsids(self, element: Mapping[str, Any], at: int) -> list[str] | None:
        """Return the Gsids of a person and of all parts, None for a reply that is not usual.

        ``element`` is known to be about the record at that place.
        """
        echo = element.get("record")
        error = element.get("error")
        if element.get("operationStatus") != "SUCCESS" or type(echo) is not dict:
            return None
        sent, gsid = self.keys.gsids[at], echo.get("Gsid")
        if not _is_id(gsid) or (sent is not None and sent != gsid):
            return None
        if (error is not None and error != {}) or not _is_none(echo.get("relationships")):
            return None
        return self._with_companies([gsid], echo.get("companies"), at)

    def _with_companies(self, found: list[str], companies: Any, at: int) -> list[str] | None:
        start, stop = self.starts[at], self.starts[at + 1]
        if start == stop:
            return found if _is_none(companies) else None
        if type(companies) is not list or len(companies) != stop - start:
            return None
        by_name = None in self.ids[start:stop]
        for nth, company in enumerate(companies, start):
            gsid = _gsid(company, "Company_ID", self.ids[nth])
            if gsid is None or (by_name and not self._agrees(company, nth)):
                return None
            found.append(gsid)
            if not self._add_relationships(found, company.get("relationships"), nth, by_name):
                return None
        return found

    def _agrees(self, company: Mapping[str, Any], nth: int) -> bool:
        """Tell whether a company is echoed as it was sent, as far as it is echoed as text."""
        for name, values in self.fields:
            sent, said = values[nth], company.get(name)
            if sent is not None and sent != said and isinstance(said, str):
                return False
        return True

    def _add_relationships(self, found: list[str], said: Any, nth: int, by_name: object) -> bool:
        """Add the Gsids of the relationships below a company; tell whether they are as usual."""
        start, stop = (self.below[nth], self.below[nth + 1]) if self.below else (0, 0)
        if start == stop:
            return _is_none(said)
        # By name, an echo may be below another company: that is looked at closely.
        if by_name or type(said) is not list or len(said) != stop - start:
            return False
        for relationship, sent in zip(said, self.below_ids[start:stop], strict=True):
            gsid = None if sent is None else _gsid(relationship, "Relationship_ID", sent)
            if gsid is None or not _is_none(relationship.get("relationships")):
                return False
            found.append(gsid)
        return True


def _gsid(entry: Any, name: str, sent: str | None) -> str | None:
    """Return the Gsid of an association that is echoed under the id it was sent with, if any."""
    if type(entry) is not dict or (sent is not None and entry.get(name) != sent):
        return None
    gsid = entry.get("Gsid")
    return gsid if _is_id(gsid) else None


def _is_id(value: Any) -> TypeGuard[str]:
    # Letters and digits are written to a file as they are, see ``storable``.
    return isinstance(value, str) and value.isalnum()


def _is_none(value: Any) -> bool:
    return value is None or value == []


def keys_of(records: Records) -> Keys:
    """Return whom records are about."""
    persons, span = records.nested.persons, records.span
    emails, gsids = (
        listed(persons.texts_of(name).slice(span.start, len(span))) for name in ("Email", "Gsid")
    )
    return Keys(emails, gsids)


def _from_nought(starts: np.ndarray) -> list[int]:
    listed: list[int] = (starts - starts[0]).tolist()
    return listed
