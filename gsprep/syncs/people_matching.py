"""People of a sync: their fields and companies, also of people whom rows of other objects name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import pandas as pd

from gsprep.cleaning.clean import CleaningOptions, clean_text
from gsprep.errors import RejectedError
from gsprep.schemas.frames import ROW_ID, cell_text, text_frame, text_records
from gsprep.schemas.objects import Schemas, fields_of, schema_of, schemas_from_describe
from gsprep.syncs.records import UNMATCHED, Records, Rejection
from gsprep.tables.read import read
from gsprep.unification.answers import as_answers, read_answers
from gsprep.unification.prepare import kept_index, usable_companies, with_known
from gsprep.unification.rulebook import Rulebook, read_rulebook
from gsprep.unification.rules import conditions_of
from gsprep.unification.unify import unify_text
from gsprep.uploader.object_keys import ASSOCIATION, COMPANY, ObjectTarget, TenantPeople

if TYPE_CHECKING:
    from pathlib import Path

    import pandera.pandas as pa

    from gsprep.syncs.definition import Sync, UnifyOptions
    from gsprep.unification.index import CompanyIndex
    from gsprep.uploader.client import Client

    Ids = dict[str, str | None]

Texts = dict[str, str]


@dataclass(frozen=True, slots=True)
class PeopleFields:
    """The fields of people and of their associations in a tenant."""

    schemas: Schemas

    def schema(self) -> pa.DataFrameSchema:
        """Return one schema of both objects.

        A field of the association is ``CompanyPerson.Title``, or ``Title`` if no field of a person
        has that name.
        """
        person, linked = fields_of(self.schemas.persons), fields_of(self.schemas.company_persons)
        own = {field.name: field for field in linked.fields if field.writable}
        fields = [
            replace(own[field.name], writable=False) if self._is_linked(field.name) else field
            for field in person.fields
        ]
        has = {field.name for field in fields}
        fields += [replace(one, writable=False) for one in own.values() if one.name not in has]
        fields += [replace(one, name=ASSOCIATION + one.name) for one in own.values()]
        return schema_of(replace(person, fields=tuple(fields)))

    def _is_linked(self, name: str) -> bool:
        """Return whether a plain name is a field of the association."""
        persons, linked = fields_of(self.schemas.persons), fields_of(self.schemas.company_persons)
        own = {field.name for field in linked.fields if field.writable}
        return name in own and not persons.sends(name)

    def spelled_out(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """Return a record whose fields of the association have the name of their object."""
        return {
            ASSOCIATION + name if self._is_linked(name) else name: value
            for name, value in record.items()
        }

    def sent(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """Return a record without fields that serve matching, or that no company is there for."""
        persons, has_company = fields_of(self.schemas.persons), record.get(COMPANY) is not None
        return {
            name: value
            for name, value in record.items()
            if (has_company if name.startswith(ASSOCIATION) else persons.sends(name))
        }


def parted(record: Mapping[str, Any]) -> tuple[Texts, Texts]:
    """Return the fields of a person and those of its association, as texts.

    Null is an empty text, which empties the field.

    >>> parted({"Email": "ana@acme.com", "CompanyPerson.Title": None})
    ({'Email': 'ana@acme.com'}, {'Title': ''})
    """
    texts = {name: cell_text(value) or "" for name, value in record.items()}
    person = {name: text for name, text in texts.items() if not name.startswith(ASSOCIATION)}
    linked = {
        name.removeprefix(ASSOCIATION): text
        for name, text in texts.items()
        if name.startswith(ASSOCIATION)
    }
    return person, linked


HELD = "GSPREP_HELD"
_PRIMARY = "IsPrimaryCompany"
# Comparisons with people who are linked already.
_OF_KNOWN = frozenset({"known_person", "known_in_several"})
_COMPANY_COLUMNS = {
    "domain": "company_domain", "phone": "company_phone", "country": "company_country"
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What companies are found by: the same for all people of a run.

    Attributes:
        book: the rulebook, with the fields of the tenant.
        companies: the companies of the tenant.
        answers: decisions of reviewers, None without any.
        indexes: the folder of prepared companies; None keeps none.
    """

    book: Rulebook
    companies: pd.DataFrame = field(repr=False)
    answers: pd.DataFrame | None = field(default=None, repr=False)
    indexes: Path | None = None

    @cached_property
    def index(self) -> CompanyIndex:
        """The companies that can be used, prepared when the first person is looked at."""
        usable, _ = usable_companies(self.companies)
        return kept_index(usable, self.book, self.indexes)

    def digest(self) -> bytes:
        """Return a hash that changes with the rulebook, the answers and the companies."""
        whole = blake2b(self.book.model_dump_json().encode(), digest_size=16)
        for frame in (self.companies, self.answers):
            text = "" if frame is None else frame.to_csv(index=False, lineterminator="\n")
            whole.update(b"\0" + text.encode())
        return whole.digest()


def read_evidence(
    options: UnifyOptions, client: Client, folder: Path, indexes: Path | None
) -> Evidence:
    """Read rulebook and answers from the folder of a definition, and companies from the tenant.

    ``indexes`` is the folder of prepared companies. Raises InputError for a file that cannot be
    read, UploadError if the tenant does not answer.
    """
    book = rulebook_of(options, folder)
    columns = book.columns
    named = (columns.company_domain, columns.company_phone, columns.company_country)
    companies = client.objects.companies(named)
    answers = None if options.answers is None else read(folder / options.answers).frame
    return Evidence(book=book, companies=companies, answers=answers, indexes=indexes)


