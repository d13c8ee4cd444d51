"""Objects of a tenant, and how a record is written to them."""
# ruff: noqa: D102, D107  the names say it

import random
import re
import uuid
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from witness.dialect import Dialect

ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
NULL_KEY, REPEATED = "GSOBJ_VCUSTOM1012", "GSOBJ_VCUSTOM1007"
BAD_EMAIL, BAD_GSID, NO_MATCH = "GSOBJ_VDTEMAIL1001", "GSOBJ_VDTGSID1001", "GSOBJ_RLS012"
SINGLE = {NO_MATCH: "RLS_SOURCE_LOOKUP_FIELD_NOT_RESOLVED"}  # one cause, two names
Json = dict[str, Any]
Key = tuple[str, ...]


@dataclass(frozen=True)
class Detail:
    """One reason for which a record, or a part of it, is refused."""

    name: str | None
    values: Any
    code: str
    message: str

    def bulk(self) -> Json:
        """Return the reason as the bulk calls tell it."""
        code, values = self.code, None if self.name is None else {self.name: self.values}
        if code == NO_MATCH:
            code = BAD_GSID
            nested = {"lookupData": {self.name: NO_MATCH}, "errorCode": NO_MATCH}
            values = {self.name: nested}
        errors = [{"message": self.message, "code": code}]
        return {"fieldName": self.name, "values": values, "errors": errors}

    def single(self) -> Json:
        """Return the reason as the calls for one person and refusals of a call tell it."""
        code = SINGLE.get(self.code, self.code)
        body = {"field": self.name, "invalidValue": [{str(self.name): self.values}]}
        return body | {"errorCode": code, "errorMessage": self.message}


@dataclass
class Plan:
    """What one record would write, and what is wrong with it."""

    key: Key | None = None
    gsid: str | None = None
    person: Json = field(default_factory=dict)
    companies: dict[str, Json] = field(default_factory=dict)
    relationships: dict[str, Json] = field(default_factory=dict)
    details: list[Detail] = field(default_factory=list)
    echo: Json = field(default_factory=dict)
    # Each association of the echo that is written, with its table and its id.
    written: list[tuple[Json, dict[str, Json], str]] = field(default_factory=list)
    status: str = "FAILURE"

    def null(self, name: str, values: Any) -> None:
        """Note a key without a value."""
        text = f"Resolution key value is null or empty : {name}"
        self.details.append(Detail(name, values, NULL_KEY, text))

    def wrong(self, name: str | None, values: Any, code: str, text: str) -> None:
        """Note a value that cannot be written."""
        self.details.append(Detail(name, values, code, text))


def is_true(value: Any) -> bool:
    return str(value).lower() == "true"


