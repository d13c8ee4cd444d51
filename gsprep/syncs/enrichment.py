"""Company and person of each row of an object that is no person."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from gsprep.schemas.frames import ROW_ID
from gsprep.syncs.people import fields_of_people
from gsprep.syncs.people_matching import Evidence, decisions_on, people_of_tenant, read_evidence
from gsprep.syncs.records import UNMATCHED, Records, Rejection
from gsprep.uploader.tenant_people import ASSOCIATION, COMPANY, TenantPeople

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from gsprep.syncs.definition import Sync, UnifyOptions
    from gsprep.syncs.people_matching import PeopleFields
    from gsprep.uploader.client import Client

    Ids = dict[str, str | None]

_WHY = {
    "review": "No company is sure: a reviewer or another rule has to decide.",
    "no_match": "No company is found for this person.",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Enriching:
    """Finds the company, the person and the association of each row by the people it names."""

    sync: Sync
    fields: PeopleFields
    evidence: Evidence
    there: TenantPeople

    @property
    def email(self) -> str | None:
        """The column of the source with the e-mail address."""
        return None if self.sync.unify is None else self.sync.unify.person["Email"]

    def enriched(self, mapped: Records, read: pd.DataFrame) -> Records:
        """Return the records with the ids that fields ask for, and why some have no company.

        ``read`` has the rows of the source. Raises UploadError.
        """
        unify = self.sync.unify
        if unify is None or not mapped.records:
            return mapped
        rows = read[read[ROW_ID].isin(set(mapped.records))]
        people = pd.DataFrame({ROW_ID: rows[ROW_ID]})
        for name, column in unify.person.items():
            people[name] = rows[column]
        people = people.reset_index(drop=True)
        decisions = decisions_on(people, self.evidence, self.fields, self.there)
        is_match = decisions["verdict"] == "match"
        companies = decisions["Company_ID"].where(is_match).astype(object)
        found = dict(zip(decisions[ROW_ID], companies.where(companies.notna(), None), strict=True))
        ids = self._ids(people, found)
        records = {row: self._with(one, ids.get(row, {})) for row, one in mapped.records.items()}
        verdicts = decisions[~is_match]
        why = dict(zip(verdicts[ROW_ID], verdicts["verdict"], strict=True))
        unmatched = {row: _reason(verdict) for row, verdict in why.items()}
        return replace(mapped, records=records, unmatched=unmatched)

    def _ids(self, people: pd.DataFrame, companies: Mapping[str, str | None]) -> dict[str, Ids]:
        """Return the ids of each row by the names that ``from_unify`` has for them."""
        emails = people["Email"].astype(object)
        asked = {
            row: {"Email": email}
            for row, email in zip(people[ROW_ID], emails, strict=True)
            if isinstance(email, str)
        }
        wanted = {rule.from_unify for rule in self.sync.fields.values()}
        persons = self._persons(asked) if wanted - {None, "Company_ID"} else {}
        links = self._links(persons) if "CompanyPerson_ID" in wanted else {}
        return {
            row: {
                "Company_ID": company,
                "Person_ID": persons.get(row),
                "CompanyPerson_ID": links.get((persons.get(row), company)),
            }
            for row, company in companies.items()
        }

    def _persons(self, asked: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
        records = list(asked.values())
        found = self.there.by_key(records, exact=False)
        if self.there.is_blind:
            # This tenant lists no people, so each is asked for.
            found = self.there.by_key(records)
        keys = {row: self.there.target.key_of(one) for row, one in asked.items()}
        same = {row: found.get(key, ()) for row, key in keys.items() if key is not None}
        return {row: str(each[0]["Gsid"]) for row, each in same.items() if len(each) == 1}

    def _links(self, persons: Mapping[str, str]) -> dict[tuple[str | None, str | None], str]:
        links = self.there.links(list(dict.fromkeys(persons.values())), [])
        return {
            (person, one[COMPANY]): str(one[ASSOCIATION + "Gsid"])
            for person, found in links.items()
            for one in found
        }

    def _with(self, record: Mapping[str, Any], ids: Ids) -> dict[str, Any]:
        """Return a record with its ids; one that is not found is left out, or empties its field."""
        whole = dict(record)
        for name, rule in self.sync.fields.items():
            if rule.from_unify is None:
                continue
            value = ids.get(rule.from_unify)
            if value is not None:
                whole[name] = value
            elif rule.on_null == "ignore":
                whole.pop(name, None)
        return whole


def _reason(verdict: str) -> Rejection:
    return Rejection(UNMATCHED[verdict], "", _WHY[verdict])


def enriching(unify: UnifyOptions, sync: Sync, client: Client, folder: Path) -> Enriching:
    """Return what enriches the rows of a sync.

    Raises InputError for a rulebook or answers that cannot be read, UploadError if the tenant does
    not answer.
    """
    return Enriching(
        sync=sync,
        fields=fields_of_people(client),
        evidence=read_evidence(unify, client, folder),
        there=people_of_tenant(client),
    )