def rulebook_of(options: UnifyOptions, folder: Path) -> Rulebook:
    """Return the rulebook with the fields of the tenant; InputError if it cannot be read."""
    own = folder / options.rules
    book = read_rulebook(own if own.is_file() else options.rules)
    named = {_COMPANY_COLUMNS[name]: column for name, column in options.columns.items()}
    return book.model_copy(update={"columns": book.columns.model_copy(update=named)})


def people_of_tenant(client: Client) -> TenantPeople:
    """Return what reads the people of a tenant by their e-mail address."""
    target = ObjectTarget(name="Person", keys=("Email",), caseless=frozenset({"Email"}))
    return TenantPeople(client, target)


def verdicts_on(
    people: pd.DataFrame, evidence: Evidence, fields: PeopleFields, there: TenantPeople
) -> dict[str, tuple[str, str | None]]:
    """Return the verdict on each person of a text frame by ``row_id``, and the company of a match.

    If a rule asks for the companies that people are linked to, these are read. Raises UploadError.
    """
    options = CleaningOptions(region=evidence.book.region)
    cleaned = clean_text(people, fields.schemas.persons, options).frame
    index = evidence.index
    if evidence.answers is not None:
        answers = as_answers(evidence.answers, cleaned, evidence.book.columns)
        index = replace(index, answers=read_answers(answers, index.gsids.tolist()))
    if any(one.comparison in _OF_KNOWN for one in conditions_of(evidence.book.rules)):
        emails = cleaned["Email"].dropna().unique().tolist()
        index = with_known(index, _linked(emails, there, set(index.gsids)))
    decisions = unify_text(cleaned, index).decisions
    lines = text_records(decisions[[ROW_ID, "verdict", "Company_ID"]])
    return {
        str(one[ROW_ID]): (
            str(one["verdict"]),
            one["Company_ID"] if one["verdict"] == "match" else None,
        )
        for one in lines
    }


def _linked(emails: Sequence[str], there: TenantPeople, companies: set[str]) -> pd.DataFrame:
    """Return the companies that people of the tenant are linked to."""
    people = there.by_key([{"Email": one} for one in emails], exact=False)
    addresses = {str(one["Gsid"]): one["Email"] for found in people.values() for one in found}
    links = there.links(list(addresses), [_PRIMARY])
    lines = [
        (addresses[person], one[COMPANY], one[ASSOCIATION + _PRIMARY])
        for person, found in links.items()
        for one in found
        if one[COMPANY] in companies
    ]
    known = pd.DataFrame(lines, columns=["Email", "Company_ID", _PRIMARY], dtype="str")
    return text_frame(known, of="the people of the tenant")


@dataclass(frozen=True, kw_only=True, slots=True)
class Matching:
    """Finds the company of each person.

    Attributes:
        there: reads people of the tenant.
        evidence: None looks for no company; one that a row names is sent all the same.
        hold: verdicts whose people are not sent.
    """

    fields: PeopleFields
    there: TenantPeople
    evidence: Evidence | None = None
    hold: frozenset[str] = frozenset()

    def matched(self, mapped: Records, _read: pd.DataFrame) -> Records:
        """Return the records as they are sent, each with the company of its person.

        A company that the row names itself stays. Records that are held back are not among them.
        """
        records = {row: self.fields.spelled_out(one) for row, one in mapped.records.items()}
        verdicts = self._verdicts(records)
        held: dict[str, Rejection] = {}
        sent: dict[str, dict[str, Any]] = {}
        for row, record in records.items():
            verdict, company = verdicts.get(row, ("", None))
            if verdict in self.hold:
                message = f"Held back: its company is not decided (verdict {verdict})."
                held[row] = Rejection(HELD, "", message)
                continue
            named = record if company is None else {**record, COMPANY: company}
            sent[row] = self.fields.sent(named)
        return replace(mapped, records=sent, held=held)

    def _verdicts(self, records: Mapping[str, Mapping[str, Any]]) -> dict[str, tuple[str, Any]]:
        """Return the verdict and the company of each row that names none."""
        open_ = {row: one for row, one in records.items() if one.get(COMPANY) is None}
        if self.evidence is None or not open_:
            return {}
        return verdicts_on(_frame(open_), self.evidence, self.fields, self.there)


def _frame(records: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    """Return people as a text frame, with all columns that matching may ask for."""
    names = dict.fromkeys(["Email", *(name for one in records.values() for name in one)])
    columns = {
        name: pd.Series([one.get(name) for one in records.values()], dtype="str")
        for name in names
        if not name.startswith(ASSOCIATION)
    }
    return pd.DataFrame({ROW_ID: pd.Series(list(records), dtype="str"), **columns})


_OBJECTS = ("Person", "CompanyPerson")


def fields_of_people(client: Client) -> PeopleFields:
    """Return the fields that the tenant describes, or else the usual ones."""
    found = []
    for name in _OBJECTS:
        try:
            found.append(client.objects.describe(name))
        except RejectedError:
            continue
    return PeopleFields(schemas_from_describe(found) if found else Schemas())


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
        verdicts = verdicts_on(people, self.evidence, self.fields, self.there)
        ids = self._ids(people, {row: company for row, (_, company) in verdicts.items()})
        records = {row: self._with(one, ids.get(row, {})) for row, one in mapped.records.items()}
        unmatched = {
            row: Rejection(UNMATCHED[verdict], "", _WHY[verdict])
            for row, (verdict, _) in verdicts.items()
            if verdict != "match"
        }
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


def enriching(sync: Sync, client: Client, evidence: Evidence) -> Enriching:
    """Return what enriches the rows of a sync; UploadError if the tenant does not answer."""
    return Enriching(
        sync=sync,
        fields=fields_of_people(client),
        evidence=evidence,
        there=people_of_tenant(client),
    )
