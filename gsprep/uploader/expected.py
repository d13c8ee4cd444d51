"""The usual reply, recognised at a glance: persons are stored, and each association in its place.

A service that has no objection echoes what it was sent, each part with a Gsid. Of such replies
only the Gsids are taken, many records at a time and from the JSON as it stands; any other is read
with all its words, see ``told``. Both say the same of a reply that is usual.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import numpy as np

from gsprep.uploader.keys import Keys, twins_of
from gsprep.values.arrow import as_list

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gsprep.uploader.records import Records

    Elements = Sequence[Mapping[str, Any]]

_RECORD, _WORD, _GSID = itemgetter("record"), itemgetter("operationStatus"), itemgetter("Gsid")


@dataclass(frozen=True, slots=True)
class Expected:
    """What a usual reply echoes of some records in a row, in lists.

    Attributes:
        keys: whom the records are about.
        starts: where the companies of each record begin, and where the last ones end.
        counts: how many companies each record has.
        ids: the Company_ID of each company, None for one that the service looks up.
        fields: what the companies are sent with, if any of them is looked up.
        below: where the relationships of each company begin and end, () without any at all.
        below_ids: the Relationship_ID of each relationship.
    """

    keys: Keys
    starts: Sequence[int]
    counts: Sequence[int]
    ids: Sequence[str | None]
    fields: Sequence[tuple[str, Sequence[str | None]]]
    below: Sequence[int]
    below_ids: Sequence[str | None]

    @classmethod
    def of(cls, records: Records) -> Expected:
        """Return what is expected of records."""
        nested, span = records.nested, records.span
        starts = nested.company_starts[span.start : span.stop + 1]
        first, last = int(starts[0]), int(starts[-1])
        ids = nested.companies.texts_of("Company_ID", first, last)
        cut = ((name, texts.slice(first, last - first)) for name, texts in nested.companies.fields)
        below = nested.relationship_starts[first : last + 1]
        below_ids = nested.relationships.texts_of("Relationship_ID", int(below[0]), int(below[-1]))
        return cls(
            keys_of(records),
            (starts - first).tolist(),
            np.diff(starts).tolist(),
            as_list(ids),
            [(name, as_list(texts)) for name, texts in cut] if ids.null_count else (),
            (below - below[0]).tolist() if len(below_ids) else (),
            as_list(below_ids),
        )

    def gsids(self, elements: Elements, at: int) -> tuple[list[str], list[str]] | None:
        """Return the Gsids of persons and those of all their parts, None for unusual replies.

        ``elements`` are known to be about the records that begin at a place, in their order.
        """
        stop = at + len(elements)
        try:
            words, echoes = list(map(_WORD, elements)), list(map(_RECORD, elements))
        except KeyError:
            return None
        errors = [element["error"] for element in elements if "error" in element]
        if words.count("SUCCESS") < len(words) or not _are_none(errors, {}):
            return None
        persons = _gsids(echoes)
        if persons is None or not _are_none(_relationships(echoes), []):
            return None
        sent = self.keys.gsids[at:stop]
        if any(given not in (None, gsid) for given, gsid in zip(sent, persons, strict=True)):
            return None
        parts = self._parts([echo.get("companies") for echo in echoes], at, stop)
        return None if parts is None else (persons, parts)

    def _parts(self, echoed: Sequence[Any], at: int, stop: int) -> list[str] | None:
        lists = [[] if companies is None else companies for companies in echoed]
        if set(map(type, lists)) != {list} or list(map(len, lists)) != self.counts[at:stop]:
            return None
        companies, first = list(chain.from_iterable(lists)), self.starts[at]
        gsids = _gsids(companies)
        if gsids is None or not self._are_in_place(companies, first):
            return None
        if not self.below:
            return gsids if _are_none(_relationships(companies), []) else None
        return self._with_below(gsids, companies, first)

    def _are_in_place(self, companies: Elements, first: int) -> bool:
        """Tell whether companies are echoed under the ids they were sent with.

        One that was sent by name is known by its place, if all are echoed as they were sent.
        """
        ids = self.ids[first : first + len(companies)]
        echoed = [company.get("Company_ID") for company in companies]
        if None not in ids:
            return echoed == ids
        same = all(sent in (None, given) for sent, given in zip(ids, echoed, strict=True))
        return same and all(self._agrees(each, at) for at, each in enumerate(companies, first))

    def _agrees(self, company: Mapping[str, Any], at: int) -> bool:
        """Tell whether a company is echoed as it was sent, as far as it is echoed as text."""
        for name, values in self.fields:
            sent, said = values[at], company.get(name)
            if sent is not None and sent != said and isinstance(said, str):
                return False
        return True

    def _with_below(self, gsids: list[str], companies: Elements, first: int) -> list[str] | None:
        """Return the Gsids of companies, each followed by those of its relationships."""
        # By name, an echo may be below another company: that is looked at closely.
        by_name = None in self.ids[first : first + len(companies)]
        parts = []
        for at, (gsid, company) in enumerate(zip(gsids, companies, strict=True), first):
            ids = self.below_ids[self.below[at] : self.below[at + 1]]
            below = _below(company.get("relationships"), ids)
            if below is None or (below and by_name):
                return None
            parts += [gsid, *below]
        return parts


def _below(said: Any, ids: Sequence[str | None]) -> list[str] | None:
    """Return the Gsids of relationships that are echoed under the ids they were sent with."""
    entries = [] if said is None else said
    if type(entries) is not list or set(map(type, entries)) - {dict} or None in ids:
        return None
    if [entry.get("Relationship_ID") for entry in entries] != ids:
        return None
    return _gsids(entries) if _are_none(_relationships(entries), []) else None


def _gsids(entries: Sequence[Any]) -> list[str] | None:
    """Return the Gsids of entries, None if one has no good one, or is no entry."""
    try:
        gsids = list(map(_GSID, entries))
        # Letters and digits are written to a file as they are, see ``storable``.
        return gsids if all(gsids) and (not gsids or "".join(gsids).isalnum()) else None
    except (KeyError, TypeError):
        return None


def _relationships(entries: Elements) -> list[Any]:
    return [entry["relationships"] for entry in entries if "relationships" in entry]


def _are_none(values: Sequence[Any], empty: object) -> bool:
    return values.count(None) + values.count(empty) == len(values)


def keys_of(records: Records) -> Keys:
    """Return whom records are about."""
    persons, span = records.nested.persons, records.span
    emails, gsids = (
        as_list(persons.texts_of(name, span.start, span.stop)) for name in ("Email", "Gsid")
    )
    return Keys(emails, gsids, twins_of(emails, lambda at: records[at].fields))