class Tenant:
    """Person, Company Person and Relationship Person."""

    def __init__(self, dialect: Dialect, seed: int) -> None:
        self.dialect = dialect
        self.rng = random.Random(seed)  # noqa: S311  a seed is repeated, nothing is secret
        self.people: dict[Key, Json] = {}  # each with its Gsid
        self.company_persons: dict[tuple[str, str], Json] = {}  # by person and company
        self.relationship_persons: dict[tuple[str, str], Json] = {}
        self.companies: dict[str, Json] = {}  # any id is known while this is empty
        self.relationships: dict[str, Json] = {}
        self.banned: set[str] = set()  # addresses that this tenant alone finds invalid
        self.upserts: Counter[Key] = Counter()  # kept when a person is deleted

    def new_id(self, prefix: str = "") -> str:
        if self.dialect.ids == "uuid" or not prefix:
            return str(uuid.UUID(int=self.rng.getrandbits(128), version=4))
        return prefix + "".join(self.rng.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", k=32))

    def pick(self, record: Json, name: str) -> Any:
        """Return a field of a record, in any case if the tenant reads it so."""
        if name in record or not self.dialect.any_case:
            return record.get(name)
        return next((v for k, v in record.items() if k.lower() == name.lower()), None)

    # What a record would write

    def plan(self, record: Json, *, bulk: bool) -> Plan:
        plan, lookups = Plan(), record.get("lookups") or {}
        self.plan_person(plan, record)
        plan.echo, companies = dict(plan.person), self.pick(record, "companies") or []
        if companies:
            plan.echo["companies"] = [self.belong(plan, item, lookups) for item in companies]
        if not bulk or self.dialect.bulk_relationships == "stored":
            for relationship in self.pick(record, "relationships") or []:
                self.relate(plan, None, relationship, lookups)
        return plan

    def belong(self, plan: Plan, item: Json, lookups: Json) -> Json:
        """Plan a company of a person with what is under it, and return its echo."""
        below, lookup = self.pick(item, "relationships") or [], lookups.get("companies") or {}
        found = self.resolve(plan, "Company_ID", item, lookup)
        if found and not plan.gsid:
            plan.null("Company_ID,Person_ID", {"Company_ID": found})
        echo = self.echo(item, "Company_ID", found, lookup)
        self.associate(plan, plan.companies, found, item, echo)
        echo["relationships"] = [self.relate(plan, found, each, lookups) for each in below]
        return echo

    @staticmethod
    def echo(item: Json, target: str, found: str | None, lookups: Json) -> Json:
        """Return an association as it is echoed: with its id in place of what it was found by."""
        sources = (lookups.get(target) or {}).get("fields", {})
        kept = {k: v for k, v in item.items() if k not in sources and not isinstance(v, list)}
        failed = {"lookupData": {target: NO_MATCH}, "errorCode": NO_MATCH} if sources else None
        return kept | ({target: found or failed} if found or failed else {})

    def plan_person(self, plan: Plan, record: Json) -> None:
        parts = {name: self.pick(record, name) for name in self.dialect.key.split(",")}
        gsid = self.pick(record, "Gsid") or self.looked_up(record)
        known = next((k for k, p in self.people.items() if p["Gsid"] == gsid), None)
        if known and not parts["Email"]:
            plan.key = known
        elif not all(parts.values()):
            plan.null(self.dialect.key, {k: v for k, v in parts.items() if v})
        elif not ADDRESS.fullmatch(str(parts["Email"])) or parts["Email"] in self.banned:
            plan.wrong("Email", parts["Email"], BAD_EMAIL, "Invalid email value")
        else:
            fold = self.dialect.folded_emails
            plan.key = tuple(str(v).lower() if fold else str(v) for v in parts.values())
        stored = self.people.get(plan.key or ())
        plan.gsid = plan.key and (stored["Gsid"] if stored else self.new_id("1P04"))
        nested = {"companies", "relationships", "lookups"}
        plan.person = {k: v for k, v in record.items() if k.lower() not in nested}

    def looked_up(self, record: Json) -> str | None:
        """Return the person that a record names by its associations alone."""
        config = ((record.get("lookups") or {}).get("companies") or {}).get("Person_ID")
        companies = self.pick(record, "companies") or []
        if not config or not companies:
            return None
        email = self.pick(companies[0], next(iter(config["fields"])))
        return next((p["Gsid"] for k, p in self.people.items() if k[0] == email), None)

    def resolve(self, plan: Plan, target: str, item: Json, lookups: Json) -> str | None:
        """Return the id that an item names, or the one its lookup finds."""
        table = self.companies if target == "Company_ID" else self.relationships
        given, config = self.pick(item, target), lookups.get(target)
        if given or not config:
            return self.known(plan, target, given, table)
        wanted = {name: self.pick(item, source) for source, name in config["fields"].items()}
        found = [i for i, row in table.items() if all(row.get(k) == v for k, v in wanted.items())]
        if len(found) == 1 or (found and config.get("multiMatchOption") != "MARKASERROR"):
            return found[0]
        if found or config.get("onNoMatch", self.dialect.no_match) == "ERROR":
            plan.wrong(target, wanted, NO_MATCH, "Invalid gsid value")
        else:
            plan.null(target, {})
        return None

    @staticmethod
    def known(plan: Plan, target: str, given: Any, table: Json) -> str | None:
        if given and (not table or given in table):
            return str(given)
        if given:
            plan.wrong(target, given, BAD_GSID, "Invalid gsid value")
        else:
            plan.null(target, {})
        return None

    def relate(self, plan: Plan, company: str | None, item: Json, lookups: Json) -> Json:
        lookup = lookups.get("relationships") or {}
        found = self.resolve(plan, "Relationship_ID", item, lookup)
        if found and not plan.gsid:
            plan.null("Company_ID,Person_ID,Relationship_ID", {"Relationship_ID": found})
        company = company or self.relationships.get(found or "", {}).get("Company_ID")
        item = item | {"Company_ID": company}
        echo = self.echo(item, "Relationship_ID", found, lookup)
        self.associate(plan, plan.relationships, found, item, echo)
        return echo

    def associate(
        self, plan: Plan, rows: dict[str, Json], found: str | None, item: Json, echo: Json
    ) -> None:
        if not found or not plan.gsid:
            return
        primary = is_true(self.pick(item, "IsPrimaryCompany"))
        others = [i for i, row in rows.items() if i != found and row["primary"]] if primary else []
        if found in rows and self.dialect.repeats == "refused":
            text = f"Row with the given resolution key already exists : {{Person_ID={plan.gsid}}}"
            plan.wrong(None, None, REPEATED, text)
        elif others and self.dialect.primary == "one":
            text = "Row with the given resolution key already exists : {IsPrimaryCompany=true}"
            plan.wrong("IsPrimaryCompany", "true", REPEATED, text)
        else:
            for other in others:
                rows[other]["primary"] = self.dialect.primary == "any"
            flat = {k: v for k, v in item.items() if not isinstance(v, list)}
            rows[found] = rows.get(found, {}) | flat | {"primary": primary}
            plan.written.append((echo, rows, found))

    # Writing

    def write(self, record: Json, *, bulk: bool) -> Plan:
        """Write a record: in bulk all of it that is valid, else all or nothing."""
        plan = self.plan(record, bulk=bulk)
        if plan.key and plan.gsid and (bulk or not plan.details):
            plan.status = "PARTIAL_SUCCESS" if plan.details else "SUCCESS"
            self.upserts[plan.key] += 1
            stored = self.people.get(plan.key, {}) | plan.person
            self.people[plan.key] = stored | {"Gsid": plan.gsid}
            self.keep(self.company_persons, plan.gsid, plan.companies, "1C01")
            self.keep(self.relationship_persons, plan.gsid, plan.relationships, "1C03")
            plan.echo["Gsid"] = plan.gsid
            for echo, rows, found in plan.written:
                echo |= {"Person_ID": plan.gsid, "Gsid": rows[found]["Gsid"]}
        return plan

    def keep(self, table: Any, gsid: str, rows: dict[str, Json], prefix: str) -> None:
        replaces = self.dialect.primary != "any" and any(row["primary"] for row in rows.values())
        for (person, _), row in table.items():
            row["primary"] = row["primary"] and not (replaces and person == gsid)
        for found, row in rows.items():
            stored = table.get((gsid, found), {"Gsid": self.new_id(prefix)})
            row["Gsid"] = stored["Gsid"]
            table[gsid, found] = stored | row

    def delete(self, gsids: set[str]) -> int:
        """Delete people with their associations and return how many there were."""
        kept = {k: p for k, p in self.people.items() if p["Gsid"] not in gsids}
        count, self.people = len(self.people) - len(kept), kept
        for table in (self.company_persons, self.relationship_persons):
            for pair in [pair for pair in table if pair[0] in gsids]:
                del table[pair]
        return count
