"""People and their associations as a tenant has them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gsprep.calls.endpoints import NO_SUCH_FIELD, OBJECT_NAMES
from gsprep.errors import RejectedError
from gsprep.schemas.frames import cell_text, text_records
from gsprep.uploader.object_keys import records_with_keys

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gsprep.uploader.client import Client
    from gsprep.uploader.object_keys import Found, Key, ObjectTarget
    from gsprep.uploader.replies import StoredAssociation, StoredPerson

    Records = Sequence[Mapping[str, Any]]

# In front of the name of each field of an association.
ASSOCIATION = "CompanyPerson."
COMPANY = ASSOCIATION + "Company_ID"
_LINKED = OBJECT_NAMES["CompanyPerson"]
_LINK = ("Person_ID", "Company_ID")


@dataclass
class TenantPeople:
    """Reads people: by queries, or one by one where the tenant refuses to list them.

    Attributes:
        target: what tells people apart.
        is_blind: whether the tenant refuses to list people.
        compares_case: whether queries of the tenant tell A from a; None if that is not known.
    """

    client: Client
    target: ObjectTarget
    is_blind: bool = False
    compares_case: bool | None = None

    def by_key(
        self, records: Records, select: Sequence[str] = (), *, exact: bool = True
    ) -> dict[Key, list[Found]]:
        """Return the people with the key of one of these, each with Gsid and ``select``.

        Unless it has to be ``exact``, no one is read alone. Raises UploadError.
        """
        if not self.is_blind:
            try:
                found = records_with_keys(self.client.objects, self.target, records, select)
            except RejectedError as refusal:
                self._is_turned_down(refusal)
            else:
                return found | (self._of_other_case(records, select, found) if exact else {})
        return self._one_by_one(records, select) if exact else {}

    def _of_other_case(
        self, records: Records, select: Sequence[str], found: Mapping[Key, Sequence[Found]]
    ) -> dict[Key, list[Found]]:
        """Return people whom the tenant has with the address in other letters."""
        lacking = [one for one in records if self.target.key_of(one) not in found]
        if not lacking:
            return {}
        if self.compares_case is None and found:
            self.compares_case = self._tells_case(next(iter(found.values()))[0])
        return {} if self.compares_case is False else self._one_by_one(lacking, select)

    def _tells_case(self, person: Found) -> bool:
        """Return whether a query for this person with the letters turned finds no one."""
        turned = str(person.get("Email") or "").swapcase()
        there = self.client.objects.query(
            self.target.name, select=["Email"], among=("Email", [turned])
        )
        return person["Gsid"] not in set(there["Gsid"])

    def _one_by_one(self, records: Records, select: Sequence[str]) -> dict[Key, list[Found]]:
        found: dict[Key, list[Found]] = {}
        for record in records:
            key, email = self.target.key_of(record), cell_text(record.get("Email"))
            person = None if key is None or email is None else self.client.people.find(email)
            one = {} if person is None else _read(person, [*self.target.keys, *select])
            if key is not None and self.target.key_of(one) == key:
                found[key] = [one]
        return found

    def _is_turned_down(self, refusal: RejectedError) -> None:
        """Note that the tenant does not list people; raise any other error."""
        if refusal.code == NO_SUCH_FIELD:
            raise refusal
        self.is_blind = True

    def by_gsid(self, gsids: Sequence[str], select: Sequence[str]) -> dict[str, Found]:
        """Return people by Gsid, each with ``select``. Raises UploadError."""
        if not gsids:
            return {}
        if not self.is_blind:
            try:
                frame = self.client.objects.query("Person", select=select, among=("Gsid", gsids))
                return {str(one["Gsid"]): one for one in text_records(frame)}
            except RejectedError as refusal:
                self._is_turned_down(refusal)
        people = [person for gsid in gsids if (person := self.client.people.get(gsid)) is not None]
        return {person.gsid: _read(person, select) for person in people}

    def links(self, gsids: Sequence[str], names: Sequence[str]) -> dict[str, list[Found]]:
        """Return the associations of people with companies by the person's Gsid.

        Each has its company, its Gsid and ``names``, with ``CompanyPerson.`` in front. Raises
        UploadError.
        """
        links: dict[str, list[Found]] = defaultdict(list)
        own = [name for name in names if name not in _LINK]
        if not gsids:
            return links
        if not self.is_blind:
            frame = self.client.objects.query(
                _LINKED, select=[*_LINK, *own], among=("Person_ID", list(gsids))
            )
            for one in text_records(frame):
                link = {ASSOCIATION + name: one[name] for name in ("Company_ID", "Gsid", *own)}
                links[str(one["Person_ID"])].append(link)
            return links
        for gsid in gsids:
            person = self.client.people.get(gsid)
            each = () if person is None else person.companies
            links[gsid] = [_read_link(one, own) for one in each]
        return links


def _read(person: StoredPerson, select: Sequence[str]) -> Found:
    """Return a person who was read alone, as a query returns people."""
    raw = {name.casefold(): value for name, value in person.raw.items()}
    texts = {name: cell_text(raw.get(name.casefold())) or None for name in select}
    return {**texts, "Gsid": person.gsid}


def _read_link(link: StoredAssociation, names: Sequence[str]) -> Found:
    raw = {name.casefold(): value for name, value in link.raw.items()}
    texts: Found = {
        ASSOCIATION + name: cell_text(raw.get(name.casefold())) or None for name in names
    }
    company = None if link.company is None else link.company.id
    return {**texts, COMPANY: company, ASSOCIATION + "Gsid": link.gsid}
