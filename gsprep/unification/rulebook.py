"""The rulebook: YAML that says which comparisons speak, how much, and what makes a match."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field, model_validator

from gsprep.errors import InputError, RulebookError
from gsprep.schemas.yaml_file import read_document, validated
from gsprep.shipped import shipped
from gsprep.unification.comparisons import COMPARISONS
from gsprep.values.country import country_code
from gsprep.values.domain import host_of


def _comparison(name: str) -> str:
    if name not in COMPARISONS:
        raise ValueError(f"no such comparison; there are {', '.join(sorted(COMPARISONS))}")
    return name


def _domain(text: str) -> str:
    host = host_of(text)
    if host is None:
        raise ValueError("not a domain; write it as acme.com")
    return host


def _country(text: str) -> str:
    code = country_code(text)
    if code is None:
        raise ValueError("not a country; write its two-letter code")
    return code


def _filled(text: str) -> str:
    if not text.strip():
        raise ValueError("empty; name the column")
    return text


ComparisonName = Annotated[str, AfterValidator(_comparison)]
Domain = Annotated[str, AfterValidator(_domain)]
Column = Annotated[str, AfterValidator(_filled)]
Probability = Annotated[float, Field(gt=0, lt=1)]
LogOdds = Annotated[float, Field(ge=-30, le=30, allow_inf_nan=False)]


class Decide(BaseModel, frozen=True, extra="forbid", strict=True):
    """From which probability a candidate is a match, and from which it goes to review."""

    match_from: Probability = 0.95
    review_from: Probability = 0.2

    @model_validator(mode="after")
    def _in_order(self) -> Decide:
        if self.review_from > self.match_from:
            raise ValueError("review_from must not be above match_from")
        return self


class Domains(BaseModel, frozen=True, extra="forbid", strict=True):
    """Domains that need to be known: the user's own, and those that say nothing."""

    own: tuple[Domain, ...] = ()
    excluded: tuple[Domain, ...] = ()


class Columns(BaseModel, frozen=True, extra="forbid", strict=True):
    """The columns of the two frames that are compared."""

    email: Column = "Email"
    company_name: Column = "CompanyName"
    phone: Column = "Phone"
    country: Column = "Country"
    company_domain: Column = "Domain"
    company_phone: Column = "Phone"
    company_country: Column = "Country"


class Rulebook(BaseModel, frozen=True, extra="forbid", strict=True):
    """Which comparisons speak, how much, and from where a match needs no reviewer.

    intercept:     the log-odds of any candidate before a comparison has spoken.
    model:         the log-odds each comparison adds when it holds fully.
    never_alone:   comparisons of which no number makes a match without another kind beside them.
    decide:        the probabilities that separate match, review and no_match.
    domains:       the user's own domains and those to be left out.
    region:        where telephone numbers without country code are dialled from.
    columns:       the names of the columns that are compared.
    largest_block: a value borne by more companies than this proposes no candidate.
    """

    intercept: LogOdds
    model: dict[ComparisonName, LogOdds]
    never_alone: tuple[ComparisonName, ...] = ()
    decide: Decide = Decide()
    domains: Domains = Domains()
    region: Annotated[str, AfterValidator(_country)] | None = None
    columns: Columns = Columns()
    largest_block: Annotated[int, Field(ge=1, le=1000)] = 50

    def dialled_from(self, region: str) -> Rulebook:
        """Return the rulebook with another region; InputError when it is no country."""
        code = country_code(region)
        if code is None:
            raise InputError("the region is no country: write its two-letter code")
        return self.model_copy(update={"region": code})


def read_rulebook(path: str | Path | None = None) -> Rulebook:
    """Read a rulebook; without a path, the shipped ``default.yaml``.

    Raises RulebookError, which names every mistake and where it stands, and InputError when
    the file is not there.
    """
    file = shipped("rules", "default.yaml") if path is None else Path(path)
    return parse_rulebook(read_document(file, kind="rulebook", error=RulebookError), str(file))


def parse_rulebook(document: object, source: str = "the rulebook") -> Rulebook:
    """Check a parsed document; raise one RulebookError that names every problem."""
    return validated(Rulebook, document, source, error=RulebookError, cures=_CURES)


_CURES = {
    "extra_forbidden": "no such entry: see the comments of rules/default.yaml",
    "missing": "is missing: add it, as in rules/default.yaml",
}
