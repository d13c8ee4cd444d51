"""Company of each person of a sync."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import pandas as pd

from gsprep.cleaning.clean import CleaningOptions, clean_text
from gsprep.schemas.frames import ROW_ID
from gsprep.syncs.records import Rejection
from gsprep.tables.read import read
from gsprep.unification.answers import as_answers
from gsprep.unification.prepare import prepare_text, usable_companies
from gsprep.unification.rulebook import read_rulebook
from gsprep.unification.unify import unify_text
from gsprep.uploader.tenant_people import ASSOCIATION, COMPANY

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from gsprep.syncs.definition import UnifyOptions
    from gsprep.syncs.people_fields import PeopleFields
    from gsprep.syncs.records import Records
    from gsprep.unification.index import CompanyIndex
    from gsprep.unification.rulebook import Rulebook
    from gsprep.uploader.client import Client

HELD = "GSPREP_HELD"
_COMPANY_COLUMNS = {
    "domain": "company_domain", "phone": "company_phone", "country": "company_country"
}  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """What companies are found by: the same for all people of a run.

    Attributes:
        book: the rulebook, with the fields of the tenant.
        companies: the companies of the tenant.
        answers: decisions of reviewers, None without any.
    """

    book: Rulebook
    companies: pd.DataFrame = field(repr=False)
    answers: pd.DataFrame | None = field(default=None, repr=False)

    def digest(self) -> bytes:
        """Return a hash that changes with the rulebook, the answers and the companies."""
        whole = blake2b(self.book.model_dump_json().encode(), digest_size=16)
        for frame in (self.companies, self.answers):
            text = "" if frame is None else frame.to_csv(index=False, lineterminator="\n")
            whole.update(b"\0" + text.encode())
        return whole.digest()


def read_evidence(options: UnifyOptions, client: Client, folder: Path) -> Evidence:
    """Read rulebook and answers from the folder of a definition, and companies from the tenant.

    Raises InputError for a file that cannot be read, UploadError if the tenant does not answer.
    """
    book = rulebook_of(options, folder)
    columns = book.columns
    named = (columns.company_domain, columns.company_phone, columns.company_country)
    companies = client.objects.companies(named)
    answers = None if options.answers is None else read(folder / options.answers).frame
    return Evidence(book=book, companies=companies, answers=answers)


def rulebook_of(options: UnifyOptions, folder: Path) -> Rulebook:
    """Return the rulebook with the fields of the tenant; InputError if it cannot be read."""
    own = folder / options.rules
    return _with_columns(read_rulebook(own if own.is_file() else options.rules), options)


def _with_columns(book: Rulebook, options: UnifyOptions) -> Rulebook:
    own = {_COMPANY_COLUMNS[name]: column for name, column in options.columns.items()}
    return book.model_copy(update={"columns": book.columns.model_copy(update=own)}) if own else book


@dataclass(frozen=True, kw_only=True, slots=True)
class Matching:
    """Finds the company of each person.

    Attributes:
        evidence: None looks for no company; one that a row names is sent all the same.
        hold: verdicts whose people are not sent.
    """

    fields: PeopleFields
    evidence: Evidence | None = None
    hold: frozenset[str] = frozenset()

    def matched(self, mapped: Records) -> Records:
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
        frame = _frame(open_)
        book = self.evidence.book
        options = CleaningOptions(region=book.region)
        cleaned = clean_text(frame, self.fields.schemas.persons, options).frame
        decisions = unify_text(cleaned, self._index(self.evidence, cleaned)).decisions
        companies = decisions["Company_ID"].where(decisions["verdict"] == "match").astype(object)
        found = companies.where(companies.notna(), None)
        pairs = zip(decisions["verdict"], found, strict=True)
        return dict(zip(decisions[ROW_ID], pairs, strict=True))

    def _index(self, evidence: Evidence, people: pd.DataFrame) -> CompanyIndex:
        usable, _ = usable_companies(evidence.companies)
        answers = evidence.answers
        if answers is not None:
            answers = as_answers(answers, people, evidence.book.columns)
        return prepare_text(usable, evidence.book, answers=answers)


def _frame(records: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    """Return people as a text frame, with all columns that matching may ask for."""
    names = dict.fromkeys(["Email", *(name for one in records.values() for name in one)])
    columns = {
        name: pd.Series([one.get(name) for one in records.values()], dtype="str")
        for name in names
        if not name.startswith(ASSOCIATION)
    }
    return pd.DataFrame({ROW_ID: pd.Series(list(records), dtype="str"), **columns})
